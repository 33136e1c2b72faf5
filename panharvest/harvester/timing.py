"""Which instants to trust: up to when a list is complete, and what dates mean."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.harvester.state import Window
from panharvest.oai import parse_datestamp
from panharvest.sources.oaipmh.datestamps import is_instant, lenient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.harvested import Entry
    from panharvest.harvester.job import Job
    from panharvest.harvester.state import Bookmark
    from panharvest.sources.oaipmh.answers import Answer
    from panharvest.transport import Reply

DAY = 86_400
STILL = 120  # seconds in which no clock stands still by chance


def bookmark_of(
    job: Job, before: Bookmark | None, reply: Reply, answer: Answer
) -> tuple[int, str | None]:
    """Give up to when a list is complete, from its first page.

    The repository's ``responseDate`` counts, as its datestamps come from the same
    clock. It must not be later than its HTTP date and our own clock say: a bookmark too
    early costs a few records twice, one too late loses them. When it stands still since
    the last harvest only the other two count, less a day for clocks in local time.
    """
    said = lenient(answer.response_date or "")
    others = [int(reply.fetched)]
    if (date := http_date(reply.headers.get("date"))) is not None:
        others.append(date)
    if said is None:
        job.note("clock.none", "its answers have no legible responseDate")
        return min(others) - DAY, None
    if (
        before is not None
        and before.date == answer.response_date
        and reply.fetched - before.began > STILL
    ):
        job.note("clock.frozen", "its responseDate stands still")
        return min(others) - DAY, answer.response_date
    return min(said, *others), answer.response_date


def stamps_of(entries: Sequence[Entry]) -> tuple[int, int, int, bool] | None:
    """Give the first, oldest and newest instant of a page, and whether it is in order.

    None when it has none. Illegible datestamps are in no order.
    """
    texts = [entry.datestamp for entry in entries]
    lengths = set(map(len, texts))
    if len(lengths) == 1 and all(text[-1:] == "Z" for text in texts):
        # of one form: their order is that of time
        legible = [t for t in texts if is_instant(t)] if _any_odd(entries) else texts
        oldest, newest = min(legible, default=""), max(legible, default="")
        first, last = lenient(oldest), lenient(newest)
        begin = lenient(texts[0])
        if first is not None and last is not None and begin is not None:
            whole = len(legible) == len(texts)
            return begin, first, last, whole and texts == sorted(texts)
    known = [instant for instant in map(lenient, texts) if instant is not None]
    if not known:
        return None
    ordered = len(known) == len(texts) and known == sorted(known)
    return known[0], min(known), max(known), ordered


def _any_odd(entries: Sequence[Entry]) -> bool:
    return any("datestamp.invalid" in entry.flags for entry in entries)


def http_date(text: str | None) -> int | None:
    """Read a date of HTTP; None when it is none."""
    try:
        return int(parsedate_to_datetime(text or "").timestamp())
    except (TypeError, ValueError, OverflowError):
        return None


def bounds(first: str | None, last: str | None) -> Window:
    """Read ``from`` and ``until`` as they are given by hand.

    Raises
    ------
    ConfigError
        When one is no date, or they are in the wrong order.
    """
    for name, text in (("from", first), ("until", last)):
        if text is not None and parse_datestamp(text) is None:
            raise ConfigError(
                f"--{name} {text}: not a date YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
            )
    window = Window(
        None if first is None else parse_datestamp(first),
        None if last is None else parse_datestamp(last, last=True),
    )
    begin, end = window.first, window.last
    if begin is not None and end is not None and begin > end:
        raise ConfigError(f"--from {first} is later than --until {last}")
    return window
