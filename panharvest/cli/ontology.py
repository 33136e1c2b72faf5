"""``ontology``: tables made from published vocabularies, and versions compared."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panharvest.cli.frame import State, opened
from panharvest.cli.output import document, number, plain
from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.protocols import Raw, Store
    from panharvest.upgrade import RecordChange, Touched, Upgrade
    from panharvest.vocabulary import Vocabulary
    from panharvest.vocabulary.difference import VocabularyDiff

TOP = 10
HIERARCHIES = ("panet", "esrfet")
TABLES = (*HIERARCHIES, "nexus", "datacite", "schemaorg")
FORMS = {"turtle": "turtle", "xml": "xml", "csv": "csv"}

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write the table; without it, to the standard output.",
)
json_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write what was found.",
)


@click.group()
def ontology() -> None:
    """Work on the vocabularies."""


@ontology.command("import")
@click.argument("vocabulary", metavar="ID", type=click.Choice(TABLES))
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@output_option
def import_(vocabulary: str, file: Path, output: Path | None) -> None:
    r"""Make a table of ontologies/ from a published vocabulary.

    Taken over are ids, labels, axioms, types and codes; no definitions, no comments.

    \b
    panet      RDF/XML, Turtle, OWL/XML, or PaNET's own CSV template
    esrfet     OWL/XML, RDF/XML or Turtle
    nexus      a folder of NXDL definitions; the table is compressed
    datacite   metadata.xsd of a kernel, with its include folder
    schemaorg  schemaorg-current-https.ttl: the terms of our table
    """
    data, notes = made(vocabulary, file)
    for note in notes:
        click.echo(f"{file.name}: {plain(note)}", err=True)
    write(data, output)


def made(vocabulary: str, file: Path) -> tuple[bytes, tuple[str, ...]]:
    """Make a table from a file or folder; with notes on what was left out."""
    if vocabulary == "nexus":
        import gzip

        from panharvest.vocabulary.nexus import import_nxdl

        if not file.is_dir():
            raise ConfigError(f"{file.name}: is a file; name the folder of NXDL")
        return gzip.compress(import_nxdl(file).encode(), 9, mtime=0), ()
    if file.is_dir():
        raise ConfigError(f"{file.name}: is a folder; name the file of {vocabulary}")
    if vocabulary == "datacite":
        return made_datacite(file), ()
    if vocabulary == "schemaorg":
        from panharvest.vocabulary.schemaorg import import_schemaorg, schemaorg

        version = next(term.version for term in schemaorg().values())
        return import_schemaorg(file, schemaorg(), version).encode(), ()
    from panharvest.vocabulary.extraction import extract
    from panharvest.vocabulary.schemes import scheme_of

    found = extract(file, scheme_of(vocabulary))
    return found.text.encode(), found.notes


def made_datacite(file: Path) -> bytes:
    """Make the table of a kernel of DataCite."""
    from lxml import etree

    from panharvest.codelists import import_datacite

    try:
        text = import_datacite(file)
    except etree.XMLSyntaxError as problem:
        raise ConfigError(f"{file.name}:{problem.lineno}: {problem.msg}") from None
    if "resourceTypeGeneral" not in text:
        raise ConfigError(f"{file.name}: is not the schema of a kernel of DataCite")
    return text.encode()


def write(data: bytes, output: Path | None) -> None:
    """Write a table whole or not at all."""
    if output is None:
        document(data)
        return
    beside = output.with_name(f".{output.name}.new")
    beside.write_bytes(data)
    beside.replace(output)
    lines = data.count(b"\n")
    compressed = output.suffix == ".gz"
    size = f"{len(data):,} bytes" if compressed else f"{lines:,} lines"
    click.echo(f"{output}: {size}")


@ontology.command()
@click.argument("vocabulary", metavar="ID", type=click.Choice((*HIERARCHIES, "rules")))
@click.argument("version", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    default="turtle",
    show_default=True,
    help="Turtle, RDF/XML, or PaNET's CSV template.",
)
@output_option
def export(
    vocabulary: str, version: str | None, form: str, output: Path | None
) -> None:
    """Write a vocabulary as OWL: labels and asserted axioms.

    VERSION is one that is shipped, or a file; without it, the current one. ID may be
    rules: then the technique rules that hold for any probe are written as a mapping set
    (SSSOM/TSV), from NeXus to PaNET.
    """
    if vocabulary == "rules":
        from panharvest.sharing import rules_as_mappings

        write(rules_as_mappings().encode(), output)
        return
    from panharvest.vocabulary.opening import open_vocabulary

    found = open_vocabulary(vocabulary, version)
    if form == "csv":
        from panharvest.vocabulary.robot import write_template

        data = write_template(found)
    else:
        from panharvest.vocabulary.rdf import to_graph

        data = to_graph(found).serialize(format=FORMS[form]).encode()
    write(data, output)


@ontology.command()
@click.argument("vocabulary", metavar="ID", type=click.Choice(HIERARCHIES))
@click.argument("old")
@click.argument("new")
@json_option
@click.option(
    "--store",
    metavar="URL",
    help="Map the records of this store with both: which would change?",
)
@click.option("--all", "everything", is_flag=True, help="List everything, not ten.")
@click.pass_obj
def diff(
    state: State,
    vocabulary: str,
    old: str,
    new: str,
    form: str,
    store: str | None,
    everything: bool,
) -> None:
    """Compare two versions of a vocabulary: OLD and NEW are versions or files.

    Axioms are compared by what they mean, not by the labels in them. Shown are also the
    mapping rows and rules here that name a term which changes.
    """
    from panharvest.upgrade import upgrade
    from panharvest.vocabulary.opening import open_vocabulary

    before = open_vocabulary(vocabulary, old)
    after = open_vocabulary(vocabulary, new)
    place = state.configured.ontologies
    root = Path(place) if place else None
    if store is None:
        found = upgrade(before, after, root)
    else:
        with closing(opened(store)) as held:
            found = upgrade(before, after, root, datasets(held), state.context())
            found = discreetly(found, held, state.clock())
    if form == "json":
        document(as_json(found))
        return
    for line in report(found, before, after, None if everything else TOP):
        click.echo(line)


def discreetly(found: Upgrade, store: Store, now: float) -> Upgrade:
    """Leave out what names records that are not public, and what it was seen by."""
    from dataclasses import replace

    from panharvest.telling import is_named

    def told(change: RecordChange) -> RecordChange:
        if is_named(store, change.id, now):
            return change
        old, new = (
            tuple(replace(one, evidence=()) for one in side)
            for side in (change.old, change.new)
        )
        return replace(change, id="a record that is not public", old=old, new=new)

    return replace(found, changes=tuple(told(one) for one in found.changes))


def datasets(store: Store) -> Iterator[tuple[str, Sequence[Raw]]]:
    """Give the raw records of each dataset with the id of its record."""
    for name in store.datasets():
        yield store.item_id(name) or name, store.raws(name)


def as_json(found: object) -> bytes:
    """Write dataclasses as JSON."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def report(
    found: Upgrade, old: Vocabulary, new: Vocabulary, top: int | None
) -> Iterator[str]:
    """Write a comparison for people."""
    change = found.diff
    yield f"{new.scheme.name}: {plain(change.old)} -> {plain(change.new)}"
    yield from of_terms(change, new, top)
    yield from of_hierarchy(change, old, new, top)
    yield from of_rows("mapping row", found.rows, top)
    yield from of_rows("rule", found.rules, top)
    if found.records:
        changes = found.changes
        yield f"{number(len(changes), 'record')} of {found.records:,} would change"
        lines = []
        for one in changes:
            was = ", ".join(t.label for t in one.old) or "none"
            now = ", ".join(t.label for t in one.new) or "none"
            less, more = f"{len(one.lost)} lost", f"{len(one.gained)} gained"
            lines.append(f"{plain(one.id)}: {was} -> {now} (above: {more}, {less})")
        yield from few(lines, top)


