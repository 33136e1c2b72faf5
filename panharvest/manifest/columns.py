"""The columns of a manifest, and the other names they go by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from panharvest import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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


def column_name(cell: str) -> str:
    """Give the proper name of a column, however its head is written."""
    name = re.sub(r"[\s-]+", "_", cell.strip().strip('"').casefold())
    return OTHER_NAMES.get(name, name)


def is_column(cell: str) -> bool:
    """Tell whether a head is that of a column that is known."""
    return column_name(cell) in COLUMNS
