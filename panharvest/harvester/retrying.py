"""What was quarantined, tried again: each record is asked for by its name."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from panharvest.catalogued import CATALOGUE
from panharvest.errors import PanharvestError
from panharvest.harvested import Retried
from panharvest.harvester.identifiers import fetch
from panharvest.harvester.job import Job
from panharvest.harvester.settings import Endpoint, HarvestSettings
from panharvest.harvester.state import Knowledge, load
from panharvest.transport import Timing, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.harvested import Feed, Harvests, Held
    from panharvest.protocols import Clock, Store


def retry(
    store: Store,
    *,
    nums: Sequence[int] = (),
    settings: HarvestSettings | None = None,
    clock: Clock = time.time,
    transport: Transport | None = None,
) -> Iterator[Retried]:
    """Ask for quarantined records again.

    Parameters
    ----------
    nums
        Numbers of pieces; none: all of them.
    """
    settings = settings or HarvestSettings()
    own = transport is None
    transport = transport or Transport(settings.manners, Timing(clock=clock))
    harvests = store.harvests()
    chosen: defaultdict[int, list[Held]] = defaultdict(list)
    for held in harvests.quarantined():
        if held.prefix.startswith(CATALOGUE):
            continue  # see panharvest.cataloguing.retrying
        if not nums or held.num in nums:
            chosen[held.feed].append(held)
    try:
        for feed in harvests.feeds():
            if chosen[feed.num]:
                yield from _retry(
                    harvests, feed, chosen[feed.num], settings, clock, transport
                )
    finally:
        if own:
            transport.close()


def _retry(
    harvests: Harvests,
    feed: Feed,
    pieces: Sequence[Held],
    settings: HarvestSettings,
    clock: Clock,
    transport: Transport,
) -> Iterator[Retried]:
    named = [held.piece.identifier for held in pieces if held.piece.identifier]
    reason = ""
    try:
        with harvests.lock(feed.num):
            knowledge = load(harvests.feed(feed.url, feed.prefix).knowledge, Knowledge)
            job = Job(
                Endpoint(url=feed.url, prefix=feed.prefix),
                settings,
                harvests,
                feed,
                knowledge,
                transport,
                clock,
                lambda _: None,
            )
            with job.write() as writer:
                writer.want(feed.num, named)
            job.knowledge.lists += 1
            fetch(job, "", job.knowledge.lists)
            whole = [h.num for h in pieces if not h.piece.identifier]
            if whole and _came_whole(harvests, feed):
                with harvests.write() as writer:
                    writer.drop(whole)
    except PanharvestError as error:
        reason = str(error)
    left = {held.num: held for held in harvests.quarantined(feed.num)}
    for held in pieces:
        now = left.get(held.num)
        if now is None:
            yield Retried(held, freed=True)
        elif held.piece.identifier:
            yield Retried(held, freed=False, reason=reason or now.piece.reason)
        else:
            said = "it has no name to ask for; a complete harvest settles it"
            yield Retried(held, freed=False, reason=reason or said)


def _came_whole(harvests: Harvests, feed: Feed) -> bool:
    """Whether all lists of a feed came to their end since."""
    courses = harvests.courses(feed.num).values()
    return bool(courses) and all(
        course.bookmark and not course.checkpoint for course in courses
    )
