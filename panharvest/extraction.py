"""Extraction: the facts of a published PaNET as the table that the project ships.

Ids, labels, axioms and status are facts and are taken over; definitions and comments
are not. Reads RDF/XML and Turtle through rdflib, and PaNET's own source, a ROBOT
template in CSV.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from panharvest.closure import (
    Both,
    Expression,
    Rules,
    Some,
    derive,
    read_expression,
    saturate,
    write_expression,
)
from panharvest.errors import ConfigError
from panharvest.vocabulary import COLUMNS, PANET, Sheet, axioms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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
TERM = re.compile(r"PaNET\d{5,7}")


@dataclass(slots=True)
class Facts:
    """What a file says about one term, in short ids."""

    label: str = ""
    alt_labels: list[str] = field(default_factory=list)
    is_property: bool = False
    parents: list[Expression] = field(default_factory=list)
    equivalents: list[Expression] = field(default_factory=list)
    disjoint: list[str] = field(default_factory=list)
    domain: list[str] = field(default_factory=list)
    range: list[str] = field(default_factory=list)
    deprecated: bool = False
    replaced_by: str = ""


def import_panet(file: Path) -> str:
    """Give the snapshot table of a PaNET file.

    A reasoned file repeats what follows from its axioms; sub-class axioms that follow
    from the others are left out, so that the table is about as short as the source and
    implies exactly the same. Column by column: ``ontologies/panet`` in the reference.

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
    bridge_foreign(facts)
    turn_equivalences(facts)
    drop_redundant(facts)
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
            if (expression := read_node(graph, node, name)) != OWL + "Thing"
        ]

    def names(iri: str) -> list[str]:
        return [text for text in map(short, objects(iri)) if text != OWL + "Thing"]

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


def intersection(parts: Iterable[Expression]) -> Expression:
    """Give the intersection of expressions, in one order and without inner brackets."""
    flat: set[Expression] = set()
    for part in parts:
        flat |= set(part.parts) if isinstance(part, Both) else {part}
    found = sorted(flat, key=write_expression)
    return found[0] if len(found) == 1 else Both(tuple(found))


def short(iri: object) -> str:
    """Give the id of a PaNET term; any other IRI in full."""
    text = str(iri)
    return text.removeprefix(PANET) if TERM.fullmatch(text, len(PANET)) else text


def bridge_foreign(facts: dict[str, Facts]) -> None:
    """Put a PaNET term in the place of a class of elsewhere that equals it."""
    twins = {
        expression: term
        for term, found in facts.items()
        for expression in found.equivalents
        if isinstance(expression, str) and expression not in facts
    }
    for term, found in facts.items():
        parents = [
            twins.get(parent, parent) if isinstance(parent, str) else parent
            for parent in found.parents
        ]
        found.parents = [parent for parent in dict.fromkeys(parents) if parent != term]


def turn_equivalences(facts: dict[str, Facts]) -> None:
    """Keep the equivalence of two terms on the later one: it has no direction."""
    for term in sorted(facts, key=order):
        found = facts[term]
        for other in list(found.equivalents):
            if isinstance(other, str) and other in facts and order(other) > order(term):
                found.equivalents.remove(other)
                if term not in facts[other].equivalents:
                    facts[other].equivalents.append(term)


