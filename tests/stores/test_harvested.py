"""What was harvested, as it lies in SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from panharvest.errors import StoreError
from panharvest.harvested import Entry, Page
from panharvest.stores import harvested_pages, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.protocols import Store

URL = "https://other.example.org/oai"


def put(store: Store, document: bytes, original: bytes | None = None) -> None:
    harvests = store.harvests()
    feed = harvests.feed(URL, "oai_dc")
    page = Page(URL, 200, {"server": "x"}, 1.0, document, b"", original)
    entry = Entry("a", "2024-01-01", False, (), document[:9], 0, len(document))
    with harvests.write() as writer:
        writer.put_page(feed.num, page, [entry], 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def test_pages_of_one_repository_take_little(path: Path) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        for number in range(30):
            text = f"<record>{number} some words about a measurement</record>" * 40
            put(store, text.encode())
    with closing(sqlite3.connect(path)) as db, db:
        sizes = [n for (n,) in db.execute("SELECT LENGTH(document) FROM harvest_page")]
    assert sum(sizes) < 30 * 40 * 50 / 20


@pytest.mark.parametrize("size", [100, 50_000, 2_000_000])
def test_h79_a_damaged_page_is_noticed(path: Path, size: int) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        put(store, b"<record>%b</record>" % (b"x" * size))
        assert store.harvests().record(1, "a") is not None
    with closing(sqlite3.connect(path)) as db, db:
        (packed,) = db.execute("SELECT document FROM harvest_page").fetchone()
        for place in range(len(packed) - 12, len(packed)):
            damaged = bytearray(packed)
            damaged[place] ^= 1
            db.execute("UPDATE harvest_page SET document = ?", (bytes(damaged),))
            db.commit()
            with (
                closing(open_store(f"sqlite:///{path}")) as store,
                pytest.raises(StoreError, match="damaged"),
            ):
                store.harvests().record(1, "a")


def test_a_repaired_page_is_there_as_it_came(path: Path) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        put(store, b"<record>good</record>", b"<record>b\x01d</record>")
        (record,) = store.harvests().records(1)
        num = record.page
    with closing(sqlite3.connect(path)) as db, db:
        assert harvested_pages.original(db, num) == b"<record>b\x01d</record>"


def test_a_store_that_never_harvests_has_no_tables_for_it(path: Path) -> None:
    with closing(open_store(f"sqlite:///{path}")):
        pass
    with closing(sqlite3.connect(path)) as db, db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master")]
    assert not [name for name in names if name.startswith("harvest")]


def test_what_a_newer_version_kept_is_not_touched(path: Path) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.harvests()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE meta SET value = '99' WHERE name = 'harvest_layout'")
    with (
        closing(open_store(f"sqlite:///{path}")) as store,
        pytest.raises(StoreError, match="update panharvest"),
    ):
        store.harvests()
