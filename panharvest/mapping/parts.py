"""From findings to the parts of a record: people, samples, instruments, quantities.

A part that several fields describe (a user's name, role and ORCID) is put together per
group. Over entries, what agrees stands once; what differs is a union.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from panharvest.mapping.findings import Finding, in_unit
from panharvest.record import (
    Affiliation,
    Agent,
    Contributor,
    Identifier,
    Instrument,
    Interval,
    Level,
    Moment,
    Nature,
    Parameter,
    Problem,
    RadiationSource,
    Relation,
    Sample,
    Text,
)
from panharvest.times import hull

if TYPE_CHECKING:
    from panharvest.mapping.rules import Tables

T = TypeVar("T", bound=Hashable)

RANGE_FROM = 4  # this many different values of a quantity become one range
PHOTON = 12.398419843320026  # keV angstrom: h c
NEUTRON = 81.80421  # meV angstrom^2: h^2 / 2 m
AGREE = 0.02  # relative difference of energies that still agree
ALTERNATIVE_TITLES = 10


def unique(values: Iterable[T]) -> tuple[T, ...]:
    """Give each value once, in order of first appearance."""
    return tuple(dict.fromkeys(values))


def values(findings: Sequence[Finding], target: str) -> list[Finding]:
    """Give the findings for a target that have a value."""
    return [f for f in findings if f.rule.target == target and f.value is not None]


def entities(findings: Sequence[Finding], name: str) -> list[dict[str, Finding]]:
    """Put together the attributes of each entity (``sample.name``, ``sample.type``).

    An attribute found in the entry instead of the entity's own group completes the only
    entity of that entry, or makes one; it never contradicts.
    """
    own: dict[tuple[int, int], dict[str, Finding]] = {}
    loose: list[Finding] = []
    for found in findings:
        entity, _, attribute = found.rule.target.partition(".")
        if entity != name or found.value is None:
            continue
        if found.rule.nx_class == "NXentry":
            loose.append(found)
            continue
        own.setdefault(found.group, {}).setdefault(attribute, found)
    for found in loose:
        attribute = found.rule.target.partition(".")[2]
        inside = [e for e in own.values() if _entry(e) == found.entry]
        if not inside:
            own.setdefault(found.group, {}).setdefault(attribute, found)
        elif len(inside) == 1:
            inside[0].setdefault(attribute, found)
    return [entity for _, entity in sorted(own.items())]


def _entry(entity: dict[str, Finding]) -> tuple[int, int]:
    return next(iter(entity.values())).entry


def _get(entity: dict[str, Finding], attribute: str) -> str | None:
    found = entity.get(attribute)
    return None if found is None else str(found.value)


def titles(findings: Sequence[Finding]) -> tuple[Text, ...]:
    """Give the title that all entries agree on; differing ones as alternatives."""
    found = unique(f.value for f in values(findings, "titles") if not f.rule.argument)
    subtitles = unique(f.value for f in values(findings, "titles") if f.rule.argument)
    if len(found) == 1:
        rest = tuple(Text(s, "Subtitle") for s in subtitles if s != found[0])
        return (Text(found[0]), *rest[:ALTERNATIVE_TITLES])
    return tuple(Text(t, "AlternativeTitle") for t in found[:ALTERNATIVE_TITLES])


def descriptions(findings: Sequence[Finding]) -> tuple[Text, ...]:
    """Give every different description with its type."""
    found = values(findings, "descriptions")
    return unique(Text(f.value, f.rule.argument) for f in found)


def collected(findings: Sequence[Finding]) -> Interval | None:
    """Give the hull of all entries' times."""
    starts = values(findings, "collected.start")
    ends = values(findings, "collected.end")
    intervals = [Interval(start=f.value) for f in starts]
    intervals += [Interval(end=f.value) for f in ends]
    return hull(intervals)


def created(findings: Sequence[Finding]) -> Moment | None:
    """Give when the file was written, where it says so."""
    found = values(findings, "created")
    moment: Moment | None = found[0].value if found else None
    return moment


def contributors(
    findings: Sequence[Finding], tables: Tables
) -> tuple[Contributor, ...]:
    """Give the users with their roles; a user without a role collected the data."""
    made = []
    for user in entities(findings, "contributor"):
        name = _get(user, "name")
        if name is None:
            continue
        orcid, affiliation = _get(user, "orcid"), _get(user, "affiliation")
        role = (_get(user, "role") or "").casefold()
        agent = Agent(
            name=name,
            nature=Nature.PERSONAL,
            identifiers=(Identifier(orcid, "ORCID"),) if orcid else (),
            affiliations=(Affiliation(affiliation),) if affiliation else (),
        )
        made.append(Contributor(agent, tables.roles.get(role, "DataCollector")))
    return unique(made)


