"""Documents of RDF read as graphs of rdflib, and nodes of graphs as trees of JSON-LD.

Turtle, N-Triples, RDF/XML and JSON-LD are read. Nothing is ever fetched: a context that
is an address is schema.org's or refused, and there are no document types and entities.
"""

from __future__ import annotations

import logging
import re
import warnings
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec

from panharvest.documents import looks_like_xml, parse_json, parse_xml
from panharvest.errors import SkipError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdflib import Graph
    from rdflib.term import Node as Term

Tree = dict[str, Any]

LARGEST = 4 * 1024 * 1024  # bytes: rdflib needs a hundred times as much memory
_MOST_NODES = 200_000  # of a tree
_DEEPEST = 12  # levels of a tree; what is deeper is named, not told
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SCHEMA = re.compile(
    r"https?://(?:www\.)?schema\.org/?(?:docs/jsonldcontext\.json\w*)?"
)
# What stands in front of addresses that are none by themselves.
_BASE = "https://relative.panharvest.invalid/"
_TURTLE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:#[^\n]*\n\s*)*"
    rb"(?:@prefix\b|@base\b|prefix\s|base\s|_:\S+\s|"
    rb"<(?:https?|urn|doi|info|tag):[^<>\s\"]*>\s)",
    re.IGNORECASE,
)


def looks_like_turtle(document: bytes) -> bool:
    """Whether a document begins as Turtle and N-Triples do."""
    return _TURTLE.match(document[:65536]) is not None


def graph_from(document: bytes) -> Graph:
    """Read a document of RDF: Turtle, N-Triples, RDF/XML or JSON-LD.

    Raises
    ------
    SkipError
        ``document.rdf`` when it is none, ``document.context`` when it has a context
        that would have to be fetched, ``document.large`` beyond the limits.
    """
    if len(document) > LARGEST:
        raise SkipError(
            "document.large",
            f"the document has {len(document)} bytes; {LARGEST} are the limit of RDF",
        )
    if looks_like_turtle(document):
        return _parsed(_decoded(document), "turtle")
    if looks_like_xml(document):
        from lxml import etree

        root = parse_xml(document)
        inner = next(root.iter(f"{{{_RDF}}}RDF"), root)
        text = etree.tostring(inner, encoding="unicode", with_tail=False)
        return _parsed(text, "xml")
    if document.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] in (b"{", b"["):
        data = _known_contexts(parse_json(document))
        return _parsed(msgspec.json.encode(data).decode(), "json-ld")
    return _parsed(_decoded(document), "turtle")


