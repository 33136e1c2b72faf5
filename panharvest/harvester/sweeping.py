"""The sweep: all identifiers compared with the store.

A repository that forgets its deleted records does not tell what vanished, and one whose
datestamps stay when an embargo ends does not tell what appeared. Both show in the list
of identifiers, which costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.errors import RetryError
from panharvest.harvester.events import SweepDone
from panharvest.harvester.identifiers import fetch, headers, rest
from panharvest.harvester.job import COMPLETE, Job, Outcome
from panharvest.harvester.state import Window
from panharvest.sources.oaipmh.answers import LoopError, OaiError

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW = 5  # records whose vanishing is never too much at once


def is_due(job: Job) -> bool:
    """Whether it is time for a sweep; the first whole harvest counts as one."""
    every = job.settings.sweep_every
    if job.endpoint.quirks.sweep_every is not None:
        every = job.endpoint.quirks.sweep_every or None
    if job.settings.sweep:
        return True
    swept = job.knowledge.swept_at
    return every is not None and swept is not None and job.clock() - swept >= every


def sweep(job: Job, specs: Sequence[str]) -> Outcome:
    """Compare all identifiers of some lists with the store.

    Records that are missing in several sweeps in a row count as deleted where the
    repository does not keep its deleted records; when many are missing at once a person
    is asked instead.
    """
    job.knowledge.sweeps += 1
    number = job.knowledge.sweeps
    listed = unknown = 0
    try:
        for spec in specs:
            for page in headers(job, spec, Window()):
                with job.write() as writer:
                    unknown += writer.mark_swept(
                        job.feed.num,
                        number,
                        [(one.identifier, one.datestamp, one.deleted) for one in page],
                    )
                listed += len(page)
    except (OaiError, RetryError, LoopError) as error:
        reason = f"the sweep did not end: {error}"
        return Outcome("incomplete", "sweep.unfinished", reason)
    outcome, missing, vanished = _bury(job, number)
    job.knowledge.lists += 1
    fetched = fetch(job, "", job.knowledge.lists)
    if outcome.status == "complete":
        job.knowledge.swept_at = job.clock()
        if (left := rest(job)) is not None:
            outcome = Outcome("incomplete", *left)
    with job.write():
        pass  # what is known now
    job.vanished += vanished
    job.emit(SweepDone(job.endpoint.name, listed, fetched, missing, vanished))
    return outcome


def _bury(job: Job, number: int) -> tuple[Outcome, int, int]:
    """Count what is missing, unless it is so much that a person has to look."""
    settings, num = job.settings, job.feed.num
    absent = job.harvests.absent(num, number)
    live = job.harvests.totals(num).live
    many = absent > max(FEW, settings.vanish_most * live)
    if many and not settings.accept_vanished:
        reason = (
            f"{absent:,} of {live:,} records are not listed any more; look whether "
            "that is so, then harvest with --accept-vanished"
        )
        return Outcome("incomplete", "sweep.many-missing", reason), absent, 0
    if job.knowledge.deleted_record == "persistent" and absent:
        job.note(
            "sweep.undeclared",
            f"{absent:,} records are not listed any more, although the repository "
            "says that it keeps deleted records",
        )
    with job.write() as writer:
        after = 1 if many else settings.vanish_after
        found = writer.bury(num, number, after, job.clock())
    return COMPLETE, found.missing, found.vanished
