"""What a schema.org node is related to, who paid, and where it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.formats.schemaorg.read_people import (
    agent_of,
    agents_of,
    contributors_of,
)
from panharvest.formats.schemaorg.read_texts import read_identifier
from panharvest.formats.schemaorg.read_values import (
    Extras,
    each,
    nodes,
    number,
    tagged,
    text,
    types,
)
from panharvest.formats.schemaorg.terms import (
    PROPERTIES,
    Node,
)
from panharvest.record import (
    Box,
    Facility,
    Funding,
    Location,
    Point,
    Polygon,
    RelatedItem,
    Relation,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def relations_of(node: Node) -> tuple[tuple[Relation, ...], tuple[RelatedItem, ...]]:
    """Read the links; schema.org's own properties where nobody wrote links."""
    relations, items = [], []
    for one in nodes(node.get("relatedLink")):
        target = next(nodes(one.get("target")), {})
        kind = text(one.get("linkRelationship"))
        if kind is None:
            continue
        if text(one.get("roleName")) == "related item":
            items.append(_item(one, target, kind))
            continue
        identifier = read_identifier(next(each(target.get("identifier")), None))
        if identifier is None:
            identifier = read_identifier(
                text(target.get("url")) or text(target.get("@id"))
            )
        if identifier is not None:
            relations.append(
                Relation(
                    identifier,
                    kind,
                    text(target.get("name")),
                    text(target.get("additionalType")),
                    text(one.get("description")),
                    text(target.get("encodingFormat")),
                    text(target.get("schemaVersion")),
                    text(target.get("usageInfo")),
                )
            )
    if not relations and not items:
        relations = list(_natural_relations(node))
    return tuple(relations), tuple(items)


_NATURAL: Mapping[str, str] = {
    **{name: kind for kind, name in reversed(PROPERTIES.items())},
    "citation": "References",
    "isBasedOn": "IsDerivedFrom",
    "subjectOf": "IsDescribedBy",
    "isBasedOnUrl": "IsDerivedFrom",
}


def _natural_relations(node: Node) -> Iterator[Relation]:
    for name, kind in _NATURAL.items():
        for one in each(node.get(name)):
            inside = one if isinstance(one, dict) else {}
            if "DigitalDocument" in types(inside) or "DataCatalog" in types(inside):
                continue
            address = text(inside.get("@id")) or text(inside.get("url")) or one
            listed = [address, *each(inside.get("identifier"))]
            found = [
                i for i in map(read_identifier, listed) if i and i.scheme != "Local"
            ]
            if found:
                best = next((i for i in found if i.scheme == "DOI"), found[0])
                title = text(inside.get("name"))
                yield Relation(best, kind, title if title != best.value else None)


def _item(link: Node, target: Node, kind: str) -> RelatedItem:
    titles = [*each(target.get("name")), *each(target.get("alternateName"))]
    identifier = read_identifier(next(each(target.get("identifier")), None))
    general = text(target.get("additionalType"))
    return RelatedItem(
        kind=general or "Other",
        type=kind,
        titles=tuple(t for one in titles if (t := tagged(one, None, None))),
        identifier=identifier,
        creators=agents_of(target.get("creator")),
        contributors=contributors_of(target),
        year=text(target.get("datePublished")),
        volume=text(target.get("volumeNumber")),
        issue=text(target.get("issueNumber")),
        number=text(target.get("position")),
        number_type=text(target.get("genre")),
        first_page=text(target.get("pageStart")),
        last_page=text(target.get("pageEnd")),
        publisher=text(target.get("publisher")),
        edition=text(target.get("bookEdition")),
        information=text(link.get("description")),
        metadata_scheme=text(target.get("encodingFormat")),
        metadata_scheme_iri=text(target.get("schemaVersion")),
        metadata_scheme_type=text(target.get("usageInfo")),
    )


def funding_of(node: Node) -> tuple[Funding, ...]:
    """Read the grants, and funders without one."""
    found = []
    for one in nodes(node.get("funding")):
        inside = one if "funder" in one else {"funder": one}
        for giver in nodes(inside.get("funder")):
            agent = agent_of(giver)
            if agent is None:
                continue
            number_ = inside.get("identifier")
            award = text(number_) if "funder" in one else None
            found.append(
                Funding(
                    agent.name,
                    next(iter(agent.identifiers), None),
                    award,
                    text(inside.get("url")),
                    text(inside.get("name")),
                )
            )
    if not found:
        found += [
            Funding(agent.name, next(iter(agent.identifiers), None))
            for agent in agents_of(node.get("funder"))
        ]
    return tuple(found)


def places_of(
    node: Node, extras: Extras, facility: Facility | None
) -> tuple[Location | None, tuple[Location, ...]]:
    """Read the places; one that only repeats the facility's name says nothing."""
    found = [p for one in each(node.get("spatialCoverage")) if (p := place_of(one))]
    others = [
        p
        for one in extras.get("places", ())
        if (p := place_of(next(nodes(one.get("valueReference")), None)))
    ]
    if facility and found[:1] == [Location(" ".join(facility.name.split()))]:
        found = found[1:]
    return (found[0] if found else None), (*found[1:], *others)


def place_of(value: Any) -> Location | None:  # noqa: ANN401 (JSON)
    """Read a place, its position, box and polygons."""
    if not isinstance(value, dict):
        name = text(value)
        return Location(name) if name else None
    north = east = None
    box = None
    polygons = []
    for geo in nodes(value.get("geo")):
        if "latitude" in geo:
            north, east = number(geo.get("latitude")), number(geo.get("longitude"))
        if (corners := _numbers(geo.get("box"))) and len(corners) == 4:
            box = Box(corners[1], corners[3], corners[0], corners[2])
        line = _numbers(geo.get("polygon"))
        if line and len(line) % 2 == 0:
            points = tuple(Point(*line[i : i + 2]) for i in range(0, len(line), 2))
            spot = _numbers(geo.get("circle"))
            inside = Point(*spot[:2]) if len(spot) >= 2 else None
            polygons.append(Polygon(points, inside))
    found = Location(text(value.get("name")), north, east, box, tuple(polygons))
    return found if found != Location() else None


def _numbers(value: Any) -> list[float]:  # noqa: ANN401 (JSON)
    parts = (text(value) or "").replace(",", " ").split()
    found = [number(part) for part in parts]
    return [one for one in found if one is not None] if None not in found else []
