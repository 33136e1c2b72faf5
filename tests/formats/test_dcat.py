"""DCAT-AP: what its shapes ask for, for every record; both forms say the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from samples import MUON, POWDER

from panharvest.formats.dcat import DcatJson, DcatTurtle, catalogue, turtle
from panharvest.formats.dcat.terms import CONTEXT
from panharvest.record import File, Identifier, Moment, Withdrawal
from panharvest.testing.datacite import carried_records
from panharvest.testing.records import publishable_records

if TYPE_CHECKING:
    from panharvest.record import Record

# rdflib's own reader of JSON-LD uses what rdflib deprecates
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

SHAPES = (
    Path(__file__).resolve().parents[3]
    / "shared"
    / "data"
    / "schemas"
    / "dcat-ap-3.0.1"
)
DCAT, DCT = Namespace(CONTEXT["dcat"]), Namespace(CONTEXT["dct"])


@cache
def shapes(*names: str) -> Graph:
    graph = Graph()
    for name in names:
        if not (SHAPES / name).exists():
            pytest.skip("the folder of shapes (../shared/data/schemas) is not here")
        graph.parse(SHAPES / name)
    return graph


def results(graph: Graph, *names: str) -> dict[str, set[str]]:
    """Give severity to the paths that shapes object to."""
    from pyshacl import validate

    _, report, _ = validate(graph, shacl_graph=shapes(*names), advanced=True)
    sh = Namespace("http://www.w3.org/ns/shacl#")
    found: dict[str, set[str]] = {}
    for one in report.subjects(RDF.type, sh.ValidationResult):
        severity = str(report.value(one, sh.resultSeverity)).rpartition("#")[2]
        path = str(report.value(one, sh.resultPath))
        found.setdefault(severity, set()).add(path)
    return found


def graph(record: Record) -> Graph:
    document = DcatTurtle().write(record)
    assert document is not None
    return Graph().parse(data=document, format="turtle")


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_the_shapes_of_dcat_ap_have_nothing_to_object(record: Record) -> None:
    assert results(graph(record), "shapes.ttl", "range.ttl") == {}


@settings(max_examples=8)
@given(carried_records() | publishable_records())
def test_no_record_breaks_a_shape(record: Record) -> None:
    assert results(graph(record), "shapes.ttl", "range.ttl").get("Violation") is None


def test_what_is_recommended_is_there() -> None:
    found = results(graph(POWDER), "shapes_recommended.ttl")
    lacking = {path.rpartition("/")[2] for path in found.get("Warning", ())}
    # who an agent is to the EU, a box beside a point, and what services themselves say
    assert lacking <= {"type", "dcat#bbox", "availability"} | {
        "dcat#servesDataset",
        "dcat#endpointDescription",
        "dcat#contactPoint",
        "publisher",
        "dcat#theme",
        "conformsTo",
        "dcat#keyword",
        "dcat#centroid",
    }


@settings(max_examples=20)
@given(carried_records() | publishable_records())
def test_both_forms_say_the_same(record: Record) -> None:
    document = DcatJson().write(record)
    assert document is not None
    parsed = Graph().parse(data=document, format="json-ld")
    assert isomorphic(parsed, graph(record))


def test_a_catalogue_is_one_of_dcat_ap() -> None:
    tree = catalogue(
        [POWDER, MUON],
        base_url="https://example.org",
        title="Data of ours",
        description="",
        publisher="We",
    )
    found = Graph().parse(data=turtle(tree), format="turtle")
    assert results(found, "shapes.ttl", "range.ttl") == {}
    listed = set(found.objects(URIRef("https://example.org/catalog"), DCAT.dataset))
    assert len(listed) == 2


def test_the_shapes_would_object() -> None:
    broken = graph(POWDER)
    broken.remove((None, DCT.title, None))
    assert results(broken, "shapes.ttl")["Violation"]


def test_facts() -> None:
    found = graph(POWDER)
    subject = URIRef("https://doi.org/10.1234/esrf-es-1")
    assert (subject, RDF.type, DCAT.Dataset) in found
    technique = URIRef("http://purl.org/pan-science/PaNET/PaNET01101")
    assert (subject, DCAT.theme, technique) in found
    (part,) = found.objects(subject, DCAT.distribution)
    size = found.value(part, DCAT.byteSize)
    assert isinstance(size, Literal)
    assert size.datatype == URIRef(CONTEXT["xsd"] + "nonNegativeInteger")
    assert (subject, DCT.accessRights, None) in found
    derived = URIRef("https://doi.org/10.1234/raw")
    assert (subject, URIRef(CONTEXT["prov"] + "wasDerivedFrom"), derived) in found


def test_what_has_no_address_has_no_form() -> None:
    lost = replace(MUON, landing_page=None)
    assert DcatTurtle().write(lost) is None
    assert DcatJson().write(lost) is None


def test_hostile_values_stay_values() -> None:
    record = replace(
        MUON,
        files=(File('a> <script> "', url="https://example.org/a b"),),
        alternate_identifiers=(Identifier('"] . <x> <y> <z', "a\\b"),),
        withdrawal=Withdrawal(Moment("2024"), 'why """ not'),
    )
    values = {str(o) for o in graph(record).objects()}
    assert {'why """ not', '"] . <x> <y> <z', 'a> <script> "'} <= values


def test_a_scan_of_many_files_is_one_distribution() -> None:
    files = tuple(File(f"frame{i}.tif", size=10) for i in range(501))
    found = graph(replace(MUON, files=files))
    (part,) = found.objects(None, DCAT.distribution)
    assert str(found.value(part, DCAT.byteSize)) == "5010"
    assert (
        len(set(graph(replace(MUON, files=files[:9])).objects(None, DCAT.distribution)))
        == 9
    )
