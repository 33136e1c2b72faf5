"""The seam of harvesting: what a store keeps of other people's repositories.

A *feed* is a base URL in one format; its *lists* are the sets of it that are harvested
(the empty set: everything). What came over the line is kept as pages; a record is a
slice of the page that it came in. How far a list was read is kept in the transaction
that keeps the page, so that a process may be killed at any moment.
"""
# ruff: noqa: D102, TC003  (one line a method; types may be inspected)

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

Bytes = bytes | bytearray
# How the names of datasets begin whose records come from another repository.
FOREIGN = "harvest+"
REPAIRED = "repaired"  # flag of a record that is not as it came


class Standing(IntEnum):
    """Whether a record is there, by what its repository says and shows."""

    LIVE = 0
    DELETED = 1  # its repository says so
    VANISHED = 2  # its repository does not say so, but does not list it any more


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it is kept.

    ``document`` is UTF-8 and what records are slices of; ``original`` is the body as it
    came when that is something else: it was repaired, or in another encoding.
    ``context`` is the namespace declarations of the elements around the records.
    """

    url: str  # as it was asked, without credentials
    status: int
    headers: Mapping[str, str]
    fetched: float  # seconds since the epoch
    document: Bytes
    context: bytes = b""
    original: Bytes | None = None
    repairs: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A record of a page: what its header says, and where it is."""

    identifier: str
    datestamp: str  # as it was written
    deleted: bool
    sets: tuple[str, ...]
    digest: bytes  # of what is inside of <metadata>; empty when there is none
    start: int
    length: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What could not be used, as it came, and why.

    ``position`` counts the records of the page from 1; 0 is the page itself.
    """

    code: str
    reason: str
    raw: bytes
    identifier: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A quarantined piece in the store.

    ``num`` is its number, ``feed`` that of the base URL and format it came from;
    ``asked`` the request whose answer it was part of; ``at`` seconds since the epoch.
    """

    num: int
    feed: int
    url: str
    prefix: str
    at: float
    asked: str
    tries: int
    piece: Quarantined


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping a page changed. ``again``: records this list had brought before."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    again: int = 0


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of a piece: it is out of quarantine, or why it is not."""

    held: Held
    freed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A base URL in one format, and what is known of it (JSON of the harvester)."""

    num: int
    url: str
    prefix: str
    knowledge: str = "{}"


@dataclass(frozen=True, slots=True)
class Harvested:
    """A record as it came, with its header.

    ``digest`` tells whether it has changed, ``flags`` that something in it had to be
    mended. ``page`` is the number of the answer that brought it, ``fetched`` when that
    was (seconds since the epoch). ``record`` is the element ``record``, byte by byte,
    and ``context`` the namespace declarations around it.
    """

    feed: Feed
    identifier: str
    datestamp: str
    standing: Standing
    sets: tuple[str, ...]
    digest: bytes
    flags: tuple[str, ...]
    page: int
    fetched: float
    context: bytes = b""
    record: bytes = b""


@dataclass(frozen=True, slots=True)
class Course:
    """How far a list was read: the harvester's state, and its bookmark (both JSON)."""

    bookmark: str | None = None
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep of ListIdentifiers found.

    ``missing`` records the list had not; ``vanished`` of them have been missing often
    enough to count as deleted.
    """

    missing: int = 0
    vanished: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """How many records a feed has in the store, by standing."""

    live: int = 0
    deleted: int = 0
    vanished: int = 0
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """What tidying removed."""

    pages: int = 0
    rewritten: int = 0
    runs: int = 0


class HarvestWriter(Protocol):
    """One write transaction."""

    def put_page(
        self, feed: int, page: Page, entries: Sequence[Entry], listed: int
    ) -> Kept: ...
    def quarantine(
        self, feed: int, asked: str, at: float, pieces: Sequence[Quarantined]
    ) -> None: ...
    def release(self, feed: int, identifiers: Sequence[str]) -> int: ...
    def drop(self, nums: Sequence[int]) -> None: ...  # out of quarantine
    def put_course(self, feed: int, spec: str, course: Course) -> None: ...
    def put_knowledge(self, feed: int, knowledge: str) -> None: ...
    def put_report(self, feed: int, at: float, report: str) -> None: ...
    def mark_swept(
        self, feed: int, sweep: int, headers: Sequence[tuple[str, str, bool]]
    ) -> int: ...
    def want(self, feed: int, identifiers: Sequence[str]) -> None: ...
    def unwant(self, feed: int, identifiers: Sequence[str]) -> None: ...
    def bury(self, feed: int, sweep: int, after: int, at: float) -> Swept: ...
    def put_published(self, feed: int, page: int) -> None: ...


class Harvests(Protocol):
    """What was harvested, and how far."""

    def write(self) -> AbstractContextManager[HarvestWriter]: ...
    def lock(self, feed: int) -> AbstractContextManager[None]: ...  # or StoreBusyError
    def feed(self, url: str, prefix: str) -> Feed: ...  # made when it is not there
    def feeds(self) -> Sequence[Feed]: ...
    def courses(self, feed: int) -> Mapping[str, Course]: ...
    def listed(self, feed: int, listed: int) -> int: ...  # records seen in a list
    def unlisted(
        self, feed: int, listed: int, identifiers: Sequence[str]
    ) -> Sequence[str]: ...  # those that a list has not brought
    def absent(self, feed: int, sweep: int) -> int: ...  # live ones a sweep missed
    def wanted(self, feed: int, limit: int) -> Sequence[str]: ...
    def totals(self, feed: int) -> Totals: ...
    def record(self, feed: int, identifier: str) -> Harvested | None: ...
    def records(self, feed: int, after: int = 0) -> Iterator[Harvested]: ...
    def published(self, feed: int) -> int: ...  # page up to which records are served
    def quarantined(self, feed: int | None = None) -> Iterator[Held]: ...
    def reports(self, feed: int, limit: int = 1) -> Sequence[str]: ...  # newest first
    def vacuum(self, before: float) -> Vacuumed: ...
