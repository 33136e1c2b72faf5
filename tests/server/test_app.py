"""The web service: methods, sizes, compression, conditions, pages, outages."""

from __future__ import annotations

import asyncio
import gzip
import logging
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
import zoo
from asgi import Answer, call, request
from xsd import assert_valid
from zoo import repository

from panharvest.errors import StoreBusyError, StoreError
from panharvest.server import create_app, messages

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from panharvest.testing.clock import FrozenClock


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIST = "verb=ListRecords&metadataPrefix=oai_dc"
VARY = "Accept, Sec-Fetch-Mode, Accept-Encoding"


def post(app: Starlette, body: bytes, **headers: str) -> Answer:
    return call(app, "/oai", method="POST", headers=FORM | headers, body=[body])


# --- OAI-PMH over HTTP ----------------------------------------------------------------


def test_p1_get_post_and_head(app: Starlette) -> None:
    got = call(app, "/oai", LIST)
    assert got.status == 200
    assert post(app, LIST.encode()).body == got.body
    # what a HEAD request must not have is left out by the HTTP server
    head = call(app, "/oai", LIST, method="HEAD")
    assert (head.status, head.headers) == (got.status, got.headers)


def test_p1_a_form_may_come_in_pieces_and_with_a_charset(app: Starlette) -> None:
    kind = {"Content-Type": "Application/X-WWW-Form-URLEncoded; charset=UTF-8"}
    chunks = [b"verb=List", b"Records&metadata", b"Prefix=oai_dc"]
    answer = call(app, "/oai", method="POST", headers=kind, body=chunks)
    assert answer.body == call(app, "/oai", LIST).body


def test_arguments_in_address_and_form_are_all_arguments(app: Starlette) -> None:
    answer = call(
        app,
        "/oai",
        "verb=Identify",
        method="POST",
        headers=FORM,
        body=[b"verb=Identify"],
    )
    assert zoo.errors(assert_valid(answer.body)) == ["badVerb"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"])
def test_p1_other_methods_are_refused(app: Starlette, method: str) -> None:
    answer = call(app, "/oai", LIST, method=method)
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {},
        {**FORM, "Content-Encoding": "gzip"},
    ],
)
def test_other_kinds_of_body_are_refused(
    app: Starlette, headers: dict[str, str]
) -> None:
    answer = call(app, "/oai", method="POST", headers=headers, body=[LIST.encode()])
    assert answer.status == 415


