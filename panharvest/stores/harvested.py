"""What was harvested, in tables of its own beside those of what is served.

They have a layout of their own and are made when they are first asked for: a store that
never harvests has none of them. A record is a row that points into a page; a page that
nothing points to any more is dropped by the vacuum.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from panharvest.errors import StoreError
from panharvest.harvested import (
    Course,
    Feed,
    Harvested,
    Held,
    Quarantined,
    Standing,
    Totals,
)
from panharvest.stores import codec, harvested_pages
from panharvest.stores.harvested_tables import LAYOUT, LAYOUT_META, TABLES
from panharvest.stores.harvested_writing import SqlHarvestWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from panharvest.harvested import HarvestWriter, Vacuumed
    from panharvest.stores.database import Database

CHUNK = 500


class Place(Protocol):
    """What a database has to give for harvesting."""

    def reading(self) -> AbstractContextManager[Database]:
        """Lend a connection that reads."""

    def writing(self) -> AbstractContextManager[Database]:
        """Lend a connection in a write transaction; it is committed at the end."""

    def locked(self, num: int, what: str) -> AbstractContextManager[None]:
        """Hold a lock that ends with the process, or raise ``StoreBusyError``."""

    words: Mapping[str, str]


class SqlHarvests:
    """What was harvested (see :class:`panharvest.harvested.Harvests`)."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._packer = harvested_pages.Packer()
        self._sets: dict[tuple[str, ...], int] = {}  # numbers of combinations
        with place.reading() as db:
            layout = _layout(db)
        if layout == 0:
            with place.writing() as db:
                if _layout(db) == 0:  # another process may have been faster
                    for statement in TABLES.format(**place.words).split(";\n"):
                        db.execute(statement)
                    db.execute(
                        "INSERT INTO meta (name, value) VALUES (?, ?)",
                        (LAYOUT_META, str(LAYOUT)),
                    )
        elif layout > LAYOUT:
            raise StoreError(
                f"what was harvested was kept by a newer panharvest (layout {layout}, "
                f"this one knows {LAYOUT}): update panharvest"
            )

    @contextmanager
    def write(self) -> Iterator[HarvestWriter]:
        """Open a write transaction."""
        with self._place.writing() as db:
            try:
                yield SqlHarvestWriter(db, self._packer, self._sets)
            except BaseException:
                self._packer.forget()
                self._sets.clear()
                raise

    @contextmanager
    def lock(self, feed: int) -> Iterator[None]:
        """Keep other harvests of a feed out; a crash lets them in."""
        with self._place.locked(feed, "a harvest of this endpoint"):
            yield

    def feed(self, url: str, prefix: str) -> Feed:
        """Give a feed, which is made when it is not there."""
        find = "SELECT num, knowledge FROM harvest_feed WHERE url = ? AND prefix = ?"
        with self._place.reading() as db:
            found = db.execute(find, (url, prefix)).fetchone()
        if found is None:
            with self._place.writing() as db:
                db.execute(
                    "INSERT INTO harvest_feed (url, prefix, knowledge, published) "
                    "VALUES (?, ?, '{}', 0) ON CONFLICT (url, prefix) DO NOTHING",
                    (url, prefix),
                )
                found = db.execute(find, (url, prefix)).fetchone()
        return Feed(found[0], url, prefix, found[1])

    def feeds(self) -> Sequence[Feed]:
        """Give all feeds, by address."""
        with self._place.reading() as db:
            return _feeds(db)

    def courses(self, feed: int) -> Mapping[str, Course]:
        """Give how far each list of a feed was read."""
        with self._place.reading() as db:
            rows = db.execute(
                "SELECT spec, bookmark, checkpoint FROM harvest_list WHERE feed = ? "
                "ORDER BY spec",
                (feed,),
            ).fetchall()
        return {
            spec: Course(bookmark, checkpoint) for spec, bookmark, checkpoint in rows
        }

    def listed(self, feed: int, listed: int) -> int:
        """Count the records that a list has brought."""
        return self._count(
            "FROM harvest_record WHERE feed = ? AND listed = ?", feed, listed
        )

    def unlisted(
        self, feed: int, listed: int, identifiers: Sequence[str]
    ) -> Sequence[str]:
        """Give those identifiers that a list has not brought."""
        with self._place.reading() as db:
            return [
                identifier
                for identifier in identifiers
                if not db.execute(
                    "SELECT EXISTS (SELECT 1 FROM harvest_record WHERE feed = ? "
                    "AND identifier = ? AND listed = ?)",
                    (feed, identifier, listed),
                ).fetchone()[0]
            ]

    def absent(self, feed: int, sweep: int) -> int:
        """Count the live records that a sweep has not found."""
        return self._count(
            "FROM harvest_record WHERE feed = ? AND swept < ? AND standing = 0",
            feed,
            sweep,
        )

    def _count(self, what: str, *values: int) -> int:
        with self._place.reading() as db:
            return int(db.execute(f"SELECT COUNT(*) {what}", values).fetchone()[0])

    def wanted(self, feed: int, limit: int) -> Sequence[str]:
        """Give some of the identifiers that are to be fetched one by one."""
        with self._place.reading() as db:
            rows = db.execute(
                "SELECT identifier FROM harvest_wanted WHERE feed = ? "
                "ORDER BY identifier LIMIT ?",
                (feed, limit),
            ).fetchall()
        return [identifier for (identifier,) in rows]

    def totals(self, feed: int) -> Totals:
        """Count the records of a feed by standing."""
        with self._place.reading() as db:
            rows = db.execute(
                "SELECT standing, COUNT(*) FROM harvest_record WHERE feed = ? "
                "GROUP BY standing",
                (feed,),
            ).fetchall()
            (held,) = db.execute(
                "SELECT COUNT(*) FROM harvest_quarantine WHERE feed = ?", (feed,)
            ).fetchone()
        counts = dict(rows)
        return Totals(
            live=counts.get(Standing.LIVE, 0),
            deleted=counts.get(Standing.DELETED, 0),
            vanished=counts.get(Standing.VANISHED, 0),
            quarantined=held,
        )

    def record(self, feed: int, identifier: str) -> Harvested | None:
        """Give one record."""
        with self._place.reading() as db:
            found = db.execute(
                f"SELECT {_COLUMNS} FROM harvest_record WHERE feed = ? "  # noqa: S608 - columns
                "AND identifier = ?",
                (feed, identifier),
            ).fetchall()
            return next(_records(db, _feed(db, feed), found), None)

    def records(self, feed: int, after: int = 0) -> Iterator[Harvested]:
        """Give the records that pages after one changed, page by page."""
        with self._place.reading() as db:
            known = _feed(db, feed)
        while True:
            with self._place.reading() as db:
                # whole pages, of which each is unpacked once
                (last,) = db.execute(
                    "SELECT MAX(page) FROM (SELECT page FROM harvest_record "
                    "WHERE page > ? AND feed = ? ORDER BY page LIMIT ?)",
                    (after, feed, CHUNK),
                ).fetchone()
                if last is None:
                    return
                rows = db.execute(
                    f"SELECT {_COLUMNS} FROM harvest_record "  # noqa: S608 - columns
                    "WHERE page > ? AND page <= ? AND feed = ? ORDER BY page, start",
                    (after, last, feed),
                ).fetchall()
                found = list(_records(db, known, rows))
            yield from found
            after = last

    def published(self, feed: int) -> int:
        """Give the page up to which the records of a feed are served."""
        with self._place.reading() as db:
            found = db.execute(
                "SELECT published FROM harvest_feed WHERE num = ?", (feed,)
            ).fetchone()
        return int(found[0]) if found else 0

    def quarantined(self, feed: int | None = None) -> Iterator[Held]:
        """Give what could not be used, in order of arrival."""
        after = 0
        condition = "" if feed is None else "AND q.feed = ? "
        values = () if feed is None else (feed,)
        while True:
            with self._place.reading() as db:
                rows = db.execute(
                    "SELECT q.num, q.feed, f.url, f.prefix, q.at, q.asked, q.tries, "  # noqa: S608 - columns
                    "q.code, q.reason, q.packing, q.raw, q.identifier, q.position "
                    "FROM harvest_quarantine q JOIN harvest_feed f ON f.num = q.feed "
                    f"WHERE q.num > ? {condition}ORDER BY q.num LIMIT 50",
                    (after, *values),
                ).fetchall()
            if not rows:
                return
            for row in rows:
                raw = codec.unpack(row[9], row[10])
                piece = Quarantined(row[7], row[8], raw, row[11], row[12])
                num, source, url, prefix, at, asked, tries = row[:7]
                yield Held(num, source, url, prefix, at, asked, tries, piece)
            after = rows[-1][0]

    def reports(self, feed: int, limit: int = 1) -> Sequence[str]:
        """Give the reports of the last runs, the newest first."""
        with self._place.reading() as db:
            rows = db.execute(
                "SELECT report FROM harvest_report WHERE feed = ? "
                "ORDER BY num DESC LIMIT ?",
                (feed, limit),
            ).fetchall()
        return [report for (report,) in rows]

    def vacuum(self, before: float) -> Vacuumed:
        """Drop the pages that nothing needs any more and that came before an instant.

        Pages of which little is still needed are cut down to that.
        """
        with self._place.writing() as db:
            return harvested_pages.vacuum(db, before)


