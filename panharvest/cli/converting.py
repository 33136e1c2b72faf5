"""``panharvest convert`` and ``panharvest validate``: documents of other people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from panharvest.cli.output import plain

UNREADABLE = 2
FINDINGS = 1

WRITTEN = READ = (
    *("datacite", "datacite-json", "datacite-rest", "dcat", "dcat-json"),
    *("oai_datacite", "oai_dc", "pan", "rdf", "record", "schemaorg"),
)


@click.command()
@click.argument("source", metavar="IN", type=click.Path(allow_dash=True))
@click.argument("target", metavar="OUT", type=click.Path(allow_dash=True))
@click.option(
    "--from",
    "form",
    type=click.Choice(READ),
    help="The form of IN; without it: what it looks like.",
)
@click.option(
    "--to", "to", type=click.Choice(WRITTEN), required=True, help="The form to write."
)
@click.option(
    "--payload-version",
    type=click.Choice(("4.4", "4.5", "4.6", "4.7")),
    help="The version of DataCite's kernel to write.  [default: 4.7]",
)
@click.pass_context
def convert(
    ctx: click.Context,
    source: str,
    target: str,
    form: str | None,
    to: str,
    payload_version: str | None,
) -> None:
    """Turn a metadata document into another form.

    IN and OUT are files, - is the standard input or output. What was wrong with IN, or
    could not be kept, is told on the standard error.
    """
    from panharvest.converting import read_document, write_document
    from panharvest.errors import SkipError

    try:
        reading = read_document(_read(source), form)
        document = write_document(reading.record, to, payload_version)
    except (SkipError, ValueError) as problem:
        _refuse(ctx, source, str(problem))
    for one in reading.problems:
        click.echo(f"{one.code} {plain(one.field)}: {plain(one.message)}", err=True)
    if target == "-":
        sys.stdout.buffer.write(document)
    else:
        try:
            Path(target).write_bytes(document)
        except OSError as problem:
            _refuse(ctx, target, problem.strerror or "cannot be written")


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(READ),
    help="The form of the document; without it: what it looks like.",
)
@click.option(
    "--schemas",
    type=click.Path(path_type=Path),
    help="Folder with DataCite's XML Schemas (kernel-4.7/metadata.xsd).",
)
@click.option(
    "--errors-only", is_flag=True, help="Leave out warnings, and let them pass."
)
@click.pass_context
def validate(
    ctx: click.Context,
    source: str,
    form: str | None,
    schemas: Path | None,
    errors_only: bool,
) -> None:
    """Say what is wrong with a metadata document: one line for each finding.

    FILE may be - for the standard input. The exit code is 0 when nothing was found, 1
    when something was, 2 when the document cannot be read.
    """
    from panharvest.converting import validate as validated
    from panharvest.errors import ConfigError, SkipError
    from panharvest.record import Level

    try:
        problems = validated(_read(source), form, schemas=schemas)
    except (SkipError, ConfigError, ValueError) as problem:
        _refuse(ctx, source, str(problem))
    if errors_only:
        problems = tuple(p for p in problems if p.level is Level.ERROR)
    for one in problems:
        message = plain(one.message)
        message = message if message.endswith(".") else f"{message}."
        advice = f" {one.advice}" if one.advice else ""
        click.echo(f"{one.level} {one.code} {plain(one.field)}: {message}{advice}")
    if problems:
        ctx.exit(FINDINGS)


def _read(source: str) -> bytes:
    """Read a file or the standard input."""
    from panharvest.documents import LARGEST
    from panharvest.errors import SkipError

    try:
        if source == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with Path(source).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as problem:
        reason = problem.strerror or "cannot be read"
        raise SkipError("document.unreadable", reason) from None


def _refuse(ctx: click.Context, source: str, reason: str) -> NoReturn:
    name = "standard input" if source == "-" else plain(source)
    click.echo(f"panharvest: {name}: {plain(reason)}", err=True)
    sys.stderr.flush()
    ctx.exit(UNREADABLE)
