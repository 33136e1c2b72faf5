from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from panharvest.stores import open_store
from panharvest.testing.store import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.protocols import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path}/records.db")) as opened:
        yield opened


class TestContract(StoreContract):
    pass
