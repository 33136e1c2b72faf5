"""Documents of catalogues as raw records, and back to what they say."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import RECORD, Entry
from panharvest.mapping.contradicting import contradictions
from panharvest.mapping.documents import map_document
from panharvest.mapping.overrides import apply_manifest
from panharvest.mapping.release import says
from panharvest.mapping.shared import Mapped
from panharvest.protocols import Raw
from panharvest.record import Moment, Withdrawal, from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.facilities import Facilities
    from panharvest.mapping.rules import Tables

MEDIA_TYPE = "application/vnd.panharvest.entry+json"
VANISHED = "vanished"  # hint: since when the catalogue has not got it any more
GONE = "it is no longer in the catalogue, or no longer public there"


def encode(entry: Entry, source: str, hints: Mapping[str, Any]) -> Raw:
    """Keep an entry as a raw record; what is the same gives the same bytes."""
    held = {
        "system": entry.system,
        "entity": entry.entity,
        "local": entry.local or entry.id,
        "document": entry.document,
    }
    payload = json.dumps(
        held, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8", "backslashreplace")
    return Raw(
        source=source,
        native_id=entry.id,
        dataset=f"{source} {entry.id}",
        media_type=MEDIA_TYPE,
        payload=payload,
        sha256=hashlib.sha256(payload).hexdigest(),
        modified=entry.modified,
        hints=dict(hints),
    )


def decode(raw: Raw) -> Entry:
    """Give the entry that a raw record keeps."""
    held = json.loads(raw.payload)
    return Entry(
        id=raw.native_id,
        system=held["system"],
        entity=held["entity"],
        document=held["document"],
        modified=raw.modified,
        local=held["local"],
    )


def map_entry(raw: Raw, tables: Tables, facilities: Facilities) -> Mapped:
    """Map one document, with what it says of its release."""
    entry = decode(raw)
    manifest: Mapping[str, Any] = raw.hints.get("manifest") or {}
    if entry.system == RECORD:
        mapped = _of_record(entry, manifest)
    else:
        mapped = map_document(
            entry.system, entry.entity, entry.document, tables, facilities, raw.hints
        )
    record = mapped.record
    profile = facilities.get(record.facility.id) if record.facility else None
    said = says(
        tables.release.get((entry.system, entry.entity), ()),
        entry.document,
        profile.timezone if profile else None,
    )
    claims = replace(mapped.claims, catalogue=said or mapped.claims.catalogue)
    if said is not None:  # the flags are the catalogue's word, not the operator's
        claims = replace(claims, public=manifest.get("public"))
        if record.embargo is not None:
            record = replace(record, embargo=None)  # what it says is in the claims
    if since := raw.hints.get(VANISHED):
        claims = replace(claims, withdrawn=Withdrawal(Moment(str(since)), GONE))
    if record.pid is None and entry.system != RECORD:
        record = replace(record, id=_named(record.id, entry.local or entry.id))
    place = f"{entry.system} {entry.entity}."
    return replace(
        mapped,
        record=record,
        claims=claims,
        leftovers=tuple(f"{place}{path}" for path in mapped.leftovers),
        problems=(*mapped.problems, *contradictions(mapped.trace)),
    )


def _of_record(entry: Entry, manifest: Mapping[str, Any]) -> Mapped:
    """Take a record of ours, which a source of somebody else's wrote."""
    record = from_json(json.dumps(entry.document))
    record, claims = apply_manifest(record, manifest)
    if record.embargo is not None and record.embargo.end is not None:
        claims = replace(claims, catalogue=None)
    return Mapped(record, (), (), (), claims)


def _named(mapped: str, local: str) -> str:
    """Name what has neither DOI nor Handle: its facility, and what it is called."""
    facility = mapped.partition("/")[0]
    bare = re.sub(r"^(?:doi|hdl|handle):\s*", "", local, flags=re.IGNORECASE)
    pieces = [re.sub(r"[^\w.+-]+", "_", one).strip("_") for one in bare.split("/")]
    return "/".join([facility, *(one for one in pieces if one)])


def leftovers(mapped: Mapped) -> Counter[str]:
    """Count the members of documents that no rule reads, whatever list they are in."""
    # places in files begin with a stroke
    found = (path for path in mapped.leftovers if not path.startswith("/"))
    return Counter(re.sub(r"\[\d+\]", "[]", path) for path in found)
