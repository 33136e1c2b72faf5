"""Applies the tables of ``ontologies/`` to what a source read: record and trace.

Every value carries the rule that made it and the place it came from. "Unknown" is an
allowed answer: nothing is guessed from titles or names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from panharvest.mapping import parts
from panharvest.mapping.documents import map_document
from panharvest.mapping.findings import Finding, find, in_zone
from panharvest.mapping.loading import load_tables
from panharvest.mapping.overrides import apply_manifest
from panharvest.mapping.rules import Rule, Tables
from panharvest.mapping.shared import (
    PHOTONS,
    Mapped,
    TraceRow,
    experiments,
    facility_of,
    organisation,
    photon_energy,
    resolve_facility,
    trace_of,
)
from panharvest.record import (
    File,
    Identifier,
    Kind,
    Probe,
    Provenance,
    Record,
    Text,
)
from panharvest.techniques import (
    ProbeClues,
    TechniqueClue,
    infer_probes,
    infer_techniques,
)
from panharvest.vocabulary import normalise_term

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from panharvest.facilities import Facilities, Match
    from panharvest.knowledge import Knowledge
    from panharvest.tree import Tree

__all__ = [
    "Mapped",
    "Rule",
    "Tables",
    "TraceRow",
    "load_tables",
    "map_document",
    "map_trees",
]

HDF5 = "application/x-hdf5"


def map_trees(
    trees: Sequence[Tree],
    tables: Tables,
    facilities: Facilities,
    hints: Mapping[str, Any] | None = None,
) -> Mapped:
    """Map the files of one dataset to one record.

    Parameters
    ----------
    trees
        What was read from each file; all their entries are merged.
    hints
        What the operator added: ``facility`` (id), ``manifest`` (values of a manifest
        row), ``entry`` (path of the one entry this record is of), ``dataset`` (name of
        a group of files).

    Returns
    -------
    Mapped
        Never raises for what a file holds: problems are reported in it.
    """
    hints = hints or {}
    manifest: Mapping[str, Any] = hints.get("manifest") or {}
    found, absent = find(trees, tables)
    match, unresolved = resolve_facility(found, facilities, hints, manifest)
    if match is not None:
        found = in_zone(found, match.profile.timezone)
    problems = list(unresolved)
    definitions = parts.values(found, "definitions")
    probes = _probes(found, match, tables.knowledge)
    photons = any(probe.name in PHOTONS for probe in probes)
    parameters, contradictions = parts.parameters(found, photons)
    problems += contradictions
    proposals = experiments(found, match)
    record = Record(
        id="",
        kind=_kind(definitions, tables),
        pid=_pid(found),
        alternate_identifiers=_alternates(found, proposals),
        titles=parts.titles(found),
        descriptions=parts.descriptions(found),
        contributors=parts.contributors(found, tables),
        facility=facility_of(match),
        publisher=organisation(match),
        probes=probes,
        sources=parts.sources(found),
        instruments=parts.instruments(found),
        techniques=infer_techniques(_clues(found, manifest), probes, tables.knowledge),
        samples=parts.samples(found),
        parameters=parameters,
        collected=parts.collected(found),
        created=parts.created(found),
        files=tuple(File(t.name, size=t.size, media_type=HDF5) for t in trees),
        size=sum(tree.size for tree in trees),
        file_count=len(trees),
        formats=(HDF5,),
        definitions=parts.unique(f.value for f in definitions),
        relations=parts.relations(found),
        location=match.profile.location if match else None,
        provenance=Provenance(source="nexus", mapping=tables.version),
    )
    record, claims = apply_manifest(record, manifest)
    record = _completed(record, trees)
    record = replace(record, id=_local_id(record, trees, hints))
    return Mapped(
        record=record,
        trace=trace_of(found, absent, manifest, contradictions),
        leftovers=tuple(
            f"{'' if group.path == '/' else group.path}/{name}"
            for tree in trees
            for group in tree.groups
            for name in group.others
        ),
        problems=tuple(problems),
        claims=claims,
    )


def _probes(
    found: Sequence[Finding], match: Match | None, knowledge: Knowledge
) -> tuple[Probe, ...]:
    def places(*targets: str) -> list[tuple[str, str]]:
        return [(f.value, f.path) for t in targets for f in parts.values(found, t)]

    return infer_probes(
        ProbeClues(
            names=places("source.probe", "source.radiation"),
            types=places("source.type", "source.radiation"),
            definitions=places("definitions"),
            energy_ev=photon_energy(found),
            facility_probe=match.profile.default_probe if match else None,
        ),
        knowledge.probes,
    )


def _clues(
    found: Sequence[Finding], manifest: Mapping[str, Any]
) -> list[TechniqueClue]:
    clues = [
        TechniqueClue("identifier", iri, "manifest:technique")
        for iri in manifest.get("technique", ())
    ]
    clues += [
        TechniqueClue("identifier", f.text, f.path)
        for f in parts.values(found, "identifiers")
        if normalise_term(f.text)
    ]
    clues += [
        TechniqueClue("definition", f.value, f.path)
        for f in parts.values(found, "definitions")
    ]
    clues += [
        TechniqueClue("definition", "NXcanSAS", f.path)
        for f in parts.values(found, "structure")
        if f.value == "SASentry"
    ]
    return clues


def _kind(definitions: Sequence[Finding], tables: Tables) -> Kind:
    kinds = {tables.kinds.get(f.value, Kind.DATASET) for f in definitions}
    return kinds.pop() if len(kinds) == 1 else Kind.DATASET


def _pid(found: Sequence[Finding]) -> Identifier | None:
    pids = parts.unique(
        f.value
        for f in parts.values(found, "identifiers")
        if f.value.scheme in ("DOI", "Handle")
        and not re.search(r"experiment|proposal|technique|sample", f.path)
    )
    return pids[0] if len(pids) == 1 else None


def _alternates(
    found: Sequence[Finding], proposals: Sequence[Identifier]
) -> tuple[Identifier, ...]:
    others = [
        f.value
        for target in ("alternate_identifiers", "identifiers")
        for f in parts.values(found, target)
        if not normalise_term(f.text)
    ]
    pid = _pid(found)
    return tuple(i for i in parts.unique([*proposals, *others]) if i != pid)


def _completed(record: Record, trees: Sequence[Tree]) -> Record:
    """Fill what must not be empty from what is known, never from a guess."""
    if not record.creators and record.publisher:
        record = replace(record, creators=(record.publisher,))
    if not any(title.type is None for title in record.titles):
        record = replace(
            record, titles=(Text(_composed_title(record, trees)), *record.titles)
        )
    return record


def _composed_title(record: Record, trees: Sequence[Tree]) -> str:
    """Say what the dataset is in words made of known facts alone."""
    names = [sample.name for sample in record.samples if sample.name]
    title = f"Data of {', '.join(names[:3])}" if names else "Data"
    if record.instruments:
        title += f" measured on {record.instruments[0].name}"
    if record.facility:
        title += f" at {record.facility.name}"
    file_name = trees[0].name if len(trees) == 1 else f"{len(trees)} files"
    return f"{title} ({file_name})"


def _local_id(record: Record, trees: Sequence[Tree], hints: Mapping[str, Any]) -> str:
    """Give the public identifier: DOI or PID, else facility, experiment and name."""
    if record.pid is not None:
        base = record.pid.value
    else:
        experiment = next(
            (i.value for i in record.alternate_identifiers if i.scheme == "Proposal"),
            None,
        )
        name = hints.get("dataset") or _bare(trees[0].name)
        facility = record.facility.id if record.facility else "unknown"
        pieces = [facility, *([experiment] if experiment else []), str(name)]
        base = "/".join(re.sub(r"[^\w.+-]+", "_", piece) for piece in pieces)
    entry = hints.get("entry")
    if entry:
        base += "/" + re.sub(r"[^\w.+-]+", "_", str(entry).strip("/"))
    return base


def _bare(name: str) -> str:
    return PureWindowsPath(PurePosixPath(name).name).name
