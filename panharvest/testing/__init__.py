"""Test kit for those who build on panharvest: contracts, strategies, a faulty provider.

:class:`FaultyProvider` needs nothing but Python; the other modules need the extra
``test`` and are imported by name.
"""

from __future__ import annotations

from panharvest.testing.faulty import FaultyProvider

__all__ = ["FaultyProvider"]