def _decoded(document: bytes) -> str:
    try:
        return document.decode("utf-16" if document[:2] in _UTF16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise SkipError("document.rdf", "neither UTF-8 nor UTF-16") from None


_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _parsed(text: str, syntax: str) -> Graph:
    from rdflib import Graph

    found = Graph()
    try:
        with _as_written():
            found.parse(data=text, format=syntax, publicID=_BASE)
    except RecursionError:
        raise SkipError("document.large", "the RDF is nested too deep") from None
    except Exception as problem:  # each parser of rdflib raises its own
        first = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise SkipError("document.rdf", f"not RDF: {first[:150]}") from None
    return found


@contextmanager
def _as_written() -> Iterator[None]:
    """Have literals kept as they are written, and odd ones not logged one by one.

    rdflib has one setting of these for all, so that one document is parsed at a time.
    """
    import rdflib

    log = logging.getLogger("rdflib.term")
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what rdflib itself uses and deprecates
        before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
        log.addFilter(_nothing)
        try:
            yield
        finally:
            log.removeFilter(_nothing)
            rdflib.NORMALIZE_LITERALS = before


_ONE_AT_A_TIME = Lock()


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _known_contexts(value: Any) -> Any:  # noqa: ANN401 (JSON; its depth is limited)
    """Put schema.org's context where its address is; refuse other addresses."""
    if isinstance(value, list):
        return [_known_contexts(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "@import" in value:
        raise SkipError("document.context", "a context is imported: it is not fetched")
    return {
        key: _context(inner) if key == "@context" else _known_contexts(inner)
        for key, inner in value.items()
    }


def _context(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, list):
        return [_context(one) for one in value]
    if not isinstance(value, str):
        return _known_contexts(value)
    if _SCHEMA.fullmatch(value):
        return {"@vocab": "http://schema.org/"}
    raise SkipError(
        "document.context", f"the context {value[:100]} is not known and not fetched"
    )


# --- trees ----------------------------------------------------------------------------


def subjects_of(graph: Graph, *kinds: str) -> list[Term]:
    """Give the nodes that are of any of some types, each once, as they come."""
    from rdflib import RDF, URIRef

    found: dict[Term, None] = {}
    for kind in kinds:
        found |= dict.fromkeys(graph.subjects(RDF.type, URIRef(kind)))
    return list(found)


def tree_of(graph: Graph, subject: Term, words: Mapping[str, str]) -> Tree:
    """Give a node and what hangs on it as a tree of JSON-LD.

    Parameters
    ----------
    words
        Namespaces to prefixes, which names are written with; ``""`` is no prefix.

    Raises
    ------
    SkipError
        When the tree would be too large.
    """
    return _Trees(graph, words).node(subject, ())


class _Trees:
    """Makes trees of one graph, and counts what it has made."""

    def __init__(self, graph: Graph, words: Mapping[str, str]) -> None:
        self._graph = graph
        self._words = dict(words)
        self._names: dict[str, str] = {}
        self._made = 0

    def node(self, subject: Term, above: tuple[Term, ...]) -> Tree:
        """Give a node; one that is above itself, or too deep, only by its address."""
        from rdflib import BNode

        self._made += 1
        if self._made > _MOST_NODES:
            raise SkipError("document.large", "the RDF has too many nodes")
        found: Tree = {}
        if not isinstance(subject, BNode) and (address := _absolute(str(subject))):
            found["@id"] = [address]
        known = subject in above or len(above) >= _DEEPEST
        above = (*above, subject)
        for predicate, value in self._graph.predicate_objects(subject):
            if known:
                break
            name = self._name(str(predicate))
            if str(predicate) == f"{_RDF}type":
                found.setdefault("@type", []).append(self._name(str(value)))
            else:
                found.setdefault(name, []).append(self._value(value, above))
        return {
            name: value[0] if len(value) == 1 and name != "@type" else value
            for name, value in found.items()
        }

    def _value(self, value: Term, above: tuple[Term, ...]) -> Any:  # noqa: ANN401 (JSON)
        from rdflib import RDF, Literal

        if isinstance(value, Literal):
            return _plain(value)
        if (value, RDF.first, None) in self._graph or value == RDF.nil:
            members = []
            seen: set[Term] = set()
            while value not in seen and value != RDF.nil:
                seen.add(value)
                first = self._graph.value(value, RDF.first)
                if first is not None:
                    members.append(self._value(first, above))
                rest = self._graph.value(value, RDF.rest)
                if rest is None:
                    break
                value = rest
            return {"@list": members}
        return self.node(value, above)

    def _name(self, iri: str) -> str:
        if iri not in self._names:
            space = max(
                (s for s in self._words if iri.startswith(s)), key=len, default=None
            )
            prefix = self._words[space] if space else ""
            name = iri[len(space) :] if space else iri
            self._names[iri] = f"{prefix}:{name}" if prefix else name
        return self._names[iri]


def _plain(value: Any) -> Any:  # noqa: ANN401 (a literal of rdflib; JSON)
    """Give a literal as JSON-LD has it: numbers and truth values as they are."""
    if value.language:
        return {"@value": str(value), "@language": value.language}
    python = value.value
    if isinstance(python, bool) or type(python) in (int, float):
        return python
    return str(value)


def _absolute(address: str) -> str:
    """Give an address without the base that stands for none."""
    return address.removeprefix(_BASE) if address.startswith(_BASE) else address
