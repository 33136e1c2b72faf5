"""The canonical record, and its JSON."""
# ruff: noqa: TC001  (msgspec reads the annotations)

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from panharvest.record.access import Access, Embargo, Licence, Right, Withdrawal
from panharvest.record.agents import Agent, Contributor, Funding
from panharvest.record.contents import File, Service
from panharvest.record.experiment import (
    Facility,
    Instrument,
    Parameter,
    Probe,
    RadiationSource,
    Sample,
    Technique,
)
from panharvest.record.places import Location
from panharvest.record.provenance import Provenance
from panharvest.record.related import RelatedItem, Relation
from panharvest.record.values import (
    DatedEvent,
    Identifier,
    Interval,
    Moment,
    Subject,
    Text,
)

if TYPE_CHECKING:
    from rdflib import Graph


class Kind(StrEnum):
    """What the record describes."""

    DATASET = "dataset"
    RAW = "raw"
    PROCESSED = "processed"
    SIMULATION = "simulation"
    EXPERIMENT = "experiment"
    DOCUMENT = "document"
    PUBLICATION = "publication"
    INSTRUMENT = "instrument"
    SAMPLE = "sample"
    SOFTWARE = "software"
    TRAINING = "training"
    COLLECTION = "collection"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """What DataCite calls the thing, where it differs from what ``kind`` stands for.

    ``general`` is a ``resourceTypeGeneral``, ``text`` the free text beside it.
    """

    general: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One dataset, experiment or publication, in canonical form.

    ``id`` is stable and local to the repository; ``pid`` is the DOI or Handle by which
    the world knows it. Every field but ``id`` and ``kind`` may be empty; what must not
    be empty to be published is told by :func:`panharvest.check`. The correspondence of
    each field with DataCite, schema.org, DCAT and Dublin Core is the project's
    crosswalk.

    ``publication_year`` is one that was stated and that no date tells; ``size_exact``
    is false when the size was read from a rounded text; ``extents`` are sizes in
    other units (``15 pages``); ``dates``, ``rights`` and ``places`` hold what goes
    beyond the fields of their own.
    """

    id: str
    kind: Kind
    pid: Identifier | None = None
    alternate_identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Text, ...] = ()
    descriptions: tuple[Text, ...] = ()
    creators: tuple[Agent, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    publisher: Agent | None = None
    facility: Facility | None = None
    probes: tuple[Probe, ...] = ()
    sources: tuple[RadiationSource, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    techniques: tuple[Technique, ...] = ()
    samples: tuple[Sample, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    measured_variables: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    collected: Interval | None = None
    created: Moment | None = None
    modified: Moment | None = None
    issued: Moment | None = None
    embargo: Embargo | None = None
    access: Access | None = None
    licence: Licence | None = None
    language: str | None = None
    version: str | None = None
    files: tuple[File, ...] = ()
    size: int | None = None
    file_count: int | None = None
    formats: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    relations: tuple[Relation, ...] = ()
    funding: tuple[Funding, ...] = ()
    location: Location | None = None
    landing_page: str | None = None
    withdrawal: Withdrawal | None = None
    provenance: Provenance | None = None
    publication_year: str | None = None
    resource_type: ResourceType | None = None
    dates: tuple[DatedEvent, ...] = ()
    rights: tuple[Right, ...] = ()
    size_exact: bool = True
    extents: tuple[str, ...] = ()
    places: tuple[Location, ...] = ()
    related_items: tuple[RelatedItem, ...] = ()

    def to_graph(self, *parts: str) -> Graph:
        """Give the record as a graph of rdflib: :func:`panharvest.to_graph`.

        It has the words of schema.org, DCAT, PaNET and NeXus; or of the ``parts`` that
        are named (``schemaorg``, ``dcat``, ``nexus``).
        """
        # The one way up from the ground: what follows from values is made elsewhere,
        # and loaded when it is asked for (docs/decisions/0016).
        from panharvest.graph import to_graph

        return to_graph(self, *parts)


def to_json(record: Record) -> bytes:
    """Write a record as canonical JSON; :func:`from_json` gives it back unchanged."""
    return msgspec.json.encode(record)


def from_json(document: bytes | str) -> Record:
    """Read what :func:`to_json` wrote.

    Raises
    ------
    ValueError
        When the document is not JSON or not a record; the message has the place.
    """
    return msgspec.json.decode(document, type=Record)
