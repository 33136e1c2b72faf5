"""The life of a record: raw -> map -> check -> policy -> render -> item.

Everything that is served is derived here from what is kept raw, so that a change of a
mapping or of a policy is one run of :func:`publish_all`. Nothing here reads the clock:
when a stage begins is decided by the policy and, at the earliest, by the commit.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from panharvest import oai, tree
from panharvest.checks import check
from panharvest.derived import page_path
from panharvest.errors import RetryError, StopError
from panharvest.faults import fault
from panharvest.formats.datacite.rules import errors_of
from panharvest.harvested import FOREIGN
from panharvest.joining import host_of, note_closing
from panharvest.mapping import Mapped, Tables, entries, map_trees
from panharvest.mapping.merging import merge
from panharvest.matching import match, strangers
from panharvest.policy import Phase, Timeline, Visibility, decide
from panharvest.protocols import (
    BASE_URL,
    Clock,
    Format,
    Item,
    Raw,
    Stage,
    Store,
    Writer,
)
from panharvest.record import (
    Access,
    AccessStatus,
    Embargo,
    Level,
    Moment,
    Problem,
    Record,
    Withdrawal,
    to_json,
)
from panharvest.telling import first_error
from panharvest.vocabulary import panet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.facilities import Facilities


BATCH = 200  # records a transaction
# What is shown of a record during an embargo where a policy says "metadata".
CORE_FIELDS = (
    *("pid", "titles", "creators", "publisher", "facility", "instruments"),
    "collected",
)
ALWAYS = ("id", "kind", "landing_page", "provenance")
LONGEST_WAIT = 10  # seconds; a stamp further ahead is a clock that was set back
WITHDRAWN = "withdrawn:"  # meta key of an operator's withdrawal; see _withdrawal_keys
FAILED = "failed"  # state of an outcome whose mapping broke: what is served stays


@dataclass(frozen=True, slots=True)
class Context:
    """What publishing needs to know: tables, facilities and formats.

    ``terms`` is the address of the terms under which all metadata is given.
    """

    tables: Tables
    facilities: Facilities
    formats: Mapping[str, Format]
    terms: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one dataset.

    ``state`` is ``open``, ``embargoed`` (metadata public), ``hidden`` or ``withdrawn``
    at the time of the call; ``opens_at`` is when the data opens, None when that is not
    known; ``code`` and ``reason`` say why; ``change`` is what the store did.
    """

    dataset: str
    id: str
    state: str
    opens_at: datetime | None
    code: str
    reason: str
    change: str
    problems: tuple[Problem, ...] = field(default=())


def map_raws(raws: Sequence[Raw], context: Context) -> Mapped:
    """Map the raw records of one dataset.

    Raises
    ------
    ValueError
        When a raw record is of a media type that no mapping reads.
    """
    for raw in raws:
        if raw.media_type not in (tree.MEDIA_TYPE, entries.MEDIA_TYPE):
            raise ValueError(f"no mapping reads {raw.media_type}")
    found = [
        entries.map_entry(raw, context.tables, context.facilities)
        for raw in raws
        if raw.media_type == entries.MEDIA_TYPE
    ]
    files = [raw for raw in raws if raw.media_type == tree.MEDIA_TYPE]
    if files:
        trees = [tree.decode(raw.payload) for raw in files]
        hints = _hints(files, trees)
        found.append(map_trees(trees, context.tables, context.facilities, hints))
    return merge(found)


