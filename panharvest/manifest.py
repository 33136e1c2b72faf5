"""The manifest: what an operator knows about files and the files do not say.

A manifest is a CSV file (UTF-8; ``,``, ``;`` or tab) with a header line, or a TOML file
with ``[[dataset]]`` tables. Each row names a file, several by a pattern, and what holds
for them; an empty cell says nothing. :data:`COLUMNS` lists the columns.

Which row a file gets: the one with its exact path (absolute, or relative to the folder
of the manifest); else the one with its bare name, when that stands for one file alone;
else the pattern that matches it with the most literal characters. ``*``, ``?`` and
``[...]`` stay within a folder, ``**/`` stands for any folders; a pattern without folder
is compared with bare names.

Rows of one ``dataset`` (or of one DOI or PID) make one record together: what is said of
the dataset in one of them holds for all.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from panharvest import cells
from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

WILD = re.compile(r"[*?]|\[[^\]/]+\]")


class ManifestError(ConfigError):
    """A manifest that cannot be used; ``problems`` has one line for each reason."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        super().__init__("\n  ".join([f"manifest {path}:", *problems]))
        self.problems = tuple(problems)


class Column(NamedTuple):
    """How a column is read.

    ``cell`` reads a cell; ``item`` reads one element where TOML may have a list.
    ``shared``: the rows of a dataset have one value in common.
    """

    cell: Callable[..., Any]
    item: Callable[..., Any] | None = None
    shared: bool = True
    table: bool = False


