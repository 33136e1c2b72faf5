"""Connections to a SQLite file, each lent to one thread at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from panharvest.errors import StoreBusyError, StoreError
from panharvest.stores.packing import Unpacker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

_FOR_READING = ("PRAGMA cache_size = -8192",)
_FOR_WRITING = (
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    # a commit writes what is not spilled: little enough for the margin
    "PRAGMA cache_size = -16384",
    "PRAGMA journal_size_limit = 67108864",
)


class Connection(sqlite3.Connection):
    """A connection that remembers how to unpack what it reads, and to pack."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  (theirs)
        super().__init__(*arguments, **options)
        self.unpacker = Unpacker()
        self.compressors: dict[int, tuple[bytes, Callable[[bytes], bytes]]] = {}


class Loan:
    """A connection lent for a block; what SQLite raises in it is told in our way.

    A class, because a generator in its place would cost a tenth of a record.
    """

    __slots__ = ("_connections", "_db", "_mode", "_pool")

    def __init__(
        self, connections: Connections, pool: deque[Connection], mode: str
    ) -> None:
        self._connections, self._pool, self._mode = connections, pool, mode

    def __enter__(self) -> Connection:
        self._db = self._connections.take(self._pool, self._mode)
        return self._db

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._connections.put_back(self._pool, self._db)
        if isinstance(error, sqlite3.Error):
            raise ours(self._connections.path, error) from error


class Connections:
    """The connections to one file, kept open between two uses.

    Parameters
    ----------
    path
        The file.
    patience
        Seconds to wait for another writer.
    """

    def __init__(self, path: Path, patience: float) -> None:
        self.path, self._patience = path, patience
        self._readers: deque[Connection] = deque()
        self._writers: deque[Connection] = deque()
        self._closed = threading.Event()

    def reading(self) -> Loan:
        """Lend a connection that can only read, for a ``with`` block."""
        return Loan(self, self._readers, "ro")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend one that writes, in a transaction: all of the block, or nothing.

        Raises
        ------
        StoreBusyError
            When another writer does not finish in time.
        """
        with Loan(self, self._writers, "rw") as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def open(self, mode: str) -> Connection:
        """Open a connection; to close it is up to the caller."""
        db: Connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}",
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,  # lent to one thread at a time
            factory=Connection,
        )
        try:
            for statement in _FOR_WRITING if mode == "rw" else _FOR_READING:
                db.execute(statement)
        except BaseException:
            db.close()
            raise
        return db

    def take(self, pool: deque[Connection], mode: str) -> Connection:
        """Take one that is free, or a new one."""
        if self._closed.is_set():
            raise StoreError("the store is closed")
        try:
            return pool.pop()
        except IndexError:
            pass
        try:
            return self.open(mode)
        except sqlite3.Error as error:
            raise ours(self.path, error) from error

    def put_back(self, pool: deque[Connection], db: Connection) -> None:
        """Put one back that was taken."""
        pool.append(db)
        if self._closed.is_set():  # maybe while it was lent
            self._close_all()

    def close(self) -> None:
        """Close all that are free now, and the others as they come back."""
        self._closed.set()
        self._close_all()

    def _close_all(self) -> None:
        for pool in (self._readers, self._writers):
            with suppress(IndexError):  # another thread may take the last one
                while True:
                    pool.pop().close()


def ours(path: Path, error: sqlite3.Error) -> StoreError | StoreBusyError:
    """Turn an error of SQLite into one of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(
            f"{path}: another writer is at work; try again when it is done"
        )
    if code == sqlite3.SQLITE_NOTADB:
        return StoreError(f"{path} is not a database: name another file")
    return StoreError(f"{path}: {error}")
