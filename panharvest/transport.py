"""Polite HTTP: one connection a host, paced, patient, suspicious of what comes back.

A :class:`Transport` fetches; what an answer is worth is judged by its caller, who
raises :class:`panharvest.errors.RetryError` to have it fetched again. Waiting is
bounded and told; every answer is bounded in size, time and redirects. TLS is verified.
"""

from __future__ import annotations

import random
import threading
import time
import zlib
from collections.abc import Callable  # noqa: TC003  (types of fields)
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

import requests
import urllib3
import zstandard

from panharvest.errors import RetryError, StopError
from panharvest.unpacking import MIB, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

T = TypeVar("T")

CHUNK = 128 * 1024
# Answers that may be other ones when asked again.
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524})
MOVED = frozenset({301, 302, 303, 307, 308})


class StoppedError(StopError):
    """Whoever runs the transport asked it to stop."""


class NoAnswerError(RetryError):
    """There was no answer at all: no connection, or it broke."""


class UnavailableError(RetryError):
    """A server did not answer usefully, however often it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How to behave towards a server, and what not to put up with.

    Parameters
    ----------
    contact
        Your e-mail address, for the ``From`` header and the ``User-Agent``: who runs
        the server can tell you what goes wrong.
    pace
        Seconds between the end of one request to a host and the next.
    attempts
        How often a request is made at most.
    backoff, longest_backoff
        Seconds before the second attempt, doubled for each further one, and their
        limit. Half of each wait is random, so that clients do not come back in step.
    longest_wait
        Most seconds that a server's ``Retry-After`` is followed for.
    connect_timeout, read_timeout, deadline
        Seconds to connect, between two pieces of an answer, and for all of it.
    max_bytes
        Most bytes of an answer, unpacked.
    max_ratio
        Most bytes that one packed byte may become (looked at from 16 MiB on).
    redirects
        Most redirects in a row.
    robots
        Whether to heed ``Crawl-delay`` of the server's robots.txt.
    verify
        A bundle of certificates of your own, instead of the usual ones.
    """

    contact: str | None = None
    agent: str = "panharvest"
    pace: float = 1.0
    attempts: int = 6
    backoff: float = 2.0
    longest_backoff: float = 120.0
    longest_wait: float = 3600.0
    connect_timeout: float = 20.0
    read_timeout: float = 120.0
    deadline: float = 900.0
    max_bytes: int = 256 * MIB
    max_ratio: int = 200
    redirects: int = 5
    robots: bool = False
    verify: str | bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, unpacked. The names of headers are in lower case."""

    url: str  # where it came from, without credentials
    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    fetched: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes with a request; with a body it is a POST. Never logged."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Why nothing happens for some seconds."""

    seconds: float
    attempt: int  # that failed
    reason: str


@dataclass(slots=True)
class Timing:
    """Time and chance, so that tests can hold them still."""

    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random  # in [0, 1)


@dataclass(slots=True)
class _Host:
    """One host: a connection, whose turn it is, and when the next request may go."""

    session: requests.Session
    turn: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0
    pace: float | None = None
    made: requests.PreparedRequest | None = None

    def prepare(self, url: str, sent: Sending) -> requests.PreparedRequest:
        """Make a request; the next one of a host differs in nothing but its address."""
        parts = urlsplit(url)
        if sent.headers or sent.body is not None:
            method = "GET" if sent.body is None else "POST"
            return self.session.prepare_request(
                requests.Request(
                    method, url, headers=dict(sent.headers), data=sent.body
                )
            )
        if self.made is None or parts.username or self.session.cookies:
            made = self.session.prepare_request(requests.Request("GET", url))
            if not parts.username:
                self.made = made
            return made
        request = self.made.copy()
        request.prepare_url(url, None)
        return request


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
        self._hosts: dict[str, _Host] = {}
        self._guard = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        with self._guard:
            hosts, self._hosts = self._hosts, {}
        for host in hosts.values():
            host.session.close()

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

    def _host(self, url: str) -> _Host:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        with self._guard:
            host = self._hosts.get(key)
            if host is None:
                host = self._hosts[key] = _Host(self._session(url))
            return host

    def _session(self, url: str) -> requests.Session:
        session = requests.Session()
        # what the environment says of a host is looked up once, not for every page
        said = session.merge_environment_settings(
            url, {}, None, self.manners.verify, None
        )
        session.proxies, session.verify = said["proxies"], said["verify"]
        session.trust_env = False
        # one connection; what is to be tried again is decided here, not below
        adapter = requests.adapters.HTTPAdapter(
            pool_connections=1, pool_maxsize=1, max_retries=0
        )
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        agent, contact = self.manners.agent, self.manners.contact
        session.headers["User-Agent"] = (
            f"{agent} (mailto:{contact})" if contact else agent
        )
        if contact:
            session.headers["From"] = contact
        session.headers["Accept"] = "text/xml, application/xml;q=0.9, */*;q=0.1"
        session.headers["Accept-Encoding"] = "gzip, deflate"
        return session

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
            url = _redirected(url, reply.headers["location"], allowed)
            if send is not None and send.body is not None:
                raise StopError(
                    f"{_shown(url)}: what was sent is redirected, which is not "
                    "followed; give the address that it leads to"
                )
            if send is not None and urlsplit(url)[:2] != origin:
                send = Sending()  # credentials are for the host they were given for
        raise StopError(
            f"{_shown(url)}: more than {self.manners.redirects} redirects in a row"
        )

    def _keep_pace(self, host: _Host, url: str) -> None:
        if host.pace is None:
            host.pace = self.manners.pace
            if self.manners.robots:
                host.pace = max(host.pace, self._crawl_delay(host, url))
        left = host.free_at - self.timing.monotonic()
        if left > 0:
            self._sleep(left)

    def _crawl_delay(self, host: _Host, url: str) -> float:
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

    def _request(self, host: _Host, url: str, send: Sending | None = None) -> Reply:
        manners = self.manners
        sent = send or Sending()
        place = _shown(url)
        begun = self.timing.monotonic()
        try:
            with closing(
                host.session.send(
                    host.prepare(url, sent),
                    stream=True,
                    allow_redirects=False,
                    timeout=(manners.connect_timeout, manners.read_timeout),
                    proxies=host.session.proxies,
                    verify=host.session.verify,
                )
            ) as response:
                headers = {k.lower(): v for k, v in response.headers.items()}
                body = self._body(response.raw, headers, place, begun)
        except requests.exceptions.SSLError as error:
            raise StopError(
                f"{place}: its certificate is not valid: {_cause(error)}"
            ) from error
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
        ) as e:
            raise NoAnswerError(f"{place}: {_cause(e)}") from e
        except OSError as error:
            raise NoAnswerError(f"{place}: {error.strerror or error}") from error
        return Reply(place, response.status_code, headers, body, self.timing.clock())

    def _body(
        self,
        raw: urllib3.BaseHTTPResponse,
        headers: Mapping[str, str],
        place: str,
        begun: float,
    ) -> bytearray:
        """Read and unpack a body, within the limits of size, ratio and time."""
        manners = self.manners
        said = headers.get("content-length", "")
        if said.isdigit() and int(said) > manners.max_bytes:
            raise StopError(f"{place}: an answer of {int(said):,} bytes is too long")
        body, packed = bytearray(), 0

        def pieces() -> Iterator[bytes]:
            nonlocal packed
            while piece := raw.read1(CHUNK, decode_content=False):  # as it comes
                packed += len(piece)
                if self.timing.monotonic() - begun > manners.deadline:
                    raise NoAnswerError(f"{place}: the answer did not end in time")
                self._heed()
                yield piece

        try:
            for piece in unpacked(pieces(), headers.get("content-encoding", "")):
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


