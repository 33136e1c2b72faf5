"""The written form of identifiers, dates and language tags: tests and normal forms.

Nothing here looks anything up: a well-formed identifier need not exist.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from panharvest.record import Identifier

_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x1f\x7f]+")
_DOI_PREFIX = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_HANDLE = re.compile(r"[0-9A-Za-z.]+/[^\s\x00-\x1f\x7f]+")
_HANDLE_PREFIX = re.compile(r"(?:https?://hdl\.handle\.net/|hdl:\s*)", re.IGNORECASE)
_ORCID = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")
_ORCID_PREFIX = re.compile(
    r"(?:(?:https?://)?(?:www\.)?orcid\.org/|orcid:\s*)+", re.IGNORECASE
)
_ROR = re.compile(r"https://ror\.org/(0[a-hj-km-np-tv-z0-9]{6})([0-9]{2})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MOMENT = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
_LONGEST_MOMENT = 64  # letters; what is longer is none, and is not remembered
_CROCKFORD = {c: n for n, c in enumerate("0123456789abcdefghjkmnpqrstvwxyz")}
_SAFE = "/:;(),._-~+@!$&'*="  # stays readable in the path of a URL

# Where the identifiers of a scheme resolve.
_RESOLVERS = {
    "DOI": "https://doi.org/",
    "Handle": "https://hdl.handle.net/",
    "ORCID": "https://orcid.org/",
    "ARK": "https://n2t.net/",
    "arXiv": "https://arxiv.org/abs/",
    "PMID": "https://pubmed.ncbi.nlm.nih.gov/",
    "RAiD": "https://raid.org/",
    "SWHID": "https://archive.softwareheritage.org/",
    "IGSN": "https://doi.org/",
}


def bare_doi(text: str) -> str:
    """Give a DOI without resolver or ``doi:``, in lower case (DOIs ignore case)."""
    text = text.strip()
    if not text.startswith("10."):  # nearly every DOI is bare
        text = _DOI_PREFIX.sub("", text, count=1)
    return text.lower()


def bare_handle(text: str) -> str:
    """Give a Handle without resolver or ``hdl:``."""
    return _HANDLE_PREFIX.sub("", text.strip(), count=1)


def bare_orcid(text: str) -> str:
    """Give an ORCID iD without resolver, also where it is written twice."""
    found = _ORCID_PREFIX.match(text := text.strip())
    return text[found.end() :] if found else text


def is_doi(text: str) -> bool:
    """Whether a text is a bare DOI (ISO 26324: ``10.<registrant>/<suffix>``)."""
    return _DOI.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """Whether a text is a bare Handle (RFC 3650: ``<authority>/<name>``)."""
    return _HANDLE.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def is_orcid(text: str) -> bool:
    """Whether a text is an ORCID iD whose check digit is right (ISO 7064 mod 11-2)."""
    if _ORCID.fullmatch(text) is None:
        return False
    total = 0
    for digit in text[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return text[-1] == "0123456789X"[(12 - total % 11) % 11]


@lru_cache(maxsize=4096)
def is_ror(text: str) -> bool:
    """Whether a text is a ROR URL whose check digits are right (ISO 7064 mod 97-10)."""
    match = _ROR.fullmatch(text)
    if match is None:
        return False
    number = 0
    for letter in match[1]:
        number = number * 32 + _CROCKFORD[letter]
    return int(match[2]) == 98 - number * 100 % 97


def is_language(text: str) -> bool:
    """Whether a text has the form of a language tag (BCP 47, as xs:language takes)."""
    return _LANGUAGE.fullmatch(text) is not None


def is_moment(text: str) -> bool:
    """Whether a text is a date or date-time of W3CDTF that exists in the calendar.

    Beyond W3CDTF a time without offset is taken: it is local (see ``record.Moment``).
    """
    return len(text) <= _LONGEST_MOMENT and _is_moment(text)


@lru_cache(maxsize=4096)
def _is_moment(text: str) -> bool:
    match = _MOMENT.fullmatch(text)
    if match is None:
        return False
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    if hour is None:
        return True
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return False
    return zone in (None, "Z") or (int(zone[1:3]) < 24 and int(zone[4:]) < 60)


def url_of(identifier: Identifier) -> str | None:
    """Give the address under which an identifier resolves; None when there is none."""
    value, scheme = identifier.value.strip(), identifier.scheme
    if value.startswith(("https://", "http://")):
        return value
    if scheme == "DOI":
        value = bare_doi(value)
    elif scheme == "Handle":
        value = bare_handle(value)
    resolver = _RESOLVERS.get(scheme)
    if resolver is None or not value or (scheme == "IGSN" and not is_doi(value)):
        return None
    return resolver + quote(value, safe=_SAFE, errors="replace")


def is_before(first: str, second: str) -> bool:
    """Whether one moment is over, for certain, before another begins.

    Each is as long as it is imprecise (a year, a day), and where only one of the two
    tells its zone they may be 14 hours closer. False when either is no moment.
    """
    if max(len(first), len(second)) > _LONGEST_MOMENT:
        return False
    a, b = _span(first), _span(second)
    if a is None or b is None:
        return False
    slack = 14 * 3600 if a[2] != b[2] else 0
    return a[1] + slack < b[0]


@lru_cache(maxsize=4096)
def _span(text: str) -> tuple[int, int, bool] | None:
    """Give first and last second of a moment, and whether its zone is known."""
    match = _MOMENT.fullmatch(text)
    if match is None or not is_moment(text):
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    first_month, last_month = int(month or 1), int(month or 12)
    last_day = int(day or monthrange(int(year), last_month)[1])
    start = date(int(year), first_month, int(day or 1)).toordinal() * 86400
    end = date(int(year), last_month, last_day).toordinal() * 86400 + 86399
    if hour is None:
        return start, end, False
    start += int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
        start += offset if zone[0] == "-" else -offset
    return start, start + (0 if second else 59), zone is not None
