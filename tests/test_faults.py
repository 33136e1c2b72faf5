"""Errors are told without what they say."""

from __future__ import annotations

import io
import logging

import pytest

from panharvest.errors import SkipError
from panharvest.faults import MOST, WITHOUT_WORDS, fault, stack
from panharvest.times import read_moment

SECRET = "of-a-hidden-record"


def failed() -> Exception:
    try:
        try:
            read_moment(object())  # type: ignore[arg-type]  # to see it fail in us
        except Exception as error:
            error.add_note(SECRET)
            raise KeyError(SECRET) from error
    except KeyError as error:
        return error


def test_the_kind_and_the_place() -> None:
    cause = failed().__cause__
    assert cause is not None
    assert fault(cause).startswith(
        f"{type(cause).__name__} in panharvest/times.py, line"
    )
    assert fault(KeyError(SECRET)) == "KeyError", "it went through nothing of ours"


def test_the_whole_chain() -> None:
    said = stack(failed())
    assert SECRET not in said
    assert said.count("which led to:") == 1
    assert said.endswith("KeyError")
    assert "read_moment(object())" in said
    assert stack(SkipError("x", "our own words")) == "SkipError: our own words"


def test_what_is_not_to_be_seen_and_what_never_ends() -> None:
    first = ValueError(SECRET)
    try:
        try:
            raise first
        except ValueError:
            raise LookupError from None
    except LookupError as error:
        assert "ValueError" not in stack(error)
        first.__cause__, error.__cause__ = error, first
        assert stack(error).count("which led to:") == MOST - 1


@pytest.mark.parametrize("words", ["%s", "at %s"])
def test_a_log(words: str) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(WITHOUT_WORDS)
    log = logging.Logger("test")
    log.addHandler(handler)
    log.warning(words, "work")
    try:
        raise ValueError(SECRET)  # noqa: TRY301 - to be logged
    except ValueError:
        log.exception(words, "work")
    assert SECRET not in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert "raise ValueError(SECRET)" in stream.getvalue()
