"""M002, M003 and M060: the cells of a row, whatever vocabulary they are of."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from panharvest.mapcheck.mending import IRI
from panharvest.mapcheck.slots import (
    DATES,
    JUSTIFICATIONS,
    PREDICATES,
    REQUIRED,
    SEVERAL,
    SIDES,
)
from panharvest.syntax import is_orcid

if TYPE_CHECKING:
    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.mending import Mapping

PLACEHOLDER = re.compile(r"<[^<>]*>")
LITERAL = "rdfs literal"
OF_OURS = ("skos:", "owl:", "rdfs:")  # vocabularies whose predicates we know
ORCID = "https://orcid.org/"
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def check_values(context: Context, mapping: Mapping) -> None:
    """Check all cells of a row."""
    # a side that is a text has no identifier
    texts = {f"{s}_id" for s in SIDES if mapping[f"{s}_type"] == LITERAL}
    for name in REQUIRED:
        if name in context.sheet.columns and not mapping[name] and name not in texts:
            context.at(mapping, name, "M002", f"{name} is empty")
    predicate = mapping["predicate_id"]
    if predicate.startswith(OF_OURS) and predicate not in PREDICATES:
        context.at(
            mapping,
            "predicate_id",
            "M002",
            f"'{predicate}' is not a mapping predicate",
            "use skos:exactMatch, closeMatch, broadMatch, narrowMatch or relatedMatch",
        )
    check_justification(context, mapping)
    check_dates(context, mapping)
    check_people(context, mapping)
    check_signs(context, mapping)
    confidence = mapping["confidence"]
    if confidence and not is_confidence(confidence):
        context.at(
            mapping,
            "confidence",
            "M002",
            f"the confidence '{confidence}' is not a number between 0 and 1",
        )
    for column, cell in mapping.cells.items():
        if "<" in cell and not IRI.fullmatch(cell) and PLACEHOLDER.search(cell):
            if column in {"subject_label", "object_label", "comment"}:
                continue
            context.at(
                mapping, column, "M002", f"'{cell}' is a placeholder to be filled in"
            )


def is_confidence(text: str) -> bool:
    """Tell whether a text is a number between 0 and 1."""
    try:
        return 0 <= float(text) <= 1 and not re.search(r"[^\d.eE+-]", text)
    except ValueError:
        return False


def check_justification(context: Context, mapping: Mapping) -> None:
    """M002: a justification that the vocabulary of justifications does not have."""
    given = mapping["mapping_justification"]
    if not given.startswith("semapv:") or given in JUSTIFICATIONS:
        return
    close = get_close_matches(given, JUSTIFICATIONS, 1, 0.6)
    context.at(
        mapping,
        "mapping_justification",
        "M002",
        f"'{given}' is no justification of semapv",
        f"write {close[0]}?" if close else "such as semapv:ManualMappingCuration",
        level="warning",
    )


def check_dates(context: Context, mapping: Mapping) -> None:
    """M002: dates that are none, or not as SSSOM writes them."""
    for column in DATES:
        given = mapping[column]
        if given and not is_day(given):
            context.at(
                mapping,
                column,
                "M002",
                f"the {column} '{given}' is no date",
                "write YYYY-MM-DD",
            )


def is_day(text: str) -> bool:
    """Tell whether a text is a day as ISO 8601 writes it."""
    try:
        return DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def check_people(context: Context, mapping: Mapping) -> None:
    """M003: ORCIDs with a slip: their last digit tells."""
    for column in SEVERAL:
        for one in filter(None, mapping[column].split("|")):
            iri = context.expand(one.strip())
            if iri.startswith(ORCID) and not is_orcid(iri.removeprefix(ORCID)):
                context.at(
                    mapping,
                    column,
                    "M003",
                    f"{one} is no ORCID: a digit is wrong",
                )


def check_signs(context: Context, mapping: Mapping) -> None:
    """M060: signs that nobody sees, and that make two equal cells differ."""
    for column, cell in mapping.cells.items():
        if cell.isprintable():
            continue
        odd = next((c for c in cell if is_odd(c)), "")
        if odd:
            name = unicodedata.name(odd, "a control character").lower()
            context.at(
                mapping,
                column,
                "M060",
                f"an invisible sign in {column}: U+{ord(odd):04X} {name}",
                "take it out",
            )


def is_odd(sign: str) -> bool:
    """Tell whether a sign is a control or an invisible one; line ends are not."""
    return unicodedata.category(sign) in {"Cc", "Cf"} and sign not in "\n\t"
