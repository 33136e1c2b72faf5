"""Polite HTTP: one connection a host, paced, patient, suspicious of what comes back.

A :class:`Transport` fetches; what an answer is worth is judged by its caller, who
raises :class:`panharvest.errors.RetryError` to have it fetched again. Waiting is
bounded and told; every answer is bounded in size, time and redirects. TLS is verified.
"""

from __future__ import annotations

import threading
import time
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3
import zstandard

from panharvest.errors import RetryError, StopError
from panharvest.transport.addresses import asked, redirected, shown
from panharvest.transport.connecting import Host
from panharvest.transport.manners import Manners, Reply, Sending, Timing, Wait
from panharvest.transport.verdicts import (
    NoAnswerError,
    StoppedError,
    UnavailableError,
    cause,
    retry_after,
)
from panharvest.unpacking import MIB, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

T = TypeVar("T")

CHUNK = (
    64 * 1024
)  # bytes; what is longer is fetched from the system each time, and cleared
MOVED = frozenset({301, 302, 303, 307, 308})


class Transport:
    """Fetches, politely. May be shared by threads; each host is asked by one at a time.

    Parameters
    ----------
    manners
        How to behave.
    timing
        Clock, sleep and chance.
    stop
        When set, waits end and no request is begun any more.
    """

    def __init__(
        self,
        manners: Manners | None = None,
        timing: Timing | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self.manners = manners or Manners()
        self.timing = timing or Timing()
        self.stop = stop or threading.Event()
        self._hosts: dict[str, Host] = {}
        self._guard = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        with self._guard:
            hosts, self._hosts = self._hosts, {}
        for host in hosts.values():
            host.close()

    def fetch(
        self,
        url: str,
        parameters: Sequence[tuple[str, str]],
        judge: Callable[[Reply], T],
        *,
        told: Callable[[Wait], None] | None = None,
        hosts: Sequence[str] = (),
        attempts: int | None = None,
        send: Sending | None = None,
    ) -> T:
        """Ask until an answer is good enough.

        Parameters
        ----------
        judge
            Makes a result of an answer of any status, or raises ``RetryError`` to have
            it fetched again; what else it raises ends the attempts.
        told
            Is called before every wait that a failure causes.
        hosts
            Hosts that may be redirected to, besides the one asked.
        attempts
            Instead of what the manners say.
        send
            What goes with the request: headers, which no other host gets, and a body.

        Raises
        ------
        Unavailable
            When no attempt gave a good answer; the message has the last reason.
        StopError
            When the server must not be asked again: a redirect that is not allowed,
            a certificate that is not valid, an answer without end.
        """
        most = attempts or self.manners.attempts
        target = asked(url, parameters)
        for attempt in range(1, most + 1):
            after: float | None = None
            try:
                reply = self._once(target, hosts, send)
                after = retry_after(reply.headers.get("retry-after"), reply.fetched)
                return judge(reply)
            except RetryError as error:
                reason = str(error)
                if attempt == most:
                    times = "once" if most == 1 else f"{most} times"
                    raise UnavailableError(f"{reason} (asked {times})") from error
            seconds = self._wait(attempt, after)
            if told is not None:
                told(Wait(seconds, attempt, reason))
            self._sleep(seconds)
        raise AssertionError("attempts are 1 or more")

    def _wait(self, attempt: int, after: float | None) -> float:
        """Give the seconds to wait after an attempt that failed."""
        manners = self.manners
        if after is not None:
            return min(max(after, 0.0), manners.longest_wait)
        most = min(manners.backoff * 2.0 ** (attempt - 1), manners.longest_backoff)
        return most / 2 + self.timing.chance() * most / 2

    def _sleep(self, seconds: float) -> None:
        if self.timing.sleep is time.sleep:
            self.stop.wait(seconds)
        elif seconds > 0:
            self.timing.sleep(seconds)
        self._heed()

    def _heed(self) -> None:
        if self.stop.is_set():
            raise StoppedError(
                "stopped; what was read is kept, and the next run goes on"
            )

    def _host(self, url: str) -> Host:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        with self._guard:
            host = self._hosts.get(key)
            if host is None:
                host = self._hosts[key] = Host(
                    url, self.manners, self.timing, self._heed
                )
            return host

    def _once(self, url: str, hosts: Sequence[str], send: Sending | None) -> Reply:
        """Make one request, and follow its redirects."""
        allowed = {urlsplit(url).hostname, *hosts}
        origin = urlsplit(url)[:2]
        for _ in range(self.manners.redirects + 1):
            self._heed()
            host = self._host(url)
            with host.turn:
                self._keep_pace(host, url)
                try:
                    reply = self._request(host, url, send)
                finally:
                    pace = self.manners.pace if host.pace is None else host.pace
                    host.free_at = self.timing.monotonic() + pace
            if reply.status not in MOVED or "location" not in reply.headers:
                return reply
            url = redirected(url, reply.headers["location"], allowed)
            if send is not None and send.body is not None:
                raise StopError(
                    f"{shown(url)}: what was sent is redirected, which is not "
                    "followed; give the address that it leads to"
                )
            if send is not None and urlsplit(url)[:2] != origin:
                send = Sending()  # credentials are for the host they were given for
        raise StopError(
            f"{shown(url)}: more than {self.manners.redirects} redirects in a row"
        )

    def _keep_pace(self, host: Host, url: str) -> None:
        if host.pace is None:
            host.pace = self.manners.pace
            if self.manners.robots:
                host.pace = max(host.pace, self._crawl_delay(host, url))
        left = host.free_at - self.timing.monotonic()
        if left > 0:
            self._sleep(left)

    def _crawl_delay(self, host: Host, url: str) -> float:
        """Read the delay that robots.txt asks for; none when there is no such file."""
        from urllib.robotparser import RobotFileParser

        parts = urlsplit(url)
        place = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
        parser = RobotFileParser()
        with suppress(RetryError, StopError):
            reply = self._request(host, place)
            if reply.status == requests.codes.ok:
                parser.parse(
                    bytes(reply.body[:MIB]).decode(errors="replace").split("\n")
                )
        delay = parser.crawl_delay(self.manners.agent) if parser.mtime() else None
        return min(float(delay or 0), self.manners.longest_wait)

    def _request(self, host: Host, url: str, send: Sending | None = None) -> Reply:
        place = shown(url)
        try:
            with host.ask(url, send or Sending()) as coming:
                body = self._body(coming.raw, coming.headers, place)
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
            raise StopError(
                f"{place}: its certificate is not valid: {cause(error)}"
            ) from error
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
        ) as e:
            raise NoAnswerError(f"{place}: {cause(e)}") from e
        except OSError as error:
            raise NoAnswerError(f"{place}: {error.strerror or error}") from error
        fetched = self.timing.clock()
        return Reply(place, coming.status, coming.headers, body, fetched)

    def _body(
        self,
        raw: urllib3.BaseHTTPResponse,
        headers: Mapping[str, str],
        place: str,
    ) -> bytes | bytearray:
        """Read and unpack a body, within the limits of size and ratio."""
        manners = self.manners
        said = headers.get("content-length", "")
        length = int(said) if said.isdigit() else None
        if length is not None and length > manners.max_bytes:
            raise StopError(f"{place}: an answer of {length:,} bytes is too long")
        body: bytes | bytearray = b""
        packed = 0

        def pieces() -> Iterator[bytes]:
            nonlocal packed
            while piece := raw.read(min(length or CHUNK, MIB), decode_content=False):
                packed += len(piece)
                yield piece

        try:
            for piece in unpacked(pieces(), headers.get("content-encoding", "")):
                if not body:
                    body = piece  # most often all of it
                elif isinstance(body, bytearray):
                    body += piece
                else:
                    body = bytearray(body)
                    body += piece
                if len(body) > manners.max_bytes:
                    raise StopError(
                        f"{place}: the answer is longer than {manners.max_bytes:,} "
                        "bytes"
                    )
                if len(body) > 16 * MIB and len(body) > packed * manners.max_ratio:
                    raise StopError(f"{place}: the answer unpacks without end")
        except (zlib.error, zstandard.ZstdError, EOFError) as error:
            raise RetryError(
                f"{place}: the packed answer is damaged: {error}"
            ) from None
        return body
