"""HTTP messages: how a request is read, and how a response is dressed."""

from __future__ import annotations

import importlib
import zlib
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

from panharvest.server.layout import STYLE_HASH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

# bytes of a query string or a form; a legal request fits many times
MAX_REQUEST = 256 * 1024
MAX_FIELDS = 16  # a legal request has seven at most
RETRY_AFTER = 30  # seconds that a client is asked to wait when the store is away
MAX_FIELD = 4096  # characters of a header field that are looked at
_FORM = "application/x-www-form-urlencoded"
_SMALL = 512  # bytes under which compression gains nothing

# what a page may do: have its own style, and nothing else
_PAGE_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'".encode(),
    ),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    # a record may change or vanish at any second
    (b"cache-control", b"no-cache"),
)


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
    pairs = []
    for field in encoded.split(b"&", MAX_FIELDS)[:MAX_FIELDS]:
        if field:
            name, _, value = field.partition(b"=")
            pairs.append(
                (_USUAL.get(name) or _decode(name), _USUAL.get(value) or _decode(value))
            )
    return pairs


# Most names and verbs, told at a tenth of the cost.
_USUAL = {
    name.encode(): name
    for name in (
        *("verb", "identifier", "metadataPrefix", "set", "from", "until"),
        *("resumptionToken", "GetRecord", "ListRecords", "ListIdentifiers"),
        *("oai_dc", "oai_datacite", "datacite"),
    )
}


def _decode(text: bytes) -> str:
    """Decode a name or a value of a form (WHATWG URL §5.1)."""
    if b"+" in text:
        text = text.replace(b"+", b" ")
    if b"%" in text:
        # what most identifiers have, at a fifth of the time
        plain = text.replace(b"%3A", b":").replace(b"%2F", b"/")
        text = unquote_to_bytes(text) if b"%" in plain else plain
    return text.decode("utf-8", "surrogateescape")


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


def knows(scope: Scope, tag: str) -> bool:
    """Whether the client has this version (RFC 9110 §13.1.2, weak comparison)."""
    given = _field(scope, b"if-none-match")
    if not given:
        return False
    tags = {one.strip().removeprefix("W/") for one in given.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags


def is_reader(scope: Scope) -> bool:
    """Whether a person looks at the answer in a browser (case P45).

    Browsers stop applying stylesheets to XML, so they get HTML. A harvester must never:
    some copy the ``Accept`` of a browser, but none says that it navigates.
    """
    if scope["method"] == "POST" or _field(scope, b"sec-fetch-mode") != "navigate":
        return False
    weights = _weights(_field(scope, b"accept"))
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


def asked_form(scope: Scope) -> str | None:
    """Give the form in which a program wants a record; None: as a page."""
    weights = _weights(_field(scope, b"accept"))
    wanted = {kind: w for kind, w in weights.items() if kind in _FORMS and w > 0}
    if not wanted:
        return None
    best = max(wanted, key=lambda kind: wanted[kind])
    return _FORMS[best] if wanted[best] >= weights.get("text/html", 0) else None


def _field(scope: Scope, name: bytes) -> str:
    """Give a header field, its lines as one (RFC 9110 §5.3); empty without any."""
    fields = scope.get("panharvest.fields")
    if fields is None:
        fields = scope["panharvest.fields"] = _fields(scope["headers"])
    text: str = fields.get(name, "")
    return text


_LOOKED_AT = {b"accept", b"accept-encoding", b"if-none-match", b"sec-fetch-mode"}


def _fields(headers: Iterable[Header]) -> Mapping[bytes, str]:
    """Give the fields that are looked at, in one go over all that came."""
    fields: dict[bytes, str] = {}
    for name, value in headers:
        if name in _LOOKED_AT:
            text = value.decode("latin-1")
            fields[name] = f"{fields[name]}, {text}" if name in fields else text
    return fields


@lru_cache(maxsize=64)  # clients are of few kinds
def _weights(accepted: str) -> Mapping[str, float]:
    """Read what a client accepts, with weights (RFC 9110 §12.4.2)."""
    weights: dict[str, float] = {}
    for part in accepted[:MAX_FIELD].split(","):
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


def _accepts_gzip(scope: Scope) -> bool:
    """Whether the client takes gzip (RFC 9110 §12.5.3)."""
    accepted = _field(scope, b"accept-encoding")
    if not accepted:
        return False
    weights = _weights(accepted)
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


Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]


class Answer:
    """A response that is whole: an ASGI application that sends it."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: Headers) -> None:
        self.status, self.body, self.headers = status, body, headers

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": self.headers,
            }
        )
        await send({"type": "http.response.body", "body": self.body})


def respond(
    scope: Scope,
    body: bytes,
    status: int,
    headers: Headers,
    tag: str | None = None,
    vary: bytes = b"",
) -> Answer:
    """Give a response, compressed when the client takes it and it gains.

    A client that has this version already (by its ``tag``) is told so instead. ``vary``
    is what else the response depends on.
    """
    varies = vary + b", Accept-Encoding" if vary else b"Accept-Encoding"
    told = [*headers, (b"vary", varies)]
    if tag:
        told.append((b"etag", tag.encode()))
        if scope["method"] != "POST" and knows(scope, tag):
            kept = tuple(one for one in told if one[0] != b"content-type")
            return Answer(HTTPStatus.NOT_MODIFIED, b"", kept)
    if len(body) >= _SMALL and _accepts_gzip(scope):
        body = _gzip(body)
        told.append((b"content-encoding", b"gzip"))
    told.append((b"content-length", b"%d" % len(body)))
    return Answer(status, body, tuple(told))


def respond_page(
    scope: Scope,
    page: str,
    status: int = 200,
    tag: str | None = None,
    vary: bytes = b"",
) -> Answer:
    """Give an HTML page that can do nothing but be read."""
    return respond(scope, page.encode(), status, _PAGE_HEADERS, tag, vary)


def unavailable(_request: object, _error: Exception) -> Response:
    """Say that the store cannot answer now, and nothing about why."""
    return come_back(RETRY_AFTER, "The service is not available at the moment.")


def come_back(seconds: int, why: str) -> Response:
    """Ask a client to try again later (OAI-PMH 2.0 §3.1.2.2)."""
    return PlainTextResponse(
        f"{why} Try again in {seconds} seconds.\n",
        HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
    )


broken = PlainTextResponse("Internal Server Error", HTTPStatus.INTERNAL_SERVER_ERROR)
