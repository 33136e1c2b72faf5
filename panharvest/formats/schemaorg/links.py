"""What a record is related to, who paid, what made the data, how they are used."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.codelists import kinds, resource_types
from panharvest.derived import w3cdtf
from panharvest.formats.schemaorg import people
from panharvest.formats.schemaorg.terms import PROPERTIES, RECORD, SCHEMES, Node, filled
from panharvest.formulas import hill_formula
from panharvest.syntax import bare_doi, is_doi, url_of
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from panharvest.record import (
        Funding,
        Identifier,
        Instrument,
        Record,
        RelatedItem,
        Relation,
        Sample,
    )

_TEXTS = (
    ("volumeNumber", "volume"),
    ("issueNumber", "issue"),
    ("pageStart", "first_page"),
    ("pageEnd", "last_page"),
    ("bookEdition", "edition"),
    ("datePublished", "year"),
    ("position", "number"),
    ("genre", "number_type"),
)


@lru_cache(maxsize=4096)
def identifier_node(one: Identifier) -> Node:
    """Write an identifier with its scheme and where it resolves."""
    value = fold(one.value)
    if one.scheme == "DOI" and is_doi(bare_doi(value)):
        value = f"doi:{bare_doi(value)}"
    url = url_of(one)
    found: Node = {
        "@type": "PropertyValue",
        "propertyID": SCHEMES.get(one.scheme, fold(one.scheme)),
        "value": value,
    }
    if url is not None and is_uri(url):
        found["url"] = url
    return found


# --- what made the data ---------------------------------------------------------------


def activity(record: Record) -> Node:
    """Write the experiment: instruments used, samples measured, from when to when."""
    used = [
        {"@type": "Thing", "instrument": _instrument(one)}
        for one in record.instruments
        if fold(one.name)
    ]
    samples = [node for one in record.samples if (node := _sample(one))]
    if not used and not samples:
        return {}
    span = record.collected
    found: Node = {
        "@type": ["Action", "prov:Activity"],
        "startTime": w3cdtf(span.start) if span else None,
        "endTime": w3cdtf(span.end) if span else None,
        "prov:used": used,
        "object": samples,
    }
    return {"prov:wasGeneratedBy": filled(found)}


@lru_cache(maxsize=512)
def _instrument(one: Instrument) -> Node:
    return filled(
        {
            "@type": "Product",
            "name": fold(one.name),
            "alternateName": fold(one.short_name or ""),
            "identifier": [identifier_node(i) for i in one.identifiers],
        }
    )


def _sample(one: Sample) -> Node | None:
    found = filled(
        {
            "@type": ["Thing", "dwc:MaterialSample"],
            "name": fold(one.name or ""),
            "description": fold(one.description or ""),
            "identifier": [identifier_node(i) for i in one.identifiers],
            "additionalProperty": [
                {
                    "@type": "PropertyValue",
                    "propertyID": f"{RECORD}samples/{name}",
                    "name": name,
                    "value": fold(value),
                }
                for name in ("formula", "state", "type")
                if (value := getattr(one, name)) and fold(value)
            ]
            + _hill(one.formula),
        }
    )
    return found if len(found) > 1 else None


def _hill(formula: str | None) -> list[Node]:
    """Write the formula in Hill order too, by which formulas are compared."""
    hill = hill_formula(formula) if formula else None
    if hill is None:
        return []
    return [
        {
            "@type": "PropertyValue",
            "propertyID": f"{RECORD}samples/hill",
            "name": "formula in Hill order",
            "value": hill,
        }
    ]


# --- relations ------------------------------------------------------------------------


def related(record: Record) -> Node:
    """Write every relation as a link, and those that schema.org knows as properties."""
    found: Node = {"relatedLink": [_link(one) for one in record.relations]}
    found["relatedLink"] += [_item(one) for one in record.related_items]
    for relation in record.relations:
        name = PROPERTIES.get(relation.type)
        url = url_of(relation.identifier)
        if name and url and is_uri(url):
            kind = _type_of(relation.kind)
            thing = {"@id": url, "@type": kind}
            if relation.title:
                thing["name"] = fold(relation.title)
            if thing not in found.setdefault(name, []):
                found[name].append(thing)
    return found


def _type_of(kind: str | None) -> str:
    """Give the schema.org type of a kind (ours or DataCite's own word)."""
    if kind in kinds():
        return kinds()[kind].schema  # type: ignore[index]  # a Kind is its text
    known = resource_types().get(kind or "")
    return known[1] if known else "CreativeWork"


@lru_cache(maxsize=1024)
def _link(one: Relation) -> Node:
    target = filled(
        {
            "@type": _type_of(one.kind),
            "name": fold(one.title or ""),
            "identifier": identifier_node(one.identifier),
            "additionalType": one.kind,
            "encodingFormat": one.metadata_scheme,
            "schemaVersion": one.metadata_scheme_iri,
            "usageInfo": one.metadata_scheme_type,
        }
    )
    return filled(
        {
            "@type": "LinkRole",
            "linkRelationship": one.type,
            "target": target,
            "description": fold(one.information or ""),
        }
    )


@lru_cache(maxsize=512)
def _item(one: RelatedItem) -> Node:
    titles: list[object] = [
        {"@value": fold(text.value), "@language": text.language}
        if text.language
        else fold(text.value)
        for text in one.titles
    ]
    target = {
        "@type": _type_of(one.kind),
        "name": titles[:1],
        "alternateName": titles[1:],
        "additionalType": one.kind,
        "identifier": identifier_node(one.identifier) if one.identifier else None,
        "creator": [people.agent(a) for a in one.creators],
        "contributor": [
            {
                "@type": "Role",
                "roleName": c.role,
                "contributor": people.agent(c.agent),
            }
            for c in one.contributors
        ],
        "publisher": one.publisher,
        "encodingFormat": one.metadata_scheme,
        "schemaVersion": one.metadata_scheme_iri,
        "usageInfo": one.metadata_scheme_type,
    }
    target |= {name: fold(getattr(one, field) or "") for name, field in _TEXTS}
    return filled(
        {
            "@type": "LinkRole",
            "roleName": "related item",
            "linkRelationship": one.type,
            "target": filled(target),
            "description": fold(one.information or ""),
        }
    )


# --- funding, services ----------------------------------------------------------------


def funding(one: Funding) -> Node:
    """Write a grant and who gave it."""
    identifier = one.funder_identifier
    url = url_of(identifier) if identifier else None
    if identifier and identifier.scheme == "Crossref Funder ID":
        url = f"https://doi.org/{identifier.value}"
    funder = filled(
        {
            "@id": url if url and is_uri(url) else None,
            "@type": "Organization",
            "name": fold(one.funder),
            "identifier": people.identifier(identifier) if identifier else None,
        }
    )
    return filled(
        {
            "@type": "Grant",
            "identifier": fold(one.award_number or ""),
            "name": fold(one.award_title or ""),
            "url": one.award_uri,
            "funder": funder,
        }
    )


def services(record: Record) -> list[Node]:
    """Write how the data are used remotely."""
    return [
        {
            "@type": "UseAction",
            "name": fold(one.name),
            "target": {"@type": "EntryPoint", "urlTemplate": fold(one.url)},
        }
        for one in record.services
        if fold(one.url)
    ]
