"""SSSOM/TSV: mappings between vocabularies, read strictly.

A file is refused, with its line, rather than read in part: a mapping that is dropped in
silence is a wrong answer later. Source: SSSOM 1.0, "TSV" (mappings in one table, the
metadata of the set as YAML in comment lines before it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import parse_table, read_text, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

Metadata = dict[str, "str | list[str] | dict[str, str]"]

REQUIRED_COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification")
ENTITIES = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# SSSOM 1.0, "Identifiers": these need not be declared in a curie_map
BUILT_IN = {
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sssom": "https://w3id.org/sssom/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "linkml": "https://w3id.org/linkml/",
}
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
KEY = re.compile(r"(?P<key>[A-Za-z_][\w.-]*)\s*:(?:\s+(?P<value>.*))?")


@dataclass(frozen=True, slots=True)
class MappingSet:
    """A file of mappings: what is said about all of them, and the rows as written."""

    name: str
    metadata: Metadata
    prefixes: dict[str, str]
    rows: tuple[dict[str, str], ...]

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Give the rows, one dictionary each, cells as written."""
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def expand(self, curie: str) -> str:
        """Give the IRI of a CURIE whose prefix the set declares.

        Raises
        ------
        ConfigError
            When the prefix is not declared.
        """
        prefix, _, local = curie.partition(":")
        if prefix not in self.prefixes:
            raise ConfigError(
                f"{self.name}: '{curie}': the prefix '{prefix}' is not in curie_map"
            )
        return self.prefixes[prefix] + local


def read_sssom(source: Path | Traversable) -> MappingSet:
    """Read a mapping set; every row of the file is in it, or the file is refused.

    Columns beyond those of SSSOM are kept. Cells are not changed.

    Raises
    ------
    ConfigError
        Naming file and line: no absolute ``mapping_set_id``, no ``license``, a required
        cell that is empty, an identifier that is not a CURIE with a declared prefix, a
        confidence outside 0 to 1, a row of another length, front matter that is not
        understood.
    """
    return parse_sssom(read_text(source), source.name)


def parse_sssom(text: str, name: str) -> MappingSet:
    """Read the text of a mapping set; see :func:`read_sssom`."""
    lines = split_lines(text)
    head = next((i for i, line in enumerate(lines) if line[:1] != "#"), len(lines))
    metadata = read_front_matter([line[1:] for line in lines[:head]], name)
    rows = parse_table(lines[head:], name, REQUIRED_COLUMNS, first=head + 1)
    declared = metadata.get("curie_map", {})
    if not isinstance(declared, dict):
        raise ConfigError(f"{name}: curie_map must be a list of prefix: IRI")
    found = MappingSet(name, metadata, BUILT_IN | declared, tuple(rows))
    check_metadata(found)
    for number, row in enumerate(rows, head + 2):
        check_row(found, row, f"{name}:{number}")
    return found


def check_metadata(found: MappingSet) -> None:
    """Refuse a set that does not say what it is and on which terms."""
    for key in ("mapping_set_id", "license"):
        value = found.metadata.get(key)
        if not isinstance(value, str) or not ABSOLUTE.fullmatch(value):
            raise ConfigError(f"{found.name}: {key} must be given as an absolute URI")


def check_row(found: MappingSet, row: dict[str, str], place: str) -> None:
    """Refuse a row that cannot be used as it stands."""
    for column in ENTITIES:
        prefix, colon, local = row[column].partition(":")
        if not row[column]:
            raise ConfigError(f"{place}: {column} is empty")
        if not colon or not local or re.search(r"\s", row[column]):
            raise ConfigError(f"{place}: {column} '{row[column]}' is not a CURIE")
        if prefix not in found.prefixes:
            raise ConfigError(
                f"{place}: {column} '{row[column]}': declare the prefix '{prefix}' in "
                "curie_map (the case matters)"
            )
    confidence = row.get("confidence", "")
    if confidence and not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", confidence):
        raise ConfigError(f"{place}: confidence '{confidence}' is not between 0 and 1")


def read_front_matter(lines: list[str], name: str) -> Metadata:
    """Read the part of YAML that SSSOM's own tools write.

    That is: ``key: value``, and below a ``key:`` indented ``key: value`` lines or
    ``- value`` lines; values bare or in quotes.
    """
    found: Metadata = {}
    parent: str | None = None
    for number, line in enumerate(lines, 1):
        body = line.strip()
        if not body:
            continue
        place = f"{name}:{number}"
        # `# key` as well as `#key` occurs: one blank after the sign is no indentation
        nested = line.startswith("  ") or body.startswith("- ")
        if nested and parent is not None:
            add_nested(found, parent, body, place)
            continue
        match = KEY.fullmatch(body)
        if match is None or nested:
            raise ConfigError(f"{place}: '{body}' is not understood; write key: value")
        key, value = match["key"], unquote(match["value"] or "")
        if key in found:
            raise ConfigError(f"{place}: {key} is given twice")
        found[key] = value
        parent = None if value else key
    return found


def add_nested(found: Metadata, parent: str, body: str, place: str) -> None:
    """Add a line below a ``key:`` to its list or its map."""
    held = found[parent]
    if body.startswith("- "):
        values = held if isinstance(held, list) else []
        found[parent] = [*values, unquote(body[2:].strip())]
        return
    match = KEY.fullmatch(body)
    if match is None or isinstance(held, list):
        raise ConfigError(f"{place}: '{body}' is not understood below {parent}")
    entries = held if isinstance(held, dict) else {}
    if match["key"] in entries:
        raise ConfigError(f"{place}: {match['key']} is given twice")
    found[parent] = entries | {match["key"]: unquote(match["value"] or "")}


def unquote(value: str) -> str:
    """Take the quotes of a YAML scalar away."""
    bare = value.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        return bare[1:-1]
    return bare
