"""schema.org: one meaning in JSON and as a graph; read again; what shapes ask for."""
# ruff: noqa: E501  (documents are easier to read in whole lines)

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.compare import isomorphic
from samples import MUON, POWDER, differences

from panharvest.derived import available, w3cdtf
from panharvest.errors import SkipError
from panharvest.formats.datacite import DataCite
from panharvest.formats.schemaorg import SchemaOrg
from panharvest.formats.schemaorg.reading import read
from panharvest.formats.schemaorg.terms import RECORD
from panharvest.licensing import compact
from panharvest.record import (
    AccessStatus,
    Agent,
    Identifier,
    Kind,
    Licence,
    Location,
    Moment,
    Nature,
    Record,
    Relation,
    Text,
)
from panharvest.testing.datacite import carried_records
from panharvest.testing.records import publishable_records

if TYPE_CHECKING:
    from collections.abc import Callable

# rdflib's own reader of JSON-LD uses what rdflib deprecates
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

SHAPES = Path(__file__).resolve().parents[3] / "shared" / "data" / "schemas"


def written(record: Record) -> bytes:
    found = SchemaOrg().write(record)
    assert found is not None
    return found


def parsed(document: bytes) -> Graph:
    """Parse with rdflib's own reader of JSON-LD; sockets are blocked in tests."""
    return Graph().parse(data=document, format="json-ld")


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_golden(record: Record, golden: Callable[[str, bytes], None]) -> None:
    name = "powder" if record is POWDER else "muon"
    text = json.dumps(json.loads(written(record)), indent=1, ensure_ascii=False)
    golden(f"formats/schemaorg-{name}.jsonld", text.encode() + b"\n")


@settings(max_examples=30)
@given(carried_records() | publishable_records())
def test_the_document_and_the_graph_say_the_same(record: Record) -> None:
    assert isomorphic(parsed(written(record)), record.to_graph("schemaorg"))


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_the_samples_and_their_graphs(record: Record) -> None:
    graph = record.to_graph("schemaorg")
    assert isomorphic(parsed(written(record)), graph)
    again = Graph().parse(data=graph.serialize(format="turtle"), format="turtle")
    assert isomorphic(again, graph)


def carried(record: Record) -> Record:
    """Give what the JSON-LD keeps of a record: each line is a loss or a filling in.

    - A text without language is in the language of the record.
    - Evidence, confidence and predicates are for those who map.
    - datePublished is when the data could be had, else the year of publication.
    """
    published = record.issued
    embargoed = record.access and record.access.status is AccessStatus.EMBARGOED
    if published is None and not embargoed and (day := available(record)):
        published = Moment(day)
    span = record.collected

    def known(text: Text) -> Text:
        return replace(text, language=text.language or record.language)

    return replace(
        record,
        titles=tuple(map(known, record.titles)),
        descriptions=tuple(
            replace(known(text), type=text.type or "Abstract")
            for text in record.descriptions
        ),
        issued=published,
        licence=record.licence and compact(record.licence),
        collected=span and replace(span, start=_day(span.start), end=_day(span.end)),
        techniques=tuple(
            replace(t, predicate="skos:exactMatch", confidence=1.0, evidence=())
            for t in record.techniques
        ),
        probes=tuple(replace(p, evidence=()) for p in record.probes),
        parameters=tuple(
            replace(p, original_value=None, original_unit=None)
            for p in record.parameters
        ),
        facility=record.facility
        and replace(record.facility, confidence=1.0, evidence=()),
        provenance=None,
    )


def _day(moment: Moment | None) -> Moment | None:
    text = w3cdtf(moment)
    return Moment(text) if text else None


@given(carried_records())
def test_what_is_written_is_read_back(record: Record) -> None:
    found = read(written(record)).record
    different = differences(_sorted(found), _sorted(carried(record)))
    assert different == {}


def _sorted(record: Record) -> Record:
    """Put titles and descriptions in the order that the document has them in."""
    first = next((t for t in record.titles if t.type is None), None)
    first = first or next(iter(record.titles), None)
    titles = [
        replace(
            t,
            type=None
            if t is first
            else t.type
            if t.type == "Subtitle"
            else "other",  # a name is the title, a subtitle, or another name
        )
        for t in record.titles
    ]
    described = sorted(record.descriptions, key=lambda t: (str(t.type), t.value))
    return replace(
        record,
        titles=tuple(
            sorted(titles, key=lambda t: (str(t.type), t.value, str(t.language)))
        ),
        descriptions=tuple(described),
        creators=tuple(map(_known, record.creators)),
        contributors=tuple(
            replace(c, agent=_known(c.agent)) for c in record.contributors
        ),
        related_items=tuple(
            replace(
                item,
                creators=tuple(map(_known, item.creators)),
                contributors=tuple(
                    replace(c, agent=_known(c.agent)) for c in item.contributors
                ),
            )
            for item in record.related_items
        ),
        issued=record.issued,
        alternate_identifiers=tuple(record.alternate_identifiers),
    )


