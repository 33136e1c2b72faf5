"""``panharvest map``: what a file gives, and why."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import REFUSED, Failure, State, source_options
from panharvest.cli.output import document, plain
from panharvest.cli.tracing import trace_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.events import FileRefused
    from panharvest.mapping import Mapped
    from panharvest.policy import Timeline
    from panharvest.protocols import Raw
    from panharvest.publish import Context
    from panharvest.record import Record

FORMS = (
    *("record", "oai_dc", "datacite", "oai_datacite", "rdf", "pan", "schemaorg"),
    *("dcat", "dcat-json", "datacite-json"),
)


@click.command("map")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "form",
    type=click.Choice(FORMS),
    help="The document to write; without it: record (JSON).",
)
@click.option(
    "--trace",
    is_flag=True,
    help="Explain every value in place of the document (with --as: beside it, on the "
    "standard error).",
)
@click.option(
    "--from",
    "source",
    metavar="KIND",
    help="What the files are: nexus, scicat, icat, icatplus, panosc, or the source of "
    "a package; without it: what they look like.",
)
@source_options
@click.pass_context
def map_command(
    ctx: click.Context,
    files: tuple[Path, ...],
    form: str | None,
    trace: bool,
    source: str | None,
    facility: str | None,
    manifest: Path | None,
    per_entry: bool,
) -> None:
    """Read files and write what harvesters would get of them.

    FILES are NeXus, or documents of catalogues (JSON, YAML, XML), which are read
    together. Nothing is stored. Records are written as they are once the data is open.
    """
    state: State = ctx.obj
    context = state.context()
    refused: list[str] = []
    nexus, catalogued = _sorted(files, source, refused)
    groups = _documents(state, catalogued, context, facility, refused)
    if nexus:
        groups += _read(nexus, context, facility, manifest, per_entry, refused)
    elif manifest or per_entry:
        raise Failure("--manifest and --per-entry are for NeXus files")
    for raws in groups:
        refused += _show(state, context, raws, form, trace=trace)
    for line in refused:
        click.echo(f"refused: {plain(line)}", err=True)
    if refused:
        ctx.exit(REFUSED)


def _sorted(
    files: tuple[Path, ...], source: str | None, refused: list[str]
) -> tuple[tuple[Path, ...], dict[str, list[Path]]]:
    """Part NeXus from documents of catalogues, and these by their source."""
    from panharvest.errors import SkipError
    from panharvest.filenames import is_candidate
    from panharvest.sources.catalogues.detecting import is_document, system_of
    from panharvest.sources.catalogues.registry import kinds

    if source is not None and source not in (known := ["nexus", *kinds()]):
        raise Failure(
            f"--from: no source '{plain(source)}'; there are {', '.join(known)}"
        )
    if any(str(path).startswith(("http:", "https:")) for path in files):
        raise Failure(
            "map reads files; a service is read by: panharvest ingest KIND URL"
        )
    nexus: list[Path] = []
    catalogued: dict[str, list[Path]] = {}
    for path in files:
        looks_nexus = (
            not path.is_file() or is_candidate(path.name) or not is_document(path)
        )
        if source == "nexus" or (source is None and looks_nexus):
            nexus.append(path)
            continue
        try:
            kind = source or system_of(path)
        except (SkipError, OSError) as problem:
            refused.append(f"{plain(path)}: {plain(problem)}")
            continue
        if kind is None:
            refused.append(
                f"{plain(path)}: not a document of a catalogue that is known (--from "
                "says of which it is; metadata of other forms: panharvest convert)"
            )
        else:
            catalogued.setdefault(kind, []).append(path)
    return tuple(nexus), catalogued


def _documents(
    state: State,
    catalogued: dict[str, list[Path]],
    context: Context,
    facility: str | None,
    refused: list[str],
) -> list[list[Raw]]:
    """Give the raw records of documents of catalogues, each by itself."""
    from panharvest.catalogued import CATALOGUE, Position
    from panharvest.ingest import check_facilities
    from panharvest.mapping.entries import encode
    from panharvest.sources.catalogues.registry import open_source

    check_facilities(context, facility, ())
    hints = {"facility": facility} if facility else {}
    found = []
    for kind, paths in catalogued.items():
        with closing(open_source(kind, [str(path) for path in paths])) as source:
            for page in source.pages(Position(), state.clock()):
                refused += [one.reason for one in page.refused]
                found += [
                    [encode(entry, f"{CATALOGUE}{kind}:files", hints)]
                    for entry in page.entries
                ]
                for note in page.notes:
                    click.echo(f"note: {plain(note)}", err=True)
    return found


def _read(
    files: tuple[Path, ...],
    context: Context,
    facility: str | None,
    manifest: Path | None,
    per_entry: bool,
    refused: list[str],
) -> list[list[Raw]]:
    """Give the raw records, those of a dataset together."""
    from panharvest.errors import SkipError
    from panharvest.ingest import check_facilities, read_files
    from panharvest.manifest import read_manifest
    from panharvest.walking import walk

    missing: list[FileRefused] = []
    paths = list(walk(files, missing))
    refused += [f"{plain(one.path)}: {plain(one.reason)}" for one in missing]
    rows, _ = read_manifest(manifest).assign(paths) if manifest else ({}, [])
    check_facilities(context, facility, rows.values())
    datasets: dict[str, list[Raw]] = {}
    wanted = context.tables.wanted
    with closing(
        read_files(paths, wanted, rows=rows, facility=facility, per_entry=per_entry)
    ) as results:
        for path, given in results:
            if isinstance(given, SkipError):
                reason = given.message.removeprefix(f"{path}: ")
                refused.append(f"{plain(path)}: {plain(reason)}")
                continue
            for raw in given:
                datasets.setdefault(raw.dataset, []).append(raw)
    return list(datasets.values())


def _show(
    state: State,
    context: Context,
    raws: Sequence[Raw],
    form: str | None,
    *,
    trace: bool,
) -> list[str]:
    """Write what one dataset gives; say why it cannot be written."""
    from panharvest.policy import decide
    from panharvest.publish import map_raws

    mapped = map_raws(raws, context)
    record = mapped.record
    place = plain(raws[0].native_id)
    facility = record.facility
    profile = context.facilities.get(facility.id) if facility else None
    timeline = decide(record, profile, mapped.claims)
    for problem in mapped.problems:
        said = f"{problem.level}: {problem.code} {problem.field}: {problem.message}"
        click.echo(f"{place}: {plain(said)}", err=True)
    if trace:
        for line in _trace(place, mapped, timeline):
            click.echo(line, err=form is not None)
    if trace and form is None:
        return []
    body = _written(state, context, record, timeline, form or "record")
    if body is None:
        return [f"{place}: the record cannot be written as {form}"]
    document(body)
    return []


def _written(
    state: State, context: Context, record: Record, timeline: Timeline, form: str
) -> bytes | None:
    import msgspec

    from panharvest.config import check_base_url
    from panharvest.formats import DOCUMENTS
    from panharvest.policy import Phase, Visibility
    from panharvest.protocols import BASE_URL
    from panharvest.publish import landing_page, shown_in
    from panharvest.record import to_json

    if form == "record":
        return msgspec.json.format(to_json(record), indent=2) + b"\n"
    if record.landing_page is None:
        from dataclasses import replace

        record = replace(record, landing_page=landing_page(record.id))
    opened = shown_in(Phase(None, Visibility.OPEN, ""), record, timeline)
    body = {**DOCUMENTS, **context.formats}[form].write(opened) if opened else None
    base = check_base_url(state.configured.serve.base_url or "http://127.0.0.1:8000")
    if not body:
        return None
    body = body.replace(BASE_URL.encode(), base.encode())
    return _indented(body) if body[:1] == b"<" else body.rstrip(b"\n") + b"\n"


def _indented(body: bytes) -> bytes:
    from lxml import etree

    parser = etree.XMLParser(
        no_network=True, resolve_entities=False, remove_blank_text=True
    )
    root = etree.fromstring(body, parser)
    etree.indent(root)
    written: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return written


def _trace(place: str, mapped: Mapped, timeline: Timeline) -> Iterator[str]:
    """Explain a record."""
    when = timeline.opens_at.isoformat() if timeline.opens_at else "no date"
    return trace_lines(
        f"{place}: {plain(mapped.record.id)}",
        f"{when} ({timeline.code}): {plain(timeline.reason)}",
        mapped.trace,
        mapped.leftovers,
    )