def judge_status(reply: Reply) -> None:
    """Refuse an answer by its status alone.

    Raises
    ------
    RetryError
        When the same request may be answered later.
    StopError
        When it will not: what is asked for is not there, or not for us.
    """
    if reply.status == requests.codes.ok:
        return
    phrase = _PHRASES.get(reply.status, "")
    said = f"{reply.url}: HTTP {reply.status} {phrase}".rstrip()
    if reply.status in AGAIN:
        raise RetryError(said)
    raise StopError(said)


_PHRASES = {
    400: "(the server does not understand the request)",
    401: "(it asks for a password)",
    403: "(it refuses; a firewall may take us for a robot: write to its operator)",
    404: "(there is nothing at this address)",
    410: "(there is nothing at this address any more)",
    429: "(too many requests)",
    500: "(it has an error of its own)",
    502: "(what stands behind it does not answer)",
    503: "(it is not available now)",
    504: "(what stands behind it does not answer in time)",
}


def retry_after(text: str | None, now: float) -> float | None:
    """Read a ``Retry-After`` header (RFC 9110 §10.2.3): seconds, or a date.

    None when there is none or it is neither; negative numbers are 0.
    """
    if text is None:
        return None
    text = text.strip()
    try:
        return max(float(int(text)), 0.0)
    except (ValueError, OverflowError):
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def asked(url: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Give the address of a request: every value is percent-encoded, exactly once."""
    parts = urlsplit(url)
    query = urlencode(parameters, quote_via=quote, safe="", errors="surrogateescape")
    joined = "&".join(one for one in (parts.query, query) if one)
    return urlunsplit(parts._replace(query=joined, fragment=""))


def _redirected(url: str, location: str, allowed: set[str | None]) -> str:
    """Follow a redirect, unless it leads to another host or out of TLS.

    Credentials go no further than the host they are for.
    """
    new = urljoin(url, location)
    old_parts, parts = urlsplit(url), urlsplit(new)
    if parts.scheme not in {"http", "https"}:
        raise StopError(f"{_shown(url)}: redirects to what is no web address")
    if old_parts.scheme == "https" and parts.scheme == "http":
        raise StopError(
            f"{_shown(url)}: redirects to an address without TLS, which is not followed"
        )
    if parts.hostname not in allowed:
        raise StopError(
            f"{_shown(url)}: redirects to {parts.hostname}, another host; if the "
            "repository has moved there, give its new address, or allow that host"
        )
    userinfo, at, _ = old_parts.netloc.rpartition("@")
    place = parts.netloc.rpartition("@")[2]
    if at and parts.hostname == old_parts.hostname:
        place = f"{userinfo}@{place}"
    return urlunsplit(parts._replace(netloc=place))


def _shown(url: str) -> str:
    """Give a URL without credentials."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _cause(error: BaseException) -> str:
    """Say in a few words what went wrong below."""
    names = {
        "ConnectTimeout": "no connection in time",
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeout": "no answer in time",
        "ReadTimeoutError": "no answer in time",
        "IncompleteRead": "the answer ended too early",
        "ProtocolError": "the connection was cut",
        "ChunkedEncodingError": "the connection was cut",
        "ConnectionError": "no connection",
        "NameResolutionError": "no host of this name",
        "NewConnectionError": "no connection",
        "InvalidURL": "it is no address",
        "ProxyError": "the proxy does not connect",
    }
    seen: list[BaseException] = []
    todo: list[object] = [error]
    while todo and len(seen) < 20:
        one = todo.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            todo += [*one.args, one.__cause__, getattr(one, "reason", None)]
    for one in reversed(seen):
        if said := names.get(type(one).__name__):
            return said
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
