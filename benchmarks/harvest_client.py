"""One harvest in a process of its own.

    python benchmarks/harvest_client.py KIND URL [FOLDER]

Prints JSON: records, seconds and seconds of processor (without those of starting), and
memory (RSS) as it grew.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "oai_datacite"
EVERY = 10_000  # records between two looks at the memory


def rss() -> float:
    """Give the memory that is resident now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


class Tally:
    """Counts records, and looks at the memory now and then."""

    def __init__(self) -> None:
        self.records = 0
        self.memory: list[tuple[int, float]] = []
        self.begun = self.spent = 0.0

    def begin(self) -> None:
        """Start the clocks: everything is imported."""
        self.begun, self.spent = time.perf_counter(), time.process_time()

    def add(self, count: int = 1) -> None:
        """Count records."""
        before = self.records
        self.records += count
        if before // EVERY != self.records // EVERY:
            self.memory.append((self.records, rss()))


def ours(url: str, tally: Tally, folder: str) -> None:
    """Harvest into a store, as ``panharvest harvest`` does."""
    from panharvest.harvester import (
        Endpoint,
        EndpointDone,
        HarvestSettings,
        PageDone,
        harvest,
    )
    from panharvest.stores import open_store
    from panharvest.transport import Manners

    tally.begin()
    store = open_store(f"sqlite:///{folder}/store.db")
    settings = HarvestSettings(manners=Manners(pace=0))
    for event in harvest([Endpoint(url=url, prefix=PREFIX)], store, settings=settings):
        if isinstance(event, PageDone):
            tally.add(event.records)
        elif isinstance(event, EndpointDone):
            assert event.status == "complete", event
    store.close()


def our_sickle(url: str, tally: Tally, _folder: str) -> None:
    """Iterate with sickle's interface on our reading of pages."""
    from panharvest.sickle import Sickle

    tally.begin()
    for _record in Sickle(url).ListRecords(metadataPrefix=PREFIX):
        tally.add()


def sickle(url: str, tally: Tally, _folder: str) -> None:
    """Iterate; nothing is kept."""
    from sickle import Sickle

    tally.begin()
    for _record in Sickle(url).ListRecords(metadataPrefix=PREFIX):
        tally.add()


def sickle_raw(url: str, tally: Tally, _folder: str) -> None:
    """Iterate, and ask each record for its XML, as whoever keeps it has to."""
    from sickle import Sickle

    tally.begin()
    for record in Sickle(url).ListRecords(metadataPrefix=PREFIX):
        tally.add(bool(record.raw))


def scythe(url: str, tally: Tally, _folder: str) -> None:
    """Iterate; nothing is kept."""
    from oaipmh_scythe import Scythe

    tally.begin()
    with Scythe(url) as client:
        for _record in client.list_records(metadata_prefix=PREFIX):
            tally.add()


def oaipmh(url: str, tally: Tally, _folder: str) -> None:
    """Iterate, with a reader that keeps the element; nothing is kept."""
    from oaipmh.client import Client
    from oaipmh.metadata import MetadataRegistry

    tally.begin()
    registry = MetadataRegistry()
    registry.registerReader(PREFIX, lambda element: element)
    client = Client(url, registry, force_http_get=True)
    for _record in client.listRecords(metadataPrefix=PREFIX):
        tally.add()


KINDS: dict[str, Callable[[str, Tally, str], None]] = {
    "panharvest": ours,
    "panharvest.sickle": our_sickle,
    "sickle": sickle,
    "sickle, with XML": sickle_raw,
    "scythe": scythe,
    "oaipmh": oaipmh,
}


def main() -> None:
    """Harvest once."""
    kind, url, folder = (*sys.argv[1:], "")[:3]
    tally = Tally()
    KINDS[kind](url, tally, folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    report = {
        "records": tally.records,
        "seconds": time.perf_counter() - tally.begun,
        "cpu_seconds": time.process_time() - tally.spent,
        "peak_mb": used.ru_maxrss * 1024 / 1e6,
        "memory": tally.memory,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
