"""The engine: a source to its end, whatever that is."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import CATALOGUE, Position
from panharvest.cataloguing.events import (
    CatalogueDone,
    CatalogueSettings,
    Event,
    PageKept,
    Status,
)
from panharvest.cataloguing.keeping import (
    STATE,
    Run,
    keep_page,
    line,
    tidy,
)
from panharvest.cataloguing.sweeping import sweep
from panharvest.errors import RetryError, StopError, StoreBusyError, StoreError
from panharvest.oai import format_datestamp
from panharvest.transport import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.catalogued import CatalogueSource
    from panharvest.protocols import Clock, Store
    from panharvest.publish import Context


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
    if facility:
        context.facilities.named(facility, "--facility")
    key = f"{CATALOGUE}{kind}:{source.name}"
    harvests = store.harvests()
    feed = harvests.feed(source.name, f"{CATALOGUE}{kind}")
    with harvests.lock(feed.num):
        state = json.loads(store.meta(f"{STATE}{key}") or "{}")
        facility = facility or state.get("facility")
        hints = {"facility": facility} if facility else {}
        run = Run(source, key, store, context, clock, hints, feed.num)
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
                tidy(run, begun)
            if settings.sweep:
                code, reason = sweep(run, settings)
                status = "incomplete" if code else "complete"
        except (StoreError, StoreBusyError):
            raise  # not the source's doing
        except (RetryError, StoppedError) as error:
            status, code, reason = "incomplete", "source.unavailable", str(error)
        except StopError as error:
            status, code, reason = "failed", "source.stopped", str(error)
        done = _done(run, kind, status, code, reason)
        with harvests.write() as writer:
            writer.put_report(feed.num, clock(), json.dumps(asdict(done)))
    yield done


def _read(run: Run, position: Position, state: dict[str, Any]) -> Iterator[Event]:
    """Keep page after page."""
    for page in run.source.pages(position, run.clock()):
        state |= {"facility": run.hints.get("facility"), "checkpoint": page.checkpoint}
        if page.last:
            state["bookmark"] = page.bookmark
            state["complete"] = format_datestamp(int(run.clock()))
        refused = keep_page(run, page, state)
        run.pages += 1
        run.notes += [one for one in page.notes if one not in run.notes]
        yield PageKept(
            run.source.name, len(page.entries), tuple(refused), tuple(page.notes)
        )


def _done(run: Run, kind: str, status: Status, code: str, reason: str) -> CatalogueDone:
    return CatalogueDone(
        source=run.source.name,
        kind=kind,
        status=status,
        code=code,
        reason=line(reason),
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
