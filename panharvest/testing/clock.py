"""A clock that stands still until it is told otherwise."""

from __future__ import annotations


class FrozenClock:
    """A :data:`panharvest.protocols.Clock` for tests.

    Parameters
    ----------
    now
        Seconds since 1970-01-01T00:00:00Z.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Give the instant it stands at."""
        return self.now

    def advance(self, seconds: float) -> float:
        """Move on (or, with a negative number, back); gives the new instant."""
        self.now += seconds
        return self.now

    def set(self, now: float) -> None:
        """Jump to an instant."""
        self.now = now
