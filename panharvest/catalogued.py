"""The seam of catalogues: what a source of catalogue records gives, page by page.

A source knows one system's protocol or files and nothing of stores; the engine
(:mod:`panharvest.cataloguing`) keeps what comes and how far it is, in one transaction.
Whoever writes a source needs this module and
:class:`panharvest.testing.sources.SourceContract`.
"""
# ruff: noqa: D102, TC003  (one line a method; types may be inspected)

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

CATALOGUE = "catalogue+"  # how the names of sources in the store begin
RECORD = "record"  # the system whose documents are records of ours, as JSON


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a catalogue, as it gave it, with what belongs to it embedded.

    Parameters
    ----------
    id
        What the catalogue calls it; stays the same for ever, unique in the source.
    system, entity
        Which mapping tables read it (``scicat``, ``Dataset``).
    document
        JSON; related documents are embedded where the catalogue's model has them.
    modified
        When the catalogue says that it changed, as it says it.
    local
        A name for people where the document has no DOI or Handle
        (``10100601-ST/1.1-N/e208339``); without it, ``id``.
    """

    id: str
    system: str
    entity: str
    document: Mapping[str, Any]
    modified: str | None = None
    local: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A piece that cannot be used, as it came, and why; ``code`` is stable."""

    code: str
    reason: str
    id: str | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """What one step of reading gave.

    Parameters
    ----------
    checkpoint
        JSON from which reading goes on behind this page; None: it cannot.
    bookmark
        On the last page: JSON from which the next run reads what changed since; None:
        it reads everything.
    last
        Nothing follows: what was to be read is read.
    notes
        What a person may want to know, a sentence each.
    """

    entries: Sequence[Entry] = ()
    refused: Sequence[Refused] = ()
    checkpoint: str | None = None
    bookmark: str | None = None
    last: bool = False
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading begins: behind a page of a run that did not end, or a last run."""

    checkpoint: str | None = None
    bookmark: str | None = None


class CatalogueSource(Protocol):
    """Somebody's catalogue. ``name`` is its address without credentials: a key."""

    name: str

    def pages(self, position: Position, now: float) -> Iterator[CataloguePage]:
        """Give everything, or what changed behind a position; RetryError, StopError."""

    def identifiers(self) -> Iterator[str]:
        """Give the id of every entry that is there now."""

    def fetch(self, id: str) -> Entry | None:  # noqa: A002  (its word)
        """Give one entry as it is now; None: it is gone, or not for us any more."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Access:
    """How to come in; never stored, never logged."""

    token: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    plugin: str | None = None  # the authenticator of an ICAT
