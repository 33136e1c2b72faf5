"""One row: its cells read, and what other rows say of the same dataset."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from panharvest.manifest.columns import COLUMNS, Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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


def read_row(
    place: str, given: Mapping[str, Any], problems: list[str]
) -> Iterator[Row]:
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


def complete(rows: list[Row], problems: list[str]) -> tuple[Row, ...]:
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
