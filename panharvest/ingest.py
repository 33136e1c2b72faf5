"""From files to published records: walk, read in worker processes, keep and publish.

What is read of a dataset and what is served of it change in one transaction, so that
whoever looks, and whoever starts again after a crash, finds all of it or nothing. A
dataset of several files is written when all of them have been read: its embargo depends
on the last of them.

Nothing that one file does stops the run; it is told by events, which the caller draws.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panharvest import workers
from panharvest.batches import Run
from panharvest.errors import SkipError
from panharvest.walking import walk

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Generator,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from panharvest.events import Event, FileRefused
    from panharvest.manifest import Manifest, Row
    from panharvest.protocols import Clock, Raw, Store
    from panharvest.publish import Context
    from panharvest.tree import Wanted

    Reader = Callable[[Path, Wanted, bool], Sequence[Raw]]

TIMEOUT = 60.0  # seconds to read one file


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
        Without it, the one that was given for a file the last time holds.
    manifest
        What files do not say. Without it, what the last one said of a file holds.
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
    run = Run(store, context, clock, manifest is not None)
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
        context.facilities.named(id_, place)


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
    if facility and "facility" not in values:
        hints["facility"] = facility
    if values:
        hints["manifest"] = dict(values)
    if not result:
        return SkipError("file.empty", "it has no NXentry")
    raws: Sequence[Raw] = result  # type: ignore[assignment]  # what the reader gives
    name = row.dataset if row else None
    return [replace(raw, dataset=name or raw.dataset, hints=hints) for raw in raws]
