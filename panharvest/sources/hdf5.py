"""HDF5 through h5py's low-level interface: opening with few reads, and small values.

Written against what the library does with odd and hostile files: buffers are never
larger or smaller than what HDF5 writes into them, and no other file is opened (external
links, external storage and virtual datasets name some).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, SupportsFloat

import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5fd, h5g, h5l, h5o, h5p, h5s, h5t

from panharvest.errors import SkipError
from panharvest.tree import Scalar, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from h5py.h5a import AttrID
    from h5py.h5d import DatasetID
    from h5py.h5g import GroupID
    from h5py.h5p import PropFAID, PropLAID
    from h5py.h5t import TypeID

    from panharvest.sources.container import Container

Io = Literal["auto", "direct", "image", "blocks"]

IMAGE_LIMIT = 16 << 20  # bytes; below it one read of the whole file is cheapest
BLOCK = 64 << 10  # bytes of one read of a larger file
BLOCKS_KEPT = 1024
PAGE_BUFFER = 4 << 20  # bytes
MOST_ELEMENTS = 16  # an array of more is data, not metadata
LONGEST_TEXT = 64 << 10  # bytes
BIGGEST_CHUNK = 16 << 20  # bytes that HDF5 would unpack to read one element of it
HOPS = 8  # soft links that lead to soft links

# What h5py raises for an error of the HDF5 library, and for what it cannot express.
FAILURES = (OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError)

Note = Callable[[str, str], None]  # (kind, where and what)


class Blocks:
    """A read-only file object that reads whole blocks and keeps them.

    HDF5 reads metadata in thousands of pieces of some hundred bytes, which costs
    seconds on a network file system.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._handle).st_size
        self._blocks: dict[int, bytes] = {}
        self._position = 0
        self.reads = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move; HDF5 asks for the end to learn the size."""
        self._position = offset + (self._size if whence == os.SEEK_END else 0)
        return self._position

    def tell(self) -> int:
        """Give the position in bytes."""
        return self._position

    def readinto(self, buffer: memoryview) -> int:
        """Fill the whole buffer: h5py ignores a short answer."""
        start, size, done = self._position, len(buffer), 0
        number, skip = divmod(start, BLOCK)
        while done < size:
            part = self._block(number)[skip : skip + size - done]
            if not part:
                raise OSError(f"nothing to read at byte {start + done}")
            buffer[done : done + len(part)] = part
            done += len(part)
            number, skip = number + 1, 0
        self._position = start + size
        return size

    def close(self) -> None:
        """Let the file and the blocks go."""
        os.close(self._handle)
        self._blocks.clear()

    def _block(self, number: int) -> bytes:
        block = self._blocks.get(number)
        if block is None:
            if number * BLOCK >= self._size:  # also what no C long can hold
                return b""
            if len(self._blocks) >= BLOCKS_KEPT:
                del self._blocks[next(iter(self._blocks))]
            block = os.pread(self._handle, BLOCK, number * BLOCK)
            self._blocks[number] = block
            self.reads += 1
        return block


@contextmanager
def open_root(path: Path, container: Container, io: Io) -> Iterator[GroupID]:
    """Open a file for the duration of a ``with`` block and give its root group.

    Closing the file closes every object opened in it, so none can slow down or crash
    what comes later.

    Parameters
    ----------
    io
        ``image`` reads the whole file at once, ``blocks`` pieces of 64 KiB that are
        kept, ``direct`` leaves it to HDF5; ``auto`` takes the image up to 16 MiB, then
        HDF5's page buffer for files made with pages, else blocks.

    Raises
    ------
    SkipError
        ``file.truncated``, ``file.in-use`` or ``file.damaged``.
    """
    blocks: Blocks | None = None
    try:
        access = _access()
        if io == "image" or (io == "auto" and container.size <= IMAGE_LIMIT):
            access.set_fapl_core(BLOCK, False)
        elif io == "blocks" or (io == "auto" and not _is_paged(path)):
            blocks = Blocks(path)
            access.set_fileobj_driver(h5fd.fileobj_driver, blocks)
        elif io == "auto":
            access.set_page_buffer_size(PAGE_BUFFER, 0, 0)
        file = h5f.open(os.fsencode(path), h5f.ACC_RDONLY, access)
        try:
            yield h5g.open(file, b"/")
        finally:
            file.close()
    except FAILURES as error:
        raise damage(path, error) from None
    finally:
        if blocks is not None:
            blocks.close()


def damage(path: Path, error: BaseException) -> SkipError:
    """Turn an error of the HDF5 library into one line: what it is and what to do.

    Names of groups and fields are left out: the file may not be public.
    """
    why = " ".join(str(error.args[0] if error.args else error).split())[:200]
    if "truncated file" in why or "addr overflow" in why or "nothing to read" in why:
        return SkipError("file.truncated", f"{path}: cut short: copy it again")
    if "already open for" in why:
        return SkipError(
            "file.in-use",
            f"{path}: still open for writing (or its writer crashed): "
            "ingest it when it is complete, or clear it with h5clear -s",
        )
    return SkipError(
        "file.damaged", f"{path}: damaged HDF5 ({unquoted(why)}): copy it again"
    )


def unquoted(why: str) -> str:
    """Take the names out of what the HDF5 library says: it quotes them."""
    return re.sub(r"['\"`].*['\"`]", "...", why)


def follow(group: GroupID, name: bytes) -> GroupID | DatasetID | None:
    """Open what a soft link leads to, or None when it is broken or leaves the file."""
    try:
        return h5o.open(group, name, _one_link())
    except FAILURES:
        return _step_by_step(group, name, HOPS)


def external_target(group: GroupID, name: bytes) -> str:
    """Give the bare name of the file that an external link leads to."""
    try:
        file, _ = group.links.get_val(name)
    except FAILURES:
        return "?"
    return plain_name(file).replace("\\", "/").rpartition("/")[2]


def plain_name(name: bytes) -> str:
    """Write a member name so that it can be stored, whatever bytes it has."""
    return name.decode("utf-8", "backslashreplace")


def member_names(group: GroupID) -> list[tuple[bytes, int]]:
    """List the members of a group with the type of their link."""
    found: list[tuple[bytes, int]] = []
    # The info object is reused between calls: take what is needed at once.
    group.links.iterate(lambda name, info: found.append((name, info.type)), info=True)
    return found


def attribute_names(target: GroupID | DatasetID) -> list[bytes]:
    """List the attributes of an object."""
    names: list[bytes] = []
    if h5a.get_num_attrs(target):
        h5a.iterate(target, names.append)
    return names


class Reader:
    """Reads single values and short lists as plain Python values; one for each file."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._text_type = _text_type()
        self._scalar = h5s.create(h5s.SCALAR)

    def attribute(self, attribute: AttrID, where: str) -> str | None:
        """Give an attribute of one element as text, None when it has no such form."""
        kind = attribute.get_type()
        plan = self._plan(kind)
        space = attribute.get_space()
        # h5py lets HDF5 write beyond a buffer that is too small.
        if plan is None or space.get_simple_extent_npoints() != 1:
            return None
        memory, buffer, plain = plan
        rank = space.get_simple_extent_ndims()
        array = np.zeros((1,) * rank, buffer)
        attribute.read(array, memory)
        found = plain(array.item() if buffer is object else array.reshape(-1)[0])
        return self._decode(found, where) if isinstance(found, bytes) else str(found)

    def value(self, dataset: DatasetID, where: str) -> Value:
        """Read a dataset of at most 16 elements; of others, give the shape alone."""
        # No address in this file: the bytes may lie in another one, or packed.
        if dataset.get_offset() is None:
            reason = _out_of_reach(dataset)
            if reason:
                self._note("fields not read", f"{where} ({reason})")
                return Value(shape=[])
        space = dataset.get_space()
        count = space.get_simple_extent_npoints()
        if space.get_simple_extent_type() == h5s.NULL:
            return Value()
        if not 0 < count <= MOST_ELEMENTS:
            return Value(shape=list(space.get_simple_extent_dims()))
        kind = dataset.get_type()
        plan = self._plan(kind)
        if plan is None:
            self._note("fields not read", f"{where} ({_type_name(kind)})")
            return Value(shape=list(space.get_simple_extent_dims()))
        memory, buffer, plain = plan
        array = np.zeros(count, buffer)
        target = self._scalar if count == 1 else h5s.create_simple((count,))
        dataset.read(target, h5s.ALL, array, memory)
        if buffer is object or kind.get_class() == h5t.STRING:
            return Value([self._decode(plain(item), where) for item in array])
        return Value([plain(item) for item in array])

    def _plan(self, kind: TypeID) -> tuple[Any, Any, Callable[[Any], Any]] | None:
        """Choose memory type, buffer and what makes a plain value of an element."""
        family = kind.get_class()
        size = kind.get_size()
        if family == h5t.STRING:
            if kind.is_variable_str():
                return self._text_type, object, _as_bytes
            return (kind, f"V{size}", bytes) if size <= LONGEST_TEXT else None
        if family == h5t.FLOAT:
            if size == 4:
                return h5t.NATIVE_FLOAT, np.float32, _shortest
            return h5t.NATIVE_DOUBLE, np.float64, _number
        if family == h5t.INTEGER and size <= 8:
            if kind.get_sign() == h5t.SGN_NONE:
                return h5t.NATIVE_UINT64, np.uint64, int
            return h5t.NATIVE_INT64, np.int64, int
        if family == h5t.ENUM and size <= 8:
            return kind, f"V{size}", _enumeration(kind)
        return None

    def _decode(self, found: bytes, where: str) -> str:
        """Decode a text up to its first NUL, without the blanks that pad it."""
        if len(found) > LONGEST_TEXT:
            self._note("texts cut to 64 KiB", where)
            found = found[:LONGEST_TEXT]
        found = found.partition(b"\0")[0].rstrip(b" ")
        try:
            return found.decode()
        except UnicodeDecodeError:
            self._note("texts not in UTF-8, read as Latin-1", where)
            return found.decode("latin-1")


