"""How long the lists are, without counting their rows.

A tally says how many rows of a format, or of a set in it, are visible at one instant:
``state.tallied``, the same for all. The length of a list at another instant differs
from its tally by the rows that begin between the two less the rows that end there.

No commit touches a row of before its stamp, and no stamp is before the newest one: so
tallies of an instant before the newest stamp stay true, and only a purge has to tell
them. So do those of the newest stamp itself once no other commit can get it. A list
that has no tally was empty then.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from panharvest.stores.database import one_state
from panharvest.stores.membership import count, shelf_of
from panharvest.stores.plan import with_ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.protocols import Query
    from panharvest.stores.database import Database
    from panharvest.stores.membership import Shelf

DUE = 2000  # rows of one format that begin after the tallies, before they are moved
ALL = 0  # stands for no set: databases number sets from 1

_SPAN = """
WITH place AS (
  SELECT tallied, CAST(? AS BIGINT) AS instant,
    (SELECT num FROM prefix WHERE name = ?) AS prefix
  FROM state
), span AS (
  SELECT prefix,
    CASE WHEN tallied < instant THEN 1 ELSE -1 END AS sign,
    CASE WHEN tallied < instant THEN tallied ELSE instant END AS low,
    CASE WHEN tallied < instant THEN instant ELSE tallied END AS high
  FROM place
)
SELECT COALESCE((
  SELECT listed FROM tally
  WHERE prefix = (SELECT prefix FROM span) AND setspec = 0
), 0) + (SELECT sign FROM span) * (({begun}) - ({ended}))
"""
_BEGUN = """
  SELECT COUNT(*) FROM version WHERE prefix = (SELECT prefix FROM span)
  AND visible_at > (SELECT low FROM span) AND visible_at <= (SELECT high FROM span)
"""
_ENDED = """
  SELECT COUNT(*) FROM version v WHERE prefix = (SELECT prefix FROM span)
  AND superseded_at > (SELECT low FROM span)
  AND superseded_at <= (SELECT high FROM span)
"""
_WHOLE = _SPAN.format(begun=_BEGUN, ended=_ENDED)
_ENDED_BY_SETS = (
    "SELECT sets, COUNT(*) FROM version WHERE prefix = ? "
    "AND superseded_at > ? AND superseded_at <= ? GROUP BY sets"
)


def length_statement(query: Query, now: int) -> tuple[str, list[Any]]:
    """Give the statement for the length of a list of all without bounds.

    And its values. One statement, because a writer may move the tallies between two.
    """
    return _WHOLE, [min(query.snapshot, now), query.prefix]


def set_length(db: Database, spec: str, format_: str, instant: int) -> int:
    """Give the length that the list of a set without bounds has at an instant.

    Of one state of the database, because a writer may move the tallies meanwhile.
    """
    with one_state(db):
        shelf = shelf_of(db, spec, format_)
        return 0 if shelf is None else _set_length(db, spec, shelf, instant)


def _set_length(db: Database, spec: str, shelf: Shelf, instant: int) -> int:
    (tallied,) = db.execute("SELECT tallied FROM state").fetchone()
    kept = db.execute(
        "SELECT listed FROM tally WHERE setspec = ? AND prefix = ?", shelf
    ).fetchone()
    low, high = sorted((tallied, instant))
    changed = count(db, shelf, low, high)
    for sets, ended in db.execute(_ENDED_BY_SETS, (shelf[1], low, high)).fetchall():
        if spec in with_ancestors(db.unpacker.sets(db, sets)):
            changed -= ended
    return (kept[0] if kept else 0) + (changed if tallied < instant else -changed)


def bring_forward(db: Database, now: float) -> None:
    """Move the tallies to the newest stamp when much has begun since.

    Two commits of one second share their stamp. When the clock has passed the newest
    one it is given again only if the clock goes back unnoticed: so the clock is noted.
    """
    stamp, tallied = db.execute("SELECT stamp, tallied FROM state").fetchone()
    until = stamp if now >= stamp else stamp - 1
    if any(
        db.execute(
            "SELECT 1 FROM version WHERE prefix = ? AND visible_at > ? "
            "AND visible_at <= ? LIMIT 1 OFFSET ?",
            (prefix, tallied, until, DUE - 1),
        ).fetchone()
        for (prefix,) in db.execute("SELECT num FROM prefix").fetchall()
    ):
        _move(db, tallied, until)
        if until == stamp:
            db.execute("UPDATE state SET clock = ?", (now,))


def tally(db: Database) -> None:
    """Make the tallies of a store that has none yet."""
    stamp, tallied = db.execute("SELECT stamp, tallied FROM state").fetchone()
    _move(db, tallied, stamp - 1)


def _move(db: Database, tallied: int, until: int) -> None:
    """Move the tallies to a later instant; costs what changed in between."""
    span = (tallied, until)
    nums = numbers(db)
    changes: Counter[tuple[int, int]] = Counter()
    for prefix, name in db.execute("SELECT num, name FROM prefix").fetchall():
        (begun,) = db.execute(
            "SELECT COUNT(*) FROM version WHERE prefix = ? "
            "AND visible_at > ? AND visible_at <= ?",
            (prefix, *span),
        ).fetchone()
        changes[prefix, ALL] += begun
        for setspec in () if name.startswith("_") else nums.values():
            changes[prefix, setspec] += count(db, (setspec, prefix), *span)
        for sets, ended in db.execute(_ENDED_BY_SETS, (prefix, *span)).fetchall():
            specs = db.unpacker.sets(db, sets)
            for setspec in (ALL, *members(nums, name, specs)):
                changes[prefix, setspec] -= ended
    change(db, changes)
    db.execute("UPDATE state SET tallied = ?", (until,))


def numbers(db: Database) -> dict[str, int]:
    """Give the number of each set."""
    return dict(db.execute("SELECT spec, num FROM setspec").fetchall())


def members(nums: Mapping[str, int], name: str, sets: tuple[str, ...]) -> list[int]:
    """Give the numbers of the sets that list a row; rows of our formats are in none."""
    if name.startswith("_"):
        return []
    return [nums[spec] for spec in with_ancestors(sets)]


def change(db: Database, changes: Mapping[tuple[int, int], int]) -> None:
    """Add to the tallies, by format and set."""
    db.executemany(
        "INSERT INTO tally (prefix, setspec, listed) VALUES (?, ?, ?) "
        "ON CONFLICT (prefix, setspec) "
        "DO UPDATE SET listed = tally.listed + excluded.listed",
        [(*place, more) for place, more in changes.items() if more],
    )
