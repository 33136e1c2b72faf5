"""Extraction: the facts of a published PaNET as the table that the project ships.

Ids, labels, axioms and status are facts and are taken over; definitions and comments
are not. Reads RDF/XML and Turtle through rdflib, and PaNET's own source, a ROBOT
template in CSV.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from panharvest.errors import ConfigError
from panharvest.vocabulary import PANET
from panharvest.vocabulary.closure import Expression, Some
from panharvest.vocabulary.robot import from_template
from panharvest.vocabulary.snapshot import (
    THING,
    Facts,
    intersection,
    short,
    write_snapshot,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib import Graph
    from rdflib.term import Node

OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
ALT_LABEL = "http://www.w3.org/2004/02/skos/core#altLabel"
REPLACED_BY = (
    "http://purl.obolibrary.org/obo/IAO_0100001",
    "http://purl.org/dc/terms/isReplacedBy",
)
# What an EL reasoner cannot follow; a file that uses it would be read wrongly.
BEYOND_EL = (
    *("unionOf", "complementOf", "allValuesFrom", "hasValue", "oneOf", "hasSelf"),
    *("minCardinality", "maxCardinality", "cardinality", "propertyChainAxiom"),
    *("minQualifiedCardinality", "maxQualifiedCardinality", "qualifiedCardinality"),
    *("inverseOf", "disjointUnionOf"),
)
MAX_BYTES = 64 * 1024 * 1024
MAX_ENTITY = 200


def import_panet(file: Path) -> str:
    """Give the snapshot table of a PaNET file.

    A reasoned file repeats what follows from its axioms; sub-class axioms that follow
    from the others are left out, so that the table is about as short as the source and
    implies exactly the same.

    Parameters
    ----------
    file
        RDF/XML or Turtle (``.owl``, ``.rdf``, ``.ttl``) or PaNET's ``PaNET.csv``; told
        apart by content. An XML document type may define short internal entities, as
        Protégé writes them; anything external is refused and nothing is fetched.

    Raises
    ------
    ConfigError
        Naming the file and what is wrong: unreadable, cut off, another format, no class
        of PaNET, an axiom that our reasoner cannot follow.
    """
    data = read_bytes(file)
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:2000]
    if start.startswith(b"<"):
        check_xml(data, file.name)
        facts = from_graph(parse_graph(data, "xml", file.name), file.name)
    elif b"rdfs:label" in start and b",ID," in start:
        facts = from_template(data, file.name)
    elif b"@prefix" in start or b"PREFIX" in start:
        facts = from_graph(parse_graph(data, "turtle", file.name), file.name)
    else:
        raise ConfigError(
            f"{file.name}: is neither RDF/XML nor Turtle nor PaNET's CSV template"
        )
    if not any(term.startswith("PaNET") for term in facts):
        raise ConfigError(f"{file.name}: holds no class of PaNET ({PANET})")
    return write_snapshot(facts)


def read_bytes(file: Path) -> bytes:
    """Read a file of a sane size."""
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise ConfigError(
                f"{file.name}: {size} bytes; at most {MAX_BYTES} are read"
            )
        return file.read_bytes()
    except OSError as problem:
        reason = problem.strerror or "not readable"
        raise ConfigError(f"{file.name}: {reason}") from None


def check_xml(data: bytes, name: str) -> None:
    """Refuse XML that is broken, is not RDF/XML, or reaches outside itself."""
    roots: list[str] = []

    def start(tag: str, _: Any) -> None:  # noqa: ANN401 - expat gives a plain dict
        roots.append(tag)

    def doctype(*declaration: object) -> None:
        if any(declaration[1:3]):
            raise ConfigError(f"{name}: refers to an external document type")

    def entity(key: str, parameter: bool, value: str | None, *_: object) -> None:
        plain = value is not None and not parameter and not re.search("[&<%]", value)
        if not plain or len(value or "") > MAX_ENTITY:
            raise ConfigError(
                f"{name}: the entity '{key}' is not a short text; write it out"
            )

    parser = expat.ParserCreate(namespace_separator="")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        what = expat.ErrorString(problem.code)
        raise ConfigError(
            f"{name}:{problem.lineno}: is not complete, correct XML ({what})"
        ) from None
    if roots[0] != RDF + "RDF":
        kind = "OWL/XML" if roots[0] == OWL + "Ontology" else f"XML <{roots[0]}>"
        raise ConfigError(f"{name}: is {kind}; save it as RDF/XML or Turtle")


def parse_graph(data: bytes, syntax: str, name: str) -> Graph:
    """Parse RDF; nothing is fetched."""
    from rdflib import Graph
    from rdflib.exceptions import ParserError

    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=data, format=syntax, publicID=PANET)
    except (ParserError, SyntaxError, ValueError) as problem:
        first = str(problem).strip().splitlines()[0]
        raise ConfigError(f"{name}: is not correct {syntax}: {first}") from None
    return graph


def from_graph(graph: Graph, name: str) -> dict[str, Facts]:
    """Collect the facts of a graph."""
    from rdflib import URIRef

    for word in BEYOND_EL:
        if (None, URIRef(OWL + word), None) in graph:
            raise ConfigError(f"{name}: uses owl:{word}, which is beyond our reasoner")
    facts: dict[str, Facts] = {}
    for kind in ("Class", "ObjectProperty"):
        for subject in graph.subjects(URIRef(RDF + "type"), URIRef(OWL + kind)):
            if str(subject).startswith(PANET) and isinstance(subject, URIRef):
                found = facts.setdefault(short(subject), Facts())
                found.is_property = kind == "ObjectProperty"
                read_subject(graph, subject, found, name)
    return facts


def read_subject(graph: Graph, subject: Node, found: Facts, name: str) -> None:
    """Collect what a graph says about one term."""
    from rdflib import URIRef

    def objects(iri: str) -> list[Node]:
        return sorted(graph.objects(subject, URIRef(iri)), key=str)

    def expressions(iri: str) -> list[Expression]:
        return [
            expression
            for node in objects(iri)
            if (expression := read_node(graph, node, name)) != THING
        ]

    def names(iri: str) -> list[str]:
        return [text for text in map(short, objects(iri)) if text != THING]

    found.label = next(map(str, objects(RDFS + "label")), "")
    found.alt_labels = list(map(str, objects(ALT_LABEL)))
    found.parents = expressions(RDFS + "subClassOf") or [*names(RDFS + "subPropertyOf")]
    found.equivalents = expressions(OWL + "equivalentClass")
    found.disjoint = names(OWL + "disjointWith")
    found.domain = names(RDFS + "domain")
    found.range = names(RDFS + "range")
    found.deprecated = "true" in map(str, objects(OWL + "deprecated"))
    successors = [short(node) for iri in REPLACED_BY for node in objects(iri)]
    found.replaced_by = next(iter(successors), "")


def read_node(graph: Graph, node: Node, name: str, depth: int = 0) -> Expression:
    """Turn a class of a graph, named or not, into an expression."""
    from rdflib import URIRef

    if isinstance(node, URIRef):
        return short(node)
    role = graph.value(node, URIRef(OWL + "onProperty"))
    filler = graph.value(node, URIRef(OWL + "someValuesFrom"))
    members = graph.value(node, URIRef(OWL + "intersectionOf"))
    if depth < 50 and role is not None and filler is not None:
        return Some(short(role), read_node(graph, filler, name, depth + 1))
    if depth < 50 and members is not None:
        return intersection(
            [read_node(graph, n, name, depth + 1) for n in graph.items(members)]
        )
    raise ConfigError(f"{name}: holds a class that is neither an intersection nor some")
