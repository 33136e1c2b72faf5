"""Tables of ``ontologies/``: tab-separated text with a header, read strictly.

The tables are kept by people who may not write Python, so every error names the file,
the line and what to do.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

ONTOLOGIES = "panharvest.ontologies"


def resource(*names: str) -> Traversable:
    """Give a file of ``ontologies/``, wherever the package is installed."""
    return files(ONTOLOGIES).joinpath(*names)


def read_text(source: Path | Traversable) -> str:
    """Read a table as text.

    Raises
    ------
    ConfigError
        When the file is missing or not UTF-8.
    """
    try:
        return source.read_text(encoding="utf-8")
    except OSError as problem:
        reason = problem.strerror or "not readable"
        raise ConfigError(f"{source.name}: {reason}") from None
    except UnicodeDecodeError as problem:
        raise ConfigError(
            f"{source.name}: byte {problem.start} is not UTF-8; save it as UTF-8"
        ) from None


def parse_table(
    lines: Sequence[str], name: str, columns: Sequence[str], first: int = 1
) -> list[dict[str, str]]:
    """Turn a header and its rows into dictionaries.

    Parameters
    ----------
    lines
        The lines without their ends; the first is the header. Empty lines at the end
        are the end of the file.
    name
        What to call the file in an error.
    columns
        Columns that must be there; others are kept too.
    first
        The number of the header's line in its file.

    Raises
    ------
    ConfigError
        For a missing or repeated column, a row of another length, an empty row.
    """
    rows = list(lines)
    while rows and not rows[-1].strip(" "):
        rows.pop()
    if not rows:
        raise ConfigError(f"{name}: is empty; a header line is needed")
    header = rows[0].split("\t")
    if missing := [column for column in columns if column not in header]:
        raise ConfigError(f"{name}:{first}: the column {missing[0]} is missing")
    if repeated := [column for column in header if header.count(column) > 1]:
        raise ConfigError(f"{name}:{first}: the column {repeated[0]} is there twice")
    found = []
    for number, row in enumerate(rows[1:], first + 1):
        cells = row.split("\t")
        if len(cells) != len(header):
            raise ConfigError(
                f"{name}:{number}: {len(cells)} cells where the header has "
                f"{len(header)}; separate them by tabs"
            )
        found.append(dict(zip(header, cells, strict=True)))
    return found


def read_table(
    source: Path | Traversable, columns: Sequence[str]
) -> list[dict[str, str]]:
    """Read a table file; row ``i`` of the result is line ``i + 2`` of the file.

    Raises
    ------
    ConfigError
        When the file cannot be read or is not such a table.
    """
    return parse_table(split_lines(read_text(source)), source.name, columns)


def split_lines(text: str) -> list[str]:
    """Split at line feeds only: other separators of Unicode may stand in a cell."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def split_cell(cell: str) -> tuple[str, ...]:
    """Split a cell that holds several values, ``a|b``."""
    return tuple(part.strip() for part in cell.split("|") if part.strip())
