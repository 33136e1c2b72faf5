"""Which rows a set lists.

A record is in ten sets and more, counting those above its own, in every format. A row
of the database for each of them would take seventeen bytes; here some hundred entries
of a set share one, packed to about a byte each. The chunks of a set in a format follow
one another in the order of its list, and each is found by its first entry.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias

from panharvest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from panharvest.stores.database import Database

Entry: TypeAlias = tuple[int, int]  # visible_at and seq: the place of a row in a list
Shelf: TypeAlias = tuple[int, int]  # the numbers of a set and of a format

MOST = 512  # entries of a chunk
HELD = 50_000  # changes that wait in memory, at most
_WIDTHS = "bhiq"  # numbers of 1, 2, 4 and 8 bytes

_CHUNK = (
    "SELECT visible_at, seq, entries FROM membership WHERE setspec = ? AND prefix = ? "
)
_FIRST = f"{_CHUNK} ORDER BY visible_at, seq LIMIT 1"
_LAST_BEFORE = (
    f"{_CHUNK} AND (visible_at, seq) <= (?, ?) "
    "ORDER BY visible_at DESC, seq DESC LIMIT 1"
)
_NEXT = f"{_CHUNK} AND (visible_at, seq) > (?, ?) ORDER BY visible_at, seq LIMIT 1"
_DELETE = (
    "DELETE FROM membership "
    "WHERE setspec = ? AND prefix = ? AND visible_at = ? AND seq = ?"
)
_INSERT = (
    "INSERT INTO membership (setspec, prefix, visible_at, seq, entries) "
    "VALUES (?, ?, ?, ?, ?)"
)


def shelf_of(db: Database, spec: str, format_: str) -> Shelf | None:
    """Give the numbers of a set and a format; None when one of them never was."""
    found = db.execute(
        "SELECT (SELECT num FROM setspec WHERE spec = ?), "
        "(SELECT num FROM prefix WHERE name = ?)",
        (spec, format_),
    ).fetchone()
    return None if None in found else (found[0], found[1])


def pack(entries: Sequence[Entry]) -> bytes:
    """Pack the steps from each of some entries, which are in order, to the next."""
    columns = [
        _narrow([after - before for before, after in pairwise(column)])
        for column in zip(*entries, strict=True)
    ]
    widths = "".join(column.typecode for column in columns).encode()
    return zlib.compress(b"".join([widths, *map(_bytes, columns)]), 6)


def unpack(first: Entry, packed: bytes) -> list[Entry]:
    """Give the entries of a chunk, of which the first stands apart.

    Raises
    ------
    StoreError
        When the chunk is damaged.
    """
    try:
        told = zlib.decompress(packed)
        columns = [array(chr(width)) for width in told[:2]]
        size = sum(column.itemsize for column in columns)
        steps, rest = divmod(len(told) - 2, size)
    except (zlib.error, ValueError, ZeroDivisionError) as error:
        raise StoreError(f"the stored list of a set is damaged: {error}") from None
    if rest or len(columns) != len(first):
        raise StoreError("the stored list of a set is damaged: it is cut off")
    begin = 2
    for column in columns:
        end = begin + steps * column.itemsize
        column.frombytes(told[begin:end])
        _order(column)
        begin = end
    ats, seqs = (
        accumulate(column, initial=start)
        for start, column in zip(first, columns, strict=True)
    )
    return list(zip(ats, seqs, strict=True))


def _narrow(numbers: list[int]) -> array[int]:
    """Put numbers in as few bytes as will do for all of them."""
    most = max(map(abs, numbers), default=0)
    width = next(w for w in _WIDTHS if most < 1 << (8 * array(w).itemsize - 1))
    return array(width, numbers)


def _bytes(column: array[int]) -> bytes:
    return _order(column).tobytes()


def _order(column: array[int]) -> array[int]:
    """Turn bytes to or from the order of the file: the small end first."""
    if sys.byteorder == "big":
        column.byteswap()
    return column


def chunks(
    db: Database, shelf: Shelf, after: Entry, last: int
) -> Iterator[list[Entry]]:
    """Give the entries of a set in a format by the chunk, in order.

    Those after an entry that begin at ``last`` or before. It costs what it gives, and a
    chunk or two. Nothing is given twice, whatever is written meanwhile.
    """
    row = db.execute(_LAST_BEFORE, (*shelf, *after)).fetchone()
    if row is None:
        row = db.execute(_FIRST, shelf).fetchone()
    while row is not None and row[0] <= last:
        entries = unpack((row[0], row[1]), row[2])
        begin = bisect_right(entries, after)
        end = bisect_left(entries, (last + 1, 0), lo=begin)
        if begin < end:
            yield entries[begin:end]
        if end < len(entries):
            return
        after = entries[-1]
        row = db.execute(_NEXT, (*shelf, *after)).fetchone()


def count(db: Database, shelf: Shelf, after: int, last: int) -> int:
    """Count the entries that begin after one instant and not after another."""
    return sum(map(len, chunks(db, shelf, (after + 1, 0), last)))


class Membership:
    """What a transaction changes in the lists of sets, written many at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        # by set and format: whether an entry is to be there
        self._changes: dict[Shelf, dict[Entry, bool]] = defaultdict(dict)
        self._held = 0

    def add(self, setspecs: Iterable[int], prefix: int, entry: Entry) -> None:
        """List a row of a format in some sets."""
        self._change(setspecs, prefix, entry, there=True)

    def remove(self, setspecs: Iterable[int], prefix: int, entry: Entry) -> None:
        """Take a row of a format out of some sets."""
        self._change(setspecs, prefix, entry, there=False)

    def _change(
        self, setspecs: Iterable[int], prefix: int, entry: Entry, *, there: bool
    ) -> None:
        for setspec in setspecs:
            self._changes[setspec, prefix][entry] = there
            self._held += 1
        if self._held > HELD:
            self.write()

    def copy(self) -> Membership:
        """Copy what waits, for a transaction that may go back to where it is now."""
        copied = Membership(self._db)
        copied._held = self._held
        for shelf, changes in self._changes.items():
            copied._changes[shelf] = dict(changes)
        return copied

    def write(self) -> None:
        """Write what waits."""
        for shelf, changes in sorted(self._changes.items()):
            _write(self._db, shelf, sorted(changes.items()))
        self._changes.clear()
        self._held = 0


