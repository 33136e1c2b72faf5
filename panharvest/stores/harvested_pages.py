"""Pages as they lie in the database: packed, checked when they are opened, vacuumed.

Every packed page has a checksum. Pages of one repository are alike, small ones above
all: each is packed with the first page of its feed as a dictionary, which takes a page
of ten records to half of what it would be alone. The dictionary is a row; the codec of
a page names it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import zstandard

from panharvest.errors import StoreError
from panharvest.harvested import Vacuumed

if TYPE_CHECKING:
    from panharvest.harvested import Bytes, Page
    from panharvest.stores.database import Database

ALONE = 0  # codec: packed without dictionary; else the number of the dictionary
LEVEL = 1  # half the time of 3, and a tenth more bytes
DICTIONARY = 64 * 1024  # bytes
SMALL = 1024 * 1024  # longer documents gain nothing by a dictionary
MOST = 2**30  # bytes that a page may unpack to
SCANT = 0.25  # a page of which less is needed is cut down to that
CHUNK = 200
FEEDS = 16  # whose dictionaries are kept ready
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Opened:
    """A page, unpacked and checked."""

    num: int
    fetched: float
    context: bytes
    document: bytes


class Packer:
    """Packs pages, for one write transaction at a time."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, zstandard.ZstdCompressor]] = {}
        self._alone = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)

    def forget(self) -> None:
        """Forget the dictionaries: the transaction that made one was rolled back."""
        self._known.clear()

    def pack(self, db: Database, feed: int, document: Bytes) -> tuple[int, bytes]:
        """Give codec and packed bytes; a feed's first page becomes its dictionary."""
        if len(document) > SMALL:
            return ALONE, self._alone.compress(document)
        if feed not in self._known:
            if len(self._known) >= FEEDS:
                self._known.clear()
            self._known[feed] = _compressor(db, feed, document)
        code, compressor = self._known[feed]
        return code, compressor.compress(document)


def _compressor(
    db: Database, feed: int, document: Bytes
) -> tuple[int, zstandard.ZstdCompressor]:
    found = db.execute(
        "SELECT num, content FROM harvest_dictionary WHERE feed = ? "
        "ORDER BY num DESC LIMIT 1",
        (feed,),
    ).fetchone()
    if found is None:
        content = bytes(document[-DICTIONARY:])
        made = db.execute(
            "INSERT INTO harvest_dictionary (feed, content) VALUES (?, ?) "
            "RETURNING num",
            (feed, content),
        ).fetchall()
        found = (made[0][0], content)
    compressor = zstandard.ZstdCompressor(
        level=LEVEL, dict_data=_raw(found[1]), write_checksum=True
    )
    return found[0], compressor


