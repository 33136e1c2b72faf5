"""What a dataset is about: terms, quantities, places."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.codelists import kinds
from panharvest.derived import degrees
from panharvest.formats.schemaorg.terms import PANET, Node, filled, tagged
from panharvest.units import qudt_of
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from panharvest.record import Location, Parameter, Record, Subject, Technique


def other_words(record: Record) -> list[str]:
    """Give what is a keyword too, though the record has it elsewhere."""
    words = [technique.label for technique in record.techniques]
    words += [probe.name for probe in record.probes]
    words += [subject.value for subject in record.subjects]
    if record.facility:
        words.append(record.facility.name)
    return words


def about(record: Record) -> Node:
    """Write keywords, terms, techniques, quantities and the place."""
    words = [*record.keywords, *other_words(record)]
    words = [word for word in words if fold(word)] or [kinds()[record.kind].text]
    places = [record.location] if record.location else []
    place: Node | None = None
    if places:
        place = location(places[0])
    elif record.facility:
        place = {"@type": "Place", "name": fold(record.facility.name)}
    return {
        "keywords": list(dict.fromkeys(filter(None, map(fold, words)))),
        "about": [subject_node(one) for one in record.subjects],
        "measurementTechnique": [technique_node(one) for one in record.techniques],
        "variableMeasured": [
            *map(parameter_node, record.parameters),
            *(
                {"@type": "PropertyValue", "name": fold(name)}
                for name in record.measured_variables
                if fold(name)
            ),
        ],
        "spatialCoverage": place,
    }


@lru_cache(maxsize=512)
def technique_node(technique: Technique) -> Node:
    """Write a technique as a term of PaNET."""
    code = technique.iri.rpartition("/")[2]
    return filled(
        {
            "@id": technique.iri if is_uri(technique.iri) else None,
            "@type": "DefinedTerm",
            "name": fold(technique.label),
            "identifier": technique.iri,
            "termCode": code,
            "inDefinedTermSet": PANET if "PaNET" in technique.iri else None,
        }
    )


def subject_node(subject: Subject) -> Node:
    """Write a term of a classification."""
    scheme = filled(
        {
            "@type": "DefinedTermSet",
            "name": fold(subject.scheme or ""),
            "url": subject.scheme_iri,
        }
    )
    return filled(
        {
            "@type": "DefinedTerm",
            "name": tagged(subject.value, subject.language),
            "url": subject.iri,
            "termCode": subject.code,
            "inDefinedTermSet": scheme if len(scheme) > 1 else None,
        }
    )


def parameter_node(parameter: Parameter) -> Node:
    """Write a quantity, with its unit in UCUM and QUDT."""
    found: Node = {"@type": "PropertyValue", "name": fold(parameter.name)}
    if parameter.maximum is None:
        found["value"] = _number(parameter.value)
    else:
        found["minValue"] = _number(parameter.value)
        found["maxValue"] = _number(parameter.maximum)
    found["unitText"] = parameter.unit
    found["unitCode"] = qudt_of(parameter.unit) if parameter.unit else None
    found["propertyID"] = parameter.iri
    return filled(found)


def _number(value: float | str) -> float | int | str:
    if isinstance(value, str):
        return fold(value)
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


def location(place: Location) -> Node:
    """Write a place with its position, box or polygons."""
    geo: list[Node] = []
    if position := degrees(place):
        north, east = map(_number, position)
        geo.append({"@type": "GeoCoordinates", "latitude": north, "longitude": east})
    if (box := place.box) is not None:
        text = f"{box.south} {box.west} {box.north} {box.east}"
        geo.append({"@type": "GeoShape", "box": text})
    for polygon in place.polygons:
        points = " ".join(f"{p.latitude} {p.longitude}" for p in polygon.points)
        shape: Node = {"@type": "GeoShape", "polygon": points}
        if (inside := polygon.inside) is not None:
            shape["circle"] = f"{inside.latitude} {inside.longitude} 0"
        geo.append(shape)
    return filled({"@type": "Place", "name": fold(place.place or ""), "geo": geo})
