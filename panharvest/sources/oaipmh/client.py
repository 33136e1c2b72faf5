"""Questions to a repository, and its answers taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.errors import RetryError, StopError
from panharvest.sources.oaipmh.answers import (
    Answer,
    BadAnswerError,
    NotOaiError,
    OaiError,
)
from panharvest.sources.oaipmh.datestamps import lenient
from panharvest.sources.oaipmh.headers import local, text_of
from panharvest.sources.oaipmh.pages import MAX_RECORD, parse
from panharvest.transport import Reply, Transport, judge_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lxml import etree

    from panharvest.transport import Wait

OK, OTHERS = 200, 300  # statuses of answers, and where they end
BROKEN = 500  # statuses from here on: the server has a problem
DOUBTED = 2  # times that an <error> under such a status is asked again
KEPT = 2**20  # bytes of a bad answer that are kept
MAX_SETS = 1000  # pages of ListSets


@dataclass(frozen=True, slots=True)
class Identity:
    """What a repository says of itself; None: nothing, or nothing legible."""

    name: str | None = None
    granularity: str | None = None  # day or second
    earliest: int | None = None
    deleted_record: str | None = None


class Client:
    """A repository.

    Parameters
    ----------
    transport
        What fetches.
    url
        The base URL, with credentials if it needs any.
    hosts
        Other hosts that it may redirect to.
    told
        Is told of every wait that a failure causes.
    max_record
        Bytes; longer records are quarantined.
    """

    def __init__(
        self,
        transport: Transport,
        url: str,
        *,
        hosts: Sequence[str] = (),
        told: Callable[[Wait], None] | None = None,
        max_record: int = MAX_RECORD,
    ) -> None:
        self._transport, self.url = transport, url
        self._hosts, self._told, self._max_record = hosts, told, max_record

    def ask(
        self, verb: str, *arguments: tuple[str, str], attempts: int | None = None
    ) -> tuple[Reply, Answer]:
        """Ask, until there is a usable answer.

        Raises
        ------
        OaiError
            When the answer is an ``<error>``.
        RetryError
            When there was no usable answer in all attempts.
        StopError
            When the server must not be asked again.
        """
        doubts = 0

        def judge(reply: Reply) -> tuple[Reply, Answer]:
            try:
                return checked(reply)
            except BadAnswerError as error:
                error.raw = bytes(reply.body[:KEPT])
                raise

        def checked(reply: Reply) -> tuple[Reply, Answer]:
            nonlocal doubts
            if OK <= reply.status < OTHERS:  # proxies change it (203), or send nothing
                answer = parse(reply.body, max_record=self._max_record)
            else:
                answer = self._under_error(reply)
            if answer.errors:
                code, message = answer.errors[0]
                error = OaiError(code, message, reply.status)
                if reply.status >= BROKEN and doubts < DOUBTED:
                    doubts += 1
                    raise RetryError(f"{reply.url}: {error}")
                raise error
            if answer.verb != verb and not answer.entries and not answer.refused:
                raise NotOaiError(f"{reply.url}: the answer has no {verb} in it")
            return reply, answer

        return self._transport.fetch(
            self.url,
            [("verb", verb), *arguments],
            judge,
            told=self._told,
            hosts=self._hosts,
            attempts=attempts,
        )

    def _under_error(self, reply: Reply) -> Answer:
        """Find an OAI-PMH error in the body of an HTTP error."""
        if "retry-after" not in reply.headers:
            try:
                answer = parse(reply.body)
            except BadAnswerError:
                pass
            else:
                if answer.errors:
                    return answer
        judge_status(reply)
        raise AssertionError("what is left are errors")

    def identify(self) -> Identity:
        """Ask a repository who it is."""
        _, answer = self.ask("Identify")
        said = dict(_texts(answer.envelope, "Identify"))
        form = said.get("granularity", "")
        granularity = None
        if form.upper().startswith("YYYY-MM-DD"):
            granularity = "second" if "T" in form.upper() else "day"
        return Identity(
            name=" ".join(said.get("repositoryName", "").split()) or None,
            granularity=granularity,
            earliest=lenient(said.get("earliestDatestamp", "")),
            deleted_record=said.get("deletedRecord", "").strip().lower() or None,
        )

    def prefixes(self) -> list[str]:
        """Ask which formats there are."""
        _, answer = self.ask("ListMetadataFormats")
        return [
            text.strip()
            for element in answer.envelope.iter("{*}metadataPrefix")
            if (text := text_of(element))
        ]

    def sets(self) -> list[str]:
        """Ask which sets there are."""
        specs: dict[str, None] = {}
        token = ""
        for _ in range(MAX_SETS):
            arguments = [("resumptionToken", token)] if token else []
            _, answer = self.ask("ListSets", *arguments)
            before = len(specs)
            for element in answer.envelope.iter("{*}setSpec"):
                specs[text_of(element).strip()] = None
            token = answer.token.value if answer.token else ""
            if not token or len(specs) == before:
                break
        return [spec for spec in specs if spec]


def _texts(envelope: etree._Element, name: str) -> Iterator[tuple[str, str]]:
    for child in envelope:
        if local(child) == name:
            for one in child:
                if len(one) == 0:
                    yield local(one), text_of(one)


__all__ = ["Client", "Identity", "StopError"]
