"""What made a dataset of DCAT-AP, what it is related to, and who paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.formats.dcat.people import agent
from panharvest.formats.dcat.terms import RELATION_OF, RELATIONS, Node
from panharvest.formats.dcat.values import concept, filled, identifier_nodes, moment
from panharvest.formats.identifiers import identifier_of
from panharvest.record import Agent
from panharvest.syntax import is_ror, url_of
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.record import Funding, Identifier, Record, Relation, Sample


def made_by(record: Record) -> Node:
    """Write the activity that made the data: instruments, samples, facility."""
    span, facility = record.collected, record.facility
    used = [
        filled(
            {
                "@type": "prov:Entity",
                "dct:title": fold(one.name),
                "dct:alternative": fold(one.short_name or ""),
                **_numbers(one.identifiers),
            }
        )
        for one in record.instruments
        if fold(one.name)
    ]
    used += [node for one in record.samples if len(node := _sample(one)) > 1]
    activity: Node = {
        "@type": "prov:Activity",
        "prov:startedAtTime": moment(span.start) if span else None,
        "prov:endedAtTime": moment(span.end) if span else None,
        "prov:used": used,
    }
    if facility is not None and fold(facility.name):
        who: Node = (
            {"@id": facility.ror} if facility.ror and is_ror(facility.ror) else {}
        )
        who |= {"@type": ["foaf:Agent", "prov:Agent"], "foaf:name": fold(facility.name)}
        activity["prov:wasAssociatedWith"] = who
    known = filled(activity)
    return {"prov:wasGeneratedBy": known if len(known) > 1 else None}


def _sample(one: Sample) -> Node:
    more = (("formula", one.formula), ("state", one.state), ("type", one.type))
    return filled(
        {
            "@type": ["prov:Entity", "sosa:Sample"],
            "dct:title": fold(one.name or ""),
            "dct:description": fold(one.description or ""),
            "schema:additionalProperty": [
                {
                    "@type": "schema:PropertyValue",
                    "schema:name": name,
                    "schema:value": fold(value),
                }
                for name, value in more
                if value and fold(value)
            ],
            **_numbers(one.identifiers),
        }
    )


def _numbers(identifiers: Iterable[Identifier]) -> Node:
    """Write identifiers as addresses, those that do not tell the scheme with it."""
    unclear = [one for one in identifiers if identifier_of(_told(one)) != one]
    return {
        "dct:identifier": [_told(one) for one in identifiers if one not in unclear],
        "adms:identifier": identifier_nodes(unclear),
    }


def _told(one: Identifier) -> str:
    return url_of(one) or fold(one.value)


def related(record: Record) -> Node:
    """Write the links, by the properties that say them best, and who paid."""
    found: Node = {}
    for relation in record.relations:
        url = url_of(relation.identifier)
        if url and is_uri(url):
            name = RELATIONS.get(relation.type, "dct:relation")
            node = filled({"@id": url, "dct:title": fold(relation.title or "")})
            if node not in found.setdefault(name, []):
                found[name].append(node)
    if not all(map(_is_plain, record.relations)):
        found["schema:relatedLink"] = [
            qualified for one in record.relations if (qualified := _qualified(one))
        ]
    for item in record.related_items:
        url = url_of(item.identifier) if item.identifier else None
        if url and is_uri(url):
            name = RELATIONS.get(item.type, "dct:relation")
            found.setdefault(name, []).append({"@id": url})
    found["schema:funding"] = [
        _grant(one) for one in record.funding if fold(one.funder)
    ]
    return found


def _is_plain(relation: Relation) -> bool:
    """Whether a property with an address says all of a relation."""
    url = url_of(relation.identifier)
    return (
        url is not None
        and is_uri(url)
        and identifier_of(url) == relation.identifier
        and RELATION_OF.get(RELATIONS.get(relation.type, "")) == relation.type
        and relation.kind is None
        and relation.information is None
    )


def _qualified(relation: Relation) -> Node | None:
    """Write a relation with its type in DataCite's words.

    DCAT has ``dcat:Relationship`` for it, but in DCAT-AP that leads to datasets only.
    """
    url, role = url_of(relation.identifier), fold(relation.type)
    if not role:
        return None
    target: Node = {"@id": url} if url and is_uri(url) else {}
    target["dct:title"] = fold(relation.title or "")
    if not target.get("@id") or identifier_of(target["@id"]) != relation.identifier:
        target["adms:identifier"] = identifier_nodes([relation.identifier])
    return filled(
        {
            "@type": "schema:LinkRole",
            "schema:linkRelationship": role,
            "schema:target": filled(target),
            "dct:type": concept(None, relation.kind or ""),
            "dct:description": fold(relation.information or ""),
        }
    )


def _grant(one: Funding) -> Node:
    uri = one.award_uri if one.award_uri and is_uri(one.award_uri) else None
    numbers = (one.funder_identifier,) if one.funder_identifier else ()
    return filled(
        {
            "@id": uri,
            "@type": "schema:Grant",
            "schema:identifier": fold(one.award_number or ""),
            "schema:name": fold(one.award_title or ""),
            "schema:funder": agent(Agent(one.funder, identifiers=numbers)),
        }
    )
