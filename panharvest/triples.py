"""Trees of JSON-LD, in the words of a context of ours, as graphs of rdflib.

It is the part of JSON-LD that we write: prefixes and a vocabulary, ``@id``, ``@type``,
``@value`` with language or type, ``@list``. No term is coerced, nothing is fetched.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdflib import BNode, Graph
    from rdflib.term import Node as Term

Tree = dict[str, Any]


def graph_of(
    tree: Tree, context: Mapping[str, str], *, numbered: bool = False
) -> Graph:
    """Give what a tree says as a graph.

    Parameters
    ----------
    context
        Prefixes to namespaces; ``@vocab`` is the namespace of words without prefix.
    numbered
        Number the blank nodes, so that the same tree is always written in the same
        way. Such a graph must not be put together with another.
    """
    from rdflib import Graph

    found = Graph()
    for prefix, iri in context.items():
        found.bind("schema" if prefix == "@vocab" else prefix, iri, replace=True)
    _add(tree, context, found, count() if numbered else None)
    return found


def expand(name: str, context: Mapping[str, str]) -> str:
    """Give the IRI of a word of a context."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return context["@vocab"] + name
    return context[prefix] + local if prefix in context else name


def _add(
    tree: Tree, context: Mapping[str, str], graph: Graph, numbers: count[int] | None
) -> Term:
    """Add a node and all below it; give its term."""
    from rdflib import RDF, URIRef
    from rdflib.collection import Collection

    subject = URIRef(tree["@id"]) if tree.get("@id") else _blank(numbers)
    for name, value in tree.items():
        if name == "@id":
            continue
        if name == "@type":
            for kind in value if isinstance(value, list) else [value]:
                graph.add((subject, RDF.type, URIRef(expand(kind, context))))
            continue
        predicate = URIRef(expand(name, context))
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "@list" in one:
                head = _blank(numbers)
                members = [_term(m, context, graph, numbers) for m in one["@list"]]
                Collection(graph, head, members)
                graph.add((subject, predicate, head))
            else:
                graph.add((subject, predicate, _term(one, context, graph, numbers)))
    return subject


def _blank(numbers: count[int] | None) -> BNode:
    from rdflib import BNode

    return BNode() if numbers is None else BNode(f"b{next(numbers):06}")


def _term(
    value: Any,  # noqa: ANN401 (a value of JSON)
    context: Mapping[str, str],
    graph: Graph,
    numbers: count[int] | None,
) -> Term:
    from rdflib import Literal, URIRef

    if not isinstance(value, dict):
        return Literal(value)
    if "@value" in value:
        kind = value.get("@type")
        datatype = URIRef(expand(kind, context)) if kind else None
        return Literal(
            value["@value"],
            lang=value.get("@language"),
            datatype=datatype,
            normalize=False,
        )
    return _add(value, context, graph, numbers)
