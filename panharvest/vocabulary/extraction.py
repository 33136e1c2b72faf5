"""Extraction: the facts of a published vocabulary as the table that the project ships.

Ids, labels, axioms and status are facts and are taken over; definitions and comments
are not. Reads RDF/XML and Turtle through rdflib, OWL/XML, and PaNET's own source, a
ROBOT template in CSV.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from panharvest.errors import ConfigError
from panharvest.vocabulary.owlxml import from_owl_xml
from panharvest.vocabulary.rdf import from_graph, parse_graph
from panharvest.vocabulary.robot import SNIFFED, from_template, separator_of
from panharvest.vocabulary.snapshot import write_snapshot
from panharvest.vocabulary.weakening import Collector

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.vocabulary.schemes import Scheme

OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ADDRESS = re.compile(rb"<[A-Za-z][\w+.-]*:[^\s<>]*>")  # begins a line of Turtle
# comments, then a prefix, a base, an address or a blank node
TURTLE = re.compile(
    rb"(?:#[^\n]*\n|\s)*(?:@?(?:prefix|base)\s|<[A-Za-z][\w+.-]*:|_:|\[\s*[\]a-z])",
    re.IGNORECASE,
)
MAX_BYTES = 64 * 1024 * 1024
MAX_ENTITY = 200
MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Extraction:
    """The snapshot table of a file, and notes on what could not be taken over."""

    text: str
    notes: tuple[str, ...] = ()


def extract(file: Path, scheme: Scheme) -> Extraction:
    """Give the snapshot table of a file of a vocabulary.

    A reasoned file repeats what follows from its axioms; sub-class axioms that follow
    from the others are left out, so that the table is about as short as the source and
    implies exactly the same. An axiom that is more than our reasoner can follow is
    weakened to what it can, and noted.

    Parameters
    ----------
    file
        RDF/XML, Turtle (or N-Triples) or OWL/XML (``.owl``, ``.rdf``, ``.ttl``,
        ``.owx``) or PaNET's ``PaNET.csv``; told apart by content. An XML document type
        may define short internal entities, as Protégé writes them; anything external is
        refused and nothing is fetched.

    Raises
    ------
    ConfigError
        Naming the file and what is wrong: unreadable, cut off, another format, no class
        of the vocabulary.
    """
    data = read_bytes(file)
    found = collect(data, file.name, scheme)
    if not any(not one.is_property for one in found.facts.values()):
        raise ConfigError(
            f"{file.name}: holds no class of {scheme.name} ({scheme.namespace})"
        )
    return Extraction(write_snapshot(found.facts, scheme), tuple(found.notes))


def collect(data: bytes, name: str, scheme: Scheme) -> Collector:
    """Collect the facts of a document in any of the syntaxes."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise ConfigError(f"{name}: is UTF-16; save it as UTF-8")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") and not ADDRESS.match(start):
        if check_xml(data, name) == OWL + "Ontology":
            return from_owl_xml(data, name, scheme)
        return from_graph(parse_graph(data, "xml", name, scheme), name, scheme)
    if separator_of(start[:SNIFFED].decode("utf-8", "replace")) or (
        b"rdfs:label" in start[:2000] and b",ID," in start[:2000]
    ):
        if scheme.id != "panet":
            raise ConfigError(
                f"{name}: is a ROBOT template as PaNET has it, not {scheme.name}"
            )
        return Collector(from_template(data, name))
    if TURTLE.match(start):
        bare = data.removeprefix(b"\xef\xbb\xbf")
        return from_graph(parse_graph(bare, "turtle", name, scheme), name, scheme)
    raise ConfigError(
        f"{name}: is neither RDF/XML nor Turtle nor OWL/XML nor PaNET's CSV template"
    )


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


def check_xml(data: bytes, name: str) -> str:
    """Give the root of a document, refusing what is broken or reaches outside itself.

    Refused are XML that is cut off, nested deeper than 200, is neither RDF/XML nor
    OWL/XML, or declares anything but short internal entities.
    """
    roots: list[str] = []
    depth = 0

    def start(tag: str, _: Any) -> None:  # noqa: ANN401 - expat gives a plain dict
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise ConfigError(f"{name}: elements are nested deeper than {MAX_DEPTH}")
        if not roots:
            roots.append(tag)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

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
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        what = expat.ErrorString(problem.code)
        raise ConfigError(
            f"{name}:{problem.lineno}: is not complete, correct XML ({what})"
        ) from None
    if roots[0] not in (RDF + "RDF", OWL + "Ontology"):
        raise ConfigError(
            f"{name}: is XML <{roots[0]}>; save it as RDF/XML, OWL/XML or Turtle"
        )
    return roots[0]
