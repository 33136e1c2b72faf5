"""M001-M004 and M060: the form of a mapping table."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from panharvest.mapcheck.cutting import position
from panharvest.mapcheck.slots import (
    COLUMNS,
    REQUIRED,
    SET_SLOTS,
    SIDES,
    column_key,
)
from panharvest.mapcheck.values import LITERAL, check_values
from panharvest.sssom import ABSOLUTE, BUILT_IN

if TYPE_CHECKING:
    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.mending import Mapping


def check_form(context: Context) -> None:
    """Check front matter, columns, cells and the canonical form."""
    check_front_matter(context)
    check_versions(context)
    check_columns(context)
    for mapping in context.mappings:
        check_mends(context, mapping)
        check_values(context, mapping)
    check_notes(context)
    check_order(context)


def check_front_matter(context: Context) -> None:
    """M001: the YAML, the id of the set and its licence."""
    front = context.sheet.front
    if front.fault:
        context.front(front.fault_line, f"the front matter is not YAML: {front.fault}")
    for key in ("mapping_set_id", "license"):
        value = front.text(key)
        if value and ABSOLUTE.fullmatch(value):
            continue
        given = f"'{value}' is not an absolute URI" if value else "is missing"
        advice = (
            "write the whole address, such as https://w3id.org/<project>/mappings/<name>"
            if key == "mapping_set_id"
            else "write the address of the licence, such as "
            "https://creativecommons.org/licenses/by/4.0/"
        )
        context.front(front.line(key) or 1, f"{key} {given}", advice)
    if "curie_map" not in front.values:
        context.front(
            1,
            "curie_map is missing: no prefix has a meaning",
            "write curie_map: with a line 'prefix: <IRI>' for each prefix below it",
        )
    for key in front.values:
        if (
            key not in SET_SLOTS
            and key not in front.extensions()
            and key != "mapping_date"
        ):
            check_unknown_key(context, key)
    for prefix, node in front.prefixes.items():
        iri = (node.text() or "").strip()
        if not ABSOLUTE.fullmatch(iri):
            context.front(
                node.line,
                f"the prefix '{prefix}' stands for no IRI: '{iri}'",
            )
        elif iri != BUILT_IN.get(prefix, iri):
            context.front(
                node.line,
                f"the prefix '{prefix}' always stands for {BUILT_IN[prefix]}",
                "use another prefix, or this IRI",
            )


def check_unknown_key(context: Context, key: str) -> None:
    """M001: a key that SSSOM does not have."""
    front = context.sheet.front
    if key in COLUMNS:  # a slot of rows: allowed for all of them where it propagates
        return
    context.front(
        front.line(key),
        f"'{key}' is no slot of SSSOM",
        "correct it, or declare it in extension_definitions",
        level="warning",
    )


def check_versions(context: Context) -> None:
    """M001: the version of each vocabulary, and that it is the pinned one."""
    front, sheet = context.sheet.front, context.sheet
    for side in SIDES:
        slot = f"{side}_source_version"
        lexicon = context.lexicon(side)
        given = {m[slot] for m in context.mappings} - {""}
        if front.text(slot):
            given = {front.text(slot)}
        line = front.line(slot) or (1 if sheet.external else sheet.header.line)
        if not given:
            context.front(
                line,
                f"{slot} is missing: nobody can tell what the rows were true of",
                f"write {slot}: {lexicon.version}"
                if lexicon
                else f"write {slot} in the front matter",
                level="error" if lexicon else "warning",
            )
        elif lexicon and bare(lexicon.version) not in map(bare, given):
            context.front(
                line,
                f"{slot} is {', '.join(sorted(given))}, checked against "
                f"{lexicon.id} {lexicon.version}",
                f"check with --ontology {lexicon.id}={min(given)}, or bring the set up "
                "to date",
                level="warning",
            )


def bare(version: str) -> str:
    """Give a version without the letter before it."""
    return version.strip().removeprefix("v")


def check_columns(context: Context) -> None:
    """M001, M002: columns that are missing or not of SSSOM."""
    sheet = context.sheet
    line = sheet.header.line
    for name in REQUIRED:
        if name not in sheet.columns and not all_texts(context, name):
            context.note(
                line, 1, "M002", f"the column {name} is missing", f"add {name}"
            )
    known = {*COLUMNS, *sheet.front.extensions(), ""}
    for place, name in enumerate(sheet.columns):
        if name not in known and sheet.columns.index(name) == place:
            context.note(
                *position(sheet.header, place, sheet.separator),
                "M001",
                f"the column '{name}' is not of SSSOM: readers leave it out",
                "correct the name, or declare it in extension_definitions",
                level="warning",
            )


def all_texts(context: Context, column: str) -> bool:
    """Tell whether a column may be missing: every term of that side is a text."""
    side = column.removesuffix("_id")
    if side not in SIDES:
        return False
    slot = f"{side}_type"
    given = {m[slot] or context.sheet.front.text(slot) for m in context.mappings}
    return given == {LITERAL}


def check_mends(context: Context, mapping: Mapping) -> None:
    """M003, M004, M060: what was put right in a row, and what could not be."""
    for mend in mapping.mends:
        if mend.message:
            context.at(
                mapping,
                mend.column,
                mend.code,
                mend.message,
                f"write '{mend.after}'"
                if mend.code != "M004"
                else "swap the two cells",
                fixable=True,
            )
    for column, message, advice in mapping.faults:
        context.at(mapping, column, "M003", message, advice)


def check_notes(context: Context) -> None:
    """M060, M001, M002: what was seen while reading."""
    sheet = context.sheet
    for note in (*sheet.notes, *sheet.rejected):
        context.note(
            note.line,
            note.column,
            note.code,
            note.message,
            note.suggestion,
            fixable=note.fixable,
        )
    if not sheet.rows and not sheet.rejected:
        context.note(
            sheet.header.line,
            1,
            "M001",
            "the table has no rows",
            "a set that maps nothing is better not published",
            level="warning",
        )
    if sheet.blank:
        first = sheet.blank[0]
        count = len(sheet.blank)
        what = "a row" if count == 1 else f"{count} rows"
        context.note(
            first,
            1,
            "M060",
            f"{what} without any cell filled",
            "take it out",
            fixable=True,
        )
    if sheet.separator == ";":
        context.note(
            sheet.header.line,
            1,
            "M060",
            "cells are separated by semicolons",
            "separate them by commas or, better, tabs",
            fixable=True,
        )


def check_order(context: Context) -> None:
    """M060: the canonical order of columns and rows."""
    sheet = context.sheet
    order = sorted(
        range(len(sheet.columns)), key=lambda i: column_key(sheet.columns[i])
    )
    for place, (was, now) in enumerate(zip(range(len(order)), order, strict=True)):
        if was != now:
            context.note(
                sheet.header.line,
                1,
                "M060",
                f"the columns are not in canonical order: {sheet.columns[now]} comes "
                f"before {sheet.columns[place]}",
                "sort them",
                fixable=not sheet.rejected,  # their cells cannot be moved along
            )
            break
    names = [sheet.columns[i] for i in order]
    keys = [tuple(m[name] for name in names) for m in context.mappings]
    moved = [i for i, (a, b) in enumerate(pairwise(keys), 1) if a > b]
    if moved:
        row = context.mappings[moved[0]].row
        context.note(
            row.line,
            1,
            "M060",
            f"the rows are not sorted: here, and in {len(moved) - 1} other places"
            if len(moved) > 1
            else "the rows are not sorted",
            "sort them by all columns",
            fixable=True,
        )
