"""The commands of who keeps vocabularies and mappings."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from panharvest import cli
from panharvest.cli.frame import State
from panharvest.demo_files import write_demo_files, write_demo_manifest
from panharvest.tables import resource
from panharvest.testing.clock import FrozenClock
from panharvest.vocabulary.opening import open_vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from panharvest.vocabulary import Vocabulary

from datetime import UTC, datetime

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with no setting around."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PANHARVEST_CONFIG", raising=False)
    return tmp_path


def run(*args: object, code: int = 0) -> Result:
    state = State(clock=FrozenClock(NOW.timestamp()))
    words = [str(arg) for arg in args]
    result = CliRunner().invoke(cli.app, words, obj=state, prog_name="panharvest")
    assert result.exit_code == code, result.output
    return result


# --- import and export ------------------------------------------------------------


def test_owl_xml_is_imported_with_notes_on_what_was_left_out(
    here: Path, shared: Path
) -> None:
    done = run(
        *("ontology", "import", "esrfet", shared / "ontologies" / "ESRFET.owl"),
        *("-o", "esrfet.tsv"),
    )
    assert done.stdout == "esrfet.tsv: 255 lines\n"
    assert "ESRFET.owl: total_electrons: its definition uses" in done.stderr
    table = resource("esrfet", "0.1.0.tsv").read_bytes()
    assert (here / "esrfet.tsv").read_bytes() == table
    assert [path.name for path in here.iterdir()] == ["esrfet.tsv"]


def test_every_table_is_made_by_its_command(here: Path, shared: Path) -> None:
    ontologies, schemas = shared / "ontologies", shared / "schemas"
    for name, source, table in (
        (
            "schemaorg",
            ontologies / "schemaorg" / "schemaorg-current-https.ttl",
            resource("schemaorg", "used.tsv"),
        ),
        (
            "datacite",
            schemas / "datacite" / "kernel-4.7" / "metadata.xsd",
            resource("datacite", "4.7.tsv"),
        ),
        ("panet", ontologies / "PaNET.owl", resource("panet", "1.3.0.tsv")),
    ):
        run("ontology", "import", name, source, "-o", "x.tsv")
        assert (here / "x.tsv").read_bytes() == table.read_bytes()
    done = run("ontology", "import", "nexus", schemas / "nxdl", "-o", "nexus.tsv.gz")
    assert "bytes" in done.stdout
    data = (here / "nexus.tsv.gz").read_bytes()
    assert b"NXsource/probe\tfield" in gzip.decompress(data)
    # the same again: no time is in the file
    run("ontology", "import", "nexus", schemas / "nxdl", "-o", "again.tsv.gz")
    assert (here / "again.tsv.gz").read_bytes() == data


@pytest.mark.parametrize("form", ["turtle", "xml", "csv"])
def test_what_is_exported_is_imported_again(here: Path, form: str) -> None:
    run("ontology", "export", "panet", "1.3.0", "--format", form, "-o", "p.out")
    text = run("ontology", "import", "panet", "p.out").stdout
    assert text == resource("panet", "1.3.0.tsv").read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("import", "nope", "x.owl"), "'nope' is not one of"),
        (("import", "panet", "x.owl"), "x.owl: is neither RDF/XML nor Turtle nor OWL"),
        (("import", "panet", "."), "is a folder; name the file of panet"),
        (("import", "nexus", "."), "holds no *.nxdl.xml"),
        (("import", "nexus", "x.owl"), "is a file; name the folder of NXDL"),
        (("import", "datacite", "x.owl"), "x.owl:1: "),
        (("import", "datacite", "x.xml"), "is not the schema of a kernel"),
        (("import", "schemaorg", "x.owl"), "is not schema.org in Turtle"),
        (("export", "esrfet", "--format", "csv"), "ESRFET has no CSV template"),
        (("export", "panet", "7"), "'7' is neither a version of PaNET"),
        (("diff", "panet", "1.3.0", "none.owl"), "nor a file"),
    ],
)
def test_mistakes_are_one_line(here: Path, args: tuple[str, ...], message: str) -> None:
    (here / "x.owl").write_text("no ontology")
    (here / "x.xml").write_text("<a/>")
    done = run("ontology", *args, code=2)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 4


# --- diff -------------------------------------------------------------------------


def test_the_next_panet_is_compared(here: Path) -> None:
    text = run("ontology", "diff", "panet", "1.3.0", "head-7b19189").stdout
    for line in (
        "PaNET: 1.3.0 -> head-7b19189",
        "6 terms added",
        "241 terms relabelled",
        "78 pairs of the hierarchy gained",
        "49 pairs of the hierarchy lost",
        "19 terms of another kind",
        "  ... and 231 more (--all lists them)",
    ):
        assert line in text.splitlines()
    everything = run(
        "ontology", "diff", "panet", "1.3.0", "head-7b19189", "--all"
    ).stdout
    assert "more (--all" not in everything
    assert len(everything.splitlines()) > 400


def test_the_comparison_as_json(here: Path, shared: Path) -> None:
    source = shared / "ontologies" / "PaNET_source" / "PaNET.csv"
    done = run("ontology", "diff", "panet", "1.3.0", source, "--format", "json")
    found = json.loads(done.stdout)
    assert len(found["diff"]["relabelled"]) == 241
    assert {row["what"] for row in found["rules"]} >= {"no-technique", "relabelled"}


def test_a_version_does_not_differ_from_its_own_source(
    here: Path, shared: Path
) -> None:
    """1.3.0 as published (OWL) against 1.3.0 as its editors keep it (CSV)."""
    run("ontology", "export", "panet", "1.3.0", "--format", "csv", "-o", "PaNET.csv")
    published = shared / "ontologies" / "PaNET.owl"
    done = run("ontology", "diff", "panet", published, "PaNET.csv", "--all")
    lines = done.stdout.splitlines()[1:]
    assert [line for line in lines if not line.startswith("0 ")] == []
    assert len(lines) >= 7


def test_the_published_source_agrees_where_nothing_was_edited(shared: Path) -> None:
    """The published CSV is of the next version: its other rows say what the OWL says.

    Of 505 classes twelve got other axioms since the OWL was made; labels are other
    words for the same. So 493 classes are written down twice, by PaNET itself.
    """
    folder = shared / "ontologies"
    owl = open_vocabulary("panet", folder / "PaNET.owl")
    csv = open_vocabulary("panet", folder / "PaNET_source" / "PaNET.csv")
    axioms = ("sub_class_of", "equivalent", "status", "replaced_by")
    rows = {row["id"]: row for row in csv.rows}
    classes = [row for row in owl.rows if row["kind"] != "property"]
    same = [
        row
        for row in classes
        if all(row[name] == rows[row["id"]][name] for name in axioms)
    ]
    assert (len(classes), len(same)) == (505, 493)
    assert disjoint(owl) == disjoint(csv)


def disjoint(vocabulary: Vocabulary) -> set[frozenset[str]]:
    """Give the disjoint pairs; it does not matter on which of the two it is written."""
    return {
        frozenset((row["id"], other))
        for row in vocabulary.rows
        for other in row["disjoint"].split("|")
        if other
    }


def test_the_comparison_with_the_records_of_a_store(here: Path) -> None:
    write_demo_files(here / "files", NOW)
    manifest = write_demo_manifest(here / "files", NOW)
    del manifest
    run("ingest", "nexus", here / "files", "--store", "sqlite:///a.db", "--jobs", 1)
    args = ("ontology", "diff", "panet", "1.3.0", "head-7b19189")
    text = run(*args, "--store", "sqlite:///a.db").stdout
    assert " records of " in text or "1 record of " in text
    run(*args, "--store", "sqlite:///none.db", code=2)


# --- explain ----------------------------------------------------------------------


def test_a_chain_is_written_for_people(here: Path) -> None:
    done = run("explain", "PaNET01101", "x-ray diffraction")
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "PaNET01101 x-ray powder diffraction is a kind of PaNET01216 x-ray diffraction:"
    )
    assert lines[-1].endswith("[definition of PaNET01216; by 1, 6]")


def test_what_is_missing_has_its_exit_code(here: Path) -> None:
    done = run("explain", "GIXD", "XRD", code=1)
    assert "missing PaNET01022 'diffraction'" in done.stdout
    assert "both are: PaNET01184 x-ray scattering" in done.stdout
    done = run("explain", "XRD", "XPD", code=1)
    assert "it is the other way round" in done.stdout


def test_esrfet_is_explained_over_the_mapping(here: Path) -> None:
    done = run("explain", "esrfet:HR-XRPD", "panet:PaNET01022")
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith("esrfet:HR-XRPD skos:broadMatch PaNET01101")
    assert second.startswith("PaNET01101 x-ray powder diffraction is a kind of")
    done = run("explain", "esrfet:XRD", "panet:PaNET01216")
    assert "is the same term" in done.stdout
    done = run("explain", "esrfet:HR-XRPD", "esrfet:XRD")
    assert "HR-XRPD is a kind of XRD" in done.stdout


def test_a_definition_is_explained_by_the_rules(here: Path) -> None:
    done = run("explain", "NXmonopd", "XRD", "--probe", "x-ray")
    first, second, *_ = done.stdout.splitlines()
    assert first == (
        "NXmonopd skos:broadMatch PaNET01101 x-ray powder diffraction "
        "(nxmonopd-x-ray, probe-name-x-ray; confidence 0.6)"
    )
    assert second.startswith("PaNET01101 x-ray powder diffraction is a kind of")
    done = run("explain", "nxmonopd", "powder diffraction")
    assert done.stdout.splitlines()[-1].endswith("is the same term")
    # refined by the probe: no rule says it
    done = run("explain", "NXmpes", "XPS", "--probe", "x-ray")
    assert "panet-refinement" in done.stdout
    run("explain", "NXmonopd", "XRD", code=1)
    done = run("explain", "NXazint1d", "XRD", code=2)
    assert "--probe may lead further" in done.stderr
    done = run("explain", "NXmonopd", "XRD", "--probe", "hope", code=2)
    assert "'hope' is no probe that is known" in done.stderr
    done = run("explain", "NXmonopd", "esrfet:XRD", code=2)
    assert "name a term of PaNET second" in done.stderr


def test_terms_are_found_by_what_they_are_called(here: Path) -> None:
    # also the alternative label of another technique, and the label of a specifier
    done = run("explain", "Diffraction", "PaNET00200")
    assert done.stdout.startswith("PaNET01022 diffraction is a kind of")
    done = run("explain", "tomografy", "XRD", code=2)
    assert "'tomografy' is no term" in done.stderr
    assert "meant: PaNET01129 tomography, " in done.stderr
    done = run("explain", "XRD", "zzz", code=2)
    assert "'panharvest techniques search' finds terms by words" in done.stderr


def test_another_version_is_explained(here: Path) -> None:
    """In the next PaNET the probes are below the root no more."""
    run("explain", "PaNET00101", "PaNET00001")
    other = ("--ontology", "panet=head-7b19189")
    done = run("explain", "PaNET00101", "PaNET00001", *other, code=1)
    assert "is no kind of" in done.stdout
    found = json.loads(
        run("explain", "PaNET00101", "PaNET00001", "--format", "json").stdout
    )
    assert found["holds"] is True
    assert found["steps"][0]["axiom"] == "domain"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nothing", "XRD"), "'nothing' is no term of PaNET or ESRFET"),
        (("", "XRD"), "'' is no term of PaNET or ESRFET"),
        (("PaNET99999", "XRD"), "'PaNET99999' is no term of PaNET or ESRFET"),
        (("XRD", "topography"), None),
        (("XRD", "XRF", "--ontology", "nexus=1"), "--ontology: 'nexus' is unknown"),
        (("XRD", "esrfet:XRD"), "name the ESRFET term first"),
    ],
)
def test_what_cannot_be_explained(
    here: Path, args: tuple[str, ...], message: str | None
) -> None:
    done = run("explain", *args, code=2 if message else 1)
    if message:
        assert message in done.stderr


def test_a_label_of_several_terms_names_them(here: Path) -> None:
    done = run("explain", "XRD", "infrared microscopy", code=1)
    assert "no kind of" in done.stdout
    table = resource("panet", "1.3.0.tsv").read_text("utf-8")
    table = table.replace(
        "\tx-ray powder diffraction\t", "\tneutron powder diffraction\t"
    )
    (here / "mine.tsv").write_text(table, "utf-8")
    args = ("explain", "XRD", "neutron powder diffraction")
    done = run(*args, "--ontology", "panet=mine.tsv", code=2)
    assert "names several terms: PaNET01100 neutron" in done.stderr
    assert "PaNET01101 neutron powder diffraction" in done.stderr


# --- coverage and search ----------------------------------------------------------


def test_coverage_is_counted(here: Path) -> None:
    text = run("coverage").stdout
    assert "42 of 45 mapped (93%), 3 have no term" in text
    assert "130 of 130 mapped (100%)" in text
    missing = run("coverage", "--missing").stdout
    assert "  panet:PaNET01304  fragment screening" in missing.splitlines()
    found = json.loads(run("coverage", "--format", "json").stdout)
    assert {one["id"] for one in found["subjects"]} == {
        *("definitions", "contributed", "esrfet", "panet", "nexus")
    }


def test_coverage_of_the_records_of_a_store(here: Path) -> None:
    write_demo_files(here / "files", NOW)
    run("ingest", "nexus", here / "files", "--store", "sqlite:///a.db", "--jobs", 1)
    text = run("coverage", "--store", "sqlite:///a.db").stdout
    assert "without technique" in text


def test_techniques_are_found(here: Path) -> None:
    text = run("techniques", "search", "small", "angle", "--limit", "3").stdout
    lines = text.splitlines()
    assert lines[0].split() == [
        *("PaNET01124", "small", "angle", "scattering", "21", "narrower")
    ]
    assert len(lines) == 3
    done = run("techniques", "search", "zzz", code=1)
    assert done.stdout == ""
    done = run("techniques", "search", "tomografy")
    assert "nothing is called 'tomografy'; much like it:" in done.stderr
    assert done.stdout.splitlines()[0].split()[:2] == ["PaNET01129", "tomography"]
    # what ESRFET calls it
    done = run("techniques", "search", "SC-XRD")
    assert "PaNET01102" in done.stdout
    assert "(SC-XRD)" in done.stdout
    done = run("techniques", "search", "zzz", code=1)
    assert "no technique is called 'zzz'" in done.stderr
    found = json.loads(run("techniques", "search", "XAS", "--format", "json").stdout)
    assert found[0]["matched"] == "XAS"
    other = ("--ontology", "panet=head-7b19189")
    text = run("techniques", "search", "XPCI", *other).stdout
    assert text.split()[0] == "PaNET01334"
    text = run("techniques", "search", "PaNET2020009", "--all-kinds").stdout
    assert text.split() == [*("PaNET2020009", "x-ray", "3", "narrower", "specifier")]
