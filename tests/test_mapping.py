"""From trees to records: what the tables say, what is withheld, what is merged."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import ConfigError
from panharvest.facilities import load_facilities
from panharvest.mapping import Mapped, load_tables, map_trees
from panharvest.record import Identifier, Kind, Record
from panharvest.tree import Group, Tree, Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def value(one: Any, units: str | None = None, **attributes: str) -> Value:
    return Value(values=[one], units=units, attributes=attributes)


def entry(path: str = "/entry", **fields: Any) -> Group:
    return Group(path, "NXentry", 0, {k: _field(v) for k, v in fields.items()})


def child(path: str, nx_class: str, parent: int, **fields: Any) -> Group:
    return Group(path, nx_class, parent, {k: _field(v) for k, v in fields.items()})


def _field(one: Any) -> Value:
    return one if isinstance(one, Value) else value(one)


def tree(*groups: Group, name: str = "scan.nxs", **attributes: str) -> Tree:
    root = Group("/", "NXroot")
    return Tree(name, 1000, "HDF5", "test", dict(attributes), [root, *groups])


def mapped(*trees: Tree, **hints: Any) -> Mapped:
    return map_trees(trees, load_tables(), load_facilities(), hints)


def record(*trees: Tree, **hints: Any) -> Record:
    return mapped(*trees, **hints).record


def outcome(result: Mapped, path: str) -> str:
    return next(row.outcome for row in result.trace if row.path == path)


def test_a_dataset_is_named_by_facility_experiment_and_file() -> None:
    got = record(
        tree(entry(title="t", experiment_identifier="8-02-912")), facility="ill"
    )
    assert got.id == "ill/8-02-912/scan.nxs"
    assert got.alternate_identifiers == (Identifier("8-02-912", "Proposal"),)


def test_a_doi_is_the_identifier() -> None:
    group = entry(identifier=value("https://doi.org/10.15151/ESRF-ES-1", type="DOI"))
    assert record(tree(group)).id == "10.15151/esrf-es-1"


def test_no_folder_of_the_site_is_in_the_record() -> None:
    got = record(
        tree(entry(title="t"), file_name="/data/visitor/ihhc3846/bm23/x/y.h5"),
    )
    assert got.facility is not None
    assert got.facility.id == "esrf"
    assert got.id == "esrf/ihhc3846/scan.nxs"
    assert "/data/visitor" not in str(replace(got, facility=None))


def test_without_people_the_facility_is_the_creator() -> None:
    got = record(tree(entry(title="t")), facility="ess")
    assert [c.name for c in got.creators] == [got.publisher and got.publisher.name]


def test_users_are_contributors_and_never_creators() -> None:
    user = child(
        "/entry/user",
        "NXuser",
        1,
        name="Josiah Carberry",
        ORCID="https://orcid.org/0000-0002-1825-0097",
        role="local_contact",
        affiliation="Brown University",
    )
    got = record(tree(entry(title="t"), user), facility="ess")
    [contributor] = got.contributors
    assert contributor.role == "ContactPerson"
    assert contributor.agent.identifier("ORCID") == "0000-0002-1825-0097"
    assert all(c.name != "Josiah Carberry" for c in got.creators)


@pytest.mark.parametrize(
    "title",
    [
        "{experiment-type}\n",
        "Unknown",
        " ",
        "N/A",
        "Default Sample",
        "FROM_DIALS",
        "SAMPLE-CHAR-DATA",
        "NX_WAVELENGTH",
        ":unav",
        "{Entry Name}",
        "-",
        "name of user",
    ],
)
def test_placeholders_never_reach_a_record(title: str) -> None:
    sample = child("/entry/sample", "NXsample", 1, name=title, description=title)
    result = mapped(tree(entry(title=title, experiment_description=title), sample))
    assert title.strip() not in [t.value for t in result.record.titles]
    assert not result.record.descriptions
    assert not any(s.name or s.description for s in result.record.samples)
    assert outcome(result, "/entry/title").startswith("withheld")


def test_personal_data_in_a_text_is_withheld_and_not_shown() -> None:
    result = mapped(tree(entry(title="ask j.carberry@example.org first")))
    assert "carberry" not in str(result)
    assert "personal data" in outcome(result, "/entry/title")


def test_differing_titles_are_alternatives_to_a_composed_one() -> None:
    got = record(
        tree(
            entry("/1.1", title="ascan"),
            Group("/2.1", "NXentry", 0, {"title": value("loopscan")}),
        ),
        facility="esrf",
    )
    assert got.titles[0].value.endswith("(scan.nxs)")
    assert [t.value for t in got.titles[1:]] == ["ascan", "loopscan"]


def test_entries_are_merged_times_as_the_hull() -> None:
    got = record(
        tree(
            entry(
                "/1.1",
                start_time="2020-01-01T10:00:00+01:00",
                end_time="2020-01-01T11:00:00+01:00",
            ),
            Group(
                "/2.1",
                "NXentry",
                0,
                {
                    "start_time": value("2020-01-01T12:00:00+01:00"),
                    "end_time": value("2020-01-01T13:00:00+01:00"),
                },
            ),
        )
    )
    assert got.collected is not None
    assert got.collected.start is not None
    assert got.collected.end is not None
    assert got.collected.start.text == "2020-01-01T10:00:00+01:00"
    assert got.collected.end.text == "2020-01-01T13:00:00+01:00"


def test_a_time_without_zone_takes_the_zone_of_its_facility_alone() -> None:
    group = entry(title="t", start_time="19-Jun-21 10:36:06")
    known = record(tree(group), facility="ill").collected
    unknown = record(tree(group)).collected
    assert known is not None
    assert known.start is not None
    assert known.start.text == "2021-06-19T10:36:06+02:00"
    assert unknown is not None
    assert unknown.start is not None
    assert unknown.start.text == "2021-06-19T10:36:06"


def test_energy_and_wavelength_that_contradict_are_both_withheld() -> None:
    beam = child(
        "/entry/instrument/beam",
        "NXbeam",
        2,
        incident_energy=value(8.0, "keV"),
        incident_wavelength=value(1.0, "angstrom"),
    )
    instrument = child("/entry/instrument", "NXinstrument", 1)
    result = mapped(tree(entry(title="t"), instrument, beam))
    assert not result.record.parameters
    [problem] = [p for p in result.problems if p.code == "MAP-ENERGY"]
    assert "/entry/instrument/beam/incident_energy" in problem.message
    path = "/entry/instrument/beam/incident_wavelength"
    assert "contradict" in outcome(result, path)


@pytest.mark.parametrize(
    ("energy", "wavelength"),
    [
        ((12.39842, "keV"), (1.0, "angstrom")),
        ((81.804, "meV"), (0.1, "nm")),
        ((2.272, "meV"), (6.0, "Angstroem")),
        ((12.0, "KeV"), (1.0332, "Å")),
    ],
)
def test_consistent_energy_and_wavelength_are_kept(
    energy: tuple[float, str], wavelength: tuple[float, str]
) -> None:
    mono = child(
        "/entry/m",
        "NXmonochromator",
        2,
        energy=value(*energy),
        wavelength=value(*wavelength),
    )
    instrument = child("/entry/i", "NXinstrument", 1)
    got = record(tree(entry(title="t"), instrument, mono))
    assert {p.name for p in got.parameters} >= {"wavelength"}
    assert len(got.parameters) == 2
    assert {p.original_unit for p in got.parameters} == {energy[1], wavelength[1]}


@pytest.mark.parametrize(
    ("number", "unit", "why"),
    [
        (4.75, "Ang", "unit"),
        (-1.0, "GeV", "zero or negative"),
        (9.0, None, "no unit"),
        (9.0, "NX_ENERGY", "no unit"),
        (float("nan"), "keV", "finite"),
    ],
)
def test_a_quantity_that_is_not_one_is_withheld(
    number: float, unit: str | None, why: str
) -> None:
    source = child("/entry/source", "NXsource", 1, energy=value(number, unit))
    result = mapped(tree(entry(title="t"), source))
    assert not result.record.parameters
    assert why in outcome(result, "/entry/source/energy")


def test_what_was_looked_for_and_is_absent_is_in_the_trace() -> None:
    absent = {
        r.path for r in mapped(tree(entry(title="t"))).trace if r.outcome == "absent"
    }
    assert {"NXsample/name", "NXentry/definition", "NXroot@file_time"} <= absent
    assert "NXentry/title" not in absent


def test_what_no_rule_uses_is_left_over() -> None:
    group = entry(title="t")
    group.others = ["motors", "scan_shape"]
    assert mapped(tree(group)).leftovers == ("/entry/motors", "/entry/scan_shape")


def test_a_sample_name_of_the_entry_completes_its_only_sample() -> None:
    sample = child("/entry/sample", "NXsample", 1, chemical_formula="SiO2")
    got = record(tree(entry(title="t", sample_name="quartz"), sample))
    assert [(s.name, s.formula) for s in got.samples] == [("quartz", "SiO2")]


def test_many_values_of_a_quantity_become_a_range() -> None:
    groups: list[Group] = []
    for number, kelvin in enumerate((4.0, 10.0, 100.0, 300.0)):
        groups.append(Group(f"/{number}", "NXentry", 0, {"title": value("t")}))
        groups.append(
            child(
                f"/{number}/s", "NXsample", len(groups), temperature=value(kelvin, "K")
            )
        )
    [parameter] = record(tree(*groups)).parameters
    assert (parameter.value, parameter.maximum, parameter.unit) == (4.0, 300.0, "K")


def test_reduced_data_is_processed() -> None:
    assert record(tree(entry(definition="NXcanSAS"))).kind is Kind.PROCESSED
    assert record(tree(entry(definition="NXmx"))).kind is Kind.DATASET


def test_a_manifest_overrides_and_completes() -> None:
    row: Mapping[str, Any] = {
        "doi": "10.5072/abc",
        "title": "The real title",
        "licence": {"spdx": "CC0-1.0"},
        "release_date": "2027-05-01",
        "facility": "ill",
        "keywords": ["lipids"],
        "creators": [
            {
                "name": "Carberry, Josiah",
                "nature": "personal",
                "family_name": "Carberry",
                "given_name": "Josiah",
                "orcid": "0000-0002-1825-0097",
                "affiliations": [{"name": "Brown University"}],
            }
        ],
        "related": [{"type": "IsCitedBy", "value": "10.5072/paper", "scheme": "DOI"}],
        "technique": ["http://purl.org/pan-science/PaNET/PaNET01276"],
    }
    result = mapped(tree(entry(title="fp")), manifest=row)
    got = result.record
    assert got.id == "10.5072/abc"
    assert [t.value for t in got.titles] == ["The real title"]
    assert got.creators[0].identifier("ORCID") == "0000-0002-1825-0097"
    assert got.licence is not None
    assert got.licence.spdx == "CC0-1.0"
    assert [t.label for t in got.techniques] == [
        "grazing incidence small angle neutron scattering"
    ]
    assert result.claims.release_date is not None
    assert result.claims.release_date.text == "2027-05-01"
    assert outcome(result, "manifest:title") == "used"


def test_editing_a_row_changes_the_result_without_python(tmp_path: Path) -> None:
    with as_file(files("panharvest.ontologies")) as ours:
        shutil.copytree(ours, tmp_path / "ontologies")
    root = tmp_path / "ontologies"
    table = root / "rules" / "legacy-paths.tsv"
    table.write_text(
        table.read_text() + "lg-new\tNXsample/label\tsample.name\ttext\t\t1\tme\t\n"
    )
    tables = load_tables(root)
    assert "label" in tables.wanted.fields["NXsample"]
    assert tables.version != load_tables().version
    sample = child("/entry/sample", "NXsample", 1, label="quartz")
    got = map_trees([tree(entry(title="t"), sample)], tables, load_facilities(), {})
    assert [s.name for s in got.record.samples] == ["quartz"]


def test_a_magnetic_field_is_read_in_its_unit() -> None:
    sample = child(
        "/entry/sample",
        "NXsample",
        1,
        magnetic_field=Value([2.5], "T"),
        temperature=Value([4.0], "T"),
    )
    got = record(tree(entry(title="t"), sample))
    assert [(p.name, p.value, p.unit) for p in got.parameters] == [
        ("sample_magnetic_field", 2.5, "T")
    ]


def test_technique_and_probe_rules_are_of_the_same_folder(tmp_path: Path) -> None:
    with as_file(files("panharvest.ontologies")) as ours:
        shutil.copytree(ours, tmp_path / "o")

    def edit(name: str, old: str, new: str) -> None:
        table = tmp_path / "o" / name
        text = table.read_text("utf-8")
        assert old in text
        table.write_text(text.replace(old, new), "utf-8")

    edit("rules/technique.tsv", "NXmonopd\tx-ray", "NXmine\tx-ray")
    edit("probes.tsv", "name\tx-rays\tx-ray", "name\tstrange light\tx-ray")
    edit("mappings/nexus-record.sssom.tsv", "NXsample/name", "NXsample/label")
    tables = load_tables(tmp_path / "o")
    source = child("/entry/s", "NXsource", 1, probe="strange light")
    sample = child("/entry/sample", "NXsample", 1, label="quartz")
    tree_ = tree(entry(title="t", definition="NXmine"), source, sample)
    got = map_trees([tree_], tables, load_facilities(), {}).record
    assert [t.label for t in got.techniques] == ["x-ray powder diffraction"]
    assert [s.name for s in got.samples] == ["quartz"]
    before = record(tree_)
    assert (before.techniques, before.samples) == ((), ())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("lg-x\tsample/name\ttitles\ttext\t\t1\t\t", "NXclass/field"),
        ("lg-x\tNXsample/name\ttitles\tmagic\t\t1\t\t", "magic"),
        ("lg-x\tNXsample/name\ttitles\ttext\t\tfirst\t\t", "rank"),
        ("lg-x\tNXsample/name\tsampel.name\ttext\t\t1\t\t", "'sampel.name' is unk"),
        ("lg-x\tNXsample/b\tparameters\tquantity:b\tNX_B\t1\t\t", "NX_B"),
        ("lg-x\tNXsample/b\tparameters\tquantity:b\t\t1\t\t", "needs a category"),
        ("lg-x\tNXsample/name", "cells"),
    ],
)
def test_a_broken_row_is_an_error_that_names_it(
    tmp_path: Path, row: str, message: str
) -> None:
    with as_file(files("panharvest.ontologies")) as ours:
        shutil.copytree(ours, tmp_path / "o")
    table = tmp_path / "o" / "rules" / "legacy-paths.tsv"
    table.write_text(table.read_text() + row + "\n")
    with pytest.raises(ConfigError, match=message):
        load_tables(tmp_path / "o")


NAMES = sorted({r.field or r.attribute for r in load_tables().rules})
SCALARS = st.text(max_size=30) | st.floats() | st.integers() | st.booleans()
VALUES = st.builds(
    Value,
    values=st.lists(SCALARS, max_size=3),
    units=st.none() | st.sampled_from(["K", "Å", "keV", "?", "", "parsec"]),
    attributes=st.dictionaries(st.sampled_from(["type", "short_name"]), st.text()),
    shape=st.none() | st.just([10, 10]),
)
GROUPS = st.lists(
    st.builds(
        Group,
        path=st.just("/x"),
        nx_class=st.sampled_from(sorted(load_tables().wanted.fields)),
        parent=st.just(0),
        fields=st.dictionaries(
            st.sampled_from([n.replace("*", "_x") for n in NAMES]), VALUES
        ),
        attributes=st.dictionaries(st.sampled_from(["name", "short_name"]), st.text()),
    ),
    max_size=8,
)


@given(GROUPS)
def test_no_tree_makes_the_mapping_raise(groups: list[Group]) -> None:
    result = mapped(tree(*groups))
    assert result.record.id
    assert result.record.titles
