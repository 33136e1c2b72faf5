"""Reading times as files and catalogues write them, without inventing a zone.

Rules: what is not said is not completed. A date stays a date; a date-time without an
offset stays local unless the caller knows the zone and the zone has exactly one answer
for that local time. Only the seconds of an hour-and-minute time are completed, by zero.
Fractions are cut after six digits.

Two-digit years appear with month names only (``19-Jun-21``) and follow POSIX: 69 to 99
are 1969 to 1999, 00 to 68 are 2000 to 2068. All-number dates with the year last
(``03/04/2021``) have two readings and are not read.

Not times: years before 1900 and after 2199 (``0001``, ``9999``), and the zero of a
clock that was never set (epochs of Unix, DOS, EPICS, LabVIEW and NTP, at midnight in
UTC or local).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from panharvest.record import Interval, Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Edge = Literal["earliest", "latest"]

FIRST_YEAR = 1900
LAST_YEAR = 2199

_MONTHS = (
    ("jan", "january"),
    ("feb", "february"),
    ("mar", "march"),
    ("apr", "april"),
    ("may",),
    ("jun", "june"),
    ("jul", "july"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
)
_MONTH = r"(?P<name>[a-z]{3,9})\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d*))?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?"
)
_OFFSET = r"[+-]\d\d?(?::?\d\d)?"
_ZONE = (
    rf"(?: ?(?P<zone>z|{_OFFSET}|(?:utc|gmt)(?:{_OFFSET})?|[a-z]{{3,5}}))?"
    r"(?: ?\[[\w/+-]+\])?"
)
_FORMS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        # 2024, 2024-06, 2024-06-01, 2024/6/1, 2024-09-11 03:33:13.
        r"(?P<year>\d{4})(?:(?P<mark>[-/.:])(?P<month>\d\d?)(?:(?P=mark)(?P<day>\d\d?)"
        rf"(?:(?: ?[t_,] ?| ){_CLOCK}{_ZONE})?)?)?",
        # 20240911, 20240911T033313Z
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:[t_ ](?P<hour>\d\d)"
        r"(?P<minute>\d\d)(?P<second>\d\d)(?:[.,](?P<fraction>\d*))?"
        rf"{_ZONE})?",
        # 19-Jun-21 10:36:06, Wed, 03 Feb 2016 16:51:31 +0100
        rf"{_WEEKDAY}(?P<day>\d\d?)(?:st|nd|rd|th)?[- /.]{_MONTH}[- /,]+"
        rf"(?P<year>\d{{4}}|\d\d)(?:[ ,t]+{_CLOCK}{_ZONE})?",
        # Wed Feb 03 16:51:38 2016, Fri Jun 3 17:38:36 CDT 2016
        rf"{_WEEKDAY}{_MONTH} (?P<day>\d\d?) {_CLOCK}{_ZONE} (?P<year>\d{{4}})",
        # June 3, 2016 17:38
        rf"{_MONTH} (?P<day>\d\d?)(?:st|nd|rd|th)?,? (?P<year>\d{{4}})"
        rf"(?:[ ,]+{_CLOCK}{_ZONE})?",
    )
)
_EPOCH_YEARS = {1900, 1904, 1970, 1980, 1990}  # NTP, LabVIEW, Unix, DOS, EPICS


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a text says: a naive date-time and how much of it is meant."""

    at: datetime
    precision: Literal["year", "month", "day", "time"]
    offset: timedelta | None = None
    abbreviation: str | None = None


