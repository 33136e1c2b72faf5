"""What stands in the file of a store, for tests of its layout."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from panharvest.stores import codec, membership
from panharvest.stores.sqlite_connections import Connections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def entries(path: Path) -> list[tuple[int, int, int, int]]:
    """Give format, set, beginning and number of every row that a set lists.

    The chunks of a set follow one another, none is empty and none too long.
    """
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(
            "SELECT prefix, setspec, visible_at, seq, entries FROM membership "
            "ORDER BY prefix, setspec, visible_at, seq"
        ).fetchall()
    given = []
    for (prefix, setspec), chunks in groupby(rows, key=lambda row: row[:2]):
        listed = []
        for *_, at, seq, packed in chunks:
            chunk = membership.unpack((at, seq), packed)
            assert 0 < len(chunk) <= membership.MOST
            listed += chunk
        assert all(one < two for one, two in pairwise(listed))
        given += [(prefix, setspec, *entry) for entry in listed]
    return given


@contextmanager
def counted_steps(db: sqlite3.Connection) -> Iterator[list[None]]:
    """Count the steps that the database's machine takes in a block."""
    steps: list[None] = []
    db.set_progress_handler(lambda: steps.append(None), 1)
    try:
        yield steps
    finally:
        db.set_progress_handler(None, 1)


# What layout 3 had in other words.
_LAYOUT_3 = """
DROP INDEX item_of;
DROP INDEX version_chain;
DROP INDEX version_page;
DROP INDEX version_end;
ALTER TABLE item RENAME TO item_now;
ALTER TABLE version RENAME TO version_now;
ALTER TABLE membership RENAME TO membership_now;
ALTER TABLE combination RENAME COLUMN setspecs TO specs;
CREATE TABLE item (
  num INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  dataset TEXT NOT NULL,
  present SMALLINT NOT NULL,
  released SMALLINT NOT NULL,
  facts TEXT NOT NULL
);
CREATE TABLE version (
  seq BIGINT PRIMARY KEY,
  item BIGINT NOT NULL REFERENCES item (num),
  prefix BIGINT NOT NULL REFERENCES prefix (num),
  visible_at BIGINT NOT NULL,
  superseded_at BIGINT,
  revoked_at BIGINT,
  deleted SMALLINT NOT NULL,
  sets BIGINT NOT NULL REFERENCES combination (num),
  ever BIGINT NOT NULL REFERENCES combination (num),
  digest BLOB NOT NULL,
  codec SMALLINT NOT NULL,
  body BLOB
);
CREATE TABLE membership (
  setspec BIGINT NOT NULL REFERENCES setspec (num),
  prefix BIGINT NOT NULL REFERENCES prefix (num),
  visible_at BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (setspec, prefix, visible_at, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX item_of ON item
  (dataset, (CASE WHEN present = 1 THEN 0 ELSE num END));
CREATE UNIQUE INDEX version_chain ON version (item, prefix, visible_at);
CREATE UNIQUE INDEX version_page ON version (prefix, visible_at, seq, superseded_at);
CREATE INDEX version_end ON version (prefix, superseded_at, visible_at, seq)
  WHERE superseded_at IS NOT NULL;
"""
_LEFT = """
DROP TABLE version_now;
DROP TABLE item_now;
DROP TABLE membership_now;
PRAGMA user_version = 3;
"""


def make_layout_3(path: Path) -> None:
    """Turn the file of a closed store into what panharvest wrote in layout 3."""
    listed = entries(path)
    with closing(Connections(path, 1).open("rw")) as db:
        specs = {
            num: codec.join(db.unpacker.sets(db, num))
            for (num,) in db.execute("SELECT num FROM combination").fetchall()
        }
        db.execute("PRAGMA foreign_keys = OFF")
        db.executescript(_LAYOUT_3)
        for num, text in specs.items():
            db.execute("UPDATE combination SET specs = ? WHERE num = ?", (text, num))
        for *head, code, facts in db.execute("SELECT * FROM item_now").fetchall():
            text = codec.unmark(db.unpacker.unpack(db, code, facts)).decode()
            db.execute("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)", (*head, text))
        for *head, sets, ever, code, body in db.execute(
            "SELECT * FROM version_now"
        ).fetchall():
            digest = b""
            if body is not None:
                document = codec.unmark(db.unpacker.unpack(db, code, body))
                told = specs[sets].encode() + b"\0" + document
                digest = sha256(told).digest()[:16]
            db.execute(
                f"INSERT INTO version VALUES ({', '.join('?' * 12)})",
                (*head, sets, ever or sets, digest, code, body),
            )
        db.executemany(
            "INSERT INTO membership VALUES (?, ?, ?, ?)",
            [(setspec, prefix, at, seq) for prefix, setspec, at, seq in listed],
        )
        db.executescript(_LEFT)
