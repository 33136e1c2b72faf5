"""A small HTTP/1.1 server that does what it is told, wrong things too.

It is written on sockets because servers and frameworks correct what must stay wrong
here: lengths that lie, bodies that stop, answers that are no HTTP at all.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING

from panharvest.testing.faulty.model import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_HEAD = 1 << 17
_MOST_BODY = 1 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came over the wire; names of headers in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Listens on a port of the loopback interface, one thread a connection.

    Parameters
    ----------
    port
        0: any that is free.
    answer
        Gives the reply to a request. What it raises is answered with status 500 and
        kept in ``errors``: a fault that is broken itself must not go unnoticed.
    """

    def __init__(self, answer: Callable[[Asked], Reply], port: int = 0) -> None:
        self._answer = answer
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.errors: list[Exception] = []
        self._listening = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all connections, pauses too, and stop listening."""
        self._ended.set()
        # a thread that is blocked in accept() does not notice that the socket closes
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(
                target=self._converse, args=(connection,), daemon=True
            ).start()

    def _converse(self, connection: socket.socket) -> None:
        """Answer request after request until either side has enough."""
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            incoming = Incoming(connection)
            while not self._ended.is_set():
                asked = incoming.read()
                if asked is None or not self._send(connection, asked):
                    break
        except (OSError, ValueError):
            pass  # the client went away, or speaks no HTTP: nobody to tell
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _send(self, connection: socket.socket, asked: Asked) -> bool:
        """Send the reply; tells whether the connection stays open."""
        try:
            reply = self._answer(asked)
        except Exception as problem:
            self.errors.append(problem)
            reply = Reply(500, (("Content-Type", "text/plain"),), b"the test is broken")
        keep = asked.headers.get("connection", "").lower() != "close"
        sending = Sending(connection, self._ended, reply)
        return sending.run(head_only=asked.method == "HEAD", keep=keep)


class Incoming:
    """Reads requests from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def read(self) -> Asked | None:
        """Read the next request; None when the client has closed."""
        while b"\r\n\r\n" not in self._rest:
            if len(self._rest) > _MOST_HEAD:
                raise ValueError("the head of the request is too long")
            if not self._more():
                return None
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ", 2)
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= _MOST_BODY:
            raise ValueError("the body of the request is too long")
        while len(self._rest) < length:
            if not self._more():
                return None
        body, self._rest = self._rest[:length], self._rest[length:]
        return Asked(method, target, headers, body)

    def _more(self) -> bool:
        got = self._connection.recv(65536)
        self._rest += got
        return bool(got)


class Sending:
    """Sends one reply, with its pauses and its sudden end."""

    def __init__(
        self, connection: socket.socket, ended: threading.Event, reply: Reply
    ) -> None:
        self._connection, self._ended, self._reply = connection, ended, reply

    def run(self, *, head_only: bool, keep: bool) -> bool:
        """Send; tells whether the connection may be used again."""
        reply = self._reply
        self._pause(-1)
        if reply.raw is not None:
            self._connection.sendall(reply.raw)
            return False
        keep = keep and reply.cut is None and reply.length is None
        keep = keep and not reply.endless
        head = self._head(keep=keep)
        body = b"" if head_only else reply.body
        if not reply.pauses and not reply.chunked and reply.cut is None:
            self._connection.sendall(head + body)
        else:
            self._connection.sendall(head)
            self._body(body)
        while reply.endless and not self._ended.is_set():
            self._connection.sendall(reply.endless)
        if reply.reset:  # no linger: the kernel sends RST in place of FIN
            self._connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        elif not keep:
            self._connection.shutdown(socket.SHUT_WR)
        return keep

    def _head(self, *, keep: bool) -> bytes:
        reply = self._reply
        lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers]
        if reply.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif reply.length != -1 and reply.status not in (204, 304):
            length = len(reply.body) if reply.length is None else reply.length
            lines.append(f"Content-Length: {length}")
        lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _body(self, body: bytes) -> None:
        end = len(body) if self._reply.cut is None else self._reply.cut
        stops = sorted({at for at, _ in self._reply.pauses if 0 < at < end} | {0, end})
        for start, stop in pairwise(stops):
            self._pause(start)
            self._piece(body[start:stop])
        if end == 0 or any(at >= end for at, _ in self._reply.pauses):
            self._pause(end)
        if self._reply.chunked and self._reply.cut is None:
            self._connection.sendall(b"0\r\n\r\n")

    def _piece(self, piece: bytes) -> None:
        size = self._reply.chunked
        if not size:
            self._connection.sendall(piece)
            return
        for start in range(0, len(piece), size):
            part = piece[start : start + size]
            self._connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))

    def _pause(self, position: int) -> None:
        """Wait where a pause is asked for; the end of the provider ends it."""
        for at, seconds in self._reply.pauses:
            if at == position and self._ended.wait(seconds):
                raise OSError("the provider was closed meanwhile")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
