"""Which files there are to read: folders walked, places that cannot be read told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from panharvest.events import FileRefused
from panharvest.filenames import is_candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def walk(paths: Iterable[Path | str], refused: list[FileRefused]) -> Iterator[str]:
    """Give the files to read, each once, in order; say which places cannot be read.

    Links are followed, but no folder is entered twice.
    """
    seen: set[str] = set()
    entered: set[tuple[int, int]] = set()
    for place in map(str, paths):
        if os.path.isdir(place):  # noqa: PTH112 - paths stay texts: there may be many
            found = _walk(place, entered, refused)
        elif os.path.exists(place):  # noqa: PTH110 - as above
            found = iter([place])
        else:
            refused.append(FileRefused(place, "file.missing", "there is no such file"))
            continue
        for path in (os.path.abspath(one) for one in found):  # noqa: PTH100 - as above
            if path not in seen:
                seen.add(path)
                yield path


def _walk(
    folder: str, entered: set[tuple[int, int]], refused: list[FileRefused]
) -> Iterator[str]:
    pending = [folder]
    while pending:
        folder = pending.pop()
        try:
            about = os.stat(folder)  # noqa: PTH116 - as above
            if (about.st_dev, about.st_ino) in entered:
                continue
            entered.add((about.st_dev, about.st_ino))
            with os.scandir(folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            why = f"the folder cannot be read: {error.strerror}"
            refused.append(FileRefused(folder, "folder.unreadable", why))
            continue
        inside = [entry for entry in inside if not entry.name.startswith(".")]
        yield from (e.path for e in inside if is_candidate(e.name) and _is_file(e))
        pending += [e.path for e in reversed(inside) if _is_folder(e)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file() or not entry.is_dir()
    except OSError:  # a link in a circle: the reader will say so
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
