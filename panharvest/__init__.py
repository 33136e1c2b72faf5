"""Photon and neutron metadata, mapped, published when its embargo ends, and harvested.

The names here are the public interface::

    import panharvest

    for record in panharvest.read("scan.nxs"):
        print(panharvest.write(record, "datacite").decode())
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.checks import check
from panharvest.protocols import BASE_URL
from panharvest.record import Record, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from panharvest.harvester import Endpoint, Event, HarvestSettings
    from panharvest.protocols import Store

__version__ = "0.1.0"
__all__ = [
    "Record",
    "__version__",
    "check",
    "from_json",
    "harvest",
    "open_store",
    "read",
    "to_json",
    "write",
]

# In a checkout that is not installed the tables lie beside the package, not in it.
_HERE = Path(__file__).parent
if (
    not (_HERE / "ontologies").is_dir()
    and (_HERE.parent / "ontologies" / "__init__.py").is_file()
):
    __path__.append(str(_HERE.parent))


def read(
    path: str | Path,
    *,
    facility: str | None = None,
    per_entry: bool = False,
    base_url: str = BASE_URL,
) -> list[Record]:
    """Read a NeXus file and map it.

    Parameters
    ----------
    path
        A NeXus/HDF5 file; only metadata is read.
    facility
        Identifier of the facility (``esrf``) when the file does not tell.
    per_entry
        One record for each NXentry instead of one for the file.
    base_url
        Where your repository is; a record without DOI is identified by its landing
        page there. Without it the address is a marker that no host can have.

    Returns
    -------
    One record, or one for each entry.

    Raises
    ------
    SkipError
        When the file is not readable NeXus; the message says what it is.
    ConfigError
        When ``facility`` is not known.
    """
    from dataclasses import replace

    from panharvest.facilities import load_facilities
    from panharvest.formats import FORMATS
    from panharvest.mapping import load_tables
    from panharvest.publish import Context, landing_page, map_raws
    from panharvest.sources.nexus import read_raws

    context = Context(load_tables(), load_facilities(), FORMATS)
    hints = {"facility": facility} if facility else {}
    raws = read_raws(Path(path), context.tables.wanted, per_entry=per_entry)
    records = [map_raws([replace(raw, hints=hints)], context).record for raw in raws]
    return [
        replace(record, landing_page=record.landing_page or page)
        for record in records
        for page in [landing_page(record.id).replace(BASE_URL, base_url.rstrip("/"))]
    ]


def write(record: Record, prefix: str) -> bytes:
    """Write a record as a document.

    Parameters
    ----------
    prefix
        ``datacite``, ``oai_datacite`` or ``oai_dc``.

    Raises
    ------
    ValueError
        For an unknown form, and for a record that this form cannot hold.
    """
    from panharvest.formats import FORMATS

    if prefix not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise ValueError(f"unknown format {prefix!r}; there are {known}")
    body = FORMATS[prefix].write(record)
    if body is None:
        raise ValueError(f"record {record.id} cannot be written as {prefix}")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def harvest(
    endpoints: str | Endpoint | Iterable[str | Endpoint],
    store: Store | str,
    *,
    settings: HarvestSettings | None = None,
    jobs: int = 4,
) -> Iterator[Event]:
    """Harvest other repositories by OAI-PMH into a store.

    Parameters
    ----------
    endpoints
        Base URLs, or :class:`panharvest.harvester.Endpoint`.
    store
        A store, or its URL (``sqlite:///records.db``); it is made when not there.
    settings
        Manners, limits, sweeps (:class:`panharvest.harvester.HarvestSettings`).
    jobs
        How many hosts are asked at once.

    Yields
    ------
    Event
        What happens (:mod:`panharvest.harvester`); the last one is ``HarvestDone``.
        When you stop listening, the harvest ends after the page at hand.
    """
    from contextlib import closing

    from panharvest.harvester import Endpoint as One
    from panharvest.harvester import harvest as run

    several = [endpoints] if isinstance(endpoints, str | One) else endpoints
    if not isinstance(store, str):
        yield from run(several, store, settings=settings, jobs=jobs)
        return
    from panharvest.stores import open_store as opened

    with closing(opened(store, patience=300.0)) as place:  # with other writers
        yield from run(several, place, settings=settings, jobs=jobs)


def open_store(url: str) -> Store:
    """Open a store, making it when it is not there (``sqlite:///records.db``)."""
    from panharvest.stores import open_store as opened

    return opened(url)
