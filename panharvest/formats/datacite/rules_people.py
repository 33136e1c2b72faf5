"""Rules for people, organisations and funders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.formats.datacite.findings import found, nothing, numbered, unlisted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.formats.datacite.values import Values
    from panharvest.record import Problem

_NAME_ATTRIBUTES = frozenset(("nameidentifier", "nameidentifierscheme", "schemeuri"))
_AFFILIATION_ATTRIBUTES = frozenset(
    ("name", "affiliationidentifier", "affiliationidentifierscheme", "schemeuri")
)


def _creators(values: Values) -> Iterator[Problem]:
    creators = values.get("creators", ())
    if not creators:
        yield found("DC-CREATOR-001", "creators")
    seen: set[tuple[str, str]] = set()
    for i, one in enumerate(creators):
        name = one.get("name")
        if nothing(name):
            yield found("DC-CREATOR-002", f"creators[{i}]", name)
        numbers = one.get("nameidentifiers")
        number = numbers[0].get("nameidentifier", "") if numbers else ""
        key = ((name or "").casefold(), number)
        if key in seen:
            yield found("DC-CREATOR-003", f"creators[{i}]", name)
        seen.add(key)
        if numbers or "affiliation" in one:
            yield from _numbers(one, f"creators[{i}]")


def _contributors(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("contributors", ())):
        name = one.get("name")
        if nothing(name):
            yield found("DC-NULL-001", f"contributors[{i}]", name)
        role = one.get("contributortype")
        if role not in datacite("contributorType"):
            yield unlisted("contributorType", f"contributors[{i}]", role)
        if "nameidentifiers" in one or "affiliation" in one:
            yield from _numbers(one, f"contributors[{i}]")


def _numbers(one: Values, place: str) -> Iterator[Problem]:
    """Check the identifiers of an agent and of where it belongs."""
    for i, number in enumerate(one.get("nameidentifiers", ())):
        spot = f"{place}.nameidentifiers[{i}]"
        value = number.get("nameidentifier")
        scheme = number.get("nameidentifierscheme")
        if scheme is None:
            yield found("DC-NAME-001", spot, value)
        if not number.keys() <= _NAME_ATTRIBUTES:
            unknown = sorted(number.keys() - _NAME_ATTRIBUTES)
            yield found("DC-ATTRIBUTE-001", spot, ", ".join(unknown))
        yield from numbered(value or "", scheme, spot)
    for i, affiliation in enumerate(one.get("affiliation", ())):
        spot = f"{place}.affiliation[{i}]"
        value = affiliation.get("affiliationidentifier")
        scheme = affiliation.get("affiliationidentifierscheme")
        if not affiliation.keys() <= _AFFILIATION_ATTRIBUTES:
            unknown = sorted(affiliation.keys() - _AFFILIATION_ATTRIBUTES)
            yield found("DC-ATTRIBUTE-001", spot, ", ".join(unknown))
        if value is not None:
            if scheme is None:
                yield found("DC-AFFILIATION-001", spot, value)
            yield from numbered(value, scheme, spot)


def _funding(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("fundingreferences", ())):
        place = f"fundingreferences[{i}]"
        if nothing(one.get("fundername")):
            yield found("DC-FUNDING-001", place)
        value = one.get("funderidentifier")
        if value is not None:
            kind = one.get("funderidentifiertype")
            if kind not in datacite("funderIdentifierType"):
                yield unlisted("funderIdentifierType", place, kind)
            yield from numbered(value, kind, place)


RULES = (_creators, _contributors, _funding)
