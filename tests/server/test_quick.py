"""Where an answer is made: in a thread, or at once where that is cheaper."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import zoo
from asgi import call
from zoo import START, repository

from panharvest.errors import StoreError
from panharvest.server import create_app
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.protocols import Store

GET = "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:pan.example.org:10.1234/a0"
LIST = "verb=ListRecords&metadataPrefix=oai_dc"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    zoo.fill(store, FrozenClock(START))
    yield store
    store.close()


class Watched:
    """A store that notes the threads in which it is asked."""

    def __init__(self, store: Store) -> None:
        self.store, self.threads = store, set[int]()

    def __getattr__(self, name: str) -> Any:
        self.threads.add(threading.get_ident())
        return getattr(self.store, name)


class Quick(Watched):
    quick = True


@pytest.mark.parametrize("query", [GET, LIST])
@pytest.mark.parametrize(("kind", "at_once"), [(Quick, True), (Watched, False)])
def test_a_quick_store_is_asked_at_once(
    store: Store, query: str, kind: type[Watched], at_once: bool
) -> None:
    watched = kind(store)
    clock = FrozenClock(START + 4 * zoo.DAY)
    app = create_app(watched, repository(), clock)  # type: ignore[arg-type]  # as a store
    answer = call(app, "/oai", query)
    assert b"Title of 10.1234/a0" in answer.body
    assert (watched.threads == {threading.get_ident()}) is at_once


def test_a_store_that_was_slow_is_asked_in_threads_for_a_while(store: Store) -> None:
    timer = FrozenClock(0)

    class Slow(Quick):
        def page(self, *arguments: Any) -> Any:
            timer.advance(0.5)
            return self.store.page(*arguments)

    watched = Slow(store)
    clock = FrozenClock(START + 4 * zoo.DAY)
    app = create_app(watched, repository(), clock, timer=timer)  # type: ignore[arg-type]
    here = {threading.get_ident()}
    call(app, "/oai", LIST)  # asked at once, and found to be slow
    watched.threads.clear()
    call(app, "/oai", GET)
    assert not watched.threads & here
    watched.threads.clear()
    timer.advance(61)
    call(app, "/oai", GET)
    assert watched.threads == here


def test_a_pause_of_the_machine_is_soon_forgotten(store: Store) -> None:
    """Others may wait for a twentieth of the time, and are not kept waiting longer."""
    timer = FrozenClock(0)
    pauses = iter([0.03])

    class Paused(Quick):
        def page(self, *arguments: Any) -> Any:
            timer.advance(next(pauses, 0))
            return self.store.page(*arguments)

    watched = Paused(store)
    clock = FrozenClock(START + 4 * zoo.DAY)
    app = create_app(watched, repository(), clock, timer=timer)  # type: ignore[arg-type]
    here = {threading.get_ident()}
    call(app, "/oai", LIST)
    for wait, at_once in ((0.5, False), (0.2, True)):
        timer.advance(wait)
        watched.threads.clear()
        call(app, "/oai", LIST)
        assert (watched.threads == here) is at_once


def test_a_store_that_fails_slowly_is_asked_in_threads_then(store: Store) -> None:
    timer = FrozenClock(0)
    asked: list[int] = []

    class Failing(Quick):
        def page(self, *_: Any) -> Any:
            asked.append(threading.get_ident())
            timer.advance(10)
            raise StoreError("away")

    clock = FrozenClock(START + 4 * zoo.DAY)
    app = create_app(Failing(store), repository(), clock, timer=timer)  # type: ignore[arg-type]  # as a store
    assert call(app, "/oai", LIST).status == 503
    assert call(app, "/oai", LIST).status == 503
    assert asked.count(threading.get_ident()) == 1


def test_a_person_never_makes_others_wait(store: Store) -> None:
    watched = Quick(store)
    clock = FrozenClock(START + 4 * zoo.DAY)
    app = create_app(watched, repository(), clock)  # type: ignore[arg-type]  # as a store
    browser = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
    answer = call(app, "/oai", LIST, headers=browser)
    assert answer.headers["content-type"].startswith("text/html")
    assert threading.get_ident() not in watched.threads


def test_a_file_is_quick(store: Store) -> None:
    assert getattr(type(store), "quick", False)