COLUMNS: Mapping[str, Column] = {
    "file": Column(cells.text, shared=False),
    "dataset": Column(cells.text, shared=False),
    "doi": Column(cells.doi),
    "pid": Column(cells.identifier),
    "release_date": Column(cells.date),
    "public": Column(cells.flag),
    "proprietary": Column(cells.flag),
    "withdrawn": Column(cells.withdrawal, table=True),
    "title": Column(cells.text),
    "description": Column(cells.paragraphs),
    "creators": Column(cells.creators, cells.creator),
    "licence": Column(cells.licence),
    "facility": Column(cells.text),
    "experiment": Column(cells.text),
    "language": Column(cells.language),
    "funding": Column(cells.awards, cells.award),
    "technique": Column(cells.techniques, cells.technique, shared=False),
    "instrument": Column(cells.text, shared=False),
    "sample": Column(cells.text, shared=False),
    "keywords": Column(cells.items, cells.text, shared=False),
    "related": Column(cells.relations, cells.relation, shared=False),
}
OTHER_NAMES = {
    "files": "file",
    "license": "licence",
    "embargo": "release_date",
    "embargo_end": "release_date",
    "creator": "creators",
    "techniques": "technique",
    "keyword": "keywords",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the manifest: the file or pattern it is for, and what it says.

    ``place`` is where it stands: ``line 7`` of a CSV file, ``dataset 3`` of TOML.
    ``dataset`` is what groups files into one record (column ``dataset``, else DOI or
    PID), None when each file is a record of its own. ``values`` is plain JSON: texts;
    ``pid`` ``{value, scheme}``; ``licence`` ``{spdx}`` or ``{url}``; ``withdrawn``
    ``{date, reason}``; ``creators`` a list of ``{name, nature, family_name, given_name,
    orcid, ror, affiliations: [{name, ror}]}``; ``related`` a list of ``{type, value,
    scheme}``; ``funding`` a list of ``{funder, ror, award_number, award_uri}``;
    ``technique`` a list of PaNET IRIs; ``keywords`` a list of texts. Keys that were not
    given are absent.
    """

    place: str
    file: str
    dataset: str | None
    values: Mapping[str, Any]


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


def read_manifest(path: Path | str) -> Manifest:
    """Read a manifest and check all of it.

    Raises
    ------
    ManifestError
        With every problem found, each with its line (in TOML: its table).
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(path, [error.strerror or str(error)]) from None
    try:
        document = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        advice = f"line {line}: not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)"
        raise ManifestError(path, [advice]) from None
    problems: list[str] = []
    read = _toml_rows if path.suffix.lower() == ".toml" else _csv_rows
    rows = _complete(list(read(document, problems)), problems)
    if not rows and not problems:
        problems.append("it has no rows")
    if problems:
        raise ManifestError(path, problems)
    return _index(path, rows)


def _csv_rows(document: str, problems: list[str]) -> Iterator[Row]:
    head = next((line for line in document.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=lambda d: sum(map(_known, head.split(d))))
    lines = csv.reader(io.StringIO(document, newline=""), delimiter=delimiter)
    header: list[str] | None = None
    before = 0
    try:
        for record in lines:
            line, before = before + 1, lines.line_num
            if not any(cell.strip() for cell in record):
                continue
            if header is None:
                header = _header(record, line, problems)
                if "file" not in header:
                    return
            elif len(record) > len(header) and any(
                map(str.strip, record[len(header) :])
            ):
                problems.append(
                    f"line {line}: {len(record)} cells, but {len(header)} columns: "
                    f"put quotes around a cell that holds '{delimiter}'"
                )
            else:
                pairs = zip(header, record, strict=False)
                given = {name: cell for name, cell in pairs if name and cell.strip()}
                yield from _row(f"line {line}", given, problems)
    except csv.Error as error:
        problems.append(f"line {lines.line_num}: {error}")


def _header(record: list[str], line: int, problems: list[str]) -> list[str]:
    """Give the columns' proper names, empty for those not known (and reported)."""
    names = []
    for cell in record:
        known = _known(cell)
        name = _name(cell) if known else ""
        if cell.strip() and not known:
            problems.append(f"line {line}: unknown column '{cell.strip()}'")
        if name and name in names:
            problems.append(f"line {line}: column '{name}' is there twice")
        names.append(name)
    if "file" not in names:
        problems.append(f"line {line}: there is no column 'file'")
    return names


def _name(cell: str) -> str:
    name = re.sub(r"[\s-]+", "_", cell.strip().strip('"').casefold())
    return OTHER_NAMES.get(name, name)


def _known(cell: str) -> bool:
    return _name(cell) in COLUMNS


def _toml_rows(document: str, problems: list[str]) -> Iterator[Row]:
    try:
        content = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        problems.append(str(error))
        return
    tables = content.pop("dataset", [])
    problems += [f"unknown key '{key}'" for key in content]
    if not (isinstance(tables, list) and all(isinstance(t, dict) for t in tables)):
        problems.append("'dataset' is to be written as [[dataset]] tables")
        return
    for number, table in enumerate(tables, 1):
        place = f"dataset {number}"
        row = {}
        for key, value in table.items():
            if _known(key):
                row[_name(key)] = value
            else:
                problems.append(f"{place}: unknown key '{key}'")
        files = row.pop("file", "")
        several = files if isinstance(files, list) else [files]
        if len(several) > 1 and not row.keys() & {"dataset", "doi", "pid"}:
            problems.append(f"{place}: several files need dataset, doi or pid")
        for one in several:
            yield from _row(place, {"file": one, **row}, problems)


def _row(place: str, given: Mapping[str, Any], problems: list[str]) -> Iterator[Row]:
    """Read the cells of a row; nothing when it names no file."""
    values: dict[str, Any] = {}
    for name, cell in given.items():
        try:
            value = _value(COLUMNS[name], cell)
        except ValueError as error:
            problems.append(f"{place}: {name}: {error}")
            continue
        if value not in ("", [], {}):
            values[name] = value
    file = values.pop("file", None)
    if file is None:
        problems.append(f"{place}: it names no file")
        return
    dataset = values.pop("dataset", None) or values.get("doi")
    yield Row(place, file, dataset or values.get("pid", {}).get("value"), values)


def _value(column: Column, given: object) -> object:
    """Read a cell, or what TOML has in its place."""
    if isinstance(given, list) and column.item is not None:
        if all(isinstance(one, str | dict) for one in given):
            return [column.item(one) for one in given]
        raise ValueError("holds something that is neither a text nor a table")
    if isinstance(given, dict) and column.table:
        return column.cell(given)
    given = _scalar(given)
    if not isinstance(given, str):
        raise ValueError(f"a {type(given).__name__} is not expected here")  # noqa: TRY004 - one kind of error for all bad cells
    return column.cell(given)


def _scalar(given: object) -> object:
    """Give numbers, dates and flags of TOML the spelling of a cell."""
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, dt.date):
        return given.isoformat()
    return str(given) if isinstance(given, int | float) else given


def _complete(rows: list[Row], problems: list[str]) -> tuple[Row, ...]:
    """Give every row what other rows say of its dataset; report contradictions."""
    said: dict[str, dict[str, tuple[Any, str]]] = {}
    for row in rows:
        if row.dataset is None:
            continue
        known = said.setdefault(row.dataset, {})
        for name, value in row.values.items():
            if not COLUMNS[name].shared:
                continue
            before, place = known.setdefault(name, (value, row.place))
            if before != value:
                problems.append(
                    f"{row.place}: {name} is not the same as in {place}, "
                    f"but both are of dataset '{row.dataset}'"
                )
    return tuple(
        replace(
            row,
            values={
                **{n: v for n, (v, _) in said.get(row.dataset or "", {}).items()},
                **row.values,
            },
        )
        for row in rows
    )


def _index(path: Path, rows: tuple[Row, ...]) -> Manifest:
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
