"""Any record as a graph of rdflib, in the words of schema.org."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.formats.schemaorg.terms import CONTEXT
from panharvest.formats.schemaorg.writing import node
from panharvest.triples import graph_of

if TYPE_CHECKING:
    from rdflib import Graph

    from panharvest.record import Record


def to_graph(record: Record) -> Graph:
    """Give a record as a graph: what its JSON-LD says, triple by triple.

    It is what shapes (SHACL) and queries (SPARQL) work on, and what other forms of RDF
    are written from.
    """
    return graph_of(node(record), CONTEXT)
