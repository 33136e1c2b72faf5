"""How far a list was read, and what is known of its repository: kept as JSON."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from panharvest.errors import StoreError

T = TypeVar("T")

RECENT = 32  # tokens that are remembered, to notice going round in circles


@dataclass(slots=True)
class Window:
    """A part of a list by datestamp, bounds inclusive; None: open.

    ``sure``: there are records in it, they were seen.
    """

    first: int | None = None
    last: int | None = None
    restarts: int = 0
    sure: bool = False


@dataclass(slots=True)
class Counts:
    """What a list brought."""

    pages: int = 0
    records: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    repaired: int = 0
    quarantined: int = 0

    def add(self, other: Counts) -> None:
        """Add what another brought."""
        self.pages += other.pages
        self.records += other.records
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.deleted += other.deleted
        self.repaired += other.repaired
        self.quarantined += other.quarantined


@dataclass(slots=True)
class Progress:
    """The checkpoint of a list.

    Attributes
    ----------
    listed
        Number of this list: the mark of the records that it brought.
    windows, whole
        What is still to be read, of which the first is being read; and of what.
    full, once
        Whether that is everything; whether it is bounded by hand.
    token
        Where the first window goes on; empty: at its beginning.
    instant, date
        What becomes the bookmark at the end, and the ``responseDate`` it comes from.
    size, expected
        ``completeListSize`` of the window, and of the list as it was first asked for.
    seen
        Records of the window so far, with those that were quarantined.
    newest, oldest, ordered
        Datestamps of the window so far, and whether they never went back.
    earliest, latest
        Datestamps of the list so far.
    recent, empty, stale, patience
        Digests of tokens; pages in a row without records, and with none but known ones;
        how many of those are to be expected because the list was begun again.
    fresh
        Records of the window that this list had not brought before.
    pages, fullest, full_page
        Pages of the window; records of its longest page; whether the last one is such.
    reopened, shorts
        How often the list was asked for again, and how often because it was short.
    refused
        What was quarantined: identifiers, or page and position.
    doubts, gaps
        Why the list has to be verified; parts of it that were not read.
    """

    listed: int
    began: float
    windows: list[Window] = field(default_factory=lambda: [Window()])
    whole: Window = field(default_factory=Window)
    full: bool = True
    once: bool = False
    token: str = ""
    instant: int | None = None
    date: str | None = None
    size: int | None = None
    expected: int | None = None
    seen: int = 0
    newest: int | None = None
    oldest: int | None = None
    ordered: bool = True
    earliest: int | None = None
    latest: int | None = None
    recent: list[str] = field(default_factory=list)
    empty: int = 0
    stale: int = 0
    fresh: int = 0
    pages: int = 0
    fullest: int = 0
    full_page: bool = False
    patience: int = 0
    reopened: int = 0
    shorts: int = 0
    refused: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    gaps: list[Window] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def doubt(self, code: str) -> None:
        """Have the list verified at its end."""
        if code not in self.doubts:
            self.doubts.append(code)

    def rewind(self) -> None:
        """Forget the place in the present window."""
        self.token, self.size, self.seen = "", None, 0
        self.newest, self.oldest, self.ordered = None, None, True
        self.pages, self.fullest, self.full_page = 0, 0, False
        self.recent, self.empty, self.stale, self.fresh = [], 0, 0, 0

    def knows(self, token: str) -> bool:
        """Whether a token was met lately."""
        return _digest(token) in self.recent

    def met(self, token: str) -> bool:
        """Whether a token was met lately; it is remembered."""
        digest = _digest(token)
        if digest in self.recent:
            return True
        self.recent = [*self.recent, digest][-RECENT:]
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()[:16]


@dataclass(slots=True)
class Bookmark:
    """Up to when a list is known to be complete; by which date, in which harvest."""

    instant: int
    date: str | None = None
    began: float = 0.0


@dataclass(slots=True)
class Shortfall:
    """How many records fewer than promised a list has.

    ``usual``: that many are no surprise; ``lately``: that many were lacking in the last
    harvests, ``times`` in a row.
    """

    usual: int = 0
    lately: int = 0
    times: int = 0


@dataclass(slots=True)
class Knowledge:
    """What was learnt about a repository.

    Attributes
    ----------
    granularity
        What ``from`` and ``until`` are to be written with: ``day`` or ``second``.
    lists, sweeps
        Numbers of the last list and the last sweep.
    swept_at
        When all identifiers were last compared with the store.
    constant
        All records have the same datestamp: it does not tell what changed.
    unbounded
        It takes no notice of ``from`` and ``until``.
    short
        By set: what is known of records that it promises and does not list.
    """

    name: str | None = None
    granularity: str | None = None
    earliest: int | None = None
    deleted_record: str | None = None
    lists: int = 0
    sweeps: int = 0
    swept_at: float | None = None
    constant: bool = False
    unbounded: bool = False
    short: dict[str, Shortfall] = field(default_factory=dict)


def dump(value: Progress | Bookmark | Knowledge) -> str:
    """Write a state as JSON."""
    return msgspec.json.encode(value).decode()


def load(text: str, type_: type[T]) -> T:
    """Read what :func:`dump` wrote.

    Raises
    ------
    StoreError
        When it is something else.
    """
    try:
        return msgspec.json.decode(text, type=type_)
    except msgspec.MsgspecError as error:
        raise StoreError(f"the state of a harvest is damaged: {error}") from None
