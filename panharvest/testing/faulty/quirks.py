"""What real repositories do, photon and neutron ones first, all the time.

Where each was seen is in the documentation of the project. They are faults like the
others: ``at`` confines them, and they add up.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from panharvest.testing.faulty.list_faults import on_item
from panharvest.testing.faulty.model import RECORD_LISTS, Entry, Fault, Refusal
from panharvest.testing.faulty.writing import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from panharvest.testing.faulty.model import Call, Item, Page, Reply, Wish

_HOUR = 3600
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_READING = frozenset({"GetRecord", "ListRecords", "ListIdentifiers"})


# --- lists ------------------------------------------------------------------------


def no_paging(cap: int = 5000) -> Fault:
    """Put all records into one answer, and silently no more than so many."""

    def wish(wish: Wish, _call: Call) -> Wish:
        return replace(wish, offset=0, limit=cap)

    def listed(entries: Sequence[Entry], _call: Call) -> Sequence[Entry]:
        return entries[:cap]

    return Fault(
        name="no-paging",
        meaning=f"puts everything into one answer, cut at {cap} records",
        wish=wish,
        listed=listed,
        verbs=RECORD_LISTS,
    )


def ignores_selection(*names: str) -> Fault:
    """Take no notice of arguments: from, until, set and metadataPrefix, or those given.

    Any metadataPrefix is answered, always with the same documents.
    """
    ignored = names or ("from", "until", "set", "metadataPrefix")

    def arguments(
        pairs: Sequence[tuple[str, str]], _call: Call
    ) -> Sequence[tuple[str, str]]:
        kept = [(name, text) for name, text in pairs if name not in ignored]
        if len(kept) < len(pairs) and "metadataPrefix" in ignored:
            kept.append(("metadataPrefix", "oai_datacite"))
        return kept

    return Fault(
        name="ignores-selection",
        meaning=f"ignores {', '.join(ignored)}",
        arguments=arguments,
        verbs=_READING,
    )


def until_refused() -> Fault:
    """Refuse ``until`` when ``from`` is not given too."""

    def arguments(
        pairs: Sequence[tuple[str, str]], _call: Call
    ) -> Sequence[tuple[str, str]]:
        names = {name for name, _ in pairs}
        if "until" in names and "from" not in names:
            raise Refusal("badArgument", "until needs from.")
        return pairs

    return Fault(
        name="until-refused", meaning="refuses until alone", arguments=arguments
    )


def accepts_anything() -> Fault:
    """Take no offence at arguments that do not exist."""
    known = {"verb", "identifier", "metadataPrefix", "from", "until", "set"}
    known.add("resumptionToken")

    def arguments(
        pairs: Sequence[tuple[str, str]], _call: Call
    ) -> Sequence[tuple[str, str]]:
        return [(name, text) for name, text in pairs if name in known]

    return Fault(
        name="accepts-anything",
        meaning="accepts unknown arguments",
        arguments=arguments,
    )


def outage_as_no_records(code: int = 200) -> Fault:
    """Answer noRecordsMatch when the catalogue behind is down."""

    def wish(_wish: Wish, _call: Call) -> Wish:
        raise Refusal("noRecordsMatch", "No records found.")

    def reply(reply: Reply, _call: Call) -> Reply:
        return replace(reply, status=code)

    return Fault(
        name="outage-as-no-records",
        meaning="answers noRecordsMatch when its catalogue is down",
        wish=wish,
        reply=reply,
        verbs=RECORD_LISTS,
        best="flagged",
    )


def unwrapped_get_record() -> Fault:
    """Leave the element GetRecord out: the record stands right below the root."""

    def page(page: Page, _call: Call) -> Page:
        return replace(page, wrapped=False)

    return Fault(
        name="get-record-unwrapped",
        meaning="leaves the element GetRecord out",
        page=page,
        verbs=frozenset({"GetRecord"}),
    )


# --- time -------------------------------------------------------------------------


def frozen_response_date() -> Fault:
    """Give the moment of its start as responseDate for ever."""
    return _dated("frozen", "gives its start as responseDate", lambda c: c.started)


def shifted_response_date(seconds: float) -> Fault:
    """Have a clock that is so many seconds ahead (or, negative, behind)."""
    said = f"has a clock that is {seconds:+g} s off"
    return _dated("shifted", said, lambda c: c.now + seconds)


def no_response_date(text: str = "") -> Fault:
    """Write a responseDate that is no date."""

    def page(page: Page, _call: Call) -> Page:
        return replace(page, response_date=text)

    said = f"has responseDate '{text}'"
    return Fault(name="response-date-invalid", meaning=said, page=page)


def constant_datestamps(text: str = "2020-01-01") -> Fault:
    """Write one datestamp for all records in ListRecords, the real ones elsewhere."""
    fault = _stamped("constant", f"stamps all records {text}", lambda _: text)
    return replace(fault, verbs=frozenset({"ListRecords"}))


def day_granularity(*, declared: bool = True) -> Fault:
    """Know days only: seconds in from and until are badArgument.

    With ``declared=False`` Identify promises seconds all the same.
    """

    def arguments(
        pairs: Sequence[tuple[str, str]], _call: Call
    ) -> Sequence[tuple[str, str]]:
        for name, text in pairs:
            if name in ("from", "until") and not _DAY.fullmatch(text):
                raise Refusal("badArgument", f"{name} has to be like 2020-01-31.")
        return pairs

    def page(page: Page, _call: Call) -> Page:
        if declared:
            page = page.replace_fact("granularity", "YYYY-MM-DD")
            early = dict(page.facts).get("earliestDatestamp")
            page = page.replace_fact("earliestDatestamp", (early or "")[:10])
        return page.replace_items(lambda i: replace(i, datestamp=i.datestamp[:10]))

    return Fault(
        name="day-granularity" if declared else "day-granularity-undeclared",
        meaning="knows days only" + ("" if declared else ", and declares seconds"),
        arguments=arguments,
        page=page,
    )


def no_days() -> Fault:
    """Refuse from and until that are days, which the specification allows."""

    def arguments(
        pairs: Sequence[tuple[str, str]], _call: Call
    ) -> Sequence[tuple[str, str]]:
        for name, text in pairs:
            if name in ("from", "until") and _DAY.fullmatch(text):
                raise Refusal("badArgument", f"{name} has to be like {moment(0)}.")
        return pairs

    return Fault(name="days-refused", meaning="refuses days", arguments=arguments)


def local_time(hours: float = -6) -> Fault:
    """Write local time and call it UTC: stamps, and what from and until compare with.

    West of Greenwich, what changed in the last hours seems to have changed before
    them.
    """
    shift = round(hours * _HOUR)

    def entries(entries: Sequence[Entry], _call: Call) -> Sequence[Entry]:
        return [replace(e, datestamp=e.datestamp + shift) for e in entries]

    return Fault(
        name="local-time",
        meaning=f"writes the time of a zone at {hours:+g} h and calls it UTC",
        entries=entries,
    )


def fractional_datestamps() -> Fault:
    """Write milliseconds in datestamps."""
    return _stamped("fractional", "writes ....123Z", lambda t: t.replace("Z", ".123Z"))


def offset_datestamps(offset: str = "+00:00") -> Fault:
    """Write an offset in datestamps in place of Z."""
    return _stamped("offset", f"writes {offset}", lambda t: t.replace("Z", offset))


def zoneless_datestamps() -> Fault:
    """Write datestamps without a zone."""
    return _stamped("zoneless", "writes no Z", lambda t: t.replace("Z", ""))


def invalid_datestamp(text: str = "2017-01-00T03:24:00Z", record: int = 4) -> Fault:
    """Write a datestamp that is none into one header of a page."""
    said = f"has the datestamp {text}"
    return on_item(
        "datestamp-invalid", said, lambda i: replace(i, datestamp=text), record
    )


def late(seconds: int, *, every: int = 5) -> Fault:
    """Show every nth record only so long after the provider's start, stamped as before.

    So does a repository that lifts an embargo and leaves the datestamp, or whose index
    lags behind: an incremental harvest never sees these records.
    """

    def entries(entries: Sequence[Entry], call: Call) -> Sequence[Entry]:
        shown = call.now >= call.started + seconds
        return [e for n, e in enumerate(entries) if shown or n % every != every - 1]

    return Fault(
        name="late", meaning="shows records late, with old datestamps", entries=entries
    )


def vanishing(seconds: int, *, every: int = 5) -> Fault:
    """Forget every nth record so long after the start, without a tombstone."""

    def entries(entries: Sequence[Entry], call: Call) -> Sequence[Entry]:
        gone = call.now >= call.started + seconds
        return [e for n, e in enumerate(entries) if not gone or n % every != every - 1]

    return Fault(name="vanishing", meaning="forgets records", entries=entries)


# --- headers ----------------------------------------------------------------------


def header_order() -> Fault:
    """Write setSpec before datestamp."""
    order = ("identifier", "setSpec", "datestamp")
    said = "writes setSpec before datestamp"
    return on_item("header-order", said, lambda i: replace(i, order=order))


def no_datestamp(record: int | None = None) -> Fault:
    """Write headers, or that one, without a datestamp."""
    order = ("identifier", "setSpec")
    said = "writes no datestamp"
    return on_item("datestamp-missing", said, lambda i: replace(i, order=order), record)


def identifier_attribute() -> Fault:
    """Write an attribute on identifiers in headers, which the schema does not know."""
    text = ' identifierType="doi"'
    return on_item(
        "identifier-attribute",
        "writes an attribute on identifiers",
        lambda i: replace(i, attributes=text),
    )


def illegal_set_specs() -> Fault:
    """Write setSpecs with blanks, slashes and umlauts."""

    def change(item: Item) -> Item:
        return replace(item, sets=tuple(f"Über {s}/{s}" for s in item.sets))

    return on_item("set-spec-illegal", "has setSpecs with blanks", change)


def deleted_with_metadata() -> Fault:
    """Write metadata below headers with the status deleted."""
    dead = b"<gone xmlns='urn:example:gone'/>"

    def change(item: Item) -> Item:
        return replace(item, document=dead) if item.deleted else item

    return on_item("deleted-with-metadata", "describes deleted records", change)


def hides_deleted() -> Fault:
    """List no tombstones, and say so: ``deletedRecord`` is ``no``."""

    def entries(entries: Sequence[Entry], _call: Call) -> Sequence[Entry]:
        return [entry for entry in entries if not entry.deleted]

    fault = identify_says("deletedRecord", "no")
    return replace(
        fault, name="deleted-hidden", meaning="hides deletions", entries=entries
    )


# --- Identify ---------------------------------------------------------------------


def identify_says(name: str, text: str | None) -> Fault:
    """Write another text in an element of Identify, or (None) leave it out."""

    def page(page: Page, _call: Call) -> Page:
        return page.replace_fact(name, text)

    return Fault(
        name=f"identify-{name}",
        meaning=f"says {name}: {text}",
        page=page,
    )


def invalid_earliest(text: str = "2017-01-00T03:24:00Z") -> Fault:
    """Have an earliestDatestamp that is no date."""
    return identify_says("earliestDatestamp", text)


def identify_fails() -> Fault:
    """Answer Identify with an error of HTTP."""

    def reply(reply: Reply, _call: Call) -> Reply:
        return replace(reply, status=500, body=b"Internal Server Error")

    return Fault(
        name="identify-fails",
        meaning="answers Identify with 500",
        reply=reply,
        verbs=frozenset({"Identify"}),
    )


def _dated(name: str, meaning: str, when: Callable[[Call], float]) -> Fault:
    def page(page: Page, call: Call) -> Page:
        return replace(page, response_date=moment(when(call)))

    return Fault(name=f"response-date-{name}", meaning=meaning, page=page)


def _stamped(name: str, meaning: str, change: Callable[[str], str]) -> Fault:
    return on_item(
        f"datestamps-{name}",
        meaning,
        lambda item: replace(item, datestamp=change(item.datestamp)),
    )
