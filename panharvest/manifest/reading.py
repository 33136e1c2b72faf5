"""A manifest read from CSV or TOML, with every problem in its place."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.manifest.columns import column_name, is_column
from panharvest.manifest.lookup import Manifest, ManifestError, index_rows
from panharvest.manifest.rows import Row, complete, read_row

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    rows = complete(list(read(document, problems)), problems)
    if not rows and not problems:
        problems.append("it has no rows")
    if problems:
        raise ManifestError(path, problems)
    return index_rows(path, rows)


def _csv_rows(document: str, problems: list[str]) -> Iterator[Row]:
    head = next((line for line in document.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=lambda d: sum(map(is_column, head.split(d))))
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
                yield from read_row(f"line {line}", given, problems)
    except csv.Error as error:
        problems.append(f"line {lines.line_num}: {error}")


def _header(record: list[str], line: int, problems: list[str]) -> list[str]:
    """Give the columns' proper names, empty for those not known (and reported)."""
    names = []
    for cell in record:
        known = is_column(cell)
        name = column_name(cell) if known else ""
        if cell.strip() and not known:
            problems.append(f"line {line}: unknown column '{cell.strip()}'")
        if name and name in names:
            problems.append(f"line {line}: column '{name}' is there twice")
        names.append(name)
    if "file" not in names:
        problems.append(f"line {line}: there is no column 'file'")
    return names


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
            if is_column(key):
                row[column_name(key)] = value
            else:
                problems.append(f"{place}: unknown key '{key}'")
        files = row.pop("file", "")
        several = files if isinstance(files, list) else [files]
        if len(several) > 1 and not row.keys() & {"dataset", "doi", "pid"}:
            problems.append(f"{place}: several files need dataset, doi or pid")
        for one in several:
            yield from read_row(place, {"file": one, **row}, problems)
