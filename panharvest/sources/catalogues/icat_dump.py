"""Dumps of an ICAT: YAML and XML of python-icat, ICAT's own export, JSON of REST.

All of them become a graph of objects (:mod:`icat_graph`), from which documents are
taken. What an object lacks in a file (an ingest file names an investigation and says
nothing more of it) it lacks in the document too, and stays hidden.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Refused
from panharvest.documents import local_name
from panharvest.errors import SkipError
from panharvest.sources.catalogues.files import (
    RAW,
    encoded,
    kind_of,
    parse_any,
    read_files,
)
from panharvest.sources.catalogues.icat_graph import (
    ROOTS,
    TO_ONE,
    Document,
    Graph,
    entry,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lxml.etree import _Element

    from panharvest.catalogued import Entry

NUMBERS = frozenset(
    {"fileSize", "fileCount", "numericValue", "rangeTop", "rangeBottom", "error"}
    | {"daysUntilRelease"}
)
XML_ROOTS = ("icatdata", "icatingest")
_HEAD = re.compile(r"([A-Z]\w+)\((.*)\)\s*")


@dataclass(slots=True)
class Catalogue:
    """What the files of an ICAT hold."""

    graph: Graph = field(default_factory=Graph)
    direct: dict[str, Entry] = field(default_factory=dict)  # REST: whole already

    def take(self, paths: Sequence[Path]) -> Iterator[Refused]:
        """Read files; gives what cannot be used."""
        for path, body in read_files(paths):
            try:
                if is_export(body):
                    read_export(body, self.graph)
                    continue
                form, value = parse_any(path, body)
                if form == "json":
                    yield from self._rest(value, path.name)
                elif form == "xml":
                    read_xml(value, self.graph)
                else:
                    yield from self._yaml(value, path.name)
            except SkipError as error:
                yield Refused(
                    error.code, f"{path.name}: {error}", path.name, body[:RAW]
                )
        self.graph.link()

    def _rest(self, value: Any, name: str) -> Iterator[Refused]:  # noqa: ANN401 - JSON
        for index, one in enumerate(value if isinstance(value, list) else [value]):
            place = f"{name}[{index}]"
            made = list(rest_entries(one))
            if not made:
                yield Refused(
                    "document.unknown",
                    f"{place}: not an investigation, dataset or data publication of "
                    f"ICAT, but {told_of(one)}",
                    place,
                    encoded(one)[:RAW],
                )
            for found in made:
                self.direct[found.id] = found

    def _yaml(self, documents: list[Any], name: str) -> Iterator[Refused]:
        for index, one in enumerate(documents):
            if one is None:
                continue
            if not isinstance(one, dict):
                yield Refused(
                    "document.unknown", f"{name}: document {index} is no table"
                )
                continue
            known = {k: v for k, v in one.items() if isinstance(k, str)}
            if any("_" in key for key in known) and "investigations" in known:
                read_example(known, self.graph)
                continue
            for entity, objects in known.items():
                kind = entity[:1].upper() + entity[1:]
                if not isinstance(objects, dict):
                    place = f"{name}: {entity}"
                    yield Refused("document.unknown", f"{place} is no table", place)
                    continue
                for key, held in objects.items():
                    if isinstance(held, dict):
                        self.graph.add(kind, str(key), held)
                    else:
                        place = f"{name}: {entity} {key}"
                        yield Refused(
                            "document.member",
                            f"{place}: not an object",
                            place,
                            encoded(held)[:RAW],
                        )

    def entries(self) -> Iterator[Entry]:
        """Give all documents."""
        yield from self.graph.entries()
        yield from self.direct.values()

    def notes(self) -> Iterator[str]:
        """Say nothing: what is no record completes others, or is refused."""
        yield from ()


def told_of(value: object) -> str:
    """Say what a document is instead of one that is known."""
    if isinstance(value, dict):
        names = ", ".join(map(str, list(value)[:6]))
        return f"an object with {names[:200] or 'nothing'}"
    return kind_of(value)


def rest_entries(value: object) -> Iterator[Entry]:
    """Give the entries of one member of an answer of ``/icat/entityManager``."""
    if not isinstance(value, dict):
        return
    for entity in ROOTS:
        held = value.get(entity)
        if isinstance(held, dict) and (made := rest_entry(entity, held)) is not None:
            yield made


def rest_entry(entity: str, document: Mapping[str, Any]) -> Entry | None:
    """Make an entry of an object with its id and all that was included."""
    key = document.get("id")
    local = name_of(entity, document)
    if local is None and key is None:
        return None
    return entry(entity, document, local or str(key), None if key is None else str(key))


def read_xml(root: _Element, graph: Graph) -> None:
    """Read ``icatdata`` or ``icatingest`` as python-icat writes and reads them.

    Raises
    ------
    SkipError
        When it is another kind of XML.
    """
    if local_name(root.tag) not in XML_ROOTS:
        raise SkipError(
            "document.unknown",
            f"XML with the root {local_name(root.tag)}, which is no dump of ICAT",
        )
    for number, data in enumerate(one for one in root if local_name(one.tag) == "data"):
        for index, one in enumerate(data):
            tag = local_name(one.tag)
            kind = (tag[:1].upper() + tag[1:]).removesuffix("Ref")
            key = one.get("id") or f"{kind}#{number}.{index}"
            value = _element(one)
            if tag.endswith("Ref"):  # names something, by what makes it unique
                found = natural(graph, kind, value)
                graph.add(kind, key, graph.objects[kind][found] if found else value)
                if kind in ROOTS and not found:  # no record of its own: only named
                    graph.objects[kind][key] = value
                    graph.objects.setdefault(f"{kind}!named", {})[key] = value
            else:
                graph.add(kind, key, value)
    for kind in ROOTS:  # what was only named is an object to refer to, not a document
        for key in graph.objects.pop(f"{kind}!named", {}):
            held = graph.objects[kind].pop(key)
            _inline(graph, key, held)


def _inline(graph: Graph, key: str, value: Document) -> None:
    """Put an object that was only named in the places that refer to it."""
    for objects in graph.objects.values():
        for one in objects.values():
            for name, held in one.items():
                if held == key and name in TO_ONE:
                    one[name] = dict(value)


def natural(graph: Graph, kind: str, value: Mapping[str, Any]) -> str | None:
    """Find an object by the values that name it."""
    wanted = {k: v for k, v in value.items() if isinstance(v, str)}
    for key, one in graph.objects.get(kind, {}).items():
        if wanted and all(one.get(k) == v for k, v in wanted.items()):
            return key
    return None


def _element(element: _Element) -> Document:
    """Turn an element into an object; what repeats becomes a list."""
    made: Document = {
        name: value
        for name, value in element.attrib.items()
        if name not in ("id", "ref") and "." not in name and isinstance(name, str)
    }
    for name, value in element.attrib.items():
        if str(name).endswith(".ref"):
            made[str(name).removesuffix(".ref")] = value
    for child in element:
        name = local_name(child.tag)
        inner: Any
        if child.get("ref") is not None:
            inner = child.get("ref")
        elif len(child) or child.attrib:
            inner = _element(child)
        else:
            inner = _value(name, child.text or "")
        if name in TO_ONE or name not in _LISTS:
            made[name] = inner
        else:
            made.setdefault(name, []).append(inner)
    return made


_LISTS = frozenset(
    {"datasetInstruments", "datasetTechniques", "parameters", "datafiles", "dates"}
    | {"investigationUsers", "investigationInstruments", "investigationGroups"}
    | {"investigationFacilityCycles", "keywords", "publications", "samples", "shifts"}
    | {"fundingReferences", "relatedItems", "subjects", "affiliations", "users"}
    | {"studyInvestigations", "userGroups", "dataCollectionDatasets", "datasets"}
    | {"dataCollectionDatafiles", "permissibleStringValues", "instrumentScientists"}
)


def _value(name: str, text: str) -> object:
    """Read a number where ICAT has one; all else is text."""
    if name in NUMBERS:
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return text


# --- ICAT's own export (/icat/port) ---------------------------------------------------


def is_export(body: bytes) -> bool:
    """Tell by its beginning whether a file is what ICAT itself exports."""
    return _HEAD.match(_first_table(body)) is not None


def _first_table(body: bytes) -> str:
    """Give the first line of an export that heads a table; empty when it is none."""
    lines = body[:4096].decode("utf-8", "replace").splitlines()
    if not lines or not re.fullmatch(r"\s*\d+(\.\d+)*\s*", lines[0]):
        return ""
    return next((line for line in lines[1:] if line.strip()), "")


def read_export(body: bytes, graph: Graph) -> None:
    """Read the text that ICAT itself exports: tables whose rows name others.

    Raises
    ------
    SkipError
        When a row has not the cells that its table has.
    """
    entity, shape, row_number = "", [], 0
    for line in csv_lines(body.decode("utf-8", "replace")):
        head = _HEAD.fullmatch(line)
        if head and not line.startswith('"'):
            entity, shape = head[1], shape_of(head[2])
            continue
        if not line.strip() or not entity or re.fullmatch(r"\s*\d+(\.\d+)*\s*", line):
            continue
        cells = cells_of(line)
        row_number += 1
        made, key = row_of(shape, cells, graph, entity)
        graph.add(entity, key or f"{entity}#{row_number}", made)


def csv_lines(text: str) -> Iterator[str]:
    """Give the rows of an export: a text within quotes may have line breaks."""
    held = ""
    for line in text.splitlines():
        held = f"{held}\n{line}" if held else line
        if held.replace('\\"', "").count('"') % 2 == 0:
            yield held
            held = ""
    if held:
        yield held


def cells_of(line: str) -> list[str | None]:
    """Give the cells of a row; NULL is None."""
    found = next(csv.reader([line], escapechar="\\", doublequote=False), [])
    bare = [one.strip() for one in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', line)]
    return [
        None if index < len(bare) and bare[index] == "NULL" else one
        for index, one in enumerate(found)
    ]


def shape_of(text: str) -> list[tuple[str, Any]]:
    """Read the head of a table: attributes with the cell they are in, or nested."""
    found: list[tuple[str, Any]] = []
    depth, start, parts = 0, 0, []
    for index, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    for part in [*parts, text[start:]]:
        name, mark, rest = part.strip().partition("(")
        if mark:
            found.append((name, shape_of(rest.removesuffix(")"))))
        else:
            name, _, cell = part.strip().partition(":")
            if not cell.isdigit():
                raise SkipError("document.export", f"the head of a table has '{part}'")
            found.append((name, int(cell)))
    return found


def row_of(
    shape: list[tuple[str, Any]], cells: list[str | None], graph: Graph, entity: str
) -> tuple[Document, str | None]:
    """Make an object of a row; what it refers to is found by what names it."""
    made: Document = {}
    for name, place in shape:
        if isinstance(place, list):
            named, _ = row_of(place, cells, graph, "")
            if not any(value is not None for value in named.values()):
                continue
            kind = TO_ONE.get(f"{entity}.{name}") or TO_ONE.get(name, name)
            made[name] = key_of(kind, named) if kind in graph.objects else named
        else:
            if place >= len(cells):
                raise SkipError("document.export", f"a row of {entity} is too short")
            value = cells[place]
            if value is not None and name != "?":
                made[name] = _value(name, value)
            elif value is not None:
                made["?"] = value
    key = key_of(entity, made) if entity else None
    return made, key


def key_of(kind: str, named: Mapping[str, Any]) -> str | None:
    """Give the key of an object of an export: what makes it unique."""
    if "?" in named:
        return f"{kind}:{named['?']}"
    unique = {
        "Investigation": ("name", "visitId"),
        "Dataset": ("investigation", "name"),
        "Sample": ("investigation", "name"),
        "Datafile": ("dataset", "name"),
        "ParameterType": ("name", "units"),
        "DatafileFormat": ("name", "version"),
    }.get(kind, ("name",))
    if not all(one in named for one in unique[:1]) or kind not in _KEYED:
        return None
    parts = [
        value
        if isinstance(value := named.get(one), str)
        else key_of(TO_ONE.get(one, ""), value)
        if isinstance(value, dict)
        else ""
        for one in unique
    ]
    return f"{kind}:" + "|".join(str(one) for one in parts)


_KEYED = frozenset({*TO_ONE.values()})


# --- python-icat's example content ----------------------------------------------------


def read_example(content: Mapping[str, Any], graph: Graph) -> None:
    """Read the content that python-icat's example scripts fill an ICAT with."""
    tables = {
        "facilities": "Facility",
        "users": "User",
        "instruments": "Instrument",
        "techniques": "Technique",
        "fundings": "FundingReference",
        "investigation_types": "InvestigationType",
        "dataset_types": "DatasetType",
        "parameter_types": "ParameterType",
        "sample_types": "SampleType",
        "datafile_formats": "DatafileFormat",
        "data_publication_types": "DataPublicationType",
    }
    for table, kind in tables.items():
        for key, held in (content.get(table) or {}).items():
            if isinstance(held, dict):
                graph.add(kind, str(key), dict(held))
    for key, held in (content.get("investigations") or {}).items():
        if isinstance(held, dict):
            _example_investigation(str(key), dict(held), graph)
    for key, held in (content.get("data_publications") or {}).items():
        if isinstance(held, dict):
            made = {k: v for k, v in held.items() if k not in ("dataset", "users")}
            made["fundingReferences"] = [
                {"funding": one} for one in held.get("fundingReferences") or ()
            ]
            made["users"] = held.get("users") or []
            graph.add("DataPublication", str(key), made)


def _example_investigation(key: str, held: Document, graph: Graph) -> None:
    people = [("Principal Investigator", held.pop("invpi", None))]
    people += [("Investigator", one) for one in held.pop("invcol", None) or ()]
    held.pop("invguest", None)
    held["investigationUsers"] = [{"role": r, "user": u} for r, u in people if u]
    instrument, sample = held.pop("instrument", None), held.pop("sample", None)
    if instrument:
        held["investigationInstruments"] = [{"instrument": instrument}]
    held["keywords"] = [
        {"name": one} for one in held.get("keywords") or () if isinstance(one, str)
    ]
    held["fundingReferences"] = [
        {"funding": one} for one in held.get("fundingReferences") or ()
    ]
    datasets = held.pop("datasets", None) or []
    samples = sample if isinstance(sample, list) else [sample] if sample else []
    for index, one in enumerate(samples):
        if isinstance(one, dict):
            graph.add("Sample", f"{key}/{index}", {**one, "investigation": key})
    graph.add("Investigation", key, held)
    for index, one in enumerate(datasets):
        if isinstance(one, dict):
            graph.add("Dataset", f"{key}/{index}", {**one, "investigation": key})
