"""Pieces of catalogues in quarantine, tried again: read and mapped as they came.

Nothing is asked of the catalogue. What a newer version of us, or a mended table, can
use is published and leaves the quarantine.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.catalogued import CATALOGUE, Position
from panharvest.cataloguing.keeping import RAW, STATE, keep_entry, line
from panharvest.errors import PanharvestError
from panharvest.harvested import Retried
from panharvest.publish import FAILED, try_to_publish
from panharvest.sources.catalogues.registry import CLIENTS, open_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from panharvest.catalogued import Entry
    from panharvest.harvested import Feed, Held
    from panharvest.protocols import Clock, Store, Writer
    from panharvest.publish import Context

CUT = "only the beginning of it was kept: read the catalogue again"


def retry_catalogues(
    store: Store, context: Context, clock: Clock, *, nums: Sequence[int] = ()
) -> Iterator[Retried]:
    """Try what is in quarantine of catalogues again.

    Parameters
    ----------
    nums
        Numbers of pieces; none: all of them.

    Raises
    ------
    StoreBusyError
        When a run reads the same source.
    """
    harvests = store.harvests()
    chosen: defaultdict[int, list[Held]] = defaultdict(list)
    for held in harvests.quarantined():
        if held.prefix.startswith(CATALOGUE) and (not nums or held.num in nums):
            chosen[held.feed].append(held)
    for feed in harvests.feeds():
        if chosen[feed.num]:
            with harvests.lock(feed.num):
                for held in chosen[feed.num]:
                    reason = _again(store, feed, held, context, clock)
                    if not reason:
                        with harvests.write() as writer:
                            writer.drop([held.num])
                    yield Retried(held, freed=not reason, reason=reason)


def _again(store: Store, feed: Feed, held: Held, context: Context, clock: Clock) -> str:
    """Use a piece; gives why it cannot be used."""
    key = f"{feed.prefix}:{feed.url}"
    name = held.piece.identifier or ""
    with store.write(clock) as writer:
        dataset = writer.kin(key, name).get(name) if name else None
        if dataset is not None:  # it was kept, and could not be mapped
            outcome = try_to_publish(writer, dataset, context, clock())
            if outcome.state == FAILED:
                return outcome.reason
            for raw in writer.raws(dataset):
                if (raw.source, raw.native_id) == (key, name):
                    writer.put_raw(raw)  # nothing new, and the refusal goes
            return ""
    try:
        entries = _read(feed.prefix.removeprefix(CATALOGUE), held)
    except PanharvestError as error:
        return str(error)
    state = json.loads(store.meta(f"{STATE}{key}") or "{}")
    facility = state.get("facility")
    hints: Mapping[str, Any] = {"facility": facility} if facility else {}
    with store.write(clock) as writer:
        for entry in entries:
            outcome, _ = keep_entry(writer, entry, key, hints, context, clock())
            if outcome.state == FAILED:
                reason = line(outcome.reason)
                writer.put_refusal(key, entry.id, outcome.code, reason)
                return reason
        _settle(writer, key, name)
    return ""


def _settle(writer: Writer, key: str, name: str) -> None:
    """Forget the refusal, and not what was kept under the name."""
    if name and not writer.kin(key, name):
        writer.drop_raw(key, name)


def _read(kind: str, held: Held) -> list[Entry]:
    """Read the bytes of a piece as a file of its catalogue.

    Raises
    ------
    PanharvestError
        When nothing comes of them.
    """
    if kind not in CLIENTS:
        raise PanharvestError("its source reads no single pieces: read it again")
    raw = held.piece.raw
    with tempfile.TemporaryDirectory(prefix="panharvest-") as folder:
        path = Path(folder) / f"{_stem(held)}.json"
        path.write_bytes(raw)
        with closing(open_source(kind, [str(path)])) as source:
            pages = list(source.pages(Position(), 0.0))
    refused = [one for page in pages for one in page.refused]
    entries = [one for page in pages for one in page.entries]
    if refused or not entries:
        told = refused[0].reason if refused else "there is no record in it"
        why = told.replace(path.name, "the piece")  # named after what is in it
        raise PanharvestError(CUT if len(raw) >= RAW else why)
    return entries


def _stem(held: Held) -> str:
    """Give the name of the file that it came from: it may say what it is."""
    name = (held.piece.identifier or "piece").partition("[")[0].partition(",")[0]
    stem = Path(name).stem
    return "".join(one for one in stem if one.isalnum() or one in "-_")[:80] or "piece"
