"""``ontology import``: tables made from published vocabularies."""

from __future__ import annotations

from pathlib import Path

import click

from panharvest.cli.output import document


@click.group()
def ontology() -> None:
    """Work on the vocabularies."""


@ontology.group("import")
def import_() -> None:
    """Make a table of ``ontologies/`` from a published vocabulary."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write the table; without it, to the standard output.",
)
def panet(file: Path, output: Path | None) -> None:
    """Take the facts out of PaNET: ids, labels, hierarchy; no definitions.

    FILE is PaNET.owl (RDF/XML), Turtle, or the CSV template it is made from.
    """
    from panharvest.vocabulary.extraction import import_panet

    text = import_panet(file)
    if output is None:
        document(text.encode())
        return
    beside = output.with_name(f".{output.name}.new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(output)
    click.echo(f"{output}: {len(text.splitlines()):,} lines")
