"""Commands that change the store: ``ingest``, ``publish``, ``withdraw``."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack
from urllib.parse import unquote

import click

from panharvest.cli.cataloguing import OURS, SourceGroup, command_of
from panharvest.cli.frame import (
    REFUSED,
    Failure,
    State,
    opened,
    source_options,
    store_option,
)
from panharvest.cli.output import by_date, counted, number, plain, progress, table
from panharvest.cli.private import private_option, save_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from panharvest.events import FileRefused, RunDone
    from panharvest.protocols import Store
    from panharvest.publish import Outcome

MOST_JOBS = 8
HIDDEN_FILE = "a file of a record that is not public (status --private names it)"


def processors() -> int:
    """Give how many processors this process may use, eight at most."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        count = os.cpu_count() or 1
    return min(count, MOST_JOBS)


PATIENCE = 60.0  # seconds for one file


class Reading(TypedDict):
    """How NeXus files are read: options of the command, under their names."""

    facility: str | None
    manifest: Path | None
    jobs: int
    per_entry: bool
    timeout: float


@click.group(cls=SourceGroup)
def ingest() -> None:
    """Read data and publish what it gives."""


for _kind, _what in OURS.items():
    ingest.add_command(command_of(_kind, _what))


@ingest.command("nexus")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@store_option
@source_options
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=processors,
    show_default="as many as processors, at most 8",
    help="Processes that read files.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="Time to read one file.",
)
@click.option("--strict", is_flag=True, help="Leave with 1 when a file was refused.")
@click.pass_obj
def nexus(
    state: State,
    paths: tuple[Path, ...],
    store: str,
    strict: bool,
    **reading: Unpack[Reading],
) -> None:
    """Read NeXus files and publish their metadata, each when its embargo ends.

    PATHS are files and folders; folders are walked. To do it again changes nothing
    that has not changed. What was refused does no harm to the rest. What --manifest
    and --facility once said of a file holds until they say something else.
    """
    refused = read_nexus_files(state, paths, store, **reading)
    if strict and refused:
        raise click.exceptions.Exit(REFUSED)


def read_nexus_files(
    state: State, paths: tuple[Path, ...], store: str, **reading: Unpack[Reading]
) -> Sequence[FileRefused]:
    """Read NeXus files into the store, say what came of it, and give refusals."""
    from panharvest.events import (
        FileMapped,
        FileRefused,
        FileUnchanged,
        Found,
        RunDone,
    )
    from panharvest.ingest import ingest_nexus
    from panharvest.manifest import read_manifest
    from panharvest.publish import await_visible

    refused: list[FileRefused] = []
    done: RunDone | None = None
    manifest = reading["manifest"]
    rows = read_manifest(manifest) if manifest else None
    context = state.context()
    with closing(opened(store, create=True)) as place, progress("reading") as advance:
        events = ingest_nexus(
            paths,
            place,
            context,
            state.clock,
            facility=reading["facility"],
            manifest=rows,
            jobs=reading["jobs"],
            per_entry=reading["per_entry"],
            timeout=reading["timeout"],
        )
        for event in events:
            match event:
                case Found():
                    advance(0, event.files)
                case FileRefused():
                    refused.append(event)
                    advance(1, None)
                case FileMapped() | FileUnchanged():
                    advance(1, None)
                case RunDone():
                    done = event
        await_visible(place, state.clock)
        refused = _without_hidden(place, refused, state.clock())
    if done is not None:
        _summary(done, refused)
    return refused


def _without_hidden(
    store: Store, refused: Sequence[FileRefused], now: float
) -> list[FileRefused]:
    """Leave out the names of files that records have which are not public."""
    from dataclasses import replace

    from panharvest.batches import SOURCE
    from panharvest.telling import is_named

    paths = {one.path for one in refused}
    hidden = set()
    for native_id, dataset in store.natives(SOURCE) if paths else ():
        path = native_id.partition("#/")[0]
        if path in paths:
            id_ = store.item_id(dataset)
            if id_ is not None and not is_named(store, id_, now):
                hidden.add(path)
    return [
        replace(one, path=HIDDEN_FILE) if one.path in hidden else one for one in refused
    ]


