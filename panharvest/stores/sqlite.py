"""A store in one SQLite file: the default, good to some ten million records.

One process writes at a time, any number read, in threads and in processes. The file is
in WAL mode: readers never wait, and a process that is killed leaves what was committed
before. It holds records that are not public yet and the key that signs resumption
tokens, so it is made readable by its owner only.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panharvest.errors import ConfigError, StoreError
from panharvest.protocols import ADDRESS
from panharvest.stores import listing, reading, schema, tallying, upgrading
from panharvest.stores.harvested import SqlHarvests
from panharvest.stores.harvested_place import HarvestPlace
from panharvest.stores.purging import purge
from panharvest.stores.sqlite_connections import Connections, ours
from panharvest.stores.writing import SqlWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.harvested import Harvests
    from panharvest.protocols import Clock, Query, Raw, Row, Writer

OLDEST = (3, 35, 0)  # RETURNING


def open_url(rest: str, *, create: bool, patience: float) -> SqliteStore:
    """Open the store of a URL, given what follows ``sqlite://`` in it."""
    if not rest.startswith("/") or rest in ("/", "/:memory:"):
        raise ConfigError(
            "store URL: a SQLite store needs a file; write sqlite:///panharvest.db "
            "or sqlite:////absolute/path/panharvest.db"
        )
    return SqliteStore(Path(rest[1:]), create=create, patience=patience)


