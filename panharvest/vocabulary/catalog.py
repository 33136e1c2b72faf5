"""The catalogue of what is in ``ontologies/``: origin, version, terms of use."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import read_text, resource

if TYPE_CHECKING:
    import datetime as dt
    from importlib.resources.abc import Traversable
    from pathlib import Path

CATALOG = "catalog.toml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One table and where its facts come from.

    Parameters
    ----------
    id, version
        Which vocabulary, in which version; several versions may be shipped.
    file
        The table, below ``ontologies/``.
    source, sha256
        The address of the very file it was made from, and its digest (none where it
        was typed from a page).
    licence, attribution
        The terms of the source, and how it wants to be named.
    command
        What makes the table from the source (``by hand`` and how it is checked, where
        there is no such command).
    prefix, namespace
        Of the identifiers of its terms, where they are IRIs.
    date
        When the source was released.
    status
        ``current``, or ``unreleased`` for a version that is shipped for comparison.
    """

    id: str
    version: str
    file: str
    source: str
    licence: str
    attribution: str
    command: str
    sha256: str = ""
    prefix: str = ""
    namespace: str = ""
    date: dt.date | None = None
    status: str = "current"


def read_catalog(source: Path | Traversable) -> tuple[Entry, ...]:
    """Read a catalogue.

    Raises
    ------
    ConfigError
        Naming the file and the entry: not TOML, a key that is missing or unknown.
    """
    try:
        given = tomllib.loads(read_text(source)).get("vocabulary", [])
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{source.name}: is not TOML: {problem}") from None
    known = {field.name for field in fields(Entry)}
    entries = []
    for number, table in enumerate(given, 1):
        place = f"{source.name}: vocabulary {number} ({table.get('id', 'no id')})"
        if unknown := set(table) - known:
            raise ConfigError(f"{place}: unknown key '{min(unknown)}'")
        try:
            entries.append(Entry(**table))
        except TypeError as problem:
            missing = str(problem).rpartition(": ")[2]
            raise ConfigError(f"{place}: missing: {missing}") from None
    return tuple(entries)


@cache
def catalog() -> tuple[Entry, ...]:
    """Give the catalogue of the project."""
    return read_catalog(resource(CATALOG))
