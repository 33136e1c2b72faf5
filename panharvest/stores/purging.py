"""Forgetting rows that nobody can ask for any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.stores.codec import split
from panharvest.stores.plan import with_ancestors

if TYPE_CHECKING:
    from panharvest.stores.reading import Database


def purge(db: Database, before: int) -> int:
    """Drop the rows that were superseded by an instant; gives how many."""
    (stamp,) = db.execute("SELECT stamp FROM state").fetchone()
    end = min(before, stamp)  # later ones may not have been superseded yet
    db.execute(
        "UPDATE state SET earliest = (SELECT MIN(at) FROM ("
        "SELECT earliest AS at FROM state UNION ALL "
        "SELECT v.visible_at AS at FROM version v JOIN prefix p ON p.num = v.prefix "
        "WHERE v.superseded_at <= ? AND substr(p.name, 1, 1) <> '_') AS dropped)",
        (end,),
    )
    rows = db.execute(
        "SELECT v.seq, v.prefix, p.name, v.visible_at, c.specs FROM version v "
        "JOIN prefix p ON p.num = v.prefix JOIN combination c ON c.num = v.sets "
        "WHERE v.superseded_at <= ?",
        (end,),
    ).fetchall()
    nums = dict(db.execute("SELECT spec, num FROM setspec").fetchall())
    db.executemany(
        "DELETE FROM membership WHERE setspec = ? AND prefix = ? "
        "AND visible_at = ? AND seq = ?",
        (
            (nums[spec], prefix, at, seq)
            for seq, prefix, name, at, specs in rows
            if not name.startswith("_")
            for spec in with_ancestors(split(specs))
        ),
    )
    db.execute("DELETE FROM version WHERE superseded_at <= ?", (end,))
    return len(rows)
