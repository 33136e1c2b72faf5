"""One endpoint, from who it is to its report."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

from panharvest.errors import (
    PanharvestError,
    RetryError,
    StopError,
    StoreBusyError,
    StoreError,
)
from panharvest.faults import fault, stack
from panharvest.harvested import Course
from panharvest.harvester.addresses import known_address
from panharvest.harvester.events import EndpointDone, EndpointStarted
from panharvest.harvester.identifiers import fetch, rest
from panharvest.harvester.job import COMPLETE, Job, Outcome
from panharvest.harvester.listing import Listing
from panharvest.harvester.settings import bare
from panharvest.harvester.state import Knowledge, Progress, load
from panharvest.harvester.sweeping import is_due, sweep
from panharvest.sources.oaipmh.answers import OaiError
from panharvest.transport import NoAnswerError, StoppedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.harvested import Harvests
    from panharvest.harvester.events import Event
    from panharvest.harvester.settings import Endpoint, HarvestSettings
    from panharvest.protocols import Clock
    from panharvest.transport import Transport


_LOG = logging.getLogger(__name__)


def harvest_endpoint(
    endpoint: Endpoint,
    harvests: Harvests,
    *,
    settings: HarvestSettings,
    transport: Transport,
    clock: Clock,
    emit: Callable[[Event], None],
) -> EndpointDone:
    """Harvest one endpoint; whatever happens to it is in what is returned.

    Raises
    ------
    StoreError
        When the store cannot be written: that concerns all endpoints.
    """
    begun = clock()
    url = known_address(harvests, endpoint.url)
    feed = harvests.feed(url, endpoint.prefix)
    job: Job | None = None
    try:
        with harvests.lock(feed.num):
            feed = harvests.feed(feed.url, feed.prefix)  # as the last harvest left it
            knowledge = load(feed.knowledge, Knowledge)
            job = Job(
                endpoint, settings, harvests, feed, knowledge, transport, clock, emit
            )
            outcome = _guarded(job)
            done = _done(endpoint, job, outcome, clock() - begun)
            with job.write() as writer:
                writer.put_report(feed.num, begun, json.dumps(asdict(done)))
    except StoreBusyError as error:
        done = _done(
            endpoint, job, Outcome("failed", "busy", str(error)), clock() - begun
        )
    emit(done)
    return done


def _guarded(job: Job) -> Outcome:
    """Work, and make an outcome of what goes wrong."""
    try:
        return _work(job)
    except (StoreError, StoreBusyError):
        raise
    except StoppedError as error:
        return Outcome("incomplete", "stopped", str(error))
    except StopError as error:
        return Outcome("failed", "refused", str(error))
    except (OaiError, RetryError) as error:
        return Outcome("incomplete", "unreachable", str(error))
    except PanharvestError as error:
        return Outcome("failed", "error", str(error))
    except Exception as error:  # whatever one endpoint provokes, others go on
        _LOG.error("harvest of %s\n%s", job.feed.url, stack(error))
        return Outcome("failed", "fault", f"a fault of panharvest: {fault(error)}")


def _work(job: Job) -> Outcome:
    endpoint = job.endpoint
    courses = job.harvests.courses(job.feed.num)
    specs = endpoint.sets or ("",)
    _identify(job)
    job.emit(
        EndpointStarted(
            endpoint=endpoint.name,
            url=job.feed.url,
            prefix=job.feed.prefix,
            resumed=any(courses[s].checkpoint for s in specs if s in courses),
            repository=job.knowledge.name,
        )
    )
    worst = COMPLETE
    if rest(job) is not None:  # the last harvest did not get through
        job.knowledge.lists += 1
        fetch(job, "", job.knowledge.lists)
    for spec in specs:
        outcome = Listing(job, spec, courses.get(spec, Course())).run()
        if outcome.status != "complete":
            if spec:
                reason = f"set {spec}: {outcome.reason}"
                outcome = Outcome(outcome.status, outcome.code, reason)
            if worst.status != "failed":
                worst = outcome
    if worst.status == "complete" and (left := rest(job)) is not None:
        worst = Outcome("incomplete", *left)
    if worst.status != "complete" or endpoint.first or endpoint.last:
        return worst
    if is_due(job):
        known = job.harvests.courses(job.feed.num)
        return sweep(job, [s for s in known if _brought(known[s])] or list(specs))
    if job.knowledge.swept_at is None:
        job.knowledge.swept_at = job.clock()
    return worst


def _brought(course: Course) -> bool:
    """Whether a list may have brought records, to its end or not.

    They count as missing where it is not listed. One that never began may be of a set
    that there is not.
    """
    if course.bookmark or not course.checkpoint:
        return True
    return load(course.checkpoint, Progress).counts.records > 0


def _identify(job: Job) -> None:
    """Learn who the repository is; one that does not say is harvested all the same."""
    knowledge = job.knowledge
    try:
        said = job.client.identify()
    except OaiError as error:
        job.note("identify.refused", f"it does not say who it is: {error}")
        return
    except UnavailableError as error:
        if isinstance(error.__cause__, NoAnswerError):
            raise
        job.note("identify.illegible", f"it does not say who it is: {error}")
        return
    knowledge.name = said.name
    knowledge.earliest = said.earliest
    knowledge.deleted_record = said.deleted_record
    if knowledge.granularity is None:
        knowledge.granularity = said.granularity


def _done(
    endpoint: Endpoint, job: Job | None, outcome: Outcome, seconds: float
) -> EndpointDone:
    counts = asdict(job.counts) if job else {}
    return EndpointDone(
        endpoint=endpoint.name,
        url=bare(endpoint.url),
        prefix=endpoint.prefix,
        status=outcome.status,
        reason=outcome.reason,
        code=outcome.code,
        vanished=job.vanished if job else 0,
        seconds=round(seconds, 3),
        sets=endpoint.sets,
        notes=tuple(job.notes) if job else (),
        **counts,
    )
