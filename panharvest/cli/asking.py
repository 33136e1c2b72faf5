"""``coverage`` and ``techniques search``: questions about the tables."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from panharvest import telling
from panharvest.cli.frame import REFUSED, State, opened
from panharvest.cli.ontology import as_json, chosen, json_option, ontology_option
from panharvest.cli.output import document, number, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.coverage import Coverage, Subject

FEW = 12
SAME = ("skos:exactMatch", "skos:closeMatch")


@click.command()
@click.option(
    "--store", metavar="URL", help="Show also what the records of this store leave."
)
@click.option("--missing", is_flag=True, help="List everything that is missing.")
@json_option
@click.pass_obj
def coverage(state: State, store: str | None, missing: bool, form: str) -> None:
    """Count what the tables cover: definitions, ESRFET, PaNET, NeXus fields.

    With a store also, by facility, what the files hold that no rule uses. What only
    records hold that are not public is counted and not named (panharvest status
    --private names it).
    """
    from panharvest.coverage import coverage as counted

    tables = state.context().tables
    if store is None:
        found = counted(tables)
    else:
        with closing(opened(store)) as place:
            found = counted(tables, place.facts(), state.clock())
    if form == "json":
        document(as_json(found))
        return
    for line in of_coverage(found, missing=missing):
        click.echo(line)


def of_coverage(found: Coverage, *, missing: bool) -> Iterator[str]:
    """Write what is covered for people."""
    width = max(len(subject.title) for subject in found.subjects)
    for subject in found.subjects:
        yield f"{subject.title.ljust(width)}  {summary(subject)}"
        if missing and subject.missing:
            yield from (f"  {one.name}  {one.label}" for one in subject.missing)
    for one in found.facilities:
        unknown = f"{one.unknown:,} without technique"
        yield f"{plain(one.facility)}: {number(one.records, 'record')}, {unknown}"
        for name, count in one.fields[: None if missing else FEW]:
            yield f"  {count:>6,}  {plain(name)}"
        if not missing and len(one.fields) > FEW:
            yield f"  ... and {len(one.fields) - FEW:,} more (--missing lists them)"
        if one.unnamed:
            yield f"  ... and {telling.said_of(one.unnamed)}"


def summary(subject: Subject) -> str:
    """Write the counts of a subject."""
    share = f"{subject.mapped / subject.total:.0%}" if subject.total else "-"
    text = f"{subject.mapped:,} of {subject.total:,} mapped ({share})"
    if subject.settled > subject.mapped:
        text += f", {subject.settled - subject.mapped:,} have no term"
    if subject.missing:
        text += f", {len(subject.missing):,} missing"
    return text


@click.group()
def techniques() -> None:
    """Look up techniques."""


@techniques.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option(
    "--all-kinds",
    is_flag=True,
    help="Look also at facets, specifiers and properties.",
)
@ontology_option
@json_option
@click.pass_context
def search(
    ctx: click.Context,
    text: Sequence[str],
    limit: int,
    all_kinds: bool,
    choices: tuple[str, ...],
    form: str,
) -> None:
    """Find techniques of PaNET by words, acronym or id, the best first.

    Every word must begin a word of a label, or of a name that ESRFET has for it. Where
    nothing is found, words with a slip count. Exit code 1: nothing was found.
    """
    from panharvest.vocabulary import KINDS
    from panharvest.vocabulary.searching import search as searched

    vocabulary = chosen(choices)["panet"]
    kinds = KINDS if all_kinds else ("technique",)
    wanted = " ".join(text)
    hits = searched(vocabulary, wanted, kinds, limit, names_elsewhere())
    if hits and hits[0].slip and form != "json":
        click.echo(f"nothing is called '{plain(wanted)}'; much like it:", err=True)
    if form == "json":
        document(as_json(hits))
    elif hits:
        rows: list[tuple[object, ...]] = [
            (
                vocabulary.scheme.short(hit.term.iri),
                hit.term.label,
                ""
                if hit.matched in {hit.term.label, hit.term.iri}
                else f"({hit.matched})",
                f"{hit.narrower} narrower" if hit.narrower else "",
                "" if hit.term.kind == "technique" else hit.term.kind,
            )
            for hit in hits
        ]
        table(rows)
    if not hits:
        click.echo(f"no technique is called '{plain(wanted)}'", err=True)
        ctx.exit(REFUSED)


def names_elsewhere() -> dict[str, list[str]]:
    """Give the names that ESRFET has for techniques, by the IRI of PaNET's term."""
    from panharvest.knowledge import load_knowledge
    from panharvest.vocabulary import esrfet

    found: dict[str, list[str]] = {}
    for iri, targets in load_knowledge().esrfet.items():
        term = esrfet().terms.get(iri)
        for target in targets:
            if term is not None and target.predicate in SAME:
                found.setdefault(target.iri, []).extend((term.label, *term.alt_labels))
    return found
