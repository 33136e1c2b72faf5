"""Which technique was used, inferred from evidence by tables of ``ontologies/``.

Every result says which rule made it from what; "unknown" is an allowed answer, a guess
is not one. The tables are read by :mod:`panharvest.knowledge`; the probe comes from
:mod:`panharvest.probes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from panharvest.knowledge import Knowledge, Target, load_knowledge
from panharvest.probes import ProbeClues, infer_probes, pick_rules
from panharvest.record import Evidence, Probe, Technique
from panharvest.vocabulary import PANET, fold, normalise_term

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
NAMED = 0.5  # confidence of a technique that is only named in words


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
class Found:
    """A technique as some evidence gives it; rank 1 is an explicit identifier."""

    technique: Technique
    rank: int


def infer_techniques(
    clues: Sequence[TechniqueClue],
    probes: Sequence[Probe],
    knowledge: Knowledge | None = None,
) -> tuple[Technique, ...]:
    """Give the techniques that clues say, the surest first, none of them twice.

    An explicit identifier counts most, then the application definitions with the probe,
    then names. A technique of which another one is a kind is left out; facets and
    specifiers of PaNET never describe a dataset.
    """
    known = knowledge or load_knowledge()
    results: list[Found] = []
    for clue in clues:
        if clue.kind == "identifier":
            results += by_identifier(clue, known)
        elif clue.kind == "definition":
            results += by_definition(clue, probes, known)
        else:
            results += by_name(clue, known)
    return tuple(one.technique for one in strongest(results, known))


def unmapped(
    clues: Sequence[TechniqueClue], knowledge: Knowledge | None = None
) -> tuple[Evidence, ...]:
    """Give the explicit identifiers that yield no technique, and why.

    ``rule`` of a result is the reason: ``esrfet-no-panet-term`` (PaNET has no term for
    it), ``esrfet-unknown`` (no row in the mapping), ``panet-unknown`` (not in the
    version in use), ``panet-not-a-technique`` (a facet or specifier).
    """
    known = knowledge or load_knowledge()
    missing = []
    for clue in clues:
        for iri in identifiers(clue):
            if resolve(iri, known):
                continue
            if iri.startswith(PANET):
                term = known.vocabulary.term(iri)
                reason = "panet-not-a-technique" if term else "panet-unknown"
            else:
                mapped = iri in known.esrfet
                reason = "esrfet-no-panet-term" if mapped else "esrfet-unknown"
            missing.append(Evidence(reason, clue.path, iri))
    return tuple(missing)


def identifiers(clue: TechniqueClue) -> list[str]:
    """Give the canonical IRIs that an identifier clue holds."""
    if clue.kind != "identifier":
        return []
    words = re.split(r"[\s,;|]+", clue.value)
    return [iri for word in words if (iri := normalise_term(word)) is not None]


def resolve(iri: str, known: Knowledge) -> tuple[Target, ...]:
    """Give the PaNET techniques of a PaNET or ESRFET term."""
    if not iri.startswith(PANET):
        return known.esrfet.get(iri, ())
    term = known.vocabulary.term(iri)
    if term is not None and term.replaced_by is not None:
        iri = term.replaced_by
    if not known.vocabulary.is_technique(iri):
        return ()
    return (Target(iri, "skos:exactMatch", 1.0, "panet-identifier"),)


def by_identifier(clue: TechniqueClue, known: Knowledge) -> list[Found]:
    """Give the techniques of explicit identifiers."""
    return [
        found(known, target, 1, Evidence(target.rule, clue.path, iri))
        for iri in identifiers(clue)
        for target in resolve(iri, known)
    ]


def by_definition(
    clue: TechniqueClue, probes: Sequence[Probe], known: Knowledge
) -> list[Found]:
    """Give the techniques of an application definition, refined by the probe.

    The probe is the one that the definition implies, else the only one known. With
    several, or one that contradicts the definition, only rules for any probe apply.
    """
    probe = fitting_probe(clue, probes, known)
    by_probe = known.rules.get(clue.value.strip().casefold(), {})
    rule = by_probe.get(probe.name if probe else ANY) or by_probe.get(ANY)
    if rule is None:
        return []
    evidence = [Evidence(rule.id, clue.path, clue.value)]
    if probe is not None and rule.probe != ANY:
        evidence += probe.evidence
    results = []
    for iri in rule.iris:
        narrower = refine(iri, probe, known)
        why = list(evidence)
        if narrower != (iri,) and probe is not None:
            why += [
                Evidence("panet-refinement", e.path, e.value) for e in probe.evidence
            ]
        for one in narrower:
            target = Target(one, rule.predicate, rule.confidence, rule.id)
            results.append(found(known, target, 3, *why))
    return results


def fitting_probe(
    clue: TechniqueClue, probes: Sequence[Probe], known: Knowledge
) -> Probe | None:
    """Give the probe with which a definition is to be read, or None."""
    used = {probe.name: probe for probe in probes}
    implied = pick_rules("definition", [(clue.value, clue.path)], known.probes)
    if not implied:
        return next(iter(used.values())) if len(used) == 1 else None
    rule, evidence = implied[0]
    if rule.probe in used:
        return used[rule.probe]
    if rule.refined in used:
        return used[rule.refined]
    above = known.vocabulary.ancestors
    wider = rule.iri and any(p.iri in above(rule.iri) for p in probes)
    if not used or wider:
        return Probe(rule.probe, rule.iri, (evidence,))
    return None


def refine(iri: str, probe: Probe | None, known: Knowledge) -> tuple[str, ...]:
    """Give the named techniques below one that its use with a probe amounts to."""
    if probe is None or probe.iri is None:
        return (iri,)
    both = known.vocabulary.refine((iri, probe.iri))
    below = tuple(one for one in both if iri in known.vocabulary.ancestors(one))
    return below or (iri,)


def by_name(clue: TechniqueClue, known: Knowledge) -> list[Found]:
    """Give the techniques that a label or a list of acronyms names without doubt.

    A name that PaNET does not have may be one of ESRFET's, as catalogues of the ESRF
    write them.
    """
    whole = named(clue.value, known)
    words = [named(word, known) for word in clue.value.split()]
    targets = [whole] if whole else words if all(words) else []
    return [
        found(known, target, 5, Evidence(target.rule, clue.path, clue.value))
        for several in targets
        for target in several
    ]


def named(text: str, known: Knowledge) -> tuple[Target, ...]:
    """Give the techniques of a name that only one term has."""
    iri = known.vocabulary.find(text)
    if iri is not None:
        return (Target(iri, "skos:closeMatch", NAMED, "panet-label"),)
    if known.vocabulary.labels.get(fold(text)):
        return ()  # several techniques have it
    return tuple(
        replace(target, confidence=min(NAMED, target.confidence), rule="esrfet-label")
        for target in known.esrfet.get(known.names.get(fold(text), ""), ())
    )


def found(known: Knowledge, target: Target, rank: int, *evidence: Evidence) -> Found:
    """Make a technique with its label in the PaNET in use."""
    term = known.vocabulary.term(target.iri)
    label = term.label if term else ""
    return Found(
        Technique(target.iri, label, target.predicate, target.confidence, evidence),
        rank,
    )


def strongest(results: Sequence[Found], known: Knowledge) -> list[Found]:
    """Join what is said twice, and leave out what something narrower implies.

    What an explicit identifier says stays, also when a definition suggests something
    narrower.
    """
    best: dict[str, Found] = {}
    for one in sorted(results, key=lambda f: (f.rank, -f.technique.confidence)):
        held = best.setdefault(one.technique.iri, one)
        evidence = (*held.technique.evidence, *one.technique.evidence)
        joined = replace(held.technique, evidence=tuple(dict.fromkeys(evidence)))
        best[one.technique.iri] = replace(held, technique=joined)
    explicit = [iri for iri, one in best.items() if one.rank == 1]
    narrowest = known.vocabulary.most_specific
    kept = {*narrowest(best), *narrowest(explicit)}
    return [one for iri, one in best.items() if iri in kept]
