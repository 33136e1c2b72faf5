"""DCAT is read back, and read from portals; nothing is fetched, limits hold."""

from __future__ import annotations

import json
import logging
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph
from samples import MUON, POWDER, RICH

import panharvest
from panharvest.converting import detect, read_document
from panharvest.errors import SkipError
from panharvest.formats import graphs
from panharvest.formats.dcat import DcatJson, DcatTurtle
from panharvest.formats.dcat.reading import read
from panharvest.formats.dcat.terms import CONTEXT
from panharvest.record import (
    Access,
    AccessStatus,
    Agent,
    Box,
    Checksum,
    Contributor,
    Facility,
    File,
    Funding,
    Identifier,
    Interval,
    Kind,
    Licence,
    Location,
    Moment,
    Nature,
    Point,
    Polygon,
    Record,
    Relation,
    Subject,
    Technique,
    Text,
)
from panharvest.testing.datacite import carried_records

if TYPE_CHECKING:
    from collections.abc import Callable

PANET = "http://purl.org/pan-science/PaNET/PaNET"
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <http://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix locn: <http://www.w3.org/ns/locn#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""


def of(inner: str, about: str = "<https://example.org/d/1>") -> Record:
    """Read a dataset of Turtle."""
    return read(f"{PREFIXES}{about} a dcat:Dataset ; {inner} .".encode()).record


# --- our own --------------------------------------------------------------------------


def without_what_dcat_lacks(record: Record) -> Record:
    """Take away what the crosswalk says that DCAT does not carry."""
    return replace(
        record,
        descriptions=tuple(
            replace(d, type="Other") if d.type not in ("Abstract", None) else d
            for d in record.descriptions
        ),
        probes=tuple(replace(p, evidence=()) for p in record.probes),
        sources=tuple(replace(s, name=None, probe=None) for s in record.sources),
        parameters=(),
        measured_variables=(),
        provenance=None,
        resource_type=None,
        dates=tuple(replace(d, information=None) for d in record.dates),
        rights=tuple(
            replace(r, identifier=None, scheme=None, scheme_iri=None, language=None)
            for r in record.rights
        ),
        relations=(
            *record.relations,
            *(
                Relation(i.identifier, "Other", information="dct:relation")
                for i in record.related_items
                if i.identifier
            ),
        ),
        related_items=(),
    )


def test_the_rich_record_comes_back_from_json() -> None:
    document = DcatJson().write(RICH)
    assert document is not None
    assert read(document).record == without_what_dcat_lacks(RICH)
    assert read(document).problems == ()


def test_turtle_loses_order_and_nothing_else() -> None:
    people = (
        Agent("Zeta, A", Nature.PERSONAL),
        RICH.creators[0],
        Agent("Alpha, B", identifiers=(Identifier("0000-0001-5109-3700", "ORCID"),)),
    )
    document = DcatTurtle().write(replace(RICH, creators=people))
    assert document is not None
    found = read(document).record
    assert [a.name for a in found.creators] == [a.name for a in people]
    wanted = without_what_dcat_lacks(RICH)
    for field in fields(Record):
        before, after = getattr(wanted, field.name), getattr(found, field.name)
        if isinstance(before, tuple) and field.name != "creators":
            assert set(before) == set(after), field.name
        elif field.name != "creators":
            assert before == after, field.name


# What DCAT has a place for that holds any value of these fields.
CARRIED = (
    *("id", "kind", "pid", "language", "version", "created", "modified", "issued"),
    *("embargo", "facility", "size", "size_exact", "file_count", "samples"),
    *("techniques", "probes", "sources", "keywords", "formats", "definitions"),
    *("services", "instruments", "funding", "landing_page", "licence"),
)


