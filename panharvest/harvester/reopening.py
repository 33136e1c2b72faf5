"""Asking for a list again, when its token has expired or a page cannot be read.

First from the last datestamp, if the list came in order so far; then once more from the
beginning; then by halves, each of which is a list of its own. What is left in the end
is a gap, whose records are asked for one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.harvester.job import Outcome
from panharvest.harvester.state import Window

if TYPE_CHECKING:
    from panharvest.harvester.listing import Listing

DAY = 86_400
RESTARTS = 3  # times that a list which cannot be cut into parts is begun again
MOST = 200  # times that a list is asked for again, all in all
LONG_AGO = 946_684_800  # 2000-01-01, for repositories that do not say when they began


def reopen(listing: Listing, code: str, why: str) -> Outcome | None:
    """Go on in another way; an outcome when there is none left."""
    state, job = listing.state, listing.job
    state.reopened += 1
    if state.reopened > MOST:
        return Outcome(
            "incomplete", code, f"{why}; it was asked for {MOST} times, that is enough"
        )
    job.note("list.reopened", f"{why}: the list is asked for again")
    window = state.windows[0]
    state.patience = max(state.patience, state.counts.pages)
    safe = _safe(listing)
    if safe is not None:
        if state.expected is None:  # then nothing else tells whether that was right
            state.gaps.append(Window(window.first, safe))
        state.windows[0] = Window(safe, window.last, sure=True)
    elif window.restarts < (RESTARTS if job.knowledge.unbounded else 1):
        window.restarts += 1
        window.sure = window.sure or state.seen > 0
    elif halves := _halves(listing):
        state.windows[0:1] = halves
        state.doubt("list.halved")
    else:
        state.gaps.append(state.windows.pop(0))
    state.rewind()
    return None


def probe(listing: Listing) -> bool:
    """Look whether a list that came in order really ends where it ended.

    It is asked for again from its last datestamp; there is nothing new when it does.
    """
    state = listing.state
    safe = _safe(listing)
    if safe is None or state.reopened >= MOST:
        return False
    state.reopened += 1
    state.patience = max(state.patience, state.counts.pages)
    state.windows[0] = Window(safe, state.windows[0].last, sure=True)
    state.rewind()
    return True


def _safe(listing: Listing) -> int | None:
    """Give the datestamp from which the list can go on, if it came in order."""
    state, job = listing.state, listing.job
    window = state.windows[0]
    if job.knowledge.unbounded or job.knowledge.constant or not state.ordered:
        return None
    if state.newest is None or state.newest == state.oldest:
        return None
    safe = state.newest - state.newest % DAY if job.day else state.newest
    if window.first is not None and safe <= window.first:
        return None
    return safe


def _halves(listing: Listing) -> list[Window] | None:
    """Cut the window in two by time; None when it cannot be."""
    state, job = listing.state, listing.job
    if job.knowledge.unbounded or job.knowledge.constant:
        return None
    window = state.windows[0]
    low, high = window.first, window.last
    if low is None:
        low = min(
            one
            for one in (job.knowledge.earliest, state.earliest, LONG_AGO)
            if one is not None
        )
        low = max(low, 0)
    if high is None:
        high = state.instant if state.instant is not None else int(job.clock())
    step = DAY if job.day else 1
    low, high = low // step, high // step
    if high <= low:
        return None
    middle = (low + high) // 2
    return [
        Window(window.first, (middle + 1) * step - 1),
        Window((middle + 1) * step, window.last),
    ]