def _known(agent: Agent) -> Agent:
    """Take who is not said to be either for what the writer takes them for."""
    if agent.nature is not None:
        return agent
    person = agent.given_name or agent.family_name or agent.identifier("ORCID")
    return replace(agent, nature=Nature.PERSONAL if person else Nature.ORGANISATIONAL)


def test_the_rich_sample_comes_back() -> None:
    found = read(written(POWDER)).record
    assert set(differences(_sorted(found), _sorted(carried(POWDER)))) == set()


def test_from_datacite_to_schemaorg_and_back() -> None:
    """At most two losses over all fields; they are these."""
    document = DataCite().write(POWDER)
    assert document is not None
    once = DataCite().read(document).record
    again = read(written(once)).record
    lost = differences(_sorted(again), _sorted(carried(once)))
    assert set(lost) <= set()


# --- shapes ---------------------------------------------------------------------------


@cache
def shapes(*names: str) -> Graph:
    graph = Graph()
    for name in names:
        file = SHAPES / name
        if not file.exists():
            pytest.skip("the folder of shapes (../shared/data/schemas) is not here")
        graph.parse(file)
    return graph


def violations(graph: Graph, *names: str) -> list[str]:
    from pyshacl import validate

    _, results, _ = validate(graph, shacl_graph=shapes(*names), advanced=True)
    sh = "http://www.w3.org/ns/shacl#"
    query = f"SELECT ?p ?m WHERE {{ ?r a <{sh}ValidationResult> ; <{sh}resultSeverity> <{sh}Violation> . OPTIONAL {{ ?r <{sh}resultPath> ?p }} OPTIONAL {{ ?r <{sh}resultMessage> ?m }} }}"
    return sorted(f"{path} {message}" for path, message in results.query(query))


SOSO = "science-on-schema.org/soso_common_v1.2.3.ttl"
REQUIRED = "science-on-schema.org/googleRequired.ttl"
RECOMMENDED = "science-on-schema.org/googleRecommended.ttl"


def test_google_and_science_on_schema_org_ask_nothing_more() -> None:
    graph = POWDER.to_graph("schemaorg")
    assert violations(graph, SOSO) == []
    assert violations(graph, REQUIRED) == []
    assert violations(graph, RECOMMENDED) == []


def test_a_poor_record_has_all_that_is_required() -> None:
    graph = MUON.to_graph("schemaorg")
    assert violations(graph, SOSO) == []
    assert violations(graph, REQUIRED) == []
    # what nobody knows of it is not made up
    lacking = {
        v.partition(" ")[0].rpartition("/")[2] for v in violations(graph, RECOMMENDED)
    }
    assert lacking == {"license", "variableMeasured"}


def test_the_shapes_do_not_pass_because_they_look_elsewhere() -> None:
    broken = replace(POWDER, titles=(), descriptions=())
    graph = Graph()
    for s, p, o in broken.to_graph("schemaorg"):
        if not str(p).endswith(("/name", "/url")):
            graph.add((s, p, o))
    assert violations(graph, REQUIRED) != []


# --- what others wrote ----------------------------------------------------------------

ZENODO = {
    "@context": "http://schema.org",
    "@type": "Dataset",
    "@id": "https://doi.org/10.5281/zenodo.1",
    "identifier": "https://doi.org/10.5281/zenodo.1",
    "name": "Beamtime",
    "description": "About it",
    "creator": [
        {
            "name": "Doe, J",
            "@type": "Person",
            "@id": "https://orcid.org/0000-0002-1825-0097",
            "affiliation": "Brown University",
        }
    ],
    "publisher": {"@type": "Organization", "name": "Zenodo"},
    "datePublished": "2020-05-01",
    "license": "https://creativecommons.org/licenses/by/4.0/legalcode",
    "keywords": "neutron, SANS",
    "inLanguage": {"@type": "Language", "name": "en", "alternateName": "eng"},
    "distribution": [
        {
            "@type": "DataDownload",
            "contentUrl": "https://example.org/a.h5",
            "encodingFormat": "application/x-hdf5",
        }
    ],
    "citation": [{"@id": "https://doi.org/10.1234/paper", "@type": "ScholarlyArticle"}],
    "isPartOf": {"@id": "https://doi.org/10.1234/whole", "@type": "Dataset"},
}


