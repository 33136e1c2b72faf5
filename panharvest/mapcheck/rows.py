"""One row of a table explained: what it says, of which terms, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.mapcheck.pairs import edges, needs
from panharvest.mapcheck.running import check_paths, collect
from panharvest.mapcheck.slots import NO_TERM, SIDES
from panharvest.tables import split_cell
from panharvest.vocabulary.explaining import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.cutting import Row
    from panharvest.mapcheck.findings import Finding
    from panharvest.mapcheck.lexicon import Lexicon, Lexicons
    from panharvest.mapcheck.mending import Mapping as MappingRow
    from panharvest.record import Technique

IDS = ("rule_id", "ext_rule", "record_id")  # columns by which a row can be named
MEANINGS = {
    "skos:exactMatch": "subject and object mean the same",
    "skos:closeMatch": "subject and object mean nearly the same",
    "skos:broadMatch": "the object is wider than the subject",
    "skos:narrowMatch": "the object is narrower than the subject",
    "skos:relatedMatch": "subject and object have to do with one another",
}


@dataclass(frozen=True, slots=True)
class End:
    """One end of a row: a term as it is written, and what the vocabulary has of it.

    ``vocabulary`` is the pinned one with its version, empty where none is pinned;
    ``label`` its label of the term, empty where it has no such term; ``above`` the
    nearest terms that it is a kind of.
    """

    side: str
    written: str
    said: str
    iri: str = ""
    vocabulary: str = ""
    label: str = ""
    kind: str = ""
    status: str = ""
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Another row of the table about one of the same terms."""

    line: int
    says: str


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a row implies about the hierarchy, and whether the axioms say it.

    ``line`` is that of the exact match it is implied together with; 0 for none.
    """

    line: int
    met: bool
    proof: Explanation


@dataclass(frozen=True, slots=True)
class RowExplained:
    """A row: what it says, its ends, the rows beside it, what follows, what is wrong.

    ``gives`` are the techniques that files get by a rule; ``findings`` those of the
    checks, ``suppressed`` the ones that ``checks.toml`` accepts, with the reasons.
    """

    file: str
    line: int
    says: str
    meaning: str
    cells: tuple[tuple[str, str], ...]
    ends: tuple[End, ...]
    beside: tuple[Beside, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    gives: tuple[Technique, ...] = ()
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[tuple[Finding, str], ...] = ()


def explain_row(
    path: Path,
    line: int,
    *,
    today: date,
    ontologies: Mapping[str, str] | None = None,
) -> tuple[RowExplained, Lexicons]:
    """Explain a row of a mapping table, or of a table of technique rules.

    Parameters
    ----------
    path, line
        The file, and a line of the row.
    today, ontologies
        As for :func:`panharvest.mapcheck.running.check_paths`.

    Returns
    -------
    The explanation, and the vocabularies it was made with.

    Raises
    ------
    ConfigError
        When there is no such row.
    """
    report = check_paths([path], today=today, ontologies=ontologies)
    for file in report.unusable:
        raise ConfigError(f"{file.file}: {file.unusable}")
    if not report.contexts or report.lexicons is None:
        raise ConfigError(
            f"{path}: is neither a mapping table nor one of technique rules"
        )
    context = report.contexts[0]
    place = find(context, line)
    mapping = context.mappings[place]
    last = mapping.row.line + mapping.row.raw.count("\n")
    here = range(mapping.row.line, last + 1)
    is_rule = not {"subject_id", "mapping_justification"} & set(context.sheet.columns)
    ends = rule_ends(context, mapping) if is_rule else mapping_ends(context, place)
    found = RowExplained(
        file=context.sheet.name,
        line=mapping.row.line,
        says=said_by_rule(mapping) if is_rule else said(mapping),
        meaning=meaning_of(mapping, is_rule=is_rule),
        cells=tuple((name, text) for name, text in mapping.cells.items() if text),
        ends=tuple(ends),
        beside=() if is_rule else tuple(others(context, place)),
        consequences=() if is_rule else tuple(consequences(context, mapping)),
        gives=given_by(path, mapping, report.lexicons) if is_rule else (),
        findings=tuple(one for one in report.findings if one.line in here),
        suppressed=tuple(
            (one.finding, one.reason)
            for one in report.suppressed
            if one.finding.line in here
        ),
    )
    return found, report.lexicons


def find(context: Context, line: int) -> int:
    """Give the index of the row that a line belongs to."""
    sheet = context.sheet
    for note in sheet.rejected:
        if note.line == line:
            raise ConfigError(f"{sheet.name}:{line}: is no row: {note.message}")
    for place, mapping in enumerate(context.mappings):
        row: Row = mapping.row
        if row.line <= line <= row.line + row.raw.count("\n"):
            return place
    if not context.mappings:
        raise ConfigError(f"{sheet.name}: has no rows")
    first, last = context.mappings[0].row.line, context.mappings[-1].row.line
    raise ConfigError(
        f"{sheet.name}:{line}: is no row; the rows are lines {first} to {last}"
    )


def place_of(text: str, root: Path) -> tuple[Path, int] | None:
    """Give the row that a rule is named by in the tables of a folder."""
    for path, kind in collect([root])[0]:
        if kind not in {"mappings", "rules"}:
            continue
        columns: list[str] = []
        for line, cells in enumerate(path.read_text("utf-8").split("\n"), 1):
            if cells.startswith("#"):
                continue
            given = cells.split("\t")
            columns = columns or given
            named = dict(zip(columns, given, strict=False))
            if text in [named.get(name) for name in IDS]:
                return path, line
    return None


# --- what it says -----------------------------------------------------------------


def said(mapping: MappingRow) -> str:
    """Write what a row of a mapping table says."""
    subject, object_ = (
        f"{mapping[f'{side}_id']} {quoted(mapping[f'{side}_label'])}".strip()
        for side in SIDES
    )
    negated = "not " if mapping["predicate_modifier"] == "Not" else ""
    return f"{subject} {negated}{mapping['predicate_id']} {object_}"


def said_by_rule(mapping: MappingRow) -> str:
    """Write what a technique rule says."""
    probe = mapping["probe"]
    with_ = "whatever the probe" if probe == "*" else f"with the probe {probe}"
    curies, labels = (
        split_cell(mapping["object_id"]),
        split_cell(mapping["object_label"]),
    )
    named = [
        f"{curie} {quoted(labels[place]) if place < len(labels) else ''}".strip()
        for place, curie in enumerate(curies)
    ]
    return (
        f"{mapping['rule_id']}: {mapping['definition']} {with_}, "
        f"{mapping['predicate_id']} {' and '.join(named)}"
    )


def meaning_of(mapping: MappingRow, *, is_rule: bool) -> str:
    """Say the predicate in words."""
    if mapping["object_id"] == NO_TERM:
        return "it was looked for, and there is no such term"
    text = MEANINGS.get(mapping["predicate_id"], "")
    if mapping["predicate_modifier"] == "Not" and text:
        text = f"it is not so that {text}"
    if is_rule:
        text = text.replace("the subject", "what the definition is of")
        text = text.replace("subject and object", "the definition and the technique")
        text = text.replace("the object", "the technique")
    return text


def quoted(label: str) -> str:
    """Write a label in quotes."""
    return f"'{label}'" if label else ""


# --- its ends ---------------------------------------------------------------------


def mapping_ends(context: Context, place: int) -> Iterator[End]:
    """Give both ends of a row of a mapping table."""
    mapping = context.mappings[place]
    for side in SIDES:
        iri = context.iris[side][place]
        yield end(
            context.lexicons, side, mapping[f"{side}_id"], mapping[f"{side}_label"], iri
        )


def rule_ends(context: Context, mapping: MappingRow) -> Iterator[End]:
    """Give the definition and the techniques of a rule."""
    from panharvest.vocabulary import normalise_term

    nexus = context.lexicons.get("nexus")
    name = mapping["definition"].casefold()
    known = (one for one in nexus.paths.values() if one.path.casefold() == name)
    term = next((one for one in known if one.kind == "definition"), None)
    written = mapping["definition"]
    if term is None:
        yield End("definition", written, "")
    else:
        label, pinned = f"{term.type} definition", f"nexus {nexus.version}"
        status = "deprecated" if term.deprecated else "current"
        yield End("definition", written, "", term.iri, pinned, term.path, label, status)
    labels = split_cell(mapping["object_label"])
    for place, curie in enumerate(split_cell(mapping["object_id"])):
        label = labels[place] if place < len(labels) else ""
        iri = normalise_term(curie) or ""
        yield end(context.lexicons, "technique", curie, label, iri)


def end(lexicons: Lexicons, side: str, written: str, label: str, iri: str) -> End:
    """Give one end with what its vocabulary knows."""
    lexicon = lexicons.of(iri) if iri else None
    if lexicon is None:
        return End(side, written, label, iri)
    pinned = f"{lexicon.id} {lexicon.version}"
    term = lexicon.terms.get(iri)
    if term is None:
        return End(side, written, label, iri, pinned)
    return End(
        side,
        written,
        label,
        iri,
        pinned,
        term.label,
        term.kind,
        term.status,
        tuple(nearest(iri, lexicon)),
    )


def nearest(iri: str, lexicon: Lexicon) -> Iterator[str]:
    """Give the terms right above a term, with their labels."""
    if lexicon.vocabulary is None:
        return
    above = sorted(lexicon.above(iri) - {iri})
    for one in lexicon.vocabulary.most_specific(above):
        yield f"{lexicon.short(one)} {quoted(lexicon.terms[one].label)}"


# --- what is beside it, and what follows ------------------------------------------


def others(context: Context, place: int) -> Iterator[Beside]:
    """Give the other rows about the object of a row, then those about its subject."""
    told = {place}
    for side in ("object", "subject"):
        mine = context.iris[side][place]
        for index, iri in enumerate(context.iris[side]):
            if mine and iri == mine and index not in told:
                told.add(index)
                mapping = context.mappings[index]
                yield Beside(mapping.row.line, said(mapping))


def consequences(context: Context, mapping: MappingRow) -> Iterator[Consequence]:
    """Give what a row implies about the hierarchy, alone or with an exact match."""
    for _, need in needs(context, list(edges(context))):
        vocabulary = need.lexicon.vocabulary
        if need.edge.mapping is mapping and vocabulary is not None:
            line = need.fixed.mapping.row.line if need.fixed else 0
            proof = explain(vocabulary, need.lower, need.upper)
            yield Consequence(line, need.met, proof)


def given_by(
    path: Path, mapping: MappingRow, lexicons: Lexicons
) -> tuple[Technique, ...]:
    """Give the techniques of a file with the definition and the probe of a rule."""
    from dataclasses import replace

    from panharvest.knowledge import load_knowledge, read_rules
    from panharvest.probes import ProbeClues, infer_probes
    from panharvest.techniques import TechniqueClue, infer_techniques

    vocabulary = lexicons.get("panet").vocabulary
    if vocabulary is None:
        return ()
    try:
        rules = read_rules(path, vocabulary, lenient=True)
    except ConfigError:
        return ()  # the findings say what is wrong with the table
    known = replace(load_knowledge(), vocabulary=vocabulary, rules=rules)
    probe = mapping["probe"]
    names = [] if probe == "*" else [(probe, "probe")]
    clue = TechniqueClue("definition", mapping["definition"], "definition")
    return infer_techniques([clue], infer_probes(ProbeClues(names=names)), known)
