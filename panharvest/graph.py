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


def full_graph(record: Record) -> Graph:
    """Give a record as a graph in the words of schema.org and of DCAT.

    Techniques are terms of PaNET; the application definitions of NeXus are named by
    their terms in the NeXus ontology (``dct:conformsTo``), next to their manual pages.
    """
    from rdflib import DCTERMS, URIRef

    from panharvest.derived import address
    from panharvest.formats.dcat.terms import CONTEXT as DCAT_CONTEXT
    from panharvest.formats.dcat.writing import dataset
    from panharvest.vocabulary.nexus import nexus

    graph = to_graph(record)
    graph += graph_of(dataset(record), DCAT_CONTEXT)
    subject = address(record)
    for name in record.definitions if subject else ():
        term = nexus().get(name)
        if term is not None and subject is not None:
            graph.add((URIRef(subject), DCTERMS.conformsTo, URIRef(term.iri)))
    return graph
