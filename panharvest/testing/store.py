"""The contract of :class:`panharvest.protocols.Store`, as tests.

Needs pytest and hypothesis (``pip install panharvest[test]``). Whoever writes a store
subclasses :class:`StoreContract` in a test module and supplies the fixture::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            with closing(MyStore(tmp_path)) as store:
                yield store
"""

from __future__ import annotations

import pytest

_PARTS = ("harvests", "input", "lists", "model", "phases")
pytest.register_assert_rewrite(*(f"panharvest.testing.store_{p}" for p in _PARTS))

# only now: pytest explains the assertions of modules imported after it was told to
from panharvest.testing.store_harvests import HarvestsContract  # noqa: E402  (rewritten first)
from panharvest.testing.store_input import InputContract  # noqa: E402  (rewritten first)
from panharvest.testing.store_lists import ListsContract  # noqa: E402  (rewritten first)
from panharvest.testing.store_model import ModelContract  # noqa: E402  (rewritten first)
from panharvest.testing.store_phases import PhasesContract  # noqa: E402  (rewritten first)


class StoreContract(
    InputContract, PhasesContract, ListsContract, ModelContract, HarvestsContract
):
    """What every store must do. Subclasses give the fixture ``store``: fresh, empty.

    The fixture ``clock`` (a :class:`panharvest.testing.clock.FrozenClock` on a whole
    second) is supplied.
    """
