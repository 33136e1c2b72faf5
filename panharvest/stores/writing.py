"""One write transaction: what it does to the tables, and when it becomes visible."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from panharvest.errors import StoreError
from panharvest.stores import codec, keeping, packing, reading, tallying
from panharvest.stores.membership import Membership
from panharvest.stores.plan import (
    MARGIN,
    PATIENCE,
    Change,
    Version,
    check,
    digest,
    next_stamp,
    outcome,
    plan,
    with_ancestors,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from panharvest.protocols import Clock, Item, Outcome, Raw, Stage
    from panharvest.stores.database import Database

RESTAMPING = 1e-4  # s an item, generously
COMMITTING = 0.01  # s for every hundred items, up to what the cache holds


class SqlWriter:
    """The writer of an open transaction (see :class:`panharvest.protocols.Writer`).

    The owner of the connection begins the transaction before and commits it right after
    :meth:`finish`, or rolls it back.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db: Database | None = db
        packing.train(db)
        tallying.bring_forward(db, clock())
        # of this transaction alone: what it makes may never come to be
        self._packer, self._unpacker = packing.Packer(db), packing.Unpacker()
        self._membership = Membership(db)
        self._clock = clock
        self._now = clock()
        newest, last_clock, self._seq = db.execute(
            "SELECT stamp, clock, seq FROM state"
        ).fetchone()
        self._stamp = next_stamp(self._now, newest, last_clock)
        self._written: set[int] = set()  # items with rows stamped by this transaction
        self._waiting: dict[int, tuple[Stage, ...]] = {}  # see _schedule
        self._nums: dict[tuple[str, str], int] = {}
        self._members_of: dict[tuple[str, ...], tuple[int, ...]] = {}

    def close(self) -> None:
        """Make the writer useless: its transaction is over."""
        self._db = None

    @property
    def _open(self) -> Database:
        if self._db is None:
            raise StoreError("this write transaction is over")
        return self._db

    def put_raw(self, raw: Raw) -> bool:
        """Keep a raw record; whether anything but ``modified`` is new."""
        return keeping.put_raw(self._open, raw)

    def drop_raw(self, source: str, native_id: str) -> str | None:
        """Forget a raw record and its refusal; gives the dataset it was part of."""
        return keeping.drop_raw(self._open, source, native_id)

    def kin(self, source: str, native_id: str) -> dict[str, str]:
        """Give the native ids of a raw record and of its parts, with their datasets."""
        return keeping.kin(self._open, source, native_id)

    def put_refusal(self, source: str, native_id: str, code: str, why: str) -> None:
        """Keep why an input could not be used; replaces an earlier refusal of it."""
        keeping.put_refusal(self._open, source, native_id, code, why)

    def put_meta(self, key: str, value: str) -> None:
        """Keep a value under a name."""
        keeping.put_meta(self._open, key, value)

    def raws(self, dataset: str) -> list[Raw]:
        """Give the raws of a dataset, by source and native id."""
        return reading.raws(self._open, dataset)

    def item_id(self, dataset: str) -> str | None:
        """Give the id of a dataset's item."""
        return reading.item_id(self._open, dataset)

    def dataset_of(self, id: str) -> str | None:  # noqa: A002  (protocol)
        """Give the dataset that an id belongs to, now or formerly."""
        return reading.dataset_of(self._open, id)

    def meta(self, key: str) -> str | None:
        """Give a value kept with ``put_meta``."""
        return reading.meta(self._open, key)

    def put_item(self, item: Item) -> Outcome:
        """Plan what is served of an item from now on, and say what that changed.

        What is served at the stamp stays as it is when bytes and sets are the same.
        When a dataset's item comes under another id, the former id is withdrawn.

        Raises
        ------
        StoreError
            When the id belongs to another dataset that still has raws.
        ValueError
            When a set spec holds a blank, or a document a NUL. As with any error,
            nothing of the item has been written.
        """
        check(item.stages)
        num, known = self._claim(item)
        return self._schedule(num, item.stages, known=known)

    def _claim(self, item: Item) -> tuple[int, bool]:
        """Give the item its row; its dataset's former id is retired."""
        db = self._open
        facts = keeping.json_text(item.facts).encode()
        former = db.execute(
            "SELECT num, id, packing, facts FROM item "
            "WHERE dataset = ? AND present = 1",
            (item.dataset,),
        ).fetchone()
        if former is not None and former[1] == item.id:
            if self._unpacked(*former[2:]) != codec.mark(facts):
                db.execute(
                    "UPDATE item SET packing = ?, facts = ? WHERE num = ?",
                    (*self._pack_facts(facts), former[0]),
                )
            return former[0], True
        held = db.execute(
            "SELECT num, dataset, released FROM item WHERE id = ?", (item.id,)
        ).fetchone()
        if held is not None and held[1] != item.dataset and not held[2]:
            raise StoreError(
                f"the id {item.id!r} belongs to dataset {held[1]!r}: "
                f"dataset {item.dataset!r} needs another"
            )
        if former is not None:
            self._schedule(former[0], (), known=True)
            db.execute(
                "UPDATE item SET present = 0, packing = ?, facts = ? WHERE num = ?",
                (*self._pack_facts(b"{}"), former[0]),
            )
        if held is not None:
            db.execute(
                "UPDATE item SET dataset = ?, present = 1, released = 0, packing = ?, "
                "facts = ? WHERE num = ?",
                (item.dataset, *self._pack_facts(facts), held[0]),
            )
            return held[0], True
        made = db.execute(
            "INSERT INTO item (id, dataset, present, released, packing, facts) "
            "VALUES (?, ?, 1, 0, ?, ?) RETURNING num",
            (item.id, item.dataset, *self._pack_facts(facts)),
        ).fetchall()
        return made[0][0], False

    def _pack_facts(self, facts: bytes) -> tuple[int, bytes]:
        prefix = self._num("prefix", "name", packing.FACTS)
        return self._packer.pack(prefix, facts)

    def _schedule(self, num: int, stages: tuple[Stage, ...], *, known: bool) -> Outcome:
        """Plan the rows of an item and write them.

        Rows that begin close to the stamp wait for the commit: should the stamp have to
        move past their beginning, they would have to be planned again.
        """
        changes = self._plan(num, stages)
        near = range(self._stamp, self._stamp + PATIENCE + 1)
        if num in self._waiting or any(
            row.visible_at in near
            and not (row.visible_at == self._stamp and row.seq is None)
            for change in changes.values()
            for row in (*change.keep, *change.drop, *change.add)
        ):
            self._waiting[num] = stages
        else:
            self._apply(num, changes)
        return outcome(tuple(changes.values()), self._stamp, known=known)

    def _plan(self, num: int, stages: tuple[Stage, ...]) -> dict[str, Change]:
        chains = self._chains(num)
        prefixes = sorted({*chains, *(p for stage in stages for p in stage.bodies)})
        return {p: plan(chains.get(p, ()), stages, p, self._stamp) for p in prefixes}

    def _chains(self, num: int) -> dict[str, list[Version]]:
        """Give per format the row visible just before the stamp and all later ones."""
        rows = self._open.execute(
            "SELECT p.name, v.visible_at, v.codec, v.body, v.sets, v.ever, v.seq "
            "FROM version v JOIN prefix p ON p.num = v.prefix "
            "WHERE v.item = ? AND (v.superseded_at IS NULL OR v.superseded_at >= ?) "
            "ORDER BY v.prefix, v.visible_at",
            (num, self._stamp),
        ).fetchall()
        chains: dict[str, list[Version]] = {}
        for name, at, code, body, combination, ever_before, seq in rows:
            sets = self._sets(combination)
            ever = sets if ever_before is None else self._sets(ever_before)
            said = b""
            if body is not None:
                document = self._unpacked(code, body)
                said = b"damaged" if document is None else digest(document, sets)
            chains.setdefault(name, []).append(
                Version(at, body is None, said, sets, ever, None, seq)
            )
        return chains

    def _unpacked(self, code: int, packed: bytes) -> bytes | None:
        """Give what is stored; None when it is damaged, to be written anew."""
        try:
            return self._unpacker.unpack(self._open, code, packed)
        except StoreError:
            return None

    def _apply(self, num: int, changes: Mapping[str, Change]) -> None:
        for name, change in changes.items():
            if not (change.drop or change.add):
                continue
            self._written.add(num)
            prefix = self._num("prefix", "name", name)
            self._drop(prefix, name, change.drop)
            self._link(change)
            self._add(num, prefix, name, change.add)
            self._revoke(num, prefix, change)

    def _drop(self, prefix: int, name: str, rows: Sequence[Version]) -> None:
        db = self._open
        for row in rows:
            assert row.seq is not None, "it was read from the store"
            db.execute("DELETE FROM version WHERE seq = ?", (row.seq,))
            self._membership.remove(
                self._members(name, row.sets), prefix, (row.visible_at, row.seq)
            )

    def _link(self, change: Change) -> None:
        """Let the last row that stays end where the first new one begins."""
        staying = change.keep[-1] if change.keep else change.seen
        if staying is not None:
            end = change.add[0].visible_at if change.add else None
            self._open.execute(
                "UPDATE version SET superseded_at = ? WHERE seq = ?", (end, staying.seq)
            )

    def _add(self, num: int, prefix: int, name: str, rows: Sequence[Version]) -> None:
        db = self._open
        for row, after in zip_longest(rows, rows[1:]):
            end = None if after is None else after.visible_at
            self._seq += 1
            code, body = 0, None
            if row.body is not None:
                code, body = self._packer.pack(prefix, row.body)
            db.execute(
                "INSERT INTO version (seq, item, prefix, visible_at, superseded_at, "
                "deleted, sets, ever, codec, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(self._seq, num, prefix, row.visible_at, end, int(row.deleted)),
                    self._combination(row.sets),
                    None if row.ever == row.sets else self._combination(row.ever),
                    *(code, body),
                ),
            )
            self._membership.add(
                self._members(name, row.sets), prefix, (row.visible_at, self._seq)
            )

    def _revoke(self, num: int, prefix: int, change: Change) -> None:
        """Tell every row when the item is next withdrawn."""
        db = self._open
        if any(row.deleted for row in change.drop):
            db.execute(
                "UPDATE version SET revoked_at = NULL "
                "WHERE item = ? AND prefix = ? AND revoked_at >= ?",
                (num, prefix, self._stamp),
            )
        for row in change.rows:
            if row.deleted:
                db.execute(
                    "UPDATE version SET revoked_at = ? WHERE item = ? AND prefix = ? "
                    "AND +visible_at < ? AND deleted = 0 AND revoked_at IS NULL",
                    (row.visible_at, num, prefix, row.visible_at),
                )

    def _members(self, name: str, sets: tuple[str, ...]) -> tuple[int, ...]:
        """Give the numbers of the sets that list a row; ours are in none."""
        if name.startswith("_"):
            return ()
        members = self._members_of.get(sets)
        if members is None:
            specs = sorted(with_ancestors(sets))
            members = tuple(self._num("setspec", "spec", spec) for spec in specs)
            self._members_of[sets] = members
        return members

    def _combination(self, sets: tuple[str, ...]) -> int:
        nums = codec.join_numbers(self._num("setspec", "spec", spec) for spec in sets)
        return self._num("combination", "setspecs", nums)

    def _sets(self, combination: int) -> tuple[str, ...]:
        return self._unpacker.sets(self._open, combination)

    def _num(self, table: str, column: str, text: str) -> int:
        """Give the number that stands for a text in a table of names."""
        num = self._nums.get((table, text))
        if num is None:
            db = self._open
            find = f"SELECT num FROM {table} WHERE {column} = ?"  # noqa: S608  (names above)
            found = db.execute(find, (text,)).fetchone()
            if found is None:
                make = f"INSERT INTO {table} ({column}) VALUES (?) RETURNING num"  # noqa: S608  (constants only)
                found = db.execute(make, (text,)).fetchall()[0]
            num = self._nums[table, text] = int(found[0])
        return num

    def finish(self) -> None:
        """Make ready for the commit, which must follow at once.

        Nobody may be told of an instant as past and later see a row of that instant
        appear. So when the stamp is no longer ahead of the clock, all that this
        transaction stamped is moved to a later one.
        """
        db = self._open
        first, seq, nums = self._stamp, self._seq, dict(self._nums)
        written, membership = frozenset(self._written), self._membership
        allowance = 0.0
        while True:
            db.execute("SAVEPOINT stamped")
            self._membership = membership.copy()
            if self._stamp != first:
                self._restamp(written, first)
            for num, stages in self._waiting.items():
                self._apply(num, self._plan(num, stages))
            self._membership.write()
            now = self._clock()
            spare = min(COMMITTING * (len(self._written) // 100), 0.4)
            if self._stamp - now >= MARGIN + spare:
                break
            db.execute("ROLLBACK TO SAVEPOINT stamped")
            self._seq, self._nums, self._written = seq, dict(nums), set(written)
            self._members_of.clear()
            self._unpacker = packing.Unpacker()
            allowance = max(2 * allowance, RESTAMPING * (1 + len(written)))
            self._stamp = next_stamp(now + spare + allowance, self._stamp, self._now)
            if self._stamp - first > PATIENCE:
                raise StoreError("a write took more than an hour: write fewer at once")
        db.execute("RELEASE SAVEPOINT stamped")
        if self._written:
            db.execute(
                "UPDATE state SET stamp = ?, clock = ?, seq = ?",
                (self._stamp, now, self._seq),
            )

    def _restamp(self, items: Iterable[int], old: int) -> None:
        """Move all that begins or ends at an old stamp to the present one."""
        db = self._open
        for num in sorted(items):
            rows = db.execute(
                "SELECT v.seq, v.prefix, p.name, v.sets FROM version v "
                "JOIN prefix p ON p.num = v.prefix "
                "WHERE v.item = ? AND +v.visible_at = ?",
                (num, old),
            ).fetchall()
            for seq, prefix, name, sets in rows:
                members = self._members(name, self._sets(sets))
                self._membership.remove(members, prefix, (old, seq))
                self._membership.add(members, prefix, (self._stamp, seq))
            for column in ("visible_at", "superseded_at", "revoked_at"):
                db.execute(
                    f"UPDATE version SET {column} = ? "  # noqa: S608  (names above)
                    f"WHERE item = ? AND +{column} = ?",
                    (self._stamp, num, old),
                )
