"""Why one term is a kind of another: the axioms that make it so, or what is missing."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.vocabulary import axioms_of
from panharvest.vocabulary.closure import (
    Both,
    Expression,
    Rules,
    Some,
    read_expression,
    write_expression,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a proof: ``lower`` is a kind of ``upper``, because of ``axiom``.

    ``lower`` and ``upper`` are expressions over local ids. ``axiom`` is ``asserted``
    (a sub-class axiom), ``definition`` (of ``of``, read from left to right or, when all
    its parts hold, from right to left) or ``domain`` (of the property ``of``). ``uses``
    are the numbers of earlier steps, from 1; ``via`` the terms whose axioms give a
    property that this step rests on.
    """

    lower: str
    upper: str
    axiom: str
    of: str
    uses: tuple[int, ...] = ()
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the definition of a term that something meets or does not meet."""

    expression: str
    met: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether ``lower`` is a kind of ``upper`` (IRIs), and why.

    ``steps`` is the chain of axioms when it is (none: both are one term). When it is
    not: ``parts`` are the conjuncts of the definition of ``upper`` that are nearest to
    being met (none: ``upper`` has no definition and only an asserted axiom could put
    anything under it), ``common`` the most specific terms above both, ``reverse``
    whether it is the other way round.
    """

    lower: str
    upper: str
    holds: bool
    steps: tuple[Step, ...] = ()
    parts: tuple[Part, ...] = ()
    common: tuple[str, ...] = ()
    reverse: bool = False


def explain(vocabulary: Vocabulary, lower: str, upper: str) -> Explanation:
    """Explain whether a term is a kind of another.

    Parameters
    ----------
    lower, upper
        Canonical IRIs of terms of the vocabulary.

    Raises
    ------
    KeyError
        When one is not in the vocabulary.
    """
    for iri in (lower, upper):
        if iri not in vocabulary.terms:
            raise KeyError(iri)
    if lower == upper:
        return Explanation(lower, upper, True, reverse=True)
    reverse = lower in vocabulary.ancestors(upper)
    if upper in vocabulary.ancestors(lower):
        return Explanation(
            lower, upper, True, proof(vocabulary, lower, upper), reverse=reverse
        )
    both = vocabulary.ancestors(lower) & (vocabulary.ancestors(upper) | {upper})
    if lower in vocabulary.ancestors(upper):
        both |= {lower}
    return Explanation(
        lower,
        upper,
        False,
        parts=lacking(vocabulary, lower, upper),
        common=vocabulary.most_specific(sorted(both)),
        reverse=reverse,
    )


def lacking(vocabulary: Vocabulary, lower: str, upper: str) -> tuple[Part, ...]:
    """Give the parts of the definition of a term that something meets most of."""
    short = vocabulary.scheme.short
    rows = {row["id"]: row for row in vocabulary.rows}
    tracer = Tracer(vocabulary)
    best: tuple[Part, ...] = ()
    for text in filter(None, rows[short(upper)]["equivalent"].split("|")):
        expression = read_expression(text)
        parts = expression.parts if isinstance(expression, Both) else (expression,)
        found = tuple(
            Part(write_expression(part), tracer.holds(short(lower), part))
            for part in parts
        )
        if not best or missing(found) < missing(best):
            best = found
    return best


def missing(parts: Sequence[Part]) -> int:
    """Count the parts that are not met."""
    return sum(not part.met for part in parts)


