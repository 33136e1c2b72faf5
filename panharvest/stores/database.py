"""What the functions here need of a connection to a database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from panharvest.stores.packing import Unpacker


class Cursor(Protocol):
    """What a statement gives."""

    def fetchone(self) -> Any:  # noqa: ANN401  (rows are plain tuples)
        """Give the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Give all rows that are left."""


class Database(Protocol):
    """A connection, as far as the functions here need one."""

    unpacker: Unpacker
    # by format, with the dictionary that it packs with: see packing.Packer
    compressors: dict[int, tuple[bytes, Callable[[bytes], bytes]]]

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run a statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object:
        """Run a statement once for each of many rows of values."""


@contextmanager
def one_state(db: Database) -> Iterator[None]:
    """Let all statements of a block see one state of the database, and change none."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
