"""Formats: documents that a record is written in.

A new one is a module with a class that follows :class:`panharvest.protocols.Format`,
and its line in :data:`FORMATS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.formats.datacite import DataCite, OaiDataCite
from panharvest.formats.dublincore import DublinCore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.protocols import Format

__all__ = ["FORMATS"]

_ALL: tuple[Format, ...] = (
    DublinCore(),
    OaiDataCite(),
    DataCite(),
)
#: Every format by its metadata prefix.
FORMATS: Mapping[str, Format] = {form.prefix: form for form in _ALL}
