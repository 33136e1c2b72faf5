"""Datestamps as other repositories write them."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

CANONICAL = len("2024-06-01T00:00:00Z")
_FORM = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
    r"\s?(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)


def is_instant(text: str) -> bool:
    """Whether a datestamp names an instant, in whatever form."""
    if len(text) == CANONICAL and text[-1] == "Z":
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
        return True
    return lenient(text) is not None


@lru_cache(maxsize=4096)  # the records of a page share few datestamps
def lenient(text: str) -> int | None:
    """Read a datestamp as seconds since the epoch; None when it names no instant.

    Fractions of a second, offsets, a missing ``Z`` (taken for UTC) and days are read;
    an impossible date (``2017-01-00``) is not.
    """
    if len(text) == CANONICAL and text[10] == "T" and text[-1] == "Z":
        try:
            return int(datetime.fromisoformat(text).timestamp())
        except ValueError:
            pass
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    offset = UTC
    try:
        if zone and zone[0] in "+-":
            minutes = int(zone[1:3]) * 60 + int(zone[-2:])
            offset = timezone(
                timedelta(minutes=-minutes if zone[0] == "-" else minutes)
            )
        moment = datetime(
            *(int(part or 0) for part in (year, month, day, hour, minute, second)),  # type: ignore[arg-type,misc]  # six integers
            tzinfo=offset,
        )
        return timegm(moment.utctimetuple())
    except (ValueError, OverflowError):
        return None
