"""Smaller oddities that were met in the field, in headers, sets and documents."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from panharvest.testing.faulty.list_faults import on_item
from panharvest.testing.faulty.model import RECORD_LISTS, Fault, Refusal
from panharvest.testing.faulty.writing import moment

if TYPE_CHECKING:
    from panharvest.testing.faulty.model import Call, Page, Wish

_HEADER = re.compile(rb"<header[ >].*?</header>\n", re.DOTALL)
_SET = re.compile(rb"(<setSpec>.*?</setSpec>)(<setName>.*?</setName>)")
_DC = re.compile(rb"(<oai_dc:dc [^>]*>\n)")
_DC_DATE = re.compile(rb"<dc:date>")


def unknown_error(code: str = "InternalException") -> Fault:
    """Answer with an error code that the specification does not have."""

    def wish(_wish: Wish, _call: Call) -> Wish:
        raise Refusal(code, "java.lang.NullPointerException")

    return Fault(name="error-unknown", meaning=f"answers {code}", wish=wish)


def undead(record: int = 4) -> Fault:
    """Say in ListIdentifiers that a record is deleted that is not."""
    fault = on_item(
        "undead",
        "says in ListIdentifiers that a record is deleted, and nowhere else",
        lambda item: replace(item, deleted=True),
        record,
    )
    return replace(fault, verbs=frozenset({"ListIdentifiers"}))


def moving_datestamps() -> Fault:
    """Stamp all records with the moment of the request."""

    def page(page: Page, call: Call) -> Page:
        now = moment(call.now)
        return page.replace_items(lambda item: replace(item, datestamp=now))

    return Fault(
        name="datestamps-moving",
        meaning="stamps all records with the moment of the request",
        page=page,
        verbs=RECORD_LISTS | {"GetRecord"},
    )


def headers_in_records() -> Fault:
    """Wrap the headers of ListIdentifiers in ``<record>``."""
    return _rewriting(
        "headers-in-records",
        "writes records in ListIdentifiers",
        "ListIdentifiers",
        (_HEADER, rb"<record>\g<0></record>\n"),
    )


def set_name_first() -> Fault:
    """Write setName before setSpec in ListSets."""
    return _rewriting(
        "set-name-first",
        "writes setName before setSpec",
        "ListSets",
        (_SET, rb"\2\1"),
    )


def sets_in_dublin_core() -> Fault:
    """Write setSpec into oai_dc, and words before its dates."""
    return _rewriting(
        "sets-in-dublin-core",
        "writes setSpec into oai_dc, and 'Created: ' into dc:date",
        None,
        (_DC, rb"\1<setSpec>BEAMLINE-1</setSpec>\n"),
        (_DC_DATE, rb"<dc:date>Created: "),
    )


def _rewriting(
    name: str, meaning: str, verb: str | None, *changes: tuple[re.Pattern[bytes], bytes]
) -> Fault:
    """Make a fault that replaces what some expressions find."""

    def body(body: bytes, _call: Call) -> bytes:
        for pattern, text in changes:
            body = pattern.sub(text, body)
        return body

    verbs = None if verb is None else frozenset({verb})
    return Fault(name=name, meaning=meaning, body=body, verbs=verbs)
