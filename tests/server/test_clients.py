"""Who is asking and how often: rates for each client, in bounded memory."""

from __future__ import annotations

import random
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
import sickle
import zoo
from asgi import call
from hypothesis import given
from hypothesis import strategies as st
from live import serving
from zoo import START, repository

from panharvest.config import Settings
from panharvest.errors import ConfigError
from panharvest.server import WebSettings, clients, create_app, web_settings
from panharvest.server.clients import Limiter, client_of
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from panharvest.protocols import Store


@given(
    rate=st.floats(0.05, 100),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 30), max_size=60),
)
def test_p46_who_waits_as_told_is_let_in(
    rate: float, burst: int, pauses: list[float]
) -> None:
    timer = FrozenClock(0)
    limiter = Limiter(rate, burst, timer)
    taken: list[float] = []
    for pause in pauses:
        timer.advance(pause)
        wait = limiter.wait("a")
        assert wait >= 0
        if wait:
            assert wait - 1 < burst / rate
            timer.advance(wait)
            assert limiter.wait("a") == 0
        taken.append(timer.now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            most = burst + (taken[last] - taken[first]) * rate
            assert last - first + 1 <= most + 1e-6


def test_p46_asking_too_early_costs_nothing_and_others_go_on() -> None:
    timer = FrozenClock(0)
    limiter = Limiter(0.5, 2, timer)
    assert [limiter.wait("a") for _ in range(2)] == [0, 0]
    assert {limiter.wait("a") for _ in range(100)} == {2}
    assert limiter.wait("b") == 0
    timer.advance(2)
    assert limiter.wait("a") == 0
    assert limiter.wait("a") == 2


def test_p46_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MOST", 50)
    limiter = Limiter(0.001, 1, FrozenClock(0))
    for number in range(1000):
        assert limiter.wait(str(number)) == 0
    assert len(limiter._full) == 50
    assert limiter.wait("999") > 0, "who asked last is remembered"


TRUSTED = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["1.1.1.1", "198.51.100.7, 10.1.2.3"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7:4242"], "198.51.100.7"),
        ("127.0.0.1", ["198.51.100.7, junk"], "127.0.0.1"),
        ("127.0.0.1", ["junk, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("::ffff:127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("::1", ["[2001:db8::1]:99"], "20010db800000000/64"),
        ("2001:db8::1", [], "20010db800000000/64"),
        ("2001:db8::ffff:1", [], "20010db800000000/64"),
        (None, ["198.51.100.7"], "local"),
    ],
)
def test_p46_forwarded_addresses_only_from_proxies_we_trust(
    peer: str | None, forwarded: list[str], client: str
) -> None:
    scope = {
        "client": (peer, 1) if peer else None,
        "headers": [(b"x-forwarded-for", one.encode()) for one in forwarded],
    }
    found = client_of(scope, TRUSTED)
    assert found == client or int(found[:-3], 16) == int(client[:-3], 16)
    assert ("/" in found) == ("/" in client)


def test_p46_too_fast_is_503_with_whole_seconds(store: Store) -> None:
    timer = FrozenClock(0)
    web = WebSettings(rate=0.4, burst=2)
    app = create_app(store, repository(), FrozenClock(START + 9e6), web, timer)
    assert [call(app, "/oai", "verb=Identify").status for _ in range(2)] == [200, 200]
    refused = call(app, "/oai", "verb=Identify")
    assert refused.status == 503
    assert refused.headers["retry-after"] == "3"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert call(app, "/healthz").status == 200
    metrics = call(app, "/metrics")
    assert b'{verb="none",outcome="limited"} 1' in metrics.body
    timer.advance(3)
    assert call(app, "/oai", "verb=Identify").status == 200


def test_there_is_no_limit_unless_configured(store: Store) -> None:
    app = create_app(store, repository(), FrozenClock(START + 9e6), timer=lambda: 0.0)
    statuses = {call(app, "/oai", "verb=ListMetadataFormats").status for _ in range(99)}
    assert statuses == {200}


@pytest.mark.parametrize(("rate", "burst"), [(3, 1), (0.2, 1), (1, 3)])
def test_p46_sickle_never_runs_out_of_retries(
    store: Store, monkeypatch: pytest.MonkeyPatch, rate: float, burst: int
) -> None:
    timer = FrozenClock(0)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        timer.advance(seconds)

    monkeypatch.setattr(sickle.app.time, "sleep", lambda s: sleep(s))
    web = WebSettings(rate=rate, burst=burst)
    options: dict[str, Any] = {"web": web, "timer": timer}
    clock = FrozenClock(START + 3 * zoo.DAY)
    with serving(store, repository(page_size=1), clock, **options) as url:
        client = sickle.Sickle(url, max_retries=3)
        found = list(client.ListRecords(metadataPrefix="oai_dc"))
    assert len(found) == 11
    assert len(slept) >= 3


def test_settings_of_the_web() -> None:
    given = Settings().serve
    assert web_settings(given) == WebSettings()
    with pytest.raises(ConfigError, match="trusted-proxies"):
        web_settings(type(given)(trusted_proxies=["proxy.example.org"]))
    chosen = type(given)(
        rate_limit=2.5, burst=7, trusted_proxies=["10.0.0.0/8"], metrics=False
    )
    assert web_settings(chosen) == WebSettings(
        rate=2.5, burst=7, trusted=(ip_network("10.0.0.0/8"),), metrics=False
    )
    for bad in ({"rate": 0.0}, {"rate": -1.0}, {"burst": 0}):
        with pytest.raises(ConfigError, match=r"serve\."):
            WebSettings(**bad)


def test_a_stream_of_strangers_does_not_let_one_client_ask_faster() -> None:
    timer, chance = FrozenClock(0), random.Random(7)
    limiter = Limiter(1, 5, timer)
    taken = 0
    for _ in range(3000):
        timer.advance(0.01)
        limiter.wait(str(chance.random()))
        taken += limiter.wait("busy") == 0
    assert taken <= 5 + 30
