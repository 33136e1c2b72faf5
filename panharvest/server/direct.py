"""Answers that are sent where the request was read: no task, no messages of ASGI.

For a record, what a server does around an application costs as much as the answer. The
application says with ``at_once`` whether it can answer without waiting; then head and
body are written here. Whatever has to wait, or is asked in an unusual way, is left to
uvicorn and goes through ASGI, with the same answer.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

    from panharvest.server.messages import Answer, Header

JOINED = 65_536  # bytes of a body that are copied to be sent together with the head
_METHODS = {b"GET": "GET", b"HEAD": "HEAD"}


class Direct(Protocol):
    """An application that can answer some requests at once."""

    def at_once(self, scope: Scope) -> Answer | None:
        """Give the answer; None: the request is to go the ordinary way."""

    def answered(self, scope: Scope, answer: Answer) -> None:
        """Take note of an answer that was sent."""


# What is used here of uvicorn's protocol over httptools, once a connection is made.
# Where something is missing all requests go the ordinary way.
USED = (
    *("access_log", "app", "cycle", "flow", "headers", "limit_concurrency"),
    *("on_response_complete", "parser", "root_path", "scope", "server_state"),
)


class Shortcut:
    """Goes before uvicorn's protocol over httptools.

    One request is answered directly of those that come in one piece of data: who sends
    many at once lets others have their turn in between.
    """

    app: Any
    access_log: bool
    cycle: Any
    flow: Any
    headers: list[Header]
    limit_concurrency: int | None
    on_response_complete: Any
    parser: Any
    root_path: str
    scope: Any
    server_state: Any
    transport: Any  # gathering.Gathered
    url: bytes
    turn = False  # whether a request may be answered directly: set for a piece of data
    _direct: Direct | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  (asyncio's or uvloop's)
        """See whether requests of this connection may be answered here."""
        super().connection_made(transport)  # type: ignore[misc]  # of uvicorn's class
        # not where uvicorn is to do more: wrap the application, log or count
        if (
            _is_known(self)
            and not self.access_log
            and not self.root_path
            and self.limit_concurrency is None
            and hasattr(type(self.app), "at_once")
        ):
            self._direct = self.app

    def answer_directly(self) -> bool:
        """Answer the request whose head was read, if that is possible."""
        direct = self._direct
        if not self.turn or direct is None:
            return False
        cycle, url, parser = self.cycle, self.url, self.parser
        if (
            # the answer before has been given, and the client reads
            not (cycle is None or cycle.response_complete)
            or self.flow.write_paused
            or not url.startswith(b"/")
            or b"#" in url
            or not _is_plain(self.headers)
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
        ):
            return False
        method = _METHODS.get(parser.get_method())
        path, _, query = url.partition(b"?")
        if method is None or b"%" in path or not path.isascii():
            return False
        scope = self.scope
        scope["method"], scope["path"] = method, path.decode("ascii")
        scope["raw_path"], scope["query_string"] = path, query
        self.turn = False
        answer = direct.at_once(scope)
        if answer is None:
            return False
        headers = (*self.server_state.default_headers, *answer.headers)
        head = write_head(answer.status, headers)
        body = b"" if method == "HEAD" else answer.body
        self.transport.send((head + body,) if len(body) <= JOINED else (head, body))
        self.on_response_complete()
        direct.answered(scope, answer)
        return True


def _is_plain(headers: Iterable[Header]) -> bool:
    """Whether a request ends with its head, and its connection is to stay."""
    for name, value in headers:
        if name in _SPECIAL and value.lower() != b"keep-alive":
            return False
    return True


_SPECIAL = {b"content-length", b"transfer-encoding", b"connection"}


def _is_known(made: Shortcut) -> bool:
    """Whether uvicorn's protocol is as we know it; looked at once for each kind."""
    known = _KNOWN.get(type(made))
    if known is None:
        known = _KNOWN[type(made)] = (
            all(hasattr(made, name) for name in USED)
            and hasattr(made.flow, "write_paused")
            and hasattr(made.server_state, "default_headers")
        )
    return known


_KNOWN: dict[type, bool] = {}


def write_head(status: int, headers: Iterable[Header]) -> bytes:
    """Write the head of a response whose length is known, or that has no body."""
    lines = map(b": ".join, headers)
    return b"\r\n".join((_status_line(status), *lines, b"\r\n"))


@cache
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
