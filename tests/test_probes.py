"""The radiation: what each source says, made precise by what else is known."""

from __future__ import annotations

import tomllib
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import ConfigError
from panharvest.probes import (
    PROBE_COLUMNS,
    PROBES,
    ProbeClues,
    fold,
    infer_probes,
    load_probes,
)
from panharvest.tables import read_table, resource
from panharvest.vocabulary import normalise_term, panet

if TYPE_CHECKING:
    from pathlib import Path

NXDL = "{http://definition.nexusformat.org/nxdl/3.1}"


def clues(
    names: tuple[str, ...] = (),
    types: tuple[str, ...] = (),
    definitions: tuple[str, ...] = (),
    energy: float | None = None,
    facility: str | None = None,
) -> ProbeClues:
    """Make clues where the n-th name and the n-th type speak of one source."""
    return ProbeClues(
        names=[(name, f"/entry/source_{n}/probe") for n, name in enumerate(names)],
        types=[(kind, f"/entry/source_{n}/type") for n, kind in enumerate(types)],
        definitions=[(one, "/entry/definition") for one in definitions],
        energy_ev=energy,
        facility_probe=facility,
    )


@pytest.mark.parametrize(
    ("given_clues", "expected"),
    [
        (clues(), []),
        # what the source says
        (clues(names=("x-ray",)), ["x-ray"]),
        (clues(names=("X-ray", "x_ray", " Xray ")), ["x-ray"]),
        (clues(names=("neutron",)), ["neutron"]),
        (clues(names=("muon",)), ["muon"]),
        (clues(names=("electron",)), ["electron"]),
        (clues(names=("gluon",)), []),
        (clues(types=("Spallation Neutron Source",)), ["neutron"]),
        (clues(types=("Continuous flux spallation source",)), ["neutron"]),
        (clues(types=("Pulsed Muon Source",)), ["muon"]),
        (clues(types=("Rotating Anode X-ray",)), ["x-ray"]),
        (clues(types=("Globar",)), ["infrared"]),
        (clues(types=("UV Laser",)), ["ultraviolet"]),
        (clues(types=("Halogen Lamp",)), ["visible light"]),
        (clues(types=("Ion Source", "argon", "arc lamp")), []),
        # a synchrotron also feeds infrared beamlines
        (clues(types=("Synchrotron X-ray Source",)), ["photon"]),
        (clues(types=("Synchrotron X-Ray Source",), energy=12_000), ["x-ray"]),
        (clues(types=("synchrotron",), energy=0.3), ["photon"]),
        (clues(types=("synchrotron",), definitions=("NXfluo",)), ["x-ray"]),
        (clues(types=("Synchrotron light source",), facility="x-ray"), ["photon"]),
        (clues(types=("Free Electron Laser",), energy=36.5), ["photon"]),
        (clues(types=("Free-Electron Laser",), energy=9_000), ["x-ray"]),
        # a general word is made precise, a precise one stays
        (clues(("photon",), ("Synchrotron X-ray Source",), ("NXxps",)), ["x-ray"]),
        (clues(("photon",), ("Metal Jet X-ray",)), ["x-ray"]),
        (clues(("photon",), ("UV Laser",)), ["ultraviolet"]),
        (clues(("photon",), energy=153), ["x-ray"]),
        (clues(("photon",), ("Spallation Neutron Source",)), ["photon"]),
        (clues(("x-ray",), ("UV Laser",)), ["x-ray"]),
        # several sources
        (
            clues(("x-ray", "NIR"), ("Free Electron Laser", "OPCPA")),
            ["x-ray", "infrared"],
        ),
        (clues((), ("Free Electron Laser", "UV Laser")), ["photon", "ultraviolet"]),
        (clues(("neutron", "x-ray")), ["neutron", "x-ray"]),
        # the definition, when no source speaks
        (clues(definitions=("NXxas",)), ["x-ray"]),
        (clues(definitions=("nxtofraw ",)), ["neutron"]),
        (clues(definitions=("pulsedTD",)), ["muon"]),
        (clues(definitions=("NXem",)), ["electron"]),
        (clues(definitions=("NXtomo",)), []),
        (clues(definitions=("NXarpes",)), ["photon"]),
        (clues(definitions=("NXarpes",), energy=800), ["x-ray"]),
        (clues(definitions=("NXxas",), facility="neutron"), ["x-ray"]),
        # the facility last
        (clues(definitions=("NXtomo",), facility="neutron"), ["neutron"]),
        (clues(names=("x-ray",), facility="neutron"), ["x-ray"]),
        (clues(facility="neutron", energy=12_000), ["neutron"]),
        # energy alone says nothing: neutrons and electrons have one too
        (clues(energy=12_000), []),
    ],
)
def test_which_probe(given_clues: ProbeClues, expected: list[str]) -> None:
    assert [probe.name for probe in infer_probes(given_clues)] == expected


