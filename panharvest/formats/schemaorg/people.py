"""People and organisations in schema.org."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.derived import language_tag
from panharvest.formats.schemaorg.terms import RECORD, SCHEMES, Node
from panharvest.record import Identifier, Nature
from panharvest.syntax import bare_orcid, is_orcid, is_ror
from panharvest.xmltext import fold

if TYPE_CHECKING:
    from panharvest.record import Affiliation, Agent, Facility


@lru_cache(maxsize=4096)
def agent(one: Agent) -> Node:
    """Write a person or an organisation, with its ORCID or ROR as identity.

    Who is neither said to be one nor the other is taken for a person when the name
    is split or has an ORCID, else for an organisation.
    """
    person = one.nature is Nature.PERSONAL or (
        one.nature is None
        and bool(one.given_name or one.family_name or one.identifier("ORCID"))
    )
    if not person:
        return _organisation(one)
    orcid = one.identifier("ORCID")
    orcid = bare_orcid(orcid) if orcid and is_orcid(bare_orcid(orcid)) else None
    found: Node = {
        "@id": f"https://orcid.org/{orcid}" if orcid else None,
        "@type": "Person",
        "name": _name(one),
        "givenName": fold(one.given_name or ""),
        "familyName": fold(one.family_name or ""),
        "identifier": [
            node for i in one.identifiers if (node := identifier(i)) is not None
        ],
        "affiliation": [_affiliation(a) for a in one.affiliations if fold(a.name)],
    }
    return {k: v for k, v in found.items() if v not in (None, "", [])}


def organisation(one: Agent | None) -> Node | None:
    """Write an organisation; None when it has no name."""
    return None if one is None or not fold(one.name) else _organisation(one)


@lru_cache(maxsize=1024)
def _organisation(one: Agent) -> Node:
    ror = one.identifier("ROR")
    found: Node = {
        "@id": ror if ror and is_ror(ror) else None,
        "@type": "Organization",
        "name": _name(one),
        "identifier": [
            node for i in one.identifiers if (node := identifier(i)) is not None
        ],
        "affiliation": [_affiliation(a) for a in one.affiliations if fold(a.name)],
    }
    return {k: v for k, v in found.items() if v not in (None, "", [])}


def _name(one: Agent) -> object:
    name, tag = fold(one.name), language_tag(one.language)
    return {"@value": name, "@language": tag} if tag else name


def _affiliation(place: Affiliation) -> Node:
    found: Node = {"@type": "Organization", "name": fold(place.name)}
    if place.ror and is_ror(place.ror):
        found = {"@id": place.ror, **found}
        found["identifier"] = identifier(Identifier(place.ror, "ROR"))
    elif place.identifier is not None:
        found["identifier"] = identifier(place.identifier)
    return found


@lru_cache(maxsize=256)
def facility(one: Facility) -> Node:
    """Write the facility; its short name tells it apart from its institute."""
    numbers = [
        {"@type": "PropertyValue", "propertyID": f"{RECORD}facility", "value": one.id}
    ]
    found: Node = {"@type": "Organization", "name": fold(one.name)}
    if one.ror and is_ror(one.ror):
        found = {"@id": one.ror, **found}
        ror = identifier(Identifier(one.ror, "ROR"))
        numbers += [ror] if ror else []
    found["identifier"] = numbers
    return found


def identifier(one: Identifier) -> Node | None:
    """Write an identifier with its scheme; None when it is blank."""
    value = fold(one.value)
    if not value:
        return None
    found: Node = {
        "@type": "PropertyValue",
        "propertyID": SCHEMES.get(one.scheme, fold(one.scheme)),
        "value": value,
    }
    if one.scheme_iri:
        found["adms:schemaAgency"] = one.scheme_iri
    return found
