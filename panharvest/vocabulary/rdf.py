"""RDF: a vocabulary in RDF/XML or Turtle, read and written through rdflib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import split_cell
from panharvest.vocabulary.closure import Expression, Some, read_expression
from panharvest.vocabulary.schemes import THING
from panharvest.vocabulary.weakening import Beyond, Collector, Either, Parsed, some

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

    from panharvest.vocabulary import Vocabulary
    from panharvest.vocabulary.schemes import Scheme

OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
REPLACED_BY = (
    "http://purl.obolibrary.org/obo/IAO_0100001",
    "http://purl.org/dc/terms/isReplacedBy",
)
# What a class may be made with that is more than EL.
BEYOND_EL = (
    *("complementOf", "allValuesFrom", "hasValue", "oneOf", "hasSelf", "onDataRange"),
    *("minCardinality", "maxCardinality", "cardinality", "withRestrictions"),
    *("minQualifiedCardinality", "maxQualifiedCardinality", "qualifiedCardinality"),
)
# Axioms that are more than EL and stand by themselves.
LONE = ("propertyChainAxiom", "inverseOf", "disjointUnionOf")
DEEPEST = 50


def parse_graph(data: bytes, syntax: str, name: str, scheme: Scheme) -> Graph:
    """Parse RDF; nothing is fetched."""
    from rdflib import Graph
    from rdflib.exceptions import ParserError

    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=data, format=syntax, publicID=scheme.namespace)
    except (ParserError, SyntaxError, ValueError) as problem:
        first = str(problem).strip().splitlines()[0]
        raise ConfigError(f"{name}: is not correct {syntax}: {first}") from None
    return graph


def from_graph(graph: Graph, name: str, scheme: Scheme) -> Collector:
    """Collect the facts of a graph."""
    from rdflib import URIRef

    collector = Collector()
    reader = Reader(graph, name, scheme, collector)
    subjects: dict[str, list[URIRef]] = {}
    for kind in ("Class", "ObjectProperty"):
        for node in graph.subjects(URIRef(RDF + "type"), URIRef(OWL + kind)):
            term = scheme.short(node)
            if isinstance(node, URIRef) and scheme.local.fullmatch(term):
                collector.declare(term, is_property=kind == "ObjectProperty")
                subjects.setdefault(term, []).append(node)
    for term, nodes in sorted(subjects.items()):
        for node in nodes:
            reader.subject(node, term)
    for node in graph.objects(None, URIRef(OWL + "members")):
        collector.disjoint(scheme.short(one) for one in graph.items(node))
    collector.notes += [
        f"owl:{word} is beyond our reasoner and left out"
        for word in LONE
        if (None, URIRef(OWL + word), None) in graph
    ]
    return collector


class Reader:
    """Reads what a graph says about its terms."""

    def __init__(
        self, graph: Graph, name: str, scheme: Scheme, found: Collector
    ) -> None:
        self.graph = graph
        self.name = name
        self.scheme = scheme
        self.found = found

    def objects(self, subject: Node, iri: str) -> list[Node]:
        """Give the objects of a property, in one order."""
        from rdflib import URIRef

        return sorted(self.graph.objects(subject, URIRef(iri)), key=str)

    def names(self, subject: Node, iri: str) -> list[str]:
        """Give the local ids of the objects of a property."""
        found = (self.scheme.short(node) for node in self.objects(subject, iri))
        return [name for name in found if name != THING]

    def subject(self, subject: Node, term: str) -> None:
        """Collect what the graph says about one term."""
        facts = self.found.facts[term]
        labels = [*map(str, self.objects(subject, RDFS + "label"))]
        facts.label = facts.label or next(iter(labels), "")
        for iri in (SKOS + "prefLabel", SKOS + "altLabel"):
            facts.alt_labels += map(str, self.objects(subject, iri))
        for node in self.objects(subject, RDFS + "subClassOf"):
            self.found.is_a(term, self.expression(node))
        for name in self.names(subject, RDFS + "subPropertyOf"):
            self.found.is_a(term, name)
        for node in self.objects(subject, OWL + "equivalentClass"):
            self.found.equals(term, self.expression(node))
        facts.disjoint += self.names(subject, OWL + "disjointWith")
        if facts.is_property:
            facts.domain += self.names(subject, RDFS + "domain")
            facts.range += self.names(subject, RDFS + "range")
        deprecated = map(str, self.objects(subject, OWL + "deprecated"))
        facts.deprecated |= "true" in deprecated
        successors = [name for iri in REPLACED_BY for name in self.names(subject, iri)]
        facts.replaced_by = facts.replaced_by or next(iter(successors), "")

    def expression(self, node: Node, depth: int = 0) -> Parsed:
        """Turn a class of the graph, named or not, into an expression."""
        from rdflib import URIRef

        if isinstance(node, URIRef):
            return self.scheme.short(node)
        if depth > DEEPEST:
            raise ConfigError(f"{self.name}: an expression is nested too deep")

        def one(word: str) -> Node | None:
            return self.graph.value(node, URIRef(OWL + word))

        def members(head: Node) -> tuple[Parsed, ...]:
            items = self.graph.items(head)
            return tuple(self.expression(item, depth + 1) for item in items)

        role, filler = one("onProperty"), one("someValuesFrom")
        if role is not None and filler is not None:
            if self.is_data(role):
                return Beyond("DataSomeValuesFrom")
            return some(self.scheme.short(role), self.expression(filler, depth + 1))
        if (head := one("intersectionOf")) is not None:
            return members(head)
        if (head := one("unionOf")) is not None:
            return Either(members(head))
        for word in BEYOND_EL:
            if one(word) is not None:
                return Beyond(word)
        raise ConfigError(
            f"{self.name}: holds a class that is neither an intersection nor some"
        )

    def is_data(self, role: Node) -> bool:
        """Tell whether a property leads to data, not to things."""
        from rdflib import URIRef

        kind = URIRef(OWL + "DatatypeProperty")
        return (role, URIRef(RDF + "type"), kind) in self.graph


def to_graph(vocabulary: Vocabulary) -> Graph:
    """Give a vocabulary as OWL in RDF: labels and asserted axioms."""
    from rdflib import BNode, Graph, Literal, URIRef
    from rdflib.collection import Collection

    graph = Graph(bind_namespaces="none")
    scheme = vocabulary.scheme
    prefixes = {"owl": OWL, "rdfs": RDFS, "skos": SKOS, scheme.id: scheme.namespace}
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace)

    def add(subject: Node, iri: str, value: Node) -> None:
        graph.add((subject, URIRef(iri), value))

    def node(expression: Expression) -> Node:
        if isinstance(expression, str):
            return URIRef(scheme.expand(expression))
        made = BNode()
        if isinstance(expression, Some):
            add(made, RDF + "type", URIRef(OWL + "Restriction"))
            add(made, OWL + "onProperty", URIRef(scheme.expand(expression.role)))
            add(made, OWL + "someValuesFrom", node(expression.filler))
            return made
        add(made, RDF + "type", URIRef(OWL + "Class"))
        parts = Collection(graph, BNode(), [node(p) for p in expression.parts])
        add(made, OWL + "intersectionOf", parts.uri)
        return made

    for row in vocabulary.rows:
        subject = URIRef(scheme.expand(row["id"]))
        is_property = row["kind"] == "property"
        kind = "ObjectProperty" if is_property else "Class"
        add(subject, RDF + "type", URIRef(OWL + kind))
        if row["label"]:
            add(subject, RDFS + "label", Literal(row["label"]))
        for label in split_cell(row["alt_labels"]):
            add(subject, SKOS + "altLabel", Literal(label))
        below = RDFS + ("subPropertyOf" if is_property else "subClassOf")
        for cell, iri in (
            ("sub_class_of", below),
            ("equivalent", OWL + "equivalentClass"),
            ("disjoint", OWL + "disjointWith"),
            ("domain", RDFS + "domain"),
            ("range", RDFS + "range"),
        ):
            for text in split_cell(row[cell]):
                add(subject, iri, node(read_expression(text)))
        if row["status"] == "deprecated":
            add(subject, OWL + "deprecated", Literal(True))
        if row["replaced_by"]:
            successor = URIRef(scheme.expand(row["replaced_by"]))
            add(subject, REPLACED_BY[0], successor)
    return graph
