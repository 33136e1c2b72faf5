"""A file that a catalogue lists is joined to it when that is certain, and only then."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import h5py
import pytest

from panharvest.building import build_context
from panharvest.cataloguing import keep_entry
from panharvest.config import Settings
from panharvest.events import FileMapped
from panharvest.ingest import ingest_nexus
from panharvest.manifest import read_manifest
from panharvest.protocols import Query
from panharvest.publish import publish_all, withdraw
from panharvest.record import Record, from_json
from panharvest.sources.catalogues import scicat
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.catalogued import Entry
    from panharvest.protocols import Store

CONTEXT = build_context(Settings())
KEY = "catalogue+scicat:x"
HANDLE = "20.500.99999/ds1"


class Place:
    """A store, and what is put into it from both sides."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store = store
        self.clock = FrozenClock(1_800_000_000.0)
        self.problems: list[str] = []

    def write(
        self,
        *,
        folder: str = "raw",
        proposal: str | None = "20190586",
        day: str = "2021-10-06",
        title: str = "Title in the file",
        instrument: str | None = None,
    ) -> Path:
        """Write a NeXus file."""
        path = self.folder / folder / "scan_1.h5"
        path.parent.mkdir(exist_ok=True, parents=True)
        with h5py.File(path, "w") as file:
            entry = file.create_group("entry")
            entry.attrs["NX_class"] = "NXentry"
            entry["title"] = title
            entry["start_time"] = f"{day}T12:00:00Z"
            entry["end_time"] = f"{day}T13:00:00Z"
            if proposal:
                entry["experiment_identifier"] = proposal
            sample = entry.create_group("sample")
            sample.attrs["NX_class"] = "NXsample"
            sample["chemical_formula"] = "SiO2"
            if instrument:
                group = entry.create_group("instrument")
                group.attrs["NX_class"] = "NXinstrument"
                group["name"] = instrument
        return path

    def file(self, path: Path, facility: str = "maxiv", **manifest: str) -> None:
        rows = None
        if manifest:
            sheet = self.folder / "manifest.csv"
            head = ",".join(("file", *manifest))
            row = ",".join((path.name, *manifest.values()))
            sheet.write_text(f"{head}\n{row}\n")
            rows = read_manifest(sheet)
        for event in ingest_nexus(
            [path], self.store, CONTEXT, self.clock, facility=facility, manifest=rows
        ):
            if isinstance(event, FileMapped):
                self.problems += [p.code for o in event.outcomes for p in o.problems]
        self.clock.advance(5)

    def dataset(
        self, path: Path | None, number: int = 1, *, where: str = "raw", **more: Any
    ) -> None:
        """Put a dataset of the catalogue that lists a file."""
        listed = []
        if path is not None:
            size = path.stat().st_size
            listed = [{"path": f"{where}/{path.name}", "size": size}]
        document = content.scicat_dataset(number, **more)
        document["origdatablocks"] = [{"dataFileList": listed}]
        made = scicat.dataset_entry(document["pid"], document, scicat.Beside())
        self.put(made)

    def put(self, entry: Entry) -> None:
        with self.store.write(self.clock) as writer:
            outcome, _ = keep_entry(writer, entry, KEY, {}, CONTEXT, self.clock())
        self.problems += [one.code for one in outcome.problems]
        self.clock.advance(5)

    def listed(self) -> list[str]:
        now = int(self.clock())
        rows = self.store.page(Query("oai_dc", now, limit=100), now)
        return sorted(row.id for row in rows if not row.deleted)

    def record(self) -> Record:
        row = self.store.get(HANDLE, "_record", int(self.clock()))
        assert row is not None
        assert row.body is not None
        return from_json(row.body)

    def is_joined(self) -> bool:
        name = self.store.dataset_of(HANDLE)
        assert name is not None
        return len(self.store.raws(name)) == 2


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with closing(open_store(f"sqlite:///{tmp_path}/s.db", create=True)) as store:
        yield Place(tmp_path, store)


@pytest.mark.parametrize("file_first", [True, False])
def test_name_size_and_proposal(place: Place, file_first: bool) -> None:
    path = place.write()
    if file_first:
        place.file(path)
        place.dataset(path)
    else:
        place.dataset(path)
        place.file(path)
    assert place.is_joined()
    assert place.listed() == [HANDLE]
    found = place.record()
    assert found.titles[0].value == "Scan 1"
    assert found.samples[0].formula == "SiO2" or found.samples[0].identifiers
    assert "JOIN-UNCERTAIN" not in place.problems


