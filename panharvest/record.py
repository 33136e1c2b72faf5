"""The canonical record: plain frozen values, and a check that reports every problem.

A record holds what a facility knows about one dataset, experiment or publication in the
terms of the field, independent of where it came from and of how it is written. It can
hold wrong values (harvested data is wrong at times); :func:`check` says what is wrong.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

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


class AccessStatus(StrEnum):
    """Who may have the data, in the four steps of the COAR access rights."""

    OPEN = "open"
    EMBARGOED = "embargoed"
    RESTRICTED = "restricted"
    METADATA_ONLY = "metadata-only"


class Nature(StrEnum):
    """Whether an agent is a person or an organisation (DataCite ``nameType``)."""

    PERSONAL = "personal"
    ORGANISATIONAL = "organisational"


class Level(StrEnum):
    """How much a problem matters: an error holds the record back."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and its scheme.

    ``scheme`` is the DataCite spelling where DataCite has one (``DOI``, ``Handle``,
    ``ARK``, ``URL``, ``IGSN``, ``ORCID``, ``ROR``), else a plain word such as
    ``Proposal``, ``Visit``, ``UUID`` or ``Local``. DOIs are bare and lower case
    (``10.1234/abc``), ORCIDs are ``0000-0000-0000-000X``, RORs are URLs.
    ``scheme_iri`` is the address of a scheme that is not one of these.
    """

    value: str
    scheme: str
    scheme_iri: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as precisely as it is known.

    ``text`` is W3CDTF: a year, a month, a day, or a date-time with seconds. A date-time
    without offset is local time of an unknown zone: it is kept, never completed.
    ``original`` is the spelling found when it differs.
    """

    text: str
    original: str | None = None

    @property
    def has_time(self) -> bool:
        """Whether the hour is known."""
        return "T" in self.text

    @property
    def zone_known(self) -> bool:
        """Whether the text carries ``Z`` or an offset."""
        return bool(re.search(r"T.*(Z|[+-]\d\d:\d\d)$", self.text))

    @property
    def day(self) -> str:
        """The calendar date as written (shorter when only month or year is known)."""
        return self.text[:10]


