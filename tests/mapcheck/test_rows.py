"""A row explained: what it says, what follows, what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from mapsets import COLUMNS, PUBLISHED, TODAY, mapping_set, row

from panharvest.cli import app
from panharvest.errors import ConfigError
from panharvest.mapcheck.rows import RowExplained, explain_row

if TYPE_CHECKING:
    from pathlib import Path

XRD = ("panet:PaNET01216", "x-ray diffraction")
DIFFRACTION = ("panet:PaNET01022", "diffraction")
GIXD = ("panet:PaNET01161", "grazing incidence x-ray diffraction")
FIRST = 9  # the line of the first row of a set


def explained(folder: Path, text: str, line: int = FIRST) -> RowExplained:
    file = folder / "lab.sssom.tsv"
    file.write_text(text, encoding="utf-8")
    return explain_row(file, line, today=TODAY)[0]


def command(*arguments: object, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["explain", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


def test_a_row_without_fault(tmp_path: Path) -> None:
    found = explained(tmp_path, mapping_set(row(), row("lab:b", *XRD)))
    assert found.says == (
        "lab:xpd 'powder diffraction at the lab' skos:exactMatch panet:PaNET01101 "
        "'x-ray powder diffraction'"
    )
    assert found.meaning == "subject and object mean the same"
    subject, object_ = found.ends
    assert (subject.vocabulary, subject.iri) == (
        "",
        "https://example.org/technique/xpd",
    )
    assert (object_.vocabulary, object_.label) == (
        "panet 1.3.0",
        "x-ray powder diffraction",
    )
    assert object_.above == (
        "panet:PaNET01030 'powder diffraction'",
        "panet:PaNET01216 'x-ray diffraction'",
    )
    assert found.findings == found.beside == found.consequences == ()
    assert ("confidence", "1") in found.cells


def test_what_a_row_implies_is_proved_or_not(tmp_path: Path) -> None:
    rows = [
        row("lab:xrd", *XRD),
        row("lab:xrd", *DIFFRACTION, predicate="skos:broadMatch"),
        row("lab:xrd", *GIXD, predicate="skos:narrowMatch"),
    ]
    text = mapping_set(*rows)
    good = explained(tmp_path, text, FIRST + 1)
    (follows,) = good.consequences
    assert (follows.line, follows.met) == (FIRST, True)
    assert follows.proof.steps
    assert [one.line for one in good.beside] == [FIRST, FIRST + 2]
    bad = explained(tmp_path, text, FIRST + 2)
    (follows,) = bad.consequences
    assert not follows.met
    assert [part.expression for part in follows.proof.parts if not part.met] == [
        "PaNET01022"
    ]
    assert [one.code for one in bad.findings] == ["M022"]


@pytest.mark.parametrize(
    ("predicate", "subject", "object_", "met"),
    [
        ("skos:broadMatch", XRD, DIFFRACTION, [True]),
        ("skos:broadMatch", DIFFRACTION, XRD, [False]),
        ("skos:narrowMatch", DIFFRACTION, XRD, [True]),
        ("skos:exactMatch", XRD, DIFFRACTION, [True, False]),
        ("skos:closeMatch", XRD, DIFFRACTION, []),
    ],
)
def test_two_terms_of_one_vocabulary(
    tmp_path: Path,
    predicate: str,
    subject: tuple[str, str],
    object_: tuple[str, str],
    met: list[bool],
) -> None:
    """The row itself says something about the hierarchy."""
    cells = row(subject[0], *object_, predicate, subject[1])
    head = {
        "mapping_set_id": "https://w3id.org/example/mappings/panet",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "subject_source_version": "1.3.0",
        "object_source_version": "1.3.0",
    }
    found = explained(tmp_path, mapping_set(cells, head=head))
    assert [one.met for one in found.consequences] == met
    warned = [one.suggestion for one in found.findings if one.code == "M022"]
    assert len(warned) == (False in met)
    if predicate == "skos:exactMatch":
        assert warned[0].startswith("write skos:broadMatch?")


def test_findings_and_what_is_accepted(tmp_path: Path) -> None:
    text = mapping_set(row("Lab:xpd", "panet:PaNET01101", "powder"))
    found = explained(tmp_path, text)
    assert [one.code for one in found.findings] == ["M003", "M012"]
    (tmp_path / "checks.toml").write_text(
        '[[suppress]]\ncode = "M012"\nfiles = ["lab.sssom.tsv"]\n'
        'reason = "our own word"\ndate = 2026-11-25\n',
        encoding="utf-8",
    )
    found = explained(tmp_path, text)
    assert [one.code for one in found.findings] == ["M003"]
    assert [reason for _, reason in found.suppressed] == ["our own word"]


def test_a_row_over_several_lines_is_found_by_each(tmp_path: Path) -> None:
    text = mapping_set(
        (*row(), '"one\ntwo"'), (*row("lab:b", *XRD), ""), columns=(*COLUMNS, "comment")
    )
    for line in (FIRST, FIRST + 1):
        assert explained(tmp_path, text, line).line == FIRST
    assert explained(tmp_path, text, FIRST + 2).says.startswith("lab:b")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (3, rf"lab\.sssom\.tsv:3: is no row; the rows are lines {FIRST} to {FIRST}"),
        (FIRST + 1, "is no row: 2 cells where the header has 7"),
        (99, "is no row"),
    ],
)
def test_what_is_no_row(tmp_path: Path, line: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        explained(tmp_path, mapping_set(row(), ("a", "b")), line)


def test_what_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no rows"):
        explained(tmp_path, mapping_set().rsplit("\n", 2)[0] + "\n")
    with pytest.raises(ConfigError, match=r"lab\.sssom\.tsv: .*no header"):
        explained(tmp_path, "")
    source = PUBLISHED / "PaNET_source" / "PaNET.csv"
    if source.is_file():
        with pytest.raises(ConfigError, match="neither a mapping table nor"):
            explain_row(source, 5, today=TODAY)


# --- rules ------------------------------------------------------------------------


def test_a_rule_says_what_files_get(tmp_path: Path) -> None:
    head = (
        "rule_id\tdefinition\tprobe\tpredicate_id\tobject_id\tobject_label\tconfidence"
    )
    file = tmp_path / "technique.tsv"
    file.write_text(
        f"{head}\n"
        "mine\tNXmonopd\t*\tskos:broadMatch\tpanet:PaNET01030\tpowder diffraction"
        "\t0.6\n"
        "x\tNXmonopd\tx-ray\tskos:broadMatch\tpanet:PaNET01022\tdiffraction\t0.6\n",
        encoding="utf-8",
    )
    any_, _ = explain_row(file, 2, today=TODAY)
    assert any_.says.startswith("mine: NXmonopd whatever the probe, skos:broadMatch")
    assert any_.meaning == "the technique is wider than what the definition is of"
    assert [one.label for one in any_.gives] == ["powder diffraction"]
    assert any_.ends[0].kind == "application definition"
    xray, _ = explain_row(file, 3, today=TODAY)
    # the reasoner makes it more precise: the table of the file is what counts
    assert [one.label for one in xray.gives] == ["x-ray diffraction"]


# --- the command ------------------------------------------------------------------


def test_the_command_explains_a_row_as_the_checks_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [row("lab:xrd", *XRD), row("lab:xrd", *GIXD, predicate="skos:narrowMatch")]
    (tmp_path / "lab.sssom.tsv").write_text(mapping_set(*rows), encoding="utf-8")
    command(f"lab.sssom.tsv:{FIRST}")
    done = command(f"lab.sssom.tsv:{FIRST + 1}:9", code=1)
    assert "it implies with line 9 that PaNET01161" in done.stdout
    assert "missing PaNET01022 'diffraction'" in done.stdout
    assert "warning M022" in done.stdout
    done = command(f"lab.sssom.tsv:{FIRST + 1}", "--format", "json", code=1)
    found = json.loads(done.stdout)
    assert found["consequences"][0]["met"] is False
    assert found["findings"][0]["code"] == "M022"
    other = command(f"lab.sssom.tsv:{FIRST}", "--ontology", "panet=head-7b19189")
    assert "panet:PaNET01022 'diffraction-based techniques'" in other.stdout


def test_the_command_explains_a_rule_by_its_id() -> None:
    done = command("nxmonopd-x-ray")
    assert "files with it get:\n    x-ray powder diffraction" in done.stdout
    done = command("nx-nxbeam-incident-energy")
    assert "nexus-record.sssom.tsv:" in done.stdout
    assert "field of nexus 2026.01" in done.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("none.csv:3", r"none.csv: there is no such file"),
        ("PaNET01101", "to explain a term, name a second one"),
        ("none.csv", "is neither FILE:LINE nor the id of a rule"),
        ("\x1b[31m", "is neither FILE:LINE nor the id of a rule"),
    ],
)
def test_what_the_command_cannot_find(text: str, message: str) -> None:
    done = command(text, code=2)
    assert message in done.stderr
    assert "\x1b" not in done.stderr


def test_every_published_row_can_be_explained() -> None:
    """Also the rows with a defect: that is what it is for."""
    folder = PUBLISHED / "PaNET_mappings"
    if not folder.is_dir():
        pytest.skip("the published mappings (../shared/data/ontologies) are not here")
    for path in sorted(folder.glob("mapping_[HIW]*.csv")):
        lines = len(path.read_text("utf-8").splitlines())
        for line in (lines, lines - 1, lines // 2 + 10):
            assert explain_row(path, line, today=TODAY)[0].says