def test_reading_either_again_changes_nothing(place: Place) -> None:
    path = place.write()
    place.file(path)
    place.dataset(path)
    newest, found = place.store.newest(int(place.clock())), place.record()
    place.dataset(path)
    place.file(path)
    list(publish_all(place.store, CONTEXT, place.clock))
    place.clock.advance(5)
    assert place.record() == found
    assert place.store.newest(int(place.clock())) == newest
    assert place.is_joined()


def test_the_folder_instead_of_the_proposal(place: Place) -> None:
    path = place.write(proposal=None, folder="beamtime/raw")
    place.dataset(path, where="beamtime/raw")
    place.file(path)
    assert place.is_joined()


def test_the_name_of_the_dataset_and_the_proposal(place: Place) -> None:
    path = place.write()
    place.dataset(None, datasetName="scan_1")
    place.file(path)
    assert place.is_joined()


@pytest.mark.parametrize(
    ("what", "file", "facility", "more"),
    [
        ("size", {"title": "T" * 5000}, "maxiv", {}),
        ("proposal", {"proposal": "20190587"}, "maxiv", {}),
        ("day", {"day": "2021-11-06"}, "maxiv", {}),
        ("instrument", {"instrument": "Veritas"}, "maxiv", {}),
        ("facility", {}, "ess", {}),
        ("no day", {}, "maxiv", {"creationTime": None}),
        ("neither proposal nor folder", {"proposal": None, "folder": "x"}, "maxiv", {}),
        ("no facility", {}, "maxiv", {"creationLocation": None}),
    ],
)
def test_what_is_not_certain_stays_apart(
    what: str, file: dict[str, str], facility: str, more: Any, place: Place
) -> None:
    """Also when the file is public for sure, and when it is not."""
    listed = place.write(folder="listed")
    path = place.write(**file)
    place.dataset(listed if what == "size" else path, where="raw", **more)
    place.file(path, facility)
    assert not place.is_joined()
    told = "JOIN-UNCERTAIN" in place.problems
    assert told == (what not in {"size", "facility", "no facility"})


def test_two_that_fit_are_none(place: Place) -> None:
    path = place.write()
    place.dataset(path)
    place.dataset(path, 2)
    place.file(path)
    assert not place.is_joined()
    assert place.problems.count("JOIN-UNCERTAIN") == 1


def test_what_either_keeps_closed_is_closed(place: Place) -> None:
    path = place.write()
    place.file(path, proprietary="yes")
    place.dataset(path)
    assert place.is_joined()
    assert place.listed() == []


def test_a_catalogue_that_keeps_it_closed_closes_the_file(place: Place) -> None:
    path = place.write(title=content.SECRET)
    place.file(path, public="yes")
    opened = place.listed()
    place.dataset(path, public=False)
    assert place.is_joined()
    assert place.listed() == []
    assert len(opened) <= 1


def test_what_was_withdrawn_stays_so(place: Place) -> None:
    path = place.write()
    place.file(path)
    (name,) = (i for i, _ in place.store.facts())
    withdraw(place.store, name, "by mistake", CONTEXT, place.clock)
    place.dataset(path)
    assert place.is_joined()
    assert place.listed() == []


def test_they_part_when_the_catalogue_takes_it_back(place: Place) -> None:
    path = place.write()
    place.dataset(path)
    place.file(path)
    assert place.is_joined()
    place.dataset(None)
    assert not place.is_joined()
    assert [one.name for one in place.record().files] == []
    assert str(path) in set(place.store.datasets())
    place.dataset(path)
    assert place.is_joined()


def test_a_doi_goes_before(place: Place) -> None:
    path = place.write()
    place.dataset(path)
    place.file(path, doi="10.5072/another")
    assert not place.is_joined()


def test_parts_of_a_large_dataset_are_not_it(place: Place) -> None:
    path = place.write()
    size = path.stat().st_size
    files = [{"path": f"raw/scan_{n}.h5", "size": size} for n in range(100)]
    document = content.scicat_dataset(1)
    document["origdatablocks"] = [{"dataFileList": files}]
    place.put(scicat.dataset_entry(document["pid"], document, scicat.Beside()))
    place.file(path)
    assert not place.is_joined()
