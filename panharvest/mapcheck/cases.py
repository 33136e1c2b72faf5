"""M051: golden cases: a small input, and the record and documents it must give.

A case is a folder: ``input.json`` (the outline of a NeXus file) or ``input.nxs`` and
``expected.json`` (fields of the record; what is not named is not compared), beside it
``expected.<format>.xml`` for documents, ``expected.ttl`` for the graph.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from panharvest.errors import PanharvestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdflib import Graph

    from panharvest.mapping import Mapped
    from panharvest.publish import Context
    from panharvest.record import Record

EXPECTED = "expected.json"
TURTLE = "expected.ttl"
INPUTS = ("input.json", "input.nxs", "input.h5", "input.hdf5", "input.hdf")
# Fields that say where and when something was read, not what it means
VOLATILE = frozenset(
    {"files", "provenance", "created", "modified", "landing_page"}
    | {"size", "size_exact"}
)
MAX_BYTES = 4 * 1024 * 1024
MISSING = object()
EMPTY: tuple[object, ...] = (None, [], {}, "", MISSING)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a result is not what is expected: the file, and what is wrong."""

    file: Path
    message: str


def input_of(folder: Path) -> Path | None:
    """Give the input of a case, or None."""
    return next((p for name in INPUTS if (p := folder / name).is_file()), None)


@cache
def context_for(root: Path | None) -> Context:
    """Give what mapping needs, with the tables of a folder like ``ontologies/``."""
    from panharvest.building import build_context
    from panharvest.config import Settings

    return build_context(Settings(ontologies=str(root) if root else None))


def tables_of(folder: Path) -> Path | None:
    """Give the folder of tables that a case belongs to; None for ours."""
    for place in folder.resolve().parents:
        if (place / "mappings" / "nexus-record.sssom.tsv").is_file():
            return place
    return None


def check_case(folder: Path) -> list[Difference]:
    """Run a case and compare what it gives."""
    expected = folder / EXPECTED
    try:
        wanted = json.loads(expected.read_text("utf-8"))
        mapped, context = run_case(folder)
    except (OSError, ValueError, PanharvestError) as problem:
        return [Difference(expected, str(problem))]
    if not isinstance(wanted, dict):
        return [Difference(expected, "is not a JSON object")]
    found = [
        Difference(expected, line)
        for line in differences(
            wanted, {k: as_json(mapped.record).get(k) for k in wanted}
        )
    ]
    for file in sorted(folder.glob("expected.*.xml")):
        prefix = file.name.split(".")[1]
        body = document(mapped, context, prefix)
        if body is None:
            found.append(Difference(file, f"the record cannot be written as {prefix}"))
        elif canonical(body) != canonical(file.read_bytes()):
            found.append(Difference(file, first_difference(body, file.read_bytes())))
    turtle = folder / TURTLE
    if turtle.is_file():
        found += check_turtle(turtle, mapped.record)
    return found


def check_turtle(file: Path, record: Record) -> list[Difference]:
    """Compare the graph of a record with a file; names of blank nodes do not count."""
    from rdflib import Graph
    from rdflib.compare import graph_diff, to_isomorphic

    wanted = Graph()
    try:
        wanted.parse(data=file.read_text("utf-8"), format="turtle")
    except (SyntaxError, ValueError, LookupError, TypeError) as problem:
        return [Difference(file, f"is not Turtle: {str(problem).splitlines()[0]}")]
    given, wanted_ = to_isomorphic(graph_for(record)), to_isomorphic(wanted)
    if given == wanted_:
        return []
    _, less, more = graph_diff(wanted_, given)
    lines = [
        f"{what}: {' '.join(node.n3() for node in triple)[:200]}"
        for what, part in (("missing", less), ("not expected", more))
        for triple in sorted(part)[:5]
    ]
    return [Difference(file, line) for line in lines]


def graph_for(record: Record) -> Graph:
    """Give the graph of the record of a case."""
    from panharvest.mapcheck.records import addressed

    return addressed(record).to_graph()


def accept(folder: Path) -> list[Path]:
    """Write what a case gives now as what it must give; give the changed files."""
    mapped, context = run_case(folder)
    known = as_json(mapped.record)
    kept = filled({k: v for k, v in known.items() if k not in VOLATILE})
    written = json.dumps(kept, indent=2, ensure_ascii=False)
    texts = {folder / EXPECTED: written.encode() + b"\n"}
    for file in sorted(folder.glob("expected.*.xml")):
        body = document(mapped, context, file.name.split(".")[1])
        if body is not None:
            texts[file] = indented(body)
    if (folder / TURTLE).is_file():
        turtle = graph_for(mapped.record).serialize(format="longturtle")
        if check_turtle(folder / TURTLE, mapped.record):
            texts[folder / TURTLE] = turtle.encode()
    changed = []
    for file, data in texts.items():
        if not file.is_file() or file.read_bytes() != data:
            file.write_bytes(data)
            changed.append(file)
    return changed


