"""Which row a file gets: exact paths, bare names, patterns."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from panharvest.manifest.rows import Row


WILD = re.compile(r"[*?]|\[[^\]/]+\]")


class ManifestError(ConfigError):
    """A manifest that cannot be used; ``problems`` has one line for each reason."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        super().__init__("\n  ".join([f"manifest {path}:", *problems]))
        self.problems = tuple(problems)


class Pattern(NamedTuple):
    """A glob as a regular expression; ``weight`` is its number of literal characters.

    A ``bare`` one is compared with the file's name, another with its absolute path.
    """

    weight: int
    bare: bool
    regex: re.Pattern[str]
    row: Row

    def matches(self, place: str) -> bool:
        """Tell whether an absolute path fits."""
        subject = place.rpartition("/")[2] if self.bare else place
        return self.regex.fullmatch(subject) is not None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of a manifest, ready to be looked up by path."""

    path: Path
    rows: tuple[Row, ...]
    exact: Mapping[str, Row] = field(repr=False)
    names: Mapping[str, Row] = field(repr=False)
    patterns: tuple[Pattern, ...] = field(repr=False)

    def row_for(self, path: Path | str) -> Row | None:
        """Give the row that holds for a file, or None."""
        return next(iter(self._candidates(path)), None)

    def assign(self, paths: Iterable[Path | str]) -> tuple[dict[str, Row], list[Row]]:
        """Give the row of every file that has one, and the rows that no file has.

        Raises
        ------
        ManifestError
            When a bare name stands for several of the files, or two patterns match a
            file equally well: to guess could publish the wrong thing.
        """
        found: dict[str, Row] = {}
        wrong: dict[str, None] = {}
        named: dict[str, str] = {}
        for path in map(str, paths):
            rows = self._candidates(path)
            if not rows:
                continue
            found[path] = row = rows[0]
            if len(rows) > 1:
                wrong[
                    f"{row.place} and {rows[1].place}: both patterns match "
                    f"{Path(path).name}: make one more precise"
                ] = None
            place = _absolute(path)
            by_name = self.names.get(row.file) is row and place not in self.exact
            if by_name and named.setdefault(row.file, place) != place:
                wrong[
                    f"{row.place}: several files are called {row.file}: "
                    "write their paths relative to the manifest"
                ] = None
        if wrong:
            raise ManifestError(self.path, list(wrong))
        used = {(row.place, row.file) for row in found.values()}
        rest = [row for row in self.rows if (row.place, row.file) not in used]
        return found, rest

    def _candidates(self, path: Path | str) -> list[Row]:
        """Give the rows that hold for a file equally well: one, unless patterns tie."""
        place = _absolute(path)
        if row := self.exact.get(place) or self.names.get(place.rpartition("/")[2]):
            return [row]
        fitting = [p for p in self.patterns if p.matches(place)]
        return [
            p.row
            for p in fitting
            if p.weight == fitting[0].weight
            and (p is fitting[0] or p.row.values != fitting[0].row.values)
        ]


def index_rows(path: Path, rows: tuple[Row, ...]) -> Manifest:
    """Sort the rows by how they name files; one file in two ways is a problem."""
    exact: dict[str, Row] = {}
    names: dict[str, Row] = {}
    patterns: list[Pattern] = []
    problems = []
    for row in rows:
        place = _absolute(path.parent / row.file)
        if place in exact:
            first = exact[place]
            if (first.dataset, first.values) != (row.dataset, row.values):
                problems.append(
                    f"{row.place}: {row.file} is already in {first.place}, "
                    "with other values"
                )
            continue
        exact[place] = row
        if WILD.search(row.file):
            weight = len(re.sub(r"\[[^\]]*\]|[*?]", "", row.file))
            bare = "/" not in row.file
            regex = re.compile(_regex(row.file if bare else place))
            patterns.append(Pattern(weight, bare, regex, row))
        elif "/" not in row.file and not os.path.lexists(place):
            names[row.file] = row
    if problems:
        raise ManifestError(path, problems)
    patterns.sort(key=lambda pattern: -pattern.weight)
    return Manifest(path, rows, exact, names, tuple(patterns))


def _regex(pattern: str) -> str:
    """Translate a glob to a regular expression: ``*`` and ``?`` stop at ``/``."""
    parts = re.split(r"(\*\*/|\*|\?|\[[^\]/]+\])", pattern)
    special = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        special.get(part) or (_letters(part) if index % 2 else re.escape(part))
        for index, part in enumerate(parts)
    )


def _letters(part: str) -> str:
    """Translate ``[a-c]`` or ``[!a-c]``."""
    inner = part[1:-1].replace("\\", "\\\\")
    return f"[^/{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"


def _absolute(path: Path | str) -> str:
    """Give a path with the links of its folder followed, not those of the file."""
    folder, name = os.path.split(path)
    return os.path.join(_real(folder), name)  # noqa: PTH118 - called for every file, 20 times faster


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return os.path.realpath(folder)
