"""Files that only look like NeXus are told apart by their first bytes."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import pytest

from panharvest.errors import SkipError
from panharvest.sources import container
from panharvest.sources.nexus import identify, read_raws, read_tree

if TYPE_CHECKING:
    from panharvest.tree import Wanted

HDF5 = b"\x89HDF\r\n\x1a\n"

HEADS = [
    (b"", "file.empty"),
    (b"\x0e\x03\x13\x01" + bytes(60), "file.hdf4"),
    (b"<?xml version='1.0'?><NXroot/>", "file.xml"),
    (b"\xef\xbb\xbf  <?xml version='1.0'?>", "file.xml"),
    (b"<!doctype html><title>Sign in</title>", "file.html"),
    (b"\n<HTML lang=en>", "file.html"),
    (b"\xef\xbf\xbdHDF\n\x1a\n" + bytes(20), "file.text-mangled"),
    (b"\x89HDF\n\x1a\n" + bytes(20), "file.text-mangled"),
    (b"version https://git-lfs.github.com/spec/v1\n", "file.pointer"),
    (b"/annex/objects/MD5E-s1\n", "file.pointer"),
    (b"\x1f\x8b\x08" + bytes(20), "file.archive"),
    (b"PK\x03\x04" + bytes(20), "file.archive"),
    (HDF5[:5], "file.truncated"),
    (b"SIMPLE  =                    T", "file.not-hdf5"),
    (bytes(5000), "file.not-hdf5"),
]


@pytest.mark.parametrize(("head", "code"), HEADS)
def test_what_it_is(head: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.nxs"
    path.write_bytes(head)
    with pytest.raises(SkipError) as refusal:
        identify(path)
    assert refusal.value.code == code
    assert refusal.value.message.startswith(f"{path}: ")
    again = pickle.loads(pickle.dumps(refusal.value))
    assert (again.code, again.message) == (code, refusal.value.message)


def _code(path: Path) -> str:
    with pytest.raises(SkipError) as refusal:
        identify(path)
    return refusal.value.code


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nxs")
    assert _code(tmp_path) == "file.not-a-file"
    assert _code(tmp_path / "pipe.nxs") == "file.not-a-file"
    assert _code(tmp_path / "gone.nxs") == "file.missing"
    (tmp_path / "loop.nxs").symlink_to("loop.nxs")
    assert _code(tmp_path / "loop.nxs") == "file.unreadable"


def test_what_we_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(container.os, "open", refuse)
    assert _code(tmp_path / "secret.nxs") == "file.unreadable"


def test_hdf5_that_is_not_nexus(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with h5py.File(tmp_path / "mesh.h5", "w") as file:
        file.attrs["openPMD"] = "1.1.0"
    with h5py.File(tmp_path / "links.h5", "w") as file:
        for number in range(5):
            file[f"entry{number}"] = h5py.ExternalLink(f"d/t{number}.h5", "/entry")
    assert _code(tmp_path / "other.h5") == "file.not-nexus"
    with pytest.raises(SkipError, match="openPMD") as refusal:
        identify(tmp_path / "mesh.h5")
    assert refusal.value.code == "file.not-nexus"
    with pytest.raises(SkipError, match="only links to 5 other files") as refusal:
        identify(tmp_path / "links.h5")
    assert refusal.value.code == "file.only-links"


def test_a_file_still_open_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "running.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.create_group("entry").attrs["NX_class"] = "NXentry"
        file.flush()
        held = path.read_bytes()
    copy = tmp_path / "copy.h5"
    copy.write_bytes(held)
    assert _code(copy) == "file.in-use"


def test_a_file_that_changes_meanwhile(
    tmp_path: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file.create_group("entry").attrs["NX_class"] = "NXentry"
    monkeypatch.setattr("panharvest.sources.nexus.unchanged", lambda *_: False)
    with pytest.raises(SkipError) as refusal:
        read_tree(path, wanted)
    assert refusal.value.code == "file.changed"


def test_change_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    path.write_bytes(HDF5 + bytes(100))
    seen = container.open_container(path)
    assert container.unchanged(path, seen)
    path.write_bytes(HDF5 + bytes(101))
    assert not container.unchanged(path, seen)
    path.unlink()
    assert not container.unchanged(path, seen)


def test_a_name_that_is_no_text(tmp_path: Path, wanted: Wanted) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/sc\xe4n.h5"))
    with h5py.File(path, "w") as file:
        file.create_group("entry").attrs["NX_class"] = "NXentry"
    with pytest.raises(SkipError) as refusal:
        read_raws(path, wanted)
    assert refusal.value.code == "file.name"
    refusal.value.message.encode()
