"""What a store must have served at each instant, computed the slow and obvious way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.protocols import Query, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.protocols import Stage, Store

Shown = tuple[bytes, tuple[str, ...], bytes]  # body, sets and what is said about it


@dataclass(frozen=True, slots=True)
class Header:
    """What is listed of an item at an instant; ``shown`` is None when deleted."""

    datestamp: int
    shown: Shown | None


@dataclass(slots=True)
class Served:
    """The history of one format: every plan that was committed, with its stamp."""

    prefix: str
    begin: int
    plans: dict[str, list[tuple[int, tuple[Stage, ...]]]] = field(default_factory=dict)

    def put(self, stamp: int, id_: str, stages: tuple[Stage, ...]) -> None:
        """Note that a plan holds from a stamp on."""
        self.plans.setdefault(id_, []).append((stamp, stages))

    def wanted(self, id_: str, instant: int) -> Shown | None:
        """Give what the plan of the day asks to be shown at an instant."""
        stages: tuple[Stage, ...] = ()
        for stamp, planned in self.plans.get(id_, ()):
            if stamp <= instant:
                stages = planned
        begun = [stage for stage in stages if stage.start <= instant]
        if not begun:
            return None
        stage = max(enumerate(begun), key=lambda pair: (pair[1].start, pair[0]))[1]
        body = stage.bodies.get(self.prefix)
        if body is None:
            return None
        return body, tuple(sorted(set(stage.sets))), stage.about_of(self.prefix)

    def at(self, id_: str, instant: int) -> Header | None:
        """Give what is listed of an item at an instant; None: it is unknown."""
        header: Header | None = None
        for now in range(self.begin, instant + 1):
            shown = self.wanted(id_, now)
            if shown is None and header is None:
                continue
            if header is None or header.shown != shown:
                header = Header(now, shown)
        return header

    def listed(self, instant: int) -> dict[str, Header]:
        """Give the whole list at an instant."""
        headers = {id_: self.at(id_, instant) for id_ in self.plans}
        return {id_: header for id_, header in headers.items() if header is not None}

    def withdrawn(self, id_: str, after: int, until: int) -> bool:
        """Whether an item was a tombstone at some instant of a span."""
        headers = (self.at(id_, now) for now in range(after + 1, until + 1))
        return any(header is not None and header.shown is None for header in headers)


@dataclass(slots=True)
class Harvest:
    """A harvester's list in progress, page by page, pinned to its first instant."""

    query: Query
    rows: list[Row] = field(default_factory=list)
    done: bool = False

    def step(self, store: Store, now: int) -> list[Row]:
        """Read one page; gives its rows."""
        after = self.rows[-1].key if self.rows else None
        query = Query(
            prefix=self.query.prefix,
            snapshot=self.query.snapshot,
            set=self.query.set,
            first=self.query.first,
            last=self.query.last,
            after=after,
            limit=self.query.limit,
        )
        page = list(store.page(query, now))
        self.rows += page
        self.done = len(page) < query.limit
        return page


def whole(store: Store, query: Query, now: int) -> list[Row]:
    """Read a list from its first to its last page."""
    harvest = Harvest(query)
    while not harvest.done:
        harvest.step(store, now)
    return harvest.rows


def bodies(rows: list[Row]) -> Iterator[tuple[str, bytes | None]]:
    """Give id and body of each row."""
    return ((row.id, row.body) for row in rows)
