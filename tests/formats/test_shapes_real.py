"""What real NeXus files give passes the shapes of schema.org and DCAT-AP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Graph
from test_dcat import results
from test_schemaorg import RECOMMENDED, REQUIRED, SOSO, violations

import panharvest
from panharvest.errors import SkipError
from panharvest.formats.dcat import DcatTurtle
from panharvest.record import Access, AccessStatus, Agent, Moment, Nature, Record

NEXUS = Path(__file__).resolve().parents[3] / "shared" / "data" / "nexus"
# What Google recommends and a file may not tell; nothing of it is made up.
UNTOLD = {
    "license": "licence",
    "variableMeasured": "parameters",
    "spatialCoverage": "facility",
    "temporalCoverage": "collected",
    "keywords": "techniques",
    "version": "collected",
}


def real_records() -> list[Record]:
    """Read the real files; what publishing adds stands where a file has none."""
    found = []
    for file in sorted(NEXUS.rglob("*")):
        if not file.is_file():
            continue
        try:
            found += panharvest.read(file, base_url="https://example.org")
        except SkipError:
            continue
    stand_in = Agent("A facility", Nature.ORGANISATIONAL)
    return [
        replace(
            record,
            publisher=record.publisher or stand_in,
            creators=record.creators or (stand_in,),
            access=record.access or Access(AccessStatus.OPEN),
            issued=record.issued or Moment("2024-01-01"),  # as the policy gives it
        )
        for record in found
    ]


def test_real_records_pass_the_shapes() -> None:
    records = real_records()
    if not records:
        pytest.skip("the folder of real files (../shared/data/nexus) is not here")
    assert len(records) >= 40
    everything, dcat = Graph(), Graph()
    for record in records:
        everything += record.to_graph("schemaorg")
        document = DcatTurtle().write(record)
        assert document is not None
        dcat.parse(data=document.replace(b"_:b0", b"_:x0"), format="turtle")
    assert violations(everything, SOSO) == []
    assert violations(everything, REQUIRED) == []
    assert results(dcat, "shapes.ttl", "range.ttl") == {}
    for record in records:
        lacking = {
            said.partition(" ")[0].rpartition("/")[2]
            for said in violations(record.to_graph("schemaorg"), RECOMMENDED)
        }
        assert lacking <= set(UNTOLD)
        for name in lacking:
            assert not getattr(record, UNTOLD[name]), (record.id, name)
