"""What was done: facility, radiation, instrument, technique, sample, parameters."""
# ruff: noqa: TC001  (msgspec reads the annotations)

from __future__ import annotations

import math
from dataclasses import dataclass

from panharvest.record.values import Identifier


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a value is what it is: the rule, where it looked and what it saw."""

    rule: str
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Facility:
    """The facility that ran the experiment.

    ``id`` names its file in ``ontologies/facilities``; ``confidence`` is 0 to 1.
    """

    id: str
    name: str
    ror: str | None = None
    confidence: float = 1.0
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """The radiation used (``x-ray``, ``neutron``, ``muon``...) and its PaNET class."""

    name: str
    iri: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class RadiationSource:
    """The machine that made the radiation, as NXsource describes it."""

    name: str | None = None
    type: str | None = None
    probe: str | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """The beamline or instrument."""

    name: str
    short_name: str | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Technique:
    """An experimental technique as a term of PaNET.

    ``predicate`` is the SKOS mapping relation from the evidence to the term
    (``skos:exactMatch``, ``skos:closeMatch``, ``skos:broadMatch``).
    """

    iri: str
    label: str
    predicate: str = "skos:exactMatch"
    confidence: float = 1.0
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured."""

    name: str | None = None
    formula: str | None = None
    description: str | None = None
    state: str | None = None
    type: str | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A measured or set quantity.

    ``value`` is in ``unit`` (a UCUM code; None when the quantity has none or the unit
    was not understood). ``original_value`` and ``original_unit`` are what was found.
    ``maximum`` turns the value into a range ``value`` to ``maximum``.
    """

    name: str
    value: float | str
    unit: str | None = None
    maximum: float | None = None
    original_value: str | None = None
    original_unit: str | None = None
    iri: str | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.maximum):
            if isinstance(number, float | int) and not math.isfinite(number):
                raise ValueError(
                    f"parameter {self.name}: {number} is not a finite number"
                )
