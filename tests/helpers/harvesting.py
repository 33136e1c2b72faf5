"""A harvest in a process of its own, that may be killed at any moment."""

from __future__ import annotations

from contextlib import closing

from panharvest.harvester import Endpoint, HarvestDone, HarvestSettings, harvest
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
