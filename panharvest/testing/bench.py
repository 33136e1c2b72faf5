"""A store on the bench: makers of small records, and short ways to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from panharvest.protocols import Item, Query, Raw, Row, Stage
from panharvest.testing.clock import FrozenClock
from panharvest.testing.served import whole

if TYPE_CHECKING:
    from panharvest.protocols import Store

DC, OTHER, OURS = "oai_dc", "oai_datacite", "_record"
NOON = 1_700_000_000


def raw(native_id: str, dataset: str = "set-1", payload: bytes = b"{}") -> Raw:
    """Make a raw record as a source would."""
    return Raw("nexus", native_id, dataset, "application/json", payload, "00" * 32)


def stage(start: int, body: str, *sets: str) -> Stage:
    """Make a stage with a document in each format; an empty body: nothing is shown."""
    if not body:
        return Stage(start)
    texts = {prefix: f"<{prefix}>{body}</{prefix}>" for prefix in (DC, OTHER, OURS)}
    return Stage(start, {p: text.encode() for p, text in texts.items()}, sets)


def document(body: str, prefix: str = DC) -> bytes:
    """Give the bytes that :func:`stage` makes."""
    return f"<{prefix}>{body}</{prefix}>".encode()


def item(id_: str, *stages: Stage, **facts: Any) -> Item:  # noqa: ANN401  (any JSON)
    """Make an item of the dataset ``set of <id>``."""
    return Item(id_, f"set of {id_}", stages, facts)


class Bench:
    """A store with its clock, and short ways to use them."""

    def __init__(self, store: Store, clock: FrozenClock) -> None:
        self.store, self.clock = store, clock

    @property
    def now(self) -> int:
        """The present second."""
        return int(self.clock())

    def put(self, *items: Item) -> list[str]:
        """Put items in one transaction and go on to when that is visible."""
        with self.store.write(self.clock) as writer:
            said: list[str] = [writer.put_item(each) for each in items]
        self.clock.advance(2)
        return said

    def rows(self, prefix: str = DC, **terms: Any) -> list[Row]:  # noqa: ANN401  (fields)
        """Read a whole list as of now, three rows a page."""
        terms = {"snapshot": self.now, "limit": 3, **terms}
        return whole(self.store, Query(prefix, **terms), self.now)

    def row(self, id_: str, prefix: str = DC) -> Row | None:
        """Get an item as of now."""
        return self.store.get(id_, prefix, self.now)

    def seen(self, id_: str, prefix: str = DC) -> Row:
        """Get an item that must be there."""
        row = self.row(id_, prefix)
        assert row is not None, f"{id_} is not served"
        return row


class Contract:
    """What the parts of a contract share. Subclasses give the fixture ``store``."""

    @pytest.fixture
    def clock(self) -> FrozenClock:
        """Give a clock of its own that begins on a whole second."""
        return FrozenClock(NOON)

    @pytest.fixture
    def bench(self, store: Store, clock: FrozenClock) -> Bench:
        """Give the store under test with its clock."""
        return Bench(store, clock)
