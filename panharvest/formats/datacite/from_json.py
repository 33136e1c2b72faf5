"""DataCite JSON of any form as the plain values that the XML has too.

JSON in the wild has numbers for texts, one object for a list, texts for objects and
``null`` anywhere. Nothing here raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.formats.datacite.values import Values


def values_of(attributes: Mapping[str, Any]) -> Values:
    """Give what the attributes of a document say, whatever types they have."""
    found = _object(attributes, _DOCUMENT)
    publishers = next((v for k, v in attributes.items() if k.lower() == "publisher"), 0)
    if isinstance(publishers, list) and len(publishers) > 1:
        found["publishers"] = True  # there is more than the one that is read
    return found


def _prose(value: object) -> str | None:
    """Give a text with its line ends; None when there is none."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return next((text for text in map(_prose, value) if text), None)
    return None


def _line(value: object) -> str | None:
    """Give a text on one line; None when there is none."""
    text = _prose(value)
    return " ".join(text.split()) or None if text else None


def _lines(value: object) -> list[str]:
    """Give the texts of a list."""
    many = value if isinstance(value, list) else [value]
    return [text for text in map(_line, many) if text]


def _object(value: Mapping[str, Any], shape: Mapping[str, tuple[str, Any]]) -> Values:
    """Give an object by the names that its shape has for them; the rest are texts.

    Where a thing is under its own and under another name its own decides.
    """
    found: Values = {}
    for key, inner in value.items():
        word = str(key).lower()
        name, read = shape.get(word, (word, _line))
        said = read(inner)
        if said not in (None, []) and (name == word or name not in found):
            found[name] = said
    return found


def _one(name: str, shape: Mapping[str, tuple[str, Any]]) -> Any:  # noqa: ANN401 (a reader)
    """Make a reader of an object, which may be only the text under a name."""

    def read(value: object) -> Values | None:
        if isinstance(value, list):
            return next((one for one in map(read, value) if one), None)
        if isinstance(value, dict):
            return _object(value, shape)
        text = shape.get(name, (name, _line))[1](value)
        return {name: text} if text else None

    return read


def _many(name: str, shape: Mapping[str, tuple[str, Any]]) -> Any:  # noqa: ANN401 (a reader)
    """Make a reader of a list of objects, which may be only one and only texts."""
    single = _one(name, shape)

    def read(value: object) -> list[Values]:
        if value in (None, "", {}):
            return []
        many = value if isinstance(value, list) else [value]
        return [{} if isinstance(v, list) else single(v) or {} for v in many]

    return read


def _tree(value: object) -> Any:  # noqa: ANN401 (positions are nested in several ways)
    """Give objects and lists with keys in lower case, numbers as they are."""
    if isinstance(value, dict):
        return {str(k).lower(): _tree(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_tree(one) for one in value]
    return value


def _text_shape(name: str, *others: str) -> Mapping[str, tuple[str, Any]]:
    return dict.fromkeys(others, (name, _line))


_NAME_IDENTIFIER = {
    "value": ("nameidentifier", _line),
    "identifier": ("nameidentifier", _line),
    "scheme": ("nameidentifierscheme", _line),
}
_AFFILIATIONS = ("affiliation", _many("name", _text_shape("name", "affiliation")))
_NAME_IDENTIFIERS = ("nameidentifiers", _many("nameidentifier", _NAME_IDENTIFIER))
_AGENT = {
    "creatorname": ("name", _line),
    "contributorname": ("name", _line),
    "nameidentifiers": _NAME_IDENTIFIERS,
    "nameidentifier": _NAME_IDENTIFIERS,
    "affiliation": _AFFILIATIONS,
    "affiliations": _AFFILIATIONS,
}
_AGENTS = _many("name", _AGENT)
_TITLES = ("titles", _many("title", {}))
_ITEM = {
    "relateditemidentifier": (
        "relateditemidentifier",
        _one("relateditemidentifier", {}),
    ),
    "titles": _TITLES,
    "title": _TITLES,
    "creators": ("creators", _AGENTS),
    "contributors": ("contributors", _AGENTS),
}
_PLACE = {
    "geolocationpoint": ("geolocationpoint", _tree),
    "geolocationbox": ("geolocationbox", _tree),
    "geolocationpolygon": ("geolocationpolygon", _tree),
    "geolocationpolygons": ("geolocationpolygon", _tree),
}
_DESCRIPTION = {"description": ("description", _prose)}


def _lists() -> dict[str, tuple[str, Any]]:
    found = {}
    for singular, shape in (
        ("title", {}),
        ("identifier", {}),
        ("subject", {}),
        ("date", {}),
        ("alternateidentifier", {}),
        ("relatedidentifier", {}),
        ("description", _DESCRIPTION),
    ):
        read = _many(singular, shape)
        found[singular] = found[f"{singular}s"] = (f"{singular}s", read)
    for singular, name, shape in (
        ("creator", "name", _AGENT),
        ("contributor", "name", _AGENT),
        ("geolocation", "geolocationplace", _PLACE),
        ("fundingreference", "fundername", {}),
        ("relateditem", "text", _ITEM),
    ):
        read = _many(name, shape)
        found[singular] = found[f"{singular}s"] = (f"{singular}s", read)
    return found


_RIGHTS = ("rightslist", _many("rights", {}))
_TYPES = ("types", _one("resourcetype", {}))
_DOCUMENT: Mapping[str, tuple[str, Any]] = {
    **_lists(),
    "rightslist": _RIGHTS,
    "rights": _RIGHTS,
    "types": _TYPES,
    "resourcetype": _TYPES,
    "publisher": ("publisher", _one("name", {})),
    "sizes": ("sizes", _lines),
    "size": ("sizes", _lines),
    "formats": ("formats", _lines),
    "format": ("formats", _lines),
}
