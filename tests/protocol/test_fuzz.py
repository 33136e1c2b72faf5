"""Hostile requests: 3,200 a run, each answered with a well-formed OAI-PMH document."""

from __future__ import annotations

import asyncio
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

import pytest
import zoo
from asgi import Answer, request
from hostile import payload
from lxml import etree, html
from xsd import assert_valid
from zoo import START

from panharvest.server import create_app
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

RUNS = 3200
TAMPERED = 600


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    clock = FrozenClock(START)
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('fuzz')}/store.db")
    zoo.fill(store, clock)
    yield create_app(store, zoo.repository(), clock)
    store.close()


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


def test_p8_p21_tampered_tokens(app: Starlette) -> None:
    """Bits turned, bytes cut, put in or taken from another token: all are bad."""
    chance = random.Random("another seed that stays the same")

    async def ask_all() -> None:
        tokens = []
        for verb in (b"ListRecords", b"ListIdentifiers"):
            query = b"verb=" + verb + b"&metadataPrefix=oai_dc"
            page = await request(app, "/oai", query)
            root = etree.fromstring(page.body)
            tokens.append(root.findtext(f".//{zoo.OAI}resumptionToken") or "")
        for _ in range(TAMPERED):
            forged = tamper(chance, *tokens)
            query = b"verb=ListRecords&resumptionToken=" + forged.encode()
            answer = await request(app, "/oai", query)
            assert answer.status == 200
            genuine = forged == tokens[0]
            codes = zoo.errors(assert_valid(answer.body))
            assert codes == ([] if genuine else ["badResumptionToken"]), forged

    asyncio.run(ask_all())


def tamper(chance: random.Random, token: str, other: str) -> str:
    """Change a token in one of the ways that forgers try."""
    raw = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    where = chance.randrange(len(raw))
    match chance.randrange(6):
        case 0:
            raw[where] ^= 1 << chance.randrange(8)
        case 1:
            del raw[where]
        case 2:
            raw.insert(where, chance.randrange(256))
        case 3:
            return token[:where] + other[where:]
        case 4:
            return token[: where + 1]
        case _:
            raw = bytearray(chance.randbytes(12) + raw[12:])
    return urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


def test_p8_hostile_requests_of_a_browser(app: Starlette) -> None:
    """The pages are made from anything that was asked, and run none of it."""
    chance = random.Random("a third seed that stays the same")
    browser = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}

    async def ask_all() -> None:
        for _ in range(TAMPERED):
            query = payload(chance, b"A" * 80)[:200_000]
            answer = await request(app, "/oai", query, headers=browser)
            assert answer.status == 200, query[:200]
            page = html.fromstring(answer.body.decode())
            assert not page.xpath("//script | //img | //@onclick | //@y")
            assert page.xpath("//h1")

    asyncio.run(ask_all())