@settings(max_examples=40)
@given(carried_records())
def test_what_dcat_has_a_place_for_comes_back(record: Record) -> None:
    record = replace(
        record,
        # who has the same address has all its names in a graph
        publisher=None,
        language=record.language and record.language[:2],  # the EU has no scripts
        creators=(),
        contributors=(),
        # the address of somebody's own scheme has no place
        funding=tuple(
            replace(f, funder_identifier=None)
            if f.funder_identifier and f.funder_identifier.scheme_iri
            else f
            for f in record.funding[:1]
        ),
    )
    document = DcatJson().write(record)
    assert document is not None
    found = read(document, id=record.id).record
    for name in CARRIED:
        before, after = getattr(record, name), getattr(found, name)
        assert before == after, name


@pytest.mark.parametrize("form", ["turtle", "xml", "nt", "json-ld"])
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_any_syntax(form: str) -> None:
    document = DcatTurtle().write(MUON)
    assert document is not None
    other = Graph().parse(data=document, format="turtle").serialize(format=form)
    found = read_document(other.encode())
    assert found.record == read(document).record
    assert found.record.titles == MUON.titles
    for encoding in ("utf-8-sig", "utf-16") if form != "nt" else ():
        text = other.replace('encoding="utf-8"', "")
        assert read(text.encode(encoding)).record == found.record


# --- of portals -----------------------------------------------------------------------


