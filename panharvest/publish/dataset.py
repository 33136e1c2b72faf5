"""One dataset published: mapped, joined, decided, rendered, written."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from panharvest.errors import RetryError, StopError
from panharvest.faults import fault
from panharvest.joining import host_of, note_closing
from panharvest.matching import match, strangers
from panharvest.policy import Timeline, Visibility, decide
from panharvest.protocols import Item, Raw, Writer
from panharvest.protocols import Outcome as Change
from panharvest.publish.context import FAILED, Context, Outcome
from panharvest.publish.deriving import leftovers_of, map_raws, missing_files
from panharvest.publish.showing import checked, landing_page, shown_in, shown_stage
from panharvest.publish.withdrawals import withdrawal_keys, withdrawal_of
from panharvest.record import Kind, Level, Record
from panharvest.telling import first_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from panharvest.mapping import Mapped

_STATES = {
    Visibility.HIDDEN: "hidden",
    Visibility.METADATA: "embargoed",
    Visibility.ALL: "embargoed",
    Visibility.OPEN: "open",
    Visibility.WITHDRAWN: "withdrawn",
}


def publish_dataset(
    writer: Writer, dataset: str, context: Context, now: float
) -> Outcome:
    """Derive the item of one dataset from its raw records and write it.

    Parameters
    ----------
    writer
        An open write transaction; it decides from when on the item is visible.
    now
        Seconds since the epoch; only for the ``state`` of the outcome.
    """
    if not writer.raws(dataset):
        return _emptied(writer, dataset)
    mapped = map_raws(writer.raws(dataset), context)
    if (host := host_of(writer, dataset, mapped.record)) is not None:
        return _joined(writer, dataset, host, context, now)
    if moved := strangers(writer, dataset, lambda raws: map_raws(raws, context)):
        return _parted(writer, dataset, moved, context, now)
    found = match(writer, dataset, mapped, lambda raws: map_raws(raws, context))
    if found.host is not None:
        return _joined(writer, dataset, found.host, context, now)
    if found.parts:
        for part in found.parts:
            _moved(writer, part, dataset)
        return publish_dataset(writer, dataset, context, now)
    problems = (*mapped.problems, *found.problems)
    return _published(writer, dataset, replace(mapped, problems=problems), context, now)


def _published(
    writer: Writer, dataset: str, mapped: Mapped, context: Context, now: float
) -> Outcome:
    """Decide what is shown of a dataset that stands for itself, and write it."""
    raws = writer.raws(dataset)
    record, claims = mapped.record, mapped.claims
    if missing_files(raws):
        claims = replace(claims, incomplete=True)
    withdrawal = withdrawal_of(writer, withdrawal_keys(dataset, record.id, raws))
    if withdrawal is not None:
        record = replace(record, withdrawal=withdrawal)
        claims = replace(claims, withdrawn=withdrawal)
    record = replace(record, id=_free_id(writer, dataset, record.id))
    if record.landing_page is None:
        record = replace(record, landing_page=landing_page(record.id))
    profile = context.facilities.get(record.facility.id) if record.facility else None
    timeline = decide(record, profile, claims)
    shown = [(phase, shown_in(phase, record, timeline)) for phase in timeline.phases]
    problems = (*mapped.problems, *checked(shown, context))
    code, reason, opens_at = timeline.code, timeline.reason, timeline.opens_at
    state = _state(timeline, now)
    if any(one.level is Level.ERROR for one in problems):  # they hold the record back
        shown, opens_at, state = [], None, "hidden"
        code, reason = "check.error", first_error(problems)
    stages = tuple(shown_stage(_seconds(p.start), v, context) for p, v in shown)
    facts = {
        **_facts(record, raws),
        "facility": profile.id if profile else None,  # one that we know
        "mapping": context.tables.version,
        "phases": [[_seconds(p.start), _STATES[p.visibility]] for p, _ in shown],
        "code": code,
        "reason": reason,
        "opens_at": _seconds(opens_at) if opens_at else None,
        "problems": [asdict(problem) for problem in problems],
        "leftovers": leftovers_of(raws, mapped),
    }
    change = writer.put_item(Item(record.id, dataset, stages, facts))
    note_closing(writer, record.id, change, code, reason, now)
    return Outcome(dataset, record.id, state, opens_at, code, reason, change, problems)


def _facts(record: Record, raws: Sequence[Raw]) -> dict[str, object]:
    """Give what lists and searches of the operator show of a record."""
    return {
        "title": record.titles[0].value if record.titles else "",
        "facility": record.facility.id if record.facility else None,
        "techniques": [{"iri": t.iri, "label": t.label} for t in record.techniques],
        "kind": record.kind,
        "files": [raw.native_id for raw in raws],
    }


def try_to_publish(
    writer: Writer, dataset: str, context: Context, now: float
) -> Outcome:
    """Publish a dataset; when its mapping breaks say so, so that others go on.

    What was served of it before stays as it is. Errors of the store are raised.
    """
    try:
        return publish_dataset(writer, dataset, context, now)
    except (RetryError, StopError):
        raise
    except Exception as error:  # whatever one file provokes is told
        reason = f"mapping failed: {fault(error)}"  # not what it says of the data
        held = writer.item_id(dataset) or ""
        return Outcome(
            dataset, held, FAILED, None, "file.unmappable", reason, "unchanged"
        )


def close_dataset(
    writer: Writer, dataset: str, reason: str, context: Context, now: float
) -> Change:
    """Show nothing of a dataset any more, without knowing what its record would be.

    For what must not be served and cannot be mapped either; the next time that it can,
    it is published as anything else. Gives what the store did.
    """
    held = writer.item_id(dataset)
    if held is None:
        return "unchanged"
    facts = {
        **_facts(Record(id=held, kind=Kind.OTHER), writer.raws(dataset)),
        "mapping": context.tables.version,
        "phases": [[0, _STATES[Visibility.WITHDRAWN]]],
        "code": "withdrawn",
        "reason": reason,
        "opens_at": None,
        "problems": [],
        "leftovers": {},
    }
    change = writer.put_item(Item(held, dataset, (), facts))
    note_closing(writer, held, change, "withdrawn", reason, now)
    return change


def _joined(
    writer: Writer, dataset: str, host: str, context: Context, now: float
) -> Outcome:
    """Make one record of two descriptions: the raws go to the other's dataset."""
    _moved(writer, dataset, host)
    return publish_dataset(writer, host, context, now)


