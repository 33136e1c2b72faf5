"""What SQLite gives for harvesting: connections, and locks of a process."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from panharvest.errors import StoreBusyError, StoreError
from panharvest.stores import schema

try:
    import fcntl
except ImportError:  # not on this system: one process may harvest, others are not seen
    fcntl = None  # type: ignore[assignment]  # a module elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from panharvest.stores.database import Database


class HarvestPlace:
    """See :class:`panharvest.stores.harvested.Place`."""

    def __init__(
        self,
        path: Path,
        reading: Callable[[], AbstractContextManager[Database]],
        writing: Callable[[], AbstractContextManager[Database]],
    ) -> None:
        self.words: Mapping[str, str] = schema.SQLITE
        self.reading, self.writing = reading, writing
        self._path = path.with_name(f"{path.name}-harvest")

    @contextmanager
    def locked(self, num: int, what: str) -> Iterator[None]:
        """Hold the lock of a number.

        Raises
        ------
        StoreBusyError
            When another thread or process holds it.
        """
        if not _take(self._path, num):
            raise StoreBusyError(f"{what} is running already; wait until it is done")
        try:
            yield
        finally:
            _give(self._path, num)


# Locks on bytes of one file belong to the process, and all end when it closes any of
# its handles of the file: so a process has one handle, and knows what it holds.
_guard = threading.Lock()
_held: dict[str, tuple[int, set[int]]] = {}


def _take(path: Path, num: int) -> bool:
    key = os.path.realpath(path)
    with _guard:
        handle, nums = _held.get(key, (-1, set()))
        if num in nums:
            return False
        if handle < 0:
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StoreError(f"{path}: cannot be made: {error.strerror}") from None
        if fcntl is not None:
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, num)
            except OSError:
                if not nums:
                    os.close(handle)
                    _held.pop(key, None)
                return False
        _held[key] = (handle, {*nums, num})
        return True


def _give(path: Path, num: int) -> None:
    key = os.path.realpath(path)
    with _guard:
        handle, nums = _held[key]
        nums = nums - {num}
        if nums:
            _held[key] = (handle, nums)
            if fcntl is not None:
                fcntl.lockf(handle, fcntl.LOCK_UN, 1, num)
        else:
            del _held[key]
            with suppress(OSError):
                os.close(handle)
