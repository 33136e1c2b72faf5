from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from store_files import counted_steps, entries

from panharvest.errors import ConfigError, StoreBusyError, StoreError
from panharvest.protocols import Item, Query, Stage
from panharvest.stores import listing, open_store, schema
from panharvest.stores.sqlite_connections import Connections
from panharvest.testing.clock import FrozenClock
from panharvest.testing.served import whole
from panharvest.testing.store import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.protocols import Row, Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "odd name?#%.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{path}", patience=0.05)) as opened:
        yield opened


class TestContract(StoreContract):
    pass


def put(store: Store, clock: FrozenClock, *ids: str) -> None:
    with store.write(clock) as writer:
        for id_ in ids:
            stage = Stage(0, {"oai_dc": f"<x>{clock()}</x>".encode()}, ("a:b",))
            writer.put_item(Item(id_, id_, (stage,)))
    clock.advance(2)


# ---------------------------------------------------------------- the file


def test_only_the_owner_can_read_the_file(store: Store, path: Path) -> None:
    put(store, FrozenClock(), "a")
    assert sorted(one.name for one in path.parent.iterdir()) == [
        path.name,
        f"{path.name}-shm",
        f"{path.name}-wal",
    ]
    for one in path.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_a_closed_store_is_one_file_and_opens_again(store: Store, path: Path) -> None:
    clock = FrozenClock()
    put(store, clock, "a")
    store.close()
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(StoreError, match="closed"):
        store.meta("k")
    with closing(open_store(f"sqlite:///{path}", create=False)) as again:
        assert again.get("a", "oai_dc", int(clock())) is not None


def test_a_relative_url_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///here.db").close()
    assert (tmp_path / "here.db").exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("records.db", "it has no scheme"),
        ("postgresql://me:secret@host/db", "'postgresql' is not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite://relative.db", "needs a file"),
    ],
)
def test_a_url_of_no_store_is_told_in_a_line(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "sqlite:///panharvest.db" in str(caught.value)


def test_a_missing_store_is_not_made_unasked(path: Path) -> None:
    with pytest.raises(StoreError, match="no store here"):
        open_store(f"sqlite:///{path}", create=False)
    assert not path.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made: No such file"):
        open_store(f"sqlite:///{tmp_path}/no/such.db")


def test_a_file_of_something_else_is_left_alone(path: Path) -> None:
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"0" * 5000)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not of panharvest"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version_is_left_alone(store: Store, path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(StoreError, match="newer panharvest"):
        open_store(f"sqlite:///{path}")


def test_a_file_left_empty_by_a_crash_becomes_a_store(path: Path) -> None:
    path.touch()
    with closing(open_store(f"sqlite:///{path}")) as store:
        put(store, FrozenClock(), "a")


def test_damage_is_an_error_of_the_store(store: Store, path: Path) -> None:
    put(store, FrozenClock(), *(f"{n}" for n in range(300)))
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:] = random.Random(1).randbytes(len(content) - 8192)
    path.write_bytes(content)
    with (
        closing(open_store(f"sqlite:///{path}")) as damaged,
        pytest.raises(StoreError),
    ):
        damaged.page(Query("oai_dc", 2_000_000_000), 2_000_000_000)


def test_settings_of_the_file(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        values = [
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "page_size", "application_id")
        ]
    assert values == ["wal", 8192, schema.APPLICATION]


def test_few_words_are_of_sqlite() -> None:
    portable = {
        "key": "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        "number": "BIGINT PRIMARY KEY",
        "order": "visible_at, seq",
        "text": 'TEXT COLLATE "C"',
        "bytes": "BYTEA",
        "real": "DOUBLE PRECISION",
        "packed": "",
    }
    text = "\n".join(schema.statements(portable))
    for word in ("BLOB", "ROWID\n", "AUTOINCREMENT", "INTEGER", "PRAGMA", "{"):
        assert word not in text
    assert len(schema.statements(portable)) == len(schema.statements(schema.SQLITE))


