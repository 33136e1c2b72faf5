"""The application: which address gives what.

Rules of the protocol are in :mod:`panharvest.provider`; rules of HTTP are beside here.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from panharvest import oai
from panharvest.derived import address, page_path
from panharvest.errors import RetryError, StoreError
from panharvest.formats import DOCUMENTS
from panharvest.protocols import Query
from panharvest.provider import Repository, answer, offered_sets
from panharvest.record import from_json
from panharvest.repository import address_in_json
from panharvest.server import metrics as counting
from panharvest.server.browsing import browse
from panharvest.server.landing import landing
from panharvest.server.manners import HARVESTED, Manners
from panharvest.server.messages import (
    MAX_REQUEST,
    Answer,
    arguments,
    asked_form,
    form,
    is_reader,
    respond,
    respond_page,
    unavailable,
)
from panharvest.server.notices import gone, home, missing
from panharvest.server.settings import WebSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Scope

    from panharvest.protocols import Clock, Store
    from panharvest.record import Record

_XML = (
    (b"content-type", b"text/xml; charset=utf-8"),
    (b"cache-control", b"no-cache"),
)
_NEGOTIATED = b"Accept, Sec-Fetch-Mode"


def create_app(
    store: Store,
    repository: Repository,
    clock: Clock,
    web: WebSettings | None = None,
    timer: Callable[[], float] = time.monotonic,
) -> ASGIApp:
    """Make the web service.

    Parameters
    ----------
    store
        What is served from. It is called in threads; a ``quick`` one (a page is a
        matter of a millisecond) without, as long as it is.
    repository
        Who answers; its ``base_url`` is the public address, whatever the proxy.
    clock
        Gives the seconds since the epoch; read once for each request.
    web
        How the service behaves on the web.
    timer
        Seconds of a clock that never goes back, for rates and durations.
    """
    web = web or WebSettings()
    metrics = counting.Metrics()
    pages = _Pages(store, repository, clock, timer)
    routes = [
        Route("/oai", pages.oai, methods=["GET", "POST"]),
        Route("/oai.xml", pages.oai, methods=["GET"]),
        Route("/", pages.home),
        Route("/records/{local:path}", pages.record),
        Route("/healthz", _alive),
    ]
    if web.metrics:
        figures = _Figures(store, repository, clock, metrics)
        routes.append(Route("/metrics", figures.show))
    site = Starlette(
        routes=routes,
        exception_handlers={StoreError: unavailable, RetryError: unavailable},
    )
    return Manners(site, pages.quickly, web, metrics, timer)


SLOW = 0.02  # s that an answer may take before answers are left to threads
RETREAT = 20  # times as long as it took they are: others wait a twentieth of the time


class _Pages:
    """The answers that need the store."""

    def __init__(
        self,
        store: Store,
        repository: Repository,
        clock: Clock,
        timer: Callable[[], float],
    ) -> None:
        self.store, self.repository = store, repository
        self.clock, self.timer = clock, timer
        self.quick = bool(getattr(type(store), "quick", False))
        self.slow_until = -math.inf  # by the timer

    def quickly(self, scope: Scope) -> Answer | None:
        """Answer a harvester at once: the way to a route costs more than a record.

        None: that is not possible, and it has to be asked the long way.
        """
        query = scope["query_string"]
        if (
            scope["path"] not in HARVESTED
            or scope["method"] not in ("GET", "HEAD")
            or len(query) > MAX_REQUEST
        ):
            return None
        return self.at_once(scope, arguments(query))

    async def oai(self, request: Request) -> Answer:
        """Answer OAI-PMH, whatever the way it comes."""
        given = arguments(request.scope["query_string"])
        if request.method == "POST":
            given += arguments(await form(request))
        scope = request.scope
        return self.at_once(scope, given) or await self.in_thread(scope, given)

    async def in_thread(self, scope: Scope, given: list[tuple[str, str]]) -> Answer:
        """Answer OAI-PMH while others are answered too."""
        readable, now = _is_readable(scope), self.clock()
        return await run_in_threadpool(self._answer, scope, given, now, readable)

    def at_once(self, scope: Scope, given: list[tuple[str, str]]) -> Answer | None:
        """Answer OAI-PMH without a thread, unless that may keep others waiting.

        To wake a thread costs twice what a record does and a fifth of a page. A disk
        that has to be read first may be slow: then others are to be heard.
        """
        if not self.quick or _is_readable(scope):
            return None
        began = self.timer()
        if began < self.slow_until:
            return None
        try:
            return self._answer(scope, given, self.clock(), False)
        finally:  # to fail may be slow, too
            ended = self.timer()
            if ended - began > SLOW:
                self.slow_until = ended + RETREAT * (ended - began)

    def _answer(
        self, scope: Scope, given: list[tuple[str, str]], now: float, readable: bool
    ) -> Answer:
        """Answer: as XML, or as a page when a person looks at it."""
        reply = answer(self.repository, given, self.store, now)
        scope["panharvest.reply"] = reply
        vary = _NEGOTIATED if scope["path"] == "/oai" else b""
        if not readable:
            return respond(scope, reply.body, reply.status, _XML, reply.tag, vary)
        page = browse(reply.body, self.repository, scope["query_string"])
        tag = reply.tag and f'{reply.tag[:-1]}-page"'
        return respond_page(scope, page, reply.status, tag, vary)

    def home(self, request: Request) -> Answer:
        """Show the front page."""
        when = math.floor(self.clock())
        repository = self.repository
        prefix = next(iter(repository.formats))
        page = home(
            name=repository.name,
            description=repository.description,
            base_url=repository.base_url,
            formats=tuple(repository.formats),
            listed=self.store.size(Query(prefix=prefix, snapshot=when), when) or 0,
            set_count=len(offered_sets(repository, self.store, when)),
        )
        return respond_page(request.scope, page)

    def record(self, request: Request) -> Answer:
        """Show the page of a record, or of what is left of it."""
        when = math.floor(self.clock())
        local = request.path_params["local"]
        name, base_url = self.repository.name, self.repository.base_url
        row = None
        if local.isprintable():
            ours = address_in_json(base_url)
            row = self.store.get(local, "_record", when, ours)
        if row is None or (row.body is None and not row.deleted):
            return respond_page(
                request.scope, missing(name=name, base_url=base_url), 404
            )
        changed = oai.format_datestamp(row.datestamp)
        if row.body is None or row.deleted:
            page = gone(local=local, name=name, base_url=base_url, since=changed)
            return respond_page(request.scope, page, 410)
        record = from_json(row.body)
        wanted = request.query_params.get("format") or asked_form(request.scope)
        if wanted is not None:
            return _document(request.scope, record, wanted)
        available = self.store.prefixes(local, when)
        page = landing(
            record,
            name=name,
            base_url=base_url,
            exports={
                prefix: _get_record(self.repository, local, prefix)
                for prefix in self.repository.formats
                if prefix in available
            }
            | {
                name_: f"{base_url}{page_path(local)}?format={name_}"
                for name_ in _LINKED
                if record.titles and address(record)
            },
            changed=changed,
        )
        return respond_page(request.scope, page, vary=b"Accept")


def _is_readable(scope: Scope) -> bool:
    """Whether a person looks at what may be had as a page."""
    return scope["path"] == "/oai" and is_reader(scope)


# Forms of a record that its page leads to, beside those of OAI-PMH.
_LINKED = ("schemaorg", "dcat")


def _document(scope: Scope, record: Record, form: str) -> Answer:
    """Give what may be shown of a record in another form."""
    writer = DOCUMENTS.get(form)
    body = writer.write(record) if writer else None
    status, media_type = 200, getattr(writer, "media_type", "application/xml")
    if body is None:
        known = ", ".join(DOCUMENTS)
        body = f"This record has no such form. There are: {known}.\n".encode()
        status, media_type = 404, "text/plain"
    headers = (
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"cache-control", b"no-cache"),
    )
    return respond(scope, body, status, headers, vary=b"Accept")


def _get_record(repository: Repository, local: str, prefix: str) -> str:
    """Give the address of a record in a format."""
    query = {
        "verb": oai.Verb.GET_RECORD,
        "identifier": oai.compose_identifier(repository.identifier, local),
        "metadataPrefix": prefix,
    }
    return f"{repository.oai_url}?{urlencode(query, safe=':/', quote_via=quote)}"


# --- for the operator -----------------------------------------------------------------


async def _alive(_request: Request) -> Response:
    """Say that the process is alive; whether the store is, ``/metrics`` tells."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


class _Figures:
    """The metrics; what is costly to count is counted once a minute at most."""

    def __init__(
        self,
        store: Store,
        repository: Repository,
        clock: Clock,
        metrics: counting.Metrics,
    ) -> None:
        self.store, self.clock, self.metrics = store, clock, metrics
        self.prefix = next(iter(repository.formats))
        self.counted: tuple[int, int] | None = None  # minute, records

    async def show(self, _request: Request) -> Response:
        """Write the metrics; they are had also while the store is away."""
        try:
            visible, age = await run_in_threadpool(self._ask)
        except (StoreError, RetryError):
            text = self.metrics.render(False, None, None)
        else:
            text = self.metrics.render(True, visible, age)
        headers = {"Cache-Control": "no-store", "Content-Type": counting.CONTENT_TYPE}
        return PlainTextResponse(text, headers=headers)

    def _ask(self) -> tuple[int, int | None]:
        when = math.floor(self.clock())
        newest = self.store.newest(when)
        if self.counted is None or self.counted[0] != when // 60:
            query = Query(prefix=self.prefix, snapshot=when)
            self.counted = (when // 60, self.store.size(query, when) or 0)
        return self.counted[1], None if newest is None else when - newest
