"""Any record as a graph of rdflib, in the words of schema.org."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.formats.schemaorg.terms import CONTEXT
from panharvest.formats.schemaorg.writing import node

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node as Term

    from panharvest.record import Record

Tree = dict[str, Any]


def to_graph(record: Record) -> Graph:
    """Give a record as a graph: what its JSON-LD says, triple by triple.

    It is what shapes (SHACL) and queries (SPARQL) work on, and what other forms of RDF
    are written from.
    """
    from rdflib import Graph

    return graph_of(node(record), Graph())


def graph_of(tree: Tree, graph: Graph) -> Graph:
    """Add what a tree in the words of our context says to a graph."""
    for prefix, iri in CONTEXT.items():
        graph.bind("schema" if prefix == "@vocab" else prefix, iri, replace=True)
    _add(tree, graph)
    return graph


def expand(name: str) -> str:
    """Give the IRI of a word of the context."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return CONTEXT["@vocab"] + name
    return CONTEXT[prefix] + local if prefix in CONTEXT else name


def _add(tree: Tree, graph: Graph) -> Term:
    """Add a node and all below it; give its term."""
    from rdflib import RDF, BNode, URIRef
    from rdflib.collection import Collection

    subject = URIRef(tree["@id"]) if tree.get("@id") else BNode()
    for name, value in tree.items():
        if name == "@id":
            continue
        if name == "@type":
            for kind in value if isinstance(value, list) else [value]:
                graph.add((subject, RDF.type, URIRef(expand(kind))))
            continue
        predicate = URIRef(expand(name))
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "@list" in one:
                head = BNode()
                members = [_term(member, graph) for member in one["@list"]]
                Collection(graph, head, members)
                graph.add((subject, predicate, head))
            else:
                graph.add((subject, predicate, _term(one, graph)))
    return subject


def _term(value: Any, graph: Graph) -> Term:  # noqa: ANN401 (a value of JSON)
    from rdflib import Literal

    if not isinstance(value, dict):
        return Literal(value)
    if "@value" in value:
        return Literal(value["@value"], lang=value.get("@language"))
    return _add(value, graph)
