"""Getting at the plain values of a DataCite document, whatever types they have.

JSON in the wild has numbers for texts, one object for a list, texts for objects and
``null`` anywhere. Nothing here raises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Values = dict[str, Any]

# DataCite's standard values for "there is none", with and without brackets.
_NULL_CODE = re.compile(
    r"\(?:(?:unac|unal|unap|unas|unav|unkn|none|null|tba|etal)\)?", re.IGNORECASE
)


def lower_keys(value: Any) -> Any:  # noqa: ANN401 (JSON; its depth is limited)
    """Write the keys of all objects in lower case."""
    if isinstance(value, dict):
        return {str(k).lower(): lower_keys(v) for k, v in value.items()}
    if isinstance(value, list):
        return [lower_keys(one) for one in value]
    return value


def prose_of(value: object) -> str | None:
    """Give a text with its line ends; None when there is none."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, list):
        return next((text for text in map(prose_of, value) if text), None)
    return None


def text_of(value: object) -> str | None:
    """Give a text on one line; None when there is none."""
    if isinstance(value, str):
        return " ".join(value.split()) or None
    text = prose_of(value)
    return " ".join(text.split()) if text else None


def said(values: Values, *names: str) -> str | None:
    """Give the first of some values that is a text on one line.

    Nearly every text is plain and told so at a third of the cost of folding it.
    """
    for name in names:
        value = values.get(name)
        if value is None:
            continue
        if type(value) is str and value.isprintable() and "  " not in value:
            text: str | None = value.strip()
        else:
            text = text_of(value)
        if text:
            return text
    return None


def members(values: Values, *names: str) -> Iterator[tuple[str, Values]]:
    """Give the objects of a list with their places, be it a list or a single one.

    A bare text becomes an object with the text under the first name.
    """
    for name in names:
        found = values.get(name)
        if found in (None, "", [], {}):
            continue
        for i, one in enumerate(found if isinstance(found, list) else [found]):
            if isinstance(one, dict):
                if one:
                    yield f"{name}[{i}]", one
            elif (text := prose_of(one)) is not None:
                yield f"{name}[{i}]", {"": text}
        return


def texts(values: Values, name: str) -> Iterator[str]:
    """Give the texts of a list."""
    found = values.get(name)
    for one in found if isinstance(found, list) else [found]:
        if text := text_of(one):
            yield text


def is_null_code(text: str) -> bool:
    """Whether a text is one of DataCite's codes for a missing value."""
    return text[:1] in ":(" and _NULL_CODE.fullmatch(text) is not None


def number_of(value: object) -> float | None:
    """Give a number that is finite; None when it is none."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever it cannot take raises
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e300 else None
