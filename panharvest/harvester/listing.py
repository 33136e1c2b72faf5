"""One list of a repository, read from where it was left to its end, or to why not.

A list that is cut short, goes round in circles or loses its place is never taken for a
whole one. What can be done is done: the same page again, the list again from the last
datestamp that is safe, a part of it by halves, what is left one by one. What remains is
said, and the bookmark stays where it was.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from panharvest.harvested import REPAIRED, Course
from panharvest.harvester import miscounts, reopening
from panharvest.harvester.ahead import Ahead
from panharvest.harvester.events import PageDone
from panharvest.harvester.identifiers import verify
from panharvest.harvester.job import COMPLETE, Job, Outcome, page_of
from panharvest.harvester.refusals import refused, unreadable
from panharvest.harvester.state import (
    Bookmark,
    Counts,
    Progress,
    Window,
    dump,
    load,
)
from panharvest.harvester.timing import bookmark_of, bounds, stamps_of
from panharvest.sources.oaipmh.answers import OaiError
from panharvest.transport import UnavailableError

if TYPE_CHECKING:
    from panharvest.harvested import Kept
    from panharvest.sources.oaipmh.answers import Answer
    from panharvest.transport import Reply

DAY = 86_400
FEW = 10  # records that may have the same datestamp by chance
ROUND = 1000  # a list without size that ends at a multiple of this was maybe cut


class Listing:
    """A list at work.

    Parameters
    ----------
    job
        The endpoint.
    spec
        The set; empty: everything.
    course
        How far it was read before.
    """

    def __init__(self, job: Job, spec: str, course: Course) -> None:
        self.job, self.spec = job, spec
        self.bookmark = load(course.bookmark, Bookmark) if course.bookmark else None
        self.state = self._begin(course)
        self.brought = Counts()  # by this run
        self.failures = 0  # requests in a row that could not be read
        self.asked_again: set[str] = set()
        self.granularities: set[str] = set()  # that were refused

    @property
    def once(self) -> bool:
        """Whether the list is bounded by hand, so that it says nothing of the rest."""
        return bool(self.job.endpoint.first or self.job.endpoint.last)

    def _begin(self, course: Course) -> Progress:
        job, settings = self.job, self.job.settings
        self.resumed = False
        if course.checkpoint and not settings.full:
            state = load(course.checkpoint, Progress)
            if state.once == self.once:
                self.resumed = True
                return state
        job.knowledge.lists += 1
        window = Window()
        if self.once:
            window = bounds(job.endpoint.first, job.endpoint.last)
        elif (
            self.bookmark is not None
            and not settings.full
            and not job.knowledge.constant
            and job.endpoint.quirks.incremental
        ):
            window.first = max(int(self.bookmark.instant - settings.overlap), 0)
        full = window.first is None and window.last is None
        return Progress(
            listed=job.knowledge.lists,
            began=job.clock(),
            windows=[window],
            whole=Window(window.first, window.last),
            full=full,
            once=self.once,
        )

    def run(self) -> Outcome:
        """Read the list to its end, or to where it cannot go on."""
        with closing(Ahead(self.job.client)) as self.ahead:
            return self._run()

    def _run(self) -> Outcome:
        while self.state.windows:
            try:
                reply, answer = self.ahead.ask(self._arguments())
            except OaiError as error:
                outcome = refused(self, error)
            except UnavailableError as error:
                outcome = unreadable(self, error)
            else:
                self.failures = 0
                outcome = self._take(reply, answer)
            if outcome is not None:
                return outcome
        return self._finish()

    def _arguments(self) -> list[tuple[str, str]]:
        state, job = self.state, self.job
        if state.token:
            return [("resumptionToken", state.token)]
        window = state.windows[0]
        given = {
            "metadataPrefix": job.feed.prefix,
            "set": self.spec or None,
            "from": None if window.first is None else job.stamp(window.first),
            "until": None if window.last is None else job.stamp(window.last),
        }
        return [(name, value) for name, value in given.items() if value is not None]

    def save(self) -> None:
        """Keep the checkpoint in a transaction of its own."""
        with self.job.write() as writer:
            writer.put_course(self.job.feed.num, self.spec, self._course())

    def _course(self) -> Course:
        bookmark = dump(self.bookmark) if self.bookmark else None
        return Course(bookmark, dump(self.state))

    def _take(self, reply: Reply, answer: Answer) -> Outcome | None:
        """Keep a page, and how far the list was read with it."""
        job, state = self.job, self.state
        if state.instant is None:
            state.instant, state.date = bookmark_of(job, self.bookmark, reply, answer)
        if answer.token and answer.token.value and not state.knows(answer.token.value):
            self.ahead.begin(answer)
        outcome = None
        with job.write() as writer:
            kept = writer.put_page(
                job.feed.num, page_of(reply, answer), answer.entries, state.listed
            )
            job.quarantine(writer, reply, answer.refused)
            writer.release(job.feed.num, [e.identifier for e in answer.entries])
            page = self._count(answer, kept)
            outcome = self._advance(answer, kept)
            writer.put_course(job.feed.num, self.spec, self._course())
        self._tell(answer, page)
        return outcome

    def _count(self, answer: Answer, kept: Kept) -> Counts:
        state = self.state
        repaired = 0
        if answer.repairs:
            repaired = sum(REPAIRED in entry.flags for entry in answer.entries)
        page = Counts(
            pages=1,
            records=len(answer.entries) + len(answer.refused),
            new=kept.new,
            changed=kept.changed,
            unchanged=kept.unchanged,
            deleted=kept.deleted,
            repaired=repaired,
            quarantined=len(answer.refused),
        )
        for counts in (state.counts, self.brought, self.job.counts):
            counts.add(page)
        size = page.records + len(answer.twice)
        state.fullest = max(size, state.fullest)
        state.full_page = size == state.fullest
        state.pages += 1
        state.seen += size
        for piece in answer.refused:
            name = piece.identifier or f"{state.counts.pages}:{piece.position}"
            if name not in state.refused:
                state.refused.append(name)
        self._look_at_dates(answer)
        return page

    def _look_at_dates(self, answer: Answer) -> None:
        state, window = self.state, self.state.windows[0]
        span = stamps_of(answer.entries)
        if span is None:
            state.ordered = state.ordered and not answer.entries
            return
        first, oldest, newest, ordered = span
        if not ordered or (state.newest is not None and first < state.newest):
            state.ordered = False
        state.newest = newest if state.newest is None else max(newest, state.newest)
        state.oldest = oldest if state.oldest is None else min(oldest, state.oldest)
        state.earliest = min(oldest, state.earliest or oldest)
        state.latest = max(newest, state.latest or newest)
        outside = (window.first is not None and oldest < window.first - DAY) or (
            window.last is not None and newest > window.last + DAY
        )
        if outside and not self.job.knowledge.unbounded:
            self.job.knowledge.unbounded = True
            self.job.note(
                "list.unbounded",
                "it takes no notice of from and until: every harvest is a whole one",
            )

    def _advance(self, answer: Answer, kept: Kept) -> Outcome | None:
        """Go on to the next page, the next window, or nowhere."""
        state = self.state
        token = answer.token.value if answer.token else ""
        if answer.token and answer.token.size is not None:
            state.size = answer.token.size
            if state.expected is None and state.reopened == 0:
                state.expected = state.size
        if answer.twice:
            self.job.note(
                "record.twice",
                f"{len(answer.twice)} records came twice on a page ({answer.twice[0]})"
                ": the one with the later datestamp is kept",
            )
        nothing = not answer.entries and not answer.refused
        stale = bool(answer.entries) and kept.again == len(answer.entries)
        state.empty = state.empty + 1 if nothing else 0
        state.stale = state.stale + 1 if stale else 0
        state.fresh += len(answer.entries) - kept.again
        if kept.again and state.reopened == 0 and not self.resumed:
            state.doubt("list.unstable")
        if token:
            problem = self._circle(token, nothing=nothing, stale=stale)
            if problem:
                state.rewind()
                return Outcome("incomplete", "list.loop", problem)
            state.token = token
            return None
        return self._window_done()

    def _circle(self, token: str, *, nothing: bool, stale: bool) -> str | None:
        """Notice that a list does not come to an end."""
        state, settings = self.state, self.job.settings
        met = state.met(token)
        if met and (nothing or stale):
            return "its pages go round in circles: a resumption token came again"
        if state.empty > settings.max_empty:
            return f"it gave {state.empty} empty pages in a row"
        if state.stale > settings.max_empty + state.patience:
            return f"it gave {state.stale} pages in a row with only known records"
        if state.counts.pages >= settings.max_pages:
            return f"it has more than {settings.max_pages:,} pages"
        return None

    def _window_done(self) -> Outcome | None:
        state, quirks = self.state, self.job.endpoint.quirks
        lacking = miscounts.tolerated(self.job.knowledge, self.spec)
        short = state.size is not None and state.seen + lacking < state.size
        if short and quirks.trust_size and state.shorts < reopening.RESTARTS:
            state.shorts += 1
            return reopening.reopen(
                self,
                "list.short",
                f"it ended after {state.seen:,} of {state.size:,} records",
            )
        if state.size is None and self._ends_on_a_full_page():
            if reopening.probe(self):
                return None
            state.doubt("list.full-page")
        self._suspect_a_cap()
        state.windows.pop(0)
        state.rewind()
        return None

    def _ends_on_a_full_page(self) -> bool:
        """Whether a list without size ends where there might be one page more."""
        state = self.state
        return state.fresh > 0 and state.pages > 1 and state.full_page

    def _suspect_a_cap(self) -> None:
        """Doubt a list without size that ends at a suspiciously round number."""
        state, cap = self.state, self.job.endpoint.quirks.cap
        if state.size is not None or not state.seen:
            return
        if state.seen == cap or (
            cap is None and state.counts.pages == 1 and state.seen % ROUND == 0
        ):
            state.doubt("list.capped")

    def _tell(self, answer: Answer, page: Counts) -> None:
        job, state = self.job, self.state
        job.emit(
            PageDone(
                endpoint=job.endpoint.name,
                spec=self.spec,
                page=state.counts.pages,
                records=page.records,
                new=page.new,
                changed=page.changed,
                unchanged=page.unchanged,
                deleted=page.deleted,
                repaired=page.repaired,
                quarantined=page.quarantined,
                seen=state.counts.records,
                size=state.expected,
            )
        )
        job.tell(self.spec, answer.refused)
        if answer.repairs:
            job.note(
                "page.repaired",
                f"answers had to be repaired ({', '.join(answer.repairs)}); "
                "they are kept as they came too",
            )

    def _finish(self) -> Outcome:
        """Verify what is doubtful; move the bookmark when nothing is missing."""
        state, job = self.state, self.job
        outcome = self._verified()
        if outcome.status == "complete":
            self._learn()
            if state.counts.records and state.instant is not None and not self.once:
                self.bookmark = Bookmark(state.instant, state.date, state.began)
        course = Course(dump(self.bookmark) if self.bookmark else None)
        with job.write() as writer:
            writer.put_course(job.feed.num, self.spec, course)
        return outcome

    def _verified(self) -> Outcome:
        state, job = self.state, self.job
        missing = self._missing()
        if self._exact():
            state.gaps = []
        elif missing or state.doubts:
            state.gaps = [state.whole]
        for gap in state.gaps:
            some = gap == state.whole and state.counts.records > 0
            lacking = missing if gap == state.whole else 0
            problem = verify(
                job, self.spec, gap, state.listed, some=some, lacking=lacking
            )
            if problem is not None:
                return Outcome("incomplete", *problem)
        if "list.capped" in state.doubts and not self._grown():
            return Outcome(
                "incomplete",
                "list.capped",
                f"the list ends at exactly {state.counts.records:,} records and has "
                "no size: it looks cut off; harvest it by sets, or set cap for it to "
                "what its limit really is",
            )
        missing = self._missing()
        if missing:
            return miscounts.judged(job, self.spec, state, missing)
        if state.full:
            miscounts.forget(job.knowledge, self.spec)
        return COMPLETE

    def _exact(self) -> bool:
        """Whether exactly as many records came as the list promised."""
        state, num = self.state, self.job.feed.num
        came = self.job.harvests.listed(num, state.listed)
        return state.expected == came and self.job.endpoint.quirks.trust_size

    def _grown(self) -> bool:
        """Whether the identifiers led to more records than the list had."""
        return self.job.harvests.listed(self.job.feed.num, self.state.listed) > (
            self.state.counts.records
        )

    def _missing(self) -> int:
        """Count the records that the list promised and that did not come."""
        state = self.state
        if state.expected is None or not self.job.endpoint.quirks.trust_size:
            return 0
        harvests, num = self.job.harvests, self.job.feed.num
        # one that was quarantined may have come all the same, later
        refused = harvests.unlisted(num, state.listed, state.refused)
        came = harvests.listed(num, state.listed) + len(refused)
        return max(state.expected - came, 0)

    def _learn(self) -> None:
        """Notice datestamps that say nothing."""
        state, job = self.state, self.job
        if not state.full or self.spec or state.counts.records < FEW:
            return
        constant = state.earliest is not None and state.earliest == state.latest
        if constant and not job.knowledge.constant:
            job.note(
                "datestamps.constant",
                "all records have the same datestamp: changes are found by content, "
                "and every harvest is a whole one",
            )
        job.knowledge.constant = constant