def test_a_dataset_of_a_portal() -> None:
    record = of(
        """
        dct:title "Titel"@de , "Title"@en ;
        dct:description "What it is."@en ;
        dct:identifier "https://doi.org/10.1234/ABC" ;
        dct:creator "Doe, Jane" , [ a foaf:Person ; foaf:name "Roe, R." ] ;
        dct:publisher [ a foaf:Organization ; foaf:name "A portal" ] ;
        dcat:contactPoint [ a vcard:Individual ; vcard:fn "Moe, M." ] ;
        dcat:keyword "quartz"@en ;
        dcat:theme <http://eurovoc.europa.eu/1> ;
        dct:language <http://publications.europa.eu/resource/authority/language/DEU> ;
        dct:issued "2020-05-01T10:00:00Z"^^xsd:dateTime ;
        dct:modified "2021"^^xsd:gYear ;
        dct:temporal [ schema:startDate "2019-01-01"^^xsd:date ;
                       schema:endDate "2019-02-01"^^xsd:date ] ;
        dct:spatial [ locn:geometry "POINT(5.5 45.25)" ; skos:prefLabel "Here" ] ;
        owl:versionInfo "2" ;
        dct:accessRights
            <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
        dct:source <https://doi.org/10.1234/raw> ;
        dcat:distribution [ dct:title "a.h5" ; dcat:mediaType
            <https://www.iana.org/assignments/media-types/application/x-hdf5> ;
            dcat:byteSize "1000.0"^^xsd:decimal ;
            dct:license <https://creativecommons.org/licenses/by/4.0/> ;
            dcat:downloadURL <https://example.org/a.h5> ]
        """
    )
    assert record == Record(
        id="10.1234/abc",
        kind=Kind.DATASET,
        pid=Identifier("10.1234/abc", "DOI"),
        titles=(Text("Titel", None, "de"), Text("Title", "TranslatedTitle", "en")),
        descriptions=(Text("What it is.", "Abstract", "en"),),
        creators=(Agent("Roe, R.", Nature.PERSONAL), Agent("Doe, Jane")),
        contributors=(Contributor(Agent("Moe, M.", Nature.PERSONAL), "ContactPerson"),),
        publisher=Agent("A portal", Nature.ORGANISATIONAL),
        keywords=("quartz",),
        subjects=(
            Subject("http://eurovoc.europa.eu/1", iri="http://eurovoc.europa.eu/1"),
        ),
        collected=Interval(Moment("2019-01-01"), Moment("2019-02-01")),
        issued=Moment("2020-05-01T10:00:00Z"),
        modified=Moment("2021"),
        access=Access(AccessStatus.OPEN),
        licence=Licence("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        language="de",
        version="2",
        files=(
            File(
                "a.h5",
                url="https://example.org/a.h5",
                size=1000,
                media_type="application/x-hdf5",
            ),
        ),
        formats=("application/x-hdf5",),
        relations=(Relation(Identifier("10.1234/raw", "DOI"), "IsDerivedFrom"),),
        alternate_identifiers=(Identifier("https://example.org/d/1", "URL"),),
        location=Location("Here", 45.25, 5.5),
    )


def test_a_record_without_pid_is_where_its_page_is() -> None:
    record = of('dct:title "T" ; dct:identifier "local-7"')
    assert (record.id, record.pid) == ("local-7", None)
    assert record.landing_page == "https://example.org/d/1"
    assert record.alternate_identifiers == ()


def test_identifiers_with_schemes() -> None:
    record = of(
        'dct:title "T" ; adms:identifier [ skos:notation "10.1234/A" ; '
        'adms:schemaAgency "doi" ], [ skos:notation "P-1" ; '
        'adms:schemaAgency "Proposal" ]'
    )
    assert record.pid == Identifier("10.1234/a", "DOI")
    assert Identifier("P-1", "Proposal") in record.alternate_identifiers


def test_terms() -> None:
    record = of(
        f'dct:title "T" ; dcat:theme <{PANET}01101> ; dct:subject [ a skos:Concept ; '
        'skos:prefLabel "Physics"@en ; skos:notation "530" ; skos:inScheme '
        '[ dct:title "DDC" ] ] ; dcat:keyword "x-ray powder diffraction", "quartz"'
    )
    assert record.techniques == (
        Technique(f"{PANET}01101", "x-ray powder diffraction"),
    )
    assert record.subjects == (Subject("Physics", "DDC", code="530", language="en"),)
    assert record.keywords == ("quartz",)


@pytest.mark.parametrize(
    ("geometry", "location"),
    [
        (
            'dcat:bbox "POLYGON((5 45, 6 45, 6 46, 5 46, 5 45))"',
            Location(box=Box(5, 6, 45, 46)),
        ),
        (
            'dcat:bbox "POLYGON((5 46, 5 45, 6 45, 6 46, 5 46))"',
            Location(box=Box(5, 6, 45, 46)),
        ),
        (
            'locn:geometry "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> '
            'POLYGON((0 0, 1 0, 1 2, 0 0))"',
            Location(
                polygons=(
                    Polygon((Point(0, 0), Point(0, 1), Point(2, 1), Point(0, 0))),
                )
            ),
        ),
        (
            'dcat:centroid "{\\"type\\":\\"Point\\",\\"coordinates\\":[5,45]}"',
            Location(None, 45, 5),
        ),
    ],
)
def test_places(geometry: str, location: Location) -> None:
    assert of(f'dct:title "T" ; dct:spatial [ {geometry} ]').location == location


def test_who_made_it_where() -> None:
    record = of(
        'dct:title "T" ; <http://www.w3.org/ns/prov#wasGeneratedBy> '
        "[ <http://www.w3.org/ns/prov#wasAssociatedWith> <https://ror.org/02550n020> ]"
        " . <https://ror.org/02550n020> foaf:name "
        '"European Synchrotron Radiation Facility"'
    )
    assert record.facility == Facility(
        "esrf", "European Synchrotron Radiation Facility", "https://ror.org/02550n020"
    )


def test_a_bad_date_is_kept_and_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = read(
            f'{PREFIXES}<https://example.org/1> a dcat:Dataset ; dct:title "T" ; '
            'dct:issued "soon"^^xsd:date .'.encode()
        )
    assert found.record.issued == Moment("soon")
    assert [(p.code, p.field) for p in found.problems] == [("DCAT-DATE-001", "issued")]
    assert caplog.records == []


def test_checksums_and_grants() -> None:
    record = replace(
        POWDER,
        files=(File("a", checksum=Checksum("sha256", "ab" * 32)),),
        funding=(Funding("EC", Identifier("https://ror.org/00k4n6c32", "ROR")),),
    )
    document = DcatTurtle().write(record)
    assert document is not None
    found = read(document).record
    assert (found.files, found.funding) == (record.files, record.funding)


# --- what is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"@prefix a: <b> . a:", "document.rdf"),
        (b"\xff\xfe\xff", "document.rdf"),
        (b"@prefix a: <http://x/> . a:b a a:C .", "document.foreign"),
        (b"<rdf:RDF xmlns:rdf='urn:x'/>", "document.foreign"),
        (b"{}", "document.foreign"),
        (b'{"@context": "https://example.org/c", "@type": "x"}', "document.context"),
        (
            b'{"@context": {"a": {"@id": "http://x/a", "@context": "http://x/c"}}}',
            "document.context",
        ),
        (b'{"@context": {"@import": "http://x/c"}}', "document.context"),
        (
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><rdf:RDF xmlns:rdf="
            b"'http://www.w3.org/1999/02/22-rdf-syntax-ns#'>&b;</rdf:RDF>",
            "document.dtd",
        ),
        (b"@prefix a: <http://x/> . a:b a:c " + b"[a:d " * 5000, "document.large"),
        (
            PREFIXES.encode() + b"<http://x/1> a dcat:Dataset . <http://x/2> "
            b"a dcat:Dataset .",
            "document.several",
        ),
        (b"@prefix" + b" " * graphs.LARGEST, "document.large"),
    ],
)
def test_what_is_refused(document: bytes, code: str) -> None:
    with pytest.raises(SkipError) as refusal:
        read(document)
    assert refusal.value.code == code


