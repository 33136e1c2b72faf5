"""A store, a clock that is moved, a transport that does not wait, and short ways."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from panharvest.harvester import (
    Endpoint,
    EndpointDone,
    Event,
    HarvestSettings,
    Noted,
    Quirks,
    Waiting,
    harvest,
)
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock
from panharvest.transport import Manners, Timing, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.harvested import Harvested
    from panharvest.protocols import Store

PREFIX = "oai_datacite"


@dataclass
class Field:
    """A harvester in the field: its store, its clock, and what it told last."""

    store: Store
    clock: FrozenClock
    manners: Manners
    path: Path
    events: list[Event] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    def harvest(
        self,
        url: str,
        *,
        sets: tuple[str, ...] = (),
        prefix: str = PREFIX,
        quirks: Quirks | None = None,
        first: str | None = None,
        last: str | None = None,
        manners: dict[str, Any] | None = None,
        **settings: Any,
    ) -> EndpointDone:
        """Harvest an endpoint once; gives its report."""
        behaviour = replace(self.manners, **(manners or {}))
        timing = Timing(self.clock, self.clock, self.sleep, lambda: 0.5)
        with closing(Transport(behaviour, timing)) as transport:
            endpoint = Endpoint(
                url=url,
                prefix=prefix,
                sets=sets,
                quirks=quirks or Quirks(),
                first=first,
                last=last,
            )
            self.events = list(
                harvest(
                    [endpoint],
                    self.store,
                    settings=HarvestSettings(manners=behaviour, **settings),
                    clock=self.clock,
                    transport=transport,
                )
            )
        (done,) = [e for e in self.events if isinstance(e, EndpointDone)]
        return done

    def records(self, prefix: str = PREFIX) -> dict[str, Harvested]:
        """Give all records in a format, whatever their standing."""
        harvests = self.store.harvests()
        return {
            record.identifier: record
            for feed in harvests.feeds()
            if feed.prefix == prefix
            for record in harvests.records(feed.num)
        }

    def notes(self) -> set[str]:
        """Give the codes of what was noted."""
        return {event.code for event in self.events if isinstance(event, Noted)}

    def waits(self) -> list[float]:
        """Give the waits that failures caused."""
        return [event.seconds for event in self.events if isinstance(event, Waiting)]


@pytest.fixture
def afield(tmp_path: Path) -> Iterator[Field]:
    """Give a harvester with a store of its own, that does not wait."""
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    with closing(store):
        manners = Manners(pace=0, read_timeout=5.0)
        yield Field(store, FrozenClock(), manners, tmp_path / "store.db")
