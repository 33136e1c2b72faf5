"""The record itself as JSON: what ``panharvest map`` shows and the store keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from panharvest.documents import parse_json
from panharvest.errors import SkipError
from panharvest.protocols import Reading
from panharvest.record import from_json, to_json

if TYPE_CHECKING:
    from panharvest.record import Record


class RecordJson:
    """A record as JSON, with all that is known of it."""

    name = "record"
    media_type = "application/json"

    def write(self, record: Record) -> bytes:
        """Write a record, whatever it is."""
        return to_json(record)

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read what :meth:`write` wrote; SkipError with the place of what is wrong."""
        parse_json(document)  # for its limits
        try:
            record = from_json(document)
        except ValueError as problem:
            raise SkipError("document.foreign", f"no record: {problem}") from None
        return Reading(record if id is None else replace(record, id=id))
