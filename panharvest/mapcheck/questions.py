"""M050: competency questions: SPARQL over vocabularies, mappings and records.

A question is ``questions/NAME.rq`` with ``NAME.expected.tsv`` beside it. Comment lines
at its head say what is asked, and how to compare: ``# compare: contains`` (the expected
rows are among the answers) and ``# xfail: why`` (it is known not to be answered yet).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.mapcheck.slots import SIDES
from panharvest.sssom import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rdflib import Graph
    from rdflib.query import Result
    from rdflib.term import Node

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.lexicon import Lexicons

KIND = "https://w3id.org/panharvest/kind#"
PREFIXES = {
    **{prefix: BUILT_IN[prefix] for prefix in ("owl", "rdf", "rdfs", "skos")},
    "panet": "http://purl.org/pan-science/PaNET/",
    "esrfet": "https://w3id.org/PaN/ESRFET#",
    "nxo": "https://w3id.org/PaN/NeXus/definitions#",
    "kind": KIND,
    "schema": "http://schema.org/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
}
DIRECTIVE = re.compile(r"#\s*(?P<key>compare|xfail)\s*:\s*(?P<value>.+)")
QUIET = re.compile(r"#[^\n]*|<[^<>\s]*>|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
# What would fetch something from elsewhere
REMOTE = re.compile(r"(?<![:?$\w-])(SERVICE|FROM|LOAD)\b(?!:)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its text, what to compare, and what is expected."""

    name: str
    title: str
    query: str
    contains: bool
    xfail: str
    expected: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gives: rows that are missing, and rows that are too many."""

    missing: tuple[tuple[str, ...], ...] = ()
    extra: tuple[tuple[str, ...], ...] = ()

    @property
    def right(self) -> bool:
        """Whether the answer is as expected."""
        return not self.missing and not self.extra


def expected_file(path: Path) -> Path:
    """Give the file of the expected answer of a question."""
    return path.with_suffix(".expected.tsv")


def read_question(path: Path) -> Question:
    """Read a question and its expected answer.

    Raises
    ------
    ConfigError
        When the answer is missing, or the query would fetch something.
    """
    try:
        query = path.read_text("utf-8")
        answer = expected_file(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path.name}: {problem}") from None
    rows = list(csv.reader(answer.splitlines(), "excel-tab"))
    if found := REMOTE.search(QUIET.sub(" ", query)):
        raise ConfigError(f"{path.name}: {found[0]} is not allowed: nothing is fetched")
    comments = [line[1:].strip() for line in query.splitlines() if line[:1] == "#"]
    told = {
        match["key"]: match["value"].strip()
        for line in query.splitlines()
        if (match := DIRECTIVE.fullmatch(line.strip()))
    }
    return Question(
        path.stem,
        next(iter(comments), path.stem),
        query,
        told.get("compare", "equal") == "contains",
        told.get("xfail", ""),
        frozenset(tuple(row) for row in rows[1:] if row),
    )


def ask(question: Question, graph: Graph) -> Answer:
    """Put a question to a graph.

    Raises
    ------
    ConfigError
        When it is not correct SPARQL.
    """
    import rdflib.plugins.sparql

    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False
    try:
        result = graph.query(question.query, initNs=PREFIXES)
        rows = rows_of(result)
    except Exception as problem:  # rdflib raises pyparsing's errors, and others
        first = str(problem).strip().splitlines()
        said = first[0] if first else type(problem).__name__
        raise ConfigError(f"{question.name}: {said}") from None
    missing = tuple(sorted(question.expected - rows))
    extra = () if question.contains else tuple(sorted(rows - question.expected))
    return Answer(missing, extra)


def rows_of(result: Result) -> frozenset[tuple[str, ...]]:
    """Give an answer as rows of text."""
    if result.type == "ASK":
        return frozenset({("true" if result.askAnswer else "false",)})
    names = result.vars or []
    return frozenset(
        tuple(written(binding.get(name)) for name in names)
        for binding in result.bindings
    )


def written(node: Node | None) -> str:
    """Write a term of a graph as it stands in a table of expected answers."""
    text = "" if node is None else str(node)
    for prefix, namespace in PREFIXES.items():
        if text.startswith(namespace) and len(text) > len(namespace):
            return f"{prefix}:{text.removeprefix(namespace)}"
    return text


def knowledge_graph(
    lexicons: Lexicons,
    contexts: Iterable[Context],
    names: Sequence[str] = ("panet", "esrfet"),
) -> Graph:
    """Give vocabularies with all they imply, and mapping sets, as a graph.

    Every term has a ``rdfs:label``, its ``skos:altLabel``, its kind (``kind:technique``
    ...) and a ``rdfs:subClassOf`` to all terms above it; every row of a mapping set is
    a triple.
    """
    from rdflib import RDF, RDFS, SKOS, Graph, Literal, URIRef

    graph = Graph(bind_namespaces="none")
    for name in names:
        lexicon = lexicons.get(name)
        for iri, term in lexicon.terms.items():
            subject = URIRef(iri)
            graph.add((subject, RDFS.label, Literal(term.label)))
            graph.add((subject, RDF.type, URIRef(KIND + term.kind)))
            for alternative in term.alt_labels:
                graph.add((subject, SKOS.altLabel, Literal(alternative)))
            for above in lexicon.above(iri):
                graph.add((subject, RDFS.subClassOf, URIRef(above)))
    for context in contexts:
        iris = (context.iris[side] for side in SIDES)
        both = zip(context.mappings, *iris, strict=True)
        for mapping, subject_iri, object_iri in both:
            prefix, _, local = mapping["predicate_id"].partition(":")
            namespace = context.sheet.prefixes.get(prefix)
            if subject_iri and object_iri and namespace and local:
                predicate = URIRef(namespace + local)
                graph.add((URIRef(subject_iri), predicate, URIRef(object_iri)))
    return graph
