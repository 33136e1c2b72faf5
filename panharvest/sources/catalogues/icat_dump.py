"""Dumps of an ICAT: YAML and XML of python-icat, ICAT's own export, JSON of REST.

All of them become a graph of objects (:mod:`icat_graph`), from which documents are
taken. What an object lacks in a file (an ingest file names an investigation and says
nothing more of it) it lacks in the document too, and stays hidden.
"""

from __future__ import annotations

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
from panharvest.sources.catalogues.icat_example import read_example
from panharvest.sources.catalogues.icat_export import is_export, read_export
from panharvest.sources.catalogues.icat_graph import (
    LISTED,
    ROOTS,
    TO_ONE,
    Document,
    Graph,
    entry,
    name_of,
    value_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lxml.etree import _Element

    from panharvest.catalogued import Entry

XML_ROOTS = ("icatdata", "icatingest")
ENTITIES = frozenset({*ROOTS, *LISTED, *TO_ONE.values()})  # what may be named


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
                    f"ICAT, but {kind_of(one)}",
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
            for number, (entity, objects) in enumerate(known.items(), 1):
                kind = entity[:1].upper() + entity[1:]
                shown = kind if kind in ENTITIES else f"table {number}"
                if not isinstance(objects, dict):
                    place = f"{name}: {shown}"
                    yield Refused("document.unknown", f"{place} is no table", place)
                    continue
                for row, (key, held) in enumerate(objects.items(), 1):
                    if isinstance(held, dict):
                        self.graph.add(kind, str(key), held)
                    else:
                        place = f"{name}: {shown}, object {row}"
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
            f"XML, but its root is none of {', '.join(XML_ROOTS)}: no dump of ICAT",
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
            inner = value_of(name, child.text or "")
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
