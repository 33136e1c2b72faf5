"""The contract of a store, first part: what came in, ids and datasets."""
# ruff: noqa: D102  (the names of the tests say what they ask)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from panharvest.errors import StoreError
from panharvest.protocols import Item
from panharvest.testing.bench import (
    NOON,
    Bench,
    Contract,
    document,
    item,
    raw,
    stage,
)


class InputContract(Contract):
    """What came in comes back; an id belongs to one dataset."""

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

    def test_a_raw_is_found_with_its_parts(self, bench: Bench) -> None:
        parts = ["a", "a#1", "a#b/c", "a$", 'a"', "a.b", "A#1", "b"]
        with bench.store.write(bench.clock) as writer:
            for part in parts:
                writer.put_raw(raw(part, f"of {part}"))
            assert writer.kin("nexus", "a") == {
                "a": "of a",
                "a#1": "of a#1",
                "a#b/c": "of a#b/c",
            }
            assert writer.kin("other", "a") == {}

    def test_datasets_are_those_of_raws_and_of_items(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            for n in range(1100):
                writer.put_raw(raw(f"{n}", f"d{n:04}"))
            writer.put_item(Item("x", "d0007", ()))
            writer.put_item(Item("y", "only an item", ()))
        expected = [f"d{n:04}" for n in range(1100)] + ["only an item"]
        assert list(bench.store.datasets()) == expected

    def test_native_ids_are_those_of_a_source(self, bench: Bench) -> None:
        with bench.store.write(bench.clock) as writer:
            for n in range(1100):
                writer.put_raw(raw(f"{n:04}", f"d{n % 7}"))
            writer.put_raw(replace(raw("0000", "other"), source="another"))
        found = list(bench.store.natives(raw("0").source))
        assert found == [(f"{n:04}", f"d{n % 7}") for n in range(1100)]
        assert list(bench.store.natives("another")) == [("0000", "other")]
        assert list(bench.store.natives("none")) == []

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
