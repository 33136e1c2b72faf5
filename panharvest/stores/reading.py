"""Questions to the tables, each answered as of an instant.

Every function takes a connection (or what behaves as one) and reads only; values are
always bound, never part of the SQL text.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from zstandard import ZstdError

from panharvest.protocols import Raw, Row
from panharvest.stores import codec, membership
from panharvest.stores.packing import damaged
from panharvest.stores.tallying import length_statement, set_length

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from panharvest.protocols import Query
    from panharvest.stores.packing import Unpacker

CHUNK = 500
COUNTED = 50_000  # rows that are counted for one answer: some 20 ms

# subqueries, not joins: no planner is tempted to begin with the smaller table
_ID = "(SELECT id FROM item WHERE num = v.item)"
_HEAD = "v.visible_at, v.seq, {id}, v.deleted, v.revoked_at, v.sets"
_VISIBLE = "(v.superseded_at IS NULL OR v.superseded_at > ?)"
_PREFIX = "(SELECT num FROM prefix WHERE name = ?)"
_SETSPEC = "(SELECT num FROM setspec WHERE spec = ?)"


class Cursor(Protocol):
    """What a statement gives."""

    def fetchone(self) -> Any:  # noqa: ANN401  (rows are plain tuples)
        """Give the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Give all rows that are left."""


class Database(Protocol):
    """A connection, as far as the functions here need one."""

    unpacker: Unpacker

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run a statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Run a statement once for each of many rows of values."""


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
        f"AND {_VISIBLE} ORDER BY v.seq LIMIT ?",
        [query.prefix, at, seq, snapshot, query.limit],
    )
    later = (
        f"{select} AND v.visible_at > ? AND v.visible_at <= ? "
        f"AND {_VISIBLE} ORDER BY v.visible_at, v.seq LIMIT ?",
        [query.prefix, at if seq else at - 1, last, snapshot, query.limit],
    )
    return [same, later] if seq and at <= last else [later]


def count_statement(query: Query, now: int, most: int) -> tuple[str, list[Any]]:
    """Give the statement that counts the rows of a list of all up to a number."""
    (at, _), last, snapshot = _bounds(replace(query, after=None), now)
    return (
        "SELECT COUNT(*) FROM (SELECT 1 FROM version v "  # noqa: S608  (constants only)
        f"WHERE v.prefix = {_PREFIX} AND v.visible_at > ? AND v.visible_at <= ? "
        f"AND {_VISIBLE} LIMIT ?) AS listed",
        [query.prefix, at - 1, last, snapshot, most],
    )


def _head(query: Query) -> str:
    body = "v.codec, v.body" if query.bodies else "NULL, NULL"
    return f"{_HEAD.format(id=_ID)}, {body}"


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
                f"WHERE {_among(entries[begin:end])} AND {_VISIBLE} "
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
            f"SELECT COUNT(*) FROM version v WHERE {_among(entries)} AND {_VISIBLE}",  # noqa: S608  (constants only)
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
    rows = _page(db, query, now) if query.set is None else _set_page(db, query, now)
    return _rows(db, rows, now, query.address)


def _page(db: Database, query: Query, now: int) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for sql, values in list_statements(query, now):
        *bound, limit = values
        rows += db.execute(sql, [*bound, limit - len(rows)]).fetchall()
        if len(rows) == limit:
            break
    return rows


