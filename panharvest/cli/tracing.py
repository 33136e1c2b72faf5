"""Traces as text: every value of a record with its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.cli.output import cut, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.mapping import TraceRow


def trace_lines(
    head: str, opens: str, trace: Sequence[TraceRow], leftovers: Sequence[str]
) -> Iterator[str]:
    """Explain a record: values with their origins, what is absent, what is left."""
    yield head
    yield f"  opens: {opens}"
    found = [row for row in trace if row.outcome != "absent"]
    yield f"  {number(len(found), 'value')}: target <- rule <- path = value"
    width = max((len(row.target) for row in found), default=0)
    for row in found:
        yield f"    {row.target.ljust(width)} {_origin(row)}"
    absent = [row for row in trace if row.outcome == "absent"]
    yield f"  {number(len(absent), 'place')} looked at in vain: target <- rule <- path"
    width = max((len(row.target) for row in absent), default=0)
    for row in absent:
        yield f"    {row.target.ljust(width)} <- {row.rule} <- {plain(row.path)}"
    yield f"  {number(len(leftovers), 'leftover')} that no rule uses"
    for path in leftovers:
        yield f"    {plain(path)}"


def _origin(row: TraceRow) -> str:
    note = "" if row.outcome == "used" else f"  [{plain(row.outcome)}]"
    return f"<- {row.rule} <- {plain(row.path)} = {cut(row.value)}{note}"