def test_a_damaged_document_is_replaced_by_the_next_write(
    store: Store, path: Path
) -> None:
    clock = FrozenClock()
    stage = Stage(0, {"oai_dc": b"<x/>"}, ("s",))
    item = Item("a", "a", (stage,), {"title": "A"})
    with store.write(clock) as writer:
        assert writer.put_item(item) == "added"
    clock.advance(2)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE version SET codec = -2, body = x'00'")
        db.execute("UPDATE item SET packing = -2, facts = x'00'")
    with pytest.raises(StoreError, match="damaged"):
        store.get("a", "oai_dc", int(clock()))
    with store.write(clock) as writer:
        assert writer.put_item(item) == "changed"
    clock.advance(2)
    found = store.get("a", "oai_dc", int(clock()))
    assert found is not None
    assert found.body == b"<x/>"
    assert dict(store.facts()) == {"a": {"title": "A"}}
    with store.write(clock) as writer:
        assert writer.put_item(item) == "unchanged"


# ---------------------------------------------------------------- many at once


def test_a_second_writer_is_told_of_the_first(store: Store, path: Path) -> None:
    clock = FrozenClock()
    with (
        closing(open_store(f"sqlite:///{path}", patience=0.05)) as other,
        store.write(clock),
        pytest.raises(StoreBusyError, match="another writer"),
        other.write(clock),
    ):
        pass
    put(store, clock, "a")


def test_a_thread_that_writes_cannot_write_within(store: Store) -> None:
    clock = FrozenClock()
    with store.write(clock), pytest.raises(StoreError, match="already"):
        put(store, clock, "a")
    put(store, clock, "a")


def test_readers_do_not_wait_for_the_writer(store: Store) -> None:
    clock = FrozenClock()
    put(store, clock, "a")
    found: list[Row | None] = []

    def read() -> None:
        found.append(store.get("a", "oai_dc", int(clock())))

    with store.write(clock) as writer:
        writer.put_item(Item("a", "a", ()))
        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [row is not None and not row.deleted for row in found] == [True] * 8


def test_a_harvester_misses_nothing_while_others_write(
    store: Store, path: Path
) -> None:
    """Two processes write by the real clock; a third list is pinned to it."""
    script = Path(__file__).with_name("writing_in_a_loop.py")
    writers = [
        subprocess.Popen(
            [sys.executable, str(script), str(path), name, "60"],
            stdout=subprocess.DEVNULL,
        )
        for name in ("one", "two")
    ]
    copy: dict[str, tuple[int, bytes | None]] = {}
    visit = 0
    while any(writer.poll() is None for writer in writers):
        visit = _harvest(store, copy, visit)
    assert [writer.returncode for writer in writers] == [0, 0]
    _wait_for_the_next_but_one_second()
    _harvest(store, copy, visit)
    now = int(time.time())
    rows = whole(store, Query("oai_dc", now), now)
    assert copy == {row.id: (row.datestamp, row.body) for row in rows}
    assert copy


def _harvest(
    store: Store, copy: dict[str, tuple[int, bytes | None]], visit: int
) -> int:
    now = int(time.time())
    for row in whole(store, Query("oai_dc", now, first=visit, limit=2), now):
        assert visit <= row.datestamp
        assert copy.get(row.id, (0, b""))[0] <= row.datestamp
        copy[row.id] = (row.datestamp, row.body)
    return now


def _wait_for_the_next_but_one_second() -> None:
    end = int(time.time()) + 2
    while time.time() < end:
        time.sleep(0.05)


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_writer_leaves_a_consistent_store(path: Path, seed: int) -> None:
    """SIGKILL at a random moment; what was committed before is there and whole."""
    script = Path(__file__).with_name("writing_in_a_loop.py")
    chance = random.Random(seed)
    for attempt in range(3):
        writer = subprocess.Popen(
            [sys.executable, str(script), str(path), "one", "1000000"],
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        with writer, writer.stdout:
            lines = [b"-1"]
            if attempt or seed:
                lines.append(writer.stdout.readline())  # it is at work
            else:
                while not path.exists() and writer.poll() is None:  # barely begun
                    time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.15))
            os.kill(writer.pid, signal.SIGKILL)
            lines += writer.stdout.readlines()
        with closing(open_store(f"sqlite:///{path}")) as store:
            assert int(store.meta("round one") or -1) >= int(lines[-1])
            _check_chains(path)
            _check_sizes(store)
            for id_, facts in store.facts():
                row = store.get(id_, "oai_dc", 4_000_000_000)
                if row is not None and row.body is not None:
                    assert row.body.strip(b"x") == b"%d" % facts["round"]


