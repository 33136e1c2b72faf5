"""``panharvest ingest scicat|icat|icatplus|panosc``, and sources of other packages."""

from __future__ import annotations

import json
import os
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panharvest.cli.frame import Failure, State, opened, store_option
from panharvest.cli.harvesting import FAILED, INCOMPLETE, manners_options
from panharvest.cli.output import by_date, counted, number, plain, progress, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from panharvest.catalogued import Access
    from panharvest.cataloguing import CatalogueDone, CatalogueSettings
    from panharvest.sources.catalogues.options import SourceOptions

OURS = {
    "scicat": "Read a SciCat (interface 3, and 4 where it is), or JSON of one.",
    "icat": "Read an ICAT over REST, or a dump of one (YAML, XML, its export, JSON).",
    "icatplus": "Read an ICAT+, or JSON of one.",
    "panosc": "Read a PaNOSC search API, or JSON of one.",
}
TOKEN, USER, PASSWORD = "PANHARVEST_TOKEN", "PANHARVEST_USER", "PANHARVEST_PASSWORD"


class SourceGroup(click.Group):
    """The group of ``ingest``: also the sources that installed packages add."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all sources."""
        from panharvest.sources.catalogues.registry import kinds

        return sorted({*super().list_commands(ctx), *kinds()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command; one is made for a source that a package adds."""
        held = super().get_command(ctx, cmd_name)
        if held is not None:
            return held
        from panharvest.sources.catalogues.registry import kinds

        if cmd_name in kinds():
            return command_of(cmd_name, f"Read {cmd_name} (a source of a package).")
        return None


def source_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add what tells how a catalogue is read."""
    for option in (
        click.option(
            "--strict", is_flag=True, help="Leave with 1 when a piece was refused."
        ),
        click.option(
            "--report",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write the report of the run to this file, as JSON.",
        ),
        manners_options,
        click.option(
            "--option",
            "extra",
            metavar="KEY=VALUE",
            multiple=True,
            help="An option of the source's own, such as files=yes.",
        ),
        click.option("--plugin", metavar="NAME", help="The authenticator of an ICAT."),
        click.option(
            "--password-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help=f"A file with the password; or the variable {PASSWORD}.",
        ),
        click.option("--user", metavar="NAME", envvar=USER, help="Who logs in."),
        click.option(
            "--token-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help=f"A file with a token; or the variable {TOKEN}.",
        ),
        click.option(
            "--name",
            default="files",
            show_default=True,
            help="What files are called: newer ones with this name replace them.",
        ),
        click.option(
            "--accept-vanished",
            is_flag=True,
            help="Take down what is missing, however much it is.",
        ),
        click.option(
            "--sweep/--no-sweep",
            default=None,
            help="Take down what is gone (for addresses the default; for files not).",
        ),
        click.option(
            "--resume/--full",
            default=True,
            help="Go on where the last run ended (the default), or begin anew.",
        ),
        click.option(
            "--facility",
            metavar="ID",
            help="The facility of records that do not say it, e.g. esrf.",
        ),
        store_option,
    ):
        function = option(function)
    return function


def command_of(kind: str, what: str) -> click.Command:
    """Make the command of a source."""

    @click.command(
        kind,
        help=f"""{what}

        PLACES are one address, or files that are read together. What is not released
        yet is kept and opens by itself when its time has come. To do it again reads
        what changed, and takes down what is gone.
        """,
    )
    @click.argument("places", nargs=-1, required=True)
    @source_options
    @click.pass_obj
    def command(state: State, /, places: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401  (options)
        run(state, kind, places, given)

    return command


def run(
    state: State, kind: str, places: Sequence[str], given: Mapping[str, Any]
) -> None:
    """Read one source, tell what came of it, and leave with the code of that."""
    from panharvest.cataloguing import CatalogueSettings

    web = any("://" in place for place in places)
    sweep = given["sweep"]
    settings = CatalogueSettings(
        full=not given["resume"],
        sweep=(web if sweep is None else sweep) or given["accept_vanished"],
        accept_vanished=given["accept_vanished"],
    )
    options = options_of(
        access=access_of(
            token_file=given["token_file"],
            user=given["user"],
            password_file=given["password_file"],
            plugin=given["plugin"],
        ),
        contact=given["contact"],
        pace=given["pace"],
        name=given["name"],
        extra=extras(given["extra"]),
    )
    done, refused = read_source(
        state,
        kind,
        places,
        given["store"],
        options,
        settings,
        given["facility"],
    )
    tell(done, refused)
    if given["report"] is not None:
        text = json.dumps(asdict(done), indent=2, ensure_ascii=False)
        given["report"].write_text(f"{text}\n", encoding="utf-8")
    if done.status == "failed" or (given["strict"] and refused):
        raise click.exceptions.Exit(FAILED)
    if done.status == "incomplete":
        raise click.exceptions.Exit(INCOMPLETE)


def read_source(
    state: State,
    kind: str,
    places: Sequence[str],
    store: str,
    options: SourceOptions,
    settings: CatalogueSettings,
    facility: str | None,
) -> tuple[CatalogueDone, list[str]]:
    """Read one source into the store; gives the report, and what was refused."""
    from panharvest.cataloguing import CatalogueDone, PageKept, ingest_catalogue
    from panharvest.publish import await_visible
    from panharvest.sources.catalogues.registry import open_source

    refused: list[str] = []
    done: CatalogueDone | None = None
    context = state.context()
    with (
        closing(open_source(kind, places, options)) as source,
        closing(opened(store, create=True)) as place,
        progress("reading") as advance,
    ):
        events = ingest_catalogue(
            source,
            kind,
            place,
            context,
            state.clock,
            facility=facility,
            settings=settings,
        )
        for event in events:
            match event:
                case PageKept():
                    advance(event.entries, None)
                    refused += [f"{one.reason} ({one.code})" for one in event.refused]
                case CatalogueDone():
                    done = event
        await_visible(place, state.clock)
    assert done is not None
    return done, refused


def options_of(
    *,
    access: Access,
    contact: str | None,
    pace: float,
    name: str = "files",
    extra: Mapping[str, str] | None = None,
) -> SourceOptions:
    """Put together how a source is opened."""
    from panharvest.sources.catalogues.options import SourceOptions
    from panharvest.transport import Manners, Wait

    def told(wait: Wait) -> None:
        click.echo(f"waiting {wait.seconds:.0f} s: {plain(wait.reason)}", err=True)

    return SourceOptions(
        access=access,
        manners=Manners(contact=contact, pace=pace),
        told=told,
        name=name,
        extra=extra or {},
    )


def access_of(
    *,
    token_file: Path | None = None,
    user: str | None = None,
    password_file: Path | None = None,
    plugin: str | None = None,
    token_variable: str = TOKEN,
    password_variable: str = PASSWORD,
) -> Access:
    """Read credentials from files, else from the environment."""
    from panharvest.catalogued import Access

    token = _secret(token_file) or os.environ.get(token_variable) or None
    password = _secret(password_file) or os.environ.get(password_variable) or None
    return Access(token=token, user=user, password=password, plugin=plugin)


def _secret(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise Failure(f"{file.name}: {reason}") from None
    if not text:
        raise Failure(f"{file.name}: it is empty")
    return text


def extras(given: Sequence[str]) -> dict[str, str]:
    """Read options of the source's own."""
    found = {}
    for one in given:
        key, mark, value = one.partition("=")
        if not mark or not key.strip():
            raise Failure(f"--option: '{plain(one)}' is not KEY=VALUE")
        found[key.strip()] = value.strip()
    return found


def tell(done: CatalogueDone, refused: Sequence[str]) -> None:
    """Say what came of a run."""
    counts = {
        "changed": done.changed,
        "unchanged": done.unchanged,
        "refused": done.refused,
        "taken down": done.vanished,
    }
    pages = number(done.entries, "document")
    click.echo(f"{plain(done.source)}: {pages}: {counted(counts) or 'nothing to do'}")
    if done.records:
        total = number(sum(done.records.values()), "record")
        click.echo(f"{total}: {counted(dict(sorted(done.records.items())))}")
    if done.opening:
        click.echo("not open until:")
        table((day, count) for day, count in by_date(done.opening))
    if done.held:
        click.echo("hidden, with no date to open ('panharvest embargo' says why):")
        table(sorted(done.held.items()))
    for note in done.notes:
        click.echo(f"note: {plain(note)}")
    if refused:
        click.echo("refused:")
        for line in refused[:20]:
            click.echo(f"  {plain(line)}")
        if len(refused) > 20:
            click.echo(
                f"  ... and {len(refused) - 20:,} more: panharvest quarantine list"
            )
    if done.status != "complete":
        click.echo(f"{done.status}: {plain(done.reason)}", err=True)
