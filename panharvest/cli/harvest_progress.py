"""A harvest as it is drawn: a bar for each endpoint on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from panharvest.cli.output import cut, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from panharvest.harvester import Event


@contextmanager
def drawing(*, verbose: bool) -> Iterator[Callable[[Event], None]]:
    """Give what draws events: bars on a terminal; notes and waits as lines if asked."""
    if not sys.stderr.isatty():
        yield lambda event: _line(event, verbose=verbose, write=_echo)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[pages]} pages, {task.fields[records]} records"),
        TextColumn("{task.fields[rate]}"),
        Remaining(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bars:
        board = _Board(bars)

        def draw(event: Event) -> None:
            board.draw(event)
            _line(
                event,
                verbose=verbose,
                write=lambda text: console.print(text, markup=False, highlight=False),
            )

        yield draw


def _echo(text: str) -> None:
    click.echo(text, err=True)


def _line(event: Event, *, verbose: bool, write: Callable[[str], None]) -> None:
    """Write what a person should see while it happens."""
    from panharvest.harvester import Noted, RecordQuarantined, Waiting

    match event:
        case Waiting() if verbose or event.seconds > 30:
            said = f"waiting {event.seconds:.0f} s: {event.reason}"
            write(f"{plain(event.endpoint)}: {cut(said, 200)}")
        case Noted():
            write(f"{plain(event.endpoint)}: {cut(event.message, 200)}")
        case RecordQuarantined() if verbose:
            name = event.identifier or f"record {event.position} of a page"
            said = f"quarantined {name}: {event.reason}"
            write(f"{plain(event.endpoint)}: {cut(said, 200)}")
        case _:
            pass


class _Board:
    """The bars: what each endpoint has done, how fast, and how long it may take."""

    def __init__(self, bars: Any) -> None:  # noqa: ANN401  (rich, imported late)
        self._bars = bars
        self._tasks: dict[str, Any] = {}
        self._begun: dict[str, float] = {}
        self._records: dict[str, int] = {}

    def draw(self, event: Event) -> None:
        """Bring the bars up to date."""
        from panharvest.harvester import EndpointDone, EndpointStarted, PageDone

        match event:
            case EndpointStarted():
                name = cut(event.repository or event.endpoint, 40)
                self._begun[event.endpoint] = time.monotonic()
                self._tasks[event.endpoint] = self._bars.add_task(
                    name, total=None, pages=0, records=0, rate=""
                )
            case PageDone():
                self._page(event.endpoint, event.page, event.records, event.size)
                self._bars.update(self._tasks[event.endpoint], completed=event.seen)
            case EndpointDone() if event.endpoint in self._tasks:
                self._bars.remove_task(self._tasks.pop(event.endpoint))
            case _:
                pass

    def _page(self, name: str, page: int, records: int, size: int | None) -> None:
        done = self._records[name] = self._records.get(name, 0) + records
        seconds = max(time.monotonic() - self._begun[name], 0.001)
        self._bars.update(
            self._tasks[name],
            total=size,
            pages=f"{page:,}",
            records=f"{done:,}",
            rate=f"{done / seconds:,.0f}/s",
        )
