"""Fetching: patient with servers in trouble, deaf to those that misbehave."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import requests
import zstandard

from panharvest.errors import RetryError, StopError
from panharvest.testing.clock import FrozenClock
from panharvest.transport import (
    Manners,
    Reply,
    StoppedError,
    Timing,
    Transport,
    UnavailableError,
    Wait,
    asked,
    judge_status,
    retry_after,
)
from panharvest.transport.addresses import redirected
from panharvest.transport.deadlines import Deadline, DeadlineError
from panharvest.unpacking import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """A server that gives the answers it is told, the last one for ever."""

    url: str
    answers: list[Answer]
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0


@contextmanager
def serving(*answers: Answer, hold: float = 0.0) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.at_once += 1
            site.most_at_once = max(site.at_once, site.most_at_once)
            site.requests.append((self.path, {**self.headers}))
            site.connections.add(self.client_address)
            number = min(len(site.requests), len(site.answers)) - 1
            code, headers, body = site.answers[number]
            time.sleep(hold)
            site.at_once -= 1
            self.send_response(code)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}/oai", list(answers))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def good(reply: Reply) -> bytes:
    """Take what has the status 200."""
    judge_status(reply)
    return bytes(reply.body)


@dataclass
class Guest:
    """A transport whose time stands still but for its own waits."""

    transport: Transport
    clock: FrozenClock
    slept: list[float]
    waits: list[Wait] = field(default_factory=list)

    def fetch(
        self, url: str, judge: Callable[[Reply], Any] = good, **options: Any
    ) -> Any:
        return self.transport.fetch(url, [], judge, told=self.waits.append, **options)


@contextmanager
def visiting(chance: float = 0.5, **manners: Any) -> Iterator[Guest]:
    clock, slept = FrozenClock(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    timing = Timing(clock, clock, sleep, lambda: chance)
    with closing(Transport(Manners(**{"pace": 0, **manners}), timing)) as transport:
        yield Guest(transport, clock, slept)


FINE: Answer = (200, {}, b"fine")


# --- H52: retries --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("-5", 0.0),
        ("0", 0.0),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("1.5", None),
        ("Tue, 99 Nov 2023 22:13:00 GMT", None),
        (None, None),
    ],
)
def test_h52_retry_after_is_seconds_or_a_date(
    text: str | None, seconds: float | None
) -> None:
    assert retry_after(text, 1_700_000_000) == seconds


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_h52_servers_in_trouble_are_asked_again(code: int) -> None:
    with serving((code, {}, b""), (code, {}, b""), FINE) as site, visiting() as guest:
        assert guest.fetch(site.url) == b"fine"
        assert len(site.requests) == 3
        # 2 and 4 seconds, half of it by chance
        assert [wait.seconds for wait in guest.waits] == [1.5, 3.0]
        assert str(code) in guest.waits[0].reason


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 418])
def test_h52_servers_that_refuse_are_not(code: int) -> None:
    with serving((code, {}, b"")) as site, visiting() as guest:
        with pytest.raises(StopError, match=str(code)):
            guest.fetch(site.url)
        assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("said", "waited"),
    [("9", 9.0), ("86400", 3600.0), ("99999999999999999999", 3600.0), ("-1", 0.0)],
)
def test_h52_the_server_says_how_long_within_reason(said: str, waited: float) -> None:
    busy: Answer = (503, {"Retry-After": said}, b"")
    with serving(busy, FINE) as site, visiting() as guest:
        assert guest.fetch(site.url) == b"fine"
        assert [wait.seconds for wait in guest.waits] == [waited]


def test_h52_attempts_end_and_the_reason_is_told() -> None:
    with serving((500, {}, b"")) as site, visiting(attempts=4) as guest:
        with pytest.raises(UnavailableError, match=r"HTTP 500.*asked 4 times"):
            guest.fetch(site.url)
        assert len(site.requests) == 4


def test_h52_waits_are_doubled_up_to_a_limit_and_jittered() -> None:
    with serving((500, {}, b"")) as site, visiting(chance=0.0) as guest:
        with pytest.raises(RetryError):
            guest.fetch(site.url, attempts=9)
        assert guest.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def test_h52_no_connection_is_tried_again_too() -> None:
    with visiting(attempts=3) as guest:
        with pytest.raises(UnavailableError, match="no connection"):
            guest.fetch("http://127.0.0.1:1/oai")
        assert len(guest.slept) == 2


def test_h51_what_the_caller_cannot_use_is_fetched_again() -> None:
    def judge(reply: Reply) -> bytes:
        if reply.body == b"bad":
            raise RetryError("it is bad")
        return bytes(reply.body)

    with serving((200, {}, b"bad"), FINE) as site, visiting() as guest:
        assert guest.fetch(site.url, judge) == b"fine"
        assert [wait.reason for wait in guest.waits] == ["it is bad"]


# --- H62, H63: what comes back -------------------------------------------------------

TEXT = b"<OAI-PMH>" + b"some text " * 500


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", TEXT),
        ("", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:])),
        ("gzip", gzip.compress(TEXT) + b"\0" * 20),
        ("gzip", TEXT),
        ("x-gzip", gzip.compress(TEXT)),
        ("identity", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),
        ("deflate", TEXT),
        ("", zstandard.ZstdCompressor().compress(TEXT)),
        ("zstd", zstandard.ZstdCompressor().compress(TEXT)),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100, 10_000])
def test_h63_bodies_are_unpacked_by_what_they_are(
    encoding: str, body: bytes, size: int
) -> None:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    assert b"".join(unpacked(pieces, encoding)) == TEXT


def test_h63_a_cut_packed_body_is_fetched_again() -> None:
    cut: Answer = (200, {"Content-Encoding": "gzip"}, gzip.compress(TEXT)[:-9])
    fine: Answer = (200, {"Content-Encoding": "gzip"}, gzip.compress(TEXT))
    with serving(cut, fine) as site, visiting() as guest:
        assert guest.fetch(site.url) == TEXT
        assert "damaged" in guest.waits[0].reason


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"\0" * 40_000_000, 9),
        zstandard.ZstdCompressor().compress(b"\0" * 40_000_000),
    ],
)
def test_h62_a_bomb_is_stopped_on_the_way(body: bytes) -> None:
    with serving((200, {}, body)) as site, visiting() as guest:
        with pytest.raises(StopError, match="unpacks without end"):
            guest.fetch(site.url)
        assert len(site.requests) == 1


def test_h62_so_is_a_body_that_is_too_long() -> None:
    packed = gzip.compress(b"x" * 2000)
    for body, said in (
        (b"x" * 2000, "2,000 bytes is too long"),
        (packed, "than 1,000"),
    ):
        with (
            serving((200, {}, body)) as site,
            visiting(max_bytes=1000) as guest,
            pytest.raises(StopError, match=said),
        ):
            guest.fetch(site.url)


# --- H73: redirects ------------------------------------------------------------------


def moved(to: str, code: int = 302) -> Answer:
    return (code, {"Location": to}, b"")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_h73_redirects_on_the_host_are_followed(code: int) -> None:
    with serving(moved("/new?verb=Identify", code), FINE) as site, visiting() as guest:
        assert guest.fetch(site.url) == b"fine"
        assert [path for path, _ in site.requests] == ["/oai", "/new?verb=Identify"]


def test_h73_five_and_no_more() -> None:
    hops = [moved(f"/{n}") for n in range(5)]
    with serving(*hops, FINE) as site, visiting() as guest:
        assert guest.fetch(site.url) == b"fine"
    with (
        serving(*hops, moved("/5"), FINE) as site,
        visiting() as guest,
        pytest.raises(StopError, match="more than 5 redirects"),
    ):
        guest.fetch(site.url)


def test_h73_another_host_only_when_allowed() -> None:
    with serving(FINE) as other, serving() as site, visiting() as guest:
        target = other.url.replace("127.0.0.1", "localhost")
        site.answers.append(moved(target))
        with pytest.raises(StopError, match="redirects to localhost, another host"):
            guest.fetch(site.url)
        assert other.requests == []
        assert guest.fetch(site.url, hosts=["localhost"]) == b"fine"


def test_h73_never_out_of_tls_and_never_to_a_file() -> None:
    with pytest.raises(StopError, match="without TLS"):
        redirected("https://a.example.org/x", "http://a.example.org/x", {None})
    with pytest.raises(StopError, match="no web address"):
        redirected("http://a.example.org/x", "file:///etc/passwd", {None})
    up = redirected(
        "http://a.example.org/x", "https://a.example.org/x", {"a.example.org"}
    )
    assert up == "https://a.example.org/x"


def test_h73_credentials_stay_with_their_host_and_out_of_messages() -> None:
    with serving(FINE) as other, serving() as site, visiting() as guest:
        site.answers.append(moved(other.url.replace("127.0.0.1", "localhost")))
        url = site.url.replace("//", "//me:secret@")
        assert guest.fetch(url, hosts=["localhost"]) == b"fine"
        assert "Authorization" in site.requests[0][1]
        assert "Authorization" not in other.requests[0][1]
    with serving((500, {}, b"")) as site, visiting(attempts=1) as guest:
        with pytest.raises(RetryError) as told:
            guest.fetch(site.url.replace("//", "//me:secret@"))
        assert "secret" not in str(told.value)


# --- H74: manners --------------------------------------------------------------------


def test_h74_who_asks_is_told() -> None:
    with serving(FINE) as site, visiting(contact="ops@example.org") as guest:
        guest.fetch(site.url)
        headers = site.requests[0][1]
    assert headers["From"] == "ops@example.org"
    assert headers["User-Agent"] == "panharvest (mailto:ops@example.org)"


def test_h74_requests_are_paced_on_a_host() -> None:
    with serving(FINE) as site, visiting(pace=2.0) as guest:
        for _ in range(3):
            guest.fetch(site.url)
        assert guest.slept == [2.0, 2.0]
    assert Manners().pace >= 1


def test_h74_a_host_is_asked_by_one_at_a_time() -> None:
    with serving(FINE, hold=0.02) as site, visiting() as guest:
        threads = [
            threading.Thread(target=guest.fetch, args=(site.url,)) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(site.requests) == 5
        assert site.most_at_once == 1


def test_h74_the_connection_is_kept() -> None:
    with serving(FINE) as site, visiting() as guest:
        for _ in range(3):
            guest.fetch(site.url)
        assert len(site.connections) == 1


def test_h74_tls_is_verified_and_the_proxy_of_the_environment_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:3128")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with closing(Transport()) as transport:
        session = transport._host("http://data.example.org/oai").session
        assert session.proxies["http"] == "http://127.0.0.1:3128"
        assert session.verify is True


def test_h74_a_certificate_that_is_not_valid_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def send(*_: object, **__: object) -> None:
        raise requests.exceptions.SSLError("self-signed certificate")

    monkeypatch.setattr(requests.Session, "send", send)
    with visiting() as guest, pytest.raises(StopError, match="certificate"):
        guest.fetch("https://data.example.org/oai")


def test_h74_the_crawl_delay_is_heeded_when_asked_to() -> None:
    robots: Answer = (200, {}, b"User-agent: *\nCrawl-delay: 7\n")
    with serving(robots, FINE) as site, visiting(robots=True) as guest:
        guest.fetch(site.url)
        guest.fetch(site.url)
        assert guest.slept == [7.0]
        assert site.requests[0][0] == "/robots.txt"
    with serving((404, {}, b""), FINE) as site, visiting(robots=True) as guest:
        assert guest.fetch(site.url) == b"fine"


def test_stopping_ends_the_attempts() -> None:
    with serving((500, {}, b"")) as site, visiting() as guest:

        def stop(wait: Wait) -> None:
            guest.transport.stop.set()

        with pytest.raises(StoppedError):
            guest.transport.fetch(site.url, [], good, told=stop)
        assert len(site.requests) == 1


# --- H57: arguments ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a%20b", "a%2520b"),
        ("a&b=c", "a%26b%3Dc"),
        ("a/b|c:d", "a%2Fb%7Cc%3Ad"),
        ("é", "%C3%A9"),
    ],
)
def test_h57_every_value_is_encoded_exactly_once(value: str, written: str) -> None:
    url = asked("https://x.example.org/oai", [("resumptionToken", value)])
    assert url == f"https://x.example.org/oai?resumptionToken={written}"


def test_arguments_are_added_to_those_of_the_base_url() -> None:
    url = asked("https://x.example.org/i.php?page=oai#top", [("verb", "Identify")])
    assert url == "https://x.example.org/i.php?page=oai&verb=Identify"


# --- the short way: requests after the first one --------------------------------------


@pytest.mark.parametrize(
    "query",
    ["", "?a=b", "?a=é&b=%20%zz", "?token=a%2Fb%7Cc", "?a=[x]|y z"],
)
@pytest.mark.parametrize("path", ["/oai", "", "/a b/é", "/a%20b/../c", "/x;y=1"])
def test_later_requests_are_written_like_the_first(path: str, query: str) -> None:
    with serving(FINE) as site, visiting() as guest:
        base = site.url.removesuffix("/oai")
        for _ in range(3):
            guest.fetch(f"{base}{path}{query}")
        assert guest.transport._host(base)._line is not None
        first, *later = site.requests
        assert later == [first, first]
        assert len(site.connections) == 1


def test_cookies_are_sent_back_whenever_they_come() -> None:
    """Some balancers send whoever has lost a cookie to a server that knows no token."""
    with serving(
        FINE, FINE, (200, {"Set-Cookie": "node=7; Path=/"}, b"x"), FINE
    ) as site:
        with visiting() as guest:
            for _ in range(5):
                guest.fetch(site.url)
        assert [said.get("Cookie") for _, said in site.requests] == [
            *(None, None, None),
            *("node=7", "node=7"),
        ]


def test_a_proxy_is_asked_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(FINE) as site:
        monkeypatch.setenv("http_proxy", site.url.removesuffix("/oai"))
        with visiting() as guest:
            for _ in range(3):
                assert guest.fetch("http://data.example.org/oai") == b"fine"
        assert [path for path, _ in site.requests] == [
            "http://data.example.org/oai"
        ] * 3


def test_what_breaks_on_the_short_way_is_told_and_tried_again() -> None:
    with serving(
        FINE, FINE, (500, {}, b""), (200, {"Content-Length": "9"}, b"x"), FINE
    ):
        pass
    with serving(FINE) as site, visiting() as guest:
        guest.fetch(site.url)
        guest.fetch(site.url)
    with pytest.raises(UnavailableError, match="no connection"):
        guest.fetch(site.url, attempts=1)


# --- answers that drip ----------------------------------------------------------------


@contextmanager
def dripping(head: bytes, piece: bytes) -> Iterator[str]:
    """Answer with a beginning, and then with pieces for as long as somebody reads."""

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while True:
                connection.recv(65536)
                connection.sendall(head)
                while True:
                    connection.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(
                    target=converse, args=(connection,), daemon=True
                ).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/oai"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ],
)
def test_all_of_an_answer_has_to_come_in_time(head: bytes, piece: bytes) -> None:
    """Whatever drips, head or body: every read of it takes from the same time."""
    clock = FrozenClock()

    def reading() -> float:
        clock.advance(300)
        return clock()

    timing = Timing(clock, reading, lambda _: None)
    with (
        dripping(head, piece) as url,
        closing(Transport(Manners(pace=0, deadline=900), timing)) as transport,
        pytest.raises(UnavailableError, match="did not end in time"),
    ):
        transport.fetch(url, [], good, attempts=1)


def test_a_deadline_is_no_longer_than_the_patience_between_two_pieces() -> None:
    clock = FrozenClock()
    deadline = Deadline(clock, 120)
    deadline.begin(900)
    assert deadline.left() == 120
    clock.advance(850)
    assert deadline.left() == 50
    clock.advance(50)
    with pytest.raises(DeadlineError):
        deadline.left()
