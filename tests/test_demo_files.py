"""The demo files are what they claim: readable, of their facility, of the right age."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import h5py
import pytest

from panharvest import demo_files
from panharvest.demo_writing import write_bliss_like
from panharvest.sources.nexus import read_tree
from panharvest.tree import Tree, Wanted, encode

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = frozenset({"title", "definition", "start_time", "end_time", "name", "probe"})
PARTS = frozenset({"NXinstrument", "NXsource", "NXsample", "NXuser", "NXdetector"})
WANTED = Wanted(
    fields=dict.fromkeys(("NXentry", *PARTS), FIELDS | {"email"}),
    children={"NXentry": PARTS, "NXinstrument": PARTS},
    root_attributes=frozenset({"file_name", "owner_email"}),
)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tree]:
    folder = tmp_path_factory.mktemp("demo") / "files"
    paths = demo_files.write_demo_files(folder, NOW)
    return {path.name: read_tree(path, WANTED) for path in paths}


def test_ten_small_files(trees: dict[str, Tree]) -> None:
    assert len(trees) == 10
    assert sum(tree.size for tree in trees.values()) < 500_000


def test_definitions(trees: dict[str, Tree]) -> None:
    found = {
        str(group.fields["definition"].values[0])
        for tree in trees.values()
        for group in tree.groups
        if "definition" in group.fields
    }
    assert found == {
        "NXtomo",
        "NXmx",
        "NXarpes",
        "NXxps",
        "NXcanSAS",
        "NXsas",
        "NXmonopd",
    }


def test_only_two_are_younger_than_three_years(trees: dict[str, Tree]) -> None:
    years = {str(NOW.year - n) for n in range(3)} | {str(NOW.year - 2000)}
    young = {
        name
        for name, tree in trees.items()
        if str(tree.groups[1].fields["end_time"].values[0])[:4] in years
    }
    assert young == {"odin_000123.hdf", "cosaxs_00871.h5"}


def test_the_manners_of_facilities(trees: dict[str, Tree]) -> None:
    esrf = trees["FeNi_0001.h5"]
    assert sum(group.nx_class == "NXentry" for group in esrf.groups) == 3
    assert "/visitor/" in esrf.attributes["file_name"]
    entry = trees["074211.nxs"].groups[1]
    assert entry.path == "/entry0"
    assert entry.fields["start_time"].values == ["17-Dec-20 12:00:00"]
    flash = trees["flash_run_0042.nxs"]
    assert sum(group.nx_class == "NXsource" for group in flash.groups) == 2
    isis = trees["SANS2D00061234_reduced.h5"]
    assert isis.groups[1].attributes["canSAS_class"] == "SASentry"


def test_what_must_not_be_read_is_there_and_is_not(
    trees: dict[str, Tree], tmp_path: Path
) -> None:
    for path in demo_files.write_demo_files(tmp_path, NOW):
        secret = b"mei.porcelain@example.org"
        expected = path.name in ("odin_000123.hdf", "dmc_004711.hdf")
        assert (secret in path.read_bytes()) is expected
        assert secret not in encode(trees[path.name])
    with h5py.File(tmp_path / "thaumatin_3_master.nxs") as file:
        assert file["entry/data"].get("data_000001") is None  # its target is not here


def test_manifest(tmp_path: Path) -> None:
    files = demo_files.write_demo_files(tmp_path, NOW)
    path = demo_files.write_demo_manifest(tmp_path, NOW)
    assert path.name == "manifest.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert any(file.match(row["file"]) for file in files)
        assert row["doi"].startswith("10.5072/")
    released = [row for row in rows if row["release_date"]]
    assert [row["file"] for row in released] == ["cosaxs_00871.h5"]
    moment = datetime.fromisoformat(released[0]["release_date"])
    assert moment - NOW == timedelta(seconds=120)
    assert "odin_000123.hdf" not in {row["file"] for row in rows}


def test_a_bliss_like_file_has_the_size_asked_for(tmp_path: Path) -> None:
    path = write_bliss_like(tmp_path / "scans.h5", scans=4, datasets=60)
    with h5py.File(path) as file:
        assert list(file) == ["1.1", "2.1", "3.1", "4.1"]
        assert len(file["1.1/measurement"]) == 20
        assert file["1.1/measurement/counter3"].shape == (101,)
        assert file["1.1/end_time"][()] == file["2.1/start_time"][()]
