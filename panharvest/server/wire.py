"""HTTP as uvicorn speaks it, with limits to what a client may send, and how slowly.

uvicorn leaves both to a proxy. Whoever serves without one is not to be stopped by a
header that does not end, or by a thousand requests of which a byte comes now and then.
"""

from __future__ import annotations

import importlib
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from panharvest.server.direct import Shortcut
from panharvest.server.gathering import Gathered

if TYPE_CHECKING:
    import asyncio

ARRIVAL = (
    30.0  # seconds in which a request has to arrive, from its first byte to its last
)
MAX_TARGET = 64_000  # bytes of the address; the parser itself takes 65,535
MAX_HEAD = 65_536  # bytes of all fields of a head
MAX_FIELDS = 200  # of a head


def protocol() -> type[asyncio.Protocol]:
    """Give the protocol for uvicorn: over httptools when it is installed, or h11."""
    try:
        importlib.import_module("httptools")
    except ImportError:
        return _over_h11()
    return _over_httptools()


class _Arriving:
    """What both have: answers in one piece, and a time for requests to arrive in.

    A request that is whole when it is first seen, as nearly all are, costs no timer.
    """

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are like asyncio's, but no subclass
        gathered = Gathered(cast("asyncio.Transport", transport))
        super().connection_made(gathered)  # type: ignore[misc]  # of uvicorn's class
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)  # type: ignore[misc]  # of uvicorn's class

    def data_received(self, data: bytes) -> None:
        super().data_received(data)  # type: ignore[misc]  # of uvicorn's class
        if self._is_arriving():
            self._wait()
        elif self._deadline is not None:
            self._arrived()

    def _is_arriving(self) -> bool:
        """Whether a request has begun and not ended."""
        raise NotImplementedError

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(ARRIVAL, self._give_up)

    def _arrived(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self.transport.close()


def _over_httptools() -> type[asyncio.Protocol]:
    import httptools
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class Limited(_Arriving, Shortcut, HttpToolsProtocol):
        """Counts the head as it comes: the parser takes a field of any length.

        What is called for every request names its parent, which ``super`` would look
        for each time.
        """

        _begun = _in_head = _new = _answered = False
        _head = 0  # bytes of the head that came after its first piece
        _told = 0  # bytes of the fields of the head
        _refusal: HTTPStatus | None = None

        def data_received(self, data: bytes) -> None:
            self.turn = True
            HttpToolsProtocol.data_received(self, data)
            self.turn = False
            if self._in_head and not self._new:
                self._count(len(data))
            self._new = False
            if self._begun:
                self._wait()
            elif self._deadline is not None:
                self._arrived()

        def on_message_begin(self) -> None:
            HttpToolsProtocol.on_message_begin(self)
            self._begun = self._in_head = self._new = True
            self._head = self._told = 0
            if self._deadline is not None:  # of the request before
                self._arrived()

        def on_url(self, url: bytes) -> None:
            HttpToolsProtocol.on_url(self, url)
            if len(self.url) > MAX_TARGET:
                self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG)

        def on_header(self, name: bytes, value: bytes) -> None:
            HttpToolsProtocol.on_header(self, name, value)
            self._told += len(name) + len(value)
            if self._told > MAX_HEAD or len(self.headers) > MAX_FIELDS:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

        def on_headers_complete(self) -> None:
            self._in_head = False
            self._answered = self.answer_directly()
            if not self._answered:
                HttpToolsProtocol.on_headers_complete(self)

        def on_message_complete(self) -> None:
            self._begun = False
            if self._answered:
                return
            HttpToolsProtocol.on_message_complete(self)
            if self.timeout_keep_alive_task is None and self.cycle.response_complete:
                # answered before all of it had come, which uvicorn takes for busy
                self.timeout_keep_alive_task = self.loop.call_later(
                    self.timeout_keep_alive, self.timeout_keep_alive_handler
                )

        def _count(self, size: int) -> None:
            """Take note of so many bytes more of a head."""
            self._head += size
            if self._head > MAX_TARGET + MAX_HEAD and self._refusal is None:
                self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                self.send_400_response("")

        def _refuse(self, status: HTTPStatus) -> None:
            self._refusal = status
            raise httptools.HttpParserError(status.phrase)  # ends the parser's work

        def send_400_response(self, msg: str) -> None:
            if self._refusal is None:
                HttpToolsProtocol.send_400_response(self, msg)
            elif not self.transport.is_closing():
                self.transport.write(_refused(self._refusal))
                self.transport.close()

    return Limited


def _over_h11() -> type[asyncio.Protocol]:
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Limited(_Arriving, H11Protocol):
        """Has the limits of h11 (64 kB of a head), which answers 400."""

        def _is_arriving(self) -> bool:
            state = self.conn.their_state
            return state is h11.SEND_BODY or (
                state is h11.IDLE and bool(self.conn.trailing_data[0])
            )

    return Limited


def _refused(status: HTTPStatus) -> bytes:
    """Write an answer after which the connection ends."""
    text = f"{status.phrase}\n"
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "content-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(text)}\r\n"
        "x-content-type-options: nosniff\r\n"
        "connection: close\r\n\r\n"
        f"{text}"
    ).encode()
