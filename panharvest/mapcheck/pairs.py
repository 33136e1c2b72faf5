"""M020-M022: rows that contradict one another, or the hierarchy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.mapcheck.circles import circles
from panharvest.mapcheck.slots import BROAD, EXACT, NARROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.lexicon import Lexicon
    from panharvest.mapcheck.mending import Mapping


MANY = 20  # partners of an exact match that are told one by one


@dataclass(frozen=True, slots=True)
class Edge:
    """A row that says something about two terms."""

    mapping: Mapping
    subject: str
    predicate: str
    object: str

    def end(self, side: str) -> str:
        """Give the term of a side."""
        return self.subject if side == "subject" else self.object


def edges(context: Context) -> Iterator[Edge]:
    """Give the rows that say that two terms correspond."""
    both = zip(
        context.mappings, context.iris["subject"], context.iris["object"], strict=True
    )
    for mapping, subject, object_ in both:
        if subject and object_ and mapping["predicate_modifier"] != "Not":
            yield Edge(mapping, subject, mapping["predicate_id"], object_)


def check_pairs(context: Context) -> None:
    """Check rows against rows, and against the hierarchy."""
    check_duplicates(context)
    found = list(edges(context))
    check_exact(context, found)
    check_hierarchy(context, found)
    check_cycles(context, found)


def check_duplicates(context: Context) -> None:
    """M020: rows that are there twice, pairs with two predicates.

    Rows with another justification or another modifier are other evidence, not
    duplicates; rows that find no term are about their subject alone.
    """
    rows: dict[tuple[str, ...], int] = {}
    pairs: dict[tuple[str, str, str], tuple[str, int]] = {}
    for mapping in context.mappings:
        names = ("subject_id", "predicate_id", "object_id", "predicate_modifier")
        subject, predicate, object_, modifier = (mapping[name] for name in names)
        if not subject or not object_:
            continue
        line = mapping.row.line
        # where rows are told apart by an extension (a rule, a condition), it counts
        extra = tuple(mapping[name] for name in context.sheet.front.extensions())
        labels = (mapping["subject_label"],) if extra else ()
        key = (subject, predicate, object_, modifier, mapping["mapping_justification"])
        first = rows.setdefault((*key, *extra, *labels), line)
        if first != line:
            context.at(
                mapping,
                "subject_id",
                "M020",
                f"the same as line {first}",
                "take it out",
            )
            continue
        pair = (subject, object_, modifier, *labels)
        known, before = pairs.setdefault(pair, (predicate, line))
        if known != predicate:
            context.at(
                mapping,
                "predicate_id",
                "M020",
                f"{subject} and {object_} are {predicate} here and {known} in "
                f"line {before}",
                "keep one of the two",
            )


def check_exact(context: Context, found: list[Edge]) -> None:
    """M021: exact matches with several partners."""
    for side, other in (("object", "subject"), ("subject", "object")):
        by_end: dict[str, list[Edge]] = defaultdict(list)
        for edge in found:
            if edge.predicate == EXACT:
                by_end[edge.end(side)].append(edge)
        for group in by_end.values():
            if len(group) > 1:
                check_partners(context, group, side, other)


def check_partners(context: Context, group: list[Edge], side: str, other: str) -> None:
    """M021: the partners of one term must be the same by the axioms."""
    first = group[0]
    if len({edge.end(other) for edge in group}) > MANY:
        context.at(
            group[1].mapping,
            f"{other}_id",
            "M021",
            f"{first.mapping[f'{side}_id']} is an exact match in {len(group):,} rows, "
            f"from line {first.mapping.row.line} to {group[-1].mapping.row.line}",
            "an exact match has one partner: make the others close or broad matches",
        )
        return
    for edge in group[1:]:
        one, two = first.end(other), edge.end(other)
        if one == two:
            continue
        lexicon = context.lexicons.of(one)
        known = lexicon is not None and context.lexicons.of(two) is lexicon
        if lexicon is not None and known and lexicon.equivalent(one, two):
            continue
        apart = lexicon is not None and known and lexicon.are_disjoint(one, two)
        was, now = (e.mapping[f"{other}_id"] for e in (first, edge))
        context.at(
            edge.mapping,
            f"{other}_id",
            "M021",
            f"{edge.mapping[f'{side}_id']} is an exact match of {now} and of {was} "
            f"in line {first.mapping.row.line}, which are "
            f"{'disjoint' if apart else 'not the same'}",
            "make all but one a close, broad or narrow match",
            level="error" if apart else "warning",
        )


def check_cycles(context: Context, found: list[Edge]) -> None:
    """M022: broad and narrow matches by which a term is wider than itself."""
    wider: dict[str, dict[str, Edge]] = defaultdict(dict)
    for edge in found:
        if edge.subject == edge.object:
            text = f"{edge.mapping['subject_id']} is mapped to itself"
            context.at(edge.mapping, "object_id", "M022", text, "take the row out")
        elif edge.predicate == BROAD:
            wider[edge.subject].setdefault(edge.object, edge)
        elif edge.predicate == NARROW:
            wider[edge.object].setdefault(edge.subject, edge)
    for group in circles({lower: list(uppers) for lower, uppers in wider.items()}):
        rows = sorted(
            (edge for one in group for up, edge in wider[one].items() if up in group),
            key=lambda edge: edge.mapping.row.line,
        )
        lines = ", ".join(str(edge.mapping.row.line) for edge in rows[:-1][:MANY])
        context.at(
            rows[-1].mapping,
            "predicate_id",
            "M022",
            f"{describe(rows[-1])} closes a circle with line {lines}: each term of it "
            "would be wider than itself",
            "turn one of the rows round, or make them exact matches",
        )


@dataclass(frozen=True, slots=True)
class Need:
    """What a row implies: by the axioms, ``lower`` must be a kind of ``upper``.

    ``fixed`` is the exact match that it is implied together with; None where the row
    itself is about two terms of one vocabulary.
    """

    edge: Edge
    fixed: Edge | None
    lower: str
    upper: str
    lexicon: Lexicon

    @property
    def met(self) -> bool:
        """Whether the hierarchy says so, and does not say that both are the same."""
        under = self.lexicon.is_under
        if self.edge.predicate == EXACT:
            return under(self.lower, self.upper)
        return under(self.lower, self.upper) and not under(self.upper, self.lower)


def check_hierarchy(context: Context, found: list[Edge]) -> None:
    """M022: broad and narrow matches against the exact matches of the same term."""
    told: set[tuple[int, str]] = set()
    for side, need in needs(context, found):
        place = (need.edge.mapping.row.line, side)
        if not need.met and place not in told:  # one finding for a row and side
            told.add(place)
            object_to(context, need)


def needs(context: Context, found: list[Edge]) -> Iterator[tuple[str, Need]]:
    """Give what rows imply about the hierarchy, with the side that they share."""
    for edge in found:
        yield from (("", need) for need in within(context, edge))
    for side, other in (("object", "subject"), ("subject", "object")):
        exact: dict[str, list[Edge]] = defaultdict(list)
        for edge in found:
            if edge.predicate == EXACT:
                exact[edge.end(side)].append(edge)
        for edge in found:
            if edge.predicate in {BROAD, NARROW}:
                for fixed in exact.get(edge.end(side), [])[:MANY]:
                    if (need := beside(context, edge, fixed, other)) is not None:
                        yield side, need


def within(context: Context, edge: Edge) -> Iterator[Need]:
    """Give what a row implies whose terms are of one vocabulary."""
    lexicon = ranked(context, edge.subject, edge.object)
    if lexicon is None:
        return
    if edge.predicate in {BROAD, EXACT}:
        yield Need(edge, None, edge.subject, edge.object, lexicon)
    if edge.predicate in {NARROW, EXACT}:
        yield Need(edge, None, edge.object, edge.subject, lexicon)


def beside(context: Context, edge: Edge, fixed: Edge, other: str) -> Need | None:
    """Give what a broad or narrow match implies beside an exact one.

    ``subject broadMatch object`` says that the object is the wider of the two.
    """
    mine, same = edge.end(other), fixed.end(other)
    lexicon = ranked(context, mine, same)
    if lexicon is None:
        return None
    wider_object = edge.predicate == BROAD
    # the other side of the row takes the place of its exact match
    if (other == "subject") == wider_object:
        return Need(edge, fixed, mine, same, lexicon)
    return Need(edge, fixed, same, mine, lexicon)


def ranked(context: Context, one: str, two: str) -> Lexicon | None:
    """Give the hierarchy that two different terms are both in."""
    lexicon = context.lexicons.of(one)
    if lexicon is None or lexicon.vocabulary is None or one == two:
        return None
    if context.lexicons.of(two) is not lexicon:
        return None
    return lexicon if one in lexicon.terms and two in lexicon.terms else None


def object_to(context: Context, need: Need) -> None:
    """M022: say that the hierarchy does not have what a row implies."""
    lower, upper, lexicon = need.lower, need.upper, need.lexicon
    because = ""
    if need.fixed is not None:
        because = (
            f", for line {need.fixed.mapping.row.line} says {describe(need.fixed)}"
        )
    context.at(
        need.edge.mapping,
        "predicate_id",
        "M022",
        f"{describe(need.edge)} needs {name(lower, lexicon)} to be a kind of "
        f"{name(upper, lexicon)}{because}; {lexicon.id} {lexicon.version} "
        f"{turned(lower, upper, lexicon)}",
        f"{advise(need)} (panharvest explain {lexicon.short(lower)} "
        f"{lexicon.short(upper)})",
    )


def describe(edge: Edge) -> str:
    """Give what a row says."""
    row = edge.mapping
    return f"{row['subject_id']} {row['predicate_id']} {row['object_id']}"


def name(iri: str, lexicon: Lexicon) -> str:
    """Give the label of a term in quotes."""
    return f"'{lexicon.terms[iri].label}'"


def turned(lower: str, upper: str, lexicon: Lexicon) -> str:
    """Say what the hierarchy says instead."""
    if lexicon.is_under(upper, lower):
        same = lexicon.is_under(lower, upper)
        return "says that they are the same" if same else "says the opposite"
    return "does not say so"


def advise(need: Need) -> str:
    """Say what to write instead."""
    opposite = need.lexicon.is_under(need.upper, need.lower)
    if opposite and need.lexicon.is_under(need.lower, need.upper):
        return "make it an exact match"
    if opposite and need.edge.predicate == EXACT:
        subject_lower = need.upper == need.edge.subject
        return f"write {BROAD if subject_lower else NARROW}?"
    if opposite:
        return f"write {NARROW if need.edge.predicate == BROAD else BROAD}?"
    return "make it a related match, or report the missing axiom to the vocabulary"
