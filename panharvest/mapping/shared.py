"""What mapping a file and mapping a document have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from panharvest.facilities import Facilities, Hint, Match
from panharvest.mapping import parts
from panharvest.mapping.findings import Finding, in_unit
from panharvest.record import (
    Agent,
    Facility,
    Identifier,
    Level,
    Nature,
    Parameter,
    Problem,
    Record,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from panharvest.mapping.rules import Rule
    from panharvest.policy import Claims

PHOTONS = frozenset(
    {"x-ray", "photon", "ultraviolet", "visible light", "infrared", "terahertz"}
)


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One line of the explanation: target <- rule <- path = value, and what came of it.

    ``outcome`` is ``used``, ``absent`` (looked for and not there) or ``withheld: why``.
    """

    target: str
    rule: str
    path: str
    value: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A record with its explanation.

    ``leftovers`` are the paths that no rule used; ``claims`` is what was said about
    access, for the policy to decide on.
    """

    record: Record
    trace: tuple[TraceRow, ...]
    leftovers: tuple[str, ...]
    problems: tuple[Problem, ...]
    claims: Claims


def resolve_facility(
    found: Sequence[Finding],
    facilities: Facilities,
    hints: Mapping[str, Any],
    manifest: Mapping[str, Any],
) -> tuple[Match | None, list[Problem]]:
    """Find the facility from what was said; say so when it stays unknown."""
    clues = [
        Hint("explicit", str(said), f"{origin}:facility")
        for origin, said in (
            ("manifest", manifest.get("facility")),
            ("operator", hints.get("facility")),
        )
        if said
    ][:1]
    kinds = {
        "source.name": "source_name",
        "hint.source_name": "source_name",
        "instrument.name": "instrument_name",
        "instrument.short_name": "instrument_name",
        "hint.file_name": "file_name",
        "hint.creator": "creator",
        "experiment": "proposal",
    }
    for f in found:
        kind = kinds.get(f.rule.target)
        if kind and f.value is not None:
            value = f.value.value if isinstance(f.value, Identifier) else f.value
            clues.append(Hint(kind, value, f.path))
        if f.rule.target in ("identifiers", "pid") and isinstance(f.value, Identifier):
            named = {"DOI": "doi", "Handle": "identifier"}.get(f.value.scheme)
            if named:
                clues.append(Hint(named, f.value.value, f.path))
    if manifest.get("doi"):
        clues.append(Hint("doi", str(manifest["doi"]), "manifest:doi"))
    clues = list(dict.fromkeys(clues))
    match = facilities.resolve(clues)
    if match is not None:
        return match, []
    return None, [
        Problem(
            "MAP-FACILITY",
            Level.WARNING,
            "facility",
            facilities.unresolved(clues),
            "name it with --facility or in the manifest",
        )
    ]


def facility_of(match: Match | None) -> Facility | None:
    """Give the facility as the record has it."""
    if match is None:
        return None
    profile = match.profile
    return Facility(
        profile.id, profile.name, profile.ror, match.confidence, match.evidence
    )


def organisation(match: Match | None) -> Agent | None:
    """Give the facility as an organisation."""
    if match is None:
        return None
    ror = match.profile.ror
    return Agent(
        match.profile.name,
        Nature.ORGANISATIONAL,
        identifiers=(Identifier(ror, "ROR"),) if ror else (),
    )


def experiments(found: Sequence[Finding], match: Match | None) -> list[Identifier]:
    """Give proposal numbers: as written in the file, else from its path."""
    said = [f.value for f in parts.values(found, "experiment")]
    if said or match is None:
        return said
    for f in parts.values(found, "hint.file_name"):
        for pattern in match.profile.path_patterns:
            hit = re.search(pattern, f.value)
            if hit and hit.groupdict().get("proposal"):
                return [Identifier(hit["proposal"], "Proposal")]
    return []


def photon_energy(found: Sequence[Finding]) -> float | None:
    """Give the energy (eV) of the beam, were it light: from energy, else wavelength."""
    quantities = parts.values(found, "parameters")
    for f in quantities:
        if f.rule.argument in ("energy", "photon_energy"):
            energy = in_unit(f.value, "NX_ENERGY", "eV")
            if energy is not None:
                return energy
    for f in quantities:
        if f.rule.argument == "wavelength":
            angstrom = in_unit(f.value, "NX_WAVELENGTH", "Ao")
            if angstrom:
                return parts.PHOTON * 1000 / angstrom
    return None


def trace_of(
    found: Sequence[Finding],
    absent: Sequence[Rule],
    manifest: Mapping[str, Any],
    contradictions: Sequence[Problem],
) -> tuple[TraceRow, ...]:
    """Explain every value, and what was looked for in vain."""
    wrong = " ".join(problem.message for problem in contradictions)
    rows = [
        TraceRow(f"{key}", "manifest", f"manifest:{key}", str(value), "used")
        for key, value in manifest.items()
    ]
    for f in found:
        outcome = "used" if f.value is not None else f"withheld: {f.reason}"
        if f.value is not None and isinstance(f.value, Parameter) and f.path in wrong:
            outcome = "withheld: energy and wavelength contradict each other"
        rows.append(TraceRow(target_of(f), f.rule.id, f.path, f.text, outcome))
    rows += [
        TraceRow(rule.target, rule.id, rule.label, "", "absent") for rule in absent
    ]
    return tuple(rows)


def target_of(found: Finding) -> str:
    """Write the target of a finding."""
    argument = found.rule.argument
    return f"{found.rule.target}[{argument}]" if argument else found.rule.target
