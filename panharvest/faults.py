"""Errors of others told without what they say: their messages may quote a record.

An exception of a library says what it stumbled over, and that may be the title of a
record that nobody is to see yet. What kind it is and where it arose are facts about
our code, and enough to find a fault. Our own errors are worded so as to be told.
"""

from __future__ import annotations

import logging
import traceback
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.errors import PanharvestError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent
MOST = 20  # errors that led to one another


def fault(error: BaseException) -> str:
    """Give the kind of an error and the last line of ours that it went through."""
    name = type(error).__name__
    ours = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT):
            ours = f"{path.relative_to(ROOT.parent).as_posix()}, line {line}"
    return f"{name} in {ours}" if ours else name


def stack(error: BaseException) -> str:
    """Give the traceback of an error and of those that led to it, without messages.

    Those of our own errors are there.
    """
    parts = list(islice(_chain(error), MOST))
    return "\nwhich led to:\n".join(_frames(one) for one in reversed(parts))


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _frames(error: BaseException) -> str:
    said = f": {error}" if isinstance(error, PanharvestError) else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{frames}{type(error).__name__}{said}"


class _WithoutWords(logging.Filter):
    """Writes the exception of a log record as :func:`stack` does."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass; formatters take what is written already."""
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = stack(record.exc_info[1])
        return True


WITHOUT_WORDS = _WithoutWords()  # one for all: it is added to a logger once
