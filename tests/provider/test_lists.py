"""The repository as a function: lists, their pages and tokens."""

from __future__ import annotations

import random
from typing import Any

import pytest
import zoo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from zoo import (
    DAY,
    OAI,
    START,
    ask,
    errors,
    harvest,
    headers,
    identifier,
    item,
    plain,
    put,
    repository,
    stage,
    token_of,
)

from panharvest import oai
from panharvest.protocols import Stage, Store
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

LIST = "verb=ListRecords&metadataPrefix=oai_dc"


# --- lists ----------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
@pytest.mark.parametrize("size", range(1, 13))
def test_p24_p25_pages_of_any_size_make_the_whole_list(
    store: Store, clock: FrozenClock, verb: str, size: int
) -> None:
    query = f"verb={verb}&metadataPrefix=oai_dc"
    whole = headers([ask(repository(page_size=100), store, clock.now, query)])
    pages = harvest(repository(page_size=size), store, clock, query)
    assert headers(pages) == whole
    assert len(pages) == -(-len(whole) // size)
    tokens = [token_of(page) for page in pages]
    if len(pages) == 1:
        assert tokens == [None]
        return
    seen = 0
    for page, token in zip(pages, tokens, strict=True):
        assert token is not None
        assert token.get("cursor") == str(seen)
        assert token.get("completeListSize") == str(len(whole))
        assert bool(token.text) is (page is not pages[-1])
        assert (token.get("expirationDate") is not None) is (page is not pages[-1])
        seen += len(headers([page]))


def test_p24_the_size_of_a_list_too_long_to_count_is_left_out(
    store: Store, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is optional (§3.5); the cursor is not."""
    whole = headers([ask(repository(page_size=100), store, clock.now, LIST)])
    monkeypatch.setattr(type(store), "size", lambda *_: None)
    pages = harvest(repository(page_size=2), store, clock, LIST)
    assert headers(pages) == whole
    seen = 0
    for page in pages:
        token = token_of(page)
        assert token is not None
        assert token.get("completeListSize") is None
        assert token.get("cursor") == str(seen)
        seen += len(headers([page]))


def test_p23_a_token_is_good_for_a_day_at_least(
    store: Store, clock: FrozenClock
) -> None:
    repo = repository(token_lifetime=DAY)
    token = token_of(ask(repo, store, clock.now, LIST))
    assert token is not None
    expires = oai.parse_datestamp(str(token.get("expirationDate")))
    assert expires is not None
    assert clock.now + DAY <= expires <= clock.now + DAY + 3600
    query = f"verb=ListRecords&resumptionToken={token.text}"
    assert not errors(ask(repo, store, expires - 1, query))
    assert errors(ask(repo, store, expires, query)) == ["badResumptionToken"]


def test_p22_a_token_can_be_used_again(store: Store, clock: FrozenClock) -> None:
    token = token_of(ask(repository(), store, clock.now, LIST))
    assert token is not None
    query = f"verb=ListRecords&resumptionToken={token.text}"
    once, again = (ask(repository(), store, clock.now + n, query) for n in (0, 9))
    assert etree.tostring(once[2]) == etree.tostring(again[2])


def test_p20_p21_whose_tokens_are_good(store: Store, clock: FrozenClock) -> None:
    token = token_of(ask(repository(), store, clock.now, LIST))
    assert token is not None

    def resumed(verb: str = "ListRecords", **changes: Any) -> list[str]:
        query = f"verb={verb}&resumptionToken={token.text}"
        return errors(ask(repository(**changes), store, clock.now, query))

    old, new = repository().keys[0], b"another key, also long"
    assert resumed() == resumed(keys=(new, old)) == []
    assert resumed(keys=(new,)) == ["badResumptionToken"]
    assert resumed(identifier="other.example.org") == ["badResumptionToken"]
    assert resumed("ListIdentifiers") == ["badResumptionToken"]
    assert resumed("ListSets") == ["badResumptionToken"]
    assert resumed("Identify") == ["badArgument"]
    token.text = token.text[:-1] + ("A" if token.text[-1] != "A" else "B")
    assert resumed() == ["badResumptionToken"]


def test_a_token_of_something_no_longer_offered(
    store: Store, clock: FrozenClock
) -> None:
    query = "verb=ListRecords&metadataPrefix=datacite&set=kind"
    token = token_of(ask(repository(), store, clock.now, query))
    assert token is not None
    resumed = f"verb=ListRecords&resumptionToken={token.text}"
    for changes in (
        {"formats": {"oai_dc": zoo.FORMATS["oai_dc"]}},
        {"with_sets": False},
    ):
        root = ask(repository(**changes), store, clock.now, resumed)
        assert errors(root) == ["badResumptionToken"]


def test_p27_one_datestamp_for_all(empty: Store, clock: FrozenClock) -> None:
    names = [f"10.1234/{n:05}" for n in range(2000)]
    put(empty, clock, *(plain(name, "T", only=("oai_dc",)) for name in names))
    clock.advance(2)
    query = "verb=ListIdentifiers&metadataPrefix=oai_dc"
    listed = headers(harvest(repository(page_size=37), empty, clock, query))
    assert [one for one, _, _ in listed] == [identifier(name) for name in names]
    assert len({stamp for _, stamp, _ in listed}) == 1


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_p26_a_list_that_is_paged_while_records_change(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """What is not touched is listed once; what is touched comes with the next visit."""
    chance = random.Random(seed)
    clock = FrozenClock(START)
    folder = tmp_path_factory.mktemp("paged")
    store = open_store(f"sqlite:///{folder}/store.db")
    repo = repository(page_size=chance.randrange(1, 8))
    names = [f"10.1234/{n:03}" for n in range(30)]
    put(store, clock, *(plain(name, only=("oai_dc",)) for name in names))
    clock.advance(5)
    touched: set[str] = set()
    held: dict[str, str | None] = {}
    visited = clock.now
    page = ask(repo, store, clock.now, LIST)
    seen = headers([page])
    while (token := token_of(page)) is not None and token.text:
        for _ in range(chance.randrange(4)):
            name = chance.choice([*names, f"10.1234/new{chance.randrange(9)}"])
            touched.add(name)
            change = chance.choice(
                [
                    plain(name, f"Change {chance.random()}", only=("oai_dc",)),
                    item(name, Stage(0)),
                    item(
                        name, Stage(0), stage(name, "Later", start=int(clock.now) + 3)
                    ),
                ]
            )
            put(store, clock, change)
        clock.advance(chance.random() * 2)
        query = f"verb=ListRecords&resumptionToken={token.text}"
        page = ask(repo, store, clock.now, query)
        seen += headers([page])
    listed = [one for one, _, _ in seen]
    assert len(listed) == len(set(listed)) == 30
    assert {identifier(name) for name in names} == set(listed)
    held = {one: status for one, _, status in seen}
    clock.advance(10)
    following = f"{LIST}&from={oai.format_datestamp(int(visited))}"
    root = ask(repo, store, clock.now, following)
    news = [] if errors(root) else headers(harvest(repo, store, clock, following))
    held |= {one: status for one, _, status in news}
    assert {one for one, _, _ in news} <= {identifier(name) for name in touched}
    now = ask(repository(page_size=1000), store, clock.now, LIST)
    assert held == {one: status for one, _, status in headers([now])}
    store.close()


def test_a_withdrawal_during_a_list_is_shown_at_once(
    store: Store, clock: FrozenClock
) -> None:
    """The list is pinned, but what was withdrawn is not given out any more."""
    repo = repository(page_size=2)
    token = token_of(ask(repo, store, clock.now, LIST))
    assert token is not None
    put(store, clock, *(item(f"10.1234/a{n}", Stage(0)) for n in range(5)))
    clock.advance(2)
    query = f"verb=ListRecords&resumptionToken={token.text}"
    page = ask(repo, store, clock.now, query)
    stamp = oai.format_datestamp(START + 3 * DAY + 1)
    assert [(s, status) for _, s, status in headers([page])] == [(stamp, "deleted")] * 2
    assert page.find(f".//{OAI}metadata") is None
