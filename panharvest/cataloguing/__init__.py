"""Catalogues into the store: page by page, published at once, and what has vanished.

What a page brings, what is served of it and how far reading is are written in one
transaction: a process may be killed at any moment, and the next run goes on.
"""

from __future__ import annotations

from panharvest.cataloguing.engine import ingest_catalogue
from panharvest.cataloguing.events import (
    CatalogueDone,
    CatalogueSettings,
    Event,
    PageKept,
)
from panharvest.cataloguing.keeping import keep_entry

__all__ = [
    "CatalogueDone",
    "CatalogueSettings",
    "Event",
    "PageKept",
    "ingest_catalogue",
    "keep_entry",
]
