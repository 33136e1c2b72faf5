"""Getting at the values of JSON-LD, whatever form they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.formats.schemaorg.terms import (
    Node,
)
from panharvest.record import (
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Extras = dict[str, list[Node]]


def each(value: Any) -> Iterator[Any]:  # noqa: ANN401 (JSON)
    """Give the values there are, be it one or a list."""
    if value is None or value == "":
        return
    yield from value if isinstance(value, list) else [value]


def prose(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give a text with its line ends; of a node its value, name or address."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, dict):
        for key in ("@value", "value", "name", "url", "@id"):
            if key in value and (found := prose(value[key])):
                return found
    if isinstance(value, list):
        return next((found for one in value if (found := prose(one))), None)
    return None


def text(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give a text on one line."""
    found = prose(value)
    return " ".join(found.split()) if found else None


def words(value: Any) -> Iterator[str]:  # noqa: ANN401 (JSON)
    """Give the texts of a list, each on one line."""
    for one in each(value):
        if found := text(one):
            yield found


def ids(value: Any) -> Iterator[str]:  # noqa: ANN401 (JSON)
    """Give addresses, written as texts or as nodes."""
    for one in each(value):
        found = one.get("@id") if isinstance(one, dict) else one
        if isinstance(found, str) and found:
            yield found


def nodes(value: Any) -> Iterator[Node]:  # noqa: ANN401 (JSON)
    """Give the objects of a list."""
    for one in each(value):
        if isinstance(one, dict):
            yield one


def tagged(value: Any, kind: str | None, language: str | None) -> Text | None:  # noqa: ANN401 (JSON)
    """Give a text with its language, which is the record's when it has none."""
    found = prose(value)
    if found is None:
        return None
    tag = value.get("@language") if isinstance(value, dict) else None
    return Text(found, kind, tag if isinstance(tag, str) else language)


def number(value: Any) -> float | None:  # noqa: ANN401 (JSON)
    """Give a number, also one that is written as text."""
    if isinstance(value, dict):
        value = value.get("value", value.get("@value"))
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 1e300 else None


def language_of(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give a language; the shortest that a ``Language`` is called is its code."""
    for one in each(value):
        keys = ("alternateName", "identifier", "termCode", "name", "@value")
        inside = [one.get(key) for key in keys] if isinstance(one, dict) else [one]
        if said := [found for part in inside if (found := text(part))]:
            return min(said, key=len)
    return None


def types(node: Node) -> list[str]:
    """Give the types of a node."""
    found = node.get("@type")
    return [str(one) for one in each(found)]
