"""What an answer to an OAI-PMH request holds, and the ways in which it can be bad."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.errors import PanharvestError, RetryError, StopError

if TYPE_CHECKING:
    from lxml import etree

    from panharvest.harvested import Bytes, Entry, Quarantined

MAX_DEPTH = 200  # of elements in a record; readers stop at 256


class BadAnswerError(RetryError):
    """The body is of no use; ``raw`` is its beginning, as it came."""

    code = "page.bad"
    raw: bytes = b""


class NotOaiError(BadAnswerError):
    """The body is not an OAI-PMH answer: HTML, JSON, nothing at all."""

    code = "page.not-oai"


class CutError(BadAnswerError):
    """The body ends too early, or is broken outside of its records."""

    code = "page.cut"


class DtdError(BadAnswerError):
    """The body declares a document type: entities are not expanded for anybody."""

    code = "page.dtd"


class OaiError(PanharvestError):
    """The repository answered with an ``<error>``.

    Parameters
    ----------
    code
        As in the specification (``badResumptionToken``), or what was found instead.
    message
        What it says about it.
    status
        The HTTP status that came with it.
    """

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        http = "" if status == 200 else f" (HTTP {status})"
        super().__init__(f"{code}{http}: {message}" if message else f"{code}{http}")
        self.code = code
        self.message = message
        self.status = status


class LoopError(StopError):
    """A list that does not end: it goes round in circles."""


@dataclass(frozen=True, slots=True)
class Token:
    """A resumption token with what it says of the list; an empty value ends it."""

    value: str = ""
    size: int | None = None
    cursor: int | None = None
    expires: str | None = None


@dataclass(slots=True)
class Answer:
    """An answer, taken apart.

    Attributes
    ----------
    document
        The answer in UTF-8, repaired where it had to be; entries are slices of it.
    original
        The body as it came, when it is not the same.
    repairs
        What was done: ``encoding``, ``characters``, ``entities``, ``prolog``, ``ends``.
    envelope
        The document without its records, as a tree.
    context
        The namespace declarations of the elements around the records.
    entries, refused
        The records; and those that cannot be used, with the reason.
    twice
        Identifiers that more than one record of the page had.
    """

    document: Bytes
    envelope: etree._Element
    original: Bytes | None = None
    repairs: tuple[str, ...] = ()
    context: bytes = b""
    response_date: str | None = None
    verb: str | None = None
    token: Token | None = None
    errors: tuple[tuple[str, str], ...] = ()
    entries: list[Entry] = field(default_factory=list)
    refused: list[Quarantined] = field(default_factory=list)
    twice: tuple[str, ...] = ()
