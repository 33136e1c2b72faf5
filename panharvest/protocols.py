"""The seams: what a format and a store must do. Fits on a screen."""
# ruff: noqa: A002, D102, TC001, TC003  (one line a method; types may be inspected)

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from panharvest.harvested import Harvests
from panharvest.record import Problem, Record

# Stands in documents for the public base URL, which only the server knows.
BASE_URL = "https://base-url.panharvest.invalid"
ADDRESS = BASE_URL.encode()
Clock = Callable[[], float]  # seconds since 1970-01-01T00:00:00Z
# scheduled: nothing changes before a later instant; hidden: it is not to be seen at all
Outcome = Literal["unchanged", "added", "changed", "scheduled", "hidden", "deleted"]


@dataclass(frozen=True, slots=True)
class Raw:
    """What came in, as it came. ``hints`` is what the operator added to it."""

    source: str
    native_id: str
    dataset: str  # raws with the same value become one record
    media_type: str
    payload: bytes
    sha256: str
    modified: str | None = None
    hints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is served of an item from an instant on; no bodies: nothing is.

    ``bodies`` maps a metadata prefix to XML bytes. A prefix that begins with ``_`` is
    for our own use (``_record``: the JSON of what may be shown) and never harvested.
    ``about`` is what is said of the harvested ones: whole ``<about>`` containers;
    ``abouts`` is what is said of some of them instead, by prefix.
    """

    start: int  # seconds since the epoch; the item is served from max(start, commit)
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    about: bytes = b""
    abouts: Mapping[str, bytes] = field(default_factory=dict)

    def about_of(self, prefix: str) -> bytes:
        """Give what is said of a document; nothing is of those for our own use."""
        return b"" if prefix.startswith("_") else self.abouts.get(prefix, self.about)


@dataclass(frozen=True, slots=True)
class Item:
    """A published record: its stages in time, and facts for the operator alone."""

    id: str
    dataset: str
    stages: tuple[Stage, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """A list request. Instants are whole seconds since the epoch, bounds inclusive.

    ``address`` is what documents are to hold where our base URL belongs.
    """

    prefix: str
    snapshot: int
    set: str | None = None
    first: int | None = None
    last: int | None = None
    after: tuple[int, int] | None = None
    limit: int = 100
    bodies: bool = True
    address: bytes = ADDRESS


class Row(NamedTuple):  # made a hundred times a page, at a quarter of a dataclass
    """An item in one format as it is served: header and body (None when deleted)."""

    key: tuple[int, int]
    id: str
    datestamp: int
    deleted: bool
    sets: tuple[str, ...]
    body: bytes | None
    about: bytes = b""


class Format(Protocol):
    """A form to write a record in, without XML declaration; None: it has no such."""

    prefix: str
    namespace: str
    schema: str

    def write(self, record: Record) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document gives: the record, and what was wrong or could not be read."""

    record: Record
    problems: tuple[Problem, ...] = ()


class Document(Protocol):
    """A form that is a file, or an answer to a browser; None: the record has none."""

    name: str
    media_type: str

    def write(self, record: Record) -> bytes | None: ...


@runtime_checkable
class Reader(Protocol):
    """A form that a record is read from; SkipError: the document is none of it."""

    def read(self, document: bytes, *, id: str | None = None) -> Reading: ...


class Writer(Protocol):
    """One write transaction; it sees its own work, others all of it at one instant."""

    def put_raw(self, raw: Raw) -> bool: ...  # whether it is new or differs
    def drop_raw(self, source: str, native_id: str) -> str | None: ...  # its dataset
    def kin(self, source: str, native_id: str) -> dict[str, str]: ...  # and #parts
    def put_item(self, item: Item) -> Outcome: ...
    def put_refusal(self, source: str, native_id: str, code: str, why: str) -> None: ...
    def put_meta(self, key: str, value: str) -> None: ...
    def raws(self, dataset: str) -> Sequence[Raw]: ...
    def item_id(self, dataset: str) -> str | None: ...
    def dataset_of(self, id: str) -> str | None: ...  # None: free to be taken
    def meta(self, key: str) -> str | None: ...


class Store(Protocol):
    """Where raws, items and their renditions live. ``now`` is in whole seconds."""

    def write(self, clock: Clock) -> AbstractContextManager[Writer]: ...
    def page(self, query: Query, now: int) -> Sequence[Row]: ...
    # None, for a list with bounds alone: it would take long to count
    def size(self, query: Query, now: int) -> int | None: ...
    def get(
        self, id: str, prefix: str, now: int, address: bytes = ADDRESS
    ) -> Row | None: ...
    def prefixes(self, id: str, now: int) -> tuple[str, ...]: ...  # deleted ones too
    def sets(self, now: int) -> tuple[str, ...]: ...
    def earliest(self, now: int) -> int | None: ...
    def newest(self, now: int) -> int | None: ...
    def stamp(self) -> int: ...  # from when on the newest commit is visible
    def datasets(self) -> Iterator[str]: ...
    def raws(self, dataset: str) -> Sequence[Raw]: ...
    def natives(self, source: str) -> Iterator[tuple[str, str]]: ...  # and datasets
    def item_id(self, dataset: str) -> str | None: ...
    def dataset_of(self, id: str) -> str | None: ...  # None: free to be taken
    def meta(self, key: str) -> str | None: ...
    def facts(self) -> Iterator[tuple[str, Mapping[str, Any]]]: ...
    def refusals(self) -> Iterator[tuple[str, str, str, str]]: ...
    def purge(self, before: int) -> int: ...  # rows superseded by then; how many
    def harvests(self) -> Harvests: ...  # of other repositories
    def close(self) -> None: ...