def test_a_graph_that_unfolds_without_end_is_refused() -> None:
    """Each of some levels names the next one many times; circles are cut as well."""
    lines = [PREFIXES, "<http://x/0> a dcat:Dataset ."]
    for level in range(10):
        for i in range(8):
            lines.append(f"<http://x/{level}> dct:relation <http://x/{level}-{i}> .")
            lines.append(
                f"<http://x/{level}-{i}> dct:relation <http://x/{level + 1}> ."
            )
    with pytest.raises(SkipError) as refusal:
        read("\n".join(lines).encode())
    assert refusal.value.code == "document.large"
    circle = of('dct:title "T" ; dct:relation <https://example.org/d/1>')
    assert circle.titles == (Text("T"),)


def test_an_address_that_is_none_stays_what_it_is() -> None:
    record = of('dct:title "T"', about="<d/1>")
    assert "invalid" not in repr(record)
    assert "/work" not in repr(record)


# Properties that are read, and values of every sort, in any place.
PROPERTIES = (
    *("dct:title", "dct:creator", "dct:publisher", "dct:issued", "dct:temporal"),
    *("dct:spatial", "dct:subject", "dct:rights", "dct:accessRights", "dct:license"),
    *("dct:language", "dct:type", "dct:identifier", "dct:extent", "dct:format"),
    *("dct:relation", "dct:conformsTo", "dct:available", "dct:description"),
    *("dcat:distribution", "dcat:theme", "dcat:keyword", "dcat:landingPage"),
    *("dcat:contactPoint", "dcat:centroid", "dcat:bbox", "dcat:startDate"),
    *("dcat:byteSize", "dcat:mediaType", "dcat:downloadURL", "dcat:accessService"),
    *("dcat:endpointURL", "dcat:version", "adms:identifier", "adms:status"),
    *("skos:notation", "skos:prefLabel", "skos:inScheme", "foaf:name", "bibo:x"),
    *("prov:wasGeneratedBy", "prov:used", "prov:qualifiedAttribution", "prov:agent"),
    *("prov:wasAssociatedWith", "prov:invalidatedAtTime", "schema:relatedLink"),
    *("schema:target", "schema:linkRelationship", "schema:funding", "schema:funder"),
    *("bibo:authorList", "locn:geometry", "org:memberOf", "spdx:checksum"),
    *("spdx:checksumValue", "spdx:algorithm", "sosa:x", "rdfs:label", "owl:sameAs"),
)
VALUES = (
    *('"T"', '""', '"x"@en', "1", "1.5e0", "true", '"2020-13-45"^^xsd:date', '" "'),
    *('"soon"^^xsd:dateTime', "<http://x/1>", "<http://x/2>", "<a b>", "()", "[]"),
    *('("a" [ foaf:name "b" ])', '"POINT(1 2)"', '"POLYGON((1"', '"1e400"'),
    *("<https://ror.org/02550n020>", f"<{PANET}01101>", '"999999999999999999999"'),
    *('"NaN"^^xsd:double', '"-5"^^xsd:nonNegativeInteger', '"zz"^^xsd:hexBinary'),
)


