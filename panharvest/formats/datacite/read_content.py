"""Texts, dates, rights, sizes and places of a DataCite document."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from panharvest.codelists import access_rights
from panharvest.derived import size_text
from panharvest.formats.datacite.values import Values, is_null_code, number_of
from panharvest.licensing import compact, licence_of, sounds_like_licence
from panharvest.record import (
    Access,
    AccessStatus,
    Box,
    DatedEvent,
    Embargo,
    Interval,
    Licence,
    Location,
    Moment,
    Point,
    Polygon,
    Right,
    Text,
)
from panharvest.times import read_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_BYTES = re.compile(
    r"([0-9][0-9 ,]*(?:\.[0-9]+)?) ?(?:([KMGTP]?)(i?)B|(bytes?|octets?))",
    re.IGNORECASE,
)
_FILES = re.compile(r"([0-9]+) (?:data )?files?", re.IGNORECASE)
# A date in the form that we keep dates in, whether or not the calendar has it.
_NORMAL = re.compile(
    r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}"
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z?)?)?)?"
)
_LONGEST = 128  # letters of a date; what is longer is none, and is not remembered
_ANCIENT = re.compile(r"-[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_MONTH = re.compile(r"[A-Za-z]{3,9}\.? [0-9]{4}")


def titles_of(values: Values) -> Iterable[Text]:
    """Read the titles that say something."""
    for one in values.get("titles", ()):
        title = one.get("title")
        if title is None or is_null_code(title):
            continue
        yield Text(title, one.get("titletype"), one.get("lang"))


def descriptions_of(values: Values) -> Iterable[Text]:
    """Read the descriptions, their line ends kept."""
    for one in values.get("descriptions", ()):
        text = one.get("description")
        if text and not is_null_code(text):
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            yield Text(text, one.get("descriptiontype"), one.get("lang"))


# --- dates ----------------------------------------------------------------------------


def moment_of(text: str) -> Moment:
    """Read a date; one that is none is kept as the text it is."""
    return _moment_of(text) if len(text) <= _LONGEST else Moment(text)


@lru_cache(maxsize=4096)
def _moment_of(text: str) -> Moment:
    if _NORMAL.fullmatch(text):
        return Moment(text)
    moment = read_moment(text)
    if moment is None and _MONTH.fullmatch(text):
        month = read_moment(f"1 {text}")
        moment = Moment(month.text[:7], text) if month else None
    return moment or Moment(text)


def interval_of(text: str) -> Interval:
    """Read a date or a range (``start/end``, either side may be open)."""
    return _interval_of(text) if len(text) <= _LONGEST else Interval(Moment(text))


@lru_cache(maxsize=4096)
def _interval_of(text: str) -> Interval:
    if text.count("/") == 1 and read_moment(text) is None:
        first, last = (side.strip() for side in text.split("/"))
        return Interval(
            moment_of(first) if first not in ("", "..") else None,
            moment_of(last) if last not in ("", "..") else None,
        )
    return Interval(moment_of(text))


class Dates:
    """The dates of a document, by type; further ones of a type go to ``events``."""

    def __init__(self, values: Values) -> None:
        self.events: list[DatedEvent] = []
        self._first: dict[str, Interval] = {}
        for one in values.get("dates", ()):
            text = one.get("date")
            if text is None or is_null_code(text):
                continue
            kind = one.get("datetype") or "Other"
            information = one.get("dateinformation")
            span = interval_of(text)
            known = kind in _FIELDS and kind not in self._first
            if known and (kind == "Collected" or span.end is None):
                self._first[kind] = span
                if information is None:
                    continue
            self.events.append(DatedEvent(kind, span.start, span.end, information))

    def moment(self, kind: str) -> Moment | None:
        """Give the first date of a type that is a single one."""
        span = self._first.get(kind)
        return span.start if span else None

    def keep(self, kind: str, moment: Moment) -> None:
        """Keep a date that no field says, unless it is kept with its information."""
        if all((e.type, e.start) != (kind, moment) for e in self.events):
            self.events.append(DatedEvent(kind, moment))

    @property
    def collected(self) -> Interval | None:
        """When the data were collected."""
        return self._first.get("Collected")

    def embargo(self, status: AccessStatus | None) -> Embargo | None:
        """Read Accepted and Available as an embargo, where they say that there is one.

        Available on the day of issue says none; Accepted alone, or after Available,
        is when somebody accepted something.
        """
        start, end = self.moment("Accepted"), self.moment("Available")
        if start and (end is None or end.text < start.text):
            self.keep("Accepted", start)
            start = None
        if end is None:
            return None
        held = status not in (None, AccessStatus.OPEN)
        issued = self.moment("Issued")
        if start is None and not held and issued and issued.text == end.text:
            return None
        return Embargo(start, end)


_FIELDS = frozenset(
    ("Collected", "Created", "Updated", "Issued", "Accepted", "Available", "Withdrawn")
)


# --- rights ---------------------------------------------------------------------------


def rights_of(values: Values) -> tuple[Access | None, Licence | None, list[Right]]:
    """Tell access and licence from other statements about rights."""
    status: AccessStatus | None = None
    note: str | None = None
    licence: Licence | None = None
    others: list[Right] = []
    bare: list[Right] = []
    for one in values.get("rightslist", ()):
        right = Right(
            one.get("rights"),
            one.get("rightsuri"),
            one.get("rightsidentifier"),
            one.get("rightsidentifierscheme"),
            one.get("schemeuri"),
            one.get("lang"),
        )
        if right == Right(language=right.language):
            continue
        found = _status(right)
        if found is not None:
            if status not in (None, found):
                others.append(right)
            status = status or found
        elif licence is None and (known := _licence(right)):
            licence = known
        elif right.text and right == Right(right.text):
            bare.append(right)
        else:
            others.append(right)
    for right in bare:
        if licence is None and sounds_like_licence(right.text or ""):
            licence = Licence(name=right.text)
        elif status is not None and note is None:
            note = right.text
        else:
            others.append(right)
    access = Access(status, note) if status is not None else None
    return access, licence, others


def _status(right: Right) -> AccessStatus | None:
    if right.url:
        return _statuses().get(re.sub(r"^https?:", "", right.url.lower()).rstrip("/"))
    if right.text and not right.identifier:
        return _statuses().get("".join(right.text.lower().split()))
    return None


@cache
def _statuses() -> Mapping[str, AccessStatus]:
    """Give the access rights by address and by label, both in lower case."""
    found = {}
    for status, terms in access_rights().items():
        found[terms.info.lower()] = status
        found[terms.info.rpartition("/")[2].lower()] = status
        found[terms.coar.lower().removeprefix("http:")] = status
        found["".join(terms.label.split())] = status
        found.setdefault(terms.authority.lower().removeprefix("http:"), status)
    return found


def _licence(right: Right) -> Licence | None:
    """Give the licence that a statement is; what our table says is left out of it."""
    if right.language is not None and not right.text:
        right = replace(right, language=None)
    known = licence_of(right.identifier, right.url, right.text)
    if known is not None:
        return compact(Licence(known.spdx, right.url, right.text))
    if right.url and not right.identifier and sounds_like_licence(str(right)):
        return Licence(url=right.url, name=right.text)
    return None


# --- sizes ----------------------------------------------------------------------------


def sizes_of(values: Values) -> tuple[int | None, bool, int | None, list[str]]:
    """Give bytes, whether they are exact, number of files, and what else is said."""
    size: int | None = None
    exact = True
    count: int | None = None
    others: list[str] = []
    found = values.get("sizes", ())
    lengths = [(text, *read) for text in found if (read := _bytes(text))]
    exact_lengths = {number for _, number, precise in lengths if precise}
    if len(exact_lengths) == 1 or (len(lengths) == 1 and not exact_lengths):
        size, exact = (
            (exact_lengths.pop(), True) if exact_lengths else (lengths[0][1], False)
        )
    for text in found:
        files = _FILES.fullmatch(text)
        if files and count is None and int(files[1]) > 0:
            count = int(files[1])
        elif size is None or text not in (size_text(size), f"{size} bytes"):
            others.append(text)
    return size, exact, count, others


def _bytes(text: str) -> tuple[int, bool] | None:
    """Give the bytes a text says, and whether they are all of them."""
    match = _BYTES.fullmatch(text)
    if match is None or len(text) > 40:
        return None
    number = number_of(match[1].replace(",", "").replace(" ", ""))
    if number is None:
        return None
    if match[4] or not match[2]:
        return int(number), number.is_integer()
    factor = _UNITS[match[2].upper()]
    if match[3]:
        factor = 1024 ** list(_UNITS).index(match[2].upper())
    return round(number * factor), False


# --- places ---------------------------------------------------------------------------


def places_of(values: Values) -> list[Location]:
    """Read the locations: names, points, boxes, polygons."""
    found = []
    for one in values.get("geolocations", ()):
        point = _point(one.get("geolocationpoint"))
        location = Location(
            one.get("geolocationplace"),
            point.latitude if point else None,
            point.longitude if point else None,
            _box(one.get("geolocationbox")),
            tuple(_polygons(one.get("geolocationpolygon"))),
        )
        if location != Location():
            found.append(location)
    return found


def _point(value: object) -> Point | None:
    """Read a point; as a text (kernel 3) latitude comes first."""
    if isinstance(value, dict):
        north = number_of(value.get("pointlatitude"))
        east = number_of(value.get("pointlongitude"))
    else:
        parts = str(value or "").replace(",", " ").split()
        if len(parts) != 2:
            return None
        north, east = number_of(parts[0]), number_of(parts[1])
    return None if north is None or east is None else Point(north, east)


def _box(value: object) -> Box | None:
    """Read a box; as a text (kernel 3) it is south, west, north, east."""
    if isinstance(value, dict):
        sides = [
            number_of(value.get(f"{side}bound{kind}"))
            for side, kind in (
                ("west", "longitude"),
                ("east", "longitude"),
                ("south", "latitude"),
                ("north", "latitude"),
            )
        ]
    else:
        parts = str(value or "").replace(",", " ").split()
        if len(parts) != 4:
            return None
        south, west, north, east = map(number_of, parts)
        sides = [west, east, south, north]
    known = [side for side in sides if side is not None]
    return Box(*known) if len(known) == 4 else None


def _polygons(value: object) -> Iterable[Polygon]:
    """Read one polygon (a list of points) or several (a list of lists)."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list) or not value:
        return
    if isinstance(value[0], dict) and "polygonpoints" in value[0]:
        value = [[one] for one in value]  # an object each, as some write it
    several = value if isinstance(value[0], list) else [value]
    for one in several:
        points: list[Point] = []
        inside = None
        for entry in one if isinstance(one, list) else ():
            if not isinstance(entry, dict):
                continue
            for name, place in entry.items():
                for spot in place if isinstance(place, list) else [place]:
                    point = _point(spot)
                    if point is None:
                        continue
                    if name == "inpolygonpoint":
                        inside = point
                    else:
                        points.append(point)
        if points:
            yield Polygon(tuple(points), inside)
