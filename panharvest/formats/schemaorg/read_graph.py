"""Nodes of a document that name each other by address, put where they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.errors import SkipError
from panharvest.formats.schemaorg.read_values import ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.formats.schemaorg.terms import Node

_DEEPEST = 8  # steps from node to node: what is farther is named, not told
_MOST = 100_000  # nodes put somewhere


def joined(nodes: list[Node]) -> list[Node]:
    """Give the nodes with those that they name in them, parts of others last.

    Raises
    ------
    SkipError
        When they name each other so often that the result would be too large.
    """
    known: dict[str, Node] = {}
    for node in nodes:
        if isinstance(address := node.get("@id"), str):
            known[address] = {**known.get(address, {}), **node}
    budget = [_MOST]
    whole = [
        {
            key: _with(value, known, (str(node.get("@id")),), budget)
            for key, value in node.items()
        }
        for node in nodes
    ]
    parts = {i for node in nodes for i in ids(node.get("hasPart"))}
    return sorted(whole, key=lambda node: str(node.get("@id")) in parts)


def _with(
    value: Any,  # noqa: ANN401 (JSON)
    known: Mapping[str, Node],
    above: tuple[str, ...],
    budget: list[int],
) -> Any:  # noqa: ANN401 (JSON)
    """Put the nodes that a value names into it; circles are cut."""
    if isinstance(value, list):
        return [_with(one, known, above, budget) for one in value]
    if not isinstance(value, dict):
        return value
    address = value.get("@id")
    if (
        isinstance(address, str)
        and len(value) == 1
        and address in known
        and address not in above
    ):
        budget[0] -= 1
        if budget[0] < 0:
            raise SkipError("document.large", "the nodes name each other too often")
        value = known[address]
        above = (*above, address)
        if len(above) > _DEEPEST:
            return value
    return {key: _with(inner, known, above, budget) for key, inner in value.items()}