def _layout(db: Database) -> int:
    found = db.execute("SELECT value FROM meta WHERE name = ?", (LAYOUT_META,))
    row = found.fetchone()
    return int(row[0]) if row else 0


def _feeds(db: Database) -> list[Feed]:
    rows = db.execute(
        "SELECT num, url, prefix, knowledge FROM harvest_feed ORDER BY url, prefix"
    ).fetchall()
    return [Feed(*row) for row in rows]


def _feed(db: Database, num: int) -> Feed:
    row = db.execute(
        "SELECT num, url, prefix, knowledge FROM harvest_feed WHERE num = ?", (num,)
    ).fetchone()
    if row is None:
        raise StoreError(f"there is no harvest number {num}")
    return Feed(*row)


_COLUMNS = (
    "identifier, datestamp, standing, "
    "(SELECT specs FROM harvest_sets WHERE num = harvest_record.sets), "
    "digest, flags, page, start, length"
)


def _records(
    db: Database, feed: Feed, rows: Sequence[tuple[Any, ...]]
) -> Iterator[Harvested]:
    opened: harvested_pages.Opened | None = None
    for (
        identifier,
        datestamp,
        standing,
        sets,
        digest,
        flags,
        page,
        start,
        length,
    ) in rows:
        if opened is None or opened.num != page:
            opened = harvested_pages.opened(db, page)
        yield Harvested(
            feed=feed,
            identifier=identifier,
            datestamp=datestamp,
            standing=Standing(standing),
            sets=codec.split(sets),
            digest=bytes(digest),
            flags=codec.split(flags),
            page=page,
            fetched=opened.fetched,
            context=opened.context,
            record=opened.document[start : start + length],
        )
