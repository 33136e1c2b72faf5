"""``panharvest check``: the tests of mapping tables."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import Failure, State
from panharvest.cli.output import document, number, plain
from panharvest.errors import PanharvestError

if TYPE_CHECKING:
    from panharvest.mapcheck.findings import Report

FORMATS = ("text", "json", "junit", "markdown", "html", "github")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--ontology",
    "ontologies",
    multiple=True,
    metavar="ID=VERSION|FILE",
    help="Check against this version, or this file, instead of the one that is pinned: "
    "panet=1.3.0, panet=PaNET.owl. Several times for several.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="The form of the report.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="What makes the exit code 1.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write the report; without it, to the standard output.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="Repair what needs no knowledge (prefix case, blanks, swapped columns, order, "
    "header), show the difference, and report what is left.",
)
@click.option(
    "--dry-run", is_flag=True, help="With --fix: show the difference and write nothing."
)
@click.option(
    "--accept",
    is_flag=True,
    help="Write what the golden cases give now as what they must give, then check.",
)
@click.option(
    "--records",
    metavar="URL",
    help="Validate the graph of every record of this store with the SHACL shapes "
    "(needs panharvest[validate]).",
)
@click.pass_context
def check(
    ctx: click.Context,
    paths: tuple[Path, ...],
    ontologies: tuple[str, ...],
    form: str,
    fail_on: str,
    output: Path | None,
    fix: bool,
    dry_run: bool,
    accept: bool,
    records: str | None,
) -> None:
    """Test mapping tables: SSSOM (TSV or CSV), PaNET's own CSV, technique rules.

    PATH is a file or a folder; without it the tables in use are checked. The
    exit code is 0 when nothing was found, 1 for findings, 2 when something could not be
    checked at all.
    """
    from panharvest.mapcheck.running import check_paths

    state: State = ctx.obj
    if dry_run and not fix:
        raise click.UsageError("--dry-run goes with --fix")
    chosen = dict(map(_pair, ontologies))
    places = tuple(map(_short, paths or (() if records else (_ours(state),))))
    if accept:
        _accept(places)
    if fix:
        _fix(places, quiet=form != "text" and output is None, dry_run=dry_run)
    today = datetime.fromtimestamp(state.clock(), UTC).date()
    report = check_paths(
        places,
        today=today,
        ontologies=chosen,
        records=records,
        mapping=state.context() if records else None,
    )
    body = _written(report, form).encode("utf-8", "backslashreplace")
    if output is None:
        document(body)
    else:
        output.write_bytes(body)
    if form == "github":
        _step_summary(report)
    ctx.exit(report.exit_code("warning" if fail_on == "warning" else "error"))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise click.UsageError(f"--ontology {text}: write ID=VERSION or ID=FILE")
    return name.strip().lower(), value.strip()


def _ours(state: State) -> Path:
    """Give the folder of tables that is configured, else ours."""
    from panharvest.tables import resource

    place = Path(state.configured.ontologies or str(resource()))
    if not place.is_dir():
        raise Failure(f"{place}: there is no such folder; name a PATH")
    return place


def _short(path: Path) -> Path:
    """Give a path as it is said from here: annotations of a change need it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _written(report: Report, form: str) -> str:
    from panharvest.mapcheck import writing

    return {
        "text": writing.to_text,
        "json": writing.to_json,
        "junit": writing.to_junit,
        "markdown": writing.to_markdown,
        "github": writing.to_github,
        "html": _html,
    }[form](report)


def _html(report: Report) -> str:
    from panharvest.mapcheck.page import to_html

    return to_html(report)


def _fix(places: tuple[Path, ...], *, quiet: bool, dry_run: bool) -> None:
    """Repair every mapping table, and show what was done."""
    from panharvest.mapcheck.fixing import replace_text
    from panharvest.mapcheck.running import repairs

    for path, done in repairs(places):
        if done.diff:
            click.echo(done.diff, err=quiet)
        moved = f", {number(done.moved, 'row')} moved" if done.moved else ""
        verb = "to be repaired" if dry_run else "repaired"
        what = number(done.cells, "cell")
        if not done.cells and not done.moved:
            what = "header, order or line ends"
        click.echo(f"{path}: {what} {verb}{moved}", err=quiet)
        if not dry_run:
            replace_text(path, done.text)


def _step_summary(report: Report) -> None:
    """Add the report to the summary of a step of GitHub Actions."""
    from panharvest.mapcheck.writing import to_markdown

    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        with Path(place).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(to_markdown(report))


def _accept(places: tuple[Path, ...]) -> None:
    """Write what golden cases give now as what they must give."""
    from panharvest.mapcheck.cases import EXPECTED, accept, input_of

    for place in places:
        folders = [place, *place.rglob("*")] if place.is_dir() else [place.parent]
        for folder in sorted(folders):
            if not folder.is_dir() or input_of(folder) is None:
                continue
            try:
                accepted = accept(folder)
            except (OSError, ValueError, PanharvestError) as problem:
                click.echo(f"{folder}: cannot be run: {plain(problem)}", err=True)
                continue
            for changed in accepted:
                what = "record" if changed.name == EXPECTED else "document"
                click.echo(f"{changed}: {what} accepted", err=True)
