"""What the tables cover: definitions, ESRFET, PaNET, NeXus fields; what files leave.

Everything is counted one by one and named, so that what is missing is a list to work
on, not only a share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from panharvest import telling
from panharvest.vocabulary import esrfet
from panharvest.vocabulary.nexus import definitions, nexus
from panharvest.vocabulary.schemes import curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from panharvest.knowledge import Knowledge
    from panharvest.mapping import Tables
    from panharvest.vocabulary import Vocabulary

MAPPED, NO_TERM, MISSING = "mapped", "no-term", "missing"


@dataclass(frozen=True, slots=True)
class Covered:
    """One thing that may be covered.

    ``status`` is ``mapped`` (``targets`` says to what, ``rules`` by which rows),
    ``no-term`` (looked at: there is nothing to map it to) or ``missing``.
    """

    name: str
    label: str
    status: str
    targets: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A group of things to cover, such as all application definitions."""

    id: str
    title: str
    items: tuple[Covered, ...]

    def count(self, status: str) -> int:
        """Count the items of a status."""
        return sum(item.status == status for item in self.items)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.items)

    @property
    def mapped(self) -> int:
        """How many are mapped."""
        return self.count(MAPPED)

    @property
    def settled(self) -> int:
        """How many are mapped, or known to have nothing to be mapped to."""
        return self.total - self.count(MISSING)

    @property
    def missing(self) -> tuple[Covered, ...]:
        """Those that are missing."""
        return tuple(item for item in self.items if item.status == MISSING)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What the records of a facility hold that no rule uses, the most frequent first.

    ``unknown`` counts its records without a technique, ``unnamed`` the names of fields
    that occur only in records that are not public.
    """

    facility: str
    records: int
    unknown: int
    fields: tuple[tuple[str, int], ...]
    unnamed: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tables cover."""

    subjects: tuple[Subject, ...]
    facilities: tuple[Leftovers, ...] = ()

    def subject(self, name: str) -> Subject:
        """Give a group by its id.

        Raises
        ------
        KeyError
            When there is none.
        """
        found = {one.id: one for one in self.subjects}
        return found[name]


def coverage(
    tables: Tables,
    facts: Iterable[tuple[str, Mapping[str, Any]]] = (),
    now: float = 0.0,
) -> Coverage:
    """Count what is covered.

    Parameters
    ----------
    facts
        Of the records of a store (``Store.facts()``): for what their files leave over.
    now
        Seconds since the epoch: fields are named by records that are open then.
    """
    known = tables.knowledge
    return Coverage(
        (
            Subject(
                "definitions",
                "application definitions",
                tuple(of_definitions(known, "application")),
            ),
            Subject(
                "contributed",
                "contributed application definitions",
                tuple(of_definitions(known, "contributed-application")),
            ),
            Subject("esrfet", "ESRFET techniques", tuple(of_esrfet(known))),
            Subject("panet", "PaNET techniques reached", tuple(of_panet(known))),
            Subject(
                "nexus", "fields of the NeXus classes read", tuple(of_nexus(tables))
            ),
        ),
        tuple(of_facilities(facts, now)),
    )


def of_definitions(known: Knowledge, kind: str) -> Iterator[Covered]:
    """Tell which application definitions have a rule."""
    for term in definitions():
        if term.type != kind:
            continue
        rules = known.rules.get(term.path.casefold(), {}).values()
        targets = dict.fromkeys(curie(iri) for rule in rules for iri in rule.iris)
        status = MAPPED if targets else NO_TERM if rules else MISSING
        yield Covered(
            term.path,
            term.path,
            status,
            tuple(targets),
            tuple(rule.id for rule in rules),
        )


def of_esrfet(known: Knowledge) -> Iterator[Covered]:
    """Tell which ESRFET techniques have a row."""
    for term in esrfet().terms.values():
        if term.kind != "technique":
            continue
        targets = known.esrfet.get(term.iri)
        status = MISSING if targets is None else MAPPED if targets else NO_TERM
        yield Covered(
            curie(term.iri),
            term.label,
            status,
            tuple(curie(target.iri) for target in targets or ()),
            tuple(target.predicate for target in targets or ()),
        )


