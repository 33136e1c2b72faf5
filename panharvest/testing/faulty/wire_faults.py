"""Faults of servers and proxies: statuses, connections, lengths, encodings."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from panharvest.testing.faulty.model import Fault, Reply

if TYPE_CHECKING:
    from panharvest.testing.faulty.model import Call

HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>\n"
    b"<body><h1>We will be back soon</h1><p>No data here.</body></html>\n"
)
_HTML_TYPE = ("Content-Type", "text/html; charset=utf-8")


def status(
    code: int, *, retry_after: str | None = None, body: bytes = b"<p>Sorry.</p>"
) -> Fault:
    """Answer with an HTTP status: ``status(503, retry_after="120")``.

    ``retry_after`` is written as it is: seconds, a date, nonsense, or None for none.
    """
    name = f"status-{code}" + ("" if retry_after is None else "-retry-after")

    def reply(_reply: Reply, _call: Call) -> Reply:
        answer = Reply(code, (_HTML_TYPE,), body)
        return answer.with_header("Retry-After", retry_after)

    return Fault(name=name, meaning=f"answers HTTP {code}", reply=reply)


def errors_with_status(code: int = 422) -> Fault:
    """Send OAI-PMH errors with an HTTP status of 4xx or 5xx, the XML as body."""

    def reply(reply: Reply, _call: Call) -> Reply:
        return replace(reply, status=code) if b"<error " in reply.body else reply

    return Fault(
        name="errors-with-status",
        meaning=f"sends OAI-PMH errors with HTTP status {code}",
        reply=reply,
    )


def cut_connection(at: float = 0.5, *, reset: bool = False) -> Fault:
    """Close the connection in the body, short of the length that was declared.

    ``at`` is a share of the body (a float up to 1) or a number of bytes (an int).
    With ``reset`` the connection is not closed but reset.
    """

    def reply(reply: Reply, _call: Call) -> Reply:
        return replace(reply, cut=offset(at, reply.body), reset=reset)

    return Fault(
        name="connection-reset" if reset else "connection-cut",
        meaning="ends the connection before the declared length",
        reply=reply,
    )


def truncated_body(at: float = 0.5) -> Fault:
    """Stop in the body, with a length that says all is well.

    ``at`` is a share of the body (a float up to 1) or a number of bytes (an int).
    """

    def body(body: bytes, _call: Call) -> bytes:
        return body[: offset(at, body)]

    return Fault(
        name="body-truncated",
        meaning="sends part of the page with status 200 and a length that fits",
        body=body,
    )


def truncated_at(text: bytes, *, last: bool = False) -> Fault:
    """Stop right behind a text, such as ``b"<metadata>"``, the first or the last."""

    def body(body: bytes, _call: Call) -> bytes:
        place = body.rfind(text) if last else body.find(text)
        return body if place < 0 else body[: place + len(text)]

    return Fault(
        name="body-truncated-at-tag",
        meaning=f"stops behind {text.decode('latin-1').strip()} with status 200",
        body=body,
    )


def unmarked_end(at: float = 0.5) -> Fault:
    """Declare no length at all and close the connection in the body."""

    def reply(reply: Reply, _call: Call) -> Reply:
        return replace(reply, length=-1, cut=offset(at, reply.body))

    return Fault(
        name="end-unmarked",
        meaning="declares no length and closes the connection in the page",
        reply=reply,
    )


def wrong_length(by: int) -> Fault:
    """Declare a length that is so many bytes more (or, negative, fewer) than sent."""

    def reply(reply: Reply, _call: Call) -> Reply:
        return replace(reply, length=max(0, len(reply.body) + by))

    return Fault(
        name="length-wrong",
        meaning=f"declares a Content-Length that is {by:+} bytes off",
        reply=reply,
    )


def chunked(size: int = 500, *, cut: float | None = None) -> Fault:
    """Send in chunks, without a length; ``cut`` ends the connection in the body."""

    def reply(reply: Reply, _call: Call) -> Reply:
        stop = None if cut is None else offset(cut, reply.body)
        return replace(reply, chunked=size, cut=stop)

    return Fault(
        name="chunked" if cut is None else "chunked-cut",
        meaning="sends chunks" + ("" if cut is None else ", and not the last one"),
        reply=reply,
    )


def stall(seconds: float, at: float | None = None) -> Fault:
    """Say nothing for so long: before the answer, or with ``at`` in the body."""

    def reply(reply: Reply, _call: Call) -> Reply:
        place = -1 if at is None else offset(at, reply.body)
        return replace(reply, pauses=((place, seconds),))

    return Fault(
        name="stall" if at is None else "stall-in-body",
        meaning=f"says nothing for {seconds:g} s",
        reply=reply,
    )


def drip(size: int, seconds: float) -> Fault:
    """Send so few bytes at a time that no time-out between bytes ever strikes."""

    def reply(reply: Reply, _call: Call) -> Reply:
        places = range(size, len(reply.body), size)
        return replace(reply, pauses=tuple((place, seconds) for place in places))

    return Fault(
        name="drip",
        meaning=f"sends {size} bytes every {seconds:g} s",
        reply=reply,
        best="flagged",
    )


def endless_body(filler: bytes = b"<!-- more -->" * 1000) -> Fault:
    """Send a body that does not end before the client goes."""

    def reply(reply: Reply, _call: Call) -> Reply:
        start = reply.body[: reply.body.rfind(b"</OAI-PMH>")]
        return replace(reply, body=start, length=-1, endless=filler)

    return Fault(
        name="body-endless",
        meaning="sends a body without end",
        reply=reply,
        best="flagged",
    )


def other_body(body: bytes, kind: str = "text/html", *, code: int = 200) -> Fault:
    """Send something else: an HTML page, JSON, nothing at all (``b""``)."""

    def reply(_reply: Reply, _call: Call) -> Reply:
        return Reply(code, (("Content-Type", kind),), body)

    short = kind.rpartition("/")[2] if body else "empty"
    return Fault(
        name=f"body-{short}" + ("" if code == 200 else f"-{code}"),
        meaning=f"sends {short} with status {code}",
        reply=reply,
    )


def html_page() -> Fault:
    """Send an HTML page with status 200, as proxies do in maintenance."""
    return replace(other_body(HTML), name="html-page")


def challenge() -> Fault:
    """Refuse clients that are no browsers, as web application firewalls do."""
    fault = other_body(HTML.replace(b"Maintenance", b"Just a moment..."), code=403)
    return replace(fault, name="challenge", best="flagged")


def garbage(data: bytes = bytes(range(256)) * 8) -> Fault:
    """Send bytes that are no HTTP."""

    def reply(_reply: Reply, _call: Call) -> Reply:
        return Reply(raw=data)

    return Fault(name="garbage", meaning="sends bytes that are no HTTP", reply=reply)


def content_type(value: str | None) -> Fault:
    """Send another Content-Type, or (None) none."""

    def reply(reply: Reply, _call: Call) -> Reply:
        return reply.with_header("Content-Type", value)

    return Fault(name="content-type", meaning=f"says it is {value}", reply=reply)


def packed(
    coding: str = "gzip", *, declared: bool = True, cut: float | None = None
) -> Fault:
    """Compress the body whatever the client accepts: gzip, deflate or zstd.

    Parameters
    ----------
    coding
        ``zstd`` needs the package zstandard.
    declared
        Whether ``Content-Encoding`` says so.
    cut
        Send only such a share of the compressed body, with a length that fits.
    """

    def reply(reply: Reply, _call: Call) -> Reply:
        body = _pack(reply.body, coding)
        if cut is not None:
            body = body[: offset(cut, body)]
        reply = replace(reply, body=body)
        return reply.with_header("Content-Encoding", coding if declared else None)

    name = f"{coding}-{'declared' if declared else 'undeclared'}"
    return Fault(
        name=name + ("" if cut is None else "-cut"),
        meaning=f"sends {coding}" + ("" if declared else " and does not say so"),
        reply=reply,
    )


def packed_in_name(coding: str = "gzip") -> Fault:
    """Say that the body is compressed when it is not."""

    def reply(reply: Reply, _call: Call) -> Reply:
        return reply.with_header("Content-Encoding", coding)

    return Fault(
        name=f"{coding}-in-name-only",
        meaning=f"says {coding} and sends plain text",
        reply=reply,
    )


def packed_bomb(size: int = 1 << 30) -> Fault:
    """Send a small gzip body that grows to so many bytes."""

    def reply(reply: Reply, _call: Call) -> Reply:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        parts = [packer.compress(reply.body)]
        blank = b" " * (1 << 20)
        parts += (packer.compress(blank) for _ in range(size >> 20))
        body = b"".join((*parts, packer.flush()))
        return replace(reply, body=body).with_header("Content-Encoding", "gzip")

    return Fault(
        name="gzip-bomb",
        meaning=f"sends a page that grows to {size} bytes when it is unpacked",
        reply=reply,
        best="flagged",
    )


def redirect(to: str = "/moved", *, code: int = 302) -> Fault:
    """Send clients to another path, with their arguments, or to another address.

    A path is answered like the first one, so one step suffices; an address that has a
    scheme is given as it is, with the query.
    """

    def reply(reply: Reply, call: Call) -> Reply:
        if call.path == to:
            return reply
        query = urlencode(call.pairs, errors="surrogateescape")
        return Reply(code, (("Location", f"{to}?{query}"),), b"")

    return Fault(name=f"redirect-{code}", meaning=f"answers {code}", reply=reply)


def redirect_loop() -> Fault:
    """Send clients from path to path without end."""

    def reply(_reply: Reply, call: Call) -> Reply:
        query = urlencode(call.pairs, errors="surrogateescape")
        target = f"/hop-{call.number}?{query}"
        return Reply(302, (("Location", target),), b"")

    return Fault(
        name="redirect-loop",
        meaning="redirects for ever",
        reply=reply,
        best="flagged",
    )


def no_post(code: int = 404) -> Fault:
    """Answer POST with an error: only GET is served."""

    def reply(reply: Reply, call: Call) -> Reply:
        return reply if call.method != "POST" else Reply(code, (_HTML_TYPE,), HTML)

    return Fault(name="no-post", meaning="serves GET only", reply=reply)


def offset(at: float, body: bytes) -> int:
    """Give a place in a body: a share of it (float up to 1) or a number of bytes."""
    place = at if isinstance(at, int) else round(at * len(body))
    return max(0, min(place, len(body)))


def _pack(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, mtime=0)
    if coding == "deflate":
        return zlib.compress(body)
    if coding == "zstd":
        import zstandard

        return zstandard.compress(body)
    raise ValueError(f"'{coding}' is not gzip, deflate or zstd")
