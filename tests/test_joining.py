"""A dataset in a catalogue and in a file, or in two catalogues: one record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import pytest
from cataloguing import CONTEXT, START, there

from panharvest.catalogued import Entry
from panharvest.cataloguing import keep_entry
from panharvest.ingest import ingest_nexus
from panharvest.manifest import read_manifest
from panharvest.mapping.merging import merge
from panharvest.publish import dataset, map_raws, publish_all
from panharvest.record import from_json
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from panharvest.mapping import Mapped
    from panharvest.protocols import Raw, Store
    from panharvest.publish import Context
    from panharvest.record import Record

DOI = "10.99999/pub01"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def store(empty: Store) -> Store:
    return empty


def nexus(folder: Path, *, formula: str = "SiO2") -> Path:
    """Write a NeXus file."""
    import h5py

    path = folder / "scan_1.h5"
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry["title"] = "Title in the file"
        entry["start_time"] = "2021-10-06T12:00:00+02:00"
        entry["end_time"] = "2021-10-06T13:00:00+02:00"
        sample = entry.create_group("sample")
        sample.attrs["NX_class"] = "NXsample"
        sample["name"] = "Quartz"
        sample["chemical_formula"] = formula
    return path


def put_file(path: Path, store: Store, clock: FrozenClock) -> None:
    manifest = path.parent / "manifest.csv"
    manifest.write_text(f"file,doi\n{path.name},{DOI}\n")
    list(
        ingest_nexus(
            [path],
            store,
            CONTEXT,
            clock,
            facility="maxiv",
            manifest=read_manifest(manifest),
        )
    )
    clock.advance(5)


def put_entry(
    store: Store,
    clock: FrozenClock,
    key: str = "catalogue+scicat:x",
    **more: Any,
) -> None:
    document = content.scicat_published(1, ["a"], **more)
    document["datasets"] = [{"pid": "a", "isPublished": True}]
    entry = Entry(f"PublishedData:{DOI}", "scicat", "PublishedData", document)
    with store.write(clock) as writer:
        keep_entry(writer, entry, key, {}, CONTEXT, clock())
    clock.advance(5)


def record(store: Store, clock: FrozenClock) -> Record:
    row = store.get(DOI, "_record", int(clock()))
    assert row is not None
    assert row.body is not None
    return from_json(row.body)


@pytest.mark.parametrize("file_first", [True, False])
def test_the_catalogues_word_first_the_file_fills_the_gaps(
    file_first: bool, store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    path = nexus(tmp_path)
    if file_first:
        put_file(path, store, clock)
        put_entry(store, clock)
    else:
        put_entry(store, clock)
        put_file(path, store, clock)
    assert there(store, clock) == [DOI]
    found = record(store, clock)
    assert found.titles[0].value == "Publication 1"
    assert found.creators[0].name == "Example, Eve"
    assert found.samples[0].formula == "SiO2"
    assert [one.name for one in found.files] == ["scan_1.h5"]
    (facts,) = (f for i, f in store.facts() if i == DOI)
    assert len(facts["files"]) == 2


def test_both_are_in_the_trace(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    put_entry(store, clock)
    put_file(nexus(tmp_path), store, clock)
    dataset = store.dataset_of(DOI)
    assert dataset is not None
    rules = {row.rule for row in map_raws(store.raws(dataset), CONTEXT).trace}
    assert any(rule.startswith("scicat-") for rule in rules)
    assert any(rule.startswith("nx-") or "sample" in rule for rule in rules)


def test_reading_either_again_changes_nothing(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    path = nexus(tmp_path)
    put_file(path, store, clock)
    put_entry(store, clock)
    first, newest = record(store, clock), store.newest(int(clock()))
    put_entry(store, clock)
    put_file(path, store, clock)
    list(publish_all(store, CONTEXT, clock))
    clock.advance(5)
    assert record(store, clock) == first
    assert store.newest(int(clock())) == newest
    assert there(store, clock) == [DOI]


def test_what_either_keeps_closed_is_closed(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    put_file(nexus(tmp_path), store, clock)
    put_entry(store, clock, status="private")
    assert there(store, clock) == []


def test_what_they_say_differently_is_reported(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    put_entry(store, clock)
    put_file(nexus(tmp_path), store, clock)
    dataset = store.dataset_of(DOI)
    assert dataset is not None
    mapped = map_raws(store.raws(dataset), CONTEXT)
    assert not [p for p in mapped.problems if p.code == "MERGE-CONFLICT"]
    one, two = mapped, mapped
    other = replace(
        two.record,
        samples=(replace(two.record.samples[0], formula="Al2O3"),),
    )
    found = merge([one, replace(two, record=other)])
    (problem,) = (p for p in found.problems if p.code == "MERGE-CONFLICT")
    assert problem.field == "samples"
    assert "Al2O3" not in problem.message


def test_two_catalogues_of_one_doi(store: Store, clock: FrozenClock) -> None:
    put_entry(store, clock)
    put_entry(store, clock, key="catalogue+scicat:another", title="Another title")
    assert there(store, clock) == [DOI]


def test_one_catalogue_with_one_doi_twice_has_two_records(
    store: Store, clock: FrozenClock
) -> None:
    put_entry(store, clock)
    document = content.scicat_published(1, ["a"], title="Again")
    document["datasets"] = [{"pid": "a", "isPublished": True}]
    entry = Entry("PublishedData:again", "scicat", "PublishedData", document)
    with store.write(clock) as writer:
        keep_entry(writer, entry, "catalogue+scicat:x", {}, CONTEXT, clock())
    clock.advance(5)
    assert len(there(store, clock)) == 2
    assert json.dumps(there(store, clock)).count(DOI) == 2


def test_merging_one_is_that_one(store: Store, clock: FrozenClock) -> None:
    put_entry(store, clock)
    dataset = store.dataset_of(DOI)
    assert dataset is not None
    mapped = map_raws(store.raws(dataset), CONTEXT)
    assert merge([mapped]) == mapped
    assert merge([mapped, mapped]).record == mapped.record


def test_a_description_that_cannot_be_mapped_leaves_nothing_open(
    store: Store, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file alone would be open; what the catalogue said of it still holds."""
    put_file(nexus(tmp_path), store, clock)
    put_entry(store, clock, status="private")
    assert there(store, clock) == []

    def broken(raws: Sequence[Raw], context: Context) -> Mapped:
        if any(b"Another title" in raw.payload for raw in raws):
            raise LookupError("no such rule")
        return map_raws(raws, context)

    with monkeypatch.context() as failing:
        failing.setattr(dataset, "map_raws", broken)
        put_entry(store, clock, status="private", title="Another title")
        assert there(store, clock) == []
        list(publish_all(store, CONTEXT, clock))
        clock.advance(5)
        assert there(store, clock) == []
    list(publish_all(store, CONTEXT, clock))
    clock.advance(5)
    assert there(store, clock) == []
    put_entry(store, clock)
    assert there(store, clock) == [DOI]
