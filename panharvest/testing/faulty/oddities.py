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

    def body(body: bytes, _call: Call) -> bytes:
        return _HEADER.sub(rb"<record>\g<0></record>\n", body)

    return Fault(
        name="headers-in-records",
        meaning="writes records in ListIdentifiers",
        body=body,
        verbs=frozenset({"ListIdentifiers"}),
    )


def set_name_first() -> Fault:
    """Write setName before setSpec in ListSets."""

    def body(body: bytes, _call: Call) -> bytes:
        return _SET.sub(rb"\2\1", body)

    return Fault(
        name="set-name-first",
        meaning="writes setName before setSpec",
        body=body,
        verbs=frozenset({"ListSets"}),
    )


def sets_in_dublin_core() -> Fault:
    """Write setSpec into oai_dc, and words before its dates."""

    def body(body: bytes, _call: Call) -> bytes:
        body = _DC.sub(rb"\1<setSpec>BEAMLINE-1</setSpec>\n", body)
        return _DC_DATE.sub(rb"<dc:date>Created: ", body)

    return Fault(
        name="sets-in-dublin-core",
        meaning="writes setSpec into oai_dc, and 'Created: ' into dc:date",
        body=body,
    )