class SqliteStore:
    """Records in a SQLite file (see :class:`panharvest.protocols.Store`).

    May be shared by threads. It answers from what is committed; what a ``write`` block
    has done so far is known to its writer.

    Parameters
    ----------
    path
        The file; made when missing, unless ``create`` is false.
    patience
        Seconds to wait for another writer.
    """

    quick = True  # readers never wait here: a record comes in some microseconds

    def __init__(
        self, path: Path, *, create: bool = True, patience: float = 10.0
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise StoreError(
                f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed"
            )
        self._path = path.absolute()
        self._connections = Connections(self._path, patience)
        self._reading = self._connections.reading
        self._mine = threading.local()
        if not self._path.exists():
            if not create:
                raise StoreError(f"{path}: there is no store here yet")
            _make(self._path)
        try:
            if self._layout() < schema.VERSION:
                self._lay_out()
        except sqlite3.Error as error:
            self.close()
            raise ours(self._path, error) from error
        except BaseException:
            self.close()
            raise

    def _layout(self) -> int:
        """Give the layout of the store in the file; 0 for a file without any table."""
        db = self._connections.open("ro")
        try:
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            (tables,) = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        finally:
            db.close()
        if application == 0 and tables == 0:
            return 0
        if application != schema.APPLICATION:
            raise StoreError(
                f"{self._path} is a database, but not of panharvest: name another file"
            )
        if version > schema.VERSION:
            raise StoreError(
                f"{self._path} was made by a newer panharvest (layout {version}, this "
                f"one knows {schema.VERSION}): update panharvest"
            )
        return int(version)

    def _lay_out(self) -> None:
        """Make the tables, or bring those of an older layout up to date."""
        with self._connections.transaction() as db:
            # another process may have been faster
            (layout,) = db.execute("PRAGMA user_version").fetchone()
            if layout < schema.VERSION:
                for statement in schema.statements(schema.SQLITE, layout):
                    db.execute(statement)
                upgrading.upgrade(db, layout)
                tallying.tally(db)
                db.execute(f"PRAGMA application_id = {schema.APPLICATION}")
                db.execute(f"PRAGMA user_version = {schema.VERSION}")

    @contextmanager
    def write(self, clock: Clock) -> Iterator[Writer]:
        """Open the one write transaction.

        Raises
        ------
        StoreBusyError
            When another writer does not finish in time.
        StoreError
            When the clock is far behind the newest datestamp, or the disk is full.
        """
        if getattr(self._mine, "writing", False):
            raise StoreError("this thread is already writing to the store")
        with self._connections.transaction() as db:
            self._mine.writing = True
            try:
                with closing(SqlWriter(db, clock)) as writer:
                    yield writer
                    writer.finish()
            finally:
                self._mine.writing = False

    def page(self, query: Query, now: int) -> Sequence[Row]:
        """Give the rows of a list after ``query.after``, in order of their keys."""
        with self._reading() as db:
            return listing.page(db, query, now)

    def size(self, query: Query, now: int) -> int | None:
        """Give how many rows the whole list has; None: too many within bounds."""
        with self._reading() as db:
            return listing.size(db, query, now)

    def get(
        self,
        id: str,  # noqa: A002  (protocol)
        prefix: str,
        now: int,
        address: bytes = ADDRESS,
    ) -> Row | None:
        """Give an item in a format as it is served now; None: never served."""
        with self._reading() as db:
            return reading.get(db, id, prefix, now, address)

    def prefixes(self, id: str, now: int) -> tuple[str, ...]:  # noqa: A002  (protocol)
        """Give the harvested formats in which an item is served now, or was."""
        with self._reading() as db:
            return reading.prefixes(db, id, now)

    def sets(self, now: int) -> tuple[str, ...]:
        """Give all sets that list, or listed, something; with those above them."""
        with self._reading() as db:
            return reading.sets(db, now)

    def earliest(self, now: int) -> int | None:
        """Give an instant not later than any datestamp served so far."""
        with self._reading() as db:
            return reading.earliest(db, now)

    def newest(self, now: int) -> int | None:
        """Give the newest datestamp served now."""
        with self._reading() as db:
            return reading.newest(db, now)

    def stamp(self) -> int:
        """Give the instant from which the newest commit is visible."""
        with self._reading() as db:
            return reading.stamp(db)

    def datasets(self) -> Iterator[str]:
        """Give every dataset that has raws or an item, in order."""
        for dataset, _ in groupby(merge(self._column("raw"), self._column("item"))):
            yield dataset

    def _column(self, table: str) -> Iterator[str]:
        after = ""
        while True:
            with self._reading() as db:
                chunk = reading.datasets(db, table, after)
            if not chunk:
                return
            yield from chunk
            after = chunk[-1]

    def raws(self, dataset: str) -> Sequence[Raw]:
        """Give the raws of a dataset, by source and native id."""
        with self._reading() as db:
            return reading.raws(db, dataset)

    def natives(self, source: str) -> Iterator[tuple[str, str]]:
        """Give the native ids of a source in order, with their datasets."""
        after = ""
        while True:
            with self._reading() as db:
                chunk = reading.natives(db, source, after)
            if not chunk:
                return
            yield from chunk
            after = chunk[-1][0]

    def item_id(self, dataset: str) -> str | None:
        """Give the id of a dataset's item."""
        with self._reading() as db:
            return reading.item_id(db, dataset)

    def dataset_of(self, id: str) -> str | None:  # noqa: A002  (protocol)
        """Give the dataset that an id belongs to, now or formerly."""
        with self._reading() as db:
            return reading.dataset_of(db, id)

    def facts(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Give every item's id and facts, in order; not for the public."""
        after = ""
        while True:
            with self._reading() as db:
                chunk = reading.facts(db, after)
            if not chunk:
                return
            yield from chunk
            after = chunk[-1][0]

    def refusals(self) -> Iterator[tuple[str, str, str, str]]:
        """Give source, native id, code and reason of every refused input."""
        after = ("", "")
        while True:
            with self._reading() as db:
                chunk = reading.refusals(db, after)
            if not chunk:
                return
            yield from chunk
            after = chunk[-1][:2]

    def meta(self, key: str) -> str | None:
        """Give a value kept with ``put_meta``."""
        with self._reading() as db:
            return reading.meta(db, key)

    def purge(self, before: int) -> int:
        """Drop rows that were superseded by an instant in the past; gives how many.

        Lists pinned to an earlier snapshot can no longer be continued. What is served
        now, tombstones included, stays.
        """
        with self._connections.transaction() as db:
            return purge(db, before)

    def harvests(self) -> Harvests:
        """Give what was harvested; its tables are made the first time."""
        connections = self._connections
        place = HarvestPlace(self._path, connections.reading, connections.transaction)
        return SqlHarvests(place)

    def close(self) -> None:
        """Close the file; the last writer to close leaves it tidy."""
        self._connections.close()


def _make(path: Path) -> None:
    """Make an empty file that only its owner can read."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        pass  # another process was faster
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from None
