"""schema.org: a dataset as JSON-LD for search engines, and landing pages read.

The writer makes the document directly; the same node is what
:func:`panharvest.graph.to_graph` gives as a graph of rdflib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from panharvest.formats.schemaorg.reading import read as read_schemaorg
from panharvest.formats.schemaorg.writing import document

if TYPE_CHECKING:
    from panharvest.protocols import Reading
    from panharvest.record import Record


class SchemaOrg:
    """A dataset of schema.org as JSON-LD."""

    name = "schemaorg"
    media_type = "application/ld+json"

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when nothing says where it is or how it is called."""
        found = document(record)
        return (
            msgspec.json.encode(found) if "name" in found and "url" in found else None
        )

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read a dataset from JSON-LD, or from the scripts of a landing page."""
        return read_schemaorg(document, id=id)
