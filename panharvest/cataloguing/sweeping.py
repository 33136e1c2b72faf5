"""What a catalogue has not got any more, and what it shows without having changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from panharvest.cataloguing.keeping import keep_one, quarantine
from panharvest.mapping.entries import GONE, VANISHED
from panharvest.oai import format_datestamp
from panharvest.publish import FAILED, close_dataset, try_to_publish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.cataloguing.events import CatalogueSettings
    from panharvest.cataloguing.keeping import Run
    from panharvest.protocols import Writer

BATCH = 100  # records a transaction


def sweep(run: Run, settings: CatalogueSettings) -> tuple[str, str]:
    """Take down what the catalogue has not got any more, or does not show.

    What its list lacks is asked for by itself first: lists flap, and what has only
    changed is read again. Gives a code and a reason when a person is to be asked.
    """
    listed = set(run.source.identifiers())
    unknown, known, missing = set(listed), 0, []
    for native_id, dataset in run.store.natives(run.key):
        known += 1
        vanished = _vanished(run, native_id, dataset)
        if not vanished:
            unknown.discard(native_id)
        if native_id not in listed and not vanished:
            missing.append(native_id)
    # what a catalogue's rules have released is new without having changed
    _fetch(run, sorted(unknown)[: settings.max_fetch])
    most = max(settings.vanish_most * known, 3)
    if len(missing) > most and not settings.accept_vanished:
        return "sweep.too-many", (
            f"{len(missing):,} of {known:,} records are not in the catalogue's list "
            "any more; they are served on until a person has looked: --accept-vanished "
            "takes them down"
        )
    _fetch(run, missing[: settings.max_fetch])
    if len(missing) > settings.max_fetch:
        return "sweep.unfinished", (
            f"{len(missing) - settings.max_fetch:,} records that are missing were not "
            "asked for yet; the next run goes on"
        )
    return "", ""


def _fetch(run: Run, wanted: Sequence[str]) -> None:
    """Ask for entries one by one: keep what is there, take down what is not."""
    left = iter(wanted)
    while batch := list(islice(left, BATCH)):
        found = [(one, run.source.fetch(one)) for one in batch]
        failed = []
        with run.store.write(run.clock) as writer:
            for native_id, entry in found:
                if entry is None:
                    _take_down(run, writer, native_id)
                elif refused := keep_one(run, writer, entry):
                    failed.append(refused)
        quarantine(run, failed)


def _vanished(run: Run, native_id: str, dataset: str) -> bool:
    """Tell whether a record was taken down already."""
    return any(
        VANISHED in raw.hints
        for raw in run.store.raws(dataset)
        if (raw.source, raw.native_id) == (run.key, native_id)
    )


def _take_down(run: Run, writer: Writer, native_id: str) -> None:
    dataset = writer.kin(run.key, native_id).get(native_id)
    for raw in writer.raws(dataset) if dataset else ():
        if (raw.source, raw.native_id) == (run.key, native_id):
            hints = {**raw.hints, VANISHED: format_datestamp(int(run.clock()))}
            writer.put_raw(replace(raw, hints=hints))
            now = run.clock()
            outcome = try_to_publish(writer, raw.dataset, run.context, now)
            if outcome.state == FAILED:
                close_dataset(writer, raw.dataset, GONE, run.context, now)
            run.counts["vanished"] += 1