def _raw(content: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(
        bytes(content), dict_type=zstandard.DICT_TYPE_RAWCONTENT
    )


def _unpack(db: Database, code: int, packed: bytes) -> bytes:
    dictionary = None
    if code != ALONE:
        found = db.execute(
            "SELECT content FROM harvest_dictionary WHERE num = ?", (code,)
        ).fetchone()
        if found is None:
            raise StoreError(f"a harvested page is packed in an unknown way ({code})")
        dictionary = _raw(found[0])
    try:
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(
            packed, max_output_size=MOST
        )
    except zstandard.ZstdError as error:
        raise StoreError(f"a harvested page is damaged: {error}") from None


def opened(db: Database, num: int) -> Opened:
    """Unpack a page.

    Raises
    ------
    StoreError
        When it is not what it was when it was kept.
    """
    row = db.execute(
        "SELECT fetched, context, codec, document FROM harvest_page WHERE num = ?",
        (num,),
    ).fetchone()
    if row is None:
        raise StoreError(f"a harvested page is missing ({num})")
    fetched, context, code, packed = row
    document = _unpack(db, code, packed)
    return Opened(num, fetched, bytes(context), document)


def original(db: Database, num: int) -> bytes | None:
    """Give a page as it came, when it had to be repaired."""
    row = db.execute(
        "SELECT original FROM harvest_page WHERE num = ?", (num,)
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return _unpack(db, ALONE, row[0])


def put(db: Database, feed: int, page: Page, packer: Packer) -> int:
    """Keep a page; gives its number, which is higher than any before."""
    code, packed = packer.pack(db, feed, page.document)
    before = None
    if page.original is not None:
        before = zstandard.ZstdCompressor(level=LEVEL).compress(page.original)
    num = next_num(db)
    db.execute(
        "INSERT INTO harvest_page (num, feed, url, status, headers, fetched, repairs, "
        "context, codec, document, original) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(num, feed, page.url, page.status),
            json.dumps(dict(page.headers), sort_keys=True, separators=(",", ":")),
            *(page.fetched, " ".join(page.repairs), page.context),
            *(code, packed, before),
        ),
    )
    return num


def next_num(db: Database) -> int:
    """Give a number of a page that was never used."""
    rows = db.execute(
        "UPDATE harvest_state SET page = page + 1 WHERE one = 1 RETURNING page"
    ).fetchall()
    return int(rows[0][0])


def vacuum(db: Database, before: float) -> Vacuumed:
    """Drop pages without records; cut down those with few (see ``SCANT``)."""
    dropped = db.execute(
        "DELETE FROM harvest_page WHERE fetched < ? AND NOT EXISTS "
        "(SELECT 1 FROM harvest_record r WHERE r.feed = harvest_page.feed "
        "AND r.page = harvest_page.num) "
        "RETURNING num",
        (before,),
    ).fetchall()
    rewritten = 0
    for (feed,) in db.execute("SELECT num FROM harvest_feed").fetchall():
        after = 0
        # by page, in the order of the index: a join with the pages reads all records
        # of the feed behind each of them
        while rows := db.execute(
            "SELECT page, SUM(length) FROM harvest_record "
            "WHERE feed = ? AND page > ? GROUP BY page ORDER BY page LIMIT ?",
            (feed, after, CHUNK),
        ).fetchall():
            for num, needed in rows:
                rewritten += _cut_down(db, num, needed, before)
            after = rows[-1][0]
    runs = db.execute(
        "DELETE FROM harvest_report WHERE at < ? AND num NOT IN ("
        "SELECT MAX(num) FROM harvest_report GROUP BY feed) RETURNING num",
        (before,),
    ).fetchall()
    return Vacuumed(len(dropped), rewritten, len(runs))


def _cut_down(db: Database, num: int, needed: int, before: float) -> int:
    """Rewrite a page as the records of it that are still needed, when that is little.

    Its address gets the mark ``#kept``: it is not the whole answer any more.
    """
    old = db.execute(
        "SELECT 1 FROM harvest_page "
        "WHERE num = ? AND fetched < ? AND url NOT LIKE '%#kept'",
        (num, before),
    ).fetchone()
    if old is None:
        return 0
    page = opened(db, num)
    if needed + _HEAD > SCANT * len(page.document):
        return 0
    document, places = b"", []
    (feed,) = db.execute(
        "SELECT feed FROM harvest_page WHERE num = ?", (num,)
    ).fetchone()
    for identifier, start, length in db.execute(
        "SELECT identifier, start, length FROM harvest_record "
        "WHERE feed = ? AND page = ? ORDER BY start",
        (feed, num),
    ).fetchall():
        places.append((len(document), feed, identifier))
        document += page.document[start : start + length]
    code, packed = Packer().pack(db, feed, document)
    db.execute(
        "UPDATE harvest_page SET codec = ?, document = ?, original = NULL, "
        "url = url || '#kept' WHERE num = ?",
        (code, packed, num),
    )
    db.executemany(
        "UPDATE harvest_record SET start = ? WHERE feed = ? AND identifier = ?", places
    )
    return 1
