"""M023: exact matches over several sets that lead to different terms."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.mapcheck.pairs import Edge, edges
from panharvest.mapcheck.slots import EXACT
from panharvest.vocabulary import normalise_term
from panharvest.vocabulary.nexus import NEXUS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.lexicon import Lexicon

MAX_STEPS = 4


@dataclass(frozen=True, slots=True)
class Link:
    """An exact match of a set, from one end to the other."""

    start: str
    end: str
    edge: Edge
    context: Context


def check_chains(contexts: Sequence[Context]) -> None:
    """Follow exact matches from set to set.

    Two ways from one term that end in one vocabulary must end at the same term, or at
    terms that are the same by its axioms. Within a set that is M021.
    """
    links: dict[str, list[Link]] = defaultdict(list)
    for context in contexts:
        for edge in (*edges(context), *unconditional(context)):
            if edge.predicate == EXACT:
                for start, end in (
                    (edge.subject, edge.object),
                    (edge.object, edge.subject),
                ):
                    links[start].append(Link(start, end, edge, context))
    told: set[frozenset[str]] = set()
    for start in list(links):
        if len({link.context.sheet.name for link in links[start]}) > 1:
            check_start(start, links, told)


def unconditional(context: Context) -> Iterator[Edge]:
    """Give the rules for any probe as rows: a definition and its technique."""
    if "rule_id" not in context.sheet.columns:
        return
    for mapping in context.mappings:
        iri = normalise_term(mapping["object_id"])
        if mapping["probe"] == "*" and iri is not None:
            subject = NEXUS + mapping["definition"]
            yield Edge(mapping, subject, mapping["predicate_id"], iri)


def check_start(
    start: str, links: dict[str, list[Link]], told: set[frozenset[str]]
) -> None:
    """Check all ways from one term."""
    ways = reach(start, links)
    lexicons = next(iter(links[start])).context.lexicons
    ends = [iri for iri in ways if iri != start and lexicons.of(iri) is not None]
    for place, one in enumerate(ends):
        for two in ends[place + 1 :]:
            lexicon = lexicons.of(one)
            pair = frozenset((one, two))
            if lexicon is None or lexicons.of(two) is not lexicon or pair in told:
                continue
            sets = {link.context.sheet.name for link in (*ways[one], *ways[two])}
            if len(sets) < 2 or lexicon.equivalent(one, two):
                continue
            told.add(pair)
            last = ways[two][-1]
            last.context.at(
                last.edge.mapping,
                "object_id",
                "M023",
                f"exact matches lead from {start} to {shown(one, lexicon)} "
                f"({said(ways[one])}) and to {shown(two, lexicon)} "
                f"({said(ways[two])})",
                "make one of them a close, broad or narrow match",
            )


def reach(start: str, links: dict[str, list[Link]]) -> dict[str, list[Link]]:
    """Give the shortest way to every term that exact matches lead to."""
    ways: dict[str, list[Link]] = {start: []}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if len(ways[here]) == MAX_STEPS:
            continue
        for link in links[here]:
            if link.end not in ways:
                ways[link.end] = [*ways[here], link]
                waiting.append(link.end)
    return ways


def said(way: Sequence[Link]) -> str:
    """Give the rows of a way."""
    return ", ".join(
        f"{link.context.sheet.name}:{link.edge.mapping.row.line}" for link in way
    )


def shown(iri: str, lexicon: Lexicon) -> str:
    """Give a term with its label."""
    term = lexicon.terms.get(iri)
    return f"{lexicon.short(iri)} '{term.label}'" if term else lexicon.short(iri)
