"""Dictionaries: made when they are due, never needed twice, never lost."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from panharvest.errors import StoreError
from panharvest.protocols import ADDRESS, Item, Query, Stage
from panharvest.stores import open_store, packing
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.protocols import Store

FIRST = packing.DUE[0][0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{path}")) as opened:
        yield opened


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def document(number: int) -> bytes:
    """Make a document that shares half of its text with the others."""
    chance = random.Random(number)
    words = " ".join(f"{chance.randrange(10**6)}" for _ in range(40))
    shared = "".join(f"<dc:field{n}>what all have</dc:field{n}>" for n in range(30))
    return f"<dc:r>{shared}{words}</dc:r>".encode()


def put(store: Store, clock: FrozenClock, *numbers: int, make: Any = document) -> None:
    with store.write(clock) as writer:
        for n in numbers:
            writer.put_item(Item(f"{n}", f"{n}", (Stage(0, {"dc": make(n)}, ()),)))
    clock.advance(2)


def codecs(path: Path) -> dict[int, int]:
    """Count the rows by how they are packed (those with the mark of one byte).

    Dictionaries are numbered anew, as if there were none but those of documents.
    """
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT -1 - codec, COUNT(*) FROM version GROUP BY codec"
        order = [num for num, _ in dictionaries(db)]
        return {
            packing.TRAINED + 1 + order.index(code - packing.TRAINED)
            if code > packing.TRAINED
            else code: count
            for code, count in db.execute(sql)
        }


def dictionaries(db: sqlite3.Connection, name: str = "dc") -> list[tuple[int, bytes]]:
    """Give the numbers and contents of the dictionaries of a format."""
    sql = (
        "SELECT d.num, d.content FROM dictionary d JOIN prefix p ON p.num = d.prefix "
        "WHERE p.name = ? ORDER BY d.num"
    )
    return db.execute(sql, (name,)).fetchall()


def lengths(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT i.id, length(body) FROM version JOIN item i ON i.num = item"
        return dict(db.execute(sql).fetchall())


def served(store: Store, clock: FrozenClock) -> dict[str, bytes | None]:
    now = int(clock())
    rows = store.page(Query("dc", now, limit=10**6), now)
    return {row.id: row.body for row in rows}


def test_a_dictionary_is_made_when_there_are_enough(
    store: Store, clock: FrozenClock, path: Path
) -> None:
    put(store, clock, *range(FIRST - 1))
    put(store, clock, FIRST - 1)
    assert codecs(path) == {1: FIRST}
    before = sum(lengths(path).values())
    put(store, clock, FIRST)
    assert codecs(path) == {packing.TRAINED + 1: FIRST + 1}
    assert sum(lengths(path).values()) < before - 50 * FIRST
    assert served(store, clock) == {f"{n}": document(n) for n in range(FIRST + 1)}


def test_a_second_one_packs_the_newest_anew(
    store: Store, clock: FrozenClock, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "DUE", ((200, 1, 65_536), (230, 3, 65_536)))
    monkeypatch.setattr(packing, "REPACKED", 210)
    put(store, clock, *range(200))
    put(store, clock, *range(200, 240))
    put(store, clock, *range(240, 250))
    put(store, clock, 250)
    assert codecs(path) == {2: 40, 3: 211}
    assert served(store, clock) == {f"{n}": document(n) for n in range(251)}
    with closing(open_store(f"sqlite:///{path}")) as again:
        assert served(again, clock) == served(store, clock)


def test_a_damaged_document_does_not_stop_the_making_of_a_dictionary(
    store: Store, clock: FrozenClock, path: Path
) -> None:
    put(store, clock, *range(FIRST))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE version SET body = x'00' WHERE seq = 7")
    put(store, clock, FIRST)
    assert codecs(path) == {1: 1, packing.TRAINED + 1: FIRST}
    put(store, clock, 6)
    assert served(store, clock) == {f"{n}": document(n) for n in range(FIRST + 1)}


def test_a_transaction_that_fails_takes_its_dictionary_with_it(
    store: Store, clock: FrozenClock, path: Path
) -> None:
    def other(number: int) -> bytes:
        return document(number).replace(b"what all have", b"another text, as long")

    put(store, clock, *range(FIRST))
    with pytest.raises(RuntimeError), store.write(clock) as writer:
        writer.put_item(Item("x", "x", (Stage(0, {"dc": other(0)}, ()),)))
        raise RuntimeError
    put(store, clock, *range(FIRST), make=other)
    assert served(store, clock) == {f"{n}": other(n) for n in range(FIRST)}


def test_documents_that_give_no_dictionary_are_kept_as_they_are(
    store: Store, clock: FrozenClock, path: Path
) -> None:
    put(store, clock, *range(FIRST), make=lambda _n: b"")
    put(store, clock, *range(FIRST, FIRST + 9), make=lambda _n: b"")
    put(store, clock, FIRST + 9)
    assert codecs(path) == {0: FIRST + 9, 1: 1}
    assert served(store, clock)[f"{FIRST + 9}"] == document(FIRST + 9)
    with closing(sqlite3.connect(path)) as db:
        assert [content for _, content in dictionaries(db)] == [b""]


def test_threads_unpack_side_by_side(store: Store, clock: FrozenClock) -> None:
    put(store, clock, *range(FIRST))
    put(store, clock, *range(FIRST, 2 * FIRST))
    wanted = {f"{n}": document(n) for n in range(2 * FIRST)}
    same: list[bool] = []

    def read() -> None:
        same.extend(served(store, clock) == wanted for _ in range(10))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 40


def test_documents_with_the_long_mark_are_read_as_others(
    store: Store, clock: FrozenClock, path: Path
) -> None:
    """As they were written before the mark was one byte."""

    def addressed(number: int) -> bytes:
        return document(number).replace(b"what all have", b"%s/x" % ADDRESS, 1)

    put(store, clock, *range(FIRST), make=addressed)
    put(store, clock, FIRST, make=addressed)
    expected = {f"{n}": addressed(n) for n in range(FIRST + 1)}
    with closing(sqlite3.connect(path)) as db, db:
        ((packed,),) = db.execute("SELECT body FROM version WHERE seq = 1").fetchall()
        ((num, content),) = dictionaries(db)
        shared = zstandard.ZstdCompressionDict(content)
        unpack = zstandard.ZstdDecompressor(dict_data=shared).decompress
        assert ADDRESS not in unpack(packing.MAGIC + packed)
        pack = zstandard.ZstdCompressor(dict_data=shared).compress
        for codec, body in ((0, addressed(1)), (packing.TRAINED + num, None)):
            db.execute(
                "UPDATE version SET codec = ?, body = ? WHERE seq = ?",
                (codec, body or pack(addressed(2)), 2 if body else 3),
            )
    with closing(open_store(f"sqlite:///{path}")) as again:
        assert served(again, clock) == expected
        row = again.get("2", "dc", int(clock()), b"https://x.example.org/&amp;")
        assert row is not None
        assert row.body == addressed(2).replace(ADDRESS, b"https://x.example.org/&amp;")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE version SET body = x'00'", "is damaged"),
        ("DELETE FROM dictionary", "unknown way"),
    ],
)
def test_damage_is_told(
    store: Store, clock: FrozenClock, path: Path, damage: str, told: str
) -> None:
    put(store, clock, *range(FIRST))
    put(store, clock, FIRST)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(damage)
    with pytest.raises(StoreError, match=told):
        store.get(f"{FIRST}", "dc", int(clock()))