@cache
def find_zone(name: str) -> ZoneInfo | None:
    """Give the IANA zone of a name, or None when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, a bad key, an unknown key
        return None


def read_moment(text: str, zone: str | None = None) -> Moment | None:
    """Read a time in any spelling seen in files; None when it is not a time.

    Parameters
    ----------
    text
        What the file says. Blank, placeholder and impossible values give None, so a
        caller for whom "unreadable" differs from "absent" looks at the text as well.
    zone
        IANA name of the zone of local times. Its offset is attached where the text has
        none and the local time exists exactly once; otherwise the time stays local.

    Returns
    -------
    Moment | None
        ``text`` is canonical (W3CDTF); ``original`` is set when the spelling differs.
    """
    found = " ".join(text.replace("\0", " ").replace("−", "-").split())
    parts = _parse(found)
    if parts is None:
        return None
    offset = parts.offset
    if offset is None and parts.precision == "time" and zone:
        offset = _offset_in(zone, parts)
    canonical = _canonical(parts, offset)
    if _is_unset_clock(parts, offset):
        return None
    return Moment(canonical, None if canonical == found else found)


def to_instant(
    moment: Moment, zone: str | None, edge: Edge = "earliest"
) -> datetime | None:
    """Give the instant (UTC) of a moment, at one edge of what is known of it.

    Parameters
    ----------
    moment
        With an offset it is exact and ``zone`` does not matter.
    zone
        IANA name of the zone of local times and of dates.
    edge
        ``earliest``: the first instant it can mean. ``latest``: the last one; for a
        day, month or year that is the instant when it is over. In the hour that a clock
        change repeats or leaves out, the earlier or the later of the two readings.

    Returns
    -------
    datetime | None
        None when the text is not a time or the zone cannot be known.
    """
    parts = _parse(moment.text)
    if parts is None:
        return None
    if parts.offset is not None:
        return parts.at.replace(tzinfo=timezone(parts.offset)).astimezone(UTC)
    place = find_zone(zone) if zone else None
    if place is None:
        return None
    local = parts.at
    if parts.precision != "time" and edge == "latest":
        local = _next_period(parts)
    first, second = (
        local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    if edge == "latest":
        return max(first, second)
    # A day that begins in a skipped hour begins at the change: the reading of fold 0.
    return min(first, second) if parts.precision == "time" else first


def hull(intervals: Iterable[Interval]) -> Interval | None:
    """Give the interval from the earliest start to the latest end.

    Where an interval has no end but others have, its start counts: it was not over
    before it began. Times of unknown zone are compared by what they can mean at most
    (UTC+14 for starts, UTC-12 for ends). None when nothing is known.
    """
    known = [i for i in intervals if i.start or i.end]
    starts = [i.start for i in known if i.start]
    ends = [i.end for i in known if i.end]
    if ends:
        ends += [i.start for i in known if i.start and not i.end]
    start = min(starts, key=_bound("Etc/GMT-14", "earliest"), default=None)
    end = max(ends, key=_bound("Etc/GMT+12", "latest"), default=None)
    return Interval(start, end) if start or end else None


def _bound(zone: str, edge: Edge) -> Callable[[Moment], datetime]:
    """Order moments by an edge; what is not a time never wins over one that is."""
    never = datetime(9999 if edge == "earliest" else 1, 1, 1, tzinfo=UTC)
    return lambda moment: to_instant(moment, zone, edge) or never


def _parse(text: str) -> _Parts | None:
    if len(text) > 80:
        return None
    text = text.rstrip(".") if text.count(".") == 1 else text
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            try:
                return _parts(found.groupdict())
            except (ValueError, OverflowError):
                return None
    return None


def _parts(found: dict[str, str | None]) -> _Parts:
    """Turn matched groups into a date; ValueError when there is no such date."""
    year, month, day = _calendar(found)
    if found.get("hour") is None:
        at = datetime(year, month or 1, day or 1)  # noqa: DTZ001 (local by meaning)
        return _Parts(at, "day" if day else "month" if month else "year")
    hour, minute, second = (int(found[k] or 0) for k in ("hour", "minute", "second"))
    if half := found.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    carry = timedelta()
    if (hour, minute, second) == (24, 0, 0):  # ISO 8601: the end of the day
        hour, carry = 0, timedelta(days=1)
    if second == 60:  # a leap second is the one before the next minute, as in POSIX
        second, carry = 59, timedelta(seconds=1)
    micro = int((found.get("fraction") or "0")[:6].ljust(6, "0"))
    at = datetime(year, month or 1, day or 1, hour, minute, second, micro)  # noqa: DTZ001 (local by meaning)
    offset, abbreviation = _read_zone(found.get("zone"))
    return _Parts(at + carry, "time", offset, abbreviation)


def _calendar(found: dict[str, str | None]) -> tuple[int, int | None, int | None]:
    digits = found["year"] or ""
    year = int(digits)
    if len(digits) == 2:
        year += 1900 if year >= 69 else 2000
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(year)
    name = found.get("name")
    if name:
        month = next((n for n, m in enumerate(_MONTHS, 1) if name.lower() in m), 0)
        if not month:
            raise ValueError(name)
    else:
        month = int(found.get("month") or 0)
        if found.get("month") and not 1 <= month <= 12:
            raise ValueError(month)
    day = found.get("day")
    if day is not None and int(day) == 0:
        raise ValueError(day)
    return year, month or None, int(day) if day else None


def _read_zone(text: str | None) -> tuple[timedelta | None, str | None]:
    """Give the offset, or the abbreviation of a zone, which alone says too little."""
    if not text:
        return None, None
    upper = text.upper()
    if upper in {"Z", "UTC", "GMT"}:
        return timedelta(), None
    signed = upper.removeprefix("UTC").removeprefix("GMT")
    if signed[0] not in "+-":
        return None, upper
    digits = signed[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else divmod(int(digits), 100)
    if minutes > 59 or hours * 60 + minutes > 14 * 60:  # XML Schema 1.1 §3.3.7
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return (-offset if signed[0] == "-" else offset), None


def _offset_in(zone: str, parts: _Parts) -> timedelta | None:
    """Give the one offset that a zone has at a local time, or None."""
    place = find_zone(zone)
    if place is None:
        return None
    readings = [parts.at.replace(tzinfo=place, fold=fold) for fold in (0, 1)]
    if readings[0].utcoffset() != readings[1].utcoffset():
        gap = all(
            r.astimezone(UTC).astimezone(place).replace(tzinfo=None) != parts.at
            for r in readings
        )
        if gap or parts.abbreviation is None:
            return None
    if parts.abbreviation:
        readings = [r for r in readings if r.tzname() == parts.abbreviation]
    offset = readings[0].utcoffset() if readings else None
    # Before zones had whole minutes there is no way to write the offset.
    return None if offset is None or offset.seconds % 60 else offset


def _canonical(parts: _Parts, offset: timedelta | None) -> str:
    if parts.precision != "time":
        length = {"year": 4, "month": 7, "day": 10}[parts.precision]
        return parts.at.date().isoformat()[:length]
    text = parts.at.replace(microsecond=0).isoformat()
    if parts.at.microsecond:
        text += f".{parts.at.microsecond:06d}".rstrip("0")
    if offset is None:
        return text
    if not offset:
        return text + "Z"
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{text}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _is_unset_clock(parts: _Parts, offset: timedelta | None) -> bool:
    """Whether this is the zero of a clock, in UTC or as local midnight."""
    if parts.precision not in {"day", "time"}:
        return False
    if parts.precision == "day" and parts.at.year == 1990:
        return False  # a plain date may be a real one; only 1990 is within living data
    zeros = {datetime(year, 1, 1) for year in _EPOCH_YEARS}  # noqa: DTZ001 (local by meaning)
    return parts.at in zeros or (offset is not None and parts.at - offset in zeros)


def _next_period(parts: _Parts) -> datetime:
    if parts.precision == "day":
        return parts.at + timedelta(days=1)
    if parts.precision == "month" and parts.at.month < 12:
        return parts.at.replace(month=parts.at.month + 1)
    return parts.at.replace(year=parts.at.year + 1, month=1)
