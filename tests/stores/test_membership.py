"""Chunks of entries: any history of changes, compared with a plain set."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import StoreError
from panharvest.protocols import Item, Query, Stage
from panharvest.stores import membership, open_store
from panharvest.stores.membership import Membership
from panharvest.stores.sqlite_connections import Connections
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.stores.sqlite_connections import Connection

SHELVES = ((1, 1), (1, 2), (2, 1))
PLACES = st.tuples(st.integers(0, 30), st.integers(1, 30))


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path = tmp_path_factory.mktemp("membership") / "store.db"
    open_store(f"sqlite:///{path}").close()
    with closing(Connections(path, 1).open("rw")) as opened:
        opened.execute("PRAGMA foreign_keys = OFF")
        yield opened


@given(
    st.lists(
        st.tuples(st.integers(0, 2**33), st.integers(1, 2**40)), min_size=1, unique=True
    )
)
def test_what_is_packed_comes_back(entries: list[tuple[int, int]]) -> None:
    entries.sort()
    assert membership.unpack(entries[0], membership.pack(entries)) == entries


def test_an_entry_takes_about_a_byte() -> None:
    entries = [(1_600_000_000 + n // 9, 1_000_000 + 3 * n) for n in range(512)]
    assert len(membership.pack(entries)) < 100
    scattered = [(1_600_000_000 + n * n, 7919 * n % 99_991) for n in range(512)]
    assert len(membership.pack(scattered)) < 8 * 512


@pytest.mark.parametrize("packed", [b"", b"x", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_damage_is_told(packed: bytes) -> None:
    with pytest.raises(StoreError, match="set is damaged"):
        membership.unpack((1, 1), packed)


@given(
    st.lists(
        st.one_of(
            st.tuples(
                st.sampled_from(("add", "remove")),
                st.sampled_from(SHELVES),
                st.lists(PLACES, min_size=1, max_size=12),
            ),
            st.tuples(st.sampled_from(("write", "undo"))),
        ),
        max_size=30,
    ),
    st.lists(st.tuples(PLACES, st.integers(0, 31)), max_size=8),
)
def test_any_history_is_a_set_in_order(
    db: Connection,
    history: list[tuple[object, ...]],
    questions: list[tuple[tuple[int, int], int]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(membership, "MOST", 4)
        patch.setattr(membership, "HELD", 20)
        db.execute("BEGIN")
        try:
            model = _play(db, history)
            for shelf, expected in model.items():
                chunks = list(membership.chunks(db, shelf, (-1, 0), 99))
                assert [one for chunk in chunks for one in chunk] == sorted(expected)
                assert all(0 < len(chunk) <= 4 for chunk in chunks)
                for after, last in questions:
                    found = [
                        one
                        for chunk in membership.chunks(db, shelf, after, last)
                        for one in chunk
                    ]
                    assert found == sorted(
                        one for one in expected if one > after and one[0] <= last
                    )
                    assert membership.count(db, shelf, after[0], last) == sum(
                        after[0] < at <= last for at, _ in expected
                    )
        finally:
            db.execute("ROLLBACK")


def _play(
    db: Connection, history: list[tuple[object, ...]]
) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """Do what a history says, and the same to plain sets."""
    model: dict[tuple[int, int], set[tuple[int, int]]] = {s: set() for s in SHELVES}
    changes = Membership(db)
    for act, *given_ in history:
        if act == "write":
            changes.write()
        elif act == "undo":  # what a copy does and a savepoint undoes leaves no trace
            db.execute("SAVEPOINT undone")
            copied = changes.copy()
            copied.add((1,), 1, (5, 5))
            copied.remove((2,), 1, (6, 6))
            copied.write()
            db.execute("ROLLBACK TO SAVEPOINT undone")
        else:
            (setspec, prefix), entries = given_
            for entry in entries:
                getattr(changes, str(act))((setspec,), prefix, entry)
                keep = model[setspec, prefix]
                (keep.add if act == "add" else keep.discard)(entry)
    changes.write()
    return model


def test_a_chunk_that_is_split_meanwhile_is_not_read_twice(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "MOST", 8)
    db.execute("BEGIN")
    changes = Membership(db)
    for n in range(24):
        changes.add((1,), 1, (2 * n, n + 1))
    changes.write()
    reading = membership.chunks(db, (1, 1), (-1, 0), 99)
    found = next(reading)
    for n in range(24, 32):  # between those of the first chunk
        changes.add((1,), 1, (2 * (n - 24) + 1, n + 1))
    changes.write()
    for chunk in reading:
        found += chunk
    db.execute("ROLLBACK")
    assert found == [(2 * n, n + 1) for n in range(24)]


def test_a_set_of_which_most_ended_is_read_to_its_end(tmp_path: Path) -> None:
    """Entries of rows that have ended take no place on a page."""
    clock = FrozenClock()
    with closing(open_store(f"sqlite:///{tmp_path}/store.db")) as store:
        for turn in range(5):
            with store.write(clock) as writer:
                for n in range(700):
                    body = b"<x>%d</x>" % (turn if n % 100 else 0)
                    stage = Stage(0, {"oai_dc": body}, ("a:b",))
                    writer.put_item(Item(f"{n}", f"{n}", (stage,)))
            clock.advance(2)
        now = int(clock())
        for term in ("a", "a:b"):
            rows = store.page(Query("oai_dc", now, set=term, limit=1000), now)
            assert len(rows) == len({row.id for row in rows}) == 700
            few = store.page(Query("oai_dc", now, set=term, limit=50), now)
            assert list(few) == list(rows[:50])
        assert store.purge(now) == 4 * 693
        assert len(store.page(Query("oai_dc", now, set="a", limit=1000), now)) == 700
        assert store.size(Query("oai_dc", now, set="a"), now) == 700


def test_a_damaged_list_of_a_set_does_not_stop_others(tmp_path: Path) -> None:
    clock = FrozenClock()
    path = tmp_path / "store.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        with store.write(clock) as writer:
            for name in ("a", "b"):
                stage = Stage(0, {"oai_dc": b"<x/>"}, (name,))
                writer.put_item(Item(name, name, (stage,)))
        clock.advance(2)
        now = int(clock())
        with closing(sqlite3.connect(path)) as damaged, damaged:
            damaged.execute(
                "UPDATE membership SET entries = x'00' "
                "WHERE setspec = (SELECT num FROM setspec WHERE spec = 'a')"
            )
        with pytest.raises(StoreError, match="set is damaged"):
            store.page(Query("oai_dc", now, set="a"), now)
        assert len(store.page(Query("oai_dc", now, set="b"), now)) == 1
        assert len(store.page(Query("oai_dc", now), now)) == 2