def few(lines: Sequence[str], top: int | None) -> Iterator[str]:
    """Give the first lines, and how many there are more."""
    for line in lines[:top]:
        yield f"  {plain(line)}"
    if top is not None and len(lines) > top:
        yield f"  ... and {len(lines) - top:,} more (--all lists them)"


def of_terms(change: VocabularyDiff, new: Vocabulary, top: int | None) -> Iterator[str]:
    """Say which terms came, went or changed."""
    short = new.scheme.short
    for word, terms in (("added", change.added), ("removed", change.removed)):
        yield f"{number(len(terms), 'term')} {word}"
        yield from few([f"{short(t.iri)} {t.label} ({t.kind})" for t in terms], top)
    relabelled = [f"{short(r.iri)} {r.old} -> {r.new}" for r in change.relabelled]
    yield f"{number(len(relabelled), 'term')} relabelled"
    yield from few(relabelled, top)
    if change.alt_labels:
        yield f"{number(len(change.alt_labels), 'term')} with other alternative labels"
    classes = change.changed_classes
    yield f"{number(len(classes), 'term')} with other axioms"
    lines = []
    for axiom in change.axioms:
        lines.append(f"{short(axiom.iri)} {axiom.label}: {axiom.kind}")
        lines += [f"  - {text}" for text in axiom.removed]
        lines += [f"  + {text}" for text in axiom.added]
    for line in lines if top is None else lines[: 3 * top]:
        yield f"  {'  ' if line.startswith('  ') else ''}{plain(line)}"
    if top is not None and len(lines) > 3 * top:
        yield "  ... and more (--all lists them)"
    if change.kinds:
        yield f"{number(len(change.kinds), 'term')} of another kind"
        kinds = [f"{short(k.iri)} {k.label}: {k.old} -> {k.new}" for k in change.kinds]
        yield from few(kinds, top)