def _access() -> PropFAID:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_file_locking(False, True)  # network file systems often have no locks
    return access


def _is_paged(path: Path) -> bool:
    # The page buffer is accepted for files without pages, and then does nothing.
    file = h5f.open(os.fsencode(path), h5f.ACC_RDONLY, _access())
    try:
        strategy = file.get_create_plist().get_file_space_strategy()[0]
        return bool(strategy == h5f.FSPACE_STRATEGY_PAGE)
    finally:
        file.close()


def _text_type() -> TypeID:
    # Never logical=True: HDF5 would write pointers into an array of Python objects.
    return h5t.py_create(h5py.string_dtype(), logical=False)


def _one_link() -> PropLAID:
    # One soft link may be followed; where it leads over an external link, HDF5 would
    # need a second and refuses.
    access = h5p.create(h5p.LINK_ACCESS)
    access.set_nlinks(1)
    return access


def _step_by_step(group: GroupID, name: bytes, hops: int) -> GroupID | DatasetID | None:
    """Follow soft links that lead over soft links, looking at each step."""
    try:
        target: bytes = group.links.get_val(name)
        here = h5g.open(group, b"/") if target.startswith(b"/") else group
        for step in (part for part in target.split(b"/") if part not in (b"", b".")):
            kind = here.links.get_info(step).type
            if kind == h5l.TYPE_HARD:
                here = h5o.open(here, step)
            elif kind == h5l.TYPE_SOFT and hops > 1:
                here = _step_by_step(here, step, hops - 1)
            else:
                return None
    except (*FAILURES, AttributeError):  # a dataset in the path has no links
        return None
    return here


