"""One endpoint at work: what its steps share."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.harvested import Page
from panharvest.harvester.events import Noted, RecordQuarantined, Waiting
from panharvest.harvester.state import Counts, Knowledge, dump
from panharvest.oai import format_datestamp
from panharvest.sources.oaipmh.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from panharvest.harvested import Feed, Harvests, HarvestWriter, Quarantined
    from panharvest.harvester.events import Event, Status
    from panharvest.harvester.settings import Endpoint, HarvestSettings
    from panharvest.protocols import Clock
    from panharvest.sources.oaipmh.answers import Answer
    from panharvest.transport import Reply, Transport, Wait


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended; a code and a sentence when it is not complete."""

    status: Status = "complete"
    code: str = ""
    reason: str = ""


COMPLETE = Outcome()


@dataclass(slots=True)
class Job:
    """An endpoint that is being harvested."""

    endpoint: Endpoint
    settings: HarvestSettings
    harvests: Harvests
    feed: Feed
    knowledge: Knowledge
    transport: Transport
    clock: Clock
    emit: Callable[[Event], None]
    counts: Counts = field(default_factory=Counts)
    vanished: int = 0
    notes: list[str] = field(default_factory=list)
    client: Client = field(init=False)
    kept: str = ""  # what is known, as the store has it

    def __post_init__(self) -> None:
        self.client = Client(
            self.transport,
            self.endpoint.url,
            hosts=self.endpoint.quirks.hosts,
            told=self._waiting,
            max_record=self.settings.max_record,
        )

    def _waiting(self, wait: Wait) -> None:
        self.emit(Waiting(self.endpoint.name, wait.seconds, wait.attempt, wait.reason))

    def note(self, code: str, message: str) -> None:
        """Tell something that a person may want to know, once."""
        line = f"{code}: {message}"
        if line not in self.notes:
            self.notes.append(line)
            self.emit(Noted(self.endpoint.name, code, message))

    @property
    def day(self) -> bool:
        """Whether dates are asked for by day."""
        quirk = self.endpoint.quirks.granularity
        return (quirk or self.knowledge.granularity or "second") == "day"

    def stamp(self, instant: int) -> str:
        """Write an instant as ``from`` or ``until``."""
        text = format_datestamp(instant)
        return text[:10] if self.day else text

    @contextmanager
    def write(self) -> Iterator[HarvestWriter]:
        """Open a transaction; what is known of the repository goes with it."""
        with self.harvests.write() as writer:
            yield writer
            knowledge = dump(self.knowledge)
            if knowledge != self.kept:
                writer.put_knowledge(self.feed.num, knowledge)
        self.kept = knowledge

    def quarantine(
        self,
        writer: HarvestWriter,
        reply: Reply,
        pieces: Sequence[Quarantined],
    ) -> None:
        """Put pieces of an answer aside."""
        writer.quarantine(self.feed.num, reply.url, reply.fetched, pieces)

    def tell(self, spec: str, pieces: Sequence[Quarantined]) -> None:
        """Tell of what was put aside, after it was."""
        for piece in pieces:
            self.emit(
                RecordQuarantined(
                    endpoint=self.endpoint.name,
                    spec=spec,
                    code=piece.code,
                    reason=piece.reason,
                    identifier=piece.identifier,
                    position=piece.position,
                )
            )


KEPT_HEADERS = frozenset(
    {"content-type", "content-encoding", "date", "etag", "last-modified", "server"}
)


def page_of(reply: Reply, answer: Answer) -> Page:
    """Give an answer as it is kept."""
    return Page(
        url=reply.url,
        status=reply.status,
        headers={k: v for k, v in reply.headers.items() if k in KEPT_HEADERS},
        fetched=reply.fetched,
        document=answer.document,
        context=answer.context,
        original=answer.original,
        repairs=answer.repairs,
    )
