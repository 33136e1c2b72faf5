"""Datestamps: whole seconds UTC, read and written as OAI-PMH 2.0 §3.3 asks."""

from __future__ import annotations

import re
import time
from calendar import timegm
from datetime import UTC, datetime
from functools import lru_cache

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SECOND = re.compile(_DAY.pattern + r"T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")
_DAY_SECONDS = 86_400


def parse_datestamp(text: str, *, last: bool = False) -> int | None:
    """Read a UTCdatetime argument as seconds since the epoch (§3.3).

    Parameters
    ----------
    text
        ``YYYY-MM-DD`` or ``YYYY-MM-DDThh:mm:ssZ``, nothing else: no fraction, no
        offset, no other letter case.
    last
        Give the last second of a day, not its first.

    Returns
    -------
    int or None
        None when the text has another form or names no point in time.
    """
    match = _DAY.fullmatch(text) or _SECOND.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]  # three or six integers
    except ValueError:
        return None
    start = timegm(moment.timetuple())
    return start + _DAY_SECONDS - 1 if last and is_day(text) else start


def is_day(text: str) -> bool:
    """Tell day granularity from seconds granularity in a legal datestamp."""
    return "T" not in text


@lru_cache(maxsize=1024)  # the records of a page share few datestamps
def format_datestamp(seconds: int) -> str:
    """Write seconds since the epoch as ``YYYY-MM-DDThh:mm:ssZ`` (UTC)."""
    year, month, day, hour, minute, second, *_ = time.gmtime(seconds)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
