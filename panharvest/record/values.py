"""The values that all others are made of: identifiers, moments, texts, terms."""

from __future__ import annotations

import re
from dataclasses import dataclass


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
class Subject:
    """A keyword or a term of a classification."""

    value: str
    scheme: str | None = None
    scheme_iri: str | None = None
    iri: str | None = None
    code: str | None = None
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
