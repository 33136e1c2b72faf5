"""The catalogue of DCAT-AP: every visible record, none that is hidden, valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zoo
from click.testing import CliRunner
from hypothesis import given, settings
from rdflib import RDF, Graph, Namespace
from rdflib.compare import isomorphic
from samples import MUON, POWDER

from panharvest import cli
from panharvest.cli.frame import State
from panharvest.formats.dcat.terms import CONTEXT
from panharvest.formats.dcat.writing import dataset
from panharvest.formats.schemaorg.terms import CONTEXT as SCHEMA_CONTEXT
from panharvest.protocols import Item, Stage
from panharvest.record import Record, to_json
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock
from panharvest.testing.records import publishable_records
from panharvest.triples import graph_of, lines_of

if TYPE_CHECKING:
    from pathlib import Path

DCAT = Namespace(CONTEXT["dcat"])
START = zoo.START


@settings(max_examples=20)
@given(publishable_records())
def test_the_lines_are_the_graph(record: Record) -> None:
    tree = dataset(record)
    parsed = Graph().parse(data="".join(lines_of(tree, CONTEXT, "b")), format="nt")
    # rdflib writes some dates anew as it reads them
    wanted = graph_of(tree, CONTEXT).serialize(format="nt")
    assert isomorphic(parsed, Graph().parse(data=wanted, format="nt"))


def test_literals_of_all_kinds() -> None:
    tree = {
        "@id": "https://example.org/a",
        "name": ['a \\ "b"\n\tc\r', {"@value": "d", "@language": "de"}],
        "value": [1, 1.5, True],
    }
    lines = "".join(lines_of(tree, SCHEMA_CONTEXT, "b"))
    parsed = Graph().parse(data=lines, format="turtle")
    assert isomorphic(parsed, graph_of(tree, SCHEMA_CONTEXT))


def test_a_catalogue_of_what_is_visible(tmp_path: Path) -> None:
    clock = FrozenClock(START)
    store = open_store(f"sqlite:///{tmp_path}/s.db")
    later = START + 1000 * zoo.DAY
    for record, start in ((POWDER, 0), (MUON, later)):
        stage = Stage(start, {"_record": to_json(record), "oai_dc": b"<a/>"})
        zoo.put(store, clock, Item(record.id, record.id, (stage,)))
    store.close()
    clock.advance(60)
    words = ["export", "dcat", str(tmp_path / "c.ttl"), "--base-url"]
    words += ["https://pan.example.org", "--store", f"sqlite:///{tmp_path}/s.db"]
    result = CliRunner().invoke(cli.app, words, obj=State(clock=clock))
    assert result.exit_code == 0, result.output
    assert result.output == f"1 dataset: {tmp_path}/c.ttl\n"
    text = (tmp_path / "c.ttl").read_text()
    assert "base-url.panharvest.invalid" not in text
    assert MUON.id not in text
    graph = Graph().parse(data=text, format="turtle")
    (found,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert len(list(graph.objects(found, DCAT.dataset))) == 1
