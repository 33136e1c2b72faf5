"""The contract of a store, second part: what is served when."""
# ruff: noqa: D102  (the names of the tests say what they ask)

from __future__ import annotations

from dataclasses import replace

import pytest

from panharvest.protocols import Query, Stage
from panharvest.testing.bench import (
    DC,
    NOON,
    OTHER,
    OURS,
    Bench,
    Contract,
    document,
    item,
    stage,
)
from panharvest.testing.served import bodies, whole


class PhasesContract(Contract):
    """Datestamps, phases in time, tombstones."""

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

    def test_what_is_said_about_a_record_is_part_of_it(self, bench: Bench) -> None:
        plain = stage(0, "text", "s")
        bench.put(item("a", plain))
        first = bench.seen("a").datestamp
        assert bench.seen("a").about == b""
        told = replace(plain, about="<about>Å</about>".encode())
        assert bench.put(item("a", told)) == ["changed"]
        for prefix in (DC, OTHER):
            row = bench.seen("a", prefix)
            assert (row.body, row.about) == (document("text", prefix), told.about)
            assert row.datestamp > first
            assert bench.rows(prefix) == [row]
        assert bench.put(item("a", told)) == ["unchanged"]
        bench.put(item("a"))
        assert bench.seen("a").about == b""

    def test_of_each_format_its_own_is_said(self, bench: Bench) -> None:
        plain = replace(stage(0, "text", "s"), about=b"<about>of all</about>")
        bench.put(item("a", plain))
        first = bench.seen("a").datestamp
        told = replace(plain, abouts={OTHER: b"<about>of the other</about>"})
        assert bench.put(item("a", told)) == ["changed"]
        assert bench.seen("a").about == plain.about
        assert bench.seen("a").datestamp == first
        assert bench.seen("a", OTHER).about == b"<about>of the other</about>"
        assert bench.seen("a", OTHER).datestamp > first
        assert bench.put(item("a", told)) == ["unchanged"]

    def test_ours_has_nothing_said_about_it(self, bench: Bench) -> None:
        plain = stage(0, "text", "s")
        bench.put(item("a", plain))
        before = bench.seen("a", OURS)
        abouts = {OURS: b"<about/>"}
        bench.put(item("a", replace(plain, about=b"<about/>", abouts=abouts)))
        assert bench.seen("a", OURS) == before
        assert before.about == b""

    def test_a_document_with_a_nul_is_refused(self, bench: Bench) -> None:
        with (
            bench.store.write(bench.clock) as writer,
            pytest.raises(ValueError, match="NUL"),
        ):
            writer.put_item(item("a", Stage(0, {DC: b"<a>\0</a>"})))

    def test_ours_is_never_harvested(self, bench: Bench) -> None:
        bench.put(item("a", Stage(0, {OURS: b"{}"}, ("s",))))
        assert bench.store.prefixes("a", bench.now) == ()
        assert bench.store.sets(bench.now) == ()
        assert bench.store.earliest(bench.now) is None