@dataclass(frozen=True, slots=True)
class Interval:
    """When something began and ended; either side may be unknown."""

    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its language (BCP 47) and type.

    Types of titles: ``AlternativeTitle``, ``Subtitle``, ``TranslatedTitle``; of
    descriptions: ``Abstract``, ``Methods``, ``TechnicalInfo``, ``SeriesInformation``,
    ``Other`` (DataCite's words).
    """

    value: str
    type: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Where a person works; ``ror`` is the full URL.

    ``identifier`` is one of another scheme (``GRID``, ``ISNI``).
    """

    name: str
    ror: str | None = None
    identifier: Identifier | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """A person or an organisation.

    ``name`` is what is shown; a person's is ``Family, Given`` when that is certain.
    ``language`` is that of the name (BCP 47), where one is stated.
    """

    name: str
    nature: Nature | None = None
    given_name: str | None = None
    family_name: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    language: str | None = None

    def identifier(self, scheme: str) -> str | None:
        """Give the first identifier of a scheme (``ORCID``, ``ROR``), or None."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)


@dataclass(frozen=True, slots=True)
class Contributor:
    """An agent in a role, named as DataCite's ``contributorType``."""

    agent: Agent
    role: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a value is what it is: the rule, where it looked and what it saw."""

    rule: str
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Facility:
    """The facility that ran the experiment.

    ``id`` names its file in ``ontologies/facilities``; ``confidence`` is 0 to 1.
    """

    id: str
    name: str
    ror: str | None = None
    confidence: float = 1.0
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """The radiation used (``x-ray``, ``neutron``, ``muon``...) and its PaNET class."""

    name: str
    iri: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class RadiationSource:
    """The machine that made the radiation, as NXsource describes it."""

    name: str | None = None
    type: str | None = None
    probe: str | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """The beamline or instrument."""

    name: str
    short_name: str | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Technique:
    """An experimental technique as a term of PaNET.

    ``predicate`` is the SKOS mapping relation from the evidence to the term
    (``skos:exactMatch``, ``skos:closeMatch``, ``skos:broadMatch``).
    """

    iri: str
    label: str
    predicate: str = "skos:exactMatch"
    confidence: float = 1.0
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured."""

    name: str | None = None
    formula: str | None = None
    description: str | None = None
    state: str | None = None
    type: str | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A measured or set quantity.

    ``value`` is in ``unit`` (a UCUM code; None when the quantity has none or the unit
    was not understood). ``original_value`` and ``original_unit`` are what was found.
    ``maximum`` turns the value into a range ``value`` to ``maximum``.
    """

    name: str
    value: float | str
    unit: str | None = None
    maximum: float | None = None
    original_value: str | None = None
    original_unit: str | None = None
    iri: str | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.maximum):
            if isinstance(number, float | int) and not math.isfinite(number):
                raise ValueError(
                    f"parameter {self.name}: {number} is not a finite number"
                )


@dataclass(frozen=True, slots=True)
class Subject:
    """A keyword or a term of a classification."""

    value: str
    scheme: str | None = None
    scheme_iri: str | None = None
    iri: str | None = None
    code: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Embargo:
    """When access began to be held back and when that ends (the date as granted)."""

    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may have the data; ``note`` says it in words."""

    status: AccessStatus
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of use: SPDX identifier, URL and name, as far as known."""

    spdx: str | None = None
    url: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """A statement about rights beside access and licence, as it was found."""

    text: str | None = None
    url: str | None = None
    identifier: str | None = None
    scheme: str | None = None
    scheme_iri: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """A date of a type that the record has no field for, or a second one of a type.

    ``type`` is DataCite's ``dateType`` (``Submitted``, ``Coverage``, ``Other``...).
    """

    type: str
    start: Moment | None = None
    end: Moment | None = None
    information: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceType:
    """What DataCite calls the thing, where it differs from what ``kind`` stands for.

    ``general`` is a ``resourceTypeGeneral``, ``text`` the free text beside it.
    """

    general: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Checksum:
    """A digest in lower-case hexadecimal and its algorithm (``sha256``)."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of the dataset. ``path`` is public: relative, never a disk of the site."""

    name: str
    path: str | None = None
    url: str | None = None
    size: int | None = None
    media_type: str | None = None
    checksum: Checksum | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A link to something else; ``type`` is DataCite's ``relationType``.

    ``metadata_scheme`` and its address and type say in which form the metadata are
    that a relation ``HasMetadata`` leads to.
    """

    identifier: Identifier
    type: str
    title: str | None = None
    kind: str | None = None
    information: str | None = None
    metadata_scheme: str | None = None
    metadata_scheme_iri: str | None = None
    metadata_scheme_type: str | None = None


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """Something related that is described rather than only linked (a book chapter).

    ``kind`` is a ``resourceTypeGeneral``, ``type`` a ``relationType`` of DataCite.
    """

    kind: str
    type: str
    titles: tuple[Text, ...] = ()
    identifier: Identifier | None = None
    creators: tuple[Agent, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    year: str | None = None
    volume: str | None = None
    issue: str | None = None
    number: str | None = None
    number_type: str | None = None
    first_page: str | None = None
    last_page: str | None = None
    publisher: str | None = None
    edition: str | None = None
    information: str | None = None
    metadata_scheme: str | None = None
    metadata_scheme_iri: str | None = None
    metadata_scheme_type: str | None = None


@dataclass(frozen=True, slots=True)
class Funding:
    """Who paid."""

    funder: str
    funder_identifier: Identifier | None = None
    award_number: str | None = None
    award_uri: str | None = None
    award_title: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A position; degrees north and east (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """A region between two meridians and two parallels, in degrees (WGS 84)."""

    west: float
    east: float
    south: float
    north: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A region within a closed line; ``inside`` tells which side of it is meant."""

    points: tuple[Point, ...]
    inside: Point | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where it happened; degrees north and east (WGS 84)."""

    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    box: Box | None = None
    polygons: tuple[Polygon, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A way to use the data remotely (Globus, VISA, Jupyter, H5Web)."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When and why the record was withdrawn."""

    date: Moment
    reason: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a re-exposed record was harvested (OAI-PMH ``about/provenance``).

    ``harvested`` is when; ``altered`` whether the record was changed afterwards;
    ``origin`` where that repository had it from, when it was not its own.
    """

    base_url: str
    identifier: str
    datestamp: str
    namespace: str
    harvested: str
    altered: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How this record came about.

    ``source`` names the connector (``nexus``), ``mapping`` the version of the tables.
    """

    source: str
    mapping: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One dataset, experiment or publication, in canonical form.

    ``id`` is stable and local to the repository; ``pid`` is the DOI or Handle by which
    the world knows it. Every field but ``id`` and ``kind`` may be empty; what must not
    be empty to be published is told by :func:`check`. The correspondence of each field
    with DataCite, schema.org, DCAT and Dublin Core is the project's crosswalk.

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


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a record: stable code, field, message and what to do."""

    code: str
    level: Level
    field: str
    message: str
    advice: str = ""


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
