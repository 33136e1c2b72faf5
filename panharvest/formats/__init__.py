"""Formats: documents that a record is written in, and read from.

A new one is a module with a class that follows :class:`panharvest.protocols.Format`,
and its line in :data:`FORMATS`; one that also has ``read``
(:class:`panharvest.protocols.Reader`) has a line in :data:`READERS` too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.formats.datacite import DataCite, OaiDataCite
from panharvest.formats.dublincore import DublinCore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.protocols import Format, Reader

__all__ = ["FORMATS", "READERS"]

_ALL: tuple[Format, ...] = (
    DublinCore(),
    OaiDataCite(),
    DataCite(),
)
#: Every format by its metadata prefix.
FORMATS: Mapping[str, Format] = {form.prefix: form for form in _ALL}

#: What documents are read by, by the metadata prefix under which they are harvested.
READERS: Mapping[str, Reader] = {
    "oai_datacite": OaiDataCite(),
    "datacite": DataCite(),
}
