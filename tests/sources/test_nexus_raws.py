"""Trees as raw records: whole files, single entries, other processes, large files."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import h5py
import numpy as np
import pytest

from panharvest.demo_writing import write_bliss_like
from panharvest.errors import SkipError
from panharvest.sources import hdf5
from panharvest.sources.container import open_container
from panharvest.sources.nexus import read_raws, read_tree, split_entries
from panharvest.tree import MEDIA_TYPE, Wanted, decode


def test_a_file_is_one_raw(tmp_path: Path, wanted: Wanted) -> None:
    path = write_bliss_like(tmp_path / "scans.h5", scans=3, datasets=9)
    os.utime(path, (1_600_000_000.9, 1_600_000_000.9))
    (raw,) = read_raws(path, wanted)
    assert raw.source == "nexus"
    assert raw.native_id == raw.dataset == str(path)
    assert raw.media_type == MEDIA_TYPE
    assert raw.modified == "2020-09-13T12:26:40Z"
    assert raw.sha256 == hashlib.sha256(raw.payload).hexdigest()
    assert decode(raw.payload) == read_tree(path, wanted)
    assert decode(raw.payload).reading == "of-tests"
    assert read_raws(path, wanted) == [raw]


def test_a_relative_path_is_made_absolute(
    tmp_path: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_bliss_like(tmp_path / "scans.h5", scans=1, datasets=3)
    monkeypatch.chdir(tmp_path)
    assert read_raws(Path("scans.h5"), wanted)[0].native_id == str(path)


def test_an_entry_is_one_raw(tmp_path: Path, wanted: Wanted) -> None:
    path = write_bliss_like(tmp_path / "scans.h5", scans=3, datasets=9)
    raws = read_raws(path, wanted, per_entry=True)
    assert [raw.native_id for raw in raws] == [f"{path}#/{n}.1" for n in (1, 2, 3)]
    whole = read_tree(path, wanted)
    parts = [decode(raw.payload) for raw in raws]
    assert parts == split_entries(whole)
    for part in parts:
        root, entry, *inside = part.groups
        assert (root.path, root.parent, entry.parent) == ("/", None, 0)
        for group in inside:
            parent = part.groups[group.parent or 0]
            assert group.path.rpartition("/")[0] == parent.path
    paths = [group.path for part in parts for group in part.groups[1:]]
    assert paths == [group.path for group in whole.groups[1:]]


def _count(path: Path, wanted: Wanted) -> int:
    return len(read_raws(path, wanted, per_entry=True))


def test_it_works_in_other_processes(tmp_path: Path, wanted: Wanted) -> None:
    path = write_bliss_like(tmp_path / "scans.h5", scans=2, datasets=3)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_count, path, wanted).result() == 2
        with pytest.raises(SkipError) as refusal:
            pool.submit(_count, tmp_path / "gone.h5", wanted).result()
    assert refusal.value.code == "file.missing"


def test_reading_needs_no_graphs() -> None:
    code = "import sys, panharvest.sources.nexus; sys.exit('rdflib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ten_thousand_entries(tmp_path: Path) -> None:
    path = tmp_path / "many.h5"
    with h5py.File(path, "w", libver="latest") as file:
        for number in range(10_000):
            file.create_group(str(number)).attrs["NX_class"] = "NXentry"
    assert len(read_tree(path, Wanted({}, {})).groups) == 10_001


def _large(path: Path, *, paged: bool) -> Path:
    options = {"fs_strategy": "page", "fs_page_size": 1 << 16} if paged else {}
    with h5py.File(path, "w", libver="latest", **options) as file:
        for number in range(30):
            entry = file.create_group(f"{number:02}")
            entry.attrs["NX_class"] = "NXentry"
            entry["title"] = f"scan {number}"
            entry["data"] = np.zeros(10_000)
    return path


@pytest.mark.parametrize("paged", [True, False])
def test_large_files_are_read_in_blocks_or_pages(
    tmp_path: Path, wanted: Wanted, paged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _large(tmp_path / "large.h5", paged=paged)
    whole = read_tree(path, wanted, io="image")
    opened: list[hdf5.Blocks] = []

    class Counted(hdf5.Blocks):
        def __init__(self, path: Path) -> None:
            super().__init__(path)
            opened.append(self)

    monkeypatch.setattr(hdf5, "IMAGE_LIMIT", 1000)
    monkeypatch.setattr(hdf5, "Blocks", Counted)
    assert read_tree(path, wanted) == whole
    assert len(opened) == (0 if paged else 1)
    blocks_of_file = path.stat().st_size // hdf5.BLOCK + 1
    assert all(0 < blocks.reads <= blocks_of_file for blocks in opened)


def test_blocks_are_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "BLOCK", 10)
    monkeypatch.setattr(hdf5, "BLOCKS_KEPT", 2)
    content = bytes(range(95))
    (tmp_path / "x").write_bytes(content)
    blocks = hdf5.Blocks(tmp_path / "x")
    assert blocks.seek(0, os.SEEK_END) == blocks.tell() == 95
    for start, size in ((0, 95), (9, 2), (10, 10), (93, 2), (0, 1), (50, 31)):
        buffer = bytearray(size)
        blocks.seek(start)
        assert blocks.readinto(memoryview(buffer)) == size
        assert buffer == content[start : start + size]
    blocks.seek(90)
    with pytest.raises(OSError, match="nothing to read at byte 95"):
        blocks.readinto(memoryview(bytearray(6)))
    blocks.close()


def test_a_container_says_where_hdf5_begins(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w", userblock_size=2048):
        pass
    assert open_container(tmp_path / "x.h5").offset == 2048