def _rows(
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


# id and number of the format are known: to look them up would be pages more to read
_GET = (
    f"SELECT {_HEAD.format(id='?')}, v.codec, v.body FROM version v "  # noqa: S608  (constants only)
    "WHERE v.item = (SELECT num FROM item WHERE id = ?) "
    f"AND v.prefix = ? AND v.visible_at <= ? AND {_VISIBLE}"
)


def get(db: Database, id_: str, prefix: str, now: int, address: bytes) -> Row | None:
    """Give the row of an item in a format that is visible now."""
    number = db.unpacker.prefix(db, prefix)
    if number is None:
        return None
    found = db.execute(_GET, (id_, id_, number, now, now)).fetchone()
    return None if found is None else _rows(db, (found,), now, address)[0]


def prefixes(db: Database, id_: str, now: int) -> tuple[str, ...]:
    """Give the harvested formats in which an item is visible now, or was."""
    rows = db.execute(
        "SELECT DISTINCT p.name FROM item i JOIN version v ON v.item = i.num "  # noqa: S608  (constants only)
        "JOIN prefix p ON p.num = v.prefix "
        f"WHERE i.id = ? AND v.visible_at <= ? AND {_VISIBLE} ORDER BY p.name",
        (id_, now, now),
    ).fetchall()
    return tuple(name for (name,) in rows if not name.startswith("_"))


def sets(db: Database, now: int) -> tuple[str, ...]:
    """Give the specs of all sets that have, or had, a visible row."""
    rows = db.execute(
        "SELECT s.spec FROM setspec s WHERE EXISTS ("
        "SELECT 1 FROM prefix p WHERE EXISTS ("
        "SELECT 1 FROM membership m WHERE m.setspec = s.num AND m.prefix = p.num "
        "AND m.visible_at <= ?)) ORDER BY s.spec",
        (now,),
    ).fetchall()
    return tuple(spec for (spec,) in rows)


def earliest(db: Database, now: int) -> int | None:
    """Give the oldest datestamp ever served."""
    (purged,) = db.execute("SELECT earliest FROM state").fetchone()
    found = [] if purged is None else [purged]
    for num, name in db.execute("SELECT num, name FROM prefix").fetchall():
        if not name.startswith("_"):
            (first,) = db.execute(
                "SELECT MIN(visible_at) FROM version WHERE prefix = ?", (num,)
            ).fetchone()
            found += [first] if first is not None and first <= now else []
    return min(found, default=None)


def newest(db: Database, now: int) -> int | None:
    """Give the newest datestamp served now."""
    found = []
    for num, name in db.execute("SELECT num, name FROM prefix").fetchall():
        if not name.startswith("_"):
            (last,) = db.execute(
                "SELECT MAX(visible_at) FROM version "
                "WHERE prefix = ? AND visible_at <= ?",
                (num, now),
            ).fetchone()
            found += [] if last is None else [last]
    return max(found, default=None)


def stamp(db: Database) -> int:
    """Give the instant from which the newest commit is visible."""
    (value,) = db.execute("SELECT stamp FROM state").fetchone()
    return int(value)


def datasets(db: Database, table: str, after: str) -> list[str]:
    """Give the next datasets after one, of the raws or of the items."""
    where = {"raw": "raw WHERE", "item": "item WHERE present = 1 AND"}[table]
    rows = db.execute(
        f"SELECT DISTINCT dataset FROM {where} dataset > ? ORDER BY dataset LIMIT ?",  # noqa: S608  (constants only)
        (after, CHUNK),
    ).fetchall()
    return [dataset for (dataset,) in rows]


def raws(db: Database, dataset: str) -> list[Raw]:
    """Give all raws of a dataset, by source and native id."""
    rows = db.execute(
        "SELECT source, native_id, dataset, media_type, codec, payload, sha256, "
        "modified, hints FROM raw WHERE dataset = ? ORDER BY source, native_id",
        (dataset,),
    ).fetchall()
    return [
        Raw(
            source=source,
            native_id=native_id,
            dataset=dataset_,
            media_type=media_type,
            payload=codec.unpack(code, payload),
            sha256=sha256,
            modified=modified,
            hints=json.loads(hints),
        )
        for source, native_id, dataset_, media_type, code, payload, sha256, modified, hints in rows  # noqa: E501  (one row)
    ]


def natives(db: Database, source: str, after: str) -> list[tuple[str, str]]:
    """Give the next native ids of a source after one, with their datasets."""
    rows = db.execute(
        "SELECT native_id, dataset FROM raw WHERE source = ? AND native_id > ? "
        "ORDER BY native_id LIMIT ?",
        (source, after, CHUNK),
    ).fetchall()
    return [(native_id, dataset) for native_id, dataset in rows]


def item_id(db: Database, dataset: str) -> str | None:
    """Give the id under which a dataset is published, or will be."""
    found = db.execute(
        "SELECT id FROM item WHERE dataset = ? AND present = 1", (dataset,)
    ).fetchone()
    return None if found is None else str(found[0])


def dataset_of(db: Database, id_: str) -> str | None:
    """Give the dataset that an id belongs to."""
    found = db.execute(
        "SELECT dataset FROM item WHERE id = ? AND released = 0", (id_,)
    ).fetchone()
    return None if found is None else str(found[0])


def facts(db: Database, after: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Give the next items after an id, with their facts."""
    rows = db.execute(
        "SELECT id, packing, facts FROM item "
        "WHERE present = 1 AND id > ? ORDER BY id LIMIT ?",
        (after, CHUNK),
    ).fetchall()
    unpack = db.unpacker.unpack
    return [
        (id_, json.loads(codec.unmark(unpack(db, code, packed))))
        for id_, code, packed in rows
    ]


def refusals(db: Database, after: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    """Give the next refusals after a source and native id."""
    rows = db.execute(
        "SELECT source, native_id, code, why FROM refusal "
        "WHERE (source, native_id) > (?, ?) ORDER BY source, native_id LIMIT ?",
        (*after, CHUNK),
    ).fetchall()
    return [(source, native_id, code, why) for source, native_id, code, why in rows]


def meta(db: Database, key: str) -> str | None:
    """Give a value kept with ``put_meta``."""
    found = db.execute("SELECT value FROM meta WHERE name = ?", (key,)).fetchone()
    return None if found is None else str(found[0])
