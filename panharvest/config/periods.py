"""Periods as settings write them: ``30min``, ``6h``, ``1d``, ``never``."""

from __future__ import annotations

import re

PERIOD = re.compile(r"(\d{1,4})\s*(m|min|h|d|w)")
LENGTHS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def seconds_of(period: str) -> int:
    """Read a period such as ``30min``, ``6h``, ``1d`` or ``1w``.

    Raises
    ------
    ValueError
        When it is none.
    """
    found = PERIOD.fullmatch(period.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"'{period}' is no period like 30min, 6h, 1d or 1w")
    return int(found[1]) * LENGTHS[found[2]]


def period_of(text: str) -> int | None:
    """Read a period, or ``never`` (None).

    Raises
    ------
    ValueError
        When it is neither.
    """
    if text.strip().lower() == "never":
        return None
    try:
        return seconds_of(text)
    except ValueError as error:
        raise ValueError(f"{error}, nor never") from None