Fact = tuple[str, str]  # a class (or helper) and one that it is a kind of


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a fact was derived: an axiom and the facts that it rests on."""

    axiom: str
    of: str
    uses: tuple[Fact, ...]
    via: str = ""  # whose axiom gives the property that is looked at


class Tracer:
    """The saturation again, breadth first, with a reason kept for every fact."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.rules = Rules.of(axioms_of(vocabulary.rows))
        self.meaning: dict[str, Expression] = {
            name: expression for (_, expression, _), name in self.rules.helpers.items()
        }
        self.asserted = {
            (row["id"], parent)
            for row in vocabulary.rows
            for parent in row["sub_class_of"].split("|")
        }
        self.defined = {
            (other, row["id"])
            for row in vocabulary.rows
            for other in row["equivalent"].split("|")
        }
        self.reasons: dict[Fact, Reason] = {}
        self.above: dict[str, set[str]] = {}

    def holds(self, lower: str, expression: Expression) -> bool:
        """Tell whether a class is a kind of an expression."""
        self.run(lower)
        return self.is_kind(lower, expression)

    def is_kind(self, lower: str, expression: Expression) -> bool:
        """Tell it from what was derived; a helper may not exist for a part."""
        if isinstance(expression, str):
            return expression in self.above.get(lower, ())
        if isinstance(expression, Both):
            return all(self.is_kind(lower, part) for part in expression.parts)
        wider = self.rules.roles
        return any(
            expression.role in wider.get(role, {role})
            and self.is_kind(filler, expression.filler)
            for kind in self.above.get(lower, ())
            for role, filler in self.rules.somes.get(kind, ())
        )

    def run(self, start: str) -> None:
        """Derive what a class is a kind of, the near before the far."""
        if start in self.above:
            return
        rules = self.rules
        links: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
        back: dict[str, list[tuple[str, str]]] = defaultdict(list)
        waiting: deque[tuple[Fact, Reason | None]] = deque([((start, start), None)])
        while waiting:
            (name, new), reason = waiting.popleft()
            known = self.above.setdefault(name, set())
            if new in known:
                continue
            known.add(new)
            if reason is not None:
                self.reasons[name, new] = reason
            waiting += self.implied(name, new)
            for role, filler in rules.somes.get(new, ()):
                if (role, filler) in links[name]:
                    continue
                links[name][role, filler] = new
                back[filler].append((role, name))
                if filler not in self.above:
                    waiting.append(((filler, filler), None))
                waiting += self.by_domain(name, new, role)
                for kind in list(self.above.get(filler, ())):
                    waiting += self.by_filler(name, new, role, filler, kind)
            for role, holder in back.get(name, ()):
                via = links[holder][role, name]
                waiting += self.by_filler(holder, via, role, name, new)

    def implied(self, name: str, new: str) -> Iterator[tuple[Fact, Reason]]:
        """Give what follows from a fact by sub-classes and intersections."""
        for to in self.rules.parents.get(new, ()):
            axiom = "asserted" if (new, to) in self.asserted else "definition"
            # that two terms are the same is written on one of them
            of = to if new.startswith("*") or (new, to) in self.defined else new
            yield (name, to), Reason(axiom, of, ((name, new),))
        for parts, to in self.rules.conjunctions.get(new, ()):
            if parts <= self.above[name]:
                uses = tuple((name, part) for part in sorted(parts))
                yield (name, to), Reason("definition", "", uses)

    def by_domain(
        self, name: str, via: str, role: str
    ) -> Iterator[tuple[Fact, Reason]]:
        """Give what a class is because it has a property at all."""
        for wider in sorted(self.rules.roles.get(role, {role})):
            for to in self.rules.domains.get(wider, ()):
                yield (name, to), Reason("domain", wider, ((name, via),), via)

    def by_filler(
        self, name: str, via: str, role: str, filler: str, kind: str
    ) -> Iterator[tuple[Fact, Reason]]:
        """Give what a class is because of what is at the other end of a property."""
        by_role = self.rules.fillers.get(kind, {})
        for wider in sorted(self.rules.roles.get(role, {role})):
            for to in by_role.get(wider, ()):
                yield (
                    (name, to),
                    Reason("definition", "", ((name, via), (filler, kind)), via),
                )

    def write(self, name: str) -> str:
        """Write a class or what a helper stands for."""
        return write_expression(self.meaning.get(name, name))


def proof(vocabulary: Vocabulary, lower: str, upper: str) -> tuple[Step, ...]:
    """Give the steps by which a term is a kind of another, each after what it uses."""
    short = vocabulary.scheme.short
    tracer = Tracer(vocabulary)
    goal = (short(lower), short(upper))
    tracer.run(goal[0])
    ordered: dict[Fact, None] = {}

    def visit(fact: Fact) -> None:
        if fact in ordered or fact not in tracer.reasons:
            return  # told already, or a class being itself
        for used in tracer.reasons[fact].uses:
            visit(used)
        ordered[fact] = None

    visit(goal)
    return tuple(numbered(tracer, ordered))


def numbered(tracer: Tracer, facts: dict[Fact, None]) -> Iterator[Step]:
    """Write facts as steps, without those that only repeat what a step says.

    A helper class is the complex part of an axiom: that something is in it and that it
    therefore is what the axiom defines are one step for a reader.
    """
    numbers: dict[Fact, tuple[int, ...]] = {}
    vias: dict[Fact, tuple[str, ...]] = {}  # of facts that are told by a later step
    count = 0
    for fact in facts:
        reason = tracer.reasons[fact]
        uses = tuple(
            dict.fromkeys(
                number for used in reason.uses for number in numbers.get(used, ())
            )
        )
        held = (one for used in reason.uses for one in vias.get(used, ()))
        via = tuple(dict.fromkeys((*held, *((reason.via,) if reason.via else ()))))
        if fact[1].startswith("*") or is_plain(tracer, fact):
            numbers[fact], vias[fact] = uses, via  # told by the step that uses it
            continue
        count += 1
        numbers[fact] = (count,)
        lower, upper = tracer.write(fact[0]), tracer.write(fact[1])
        yield Step(lower, upper, reason.axiom, reason.of, uses, via)


def is_plain(tracer: Tracer, fact: Fact) -> bool:
    """Tell whether a fact says no more than that an intersection is in its parts."""
    lower = fact[0]
    return lower.startswith("*") and tracer.reasons[fact].uses == ((lower, lower),)


def words(vocabulary: Vocabulary, text: str) -> str:
    """Write an expression for people: the label beside each id."""
    expression = read_expression(text)

    def write(one: Expression, nested: bool = False) -> str:
        if isinstance(one, str):
            term = vocabulary.terms.get(vocabulary.scheme.expand(one))
            label = term.label if term else ""
            return f"{one} '{label}'" if label and label != one else one
        if isinstance(one, Some):
            text = f"{write(one.role)} some {write(one.filler, True)}"
        else:
            text = " and ".join(write(part, True) for part in one.parts)
        return f"({text})" if nested else text

    return write(expression)
