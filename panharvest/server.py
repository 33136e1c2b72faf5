"""The web service: OAI-PMH at ``/oai``, pages for people, and good manners.

Rules of the protocol are in :mod:`panharvest.provider`; here are those of HTTP:
methods, sizes, compression, conditional requests, headers, and what to say when the
store cannot answer (never "no records").
"""

from __future__ import annotations

import importlib
import logging
import math
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from panharvest import oai, pages
from panharvest.errors import RetryError, StoreError
from panharvest.protocols import BASE_URL, Query
from panharvest.provider import Repository, answer
from panharvest.record import from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from panharvest.protocols import Clock, Store

MAX_REQUEST = (
    256 * 1024
)  # bytes of a query string or a form; both have at most 7 fields
MAX_FIELDS = 16  # a legal request has seven at most
RETRY_AFTER = 30  # seconds that a client is asked to wait when the store is away
_FORM = "application/x-www-form-urlencoded"
_SMALL = 512  # bytes under which compression gains nothing

log = logging.getLogger("panharvest.access")

_VARY = {"Vary": "Accept-Encoding"}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
# what a page may do: have its own style, and nothing else
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{pages.STYLE_HASH}'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    # a record may change or vanish at any second
    "Cache-Control": "no-cache",
}


def create_app(store: Store, repository: Repository, clock: Clock) -> Starlette:
    """Make the web service.

    Parameters
    ----------
    store
        What is served from; it is called in threads.
    repository
        Who answers; its ``base_url`` is the public address, whatever the proxy.
    clock
        Gives the seconds since the epoch; read once for each request.
    """

    async def oai_pmh(request: Request) -> Response:
        arguments = _arguments(request.scope["query_string"])
        if request.method == "POST":
            arguments += _arguments(await _form(request))
        now = clock()
        return await run_in_threadpool(_oai_pmh, request, arguments, now)

    def _oai_pmh(
        request: Request, arguments: list[tuple[str, str]], now: float
    ) -> Response:
        reply = answer(repository, arguments, store, now)
        headers = {**dict(reply.headers), "Cache-Control": "no-cache"}
        tag = headers.get("ETag")
        if tag and request.method != "POST" and _known(request, tag):
            del headers["Content-Type"]
            return Response(None, HTTPStatus.NOT_MODIFIED, headers | _VARY)
        return _compressed(request, reply.body, reply.status, headers)

    def home(request: Request) -> Response:
        when = math.floor(clock())
        prefix = next(iter(repository.formats))
        specs = set(store.sets(when)) if repository.with_sets else set()
        page = pages.home(
            name=repository.name,
            description=repository.description,
            base_url=repository.base_url,
            formats=tuple(repository.formats),
            listed=store.size(Query(prefix=prefix, snapshot=when), when),
            set_count=len(specs | {up for s in specs for up in oai.set_ancestors(s)}),
        )
        return _page(request, page)

    def landing(request: Request) -> Response:
        when = math.floor(clock())
        local = request.path_params["local"]
        name, base_url = repository.name, repository.base_url
        row = store.get(local, "_record", when) if local.isprintable() else None
        if row is None or (row.body is None and not row.deleted):
            return _page(request, pages.missing(name=name, base_url=base_url), 404)
        changed = oai.format_datestamp(row.datestamp)
        if row.body is None or row.deleted:
            page = pages.gone(local=local, name=name, base_url=base_url, since=changed)
            return _page(request, page, 410)
        record = from_json(row.body.replace(BASE_URL.encode(), base_url.encode()))
        available = store.prefixes(local, when)
        page = pages.landing(
            record,
            name=name,
            base_url=base_url,
            exports={
                prefix: _get_record(repository, local, prefix)
                for prefix in repository.formats
                if prefix in available
            },
            changed=changed,
        )
        return _page(request, page)

    def healthz(_request: Request) -> Response:
        store.earliest(math.floor(clock()))
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/oai", oai_pmh, methods=["GET", "POST"]),
            Route("/", home),
            Route("/records/{local:path}", landing),
            Route("/healthz", healthz),
        ],
        middleware=[Middleware(_Manners)],
        exception_handlers={StoreError: _unavailable, RetryError: _unavailable},
    )


