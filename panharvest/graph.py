"""Any record as a graph of rdflib, in the words of the vocabularies it is told in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.derived import address
from panharvest.formats.dcat.terms import CONTEXT as DCAT_CONTEXT
from panharvest.formats.dcat.writing import dataset
from panharvest.formats.schemaorg.terms import CONTEXT
from panharvest.formats.schemaorg.writing import node
from panharvest.triples import graph_of
from panharvest.vocabulary.nexus import NEXUS, nexus

NEXUS_CONTEXT = {
    "dct": DCAT_CONTEXT["dct"],
    "rdfs": DCAT_CONTEXT["rdfs"],
    "nxo": NEXUS,
}

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rdflib import Graph
    from rdflib.term import Node

    from panharvest.record import Record


def to_graph(record: Record, *parts: str) -> Graph:
    """Give a record as a graph, or the parts of it that are named.

    It is what shapes (SHACL) and queries (SPARQL) work on. Techniques and probes are
    terms of PaNET in every part.

    Parameters
    ----------
    parts
        ``schemaorg``: what the JSON-LD and the RDF/XML of the record say, triple by
        triple; ``dcat``: what its DCAT-AP says; ``nexus``: the application definitions
        of NeXus it conforms to, as terms of the NeXus ontology. Without any, all of
        them in one graph.

    Raises
    ------
    ValueError
        For a part that there is not.
    """
    from rdflib import BNode

    if unknown := [part for part in parts if part not in PARTS]:
        known = ", ".join(PARTS)
        raise ValueError(f"'{unknown[0]}' is no part of a graph; there are {known}")
    # What has no address is one blank node in all parts.
    subject = address(record) or f"_:{BNode()}"
    first, *others = (
        PARTS[part](record, subject) for part in dict.fromkeys(parts or PARTS)
    )
    for other in others:
        first += other
        for prefix, namespace in other.namespaces():
            first.bind(prefix, namespace, override=False)
    return first


def _schemaorg(record: Record, subject: str) -> Graph:
    return graph_of({**node(record), "@id": subject}, CONTEXT)


def _dcat(record: Record, subject: str) -> Graph:
    exact = graph_of({**dataset(record), "@id": subject}, DCAT_CONTEXT)
    # Values as rdflib writes them, which is what it reads from the documents too: a
    # moment in UTC ends in +00:00 there, in Z in the documents.
    found = graph_of({"@id": subject}, DCAT_CONTEXT)
    for triple in exact:
        found.add((*triple[:2], _usual(triple[2])))
    return found


def _usual(node: Node) -> Node:
    """Give a literal in the form in which rdflib writes its value."""
    from rdflib import Literal

    if not isinstance(node, Literal) or node.datatype is None:
        return node
    return Literal(str(node), datatype=node.datatype)


def _nexus(record: Record, subject: str) -> Graph:
    """Name the definitions by their terms, beside the pages that describe them."""
    named = (nexus().get(name) for name in record.definitions)
    definitions = [
        {"@id": term.iri, "@type": "dct:Standard", "rdfs:label": term.path}
        for term in named
        if term is not None
    ]
    return graph_of({"@id": subject, "dct:conformsTo": definitions}, NEXUS_CONTEXT)


PARTS: Mapping[str, Callable[[Record, str], Graph]] = {
    "schemaorg": _schemaorg,
    "dcat": _dcat,
    "nexus": _nexus,
}
