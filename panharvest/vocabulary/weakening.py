"""What our reasoner cannot follow, brought to what it can, and said.

An axiom that uses more than EL (a union, a data value, "only") is not thrown away
whole: what it implies within EL is kept, which is sound but not all of it, and a note
says what was left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.vocabulary.closure import Both, Expression, Some
from panharvest.vocabulary.schemes import THING
from panharvest.vocabulary.snapshot import Facts, intersection

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Beyond:
    """An expression that is not EL; ``word`` is OWL's name of what it uses."""

    word: str


@dataclass(frozen=True, slots=True)
class Either:
    """The things that belong to one of several classes (``a or b``)."""

    parts: tuple[Parsed, ...]


Parsed = (
    Expression | Beyond | Either | tuple["Parsed", ...]
)  # a tuple is an intersection


@dataclass(slots=True)
class Collector:
    """The facts of a file as they are found, with notes on what was left out."""

    facts: dict[str, Facts] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def declare(self, term: str, *, is_property: bool = False) -> Facts:
        """Give the facts of a term that the file declares."""
        found = self.facts.setdefault(term, Facts())
        found.is_property |= is_property
        return found

    def is_a(self, term: str, parsed: Parsed) -> None:
        """Note that a term is a kind of an expression."""
        if term not in self.facts:
            return
        known, lost = split(parsed)
        self.facts[term].parents += [one for one in known if one != THING]
        if lost:
            words = ", ".join(sorted(set(lost)))
            self.notes.append(f"{term}: left out of what it is a kind of: {words}")

    def equals(self, term: str, parsed: Parsed) -> None:
        """Note that a term and an expression are the same."""
        if term not in self.facts:
            return
        known, lost = split(parsed)
        if not lost:
            whole = intersection(known)
            if whole != THING:
                self.facts[term].equivalents.append(whole)
            return
        self.facts[term].parents += [one for one in known if one != THING]
        words = ", ".join(sorted(set(lost)))
        note = f"{term}: its definition uses {words}"
        if isinstance(parsed, Either) and all(isinstance(p, str) for p in parsed.parts):
            for part in parsed.parts:
                if isinstance(part, str) and part in self.facts:
                    self.facts[part].parents.append(term)
            note += "; kept: its members are kinds of it"
        elif known:
            note += "; kept: it is a kind of the rest"
        self.notes.append(note)

    def disjoint(self, terms: Iterable[str]) -> None:
        """Note that terms have nothing in common, each pair on its first term."""
        given = sorted(set(terms))
        for place, term in enumerate(given):
            if term in self.facts:
                self.facts[term].disjoint += given[place + 1 :]


def split(parsed: Parsed) -> tuple[list[Expression], list[str]]:
    """Give the parts of an intersection that are EL, and the words of those not."""
    if isinstance(parsed, Beyond):
        return [], [parsed.word]
    if isinstance(parsed, Either):
        return [], ["ObjectUnionOf"]
    if isinstance(parsed, tuple):
        known: list[Expression] = []
        lost: list[str] = []
        for part in parsed:
            more, words = split(part)
            known += more
            lost += words
        return known, lost
    if isinstance(parsed, Both):
        return list(parsed.parts), []
    return [parsed], []


def some(role: str, filler: Parsed) -> Parsed:
    """Give ``role some filler``, or what makes it more than EL."""
    known, lost = split(filler)
    return Beyond(lost[0]) if lost else Some(role, intersection(known))
