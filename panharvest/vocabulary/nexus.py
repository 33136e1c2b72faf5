"""NeXus: the paths of NXDL with types, unit categories and values, and their IRIs.

The IRI of a path is computed, not looked up: the NeXus ontology makes it from the path
by a rule, so that its 10 MB are not needed.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import parse_table, resource, split_cell, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lxml.etree import _Element

NEXUS = "https://w3id.org/PaN/NeXus/definitions#"
CURRENT = "2026.01"
COLUMNS = ("path", "kind", "type", "units", "enum", "deprecated", "extends")
KINDS = ("definition", "group", "field", "attribute", "link")
FOLDERS = {
    "base_classes": "base",
    "applications": "application",
    "contributed_definitions": "contributed",
}
NXDL = "{http://definition.nexusformat.org/nxdl/3.1}"
MAX_BYTES = 4 * 1024 * 1024  # of one definition; the largest has 0.2
OLD = re.compile(
    r"https?://purl\.org/nexusformat/definitions/"
    r"(?:(?:BaseClass|Application|Field|Group|Attribute|Units)/)?(?P<name>[\w/-]+)"
)


@dataclass(frozen=True, slots=True)
class NexusTerm:
    """A path of NXDL.

    Parameters
    ----------
    path
        ``NXdetector/polar_angle``, ``NXroot@file_time``; groups without a fixed name
        stand in capitals (``NXtomo/ENTRY/INSTRUMENT``).
    kind
        ``definition``, ``group``, ``field``, ``attribute`` or ``link``.
    type
        ``NX_FLOAT``; the class of a group; of a definition ``base``, ``application``,
        ``contributed`` (a base class) or ``contributed-application``.
    units
        Category of units (``NX_LENGTH``) or ``""``.
    enum
        The values it may have, when they are listed.
    extends
        The definition that a definition builds on.
    """

    path: str
    kind: str
    type: str = ""
    units: str = ""
    enum: tuple[str, ...] = ()
    deprecated: bool = False
    extends: str = ""

    @property
    def iri(self) -> str:
        """The IRI of this path in the NeXus ontology."""
        return nexus_iri(self.path, self.kind)

    @property
    def is_application(self) -> bool:
        """Whether this is an application definition, contributed or not."""
        return self.kind == "definition" and self.type.endswith("application")


def nexus_iri(path: str, kind: str) -> str:
    """Give the IRI of a path: ``nxdetector-polar-angle-field``.

    A definition keeps its case (``NXdetector``); of anything else the path is written
    small, with hyphens, and the kind at its end.
    """
    if kind == "definition":
        return NEXUS + path
    return f"{NEXUS}{re.sub(r'[/_@]', '-', path).lower()}-{kind}"


def normalise_nexus(text: str) -> str | None:
    """Give the present IRI for one of any generation, as far as it can be told.

    The IRIs of 2021 name a field like an instance (``NXsource-probe``) and those of
    2024 a path (``Field/NXsource/probe``). None when it is no IRI of NeXus.
    """
    bare = text.strip().strip("<>").strip()
    if bare.startswith(NEXUS):
        return bare
    if bare.startswith("nxo:"):
        return NEXUS + bare.removeprefix("nxo:")
    found = OLD.fullmatch(bare)
    if found is None:
        return None
    kind = re.search(r"/(Field|Group|Attribute)/", bare)
    name = found["name"]
    if kind is None and "-" not in name and "/" not in name:
        return NEXUS + name
    return nexus_iri(
        name.replace("-", "/", 1) if kind is None else name,
        kind[1].lower() if kind else "field",
    )


@cache
def nexus(version: str = CURRENT) -> Mapping[str, NexusTerm]:
    """Load the paths of a version of NXDL that is shipped, by path.

    Raises
    ------
    ConfigError
        When the version is not shipped or its table is damaged.
    """
    source = resource("nexus", f"{version}.tsv.gz")
    if not re.fullmatch(r"[\w.-]+", version) or not source.is_file():
        raise ConfigError(f"NXDL {version} is not among the versions in ontologies")
    try:
        text = gzip.decompress(source.read_bytes()).decode()
    except (OSError, EOFError, UnicodeDecodeError):
        raise ConfigError(f"{source.name}: is not gzip of UTF-8") from None
    return read_nexus(text, source.name)


def read_nexus(text: str, name: str) -> dict[str, NexusTerm]:
    """Read a table of paths.

    Raises
    ------
    ConfigError
        Naming file and line.
    """
    terms: dict[str, NexusTerm] = {}
    for line, row in enumerate(parse_table(split_lines(text), name, COLUMNS), 2):
        if row["kind"] not in KINDS or row["path"] in terms:
            raise ConfigError(
                f"{name}:{line}: '{row['path']}' is there twice or has an unknown kind"
            )
        terms[row["path"]] = NexusTerm(
            path=row["path"],
            kind=row["kind"],
            type=row["type"],
            units=row["units"],
            enum=split_cell(row["enum"]),
            deprecated=bool(row["deprecated"]),
            extends=row["extends"],
        )
    return terms


def definitions(version: str = CURRENT) -> tuple[NexusTerm, ...]:
    """Give the application definitions, the official ones first, each group sorted."""
    found = (term for term in nexus(version).values() if term.is_application)
    return tuple(sorted(found, key=lambda term: (term.type, term.path)))


def import_nxdl(folder: Path) -> str:
    """Give the table of a folder of NXDL definitions.

    Names, types, unit categories and enumerations are taken over, no documentation.

    Parameters
    ----------
    folder
        With ``base_classes`` and, as far as there are such, ``applications`` and
        ``contributed_definitions``, each holding ``*.nxdl.xml``.

    Raises
    ------
    ConfigError
        When there are no definitions, or one is not NXDL; the file is named.
    """
    lines = ["\t".join(COLUMNS)]
    seen: set[str] = set()
    for name, category in FOLDERS.items():
        for file in sorted((folder / name).glob("*.nxdl.xml")):
            root = parse_definition(file)
            for term in walk_definition(root, category):
                if term.path not in seen:
                    seen.add(term.path)
                    lines.append(line_of(term))
    if len(lines) == 1:
        wanted = ", ".join(FOLDERS)
        raise ConfigError(f"{folder.name}: holds no *.nxdl.xml in {wanted}")
    return "\n".join(lines) + "\n"


def line_of(term: NexusTerm) -> str:
    """Write a path as a line of the table."""
    enum = "|".join(re.sub(r"[\s|]+", " ", one).strip() for one in term.enum)
    deprecated = "deprecated" if term.deprecated else ""
    cells = (term.path, term.kind, term.type, term.units, enum, deprecated)
    return "\t".join((*cells, term.extends))


def parse_definition(file: Path) -> _Element:
    """Read one definition."""
    from lxml import etree

    from panharvest.documents import xml_parser

    try:
        if file.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{file.name}: is larger than {MAX_BYTES} bytes")
        root = etree.fromstring(file.read_bytes(), xml_parser(bare=True))
    except OSError as problem:
        reason = problem.strerror or "not readable"
        raise ConfigError(f"{file.name}: {reason}") from None
    except etree.XMLSyntaxError as problem:
        raise ConfigError(f"{file.name}:{problem.lineno}: {problem.msg}") from None
    if root.tag != f"{NXDL}definition" or not root.get("name"):
        raise ConfigError(f"{file.name}: is no NXDL 3.1 definition")
    return root


def walk_definition(root: _Element, category: str) -> Iterator[NexusTerm]:
    """Give the definition and all paths below it."""
    kind = root.get("category") or "base"
    if category == "contributed" and kind == "application":
        category = "contributed-application"
    name = root.get("name") or ""
    extends = root.get("extends") or ""
    yield NexusTerm(
        name,
        "definition",
        category,
        deprecated=root.get("deprecated") is not None,
        extends="" if extends == name else extends,
    )
    yield from walk_members(root, name)


def walk_members(node: _Element, path: str) -> Iterator[NexusTerm]:
    """Give the paths below a group, a choice or a field."""
    for child in node:
        kind = str(child.tag).removeprefix(NXDL)
        if kind == "choice":
            yield from walk_members(child, path)
            continue
        if kind not in KINDS[1:]:
            continue
        nx_type = child.get("type") or ("" if kind in ("group", "link") else "NX_CHAR")
        name = child.get("name") or nx_type.removeprefix("NX").upper()
        place = f"{path}@{name}" if kind == "attribute" else f"{path}/{name}"
        yield NexusTerm(
            place,
            kind,
            nx_type,
            child.get("units") or "",
            enumeration(child),
            child.get("deprecated") is not None,
        )
        yield from walk_members(child, place)


def enumeration(node: _Element) -> tuple[str, ...]:
    """Give the listed values of a field or attribute."""
    items = node.findall(f"{NXDL}enumeration/{NXDL}item")
    return tuple(value for one in items if (value := one.get("value")))
