"""The tables, in SQL that SQLite and PostgreSQL share but for seven words."""

from __future__ import annotations

VERSION = 4
APPLICATION = 0x50614E48  # "PaNH"

# The words in which the databases differ. Texts are to be compared by code point, as
# Python compares them: in PostgreSQL that is COLLATE "C".
SQLITE = {
    "key": "INTEGER PRIMARY KEY",
    "number": "INTEGER PRIMARY KEY",  # as "key", but given by us
    "order": "visible_at",  # and seq, which SQLite has in every index unasked
    "text": "TEXT",
    "bytes": "BLOB",
    "real": "REAL",
    "packed": "WITHOUT ROWID",
}

_ITEM = """
CREATE TABLE item (
  num {key},
  id {text} NOT NULL UNIQUE,
  dataset {text} NOT NULL,
  present SMALLINT NOT NULL,   -- 1: the item of its dataset; 0: a former id of it
  released SMALLINT NOT NULL,  -- 1: its dataset has lost all its raws
  packing SMALLINT NOT NULL,   -- of the facts: a codec as of a version
  facts {bytes} NOT NULL
);
-- at most one item of a dataset is present; any number are its former ones
CREATE UNIQUE INDEX item_of ON item
  (dataset, (CASE WHEN present = 1 THEN 0 ELSE num END));
"""
_VERSION = """
CREATE TABLE version (
  seq {number},
  item BIGINT NOT NULL REFERENCES item (num),
  prefix BIGINT NOT NULL REFERENCES prefix (num),
  visible_at BIGINT NOT NULL,
  superseded_at BIGINT,  -- start of the next row of this item in this format
  revoked_at BIGINT,     -- start of the next tombstone of this item in this format
  deleted SMALLINT NOT NULL,
  sets BIGINT NOT NULL REFERENCES combination (num),
  ever BIGINT REFERENCES combination (num),  -- NULL: as sets
  codec SMALLINT NOT NULL,
  body {bytes},
  CHECK (superseded_at > visible_at),
  CHECK (revoked_at > visible_at),
  CHECK ((deleted = 1) = (body IS NULL))
);
"""
_INDEXES = """
CREATE INDEX version_chain ON version (item, prefix);
CREATE INDEX version_page ON version (prefix, {order});
CREATE INDEX version_end ON version (prefix, superseded_at)
  WHERE superseded_at IS NOT NULL;
"""
_MEMBERSHIP = """
CREATE TABLE membership (  -- see membership.py
  setspec BIGINT NOT NULL REFERENCES setspec (num),
  prefix BIGINT NOT NULL REFERENCES prefix (num),
  visible_at BIGINT NOT NULL,  -- with seq: the first entry of a chunk
  seq BIGINT NOT NULL,
  entries {bytes} NOT NULL,
  PRIMARY KEY (setspec, prefix, visible_at, seq)
) {packed};
"""
_TABLES = (
    """
CREATE TABLE state (
  one SMALLINT PRIMARY KEY CHECK (one = 1),
  stamp BIGINT NOT NULL,   -- newest datestamp given
  clock {real} NOT NULL,   -- what the clock said then, or later
  seq BIGINT NOT NULL,     -- newest row number given
  earliest BIGINT,         -- oldest datestamp among purged rows
  tallied BIGINT NOT NULL DEFAULT -1  -- instant of the tallies
);
CREATE TABLE meta (name {text} PRIMARY KEY, value {text} NOT NULL);
CREATE TABLE raw (
  source {text} NOT NULL,
  native_id {text} NOT NULL,
  dataset {text} NOT NULL,
  media_type {text} NOT NULL,
  sha256 {text} NOT NULL,
  modified {text},
  hints {text} NOT NULL,
  codec SMALLINT NOT NULL,
  payload {bytes} NOT NULL,
  PRIMARY KEY (source, native_id)
);
CREATE INDEX raw_dataset ON raw (dataset, source, native_id);
CREATE TABLE refusal (
  source {text} NOT NULL,
  native_id {text} NOT NULL,
  code {text} NOT NULL,
  why {text} NOT NULL,
  PRIMARY KEY (source, native_id)
);
"""
    + _ITEM
    + """
CREATE TABLE prefix (num {key}, name {text} NOT NULL UNIQUE);
CREATE TABLE dictionary (  -- see packing.py
  num {key},
  prefix BIGINT NOT NULL REFERENCES prefix (num),
  content {bytes} NOT NULL
);
CREATE TABLE setspec (num {key}, spec {text} NOT NULL UNIQUE);
CREATE TABLE combination (  -- numbers of sets, without those above them
  num {key}, setspecs {text} NOT NULL UNIQUE
);
"""
    + _VERSION
    + _INDEXES
    + _MEMBERSHIP
    + """
CREATE TABLE tally (  -- see tallying.py
  prefix BIGINT NOT NULL REFERENCES prefix (num),
  setspec BIGINT NOT NULL,  -- 0: all rows
  listed BIGINT NOT NULL,   -- rows visible at the instant of the tallies
  PRIMARY KEY (prefix, setspec)
);
INSERT INTO state (one, stamp, clock, seq) VALUES (1, 0, 0, 0);
"""
)

# What makes a layout out of the one before it.
_STEPS = {
    2: """
ALTER TABLE state ADD COLUMN tallied BIGINT NOT NULL DEFAULT -1;
DROP INDEX version_end;
CREATE INDEX version_end ON version (prefix, superseded_at, visible_at, seq)
  WHERE superseded_at IS NOT NULL;
CREATE TABLE tally (
  prefix BIGINT NOT NULL REFERENCES prefix (num),
  setspec BIGINT NOT NULL,
  listed BIGINT NOT NULL,
  PRIMARY KEY (prefix, setspec)
);
""",
    3: """
DROP INDEX item_present;
DROP INDEX item_dataset;
CREATE UNIQUE INDEX item_of ON item
  (dataset, (CASE WHEN present = 1 THEN 0 ELSE num END));
""",
    # see also upgrading.py
    4: """
DROP INDEX version_chain;
DROP INDEX version_page;
DROP INDEX version_end;
DROP INDEX item_of;
ALTER TABLE version RENAME TO version_before;
ALTER TABLE item RENAME TO item_before;
"""
    + _ITEM
    + _VERSION
    + """
INSERT INTO item
SELECT num, id, dataset, present, released, 0, CAST(facts AS {bytes}) FROM item_before;
INSERT INTO version
SELECT seq, item, prefix, visible_at, superseded_at, revoked_at,
  deleted, sets, NULLIF(ever, sets), codec, body FROM version_before ORDER BY seq;
DROP TABLE version_before;
DROP TABLE item_before;
"""
    + _INDEXES
    + """
ALTER TABLE combination RENAME COLUMN specs TO setspecs;
ALTER TABLE membership RENAME TO membership_before;
"""
    + _MEMBERSHIP,
}


def statements(words: dict[str, str], layout: int = 0) -> list[str]:
    """Give the statements that make an empty store in a database's own words.

    Or those that turn a store of an older layout into one of this.
    """
    steps = [_STEPS[step] for step in range(layout + 1, VERSION + 1) if layout]
    text = "".join(steps or [_TABLES]).format(**words)
    return [one.strip() for one in text.split(";\n") if one.strip()]
