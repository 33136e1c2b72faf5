"""People and organisations of a dataset of DCAT-AP, with what they did."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.formats.dcat.values import filled, identifier_nodes, in_language
from panharvest.record import Agent, Nature
from panharvest.syntax import bare_orcid, is_orcid, is_ror
from panharvest.xmltext import fold

if TYPE_CHECKING:
    from panharvest.formats.dcat.terms import Node
    from panharvest.record import Affiliation, Identifier, Record

_KINDS = {Nature.PERSONAL: "foaf:Person", Nature.ORGANISATIONAL: "org:Organization"}


def people(record: Record) -> Node:
    """Write who made, helped with, publishes and answers for a dataset."""
    contacts = [c.agent for c in record.contributors if c.role == "ContactPerson"]
    host = record.publisher
    if not contacts and record.facility:
        contacts = [Agent(record.facility.name)]
    elif not contacts and host:
        contacts = [host]
    creators = [agent(one) for one in record.creators if fold(one.name)]
    return {
        "dct:creator": creators,
        # the values of a property have no order; those of a list have
        "bibo:authorList": {"@list": [_name(one) for one in creators]}
        if len(creators) > 1
        else None,
        "dct:contributor": [
            agent(one.agent) for one in record.contributors if fold(one.agent.name)
        ],
        "prov:qualifiedAttribution": [
            {
                "@type": "prov:Attribution",
                "prov:agent": agent(one.agent),
                "dcat:hadRole": {
                    "@type": "dcat:Role",
                    "skos:prefLabel": fold(one.role),
                },
            }
            for one in record.contributors
            if fold(one.agent.name) and fold(one.role)
        ],
        "dct:publisher": agent(host) if host and fold(host.name) else None,
        "dcat:contactPoint": [
            {"@type": ["vcard:Kind", "vcard:Organization"], "vcard:fn": fold(one.name)}
            for one in contacts
            if fold(one.name)
        ],
    }


def _name(creator: Node) -> Node | str:
    """Name a creator in the list of them: by its address, else by its name."""
    if "@id" in creator:
        return {"@id": creator["@id"]}
    name = creator["foaf:name"]
    text: str = name["@value"] if isinstance(name, dict) else name
    return text


@lru_cache(maxsize=4096)
def agent(one: Agent) -> Node:
    """Write a person or organisation, with its ORCID or ROR as identity."""
    address = _address(one.identifiers)
    kind = _KINDS.get(one.nature) if one.nature else None
    found: Node = {"@id": address} if address else {}
    found |= {
        "@type": ["foaf:Agent", kind] if kind else "foaf:Agent",
        "foaf:name": in_language(fold(one.name), one.language),
        "foaf:givenName": fold(one.given_name or ""),
        "foaf:familyName": fold(one.family_name or ""),
        "adms:identifier": identifier_nodes(
            i for i in one.identifiers if not address or not address.endswith(i.value)
        ),
        "org:memberOf": [
            node for place in one.affiliations if (node := _affiliation(place))
        ],
    }
    return filled(found)


def _address(identifiers: tuple[Identifier, ...]) -> str | None:
    for one in identifiers:
        if one.scheme == "ORCID" and is_orcid(bare_orcid(one.value)):
            return f"https://orcid.org/{bare_orcid(one.value)}"
    return next(
        (i.value for i in identifiers if i.scheme == "ROR" and is_ror(i.value)), None
    )


def _affiliation(place: Affiliation) -> Node | None:
    if not fold(place.name):
        return None
    found: Node = {"@id": place.ror} if place.ror and is_ror(place.ror) else {}
    found |= {"@type": ["foaf:Agent", "org:Organization"]}
    found["foaf:name"] = fold(place.name)
    if place.identifier is not None:
        found["adms:identifier"] = identifier_nodes([place.identifier])
    return found
