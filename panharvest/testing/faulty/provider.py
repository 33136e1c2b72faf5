"""The provider: right in everything, but for the faults it was given."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

from panharvest.oai import ErrorCode, Request, Verb, parse_request, set_ancestors
from panharvest.testing.clock import FrozenClock
from panharvest.testing.faulty.entries import FORMATS, make_entries
from panharvest.testing.faulty.model import (
    Call,
    Entry,
    Item,
    Page,
    Refusal,
    Reply,
    Token,
    Wish,
)
from panharvest.testing.faulty.wire import Asked, Wire
from panharvest.testing.faulty.wishes import item_of, matches, token_text
from panharvest.testing.faulty.writing import moment, write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from panharvest.testing.faulty.model import Fault

_SET_PAGE = 100  # sets a page


@dataclass(frozen=True, slots=True)
class _Given:
    """A token that was given out: what it stands for, and when that was."""

    wish: Wish
    at: float


class FaultyProvider:
    """An OAI-PMH repository on the loopback interface that fails as it is told.

    Without faults it follows the specification, at seconds granularity, with sets,
    tombstones, ``completeListSize`` and ``cursor``. The same requests get the same
    answers, byte for byte: nothing is random, and time is the clock's.

    >>> from panharvest.testing import FaultyProvider, faulty
    >>> cut = faulty.truncated_body().at(page=3, times=1)
    >>> with FaultyProvider(records=50, faults=[cut]) as provider:
    ...     harvest(provider.url)
    ...     assert provider.asked("ListRecords") == 6

    Parameters
    ----------
    records
        What it holds: a number of generated records, or entries.
    page_size
        How many records a page of a list has.
    faults
        What it does wrong, in this order.
    clock
        Gives seconds since the epoch; it stands still when none is given.
    sizes
        Whether resumption tokens tell ``completeListSize`` and ``cursor``.
    sets
        Whether it has sets.
    path, port
        Of its address; port 0 is any that is free.

    Attributes
    ----------
    calls
        Every request so far, as :class:`~panharvest.testing.faulty.Call`.
    happened
        How often each fault happened, by its name.
    """

    def __init__(
        self,
        records: int | Iterable[Entry] = 50,
        *,
        page_size: int = 10,
        faults: Sequence[Fault] = (),
        clock: Callable[[], float] | None = None,
        sizes: bool = True,
        sets: bool = True,
        path: str = "/oai",
        port: int = 0,
    ) -> None:
        entries = make_entries(records) if isinstance(records, int) else records
        self.clock = FrozenClock() if clock is None else clock
        self.calls: list[Call] = []
        self.happened: dict[str, int] = {}
        self._entries = {entry.identifier: entry for entry in entries}
        self._order: list[Entry] | None = None
        self._page_size, self._sizes, self._sets = page_size, sizes, sets
        self._faults = list(faults)
        self._met = [0] * len(self._faults)
        self._tokens: dict[str, _Given] = {}
        self._path, self._started = path, self.clock()
        self._lock = threading.RLock()
        self._wire = Wire(self._answer, port)

    # --- for the test -------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address to harvest."""
        return f"http://127.0.0.1:{self._wire.port}{self._path}"

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What it holds now."""
        with self._lock:
            return tuple(self._entries.values())

    def put(self, *entries: Entry) -> None:
        """Add records, or replace those of the same identifiers."""
        with self._lock:
            self._entries.update((entry.identifier, entry) for entry in entries)
            self._order = None

    def remove(self, *identifiers: str) -> None:
        """Forget records, without a tombstone."""
        with self._lock:
            for identifier in identifiers:
                del self._entries[identifier]
            self._order = None

    def use(self, *faults: Fault) -> None:
        """Do these things wrong from now on, in place of what was."""
        with self._lock:
            self._faults = list(faults)
            self._met = [0] * len(self._faults)

    def asked(self, verb: str | None = None) -> int:
        """Count the requests so far, or those of one verb."""
        with self._lock:
            return sum(verb in (None, call.verb) for call in self.calls)

    def forget_tokens(self) -> None:
        """Refuse all tokens that were given out so far, as after a restart."""
        with self._lock:
            self._tokens.clear()

    def close(self) -> None:
        """Stop; raises what a fault raised by mistake."""
        self._wire.close()
        if self._wire.errors:
            raise self._wire.errors[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wire.close()
        if error is None and self._wire.errors:
            raise self._wire.errors[0]

    # --- from request to reply ----------------------------------------------------

    def _answer(self, asked: Asked) -> Reply:
        """Answer one request; one at a time, so that faults are counted in order."""
        with self._lock:
            call = self._call(asked)
            self.calls.append(call)
            active = self._due(call)
            if asked.method not in ("GET", "POST", "HEAD"):
                reply = Reply(405, (("Allow", "GET, POST, HEAD"),))
            else:
                body = self._body(call, active)
                for fault in active:
                    if fault.body is not None:
                        body = fault.body(body, call)
                reply = Reply(body=body)
            for fault in active:
                if fault.reply is not None:
                    reply = fault.reply(reply, call)
            return reply

    def _call(self, asked: Asked) -> Call:
        path, _, query = asked.target.partition("?")
        sent = [query]
        if asked.method == "POST":
            sent.append(asked.body.decode("latin-1"))
        pairs = tuple(
            pair
            for text in sent
            for pair in parse_qsl(
                text, keep_blank_values=True, errors="surrogateescape"
            )
        )
        now = self.clock()
        given = self._tokens.get(dict(pairs).get("resumptionToken", ""))
        return Call(
            number=len(self.calls) + 1,
            method=asked.method,
            path=path,
            headers=asked.headers,
            pairs=pairs,
            now=now,
            page=1 if given is None else given.wish.offset // given.wish.limit + 1,
            base_url=self.url,
            started=self._started,
            token_age=None if given is None else now - given.at,
            wish=None if given is None else given.wish,
        )

    def _due(self, call: Call) -> list[Fault]:
        """Give the faults that happen now, and count them."""
        due = []
        for number, fault in enumerate(self._faults):
            if not fault.concerns(call):
                continue
            self._met[number] += 1
            turn = self._met[number] - fault.after
            if turn > 0 and (fault.times is None or turn <= fault.times):
                due.append(fault)
                self.happened[fault.name] = self.happened.get(fault.name, 0) + 1
        return due

    def _body(self, call: Call, active: Sequence[Fault]) -> bytes:
        blank = Page(call.verb, moment(call.now), call.base_url)
        try:
            page = self._page(call, active, blank)
        except Refusal as refusal:
            echo = () if refusal.code in _NO_ECHO else call.pairs
            page = replace(blank, request=echo, error=(refusal.code, refusal.message))
        for fault in active:
            if fault.page is not None:
                try:
                    page = fault.page(page, call)
                except Refusal as refusal:
                    page = replace(page, error=(refusal.code, refusal.message))
        return write_page(page, self._register(page.token, call.now))

    def _register(self, token: Token | None, now: float) -> str:
        """Remember a token that is given out; gives its text."""
        if token is None or token.wish is None:
            return "" if token is None else token.text or ""
        text = token_text(token.wish) if token.text is None else token.text
        self._tokens[text] = _Given(token.wish, now)
        if token.padding and token.tolerant:
            padded = f"{token.padding}{text}{token.padding}"
            self._tokens[padded] = self._tokens[text]
        return text

    # --- what the specification asks for ------------------------------------------

    def _page(self, call: Call, active: Sequence[Fault], blank: Page) -> Page:
        wish = self._wish(call, active)
        page = replace(blank, prefix=wish.prefix, request=call.pairs, wish=wish)
        if wish.verb == Verb.IDENTIFY:
            return replace(page, facts=self._facts(call))
        if wish.verb == Verb.LIST_SETS:
            return self._list_sets(wish, page)
        if wish.identifier is not None:
            entry = next(
                (
                    entry
                    for entry in self._held(call, active)
                    if entry.identifier == wish.identifier and entry.shown(call.now)
                ),
                None,
            )
            if entry is None:
                raise Refusal("idDoesNotExist", "No item has this identifier.")
            if wish.verb == Verb.LIST_METADATA_FORMATS:
                return page
            return replace(page, items=(item_of(entry, wish, sets=self._sets),))
        if wish.verb == Verb.LIST_METADATA_FORMATS:
            return page
        return self._list(wish, page, call, active)

    def _wish(self, call: Call, active: Sequence[Fault]) -> Wish:
        pairs: Sequence[tuple[str, str]] = call.pairs
        for fault in active:
            if fault.arguments is not None:
                pairs = fault.arguments(pairs, call)
        request = parse_request([(name, self._bare(text)) for name, text in pairs])
        if not isinstance(request, Request):
            raise Refusal(request[0].code, request[0].message)
        wish = Wish(
            request.verb,
            request.prefix,
            request.identifier,
            request.set,
            request.first,
            request.last,
            limit=_SET_PAGE if request.verb == Verb.LIST_SETS else self._page_size,
        )
        if request.token is not None:
            given = self._tokens.get(request.token)
            if given is None or given.wish.verb != request.verb:
                raise Refusal("badResumptionToken", "This token is not known here.")
            wish = given.wish
        for fault in active:
            if fault.wish is not None:
                wish = fault.wish(wish, call)
        if wish.prefix is not None and wish.prefix not in FORMATS:
            raise Refusal("cannotDisseminateFormat", "There is no such format.")
        if not self._sets and (wish.set or wish.verb == Verb.LIST_SETS):
            raise Refusal("noSetHierarchy", "There are no sets here.")
        return wish

    def _bare(self, text: str) -> str:
        """Take the blanks from a token that was given out with them."""
        return text.strip() if text in self._tokens else text

    def _list(
        self, wish: Wish, page: Page, call: Call, active: Sequence[Fault]
    ) -> Page:
        chosen: Sequence[Entry] = [
            entry
            for entry in self._held(call, active)
            if matches(entry, wish, call.now)
        ]
        for fault in active:
            if fault.listed is not None:
                chosen = fault.listed(chosen, call)
        end = wish.offset + wish.limit
        some = chosen[wish.offset : end]
        if not some:
            raise Refusal("noRecordsMatch", "No record matches.")
        items = tuple(item_of(entry, wish, sets=self._sets) for entry in some)
        onward = replace(wish, offset=end) if end < len(chosen) else None
        token = self._token(wish, onward, len(chosen))
        return replace(page, items=items, token=token)

    def _token(self, wish: Wish, onward: Wish | None, size: int) -> Token | None:
        if onward is None and wish.offset == 0:
            return None
        return Token(
            onward,
            size=size if self._sizes else None,
            cursor=wish.offset if self._sizes else None,
        )

    def _list_sets(self, wish: Wish, page: Page) -> Page:
        specs = {spec for entry in self._entries.values() for spec in entry.sets}
        specs |= {one for spec in specs for one in set_ancestors(spec)}
        chosen = sorted(specs)
        if not chosen:
            raise Refusal("noSetHierarchy", "There are no sets here.")
        end = wish.offset + wish.limit
        items = tuple(Item(spec) for spec in chosen[wish.offset : end])
        onward = replace(wish, offset=end) if end < len(chosen) else None
        token = self._token(wish, onward, len(chosen))
        return replace(page, items=items, token=token)

    def _held(self, call: Call, active: Sequence[Fault]) -> Sequence[Entry]:
        entries: Sequence[Entry] = self._ordered()
        for fault in active:
            if fault.entries is not None:
                entries = fault.entries(entries, call)
        return entries

    def _ordered(self) -> list[Entry]:
        if self._order is None:
            self._order = sorted(
                self._entries.values(), key=lambda e: (e.datestamp, e.identifier)
            )
        return self._order

    def _facts(self, call: Call) -> tuple[tuple[str, str], ...]:
        ordered = self._ordered()
        earliest = ordered[0].datestamp if ordered else call.now
        return (
            ("repositoryName", "A repository for tests"),
            ("baseURL", call.base_url),
            ("protocolVersion", "2.0"),
            ("adminEmail", "admin@faulty.example.org"),
            ("earliestDatestamp", moment(earliest)),
            ("deletedRecord", "persistent"),
            ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        )


_NO_ECHO = {ErrorCode.BAD_VERB, ErrorCode.BAD_ARGUMENT}
