"""schema.org: the terms that records are written in, with domains and ranges.

Only what the project uses is kept: a term that is not in the table is either misspelt
or has to be added to it on purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import parse_table, read_text, resource, split_cell, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SCHEMA = "https://schema.org/"
FILE = ("schemaorg", "used.tsv")
COLUMNS = ("term", "kind", "sub_of", "domain", "range", "status", "version")
KINDS = ("class", "property")
RDFS = "http://www.w3.org/2000/01/rdf-schema#"


@dataclass(frozen=True, slots=True)
class SchemaTerm:
    """A class or property of schema.org; all names are local ones.

    ``status`` is ``current``, ``pending`` (proposed, in use) or ``superseded``.
    """

    name: str
    kind: str
    sub_of: tuple[str, ...]
    domain: tuple[str, ...]
    range: tuple[str, ...]
    status: str
    version: str


@cache
def schemaorg() -> Mapping[str, SchemaTerm]:
    """Give the terms in use, by name.

    Raises
    ------
    ConfigError
        When the table is damaged.
    """
    return read_terms(read_text(resource(*FILE)), FILE[-1])


def read_terms(text: str, name: str) -> dict[str, SchemaTerm]:
    """Read the table of terms."""
    found = {}
    for line, row in enumerate(parse_table(split_lines(text), name, COLUMNS), 2):
        if row["kind"] not in KINDS or row["term"] in found:
            raise ConfigError(
                f"{name}:{line}: '{row['term']}' is there twice or has no kind"
            )
        found[row["term"]] = SchemaTerm(
            row["term"],
            row["kind"],
            split_cell(row["sub_of"]),
            split_cell(row["domain"]),
            split_cell(row["range"]),
            row["status"],
            row["version"],
        )
    return found


def import_schemaorg(file: Path, wanted: Iterable[str], version: str) -> str:
    """Give the table of some terms of a release of schema.org.

    Parameters
    ----------
    file
        ``schemaorg-current-https.ttl``.
    wanted
        The names of the terms.

    Raises
    ------
    ConfigError
        When the file is not Turtle, or a term is not in it.
    """
    from rdflib import RDF, Graph, URIRef
    from rdflib.exceptions import ParserError

    graph = Graph(bind_namespaces="none")
    try:
        data = file.read_bytes()
        if b"@prefix" not in data[:2000]:
            raise ConfigError(f"{file.name}: is not schema.org in Turtle")
        graph.parse(data=data, format="turtle", publicID=SCHEMA)
    except OSError as problem:
        reason = problem.strerror or "not readable"
        raise ConfigError(f"{file.name}: {reason}") from None
    except (ParserError, SyntaxError, ValueError) as problem:
        first = str(problem).strip().splitlines()[0]
        raise ConfigError(f"{file.name}: is not correct Turtle: {first}") from None

    def names(subject: URIRef, iri: str) -> str:
        texts = map(str, graph.objects(subject, URIRef(iri)))
        local = (t.removeprefix(SCHEMA) for t in texts if t.startswith(SCHEMA))
        return "|".join(sorted(local))

    lines = ["\t".join(COLUMNS)]
    for name in sorted(set(wanted)):
        subject = URIRef(SCHEMA + name)
        types = {str(one) for one in graph.objects(subject, RDF.type)}
        is_class, is_property = RDFS + "Class" in types, str(RDF.Property) in types
        if not (is_class or is_property):
            raise ConfigError(f"{file.name}: has no term '{name}'")
        status = "current"
        if (subject, URIRef(SCHEMA + "supersededBy"), None) in graph:
            status = "superseded"
        elif "pending" in names_of_part(graph, subject):
            status = "pending"
        below = "subClassOf" if is_class else "subPropertyOf"
        cells = (
            name,
            "class" if is_class else "property",
            names(subject, RDFS + below),
            names(subject, SCHEMA + "domainIncludes"),
            names(subject, SCHEMA + "rangeIncludes"),
            status,
            version,
        )
        lines.append("\t".join(re.sub(r"\s", " ", cell) for cell in cells))
    return "\n".join(lines) + "\n"


def names_of_part(graph: object, subject: object) -> str:
    """Give the addresses of the parts of schema.org that a term belongs to."""
    from rdflib import Graph, URIRef

    if not isinstance(graph, Graph) or not isinstance(subject, URIRef):
        raise TypeError("not a graph")
    return " ".join(map(str, graph.objects(subject, URIRef(SCHEMA + "isPartOf"))))
