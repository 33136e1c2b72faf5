"""What to do when a repository answers with an error, or with nothing of use."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from panharvest.errors import RetryError
from panharvest.harvested import Quarantined
from panharvest.harvester.job import Outcome
from panharvest.harvester.reopening import reopen
from panharvest.sources.oaipmh.answers import BadAnswerError, OaiError

if TYPE_CHECKING:
    from panharvest.harvester.listing import Listing

BROKEN = 500  # HTTP statuses from here on
FAILURES = 6  # requests in a row that may fail before it is an outage


def refused(listing: Listing, error: OaiError) -> Outcome | None:
    """Find what an ``<error>`` means for a list; None: it goes on."""
    state = listing.state
    code = error.code
    if state.token:
        if code == "noRecordsMatch" and _is_whole(listing):
            _end(listing)
            return _decide(listing, None)
        if once_more(listing, code):
            return None
        return _decide(
            listing, reopen(listing, f"token.{code}", f"in the middle it said {error}")
        )
    if code == "noRecordsMatch":
        return _decide(listing, _empty(listing, error))
    if code == "badArgument":
        return _decide(listing, _bad_argument(listing, error))
    if code == "cannotDisseminateFormat":
        return _failed("format.unknown", _formats(listing))
    if code == "noSetHierarchy":
        return _failed("sets.none", "the repository has no sets: leave out the set")
    if error.status >= BROKEN:
        return _decide(listing, Outcome("incomplete", "oai.error", str(error)))
    return _failed("oai.error", f"the repository said {error}")


def once_more(listing: Listing, code: str) -> bool:
    """Whether the same request is to be made a second time; once for each place."""
    place = f"{code} {listing.state.token}"
    if place in listing.asked_again:
        return False
    listing.asked_again.add(place)
    return True


def _decide(listing: Listing, outcome: Outcome | None) -> Outcome | None:
    """Keep the checkpoint with what was decided."""
    listing.save()
    return outcome


def _failed(code: str, reason: str) -> Outcome:
    return Outcome("failed", code, reason)


def _formats(listing: Listing) -> str:
    prefix = listing.job.feed.prefix
    with suppress(OaiError, RetryError):
        known = ", ".join(listing.job.client.prefixes())
        return f"the repository has no format {prefix}; it has {known}"
    return f"the repository has no format {prefix}"


def _empty(listing: Listing, error: OaiError) -> Outcome | None:
    """Tell an empty list from an outage that looks like one."""
    state, job = listing.state, listing.job
    if error.status >= BROKEN:
        return Outcome("incomplete", "list.outage", f"it said {error}: an outage")
    whole = state.full and len(state.windows) == 1 and state.counts.pages == 0
    if state.windows[0].sure:
        return Outcome(
            "incomplete", "list.outage", "it denies records that it has shown before"
        )
    if whole and not listing.spec:
        known = job.harvests.totals(job.feed.num).live
        but = f", but {known:,} records of it are known" * bool(known)
        return Outcome(
            "incomplete",
            "list.empty",
            f"it says that it has nothing{but}: is that so, or is it an outage?",
        )
    if whole and listing.spec:
        with suppress(OaiError, RetryError):
            specs = job.client.sets()
            if listing.spec not in specs:
                few = ", ".join(specs[:12]) or "none"
                return Outcome(
                    "failed",
                    "set.unknown",
                    f"the repository has no set {listing.spec}; it has {few}",
                )
    _end(listing)
    return None


def _end(listing: Listing) -> None:
    """Go on to the next window."""
    listing.state.windows.pop(0)
    listing.state.rewind()


def _is_whole(listing: Listing) -> bool:
    """Whether all of the window came, so that no more is no wonder.

    Without a size that is so when the list was asked for again from its last datestamp,
    and gave nothing but what was known.
    """
    state = listing.state
    if state.size is not None:
        return state.seen >= state.size
    # a list that was begun again from its beginning gives known records in any case
    resumed = state.reopened > 0 and state.windows[0].restarts == 0
    return resumed and state.stale > 0 and state.fresh == 0


def _bad_argument(listing: Listing, error: OaiError) -> Outcome | None:
    """Try dates of the other granularity; then do without dates."""
    state, job = listing.state, listing.job
    window = state.windows[0]
    if window.first is None and window.last is None:
        return Outcome("failed", "oai.error", f"the repository said {error}")
    tried = listing.granularities
    tried.add("day" if job.day else "second")
    left = {"day", "second"} - tried
    if left and job.endpoint.quirks.granularity is None:
        job.knowledge.granularity = left.pop()
        job.note(
            f"granularity.{job.knowledge.granularity}",
            "it refused dates of the granularity that it names",
        )
        return None
    if state.once or len(state.windows) > 1 or state.reopened:
        return Outcome("failed", "oai.error", f"the repository said {error}")
    job.note("list.unbounded", f"it takes no dates ({error}): everything is read")
    job.knowledge.unbounded = True
    window.first = window.last = None
    state.full = True
    return None


def unreadable(listing: Listing, error: RetryError) -> Outcome | None:
    """Tell a page that cannot be read from a repository that is out of order."""
    state, job = listing.state, listing.job
    listing.failures += 1
    cause = error.__cause__
    if isinstance(cause, BadAnswerError):
        _put_aside(listing, cause)
    down = Outcome("incomplete", _code(cause), str(error))
    if listing.failures > FAILURES or state.instant is None:
        return _decide(listing, down)
    try:
        job.client.ask("Identify", attempts=1)
    except (OaiError, RetryError):
        return _decide(listing, down)
    return _decide(listing, reopen(listing, _code(cause), f"a page is bad: {error}"))


def _code(cause: BaseException | None) -> str:
    return cause.code if isinstance(cause, BadAnswerError) else "unreachable"


def _put_aside(listing: Listing, cause: BadAnswerError) -> None:
    """Keep a bad page as it came, for whoever has to explain it."""
    job, state = listing.job, listing.state
    piece = Quarantined(cause.code, str(cause), cause.raw)
    asked = state.token or f"page 1 of {state.windows[0]}"
    with job.write() as writer:
        writer.quarantine(job.feed.num, asked, job.clock(), [piece])
    for counts in (state.counts, listing.brought, job.counts):
        counts.quarantined += 1
    job.tell(listing.spec, [piece])
