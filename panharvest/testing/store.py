"""The contract of :class:`panharvest.protocols.Store`, as tests.

Needs pytest and hypothesis (``pip install panharvest[test]``). Whoever writes a store
subclasses :class:`StoreContract` in a test module and supplies the fixture::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            with closing(MyStore(tmp_path)) as store:
                yield store
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panharvest.errors import StoreError
from panharvest.protocols import Item, Query, Raw, Row, Stage
from panharvest.testing.clock import FrozenClock
from panharvest.testing.served import Harvest, Header, Served, bodies, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.protocols import Store

DC, OTHER, OURS = "oai_dc", "oai_datacite", "_record"
NOON = 1_700_000_000
_runs = count()


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


class StoreContract:
    """What every store must do. Subclasses give the fixture ``store``: fresh, empty."""

    @pytest.fixture
    def clock(self) -> FrozenClock:
        """A clock of its own; begins on a whole second."""
        return FrozenClock(NOON)

    @pytest.fixture
    def bench(self, store: Store, clock: FrozenClock) -> Bench:
        """The store under test with its clock."""
        return Bench(store, clock)

    # ------------------------------------------------------------ what came in

    def test_raws_come_back_as_they_came(self, bench: Bench) -> None:
        one = replace(
            raw("b.nxs", payload=b"\x00\xff" * 500),
            modified="2024-05-05T05:05:05Z",
            hints={"title": "Å", "creators": [{"name": "X"}]},
        )
        two = raw("a.nxs")
        with bench.store.write(bench.clock) as writer:
            assert writer.put_raw(one)
            assert writer.put_raw(two)
            assert not writer.put_raw(one)
            assert list(writer.raws("set-1")) == [two, one]
            assert not bench.store.raws("set-1"), "not committed yet"
        assert list(bench.store.raws("set-1")) == [two, one]
        assert bench.store.raws("set-2") == []

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"payload": b"[]"}, True),
            ({"sha256": "11" * 32}, True),
            ({"hints": {"title": "new"}}, True),
            ({"media_type": "text/csv"}, True),
            ({"dataset": "set-2"}, True),
            ({"modified": "2024"}, False),
        ],
    )
    def test_a_raw_tells_what_changed(
        self, bench: Bench, change: dict[str, Any], told: bool
    ) -> None:
        one = raw("a.nxs")
        changed = replace(one, **change)
        with bench.store.write(bench.clock) as writer:
            writer.put_raw(one)
        with bench.store.write(bench.clock) as writer:
            assert writer.put_raw(changed) is told
        assert list(bench.store.raws(changed.dataset)) == [changed]

    def test_a_refusal_lasts_until_the_input_can_be_used(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            writer.put_refusal("nexus", "b", "file.hdf4", "HDF4")
            writer.put_refusal("nexus", "a", "file.html", "a web page")
            writer.put_refusal("nexus", "a", "file.empty", "empty")
        assert list(bench.store.refusals()) == [
            ("nexus", "a", "file.empty", "empty"),
            ("nexus", "b", "file.hdf4", "HDF4"),
        ]
        with bench.store.write(bench.clock) as writer:
            writer.put_raw(raw("a"))
            assert writer.drop_raw("nexus", "b") is None
        assert list(bench.store.refusals()) == []

    def test_a_dropped_raw_is_gone_and_its_dataset_is_told(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            writer.put_raw(raw("a"))
            writer.put_raw(raw("b"))
            assert writer.drop_raw("nexus", "a") == "set-1"
            assert writer.drop_raw("nexus", "a") is None
        assert [one.native_id for one in bench.store.raws("set-1")] == ["b"]

    def test_datasets_are_those_of_raws_and_of_items(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            for n in range(1100):
                writer.put_raw(raw(f"{n}", f"d{n:04}"))
            writer.put_item(Item("x", "d0007", ()))
            writer.put_item(Item("y", "only an item", ()))
        expected = [f"d{n:04}" for n in range(1100)] + ["only an item"]
        assert list(bench.store.datasets()) == expected

    def test_values_are_kept_under_names(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            writer.put_meta("key", "old")
            writer.put_meta("key", "new'; DROP TABLE item; --")
            assert writer.meta("key") == "new'; DROP TABLE item; --"
            assert bench.store.meta("key") is None
        assert bench.store.meta("key") == "new'; DROP TABLE item; --"

    def test_facts_are_those_of_the_last_put(self, bench: Bench) -> None:
        bench.put(*(item(f"i{n:04}", n=n) for n in range(1100)))
        before = bench.rows()
        said = bench.put(item("i0003", n=3, facility="esrf", techniques=["a", "b"]))
        assert said == ["unchanged"]
        facts = list(bench.store.facts())
        assert [id_ for id_, _ in facts] == [f"i{n:04}" for n in range(1100)]
        assert facts[3][1] == {"n": 3, "facility": "esrf", "techniques": ["a", "b"]}
        assert bench.rows() == before == []

    # ------------------------------------------------------------ what is served

    def test_nothing_is_served_by_an_empty_store(self, bench: Bench) -> None:
        store = bench.store
        assert bench.rows() == []
        assert store.size(Query(DC, bench.now), bench.now) == 0
        assert store.earliest(bench.now) is None
        assert store.sets(bench.now) == ()
        assert store.prefixes("a", bench.now) == ()
        assert bench.row("a") is None

    def test_an_item_is_served_in_its_formats(self, bench: Bench) -> None:
        assert bench.put(item("a/b c", stage(0, "text", "x:y", "w"))) == ["added"]
        for prefix in (DC, OTHER, OURS):
            row = bench.seen("a/b c", prefix)
            assert row.body == document("text", prefix)
            assert row.datestamp == NOON + 1
            assert row.sets == ("w", "x:y")
            assert not row.deleted
            assert bench.rows(prefix) == [row]
        assert bench.store.prefixes("a/b c", bench.now) == (OTHER, DC)
        headers = bench.store.page(Query(DC, bench.now, bodies=False), bench.now)
        assert [(row.id, row.body) for row in headers] == [("a/b c", None)]

    def test_a_write_is_seen_only_after_its_own_second(self, bench: Bench) -> None:
        bench.clock.set(NOON + 0.5)
        with bench.store.write(bench.clock) as writer:
            writer.put_item(item("a", stage(0, "text")))
        assert bench.row("a") is None
        assert bench.rows(snapshot=NOON + 9) == [], "no snapshot reaches beyond now"
        assert bench.store.size(Query(DC, NOON + 9), bench.now) == 0
        assert bench.store.earliest(bench.now) is None
        bench.clock.set(NOON + 1)
        assert bench.seen("a").datestamp == NOON + 1

    def test_the_same_again_changes_nothing(self, bench: Bench) -> None:
        stages = (stage(0, "early", "a"), stage(NOON + 900, "late", "b"))
        bench.put(item("a", *stages))
        before = bench.rows()
        bench.clock.advance(60)
        assert bench.put(item("a", *stages)) == ["unchanged"]
        assert bench.rows() == before
        bench.clock.advance(1000)
        after = bench.rows()
        assert [row.datestamp for row in after] == [NOON + 900]
        assert bench.put(item("a", *stages)) == ["unchanged"]
        assert bench.rows() == after

    def test_the_order_in_which_sets_are_given_is_nothing(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "text", "x", "y")))
        assert bench.put(item("a", stage(0, "text", "y", "x", "y"))) == ["unchanged"]

    def test_only_the_format_that_changed_gets_a_new_datestamp(
        self, bench: Bench
    ) -> None:
        first = stage(0, "text", "a")
        bench.put(item("a", first))
        old = {p: bench.seen("a", p) for p in (DC, OTHER)}
        bodies = {**first.bodies, DC: b"<other/>"}
        assert bench.put(item("a", replace(first, bodies=bodies))) == ["changed"]
        assert bench.seen("a", OTHER) == old[OTHER]
        assert bench.seen("a", DC).datestamp > old[DC].datestamp
        assert bench.seen("a", DC).body == b"<other/>"

    def test_a_change_of_sets_is_a_change(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "text", "a")))
        first = bench.seen("a")
        assert bench.put(item("a", stage(0, "text", "b"))) == ["changed"]
        assert bench.seen("a").datestamp > first.datestamp
        assert bench.rows(set="a") == []
        assert [row.id for row in bench.rows(set="b")] == ["a"]

    def test_a_format_that_is_dropped_becomes_a_tombstone(self, bench: Bench) -> None:
        first = stage(0, "text", "a")
        bench.put(item("a", first))
        only = {p: body for p, body in first.bodies.items() if p != OTHER}
        assert bench.put(item("a", replace(first, bodies=only))) == ["changed"]
        assert bench.seen("a", OTHER).deleted
        assert bench.seen("a", DC).body == document("text")
        assert bench.store.prefixes("a", bench.now) == (OTHER, DC)

    def test_what_never_was_visible_leaves_no_trace(self, bench: Bench) -> None:
        said = bench.put(
            item("a", stage(0, ""), stage(NOON + 500, "secret", "secret:set")),
            item("b"),
            item("c", stage(0, "")),
        )
        assert said == ["scheduled", "hidden", "hidden"]
        store, now = bench.store, bench.now
        for id_ in "abc":
            assert bench.row(id_) is None
            assert store.prefixes(id_, now) == ()
        assert bench.rows() == bench.rows(set="secret") == []
        assert store.size(Query(DC, now), now) == 0
        assert store.sets(now) == ()
        assert store.earliest(now) is None
        assert bench.put(item("a"), item("b"), item("c")) == [
            "hidden",
            "unchanged",
            "unchanged",
        ]
        bench.clock.advance(1000)
        assert bench.rows() == []
        assert store.sets(bench.now) == ()

    # ------------------------------------------------------------ phases in time

    def test_an_embargo_ends_on_its_second_without_any_job(self, bench: Bench) -> None:
        end = NOON + 3 * 365 * 86400
        bench.put(item("a", stage(0, ""), stage(end, "text", "open")))
        bench.clock.set(end - 1)
        last_visit = bench.now
        assert bench.rows() == []
        bench.clock.set(end - 0.01)
        assert bench.rows() == []
        bench.clock.set(end)
        assert [(row.id, row.datestamp) for row in bench.rows()] == [("a", end)]
        assert [row.id for row in bench.rows(first=last_visit)] == ["a"]
        assert bench.store.earliest(bench.now) == end

    def test_an_embargo_that_ended_before_gives_the_time_of_the_commit(
        self, bench: Bench
    ) -> None:
        bench.put(item("a", stage(0, ""), stage(NOON - 86400, "text")))
        assert bench.seen("a").datestamp == NOON + 1

    def test_metadata_first_and_all_later_are_two_datestamps(
        self, bench: Bench
    ) -> None:
        end = NOON + 5000
        bench.put(
            item("a", stage(0, "part", "access:closed"), stage(end, "all", "access:o"))
        )
        assert bench.seen("a").body == document("part")
        assert bench.rows(set="access:o") == []
        bench.clock.set(end)
        assert bench.seen("a").body == document("all")
        assert bench.seen("a").datestamp == end
        assert bench.rows(set="access:closed") == []
        assert [row.id for row in bench.rows(set="access:o")] == ["a"]

    def test_a_stage_that_shows_the_same_moves_no_datestamp(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "text", "s"), stage(NOON + 50, "text", "s")))
        bench.clock.advance(100)
        assert bench.seen("a").datestamp == NOON + 1

    def test_an_embargo_extended_before_its_end_shows_nothing(
        self, bench: Bench
    ) -> None:
        bench.put(item("a", stage(0, ""), stage(NOON + 50, "text")))
        said = bench.put(item("a", stage(0, ""), stage(NOON + 5000, "text")))
        assert said == ["scheduled"]
        bench.clock.set(NOON + 4999)
        assert bench.row("a") is None
        bench.clock.set(NOON + 5000)
        assert bench.seen("a").datestamp == NOON + 5000

    def test_an_embargo_set_again_after_publication_withdraws(
        self, bench: Bench
    ) -> None:
        bench.put(item("a", stage(0, "text", "s:t")))
        visit = bench.now
        said = bench.put(item("a", stage(0, ""), stage(NOON + 5000, "text", "s:t")))
        assert said == ["deleted"]
        (row,) = bench.rows(first=visit, set="s")
        assert (row.id, row.deleted, row.body) == ("a", True, None)
        bench.clock.set(NOON + 5000)
        assert bench.seen("a").body == document("text")
        assert bench.seen("a").datestamp == NOON + 5000

    def test_an_embargo_shortened_shows_at_once(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, ""), stage(NOON + 5000, "text")))
        assert bench.put(item("a", stage(0, "text"))) == ["added"]
        first = bench.seen("a")
        assert first.datestamp < bench.now
        bench.clock.set(NOON + 6000)
        assert bench.seen("a") == first

    def test_a_withdrawal_can_be_scheduled(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "text", "s"), stage(NOON + 500, "")))
        assert not bench.seen("a").deleted
        pinned = Query(DC, bench.now)
        bench.clock.set(NOON + 499)
        assert list(bodies(whole(bench.store, pinned, bench.now))) == [
            ("a", document("text"))
        ]
        bench.clock.set(NOON + 500)
        assert bench.seen("a").deleted
        (row,) = whole(bench.store, pinned, bench.now)
        assert (row.deleted, row.body, row.datestamp) == (True, None, NOON + 500)
        # called off in time, it leaves nothing behind
        bench.put(item("b", stage(0, "text"), stage(NOON + 9000, "")))
        assert bench.put(item("b", stage(0, "text"))) == ["scheduled"]
        pinned = Query(DC, bench.now)
        bench.clock.set(NOON + 9999)
        assert ("b", document("text")) in bodies(whole(bench.store, pinned, bench.now))
        assert not bench.seen("b").deleted

    # ------------------------------------------------------------ tombstones

    def test_a_tombstone_stays_for_ever_where_the_item_was(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "text", "s:t", "u")))
        assert bench.put(item("a")) == ["deleted"]
        died = bench.seen("a").datestamp
        for again in range(3):
            bench.clock.advance(again * 40_000_000)
            assert bench.put(item("a")) == ["unchanged"]
            for prefix in (DC, OTHER):
                for term in (None, "s", "s:t", "u"):
                    (row,) = bench.rows(prefix, set=term)
                    assert (row.id, row.deleted, row.body) == ("a", True, None)
                    assert row.datestamp == died
                    assert row.sets == ("s:t", "u")
            assert bench.seen("a", OURS).deleted
            assert bench.store.sets(bench.now) == ("s", "s:t", "u")
            assert bench.store.prefixes("a", bench.now) == (OTHER, DC)

    def test_a_tombstone_is_listed_in_every_set_the_item_was_in(
        self, bench: Bench
    ) -> None:
        bench.put(item("a", stage(0, "part", "closed")))
        bench.put(item("a", stage(0, "all", "open")))
        bench.put(item("a"))
        for term in ("closed", "open"):
            assert [row.deleted for row in bench.rows(set=term)] == [True]

    def test_an_item_published_again_lives_under_a_new_datestamp(
        self, bench: Bench
    ) -> None:
        bench.put(item("a", stage(0, "text", "s")))
        bench.put(item("a"))
        died = bench.seen("a").datestamp
        assert bench.put(item("a", stage(0, "text", "s"))) == ["added"]
        row = bench.seen("a")
        assert not row.deleted
        assert row.body == document("text")
        assert row.datestamp > died
        assert [one.id for one in bench.rows()] == ["a"]

    def test_ours_can_outlive_what_is_harvested(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "text", "s")))
        bench.put(item("a", Stage(0, {OURS: b'{"withdrawn": true}'}, ("s",))))
        assert bench.seen("a").deleted
        assert bench.seen("a", OURS).body == b'{"withdrawn": true}'

    def test_ours_is_never_harvested(self, bench: Bench) -> None:
        bench.put(item("a", Stage(0, {OURS: b"{}"}, ("s",))))
        assert bench.store.prefixes("a", bench.now) == ()
        assert bench.store.sets(bench.now) == ()
        assert bench.store.earliest(bench.now) is None

    # ------------------------------------------------------------ pinned lists

    def test_a_pinned_list_does_not_move(self, bench: Bench) -> None:
        ids = [f"i{n}" for n in range(10)]
        bench.put(*(item(id_, stage(0, f"old {id_}")) for id_ in ids))
        harvest = Harvest(Query(DC, bench.now, limit=3))
        size = bench.store.size(harvest.query, bench.now)
        while not harvest.done:
            harvest.step(bench.store, bench.now)
            bench.put(*(item(id_, stage(0, f"{bench.now}")) for id_ in ids[::2]))
            bench.put(item(f"new at {bench.now}", stage(0, "new")))
            assert bench.store.size(harvest.query, bench.now) == size == 10
        assert list(bodies(harvest.rows)) == [
            (id_, document(f"old {id_}")) for id_ in ids
        ]
        changed = bench.rows(first=harvest.query.snapshot)
        assert {row.id for row in changed} >= {"i0", "i2", "i4", "i6", "i8"}

    def test_what_is_withdrawn_is_not_given_even_to_a_pinned_list(
        self, bench: Bench
    ) -> None:
        bench.put(item("a", stage(0, "first", "s")), item("b", stage(0, "stays")))
        first = Query(DC, bench.now)
        bench.put(item("a", stage(0, "second", "s")))
        second = Query(DC, bench.now)
        with bench.store.write(bench.clock) as writer:
            writer.put_item(item("a"))
        for pinned, body in ((first, "first"), (second, "second")):
            assert ("a", document(body)) in bodies(
                whole(bench.store, pinned, bench.now)
            )
        bench.clock.advance(1)
        died = bench.seen("a").datestamp
        bench.put(item("a", stage(0, "third", "s")))
        for pinned in (first, second):
            rows = {row.id: row for row in whole(bench.store, pinned, bench.now)}
            assert rows["b"].body == document("stays")
            assert (rows["a"].deleted, rows["a"].body) == (True, None)
            assert rows["a"].datestamp == died
            assert bench.store.size(pinned, bench.now) == 2
        assert bench.seen("a").body == document("third")

    def test_bounds_are_inclusive_and_about_the_version_that_is_visible(
        self, bench: Bench
    ) -> None:
        bench.put(item("a", stage(0, "old")), item("b", stage(0, "b")))
        old = bench.seen("a").datestamp
        bench.put(item("a", stage(0, "new")))
        new = bench.seen("a").datestamp

        def ids(**bounds: int) -> list[str]:
            query = Query(DC, bench.now, **bounds)  # type: ignore[arg-type]  # ints only
            rows = [row.id for row in whole(bench.store, query, bench.now)]
            assert bench.store.size(query, bench.now) == len(rows)
            return rows

        assert ids(first=old, last=old) == ["b"]
        assert ids(first=new, last=new) == ["a"]
        assert ids(last=new - 1) == ["b"]
        assert ids(first=old + 1) == ["a"]
        assert ids(first=old, last=new) == ids() == ["b", "a"]
        assert ids(last=old - 1) == ids(first=new + 1) == ids(first=new, last=old) == []

    def test_many_rows_of_one_second_are_paged_completely(self, bench: Bench) -> None:
        ids = [f"{n:04}" for n in range(1000)]
        bench.put(*(item(id_, stage(0, id_, "s")) for id_ in ids))
        for term in (None, "s"):
            rows = bench.rows(set=term, limit=100)
            assert [row.id for row in rows] == ids
            assert len({row.datestamp for row in rows}) == 1
            assert all(one.key < two.key for one, two in pairwise(rows))

    def test_a_set_lists_the_members_of_those_below_it(self, bench: Bench) -> None:
        bench.put(
            item("a", stage(0, "a", "t:PaNET01")),
            item("b", stage(0, "b", "t:PaNET011")),
            item("c", stage(0, "c", "t", "t:PaNET01:x")),
            item("d", stage(0, "d", "ta")),
        )
        listed = {
            spec: [row.id for row in bench.rows(set=spec)]
            for spec in ("t", "t:PaNET01", "t:PaNET011", "t:PaNET0", "ta", "none")
        }
        assert listed == {
            "t": ["a", "b", "c"],
            "t:PaNET01": ["a", "c"],
            "t:PaNET011": ["b"],
            "t:PaNET0": [],
            "ta": ["d"],
            "none": [],
        }
        assert bench.store.sets(bench.now) == (
            *("t", "t:PaNET01", "t:PaNET011", "t:PaNET01:x", "ta"),
        )

    def test_a_set_spec_with_a_blank_is_refused(self, bench: Bench) -> None:
        with pytest.raises(ValueError, match="two words"):
            bench.put(item("a", stage(0, "text", "two words")))
        assert bench.rows() == []

    # ------------------------------------------------------------ ids and datasets

    def test_a_dataset_may_come_under_another_id(self, bench: Bench) -> None:
        bench.put(Item("esrf/x/file", "d", (stage(0, "text", "s"),), {"n": 1}))
        said = bench.put(Item("10.1/x", "d", (stage(0, "text", "s"),), {"n": 2}))
        assert said == ["added"]
        store = bench.store
        assert bench.seen("esrf/x/file").deleted
        assert bench.seen("10.1/x").body == document("text")
        assert store.item_id("d") == "10.1/x"
        assert store.dataset_of("10.1/x") == store.dataset_of("esrf/x/file") == "d"
        assert list(store.facts()) == [("10.1/x", {"n": 2})]
        assert list(store.datasets()) == ["d"]
        assert bench.put(Item("esrf/x/file", "d", (stage(0, "text"),))) == ["added"]
        assert store.item_id("d") == "esrf/x/file"
        assert bench.seen("10.1/x").deleted

    def test_an_id_never_served_leaves_no_trace_when_it_changes(
        self, bench: Bench
    ) -> None:
        bench.put(Item("old", "d", (stage(NOON + 500, "text", "s"),)))
        bench.put(Item("new", "d", (stage(NOON + 500, "text", "s"),)))
        bench.clock.advance(1000)
        assert bench.row("old") is None
        assert [row.id for row in bench.rows()] == ["new"]

    def test_two_datasets_cannot_have_one_id(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            writer.put_item(Item("a", "d1", (stage(0, "text"),)))
            assert writer.dataset_of("a") == "d1"
            assert writer.item_id("d1") == "a"
            assert bench.store.item_id("d1") is None
            with pytest.raises(StoreError, match="d1"):
                writer.put_item(Item("a", "d2", (stage(0, "other"),)))
        bench.clock.advance(2)
        assert bench.seen("a").body == document("text")
        assert bench.store.item_id("d2") is None

    def test_an_id_is_free_when_its_dataset_has_lost_all_raws(
        self, bench: Bench
    ) -> None:
        with bench.store.write(bench.clock) as writer:
            writer.put_raw(raw("f1", "d1"))
            writer.put_raw(raw("f2", "d1"))
            writer.put_item(Item("a", "d1", (stage(0, "text"),)))
            writer.put_raw(raw("f1", "all"))
        assert bench.store.dataset_of("a") == "d1"
        with bench.store.write(bench.clock) as writer:
            writer.put_raw(raw("f2", "all"))
            assert writer.dataset_of("a") is None
            assert writer.put_item(Item("a", "all", (stage(0, "text"),))) == "unchanged"
        assert bench.store.dataset_of("a") == "all"
        assert bench.store.item_id("d1") is None
        assert list(bench.store.datasets()) == ["all"]

    # ------------------------------------------------------------ transactions

    def test_an_error_undoes_the_whole_transaction(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "old", "s")))
        before = bench.rows()
        with pytest.raises(ZeroDivisionError), bench.store.write(bench.clock) as writer:
            writer.put_raw(raw("f"))
            writer.put_meta("k", "v")
            writer.put_refusal("nexus", "g", "c", "w")
            writer.put_item(item("a", stage(0, "new", "t")))
            writer.put_item(item("b", stage(0, "new", "t")))
            raise ZeroDivisionError
        bench.clock.advance(5)
        store = bench.store
        assert bench.rows() == before
        assert store.sets(bench.now) == ("s",)
        assert store.meta("k") is None
        assert list(store.refusals()) == store.raws("set-1") == []
        assert bench.put(item("c", stage(0, "c", "t"))) == ["added"]

    def test_a_writer_is_useless_after_its_transaction(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            pass
        with pytest.raises(StoreError, match="over"):
            writer.put_meta("k", "v")

    def test_all_of_a_transaction_appears_at_one_instant(self, bench: Bench) -> None:
        bench.put(*(item(f"{n}", stage(n - 5, f"{n}")) for n in range(10)))
        assert {row.datestamp for row in bench.rows()} == {NOON + 1}

    def test_two_puts_of_one_transaction_are_one_change(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "old")))
        before = bench.rows()
        bench.put(item("a", stage(0, "x")), item("a"), item("a", stage(0, "old")))
        assert bench.rows() == before
        bench.put(item("b", stage(0, "x")), item("b"))
        assert bench.row("b") is None

    def test_two_commits_of_one_second_are_seen_together(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            writer.put_item(item("a", stage(0, "x", "s")))
        bench.clock.advance(0.5)
        with bench.store.write(bench.clock) as writer:
            writer.put_item(item("a", stage(0, "y", "t")))
            writer.put_item(item("b", stage(0, "z", "t")))
        bench.clock.set(NOON + 1)
        served = dict(bodies(bench.rows()))
        assert served == {"a": document("y"), "b": document("z")}
        assert bench.store.sets(bench.now) == ("t",)

    def test_a_stamp_is_ahead_of_the_clock_at_the_commit(self, bench: Bench) -> None:
        for begin in (0.0, 0.3, 0.85, 0.95):
            for lasts in (0.0, 0.5, 0.99, 7.3):
                bench.clock.set(bench.now + 10 + begin)
                id_ = f"{begin} {lasts}"
                with bench.store.write(bench.clock) as writer:
                    writer.put_item(item(id_, stage(0, "text", id_.replace(" ", ":"))))
                    bench.clock.advance(lasts)
                committed = bench.clock()
                bench.clock.advance(3)
                (row,) = bench.rows(set=id_.replace(" ", ":"))
                assert 0.0999 < row.datestamp - committed < 1.2

    def test_a_slow_write_meets_what_began_meanwhile(self, bench: Bench) -> None:
        """Its stamp moves past starts that it had planned and that it had replaced."""
        soon = NOON + 5
        bench.put(
            item("appeared", stage(soon, "old plan", "s")),
            item("same", stage(soon, "same", "s")),
            item("changed", stage(0, "first", "s"), stage(soon, "old plan", "s")),
        )
        with bench.store.write(bench.clock) as writer:
            writer.put_item(item("appeared"))
            writer.put_item(item("same", stage(0, ""), stage(soon, "same", "s")))
            writer.put_item(item("changed", stage(0, "new", "s")))
            writer.put_item(item("begins", stage(0, "x", "s"), stage(soon, "y", "s")))
            writer.put_item(item("vanishes", stage(0, "x", "s"), stage(soon, "")))
            bench.clock.advance(10)
            seen = {row.id: row for row in bench.rows(set="s")}
        assert list(bodies(list(seen.values()))) == [
            ("appeared", document("old plan")),
            ("same", document("same")),
            ("changed", document("old plan")),
        ]
        visit = bench.now
        bench.clock.advance(2)
        after = {row.id: row for row in bench.rows(set="s")}
        assert after["appeared"].deleted
        assert after["same"] == seen["same"]
        assert after["changed"].body == document("new")
        assert after["begins"].body == document("y")
        assert "vanishes" not in after
        for id_ in ("appeared", "changed", "begins"):
            assert after[id_].datestamp > visit

    def test_datestamps_never_go_back_with_the_clock(self, bench: Bench) -> None:
        stamps = []
        for n, step in enumerate((0, 100, -50, 0.2, -30, 0, 3, -1000, 2000)):
            bench.clock.advance(step)
            with bench.store.write(bench.clock) as writer:
                writer.put_item(item("a", stage(0, f"version {n}")))
            row = bench.store.get("a", DC, bench.now + 10_000)
            assert row is not None
            assert row.body == document(f"version {n}")
            stamps.append(row.datestamp)
        assert stamps == sorted(stamps)
        # what may have been seen before the clock went back has another datestamp
        assert stamps[2] > stamps[1]
        assert stamps[4] > stamps[3]
        assert stamps[7] > stamps[6]

    def test_a_clock_that_is_hours_behind_stops_the_writer(self, bench: Bench) -> None:
        bench.put(item("a", stage(0, "text")))
        bench.clock.set(NOON - 4000)
        with pytest.raises(StoreError, match="clock"):
            bench.put(item("a", stage(0, "new")))

    # ------------------------------------------------------------ purging

    def test_purging_forgets_only_what_is_past(self, bench: Bench) -> None:
        for n in range(5):
            bench.put(item("a", stage(0, f"version {n}", f"s{n}")))
        bench.put(item("b", stage(0, "text", "t")))
        bench.put(item("b"))
        bench.put(item("c", stage(0, "text"), stage(NOON + 5000, "later")))
        now, first = bench.rows(), bench.store.earliest(bench.now)
        pinned = Query(DC, bench.now)
        assert bench.store.purge(bench.now) == 3 * (4 + 1)
        assert bench.store.purge(bench.now + 10_000) == 0
        assert bench.rows() == now == whole(bench.store, pinned, bench.now)
        assert bench.store.earliest(bench.now) == first
        bench.put(item("a"))
        for n in range(5):
            assert [row.deleted for row in bench.rows(set=f"s{n}")] == [True]
        bench.clock.set(NOON + 5000)
        assert bench.seen("c").body == document("later")

    def test_the_earliest_datestamp_is_before_all_that_were_served(
        self, bench: Bench
    ) -> None:
        served = []
        for n in range(4):
            bench.put(item("a", stage(0, f"{n}")), item("b", stage(bench.now + 9, "b")))
            served += [row.datestamp for row in bench.rows()]
            bench.store.purge(bench.now)
            earliest = bench.store.earliest(bench.now)
            assert earliest is not None
            assert earliest <= min(served)

    # ------------------------------------------------------------ everything at once

    @given(script=st.lists(st.deferred(lambda: _acts), min_size=1, max_size=14))
    @settings(
        deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_it_serves_what_a_simple_model_says(
        self, store: Store, clock: FrozenClock, script: list[tuple[Any, ...]]
    ) -> None:
        """Random plans, pauses and harvests; each run has formats and ids of its own."""
        play = _Play(store, clock, next(_runs))
        for act, *values in script:
            getattr(play, act)(*values)
            play.check()
        while play.harvest is not None:
            play.read(5)
        play.begin(None)
        while play.harvest is not None:
            play.read(2)


_names = st.sampled_from("abcd")
_stages = st.lists(
    st.tuples(
        st.integers(-3, 12),
        st.sampled_from(["", "x", "y"]),
        st.sampled_from([(), ("s",), ("s:t", "u")]),
    ),
    max_size=3,
).map(tuple)
_acts = st.one_of(
    st.tuples(
        st.just("put"),
        st.lists(st.tuples(_names, _stages), min_size=1, max_size=3),
        st.sampled_from([0, 0, 0.4, 1.3, 4]),
    ),
    st.tuples(st.just("wait"), st.sampled_from([0.05, 0.3, 0.9, 1, 2.5, 6])),
    st.tuples(st.just("begin"), st.sampled_from([None, "s", "u"])),
    st.tuples(st.just("read"), st.integers(1, 3)),
)


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
        items = [
            Item(
                f"{self.run}/{name}",
                f"{self.run}/{name}",
                tuple(
                    Stage(
                        origin + start, {self.prefix: b"<x>%s</x>" % text.encode()}, sets
                    )
                    if text
                    else Stage(origin + start)
                    for start, text, sets in stages
                ),
            )
            for name, stages in plans
        ]
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

    def check(self) -> None:
        """What is served now is what the model says, in every way of asking."""
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

    def begin(self, term: str | None) -> None:
        """A harvester comes, or comes again, for a set."""
        first = self.visits.get(term)
        self.harvest = Harvest(
            Query(self.prefix, self.now, set=term, first=first, limit=2)
        )

    def read(self, pages: int) -> None:
        """It reads some pages; at the end its copy must be what was to be had."""
        if self.harvest is None:
            return
        for _ in range(pages):
            for row in self.harvest.step(self.store, self.now):
                self._judge(row)
            if self.harvest.done:
                self._compare(self.harvest)
                self.harvest = None
                return

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
            shown = None if row.body is None else (row.body, row.sets)
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
    return (row.datestamp, row.deleted, row.body, () if row.deleted else row.sets)


def _plain(header: Header) -> tuple[Any, ...]:
    if header.shown is None:
        return (header.datestamp, True, None, ())
    return (header.datestamp, False, *header.shown)
