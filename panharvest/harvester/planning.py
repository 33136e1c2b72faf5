"""What a harvest would do, told without asking anybody."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.harvested import Totals
from panharvest.harvester.addresses import known_address
from panharvest.harvester.settings import bare
from panharvest.harvester.state import Bookmark, Knowledge, Progress, load
from panharvest.oai import format_datestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.harvested import Course, Harvests
    from panharvest.harvester.settings import Endpoint, HarvestSettings


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be asked of a list, in words."""

    endpoint: str
    url: str
    prefix: str
    spec: str
    what: str
    known: int = 0
    quarantined: int = 0
    last: str = ""  # how the last harvest ended


def plan(
    endpoint: Endpoint, harvests: Harvests | None, settings: HarvestSettings
) -> Iterator[Plan]:
    """Tell what would be asked of each list of an endpoint.

    Parameters
    ----------
    harvests
        What was harvested; None when there is no store yet.
    """
    feed = None
    url = known_address(harvests, endpoint.url) if harvests else bare(endpoint.url)
    for one in harvests.feeds() if harvests else ():
        if (one.url, one.prefix) == (url, endpoint.prefix):
            feed = one
    courses = harvests.courses(feed.num) if harvests and feed else {}
    totals = harvests.totals(feed.num) if harvests and feed else Totals()
    last = _last(harvests, feed.num) if harvests and feed else ""
    knowledge = load(feed.knowledge, Knowledge) if feed else Knowledge()
    for spec in endpoint.sets or ("",):
        yield Plan(
            endpoint=endpoint.name,
            url=bare(endpoint.url),
            prefix=endpoint.prefix,
            spec=spec,
            what=_what(endpoint, courses.get(spec), knowledge, settings),
            known=totals.live,
            quarantined=totals.quarantined,
            last=last,
        )


def _last(harvests: Harvests, feed: int) -> str:
    for report in harvests.reports(feed):
        found = json.loads(report)
        return ": ".join(text for text in (found["status"], found["reason"]) if text)
    return ""


def _what(
    endpoint: Endpoint,
    course: Course | None,
    knowledge: Knowledge,
    settings: HarvestSettings,
) -> str:
    if endpoint.first or endpoint.last:
        first, last = endpoint.first or "the beginning", endpoint.last or "now"
        return f"once, from {first} until {last}"
    if settings.full or course is None:
        return "everything"
    if course.checkpoint:
        state = load(course.checkpoint, Progress)
        return f"go on after page {state.counts.pages:,}"
    if course.bookmark and not knowledge.constant and endpoint.quirks.incremental:
        instant = int(load(course.bookmark, Bookmark).instant - settings.overlap)
        return f"what changed since {format_datestamp(max(instant, 0))}"
    return "everything"
