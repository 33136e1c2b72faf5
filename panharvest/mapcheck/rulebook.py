"""Rules from definition and probe to technique: M002-M014, M020, M024, M025, M030."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.mapcheck.context import Context
from panharvest.mapcheck.mending import Mapping
from panharvest.mapcheck.paths import ancestry
from panharvest.mapcheck.slots import NO_TERM
from panharvest.mapcheck.terms import loose, named, near
from panharvest.mapcheck.values import is_confidence
from panharvest.tables import read_table, resource, split_cell
from panharvest.vocabulary import normalise_term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.mapcheck.lexicon import Lexicon, Lexicons
    from panharvest.mapcheck.reading import Sheet

ANY = "*"
REQUIRED = ("rule_id", "definition", "probe", "predicate_id", "object_id", "confidence")


@dataclass(frozen=True, slots=True)
class Rule:
    """A row that can be used: its definition, its probe, the IRIs of its techniques."""

    mapping: Mapping
    definition: str
    probe: str
    iris: tuple[str, ...]


def check_rules(sheet: Sheet, lexicons: Lexicons) -> Context:
    """Check a table of technique rules."""
    rows = [
        Mapping(row, dict(zip(sheet.columns, map(str.strip, row.cells), strict=False)))
        for row in sheet.rows
    ]
    context = Context(sheet, rows, lexicons)
    context.iris = {"subject": [""] * len(rows), "object": [""] * len(rows)}
    for note in sheet.rejected:
        context.note(note.line, note.column, note.code, note.message, note.suggestion)
    if missing := [name for name in REQUIRED if name not in sheet.columns]:
        for name in missing:
            line = sheet.header.line
            context.note(line, 1, "M002", f"the column {name} is missing")
        return context
    lexicon = lexicons.get("panet")
    probes = probe_terms()
    rules = [rule for row in rows if (rule := read_rule(context, row, lexicon, probes))]
    check_twice(context, rows)
    check_definitions(context, rows)
    by_key = {(rule.definition.casefold(), rule.probe): rule for rule in rules}
    for rule in rules:
        check_probe(context, rule, lexicon, probes)
    check_inheritance(context, by_key, lexicon, lexicons.get("nexus"))
    return context


def probe_terms() -> dict[str, str]:
    """Give the names of probes with their PaNET term, or nothing."""
    rows = read_table(resource("probes.tsv"), ("probe", "object_id"))
    return {row["probe"]: normalise_term(row["object_id"]) or "" for row in rows}


def read_rule(
    context: Context, row: Mapping, lexicon: Lexicon, probes: dict[str, str]
) -> Rule | None:
    """Check the cells of a rule; None when it cannot be used."""
    for name in REQUIRED:
        if not row[name]:
            context.at(row, name, "M002", f"{name} is empty")
    if row["confidence"] and not is_confidence(row["confidence"]):
        text = f"the confidence '{row['confidence']}' is not a number between 0 and 1"
        context.at(row, "confidence", "M002", text)
    if row["probe"] and row["probe"] not in {ANY, *probes}:
        known = ", ".join(sorted(probes))
        context.at(
            row, "probe", "M002", f"'{row['probe']}' is not a probe: {ANY}, {known}"
        )
    curies = split_cell(row["object_id"])
    labels = split_cell(row["object_label"])
    if labels and len(labels) != len(curies) and curies != (NO_TERM,):
        text = f"{len(labels)} labels for {len(curies)} terms"
        context.at(row, "object_label", "M012", text)
        labels = ()
    iris = []
    for place, curie in enumerate(curies):
        label = labels[place] if place < len(labels) else ""
        if curie == NO_TERM:
            continue
        iri = check_target(context, row, curie, label, lexicon)
        iris += [iri] if iri else []
    return Rule(row, row["definition"], row["probe"], tuple(iris))


def check_target(
    context: Context, row: Mapping, curie: str, label: str, lexicon: Lexicon
) -> str | None:
    """Check a technique of a rule; give its IRI when it can be used."""
    iri = normalise_term(curie)
    pinned = f"{lexicon.id} {lexicon.version}"
    if iri is None or ":" not in curie:
        context.at(row, "object_id", "M003", f"'{curie}' is not a CURIE of PaNET")
        return None
    term = lexicon.terms.get(iri)
    if term is None:
        advice = near(iri, label, lexicon)
        context.at(row, "object_id", "M010", f"{curie} is not in {pinned}", advice)
        return None
    if term.status == "deprecated":
        advice = f"use {named(term.replaced_by, lexicon)}" if term.replaced_by else ""
        text = f"{curie} is deprecated in {pinned}"
        context.at(row, "object_id", "M011", text, advice)
    if term.kind != "technique":
        text = f"{curie} '{term.label}' is a {term.kind}: it cannot describe a dataset"
        context.at(row, "object_id", "M014", text)
    if label and loose(label) != loose(term.label):
        alternative = loose(label) in map(loose, term.alt_labels)
        others = [one for one in lexicon.named(label) if one != iri]
        advice = f"write '{term.label}'"
        if others and not alternative:
            advice = f"is {named(others[0], lexicon)} meant? else {advice}"
        context.at(
            row,
            "object_label",
            "M012",
            f"{curie} is '{term.label}' in {pinned}, not '{label}'",
            advice,
            level="warning" if alternative else "error",
        )
    return iri


def check_twice(context: Context, rows: list[Mapping]) -> None:
    """M020: a rule, or a pair of definition and probe, that is there twice."""
    ids: dict[str, int] = {}
    keys: dict[tuple[str, str], int] = {}
    for row in rows:
        line = row.row.line
        first = ids.setdefault(row["rule_id"], line)
        if row["rule_id"] and first != line:
            text = f"the rule {row['rule_id']} is in line {first} too"
            context.at(row, "rule_id", "M020", text)
        first = keys.setdefault((row["definition"].casefold(), row["probe"]), line)
        if first != line:
            text = (
                f"{row['definition']} with probe {row['probe']} is in line {first} too"
            )
            context.at(row, "definition", "M020", text)


def check_definitions(context: Context, rows: list[Mapping]) -> None:
    """M030: names that are no definition of NXDL are those of a writer."""
    nexus = context.lexicons.get("nexus")
    known = {term.path.casefold(): term for term in nexus.paths.values()}
    for row in rows:
        term = known.get(row["definition"].casefold())
        if row["definition"] and (term is None or term.kind != "definition"):
            text = f"'{row['definition']}' is not in NXDL {nexus.version}: a name that"
            context.at(row, "definition", "M030", f"{text} writers use", level="info")
        elif (
            term is not None and not term.is_application and row["object_id"] != NO_TERM
        ):
            text = f"'{row['definition']}' is a base class: files never name it"
            context.at(row, "definition", "M030", text, level="warning")


def check_probe(
    context: Context, rule: Rule, lexicon: Lexicon, probes: dict[str, str]
) -> None:
    """M024: one of the techniques of a rule must be one of its probe."""
    wanted = probes.get(rule.probe, "")
    if not wanted or not rule.iris:
        return
    if any(lexicon.is_under(iri, wanted) for iri in rule.iris):
        return
    others = {
        name
        for name, iri in probes.items()
        if iri and iri != wanted and not lexicon.is_under(wanted, iri)
        for one in rule.iris
        if lexicon.is_under(one, iri)
    }
    shown = ", ".join(named(iri, lexicon) for iri in rule.iris)
    if others:
        text = f"the rule is for {rule.probe}, {shown} is {', '.join(sorted(others))}"
        context.at(rule.mapping, "object_id", "M024", text)
        return
    text = f"the rule is for {rule.probe}, {shown} says no probe in {lexicon.version}"
    context.at(rule.mapping, "object_id", "M024", text, level="info")


def check_inheritance(
    context: Context,
    by_key: dict[tuple[str, str], Rule],
    lexicon: Lexicon,
    nexus: Lexicon,
) -> None:
    """M025: a definition is at least as narrow as the one that it extends."""
    for rule in by_key.values():
        for parent in parents_of(rule.definition, nexus):
            upper = by_key.get((parent.casefold(), rule.probe)) or by_key.get(
                (parent.casefold(), ANY)
            )
            if upper is None or not upper.iris:
                continue
            wide = [
                one
                for one in upper.iris
                if not any(lexicon.is_under(iri, one) for iri in rule.iris)
            ]
            if wide:
                missing = ", ".join(named(one, lexicon) for one in wide)
                context.at(
                    rule.mapping,
                    "object_id",
                    "M025",
                    f"{rule.definition} extends {parent}, which is {missing} (line "
                    f"{upper.mapping.row.line}); its own technique is no kind of that",
                )
            break


def parents_of(definition: str, nexus: Lexicon) -> Iterator[str]:
    """Give the application definitions that a definition extends, the nearest first."""
    for name in list(ancestry(definition, nexus))[1:]:
        term = nexus.paths.get(name)
        if term is not None and term.is_application:
            yield name
