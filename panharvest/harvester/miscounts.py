"""Repositories that promise more records than they have.

Some count deleted or hidden items in ``completeListSize``. The first time that is not
told from a list that was cut, so the harvest is incomplete. When whole harvests come to
the same difference again and again, and the list of identifiers has no more records
either, the repository miscounts: then its lists are taken for whole, and every report
says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.harvester.job import COMPLETE, Outcome
from panharvest.harvester.state import Shortfall

if TYPE_CHECKING:
    from panharvest.harvester.job import Job
    from panharvest.harvester.state import Knowledge, Progress

ALIKE = 3  # whole harvests that have to come to the same difference
_NONE = Shortfall()


def tolerated(knowledge: Knowledge, spec: str) -> int:
    """Give how many records a list may lack because its repository miscounts."""
    return knowledge.short.get(spec, _NONE).usual


def judged(job: Job, spec: str, state: Progress, missing: int) -> Outcome:
    """Judge a list that brought fewer records than promised, and its identifiers too.

    Parameters
    ----------
    missing
        How many did not come though nothing more is listed.
    """
    known = job.knowledge.short.setdefault(spec, Shortfall())
    if state.full:
        known.times = known.times + 1 if known.lately == missing else 1
        known.lately = missing
        if known.times >= ALIKE:
            known.usual = missing
    if missing <= known.usual:
        job.note(
            "list.miscounted",
            f"it promises {missing:,} records more than it lists, as ever: it is taken "
            "to miscount",
        )
        return COMPLETE
    more = (
        f"when {ALIKE} whole harvests in a row come to that difference it is taken to "
        f"miscount (this was number {known.times})"
        if state.full
        else "the next harvest reads the list again"
    )
    return Outcome(
        "incomplete",
        "list.short",
        f"{missing:,} of {state.expected:,} records did not come, and its list of "
        f"identifiers has no more; {more}; if you know that it miscounts, set "
        "trust_size to false for it",
    )


def forget(knowledge: Knowledge, spec: str) -> None:
    """Take a repository at its word again: a whole list had what it promised."""
    knowledge.short.pop(spec, None)
