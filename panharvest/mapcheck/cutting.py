"""Lines of a table cut into cells, and cells put together again.

Quotation marks are those of CSV; a cell in them may span lines. Nothing is lost: every
row keeps its text, and one that is torn costs its own line only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_JOINED = 50  # lines that one quoted cell may span


@dataclass(frozen=True, slots=True)
class Row:
    """A row as written: its first line, its cells without quotes, its raw text."""

    line: int
    cells: tuple[str, ...]
    raw: str


def records(
    lines: Sequence[str], start: int, separator: str, width: int
) -> Iterator[tuple[Row, int]]:
    """Give each record from a line on, and the index of the line after it.

    A cell in quotes may span lines; a quotation that is torn costs its own line only.
    """
    at = start
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            row, taken = Row(at + 1, tuple(line.split(separator)), line), 1
        else:
            row, taken = _quoted(lines, at, separator, width)
        at += taken
        yield row, at


def _quoted(
    lines: Sequence[str], at: int, separator: str, width: int
) -> tuple[Row, int]:
    text = lines[at]
    for taken in range(1, min(MAX_JOINED, len(lines) - at) + 1):
        cells = split_record(text, separator)
        if cells is not None and (taken == 1 or len(cells) == width or not width):
            return Row(at + 1, tuple(cells), text), taken
        if cells is not None:
            break
        if at + taken < len(lines):
            text += "\n" + lines[at + taken]
    return Row(at + 1, ("",), lines[at]), 1


def split_record(text: str, separator: str) -> list[str] | None:
    """Split a record into cells without quotes; None when a quotation is open."""
    cells = spans(text, separator)
    return None if cells is None else [value for value, _ in cells]


def spans(text: str, separator: str) -> list[tuple[str, int]] | None:
    """Give each cell of a record with the offset where it begins."""
    found = []
    at = 0
    while True:
        start = at
        if text[at : at + 1] == '"':
            match = re.compile(r'"((?:[^"]|"")*)"(?=' + separator + r"|\Z)").match(
                text, at
            )
            if match is not None:
                found.append((match[1].replace('""', '"'), start))
                at = match.end()
            elif re.compile(r'"(?:[^"]|"")*\Z').match(text, at):
                return None
            else:  # text goes on after a closing quotation mark: take it as it is
                end = text.find(separator, at)
                at = len(text) if end < 0 else end
                found.append((text[start:at], start))
        else:
            end = text.find(separator, at)
            at = len(text) if end < 0 else end
            found.append((text[start:at], start))
        if at >= len(text):
            return found
        at += 1
        if at == len(text):
            found.append(("", at))
            return found


def position(row: Row, place: int, separator: str = "") -> tuple[int, int]:
    """Give line and column (from 1) where a cell of a row begins."""
    separator = separator or ("\t" if "\t" in row.raw else ",")
    cells = spans(row.raw, separator)
    if cells is None or place >= len(cells):
        return row.line, 1
    before = row.raw[: cells[place][1]]
    return row.line + before.count("\n"), len(before) - (before.rfind("\n") + 1) + 1


def quote(cell: str, separator: str) -> str:
    """Write a cell, in quotes where it needs them."""
    if '"' in cell or "\n" in cell or separator in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def write_cells(cells: Sequence[str], separator: str) -> str:
    """Write a row."""
    return separator.join(quote(cell, separator) for cell in cells)
