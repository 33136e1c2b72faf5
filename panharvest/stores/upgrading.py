"""What no statement alone can do to make a layout out of the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.stores import codec, membership

if TYPE_CHECKING:
    from panharvest.stores.database import Database
    from panharvest.stores.membership import Entry

COMPACT = 4  # the first layout with chunks of entries, and numbers instead of specs


def upgrade(db: Database, layout: int) -> None:
    """Bring over what the statements that lead away from a layout left behind."""
    if 0 < layout < COMPACT:
        _number_sets(db)
        _pack_entries(db)


def _number_sets(db: Database) -> None:
    """Let combinations name their sets by number."""
    for num, specs in db.execute("SELECT num, setspecs FROM combination").fetchall():
        for spec in codec.split(specs):
            db.execute(
                "INSERT INTO setspec (spec) VALUES (?) ON CONFLICT (spec) DO NOTHING",
                (spec,),
            )
        nums = [
            db.execute("SELECT num FROM setspec WHERE spec = ?", (spec,)).fetchone()[0]
            for spec in codec.split(specs)
        ]
        db.execute(
            "UPDATE combination SET setspecs = ? WHERE num = ?",
            (codec.join_numbers(nums), num),
        )


def _pack_entries(db: Database) -> None:
    """Fill chunks from the table that had a row for each entry, and drop that."""
    for shelf in db.execute(
        "SELECT DISTINCT setspec, prefix FROM membership_before"
    ).fetchall():
        after: Entry = (-1, 0)
        while entries := db.execute(
            "SELECT visible_at, seq FROM membership_before "
            "WHERE setspec = ? AND prefix = ? AND (visible_at, seq) > (?, ?) "
            "ORDER BY visible_at, seq LIMIT ?",
            (*shelf, *after, membership.MOST),
        ).fetchall():
            membership.put(db, shelf, entries, at_the_end=True)
            after = entries[-1]
    db.execute("DROP TABLE membership_before")
