"""From trees to findings: every value a rule found, converted or withheld."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from panharvest.record import Identifier, Moment, Parameter
from panharvest.syntax import bare_doi, bare_handle, bare_orcid, is_doi, is_orcid
from panharvest.times import read_moment
from panharvest.tree import Group, Tree, Value
from panharvest.units import convert, read_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.mapping.rules import Rule, Tables

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SCHEMES = {
    scheme.casefold(): scheme
    for scheme in ("ARK", "DOI", "IGSN", "PURL", "ROR", "URL", "URN", "ORCID", "ISNI")
} | {"hdl": "Handle", "handle": "Handle", "w3id": "w3id", "iri": "URL"}
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST = 4000  # characters kept of one text
SCALAR_LIMIT = 3  # a longer list is a series, not a property


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one place.

    ``value`` is the converted value, None when it was withheld for ``reason``;
    ``text`` is what stood there. ``entry`` and ``group`` say where it belongs:
    (tree, index of the entry group) and (tree, index of the group).
    """

    rule: Rule
    path: str
    text: str
    entry: tuple[int, int]
    group: tuple[int, int]
    value: Any = None
    reason: str = ""


def find(trees: Sequence[Tree], tables: Tables) -> tuple[list[Finding], list[Rule]]:
    """Apply every rule to every group.

    Returns
    -------
    What was found (in order of entry, group and rank) and the rules that found nothing.
    Times without offset are local; see :func:`in_zone`.
    """
    by_class: dict[str, list[Rule]] = {}
    for rule in tables.rules:
        by_class.setdefault(rule.nx_class, []).append(rule)
    by_class["NXsubentry"] = by_class.get("NXentry", [])
    findings: list[Finding] = []
    for number, tree in enumerate(trees):
        for index, group in enumerate(tree.groups):
            entry = (number, _entry_of(tree, index))
            for rule in by_class.get(group.nx_class, ()):
                for path, value in _values(rule, tree, group):
                    found = Finding(rule, path, _shown(value), entry, (number, index))
                    findings.append(converted(found, value, tables))
    seen = {finding.rule.id for finding in findings}
    return findings, [rule for rule in tables.rules if rule.id not in seen]


def in_zone(findings: Sequence[Finding], zone: str) -> list[Finding]:
    """Read the times without offset in the zone of their facility (an IANA name)."""
    return [
        replace(found, value=read_moment(clean(found.text), zone))
        if isinstance(found.value, Moment) and not found.value.zone_known
        else found
        for found in findings
    ]


def _entry_of(tree: Tree, index: int) -> int:
    """Climb to the top entry that a group belongs to (a subentry is part of it)."""
    entry = index
    at: int | None = index
    while at is not None:
        if tree.groups[at].nx_class in ("NXentry", "NXsubentry"):
            entry = at
        at = tree.groups[at].parent
    return entry


def _values(rule: Rule, tree: Tree, group: Group) -> Iterator[tuple[str, Value]]:
    here = "" if group.path == "/" else group.path
    if rule.field:
        for name in _names(rule.field, group):
            value = group.fields[name]
            path = f"{here}/{name}"
            if not rule.attribute:
                yield path, value
            elif rule.attribute in value.attributes:
                text = value.attributes[rule.attribute]
                yield f"{path}@{rule.attribute}", Value(values=[text])
    else:
        attributes = tree.attributes if group.nx_class == "NXroot" else group.attributes
        if rule.attribute in attributes:
            text = attributes[rule.attribute]
            yield f"{here}@{rule.attribute}", Value(values=[text])


def _names(field: str, group: Group) -> list[str]:
    if field.endswith("*"):
        return [name for name in group.fields if name.startswith(field[:-1])]
    return [field] if field in group.fields else []


def _shown(value: Value) -> str:
    if value.shape is not None:
        return f"array of shape {tuple(value.shape)}"
    text = ", ".join(str(one) for one in value.values[:SCALAR_LIMIT])
    if len(value.values) > SCALAR_LIMIT:
        text += ", ..."
    return f"{text} {value.units}" if value.units else text