def _hints(raws: Sequence[Raw], trees: Sequence[tree.Tree]) -> dict[str, Any]:
    """Merge what the operator said of each file of the dataset."""
    manifest: dict[str, Any] = {}
    hints: dict[str, Any] = {"manifest": manifest}
    for raw in raws:
        for key, value in (raw.hints.get("manifest") or {}).items():
            held = manifest.setdefault(key, value)
            if isinstance(held, list) and held is not value:
                manifest[key] = held + [one for one in value if one not in held]
        if raw.hints.get("facility"):
            hints.setdefault("facility", raw.hints["facility"])
    first = raws[0]
    if first.dataset != first.native_id:
        hints["dataset"] = first.dataset.rpartition("/")[2]
    entry = first.native_id.rpartition("#")[2]
    if entry != first.native_id and any(g.path == entry for g in trees[0].groups):
        hints["entry"] = entry
    return hints


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
    record, claims = mapped.record, mapped.claims
    if _missing(writer.raws(dataset)):
        claims = replace(claims, incomplete=True)
    keys = _withdrawal_keys(dataset, record.id, writer.raws(dataset))
    said = next(filter(None, map(writer.meta, keys)), None)
    if said:
        row = json.loads(said)
        withdrawal = Withdrawal(Moment(row["date"]), row["reason"])
        record = replace(record, withdrawal=withdrawal)
        claims = replace(claims, withdrawn=withdrawal)
    record = replace(record, id=_free_id(writer, dataset, record.id))
    if record.landing_page is None:
        record = replace(record, landing_page=landing_page(record.id))
    facility = record.facility
    profile = context.facilities.get(facility.id) if facility else None
    timeline = decide(record, profile, claims)
    shown = [(phase, shown_in(phase, record, timeline)) for phase in timeline.phases]
    problems = (*mapped.problems, *found.problems, *_checked(shown, context))
    held_back = any(problem.level is Level.ERROR for problem in problems)
    stages = (
        ()
        if held_back
        else tuple(shown_stage(_seconds(p.start), v, context) for p, v in shown)
    )
    if held_back:
        code, reason, state = "check.error", first_error(problems), "hidden"
    else:
        code, reason = timeline.code, timeline.reason
        state = _state(timeline, now)
    opens_at = None if held_back else timeline.opens_at
    facts = {
        "title": record.titles[0].value if record.titles else "",
        "facility": profile.id if profile else None,  # one that we know
        "techniques": [{"iri": t.iri, "label": t.label} for t in record.techniques],
        "kind": record.kind,
        "files": [raw.native_id for raw in writer.raws(dataset)],
        "mapping": context.tables.version,
        "phases": [
            [_seconds(phase.start), _STATES[phase.visibility]]
            for phase in (() if held_back else timeline.phases)
        ],
        "code": code,
        "reason": reason,
        "opens_at": _seconds(opens_at) if opens_at else None,
        "problems": [asdict(problem) for problem in problems],
        "leftovers": _leftovers(writer.raws(dataset), mapped),
    }
    change = writer.put_item(Item(record.id, dataset, stages, facts))
    note_closing(writer, record.id, change, code, reason, now)
    return Outcome(dataset, record.id, state, opens_at, code, reason, change, problems)


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


def landing_page(item_id: str) -> str:
    """Give the address of a record's own page, below the base URL still unknown."""
    return f"{BASE_URL}{page_path(item_id)}"


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


def shown_in(phase: Phase, record: Record, timeline: Timeline) -> Record | None:
    """Give what of the record may be shown in a phase; None when nothing may.

    The licence of opened data is the record's own, else that of the policy by which it
    opened; none is made up.
    """
    opens, policy = _day(timeline.opens_at), timeline.policy
    start = record.collected and (record.collected.end or record.collected.start)
    embargo = Embargo(
        start=Moment(start.day)
        if start and opens and start.day <= opens.text
        else None,
        end=opens,
    )
    if phase.visibility is Visibility.OPEN:
        return replace(
            record,
            access=record.access or Access(AccessStatus.OPEN),
            licence=record.licence or (policy.licence_after if policy else None),
            embargo=embargo if opens else None,
            issued=record.issued or opens,
        )
    if phase.visibility in (Visibility.METADATA, Visibility.ALL):
        held: dict[str, Any] = {
            "access": Access(AccessStatus.EMBARGOED),
            "embargo": embargo,
            "files": (),
            "services": (),
        }
        if phase.visibility is Visibility.ALL:
            return replace(record, **held)
        wanted = (policy.core_fields if policy else ()) or CORE_FIELDS
        core = {name: getattr(record, name) for name in (*ALWAYS, *wanted)}
        if "creators" not in core and record.publisher:  # nobody is named, yet
            core["creators"] = (record.publisher,)
        return Record(**{**core, **held})
    return None


def _day(instant: datetime | None) -> Moment | None:
    return Moment(instant.astimezone(UTC).date().isoformat()) if instant else None


def _checked(
    shown: Sequence[tuple[Phase, Record | None]], context: Context
) -> tuple[Problem, ...]:
    """Give what is wrong with the records, and with what would be sent of them."""
    records = [record for _, record in shown if record is not None]
    found = [p for record in records for p in check(record)]
    if form := context.formats.get("datacite"):
        bodies = (form.write(record) for record in records)
        found += [p for body in bodies if body for p in errors_of(body)]
    return tuple(dict.fromkeys(found))


def shown_stage(start: int, record: Record | None, context: Context) -> Stage:
    """Render what may be shown of a record from an instant on, in all formats."""
    if record is None:
        return Stage(start)
    bodies = {"_record": to_json(record)}
    for prefix, form in context.formats.items():
        body = form.write(record)
        if body is not None:
            bodies[prefix] = body
    return Stage(start, bodies, _sets(record), _about(record, context.terms))


