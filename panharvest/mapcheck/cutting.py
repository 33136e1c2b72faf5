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

MAX_JOINED = 50  # lines that one record may span
QUOTED = {
    separator: re.compile(r'"((?:[^"]|"")*)"(?=' + separator + r"|\Z)")
    for separator in "\t,;"
}
OPEN = re.compile(r'"(?:[^"]|"")*\Z')


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
    """Give the record that begins in a line with quotation marks, and its lines."""
    text = lines[at]
    cells, opened = cut(text, separator)
    taken = 1
    while opened is not None:
        if taken == MAX_JOINED or at + taken == len(lines):
            break
        if width and len(cells) > width:
            break  # whatever follows, it is no row of this table
        line = lines[at + taken]
        text += "\n" + line
        taken += 1
        if '"' not in line or is_open(text, opened):
            continue
        if QUOTED[separator].match(text, opened) is None:
            break  # text goes on after the mark that would close it: it is torn
        cells, again = cut(text, separator)
        if again is None:
            if len(cells) == width or not width:
                return Row(at + 1, values(cells), text), taken
            break
        opened = again
    if opened is None:
        return Row(at + 1, values(cells), text), 1
    return Row(at + 1, ("",), lines[at]), 1


Cells = list[tuple[str, int]]  # each with the offset where it begins


def values(cells: Cells) -> tuple[str, ...]:
    """Give the cells without their places."""
    return tuple(value for value, _ in cells)


def split_record(text: str, separator: str) -> list[str] | None:
    """Split a record into cells without quotes; None when a quotation is open."""
    cells, opened = cut(text, separator)
    return None if opened is not None else list(values(cells))


def is_open(text: str, start: int) -> bool:
    """Tell whether the quotation that begins at an offset has no end."""
    return OPEN.match(text, start) is not None


def cut(text: str, separator: str) -> tuple[Cells, int | None]:
    """Cut a record into cells; with the offset of a quotation that is not closed."""
    found: Cells = []
    at = 0
    while True:
        start = at
        if text[at : at + 1] == '"':
            match = QUOTED[separator].match(text, at)
            if match is not None:
                found.append((match[1].replace('""', '"'), start))
                at = match.end()
            elif is_open(text, at):
                return found, start
            else:  # text goes on after a closing quotation mark: take it as it is
                end = text.find(separator, at)
                at = len(text) if end < 0 else end
                found.append((text[start:at], start))
        else:
            end = text.find(separator, at)
            at = len(text) if end < 0 else end
            found.append((text[start:at], start))
        if at >= len(text):
            return found, None
        at += 1
        if at == len(text):
            found.append(("", at))
            return found, None


def position(row: Row, place: int, separator: str = "") -> tuple[int, int]:
    """Give line and column (from 1) where a cell of a row begins."""
    separator = separator or ("\t" if "\t" in row.raw else ",")
    cells, opened = cut(row.raw, separator)
    if opened is not None or place >= len(cells):
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
