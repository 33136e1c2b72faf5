"""The plain values of a DataCite document, the same for XML and JSON.

Keys are DataCite's in lower case. Texts are on one line and never empty (a description
keeps its line ends); lists hold objects and are never empty; what is not said has no
key. An object of a list may be empty: its place counts.
"""

from __future__ import annotations

import re
from typing import Any

Values = dict[str, Any]

# DataCite's standard values for "there is none", with and without brackets.
_NULL_CODE = re.compile(
    r"\(?:(?:unac|unal|unap|unas|unav|unkn|none|null|tba|etal)\)?", re.IGNORECASE
)


def is_null_code(text: str) -> bool:
    """Whether a text is one of DataCite's codes for a missing value."""
    return text[:1] in ":(" and _NULL_CODE.fullmatch(text) is not None


def number_of(value: object) -> float | None:
    """Give a number that is finite; None when it is none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e300 else None
