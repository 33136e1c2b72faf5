"""Tables of technique rules, of paths and of probes; the source of PaNET."""

from __future__ import annotations

from pathlib import Path

import pytest
from mapsets import run

from panharvest.tables import resource

COLUMNS = (
    "rule_id\tdefinition\tprobe\tpredicate_id\tobject_id\tobject_label\tconfidence"
)
GOOD = (
    "r1\tNXmonopd\tx-ray\tskos:broadMatch\tpanet:PaNET01101\t"
    "x-ray powder diffraction\t0.6"
)


def found(tmp_path: Path, *rows: str, head: str = COLUMNS) -> dict[str, str]:
    path = tmp_path / "technique.tsv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    report = run(path)
    assert report.files[0].rows + report.files[0].rejected == len(rows)
    return {f.code: f.level for f in report.findings}


def test_a_good_rule(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == {}


@pytest.mark.parametrize(
    ("old", "new", "code", "level"),
    [
        ("0.6", "6", "M002", "error"),
        ("\tx-ray\t", "\tgamma\t", "M002", "error"),
        ("NXmonopd", "", "M002", "error"),
        ("\t0.6", "", "M002", "error"),
        ("panet:PaNET01101", "PaNET01101", "M003", "error"),
        ("01101", "91101", "M010", "error"),
        ("x-ray powder", "x-rays powder", "M012", "error"),
        ("x-ray powder diffraction", "a|b", "M012", "error"),
        ("\tx-ray\t", "\tneutron\t", "M024", "warning"),
        ("NXmonopd", "NXnothing", "M030", "info"),
        ("NXmonopd", "NXdetector", "M030", "warning"),
    ],
)
def test_what_is_wrong_with_a_rule(
    tmp_path: Path, old: str, new: str, code: str, level: str
) -> None:
    assert found(tmp_path, GOOD.replace(old, new, 1)) == {code: level}


def test_a_specifier_is_no_technique(tmp_path: Path) -> None:
    rule = "r1\tNXmonopd\tx-ray\tskos:broadMatch\tpanet:PaNET2020009\tx-ray\t0.6"
    assert found(tmp_path, rule)["M014"] == "error"


def test_a_technique_without_a_probe_is_for_information(tmp_path: Path) -> None:
    rule = "r1\tNXfluo\tx-ray\tskos:closeMatch\tpanet:PaNET01177\tx-ray fluorescence\t1"
    assert found(tmp_path, rule) == {"M024": "info"}


def test_one_of_several_techniques_may_say_the_probe(tmp_path: Path) -> None:
    rule = (
        "r1\tNXtomo\tneutron\tskos:broadMatch\tpanet:PaNET01129|panet:PaNET00101\t"
        "tomography|neutron probe\t0.6"
    )
    assert found(tmp_path, rule) == {}


def test_a_rule_and_a_key_that_are_there_twice(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD, GOOD.replace("NXmonopd", "NXxbase")).keys() >= {"M020"}
    assert found(tmp_path, GOOD, GOOD.replace("r1", "r2")) == {"M020": "error"}


def test_a_definition_is_as_narrow_as_the_one_it_extends(tmp_path: Path) -> None:
    parent = (
        "r1\tNXmpes\t*\tskos:exactMatch\tpanet:PaNET01202\t"
        "photoelectron spectroscopy\t1"
    )
    child = (
        "r2\tNXmpes_arpes\t*\tskos:exactMatch\tpanet:PaNET01089\t"
        "angle resolved photoemission spectroscopy\t1"
    )
    assert found(tmp_path, parent, child) == {"M025": "warning"}
    assert (
        found(tmp_path, parent, parent.replace("r1\tNXmpes", "r2\tNXmpes_arpes")) == {}
    )


def test_a_missing_column(tmp_path: Path) -> None:
    head = COLUMNS.replace("\tconfidence", "")
    assert found(tmp_path, GOOD.removesuffix("\t0.6"), head=head) == {"M002": "error"}


# --- paths and probes ---


def check_copy(tmp_path: Path, name: str, old: str, new: str) -> dict[str, str]:
    text = resource(*name.split("/")).read_text("utf-8")
    assert old in text
    path = tmp_path / name.rpartition("/")[2]
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return {f.code: f.level for f in run(path).findings}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("NXbeam/photon_energy", "NXnothing/energy", "M030"),
        ("NX_WAVELENGTH", "NX_NOTHING", "M030"),
        ("\tparameters\t", "\tnothing\t", "M031"),
        ("lg-nxbeam-photon-energy", "lg-nxbeam-energy", "M020"),
    ],
)
def test_legacy_paths(tmp_path: Path, old: str, new: str, code: str) -> None:
    found_ = check_copy(tmp_path, "rules/legacy-paths.tsv", old, new)
    assert found_ == {code: "error"}