def run_case(folder: Path) -> tuple[Mapped, Context]:
    """Read and map the input of a case."""
    from tempfile import TemporaryDirectory

    from panharvest.publish import map_raws
    from panharvest.sources.nexus import read_raws

    given = input_of(folder)
    if given is None:
        raise ValueError(f"there is no input: one of {', '.join(INPUTS)}")
    context = context_for(tables_of(folder))
    with TemporaryDirectory() as place:
        path = given
        if given.suffix == ".json":
            path = Path(place, f"{folder.name}.nxs")
            write_outline(given, path)
        raws = read_raws(path, context.tables.wanted)
        return map_raws(raws, context), context


def write_outline(source: Path, path: Path) -> None:
    """Write the NeXus file that an outline in JSON describes.

    ``"name:NXclass": {...}`` is a group, ``"@name"`` an attribute, ``"name": value`` a
    field, with units ``"name": {"value": 1.5, "units": "angstrom"}``.
    """
    from panharvest.demo_writing import write_nexus

    if source.stat().st_size > MAX_BYTES:
        raise ValueError(f"{source.name}: more than {MAX_BYTES:,} bytes")
    outline = json.loads(source.read_text("utf-8"))
    if not isinstance(outline, dict):
        raise ValueError(f"{source.name}: is not a JSON object")  # noqa: TRY004 - its content is wrong
    write_nexus(path, content(outline))


def content(outline: Mapping[str, Any]) -> dict[str, Any]:
    """Turn fields with units into pairs."""
    found: dict[str, Any] = {}
    for name, value in outline.items():
        if isinstance(value, dict) and set(value) == {"value", "units"}:
            found[name] = (value["value"], value["units"])
        else:
            found[name] = content(value) if isinstance(value, dict) else value
    return found


def as_json(record: Record) -> dict[str, Any]:
    """Give a record as plain values."""
    from panharvest.record import to_json

    found: dict[str, Any] = json.loads(to_json(record))
    return found


def document(mapped: Mapped, context: Context, prefix: str) -> bytes | None:
    """Write a record in a format, as it is once its data is open."""
    from panharvest.policy import Phase, Visibility, decide
    from panharvest.protocols import BASE_URL
    from panharvest.publish import landing_page, shown_in

    form = context.formats.get(prefix)
    if form is None:
        return None
    record = mapped.record
    if record.landing_page is None:
        record = replace(record, landing_page=landing_page(record.id))
    facility = record.facility
    profile = context.facilities.get(facility.id) if facility else None
    timeline = decide(record, profile, mapped.claims)
    opened = shown_in(Phase(None, Visibility.OPEN, ""), record, timeline)
    body = form.write(opened) if opened else None
    return (
        None
        if body is None
        else body.replace(BASE_URL.encode(), b"https://example.org")
    )


def differences(wanted: Any, found: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Give what differs between two values of JSON, by path."""
    place = path or "the record"
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in dict.fromkeys((*wanted, *found)):
            below = f"{path}.{key}" if path else key
            yield from differences(
                wanted.get(key, MISSING), found.get(key, MISSING), below
            )
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            yield f"{place}: {len(found)} values where {len(wanted)} are expected"
        for number, (one, two) in enumerate(zip(wanted, found, strict=False)):
            yield from differences(one, two, f"{path}[{number}]")
    elif wanted != found and not (wanted in EMPTY and found in EMPTY):
        yield f"{place}: is {said(found)}, expected {said(wanted)}"


def filled(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out what is empty: a field that the record gets later changes no case."""
    if isinstance(value, dict):
        kept = {key: filled(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in EMPTY}
    return [filled(one) for one in value] if isinstance(value, list) else value


def said(value: object) -> str:
    """Give a value on one line."""
    text = "nothing" if value is MISSING or value is None else json.dumps(value)
    return text if len(text) < 120 else f"{text[:119]}…"


def canonical(body: bytes) -> bytes:
    """Give XML in canonical form, without blanks between elements."""
    from lxml import etree

    parser = etree.XMLParser(
        no_network=True, resolve_entities=False, remove_blank_text=True
    )
    written: bytes = etree.tostring(etree.fromstring(body, parser), method="c14n")
    return written


def indented(body: bytes) -> bytes:
    """Give XML as people read it."""
    from lxml import etree

    root = etree.fromstring(canonical(body))
    etree.indent(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"


def first_difference(body: bytes, wanted: bytes) -> str:
    """Give the first line in which two documents differ."""
    found = indented(body).decode().splitlines()
    given = indented(wanted).decode().splitlines()
    for one, two in zip(found, given, strict=False):
        if one != two:
            return f"is '{one.strip()[:100]}', expected '{two.strip()[:100]}'"
    return f"{len(found)} lines where {len(given)} are expected"
