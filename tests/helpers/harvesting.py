"""A harvest in a process of its own, that may be killed at any moment."""

from __future__ import annotations

import time
from contextlib import closing

from catalogue_content import options

from panharvest.building import build_context
from panharvest.cataloguing import CatalogueDone, CatalogueSettings, ingest_catalogue
from panharvest.config import Settings
from panharvest.harvester import Endpoint, HarvestDone, HarvestSettings, harvest
from panharvest.sources.catalogues.registry import open_source
from panharvest.stores import open_store
from panharvest.transport import Manners


def harvest_once(url: str, store_url: str, prefix: str, *, full: bool = False) -> None:
    """Harvest without waits; leaves with 1 when it is not complete."""
    settings = HarvestSettings(manners=Manners(pace=0), full=full)
    endpoint = Endpoint(url=url, prefix=prefix)
    with closing(open_store(store_url)) as store:
        for event in harvest([endpoint], store, settings=settings):
            if isinstance(event, HarvestDone) and (
                event.endpoints[0].status != "complete"
            ):
                raise SystemExit(1)


def read_catalogue_once(kind: str, url: str, store_url: str) -> None:
    """Read a catalogue without waits; leaves with 1 when it is not complete."""
    settings = CatalogueSettings(sweep=False)
    context = build_context(Settings())
    with (
        closing(open_store(store_url)) as store,
        closing(open_source(kind, [url], options())) as source,
    ):
        for event in ingest_catalogue(
            source, kind, store, context, time.time, settings=settings
        ):
            if isinstance(event, CatalogueDone) and event.status != "complete":
                raise SystemExit(1)
