"""Queries to an ICAT, put together here and nowhere else.

Every text that reaches a query goes through :func:`quote`, every number through
:func:`number`, every instant through :func:`instant`; names of entities and attributes
come from this code, and are checked all the same.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*")


def quote(text: str) -> str:
    """Write a text as a literal of JPQL: what is in it cannot end it.

    Raises
    ------
    ValueError
        When it has control characters, which no identifier or name has.
    """
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("a text for a query has control characters")
    return "'" + text.replace("'", "''") + "'"


def number(value: object) -> str:
    """Write a whole number that is not negative.

    Raises
    ------
    ValueError
        When it is none.
    """
    if isinstance(value, bool):
        raise ValueError("a truth value is no number")  # noqa: TRY004  (one kind)
    if isinstance(value, int) and value >= 0:
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return str(int(value))
    raise ValueError(f"{value!r} is no whole number")


def instant(seconds: float) -> str:
    """Write an instant as ICAT reads it."""
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return "{ts " + moment.strftime("%Y-%m-%d %H:%M:%S") + "}"


def name(text: str) -> str:
    """Check the name of an entity or attribute.

    Raises
    ------
    ValueError
        When it is not one.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name of ICAT's schema")
    return text


def select(
    entity: str,
    *,
    conditions: Sequence[str] = (),
    include: Sequence[str] = (),
    limit: int,
    attribute: str = "",
) -> str:
    """Write a query for objects, or an attribute of them, in the order of their ids.

    Parameters
    ----------
    conditions
        From :func:`after`, :func:`equals` and their like; all of them must hold.
    include
        Paths of what is to come along (``investigationUsers.user``).
    """
    what = f"o.{name(attribute)}" if attribute else "o"
    query = f"SELECT {what} FROM {name(entity)} o"  # noqa: S608  (not SQL, and checked)
    if conditions:
        query += " WHERE " + " AND ".join(conditions)
    query += " ORDER BY o.id"
    if include:
        query += f" INCLUDE {included(include)}"
    return f"{query} LIMIT 0, {number(limit)}"


def included(paths: Sequence[str]) -> str:
    """Write what is to come along: each step by the name of the one before."""
    names: dict[str, str] = {"": "o"}
    parts = []
    for path in paths:
        above = ""
        for step in name(path).split("."):
            here = f"{above}.{step}" if above else step
            if here not in names:
                names[here] = f"v{len(names)}"
                parts.append(f"{names[above]}.{step} AS {names[here]}")
            above = here
    return ", ".join(parts)


def after(value: object) -> str:
    """Write: behind an id."""
    return f"o.id > {number(value)}"


def until(value: object) -> str:
    """Write: up to an id."""
    return f"o.id <= {number(value)}"


def among(values: Sequence[object]) -> str:
    """Write: one of some ids.

    Raises
    ------
    ValueError
        When there is none, or one is no number.
    """
    if not values:
        raise ValueError("no ids to be among")
    return f"o.id IN ({', '.join(map(number, values))})"


def past(attribute: str) -> str:
    """Write: an instant lies behind us, by the clock of the ICAT."""
    return f"o.{name(attribute)} < CURRENT_TIMESTAMP"


def equals(attribute: str, value: str | int) -> str:
    """Write: an attribute has a value."""
    literal = quote(value) if isinstance(value, str) else number(value)
    return f"o.{name(attribute)} = {literal}"


def since(attribute: str, seconds: float) -> str:
    """Write: an attribute is not before an instant."""
    return f"o.{name(attribute)} >= {instant(seconds)}"
