"""Answers that are sent where the request was read: no task, no messages of ASGI.

For a record, what a server does around an application costs as much as the answer. The
application says with ``at_once`` whether it can answer without waiting; then head and
body are written here. Who is asked what, and in which turn, stays with uvicorn, and
whatever has to wait goes its way: through ASGI, and with the same answer.
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


class Direct(Protocol):
    """An application that can answer some requests at once."""

    def at_once(self, scope: Scope) -> Answer | None:
        """Give the answer; None: the request is to go the ordinary way."""

    def answered(self, scope: Scope, answer: Answer) -> None:
        """Take note of an answer that was sent."""


# What is used here of uvicorn's protocol over httptools, and of a request in it. Where
# something is missing, as in versions before 0.46, requests go the ordinary way.
OF_PROTOCOL = ("_start_asgi_task", "access_log", "app", "flow", "server_state")
OF_CYCLE = (
    *("keep_alive", "message_event", "on_response", "response_complete"),
    *("response_started", "scope"),
)


class Shortcut:
    """Goes before uvicorn's protocol over httptools.

    ``_start_asgi_task`` is called with a request when its turn has come and its head is
    read. One request is answered directly of those that come in one piece of data: who
    sends many at once lets others have their turn in between.
    """

    app: Any
    access_log: bool
    flow: Any
    server_state: Any
    transport: Any  # gathering.Gathered
    turn = False  # whether a request may be answered directly: set for a piece of data
    _direct: Direct | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  (asyncio's or uvloop's)
        """See whether requests of this connection may be answered here."""
        super().connection_made(transport)  # type: ignore[misc]  # of uvicorn's class
        # where uvicorn is to do more than we do, it wraps the application or logs
        if (
            _has_all(self, OF_PROTOCOL)
            and _has_all(self.flow, ("write_paused",))
            and _has_all(self.server_state, ("default_headers",))
            and not self.access_log
            and hasattr(type(self.app), "at_once")
        ):
            self._direct = self.app

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:  # noqa: ANN401  (uvicorn's)
        direct = self._direct
        if (
            self.turn
            and direct is not None
            and app is direct  # else it is to say that there is too much to do
            and not self.flow.write_paused
            and _has_all(cycle, OF_CYCLE)
            and cycle.keep_alive
            and _is_plain(cycle.scope["headers"])
        ):
            self.turn = False
            answer = direct.at_once(cycle.scope)
            if answer is not None:
                self._send(cycle, answer)
                direct.answered(cycle.scope, answer)
                return
        super()._start_asgi_task(cycle, app)  # type: ignore[misc]  # of uvicorn's class

    def _send(self, cycle: Any, answer: Answer) -> None:  # noqa: ANN401  (uvicorn's)
        """Send an answer, as ``send`` of the cycle would."""
        headers = (*self.server_state.default_headers, *answer.headers)
        head = write_head(answer.status, headers)
        body = b"" if cycle.scope["method"] == "HEAD" else answer.body
        cycle.response_started = cycle.response_complete = True
        self.transport.send((head + body,) if len(body) <= JOINED else (head, body))
        cycle.message_event.set()
        cycle.on_response()
        cycle.on_response = _nothing  # the connection knows the cycle, not it the other


def _is_plain(headers: Iterable[Header]) -> bool:
    """Whether a request ends with its head, and its connection is to stay."""
    for name, value in headers:
        if name in _SPECIAL and value.lower() != b"keep-alive":
            return False
    return True


_SPECIAL = {b"content-length", b"transfer-encoding", b"connection"}


def _has_all(thing: object, names: tuple[str, ...]) -> bool:
    """Whether a thing of uvicorn's is as we know it; looked at once for each kind."""
    known = _KNOWN.get(type(thing))
    if known is None:
        known = _KNOWN[type(thing)] = all(hasattr(thing, name) for name in names)
    return known


_KNOWN: dict[type, bool] = {}


def write_head(status: int, headers: Iterable[Header]) -> bytes:
    """Write the head of a response whose length is known, or that has no body."""
    lines = map(b": ".join, headers)
    return b"\r\n".join((_status_line(status), *lines, b"\r\n"))


@cache
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()


def _nothing() -> None:
    """Do nothing."""
