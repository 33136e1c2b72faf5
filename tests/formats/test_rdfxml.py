"""RDF/XML of the prefix ``rdf`` is the graph of the record, whatever is in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from rdflib import Graph
from rdflib.compare import isomorphic
from samples import MUON, POWDER

from panharvest.formats.schemaorg.rdfxml import RdfXml
from panharvest.testing.datacite import carried_records
from panharvest.testing.records import publishable_records

if TYPE_CHECKING:
    from panharvest.record import Record


def parsed(record: Record) -> Graph:
    document = RdfXml().write(record)
    assert document is not None
    return Graph().parse(data=document, format="xml")


@settings(max_examples=30)
@given(carried_records() | publishable_records())
def test_it_is_the_graph_of_the_record(record: Record) -> None:
    assert isomorphic(parsed(record), record.to_graph("schemaorg"))


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_the_samples(record: Record) -> None:
    assert isomorphic(parsed(record), record.to_graph("schemaorg"))


def test_what_has_no_name_has_no_form() -> None:
    assert RdfXml().write(replace(MUON, titles=())) is None
