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
from panharvest.record import Problem, Record, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph

    from panharvest.harvester import Endpoint, Event, HarvestSettings
    from panharvest.protocols import Store

__version__ = "0.1.0"
__all__ = [
    "Problem",
    "Record",
    "__version__",
    "check",
    "convert",
    "from_json",
    "harvest",
    "open_store",
    "read",
    "to_graph",
    "to_json",
    "validate",
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
    """Read a NeXus file and map it by the tables that come with panharvest.

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
    list of Record
        One, or one for each entry. Nothing is hidden here: who may see a record, and
        from when, is decided when it is published (``panharvest ingest``).

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
    if facility:
        context.facilities.named(facility, "facility")
    hints = {"facility": facility} if facility else {}
    raws = read_raws(Path(path), context.tables.wanted, per_entry=per_entry)
    records = [map_raws([replace(raw, hints=hints)], context).record for raw in raws]
    return [
        replace(record, landing_page=record.landing_page or page)
        for record in records
        for page in [landing_page(record.id).replace(BASE_URL, base_url.rstrip("/"))]
    ]


def write(record: Record, prefix: str, *, payload_version: str | None = None) -> bytes:
    """Write a record as a document.

    Which field goes where is the project's crosswalk (docs/reference/crosswalk.md).

    Parameters
    ----------
    record
        What to write; :func:`check` says beforehand what is wrong with it.
    prefix
        The form: ``datacite``, ``oai_datacite``, ``oai_dc``, ``rdf``, ``pan``,
        ``schemaorg``, ``dcat``, ``dcat-json``, ``datacite-json``, ``datacite-rest`` or
        ``record``.
    payload_version
        Of DataCite's kernel: 4.4 to 4.7, the default.

    Returns
    -------
    bytes
        A whole document in UTF-8: XML, Turtle or JSON.

    Raises
    ------
    ValueError
        For a form or a version that there is not, and for a record that lacks what the
        form demands; the message says what.
    """
    from panharvest.converting import write_document

    return write_document(record, prefix, payload_version)


def convert(
    document: bytes,
    to: str,
    *,
    source: str | None = None,
    payload_version: str | None = None,
) -> bytes:
    """Turn a metadata document into another form.

    Parameters
    ----------
    document
        DataCite (XML of any kernel, JSON), schema.org (JSON-LD or a landing page),
        Dublin Core, ``pan`` or a record as JSON.
    to
        The form to write; see :func:`write`.
    source
        The form of the document; without it, what it looks like.
    payload_version
        As in :func:`write`.

    Returns
    -------
    bytes
        What :func:`write` gives.

    Raises
    ------
    SkipError
        When the document cannot be read; the message says why.
    ValueError
        For a form or a version that there is not, and when the document lacks what the
        form demands; the message says what.
    """
    from panharvest.converting import read_document, write_document

    record = read_document(document, source).record
    return write_document(record, to, payload_version)


def validate(
    document: bytes, form: str | None = None, *, schemas: str | Path | None = None
) -> tuple[Problem, ...]:
    """Say everything that is wrong with a metadata document.

    The codes are in docs/reference/errors.md.

    Parameters
    ----------
    document
        In any form that :func:`convert` reads.
    form
        Its form; without it, what it looks like.
    schemas
        Folder with DataCite's XML Schemas (``kernel-4.7/metadata.xsd``): with it XML is
        checked against them too.

    Returns
    -------
    tuple of Problem
        Errors and warnings, in the order of the document; empty when nothing is wrong.

    Raises
    ------
    SkipError
        When the document cannot be read.
    ValueError
        For a form that there is not.
    ConfigError
        When the folder has no such schemas.
    """
    from panharvest.converting import validate as validated

    return validated(document, form, schemas=Path(schemas) if schemas else None)


def to_graph(record: Record, *parts: str) -> Graph:
    """Give a record as a graph of rdflib; ``record.to_graph()`` does the same.

    Parameters
    ----------
    record
        What to say in triples.
    parts
        ``schemaorg``: what the JSON-LD of the record says, triple by triple; ``dcat``:
        what its DCAT-AP says; ``nexus``: the application definitions of NeXus it
        conforms to, as terms of the NeXus ontology. Without any, all of them in one
        graph. Techniques are terms of PaNET in each.

    Raises
    ------
    ValueError
        For a part that there is not.
    """
    from panharvest.graph import to_graph as graph_of

    return graph_of(record, *parts)


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

    Raises
    ------
    ConfigError
        For what is not the address of a repository, and as :func:`open_store`.
    StoreError, StoreBusyError
        When the store cannot be written. What a repository does wrong is no error but
        told by the events.
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
    """Open a store, making it when it is not there.

    Parameters
    ----------
    url
        ``sqlite:///records.db``, or ``sqlite:////srv/records.db`` for an absolute path.

    Returns
    -------
    Store
        What :class:`panharvest.protocols.Store` says; close it when you are done.

    Raises
    ------
    ConfigError
        When the URL is of no kind that is supported.
    StoreError
        When the store cannot be made, or the file is something else.
    """
    from panharvest.stores import open_store as opened

    return opened(url)
