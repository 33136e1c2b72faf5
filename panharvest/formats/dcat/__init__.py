"""DCAT-AP 3.0.1: a dataset as Turtle and JSON-LD, for portals of data and from them.

JSON-LD is written directly; Turtle through a graph of rdflib, which costs a hundred
times as much and is not in the path of any list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from panharvest.formats.dcat.reading import read as read_dcat
from panharvest.formats.dcat.terms import CONTEXT
from panharvest.formats.dcat.writing import catalogue, dataset, document
from panharvest.triples import graph_of

if TYPE_CHECKING:
    from panharvest.protocols import Reading
    from panharvest.record import Record

__all__ = ["DcatJson", "DcatTurtle", "catalogue", "turtle"]


class DcatTurtle:
    """A dataset of DCAT-AP as Turtle."""

    name = "dcat"
    media_type = "text/turtle"

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when nothing says where it is."""
        tree = dataset(record)
        return turtle(tree) if "@id" in tree else None

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read a dataset from Turtle, RDF/XML or JSON-LD."""
        return read_dcat(document, id=id)


class DcatJson:
    """A dataset of DCAT-AP as JSON-LD."""

    name = "dcat-json"
    media_type = "application/ld+json"

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when nothing says where it is."""
        tree = document(record)
        return msgspec.json.encode(tree) if "@id" in tree else None

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read a dataset from Turtle, RDF/XML or JSON-LD."""
        return read_dcat(document, id=id)


def turtle(tree: dict[str, object]) -> bytes:
    """Write a dataset or a catalogue as Turtle."""
    graph = graph_of(tree, CONTEXT, numbered=True)
    return graph.serialize(format="turtle", encoding="utf-8")
