"""What a provider for tests holds and says, as values that faults may change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LISTS = frozenset({"ListRecords", "ListIdentifiers", "ListSets"})
RECORD_LISTS = frozenset({"ListRecords", "ListIdentifiers"})
Best = Literal["complete", "flagged", "unseen"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that the provider holds.

    Parameters
    ----------
    identifier
        The identifier in its header.
    datestamp
        Seconds since 1970-01-01T00:00:00Z.
    title
        What its generated documents are about.
    sets
        The setSpecs of its header.
    deleted
        Whether it is a tombstone.
    documents
        Documents by metadataPrefix that stand in place of the generated ones.
    about
        ``<about>`` containers, as they are written.
    visible, gone
        Seconds from which it is listed, whatever its datestamp, and from which it is
        listed no more: an embargo that ends, a record that vanishes.
    """

    identifier: str
    datestamp: int
    title: str = ""
    sets: tuple[str, ...] = ()
    deleted: bool = False
    documents: Mapping[str, bytes] = field(default_factory=dict)
    about: bytes = b""
    visible: int | None = None
    gone: int | None = None

    def shown(self, now: float) -> bool:
        """Whether it is listed at an instant."""
        return (self.visible is None or self.visible <= now) and (
            self.gone is None or now < self.gone
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for, as the provider understood it; also behind a token."""

    verb: str
    prefix: str | None = None
    identifier: str | None = None
    set: str | None = None
    first: int | None = None
    last: int | None = None
    offset: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A record (or a set) as it is written: everything is text that may be wrong."""

    identifier: str = ""
    datestamp: str = ""
    sets: tuple[str, ...] = ()
    deleted: bool = False
    document: bytes | None = None
    about: bytes = b""
    order: tuple[str, ...] = ("identifier", "datestamp", "setSpec")
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A resumption token: ``text`` None gives the usual text for ``wish``.

    ``wish`` is what the token stands for when it comes back; None writes an empty one.
    ``padding`` is written on both sides of it; a ``tolerant`` provider takes the token
    back with it, too.
    """

    wish: Wish | None
    text: str | None = None
    size: int | None = None
    cursor: int | None = None
    expires: float | None = None
    padding: str = ""
    tolerant: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """An answer before it is written.

    Parameters
    ----------
    verb, prefix
        What it answers.
    response_date, base_url
        As they are written.
    request
        The attributes of ``<request>``.
    items
        The records, headers or sets.
    token
        None: no ``resumptionToken`` at all.
    error
        Code and message, in place of everything else.
    facts
        The elements of Identify, in order, as names and texts.
    wish
        What it answers, as the provider understood it.
    wrapped
        Whether the element named like the verb is written around the content.
    """

    verb: str
    response_date: str
    base_url: str
    prefix: str | None = None
    request: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    token: Token | None = None
    error: tuple[str, str] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    wish: Wish | None = None
    wrapped: bool = True

    def replace_items(self, change: Callable[[Item], Item]) -> Page:
        """Give the page with every item changed."""
        return replace(self, items=tuple(change(item) for item in self.items))

    def replace_fact(self, name: str, text: str | None) -> Page:
        """Give the page with an element of Identify replaced, or without it."""
        facts = tuple(
            (key, value if key != name or text is None else text)
            for key, value in self.facts
            if key != name or text is not None
        )
        return replace(self, facts=facts)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes over the wire.

    Parameters
    ----------
    status, headers, body
        What is sent. ``Content-Length`` and ``Connection`` are added.
    length
        The Content-Length to declare in place of the right one; -1: none, so that
        only the end of the connection ends the body.
    chunked
        Send in chunks of this many bytes; ``length`` is not used.
    cut
        Close the connection after so many bytes of the body (in chunks: without the
        last chunk).
    reset
        With ``cut``: end the connection by a reset, as a crashed proxy does.
    pauses
        Wait so many seconds before the byte at a position: ``((0, 2.0),)``. Position
        -1 is before the status line.
    raw
        Send these bytes in place of all of the above.
    endless
        After the body, send these bytes again and again until the client goes.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (
        ("Content-Type", "text/xml; charset=utf-8"),
    )
    body: bytes = b""
    length: int | None = None
    chunked: int = 0
    cut: int | None = None
    reset: bool = False
    pauses: tuple[tuple[int, float], ...] = ()
    raw: bytes | None = None
    endless: bytes = b""

    def with_header(self, name: str, value: str | None) -> Reply:
        """Give the reply with a header replaced, added or (None) removed."""
        kept = tuple(h for h in self.headers if h[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came in.

    Parameters
    ----------
    number
        1 for the first request that the provider got.
    method, path, headers
        As sent; names of headers in small letters.
    pairs
        The arguments in their order, decoded.
    now
        What the provider's clock said.
    page
        Which page of a list is asked for, from 1; 1 for other verbs.
    token_age
        Seconds since the token that is sent was given out; None without a known one.
    wish
        What the token that is sent stands for; None without a known one.
    base_url
        The address of the provider.
    started
        What the provider's clock said when it was made.
    """

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    now: float
    page: int
    base_url: str
    started: float
    token_age: float | None = None
    wish: Wish | None = None

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments by name; of a repeated one the last."""
        return dict(self.pairs)

    @property
    def verb(self) -> str:
        """The verb, or nothing."""
        return self.arguments.get("verb", "")


class Refusal(Exception):  # noqa: N818 - an answer of the protocol, not a failure
    """Raised by a fault, answers the request with an OAI-PMH error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that a provider does wrong: when, and where it puts its hand in.

    Each hook gets a value and the :class:`Call`, and gives the value to go on with. A
    hook may raise :class:`Refusal`. They are called in this order, those of several
    faults in the order of the faults:

    Parameters
    ----------
    name, meaning
        A short name, and one sentence on what it does.
    best
        The best that a harvester can do: get every record (``complete``), know and say
        that it did not (``flagged``), or nothing, because the answer cannot be told
        from a right one (``unseen``).
    arguments
        Changes the pairs of names and values before they are judged.
    wish
        Changes what the provider understood, a token included.
    entries
        Changes all records that there are, before from, until and set choose.
    listed
        Changes the records chosen, before they are cut into pages.
    page
        Changes the answer before it is written.
    body
        Changes its bytes.
    reply
        Changes how it goes over the wire.
    verbs
        Which verbs it is about; None: all.
    pages
        Which pages of lists it is about; None: all.
    times
        How often it happens; None: always. ``after`` lets so many requests that it
        would be about pass before.
    """

    name: str
    meaning: str
    best: Best = "complete"
    arguments: Callable[[Sequence[tuple[str, str]], Call], Any] | None = None
    wish: Callable[[Wish, Call], Wish] | None = None
    entries: Callable[[Sequence[Entry], Call], Sequence[Entry]] | None = None
    listed: Callable[[Sequence[Entry], Call], Sequence[Entry]] | None = None
    page: Callable[[Page, Call], Page] | None = None
    body: Callable[[bytes, Call], bytes] | None = None
    reply: Callable[[Reply, Call], Reply] | None = None
    verbs: frozenset[str] | None = None
    pages: frozenset[int] | None = None
    times: int | None = None
    after: int = 0

    def at(
        self,
        page: int | Sequence[int] | None = None,
        times: int | None = None,
        *,
        verbs: str | Sequence[str] | None = None,
        after: int = 0,
    ) -> Self:
        """Give the same fault, but then and so often.

        Parameters
        ----------
        page
            The page, or pages, of a list on which it happens, from 1; None: any.
        times
            How often; None: always.
        verbs
            The verb, or verbs, that it is about; None: as before, and with ``page``
            the lists of records.
        after
            How many requests that it would be about are let pass first.
        """
        pages = frozenset([page] if isinstance(page, int) else page or ())
        about = frozenset([verbs] if isinstance(verbs, str) else verbs or ())
        return replace(
            self,
            pages=pages or None,
            times=times,
            verbs=about or self.verbs or (RECORD_LISTS if pages else None),
            after=after,
        )

    def concerns(self, call: Call) -> bool:
        """Whether it is about a request, apart from how often."""
        return (self.verbs is None or call.verb in self.verbs) and (
            self.pages is None or call.page in self.pages
        )
