"""Entries and what is served of them, page by page, each in one transaction."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Refused
from panharvest.harvested import Quarantined
from panharvest.mapping.entries import encode
from panharvest.publish import FAILED, try_to_publish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from panharvest.catalogued import CataloguePage, CatalogueSource, Entry
    from panharvest.protocols import Clock, Raw, Store, Writer
    from panharvest.publish import Context, Outcome

STATE = "source:"  # meta key: how far a source was read
RAW = 64 * 1024  # bytes of an entry in quarantine


@dataclass(slots=True)
class Run:
    """A run while it lasts: where it reads, where it writes, and what it counts."""

    source: CatalogueSource
    key: str
    store: Store
    context: Context
    clock: Clock
    hints: dict[str, Any]
    feed: int = 0
    pages: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    opening: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def keep_page(
    run: Run, page: CataloguePage, state: Mapping[str, Any]
) -> Sequence[Refused]:
    """Write a page, what is served of it, and how far it is; gives what was refused.

    What was refused is kept before it is written that the page was read: whatever stops
    the run in between, the next one reads the page again.
    """
    with run.store.write(run.clock) as writer:
        for one in page.refused:
            writer.put_refusal(run.key, line(one.id or "?"), one.code, line(one.reason))
        results = [keep_one(run, writer, entry) for entry in page.entries]
        refused = [*page.refused, *(one for one in results if one is not None)]
        if not refused:
            _keep_state(run, writer, state)
    if refused:
        quarantine(run, refused)
        with run.store.write(run.clock) as writer:
            _keep_state(run, writer, state)
    return refused


def _keep_state(run: Run, writer: Writer, state: Mapping[str, Any]) -> None:
    writer.put_meta(f"{STATE}{run.key}", json.dumps(dict(state)))


def keep_one(run: Run, writer: Writer, entry: Entry) -> Refused | None:
    """Keep an entry, publish and count it; gives it when its mapping failed."""
    outcome, changed = keep_entry(
        writer, entry, run.key, run.hints, run.context, run.clock()
    )
    run.counts["entries"] += 1
    if outcome.state == FAILED:
        writer.put_refusal(run.key, entry.id, outcome.code, line(outcome.reason))
        raw = encode(entry, run.key, {}).payload[:RAW]
        return Refused(outcome.code, outcome.reason, entry.id, raw)
    run.counts["changed" if changed else "unchanged"] += 1
    _tally(run, outcome)
    return None


def keep_entry(
    writer: Writer,
    entry: Entry,
    key: str,
    hints: Mapping[str, Any],
    context: Context,
    now: float,
) -> tuple[Outcome, bool]:
    """Keep an entry and publish it; gives the outcome, and whether it had changed."""
    raw = encode(entry, key, hints)
    before = writer.kin(key, entry.id).get(entry.id)
    if before is not None:
        kept = _held(writer, before, raw)
        if kept is not None and kept.sha256 == raw.sha256:
            raw = replace(raw, dataset=before)  # maybe one with another description
        if kept is not None and "manifest" in kept.hints:
            raw = replace(raw, hints={**raw.hints, "manifest": kept.hints["manifest"]})
    changed = writer.put_raw(raw)
    outcome = try_to_publish(writer, raw.dataset, context, now)
    if before is not None and before != raw.dataset:
        if outcome.state == FAILED:
            # what it was one with must not open without what it says: both stay
            writer.put_raw(replace(raw, dataset=before))
        try_to_publish(writer, before, context, now)
    return outcome, changed


def _held(writer: Writer, dataset: str, raw: Raw) -> Raw | None:
    """Give what is kept under the same name."""
    return next(
        (
            one
            for one in writer.raws(dataset)
            if (one.source, one.native_id) == (raw.source, raw.native_id)
        ),
        None,
    )


def _tally(run: Run, outcome: Outcome) -> None:
    run.records[outcome.state] += 1
    if outcome.state == "open":
        return
    if outcome.opens_at:
        run.opening[outcome.opens_at.date().isoformat()] += 1
    else:
        run.held[outcome.code] += 1


def quarantine(run: Run, refused: Sequence[Refused]) -> None:
    """Put pieces aside, as they came."""
    if not refused:
        return
    run.counts["refused"] += len(refused)
    pieces = [
        Quarantined(one.code, line(one.reason), one.raw, one.id, position)
        for position, one in enumerate(refused, 1)
    ]
    with run.store.harvests().write() as writer:
        writer.quarantine(run.feed, run.source.name, run.clock(), pieces)


def tidy(run: Run, begun: float) -> None:
    """Let go what was refused once, and was not when everything was read again."""
    harvests = run.store.harvests()
    old = [held for held in harvests.quarantined(run.feed) if held.at < begun]
    if not old:
        return
    with harvests.write() as writer:
        writer.drop([held.num for held in old])
    with run.store.write(run.clock) as refusing:
        for held in old:
            id_ = held.piece.identifier
            if id_ and not refusing.kin(run.key, id_):
                refusing.drop_raw(run.key, id_)  # it is a refusal alone


def line(text: str) -> str:
    """Write a text on one line that any store takes."""
    return " ".join(text.split()).encode("utf-8", "replace").decode()[:500]
