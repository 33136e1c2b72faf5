"""What a client may send at most, and how slowly, over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from live import serving
from zoo import repository

from panharvest.server import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from panharvest.protocols import Store
    from panharvest.testing.clock import FrozenClock

LINE = b"GET /oai?verb=Identify HTTP/1.1\r\n"
HOST = b"Host: pan.example.org\r\n"
FORM = (
    b"POST /oai HTTP/1.1\r\nHost: pan.example.org\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\n"
)
LAST = b"Connection: close\r\n\r\n"

Talk = Callable[..., bytes]


@pytest.fixture(params=["httptools", "h11"])
def talk(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    store: Store,
    clock: FrozenClock,
) -> Iterator[Talk]:
    """Send pieces to a server; gives all that it sends until it closes."""
    if request.param == "h11":
        monkeypatch.setattr(wire, "protocol", wire._over_h11)
    else:
        pytest.importorskip("httptools")
    monkeypatch.setattr(wire, "ARRIVAL", 0.3)

    def send(*pieces: bytes) -> bytes:
        got = b""
        with closing(socket.create_connection((place.hostname, place.port), 20)) as own:
            try:
                for piece in pieces:
                    own.sendall(piece)
                while data := own.recv(65_536):
                    got += data
            except ConnectionError:  # it closed before it had read all
                pass
        return got

    with serving(store, repository(), clock) as url:
        place = urlsplit(url)
        yield send


def pieces(data: bytes, size: int) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def test_a_request_may_come_byte_by_byte(talk: Talk) -> None:
    answer = talk(*pieces(LINE + HOST + LAST, 1))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"</OAI-PMH>\n")


def test_requests_may_come_together(talk: Talk) -> None:
    answer = talk((LINE + HOST + b"\r\n") * 40 + LINE + HOST + LAST)
    assert answer.count(b"HTTP/1.1 200 ") == answer.count(b"</OAI-PMH>\n") == 41


@pytest.mark.parametrize(
    "begun", [b"", b"GET /oai?verb=Id", LINE, LINE + HOST, FORM, FORM + b"verb=Id"]
)
def test_a_request_that_does_not_go_on_is_given_up(talk: Talk, begun: bytes) -> None:
    assert b"200 OK" not in talk(begun)


def test_what_follows_a_whole_request_has_time_of_its_own(talk: Talk) -> None:
    answer = talk(LINE + HOST + b"\r\n" + LINE)
    assert answer.count(b"HTTP/1.1 200 ") == 1


def test_p8_an_address_without_end_is_refused(talk: Talk) -> None:
    for size in (wire.MAX_TARGET, 150_000, 2_000_000):
        line = b"GET /oai?verb=" + b"a" * size + b" HTTP/1.1\r\n"
        answer = talk(*pieces(line + HOST + LAST, 20_000))
        assert answer[:13] in (
            b"",
            b"HTTP/1.1 414 ",
            b"HTTP/1.1 400 ",
            b"HTTP/1.1 200 ",
        )
        assert b"<Identify>" not in answer


@pytest.mark.parametrize(
    "fields",
    [
        b"X-Long: " + b"a" * 2_000_000 + b"\r\n",
        b"".join(b"X-%d: a\r\n" % n for n in range(200_000)),
    ],
)
def test_fields_without_end_are_refused(talk: Talk, fields: bytes) -> None:
    answer = talk(*pieces(LINE + HOST + fields + LAST, 20_000))
    assert answer[:13] in (b"", b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")


def test_what_is_no_http_is_refused(talk: Talk) -> None:
    answer = talk(b"\x16\x03\x01\x02\x00\x01\x00\xfc\x03\x03 hello\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        (b"OPTIONS *", {b"404", b"405"}),
        (b"CONNECT pan.example.org:443", {b"400", b"404", b"405"}),
        (b"GET http://pan.example.org/oai?verb=Identify", {b"200", b"404"}),
    ],
)
def test_targets_of_other_forms_break_nothing(
    talk: Talk, target: bytes, statuses: set[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """The four forms of RFC 9112 §3.2."""
    got = talk(target + b" HTTP/1.1\r\n" + HOST + LAST)
    assert got.split(b" ")[1] in statuses
    assert "Traceback" not in caplog.text
