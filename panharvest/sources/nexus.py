"""NeXus files as trees of plain values and as raw records.

Metadata only, by class, with few reads. Array data, other files and personal data are
never read (see :mod:`panharvest.sources.walk`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from panharvest.errors import SkipError
from panharvest.protocols import Raw
from panharvest.sources.container import open_container, unchanged
from panharvest.sources.hdf5 import Io, open_root, plain_name
from panharvest.sources.walk import Walk
from panharvest.tree import MEDIA_TYPE, Tree, Wanted, encode

if TYPE_CHECKING:
    from pathlib import Path


def identify(path: Path) -> None:
    """Check that a file is NeXus that can be read.

    Raises
    ------
    SkipError
        What it is instead and what to do, with the codes of
        :func:`~panharvest.sources.container.open_container`,
        :func:`~panharvest.sources.hdf5.open_root` and ``file.not-nexus``,
        ``file.only-links``.
    """
    read_tree(path, Wanted(fields={}, children={}))


def read_tree(path: Path, wanted: Wanted, *, io: Io = "auto") -> Tree:
    """Read the wanted metadata of a NeXus file.

    ``groups[0]`` is the file (class ``NXroot``, path ``/``). A group reached by two
    links of one parent is entered once, a group inside itself never. Members that were
    not read are in ``Group.others``; behind the name of a link that was not followed
    stands one of the marks of :mod:`~panharvest.sources.walk`. Numbers that JSON cannot
    hold become the texts ``nan``, ``inf`` and ``-inf``.

    Parameters
    ----------
    io
        How the file is read, see :func:`~panharvest.sources.hdf5.open_root`.

    Raises
    ------
    SkipError
        As :func:`identify`; ``file.changed`` when the file changed meanwhile.
    """
    container = open_container(path)
    walk = Walk(path, container.size, wanted)
    with open_root(path, container, io) as root:
        walk.run(root)
    if not unchanged(path, container):
        raise SkipError(
            "file.changed", f"{path}: changed while being read: ingest it again"
        )
    return walk.tree


def read_raws(
    path: Path, wanted: Wanted, *, per_entry: bool = False, io: Io = "auto"
) -> list[Raw]:
    """Read a NeXus file as raw records: one, or one for each top NXentry.

    The native identifier is the absolute path, followed by ``#`` and the path of the
    entry when there is one record for each.

    Raises
    ------
    SkipError
        As :func:`read_tree`; ``file.name`` when the path is not text.
    """
    try:
        native_id = str(path.absolute())
        native_id.encode()
    except UnicodeEncodeError:
        shown = plain_name(bytes(path))
        raise SkipError("file.name", f"{shown}: not a UTF-8 name: rename it") from None
    tree = read_tree(path, wanted, io=io)
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    modified = changed.strftime("%Y-%m-%dT%H:%M:%SZ")
    if not per_entry:
        return [_raw(native_id, tree, modified)]
    return [
        _raw(f"{native_id}#{part.groups[1].path}", part, modified)
        for part in split_entries(tree)
    ]


def split_entries(tree: Tree) -> list[Tree]:
    """Make one tree of each top NXentry; each keeps the root group and the notes."""
    starts = [i for i, group in enumerate(tree.groups) if group.parent == 0]
    ends = [*starts[1:], len(tree.groups)]
    return [_part(tree, *span) for span in zip(starts, ends, strict=True)]


def _part(tree: Tree, start: int, end: int) -> Tree:
    # A group is followed by all that is inside it, so that an entry is one slice.
    shift = start - 1
    inside = [
        replace(group, parent=max((group.parent or 0) - shift, 0))
        for group in tree.groups[start:end]
    ]
    return replace(tree, groups=[tree.groups[0], *inside])


def _raw(native_id: str, tree: Tree, modified: str) -> Raw:
    payload = encode(tree)
    digest = hashlib.sha256(payload).hexdigest()
    return Raw(
        source="nexus",
        native_id=native_id,
        dataset=native_id,
        media_type=MEDIA_TYPE,
        payload=payload,
        sha256=digest,
        modified=modified,
    )
