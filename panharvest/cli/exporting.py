"""``panharvest export``: everything that is visible, in one file."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import Failure, State, opened, store_option
from panharvest.cli.output import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from panharvest.protocols import Store
    from panharvest.repository import Repository

FORMS = ("jsonl.gz", "jsonl.zst", "jsonl", "parquet")


def base_url_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--base-url``."""
    return click.option(
        "--base-url",
        metavar="URL",
        help="The address the world knows the service by; without it serve.base-url "
        "of the settings.",
    )(function)


@click.group()
def export() -> None:
    """Write what is visible now to a file."""


@export.command("oai-static")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--oai-url",
    metavar="URL",
    required=True,
    help="The base URL of the file at its gateway: the gateway's address, and the "
    "file's without http://.",
)
@base_url_option
@store_option
@click.pass_obj
def oai_static(
    state: State, file: Path, oai_url: str, base_url: str | None, store: str
) -> None:
    """Write a static repository, which a gateway serves by OAI-PMH.

    FILE is one XML file with all records in all formats, as they are now. Datestamps
    are days; there are no sets and no deleted records in such files.
    """
    from panharvest.export import write_static

    with _repository(state, store, base_url) as (place, repository):
        done = write_static(place, repository, oai_url, file, state.clock)
    for prefix, count in done.counts.items():
        click.echo(f"{prefix}: {number(count, 'record')}")
    click.echo(f"written: {file}")


@export.command()
@click.argument("place", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    help="Without it what the name of FILE ends in, else jsonl.gz.",
)
@click.option("--from", "first", metavar="DATE", help="Only what changed since then.")
@click.option("--set", "set_spec", metavar="SET", help="Only the records of a set.")
@base_url_option
@store_option
@click.pass_obj
def records(
    state: State,
    place: Path,
    form: str | None,
    first: str | None,
    set_spec: str | None,
    base_url: str | None,
    store: str,
) -> None:
    """Write every record as JSON, one a line, and a manifest beside it.

    Deleted records are in it too. The manifest says from which datestamp to go on by
    OAI-PMH: dump and harvest together are then as good as a full harvest.
    """
    from panharvest import oai
    from panharvest.dump import write_records

    since = None if first is None else oai.parse_datestamp(first)
    if first is not None and since is None:
        raise Failure(f"--from {first}: write 2024-12-31 or 2024-12-31T23:59:59Z")
    if set_spec is not None and not oai.is_set_spec(set_spec):
        raise Failure(f"--set {set_spec}: not the name of a set, such as facility:esrf")
    with _repository(state, store, base_url) as (source, repository):
        file, manifest = write_records(
            source,
            repository,
            place,
            state.clock,
            form=form,
            first=since,
            set_spec=set_spec,
        )
    shown = number(manifest["records"], "record")
    click.echo(f"{shown}, {manifest['deleted']:,} deleted: {file}")
    click.echo(f"go on by OAI-PMH from {manifest['continue']['from']}")


@export.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@base_url_option
@store_option
@click.pass_obj
def dcat(state: State, file: Path, base_url: str | None, store: str) -> None:
    """Write a catalogue of DCAT-AP, for the portals of data.

    FILE is Turtle: every record that is visible now as a dataset of one catalogue.
    """
    from panharvest.catalogue import write_catalogue

    with _repository(state, store, base_url) as (place, repository):
        done = write_catalogue(place, repository, file, state.clock)
    click.echo(f"{number(done, 'dataset')}: {file}")


@contextmanager
def _repository(
    state: State, store: str, base_url: str | None
) -> Iterator[tuple[Store, Repository]]:
    """Open the store and tell how it presents itself."""
    from panharvest.building import build_repository

    public = base_url or state.configured.serve.base_url
    if public is None:
        raise Failure(
            "--base-url is missing: landing pages and identifiers are made of it; give "
            "it, or set serve.base-url in panharvest.toml"
        )
    with closing(opened(store)) as place:
        yield (
            place,
            build_repository(
                state.configured, place, state.context(), public, state.clock
            ),
        )