def nodes() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(VALUES),
        lambda inner: st.lists(
            st.builds("{} {}".format, st.sampled_from(PROPERTIES), inner),
            min_size=1,
            max_size=4,
        ).map(lambda parts: f"[ {' ; '.join(parts)} ]"),
        max_leaves=8,
    )


@settings(max_examples=150)
@given(
    st.lists(
        st.builds("{} {}".format, st.sampled_from(PROPERTIES), nodes()),
        min_size=1,
        max_size=6,
    )
)
def test_no_dataset_breaks_the_reader(parts: list[str]) -> None:
    prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in CONTEXT.items())
    owl = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    body = f"<http://x/1> a dcat:Dataset ; {' ; '.join(parts)} ."
    try:
        record = read(f"{prefixes}{owl}{body}".encode()).record
    except SkipError as refusal:
        assert refusal.code in ("document.rdf", "document.several")
        return
    for form in ("datacite", "schemaorg", "dcat", "oai_dc", "pan"):
        panharvest.formats.DOCUMENTS[form].write(record)  # whatever is in it


# --- all pairs ------------------------------------------------------------------------

RDF_FORMS = ("rdf", "dcat", "dcat-json")


def test_dcat_is_told_from_schema_org() -> None:
    for form in (*RDF_FORMS, "schemaorg"):
        wanted = {"dcat-json": "dcat"}.get(form, form)
        assert detect(panharvest.write(POWDER, form)) == wanted
    assert detect(b"@prefix schema: <http://schema.org/> . <a:b> a schema:X .") == "rdf"
    both = {
        "@context": {"@vocab": "http://www.w3.org/ns/dcat#"},
        "@type": "Dataset",
    }
    assert detect(json.dumps(both).encode()) == "dcat"
    expanded = [{"@id": "a:b", "@type": ["http://www.w3.org/ns/dcat#Dataset"]}]
    assert detect(json.dumps(expanded).encode()) == "dcat"


def test_a_dataset_of_dcat_alone_is_none_of_schema_org() -> None:
    """Nor is the grant in it, although it is in the words of schema.org."""
    given = panharvest.write(RICH, "dcat")
    for form in ("schemaorg", "rdf"):
        with pytest.raises(SkipError, match=r"nothing of schema\.org"):
            read_document(given, form)
    turtle = b'@prefix s: <http://schema.org/> . <a:b> a s:Dataset ; s:name "T" .'
    for form in (None, "schemaorg", "rdf"):
        assert read_document(turtle, form).record.titles == (Text("T"),)


def test_what_each_pair_of_forms_loses(golden: Callable[[str, bytes], None]) -> None:
    """Every form is written from every other; what is lost is in the golden table."""
    forms = sorted(panharvest.formats.DOCUMENTS)
    lines = ["from\t" + "\t".join(forms)]
    names = [f.name for f in fields(Record)]
    for source in forms:
        document = panharvest.write(RICH, source)
        once = read_document(document, source).record
        cells = []
        for target in forms:
            again = read_document(
                panharvest.convert(document, target, source=source), target
            ).record
            cells.append(str(sum(getattr(once, n) != getattr(again, n) for n in names)))
        lines.append(f"{source}\t" + "\t".join(cells))
    golden("formats/pairs.tsv", ("\n".join(lines) + "\n").encode())