def test_a_path_that_is_in_the_standard_belongs_elsewhere(tmp_path: Path) -> None:
    found_ = check_copy(
        tmp_path, "rules/legacy-paths.tsv", "NXbeam/photon_energy", "NXentry/title"
    )
    assert found_ == {"M030": "info"}


def test_every_value_of_the_standard_is_covered_by_probes(tmp_path: Path) -> None:
    found_ = check_copy(tmp_path, "probes.tsv", "\tmuon\tmuon", "\tmyon\tmuon")
    assert found_ == {"M030": "error"}
    found_ = check_copy(tmp_path, "probes.tsv", "panet:PaNET00101", "panet:PaNET99101")
    assert found_ == {"M010": "error"}


# --- the source of PaNET ---

CODES = ",ID,A rdfs:label,TYPE,SC %,EC %"
ROOT = "http://purl.org/pan-science/PaNET/"


def check_source_text(tmp_path: Path, *rows: str) -> list[str]:
    path = tmp_path / "PaNET.csv"
    path.write_text("\n".join((CODES, *rows)) + "\n", encoding="utf-8")
    report = run(path)
    assert {f.code for f in report.findings} == {"R001"}
    return [f"{f.line}:{f.column} {f.level} {f.message}" for f in report.findings]


def test_an_ambiguous_label_in_an_axiom(tmp_path: Path) -> None:
    lines = check_source_text(
        tmp_path,
        f"1,{ROOT}PaNET00001,photon and neutron technique,owl:Class,,",
        f"2,{ROOT}PaNET01022,diffraction,owl:Class,photon and neutron technique,",
        f"3,{ROOT}PaNET2020018,diffraction,owl:Class,,",
        f"4,{ROOT}PaNET01030,powder diffraction ,owl:Class,diffraction,",
    )
    assert any(
        one.startswith("5:") and "'diffraction' in an axiom" in one for one in lines
    )
    assert any("stray blanks in 'powder diffraction '" in one for one in lines)
    assert any("'x-ray probe' of 1.3.0 is gone" in one for one in lines)


def test_identifiers_and_labels_that_are_there_twice(tmp_path: Path) -> None:
    lines = check_source_text(
        tmp_path,
        f"1,{ROOT}PaNET00001,root,owl:Class,,",
        f"2,{ROOT}PaNET01022,diffraction,owl:Class,root,",
        f"3,{ROOT}PaNET01022,diffraction,owl:Class,,root",
        f"4,{ROOT}PaNET01022,scattering,owl:Class,,",
        f"5,{ROOT}PaNET01030,Diffraction,owl:Class,root,",
    )
    twice = [one for one in lines if " is in line " in one or "the label of" in one]
    assert twice == [
        "4:3 info panet:PaNET01022 is in line 3 too",
        "5:3 warning panet:PaNET01022 is in line 3 too: both become one term",
        "6:48 warning 'Diffraction' is the label of panet:PaNET01022 in line 3 too",
    ]


def test_every_label_that_no_term_has_is_told_with_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "PaNET.csv"
    rows = (
        f"1,{ROOT}PaNET00001,technique,owl:Class,,",
        f"2,{ROOT}PaNET01022,diffraction,owl:Class,tecnique,",
        f"3,{ROOT}PaNET01030,powder,owl:Class,,('diffracton' and 'technique')",
        f"4,{ROOT}PaNET01031,other,owl:Class,PaNET:PaNET00001,",
    )
    path.write_text("\n".join((CODES, *rows)) + "\n", encoding="utf-8")
    errors = [f for f in run(path).findings if f.level == "error"]
    assert [(f.line, f.column, f.suggestion) for f in errors] == [
        (3, 70, "write 'technique'?"),
        (4, 66, "write 'diffraction'?"),
    ]


def test_a_source_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    lines = check_source_text(
        tmp_path, f"1,{ROOT}PaNET00001,technique,owl:Class,no such label,"
    )
    assert any("error" in one and "no such label" in one for one in lines)


# --- our own tables ---


def test_our_own_tables_have_no_error() -> None:
    report = run(Path(str(resource())))
    assert [f for f in report.findings if f.level == "error"] == []
    assert report.unusable == ()
    kinds = {one.kind for one in report.files}
    assert kinds >= {"mappings", "rules", "table", "question", "case"}