def _about(record: Record, terms: str | None) -> bytes:
    """Say where a record came from, and under which terms its metadata is given."""
    origin = record.provenance.origin if record.provenance else None
    return oai.about_provenance(origin) + (oai.about_rights(terms) if terms else b"")


def _sets(record: Record) -> tuple[str, ...]:
    sets = {f"kind:{record.kind}"}
    if record.facility:
        sets.add(f"facility:{record.facility.id}")
    if record.access:
        sets.add(f"access:{record.access.status}")
        if record.access.status is AccessStatus.OPEN:
            sets.add("openaire_data")
    vocabulary = panet() if record.techniques else None
    for technique in record.techniques:
        if vocabulary is None or vocabulary.term(technique.iri) is None:
            continue
        for iri in {technique.iri, *vocabulary.ancestors(technique.iri)}:
            if vocabulary.is_technique(iri):
                sets.add(f"technique:{iri.rpartition('/')[2]}")
    return tuple(sorted(sets))


_STATES = {
    Visibility.HIDDEN: "hidden",
    Visibility.METADATA: "embargoed",
    Visibility.ALL: "embargoed",
    Visibility.OPEN: "open",
    Visibility.WITHDRAWN: "withdrawn",
}


def _state(timeline: Timeline, now: float) -> str:
    state = "hidden"
    for phase in timeline.phases:
        if _seconds(phase.start) <= now:
            state = _STATES[phase.visibility]
    return state


def _seconds(instant: datetime | None) -> int:
    return 0 if instant is None else int(instant.timestamp())


def _leftovers(raws: Sequence[Raw], mapped: Mapped) -> dict[str, int]:
    """Count the members that no rule reads, by class and name."""
    counts = dict(entries.leftovers(mapped))
    for raw in raws:
        if raw.media_type != tree.MEDIA_TYPE:
            continue
        for group in tree.decode(raw.payload).groups:
            for name in group.others:
                key = f"{group.nx_class}/{name}"
                counts[key] = counts.get(key, 0) + 1
    return counts


def publish_all(
    store: Store, context: Context, clock: Clock, batch: int = BATCH
) -> Iterator[Outcome]:
    """Derive every item again, ``batch`` datasets a transaction.

    Only what is served differently gets a new datestamp.
    """
    # those of other repositories are derived from what was harvested
    datasets = (name for name in store.datasets() if not name.startswith(FOREIGN))
    while names := list(islice(datasets, batch)):
        with store.write(clock) as writer:
            outcomes = [try_to_publish(writer, n, context, clock()) for n in names]
        yield from outcomes


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


def _missing(raws: Sequence[Raw]) -> set[str]:
    """Give the files of a dataset that were refused and have not been read since."""
    refused = {path for raw in raws for path in raw.hints.get("missing", ())}
    return refused - {raw.native_id.partition("#/")[0] for raw in raws}


def _withdrawal_keys(dataset: str, item_id: str, raws: Sequence[Raw]) -> set[str]:
    """Give the keys that a withdrawal stands under: dataset, identifier and files.

    So what was withdrawn stays withdrawn when its file is moved within the same
    identifier, joins a dataset, or is read again entry by entry.
    """
    files = {f"{WITHDRAWN}file:{raw.native_id.partition('#/')[0]}" for raw in raws}
    return {f"{WITHDRAWN}{dataset}", f"{WITHDRAWN}id:{item_id}", *files}


def await_visible(store: Store, clock: Clock) -> None:
    """Wait until what was committed last is visible: a second or two at the most.

    So that what a command says when it ends is what a harvester sees.
    """
    left = store.stamp() - clock()
    if 0 < left <= LONGEST_WAIT:
        time.sleep(left)


def withdraw(
    store: Store, item_id: str, reason: str, context: Context, clock: Clock
) -> Outcome:
    """Withdraw a record for good: harvesters see it deleted; publishing keeps it so.

    Raises
    ------
    KeyError
        When the store has no record of this identifier.
    """
    dataset = store.dataset_of(item_id)
    if dataset is None:
        raise KeyError(item_id)
    with store.write(clock) as writer:
        now = clock()
        day = datetime.fromtimestamp(now, UTC).replace(microsecond=0)
        row = {"date": day.isoformat().replace("+00:00", "Z"), "reason": reason}
        for key in _withdrawal_keys(dataset, item_id, writer.raws(dataset)):
            writer.put_meta(key, json.dumps(row))
        return publish_dataset(writer, dataset, context, now)
