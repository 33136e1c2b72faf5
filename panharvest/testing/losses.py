"""What a form keeps of a record: written, read again, compared field by field."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from panharvest.formats import DOCUMENTS, READERS
from panharvest.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

EMPTY = (None, (), "")


def round_trip(record: Record, form: str) -> Mapping[str, str]:
    """Say of each field whether it is ``kept``, ``changed`` or ``lost`` by a form.

    Fields that the record has nothing in are left out.

    Raises
    ------
    ValueError
        When the record has no such form.
    """
    document = DOCUMENTS[form].write(record)
    if document is None:
        raise ValueError(f"{record.id} cannot be written as {form}")
    found = READERS[form].read(document).record
    said = {}
    for field in fields(Record):
        before, after = getattr(record, field.name), getattr(found, field.name)
        if before in EMPTY:
            continue
        if before == after:
            said[field.name] = "kept"
        else:
            said[field.name] = "lost" if after in EMPTY else "changed"
    return said