def _moved(writer: Writer, dataset: str, host: str) -> None:
    """Put the raws of a dataset to another one's."""
    for raw in writer.raws(dataset):
        writer.put_raw(replace(raw, dataset=host))
    if held := writer.item_id(dataset):
        writer.put_item(Item(held, dataset, ()))


def _parted(
    writer: Writer, dataset: str, moved: Sequence[Raw], context: Context, now: float
) -> Outcome:
    """Let files go that do not belong to a catalogue's dataset any more."""
    for raw in moved:
        writer.put_raw(replace(raw, dataset=raw.native_id))
    outcome = publish_dataset(writer, dataset, context, now)
    for raw in moved:
        publish_dataset(writer, raw.native_id, context, now)
    return outcome


def _emptied(writer: Writer, dataset: str) -> Outcome:
    """Leave a tombstone of a dataset whose files all belong to others now."""
    held = writer.item_id(dataset)
    change = writer.put_item(Item(held, dataset, ())) if held else "unchanged"
    reason = "its files belong to other datasets now"
    return Outcome(
        dataset, held or "", "withdrawn", None, "dataset.emptied", reason, change
    )


def _free_id(writer: Writer, dataset: str, wanted: str) -> str:
    """Keep the identifier once given; tell two datasets of one name apart."""
    told_apart = f"{wanted}~{hashlib.sha256(dataset.encode()).hexdigest()[:8]}"
    if writer.item_id(dataset) == told_apart:
        return told_apart
    holder = writer.dataset_of(wanted)
    return wanted if holder in (None, dataset) else told_apart


def _state(timeline: Timeline, now: float) -> str:
    state = "hidden"
    for phase in timeline.phases:
        if _seconds(phase.start) <= now:
            state = _STATES[phase.visibility]
    return state


def _seconds(instant: datetime | None) -> int:
    return 0 if instant is None else int(instant.timestamp())
