"""Answers below ASGI are those that ASGI would give, byte for byte."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import pytest
import zoo
from asgi import call
from hostile import payload
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wires import Connection
from zoo import DAY, START, repository

from panharvest.errors import StoreError
from panharvest.server import WebSettings, create_app, direct
from panharvest.server.settings import ip_network
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.types import ASGIApp

    from panharvest.protocols import Store

pytest.importorskip("httptools")
impl = pytest.importorskip("uvicorn.protocols.http.httptools_impl")
GET = b"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:pan.example.org:10.1234/a0"
LIST = b"verb=ListRecords&metadataPrefix=oai_dc"
HOST = b"Host: pan.example.org\r\n"


def message(
    target: bytes,
    *fields: bytes,
    method: bytes = b"GET",
    version: bytes = b"HTTP/1.1",
    body: bytes = b"",
) -> bytes:
    head = b"".join(field + b"\r\n" for field in fields)
    return b"%b %b %b\r\n%b%b\r\n%b" % (method, target, version, HOST, head, body)


@pytest.fixture(scope="module")
def zoo_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('direct')}/store.db")
    zoo.fill(store, FrozenClock(START))
    yield store
    store.close()


class Side:
    """One of the two ways: an application of its own, its log and its figures."""

    def __init__(self, store: Store, web: WebSettings | None = None) -> None:
        self.now, self.ticks = FrozenClock(START + 4 * DAY), FrozenClock(0)
        self.app: ASGIApp = create_app(
            store, repository(), self.now, web, timer=self.ticks
        )
        self.lines: list[str] = []

    async def talk(
        self, turns: Sequence[Sequence[bytes]], *, ordinary: bool, **options: Any
    ) -> list[tuple[bytes, bool, bool]]:
        """Send pieces, turn by turn; gives what was sent after each of them."""
        connection = Connection(self.app, **options)
        if ordinary:
            connection.go_ordinary()
        seen = []
        for pieces in turns:
            connection.feed(*pieces)
            sent = await connection.settle()
            wire = connection.wire
            seen.append((sent, wire.ended, wire.paused and not wire.ended))
            self.ticks.advance(0.25)
        waits = connection.protocol.timeout_keep_alive_task is not None
        total = b"%d requests" % connection.state.total_requests
        seen.append((total, waits and not connection.wire.ended, False))
        connection.lose()
        return seen

    def run(self, turns: Sequence[Sequence[bytes]], *, ordinary: bool) -> Any:
        """Talk on a connection; gives all that can be seen of it, and was noted."""
        log = logging.getLogger("panharvest.access")
        handler = _Noting(self.lines)
        log.addHandler(handler)
        before, log.level = log.level, logging.INFO
        try:
            seen = asyncio.run(self.talk(turns, ordinary=ordinary))
        finally:
            log.removeHandler(handler)
            log.level = before
        return seen, self.lines, call(self.app, "/metrics").body


class _Noting(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def both(
    store: Store,
    turns: Sequence[Sequence[bytes]],
    web: WebSettings | None = None,
) -> Any:
    """Talk both ways; gives what both gave."""
    ours, theirs = (Side(store, web) for _ in range(2))
    found = ours.run(turns, ordinary=False)
    expected = theirs.run(turns, ordinary=True)
    assert found[0] == expected[0]
    assert found[1] == expected[1]
    assert found[2] == expected[2]
    return found


# --- what is equal --------------------------------------------------------------------

QUERIES = [
    GET,
    LIST,
    b"verb=Identify",
    b"verb=ListSets",
    b"verb=ListMetadataFormats",
    b"verb=ListIdentifiers&metadataPrefix=oai_dc&from=2023-11-14",
    b"verb=ListRecords&resumptionToken=forged",
    b"verb=GetRecord&metadataPrefix=none&identifier=oai:pan.example.org:10.1234/a0",
    b"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:pan.example.org:hidden",
    b"verb=GetRecord&metadataPrefix=oai_dc"
    b"&identifier=oai%3Apan.example.org%3A10.1234%2Fa0",
    b"verb=Identify&verb=Identify",
    b"",
    b"%00=%ff&verb=%",
    b"verb=Identify&x='%3Cscript%3E",
    b"&&&=&=&a=b&" + b"a=b&" * 30,
    b"verb=Identify&" + b"a" * 3000,
    b"verb=Identify#fragment",
    b"verb=GetRecord&identifier=a+b&metadataPrefix=oai_dc?x=1",
]
PATHS = [
    *(b"/oai", b"/oai.xml"),
    *(b"/", b"/oai/", b"/%6fai", b"/healthz", b"/records/10.1234/a0", b"/nothing"),
    b"http://elsewhere.example.org/oai",
]
FIELDS = [
    b"Accept-Encoding: gzip",
    b"Accept-Encoding: gzip;q=0, identity",
    b"Accept-Encoding: br",
    b"ACCEPT-ENCODING: deflate",
    b"If-None-Match: *",
    b'If-None-Match: "a", W/"b"',
    b"Accept: text/html",
    b"Accept: application/xml;q=0.5",
    b"Sec-Fetch-Mode: navigate",
    b"Connection: keep-alive",
    b"Expect: 100-continue",
    b"X-Forwarded-For: 198.51.100.4, 203.0.113.9",
    b"Forwarded: for=198.51.100.4;host=evil.example.org;proto=https",
    b"X-Forwarded-Host: evil.example.org",
    b"Range: bytes=0-10",
    b"X-Odd: \xff\xfe\x80",
    b"X-Empty:",
    b"Cookie: " + b"a" * 500,
]
ENDING = [
    *(b"Connection: close", b"Connection: Upgrade"),
    *(b"Upgrade: h2c", b"Upgrade: websocket"),
]
METHODS = [b"GET"] * 6 + [b"HEAD", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"DELETE"]
FORM = b"Content-Type: application/x-www-form-urlencoded"


@st.composite
def messages(draw: st.DrawFn, last: bool) -> bytes:
    """Make a request that is whole: of a method, an address and some fields.

    The last of some asks for the end of the connection, or for another protocol: what
    follows that is refused, or is not read.
    """
    method = draw(st.sampled_from(METHODS))
    query = draw(
        st.sampled_from(QUERIES)
        | st.lists(
            st.sampled_from([b"verb", b"identifier", b"set", b"GetRecord", b"oai_dc"])
            | st.sampled_from([b"=", b"&", b"%", b"+", b"%20", b"%C3%28", b"%ED%A0%80"])
            | st.binary(min_size=1, max_size=5).map(
                lambda b: bytes(c for c in b if 33 <= c < 127 and c != 35)
            ),
            max_size=12,
        ).map(b"".join)
    )
    path = draw(st.sampled_from(PATHS) | st.just(b"/oai"))
    fields = draw(st.lists(st.sampled_from(FIELDS + ENDING * last), max_size=4))
    version = draw(st.sampled_from([b"HTTP/1.1"] * 4 + [b"HTTP/1.0"] * last))
    body = b""
    if method in (b"POST", b"PUT") or draw(st.integers(0, 9)) == 0:
        body = draw(st.sampled_from([GET, LIST, b"", b"x" * 300]))
        fields = [*fields, FORM, b"Content-Length: %d" % len(body)]
    return message(
        path + (b"?" + query if query else b""),
        *fields,
        method=method,
        version=version,
        body=body,
    )


@st.composite
def turns(draw: st.DrawFn) -> list[list[bytes]]:
    """Make what one client sends: messages together or in turn, cut anywhere."""
    made = []
    for _ in range(draw(st.integers(1, 4))):
        many = draw(st.integers(1, 3))
        data = b"".join(draw(messages(n == many - 1)) for n in range(many))
        cuts = draw(st.lists(st.integers(0, len(data)), max_size=3).map(sorted))
        ends = [*cuts, len(data)]
        made.append([data[a:b] for a, b in zip([0, *cuts], ends, strict=True)])
    return made


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns())
def test_both_ways_give_the_same(zoo_store: Store, sent: list[list[bytes]]) -> None:
    both(zoo_store, sent)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns())
def test_both_keep_the_same_pace(zoo_store: Store, sent: list[list[bytes]]) -> None:
    trusted = (ip_network("192.0.2.0/24"),)
    both(zoo_store, sent, WebSettings(rate=0.5, burst=2, trusted=trusted))


def test_what_is_large_is_sent_without_a_copy_and_is_the_same(
    zoo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "JOINED", 100)
    large = message(b"/oai?" + LIST)
    seen, _, _ = both(zoo_store, [[large], [message(b"/oai?" + LIST, method=b"HEAD")]])
    assert seen[1][0].startswith(seen[0][0])
    assert seen[1][0].endswith(b"\r\n\r\n")


def test_hostile_queries_give_the_same(zoo_store: Store) -> None:
    chance = random.Random("one more seed that stays the same")
    sent = []
    for number in range(800):
        query = payload(chance, b"A" * 80)[:70_000]
        if number % 2:
            query = quote_from_bytes(query, safe="=&%+").encode()
        data = message(b"/oai?" + query)
        sent.append([data[:1000], data[1000:]])
    ours, theirs = Side(zoo_store), Side(zoo_store)
    for data in sent:
        found = asyncio.run(ours.talk([data], ordinary=False))
        assert found == asyncio.run(theirs.talk([data], ordinary=True))
        assert b" 500 " not in found[0][0][:15]


@pytest.mark.parametrize("error", [StoreError("away"), ValueError("a fault of ours")])
def test_what_fails_fails_the_same(zoo_store: Store, error: Exception) -> None:
    class Failing:
        quick = True

        def __getattr__(self, name: str) -> Any:
            return getattr(zoo_store, name)

        def page(self, *_: Any) -> Any:
            raise error

    seen, _, _ = both(Failing(), [[message(b"/oai?" + LIST)]] * 2)  # type: ignore[arg-type]  # as a store
    assert seen[0][0].startswith((b"HTTP/1.1 503 ", b"HTTP/1.1 500 "))
    assert b"away" not in seen[1][0]
    assert b"a fault of ours" not in seen[1][0]


# --- which are answered directly ------------------------------------------------------


def directly(app: ASGIApp, *pieces: bytes, **settings: Any) -> list[bytes]:
    """Give what was sent before the loop had another turn."""

    async def talk() -> list[bytes]:
        connection = Connection(app, **settings)
        connection.feed(*pieces)
        sent = list(connection.wire.sent)
        if sent:
            assert not connection.state.tasks
        await connection.settle()
        connection.lose()
        return sent

    return asyncio.run(talk())


@pytest.fixture
def app(zoo_store: Store) -> ASGIApp:
    return create_app(zoo_store, repository(), FrozenClock(START + 4 * DAY))


@pytest.mark.parametrize(
    "data",
    [
        message(b"/oai?" + GET),
        message(b"/oai?" + LIST),
        message(b"/oai.xml?verb=Identify"),
        message(b"/oai?" + GET, method=b"HEAD"),
        message(b"/oai?" + GET, b"Accept-Encoding: gzip", b"If-None-Match: *"),
        message(b"/oai?" + GET, b"Connection: keep-alive", b"User-Agent: sickle"),
        message(b"/oai?verb=nothing"),
    ],
)
def test_a_harvester_is_answered_directly_in_one_piece(
    app: ASGIApp, data: bytes
) -> None:
    (sent,) = directly(app, data)
    assert sent.startswith((b"HTTP/1.1 200 OK\r\ndate: ", b"HTTP/1.1 304 Not Modified"))


@pytest.mark.parametrize(
    "data",
    [
        message(b"/"),
        message(b"/healthz"),
        message(b"/metrics"),
        message(b"/records/10.1234/a0"),
        message(b"/oai?" + GET, method=b"PUT"),
        message(b"/oai?" + GET, b"Content-Length: 5", body=b"hello"),
        message(b"/oai?" + GET, b"Connection: close"),
        message(b"/oai?" + GET, version=b"HTTP/1.0"),
        message(b"/oai?" + GET, b"Accept: text/html", b"Sec-Fetch-Mode: navigate"),
        message(
            b"/oai", FORM, b"Content-Length: 13", method=b"POST", body=b"verb=Identify"
        ),
    ],
)
def test_others_go_the_ordinary_way(app: ASGIApp, data: bytes) -> None:
    assert directly(app, data) == []


def test_one_request_of_a_piece_is_answered_directly(app: ASGIApp) -> None:
    """Whoever sends thousands at once lets others have their turn, and all come."""
    many, one = 5000, message(b"/oai?" + GET)

    async def talk() -> bytes:
        connection = Connection(app)
        connection.feed(one * many)
        assert b"".join(connection.wire.sent).count(b"HTTP/1.1 200 ") == 1
        sent = await connection.settle()
        connection.lose()
        return sent

    answered = asyncio.run(talk())
    assert answered.count(b"HTTP/1.1 200 ") == answered.count(b"</OAI-PMH>") == many


def test_who_does_not_read_is_not_written_to(app: ASGIApp) -> None:
    async def talk() -> None:
        connection = Connection(app)
        connection.protocol.pause_writing()
        connection.feed(message(b"/oai?" + GET))
        await asyncio.sleep(0)
        assert connection.wire.sent == []
        connection.protocol.resume_writing()
        assert (await connection.settle()).endswith(b"</OAI-PMH>\n")
        connection.lose()

    asyncio.run(talk())


def test_a_limit_to_connections_holds(app: ASGIApp) -> None:
    """Where there is one, uvicorn counts: the first of both is answered, by it."""

    async def talk() -> tuple[bytes, ...]:
        answers = []
        for limit in (2, 1):
            connection = Connection(app, limit_concurrency=limit)
            connection.feed(message(b"/oai?" + GET))
            assert connection.wire.sent == []
            answers.append(await connection.settle())
            connection.lose()
        return tuple(answers)

    answered, refused = asyncio.run(talk())
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert refused.startswith(b"HTTP/1.1 503 ")


def test_uvicorn_writes_its_own_log_where_it_is_asked_to(
    app: ASGIApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = impl.HttpToolsProtocol.connection_made

    def connection_made(self: Any, transport: Any) -> None:
        made(self, transport)
        self.access_log = True

    monkeypatch.setattr(impl.HttpToolsProtocol, "connection_made", connection_made)
    assert directly(app, message(b"/oai?" + GET)) == []


def test_an_application_in_another_is_asked_by_that(app: ASGIApp) -> None:
    asked = []

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await app(scope, receive, send)

    assert directly(outer, message(b"/oai?" + GET)) == []
    assert asked == ["/oai"]


def test_a_connection_at_rest_is_closed_when_the_service_stops(app: ASGIApp) -> None:
    async def talk() -> None:
        connection = Connection(app)
        connection.feed(message(b"/oai?" + GET))
        assert not connection.wire.ended
        connection.protocol.shutdown()
        assert connection.wire.ended
        connection.lose()

    asyncio.run(talk())


def test_a_connection_at_rest_has_a_timer_though_a_body_came_late(app: ASGIApp) -> None:
    async def talk() -> None:
        connection = Connection(app)
        connection.feed(message(b"/oai?" + GET, b"Content-Length: 5"))
        assert (await connection.settle()).endswith(b"</OAI-PMH>\n")
        connection.feed(b"he")
        connection.feed(b"llo")
        assert connection.protocol.timeout_keep_alive_task is not None
        connection.lose()

    asyncio.run(talk())


def test_what_came_before_nonsense_is_answered(app: ASGIApp) -> None:
    (answer, refusal) = directly(app, message(b"/oai?" + GET) + b"\x16\x03 ?\r\n\r\n")
    assert answer.endswith(b"</OAI-PMH>\n")
    assert refusal.startswith(b"HTTP/1.1 400 ")


# --- what is used of uvicorn ----------------------------------------------------------


def test_uvicorn_is_as_we_know_it(app: ASGIApp) -> None:
    """Where this fails, answers are right but slow: see what uvicorn has changed."""

    async def talk() -> None:
        connection = Connection(app)
        for name in direct.USED:
            assert hasattr(connection.protocol, name), name
        connection.feed(message(b"/healthz"))
        assert connection.protocol.cycle.response_complete is False
        await connection.settle()
        assert connection.protocol.cycle.response_complete is True
        connection.lose()

    asyncio.run(talk())


def test_another_uvicorn_is_left_to_itself(
    app: ASGIApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "_KNOWN", {})
    monkeypatch.setattr(direct, "USED", (*direct.USED, "moved_elsewhere"))

    async def talk() -> bytes:
        connection = Connection(app)
        connection.feed(message(b"/oai?" + GET))
        assert connection.wire.sent == []
        sent = await connection.settle()
        connection.lose()
        return sent

    assert asyncio.run(talk()).endswith(b"</OAI-PMH>\n")
