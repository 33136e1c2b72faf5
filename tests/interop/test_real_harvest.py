"""The main job on real files: ingest, serve, validate, and harvest by three clients."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import oaipmh.client
import oaipmh_scythe
import pytest
import sickle
import xsd
import zoo
from live import serving
from oaipmh.metadata import MetadataRegistry, oai_dc_reader

from panharvest.events import FileRefused, RunDone
from panharvest.facilities import load_facilities
from panharvest.formats import FORMATS
from panharvest.ingest import ingest_nexus
from panharvest.manifest import read_manifest
from panharvest.mapping import load_tables
from panharvest.publish import Context
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree

OAI = "{http://www.openarchives.org/OAI/2.0/}"
MAPPED, REFUSED = 41, 12


@pytest.fixture(scope="module")
def endpoint(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve all real files, released by a manifest, five records a page."""
    folder = tmp_path_factory.mktemp("real")
    manifest = folder / "manifest.csv"
    manifest.write_text(
        f"file,release_date,facility\n{shared}/nexus/**/*,2020-01-01,esrf\n"
    )
    clock = FrozenClock()
    context = Context(load_tables(), load_facilities(), FORMATS)
    store = open_store(f"sqlite:///{folder}/s.db")
    events = list(
        ingest_nexus(
            [shared / "nexus"],
            store,
            context,
            clock,
            manifest=read_manifest(manifest),
            jobs=2,
        )
    )
    done = events[-1]
    assert isinstance(done, RunDone)
    refused = [event for event in events if isinstance(event, FileRefused)]
    assert (done.mapped, done.refused, len(refused)) == (MAPPED, REFUSED, REFUSED)
    clock.advance(5)
    offered = {
        prefix: (form.schema, form.namespace) for prefix, form in FORMATS.items()
    }
    ours = zoo.repository(page_size=5, formats=offered)
    with serving(store, ours, clock) as url:
        yield url
    store.close()


def pages(endpoint: str, prefix: str) -> Iterator[etree._Element]:
    arguments = {"verb": "ListRecords", "metadataPrefix": prefix}
    while True:
        with urllib.request.urlopen(f"{endpoint}?{urlencode(arguments)}") as reply:
            page = xsd.assert_valid(reply.read())
        yield page
        token = page.findtext(f".//{OAI}resumptionToken")
        if not token:
            return
        arguments = {"verb": "ListRecords", "resumptionToken": token}


@pytest.mark.parametrize("prefix", FORMATS)
def test_every_page_validates_against_the_schemas(endpoint: str, prefix: str) -> None:
    records = [r for page in pages(endpoint, prefix) for r in page.iter(f"{OAI}record")]
    assert len(records) == MAPPED


def test_sickle_harvests_all(endpoint: str) -> None:
    client = sickle.Sickle(endpoint)
    records = list(client.ListRecords(metadataPrefix="oai_datacite"))
    assert len({r.header.identifier for r in records}) == MAPPED


def test_oaipmh_harvests_all(endpoint: str) -> None:
    registry = MetadataRegistry()
    registry.registerReader("oai_dc", oai_dc_reader)
    client = oaipmh.client.Client(endpoint, registry)
    records = list(client.listRecords(metadataPrefix="oai_dc"))
    assert len({header.identifier() for header, _, _ in records}) == MAPPED
    assert all(metadata.getField("title") for _, metadata, _ in records)


def test_scythe_harvests_all(endpoint: str) -> None:
    with oaipmh_scythe.Scythe(endpoint) as client:
        records = list(client.list_records(metadata_prefix="datacite"))
    assert len({r.header.identifier for r in records}) == MAPPED