def _write(db: Database, shelf: Shelf, changes: Sequence[tuple[Entry, bool]]) -> None:
    """Bring changes, in order, into the chunks that they belong to."""
    begin = 0
    while begin < len(changes):
        entry = changes[begin][0]
        row = db.execute(_LAST_BEFORE, (*shelf, *entry)).fetchone()
        if row is None:  # the first chunk begins later, or there is none
            row = db.execute(_FIRST, shelf).fetchone()
        following, entries = None, []
        if row is not None:
            first = (row[0], row[1])
            entries = unpack(first, row[2])
            following = db.execute(_NEXT, (*shelf, *first)).fetchone()
            db.execute(_DELETE, (*shelf, *first))
        end = len(changes)
        if following is not None:
            end = bisect_left(changes, (following[:2], False), lo=begin)
        put(
            db,
            shelf,
            _changed(entries, changes[begin:end]),
            at_the_end=following is None,
        )
        begin = end


def _changed(
    entries: list[Entry], changes: Iterable[tuple[Entry, bool]]
) -> list[Entry]:
    there = dict.fromkeys(entries, True)
    there.update(changes)
    return sorted(entry for entry, stays in there.items() if stays)


def put(db: Database, shelf: Shelf, entries: list[Entry], *, at_the_end: bool) -> None:
    """Write entries as chunks: full ones where the next are put behind them.

    Elsewhere more will come between them, so that full ones would be split at once.
    """
    size = MOST
    if len(entries) > MOST and not at_the_end:
        size = -(-len(entries) // (len(entries) // (MOST // 2)))
    parts = [entries[n : n + size] for n in range(0, len(entries), size)]
    db.executemany(_INSERT, [(*shelf, *part[0], pack(part)) for part in parts])
