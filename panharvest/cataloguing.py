"""Catalogues into the store: page by page, published at once, and what has vanished.

What a page brings, what is served of it and how far reading is are written in one
transaction: a process may be killed at any moment, and the next run goes on.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from panharvest.catalogued import CATALOGUE, CataloguePage, Position, Refused
from panharvest.errors import ConfigError, RetryError, StopError
from panharvest.harvested import Quarantined
from panharvest.mapping.entries import VANISHED, encode
from panharvest.publish import FAILED, try_to_publish
from panharvest.transport import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.catalogued import CatalogueSource, Entry
    from panharvest.protocols import Clock, Raw, Store, Writer
    from panharvest.publish import Context, Outcome

STATE = "source:"  # meta key: how far a source was read
BATCH = 100  # vanished records a transaction
Status = Literal["complete", "incomplete", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSettings:
    """How to read a catalogue.

    Parameters
    ----------
    full
        Read everything, whatever was read before.
    sweep
        Compare the identifiers of the catalogue with those that are kept, and take
        down what is gone or not public any more.
    accept_vanished
        However many there are.
    vanish_most
        Share of the records that may be taken down at once; when more are missing, a
        person is asked, for a catalogue that is ill loses many.
    max_fetch
        Missing records that are asked for one by one in one run.
    """

    full: bool = False
    sweep: bool = True
    accept_vanished: bool = False
    vanish_most: float = 0.2
    max_fetch: int = 5_000


@dataclass(frozen=True, slots=True)
class PageKept:
    """A page is in the store."""

    source: str
    entries: int
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogueDone:
    """The end of a run: the report.

    ``status`` is ``complete``; ``incomplete``: the next run goes on; ``failed``: a
    person must do something. ``records`` counts by state, ``opening`` by day, ``held``
    by reason.
    """

    source: str
    kind: str
    status: Status
    code: str
    reason: str
    pages: int
    entries: int
    changed: int
    unchanged: int
    refused: int
    vanished: int
    records: Mapping[str, int]
    opening: Mapping[str, int]
    held: Mapping[str, int]
    notes: tuple[str, ...]


Event = PageKept | CatalogueDone


@dataclass(slots=True)
class _Run:
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


def ingest_catalogue(
    source: CatalogueSource,
    kind: str,
    store: Store,
    context: Context,
    clock: Clock,
    *,
    facility: str | None = None,
    settings: CatalogueSettings | None = None,
) -> Iterator[Event]:
    """Read a catalogue and publish what it gives.

    Parameters
    ----------
    source
        What reads it; it is not closed here.
    kind
        What it is called among the sources (``scicat``).
    facility
        Id of the facility of documents that do not say it; without it, the one that
        was given for this source the last time.

    Yields
    ------
    A :class:`PageKept` for every page, and :class:`CatalogueDone` at the end, whatever
    that was.

    Raises
    ------
    ConfigError
        When the facility is not known.
    StoreError, StoreBusyError
        When the store cannot be written, or another run reads the same source.
    """
    settings = settings or CatalogueSettings()
    if facility and context.facilities.get(facility) is None:
        known = ", ".join(sorted(profile.id for profile in context.facilities))
        raise ConfigError(f"--facility: no facility '{facility}'; known are: {known}")
    key = f"{CATALOGUE}{kind}:{source.name}"
    harvests = store.harvests()
    feed = harvests.feed(source.name, f"{CATALOGUE}{kind}")
    with harvests.lock(feed.num):
        state = json.loads(store.meta(f"{STATE}{key}") or "{}")
        facility = facility or state.get("facility")
        hints = {"facility": facility} if facility else {}
        run = _Run(source, key, store, context, clock, hints, feed.num)
        position = (
            Position()
            if settings.full
            else Position(state.get("checkpoint"), state.get("bookmark"))
        )
        status: Status = "complete"
        code = reason = ""
        begun = clock()
        try:
            yield from _read(run, position, state)
            if position == Position():
                _tidy(run, begun)
            if settings.sweep:
                code, reason = _sweep(run, settings)
                status = "incomplete" if code else "complete"
        except (RetryError, StoppedError) as error:
            status, code, reason = "incomplete", "source.unavailable", str(error)
        except StopError as error:
            status, code, reason = "failed", "source.stopped", str(error)
        done = _done(run, kind, status, code, reason)
        with harvests.write() as writer:
            writer.put_report(feed.num, clock(), json.dumps(asdict(done)))
    yield done


def _read(run: _Run, position: Position, state: dict[str, Any]) -> Iterator[Event]:
    """Keep page after page."""
    for page in run.source.pages(position, run.clock()):
        state |= {"facility": run.hints.get("facility"), "checkpoint": page.checkpoint}
        if page.last:
            state["bookmark"] = page.bookmark
            state["complete"] = _said(run.clock())
        refused = [*page.refused, *_keep(run, page, state)]
        _quarantine(run, refused)
        run.pages += 1
        run.counts["refused"] += len(refused)
        run.notes += [one for one in page.notes if one not in run.notes]
        yield PageKept(
            run.source.name, len(page.entries), tuple(refused), tuple(page.notes)
        )


def _keep(
    run: _Run, page: CataloguePage, state: Mapping[str, Any]
) -> Iterator[Refused]:
    """Write a page, what is served of it, and how far it is; gives what failed."""
    failed: list[Refused] = []
    with run.store.write(run.clock) as writer:
        for refused in page.refused:
            writer.put_refusal(
                run.key, _line(refused.id or "?"), refused.code, _line(refused.reason)
            )
        for entry in page.entries:
            outcome, changed = keep_entry(
                writer, entry, run.key, run.hints, run.context, run.clock()
            )
            if outcome.state == FAILED:
                writer.put_refusal(run.key, entry.id, outcome.code, outcome.reason)
                failed.append(Refused(outcome.code, outcome.reason, entry.id))
                continue
            run.counts["changed" if changed else "unchanged"] += 1
            _tally(run, outcome)
        writer.put_meta(f"{STATE}{run.key}", json.dumps(dict(state)))
    run.counts["entries"] += len(page.entries)
    yield from failed


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


def _tally(run: _Run, outcome: Outcome) -> None:
    run.records[outcome.state] += 1
    if outcome.state == "open":
        return
    if outcome.opens_at:
        run.opening[outcome.opens_at.date().isoformat()] += 1
    else:
        run.held[outcome.code] += 1


def _quarantine(run: _Run, refused: Sequence[Refused]) -> None:
    """Put pieces aside, as they came."""
    if not refused:
        return
    pieces = [
        Quarantined(one.code, _line(one.reason), one.raw, one.id, position)
        for position, one in enumerate(refused, 1)
    ]
    with run.store.harvests().write() as writer:
        writer.quarantine(run.feed, run.source.name, run.clock(), pieces)


def _tidy(run: _Run, begun: float) -> None:
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


def _line(text: str) -> str:
    return " ".join(text.split()).encode("utf-8", "replace").decode()[:500]


def _sweep(run: _Run, settings: CatalogueSettings) -> tuple[str, str]:
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


def _fetch(run: _Run, wanted: Sequence[str]) -> None:
    """Ask for entries one by one: keep what is there, take down what is not."""
    left = iter(wanted)
    while batch := list(islice(left, BATCH)):
        found = [(one, run.source.fetch(one)) for one in batch]
        with run.store.write(run.clock) as writer:
            for native_id, entry in found:
                if entry is None:
                    _take_down(run, writer, native_id)
                    continue
                outcome, changed = keep_entry(
                    writer, entry, run.key, run.hints, run.context, run.clock()
                )
                run.counts["changed" if changed else "unchanged"] += 1
                run.counts["entries"] += 1
                if outcome.state == FAILED:
                    writer.put_refusal(
                        run.key, native_id, outcome.code, _line(outcome.reason)
                    )
                else:
                    _tally(run, outcome)


def _vanished(run: _Run, native_id: str, dataset: str) -> bool:
    """Tell whether a record was taken down already."""
    return any(
        VANISHED in raw.hints
        for raw in run.store.raws(dataset)
        if (raw.source, raw.native_id) == (run.key, native_id)
    )


def _take_down(run: _Run, writer: Writer, native_id: str) -> None:
    dataset = writer.kin(run.key, native_id).get(native_id)
    for raw in writer.raws(dataset) if dataset else ():
        if (raw.source, raw.native_id) == (run.key, native_id):
            hints = {**raw.hints, VANISHED: _said(run.clock())}
            writer.put_raw(replace(raw, hints=hints))
            try_to_publish(writer, raw.dataset, run.context, run.clock())
            run.counts["vanished"] += 1


def _said(now: float) -> str:
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _done(
    run: _Run, kind: str, status: Status, code: str, reason: str
) -> CatalogueDone:
    return CatalogueDone(
        source=run.source.name,
        kind=kind,
        status=status,
        code=code,
        reason=_line(reason),
        pages=run.pages,
        entries=run.counts["entries"],
        changed=run.counts["changed"],
        unchanged=run.counts["unchanged"],
        refused=run.counts["refused"],
        vanished=run.counts["vanished"],
        records=dict(run.records),
        opening=dict(run.opening),
        held=dict(run.held),
        notes=tuple(run.notes),
    )