def test_a_source_in_two_entries_is_one_probe_with_all_evidence() -> None:
    found = infer_probes(
        ProbeClues(
            names=[("x-ray", "/a/source/probe")],
            types=[("synchrotron", "/b/source/type")],
        )
    )
    assert [probe.name for probe in found] == ["x-ray"]
    assert {one.path for one in found[0].evidence} == {
        "/a/source/probe",
        "/b/source/type",
    }


def test_the_evidence_says_rule_path_and_value() -> None:
    (probe,) = infer_probes(clues((), ("Synchrotron X-ray Source",), energy=12_000))
    assert probe.iri == "http://purl.org/pan-science/PaNET/PaNET01012"
    shown = [(one.rule, one.path, one.value) for one in probe.evidence]
    rule = "probe-type-synchrotron-x-ray-source"
    assert shown == [
        (rule, "/entry/source_0/type", "Synchrotron X-ray Source"),
        (rule, "energy", "12000 eV"),
    ]
    (probe,) = infer_probes(clues(facility="neutron"))
    assert [(one.path, one.value) for one in probe.evidence] == [
        ("facility:default_probe", "neutron")
    ]


values = st.sampled_from(sorted(value for _, value in load_probes()))


@given(
    st.lists(values, max_size=3).map(tuple),
    st.lists(values, max_size=3).map(tuple),
    st.lists(values, max_size=2).map(tuple),
    st.none() | st.floats(min_value=1e-3, max_value=1e6),
)
def test_nothing_is_invented(
    names: tuple[str, ...],
    types: tuple[str, ...],
    definitions: tuple[str, ...],
    energy: float | None,
) -> None:
    found = infer_probes(clues(names, types, definitions, energy))
    assert len({probe.name for probe in found}) == len(found)
    rules = load_probes()
    said = [
        rules[key]
        for kind, group in (
            ("name", names),
            ("type", types),
            ("definition", definitions),
        )
        for value in group
        if (key := (kind, value)) in rules
    ]
    allowed = {rule.probe for rule in said} | {rule.refined for rule in said}
    assert {probe.name for probe in found} <= allowed
    assert all(probe.evidence for probe in found)


def test_the_table_agrees_with_panet() -> None:
    by_probe: dict[str, set[str]] = {}
    for row in read_table(resource(PROBES), (*PROBE_COLUMNS, "object_label")):
        by_probe.setdefault(row["probe"], set()).add(row["object_id"])
        if row["object_id"]:
            term = panet().term(normalise_term(row["object_id"]) or "")
            assert term is not None
            assert term.label == row["object_label"]
        if row["refined"]:
            assert ("name", fold(row["refined"])) in load_probes()
            assert float(row["above_ev"]) > 0
    assert all(len(iris) == 1 for iris in by_probe.values())
    assert by_probe["x-ray"] == {"panet:PaNET01012"}


@pytest.mark.parametrize("kind", ["name", "colour"])
def test_a_damaged_row_names_its_line(tmp_path: Path, kind: str) -> None:
    head, first, *_ = resource(PROBES).read_text("utf-8").splitlines()
    second = "\t".join([kind, *first.split("\t")[1:]])
    table = tmp_path / PROBES
    table.write_text(f"{head}\n{first}\n{second}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"probes\.tsv:3: "):
        load_probes(tmp_path)


def test_every_value_of_nxdl_is_in_the_table(shared: Path) -> None:
    checked = set()
    for file in (shared / "schemas" / "nxdl").rglob("*.nxdl.xml"):
        root = ET.parse(file).getroot()
        groups = [
            group
            for group in [root, *root.iter(f"{NXDL}group")]
            if "NXsource" in {group.get("type"), group.get("name")}
        ]
        for group in groups:
            for field in group.iterfind(f"{NXDL}field"):
                kind = {"probe": "name", "type": "type"}.get(field.get("name") or "")
                for item in field.iter(f"{NXDL}item"):
                    if kind:
                        value = fold(item.get("value") or "")
                        assert (kind, value) in load_probes(), (file.name, value)
                        checked.add((kind, value))
    assert len(checked) > 30


def test_the_usual_probe_of_every_facility_is_in_the_table() -> None:
    profiles = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in resource("facilities").iterdir()
        if file.name.endswith(".toml")
    ]
    usual = {one["default_probe"] for one in profiles if one.get("default_probe")}
    assert usual
    for probe in usual:
        assert load_probes()["name", fold(probe)].probe == probe
