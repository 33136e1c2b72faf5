"""Documents of catalogues, mapped by tables: what they give, and what is held back."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import ConfigError
from panharvest.facilities import load_facilities
from panharvest.mapping import Mapped, Tables, load_tables, map_document
from panharvest.mapping.rules import check_target
from panharvest.mapping.selecting import leaves, read_selector, select
from panharvest.policy import decide
from panharvest.record import Identifier, Kind, Moment, Record
from panharvest.sssom import read_sssom
from panharvest.tables import resource

if TYPE_CHECKING:
    from pathlib import Path

ENTITIES = [
    (system.name, entity)
    for system in load_tables().systems.values()
    for entity in system.entities
]


def mapped(
    system: str,
    entity: str,
    document: dict[str, Any],
    tables: Tables | None = None,
    **hints: Any,
) -> Mapped:
    used = tables or load_tables()
    return map_document(system, entity, document, used, load_facilities(), hints)


def record(system: str, entity: str, **document: Any) -> Record:
    return mapped(system, entity, document).record


def outcomes(result: Mapped) -> dict[str, str]:
    return {row.path: row.outcome for row in result.trace}


SCICAT = {
    "pid": "20.500.12345/a1b2",
    "datasetName": "Powder of quartz",
    "description": "A calibration.",
    "type": "raw",
    "isPublished": True,
    "startTime": "2024-05-01T08:00:00.123Z",
    "endTime": "2024-05-01T09:00:00.123Z",
    "creationTime": "2024-05-01T10:00:00.000Z",
    "owner": "Custodian, C.",
    "orcidOfOwner": "https://orcid.org/0000-0002-1825-0097",
    "ownerEmail": "someone@example.org",
    "principalInvestigators": ["Leader, L."],
    "license": "CC-BY-4.0",
    "keywords": ["quartz", "N/A", "powder"],
    "techniques": [
        {"pid": "https://purl.org/pan-science/PaNET/PaNET01101", "name": "XRPD"},
        {"pid": "0f98fcf2-7bd7-430e-ad20-d47031ca8f71", "name": "SAXS"},
        {"pid": "PaNET01216", "name": "diffraction"},
    ],
    "proposalIds": ["2024-123"],
    "sample": {"sampleId": "s1", "sampleName": "Quartz", "description": "a powder"},
    "instruments": [{"pid": "20.500.12345/i1", "name": "DEMO"}],
    "creationLocation": "/ESS/Lund/DEMO",
    "inputDatasets": ["20.500.12345/a1b0", "local"],
    "scientificMetadata": {
        "temperature": {"value": 20, "unit": "celsius", "valueSI": 293.15},
        "photonEnergy": {"v": "9.3", "u": "keV"},
        "chemical_formula": {"value": "SiO2", "unit": ""},
        "mystery": {"value": 1, "unit": "m"},
        "comment": "not a quantity",
        "nested": {"sample_pressure": {"value": 1, "unit": "Pa"}, "odd": {"value": 2}},
        "several": {"value": [1, 2], "unit": "m"},
        "a.b": {"value": 1},
    },
    "origdatablocks": [
        {"dataFileList": [{"path": "raw/a.nxs", "size": 5, "chk": "0" * 64}]},
        {"dataFileList": [{"path": "/disk/b.nxs", "size": 7}, {"path": "../c.nxs"}]},
    ],
    "sourceFolder": "/data/2024",
    "usedSoftware": ["https://example.org/code"],
}


def test_a_dataset_of_scicat() -> None:
    result = mapped("scicat", "Dataset", SCICAT)
    got = result.record
    assert got.kind is Kind.RAW
    assert got.pid == Identifier("20.500.12345/a1b2", "Handle")
    assert got.id == "20.500.12345/a1b2"
    assert [t.value for t in got.titles] == ["Powder of quartz"]
    assert got.collected is not None
    assert got.collected.end is not None
    assert got.collected.end.text.startswith("2024-05-01T09:00:00")
    assert got.created is not None
    assert got.created.text.startswith("2024-05-01T10:00:00")
    people = {c.role: c.agent for c in got.contributors}
    assert people["DataManager"].identifier("ORCID") == "0000-0002-1825-0097"
    assert people["ProjectLeader"].name == "Leader, L."
    assert got.keywords == ("quartz", "powder")
    assert got.licence is not None
    assert got.licence.spdx == "CC-BY-4.0"
    assert got.facility is not None
    assert got.facility.id == "ess"
    # an identifier counts; a name where the identifier says nothing; what is implied,
    # not
    assert [t.label for t in got.techniques] == [
        "x-ray powder diffraction",
        "small angle x-ray scattering",
    ]
    assert {(p.name, p.value, p.unit) for p in got.parameters} == {
        ("sample_temperature", 20.0, "Cel"),
        ("photon_energy", 9.3, "keV"),
        ("sample_pressure", 1.0, "Pa"),
    }
    (sample,) = got.samples
    assert (sample.name, sample.formula) == ("Quartz", "SiO2")
    assert sample.identifiers == (Identifier("s1", "Local"),)
    assert [i.name for i in got.instruments] == ["DEMO"]
    assert Identifier("2024-123", "Proposal") in got.alternate_identifiers
    assert [(r.type, r.identifier.value) for r in got.relations] == [
        ("IsDerivedFrom", "20.500.12345/a1b0")
    ]
    assert [(f.name, f.path, f.size) for f in got.files] == [
        ("a.nxs", "raw/a.nxs", 5),
        ("b.nxs", None, 7),
        ("c.nxs", None, None),
    ]
    assert got.files[0].checksum is not None
    assert got.files[0].checksum.algorithm == "sha256"
    assert result.claims.public is True


def test_every_value_has_its_rule_and_every_leftover_its_place() -> None:
    result = mapped("scicat", "Dataset", SCICAT)
    said = outcomes(result)
    assert said["datasetName"] == "used"
    assert said["techniques[1].pid"] == "used"
    assert said["keywords[1]"] == "withheld: a placeholder"
    assert "an e-mail" in said["ownerEmail"] or "personal data" in said["ownerEmail"]
    assert result.leftovers == (
        "scientificMetadata.a%2Eb",
        "scientificMetadata.comment",
        "scientificMetadata.mystery",
        "scientificMetadata.nested.odd",
        "scientificMetadata.several",
        "usedSoftware[]",
    )
    rules = {row.rule for row in result.trace if row.outcome == "absent"}
    assert "scicat-dataset-runnumber" in rules


def test_nothing_personal_or_of_the_site_is_shown() -> None:
    result = mapped("scicat", "Dataset", SCICAT)
    shown = repr((result.record, result.trace, result.leftovers))
    for word in ("someone@example.org", "/data/2024", "/disk"):
        # the path of a file is in the trace, which the operator alone sees
        assert word not in repr(result.record)
    assert "someone@example.org" not in shown
    assert "/data/2024" not in shown


def test_an_address_in_any_field_stays_inside() -> None:
    mail = "someone@example.org"
    document = {
        "keywords": [mail, "quartz"],
        "license": mail,
        "principalInvestigator": f"One <{mail}>",
        "description": f"ask {mail}",
        "creationLocation": f"/x/{mail}/y",
        "techniques": [{"pid": mail, "name": mail}],
        "scientificMetadata": {"who": mail, "sample_name": mail, "list": [mail]},
        "relationships": [{"identifier": mail, "relationship": mail}],
        "origdatablocks": [{"dataFileList": [{"path": mail}]}],
    }
    result = mapped("scicat", "Dataset", document)
    assert mail not in repr((result.record, result.trace, result.leftovers))
    assert result.record.keywords == ("quartz",)


@pytest.mark.parametrize(
    ("said", "public"),
    [(True, True), ("true", True), (False, False), ("maybe", False), (1, True)],
)
def test_what_is_not_said_to_be_public_is_not(said: object, public: bool) -> None:
    result = mapped("scicat", "Dataset", {"pid": "a", "isPublished": said})
    assert result.claims.public is public


@pytest.mark.parametrize("state", ["registered", "public", "amended", "PUBLIC"])
def test_published_data_is_public_in_three_states(state: str) -> None:
    document = {"doi": "10.1234/abc", "status": state}
    assert mapped("scicat", "PublishedData", document).claims.public is True


@pytest.mark.parametrize("state", ["private", "draft", "", None])
def test_published_data_is_hidden_in_any_other_state(state: str | None) -> None:
    result = mapped("scicat", "PublishedData", {"doi": "10.1234/abc", "status": state})
    assert result.claims.public is (False if state else None)


def test_one_part_that_is_not_public_hides_the_whole() -> None:
    document = {
        "pid": "10.1234/abc",
        "isPublic": True,
        "documents": [{"pid": "10.1234/d", "isPublic": False}],
    }
    assert mapped("searchapi", "Dataset", document).claims.public is False


def test_a_release_date_that_cannot_be_read_hides() -> None:
    """Dropped, it would let the policy open what the catalogue holds back."""
    for text in ("soon", "31/02/2030"):
        document = {
            "doi": "10.1234/abc",
            "endDate": "2010-01-01T00:00:00Z",
            "facility": {"name": "ISIS"},
            "releaseDate": text,
        }
        result = mapped("icat", "Investigation", document)
        assert result.record.embargo is not None
        assert result.record.embargo.end == Moment(text)
        timeline = decide(result.record, load_facilities().get("isis"), result.claims)
        assert timeline.opens_at is None


@pytest.mark.parametrize(
    ("pid", "expected"),
    [
        ("10.1234/ABC", Identifier("10.1234/abc", "DOI")),
        ("DOI:10.1234/abc", Identifier("10.1234/abc", "DOI")),
        ("doi: 10.1234/abc", Identifier("10.1234/abc", "DOI")),
        ("https://doi.org/10.1234/abc", Identifier("10.1234/abc", "DOI")),
        ("hdl:20.500.1/x", Identifier("20.500.1/x", "Handle")),
        ("DOI:00.0815/inv-00122", None),
        (" ", None),
        ("PID.SAMPLE.PREFIX/a", None),
        ("a b/c", None),
    ],
)
def test_spellings_of_a_pid(pid: str, expected: Identifier | None) -> None:
    assert record("scicat", "Dataset", pid=pid).pid == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"creationTime": {"$date": "2020-02-07T13:46:43.000Z"}}, "2020-02-07T13:46"),
        ({"creationTime": "2020-02-07T13:46:43Z"}, "2020-02-07T13:46"),
        ({"creationTime": "2020"}, "2020"),
    ],
)
def test_dates_as_catalogues_write_them(document: Any, expected: str) -> None:
    got = record("scicat", "Dataset", **document)
    assert got.created is not None
    assert got.created.text.startswith(expected)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        *(("C", "Cel"), ("°C", "Cel"), ("K", "K"), ("kelvin", "K")),
        *((None, None), ("", None), ("N/A", None), ("m", None), ("NA", None)),
    ],
)
def test_units_as_catalogues_write_them(unit: str | None, expected: str | None) -> None:
    parameter = {"name": "sample_temperature", "value": "20.5", "unit": unit}
    got = record("searchapi", "Dataset", parameters=[parameter])
    assert [(p.value, p.unit) for p in got.parameters] == (
        [(20.5, expected)] if expected else []
    )


PUBLISHED = {
    "doi": "10.1234/abc",
    "title": "Published",
    "abstract": "What it is.",
    "status": "registered",
    "datasetPids": ["20.500.1/a", "20.500.1/b"],
    "metadata": {
        "creators": [
            {
                "name": "One, First",
                "givenName": "First",
                "familyName": "One",
                "nameIdentifiers": [
                    {"nameIdentifier": "0000-0002-1825-0097"},
                    {"nameIdentifier": "no orcid"},
                ],
                "affiliation": [{"name": "Here"}],
            },
            {"name": "Two, Second"},
            {"name": "et al."},
        ],
        "publisher": {"name": "ESS"},
        "publicationYear": 2024,
        "subjects": [{"subject": "quartz", "subjectScheme": "X"}],
        "rightsList": [{"rightsIdentifier": "CC0-1.0"}],
        "relatedIdentifiers": [
            {"relatedIdentifier": "10.1234/p", "relationType": "IsCitedBy"},
            {"relatedIdentifier": "10.1234/q", "relationType": "nonsense"},
        ],
        "fundingReferences": [{"funderName": "Fund", "awardNumber": "1"}],
    },
    "creator": ["Two, Second", "One, First"],
}


def test_published_data_of_scicat_has_its_people_whole() -> None:
    """The list in the metadata comes first: the old one has lost the ORCID."""
    result = mapped("scicat", "PublishedData", PUBLISHED)
    got = result.record
    assert [agent.name for agent in got.creators] == ["One, First", "Two, Second"]
    assert got.creators[0].identifier("ORCID") == "0000-0002-1825-0097"
    assert got.creators[0].affiliations[0].name == "Here"
    assert got.issued is not None
    assert got.issued.text == "2024"
    assert got.publisher is not None
    assert got.facility is not None
    assert got.facility.id == "ess"
    assert got.subjects[0].scheme == "X"
    assert got.funding[0].award_number == "1"
    assert got.licence is not None
    assert {(r.type, r.identifier.value) for r in got.relations} == {
        ("HasPart", "20.500.1/a"),
        ("HasPart", "20.500.1/b"),
        ("IsCitedBy", "10.1234/p"),
        ("References", "10.1234/q"),
    }
    old = {key: value for key, value in PUBLISHED.items() if key != "metadata"}
    agents = mapped("scicat", "PublishedData", old).record.creators
    assert [agent.name for agent in agents] == ["Two, Second", "One, First"]


def test_a_dataset_of_the_esrf_in_icat() -> None:
    """ESRFET names and identifiers, and the names that the ESRF gives to fields."""
    document = {
        "name": "scan_0001",
        "startDate": "2024-05-01T08:00:00.123+02:00",
        "endDate": "2024-05-01T09:00:00.123+02:00",
        "location": "/data/visitor/hg123",
        "sampleName": "mouse",
        "instrumentName": "ID17",
        "parameters": [
            {"name": "technique_pid", "value": "https://w3id.org/PaN/ESRFET#HiP-CT"},
            {"name": "definition", "value": "XAS XRF"},
            {"name": "InstrumentMonochromator_energy", "value": "60", "units": "keV"},
            {"name": "InstrumentLaser01_probe", "value": "visible light"},
            {"name": "InstrumentSource_current", "value": "200", "units": "mA"},
            {"name": "SamplePatient_age", "value": "8765", "units": "a"},
        ],
        "investigation": {"name": "HG-123", "releaseDate": "2027-05-01T00:00:00.000Z"},
    }
    result = mapped("icat", "PlusDataset", document, facility="esrf")
    got = result.record
    # identifiers count; names are looked at where there are none
    labels = [t.label for t in got.techniques]
    assert labels == ["x-ray propagation phase contrast tomography"]
    named = {"parameters": [{"name": "definition", "value": "XAS XRF"}]}
    labels = [t.label for t in record("icat", "PlusDataset", **named).techniques]
    assert labels == ["x-ray absorption spectroscopy", "x-ray fluorescence"]
    assert got.definitions == ()  # it holds no NeXus definition at the ESRF
    assert {(p.name, p.value) for p in got.parameters} == {
        ("photon_energy", 60.0),
        ("source_current", 200.0),
    }
    # a laser that pumps does not probe; the technique tells what does
    assert [probe.name for probe in got.probes] == ["x-ray"]
    assert got.embargo is not None
    assert got.embargo.end is not None
    assert got.embargo.end.text.startswith("2027-05-01")
    assert result.leftovers == (
        "parameters[] (InstrumentLaser01_probe)",
        "parameters[] (SamplePatient_age)",
    )
    assert "8765" not in repr(got)
    rules = {row.path: row.rule for row in result.trace}
    path = "parameters[2] (InstrumentMonochromator_energy)"
    assert rules[path] == "nx-nxmonochromator-energy"


def test_one_list_of_people_with_creator_as_a_role() -> None:
    got = record(
        "icat",
        "DataPublication",
        pid="10.1234/abc",
        users=[
            {"fullName": "A", "contributorType": "Creator", "email": "a@example.org"},
            {"fullName": "B", "contributorType": "ContactPerson"},
        ],
    )
    assert [agent.name for agent in got.creators] == ["A"]
    assert [(c.agent.name, c.role) for c in got.contributors] == [
        ("B", "ContactPerson")
    ]


@pytest.mark.parametrize(
    ("technique", "probe", "energy"),
    [
        ({"pid": "PaNET01168"}, ["x-ray"], "photon_energy"),  # SFX
        ({"pid": "PaNET01189"}, ["neutron"], "incident_energy"),  # SANS
        ({"pid": "PaNET01129"}, [], "incident_energy"),  # tomography: any
        ({"pid": "x", "name": "SAXS"}, [], "incident_energy"),  # a name is not enough
        ({"pid": "esrfet:EDS"}, [], "incident_energy"),  # close: these are electrons
    ],
)
def test_the_technique_tells_the_probe_where_nothing_does(
    technique: dict[str, str], probe: list[str], energy: str
) -> None:
    got = record(
        "scicat",
        "Dataset",
        techniques=[technique],
        scientificMetadata={"beamEnergy": {"value": 9.3, "unit": "keV"}},
    )
    assert [one.name for one in got.probes] == probe
    assert [(p.name, p.value) for p in got.parameters] == [(energy, 9.3)]
    for one in got.probes:
        assert one.evidence[0].rule == "panet-identifier"


# --- the tables -------------------------------------------------------------------


def test_editing_a_row_changes_the_result_without_python(tmp_path: Path) -> None:
    with as_file(files("panharvest.ontologies")) as ours:
        shutil.copytree(ours, tmp_path / "o")
    root = tmp_path / "o"

    def edit(name: str, old: str, new: str) -> None:
        table = root / name
        text = table.read_text("utf-8")
        assert old in text
        table.write_text(text.replace(old, new), "utf-8")

    edit("mappings/scicat-record.sssom.tsv", "Dataset.datasetName", "Dataset.shortName")
    edit("rules/parameters.tsv", "temperature|", "temperature|mystery|")
    edit("mappings/esrfet-panet.sssom.tsv", "panet:PaNET01196", "panet:PaNET01135")
    edit("mappings/kinds.sssom.tsv", "rec:kind.raw\traw", "rec:kind.sample\tsample")
    edit("mappings/roles.sssom.tsv", "\tpi\t", "\tboss\t")
    edit("mappings/access.sssom.tsv", "\tprivate\t", "\tfrozen\t")
    tables = load_tables(root)
    assert tables.version != load_tables().version
    document = {
        "datasetName": "old",
        "shortName": "new",
        "type": "raw",
        "techniques": [{"pid": "esrfet:XAS"}],
        "scientificMetadata": {"mystery": {"value": 5, "unit": "K"}},
    }
    before = mapped("scicat", "Dataset", document).record
    after = mapped("scicat", "Dataset", document, tables).record
    assert (before.titles[0].value, after.titles[0].value) == ("old", "new")
    assert (before.kind, after.kind) == (Kind.RAW, Kind.SAMPLE)
    assert [t.iri[-5:] for t in before.techniques] == ["01196"]
    assert [t.iri[-5:] for t in after.techniques] == ["01135"]
    assert (len(before.parameters), len(after.parameters)) == (0, 1)
    assert "boss" in tables.roles
    assert "frozen" in tables.words["access"]


def test_a_new_catalogue_is_a_new_table(tmp_path: Path) -> None:
    with as_file(files("panharvest.ontologies")) as ours:
        shutil.copytree(ours, tmp_path / "o")
    table = (tmp_path / "o/mappings/searchapi-record.sssom.tsv").read_text("utf-8")
    table = table.replace("searchapi", "tardis").replace("Dataset.title", "Dataset.nom")
    (tmp_path / "o/mappings/tardis-record.sssom.tsv").write_text(table, "utf-8")
    tables = load_tables(tmp_path / "o")
    got = mapped("tardis", "Dataset", {"nom": "quartz"}, tables).record
    assert got.titles[0].value == "quartz"
    assert got.provenance is not None
    assert got.provenance.source == "tardis"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Dataset.datasetName", "datasetName", "must be Entity.field"),
        ("Dataset.datasetName", "Dataset.a..b", "is no place"),
        ("scicat-dataset-description", "description", "must begin with 'scicat-'"),
        ("scicat-dataset-description", "scicat-dataset-datasetname", "is there twice"),
        ("text:Abstract", "magic:Abstract", "conversion 'magic' is unknown"),
        ("\trec:sample.name\tsample.name", "\trec:x\tsample.nom", "sample has descr"),
        ("\trec:keywords\tkeywords", "\trec:x\tmots", "target 'mots' is unknown"),
    ],
)
def test_a_broken_row_is_an_error_that_names_it(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with as_file(files("panharvest.ontologies")) as ours:
        shutil.copytree(ours, tmp_path / "o")
    table = tmp_path / "o/mappings/scicat-record.sssom.tsv"
    table.write_text(table.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_tables(tmp_path / "o")
    assert "scicat-record.sssom.tsv" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("kinds", "rec:kind.raw\traw", "rec:kind.raw\tcooked"),
        ("access", "rec:access.open\topen", "rec:access.open\tajar"),
        ("roles", "[Researcher]\tResearcher", "[Researcher]\tBoss"),
    ],
)
def test_a_word_must_mean_something(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    with as_file(files("panharvest.ontologies")) as ours:
        shutil.copytree(ours, tmp_path / "o")
    table = tmp_path / f"o/mappings/{name}.sssom.tsv"
    assert old in table.read_text("utf-8")
    table.write_text(table.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ConfigError, match=f"{name}.sssom.tsv: .* is none of"):
        load_tables(tmp_path / "o")


def test_an_unknown_system_or_entity_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="icat, scicat, searchapi"):
        mapped("nowhere", "Dataset", {})
    with pytest.raises(ConfigError, match="Dataset, PublishedData"):
        mapped("scicat", "Sample", {})


def test_every_target_is_a_field_or_part_of_the_record() -> None:
    for name in ("scicat", "icat", "searchapi"):
        for row in read_sssom(resource("mappings", f"{name}-record.sssom.tsv")):
            if row["object_id"] == "sssom:NoTermFound":
                assert row["ext_convert"] == "never"
                assert row["comment"]
                continue
            target = row["object_label"]
            assert row["object_id"] == f"rec:{target}"
            check_target(target)


def test_names_of_the_esrf_are_those_of_its_own_table(shared: Path) -> None:
    """Group and field of each ICAT name, as the ESRF writes them into files."""
    import re
    from xml.etree import ElementTree as ET

    from panharvest.vocabulary.nexus import nexus, nexus_iri

    root = ET.parse(shared / "records" / "icat" / "esrf_hdf5_cfg.xml").getroot()
    expected: dict[str, str] = {}

    def walk(group: ET.Element) -> None:
        for child in group:
            if child.tag == "group":
                walk(child)
            elif found := re.fullmatch(r"\$\{(\w+)\}", (child.text or "").strip()):
                label = f"{group.get('NX_class')}/{child.tag}"
                if label in nexus() and nexus()[label].kind == "field":
                    expected[found[1]] = label

    walk(root)
    rows = list(read_sssom(resource("mappings", "icatesrf-nexus.sssom.tsv")))
    assert {row["subject_label"]: row["object_label"] for row in rows} == expected
    for row in rows:
        iri = nexus_iri(row["object_label"], "field")
        assert row["object_id"] == "nxo:" + iri.rpartition("#")[2]


# --- real documents ---------------------------------------------------------------


def read(shared: Path, *path: str) -> Any:
    return json.loads(shared.joinpath("records", *path).read_text("utf-8"))


def test_the_datasets_of_scicatlive(shared: Path) -> None:
    found = [
        mapped("scicat", "Dataset", one)
        for one in read(shared, "scicat", "scicatlive", "Dataset.json")
    ]
    assert len(found) == 19
    assert all(one.record.techniques for one in found)
    assert all(one.record.created for one in found)
    assert all(one.claims.public is True for one in found)
    left = {path for one in found for path in one.leftovers}
    known = ("scientificMetadata", "instrumentId", "usedSoftware[]")
    assert all(path.startswith(known) for path in left)
    mails = [one for one in found if "@" in repr((one.record, one.trace))]
    assert mails == []


def test_the_published_data_of_scicatlive(shared: Path) -> None:
    for one in read(shared, "scicat", "scicatlive", "PublishedData.json"):
        result = mapped("scicat", "PublishedData", one)
        got = result.record
        assert got.pid is not None
        assert got.pid.scheme == "DOI"
        assert got.creators
        assert "al." not in {agent.name for agent in got.creators}
        assert set(result.leftovers) <= {"downloadLink", "registeredTime"}


def test_the_database_of_the_search_api(shared: Path) -> None:
    models = {
        name: [json.loads(row) for row in rows.values()]
        for name, rows in read(shared, "panosc", "search-api_db.json")["models"].items()
    }
    labels = set()
    for dataset in models["Dataset"]:
        pid = dataset["pid"]
        links = {
            row["techniqueId"]
            for row in models["DatasetTechnique"]
            if row["datasetId"] == pid
        }
        document = dataset | {
            "techniques": [t for t in models["Technique"] if t["pid"] in links],
            "parameters": [p for p in models["Parameter"] if p.get("datasetId") == pid],
            "instrument": next(
                i for i in models["Instrument"] if i["pid"] == dataset["instrumentId"]
            ),
        }
        got = mapped("searchapi", "Dataset", document).record
        assert got.facility is not None
        assert got.facility.id == "ess"
        labels |= {t.label for t in got.techniques}
    assert labels == {"small angle neutron scattering", "x-ray absorption"}


def test_the_dump_of_an_icat(shared: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    text = (shared / "records" / "icat" / "icatdump-6.2.yaml").read_text("utf-8")
    held: dict[str, Any] = {}
    chapters = [one for one in yaml.safe_load_all(text) if isinstance(one, dict)]
    for chapter in chapters:
        for rows in chapter.values():
            held |= rows if isinstance(rows, dict) else {}

    def whole(value: Any, depth: int = 0) -> Any:
        """Put objects in the place of their keys, as a query with INCLUDE does."""
        if isinstance(value, str) and value in held and depth < 4:
            return whole(held[value], depth + 1)
        if isinstance(value, dict):
            return {key: whole(one, depth) for key, one in value.items()}
        if isinstance(value, list):
            return [whole(one, depth) for one in value]
        return value

    found: dict[str, list[Mapped]] = {}
    users = [u for one in chapters for u in one.get("dataPublicationUser", {}).values()]
    for user in users:
        held[user.pop("publication")].setdefault("users", []).append(user)
    for entity, name in (
        ("Investigation", "investigation"),
        ("Dataset", "dataset"),
        ("DataPublication", "dataPublication"),
    ):
        for chapter in chapters:
            for row in chapter.get(name, {}).values():
                result = mapped("icat", entity, whole(row))
                found.setdefault(entity, []).append(result)
    for investigation in found["Investigation"]:
        got = investigation.record
        assert got.kind is Kind.EXPERIMENT
        assert got.pid is None  # 00.0815 is no prefix of a DOI
        assert any(c.role == "ProjectLeader" for c in got.contributors)
        assert got.instruments
        assert got.probes
    labels = {t.label for one in found["Dataset"] for t in one.record.techniques}
    assert {"hard x-ray photoelectron spectroscopy", "neutron diffraction"} <= labels
    kinds = {one.record.kind for one in found["Dataset"]}
    assert {Kind.RAW, Kind.PROCESSED} <= kinds
    (publication,) = found["DataPublication"]
    assert publication.record.embargo is not None
    assert publication.record.creators
    assert "example" not in repr([one.record for one in found["Dataset"]]).lower()


# --- laws -------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = sorted(
    {
        name
        for system in load_tables().systems.values()
        for rules in system.entities.values()
        for one in rules
        for selector in one.alternatives
        for name, _ in selector
    }
)
DOCUMENTS = st.recursive(
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6),
    lambda inner: st.dictionaries(
        st.sampled_from(NAMES), inner | st.lists(inner, max_size=3), max_size=6
    ),
    max_leaves=6,
)


@given(st.sampled_from(ENTITIES), DOCUMENTS)
def test_no_document_makes_the_mapping_raise(
    place: tuple[str, str], document: dict[str, Any]
) -> None:
    result = mapped(*place, document)
    assert result.record.id
    assert result.record.titles
    assert len(set(result.leftovers)) == len(result.leftovers)


@given(st.dictionaries(st.text(min_size=1, max_size=5), JSON, max_size=5))
def test_every_value_is_read_or_left_over(document: dict[str, Any]) -> None:
    """Of a document with other names than any rule, everything is left over."""
    other = {f"zz{key}": value for key, value in document.items()}
    assert set(mapped("icat", "Dataset", other).leftovers) == set(leaves(other))


@pytest.mark.parametrize(
    ("selector", "paths"),
    [
        ("a", ["a"]),
        ("b.c", ["b.c"]),
        ("l[]", ["l[0]", "l[1]"]),
        ("l[].x", ["l[0].x"]),
        ("b.*", ["b.c", "b.d"]),
        ("a[]", ["a[0]"]),  # one that stands where a list could
        ("n[]", []),
        ("l.x", []),
        ("z", []),
    ],
)
def test_places(selector: str, paths: list[str]) -> None:
    document = {"a": 1, "b": {"c": 2, "d": 3}, "l": [{"x": 4}, {"y": 5}], "n": None}
    found = list(select(document, read_selector(selector)))
    assert [place.path for place in found] == paths
