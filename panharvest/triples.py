"""Trees of JSON-LD, in the words of a context of ours, as graphs of rdflib.

It is the part of JSON-LD that we write: prefixes and a vocabulary, ``@id``, ``@type``,
``@value`` with language or type, ``@list``. No term is coerced, nothing is fetched.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdflib import BNode, Graph, URIRef
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
    from rdflib import RDF, BNode, URIRef
    from rdflib.collection import Collection

    about = tree.get("@id")
    subject: URIRef | BNode
    if about is None or about == "":
        subject = _blank(numbers)
    else:
        subject = BNode(about[2:]) if about.startswith("_:") else URIRef(about)
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


def lines_of(tree: Tree, context: Mapping[str, str], label: str) -> Iterator[str]:
    """Give what a tree says as lines of N-Triples, without a graph.

    Parameters
    ----------
    label
        What the names of blank nodes begin with; no two trees of a file share it.
    """
    yield from _lines(tree, context, label, count())[1]


def _lines(
    tree: Tree, context: Mapping[str, str], label: str, numbers: count[int]
) -> tuple[str, list[str]]:
    """Give the term of a node, and the lines of it and all below it."""
    about = tree.get("@id")
    subject = f"<{_iri(about)}>" if about else f"_:{label}{next(numbers)}"
    lines: list[str] = []
    for name, value in tree.items():
        if name == "@id":
            continue
        if name == "@type":
            predicate = f"<{_RDF}type>"
            kinds = value if isinstance(value, list) else [value]
            lines += [
                f"{subject} {predicate} <{expand(kind, context)}> .\n" for kind in kinds
            ]
            continue
        predicate = f"<{expand(name, context)}>"
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "@list" in one:
                term, below = _list_lines(one["@list"], context, label, numbers)
                lines += below
            elif isinstance(one, dict) and "@value" not in one:
                term, below = _lines(one, context, label, numbers)
                lines += below
            else:
                term = _literal(one, context)
            lines.append(f"{subject} {predicate} {term} .\n")
    return subject, lines


def _list_lines(
    members: list[Any], context: Mapping[str, str], label: str, numbers: count[int]
) -> tuple[str, list[str]]:
    """Give the term of a list, and the lines of it and all that is in it."""
    lines: list[str] = []
    rest = f"<{_RDF}nil>"
    for member in reversed(members):
        if isinstance(member, dict) and "@value" not in member:
            term, below = _lines(member, context, label, numbers)
            lines += below
        else:
            term = _literal(member, context)
        head = f"_:{label}{next(numbers)}"
        lines.append(f"{head} <{_RDF}first> {term} .\n{head} <{_RDF}rest> {rest} .\n")
        rest = head
    return rest, lines


def _literal(value: Any, context: Mapping[str, str]) -> str:  # noqa: ANN401 (JSON)
    """Write a literal; numbers and truth values with their types."""
    if isinstance(value, dict):
        text = f'"{_escaped(str(value["@value"]))}"'
        if language := value.get("@language"):
            return f"{text}@{language}"
        kind = value.get("@type")
        return f"{text}^^<{expand(kind, context)}>" if kind else text
    if isinstance(value, bool | int | float):
        word = {bool: "boolean", int: "integer", float: "double"}[type(value)]
        return f'"{str(value).lower()}"^^<{_XSD}{word}>'
    return f'"{_escaped(str(value))}"'


_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _iri(text: str) -> str:
    """Write an IRI; what must not be in one is escaped."""
    return _NOT_IN_IRI.sub(lambda found: f"\\u{ord(found[0]):04X}", text)
