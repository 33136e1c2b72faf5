"""The text that ICAT itself exports: tables whose rows name others."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

from panharvest.errors import SkipError
from panharvest.sources.catalogues.icat_graph import TO_ONE, Document, Graph, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD = re.compile(r"([A-Z]\w+)\((.*)\)\s*")


def is_export(body: bytes) -> bool:
    """Tell by its beginning whether a file is what ICAT itself exports."""
    return _HEAD.match(_first_table(body)) is not None


def _first_table(body: bytes) -> str:
    """Give the first line of an export that heads a table; empty when it is none."""
    lines = body[:4096].decode("utf-8", "replace").splitlines()
    if not lines or not re.fullmatch(r"\s*\d+(\.\d+)*\s*", lines[0]):
        return ""
    return next((line for line in lines[1:] if line.strip()), "")


def read_export(body: bytes, graph: Graph) -> None:
    """Read the text that ICAT itself exports: tables whose rows name others.

    Raises
    ------
    SkipError
        When a row has not the cells that its table has.
    """
    entity, shape, row_number = "", [], 0
    for line in csv_lines(body.decode("utf-8", "replace")):
        head = _HEAD.fullmatch(line)
        if head and not line.startswith('"'):
            entity, shape = head[1], shape_of(head[2])
            continue
        if not line.strip() or not entity or re.fullmatch(r"\s*\d+(\.\d+)*\s*", line):
            continue
        cells = cells_of(line)
        row_number += 1
        made, key = row_of(shape, cells, graph, entity, row_number)
        graph.add(entity, key or f"{entity}#{row_number}", made)


def csv_lines(text: str) -> Iterator[str]:
    """Give the rows of an export: a text within quotes may have line breaks."""
    held = ""
    for line in text.splitlines():
        held = f"{held}\n{line}" if held else line
        if held.replace('\\"', "").count('"') % 2 == 0:
            yield held
            held = ""
    if held:
        yield held


def cells_of(line: str) -> list[str | None]:
    """Give the cells of a row; NULL is None."""
    found = next(csv.reader([line], escapechar="\\", doublequote=False), [])
    bare = [one.strip() for one in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', line)]
    return [
        None if index < len(bare) and bare[index] == "NULL" else one
        for index, one in enumerate(found)
    ]


def shape_of(text: str) -> list[tuple[str, Any]]:
    """Read the head of a table: attributes with the cell they are in, or nested."""
    found: list[tuple[str, Any]] = []
    depth, start, parts = 0, 0, []
    for index, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    for part in [*parts, text[start:]]:
        name, mark, rest = part.strip().partition("(")
        if mark:
            found.append((name, shape_of(rest.removesuffix(")"))))
        else:
            name, _, cell = part.strip().partition(":")
            if not cell.isdigit():
                raise SkipError(
                    "document.export",
                    f"the head of a table has no cell for column {len(found) + 1}",
                )
            found.append((name, int(cell)))
    return found


def row_of(
    shape: list[tuple[str, Any]],
    cells: list[str | None],
    graph: Graph,
    entity: str,
    number: int,
) -> tuple[Document, str | None]:
    """Make an object of a row; what it refers to is found by what names it."""
    made: Document = {}
    for name, place in shape:
        if isinstance(place, list):
            named, _ = row_of(place, cells, graph, "", number)
            if not any(value is not None for value in named.values()):
                continue
            kind = TO_ONE.get(f"{entity}.{name}") or TO_ONE.get(name, name)
            made[name] = key_of(kind, named) if kind in graph.objects else named
        else:
            if place >= len(cells):
                raise SkipError("document.export", f"row {number:,} is too short")
            value = cells[place]
            if value is not None and name != "?":
                made[name] = value_of(name, value)
            elif value is not None:
                made["?"] = value
    key = key_of(entity, made) if entity else None
    return made, key


def key_of(kind: str, named: Mapping[str, Any]) -> str | None:
    """Give the key of an object of an export: what makes it unique."""
    if "?" in named:
        return f"{kind}:{named['?']}"
    unique = {
        "Investigation": ("name", "visitId"),
        "Dataset": ("investigation", "name"),
        "Sample": ("investigation", "name"),
        "Datafile": ("dataset", "name"),
        "ParameterType": ("name", "units"),
        "DatafileFormat": ("name", "version"),
    }.get(kind, ("name",))
    if not all(one in named for one in unique[:1]) or kind not in _KEYED:
        return None
    parts = [
        value
        if isinstance(value := named.get(one), str)
        else key_of(TO_ONE.get(one, ""), value)
        if isinstance(value, dict)
        else ""
        for one in unique
    ]
    return f"{kind}:" + "|".join(str(one) for one in parts)


_KEYED = frozenset({*TO_ONE.values()})