def samples(findings: Sequence[Finding]) -> tuple[Sample, ...]:
    """Give every different sample."""
    made = []
    for entity in entities(findings, "sample"):
        identifier = entity.get("identifier")
        made.append(
            Sample(
                name=_get(entity, "name"),
                formula=_get(entity, "formula"),
                description=_get(entity, "description"),
                state=_get(entity, "state"),
                type=_get(entity, "type"),
                identifiers=(identifier.value,) if identifier else (),
            )
        )
    return unique(made)


def instruments(findings: Sequence[Finding]) -> tuple[Instrument, ...]:
    """Give every different instrument that has a name."""
    made = []
    for entity in entities(findings, "instrument"):
        name, short = _get(entity, "name"), _get(entity, "short_name")
        identifier = entity.get("identifier")
        if name or short:
            made.append(
                Instrument(
                    name=name or short or "",
                    short_name=short if short != name else None,
                    identifiers=(identifier.value,) if identifier else (),
                )
            )
    return unique(made)


def sources(findings: Sequence[Finding]) -> tuple[RadiationSource, ...]:
    """Give every different source of radiation."""
    return unique(
        RadiationSource(
            name=_get(entity, "name"),
            type=_get(entity, "type"),
            probe=_get(entity, "probe") or _get(entity, "radiation"),
        )
        for entity in entities(findings, "source")
    )


def relations(findings: Sequence[Finding]) -> tuple[Relation, ...]:
    """Give what NXcite groups point to.

    A citation below an instrument documents it; any other is a reference.
    """
    made = []
    for entity in entities(findings, "relation"):
        found = entity.get("doi") or entity.get("url")
        if found is not None:
            below = "instrument" in found.path.lower()
            kind = "IsDocumentedBy" if below else "References"
            made.append(Relation(found.value, kind))
    return unique(made)


def parameters(
    findings: Sequence[Finding], photons: bool
) -> tuple[tuple[Parameter, ...], list[Problem]]:
    """Give the quantities, without those that contradict each other.

    Parameters
    ----------
    photons
        Whether the probe is electromagnetic radiation: an energy is then a photon
        energy, else an incident energy.
    """
    quantities = values(findings, "parameters")
    problems: list[Problem] = []
    bad: set[int] = set()
    for entry in unique(f.entry for f in quantities):
        inside = [f for f in quantities if f.entry == entry]
        energies = [f for f in inside if f.rule.argument == "energy"]
        lengths = [f for f in inside if f.rule.argument == "wavelength"]
        for wrong in _contradictions(energies, lengths):
            bad.update(id(f) for f in wrong)
            places = " and ".join(f"{f.path} ({f.text})" for f in wrong)
            problems.append(
                Problem(
                    "MAP-ENERGY",
                    Level.WARNING,
                    "parameters",
                    f"energy and wavelength contradict each other: {places}",
                    "neither is published; correct the file or the writer",
                )
            )
    energy = "photon_energy" if photons else "incident_energy"
    kept = [
        replace(f.value, name=energy) if f.rule.argument == "energy" else f.value
        for f in quantities
        if id(f) not in bad
    ]
    return _ranges(kept), problems


def _contradictions(
    energies: list[Finding], lengths: list[Finding]
) -> list[list[Finding]]:
    wrong = []
    for length in lengths:
        near = [e for e in energies if e.group == length.group]
        rivals = near or (energies if len(energies) == len(lengths) == 1 else [])
        if rivals and not any(_consistent(e.value, length.value) for e in rivals):
            wrong.append([*rivals, length])
    return wrong


def _consistent(energy: Parameter, length: Parameter) -> bool:
    kev = in_unit(energy, "NX_ENERGY", "keV")
    angstrom = in_unit(length, "NX_WAVELENGTH", "Ao")
    if kev is None or angstrom is None or angstrom <= 0:
        return True
    photon = PHOTON / angstrom
    neutron = NEUTRON / angstrom**2 * 1e-6
    return any(abs(kev - one) <= AGREE * one for one in (photon, neutron))


def _ranges(found: Sequence[Parameter]) -> tuple[Parameter, ...]:
    by_name: dict[tuple[str, str | None], list[Parameter]] = {}
    for one in found:
        same = by_name.setdefault((one.name, one.unit), [])
        if all(one.value != other.value for other in same):
            same.append(one)
    made: list[Parameter] = []
    for same in by_name.values():
        if len(same) < RANGE_FROM:
            made += same
            continue
        key: Callable[[Parameter], float] = lambda p: float(p.value)  # noqa: E731  # a name for mypy
        low, high = min(same, key=key), max(same, key=key)
        text = f"{low.original_value} to {high.original_value}"
        made.append(replace(low, maximum=float(high.value), original_value=text))
    return tuple(made)
