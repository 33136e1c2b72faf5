"""How things are written to a terminal or a pipe."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

FEW = 12  # so many dates are listed one by one


def plain(text: object) -> str:
    """Give a text on one line that cannot command a terminal: files hold anything."""
    return "".join(c if c.isprintable() else " " for c in str(text)).strip()


def cut(text: object, length: int = 100) -> str:
    """Give the beginning of a text."""
    line = plain(text)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def number(count: int, word: str, words: str | None = None) -> str:
    """Write ``1 file`` or ``2 files``."""
    return f"{count:,} {word if count == 1 else words or f'{word}s'}"


def counted(counts: Mapping[str, int]) -> str:
    """Write counts as ``3 open, 2 hidden``."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def table(rows: Iterable[tuple[object, ...]]) -> None:
    """Write rows in columns."""
    texts = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {'  '.join(cells)}".rstrip())


def by_date(days: Mapping[str, int]) -> list[tuple[str, int]]:
    """Give counts by day, or by month when there are many days, or by year."""
    for length in (10, 7, 4):
        found: Counter[str] = Counter()
        for day, count in days.items():
            found[day[:length]] += count
        if len(found) <= FEW or length == 4:
            return sorted(found.items())
    return []


def document(body: bytes) -> None:
    """Write a document as UTF-8, whatever the terminal speaks."""
    click.echo(body, nl=not body.endswith(b"\n"))


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """Draw a progress bar on a terminal, and nothing elsewhere.

    Gives a function that takes the number of steps done and, once known, of all.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def advance(done: int, total: int | None) -> None:
            if total is not None:
                bar.update(task, total=total)
            bar.advance(task, done)

        yield advance
