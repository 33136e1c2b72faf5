"""Forgetting rows that nobody can ask for any more."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from panharvest.stores import tallying
from panharvest.stores.membership import Membership

if TYPE_CHECKING:
    from panharvest.stores.database import Database

# by format, because the index of ends begins with it
_ENDED = "prefix IN (SELECT num FROM prefix) AND superseded_at <= ?"


def purge(db: Database, before: int) -> int:
    """Drop the rows that were superseded by an instant; gives how many."""
    stamp, tallied = db.execute("SELECT stamp, tallied FROM state").fetchone()
    end = min(before, stamp)  # later ones may not have been superseded yet
    db.execute(
        "UPDATE state SET earliest = (SELECT MIN(at) FROM ("  # noqa: S608  (above)
        "SELECT earliest AS at FROM state UNION ALL "
        "SELECT v.visible_at AS at FROM version v JOIN prefix p ON p.num = v.prefix "
        f"WHERE v.{_ENDED} AND substr(p.name, 1, 1) <> '_') AS dropped)",
        (end,),
    )
    rows = db.execute(
        "SELECT v.seq, v.prefix, p.name, v.visible_at, v.superseded_at, v.sets "  # noqa: S608  (constants only)
        f"FROM version v JOIN prefix p ON p.num = v.prefix WHERE v.{_ENDED}",
        (end,),
    ).fetchall()
    nums, membership = tallying.numbers(db), Membership(db)
    changes: Counter[tuple[int, int]] = Counter()
    for seq, prefix, name, begin, ended, sets in rows:
        members = tallying.members(nums, name, db.unpacker.sets(db, sets))
        membership.remove(members, prefix, (begin, seq))
        if begin <= tallied < ended:
            changes.subtract((prefix, n) for n in (tallying.ALL, *members))
    membership.write()
    tallying.change(db, changes)
    db.execute(f"DELETE FROM version WHERE {_ENDED}", (end,))  # noqa: S608  (constants only)
    return len(rows)
