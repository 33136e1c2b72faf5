"""When the data of a foreign record open, by what the record itself says.

Its metadata are public where they come from. What must not happen is that data which
are not open yet are shown as open: a date of availability in the future holds them
back, and so does a year of publication after the record was written, which is how some
facilities write an embargo (the licence beside it holds for later).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from panharvest.oai import format_datestamp
from panharvest.policy.instants import FIRST_ZONE, release_instant
from panharvest.record import Access, AccessStatus, Embargo, Moment
from panharvest.times import to_instant

if TYPE_CHECKING:
    from panharvest.record import Record


@dataclass(frozen=True, slots=True)
class Opening:
    """What is shown of a record before and after its data open.

    ``at`` is None when nothing changes; then only ``before`` matters.
    """

    before: Record
    after: Record
    at: int | None
    code: str
    reason: str


def opening(record: Record, written: int | None) -> Opening:
    """Find out when the data of a record open.

    Parameters
    ----------
    written
        When the record was last changed, by its datestamp: a year of publication after
        that is an embargo.
    """
    status = record.access.status if record.access else None
    if status in (AccessStatus.RESTRICTED, AccessStatus.METADATA_ONLY):
        return Opening(
            record, record, None, "foreign.restricted", f"it says that it is {status}"
        )
    end = record.embargo.end if record.embargo else None
    if end is None:
        end = _promised(record, written)
    if end is None and status is AccessStatus.EMBARGOED:
        return Opening(
            record, record, None, "foreign.embargoed", "it says no end of its embargo"
        )
    if end is None:
        return Opening(record, record, None, "foreign.as-is", "as it says itself")
    at = _instant(end)
    held = replace(
        record,
        access=Access(
            AccessStatus.EMBARGOED, record.access.note if record.access else None
        ),
        embargo=record.embargo or Embargo(end=end),
    )
    if at is None:
        reason = "the end of its embargo is no date"
        return Opening(held, held, None, "foreign.date-nonsense", reason)
    access = record.access
    if status is AccessStatus.EMBARGOED:
        access = Access(AccessStatus.OPEN)
    opened = replace(record, access=access)
    said = format_datestamp(at)
    return Opening(held, opened, at, "foreign.embargo", f"opens at {said}")


def _promised(record: Record, written: int | None) -> Moment | None:
    """Give a date of publication that lies after the writing of the record."""
    stated = record.publication_year
    for moment in (record.issued, Moment(stated) if stated else None):
        begins = None if moment is None else to_instant(moment, FIRST_ZONE)
        if begins is None or written is None:
            continue
        # a day of grace: the zones of the two are not known
        if begins.timestamp() > written + 2 * 86_400:
            return moment
    return None


def _instant(moment: Moment) -> int | None:
    """Give when a day has begun everywhere, and a month or year is over."""
    instant = release_instant(moment, None)  # at whose facility is not told
    return None if instant is None else max(int(instant.timestamp()), 0)