# --- requests -------------------------------------------------------------------------


def _arguments(encoded: bytes) -> list[tuple[str, str]]:
    """Decode key=value pairs; bytes that are not UTF-8 become lone surrogates.

    No legal request has more than seven arguments, so the rest of a giant one is not
    read: it is wrong already.

    Raises
    ------
    HTTPException
        414 when it is longer than anybody can mean.
    """
    if len(encoded) > MAX_REQUEST:
        raise HTTPException(HTTPStatus.REQUEST_URI_TOO_LONG)
    fields = encoded.split(b"&", MAX_FIELDS)[:MAX_FIELDS]
    text = b"&".join(fields).decode(errors="surrogateescape")
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape")


async def _form(request: Request) -> bytes:
    """Read the body of a POST request (OAI-PMH 2.0 §3.1.1.2).

    Raises
    ------
    HTTPException
        415 when it is not a form as HTML forms are sent, 413 when it is too big.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity")
    if kind != _FORM or coding != "identity":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Send the arguments as {_FORM}.",
            headers={"Accept-Post": _FORM},
        )
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    return bytes(body)


def _known(request: Request, tag: str) -> bool:
    """Whether the client has this version (RFC 9110 §13.1.2, weak comparison)."""
    tags = {
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    }
    return "*" in tags or tag.removeprefix("W/") in tags


def _accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110 §12.5.3)."""
    weights: dict[str, float] = {}
    for part in ",".join(request.headers.getlist("accept-encoding")).split(","):
        coding, _, parameters = part.partition(";")
        name, _, value = parameters.strip().partition("=")
        try:
            weight = float(value) if name.strip().lower() == "q" else 1.0
        except ValueError:
            weight = 0.0
        weights[coding.strip().lower()] = weight
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


# --- responses ------------------------------------------------------------------------


def _zlib(body: bytes) -> bytes:
    """Compress fast: seven tenths of what the slowest level gains, for a fifth."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return squeeze.compress(body) + squeeze.flush()


def _choose_gzip() -> Callable[[bytes], bytes]:
    """Take isal when it is installed (extra ``fast``): four times as fast as zlib."""
    try:
        igzip = importlib.import_module("isal.igzip")
    except ImportError:
        return _zlib
    return lambda body: bytes(igzip.compress(body, 1, mtime=0))


_gzip = _choose_gzip()


def _compressed(
    request: Request, body: bytes, status: int, headers: dict[str, str]
) -> Response:
    """Give a response, compressed when the client takes it and it gains."""
    headers = headers | _VARY
    if len(body) >= _SMALL and _accepts_gzip(request):
        body = _gzip(body)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers)


def _page(request: Request, page: str, status: int = 200) -> Response:
    """Give an HTML page that can do nothing but be read."""
    kind = {"Content-Type": HTMLResponse.media_type + "; charset=utf-8"}
    return _compressed(request, page.encode(), status, {**_PAGE_HEADERS, **kind})


def _get_record(repository: Repository, local: str, prefix: str) -> str:
    """Give the address of a record in a format."""
    query = {
        "verb": oai.Verb.GET_RECORD,
        "identifier": oai.compose_identifier(repository.identifier, local),
        "metadataPrefix": prefix,
    }
    return f"{repository.oai_url}?{urlencode(query, safe=':/', quote_via=quote)}"


def _unavailable(_request: Request, _error: Exception) -> Response:
    """Say that the store cannot answer now, and nothing about why."""
    return PlainTextResponse(
        "The service is not available at the moment; try again later.\n",
        HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"},
    )


class _Manners:
    """Put security headers on every answer and write the access log.

    The log holds neither query strings (tokens are in them) nor addresses of clients.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_manners(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                log.info(
                    "%s %s %s %s",
                    scope["method"],
                    quote(scope["path"], safe="/:~!'()*,;@&=+$"),
                    message["status"],
                    headers.get("content-length", "-"),
                )
            await send(message)

        await self.app(scope, receive, with_manners)
