"""The contract of a store, third part: lists, and the writes that they meet."""
# ruff: noqa: D102  (the names of the tests say what they ask)

from __future__ import annotations

from itertools import pairwise

import pytest

from panharvest.errors import StoreError
from panharvest.protocols import Item, Query, Stage
from panharvest.testing.bench import (
    DC,
    NOON,
    OURS,
    Bench,
    Contract,
    document,
    item,
    raw,
    stage,
)
from panharvest.testing.served import Harvest, bodies, whole


class ListsContract(Contract):
    """Pinned lists, bounds, sets, transactions, purging."""

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
        assert list(store.refusals()) == []
        assert list(store.raws("set-1")) == []
        assert bench.put(item("c", stage(0, "c", "t"))) == ["added"]

    @pytest.mark.parametrize(
        "bad",
        [
            Stage(0, {DC: b"<a/>"}, ("two words",)),
            Stage(0, {DC: b"<a/>"}, ("\ud800",)),
            Stage(0, {DC: b"<a>\0</a>"}),
        ],
    )
    def test_a_refused_item_leaves_all_as_it_was(
        self, bench: Bench, bad: Stage
    ) -> None:
        bench.put(Item("old", "d", (stage(0, "text", "s"),), {"n": 1}))
        before = bench.rows()
        with bench.store.write(bench.clock) as writer:
            for id_ in ("old", "new"):
                with pytest.raises(ValueError, match=r"."):
                    writer.put_item(Item(id_, "d", (stage(0, "x"), bad), {"n": 2}))
            writer.put_item(item("b", stage(0, "text")))
        bench.clock.advance(2)
        assert bench.rows()[:1] == before
        assert bench.row("new") is None
        assert bench.store.item_id("d") == "old"
        assert bench.store.dataset_of("new") is None
        assert dict(bench.store.facts())["old"] == {"n": 1}

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

    def test_the_newest_datestamp_is_that_of_the_last_row(self, bench: Bench) -> None:
        assert bench.store.newest(bench.now) is None
        later = bench.now + 1000
        bench.put(item("ours", Stage(0, {OURS: b"{}"})))
        assert bench.store.newest(bench.now) is None
        bench.put(item("a", stage(0, "text")), item("b", stage(later, "later")))
        bench.put(item("c", stage(0, "text")))
        assert bench.store.newest(bench.now) == bench.seen("c").datestamp
        assert bench.store.stamp() == bench.seen("c").datestamp
        bench.put(item("a"))
        assert bench.store.newest(bench.now) == bench.seen("a").datestamp
        bench.clock.set(later)
        assert bench.store.newest(bench.now) == later

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