def of_hierarchy(
    change: VocabularyDiff, old: Vocabulary, new: Vocabulary, top: int | None
) -> Iterator[str]:
    """Say what the reasoned hierarchy gains and loses."""
    for word, pairs, side in (
        ("gained", change.gained, new),
        ("lost", change.lost, old),
    ):
        yield f"{number(len(pairs), 'pair')} of the hierarchy {word}"
        lines = [
            f"{told(side, lower)} is {'' if word == 'gained' else 'no longer '}"
            f"a kind of {told(side, upper)}"
            for lower, upper in pairs
        ]
        yield from few(lines, top)


def told(vocabulary: Vocabulary, iri: str) -> str:
    """Write a term with its label."""
    term = vocabulary.terms.get(iri)
    name = vocabulary.scheme.short(iri)
    return f"{name} {term.label}" if term and term.label not in ("", name) else name


def of_rows(word: str, rows: Sequence[Touched], top: int | None) -> Iterator[str]:
    """Say which rows name a term that changes."""
    from collections import Counter

    counts = Counter(row.what for row in rows)
    said = ", ".join(f"{count} {what}" for what, count in counts.most_common())
    yield f"{number(len(rows), word)} touched{f': {said}' if said else ''}"
    order = list(dict.fromkeys(SEVERITY))
    ranked = sorted(rows, key=lambda r: (order.index(r.what), r.file, r.line))
    lines = [f"{r.file}:{r.line}: {r.label}: {r.what}: {r.detail}" for r in ranked]
    yield from few(lines, top)


SEVERITY = ("removed", "deprecated", "no-technique", "relabelled", "axioms", "moved")


def parse_choice(text: str) -> tuple[str, str | None]:
    """Read ``ID=VERSION`` or ``ID=FILE``; a bare file or version is PaNET's."""
    name, sign, version = text.partition("=")
    if not sign:
        return "panet", text
    return name.casefold(), version or None


def chosen(choices: tuple[str, ...]) -> dict[str, Any]:
    """Open the vocabularies that ``--ontology`` names, the current ones besides."""
    from panharvest.vocabulary.opening import open_vocabulary

    given = dict(parse_choice(text) for text in choices)
    if unknown := set(given) - set(HIERARCHIES):
        known = ", ".join(HIERARCHIES)
        raise ConfigError(f"--ontology: '{min(unknown)}' is unknown; write {known}")
    return {name: open_vocabulary(name, given.get(name)) for name in HIERARCHIES}


ontology_option = click.option(
    "--ontology",
    "choices",
    multiple=True,
    metavar="ID=VERSION|FILE",
    help="Use another version of a vocabulary, e.g. panet=PaNET.csv; repeatable.",
)
