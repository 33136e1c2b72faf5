"""Which radiation was used, inferred from evidence by ``ontologies/probes.tsv``."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.record import Evidence, Probe
from panharvest.tables import read_table, resource
from panharvest.vocabulary import normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.resources.abc import Traversable

PROBES = "probes.tsv"
PROBE_COLUMNS = ("kind", "value", "probe", "object_id", "above_ev", "refined")


@dataclass(frozen=True, slots=True)
class ProbeClues:
    """What a file and its facility say about the radiation.

    Pairs are a value and the path where it stands; a name (``NXsource/probe``) and a
    type (``NXsource/type``) in one group speak of one source. ``energy_ev`` is the
    energy of the incident beam in electronvolts.
    """

    names: Sequence[tuple[str, str]] = ()
    types: Sequence[tuple[str, str]] = ()
    definitions: Sequence[tuple[str, str]] = ()
    energy_ev: float | None = None
    facility_probe: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeRule:
    """A row of ``probes.tsv``: a spelling and the probe it says ("": it says none).

    A beam of more than ``above_ev``, or a definition that implies it, makes the probe
    the ``refined`` one.
    """

    id: str
    probe: str
    iri: str | None
    above_ev: float | None
    refined: str | None


Picked = tuple[ProbeRule, Evidence]
ProbeTable = Mapping[tuple[str, str], ProbeRule]  # by kind and folded value


def infer_probes(
    clues: ProbeClues, table: ProbeTable | None = None
) -> tuple[Probe, ...]:
    """Give the radiations that were used, as far as they are known.

    Each source speaks by its probe, else by its type; when no source does, the
    application definitions and last the facility decide. *Photon* becomes *x-ray* when
    the energy, another source or a definition says so. Evidence that contradicts a
    stronger one is not used. ``table`` is another ``probes.tsv`` than ours.
    """
    table = load_probes() if table is None else table
    implied = pick_rules("definition", clues.definitions, table)
    chosen = from_sources(clues, table) or implied
    if not chosen and clues.facility_probe:
        place = (clues.facility_probe, "facility:default_probe")
        chosen = pick_rules("name", [place], table)
    hints = [*chosen, *implied]
    found: dict[str, Probe] = {}
    for rule, evidence in chosen:
        probe = refine_probe(rule, evidence, hints, clues.energy_ev, table)
        known = found.get(probe.name, Probe(probe.name)).evidence
        together = tuple(dict.fromkeys((*known, *probe.evidence)))
        found[probe.name] = replace(probe, evidence=together)
    return tuple(found.values())


def from_sources(clues: ProbeClues, table: ProbeTable) -> list[Picked]:
    """Give what each source says: its probe, or its type where that says more."""
    names = by_source("name", clues.names, table)
    types = by_source("type", clues.types, table)
    found: list[Picked] = []
    for source in dict.fromkeys((*names, *types)):
        kinds = types.get(source, [])
        for picked in names.get(source, kinds):
            narrower = [kind for kind in kinds if is_narrower(kind[0], picked[0])]
            found += narrower or [picked]
    return found


def by_source(
    kind: str, values: Iterable[tuple[str, str]], table: ProbeTable
) -> dict[str, list[Picked]]:
    """Sort the rules that values set off by the group in which a value stands."""
    found: dict[str, list[Picked]] = defaultdict(list)
    for rule, evidence in pick_rules(kind, values, table):
        found[evidence.path.rpartition("/")[0]].append((rule, evidence))
    return found


def pick_rules(
    kind: str, values: Iterable[tuple[str, str]], table: ProbeTable | None = None
) -> list[Picked]:
    """Give the rules that values set off and that say a probe."""
    rules = load_probes() if table is None else table
    return [
        (rule, Evidence(rule.id, path, value))
        for value, path in values
        if (rule := rules.get((kind, fold(value)))) is not None and rule.probe
    ]


def is_narrower(rule: ProbeRule, other: ProbeRule) -> bool:
    """Tell whether the probe of a rule is a kind of the probe of another."""
    if rule.iri is None or other.iri is None:
        return False
    return other.iri in panet().ancestors(rule.iri)


def refine_probe(
    rule: ProbeRule,
    evidence: Evidence,
    hints: Sequence[Picked],
    energy_ev: float | None,
    table: ProbeTable,
) -> Probe:
    """Give the probe that a rule says, made more precise where something else is."""
    if rule.refined is None:
        return Probe(rule.probe, rule.iri, (evidence,))
    sharper = table["name", fold(rule.refined)]
    for hint, why in hints:
        if hint.probe == sharper.probe:
            return Probe(sharper.probe, sharper.iri, (evidence, why))
    if energy_ev is not None and energy_ev > (rule.above_ev or math.inf):
        energy = Evidence(rule.id, "energy", f"{energy_ev:g} eV")
        return Probe(sharper.probe, sharper.iri, (evidence, energy))
    return Probe(rule.probe, rule.iri, (evidence,))


def fold(value: str) -> str:
    """Give the form in which probe and type values are compared."""
    return " ".join(re.split(r"[\s_-]+", value.strip().casefold()))


def load_probes(root: Traversable | None = None) -> ProbeTable:
    """Read ``probes.tsv`` of a folder like ``ontologies/``, by kind and folded value.

    Raises
    ------
    ConfigError
        Naming file and line.
    """
    return _builtin() if root is None else _read(root.joinpath(PROBES))


@cache
def _builtin() -> ProbeTable:
    return _read(resource(PROBES))


def _read(source: Traversable) -> ProbeTable:
    found: dict[tuple[str, str], ProbeRule] = {}
    for line, row in enumerate(read_table(source, PROBE_COLUMNS), 2):
        key = (row["kind"], fold(row["value"]))
        if key in found or row["kind"] not in {"name", "type", "definition"}:
            raise ConfigError(
                f"{PROBES}:{line}: {row['kind']} '{row['value']}' is there twice, or "
                "is not a name, type or definition"
            )
        iri = normalise_term(row["object_id"])
        found[key] = ProbeRule(
            id=f"probe-{row['kind']}-{fold(row['value']).replace(' ', '-')}",
            probe=row["probe"],
            iri=iri,
            above_ev=float(row["above_ev"]) if row["above_ev"] else None,
            refined=row["refined"] or None,
        )
    return found


@cache
def probe_terms() -> frozenset[str]:
    """Give the terms of PaNET that are probes."""
    return frozenset(rule.iri for rule in load_probes().values() if rule.iri)
