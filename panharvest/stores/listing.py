"""Pages of lists, and how long the lists are, each as of an instant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zstandard import ZstdError

from panharvest.protocols import Row
from panharvest.stores import codec, membership
from panharvest.stores.database import one_state
from panharvest.stores.packing import damaged
from panharvest.stores.tallying import length_statement, set_length

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from panharvest.protocols import Query
    from panharvest.stores.database import Database

CHUNK = 500  # rows that one statement asks for by number
COUNTED = 50_000  # rows that are counted for one answer: some 20 ms

# subqueries, not joins: no planner is tempted to begin with the smaller table
_ID = "(SELECT id FROM item WHERE num = v.item)"
HEAD = "v.visible_at, v.seq, {id}, v.deleted, v.revoked_at, v.sets"
VISIBLE = "(v.superseded_at IS NULL OR v.superseded_at > ?)"
_PREFIX = "(SELECT num FROM prefix WHERE name = ?)"
_SETSPEC = "(SELECT num FROM setspec WHERE spec = ?)"


def list_statements(query: Query, now: int) -> list[tuple[str, list[Any]]]:
    """Give the statements of a page of a list of all records and their values.

    What follows ``query.after`` in its second, and all later ones: a comparison of both
    columns at once would make SQLite read the whole second. A page costs what its rows
    cost: each statement walks one index and stops after ``query.limit`` rows.
    """
    select = f"SELECT {_head(query)} FROM version v WHERE v.prefix = {_PREFIX}"  # noqa: S608  (constants only)
    (at, seq), last, snapshot = _bounds(query, now)
    same = (
        f"{select} AND v.visible_at = ? AND v.seq > ? "
        f"AND {VISIBLE} ORDER BY v.seq LIMIT ?",
        [query.prefix, at, seq, snapshot, query.limit],
    )
    later = (
        f"{select} AND v.visible_at > ? AND v.visible_at <= ? "
        f"AND {VISIBLE} ORDER BY v.visible_at, v.seq LIMIT ?",
        [query.prefix, at if seq else at - 1, last, snapshot, query.limit],
    )
    return [same, later] if seq and at <= last else [later]


def count_statement(query: Query, now: int, most: int) -> tuple[str, list[Any]]:
    """Give the statement that counts the rows of a list of all up to a number."""
    (at, _), last, snapshot = _bounds(replace(query, after=None), now)
    return (
        "SELECT COUNT(*) FROM (SELECT 1 FROM version v "  # noqa: S608  (constants only)
        f"WHERE v.prefix = {_PREFIX} AND v.visible_at > ? AND v.visible_at <= ? "
        f"AND {VISIBLE} LIMIT ?) AS listed",
        [query.prefix, at - 1, last, snapshot, most],
    )


def _head(query: Query) -> str:
    body = "v.codec, v.body" if query.bodies else "NULL, NULL"
    return f"{HEAD.format(id=_ID)}, {body}"


def _bounds(query: Query, now: int) -> tuple[tuple[int, int], int, int]:
    """Give after which row a list goes on, when its last row begins, and as of when."""
    snapshot = min(query.snapshot, now)
    last = snapshot if query.last is None else min(query.last, snapshot)
    first = (-1 if query.first is None else query.first, 0)
    return max(query.after or (-1, 0), first), last, snapshot


def _entries(
    db: Database, query: Query, after: tuple[int, int], last: int
) -> Iterator[list[tuple[int, int]]]:
    """Give the entries of the set of a list, some hundred at a time."""
    shelf = membership.shelf_of(db, str(query.set), query.prefix)
    return iter(()) if shelf is None else membership.chunks(db, shelf, after, last)


def _set_page(db: Database, query: Query, now: int) -> list[Sequence[Any]]:
    """Give the rows of a page of a set: those of its entries that are visible."""
    after, last, snapshot = _bounds(query, now)
    rows: list[Sequence[Any]] = []
    for entries in _entries(db, query, after, last):
        begin = 0
        while begin < len(entries) and len(rows) < query.limit:
            end = begin + min(query.limit - len(rows), CHUNK)
            rows += db.execute(
                f"SELECT {_head(query)} FROM version v "  # noqa: S608  (constants only)
                f"WHERE {_among(entries[begin:end])} AND {VISIBLE} "
                "ORDER BY v.visible_at, v.seq",
                [*(seq for _, seq in entries[begin:end]), snapshot],
            ).fetchall()
            begin = end
        if len(rows) >= query.limit:
            break
    return rows


def _set_count(db: Database, query: Query, now: int, most: int) -> int:
    """Count the rows of a set up to a number."""
    after, last, snapshot = _bounds(replace(query, after=None), now)
    counted = 0
    for entries in _entries(db, query, after, last):
        (visible,) = db.execute(
            f"SELECT COUNT(*) FROM version v WHERE {_among(entries)} AND {VISIBLE}",  # noqa: S608  (constants only)
            [*(seq for _, seq in entries), snapshot],
        ).fetchone()
        counted += visible
        if counted >= most:
            return most
    return counted


def _among(entries: Sequence[object]) -> str:
    return f"v.seq IN ({', '.join('?' * len(entries))})"


def page(db: Database, query: Query, now: int) -> list[Row]:
    """Give the rows of a page."""
    if query.set is None:
        rows = _page(db, query, now)
    else:
        with one_state(db):
            rows = _set_page(db, query, now)
    return rows_of(db, rows, now, query.address)


def _page(db: Database, query: Query, now: int) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for sql, values in list_statements(query, now):
        *bound, limit = values
        rows += db.execute(sql, [*bound, limit - len(rows)]).fetchall()
        if len(rows) == limit:
            break
    return rows


def rows_of(
    db: Database, rows: Iterable[Sequence[Any]], now: int, address: bytes
) -> list[Row]:
    """Make rows of what was read, a page at a time: every step counts."""
    unpacker = db.unpacker
    codecs, combinations = unpacker.codecs, unpacker.combinations
    given: list[Row] = []
    try:
        for at, seq, id_, deleted, revoked_at, sets, code, packed in rows:
            specs = combinations.get(sets)
            if specs is None:
                specs = unpacker.sets(db, sets)
            key, about = (at, seq), b""
            if deleted:
                given.append(Row(key, id_, at, True, specs, None))
            elif revoked_at is not None and revoked_at <= now:
                given.append(Row(key, id_, revoked_at, True, specs, None))
            elif code is None:
                given.append(Row(key, id_, at, False, specs, None))
            else:
                unpack = codecs.get(code) or unpacker.codec(db, code)
                body = unpack(packed).replace(codec.MARK, address)
                if 0 in body:
                    body, about = codec.without_about(body)
                given.append(Row(key, id_, at, False, specs, body, about))
    except ZstdError as error:
        raise damaged(error) from None
    return given


def size(db: Database, query: Query, now: int) -> int | None:
    """Give how many rows a list has; None when it would take long to count them.

    The length of a whole list is kept. Within bounds rows are counted, those inside or
    those outside, whichever are few.
    """
    if not _bounded(db, query, now):
        return _length(db, query, now)
    inside = _counted(db, query, now)
    if inside <= COUNTED:
        return inside
    outside = 0
    for first, last in ((None, query.first), (query.last, None)):
        if first is not None or last is not None:
            part = replace(
                query,
                first=None if first is None else first + 1,
                last=None if last is None else last - 1,
            )
            outside += _counted(db, part, now)
    return None if outside > COUNTED else _length(db, query, now) - outside


def _length(db: Database, query: Query, now: int) -> int:
    if query.set is None:
        return int(db.execute(*length_statement(query, now)).fetchone()[0])
    return set_length(db, query.set, query.prefix, min(query.snapshot, now))


def _counted(db: Database, query: Query, now: int) -> int:
    """Count rows; one more than the most that are counted means more."""
    if query.set is not None:
        with one_state(db):
            return _set_count(db, query, now, COUNTED + 1)
    statement = count_statement(query, now, COUNTED + 1)
    return int(db.execute(*statement).fetchone()[0])


def _bounded(db: Database, query: Query, now: int) -> bool:
    """Whether the bounds of a list leave out rows that it would have without them."""
    if query.last is not None and query.last < min(query.snapshot, now):
        return True
    if query.first is None:
        return False
    (oldest,) = db.execute(*_oldest_statement(query)).fetchone()
    return oldest is not None and oldest < query.first


def _oldest_statement(query: Query) -> tuple[str, list[Any]]:
    find = "SELECT MIN(visible_at) FROM"
    if query.set is None:
        return f"{find} version WHERE prefix = {_PREFIX}", [query.prefix]
    return (
        f"{find} membership WHERE setspec = {_SETSPEC} AND prefix = {_PREFIX}",
        [query.set, query.prefix],
    )