def _summary(done: RunDone, refused: Sequence[FileRefused]) -> None:
    files = {
        "mapped": done.mapped,
        "unchanged": done.unchanged,
        "refused": done.refused,
    }
    click.echo(f"{number(done.found, 'file')}: {counted(files) or 'nothing to do'}")
    _states(done.records, done.opening, done.held)
    if refused:
        click.echo("refused:")
        for one in sorted(refused, key=lambda one: one.path):
            click.echo(f"  {plain(one.path)}: {plain(one.reason)}")
    if done.unlisted:
        click.echo("rows of the manifest that no file has:")
        for row in done.unlisted:
            click.echo(f"  {plain(row)}")


def _states(
    states: Mapping[str, int], opening: Mapping[str, int], held: Mapping[str, int]
) -> None:
    total = sum(states.values())
    if total:
        words = counted(dict(sorted(states.items())))
        click.echo(f"{number(total, 'record')}: {words}")
    if opening:
        click.echo("not open until:")
        table((day, count) for day, count in by_date(opening))
    if held:
        click.echo("hidden, with no date to open ('panharvest status' says why):")
        table(sorted(held.items()))


@click.command()
@store_option
@private_option("what could not be derived, with its name, be it public or not,")
@click.pass_obj
def publish(state: State, store: str, private: Path | None) -> None:
    """Derive all records again after a change of mapping, facilities or policy.

    Only what harvesters see differently gets a new datestamp.
    """
    from panharvest.publish import FAILED, await_visible, publish_all
    from panharvest.telling import is_named

    changes: Counter[str] = Counter()
    states: Counter[str] = Counter()
    opening: Counter[str] = Counter()
    held: Counter[str] = Counter()
    failed: list[Outcome] = []
    shown: list[str] = []
    unnamed: Counter[str] = Counter()
    context = state.context()
    with closing(opened(store)) as place, progress("publishing") as advance:
        for outcome in publish_all(place, context, state.clock):
            advance(1, None)
            if outcome.state == FAILED:
                failed.append(outcome)
                continue
            changes[outcome.change] += 1
            states[outcome.state] += 1
            if outcome.state == "open":
                continue
            if outcome.opens_at:
                opening[outcome.opens_at.date().isoformat()] += 1
            else:
                held[outcome.code] += 1
        await_visible(place, state.clock)
        for one in failed:
            if one.id and is_named(place, one.id, state.clock()):
                shown.append(f"{one.id}: {one.reason}")
            else:
                unnamed[one.reason] += 1
    words = counted(dict(sorted(changes.items()))) or "none"
    click.echo(f"what harvesters see: {words}")
    _states(states, opening, held)
    for line in shown:
        click.echo(f"left as it was: {plain(line)}", err=True)
    for reason, count in unnamed.most_common():
        records = number(count, "record that is", "records that are")
        click.echo(f"left as before: {records} not public: {plain(reason)}", err=True)
    if private is not None:
        names = [
            {"id": one.id or None, "dataset": one.dataset, "reason": one.reason}
            for one in failed
        ]
        save_json(private, names)
    if failed:
        raise SystemExit(1)


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="Why; shown to harvesters and visitors.")
@store_option
@click.pass_obj
def withdraw(state: State, id_: str, reason: str, store: str) -> None:
    """Withdraw a record for good: harvesters see it deleted.

    ID is the record's (a DOI, or facility/experiment/file), or its OAI identifier.
    """
    from panharvest.publish import await_visible
    from panharvest.publish import withdraw as withdrawn

    if not reason.strip():
        raise Failure("--reason is empty")
    local = unquote(id_.split(":", 2)[-1]) if id_.startswith("oai:") else id_
    context = state.context()
    from panharvest.telling import is_named

    with closing(opened(store)) as place:
        try:
            outcome = withdrawn(place, local, reason.strip(), context, state.clock)
        except KeyError:
            raise Failure(f"there is no record '{plain(local)}' in {store}") from None
        await_visible(place, state.clock)
        # what was committed last is visible in a moment
        named = is_named(place, outcome.id, max(state.clock(), place.stamp()))
    said = plain(outcome.id) if named else "it was never public, and stays hidden"
    click.echo(f"withdrawn: {said}")
