"""Questions to the tables, each answered as of an instant.

Every function takes a connection (or what behaves as one) and reads only; values are
always bound, never part of the SQL text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from panharvest.protocols import Raw, Row
from panharvest.stores import codec
from panharvest.stores.listing import HEAD, VISIBLE, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.stores.database import Database

CHUNK = 500


# id and number of the format are known: to look them up would be pages more to read.
# The plus keeps SQLite from walking the rows of all items of the format.
_GET = (
    f"SELECT {HEAD.format(id='?')}, v.codec, v.body FROM version v "  # noqa: S608  (constants only)
    "WHERE v.item = (SELECT num FROM item WHERE id = ?) "
    f"AND v.prefix = ? AND +v.visible_at <= ? AND {VISIBLE}"
)


def get(db: Database, id_: str, prefix: str, now: int, address: bytes) -> Row | None:
    """Give the row of an item in a format that is visible now."""
    number = db.unpacker.prefix(db, prefix)
    if number is None:
        return None
    found = db.execute(_GET, (id_, id_, number, now, now)).fetchone()
    return None if found is None else rows_of(db, (found,), now, address)[0]


def prefixes(db: Database, id_: str, now: int) -> tuple[str, ...]:
    """Give the harvested formats in which an item is visible now, or was."""
    rows = db.execute(
        "SELECT DISTINCT p.name FROM item i JOIN version v ON v.item = i.num "  # noqa: S608  (constants only)
        "JOIN prefix p ON p.num = v.prefix "
        f"WHERE i.id = ? AND +v.visible_at <= ? AND {VISIBLE} ORDER BY p.name",
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