def from_template(data: bytes, name: str) -> dict[str, Facts]:
    """Collect the facts of a ROBOT template.

    Source: the template's second row (``SC %`` is a superclass, several ``EC %`` cells
    of one row are one intersection). A label in an axiom that several terms share means
    the last of them: so the published hierarchy comes out.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{name}: byte {problem.start} is not UTF-8") from None
    rows = list(csv.reader(text.splitlines(keepends=True)))
    codes = next((row for row in rows if "ID" in row and "TYPE" in row), None)
    if codes is None:
        raise ConfigError(f"{name}: the row of ROBOT template codes is missing")
    cells = [list(template_cells(codes, row)) for row in rows]
    labels = {}
    for row in cells:
        given = dict(row)
        if given.get("ID", "").startswith(PANET) and given.get("A rdfs:label"):
            labels[given["A rdfs:label"]] = short(given["ID"])
    facts: dict[str, Facts] = {}
    for number, row in enumerate(cells, 1):
        given = dict(row)
        if given.get("ID", "").startswith(PANET):
            found = facts.setdefault(short(given["ID"]), Facts())
            try:
                read_template_row(row, found, labels)
            except ValueError as problem:
                raise ConfigError(f"{name}: row {number}: {problem}") from None
    return facts


def template_cells(codes: list[str], row: list[str]) -> Iterator[tuple[str, str]]:
    """Give the filled cells of a row with their template codes."""
    for code, cell in zip(codes, row, strict=False):
        if code and cell.strip():
            yield code.strip(), cell.strip()


def read_template_row(
    row: list[tuple[str, str]], found: Facts, labels: dict[str, str]
) -> None:
    """Add what one row of a template says about a term."""
    cells: dict[str, list[str]] = defaultdict(list)
    for code, cell in row:
        cells[code].append(cell)

    def named(code: str) -> list[str]:
        read = [read_cell(cell, labels) for cell in cells[code]]
        return [one for one in read if isinstance(one, str) and one != OWL + "Thing"]

    found.label = next(iter(cells["A rdfs:label"]), found.label)
    found.alt_labels += cells[f"A {ALT_LABEL}"]
    found.is_property |= "owl:ObjectProperty" in cells["TYPE"]
    found.parents += [
        one
        for cell in cells["SC %"]
        if (one := read_cell(cell, labels)) != OWL + "Thing"
    ]
    found.parents += named("SP %")
    if parts := [read_cell(cell, labels) for cell in cells["EC %"]]:
        found.equivalents.append(intersection(parts))
    found.disjoint += named("DC %")
    found.domain += named("DOMAIN")
    found.range += named("RANGE")


def read_cell(cell: str, labels: dict[str, str]) -> Expression:
    """Read an axiom cell: an expression with quoted labels, a bare label, an id."""
    if "'" in cell or cell.startswith("("):
        return read_expression(cell, CellNames(labels))
    return CellNames(labels)[cell]


class CellNames(dict[str, str]):
    """Labels, and the ids and IRIs that stand for themselves."""

    def __contains__(self, word: object) -> bool:
        return super().__contains__(word) or self.as_id(str(word)) is not None

    def __missing__(self, word: str) -> str:
        found = self.as_id(word)
        if found is None:
            raise ValueError(f"'{word}' is not the label of any term")
        return found

    @staticmethod
    def as_id(word: str) -> str | None:
        """Give the id or IRI that a word is, or None when it must be a label."""
        if word == "owl:Thing":
            return OWL + "Thing"
        if word.startswith(("http://", "https://")):
            return short(word)
        bare = word.removeprefix("PaNET:")
        return bare if TERM.fullmatch(bare) else None


def drop_redundant(facts: dict[str, Facts]) -> None:
    """Leave out the sub-class axioms that follow from the rest."""
    full = saturate(axioms_of(sheets(facts))).above
    rules = Rules.of(axioms_of(sheets(facts)))
    # An edge that a reasoner added points to something specific, an author's rather to
    # something general: so try to do without the specific ones first.
    edges = [
        (term, parent)
        for term, found in facts.items()
        if not found.is_property
        for parent in found.parents
        if isinstance(parent, str)
    ]
    edges.sort(key=lambda edge: (len(full.get(edge[1], ())), edge), reverse=True)
    for term, parent in edges:
        rules.parents[term].remove(parent)
        if parent in derive(rules, [term])[term]:
            facts[term].parents.remove(parent)
        else:
            rules.parents[term].append(parent)


def sheets(facts: dict[str, Facts]) -> list[Sheet]:
    """Give facts as rows of the snapshot."""
    return [sheet(term, facts[term]) for term in sorted(facts, key=order)]


def order(term: str) -> tuple[int, str]:
    """Sort techniques before properties before specifiers, as PaNET does."""
    return (len(term), term)


def sheet(term: str, found: Facts) -> Sheet:
    """Give the row of one term, without its kind."""
    return {
        "id": term,
        "label": clean(found.label),
        "alt_labels": joined(dict.fromkeys(map(clean, found.alt_labels))),
        "kind": "property" if found.is_property else "class",
        "sub_class_of": joined(sorted(map(write_expression, found.parents))),
        "equivalent": joined(sorted(set(map(write_expression, found.equivalents)))),
        "disjoint": joined(sorted(set(found.disjoint))),
        "domain": joined(sorted(set(found.domain))),
        "range": joined(sorted(set(found.range))),
        "status": "deprecated" if found.deprecated else "current",
        "replaced_by": found.replaced_by,
    }


def joined(parts: Iterable[str]) -> str:
    """Write several values in one cell."""
    return "|".join(part for part in parts if part)


def clean(text: str) -> str:
    """Take stray blanks and anything that would break a table out of a label."""
    return re.sub(r"[\s|]+", " ", text).strip()


def write_snapshot(facts: dict[str, Facts]) -> str:
    """Write the table, each term with its kind."""
    rows = sheets(facts)
    above = saturate(axioms_of(rows)).above
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        kind = kind_of(row, above.get(row["id"], set()))
        lines.append("\t".join({**row, "kind": kind}[column] for column in COLUMNS))
    return "\n".join(lines) + "\n"


def kind_of(row: Sheet, above: set[str]) -> str:
    """Tell what a term is for.

    ``facet`` are PaNET00001 and the classes that only sort techniques by probe, process
    and so on; ``technique`` is what else is below PaNET00001, ``specifier`` what is
    below PaNET2000000.
    """
    if row["kind"] == "property":
        return "property"
    if re.fullmatch(r"PaNET0000\d", row["id"]):
        return "facet"
    if "PaNET00001" in above:
        return "technique"
    return "specifier" if "PaNET2000000" in above else "class"