def check_zenodo(record: Record) -> None:
    assert record.pid == Identifier("10.5281/zenodo.1", "DOI")
    assert record.titles == (Text("Beamtime", None, "en"),)
    assert record.descriptions == (Text("About it", "Abstract", "en"),)
    (creator,) = record.creators
    assert creator.identifier("ORCID") == "0000-0002-1825-0097"
    assert creator.nature is Nature.PERSONAL
    assert creator.affiliations[0].name == "Brown University"
    assert record.keywords == ("neutron", "SANS")
    assert record.licence == Licence("CC-BY-4.0")
    assert record.files[0].name == "a.h5"
    assert {(r.type, r.identifier.value) for r in record.relations} == {
        ("References", "10.1234/paper"),
        ("IsPartOf", "10.1234/whole"),
    }
    assert record.kind is Kind.DATASET


def _prefixed(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k if k[0] == "@" else f"schema:{k}": (
                f"schema:{v}" if k == "@type" else _prefixed(v)
            )
            for k, v in value.items()
        }
    return [_prefixed(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "document",
    [
        ZENODO,
        {**ZENODO, "@context": "https://schema.org/"},
        {**ZENODO, "@context": {"@vocab": "https://schema.org/"}},
        {**ZENODO, "@context": ["https://schema.org/", {"x": "https://example.org/"}]},
        [{"@context": "https://schema.org", "@type": "BreadcrumbList"}, ZENODO],
        {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "WebSite", "name": "x"},
                {k: v for k, v in ZENODO.items() if k != "@context"},
            ],
        },
        {
            **_prefixed({k: v for k, v in ZENODO.items() if k != "@context"}),
            "@context": {"schema": "http://schema.org/"},
        },
        {
            "@context": "https://schema.org",
            "@type": "WebPage",
            "mainEntity": {k: v for k, v in ZENODO.items() if k != "@context"},
        },
    ],
)
def test_a_landing_page_in_any_form(document: Any) -> None:
    check_zenodo(read(json.dumps(document).encode()).record)


@pytest.mark.parametrize("escape", [False, True])
def test_a_page_with_scripts(escape: bool) -> None:
    text = json.dumps(ZENODO)
    if escape:
        text = text.replace('"', "&quot;")
    page = f"<!doctype html><html><head><script type='application/ld+json'>{{broken</script><SCRIPT type=application/ld+json>{text}</SCRIPT></head></html>"
    check_zenodo(read(page.encode()).record)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"{}", "document.foreign"),
        (b"<html></html>", "document.foreign"),
        (b"[1, 2]", "document.foreign"),
        (b"{", "document.json"),
        (
            b'{"@context": "https://evil.example.org/c.jsonld", "@type": "Dataset", "name": "x"}',
            "document.context",
        ),
        (
            b'{"@context": ["https://schema.org", "http://127.0.0.1:9/"], "@type": "Dataset"}',
            "document.context",
        ),
    ],
)
def test_what_is_refused(document: bytes, code: str) -> None:
    with pytest.raises(SkipError) as refusal:
        read(document)
    assert refusal.value.code == code


PROPERTIES = (
    *("name", "creator", "author", "identifier", "license", "keywords", "about"),
    *("distribution", "hasPart", "contentUrl", "contentSize", "size", "value"),
    *("temporalCoverage", "spatialCoverage", "geo", "box", "polygon", "latitude"),
    *("measurementTechnique", "variableMeasured", "minValue", "maxValue", "unitText"),
    *("funding", "funder", "publisher", "sourceOrganization", "contributor"),
    *("datePublished", "dct:available", "isAccessibleForFree", "conditionsOfAccess"),
    *("usageInfo", "relatedLink", "target", "linkRelationship", "isPartOf", "url"),
    *("citation", "potentialAction", "prov:wasGeneratedBy", "prov:used", "object"),
    *("instrument", "additionalProperty", "propertyID", "valueReference", "version"),
    *("inLanguage", "description", "abstract", "alternateName", "additionalType"),
    *("affiliation", "roleName", "spdx:checksum", "adms:identifier", "dct:conformsTo"),
    *(
        "@id",
        "@type",
        "@value",
        "@language",
        "@list",
        "encodingFormat",
        "inDefinedTermSet",
    ),
)


