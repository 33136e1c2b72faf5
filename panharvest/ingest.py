"""From files to published records: walk, read in worker processes, keep and publish.

What is read of a dataset and what is served of it change in one transaction, so that
whoever looks, and whoever starts again after a crash, finds all of it or nothing. A
dataset of several files is written when all of them have been read: its embargo depends
on the last of them.

Nothing that one file does stops the run; it is told by events, which the caller draws.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panharvest import workers
from panharvest.errors import ConfigError, RetryError, SkipError, StopError
from panharvest.publish import Outcome, publish_dataset
from panharvest.walking import FileRefused, walk

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Generator,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from panharvest.manifest import Manifest, Row
    from panharvest.protocols import Clock, Raw, Store, Writer
    from panharvest.publish import Context
    from panharvest.tree import Wanted

    Reader = Callable[[Path, Wanted, bool], Sequence[Raw]]

__all__ = [
    "BatchDone",
    "Event",
    "FileMapped",
    "FileRefused",
    "FileUnchanged",
    "Found",
    "RunDone",
    "check_facilities",
    "ingest_nexus",
    "read_files",
]

SOURCE = "nexus"
BATCH = 200  # files a transaction
PAUSE = 2.0  # seconds after which what was read is written, be it little
TIMEOUT = 60.0  # seconds to read one file


@dataclass(frozen=True, slots=True)
class Found:
    """The folders were walked: so many files will be read."""

    files: int


@dataclass(frozen=True, slots=True)
class FileMapped:
    """A file was read and what it gives was published (be it hidden for now)."""

    path: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class FileUnchanged:
    """A file says the same as last time; it was published again all the same.

    ``outcomes`` tell whether a new mapping or policy changed what is served.
    """

    path: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class BatchDone:
    """A transaction was committed."""

    files: int


@dataclass(frozen=True, slots=True)
class RunDone:
    """The end.

    Attributes
    ----------
    found, mapped, unchanged, refused
        Numbers of files.
    records
        Number of records by state (``open``, ``embargoed``, ``hidden``...).
    opening
        Number of records that are not open yet by the day on which they will be.
    held
        Number of hidden records without such a day by the reason's code.
    unlisted
        Rows of the manifest that no file has: ``line 7: scan_1.h5``.
    """

    found: int
    mapped: int
    unchanged: int
    refused: int
    records: Mapping[str, int]
    opening: Mapping[str, int]
    held: Mapping[str, int]
    unlisted: tuple[str, ...] = ()


Event = Found | FileMapped | FileUnchanged | FileRefused | BatchDone | RunDone


def read_nexus(path: Path, wanted: Wanted, per_entry: bool) -> Sequence[Raw]:
    """Read one file (in a worker process: h5py is not imported before)."""
    from panharvest.sources.nexus import read_raws

    return read_raws(path, wanted, per_entry=per_entry)


def ingest_nexus(
    paths: Iterable[Path | str],
    store: Store,
    context: Context,
    clock: Clock,
    *,
    facility: str | None = None,
    manifest: Manifest | None = None,
    jobs: int = 1,
    per_entry: bool = False,
    timeout: float = TIMEOUT,
    reader: Reader = read_nexus,
) -> Iterator[Event]:
    """Read NeXus files and publish what they give.

    Parameters
    ----------
    paths
        Files, which are tried whatever they are called, and folders, which are walked
        for visible files with a suffix of :data:`panharvest.walking.SUFFIXES`.
    facility
        Id of the facility, for files that do not say it; a manifest's row goes before.
    manifest
        What files do not say.
    jobs
        Worker processes that read.
    per_entry
        Make a record of every NXentry instead of every file.
    timeout
        Seconds to read one file.
    reader
        What reads a file; must be importable by name.

    Yields
    ------
    Found, then an event for every file and every transaction, then RunDone.

    Raises
    ------
    ConfigError
        When a facility is unknown, or the manifest cannot be applied to the files;
        nothing has been read then.
    StoreError, StoreBusyError
        When the store cannot be written.
    """
    run = _Run(store, context, clock)
    refused: list[FileRefused] = []
    files = list(walk(paths, refused))
    rows, rest = manifest.assign(files) if manifest else ({}, [])
    check_facilities(context, facility, rows.values())
    run.unlisted = tuple(f"{row.place}: {row.file}" for row in rest)
    # One dataset after the other, so that few wait for their last file.
    names = {path: row.dataset for path, row in rows.items() if row.dataset}
    files.sort(key=lambda path: (names.get(path, ""), path))
    run.left = Counter(names.values())
    yield run.start(len(files) + len(refused))
    yield from run.refuse(refused)
    read = read_files(
        files,
        context.tables.wanted,
        rows=rows,
        facility=facility,
        jobs=jobs,
        per_entry=per_entry,
        timeout=timeout,
        reader=reader,
    )
    with closing(read):
        for path, given in read:
            yield from run.take(path, names.get(path), given)
    yield from run.write()
    yield run.end()


def check_facilities(
    context: Context, facility: str | None, rows: Iterable[Row]
) -> None:
    """Check the facilities that the operator names.

    Raises
    ------
    ConfigError
        When one is not known.
    """
    named = {"--facility": facility} if facility else {}
    for row in rows:
        if "facility" in row.values:
            named.setdefault(f"manifest, {row.place}", row.values["facility"])
    for place, id_ in named.items():
        if context.facilities.get(id_) is None:
            known = ", ".join(sorted(profile.id for profile in context.facilities))
            raise ConfigError(f"{place}: no facility '{id_}'; known are: {known}")


def read_files(
    paths: Iterable[str],
    wanted: Wanted,
    *,
    rows: Mapping[str, Row],
    facility: str | None = None,
    jobs: int = 1,
    per_entry: bool = False,
    timeout: float = TIMEOUT,
    reader: Reader = read_nexus,
) -> Generator[tuple[str, Sequence[Raw] | SkipError], None, None]:
    """Read files in worker processes; see :func:`ingest_nexus` for the arguments.

    Yields
    ------
    tuple
        A path and its raw records, with what the operator said of it as hints, or why
        there are none.
    """
    read = workers.run(
        partial(_read, reader, wanted, per_entry),
        paths,
        jobs=jobs,
        timeout=timeout,
        preload=["panharvest.sources.nexus"] if reader is read_nexus else [],
    )
    with closing(read):
        for path, result in read:
            yield path, _hinted(result, rows.get(path), facility)


def _read(
    reader: Reader,
    wanted: Wanted,
    per_entry: bool,
    path: str,
) -> Sequence[Raw]:
    return reader(Path(path), wanted, per_entry)


def _hinted(
    result: object, row: Row | None, facility: str | None
) -> Sequence[Raw] | SkipError:
    """Add what the operator said; make a refusal of all that is not a result."""
    if isinstance(result, workers.Death):
        return SkipError(
            f"file.{result.code}",
            f"{result.reason}: the file is damaged, or the HDF5 library has a fault",
        )
    if isinstance(result, SkipError):
        return result
    if isinstance(result, Exception):
        return SkipError("file.error", f"reading failed: {result}")
    hints: dict[str, Any] = {}
    values = row.values if row else {}
    if named := values.get("facility") or facility:
        hints["facility"] = named
    if values:
        hints["manifest"] = dict(values)
    if not result:
        return SkipError("file.empty", "it has no NXentry")
    raws: Sequence[Raw] = result  # type: ignore[assignment]  # what the reader gives
    name = row.dataset if row else None
    return [replace(raw, dataset=name or raw.dataset, hints=hints) for raw in raws]


def _plain(text: str) -> str:
    """Give a text that can be stored: names of files need not be text."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


