"""Harvested records among our own: served with their origin, under their own terms.

A document in the namespace that we offer under its prefix, in which nothing was odd, is
passed on byte for byte; every other format is written from what was read. Nothing
here fetches: it can be done again at any time, which is what a replay is.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from panharvest.checks import check
from panharvest.errors import RetryError, SkipError, StopError
from panharvest.faults import fault
from panharvest.harvested import FOREIGN, REPAIRED, Standing
from panharvest.harvester.foreign import Document, read
from panharvest.harvester.opening import opening
from panharvest.oai import about_provenance, is_set_spec
from panharvest.protocols import Item, Stage
from panharvest.publish import WITHDRAWN, shown_stage
from panharvest.record import Level, Provenance
from panharvest.sources.oaipmh.datestamps import lenient
from panharvest.telling import first_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.harvested import Feed, Harvested, Harvests
    from panharvest.harvester.opening import Opening
    from panharvest.protocols import Clock, Store, Writer
    from panharvest.publish import Context
    from panharvest.record import Record

BATCH = 100  # records a transaction
HARMLESS = frozenset({"DC-READ-002"})  # odd, but as the format allows
# Formats from which a record is read, the richest first.
RICHEST = ("oai_datacite", "datacite", "oai_openaire", "oai_dc")


@dataclass(frozen=True, slots=True)
class Exposed:
    """What became of a harvested record.

    ``state`` is ``open``, ``embargoed``, ``restricted``, ``metadata-only``, ``unknown``
    (it says nothing of access), ``hidden`` (it cannot be served), ``deleted``,
    ``withdrawn`` here, or ``unread`` (it is kept in a format that nothing reads).
    """

    identifier: str
    id: str
    state: str
    change: str
    code: str = ""
    reason: str = ""


def expose(
    store: Store, context: Context, clock: Clock, *, again: bool = False
) -> Iterator[Exposed]:
    """Serve what was harvested and is not served yet.

    Parameters
    ----------
    again
        Everything, also what is served already: after a change of how records are read.
    """
    harvests = store.harvests()
    feeds = harvests.feeds()
    for feed in feeds:
        kin = [one for one in feeds if one.url == feed.url]
        after = 0 if again else harvests.published(feed.num)
        records = harvests.records(feed.num, after)
        last = after
        while batch := list(islice(records, BATCH)):
            with store.write(clock) as writer:
                done = [
                    _try(writer, harvests, kin, one, context, clock()) for one in batch
                ]
            with harvests.write() as noted:
                # the last page may not be through
                noted.put_published(feed.num, max(batch[-1].page - 1, after))
            last = batch[-1].page
            yield from done
        if last > after:  # not the newest page: a harvest may go on meanwhile
            with harvests.write() as noted:
                noted.put_published(feed.num, last)


def _try(
    writer: Writer,
    harvests: Harvests,
    feeds: Sequence[Feed],
    harvested: Harvested,
    context: Context,
    now: float,
) -> Exposed:
    """Serve a record; whatever is wrong with one is its own affair."""
    try:
        return _expose(writer, harvests, feeds, harvested, context, now)
    except (RetryError, StopError):
        raise
    except Exception as error:  # whatever a foreign record provokes is told
        reason = fault(error)
        return Exposed(
            harvested.identifier, "", "hidden", "unchanged", "record.unmappable", reason
        )


def _expose(
    writer: Writer,
    harvests: Harvests,
    feeds: Sequence[Feed],
    harvested: Harvested,
    context: Context,
    now: float,
) -> Exposed:
    identifier = harvested.identifier
    dataset = f"{FOREIGN}{harvested.feed.url} {identifier}"
    held = writer.item_id(dataset)
    documents: list[tuple[Harvested, Document]] = []
    problem: SkipError | None = None
    for feed in _by_richness(feeds):
        copy: Harvested | None = harvested
        if feed.num != harvested.feed.num:
            copy = harvests.record(feed.num, identifier)
        if copy is None or copy.standing is not Standing.LIVE:
            continue
        try:
            documents.append((copy, read(copy, id=identifier)))
        except SkipError as error:
            problem = problem or error
    if not documents:
        change = writer.put_item(Item(held, dataset, ())) if held else "unchanged"
        if problem is not None:
            code, reason = problem.code, problem.message
            return Exposed(identifier, held or "", "unread", change, code, reason)
        return Exposed(identifier, held or "", "deleted", change)
    return _put(writer, dataset, documents, context, now)


def _by_richness(feeds: Sequence[Feed]) -> list[Feed]:
    order = {prefix: n for n, prefix in enumerate(RICHEST)}
    return sorted(feeds, key=lambda feed: (order.get(feed.prefix, 99), feed.prefix))


def _put(
    writer: Writer,
    dataset: str,
    documents: Sequence[tuple[Harvested, Document]],
    context: Context,
    now: float,
) -> Exposed:
    harvested, document = documents[0]
    record = replace(
        document.record,
        provenance=Provenance("oaipmh", context.tables.version, document.origin),
    )
    record = replace(record, id=_free_id(writer, dataset, record))
    found = opening(record, lenient(harvested.datestamp))
    problems = (*document.problems, *check(found.before))
    errors = [p for p in problems if p.level is Level.ERROR]
    if any(map(writer.meta, (WITHDRAWN + dataset, f"{WITHDRAWN}id:{record.id}"))):
        stages: tuple[Stage, ...] = ()
        state, code, reason = "withdrawn", "withdrawn", "withdrawn here"
    elif errors:
        stages = ()
        state, code = "hidden", "check.error"
        reason = first_error(errors)
    else:
        stages = _stages(found, documents, context)
        shown = (
            found.after if found.at is not None and found.at <= now else found.before
        )
        state = str(shown.access.status) if shown.access else "unknown"
        code, reason = found.code, found.reason
    facts: dict[str, Any] = {
        "title": record.titles[0].value if record.titles else "",
        "facility": record.facility.id if record.facility else None,
        "techniques": [{"iri": t.iri, "label": t.label} for t in record.techniques],
        "kind": record.kind,
        "files": [],
        "mapping": context.tables.version,
        "phases": [[0, state]]
        if state == "withdrawn"
        else [[stage.start, state] for stage in stages[:1]]
        + [[stage.start, "open"] for stage in stages[1:]],
        "code": code,
        "reason": reason,
        "opens_at": found.at,
        "problems": [asdict(problem) for problem in problems],
        "leftovers": {},
        "origin": harvested.feed.url,
    }
    change = writer.put_item(Item(record.id, dataset, stages, facts))
    return Exposed(harvested.identifier, record.id, state, change, code, reason)


def _free_id(writer: Writer, dataset: str, record: Record) -> str:
    """Give the DOI or the foreign identifier; told apart from a record of our own."""
    wanted = record.pid.value if record.pid else record.id
    held = writer.item_id(dataset)
    told_apart = f"{wanted}~{hashlib.sha256(dataset.encode()).hexdigest()[:8]}"
    if held == told_apart:
        return held
    holder = writer.dataset_of(wanted)
    return wanted if holder in (None, dataset) else told_apart


def _stages(
    found: Opening,
    documents: Sequence[tuple[Harvested, Document]],
    context: Context,
) -> tuple[Stage, ...]:
    first = _stage(0, found.before, documents, context)
    if found.at is None:
        return (first,)
    return (first, _stage(found.at, found.after, documents, context))


def _stage(
    start: int,
    record: Record,
    documents: Sequence[tuple[Harvested, Document]],
    context: Context,
) -> Stage:
    """Render a record; what can be passed on as it came replaces what was written."""
    # our terms are for our metadata, and these are not ours
    made = shown_stage(start, record, replace(context, terms=None))
    bodies = dict(made.bodies)
    copy, document = documents[0]
    # what is written from the richest document is not as it came
    written = about_provenance(replace(document.origin, altered=True)) + document.about
    abouts: dict[str, bytes] = {}
    for each, passed in documents:
        if _fits(each, passed, context):
            prefix = each.feed.prefix
            bodies[prefix] = passed.metadata
            origin = replace(passed.origin, altered=REPAIRED in each.flags)
            abouts[prefix] = about_provenance(origin) + passed.about
    return Stage(start, bodies, _sets(made, copy), written, abouts)


def _fits(copy: Harvested, document: Document, context: Context) -> bool:
    """Whether a document is what we promise under its prefix."""
    form = context.formats.get(copy.feed.prefix)
    return (
        form is not None
        and form.namespace == document.namespace
        and all(problem.code in HARMLESS for problem in document.problems)
    )


def _sets(stage: Stage, harvested: Harvested) -> tuple[str, ...]:
    host = urlsplit(harvested.feed.url).netloc.replace(":", "_")
    spec = f"origin:{host}"
    return (*stage.sets, spec) if is_set_spec(spec) else stage.sets
