"""What follows from the axioms of a vocabulary: a small EL reasoner.

It knows sub-classes, equivalences, intersections, existential restrictions, sub-
properties, domains and ranges, which is all that PaNET uses to classify (85 % of its
hierarchy is only implied). Disjointness is kept as a fact and takes no part. Source of
the method: Baader, Brandt, Lutz, "Pushing the EL envelope" (2005) and "... further"
(2008; ranges).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Some:
    """The things that have a relation to a thing of a class (``role some filler``)."""

    role: str
    filler: Expression


@dataclass(frozen=True, slots=True)
class Both:
    """The things that belong to all of several classes (``a and b``)."""

    parts: tuple[Expression, ...]


Expression = str | Some | Both

TOKEN = re.compile(r"\s*(?:(?P<sign>[()])|(?P<quoted>'[^']*')|(?P<word>[^\s()']+))")


@dataclass(slots=True)
class Axioms:
    """What a vocabulary asserts, by short ids."""

    parents: list[tuple[str, Expression]] = field(default_factory=list)
    equivalents: list[tuple[str, Expression]] = field(default_factory=list)
    super_properties: list[tuple[str, str]] = field(default_factory=list)
    domains: list[tuple[str, str]] = field(default_factory=list)
    ranges: list[tuple[str, str]] = field(default_factory=list)


def write_expression(expression: Expression, nested: bool = False) -> str:
    """Write an expression in Manchester syntax, with the operands in their order."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, Some):
        text = f"{expression.role} some {write_expression(expression.filler, True)}"
    else:
        text = " and ".join(write_expression(part, True) for part in expression.parts)
    return f"({text})" if nested else text


def read_expression(text: str, names: Mapping[str, str] | None = None) -> Expression:
    """Read an expression in Manchester syntax (``and``, ``some``, brackets).

    Parameters
    ----------
    text
        Such as ``PaNET01012 and (PaNET1001000 some PaNET2011003)``.
    names
        What a word or a quoted label stands for; without it words stand for themselves.

    Raises
    ------
    ValueError
        When the text is no such expression or a label is not known.
    """
    tokens = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"'{text}': a quotation mark is not closed")
        tokens.append(match["sign"] or match["quoted"] or match["word"])
        position = match.end()
    reader = Reader(text, tokens, names)
    found = reader.conjunction()
    if reader.tokens:
        raise ValueError(f"'{text}': '{reader.tokens[0]}' is not expected")
    return found


@dataclass(slots=True)
class Reader:
    """The tokens of an expression that are still to be read."""

    text: str
    tokens: list[str]
    names: Mapping[str, str] | None

    def conjunction(self) -> Expression:
        """Read ``a and b and ...``."""
        parts = [self.term()]
        while self.tokens and self.tokens[0] == "and":
            self.tokens.pop(0)
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def term(self) -> Expression:
        """Read a name, ``role some filler`` or something in brackets."""
        word = self.tokens.pop(0) if self.tokens else ""
        if word == "(":
            inside = self.conjunction()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise ValueError(f"'{self.text}': a bracket is not closed")
            return inside
        name = self.name(word)
        if self.tokens and self.tokens[0] == "some":
            self.tokens.pop(0)
            return Some(name, self.term())
        return name

    def name(self, word: str) -> str:
        """Give the id that a word stands for."""
        if word in {"", ")", "and", "some"}:
            raise ValueError(f"'{self.text}': a name is missing")
        if self.names is None:
            return word
        label = word.strip("'").strip()
        if label not in self.names:
            raise ValueError(f"'{label}' is not the label of any term")
        return self.names[label]


