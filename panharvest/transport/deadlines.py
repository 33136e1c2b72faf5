"""Connections whose answers end in time, however slowly they drip.

The time-out of a socket is for one read of it: a server that sends a byte a minute,
in the head of its answer or in the body, never meets it. Here every read of an answer
looks at the clock, and waits no longer than is left of the time for all of it.
"""

from __future__ import annotations

import io
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from _typeshed import WriteableBuffer


class DeadlineError(TimeoutError):
    """An answer did not end in time."""


class Deadline:
    """Until when an answer has to be there; shared by all connections of a session.

    Parameters
    ----------
    clock
        Seconds that only go on.
    patience
        Most seconds between two pieces of an answer.
    heed
        Is called before every read, and may raise.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        patience: float,
        heed: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock, self._patience, self._heed = clock, patience, heed
        self._until = float("inf")

    def begin(self, seconds: float) -> None:
        """Give the next answer so long, from now on."""
        self._until = self._clock() + seconds

    def left(self) -> float:
        """Give the seconds that the next read may take.

        Raises
        ------
        DeadlineError
            When the time is over.
        """
        self._heed()
        left = self._until - self._clock()
        if left <= 0:
            raise DeadlineError("the answer did not end in time")
        return min(left, self._patience)


class _Reading(io.RawIOBase):
    """What is read from a socket, each time no longer than the deadline allows."""

    def __init__(
        self, raw: io.RawIOBase, connection: socket.socket, deadline: Deadline
    ) -> None:
        self._raw, self._connection, self._deadline = raw, connection, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        self._connection.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _answers(deadline: Deadline) -> type[HTTPResponse]:
    class Answer(HTTPResponse):
        def __init__(self, sock: socket.socket, *others: Any, **named: Any) -> None:  # noqa: ANN401  (theirs)
            super().__init__(sock, *others, **named)
            self.fp = io.BufferedReader(_Reading(self.fp.detach(), sock, deadline))

    return Answer


class DeadlineAdapter(requests.adapters.HTTPAdapter):
    """An adapter of one connection a host, whose answers end by a deadline.

    Nothing is tried again here: that is decided above.
    """

    def __init__(self, deadline: Deadline) -> None:
        answers = _answers(deadline)

        class Plain(HTTPConnection):
            response_class = answers

        class Secure(HTTPSConnection):
            response_class = answers

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Secure

        self._pools = {"http": PlainPool, "https": SecurePool}
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *others: Any, **named: Any) -> None:  # noqa: ANN401  (theirs)
        """Make what makes connections."""
        super().init_poolmanager(*others, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **named: Any) -> urllib3.ProxyManager:  # noqa: ANN401  (theirs)
        """Give what makes connections by way of a proxy."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **named)
        if not proxy.lower().startswith("socks"):  # those connect in a way of their own
            manager.pool_classes_by_scheme = self._pools
        return manager
