"""M030, M031: the tables of paths and values that the mapping engine runs from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.mapcheck.context import Context
from panharvest.mapcheck.mending import Mapping
from panharvest.mapcheck.paths import check_unit_category, find_path
from panharvest.mapcheck.slots import NO_TERM
from panharvest.mapcheck.targets import is_record_target
from panharvest.mapcheck.terms import loose, near
from panharvest.vocabulary import normalise_term

if TYPE_CHECKING:
    from panharvest.mapcheck.lexicon import Lexicons
    from panharvest.mapcheck.reading import Sheet

LEGACY = frozenset({"rule_id", "path", "target", "convert"})
PROBES = frozenset({"kind", "value", "probe", "object_id"})
# kind of a row of probes.tsv -> the path of NXDL whose values it covers
COVERED = {"name": "NXsource/probe", "type": "NXsource/type"}


def is_legacy(sheet: Sheet) -> bool:
    """Tell whether a table is one of spellings that the standard does not have."""
    return set(sheet.columns) >= LEGACY


def check_path_table(sheet: Sheet, lexicons: Lexicons) -> Context:
    """Check ``legacy-paths.tsv`` or ``probes.tsv``."""
    rows = [
        Mapping(row, dict(zip(sheet.columns, map(str.strip, row.cells), strict=False)))
        for row in sheet.rows
    ]
    context = Context(sheet, rows, lexicons)
    for note in sheet.rejected:
        context.note(note.line, note.column, note.code, note.message, note.suggestion)
    if is_legacy(sheet):
        for row in rows:
            check_legacy(context, row)
        check_repeated(context, "rule_id")
    else:
        check_probes(context)
    return context


def check_legacy(context: Context, row: Mapping) -> None:
    """Check a spelling that files have and the standard does not."""
    nexus = context.lexicons.get("nexus")
    for name in ("rule_id", "path", "target", "convert"):
        if not row[name]:
            context.at(row, name, "M002", f"{name} is empty")
    name = row["path"].partition("/")[0].partition("@")[0]
    if name and name not in nexus.paths:
        context.at(
            row, "path", "M030", f"'{name}' is not a class of NXDL {nexus.version}"
        )
    term = find_path(row["path"], nexus)
    if term is not None and not term.deprecated:
        context.at(
            row,
            "path",
            "M030",
            f"'{row['path']}' is a path of NXDL {nexus.version}, by now or by "
            "inheritance",
            "move the row to the mapping set of the standard",
            level="info",
        )
    check_unit_category(context, row, "category", None)
    if row["target"] and not is_record_target(row["target"]):
        context.at(
            row, "target", "M031", f"'{row['target']}' is not a target of the mapping"
        )


def check_repeated(context: Context, column: str) -> None:
    """M020: a key that is there twice."""
    seen: dict[str, int] = {}
    for row in context.mappings:
        first = seen.setdefault(row[column], row.row.line)
        if row[column] and first != row.row.line:
            text = f"{row[column]} is in line {first} too"
            context.at(row, column, "M020", text)


def check_probes(context: Context) -> None:
    """Check the spellings of probes: terms exist, the values of NXDL are covered."""
    nexus = context.lexicons.get("nexus")
    panet = context.lexicons.get("panet")
    known: dict[str, set[str]] = {}
    for row in context.mappings:
        known.setdefault(row["kind"], set()).add(loose(row["value"]))
        curie = row["object_id"]
        iri = normalise_term(curie) if curie and curie != NO_TERM else None
        if curie in {"", NO_TERM}:
            continue
        term = panet.terms.get(iri) if iri else None
        pinned = f"panet {panet.version}"
        if term is None:
            advice = near(iri, row["object_label"], panet) if iri else ""
            context.at(row, "object_id", "M010", f"{curie} is not in {pinned}", advice)
        elif row["object_label"] and loose(row["object_label"]) != loose(term.label):
            text = f"{curie} is '{term.label}' in {pinned}, not '{row['object_label']}'"
            context.at(row, "object_label", "M012", text, f"write '{term.label}'")
    for kind, path in COVERED.items():
        term_of_path = nexus.paths.get(path)
        for value in term_of_path.enum if term_of_path else ():
            if loose(value) not in known.get(kind, set()):
                context.note(
                    context.sheet.header.line,
                    1,
                    "M030",
                    f"'{value}', a value of {path} in NXDL {nexus.version}, has no row",
                    f"add a row of the kind '{kind}'",
                )
