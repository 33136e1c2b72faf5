"""OWL/XML: the syntax in which ESRFET is published.

No RDF library reads it, and those that read OWL stop at the empty ``<IRI/>`` in its
header. Source: OWL 2 Web Ontology Language XML Serialization (W3C, 2012), section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from panharvest.errors import ConfigError
from panharvest.vocabulary.snapshot import clean
from panharvest.vocabulary.weakening import Beyond, Collector, Either, Parsed, some

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.etree import _Element

    from panharvest.vocabulary.schemes import Scheme

OWL = "{http://www.w3.org/2002/07/owl#}"
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OTHER_LABELS = (SKOS + "prefLabel", SKOS + "altLabel")
DEPRECATED = "http://www.w3.org/2002/07/owl#deprecated"
REPLACED_BY = (
    "http://purl.obolibrary.org/obo/IAO_0100001",
    "http://purl.org/dc/terms/isReplacedBy",
)
DEEPEST = 50
# Axioms about individuals, data and annotations say nothing of the hierarchy.
SILENT = frozenset(
    {"Prefix", "Import", "Annotation", "Declaration", "AnnotationAssertion"}
    | {"ClassAssertion", "ObjectPropertyAssertion", "DataPropertyAssertion"}
    | {"DataPropertyDomain", "DataPropertyRange", "SubDataPropertyOf"}
    | {"AnnotationPropertyDomain", "AnnotationPropertyRange", "FunctionalDataProperty"}
    | {"SubAnnotationPropertyOf", "AsymmetricObjectProperty", "DifferentIndividuals"}
    | {"IrreflexiveObjectProperty", "FunctionalObjectProperty", "SameIndividual"}
)


def from_owl_xml(data: bytes, name: str, scheme: Scheme) -> Collector:
    """Collect the facts of an OWL/XML document that was checked to be well-formed.

    An empty ``<IRI/>`` is passed over; axioms that are more than EL are weakened and
    noted (:mod:`panharvest.vocabulary.weakening`).

    Raises
    ------
    ConfigError
        Naming file and line: a prefix that is not declared, an axiom without operands,
        expressions nested deeper than 50.
    """
    from lxml import etree

    parser = etree.XMLParser(no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise ConfigError(f"{name}:{problem.lineno}: {problem.msg}") from None
    reader = Reader(name, scheme, root)
    for node in root:
        if tag(node) == "Declaration" and len(node):
            reader.declare(node[0])
    for node in root:
        reader.axiom(node)
    return reader.found


def tag(node: _Element) -> str:
    """Give the name of an element of OWL, anything else in full."""
    return str(node.tag).removeprefix(OWL)


class Reader:
    """Reads the axioms of one document."""

    def __init__(self, name: str, scheme: Scheme, root: _Element) -> None:
        self.name = name
        self.scheme = scheme
        self.base = root.get(XML_BASE) or root.get("ontologyIRI") or ""
        self.prefixes = {
            node.get("name") or "": node.get("IRI") or ""
            for node in root
            if tag(node) == "Prefix"
        }
        self.found = Collector()
        self.readers: Mapping[str, Callable[[_Element], None]] = {
            "SubClassOf": self.sub_class,
            "EquivalentClasses": self.equivalents,
            "DisjointClasses": self.disjoint,
            "SubObjectPropertyOf": self.sub_property,
            "ObjectPropertyDomain": self.domain,
            "ObjectPropertyRange": self.range,
            "AnnotationAssertion": self.annotation,
        }

    def place(self, node: _Element) -> str:
        """Give file and line of an element."""
        return f"{self.name}:{node.sourceline}"

    def iri(self, node: _Element) -> str:
        """Give the IRI that an element names."""
        full, short = node.get("IRI"), node.get("abbreviatedIRI")
        if full is None and short is None and tag(node) in ("IRI", "AbbreviatedIRI"):
            text = (node.text or "").strip()
            full, short = (text, None) if tag(node) == "IRI" else (None, text)
        if full is not None:
            return urljoin(self.base, full)
        if short is not None:
            prefix, _, local = short.partition(":")
            if prefix not in self.prefixes:
                raise ConfigError(
                    f"{self.place(node)}: the prefix of '{short}' is not declared"
                )
            return self.prefixes[prefix] + local
        raise ConfigError(f"{self.place(node)}: <{tag(node)}> names nothing")

    def short(self, node: _Element) -> str:
        """Give the local id of what an element names."""
        return self.scheme.short(self.iri(node))

    def declare(self, node: _Element) -> None:
        """Note a class or property of the vocabulary."""
        if tag(node) not in ("Class", "ObjectProperty"):
            return
        term = self.short(node)
        if self.scheme.local.fullmatch(term):
            self.found.declare(term, is_property=tag(node) == "ObjectProperty")

    def axiom(self, node: _Element) -> None:
        """Read one axiom."""
        read = self.readers.get(tag(node))
        if read is not None:
            try:
                read(node)
            except (IndexError, ValueError):
                raise ConfigError(
                    f"{self.place(node)}: <{tag(node)}> lacks an operand"
                ) from None
        elif tag(node) not in SILENT:
            self.found.notes.append(f"line {node.sourceline}: {tag(node)} is left out")

    def expression(self, node: _Element, depth: int = 0) -> Parsed:
        """Read a class expression."""
        if depth > DEEPEST:
            raise ConfigError(f"{self.place(node)}: an expression is nested too deep")
        kind = tag(node)
        if kind == "Class":
            return self.short(node)
        if kind == "ObjectIntersectionOf":
            return tuple(self.expression(part, depth + 1) for part in node)
        if kind == "ObjectUnionOf":
            return Either(tuple(self.expression(part, depth + 1) for part in node))
        if kind == "ObjectSomeValuesFrom":
            role, filler = node
            if tag(role) == "ObjectProperty":
                return some(self.short(role), self.expression(filler, depth + 1))
        return Beyond(kind)

    def operands(self, node: _Element) -> list[_Element]:
        """Give the operands of an axiom, without annotations on it."""
        return [child for child in node if tag(child) != "Annotation"]

    def sub_class(self, node: _Element) -> None:
        """Read ``SubClassOf``."""
        lower, upper = self.operands(node)
        if tag(lower) != "Class":
            self.found.notes.append(
                f"line {node.sourceline}: SubClassOf of an expression is left out"
            )
            return
        self.found.is_a(self.short(lower), self.expression(upper))

    def equivalents(self, node: _Element) -> None:
        """Read ``EquivalentClasses``: the first named class equals the others."""
        operands = self.operands(node)
        named = next((one for one in operands if tag(one) == "Class"), None)
        if named is None:
            self.found.notes.append(
                f"line {node.sourceline}: EquivalentClasses without a name is left out"
            )
        for other in operands:
            if named is not None and other is not named:
                self.found.equals(self.short(named), self.expression(other))

    def disjoint(self, node: _Element) -> None:
        """Read ``DisjointClasses``."""
        operands = self.operands(node)
        self.found.disjoint(self.short(one) for one in operands if tag(one) == "Class")

    def sub_property(self, node: _Element) -> None:
        """Read ``SubObjectPropertyOf``."""
        lower, upper = self.operands(node)
        if tag(lower) != "ObjectProperty" or tag(upper) != "ObjectProperty":
            self.found.notes.append(
                f"line {node.sourceline}: a property chain or inverse is left out"
            )
            return
        self.found.is_a(self.short(lower), self.short(upper))

    def domain(self, node: _Element) -> None:
        """Read ``ObjectPropertyDomain``."""
        self.end(node, "domain")

    def range(self, node: _Element) -> None:
        """Read ``ObjectPropertyRange``."""
        self.end(node, "range")

    def end(self, node: _Element, end: str) -> None:
        """Read what is at one end of a property."""
        role, what = self.operands(node)
        term = self.short(role)
        if tag(what) != "Class":
            self.found.notes.append(f"{term}: its {end} is {tag(what)}: left out")
        elif term in self.found.facts:
            getattr(self.found.facts[term], end).append(self.short(what))

    def annotation(self, node: _Element) -> None:
        """Read labels and status; definitions and comments are not taken over."""
        prop, subject, value = self.operands(node)
        if tag(subject) not in ("IRI", "AbbreviatedIRI"):
            return
        facts = self.found.facts.get(self.scheme.short(self.iri(subject)))
        said = self.iri(prop)
        if facts is None:
            return
        text = clean(value.text or "")
        if said == LABEL:
            facts.label = facts.label or text
        elif said in OTHER_LABELS and text:
            # the preferred label comes first, wherever it stands
            place = 0 if said == OTHER_LABELS[0] else len(facts.alt_labels)
            facts.alt_labels.insert(place, text)
        elif said == DEPRECATED:
            facts.deprecated = text == "true"
        elif said in REPLACED_BY and tag(value) in ("IRI", "AbbreviatedIRI"):
            facts.replaced_by = self.scheme.short(self.iri(value))