@dataclass(slots=True)
class _Run:
    """What is read and not yet written, and the counts."""

    store: Store
    context: Context
    clock: Clock
    left: Counter[str] = field(default_factory=Counter)  # files to come, by dataset
    unlisted: tuple[str, ...] = ()
    waiting: dict[str, list[tuple[str, Sequence[Raw]]]] = field(default_factory=dict)
    batch: list[tuple[str, Sequence[Raw]]] = field(default_factory=list)
    refusals: list[FileRefused] = field(default_factory=list)
    counts: Counter[type] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    opening: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    since: float = 0.0

    def start(self, files: int) -> Found:
        self.since = time.monotonic()
        self.counts[Found] = files
        return Found(files)

    def refuse(self, refused: Iterable[FileRefused]) -> Iterator[Event]:
        for event in refused:
            path, reason = _plain(event.path), _plain(event.reason)
            shown = FileRefused(path, event.code, reason.removeprefix(f"{path}: "))
            self.counts[FileRefused] += 1
            self.refusals.append(shown)
            yield shown

    def take(
        self, path: str, dataset: str | None, given: Sequence[Raw] | SkipError
    ) -> Iterator[Event]:
        """Take a result; write when there is enough of them."""
        if isinstance(given, SkipError):
            yield from self.refuse([FileRefused(path, given.code, given.message)])
        elif dataset is None:
            self.batch.append((path, given))
        else:
            self.waiting.setdefault(dataset, []).append((path, given))
        if dataset is not None:
            self.left[dataset] -= 1
            if self.left[dataset] == 0:
                self.batch += self.waiting.pop(dataset, [])
        size = len(self.batch) + len(self.refusals)
        if size >= BATCH or (size and time.monotonic() - self.since > PAUSE):
            yield from self.write()

    def write(self) -> Iterator[Event]:
        """Keep and publish what was read, in one transaction."""
        batch, refusals = self.batch, self.refusals
        self.batch, self.refusals = [], []
        if batch or refusals:
            with self.store.write(self.clock) as writer:
                for refusal in refusals:
                    writer.put_refusal(
                        SOURCE, refusal.path, refusal.code, refusal.reason
                    )
                events = self._publish(writer, batch)
            self.counts.update(type(event) for event in events)
            yield from events
            yield BatchDone(len(batch) + len(refusals))
        self.since = time.monotonic()

    def _publish(
        self, writer: Writer, batch: Sequence[tuple[str, Sequence[Raw]]]
    ) -> list[FileMapped | FileUnchanged | FileRefused]:
        changed: dict[str, bool] = {}
        left: set[str] = set()
        for path, raws in batch:
            changed[path], abandoned = _keep(writer, path, raws)
            left |= abandoned
        done: dict[str, Outcome | str] = {}
        for dataset in dict.fromkeys(raw.dataset for _, raws in batch for raw in raws):
            done[dataset] = self._derive(writer, dataset)
        for dataset in sorted(left - done.keys()):
            self._derive(writer, dataset)  # a tombstone when it has no file left
        events: list[FileMapped | FileUnchanged | FileRefused] = []
        for path, raws in batch:
            made = [done[name] for name in dict.fromkeys(raw.dataset for raw in raws)]
            outcomes = tuple(o for o in made if isinstance(o, Outcome))
            if failed := [o for o in made if isinstance(o, str)]:
                writer.put_refusal(SOURCE, path, "file.unmappable", failed[0])
                events.append(FileRefused(path, "file.unmappable", failed[0]))
            else:
                kind = FileMapped if changed[path] else FileUnchanged
                events.append(kind(path, outcomes))
        self._tally(o for o in done.values() if isinstance(o, Outcome))
        return events

    def _derive(self, writer: Writer, dataset: str) -> Outcome | str:
        """Publish a dataset; say why when its mapping fails: others go on."""
        try:
            return publish_dataset(writer, dataset, self.context, self.clock())
        except (RetryError, StopError):
            raise
        except Exception as error:
            return _plain(f"mapping failed: {type(error).__name__}: {error}")

    def _tally(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.records[outcome.state] += 1
            if outcome.state == "open":
                continue
            if outcome.opens_at:
                self.opening[outcome.opens_at.date().isoformat()] += 1
            else:
                self.held[outcome.code] += 1

    def end(self) -> RunDone:
        """Say what came of it all."""
        return RunDone(
            found=self.counts[Found],
            mapped=self.counts[FileMapped],
            unchanged=self.counts[FileUnchanged],
            refused=self.counts[FileRefused],
            records=self.records,
            opening=self.opening,
            held=self.held,
            unlisted=self.unlisted,
        )


def _keep(writer: Writer, path: str, raws: Sequence[Raw]) -> tuple[bool, set[str]]:
    """Put the raw records of a file in place of what was kept of it before.

    Gives whether anything changed, and the datasets that lost something.
    """
    before = writer.kin(SOURCE, path)
    changed, left = False, set()
    for raw in raws:
        changed |= writer.put_raw(raw)
        dataset = before.pop(raw.native_id, raw.dataset)
        if dataset != raw.dataset:
            left.add(dataset)
    # The file was read as a whole then and by entries now, or the other way about.
    for native_id in {path, *before} - {raw.native_id for raw in raws}:
        if dropped := writer.drop_raw(SOURCE, native_id):
            changed = True
            left.add(dropped)
    return changed, left
