"""Which technique was used, inferred from evidence by tables of ``ontologies/``.

Every result says which rule made it from what; "unknown" is an allowed answer, a guess
is not one. The tables: ``rules/technique.tsv`` (application definition and probe to
PaNET) and ``mappings/esrfet-panet.sssom.tsv``; the probe comes from
:mod:`panharvest.probes`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from panharvest.errors import ConfigError
from panharvest.probes import ProbeClues, infer_probes, pick_rules
from panharvest.record import Evidence, Probe, Technique
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, resource, split_cell
from panharvest.vocabulary import PANET, normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ProbeClues",
    "TechniqueClue",
    "infer_probes",
    "infer_techniques",
    "unmapped",
]

ANY = "*"
NO_TERM = "sssom:NoTermFound"
NAMED = 0.5  # confidence of a technique that is only named in words
RULES = "technique.tsv"
RULE_COLUMNS = (
    *("rule_id", "definition", "probe", "predicate_id", "object_id", "object_label"),
    "confidence",
)


@dataclass(frozen=True, slots=True)
class TechniqueClue:
    """A value that may say which technique was used, and where it stands.

    ``identifier``: IRIs of PaNET or ESRFET, blanks between several; ``definition``: the
    name of a NeXus application definition; ``name``: a label or acronyms of techniques.
    """

    kind: Literal["identifier", "definition", "name"]
    value: str
    path: str


@dataclass(frozen=True, slots=True)
class TechniqueRule:
    """A row of ``technique.tsv``; no ``iris``: the definition says no technique."""

    id: str
    definition: str
    probe: str
    predicate: str
    iris: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Target:
    """The PaNET technique of an identifier, and the relation of the two."""

    iri: str
    predicate: str
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True)
class Found:
    """A technique as some evidence gives it; rank 1 is an explicit identifier."""

    technique: Technique
    rank: int


def infer_techniques(
    clues: Sequence[TechniqueClue], probes: Sequence[Probe]
) -> tuple[Technique, ...]:
    """Give the techniques that clues say, the surest first, none of them twice.

    An explicit identifier counts most, then the application definitions with the probe,
    then names. A technique of which another one is a kind is left out; facets and
    specifiers of PaNET never describe a dataset.
    """
    results: list[Found] = []
    for clue in clues:
        if clue.kind == "identifier":
            results += by_identifier(clue)
        elif clue.kind == "definition":
            results += by_definition(clue, probes)
        else:
            results += by_name(clue)
    return tuple(one.technique for one in strongest(results))


def unmapped(clues: Sequence[TechniqueClue]) -> tuple[Evidence, ...]:
    """Give the explicit identifiers that yield no technique, and why.

    ``rule`` of a result is the reason: ``esrfet-no-panet-term`` (no row in the
    mapping), ``panet-unknown`` (not in the version in use), ``panet-not-a-technique``
    (a facet or specifier).
    """
    missing = []
    for clue in clues:
        for iri in identifiers(clue):
            if resolve(iri):
                continue
            reason = "esrfet-no-panet-term"
            if iri.startswith(PANET):
                known = panet().term(iri)
                reason = "panet-not-a-technique" if known else "panet-unknown"
            missing.append(Evidence(reason, clue.path, iri))
    return tuple(missing)


def identifiers(clue: TechniqueClue) -> list[str]:
    """Give the canonical IRIs that an identifier clue holds."""
    if clue.kind != "identifier":
        return []
    words = re.split(r"[\s,;|]+", clue.value)
    return [iri for word in words if (iri := normalise_term(word)) is not None]


def resolve(iri: str) -> tuple[Target, ...]:
    """Give the PaNET techniques of a PaNET or ESRFET term."""
    if not iri.startswith(PANET):
        return load_esrfet().get(iri, ())
    term = panet().term(iri)
    if term is not None and term.replaced_by is not None:
        iri = term.replaced_by
    if not panet().is_technique(iri):
        return ()
    return (Target(iri, "skos:exactMatch", 1.0, "panet-identifier"),)


def by_identifier(clue: TechniqueClue) -> list[Found]:
    """Give the techniques of explicit identifiers."""
    return [
        found(target, 1, Evidence(target.rule, clue.path, iri))
        for iri in identifiers(clue)
        for target in resolve(iri)
    ]


def by_definition(clue: TechniqueClue, probes: Sequence[Probe]) -> list[Found]:
    """Give the techniques of an application definition, refined by the probe.

    The probe is the one that the definition implies, else the only one known. With
    several, or one that contradicts the definition, only rules for any probe apply.
    """
    probe = fitting_probe(clue, probes)
    by_probe = load_rules().get(clue.value.strip().casefold(), {})
    rule = by_probe.get(probe.name if probe else ANY) or by_probe.get(ANY)
    if rule is None:
        return []
    evidence = [Evidence(rule.id, clue.path, clue.value)]
    if probe is not None and rule.probe != ANY:
        evidence += probe.evidence
    results = []
    for iri in rule.iris:
        narrower = refine(iri, probe)
        why = list(evidence)
        if narrower != (iri,) and probe is not None:
            why += [
                Evidence("panet-refinement", e.path, e.value) for e in probe.evidence
            ]
        for one in narrower:
            target = Target(one, rule.predicate, rule.confidence, rule.id)
            results.append(found(target, 3, *why))
    return results


def fitting_probe(clue: TechniqueClue, probes: Sequence[Probe]) -> Probe | None:
    """Give the probe with which a definition is to be read, or None."""
    known = {probe.name: probe for probe in probes}
    implied = pick_rules("definition", [(clue.value, clue.path)])
    if not implied:
        return next(iter(known.values())) if len(known) == 1 else None
    rule, evidence = implied[0]
    if rule.probe in known:
        return known[rule.probe]
    if rule.refined in known:
        return known[rule.refined]
    wider = rule.iri and any(p.iri in panet().ancestors(rule.iri) for p in probes)
    if not known or wider:
        return Probe(rule.probe, rule.iri, (evidence,))
    return None


def refine(iri: str, probe: Probe | None) -> tuple[str, ...]:
    """Give the named techniques below one that its use with a probe amounts to."""
    if probe is None or probe.iri is None:
        return (iri,)
    both = panet().refine((iri, probe.iri))
    below = tuple(one for one in both if iri in panet().ancestors(one))
    return below or (iri,)


def by_name(clue: TechniqueClue) -> list[Found]:
    """Give the techniques that a label or a list of acronyms names without doubt."""
    whole = panet().find(clue.value)
    words = [panet().find(word) for word in clue.value.split()]
    named = [whole] if whole else words if all(words) else []
    evidence = Evidence("panet-label", clue.path, clue.value)
    return [
        found(Target(iri, "skos:closeMatch", NAMED, evidence.rule), 5, evidence)
        for iri in named
        if iri is not None
    ]


def found(target: Target, rank: int, *evidence: Evidence) -> Found:
    """Make a technique with its label in the PaNET in use."""
    term = panet().term(target.iri)
    label = term.label if term else ""
    return Found(
        Technique(target.iri, label, target.predicate, target.confidence, evidence),
        rank,
    )


def strongest(results: Sequence[Found]) -> list[Found]:
    """Join what is said twice, and leave out what something narrower implies.

    What an explicit identifier says stays, also when a definition suggests something
    narrower.
    """
    best: dict[str, Found] = {}
    for one in sorted(results, key=lambda f: (f.rank, -f.technique.confidence)):
        known = best.setdefault(one.technique.iri, one)
        evidence = (*known.technique.evidence, *one.technique.evidence)
        joined = replace(known.technique, evidence=tuple(dict.fromkeys(evidence)))
        best[one.technique.iri] = replace(known, technique=joined)
    explicit = [iri for iri, one in best.items() if one.rank == 1]
    kept = {*panet().most_specific(best), *panet().most_specific(explicit)}
    return [one for iri, one in best.items() if iri in kept]


@cache
def load_rules() -> dict[str, dict[str, TechniqueRule]]:
    """Read ``rules/technique.tsv``, by folded definition and probe.

    Raises
    ------
    ConfigError
        Naming file and line: a rule given twice, a term that is not a technique.
    """
    found: dict[str, dict[str, TechniqueRule]] = defaultdict(dict)
    table = read_table(resource("rules", RULES), RULE_COLUMNS)
    for line, row in enumerate(table, 2):
        by_probe = found[row["definition"].casefold()]
        if row["probe"] in by_probe:
            raise ConfigError(
                f"{RULES}:{line}: the rule {row['rule_id']} is there twice"
            )
        by_probe[row["probe"]] = read_rule(row, f"{RULES}:{line}")
    return dict(found)


def read_rule(row: dict[str, str], place: str) -> TechniqueRule:
    """Read one row of ``technique.tsv``."""
    iris = []
    for curie in split_cell(row["object_id"]):
        iri = normalise_term(curie)
        if curie != NO_TERM and (iri is None or not panet().is_technique(iri)):
            raise ConfigError(f"{place}: '{curie}' is not a technique of PaNET")
        if iri is not None:
            iris.append(iri)
    try:
        confidence = float(row["confidence"])
    except ValueError:
        raise ConfigError(f"{place}: the confidence is not a number") from None
    return TechniqueRule(
        row["rule_id"],
        row["definition"],
        row["probe"],
        row["predicate_id"],
        tuple(iris),
        confidence,
    )


@cache
def load_esrfet() -> dict[str, tuple[Target, ...]]:
    """Read the mapping of ESRFET to PaNET, by the IRI of the ESRFET term."""
    mappings = read_sssom(resource("mappings", "esrfet-panet.sssom.tsv"))
    by_subject: dict[str, tuple[Target, ...]] = {}
    for row in mappings.rows:
        subject = mappings.expand(row["subject_id"])
        target = Target(
            mappings.expand(row["object_id"]),
            row["predicate_id"],
            float(row["confidence"]),
            f"esrfet-{row['subject_label']}",
        )
        by_subject[subject] = (*by_subject.get(subject, ()), target)
    return by_subject
