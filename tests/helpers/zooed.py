"""A clock that stands still, an empty store, one with the zoo in it, and its app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zoo

from panharvest.server import create_app
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.applications import Starlette

    from panharvest.protocols import Store


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(zoo.START)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


@pytest.fixture
def store(empty: Store, clock: FrozenClock) -> Store:
    zoo.fill(empty, clock)
    return empty


@pytest.fixture
def app(store: Store, clock: FrozenClock) -> Starlette:
    return create_app(store, zoo.repository(), clock)
