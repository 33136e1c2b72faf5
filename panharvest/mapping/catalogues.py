"""The tables that map documents of catalogues: one mapping set a system.

``mappings/SYSTEM-record.sssom.tsv``: the subject is a field of an entity
(``Dataset.proposalId``), the object a field of the record. A new catalogue is a new
file; nothing here knows a system by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.knowledge import NO_TERM
from panharvest.mapping.rules import (
    CONVERSIONS,
    Rule,
    check_category,
    check_target,
)
from panharvest.mapping.selecting import read_selector
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, split_cell
from panharvest.vocabulary import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

NEVER = "never"
SUFFIX = "-record.sssom.tsv"
NEXUS_SET = f"nexus{SUFFIX}"
PARAMETERS = "parameters.tsv"
# Beyond those of NeXus fields.
MORE = frozenset(
    {"flag", "number", "list", "licence", "kind", "access", "person", "organisation"}
    | {"technique", "technique_name", "parameter", "size", "checksum", "constant"}
    | {"year", "ror", "pid", "segment", "relation", NEVER}
)
# A field of one device is an instance of the class's field; what is only related, not.
SAME = ("skos:exactMatch", "skos:broadMatch")
COLUMNS = ("ext_rule", "ext_convert", "ext_rank")


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """One row: a place in a document feeds a target through a conversion.

    ``alternatives`` are spellings of the place; the first that is there counts.
    ``group`` says what several fields describe together: a name (``owner``) for fields
    outside lists, or which list of the place has an item for each thing (``1``: the
    outermost). Without it, an item of the innermost list is one thing, and so is every
    other field by itself.
    """

    rule: Rule
    alternatives: tuple[tuple[tuple[str, bool], ...], ...]
    group: str


@dataclass(frozen=True, slots=True)
class System:
    """The rules of a catalogue, by entity, and what its parameters mean.

    ``read`` tells of a place, by entity, whether some rule reads it.
    """

    name: str
    entities: Mapping[str, tuple[DocumentRule, ...]]
    parameters: Mapping[str, Rule]  # by folded name
    read: Mapping[str, re.Pattern[str]]


def systems(root: Traversable) -> Iterator[tuple[str, Traversable]]:
    """Give the catalogues that have a mapping set, with its file."""
    folder = root.joinpath("mappings")
    for source in sorted(folder.iterdir(), key=lambda one: one.name):
        if source.name.endswith(SUFFIX) and source.name != NEXUS_SET:
            yield source.name.removesuffix(SUFFIX), source


def read_system(
    name: str, source: Traversable, parameters: Mapping[str, Rule]
) -> System:
    """Read the mapping set of a catalogue.

    Raises
    ------
    ConfigError
        Naming the file and the rule.
    """
    entities: dict[str, list[DocumentRule]] = {}
    seen: set[str] = set()
    for row in read_sssom(source).rows:
        rule_id = row.get("ext_rule", "")
        place = f"{source.name}: rule {rule_id or row['subject_id']}"
        if not rule_id.startswith(f"{name}-"):
            raise ConfigError(f"{place}: ext_rule must begin with '{name}-'")
        if rule_id in seen:
            raise ConfigError(f"{place}: is there twice")
        seen.add(rule_id)
        entity, dot, path = row.get("subject_label", "").partition(".")
        if not dot:
            raise ConfigError(f"{place}: subject_label must be Entity.field")
        try:
            selectors = tuple(read_selector(one) for one in path.split("|"))
        except ConfigError as problem:
            raise ConfigError(f"{place}: {problem}") from None
        entities.setdefault(entity, []).append(
            DocumentRule(
                read_rule(row, place, path), selectors, row.get("ext_group", "")
            )
        )
    ordered = {
        entity: tuple(sorted(rules, key=lambda r: (r.rule.rank, r.rule.id)))
        for entity, rules in entities.items()
    }
    read = {entity: read_places(rules) for entity, rules in ordered.items()}
    return System(name, ordered, parameters, read)


def read_places(rules: tuple[DocumentRule, ...]) -> re.Pattern[str]:
    """Give a pattern of the places (``a.b[].c``) that some rule reads.

    A rule that is for a whole object, or that nothing is to be read, takes all of it.
    """
    found = set()
    for one in rules:
        whole = one.rule.convert in ("parameter", NEVER)
        for selector in one.alternatives:
            steps = (
                (r"[^.\[\]]+" if name == "*" else re.escape(name)) + r"(?:\[\])?"
                for name, _ in selector
            )
            tail = r"(?:\..*|\[\].*)?" if whole else ""
            found.add(r"\.".join(steps) + tail)
    return re.compile("|".join(sorted(found)))


def read_rule(row: Mapping[str, str], place: str, path: str) -> Rule:
    """Read target, conversion and rank of a row."""
    convert, _, argument = row.get("ext_convert", "").partition(":")
    if convert not in CONVERSIONS | MORE:
        known = ", ".join(sorted(CONVERSIONS | MORE))
        raise ConfigError(f"{place}: conversion '{convert}' is unknown ({known})")
    if (row["object_id"] == NO_TERM) != (convert == NEVER):
        raise ConfigError(f"{place}: {NO_TERM} and the conversion never go together")
    try:
        if convert != NEVER:
            check_target(row["object_label"])
        check_category(row.get("ext_category", ""), convert)
    except ValueError as problem:
        raise ConfigError(f"{place}: {problem}") from None
    rank = row.get("ext_rank", "")
    if not rank.isdigit():
        raise ConfigError(f"{place}: rank '{rank}' is not a whole number")
    return Rule(
        id=row["ext_rule"],
        nx_class="",
        field=path,
        attribute="",
        target=row["object_label"] if convert != NEVER else NEVER,
        convert=convert,
        argument=argument,
        category=row.get("ext_category", ""),
        rank=int(rank),
    )


def read_parameters(
    root: Traversable, nexus_rules: tuple[Rule, ...]
) -> dict[str, Rule]:
    """Read what named parameters of catalogues mean, by folded name.

    ``rules/parameters.tsv`` gives names with their quantity; the names that the ESRF
    gives to NeXus fields in ICAT (``icatesrf-nexus.sssom.tsv``) mean what the rule for
    that field says.
    """
    found: dict[str, Rule] = {}
    by_place = {rule.label: rule for rule in nexus_rules}
    chain = root.joinpath("mappings", "icatesrf-nexus.sssom.tsv")
    if chain.is_file():
        for row in read_sssom(chain).rows:
            rule = by_place.get(row["object_label"])
            if rule is not None and row["predicate_id"] in SAME:
                found.setdefault(fold_name(row["subject_label"]), rule)
    table = root.joinpath("rules", PARAMETERS)
    if not table.is_file():
        return found
    rows = read_table(table, ("rule_id", "names", "target", "convert", "category"))
    for line, row in enumerate(rows, 2):
        name, _, argument = row["convert"].partition(":")
        if name not in CONVERSIONS:
            raise ConfigError(
                f"{PARAMETERS}:{line}: conversion '{name}' is unknown "
                f"({', '.join(sorted(CONVERSIONS))})"
            )
        try:
            check_target(row["target"])
            check_category(row["category"], name)
        except ValueError as problem:
            raise ConfigError(f"{PARAMETERS}:{line}: {problem}") from None
        rule = Rule(
            id=row["rule_id"],
            nx_class="",
            field="",
            attribute="",
            target=row["target"],
            convert=name,
            argument=argument,
            category=row["category"],
            rank=1,
        )
        for spelling in split_cell(row["names"]):
            found[fold_name(spelling)] = rule
    return found


def fold_name(name: str) -> str:
    """Give the form in which names of parameters are compared."""
    return fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " "))
