"""Rules for dates, for the embargo that they tell, and for what access is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.formats.datacite.findings import found, unlisted
from panharvest.formats.datacite.values import is_null_code
from panharvest.syntax import is_before, is_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.formats.datacite.values import Values
    from panharvest.record import Problem

_ANCIENT = re.compile(r"-[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")


def _dates(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("dates", ())):
        text, kind = one.get("date"), one.get("datetype")
        if kind not in datacite("dateType"):
            yield unlisted("dateType", f"dates[{i}]", kind)
        if kind == "Other" and "dateinformation" not in one:
            yield found("DC-DATE-005", f"dates[{i}]", text)
        if text is None or (not is_moment(text)):
            yield from _range(text, f"dates[{i}]")


def _range(text: str | None, place: str) -> Iterator[Problem]:
    """Check what is no single date of W3CDTF."""
    if text is None or is_null_code(text):
        yield found("DC-DATE-001", place, text)
        return
    sides = [side.strip() for side in text.split("/")]
    if len(sides) > 2 or not all(_is_date(side) for side in sides if side):
        yield found("DC-DATE-001", place, text)
    elif len(sides) == 2 and "" in sides:
        yield found("DC-DATE-002", place, text)
    elif len(sides) == 2 and is_before(sides[1], sides[0]):
        yield found("DC-DATE-003", place, text)


def _is_date(text: str) -> bool:
    return is_moment(text) or _ANCIENT.fullmatch(text) is not None


def _embargo(values: Values) -> Iterator[Problem]:
    accepted: str | None = None
    available: list[tuple[int, str]] = []
    for i, one in enumerate(values.get("dates", ())):
        kind = one.get("datetype")
        if kind == "Available":
            available.append((i, one.get("date", "")))
        elif kind == "Accepted" and accepted is None:
            accepted = one.get("date", "")
    if len(available) > 1:
        yield found("DC-DATE-004", f"dates[{available[1][0]}]", available[1][1])
    if accepted and available and is_before(available[0][1], accepted):
        i, end = available[0]
        yield found("DC-EMBARGO-001", f"dates[{i}]", f"{accepted} to {end}")
    words = set()
    for one in values.get("rightslist", ()):
        uri = one.get("rightsuri", "")
        if word := _ACCESS.get(uri.rstrip("/").rpartition("/")[2].lower()):
            words.add(word)
    if "embargoed" in words and not available:
        yield found("DC-EMBARGO-002", "dates")
    if len(words) > 1:
        yield found("DC-EMBARGO-003", "rightslist", ", ".join(sorted(words)))


_ACCESS = {
    "openaccess": "open",
    "c_abf2": "open",
    "embargoedaccess": "embargoed",
    "c_f1cf": "embargoed",
    "restrictedaccess": "restricted",
    "c_16ec": "restricted",
    "closedaccess": "metadata only",
    "c_14cb": "metadata only",
}

RULES = (_dates, _embargo)
