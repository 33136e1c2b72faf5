"""``--fix``: mechanical mends written to the file, everything else as it was."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.mapcheck.cutting import split_record, write_cells
from panharvest.mapcheck.mending import mend
from panharvest.mapcheck.slots import column_key

if TYPE_CHECKING:
    from panharvest.mapcheck.mending import Mapping
    from panharvest.mapcheck.reading import Sheet


@dataclass(frozen=True, slots=True)
class Repair:
    """A repaired table: its text, the difference, and how many rows changed place.

    ``diff`` compares the contents only: the rows of both sides are in the new order.
    """

    text: str
    diff: str
    cells: int
    moved: int


def repair(sheet: Sheet, before: str) -> Repair:
    """Write a table with every mend, in canonical order.

    A row without a mend keeps its very text; a line that is no row stays as it is, at
    the end. Nothing that needs knowledge is touched: no identifier, no label, no
    duplicate; and nothing at all where two columns have one name.
    """
    if sheet.doubled:
        return Repair(before, "", 0, 0)
    mappings = mend(sheet)
    separator = "," if sheet.separator == ";" else sheet.separator
    order = list(range(len(sheet.columns)))
    if not sheet.rejected:  # their cells could not be moved along
        order.sort(key=lambda place: column_key(sheet.columns[place]))
    names = [sheet.columns[place] for place in order]
    ranked = sorted(sheet.columns, key=column_key)
    by_cells = sorted(mappings, key=lambda one: tuple(one[name] for name in ranked))
    straight = order == list(range(len(order))) and separator == sheet.separator
    straight &= len(sheet.header.cells) == len(sheet.columns)
    new = [
        *head(sheet),
        write_cells(names, separator),
        *(written(one, names, separator, straight=straight) for one in by_cells),
        *sheet.torn,
    ]
    old = [
        *(line for line in sheet.head if line),
        sheet.header.raw,
        *(one.row.raw for one in by_cells),
        *sheet.torn,
    ]
    text = "\n".join(new) + "\n"
    lines = unified_diff(
        old, new, sheet.name, f"{sheet.name} (repaired)", n=0, lineterm=""
    )
    moved = sum(one is not two for one, two in zip(mappings, by_cells, strict=True))
    cells = sum(len(one.mends) for one in mappings)
    return Repair(text, "\n".join(lines), cells, moved)


def written(one: Mapping, names: list[str], separator: str, *, straight: bool) -> str:
    """Write a row; as it was, where nothing in it changed."""
    if straight and not one.mends:
        return one.row.raw
    return write_cells([one[name] for name in names], separator)


def head(sheet: Sheet) -> list[str]:
    """Give the comment lines without a spreadsheet's padding and without empty ones."""
    found = []
    for line in sheet.head:
        bare = line
        if line.startswith('"#'):
            bare = (split_record(line, sheet.separator) or [line])[0]
        elif line.endswith(sheet.separator):
            bare = line.rstrip(sheet.separator)
        found.append(bare.rstrip())
    return [line for line in found if line.strip("# ")]


def replace_text(path: Path, text: str) -> None:
    """Write a file at once: there is never half of it."""
    from tempfile import mkstemp  # with all that it brings along

    target = path.resolve()
    # a name of its own: two may repair one file at the same time
    handle, name = mkstemp(prefix=f".{target.name}.", dir=target.parent)
    beside = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor has no path
            file.write(text.encode("utf-8", "surrogateescape"))
        beside.chmod(target.stat().st_mode & 0o7777)
        os.replace(beside, target)  # noqa: PTH105 - Path.replace says less on failure
    finally:
        beside.unlink(missing_ok=True)
