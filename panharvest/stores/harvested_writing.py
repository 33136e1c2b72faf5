"""One write transaction of a harvest: the page, its records, and how far it got."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from panharvest.harvested import Kept, Page, Standing, Swept
from panharvest.stores import codec, harvested_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.harvested import Course, Entry, Quarantined
    from panharvest.stores.database import Database

_OLD = (
    "SELECT datestamp, standing, sets, digest, listed FROM harvest_record "
    "WHERE feed = ? AND identifier = ?"
)
COMBINATIONS = 10_000  # of sets whose numbers are remembered
MANY = 100  # records that are looked up at once
_OLD_MANY = _OLD.replace("SELECT ", "SELECT identifier, ").replace(
    "identifier = ?", f"identifier IN ({', '.join('?' * MANY)})"
)
_PUT = (
    "INSERT INTO harvest_record (feed, identifier, datestamp, standing, sets, digest, "
    "flags, page, start, length, listed, swept, missing) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) "
    "ON CONFLICT (feed, identifier) DO UPDATE SET datestamp = excluded.datestamp, "
    "standing = excluded.standing, sets = excluded.sets, digest = excluded.digest, "
    "flags = excluded.flags, page = excluded.page, start = excluded.start, "
    "length = excluded.length, listed = excluded.listed, missing = 0"
)
_LIVE, _DELETED = int(Standing.LIVE), int(Standing.DELETED)
_SEEN = (
    "UPDATE harvest_record SET listed = ?, missing = 0 "
    "WHERE feed = ? AND identifier = ?"
)


class SqlHarvestWriter:
    """See :class:`panharvest.harvested.HarvestWriter`."""

    def __init__(
        self,
        db: Database,
        packer: harvested_pages.Packer,
        sets: dict[tuple[str, ...], int],
    ) -> None:
        self._db, self._packer, self._sets = db, packer, sets

    def put_page(
        self, feed: int, page: Page, entries: Sequence[Entry], listed: int
    ) -> Kept:
        """Keep a page and what it changes of the records.

        A page that changes nothing is not kept: it is there already.
        """
        db = self._db
        rows: list[tuple[Entry, int, int]] = []
        seen: list[tuple[int, int, str]] = []
        new = changed = deleted = again = 0
        known = self._known(feed, [entry.identifier for entry in entries])
        for entry in entries:
            old = known.get(entry.identifier)
            standing = _DELETED if entry.deleted else _LIVE
            deleted += entry.deleted
            sets = self._sets.get(entry.sets) or self._combination(entry.sets)
            if old is not None:
                again += old[4] == listed
                state = (entry.datestamp, standing, sets, entry.digest)
                if old[:4] == state:
                    seen.append((listed, feed, entry.identifier))
                    continue
                changed += 1
            else:
                new += 1
            rows.append((entry, standing, sets))
        if rows:
            num = harvested_pages.put(db, feed, page, self._packer)
            db.executemany(
                _PUT,
                [
                    (
                        *(feed, one.identifier, one.datestamp, standing, sets),
                        *(one.digest, codec.join(one.flags) if one.flags else ""),
                        *(num, one.start, one.length, listed, 0),
                    )
                    for one, standing, sets in rows
                ],
            )
        if seen:
            db.executemany(_SEEN, seen)
        return Kept(new, changed, len(seen), deleted, again)

    def _combination(self, sets: tuple[str, ...]) -> int:
        """Give the number of a combination of sets."""
        if len(self._sets) >= COMBINATIONS:
            self._sets.clear()
        specs = codec.join(sets)
        find = "SELECT num FROM harvest_sets WHERE specs = ?"
        found = self._db.execute(find, (specs,)).fetchone()
        if found is None:
            make = "INSERT INTO harvest_sets (specs) VALUES (?) RETURNING num"
            found = self._db.execute(make, (specs,)).fetchall()[0]
        num = self._sets[sets] = int(found[0])
        return num

    def _known(
        self, feed: int, identifiers: Sequence[str]
    ) -> dict[str, tuple[Any, ...]]:
        """Look up what is known of records, many at once."""
        known: dict[str, tuple[Any, ...]] = {}
        for start in range(0, len(identifiers), MANY):
            some = identifiers[start : start + MANY]
            some = [*some, *[some[-1]] * (MANY - len(some))]
            for row in self._db.execute(_OLD_MANY, (feed, *some)).fetchall():
                known[row[0]] = row[1:]
        return known

    def quarantine(
        self, feed: int, asked: str, at: float, pieces: Sequence[Quarantined]
    ) -> None:
        """Keep what could not be used; the same piece again is one more try."""
        for piece in pieces:
            packing, raw = codec.pack(piece.raw)
            said = f"{piece.identifier or ''}\0{piece.code}\0".encode() + piece.raw
            digest = hashlib.sha256(said).digest()
            if piece.identifier:  # one piece of a record: the newest
                self._db.execute(
                    "DELETE FROM harvest_quarantine "
                    "WHERE feed = ? AND identifier = ? AND digest <> ?",
                    (feed, piece.identifier, digest),
                )
            self._db.execute(
                "INSERT INTO harvest_quarantine (feed, identifier, asked, position, "
                "code, reason, at, tries, digest, packing, raw) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?) "
                "ON CONFLICT (feed, digest) DO UPDATE SET at = excluded.at, "
                "tries = harvest_quarantine.tries + 1, reason = excluded.reason, "
                "asked = excluded.asked, position = excluded.position",
                (
                    *(feed, piece.identifier, asked, piece.position, piece.code),
                    *(piece.reason, at, digest, packing, raw),
                ),
            )

    def release(self, feed: int, identifiers: Sequence[str]) -> int:
        """Take records out of quarantine: they came in good order."""
        (held,) = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM harvest_quarantine WHERE feed = ?)", (feed,)
        ).fetchone()
        if not held:
            return 0
        freed = 0
        for identifier in identifiers:
            freed += len(
                self._db.execute(
                    "DELETE FROM harvest_quarantine WHERE feed = ? AND identifier = ? "
                    "RETURNING num",
                    (feed, identifier),
                ).fetchall()
            )
        return freed

    def drop(self, nums: Sequence[int]) -> None:
        """Take pieces out of quarantine by their numbers."""
        self._db.executemany(
            "DELETE FROM harvest_quarantine WHERE num = ?", [(num,) for num in nums]
        )

    def put_course(self, feed: int, spec: str, course: Course) -> None:
        """Keep how far a list was read."""
        self._db.execute(
            "INSERT INTO harvest_list (feed, spec, bookmark, checkpoint) "
            "VALUES (?, ?, ?, ?) ON CONFLICT (feed, spec) DO UPDATE "
            "SET bookmark = excluded.bookmark, checkpoint = excluded.checkpoint",
            (feed, spec, course.bookmark, course.checkpoint),
        )

    def put_knowledge(self, feed: int, knowledge: str) -> None:
        """Keep what is known of a repository."""
        self._db.execute(
            "UPDATE harvest_feed SET knowledge = ? WHERE num = ?", (knowledge, feed)
        )

    def put_report(self, feed: int, at: float, report: str) -> None:
        """Keep the report of a run."""
        self._db.execute(
            "INSERT INTO harvest_report (feed, at, report) VALUES (?, ?, ?)",
            (feed, at, report),
        )

    def mark_swept(
        self, feed: int, sweep: int, headers: Sequence[tuple[str, str, bool]]
    ) -> int:
        """Note the identifiers that a sweep found; gives how many are unknown.

        Those that are live there and that the store has not, has with another
        datestamp, or has as gone, are wanted from now on.
        """
        db = self._db
        unknown = 0
        for identifier, datestamp, deleted in headers:
            old = db.execute(_OLD, (feed, identifier)).fetchone()
            same = (
                old is not None
                and old[1] == (Standing.DELETED if deleted else Standing.LIVE)
                and (deleted or old[0] == datestamp)
            )
            if not same:
                unknown += 1
                self.want(feed, [identifier])
            if old is not None:
                db.execute(
                    "UPDATE harvest_record SET swept = ?, missing = 0 "
                    "WHERE feed = ? AND identifier = ?",
                    (sweep, feed, identifier),
                )
        return unknown

    def want(self, feed: int, identifiers: Sequence[str]) -> None:
        """Note identifiers that are to be fetched one by one."""
        self._db.executemany(
            "INSERT INTO harvest_wanted (feed, identifier) VALUES (?, ?) "
            "ON CONFLICT (feed, identifier) DO NOTHING",
            [(feed, identifier) for identifier in identifiers],
        )

    def unwant(self, feed: int, identifiers: Sequence[str]) -> None:
        """Note that they were fetched, or given up."""
        self._db.executemany(
            "DELETE FROM harvest_wanted WHERE feed = ? AND identifier = ?",
            [(feed, identifier) for identifier in identifiers],
        )

    def bury(self, feed: int, sweep: int, after: int, at: float) -> Swept:
        """Count the live records that a whole sweep did not find.

        Those that ``after`` sweeps in a row did not find have vanished.
        """
        db = self._db
        db.execute(
            "UPDATE harvest_record SET missing = missing + 1 "
            "WHERE feed = ? AND swept < ? AND standing = 0",
            (feed, sweep),
        )
        (missing,) = db.execute(
            "SELECT COUNT(*) FROM harvest_record "
            "WHERE feed = ? AND swept < ? AND standing = 0",
            (feed, sweep),
        ).fetchone()
        (vanished,) = db.execute(
            "SELECT COUNT(*) FROM harvest_record "
            "WHERE feed = ? AND standing = 0 AND missing >= ?",
            (feed, after),
        ).fetchone()
        if vanished:
            num = harvested_pages.put(
                db, feed, Page("sweep:", 0, {}, at, b""), self._packer
            )
            db.execute(
                "UPDATE harvest_record SET standing = ?, page = ?, start = 0, "
                "length = 0, digest = ? WHERE feed = ? AND standing = 0 "
                "AND missing >= ?",
                (int(Standing.VANISHED), num, b"", feed, after),
            )
        return Swept(missing=missing, vanished=vanished)

    def put_published(self, feed: int, page: int) -> None:
        """Note the page up to which the records of a feed are served."""
        self._db.execute(
            "UPDATE harvest_feed SET published = ? WHERE num = ?", (page, feed)
        )
