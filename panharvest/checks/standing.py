"""Checks of when it was and who may have it: dates, embargo, access, licence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.checks.checklist import problem
from panharvest.codelists import licence_of_url, licences
from panharvest.derived import misleading, publication_year
from panharvest.licensing import spdx_of
from panharvest.record import AccessStatus
from panharvest.syntax import is_before, is_moment
from panharvest.xmltext import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import Embargo, Interval, Moment, Problem, Record

FIRST_YEAR, LAST_YEAR = 1895, 2100  # from the discovery of X-rays
_ANCIENT = re.compile(r"-[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")  # before our era


def _moments(record: Record) -> Iterator[tuple[str, Moment]]:
    """Give every moment that is there, with its place."""
    for name in ("collected", "embargo"):
        span: Interval | Embargo | None = getattr(record, name)
        for side in ("start", "end"):
            moment = getattr(span, side, None)
            if moment is not None:
                yield f"{name}.{side}", moment
    for name in ("created", "modified", "issued"):
        moment = getattr(record, name)
        if moment is not None:
            yield name, moment
    if record.withdrawal is not None:
        yield "withdrawal.date", record.withdrawal.date
    for i, event in enumerate(record.dates):
        for side in ("start", "end"):
            moment = getattr(event, side)
            if moment is not None and not _ANCIENT.fullmatch(moment.text):
                yield f"dates[{i}].{side}", moment


def dates(record: Record) -> Iterator[Problem]:
    """Check dates, and which came first."""
    for place, moment in _moments(record):
        if not is_moment(moment.text):
            code = "PH-DATE-004" if place.startswith("embargo") else "PH-DATE-001"
            yield problem(code, place, moment.text)
        elif not FIRST_YEAR <= int(moment.text[:4]) <= LAST_YEAR:
            yield problem("PH-DATE-005", place, moment.text)
    for place, span, code in (
        ("collected", record.collected, "PH-DATE-002"),
        ("embargo", record.embargo, "PH-DATE-003"),
    ):
        if (
            span
            and span.start
            and span.end
            and is_before(span.end.text, span.start.text)
        ):
            yield problem(code, place, f"{span.start.text} to {span.end.text}")
    year = publication_year(record)
    if year is None:
        yield problem("PH-YEAR-001", "issued")
    elif not FIRST_YEAR <= int(year) <= LAST_YEAR:
        yield problem("PH-YEAR-002", "issued", year)


def access_rights(record: Record) -> Iterator[Problem]:
    """Check who may have the data, from when and on which terms."""
    access, embargo, licence = record.access, record.embargo, record.licence
    endless = embargo is None or embargo.end is None
    if access is None:
        yield problem("PH-ACCESS-001", "access")
    else:
        if access.status is AccessStatus.EMBARGOED and endless:
            yield problem("PH-ACCESS-002", "embargo.end")
        if access.status is AccessStatus.OPEN and embargo is not None and endless:
            yield problem("PH-ACCESS-003", "embargo.end")
        if misleading(access):
            yield problem("PH-ACCESS-004", "access.note", access.note)
        if licence is None and access.status is AccessStatus.OPEN:
            yield problem("PH-LICENCE-001", "licence")
    if licence is None:
        return
    if licence.spdx is not None and spdx_of(licence.spdx) != licence.spdx:
        yield problem("PH-LICENCE-002", "licence.spdx", licence.spdx)
    if licence.url is not None:
        if not is_uri(licence.url):
            yield problem("PH-URL-001", "licence.url", licence.url)
        known = licence_of_url(licence.url)
        if known and licence.spdx in licences() and known.spdx != licence.spdx:
            said = f"{licence.spdx} and {licence.url}"
            yield problem("PH-LICENCE-003", "licence", said)