def of_panet(known: Knowledge) -> Iterator[Covered]:
    """Tell which techniques of PaNET some rule or row leads to, refinement included."""
    reached: dict[str, list[str]] = defaultdict(list)
    for by_probe in known.rules.values():
        for rule in by_probe.values():
            for iri in narrowed(rule.iris, rule.probe, known):
                reached[iri].append(rule.id)
    for source, targets in known.esrfet.items():
        for target in targets:
            reached[target.iri].append(curie(source))
    yield from reached_terms(known.vocabulary, reached)


def narrowed(iris: Iterable[str], probe: str, known: Knowledge) -> Iterator[str]:
    """Give the terms of a rule, and what any probe makes of them."""
    probes = {
        rule.iri
        for rule in known.probes.values()
        if rule.iri and probe in ("*", rule.probe)
    }
    for iri in iris:
        yield iri
        for one in sorted(probes):
            for found in known.vocabulary.refine((iri, one)):
                if iri in known.vocabulary.ancestors(found):
                    yield found


def reached_terms(
    vocabulary: Vocabulary, reached: Mapping[str, list[str]]
) -> Iterator[Covered]:
    """Tell of every technique whether it is reached."""
    for term in vocabulary.terms.values():
        if term.kind == "technique":
            rules = tuple(dict.fromkeys(reached.get(term.iri, ())))
            status = MAPPED if rules else MISSING
            yield Covered(curie(term.iri), term.label, status, (), rules)


def of_nexus(tables: Tables) -> Iterator[Covered]:
    """Tell which fields of the classes that the mapping reads have a rule.

    A field that NXDL defines for every object (``NXobject/identifierNAME``) is told
    with each class that a rule names; spellings outside the standard do not count.
    """
    by_class: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(dict)
    for rule in tables.rules:
        name = rule.field or f"@{rule.attribute}"
        if rule.field and rule.attribute:
            name = f"{rule.field}@{rule.attribute}"
        by_class[rule.nx_class].setdefault(name, []).append((rule.target, rule.id))
    for term in nexus().values():
        nx_class, rest = split_path(term.path)
        if term.kind not in ("field", "attribute") or nx_class not in by_class:
            continue
        rules = by_class[nx_class].get(rest, [])
        if term.kind == "attribute" and not rules:
            continue  # what describes a field (units, type) goes with the field
        yield Covered(
            term.path,
            term.units or term.type,
            MAPPED if rules else MISSING,
            tuple(dict.fromkeys(target for target, _ in rules)),
            tuple(rule for _, rule in rules),
        )


def split_path(path: str) -> tuple[str, str]:
    """Part a path into its class and what is below it, deeper paths as a whole."""
    for place, sign in enumerate(path):
        if sign in "/@":
            return path[:place], path[place:].removeprefix("/")
    return path, ""


def of_facilities(
    facts: Iterable[tuple[str, Mapping[str, Any]]], now: float
) -> Iterator[Leftovers]:
    """Count what records leave over, by facility.

    A name is told when a record of whatever facility that is open has it.
    """
    records: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    fields: dict[str, Counter[str]] = defaultdict(Counter)
    everywhere = telling.Leftovers()
    for _, one in facts:
        if one.get("phases") is None:  # a former id
            continue
        facility = one["facility"] or "unknown"
        records[facility] += 1
        unknown[facility] += not one["techniques"]
        fields[facility].update(one["leftovers"])
        everywhere.add(one, now)
    named = everywhere.told().named
    for facility, count in records.most_common():
        held = fields[facility]
        told = tuple((name, n) for name, n in held.most_common() if name in named)
        yield Leftovers(facility, count, unknown[facility], told, len(held) - len(told))
