"""Reading the mapping tables.

Everything is read from ``ontologies/``: a row edited there changes the result without
touching Python.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.errors import ConfigError
from panharvest.knowledge import FILES, load_knowledge
from panharvest.mapping.catalogues import read_parameters, read_system, systems
from panharvest.mapping.release import TABLE, read_release
from panharvest.mapping.rules import (
    CHILDREN,
    CONVERSIONS,
    ROOT_ATTRIBUTES,
    Rule,
    Tables,
    check_category,
    check_target,
)
from panharvest.record import AccessStatus, Kind
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, resource
from panharvest.tree import Wanted

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.resources.abc import Traversable
    from pathlib import Path

NAMES = {
    "nexus": "mappings/nexus-record.sssom.tsv",
    "legacy": "rules/legacy-paths.tsv",
    "placeholders": "rules/placeholders.tsv",
    "roles": "mappings/roles.sssom.tsv",
    "kinds": "rules/definition-kinds.tsv",
}
# What catalogues say in one word, and the set that gives it a meaning.
WORDS = {
    "kind": ("kinds.sssom.tsv", tuple(Kind)),
    "access": ("access.sssom.tsv", tuple(AccessStatus)),
}
FURTHER = (
    ("mappings", "icatesrf-nexus.sssom.tsv"),
    ("rules", "parameters.tsv"),
    *(("mappings", name) for name, _ in WORDS.values()),
    TABLE,
)


def load_tables(root: Path | None = None) -> Tables:
    """Read the tables of a folder laid out like ``ontologies/`` (default: ours).

    Raises
    ------
    ConfigError
        Naming file, line and what is wrong.
    """
    return _builtin_tables() if root is None else _read_tables(root)


@cache
def _builtin_tables() -> Tables:
    return _read_tables(resource())


def _read_tables(root: Traversable) -> Tables:
    places = {key: root.joinpath(*name.split("/")) for key, name in NAMES.items()}
    for key, place in places.items():
        if not place.is_file():
            raise ConfigError(f"mapping table {NAMES[key]} is missing from {root}")
    rules = [
        _rule(
            row["ext_rule"],
            row["subject_label"],
            row["object_label"],
            row["ext_convert"],
            row.get("ext_category", ""),
            row["ext_rank"],
        )
        for row in read_sssom(places["nexus"]).rows
    ]
    rules += [
        _rule(
            row["rule_id"],
            row["path"],
            row["target"],
            row["convert"],
            row["category"],
            row["rank"],
        )
        for row in read_table(
            places["legacy"],
            ("rule_id", "path", "target", "convert", "category", "rank"),
        )
    ]
    known = [root.joinpath(*parts) for parts in FILES]
    for place in known:
        if not place.is_file():
            raise ConfigError(f"mapping table {place.name} is missing from {root}")
    catalogues = dict(systems(root))
    further = [root.joinpath(*parts) for parts in FURTHER]
    digest = hashlib.sha256()
    for place in (*places.values(), *known, *further, *catalogues.values()):
        if place.is_file():
            digest.update(place.read_bytes())
    ordered = tuple(sorted(rules, key=lambda rule: (rule.rank, rule.id)))
    parameters = read_parameters(root, ordered)
    return Tables(
        rules=ordered,
        placeholders=_placeholders(
            read_table(places["placeholders"], ("scope", "pattern"))
        ),
        roles=_words(places["roles"], datacite("contributorType")),
        kinds={
            row["definition"]: Kind(row["kind"])
            for row in read_table(places["kinds"], ("definition", "kind"))
        },
        wanted=_wanted(ordered),
        version=digest.hexdigest()[:12],
        knowledge=load_knowledge(root),
        systems={
            name: read_system(name, source, parameters)
            for name, source in catalogues.items()
        },
        words={
            key: _words(place, allowed)
            for key, (name, allowed) in WORDS.items()
            if (place := root.joinpath("mappings", name)).is_file()
        },
        # without a table of its own a folder must not open what ours keeps closed
        release=read_release(root) or read_release(resource()),
    )


def _words(source: Traversable, allowed: Collection[str]) -> dict[str, str]:
    """Read what words mean: by folded label, and by IRI where the subject has one."""
    found: dict[str, str] = {}
    mappings = read_sssom(source)
    for row in mappings.rows:
        meaning = row["object_label"]
        if meaning not in allowed:
            raise ConfigError(
                f"{source.name}: {row['subject_id']}: '{meaning}' is none of "
                f"{', '.join(sorted(allowed))}"
            )
        found[row["subject_label"].casefold()] = meaning
        found.setdefault(mappings.expand(row["subject_id"]).casefold(), meaning)
    return found


def _rule(
    rule_id: str, place: str, target: str, convert: str, category: str, rank: str
) -> Rule:
    match = re.fullmatch(r"(NX\w+)(?:/(\w+\*?))?(?:@(\w+))?", place)
    if match is None:
        raise ConfigError(
            f"rule {rule_id}: {place!r} is not of the form NXclass/field@attribute"
        )
    name, _, argument = convert.partition(":")
    if name not in CONVERSIONS:
        known = ", ".join(sorted(CONVERSIONS))
        raise ConfigError(
            f"rule {rule_id}: conversion {name!r} is unknown (known: {known})"
        )
    if not rank.isdigit():
        raise ConfigError(f"rule {rule_id}: rank {rank!r} is not a whole number")
    try:
        check_target(target)
        check_category(category, name)
    except ValueError as problem:
        raise ConfigError(f"rule {rule_id}: {problem}") from None
    return Rule(
        id=rule_id,
        nx_class=match[1],
        field=match[2] or "",
        attribute=match[3] or "",
        target=target,
        convert=name,
        argument=argument,
        category=category,
        rank=int(rank),
    )


def _placeholders(rows: list[dict[str, str]]) -> dict[str, re.Pattern[str]]:
    patterns: dict[str, list[str]] = {}
    for row in rows:
        patterns.setdefault(row["scope"], []).append(f"(?:{row['pattern']})")
    compiled = {}
    for scope, alternatives in patterns.items():
        try:
            compiled[scope] = re.compile("|".join(alternatives), re.IGNORECASE)
        except re.error as error:
            raise ConfigError(
                f"rules/placeholders.tsv, scope {scope}: {error}"
            ) from error
    return compiled


def _wanted(rules: tuple[Rule, ...]) -> Wanted:
    fields: dict[str, set[str]] = {}
    of_groups, of_fields = {"canSAS_class"}, {"type"}
    for rule in rules:
        names = fields.setdefault(rule.nx_class, set())
        if rule.field:
            names.add(rule.field)
        if rule.attribute and rule.field:
            of_fields.add(rule.attribute)
        elif rule.attribute and rule.nx_class != "NXroot":
            of_groups.add(rule.attribute)
    # A subentry holds what an entry holds.
    fields["NXsubentry"] = set(fields["NXentry"])
    children = {**CHILDREN, "NXsubentry": CHILDREN["NXentry"] - {"NXsubentry"}}
    said = repr(
        (
            sorted((key, sorted(names)) for key, names in fields.items()),
            sorted((key, sorted(names)) for key, names in children.items()),
            *(sorted(names) for names in (of_groups, of_fields, ROOT_ATTRIBUTES)),
        )
    )
    return Wanted(
        fields={key: frozenset(names) for key, names in fields.items()},
        children=children,
        root_attributes=ROOT_ATTRIBUTES,
        digest=hashlib.sha256(said.encode()).hexdigest()[:12],
        group_attributes=frozenset(of_groups),
        field_attributes=frozenset(of_fields),
    )
