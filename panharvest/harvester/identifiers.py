"""Identifiers: to verify a list, and to fetch what it left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.errors import RetryError
from panharvest.harvested import REPAIRED, Entry, Quarantined
from panharvest.harvester.job import Job, page_of
from panharvest.harvester.miscounts import tolerated
from panharvest.harvester.state import Counts, Progress, Window
from panharvest.sources.oaipmh.answers import LoopError, OaiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.harvested import Kept
    from panharvest.sources.oaipmh.answers import Answer
    from panharvest.transport import Reply

MOST = 500_000  # identifiers that a verification remembers
CHUNK = 50  # identifiers that are taken from the list of wanted ones at once

Problem = tuple[str, str]  # code and reason


def headers(
    job: Job, spec: str, window: Window, lacking: int = 0
) -> Iterator[list[Entry]]:
    """Give the headers of a list of identifiers, page by page.

    ``lacking``: how many fewer than promised are no surprise.

    Raises
    ------
    OaiError, RetryError, LoopError
        When the list cannot be read to its end.
    """
    given = {
        "metadataPrefix": job.feed.prefix,
        "set": spec or None,
        "from": None if window.first is None else job.stamp(window.first),
        "until": None if window.last is None else job.stamp(window.last),
    }
    arguments = [(name, value) for name, value in given.items() if value is not None]
    walk = Progress(listed=0, began=0.0)
    while True:
        try:
            _, answer = job.client.ask("ListIdentifiers", *arguments)
        except OaiError as error:
            enough = walk.size is not None and walk.seen >= walk.size
            if error.code == "noRecordsMatch" and (enough or not walk.counts.pages):
                return
            raise
        walk.counts.pages += 1
        walk.seen += len(answer.entries) + len(answer.refused)
        yield answer.entries
        token = answer.token
        if token is not None and token.size is not None:
            walk.size = token.size
        if token is None or not token.value:
            break
        walk.empty = 0 if answer.entries else walk.empty + 1
        if walk.met(token.value) or walk.empty > job.settings.max_empty:
            raise LoopError("the list of identifiers goes round in circles")
        arguments = [("resumptionToken", token.value)]
    lacking = max(lacking, tolerated(job.knowledge, spec))
    if (
        walk.size is not None
        and walk.seen + lacking < walk.size
        and job.endpoint.quirks.trust_size
    ):
        raise RetryError(
            f"the list of identifiers ended after {walk.seen:,} of {walk.size:,}"
        )


def verify(
    job: Job,
    spec: str,
    window: Window,
    listed: int,
    *,
    some: bool = False,
    lacking: int = 0,
) -> Problem | None:
    """Compare a part of a list with its identifiers, and fetch what did not come.

    ``some``: it has records, so that no identifiers are no answer; ``lacking``: how
    many it had fewer than promised, which may be promised here too.

    Returns
    -------
    Code and reason when something is still missing.
    """
    absent = found = 0
    met: set[int] = set()
    try:
        for page in headers(job, spec, window, lacking):
            found += len(page)
            met.update(hash(entry.identifier) for entry in page)
            if len(met) > MOST:
                return "list.unverified", "it is too long to be verified"
            missing = job.harvests.unlisted(
                job.feed.num, listed, [entry.identifier for entry in page]
            )
            absent += len(missing)
            if absent > job.settings.max_fetch:
                return (
                    "list.short",
                    f"more than {job.settings.max_fetch:,} records did not come with "
                    "the list, too many to fetch one by one",
                )
            if missing:
                with job.write() as writer:
                    writer.want(job.feed.num, missing)
    except (OaiError, RetryError, LoopError) as error:
        return "list.unverified", f"whether the list is whole is not known: {error}"
    if found > len(met):
        return (
            "list.unverified",
            f"its order changes from page to page: {found - len(met):,} of {found:,} "
            "identifiers came twice, so others may not have come",
        )
    if some and not found:
        return "list.unverified", "its list of identifiers is empty, its list is not"
    if absent:
        job.note(
            "list.completed",
            f"{absent:,} records that the list left out are fetched one by one",
        )
    fetch(job, spec, listed)
    return rest(job)


def rest(job: Job) -> Problem | None:
    """Tell that records are still to be fetched one by one."""
    if not job.harvests.wanted(job.feed.num, 1):
        return None
    reason = (
        f"more than {job.settings.max_fetch:,} records are to be fetched one by one; "
        "the next harvest goes on with it"
    )
    return "list.rest", reason


def fetch(job: Job, spec: str, listed: int) -> int:
    """Fetch the wanted records one by one; gives how many came.

    One that does not come is quarantined by its name.
    """
    came = asked = 0
    while (left := job.settings.max_fetch - asked) > 0:
        identifiers = job.harvests.wanted(job.feed.num, min(CHUNK, left))
        if not identifiers:
            break
        for identifier in identifiers:
            came += _fetch_one(job, spec, identifier, listed)
            asked += 1
    return came


def _fetch_one(job: Job, spec: str, identifier: str, listed: int) -> bool:
    try:
        reply, answer = job.client.ask(
            "GetRecord",
            ("identifier", identifier),
            ("metadataPrefix", job.feed.prefix),
        )
    except OaiError as error:
        gone = error.code == "idDoesNotExist"
        _give_up(job, spec, identifier, None if gone else str(error))
        return False
    except RetryError as error:
        _give_up(job, spec, identifier, str(error))
        return False
    return keep_one(job, spec, identifier, reply, answer, listed)


def keep_one(
    job: Job, spec: str, identifier: str, reply: Reply, answer: Answer, listed: int
) -> bool:
    """Keep the answer to GetRecord; whether it has the record."""
    num = job.feed.num
    entries = [entry for entry in answer.entries if entry.identifier == identifier]
    others = [entry for entry in answer.entries if entry.identifier != identifier]
    refused = list(answer.refused)
    if not entries and not refused:
        reason = f"GetRecord gave {others[0].identifier}" if others else "nothing came"
        raw = bytes(answer.document)
        refused.append(Quarantined("record.other", reason, raw, identifier, 1))
    with job.write() as writer:
        kept = writer.put_page(num, page_of(reply, answer), entries, listed)
        writer.unwant(num, [identifier])
        job.quarantine(writer, reply, refused)
        writer.release(num, [entry.identifier for entry in entries])
    repaired = sum(REPAIRED in entry.flags for entry in entries)
    job.counts.add(_counts(kept, len(entries), len(refused), repaired))
    job.tell(spec, refused)
    return bool(entries)


def _counts(kept: Kept, records: int, refused: int, repaired: int) -> Counts:
    return Counts(
        records=records + refused,
        new=kept.new,
        changed=kept.changed,
        unchanged=kept.unchanged,
        deleted=kept.deleted,
        repaired=repaired,
        quarantined=refused,
    )


def _give_up(job: Job, spec: str, identifier: str, reason: str | None) -> None:
    """Take a record from the wanted ones; into quarantine, unless it is gone."""
    num = job.feed.num
    pieces = []
    if reason is not None:
        pieces = [Quarantined("record.unavailable", reason, b"", identifier, 1)]
    with job.write() as writer:
        writer.unwant(num, [identifier])
        writer.quarantine(num, f"GetRecord {identifier}", job.clock(), pieces)
    job.counts.add(Counts(records=len(pieces), quarantined=len(pieces)))
    job.tell(spec, pieces)
