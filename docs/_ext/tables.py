"""Markdown for the reference pages, from the code and the tables themselves."""

from __future__ import annotations

from collections.abc import Callable

PAGES: dict[str, Callable[[], str]] = {}
