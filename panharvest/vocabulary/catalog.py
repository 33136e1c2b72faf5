"""The catalogue of what is in ``ontologies/``: origin, version, terms of use."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from panharvest.errors import ConfigError
from panharvest.tables import read_text, resource

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
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
        The table, below ``ontologies/``; a pattern where facts are in several files.
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
        ``current``; ``superseded`` for an earlier version that is still of use, and
        ``unreleased`` for a later one that is shipped for comparison.
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


@dataclass(frozen=True, slots=True)
class Own:
    """Files that are the work of this project: what they are, and their terms.

    ``files`` are patterns below ``ontologies/``.
    """

    files: list[str]
    licence: str
    what: str


def read_catalog(
    source: Path | Traversable,
) -> tuple[tuple[Entry, ...], tuple[Own, ...]]:
    """Read a catalogue: what is of others, and what is our own.

    Raises
    ------
    ConfigError
        Naming the file and the entry: not TOML, a key that is missing or unknown.
    """
    try:
        given = tomllib.loads(read_text(source))
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{source.name}: is not TOML: {problem}") from None
    if unknown := set(given) - {"vocabulary", "own"}:
        raise ConfigError(f"{source.name}: unknown key '{min(unknown)}'")
    return (
        tuple(_entries(given.get("vocabulary", []), Entry, "vocabulary", source.name)),
        tuple(_entries(given.get("own", []), Own, "own", source.name)),
    )


Kind = TypeVar("Kind", Entry, Own)


def _entries(
    given: list[dict[str, Any]], kind: type[Kind], word: str, name: str
) -> Iterator[Kind]:
    """Read the entries of one kind."""
    known = {field.name for field in fields(kind)}
    for number, table in enumerate(given, 1):
        place = f"{name}: {word} {number} ({table.get('id', 'no id')})"
        if unknown := set(table) - known:
            raise ConfigError(f"{place}: unknown key '{min(unknown)}'")
        try:
            yield kind(**table)
        except TypeError as problem:
            missing = str(problem).rpartition(": ")[2]
            raise ConfigError(f"{place}: missing: {missing}") from None


@cache
def catalog() -> tuple[Entry, ...]:
    """Give what is of others in the catalogue of the project."""
    return read_catalog(resource(CATALOG))[0]


@cache
def own() -> tuple[Own, ...]:
    """Give what is ours in the catalogue of the project."""
    return read_catalog(resource(CATALOG))[1]
