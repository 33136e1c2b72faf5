"""Circles in what is said to be wider than what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def circles(above: Mapping[str, Sequence[str]]) -> Iterator[set[str]]:
    """Give the groups of terms that are all above one another.

    Source: Tarjan's strongly connected components, without recursion: a chain may be as
    long as a table.
    """
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    for start in above:
        if start in order:
            continue
        work = [(start, iter(above[start]))]
        order[start] = low[start] = len(order)
        path.append(start)
        on_path.add(start)
        while work:
            name, rest = work[-1]
            for one in rest:
                if one not in order:
                    order[one] = low[one] = len(order)
                    path.append(one)
                    on_path.add(one)
                    work.append((one, iter(above.get(one, ()))))
                    break
                if one in on_path:
                    low[name] = min(low[name], order[one])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == order[name]:
                    group = {path.pop()}
                    while name not in group:
                        group.add(path.pop())
                    on_path -= group
                    if len(group) > 1:
                        yield group