def _out_of_reach(dataset: DatasetID) -> str | None:
    """Say why a dataset without an address in the file must not be read."""
    creation = dataset.get_create_plist()
    layout = creation.get_layout()
    if layout == h5d.VIRTUAL:
        return "virtual: in other files"
    if creation.get_external_count():
        return "stored in another file"
    if layout == h5d.CHUNKED:
        size = math.prod(creation.get_chunk()) * dataset.get_type().get_size()
        if size > BIGGEST_CHUNK:
            return "chunk too large"
    return None


def _type_name(kind: TypeID) -> str:
    return str(type(kind).__name__).removeprefix("Type").removesuffix("ID").lower()


def _as_bytes(found: object) -> bytes:
    if isinstance(found, bytes):
        return found
    return found.encode("utf-8", "surrogateescape") if isinstance(found, str) else b""


def _number(found: SupportsFloat | str) -> Scalar:
    """Make a plain number; what JSON cannot hold becomes ``nan``, ``inf``, ``-inf``."""
    number = float(found)
    return number if math.isfinite(number) else str(number)


def _shortest(found: SupportsFloat) -> Scalar:
    """Give the decimal that means this 32-bit float: 0.85, not 0.8500000238418579."""
    return _number(str(found))


def _enumeration(kind: TypeID) -> Callable[[Any], Scalar]:
    """Give the member name of an enumeration, or a bool for FALSE and TRUE."""
    base = kind.get_super()
    order: Literal["little", "big"] = (
        "big" if base.get_order() == h5t.ORDER_BE else "little"
    )
    signed = base.get_sign() != h5t.SGN_NONE
    names = {
        kind.get_member_value(i): plain_name(kind.get_member_name(i))
        for i in range(kind.get_nmembers())
    }
    truth = set(names.values()) == {"FALSE", "TRUE"}

    def plain(found: bytes) -> Scalar:
        number = int.from_bytes(bytes(found), order, signed=signed)
        name = names.get(number)
        if truth and name is not None:
            return name == "TRUE"
        return number if name is None else name

    return plain
