"""Getting at the values of a node of DCAT, whatever vocabularies say them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from panharvest.codelists import short_languages
from panharvest.formats.datacite.read_content import moment_of
from panharvest.formats.dcat.terms import EU
from panharvest.formats.schemaorg.read_values import each, nodes, number, text
from panharvest.record import (
    Box,
    Identifier,
    Interval,
    Location,
    Moment,
    Point,
    Polygon,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# What names a thing, the best first.
_NAMES = (
    *("skos:prefLabel", "foaf:name", "vcard:fn", "dct:title", "rdfs:label"),
    *("schema:name", "vcard:organization-name", "skos:notation", "dc:title"),
)
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_NULL = Location()


def label(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give what a thing is called; a text is called by itself."""
    if not isinstance(value, dict) or "@value" in value:
        return text(value)
    return next((name for key in _NAMES if (name := text(value.get(key)))), None)


def label_language(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give the language of what a thing is called."""
    for key in _NAMES if isinstance(value, dict) else ():
        if text(value.get(key)):
            first = next(each(value[key]))
            return first.get("@language") if isinstance(first, dict) else None
    return None


def address(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give the address of a node, or an address that is written as a text."""
    said = value.get("@id") if isinstance(value, dict) else value
    return said if isinstance(said, str) and re.match(r"[a-z]+:", said) else None


def texts_of(value: Any, kind: str | None) -> list[Text]:  # noqa: ANN401 (JSON)
    """Give texts with their languages."""
    found = []
    for one in each(value):
        said = one.get("@value") if isinstance(one, dict) else one
        if isinstance(said, str | int | float) and (words := str(said).strip()):
            tag = one.get("@language") if isinstance(one, dict) else None
            found.append(Text(words, kind, tag))
    return found


def first_moment(value: Any) -> Moment | None:  # noqa: ANN401 (JSON)
    """Give the first date; one that is none is kept as the text it is."""
    said = next((t for one in each(value) if (t := text(one))), None)
    return moment_of(said) if said else None


def interval_of(value: Any) -> Interval | None:  # noqa: ANN401 (JSON)
    """Give a period of time, in the words of DCAT, schema.org or OWL-Time."""
    for one in nodes(value):
        start = one.get("dcat:startDate") or one.get("schema:startDate")
        end = one.get("dcat:endDate") or one.get("schema:endDate")
        start = start or _instant(one.get("time:hasBeginning"))
        end = end or _instant(one.get("time:hasEnd"))
        first, last = first_moment(start), first_moment(end)
        if first or last:
            return Interval(first, last if last != first else None)
    return None


def _instant(value: Any) -> Any:  # noqa: ANN401 (JSON)
    for one in nodes(value):
        for key, inner in one.items():
            if key.startswith("time:in"):
                return inner
    return None


def language_of(value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Give a language as a tag; the EU names it by an address."""
    for one in each(value):
        said = address(one) or label(one)
        if said is None:
            continue
        code = said.rstrip("/").rpartition("/")[2]
        if said.startswith(EU) or "lexvo.org" in said or "loc.gov" in said:
            return short_languages().get(code.lower(), code.lower())
        return code
    return None


# --- places ---------------------------------------------------------------------------


def places_of(value: Any) -> list[Location]:  # noqa: ANN401 (JSON)
    """Read names, positions, boxes and polygons of places."""
    found = [_place(one) for one in each(value)]
    return [one for one in found if one != _NULL]


def _place(value: Any) -> Location:  # noqa: ANN401 (JSON)
    name = label(value)
    if not isinstance(value, dict):
        return Location(name)
    if name is None and (iri := address(value)):
        name = iri
    north = east = None
    for one in each(value.get("dcat:centroid")):
        spots = _spots(one)
        if len(spots) == 1:
            north, east = spots[0].latitude, spots[0].longitude
    if north is None:
        north = number(value.get("wgs:lat"))
        east = number(value.get("wgs:long"))
    boxes = [box for one in each(value.get("dcat:bbox")) if (box := _box(_spots(one)))]
    polygons = []
    for one in each(value.get("locn:geometry")):
        spots = _spots(one)
        if len(spots) == 1 and north is None:
            north, east = spots[0].latitude, spots[0].longitude
        elif len(spots) > 1:
            polygons.append(Polygon(tuple(spots)))
    return Location(name, north, east, next(iter(boxes), None), tuple(polygons))


def _spots(value: Any) -> list[Point]:  # noqa: ANN401 (JSON)
    """Read the positions of a text of WKT (longitude first) or of GeoJSON."""
    said = text(value) or ""
    found = [float(part) for part in _NUMBER.findall(said.partition(">")[2] or said)]
    return [Point(found[i + 1], found[i]) for i in range(0, len(found) - 1, 2)]


def _box(spots: list[Point]) -> Box | None:
    """Give the box that a rectangle is; one over the date line begins at its west."""
    if len(spots) < 4:
        return None
    first, second, third = spots[:3]
    south, north = sorted((first.latitude, third.latitude))
    west, east = first.longitude, second.longitude
    if west == east:  # it is drawn the other way round
        west, east = sorted((first.longitude, third.longitude))
    return Box(west, east, south, north)


# --- identifiers ----------------------------------------------------------------------


def schemed(value: Any) -> Iterator[Identifier]:  # noqa: ANN401 (JSON)
    """Read identifiers with their schemes (``adms:Identifier``)."""
    for one in nodes(value):
        said = text(one.get("skos:notation"))
        scheme = label(next(each(one.get("adms:schemaAgency")), None))
        if said:
            yield Identifier(said, scheme or "Other")