@dataclass(slots=True)
class Closure:
    """The reasoned hierarchy.

    ``above`` maps each class to itself and all that it is a kind of, helper classes
    included (the complex parts of axioms; their ids begin with ``*``). ``conjunctions``
    lists for a class the intersections it is part of, with what they imply.
    """

    above: dict[str, set[str]]
    conjunctions: dict[str, list[tuple[frozenset[str], str]]]

    def ancestors(self, name: str) -> frozenset[str]:
        """Give the classes that a class is a kind of, itself excluded."""
        found = self.above.get(name, set())
        return frozenset(a for a in found if a != name and not a.startswith("*"))

    def conjunction(self, names: Iterable[str]) -> frozenset[str]:
        """Give all classes that contain whatever belongs to all of some classes."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            new = self.above.get(waiting[-1], {waiting[-1]}) - found
            waiting.pop()
            found |= new
            for name in new:
                waiting += [
                    result
                    for parts, result in self.conjunctions.get(name, ())
                    if result not in found and parts <= found
                ]
        return frozenset(name for name in found if not name.startswith("*"))


def saturate(axioms: Axioms) -> Closure:
    """Compute everything that axioms imply about which class is a kind of which."""
    rules = Rules.of(axioms)
    return Closure(derive(rules, sorted(rules.names)), dict(rules.conjunctions))


def derive(rules: Rules, names: Iterable[str]) -> dict[str, set[str]]:
    """Give what some classes, and those they have a relation to, are a kind of."""
    above: dict[str, set[str]] = {}
    links: dict[str, set[tuple[str, str]]] = defaultdict(set)  # class -> its somes
    back: dict[str, list[tuple[str, str]]] = defaultdict(list)  # filler -> who has it
    waiting: list[tuple[str, str]] = [(name, name) for name in names]
    while waiting:
        name, new = waiting.pop()
        known = above.setdefault(name, set())
        if new in known:
            continue
        known.add(new)
        implied = list(rules.parents.get(new, ()))
        for parts, to in rules.conjunctions.get(new, ()):
            if parts <= known:
                implied.append(to)
        for role, filler in rules.somes.get(new, ()):
            if (role, filler) not in links[name]:
                links[name].add((role, filler))
                back[filler].append((role, name))
                if filler not in above:
                    waiting.append((filler, filler))
                implied += rules.implied_by_link(role, above.get(filler, ()))
        waiting += [(name, to) for to in implied if to not in known]
        for role, holder in back.get(name, ()):
            waiting += [(holder, to) for to in rules.fillers_of(role, new)]
    return above


@dataclass(slots=True)
class Rules:
    """Axioms in normal form, indexed by what sets them off.

    ``parents``: A is a B. ``conjunctions``: A1 and A2 ... is a B. ``somes``: A has role
    to B. ``fillers``: what has role to B is a C. ``domains``: what has role is a C.
    """

    names: set[str] = field(default_factory=set)
    parents: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    conjunctions: dict[str, list[tuple[frozenset[str], str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    somes: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    fillers: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    domains: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ranges: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    roles: dict[str, set[str]] = field(default_factory=dict)
    helpers: dict[tuple[str, Expression, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, axioms: Axioms) -> Rules:
        """Bring axioms to normal form."""
        rules = cls()
        rules.roles = super_roles(axioms.super_properties)
        for role, name in axioms.domains:
            rules.domains[role].append(name)
        for role, name in axioms.ranges:
            rules.ranges[role].append(name)
        rules.names |= {name for _, name in (*axioms.domains, *axioms.ranges)}
        for name, expression in axioms.parents:
            rules.is_a(name, expression)
        for name, expression in axioms.equivalents:
            rules.is_a(name, expression)
            rules.parents[rules.recognise(expression)].append(name)
        return rules

    def implied_by_link(self, role: str, kinds: Iterable[str]) -> list[str]:
        """Give what a class is, having a role to something of these kinds."""
        wider = self.roles.get(role, (role,))
        found = [to for above in wider for to in self.domains.get(above, ())]
        for kind in kinds:
            found += self.fillers_of(role, kind)
        return found

    def fillers_of(self, role: str, kind: str) -> list[str]:
        """Give what a class is by an axiom on its role to something of this kind."""
        if kind not in self.fillers:
            return []
        by_role = self.fillers[kind]
        wider = self.roles.get(role, (role,))
        return [to for above in wider for to in by_role.get(above, ())]

    def is_a(self, name: str, expression: Expression) -> None:
        """Note that a class is a kind of an expression."""
        self.names.add(name)
        if isinstance(expression, str):
            self.names.add(expression)
            self.parents[name].append(expression)
        elif isinstance(expression, Both):
            for part in expression.parts:
                self.is_a(name, part)
        else:
            self.somes[name].append((expression.role, self.filler(expression)))

    def filler(self, some: Some) -> str:
        """Give a class for what is at the other end: the filler, and in every range."""
        ranges = [
            name
            for wider in sorted(self.roles.get(some.role, {some.role}))
            for name in self.ranges[wider]
        ]
        if isinstance(some.filler, str) and not ranges:
            self.names.add(some.filler)
            return some.filler
        helper, is_new = self.helper("filler", some.filler, some.role)
        if is_new:
            for part in (some.filler, *ranges):
                self.is_a(helper, part)
        return helper

    def recognise(self, expression: Expression) -> str:
        """Give a class that contains whatever an expression describes."""
        if isinstance(expression, str):
            self.names.add(expression)
            return expression
        helper, is_new = self.helper("recognise", expression)
        if is_new and isinstance(expression, Some):
            inner = self.recognise(expression.filler)
            by_role = self.fillers.setdefault(inner, {})
            by_role.setdefault(expression.role, []).append(helper)
        elif is_new and isinstance(expression, Both):
            parts = frozenset(self.recognise(part) for part in expression.parts)
            for part in parts:
                self.conjunctions[part].append((parts, helper))
        return helper

    def helper(
        self, purpose: str, expression: Expression, role: str = ""
    ) -> tuple[str, bool]:
        """Give the helper class for an expression and whether it is new."""
        key = (purpose, expression, role)
        is_new = key not in self.helpers
        if is_new:
            self.helpers[key] = f"*{len(self.helpers)}"
            self.names.add(self.helpers[key])
        return self.helpers[key], is_new


def super_roles(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Give for each property itself and all properties above it."""
    direct: dict[str, set[str]] = defaultdict(set)
    for lower, upper in pairs:
        direct[lower].add(upper)
    found: dict[str, set[str]] = {}
    for role in list(direct):
        reached = {role}
        waiting = [role]
        while waiting:
            new = direct.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        found[role] = reached
    return found
