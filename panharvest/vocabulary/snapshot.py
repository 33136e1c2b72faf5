"""The snapshot table of a vocabulary, made from the facts of a published version."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.vocabulary import COLUMNS, Sheet, axioms_of
from panharvest.vocabulary.closure import (
    Both,
    Expression,
    Rules,
    derive,
    saturate,
    write_expression,
)
from panharvest.vocabulary.schemes import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.vocabulary.schemes import Scheme


@dataclass(slots=True)
class Facts:
    """What a file says about one term, in short ids."""

    label: str = ""
    alt_labels: list[str] = field(default_factory=list)
    is_property: bool = False
    parents: list[Expression] = field(default_factory=list)
    equivalents: list[Expression] = field(default_factory=list)
    disjoint: list[str] = field(default_factory=list)
    domain: list[str] = field(default_factory=list)
    range: list[str] = field(default_factory=list)
    deprecated: bool = False
    replaced_by: str = ""


def intersection(parts: Iterable[Expression]) -> Expression:
    """Give the intersection of expressions, in one order and without inner brackets."""
    flat: set[Expression] = set()
    for part in parts:
        flat |= set(part.parts) if isinstance(part, Both) else {part}
    found = sorted(flat, key=write_expression)
    return found[0] if len(found) == 1 else Both(tuple(found))


def bridge_foreign(facts: dict[str, Facts]) -> None:
    """Put our term in the place of a class of elsewhere that equals it."""
    twins = {
        expression: term
        for term, found in facts.items()
        for expression in found.equivalents
        if isinstance(expression, str) and expression not in facts
    }
    for term, found in facts.items():
        parents = [
            twins.get(parent, parent) if isinstance(parent, str) else parent
            for parent in found.parents
        ]
        found.parents = [parent for parent in dict.fromkeys(parents) if parent != term]


def turn_equivalences(facts: dict[str, Facts]) -> None:
    """Keep the equivalence of two terms on the later one: it has no direction."""
    for term in sorted(facts, key=order):
        found = facts[term]
        for other in list(found.equivalents):
            if isinstance(other, str) and other in facts and order(other) > order(term):
                found.equivalents.remove(other)
                if term not in facts[other].equivalents:
                    facts[other].equivalents.append(term)


def drop_redundant(facts: dict[str, Facts]) -> None:
    """Leave out the sub-class axioms that follow from the rest."""
    full = saturate(axioms_of(sheets(facts))).above
    rules = Rules.of(axioms_of(sheets(facts)))
    # An edge that a reasoner added points to something specific, an author's rather to
    # something general: so try to do without the specific ones first.
    edges = [
        (term, parent)
        for term, found in facts.items()
        if not found.is_property
        for parent in found.parents
        if isinstance(parent, str)
    ]
    edges.sort(key=lambda edge: (len(full.get(edge[1], ())), edge), reverse=True)
    for term, parent in edges:
        rules.parents[term].remove(parent)
        if parent in derive(rules, [term])[term]:
            facts[term].parents.remove(parent)
        else:
            rules.parents[term].append(parent)


def sheets(facts: dict[str, Facts]) -> list[Sheet]:
    """Give facts as rows of the snapshot."""
    return [sheet(term, facts[term]) for term in sorted(facts, key=order)]


def order(term: str) -> tuple[int, str]:
    """Sort techniques before properties before specifiers, as PaNET does."""
    return (len(term) if SCHEMES["panet"].local.fullmatch(term) else 0, term)


def sheet(term: str, found: Facts) -> Sheet:
    """Give the row of one term, without its kind."""
    return {
        "id": term,
        "label": clean(found.label),
        "alt_labels": joined(sorted(set(map(clean, found.alt_labels)))),
        "kind": "property" if found.is_property else "class",
        "sub_class_of": joined(sorted(map(write_expression, found.parents))),
        "equivalent": joined(sorted(set(map(write_expression, found.equivalents)))),
        "disjoint": joined(sorted(set(found.disjoint))),
        "domain": joined(sorted(set(found.domain))),
        "range": joined(sorted(set(found.range))),
        "status": "deprecated" if found.deprecated else "current",
        "replaced_by": found.replaced_by,
    }


def joined(parts: Iterable[str]) -> str:
    """Write several values in one cell."""
    return "|".join(part for part in parts if part)


def clean(text: str) -> str:
    """Take stray blanks and anything that would break a table out of a label."""
    return re.sub(r"[\s|]+", " ", text).strip()


def write_snapshot(facts: dict[str, Facts], scheme: Scheme = SCHEMES["panet"]) -> str:
    """Bring facts to their shortest form and write the table.

    What a reasoner added to a file goes away again, so that a source and its reasoned
    form give nearly the same table; the hierarchy they imply is exactly the same.
    """
    bridge_foreign(facts)
    turn_equivalences(facts)
    drop_redundant(facts)
    rows = sheets(facts)
    above = saturate(axioms_of(rows)).above
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        kind = kind_of(row, above.get(row["id"], set()), scheme)
        lines.append("\t".join({**row, "kind": kind}[column] for column in COLUMNS))
    return "\n".join(lines) + "\n"


def kind_of(row: Sheet, above: set[str], scheme: Scheme) -> str:
    """Tell what a term is for.

    ``facet`` are the root and the classes that only sort techniques by probe, process
    and so on; ``technique`` is what else is below the root, ``specifier`` what
    techniques are defined by.
    """
    if row["kind"] == "property":
        return "property"
    if scheme.facets.fullmatch(row["id"]):
        return "facet"
    if scheme.root in above:
        return "technique"
    if scheme.specifiers is None or scheme.specifiers in above:
        return "specifier"
    return "class"
