"""``record.to_graph()``: one graph in the words of all vocabularies, and its parts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from rdflib import DCTERMS, RDF, BNode, Graph, URIRef
from rdflib.compare import isomorphic
from samples import MUON, POWDER

import panharvest
from panharvest.graph import PARTS
from panharvest.record import Kind, Record, Text
from panharvest.testing.records import publishable_records
from panharvest.vocabulary import PANET
from panharvest.vocabulary.nexus import NEXUS

# rdflib's own reader of JSON-LD makes a graph of the old kind
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

DATASETS = {
    URIRef("http://schema.org/Dataset"),
    URIRef("http://www.w3.org/ns/dcat#Dataset"),
}


def parsed(record: Record, prefix: str) -> Graph:
    """Read with rdflib's own parser what a direct writer wrote."""
    document = panharvest.write(record, prefix)
    return Graph().parse(data=document, format="json-ld")


def test_a_graph_speaks_of_panet_schema_dcat_and_nexus() -> None:
    graph = replace(POWDER, definitions=("NXmonopd", "NXnothing")).to_graph()
    (subject,) = set(graph.subjects(RDF.type, URIRef("http://schema.org/Dataset")))
    assert set(graph.objects(subject, RDF.type)) >= DATASETS
    technique = URIRef(f"{PANET}PaNET01101")
    for word in (
        "http://schema.org/measurementTechnique",
        "http://www.w3.org/ns/dcat#theme",
    ):
        assert (subject, URIRef(word), technique) in graph
    assert (subject, DCTERMS.conformsTo, URIRef(f"{NEXUS}NXmonopd")) in graph
    assert not [term for term in graph.all_nodes() if "definitions#NXnoth" in term]


def test_prefixes_of_all_parts_are_bound() -> None:
    text = POWDER.to_graph().serialize(format="turtle")
    assert "ns1:" not in text
    for prefix in ("schema:Dataset", "dcat:Dataset", "vcard:Kind", "nxo:NXxrd"):
        assert prefix in text


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_the_parts_are_what_the_writers_write(record: Record) -> None:
    assert isomorphic(record.to_graph("schemaorg"), parsed(record, "schemaorg"))
    assert isomorphic(record.to_graph("dcat"), parsed(record, "dcat-json"))
    turtle = Graph().parse(data=panharvest.write(record, "dcat"), format="turtle")
    assert isomorphic(record.to_graph("dcat"), turtle)


@settings(max_examples=8)
@given(publishable_records())
def test_so_they_are_for_any_record(record: Record) -> None:
    assert isomorphic(record.to_graph("schemaorg"), parsed(record, "schemaorg"))
    assert isomorphic(record.to_graph("dcat"), parsed(record, "dcat-json"))


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_the_whole_is_the_sum_of_the_parts(record: Record) -> None:
    whole = record.to_graph()
    assert isomorphic(whole, record.to_graph(*PARTS))
    assert isomorphic(whole, panharvest.to_graph(record))
    parts = [record.to_graph(part) for part in PARTS]
    named = {
        t for part in parts for t in part if not any(isinstance(n, BNode) for n in t)
    }
    assert named == {t for t in whole if not any(isinstance(n, BNode) for n in t)}
    assert len(whole) <= sum(map(len, parts))
    both = record.to_graph("dcat", "nexus", "dcat")
    assert isomorphic(both, record.to_graph("dcat", "nexus"))


def test_what_has_no_address_is_one_node() -> None:
    record = Record(id="a", kind=Kind.RAW, titles=(Text("A"),), definitions=("NXtomo",))
    graph = record.to_graph()
    (subject,) = set(graph.subjects(RDF.type, URIRef("http://schema.org/Dataset")))
    assert isinstance(subject, BNode)
    assert set(graph.objects(subject, RDF.type)) >= DATASETS
    assert (subject, DCTERMS.conformsTo, URIRef(f"{NEXUS}NXtomo")) in graph
    two = graph + record.to_graph()
    assert len(set(two.subjects(RDF.type, URIRef("http://schema.org/Dataset")))) == 2


def test_a_part_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"'turtle' is no part .*schemaorg, dcat, nex"):
        POWDER.to_graph("dcat", "turtle")


def test_rdflib_is_loaded_when_a_graph_is_asked_for() -> None:
    code = (
        "import sys, panharvest as p; r = p.Record(id='a', kind=p.record.Kind.RAW); "
        "p.to_json(r); print('rdflib' in sys.modules); "
        "r.to_graph(); print('rdflib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