def _check_sizes(store: Store) -> None:
    now = int(time.time()) + 9
    for spec in (None, "a", "a:b", "n", "n:1"):
        query = Query("oai_dc", now, set=spec)
        assert store.size(query, now) == len(whole(store, query, now))


def _check_chains(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = db.execute(
            "SELECT item, prefix, visible_at, superseded_at, revoked_at, deleted, seq "
            "FROM version ORDER BY item, prefix, visible_at"
        ).fetchall()
        for one, two in pairwise(rows):
            if one[:2] == two[:2]:
                assert one[3] == two[2], "a row ends where the next begins"
            else:
                assert one[3] is None, "the last row of a chain has no end"
        for row in rows:
            deaths = [r[2] for r in rows if r[:2] == row[:2] and r[5] and r[2] > row[2]]
            assert row[4] == (None if row[5] else min(deaths, default=None))
        (newest, seq) = db.execute("SELECT stamp, seq FROM state").fetchone()
        assert max((row[2] for row in rows), default=0) <= newest
        assert max((row[6] for row in rows), default=0) <= seq
        places = {(row[1], row[2], row[6]) for row in rows}
    for prefix, _, *entry in entries(path):
        assert (prefix, *entry) in places, "a set lists rows that are there"


# ---------------------------------------------------------------- cost


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("spec", [None, "a", "a:b"])
def test_a_page_costs_what_its_rows_cost(
    store: Store, path: Path, spec: str | None, analysed: bool
) -> None:
    """Every step is a search in an index; what is sorted is the rows of a page."""
    clock = FrozenClock()
    costs = []
    for begin, end in ((0, 1000), (1000, 4000)):
        put(store, clock, *(f"{n}" for n in range(begin, end)))
        now = int(clock())
        (first,) = store.page(Query("oai_dc", now, limit=1), now)
        queries = [
            Query("oai_dc", now, set=spec),
            Query("oai_dc", now, set=spec, after=(first.key[0], 90)),
            Query("oai_dc", now, set=spec, first=5, last=now - 1, after=(7, 1)),
            Query("oai_dc", now, set=spec, after=(now - 2, end - 20)),
            Query("oai_dc", now, set=spec, bodies=False),
        ]
        with closing(Connections(path, 1).open("rw")) as db:
            if analysed:
                db.execute("ANALYZE")
            costs.append([_cost(db, query, now) for query in queries])
    for before, after in zip(*costs, strict=True):
        assert after < 1.5 * before


@pytest.mark.parametrize("analysed", [False, True])
def test_what_concerns_an_item_is_found_by_its_number(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, analysed: bool
) -> None:
    """Whatever is read and written: no statement goes through the rows of others."""
    asked: set[str] = set()
    opening = Connections.open

    def opened(self: Connections, mode: str) -> Any:
        db = opening(self, mode)
        db.set_trace_callback(asked.add)
        return db

    clock = FrozenClock()
    put(store, clock, *(f"{n}" for n in range(300)))
    if analysed:
        with closing(sqlite3.connect(path)) as db:
            db.execute("ANALYZE")
    monkeypatch.setattr(Connections, "open", opened)
    with closing(open_store(f"sqlite:///{path}")) as again:
        put(again, clock, "1", "2")
        with again.write(clock) as writer:
            later = Stage(int(clock()) + 99, {"oai_dc": b"<y/>"})
            writer.put_item(Item("3", "3", (later,)))
            writer.put_item(Item("4", "4", ()))
            clock.advance(3)  # all is stamped anew
        clock.advance(3)
        with again.write(clock) as writer:
            writer.put_item(Item("3", "3", ()))
            writer.put_item(Item("4", "4", (Stage(0, {"oai_dc": b"<z/>"}),)))
        clock.advance(3)
        now = int(clock())
        for id_ in ("3", "4", "5"):
            again.get(id_, "oai_dc", now)
            again.prefixes(id_, now)
    plans = []
    with closing(sqlite3.connect(path)) as db:
        for statement in asked:
            if "version" in statement and "item" in statement.partition("WHERE")[2]:
                rows = db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
                plans.append(" ".join(row[3] for row in rows))
    assert len(plans) > 9
    assert all("USING INDEX version_chain (item=?" in plan for plan in plans), plans
    assert not any("SCAN" in plan for plan in plans)


def _cost(db: Any, query: Query, now: int) -> int:
    """Count the steps of the database's machine for a page, and look at its plans."""
    asked: list[str] = []
    listing.page(db, query, now)  # what a connection learns once
    db.set_trace_callback(asked.append)
    with counted_steps(db) as steps:
        rows = listing.page(db, query, now)
    db.set_trace_callback(None)
    assert len(rows) == query.limit or query.after == (now - 2, rows[0].key[1] - 1)
    for statement in asked:
        for *_, plan in db.execute(f"EXPLAIN QUERY PLAN {statement}"):
            assert "SCAN " not in plan or plan == "SCAN CONSTANT ROW"
            assert "TEMP" not in plan or query.set is not None
    return len(steps)


@pytest.mark.parametrize("spec", [None, "a", "a:b"])
def test_few_rows_are_counted_and_many_are_not(
    store: Store, monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 3)
    clock = FrozenClock()
    for n in range(10):
        put(store, clock, f"{n}")
    put(store, clock, "0", "5")  # 0 and 5 move to the end
    now = int(clock())
    stamps = [row.datestamp for row in whole(store, Query("oai_dc", now), now)]
    assert len(stamps) == 10
    for first, last in product([None, *stamps], repeat=2):
        query = Query("oai_dc", now, set=spec, first=first, last=last)
        inside = len(whole(store, query, now))
        size = store.size(query, now)
        few = inside <= 3 or 10 - inside <= 3
        assert size == (inside if few else None), (first, last)


def test_a_restamp_of_many_is_one_change(store: Store, path: Path) -> None:
    clock = FrozenClock()
    with store.write(clock) as writer:
        for n in range(3000):
            stage = Stage(0, {"oai_dc": b"<x/>", "_record": b"{}"}, ("a:b",))
            writer.put_item(Item(f"{n}", f"{n}", (stage,)))
        clock.advance(0.95)
    clock.advance(3)
    now = int(clock())
    rows = whole(store, Query("oai_dc", now, set="a", limit=1000), now)
    assert [row.id for row in rows] == [f"{n}" for n in range(3000)]
    assert {row.datestamp for row in rows} == {1_700_000_002}
    _check_members(path)


def _check_members(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        places = set(
            db.execute(
                "SELECT v.prefix, v.visible_at, v.seq FROM version v "
                "JOIN prefix p ON p.num = v.prefix WHERE p.name = 'oai_dc'"
            ).fetchall()
        )
    listed = [(prefix, *entry) for prefix, _, *entry in entries(path)]
    assert len(listed) == 2 * 3000
    assert set(listed) == places


def test_a_store_that_cannot_be_laid_out_leaves_no_connection_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[sqlite3.Connection] = []
    connect = Connections.open

    def remembered(self: Connections, mode: str) -> Any:
        made.append(connect(self, mode))
        return made[-1]

    def fail(*_: object) -> None:
        raise StoreError("no room")

    monkeypatch.setattr(Connections, "open", remembered)
    monkeypatch.setattr("panharvest.stores.tallying.tally", fail)
    with pytest.raises(StoreError, match="no room"):
        open_store(f"sqlite:///{tmp_path}/s.db")
    assert made
    for connection in made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
