"""A catalogue read to its end into a store, and what a harvester sees of it then."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from catalogue_content import options

from panharvest.building import build_context
from panharvest.cataloguing import CatalogueDone, CatalogueSettings, ingest_catalogue
from panharvest.config import Settings
from panharvest.protocols import Query
from panharvest.sources.catalogues.registry import open_source

if TYPE_CHECKING:
    from panharvest.catalogued import Access
    from panharvest.protocols import Store
    from panharvest.testing.clock import FrozenClock

CONTEXT = build_context(Settings())
START = 1_800_000_000.0  # 2027-01-15
DAY = 86_400


def read_source(
    kind: str,
    place: str,
    store: Store,
    clock: FrozenClock,
    *,
    access: Access | None = None,
    extra: dict[str, str] | None = None,
    facility: str | None = None,
    settings: CatalogueSettings | None = None,
) -> CatalogueDone:
    """Read a source to its end; five seconds later everything of it is visible."""
    with closing(
        open_source(kind, [place], options(access, **(extra or {})))
    ) as source:
        *_, done = ingest_catalogue(
            source, kind, store, CONTEXT, clock, facility=facility, settings=settings
        )
    clock.advance(5)
    assert isinstance(done, CatalogueDone)
    return done


def listed(store: Store, clock: FrozenClock) -> dict[str, bool]:
    """Give the identifiers that a harvester sees, and whether they are there."""
    now = int(clock())
    rows = store.page(Query("oai_dc", now, limit=1000), now)
    return {row.id: not row.deleted for row in rows}


def there(store: Store, clock: FrozenClock) -> list[str]:
    """Give the identifiers of what is there, in order."""
    return sorted(id_ for id_, live in listed(store, clock).items() if live)
