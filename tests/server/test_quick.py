"""Where an answer is made: in a thread, or at once where that is cheaper."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import zoo
from asgi import call
from zoo import START, repository

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


@pytest.mark.parametrize(
    ("query", "kind", "at_once"),
    [(GET, Quick, True), (GET, Watched, False), (LIST, Quick, False)],
)
def test_only_one_record_of_a_quick_store_is_answered_at_once(
    store: Store, query: str, kind: type[Watched], at_once: bool
) -> None:
    watched = kind(store)
    clock = FrozenClock(START + 4 * zoo.DAY)
    app = create_app(watched, repository(), clock)  # type: ignore[arg-type]  # as a store
    answer = call(app, "/oai", query)
    assert b"Title of 10.1234/a0" in answer.body
    assert (watched.threads == {threading.get_ident()}) is at_once


def test_a_file_is_quick(store: Store) -> None:
    assert getattr(type(store), "quick", False)
