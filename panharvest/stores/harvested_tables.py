"""The tables of what was harvested."""

from __future__ import annotations

LAYOUT = 1
LAYOUT_META = "harvest_layout"
TABLES = """
CREATE TABLE harvest_feed (
  num {key},
  url {text} NOT NULL,
  prefix {text} NOT NULL,
  knowledge {text} NOT NULL,
  published BIGINT NOT NULL,  -- page up to which records are served
  UNIQUE (url, prefix)
);
CREATE TABLE harvest_list (
  feed BIGINT NOT NULL REFERENCES harvest_feed (num),
  spec {text} NOT NULL,       -- '': everything
  bookmark {text},
  checkpoint {text},
  PRIMARY KEY (feed, spec)
);
CREATE TABLE harvest_page (
  num {key},                  -- never used again: it is the order of changes
  feed BIGINT NOT NULL REFERENCES harvest_feed (num),
  url {text} NOT NULL,
  status SMALLINT NOT NULL,
  headers {text} NOT NULL,
  fetched {real} NOT NULL,
  repairs {text} NOT NULL,
  context {bytes} NOT NULL,
  codec SMALLINT NOT NULL,
  document {bytes} NOT NULL,
  original {bytes}
);
CREATE TABLE harvest_dictionary (
  num {key},
  feed BIGINT NOT NULL REFERENCES harvest_feed (num),
  content {bytes} NOT NULL
);
CREATE TABLE harvest_sets (num {key}, specs {text} NOT NULL UNIQUE);
-- Feed, sets and page are not checked by the database: that costs a fifth of an insert,
-- and a search of the whole table for each page that is dropped.
CREATE TABLE harvest_record (
  feed BIGINT NOT NULL,
  identifier {text} NOT NULL,
  datestamp {text} NOT NULL,
  standing SMALLINT NOT NULL,
  sets BIGINT NOT NULL,
  digest {bytes} NOT NULL,
  flags {text} NOT NULL,
  page BIGINT NOT NULL,
  start BIGINT NOT NULL,
  length BIGINT NOT NULL,
  listed BIGINT NOT NULL,     -- the last list that had it
  swept BIGINT NOT NULL,      -- the last sweep that found it
  missing SMALLINT NOT NULL,  -- sweeps since then that did not
  PRIMARY KEY (feed, identifier)
) {packed};
CREATE INDEX harvest_record_page ON harvest_record (feed, page);
CREATE TABLE harvest_wanted (
  feed BIGINT NOT NULL REFERENCES harvest_feed (num),
  identifier {text} NOT NULL,
  PRIMARY KEY (feed, identifier)
) {packed};
CREATE TABLE harvest_quarantine (
  num {key},
  feed BIGINT NOT NULL REFERENCES harvest_feed (num),
  identifier {text},
  asked {text} NOT NULL,
  position BIGINT NOT NULL,
  code {text} NOT NULL,
  reason {text} NOT NULL,
  at {real} NOT NULL,
  tries BIGINT NOT NULL,
  digest {bytes} NOT NULL,
  packing SMALLINT NOT NULL,
  raw {bytes} NOT NULL,
  UNIQUE (feed, digest)
);
CREATE INDEX harvest_quarantine_id ON harvest_quarantine (feed, identifier);
CREATE TABLE harvest_report (
  num {key},
  feed BIGINT NOT NULL REFERENCES harvest_feed (num),
  at {real} NOT NULL,
  report {text} NOT NULL
);
CREATE TABLE harvest_state (one SMALLINT PRIMARY KEY, page BIGINT NOT NULL);
INSERT INTO harvest_state (one, page) VALUES (1, 0)
"""