def converted(
    found: Finding, value: Value, tables: Tables, convert: str | None = None
) -> Finding:
    """Convert a value as its rule says (or as ``convert`` says), or withhold it."""
    if value.shape is not None:
        return replace(found, reason="an array: only single values are metadata")
    if not value.values:
        return replace(found, reason="empty")
    convert = convert or found.rule.convert
    if convert == "quantity":
        return _quantity(found, value, tables)
    if len(value.values) > 1:
        return replace(found, reason="several values where one is expected")
    text = clean(str(value.values[0]))
    if isinstance(value.values[0], float) and value.values[0].is_integer():
        text = str(int(value.values[0]))
    if not text:
        return replace(found, reason="empty")
    if tables.is_placeholder(text, found.rule.target):
        return replace(found, reason="a placeholder")
    if EMAIL.search(text):
        return replace(
            found, text="(not shown)", reason="holds an e-mail address: personal data"
        )
    return _textual(found, text, value.attributes.get("type", ""), convert)


def clean(text: str) -> str:
    """Fold white space and drop control characters; what XML cannot hold is gone."""
    return " ".join(NOT_XML.sub("", text).split())[:LONGEST]


def _textual(found: Finding, text: str, kind: str, convert: str) -> Finding:
    match convert:
        case "text" | "definition" | "raw":
            return replace(found, value=text)
        case "moment":
            moment = read_moment(text)
            if moment is None:
                return replace(found, reason="not a date")
            return replace(found, value=moment)
        case "identifier":
            return replace(found, value=Identifier(text, found.rule.argument))
        case "typed_identifier":
            return replace(found, value=typed_identifier(text, kind))
        case "orcid":
            orcid = bare_orcid(text).upper()
            if not is_orcid(orcid):
                return replace(found, reason="not an ORCID with the right check digit")
            return replace(found, value=orcid)
        case "doi":
            if not is_doi(bare_doi(text)):
                return replace(found, reason="not a DOI")
            return replace(found, value=Identifier(bare_doi(text), "DOI"))
        case "url":
            if not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", text):
                return replace(found, reason="not a web address")
            return replace(found, value=typed_identifier(text, "URL"))
    raise AssertionError(convert)


def typed_identifier(text: str, kind: str) -> Identifier:
    """Read an identifier whose scheme is named, or can be told from its form."""
    scheme = SCHEMES.get(kind.strip().casefold(), "")
    if scheme in ("", "DOI", "URL") and is_doi(bare_doi(text)):
        return Identifier(bare_doi(text), "DOI")
    if scheme in ("", "ORCID", "URL") and is_orcid(bare_orcid(text).upper()):
        return Identifier(bare_orcid(text).upper(), "ORCID")
    if scheme == "Handle":
        return Identifier(bare_handle(text), "Handle")
    if not scheme and re.match(r"https?://", text):
        scheme = "URL"
    return Identifier(text, scheme or "Local")


def _quantity(found: Finding, value: Value, tables: Tables) -> Finding:
    rule = found.rule
    numbers = [_number(one) for one in value.values]
    if len(numbers) > 1:
        return replace(found, reason="several values: a series is not a property")
    number = numbers[0]
    if number is None:
        return replace(found, reason="not a finite number")
    if rule.argument in NOT_NEGATIVE and number < 0:
        return replace(found, reason="negative: stands for not known")
    if rule.argument in POSITIVE and number <= 0:
        return replace(found, reason="zero or negative: stands for not known")
    original = value.units.strip() if value.units else ""
    if not original or tables.is_placeholder(original):
        return replace(found, reason="no unit: the number alone says nothing")
    unit = read_unit(original, rule.category)
    if unit is None:
        return replace(found, reason=f"unit {original!r} is not one of {rule.category}")
    parameter = Parameter(
        name=rule.argument,
        value=number,
        unit=unit.ucum,
        original_value=str(value.values[0]),
        original_unit=original,
    )
    return replace(found, value=parameter)


NOT_NEGATIVE = frozenset({"source_current", "sample_pressure", "detector_distance"})
POSITIVE = frozenset(
    {"wavelength", "energy", "photon_energy", "source_energy", "count_time"}
)


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]  # anything else: ValueError
    except (TypeError, ValueError):
        return None
    return number if abs(number) < float("inf") else None


def in_unit(parameter: Parameter, category: str, ucum: str) -> float | None:
    """Give a parameter's value in another unit of the same category."""
    if parameter.unit is None or isinstance(parameter.value, str):
        return None
    unit = read_unit(parameter.original_unit or parameter.unit, category)
    return None if unit is None else convert(parameter.value, unit, ucum)