def test_a_client_that_goes_away_in_the_middle(app: Starlette) -> None:
    messages = [
        {"type": "http.request", "body": b"verb=Iden", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    kind = [(b"content-type", FORM["Content-Type"].encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/oai",
        "query_string": b"",
        "headers": kind,
    }
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 400


def test_it_starts_and_stops(app: Starlette) -> None:
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan", "state": {}}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_what_is_too_long_is_refused(app: Starlette) -> None:
    giant = b"verb=Identify&x=" + b"a" * messages.MAX_REQUEST
    assert post(app, giant).status == 413
    assert call(app, "/oai", giant).status == 414


def test_p8_a_giant_argument_is_a_bad_argument(app: Starlette) -> None:
    giant = LIST.encode() + b"&set=" + b"a" * 100_000
    for answer in (post(app, giant), call(app, "/oai", giant)):
        assert answer.status == 200
        assert zoo.errors(assert_valid(answer.body)) == ["badArgument"]


def test_a_flood_of_arguments_is_a_bad_argument(app: Starlette) -> None:
    answer = post(app, b"verb=Identify&" + b"&".join([b"a=b"] * 20_000))
    assert set(zoo.errors(assert_valid(answer.body))) == {"badArgument"}


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("deflate;q=0.5, GZIP;q=0.1", True),
        ("x-gzip", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("deflate", False),
        ("gzip;q=0", False),
        ("*;q=1, gzip;q=0.0", False),
        ("gzip;q=junk", False),
    ],
)
def test_p44_gzip_when_it_is_accepted(
    app: Starlette, accepted: str, compressed: bool
) -> None:
    plain_body = call(app, "/oai", LIST).body
    answer = call(app, "/oai", LIST, headers={"Accept-Encoding": accepted})
    assert answer.headers["vary"] == VARY
    assert answer.headers["content-length"] == str(len(answer.body))
    if compressed:
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.body) < len(plain_body)
        assert gzip.decompress(answer.body) == plain_body
    else:
        assert "content-encoding" not in answer.headers
        assert answer.body == plain_body


def test_isal_compresses_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def compress(body: bytes, level: int, mtime: int) -> bytes:
        return gzip.compress(body, level, mtime=mtime)

    package, fake = types.ModuleType("isal"), types.ModuleType("isal.igzip")
    fake.compress = compress
    monkeypatch.setitem(sys.modules, "isal", package)
    monkeypatch.setitem(sys.modules, "isal.igzip", fake)
    assert gzip.decompress(messages.choose_gzip()(b"text " * 99)) == b"text " * 99
    monkeypatch.setitem(sys.modules, "isal.igzip", None)
    assert messages.choose_gzip() is messages._zlib
    assert gzip.decompress(messages._zlib(b"text " * 99)) == b"text " * 99


def test_p44_conditional_requests(app: Starlette, clock: FrozenClock) -> None:
    query = f"{LIST}&until=2023-11-14"
    tag = call(app, "/oai", query).headers["etag"]
    clock.advance(60)
    for condition in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        answer = call(app, "/oai", query, headers={"If-None-Match": condition})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["vary"] == VARY
        assert "content-length" not in answer.headers  # it would be that of a 200
    other = call(app, "/oai", query, headers={"If-None-Match": 'W/"x"'})
    assert other.status == 200
    error = call(app, "/oai", "verb=junk", headers={"If-None-Match": "*"})
    assert error.status == 200
    posted = post(app, query.encode(), **{"If-None-Match": tag})
    assert posted.status == 200


def test_nothing_is_kept_by_caches_without_asking(app: Starlette) -> None:
    for path, query in (("/oai", LIST), ("/", ""), ("/records/10.1234/a0", "")):
        assert call(app, path, query).headers["cache-control"] == "no-cache"


def test_p43_the_base_url_is_the_configured_one(app: Starlette) -> None:
    """Whatever a client or a proxy says of us, also one that we trust."""
    forged = {
        "Host": "evil.example.org",
        "X-Forwarded-Host": "evil.example.org",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example.org",
    }
    for query in ("verb=Identify", LIST, "verb=junk"):
        answer = call(app, "/oai", query, headers=forged)
        assert answer == call(app, "/oai", query)
    for path in ("/", "/records/10.1234/a0"):
        assert b"evil" not in call(app, path, headers=forged).body


class _Broken:
    """A store that cannot answer."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def fail(*args: object) -> None:
            raise self.error

        return fail


@pytest.mark.parametrize("error", [StoreError("disk /x"), StoreBusyError("lock /x")])
def test_p47_an_outage_is_said_and_not_explained(
    clock: FrozenClock, error: Exception
) -> None:
    broken: Any = _Broken(error)
    app = create_app(broken, repository(), clock)
    for path in ("/oai", "/", "/records/10.1234/a0"):
        answer = call(app, path, LIST if path == "/oai" else "")
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["cache-control"] == "no-store"
        assert b"/x" not in answer.body
    # what needs no store is still answered
    assert call(app, "/healthz").status == 200
    assert call(app, "/oai", "verb=ListMetadataFormats").status == 200


def test_healthz(app: Starlette) -> None:
    answer = call(app, "/healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")


def test_the_log_holds_no_query(
    app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="panharvest.access"):
        call(app, "/oai", "verb=ListRecords&resumptionToken=sesame")
        call(app, "/records/a\r\nGET /forged 200 1")
    lines = [entry.getMessage() for entry in caplog.records]
    assert len(lines) == 2
    assert lines[0].startswith("GET /oai 200 ")
    assert lines[1].startswith("GET /records/a%0D%0AGET%20/forged%20200%201 404 ")
    assert "sesame" not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_many_at_once(app: Starlette) -> None:
    async def all_of_them() -> list[Answer]:
        asked = (request(app, "/oai", LIST.encode()) for _ in range(50))
        return list(await asyncio.gather(*asked))

    assert {one.body for one in asyncio.run(all_of_them())} == {
        call(app, "/oai", LIST).body
    }
