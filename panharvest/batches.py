"""Writing what was read: raws, refusals and what is served of them, by transactions."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from panharvest.errors import SkipError
from panharvest.events import (
    BatchDone,
    FileMapped,
    FileRefused,
    FileUnchanged,
    Found,
    RunDone,
)
from panharvest.publish import FAILED, Outcome, try_to_publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from panharvest.events import Event
    from panharvest.protocols import Clock, Raw, Store, Writer
    from panharvest.publish import Context

SOURCE = "nexus"
BATCH = 200  # files a transaction
PAUSE = 2.0  # seconds after which what was read is written, be it little


def _plain(text: str) -> str:
    """Give a text that can be stored: names of files need not be text."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def _without(lost: Sequence[str], raws: Sequence[Raw]) -> Sequence[Raw]:
    """Note in what was read of a dataset which of its files were refused."""
    if not lost:
        return raws
    return [replace(raw, hints={**raw.hints, "missing": sorted(lost)}) for raw in raws]


@dataclass(slots=True)
class Run:
    """What was read and is not written yet, and the counts."""

    store: Store
    context: Context
    clock: Clock
    has_manifest: bool
    left: Counter[str] = field(default_factory=Counter)  # files to come, by dataset
    unlisted: tuple[str, ...] = ()
    missing: dict[str, list[str]] = field(default_factory=dict)  # refused, by dataset
    waiting: dict[str, list[tuple[str, Sequence[Raw]]]] = field(default_factory=dict)
    batch: list[tuple[str, Sequence[Raw]]] = field(default_factory=list)
    refusals: list[FileRefused] = field(default_factory=list)
    counts: Counter[type] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    opening: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    remembered: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    since: float = 0.0

    def start(self, files: int) -> Found:
        """Begin, with the number of files that there are."""
        self.since = time.monotonic()
        self.counts[Found] = files
        return Found(files)

    def refuse(self, refused: Iterable[FileRefused]) -> Iterator[Event]:
        """Take refusals; they are written with the next batch."""
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
            if dataset is not None:
                self.missing.setdefault(dataset, []).append(_plain(path))
        elif dataset is None:
            self.batch.append((path, given))
        else:
            self.waiting.setdefault(dataset, []).append((path, given))
        if dataset is not None:
            self.left[dataset] -= 1
            if self.left[dataset] == 0:
                lost = self.missing.pop(dataset, [])
                for place, raws in self.waiting.pop(dataset, []):
                    self.batch.append((place, _without(lost, raws)))
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
        self.remembered.clear()
        batch = [(path, self._remember(writer, path, raws)) for path, raws in batch]
        for path, raws in batch:
            changed[path], abandoned = _keep(writer, path, raws)
            left |= abandoned
        done: dict[str, Outcome] = {}
        for dataset in dict.fromkeys(raw.dataset for _, raws in batch for raw in raws):
            done[dataset] = self._derive(writer, dataset)
        for dataset in sorted(left - done.keys()):
            self._derive(writer, dataset)  # a tombstone when it has no file left
        events: list[FileMapped | FileUnchanged | FileRefused] = []
        for path, raws in batch:
            made = [done[name] for name in dict.fromkeys(raw.dataset for raw in raws)]
            outcomes = tuple(o for o in made if o.state != FAILED)
            if failed := [o for o in made if o.state == FAILED]:
                code, reason = failed[0].code, _plain(failed[0].reason)
                writer.put_refusal(SOURCE, path, code, reason)
                events.append(FileRefused(path, code, reason))
            else:
                kind = FileMapped if changed[path] else FileUnchanged
                events.append(kind(path, outcomes))
        self._tally(o for o in done.values() if o.state != FAILED)
        return events

    def _remember(
        self, writer: Writer, path: str, raws: Sequence[Raw]
    ) -> Sequence[Raw]:
        """Complete what the operator says now by what was said of the file before.

        A run without manifest must not undo what the last one said: a release date, or
        that the work is proprietary.
        """
        for native_id, dataset in writer.kin(SOURCE, path).items():
            known = self.remembered.get(dataset)
            if known is None:
                known = {raw.native_id: raw.hints for raw in writer.raws(dataset)}
                self.remembered[dataset] = known
            told = dict(known.get(native_id, {}))
            if self.has_manifest:
                told.pop("manifest", None)
                told.pop("missing", None)
            grouped = "manifest" in told and dataset != native_id
            return [
                replace(
                    raw,
                    hints={**told, **raw.hints},
                    dataset=dataset if grouped else raw.dataset,
                )
                for raw in raws
            ]
        return raws

    def _derive(self, writer: Writer, dataset: str) -> Outcome:
        return try_to_publish(writer, dataset, self.context, self.clock())

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
