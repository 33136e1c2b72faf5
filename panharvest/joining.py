"""What two datasets of the store have to do with each other, and what was once shown.

A dataset may come from a catalogue and from a file, or from two catalogues: the same
DOI or Handle makes one record of them. What was public and is no longer is noted, for
those who have copies are to be told by a person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from panharvest.catalogued import CATALOGUE
from panharvest.harvested import FOREIGN
from panharvest.oai import format_datestamp

if TYPE_CHECKING:
    from panharvest.protocols import Outcome, Writer
    from panharvest.record import Record

CLOSED = "closed:"  # meta key: since when, and why, a record is no longer shown


def host_of(writer: Writer, dataset: str, record: Record) -> str | None:
    """Give the dataset that this one is another description of; None: it is its own.

    Only persistent identifiers count, and never two documents of one source: that one
    catalogue gives a DOI twice is a mistake in it, which is reported as two records.
    """
    if record.pid is None or record.pid.scheme not in ("DOI", "Handle"):
        return None
    holder = writer.dataset_of(record.id)
    if holder is None or holder == dataset or holder.startswith(FOREIGN):
        return None
    mine = {raw.source for raw in writer.raws(dataset)}
    theirs = {raw.source for raw in writer.raws(holder)}
    catalogued = any(one.startswith(CATALOGUE) for one in mine | theirs)
    return holder if theirs and catalogued and not mine & theirs else None


def note_closing(
    writer: Writer, id_: str, change: Outcome, code: str, reason: str, now: float
) -> None:
    """Note that a record is no longer shown, or that it is again."""
    key = f"{CLOSED}{id_}"
    if change == "deleted":
        at = format_datestamp(int(now))
        writer.put_meta(key, json.dumps({"at": at, "code": code, "reason": reason}))
    elif change in ("added", "changed") and writer.meta(key):
        writer.put_meta(key, "")
