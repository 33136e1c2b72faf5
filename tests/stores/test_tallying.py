from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from store_files import counted_steps, entries, make_layout_3

from panharvest.errors import StoreError
from panharvest.protocols import Item, Query, Stage
from panharvest.stores import listing, open_store, schema, tallying
from panharvest.stores.sqlite_connections import Connections
from panharvest.testing.bench import raw
from panharvest.testing.clock import FrozenClock
from panharvest.testing.served import whole
from panharvest.testing.store import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.protocols import Store

TERMS = (None, "a", "a:b", "none")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that moves its tallies whenever it can."""
    monkeypatch.setattr(tallying, "DUE", 1)
    with closing(open_store(f"sqlite:///{path}", patience=0.05)) as opened:
        yield opened


class TestContract(StoreContract):
    """The same contract, while the tallies move all the time."""


def put(store: Store, clock: FrozenClock, *ids: str, later: int = 0) -> None:
    with store.write(clock) as writer:
        for id_ in ids:
            bodies = {"oai_dc": f"<x>{clock()}</x>".encode(), "_record": b"{}"}
            stages = [Stage(0, bodies, ("a:b",))]
            if later:
                stages.append(Stage(later, {}))
            writer.put_item(Item(id_, id_, tuple(stages)))
    clock.advance(2)


def sizes(store: Store, begin: int, now: int) -> list[int]:
    """Compare sizes with lengths, and give those of the whole list."""
    found = []
    for snapshot in range(begin, now + 1):
        for term in TERMS:
            query = Query("oai_dc", snapshot, set=term, limit=9999, bodies=False)
            rows = store.page(query, now)
            assert store.size(query, now) == len(rows)
            if term is None:
                found.append(len(rows))
    return found


def tallies(path: Path) -> tuple[int, dict[tuple[int, int], int]]:
    """Give the instant of the tallies and those that are not 0."""
    with closing(sqlite3.connect(path)) as db:
        (at,) = db.execute("SELECT tallied FROM state").fetchone()
        rows = db.execute("SELECT prefix, setspec, listed FROM tally WHERE listed <> 0")
        return at, {(prefix, setspec): listed for prefix, setspec, listed in rows}


def check_tallies(path: Path) -> int:
    """Count everything, compare, and give the instant of the tallies."""
    at, kept = tallies(path)
    with closing(sqlite3.connect(path)) as db:
        visible = dict(
            db.execute(
                "SELECT seq, prefix FROM version v WHERE v.visible_at <= ? "
                "AND (v.superseded_at IS NULL OR v.superseded_at > ?)",
                (at, at),
            ).fetchall()
        )
        stamp, clock = db.execute("SELECT stamp, clock FROM state").fetchone()
    counted = Counter((prefix, tallying.ALL) for prefix in visible.values())
    for prefix, setspec, _, seq in entries(path):
        counted[prefix, setspec] += seq in visible
    assert kept == {place: listed for place, listed in counted.items() if listed}
    assert at == -1 or at < stamp or at == stamp <= clock
    return at


def test_tallies_follow_additions_changes_ends_and_purges(
    store: Store, path: Path
) -> None:
    clock = FrozenClock()
    begin = int(clock())
    moved = []
    for n in range(6):
        put(store, clock, "always", f"{n}", later=begin + 8 if n % 2 else 0)
        sizes(store, begin, int(clock()))
        moved.append(check_tallies(path) - begin)
    assert moved[1:] == [1, 3, 5, 7, 9], "up to the commit before"
    before = sizes(store, begin, int(clock()))
    # before the tallies, at their instant, and after
    for end in (begin + 5, begin + 9, begin + 11):
        assert store.purge(end) > 0
        check_tallies(path)
        after = sizes(store, begin, int(clock()))
        assert after[end - begin :] == before[end - begin :]
    assert after[0] == 0, "the last purge was of all that was"


def test_tallies_do_not_move_with_what_is_undone(store: Store, path: Path) -> None:
    clock = FrozenClock()
    put(store, clock, "a", "b")
    put(store, clock, "c")
    before = tallies(path)
    with pytest.raises(StoreError, match="belongs"), store.write(clock) as writer:
        writer.put_raw(raw("one", "set-1"))
        writer.put_item(Item("d", "set-1", (Stage(0, {"oai_dc": b"<x/>"}, ("a",)),)))
        writer.put_item(Item("d", "set-2", ()))
    assert tallies(path) == before
    with store.write(clock):
        pass
    assert check_tallies(path) > before[0]


def test_a_clock_that_goes_back_after_a_write_of_nothing_is_no_matter(
    store: Store, path: Path
) -> None:
    clock = FrozenClock()
    begin = int(clock())
    put(store, clock, "a", "b")
    clock.advance(900)
    with store.write(clock):
        pass
    assert check_tallies(path) == begin + 1
    clock.set(begin + 0.5)  # its stamp would be that of the first commit
    put(store, clock, "a", "c")
    check_tallies(path)
    put(store, clock, "b", "c")
    assert check_tallies(path) == begin + 2
    assert sizes(store, begin, int(clock()))[-1] == 3


def test_few_rows_do_not_move_the_tallies(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallying, "DUE", 3)
    clock = FrozenClock()
    moved = []
    for n in range(6):
        put(store, clock, f"{n}")
        moved.append(check_tallies(path) > -1)
    assert moved == [False] * 3 + [True] * 3
    assert len(tallies(path)[1]) == 4, "two formats, one of them in two sets"


LAYOUT_1 = (
    "DROP INDEX item_of",
    "CREATE UNIQUE INDEX item_present ON item (dataset) WHERE present = 1",
    "CREATE INDEX item_dataset ON item (dataset)",
    "DROP TABLE tally",
    "ALTER TABLE state DROP COLUMN tallied",
    "DROP INDEX version_end",
    "CREATE INDEX version_end ON version (superseded_at) "
    "WHERE superseded_at IS NOT NULL",
    "PRAGMA user_version = 1",
)


@pytest.mark.parametrize("layout", [1, 3])
def test_a_store_of_an_older_layout_is_brought_up_to_date(
    store: Store, path: Path, layout: int
) -> None:
    clock = FrozenClock()
    begin = int(clock())
    for n in range(4):
        put(store, clock, "always", f"{n}", later=begin + 5 if n % 2 else 0)
    with store.write(clock) as writer:
        writer.put_item(Item("0", "0", ()))  # its tombstone was in sets before
    clock.advance(2)
    now = int(clock())
    before, made = sizes(store, begin, now), _structure(path)
    served, listed, facts = _served(store, now), entries(path), dict(store.facts())
    store.close()
    make_layout_3(path)
    if layout == 1:
        with closing(sqlite3.connect(path)) as db:
            for statement in LAYOUT_1:
                db.execute(statement)
    assert _structure(path) != made
    with closing(open_store(f"sqlite:///{path}", create=False)) as again:
        assert _structure(path) == made
        assert check_tallies(path) > begin
        assert sizes(again, begin, now) == before
        assert _served(again, now) == served
        assert entries(path) == listed
        assert dict(again.facts()) == facts
        put(again, clock, "always", "new")
        sizes(again, begin, int(clock()))
        check_tallies(path)


def _served(store: Store, now: int) -> list[list[object]]:
    queries = [
        Query(name, now, set=term) for name in ("oai_dc", "_record") for term in TERMS
    ]
    return [whole(store, query, now) for query in queries]


def _structure(path: Path) -> object:
    with closing(sqlite3.connect(path)) as db:
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master ORDER BY name")
        ]
        return (
            db.execute("PRAGMA user_version").fetchone(),
            {
                name: db.execute(f"PRAGMA table_info({name})").fetchall()
                for name in tables
            },
            {
                name: db.execute(f"PRAGMA index_info({name})").fetchall()
                for name in tables
            },
        )


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FrozenClock()
    put(store, clock, "a")
    store.close()
    make_layout_3(path)
    with closing(sqlite3.connect(path)) as db:
        for statement in LAYOUT_1:
            db.execute(statement)
    before = _structure(path)
    monkeypatch.setitem(schema._STEPS, 2, schema._STEPS[2] + "CREATE TABLE x (;\n")
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{path}")
    assert _structure(path) == before


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("term", [None, "a", "a:b"])
def test_a_size_costs_the_same_for_a_longer_list(
    store: Store, path: Path, term: str | None, analysed: bool
) -> None:
    """Steps of the database's machine are counted; no index is read as a whole."""
    clock = FrozenClock()
    steps = []
    for begin, end in ((0, 100), (100, 1500)):
        put(store, clock, *(f"{n}" for n in range(begin, end)))
        for n in range(3):
            put(store, clock, "first", f"last {n}")
        now = int(clock())
        query = Query("oai_dc", now, set=term)
        with closing(Connections(path, 1).open("rw")) as db:
            if analysed:
                db.execute("ANALYZE")
            with counted_steps(db) as count:
                assert listing.size(db, query, now) == end + 4
            steps.append(len(count))
    assert steps[1] < 1.2 * steps[0]
