"""Worker processes that may die: what a C library does to one costs one item.

The processes of :mod:`concurrent.futures` break all together when one is killed. Here
each has its own pipe, so that a death names the item that was being worked on, and the
rest of its share goes to another worker. A worker that says nothing for too long is
killed and counts as dead; one that has done its number of items is replaced, because
what libraries leave behind makes every later call slower.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from panharvest.errors import PanharvestError, StopError
from panharvest.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")

# A worker is sent this many seconds of work at once: enough to go on with while we are
# busy, and little enough that none is left with a heap of it when the others are done.
SHARE = 0.3
MOST = 100  # items, be they as quick as they will
PACE = SHARE  # seconds an item takes, as long as nothing is known of it
RECYCLE = 2_000  # items after which a worker is replaced
START = 120.0  # seconds a new worker may take to import what it needs


@dataclass(frozen=True, slots=True)
class Death:
    """A worker died at an item: of a signal, of its own will, or because it hung."""

    code: str
    reason: str


@dataclass(slots=True, eq=False)
class _Worker(Generic[T]):
    process: BaseProcess
    pipe: Connection
    left: int  # items it may still be sent
    waiting: deque[T] = field(default_factory=deque)
    since: float = 0.0  # when it last said something
    ready: bool = False


def run(
    function: Callable[[T], object],
    items: Iterable[T],
    *,
    jobs: int = 1,
    timeout: float = 60.0,
    preload: Sequence[str] = (),
    recycle: int = RECYCLE,
) -> Generator[tuple[T, Any], None, None]:
    """Apply a function to items in worker processes; give pairs as they are done.

    Parameters
    ----------
    function
        Anything that can be pickled. What it raises is given in place of its result.
    items
        Taken as they are needed: each worker has a fraction of a second of work ahead.
    timeout
        Seconds for one item.
    preload
        Modules that every worker needs: they are imported once.
    recycle
        Items after which a worker is replaced.

    Yields
    ------
    tuple
        Item and result, exception or :class:`Death`.

    Raises
    ------
    StopError
        When no worker can be started.
    """
    pool: _Pool[T] = _Pool(function, iter(items), timeout, recycle)
    pool.preload(preload)
    try:
        yield from pool.results(jobs)
    finally:
        pool.close()


class _Pool(Generic[T]):
    def __init__(
        self,
        function: Callable[[T], object],
        items: Iterator[T],
        timeout: float,
        recycle: int,
    ) -> None:
        # A server that has imported what is needed forks each worker in a few
        # milliseconds, and is itself free of our threads and open files.
        self._context = get_context("forkserver")
        self._function = function
        self._items = items
        self._timeout = timeout
        self._recycle = recycle
        self._pace = PACE
        self._again: deque[T] = deque()  # taken from workers that died
        self._workers: list[_Worker[T]] = []

    def preload(self, modules: Sequence[str]) -> None:
        self._context.set_forkserver_preload(list(modules))

    def results(self, jobs: int) -> Iterator[tuple[T, Any]]:
        while True:
            for worker in self._workers:
                self._feed(worker)
            while len(self._workers) < jobs and (share := self._share()):
                self._workers.append(self._start())
                self._again.extendleft(reversed(share))
                self._feed(self._workers[-1])
            if not self._workers:
                return
            yield from self._listen()

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def _share(self) -> list[T]:
        size = max(1, min(MOST, int(SHARE / self._pace)))
        rest = islice(self._items, max(0, size - len(self._again)))
        saved = [self._again.popleft() for _ in range(min(size, len(self._again)))]
        return [*saved, *rest]

    def _start(self) -> _Worker[T]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._function), daemon=True
        )
        process.start()
        theirs.close()
        return _Worker(process, ours, self._recycle, since=time.monotonic())

    def _feed(self, worker: _Worker[T]) -> None:
        """Send the next share when the last one is nearly done."""
        if len(worker.waiting) * self._pace > SHARE / 2 or worker.left <= 0:
            return
        share = self._share()
        worker.left = worker.left - len(share) if share else 0
        if not share:
            return
        if not worker.waiting:
            worker.since = time.monotonic()
        worker.waiting.extend(share)
        with suppress(BrokenPipeError):  # dead: found out by listening
            worker.pipe.send(share)

    def _listen(self) -> Iterator[tuple[T, Any]]:
        """Wait for news of any worker, or until one has been silent for too long."""
        for worker in [w for w in self._workers if not w.waiting and w.ready]:
            self._dismiss(worker)
        if not self._workers:
            return
        until = min(map(self._limit, self._workers))
        heard = connection.wait(
            [worker.pipe for worker in self._workers],
            max(0.0, until - time.monotonic()),
        )
        # Judged before anything is given away: the caller may take its time.
        now = time.monotonic()
        news = [worker for worker in self._workers if worker.pipe in heard]
        late = [w for w in self._workers if w not in news and self._limit(w) <= now]
        for worker in news:
            yield from self._hear(worker)
        for worker in late:
            yield from self._bury(worker, hung=True)

    def _limit(self, worker: _Worker[T]) -> float:
        return worker.since + (self._timeout if worker.ready else START)

    def _hear(self, worker: _Worker[T]) -> Iterator[tuple[T, Any]]:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        worker.since = time.monotonic()
        if not worker.ready:
            worker.ready = True
            return
        result, seconds = message
        self._pace += 0.2 * (seconds - self._pace)
        yield worker.waiting.popleft(), result

    def _bury(
        self, worker: _Worker[T], *, hung: bool = False
    ) -> Iterator[tuple[T, Any]]:
        """Tell which item a worker died of, and save the others."""
        if hung:
            worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        code = worker.process.exitcode or 0
        if not worker.ready:
            self.close()
            raise StopError(
                "the worker process that reads files cannot start "
                f"({_exit(code)}): try the same with --verbose"
            )
        item = worker.waiting.popleft() if worker.waiting else None
        self._again.extendleft(reversed(worker.waiting))
        if item is not None:
            yield (
                item,
                (
                    Death("hang", f"reading took more than {self._timeout:g} s")
                    if hung
                    else Death("crash", f"reading ended the process ({_exit(code)})")
                ),
            )

    def _dismiss(self, worker: _Worker[T]) -> None:
        with suppress(BrokenPipeError):
            worker.pipe.send(None)
        worker.pipe.close()
        worker.process.join(START)
        self._workers.remove(worker)


def _exit(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def _work(pipe: Connection, function: Callable[[Any], object]) -> None:
    """Answer one share after the other until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send(None)
        while (share := pipe.recv()) is not None:
            for item in share:
                since = time.perf_counter()
                try:
                    result = function(item)
                except PanharvestError as error:
                    result = error
                except Exception as error:  # of any class: it may not be picklable
                    result = RuntimeError(fault(error))
                _send(pipe, result, time.perf_counter() - since)


def _send(pipe: Connection, result: object, seconds: float) -> None:
    try:
        pipe.send((result, seconds))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        told = RuntimeError(fault(error))
        pipe.send((told, seconds))
