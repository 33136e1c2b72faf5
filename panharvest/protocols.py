"""The seams: what a source, a format and a store must do. Fits on a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from panharvest.record import Record

# Stands in stored documents for the public base URL, which only the server knows.
BASE_URL = "https://base-url.panharvest.invalid"

Clock = Callable[[], float]  # seconds since 1970-01-01T00:00:00Z


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
    """

    start: int  # seconds since the epoch; the item is served from max(start, commit)
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A published record: its stages in time, and facts for the operator alone."""

    id: str
    dataset: str
    stages: tuple[Stage, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """A list request. Instants are whole seconds since the epoch, bounds inclusive."""

    prefix: str
    snapshot: int
    set: str | None = None
    first: int | None = None
    last: int | None = None
    after: tuple[int, int] | None = None
    limit: int = 100
    bodies: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """An item in one format as it is served: header and body (None when deleted)."""

    key: tuple[int, int]
    id: str
    datestamp: int
    deleted: bool
    sets: tuple[str, ...]
    body: bytes | None


class Source(Protocol):
    """Somebody's data as raw records."""

    name: str

    def read(self, place: str) -> Iterable[Raw]:
        """Give the raw records at a place (a file, an address)."""


class Format(Protocol):
    """A document form that a record can be written in."""

    prefix: str
    namespace: str
    schema: str

    def write(self, record: Record) -> bytes | None:
        """Write one record, without XML declaration; None when it has no such form."""


class Writer(Protocol):
    """One write transaction; everything in it becomes visible at one instant."""

    def put_raw(self, raw: Raw) -> bool: ...
    def put_item(self, item: Item) -> str: ...
    def put_refusal(self, source: str, native_id: str, code: str, why: str) -> None: ...
    def put_meta(self, key: str, value: str) -> None: ...


class Store(Protocol):
    """Where raws, items and their renditions live."""

    def write(self, clock: Clock) -> AbstractContextManager[Writer]: ...
    def page(self, query: Query, now: int) -> Sequence[Row]: ...
    def size(self, query: Query, now: int) -> int: ...
    def get(self, id: str, prefix: str, now: int) -> Row | None: ...
    def prefixes(self, id: str, now: int) -> tuple[str, ...]: ...
    def sets(self, now: int) -> tuple[str, ...]: ...
    def earliest(self, now: int) -> int | None: ...
    def datasets(self) -> Iterator[str]: ...
    def raws(self, dataset: str) -> Sequence[Raw]: ...
    def item_id(self, dataset: str) -> str | None: ...
    def dataset_of(self, id: str) -> str | None: ...
    def facts(self) -> Iterator[tuple[str, Mapping[str, Any]]]: ...
    def refusals(self) -> Iterator[tuple[str, str, str, str]]: ...
    def meta(self, key: str) -> str | None: ...
    def close(self) -> None: ...
