"""Hostile requests: 3,200 a run, each answered with a well-formed OAI-PMH document."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

import pytest
import zoo
from asgi import Answer, request
from lxml import etree
from xsd import assert_valid
from zoo import START

from panharvest.oai import Verb
from panharvest.server import create_app
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

RUNS = 3200
NAMES = b"verb identifier metadataPrefix from until set resumptionToken x".split()
RAW = [
    b"",
    b" ",
    b"\0",
    b"\x01\x02\x1b",
    b"\x7f\x85",
    b"\r\nSet-Cookie: a=b",
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xed\xb0\x80\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbf\xbe",
    b"\xef\xbf\xbf",
    b"\xe2\x80\xae",
    b"]]>",
    b"<script>alert(1)</script>",
    b'"><x y="',
    b"&lt;&amp;&#0;",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
    b"<!--",
    b"<?xml version='1.0'?>",
    b"' OR 1=1 --",
    b"'; DROP TABLE version; --",
    b"%s%n%d{0}{x}$(id)`id`",
    b"../../../../etc/passwd",
    b"2024-01-01",
    b"9999-12-31T23:59:59Z",
    b"0000-00-00",
    b"99999-01-01",
    b"oai_dc",
    b"_record",
    b"oai:pan.example.org:10.1234/a0",
    b"oai:pan.example.org:%00",
    b"kind:raw",
    b":::::",
    "é😀٣".encode(),
    b"A" * 5000,
    b"%25" * 40_000,
    b"\xff" * 1000,
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    clock = FrozenClock(START)
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('fuzz')}/store.db")
    zoo.fill(store, clock)
    yield create_app(store, zoo.repository(), clock)
    store.close()


def payload(chance: random.Random, token: bytes) -> bytes:
    """Make a query: some names, some values, encoded or not, sometimes mangled."""
    values = [*RAW, *(verb.encode() for verb in Verb), token]
    fields = []
    if chance.random() < 0.8:
        fields.append(b"verb=" + chance.choice(list(Verb)).encode())
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8, 40))):
        value = chance.choice(values)
        if chance.random() < 0.2:
            cut = chance.randrange(len(value) + 1)
            value = value[:cut] + chance.randbytes(3) + value[cut:]
        if chance.random() < 0.7:
            value = quote_from_bytes(value, safe=b"").encode()
        fields.append(chance.choice(NAMES) + b"=" + value)
    chance.shuffle(fields)
    return b"&".join(fields)


def test_p8_hostile_requests(app: Starlette) -> None:
    chance = random.Random("a seed that stays the same")

    async def ask_all() -> list[tuple[bytes, Answer]]:
        page = await request(app, "/oai", b"verb=ListRecords&metadataPrefix=oai_dc")
        token = etree.fromstring(page.body).findtext(f".//{zoo.OAI}resumptionToken")
        assert token is not None
        answers = []
        for number in range(RUNS):
            query = payload(chance, token.encode())
            if number % 2:
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                answer = await request(
                    app, "/oai", method="POST", headers=kind, body=[query]
                )
            else:
                answer = await request(app, "/oai", query)
            answers.append((query, answer))
        return answers

    outcomes: dict[str, int] = {}
    for query, answer in asyncio.run(ask_all()):
        if answer.status in {413, 414}:
            assert len(query) > 256 * 1024
            continue
        assert answer.status == 200, query[:200]
        root = assert_valid(answer.body)
        for code in zoo.errors(root) or ["an answer"]:
            outcomes[code] = outcomes.get(code, 0) + 1
        assert b"SYSTEM" not in answer.body or b"&lt;!DOCTYPE" in answer.body
    assert outcomes.keys() >= {
        "an answer",
        "badVerb",
        "badArgument",
        "badResumptionToken",
        "idDoesNotExist",
    }
