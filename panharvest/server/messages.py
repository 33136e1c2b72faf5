"""HTTP messages: how a request is read, and how a response is dressed."""

from __future__ import annotations

import importlib
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response

from panharvest.server.layout import STYLE_HASH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

# bytes of a query string or a form; a legal request fits many times
MAX_REQUEST = 256 * 1024
MAX_FIELDS = 16  # a legal request has seven at most
RETRY_AFTER = 30  # seconds that a client is asked to wait when the store is away
_FORM = "application/x-www-form-urlencoded"
_SMALL = 512  # bytes under which compression gains nothing

# what a page may do: have its own style, and nothing else
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    # a record may change or vanish at any second
    "Cache-Control": "no-cache",
}


# --- requests -------------------------------------------------------------------------


def arguments(encoded: bytes) -> list[tuple[str, str]]:
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


async def form(request: Request) -> bytes:
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
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    # what is left of it is not read: the connection is of no more use
                    headers={"Connection": "close"},
                )
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    return bytes(body)


def knows(request: Request, tag: str) -> bool:
    """Whether the client has this version (RFC 9110 §13.1.2, weak comparison)."""
    tags = {
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    }
    return "*" in tags or tag.removeprefix("W/") in tags


def is_reader(request: Request) -> bool:
    """Whether a person looks at the answer in a browser (case P45).

    Browsers stop applying stylesheets to XML, so they get HTML. A harvester must never:
    some copy the ``Accept`` of a browser, but none says that it navigates.
    """
    if request.method == "POST" or request.headers.get("sec-fetch-mode") != "navigate":
        return False
    weights = _weights(request, "accept")
    page = weights.get("text/html", 0.0)
    return page > 0 and page >= max(
        weights.get("text/xml", 0.0), weights.get("application/xml", 0.0)
    )


# What a program may ask the page of a record for, in place of the page.
_FORMS = {
    "application/ld+json": "schemaorg",
    "text/turtle": "dcat",
    "application/vnd.datacite.datacite+xml": "datacite",
    "application/vnd.datacite.datacite+json": "datacite-json",
}


def asked_form(request: Request) -> str | None:
    """Give the form in which a program wants a record; None: as a page."""
    weights = _weights(request, "accept")
    wanted = {kind: w for kind, w in weights.items() if kind in _FORMS and w > 0}
    if not wanted:
        return None
    best = max(wanted, key=lambda kind: wanted[kind])
    return _FORMS[best] if wanted[best] >= weights.get("text/html", 0) else None


def _weights(request: Request, header: str) -> dict[str, float]:
    """Read what a client accepts, with weights (RFC 9110 §12.4.2)."""
    weights: dict[str, float] = {}
    for part in ",".join(request.headers.getlist(header)).split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        weights[name] = weight
    return weights


def _accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110 §12.5.3)."""
    weights = _weights(request, "accept-encoding")
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


# --- responses ------------------------------------------------------------------------


def _zlib(body: bytes) -> bytes:
    """Compress fast: seven tenths of what the slowest level gains, for a fifth."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return squeeze.compress(body) + squeeze.flush()


def choose_gzip() -> Callable[[bytes], bytes]:
    """Take isal when it is installed (extra ``fast``): four times as fast as zlib."""
    try:
        igzip = importlib.import_module("isal.igzip")
    except ImportError:
        return _zlib
    return lambda body: bytes(igzip.compress(body, 1, mtime=0))


_gzip = choose_gzip()


def respond(
    request: Request, body: bytes, status: int, headers: dict[str, str]
) -> Response:
    """Give a response, compressed when the client takes it and it gains.

    A client that has this version already (by its ``ETag``) is told so instead.
    """
    vary = headers.get("Vary")
    headers = headers | {
        "Vary": f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    }
    tag = headers.get("ETag")
    if tag and request.method != "POST" and knows(request, tag):
        del headers["Content-Type"]
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    if len(body) >= _SMALL and _accepts_gzip(request):
        body = _gzip(body)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers)


def respond_page(
    request: Request,
    page: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Give an HTML page that can do nothing but be read."""
    return respond(request, page.encode(), status, _PAGE_HEADERS | dict(headers or {}))


def unavailable(_request: Request, _error: Exception) -> Response:
    """Say that the store cannot answer now, and nothing about why."""
    return come_back(RETRY_AFTER, "The service is not available at the moment.")


def come_back(seconds: int, why: str) -> Response:
    """Ask a client to try again later (OAI-PMH 2.0 §3.1.2.2)."""
    return PlainTextResponse(
        f"{why} Try again in {seconds} seconds.\n",
        HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
    )
