"""The contract of a store, last part: random histories against a simple model."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panharvest.protocols import Item, Query, Row, Stage
from panharvest.testing.bench import Contract
from panharvest.testing.served import Harvest, Header, Served, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from panharvest.protocols import Store
    from panharvest.testing.clock import FrozenClock

_runs = count()
_names = st.sampled_from("abcd")
_stages = st.lists(
    st.tuples(
        st.integers(-3, 12),
        st.sampled_from(["", "x", "y"]),
        st.sampled_from([(), ("s",), ("s:t", "u")]),
        st.sampled_from([b"", b"", b"<about/>"]),
    ),
    max_size=3,
).map(tuple)
_acts: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(
        st.just("put"),
        st.lists(st.tuples(_names, _stages), min_size=1, max_size=3),
        st.sampled_from([0, 0, 0.4, 1.3, 4]),
    ),
    st.tuples(st.just("wait"), st.sampled_from([0.05, 0.3, 0.9, 1, 2.5, 6])),
    st.tuples(st.just("begin"), st.sampled_from([None, "s", "u"])),
    st.tuples(st.just("read"), st.integers(1, 3)),
    st.tuples(st.just("purge")),
)
_TERMS = (None, "s", "s:t", "u")


class ModelContract(Contract):
    """What is served is what the model says, and no harvester misses anything."""

    @given(script=st.lists(_acts, min_size=1, max_size=14))
    @settings(
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,  # each run has ids of its own
            HealthCheck.differing_executors,  # several stores may keep the contract
        ],
    )
    def test_it_serves_what_a_simple_model_says(
        self, store: Store, clock: FrozenClock, script: list[tuple[Any, ...]]
    ) -> None:
        """Play random plans, pauses and harvests; each run has ids of its own."""
        play = _Play(store, clock, next(_runs))
        for act, *values in script:
            getattr(play, act)(*values)
            play.check()
        play.finish()
        play.begin(None)
        play.finish()
        play.measure(range(play.begin_at - 1, play.now + 1))


class _Play:
    """One run of a script: the store, the model, and a harvester with its copy."""

    def __init__(self, store: Store, clock: FrozenClock, run: int) -> None:
        clock.set(int(clock()) + 60)  # away from what earlier runs planned
        self.store, self.clock, self.run = store, clock, run
        self.prefix = f"format{run}"
        self.begin_at = int(clock())
        self.model = Served(self.prefix, self.begin_at)
        self.newest = self.puts = 0
        self.harvest: Harvest | None = None
        self.visits: dict[str | None, int] = {}
        self.copies: dict[str | None, dict[str, Header]] = {}

    @property
    def now(self) -> int:
        return int(self.clock())

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def put(self, plans: Sequence[tuple[str, Any]], lasts: float) -> None:
        origin = self.now
        items = [self._item(origin, name, stages) for name, stages in plans]
        # an item that always changes tells the stamp
        mark = f"mark{self.run}"
        self.puts += 1
        marker = Item(mark, mark, (Stage(0, {mark: b"<x>%d</x>" % self.puts}),))
        with self.store.write(self.clock) as writer:
            writer.put_item(marker)
            for each in items:
                writer.put_item(each)
            self.clock.advance(lasts)
            self.check()
        row = self.store.get(mark, mark, self.now + 100)
        assert row is not None
        assert 0.0999 < row.datestamp - self.clock() < 1.2
        assert row.datestamp >= self.newest
        self.newest = row.datestamp
        for each in items:
            self.model.put(row.datestamp, each.id, each.stages)

    def _item(self, origin: int, name: str, stages: Sequence[Any]) -> Item:
        bodies = {text: {self.prefix: f"<x>{text}</x>".encode()} for text in "xy"}
        planned = (
            Stage(origin + start, bodies.get(text, {}), sets, about)
            for start, text, sets, about in stages
        )
        return Item(f"{self.run}/{name}", f"{self.run}/{name}", tuple(planned))

    def check(self) -> None:
        """Compare what is served now with the model, in every way of asking."""
        now = self.now
        expected = self.model.listed(now)
        query = Query(self.prefix, now, limit=2)
        rows = whole(self.store, query, now)
        assert {row.id: _header(row) for row in rows} == {
            id_: _plain(header) for id_, header in expected.items()
        }
        assert len(rows) == len(expected) == self.store.size(query, now)
        assert [row.key for row in rows] == sorted(row.key for row in rows)
        for id_ in self.model.plans:
            row = self.store.get(id_, self.prefix, now)
            assert (None if row is None else _header(row)) == (
                _plain(expected[id_]) if id_ in expected else None
            )

        self.measure([now, now - 2])

    def measure(self, snapshots: Iterable[int]) -> None:
        """Compare the sizes of lists with their lengths."""
        for snapshot in snapshots:
            for term in _TERMS:
                query = Query(self.prefix, snapshot, set=term, limit=1000, bodies=False)
                for asked in (
                    query,
                    replace(query, first=snapshot - 2),
                    replace(query, last=snapshot - 2),
                ):
                    rows = self.store.page(asked, self.now)
                    assert self.store.size(asked, self.now) == len(rows)

    def purge(self) -> None:
        """Forget what neither the harvester nor anybody who comes now can ask for."""
        pinned = self.harvest.query.snapshot if self.harvest else self.now
        self.store.purge(pinned)

    def begin(self, term: str | None) -> None:
        """Let a harvester come, or come again, for a set."""
        first = self.visits.get(term)
        self.harvest = Harvest(
            Query(self.prefix, self.now, set=term, first=first, limit=1)
        )

    def read(self, pages: int) -> None:
        """Let it read some pages; at the end its copy must be what was to be had."""
        if self.harvest is None:
            return
        for _ in range(pages):
            for row in self.harvest.step(self.store, self.now):
                self._judge(row)
            if self.harvest.done:
                self._compare(self.harvest)
                self.harvest = None
                return

    def finish(self) -> None:
        """Let it read to the end."""
        while self.harvest is not None:
            self.read(1)

    def _judge(self, row: Row) -> None:
        assert self.harvest is not None
        snapshot = self.harvest.query.snapshot
        then = self.model.at(row.id, snapshot)
        assert then is not None, "it was not visible at the snapshot"
        revoked = self.model.withdrawn(row.id, snapshot, self.now)
        if revoked and then.shown is not None:
            assert row.deleted
            assert row.body is None
            assert row.datestamp > snapshot
        else:
            assert _header(row) == _plain(then)

    def _compare(self, harvest: Harvest) -> None:
        term, snapshot = harvest.query.set, harvest.query.snapshot
        ids = [row.id for row in harvest.rows]
        assert len(ids) == len(set(ids)), "listed twice"
        copy = self.copies.setdefault(term, {})
        for row in harvest.rows:
            shown = None if row.body is None else (row.body, row.sets, row.about)
            copy[row.id] = Header(row.datestamp, shown)
        self.visits[term] = snapshot
        for id_, header in self.model.listed(snapshot).items():
            member = header.shown is not None and _is_member(header.shown[1], term)
            if member and not self.model.withdrawn(id_, snapshot, self.now):
                assert copy[id_].shown == header.shown
            elif header.shown is None and id_ in copy:
                assert copy[id_].shown is None, "it missed a deletion"


def _is_member(sets: Sequence[str], term: str | None) -> bool:
    return term is None or any(s == term or s.startswith(f"{term}:") for s in sets)


def _header(row: Row) -> tuple[Any, ...]:
    sets = () if row.deleted else row.sets
    return (row.datestamp, row.deleted, row.body, sets, row.about)


def _plain(header: Header) -> tuple[Any, ...]:
    if header.shown is None:
        return (header.datestamp, True, None, (), b"")
    return (header.datestamp, False, *header.shown)
