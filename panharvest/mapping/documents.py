"""Maps a document of a catalogue to a record: the system is an argument, not code.

Which field feeds what is in ``mappings/SYSTEM-record.sssom.tsv``; a connector gives one
JSON document a dataset (related objects embedded where they stand in the catalogue's
own model) and gets record, trace and leftovers, as for a file.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from panharvest.errors import ConfigError
from panharvest.mapping import composing, parts
from panharvest.mapping.findings import Finding, in_zone
from panharvest.mapping.overrides import apply_manifest
from panharvest.mapping.reading import find_in, left_over
from panharvest.mapping.shared import (
    PHOTONS,
    Mapped,
    experiments,
    facility_of,
    organisation,
    photon_energy,
    resolve_facility,
    trace_of,
)
from panharvest.record import (
    Agent,
    Embargo,
    Identifier,
    Kind,
    Moment,
    Nature,
    Probe,
    Provenance,
    Record,
    Text,
)
from panharvest.techniques import (
    NAMED,
    ProbeClues,
    TechniqueClue,
    infer_probes,
    infer_techniques,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from panharvest.facilities import Facilities, Match
    from panharvest.mapping.catalogues import DocumentRule
    from panharvest.mapping.rules import Tables
    from panharvest.policy import Claims
    from panharvest.record import Technique


def map_document(
    system: str,
    entity: str,
    document: Mapping[str, Any],
    tables: Tables,
    facilities: Facilities,
    hints: Mapping[str, Any] | None = None,
) -> Mapped:
    """Map a document of a catalogue to a record.

    Parameters
    ----------
    system
        The catalogue's kind: what stands before ``-record.sssom.tsv`` in the name of
        its mapping set (``scicat``, ``icat``, ``searchapi``).
    entity
        What the document is in the model of that catalogue (``Dataset``).
    document
        As the catalogue gives it, in JSON.
    tables, facilities
        What :func:`panharvest.mapping.load_tables` and
        :func:`panharvest.facilities.load_facilities` give.
    hints
        What the operator added: ``facility`` (id), ``manifest`` (values of a row),
        ``id`` (the public identifier, when neither DOI nor PID is to be it).

    Returns
    -------
    Mapped
        Never raises for what a document holds: problems are reported in it.

    Raises
    ------
    ConfigError
        When there is no mapping set for the system, or it has no such entity.
    """
    hints = hints or {}
    manifest: Mapping[str, Any] = hints.get("manifest") or {}
    rules = rules_of(system, entity, tables)
    found, absent = find_in(document, rules, tables)
    match, problems = resolve_facility(found, facilities, hints, manifest)
    if match is not None:
        found = in_zone(found, match.profile.timezone)
    probes = probes_of(found, match, tables)
    clues = techniques_of(found, manifest, tables)
    techniques = infer_techniques(clues, probes, tables.knowledge)
    probes = probes or implied_probes(techniques, tables)
    photons = any(probe.name in PHOTONS for probe in probes)
    parameters, contradictions = parts.parameters(found, photons)
    record = compose(system, found, match, tables)
    record = replace(
        record,
        alternate_identifiers=other_identifiers(found, match, record.pid),
        probes=probes,
        parameters=parameters,
        techniques=techniques,
    )
    record, claims = apply_manifest(record, manifest)
    record = completed(record)
    record = replace(record, id=identify(record, hints, found))
    return Mapped(
        record=record,
        trace=trace_of(found, [one.rule for one in absent], manifest, contradictions),
        leftovers=left_over(document, tables.systems[system].read[entity], found),
        problems=(*problems, *contradictions),
        claims=claims_of(found, claims),
    )


def rules_of(system: str, entity: str, tables: Tables) -> Sequence[DocumentRule]:
    """Give the rules for an entity of a catalogue."""
    known = tables.systems.get(system)
    if known is None:
        names = ", ".join(sorted(tables.systems)) or "none"
        raise ConfigError(f"no mapping set for the catalogue '{system}': {names}")
    if entity not in known.entities:
        names = ", ".join(sorted(known.entities))
        raise ConfigError(f"{system}: no rules for '{entity}'; there are {names}")
    return known.entities[entity]


def compose(
    system: str,
    found: Sequence[Finding],
    match: Match | None,
    tables: Tables,
) -> Record:
    """Put together what is not inferred."""
    release = values_or_texts(found, "access.release")
    publisher = composing.first(found, "publisher.name")
    size, count = composing.first(found, "size"), composing.first(found, "file_count")
    files = composing.files(found)
    return Record(
        id="",
        kind=Kind(composing.first(found, "kind") or "dataset"),
        pid=pid_of(found),
        titles=composing.titles(found),
        descriptions=parts.descriptions(found),
        creators=composing.creators(found),
        contributors=composing.contributors(found, tables),
        facility=facility_of(match),
        publisher=organisation(match)
        if match is not None
        else Agent(publisher, Nature.ORGANISATIONAL)
        if publisher
        else None,
        sources=parts.sources(found),
        instruments=parts.instruments(composing.best_of(found, "instrument.name")),
        samples=parts.samples(found),
        keywords=parts.unique(f.value for f in parts.values(found, "keywords")),
        subjects=composing.subjects(found),
        collected=composing.collected(found),
        created=parts.created(found),
        modified=composing.first(found, "modified"),
        issued=composing.first(found, "issued"),
        embargo=Embargo(end=release) if release else None,
        licence=composing.first(found, "licence"),
        language=composing.first(found, "language"),
        version=composing.first(found, "version"),
        files=files,
        size=size,
        file_count=count if count is not None else len(files) or None,
        formats=parts.unique(f.value for f in parts.values(found, "formats")),
        definitions=parts.unique(f.value for f in parts.values(found, "definitions")),
        relations=composing.relations(found),
        funding=composing.funding(found),
        location=match.profile.location if match else None,
        landing_page=composing.first(found, "landing_page"),
        provenance=Provenance(source=system, mapping=tables.version),
    )


def values_or_texts(found: Sequence[Finding], target: str) -> Moment | None:
    """Give a date; one that could not be read as it is written, never nothing.

    A release date that is not understood must hide the record: dropping it would let
    the policy open what the catalogue holds back.
    """
    for one in found:
        if one.rule.target == target and one.text:
            value = one.value
            return value if isinstance(value, Moment) else Moment(one.text)
    return None


def claims_of(found: Sequence[Finding], claims: Claims) -> Claims:
    """Add what the catalogue says of access to what the operator says.

    Several statements (of the dataset and of what it belongs to) are public only when
    all of them are; one that is not understood is not public.
    """
    said = [one for one in found if one.rule.target == "access.public"]
    if claims.public is None and said:
        public = all(one.value in (True, "open") for one in said)
        claims = replace(claims, public=public)
    return claims


def pid_of(found: Sequence[Finding]) -> Identifier | None:
    """Give the persistent identifier: the DOI of the best rule, else a Handle."""
    pids = [f.value for f in parts.values(found, "pid")]
    for scheme in ("DOI", "Handle"):
        for pid in pids:
            if pid.scheme == scheme:
                held: Identifier = pid
                return held
    return None


def other_identifiers(
    found: Sequence[Finding], match: Match | None, pid: Identifier | None
) -> tuple[Identifier, ...]:
    """Give every other identifier, proposals first."""
    named = [
        f.value
        for target in ("pid", "alternate_identifiers", "identifiers")
        for f in parts.values(found, target)
    ]
    return tuple(
        one for one in parts.unique([*experiments(found, match), *named]) if one != pid
    )


def probes_of(
    found: Sequence[Finding], match: Match | None, tables: Tables
) -> tuple[Probe, ...]:
    """Give the radiations that the document or its facility says."""

    def places(target: str) -> list[tuple[str, str]]:
        return [(f.value, f.path) for f in parts.values(found, target)]

    return infer_probes(
        ProbeClues(
            names=places("source.probe"),
            types=places("source.type"),
            definitions=places("definitions"),
            energy_ev=photon_energy(found),
            facility_probe=match.profile.default_probe if match else None,
        ),
        tables.knowledge.probes,
    )


def implied_probes(
    techniques: Sequence[Technique], tables: Tables
) -> tuple[Probe, ...]:
    """Give the radiation that the techniques are defined by, where nothing says it.

    Catalogues seldom say the probe; that x-ray diffraction was done says it. Only what
    an identifier says is taken for that, and not where the term is only close.
    """
    known = tables.knowledge
    names = {
        rule.iri: rule.probe
        for (kind, _), rule in known.probes.items()
        if kind == "name" and rule.iri
    }
    found: dict[str, Probe] = {}
    for technique in techniques:
        above = {technique.iri, *known.vocabulary.ancestors(technique.iri)}
        nearest = known.vocabulary.most_specific(sorted(above & set(names)))
        holds = technique.predicate != "skos:closeMatch"
        if len(nearest) == 1 and technique.confidence > NAMED and holds:
            name = names[nearest[0]]
            found.setdefault(name, Probe(name, nearest[0], technique.evidence))
    return tuple(found.values())


def techniques_of(
    found: Sequence[Finding], manifest: Mapping[str, Any], tables: Tables
) -> list[TechniqueClue]:
    """Give what says techniques.

    The name of a technique counts only where its identifier says nothing: catalogues
    keep both, and the name is often a path or a paraphrase.
    """
    clues = [
        TechniqueClue("identifier", iri, "manifest:technique")
        for iri in manifest.get("technique", ())
    ]
    known: set[tuple[int, int]] = set()
    for f in parts.values(found, "technique.identifier"):
        clue = TechniqueClue("identifier", f.value, f.path)
        clues.append(clue)
        if infer_techniques([clue], (), tables.knowledge):
            known.add(f.group)
    clues += [
        TechniqueClue("name", f.value, f.path)
        for f in parts.values(found, "technique.name")
        if f.group not in known
    ]
    clues += [
        TechniqueClue("definition", f.value, f.path)
        for f in parts.values(found, "definitions")
    ]
    return clues


def completed(record: Record) -> Record:
    """Fill what must not be empty from what is known, never from a guess."""
    if not record.creators and record.publisher:
        record = replace(record, creators=(record.publisher,))
    if any(title.type is None for title in record.titles):
        return record
    names = [sample.name for sample in record.samples if sample.name]
    title = f"Data of {', '.join(names[:3])}" if names else "Data"
    if record.instruments:
        title += f" measured on {record.instruments[0].name}"
    if record.facility:
        title += f" at {record.facility.name}"
    return replace(record, titles=(Text(title), *record.titles))


def identify(
    record: Record,
    hints: Mapping[str, Any],
    found: Sequence[Finding],
) -> str:
    """Give the public identifier: the operator's, DOI or PID, else the catalogue's."""
    if hints.get("id"):
        return str(hints["id"])
    if record.pid is not None:
        return record.pid.value
    own = [f.value.value for f in parts.values(found, "pid")]
    own += [f.value.value for f in parts.values(found, "alternate_identifiers")]
    facility = record.facility.id if record.facility else "unknown"
    pieces = [facility, *own[:1]] if own else [facility, "unnamed"]
    return "/".join(re.sub(r"[^\w.+/-]+", "_", piece).strip("/") for piece in pieces)
