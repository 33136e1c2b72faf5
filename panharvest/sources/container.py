"""What kind of file this is, from its first bytes: HDF5, or what else and what to do.

No HDF5 library is needed to say so, and none is safe to ask: files under ``.nxs`` are
HDF4, XML, web pages, archives and halves of files.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.errors import SkipError

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HEAD = 512
_MANGLED = "HDF5 spoilt by a transfer as text: fetch the file again in binary mode"
_XML = "XML: convert it to NeXus in HDF5 and ingest the result"

# First bytes (lower case where they are text), code, and what to tell.
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\x0e\x03\x13\x01",
        "file.hdf4",
        "HDF4: convert it with h4toh5 or nxconvert and ingest the result",
    ),
    (b"\xef\xbf\xbdhdf", "file.text-mangled", _MANGLED),
    (b"\x89hdf", "file.text-mangled", _MANGLED),
    (b"\x09hdf\r\n", "file.text-mangled", _MANGLED),
    (b"<!doctype html", "file.html", "a web page: download the file itself"),
    (b"<html", "file.html", "a web page: download the file itself"),
    (b"<?xml", "file.xml", _XML),
    (b"<!doctype", "file.xml", _XML),
    (b"<hdf", "file.xml", _XML),
    (b"version https://git-lfs", "file.pointer", "a Git LFS pointer: git lfs pull"),
    (b"/annex/objects/", "file.pointer", "a git-annex pointer: git annex get"),
    (b"\x1f\x8b", "file.archive", "gzip: unpack it first"),
    (b"bzh", "file.archive", "bzip2: unpack it first"),
    (b"\xfd7zxz", "file.archive", "xz: unpack it first"),
    (b"(\xb5/\xfd", "file.archive", "zstd: unpack it first"),
    (b"pk\x03\x04", "file.archive", "zip: unpack it first"),
)


@dataclass(frozen=True, slots=True)
class Container:
    """An HDF5 file as it lies on disk, to notice when it changes while being read."""

    size: int
    modified_ns: int
    inode: int
    offset: int  # of the HDF5 signature: above 0 there is a user block


def open_container(path: Path) -> Container:
    """Look at the first bytes of a file.

    Returns
    -------
    Container
        Size in bytes, time of the last change and where HDF5 begins (0, 512, 1024,
        2048 ...: HDF5 file format specification, level 0A).

    Raises
    ------
    SkipError
        With one of the codes ``file.missing``, ``file.unreadable``,
        ``file.not-a-file``, ``file.empty``, ``file.hdf4``, ``file.xml``,
        ``file.html``, ``file.text-mangled``, ``file.pointer``, ``file.archive``,
        ``file.truncated``, ``file.not-hdf5``.
    """
    try:
        # A pipe must not make us wait for its writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SkipError("file.missing", f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    try:
        return _look(handle, path)
    except OSError as error:
        raise unreadable(path, error) from None
    finally:
        os.close(handle)


def unreadable(path: Path, error: Exception) -> SkipError:
    """Say why the system does not let us read a file."""
    why = getattr(error, "strerror", None) or str(error)
    return SkipError(
        "file.unreadable", f"{path}: cannot be read ({why}): check its permissions"
    )


def unchanged(path: Path, container: Container) -> bool:
    """Tell whether the file is still the one that was looked at."""
    try:
        now = path.stat()
    except OSError:
        return False
    was = (container.size, container.modified_ns, container.inode)
    return was == (now.st_size, now.st_mtime_ns, now.st_ino)


def _look(handle: int, path: Path) -> Container:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise SkipError("file.not-a-file", f"{path}: a folder or device: name a file")
    if status.st_size == 0:
        raise SkipError("file.empty", f"{path}: empty (0 bytes): copy it again")
    head = os.pread(handle, _HEAD, 0)
    offset = 0
    while offset < status.st_size:
        found = head[:8] if offset == 0 else os.pread(handle, 8, offset)
        if found == SIGNATURE:
            return Container(status.st_size, status.st_mtime_ns, status.st_ino, offset)
        offset = offset * 2 or 512
    raise _refusal(head, path)


def _refusal(head: bytes, path: Path) -> SkipError:
    if SIGNATURE.startswith(head):
        return SkipError("file.truncated", f"{path}: cut short: copy it again")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, code, what in _OTHERS:
        if head.lower().startswith(start) or text.startswith(start):
            return SkipError(code, f"{path}: {what}")
    return SkipError(
        "file.not-hdf5", f"{path}: not HDF5: only NeXus files in HDF5 can be read"
    )
