"""M031, M032: what a row maps to exists, and can take what is mapped to it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from panharvest.codelists import KERNEL, KERNELS
from panharvest.mapcheck.slots import BROAD, NO_TERM
from panharvest.tables import read_table, resource, split_cell

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.mending import Mapping

DATACITE = "https://w3id.org/panharvest/datacite#"
RECORD = "https://w3id.org/panharvest/record#"
SCHEMA = re.compile(r"https?://schema\.org/(?P<name>\w+)")
QUDT = "http://qudt.org/vocab/unit/"
# What the mapping collects beside the fields of the record: hints to the facility, and
# what access, experiment and embargo are decided from.
MORE = frozenset(
    {"hint", "structure", "experiment", "identifiers", "file_count", "size"}
)
PATH = re.compile(r"(?P<path>[\w/:@]+)(?:\[(?P<value>[^\[\]]+)\])?")


@cache
def record_fields() -> frozenset[str]:
    """Give the fields of the record."""
    from panharvest.record import Record

    return frozenset(field.name for field in fields(Record))


def is_record_target(target: str) -> bool:
    """Tell whether the mapping can put a value there."""
    head = target.partition(".")[0]
    return head in record_fields() | MORE or f"{head}s" in record_fields()


def kernel_of(context: Context) -> str:
    """Give the kernel that a set is for: the one it names, where that is shipped."""
    named = context.sheet.front.text("object_source_version")
    return named if named in KERNELS else KERNEL


@cache
def datacite_paths(kernel: str) -> Table[str, tuple[str, tuple[str, ...]]]:
    """Give the paths of DataCite with their occurrence and controlled values."""
    table = resource("datacite", f"{kernel}.tsv")
    rows = read_table(table, ("path", "occurrence", "values"))
    return {row["path"]: (row["occurrence"], split_cell(row["values"])) for row in rows}


def datacite_path(local: str) -> tuple[str, str]:
    """Give path and controlled value of a target, ``a/b@c[value]``."""
    match = PATH.fullmatch(local)
    return (match["path"], match["value"] or "") if match else (local, "")


def check_targets(context: Context) -> None:
    """Check the objects of a mapping set."""
    fed: dict[str, list[Mapping]] = defaultdict(list)
    for mapping in context.mappings:
        curie = mapping["object_id"]
        prefix, _, local = curie.partition(":")
        namespace = context.sheet.prefixes.get(prefix, "")
        if curie in {"", NO_TERM} or not namespace:
            continue
        if namespace == RECORD:
            if not is_record_target(local):
                text = f"{curie} is not a field of the record"
                context.at(mapping, "object_id", "M031", text)
        elif namespace == DATACITE or prefix == "dcite":
            check_datacite(context, mapping, local, fed)
        elif SCHEMA.fullmatch(namespace + local):
            check_schema(context, mapping, local)
        elif namespace == QUDT and not is_unit(QUDT + local):
            context.at(
                mapping,
                "object_id",
                "M031",
                f"{curie} is not among the units in ontologies/units.tsv",
                level="warning",
            )
    check_cardinality(context, fed)


def check_datacite(
    context: Context, mapping: Mapping, local: str, fed: dict[str, list[Mapping]]
) -> None:
    """M031: a path of DataCite's schema and its controlled value."""
    path, value = datacite_path(local)
    kernel = kernel_of(context)
    known = datacite_paths(kernel)
    if path not in known:
        near = [
            one for one in known if one.rpartition("/")[2] == path.rpartition("/")[2]
        ]
        context.at(
            mapping,
            "object_id",
            "M031",
            f"'{path}' is not a path of DataCite {kernel}",
            f"is {near[0]} meant?" if near else "",
        )
        return
    fed[local].append(mapping)
    allowed = {
        one
        for name, (_, values) in known.items()
        if name.startswith((f"{path}@", path)) and name.count("/") == path.count("/")
        for one in values
    }
    if value and value not in allowed:
        context.at(
            mapping,
            "object_id",
            "M031",
            f"'{value}' is not a controlled value at {path} in DataCite {kernel}",
        )


def check_schema(context: Context, mapping: Mapping, local: str) -> None:
    """M031: a term of schema.org that is in use here."""
    from panharvest.vocabulary.schemaorg import schemaorg

    known = schemaorg()
    if local not in known:
        context.at(
            mapping,
            "object_id",
            "M031",
            f"schema:{local} is not among the pinned terms of schema.org",
            "correct it, or add it to ontologies/schemaorg",
        )
    elif known[local].status == "superseded":
        text = f"schema:{local} is superseded in schema.org"
        context.at(mapping, "object_id", "M011", text)


@cache
def units() -> frozenset[str]:
    """Give the units of QUDT that spellings stand for."""
    rows = read_table(resource("units.tsv"), ("spelling", "qudt"))
    return frozenset(row["qudt"] for row in rows) - {""}


def is_unit(iri: str) -> bool:
    """Tell whether a unit of QUDT is one that spellings stand for."""
    return iri in units()


def check_cardinality(context: Context, fed: dict[str, list[Mapping]]) -> None:
    """M032: a place for one value, fed by several rows without an order."""
    for local, rows in fed.items():
        path, value = datacite_path(local)
        if value:  # several words may mean one controlled value
            continue
        occurrence = datacite_paths(kernel_of(context))[path][0]
        wanted = [row for row in rows if row["predicate_id"] != BROAD]
        ranks = [row["ext_rank"] for row in wanted]
        if occurrence not in {"1", "0-1"} or len(wanted) < 2:
            continue
        if all(ranks) and len(set(ranks)) == len(ranks):
            continue
        first = wanted[0].row.line
        for row in wanted[1:]:
            context.at(
                row,
                "object_id",
                "M032",
                f"{row['object_id']} takes one value and is fed by line {first} too",
                "give the rows an order in ext_rank",
            )
