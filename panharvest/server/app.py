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
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from panharvest import oai
from panharvest.derived import address, page_path
from panharvest.errors import RetryError, StoreError
from panharvest.formats import DOCUMENTS
from panharvest.protocols import BASE_URL, Query
from panharvest.provider import Repository, answer, offered_sets
from panharvest.record import from_json
from panharvest.server import metrics as counting
from panharvest.server.browsing import browse
from panharvest.server.landing import landing
from panharvest.server.manners import Manners
from panharvest.server.messages import (
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

    from panharvest.protocols import Clock, Store
    from panharvest.record import Record

_NOT_KEPT = {"Cache-Control": "no-cache"}
_NEGOTIATED = {"Vary": "Accept, Sec-Fetch-Mode"}


def create_app(
    store: Store,
    repository: Repository,
    clock: Clock,
    web: WebSettings | None = None,
    timer: Callable[[], float] = time.monotonic,
) -> Starlette:
    """Make the web service.

    Parameters
    ----------
    store
        What is served from; it is called in threads, but for one record when it says
        that it is ``quick``: that a record is a matter of microseconds.
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
    pages = _Pages(store, repository, clock)
    routes = [
        Route("/oai", pages.oai, methods=["GET", "POST"]),
        Route("/oai.xml", pages.oai_as_xml, methods=["GET"]),
        Route("/", pages.home),
        Route("/records/{local:path}", pages.record),
        Route("/healthz", _alive),
    ]
    if web.metrics:
        figures = _Figures(store, repository, clock, metrics)
        routes.append(Route("/metrics", figures.show))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Manners, web=web, metrics=metrics, timer=timer)],
        exception_handlers={StoreError: unavailable, RetryError: unavailable},
    )


_GET = ("verb", str(oai.Verb.GET_RECORD))


class _Pages:
    """The answers that need the store."""

    def __init__(self, store: Store, repository: Repository, clock: Clock) -> None:
        self.store, self.repository, self.clock = store, repository, clock
        self.quick = bool(getattr(type(store), "quick", False))

    async def oai(self, request: Request) -> Response:
        """Answer OAI-PMH: as XML, or as a page when a person looks at it."""
        return await self._oai(request, readable=is_reader(request))

    async def oai_as_xml(self, request: Request) -> Response:
        """Answer OAI-PMH as XML, also to a browser."""
        return await self._oai(request, readable=False)

    async def _oai(self, request: Request, *, readable: bool) -> Response:
        given = arguments(request.scope["query_string"])
        if request.method == "POST":
            given += arguments(await form(request))
        now = self.clock()
        if self.quick and _GET in given and not readable:
            # to wake a thread for it costs twice what the answer does
            return self._answer(request, given, now, readable)
        return await run_in_threadpool(self._answer, request, given, now, readable)

    def _answer(
        self,
        request: Request,
        given: list[tuple[str, str]],
        now: float,
        readable: bool,
    ) -> Response:
        reply = answer(self.repository, given, self.store, now)
        request.scope["panharvest.reply"] = reply
        headers = {**dict(reply.headers), **_NOT_KEPT}
        if request.scope["path"] == "/oai":
            headers |= _NEGOTIATED
        if not readable:
            return respond(request, reply.body, reply.status, headers)
        headers |= (
            {"ETag": headers["ETag"][:-1] + '-page"'} if "ETag" in headers else {}
        )
        del headers["Content-Type"]
        page = browse(reply.body, self.repository, request.scope["query_string"])
        return respond_page(request, page, headers=headers)

    def home(self, request: Request) -> Response:
        """Show the front page."""
        when = math.floor(self.clock())
        repository = self.repository
        prefix = next(iter(repository.formats))
        page = home(
            name=repository.name,
            description=repository.description,
            base_url=repository.base_url,
            formats=tuple(repository.formats),
            listed=self.store.size(Query(prefix=prefix, snapshot=when), when),
            set_count=len(offered_sets(repository, self.store, when)),
        )
        return respond_page(request, page)

    def record(self, request: Request) -> Response:
        """Show the page of a record, or of what is left of it."""
        when = math.floor(self.clock())
        local = request.path_params["local"]
        name, base_url = self.repository.name, self.repository.base_url
        row = self.store.get(local, "_record", when) if local.isprintable() else None
        if row is None or (row.body is None and not row.deleted):
            return respond_page(request, missing(name=name, base_url=base_url), 404)
        changed = oai.format_datestamp(row.datestamp)
        if row.body is None or row.deleted:
            page = gone(local=local, name=name, base_url=base_url, since=changed)
            return respond_page(request, page, 410)
        record = from_json(row.body.replace(BASE_URL.encode(), base_url.encode()))
        wanted = request.query_params.get("format") or asked_form(request)
        if wanted is not None:
            return _document(request, record, wanted)
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
        return respond_page(request, page, headers={"Vary": "Accept"})


# Forms of a record that its page leads to, beside those of OAI-PMH.
_LINKED = ("schemaorg", "dcat")


def _document(request: Request, record: Record, form: str) -> Response:
    """Give what may be shown of a record in another form."""
    writer = DOCUMENTS.get(form)
    body = writer.write(record) if writer else None
    if writer is None or body is None:
        known = ", ".join(DOCUMENTS)
        text = f"This record has no such form. There are: {known}.\n"
        return PlainTextResponse(text, 404, headers=_NOT_KEPT)
    media_type = getattr(writer, "media_type", "application/xml")
    headers = {"Content-Type": f"{media_type}; charset=utf-8", "Vary": "Accept"}
    return respond(request, body, 200, headers | _NOT_KEPT)


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
            size = self.store.size(Query(prefix=self.prefix, snapshot=when), when)
            self.counted = (when // 60, size)
        return self.counted[1], None if newest is None else when - newest