def junk() -> st.SearchStrategy[Any]:
    leaves = st.sampled_from(
        (
            None,
            True,
            False,
            0,
            -1,
            2**60,
            1.5,
            "",
            " ",
            "T",
            "2020-13-45",
            "a/b/c",
            "https://doi.org/10.1234/x",
            "CC0",
            "12 GB",
            "1 2 3 4",
            "#b",
            "Person",
            "é",
            f"{RECORD}kind",
            f"{RECORD}dates",
            f"{RECORD}raw",
            "en",
        )
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(PROPERTIES), inner, max_size=4)
        ),
        max_leaves=10,
    )


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(PROPERTIES), junk(), max_size=6), junk())
def test_no_node_breaks_the_reader(node: dict[str, Any], other: Any) -> None:
    given_ = {**node, "@type": "Dataset", "name": node.get("name") or "T"}
    document = {"@context": "https://schema.org", "@graph": [given_, other]}
    for one in (document, {**given_, "@context": "https://schema.org"}):
        try:
            record = read(json.dumps(one).encode()).record
        except SkipError:
            assert "@list" in node  # it is a list then, and nothing else
            continue
        for form in (SchemaOrg(), DataCite()):
            form.write(record)  # whatever is in it


def test_nodes_that_name_each_other_are_put_together() -> None:
    """A crate: what it is about comes before its parts; circles do no harm."""
    document = {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {"@id": "part/", "@type": "Dataset", "name": "A part"},
            {
                "@id": "./",
                "@type": "Dataset",
                "name": "The whole",
                "author": [{"@id": "#jane"}, {"@id": "#unknown"}],
                "hasPart": [{"@id": "part/"}, {"@id": "a.txt"}],
                "isPartOf": {"@id": "./"},
            },
            {"@id": "a.txt", "@type": "File", "name": "a", "contentSize": "12"},
            {
                "@id": "#jane",
                "@type": "Person",
                "name": "Doe, Jane",
                "affiliation": {"@id": "#uni"},
            },
            {"@id": "#uni", "name": "Uni", "member": {"@id": "#jane"}},
        ],
    }
    record = read(json.dumps(document).encode()).record
    assert record.titles == (Text("The whole"),)
    (creator,) = record.creators
    assert (creator.name, creator.affiliations[0].name) == ("Doe, Jane", "Uni")
    assert [(f.name, f.size) for f in record.files] == [("a", 12)]


def test_nodes_that_name_each_other_without_end_are_refused() -> None:
    names = [f"#{i}" for i in range(20)]
    graph = [
        {"@id": a, "@type": "Dataset", "name": a, "x": [{"@id": b} for b in names]}
        for a in names
    ]
    with pytest.raises(SkipError) as refusal:
        read(json.dumps({"@context": "https://schema.org", "@graph": graph}).encode())
    assert refusal.value.code == "document.large"


def test_what_people_write_is_taken_for_what_it_is() -> None:
    document = {
        "@context": "https://schema.org/",
        "@type": ["Thing", "Dataset"],
        "name": "T",
        "inLanguage": {"@type": "Language", "name": "German", "alternateName": "de"},
        "measurementTechnique": [
            "x-ray powder diffraction",
            "http://purl.org/pan-science/PaNET/PaNET01136",
            "our own way",
        ],
        "size": "12 GB",
        "datePublished": "March 2020",
    }
    record = read(json.dumps(document).encode()).record
    assert record.language == "de"
    assert [t.label for t in record.techniques] == [
        "x-ray powder diffraction",
        "diffraction imaging",
    ]
    assert [s.value for s in record.subjects] == ["our own way"]
    assert (record.size, record.size_exact) == (12_000_000_000, False)
    assert record.issued == Moment("2020-03", "March 2020")


def test_natural_relations_where_there_are_no_links() -> None:
    record = replace(
        POWDER, relations=(Relation(Identifier("10.1234/raw", "DOI"), "IsDerivedFrom"),)
    )
    node = json.loads(written(record))
    assert node["isBasedOn"] == [
        {"@id": "https://doi.org/10.1234/raw", "@type": "CreativeWork"}
    ]
    del node["relatedLink"]
    assert read(json.dumps(node).encode()).record.relations == record.relations


def test_what_google_needs_is_there() -> None:
    node = json.loads(written(POWDER))
    assert isinstance(node["name"], str)
    assert 50 <= len(node["description"]) <= 5000
    assert node["measurementTechnique"][0]["inDefinedTermSet"].endswith("PaNET.owl")
    assert (
        node["variableMeasured"][0]["unitCode"] == "http://qudt.org/vocab/unit/KiloEV"
    )
    assert node["license"].startswith("https://creativecommons.org/")
    long = replace(POWDER, descriptions=(Text("word " * 4000, "Abstract"),))
    assert len(json.loads(written(long))["description"]) <= 5000


def test_a_place_that_only_repeats_the_facility_is_not_read() -> None:
    record = replace(POWDER, location=None)
    assert json.loads(written(record))["spatialCoverage"]["name"].startswith("European")
    assert read(written(record)).record.location is None
    named = replace(POWDER, location=Location("Grenoble"))
    assert read(written(named)).record.location == Location("Grenoble")
