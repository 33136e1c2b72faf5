"""The values that DCAT-AP wants typed: texts, dates, languages, concepts, places."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from panharvest.codelists import long_languages
from panharvest.derived import language_tag, w3cdtf
from panharvest.formats.dcat.terms import EU, Node
from panharvest.syntax import is_moment
from panharvest.xmltext import clean, fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.record import Identifier, Location, Moment, Polygon, Text


def filled(found: Node) -> Node:
    """Leave out what is not known."""
    return {k: v for k, v in found.items() if v is not None and v not in ("", [])}


def tagged(text: Text) -> Any:  # noqa: ANN401 (a text or a node)
    """Give a text with its language."""
    return in_language(clean(text.value).strip(), text.language)


def in_language(value: str, language: str | None) -> Any:  # noqa: ANN401 (text or node)
    """Give a text with a language where that is a tag."""
    tag = language_tag(language)
    return {"@value": value, "@language": tag} if tag else value


@lru_cache(maxsize=64)
def language_node(tag: str | None) -> Node | None:
    """Give a language as the EU names it."""
    found = language_tag(tag)
    code = long_languages().get(found.partition("-")[0]) if found else None
    if code is None:
        return None
    return {"@id": f"{EU}language/{code.upper()}", "@type": "dct:LinguisticSystem"}


def concept(
    iri: str | None,
    label: str,
    language: str | None = None,
    *,
    scheme: Node | None = None,
    code: str | None = None,
) -> Node | None:
    """Give a concept by its address and label; None when it has no label."""
    name = fold(label)
    if not name:
        return None
    found: Node = {"@id": iri} if iri and is_uri(iri) else {}
    found |= {"@type": "skos:Concept", "skos:prefLabel": in_language(name, language)}
    found |= {"skos:notation": fold(code or ""), "skos:inScheme": scheme}
    return filled(found)


def scheme_node(iri: str | None, title: str) -> Node | None:
    """Give the scheme that a concept is of."""
    found: Node = {"@id": iri} if iri and is_uri(iri) else {}
    name = fold(title) or fold(iri or "")
    return {**found, "@type": "skos:ConceptScheme", "dct:title": name} if name else None


def identifier_nodes(identifiers: Iterable[Identifier]) -> list[Node]:
    """Give identifiers with their schemes."""
    return [
        {
            "@type": "adms:Identifier",
            "skos:notation": fold(one.value),
            "adms:schemaAgency": fold(one.scheme),
        }
        for one in identifiers
        if fold(one.value)
    ]


def moment(value: Moment | str | None) -> Node | None:
    """Give a date with its type of XML Schema."""
    text = w3cdtf(value) if not isinstance(value, str) else value
    if text is None or not is_moment(text):
        return None
    kind = {4: "gYear", 7: "gYearMonth", 10: "date"}.get(len(text), "dateTime")
    if kind == "dateTime" and re.search(r"T[0-9]{2}:[0-9]{2}(?:Z|[+-])", text):
        text = re.sub(r"(T[0-9]{2}:[0-9]{2})", r"\1:00", text)
    return {"@value": text, "@type": f"xsd:{kind}"}


def place(one: Location) -> Node | None:
    """Give a place; None when nothing is known of it."""
    found: Node = {"@type": "dct:Location", "rdfs:label": fold(one.place or "")}
    if one.latitude is not None and one.longitude is not None:
        found["dcat:centroid"] = _wkt(f"POINT({one.longitude} {one.latitude})")
    if (box := one.box) is not None:
        corners = (
            (box.west, box.south),
            (box.east, box.south),
            (box.east, box.north),
            (box.west, box.north),
            (box.west, box.south),
        )
        line = ", ".join(f"{x} {y}" for x, y in corners)
        found["dcat:bbox"] = _wkt(f"POLYGON(({line}))")
    found["locn:geometry"] = [_wkt(_polygon(polygon)) for polygon in one.polygons]
    known = filled(found)
    return known if len(known) > 1 else None


def _polygon(polygon: Polygon) -> str:
    line = ", ".join(f"{p.longitude} {p.latitude}" for p in polygon.points)
    return f"POLYGON(({line}))"


def _wkt(text: str) -> Node:
    return {"@value": text, "@type": "geo:wktLiteral"}
