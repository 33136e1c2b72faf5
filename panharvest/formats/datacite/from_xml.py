"""DataCite XML of any kernel as the plain values that the JSON form has too.

Elements are found by their local names wherever they are, so that any namespace,
prefix and wrapper will do: kernels 2.1 to 4.7, the OAI wrappers, OpenAIRE's profile,
and the documents that repositories make up. The result has the names of DataCite's
JSON, in lower case, so that both forms are interpreted by the same code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.documents import local_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

Values = dict[str, Any]

# Single values that are the text of an element.
_SINGLE = {
    "publicationyear": "publicationyear",
    "language": "language",
    "version": "version",
}
_PLAIN = {"size": "sizes", "format": "formats"}
_IGNORED = frozenset(
    (
        *("schemaversion", "datacentresymbol", "isreferencequality"),
        *("lastmetadataupdate", "metadataversionnumber"),
    )
)


def values_of(root: _Element) -> Values:
    """Give what a document says; ``unread`` lists elements that nothing reads."""
    found: Values = {}
    _descend(root, found)
    return found


def _descend(node: _Element, found: Values) -> None:
    for child in node:
        name = local_name(child.tag).lower()
        if name in _ITEMS:
            key, read = _ITEMS[name]
            found.setdefault(key, []).append(read(child))
        elif name == "resourcetype":
            found.setdefault("types", _resource_type(child))
        elif name == "publisher":
            if "publisher" in found:
                found["publishers"] = True  # there is more than the one that is read
            found.setdefault("publisher", _publisher(child))
        elif name in _SINGLE:
            found.setdefault(_SINGLE[name], _text(child))
        elif name in _PLAIN:
            found.setdefault(_PLAIN[name], []).append(_text(child))
        elif len(child):
            _descend(child, found)
        elif name not in _IGNORED and _text(child):
            found.setdefault("unread", []).append(name)


def _text(node: _Element) -> str:
    """Give the whole text of an element on one line."""
    if not len(node):
        return " ".join((node.text or "").split())
    return " ".join("".join(map(str, node.itertext())).split())


def _attributes(node: _Element) -> Values:
    """Give the attributes by local name in lower case."""
    return {
        str(key).rpartition("}")[2].lower(): str(value).strip()
        for key, value in node.attrib.items()
    }


def _extended(node: _Element) -> Values:
    """Give the attributes, and elements that should not be there as if they were."""
    return _attributes(node) | {
        local_name(child.tag).lower(): _text(child) for child in node
    }


def _with_text(name: str) -> Callable[[_Element], Values]:
    """Make a reader of an element whose text has a name in the JSON form."""

    def read(node: _Element) -> Values:
        return {**_attributes(node), name: _text(node)}

    return read


def _prose(node: _Element) -> Values:
    """Read a description; ``<br/>`` and other elements in it end a line."""
    if len(node):
        parts = [node.text or ""]
        for inner in node.iter():
            if inner is not node:
                parts += ["\n", inner.text or "", inner.tail or ""]
        text = "".join(parts)
    else:
        text = node.text or ""
    return {**_attributes(node), "description": text.strip()}


def _resource_type(node: _Element) -> Values:
    return {**_attributes(node), "resourcetype": _text(node)}


def _publisher(node: _Element) -> Values:
    return {**_attributes(node), "name": _text(node)}


def _agent(node: _Element) -> Values:
    """Read a creator or contributor, also one that is a bare text."""
    found = _attributes(node)
    if not len(node):
        return {**found, "name": _text(node)}
    for child in node:
        name = local_name(child.tag).lower()
        if name in ("creatorname", "contributorname", "name"):
            found.update(_attributes(child))
            found["name"] = _text(child)
        elif name in ("givenname", "familyname"):
            found[name] = _text(child)
        elif name == "nameidentifier":
            one = {**_extended(child), "nameidentifier": _text(child)}
            found.setdefault("nameidentifiers", []).append(one)
        elif name in ("affiliation", "affiliations"):
            found.setdefault("affiliation", []).append(
                {**_extended(child), "name": _text(child)}
            )
    return found


def _funding(node: _Element) -> Values:
    found: Values = {}
    for child in node:
        name = local_name(child.tag).lower()
        found[name] = _text(child)
        found.update(_attributes(child))
    return found


def _place(node: _Element) -> Values:
    """Read a location; kernel 3 has points and boxes as texts."""
    found: Values = {}
    for child in node:
        name = local_name(child.tag).lower()
        if name == "geolocationplace":
            found[name] = _text(child)
        elif name == "geolocationpolygons":
            found.update(_place(child))
        elif name == "geolocationpolygon":
            polygon = [
                {local_name(point.tag).lower(): _coordinates(point)} for point in child
            ]
            found.setdefault(name, []).append(polygon)
        elif name in ("geolocationpoint", "geolocationbox"):
            found[name] = _coordinates(child)
    return found


def _coordinates(node: _Element) -> Values | str:
    if not len(node):
        return _text(node)
    return {local_name(child.tag).lower(): _text(child) for child in node}


def _item(node: _Element) -> Values:
    """Read a related item, which has titles and people of its own."""
    found = _attributes(node)
    for child in node:
        name = local_name(child.tag).lower()
        if name == "relateditemidentifier":
            found[name] = {**_attributes(child), name: _text(child)}
        elif name in ("titles", "creators", "contributors"):
            read = _with_text("title") if name == "titles" else _agent
            found[name] = [read(member) for member in child]
        else:
            found[name] = _text(child)
            found.update(_attributes(child))
    return found


def _licence(node: _Element) -> Values:
    """Read OpenAIRE's ``licenseCondition`` as a statement about rights."""
    found = _attributes(node)
    return {"rights": _text(node), "rightsuri": found.get("uri", "")}


_ITEMS: dict[str, tuple[str, Callable[[_Element], Values]]] = {
    "identifier": ("identifiers", _with_text("identifier")),
    "creator": ("creators", _agent),
    "contributor": ("contributors", _agent),
    "title": ("titles", _with_text("title")),
    "subject": ("subjects", _with_text("subject")),
    "date": ("dates", _with_text("date")),
    "alternateidentifier": ("alternateidentifiers", _with_text("alternateidentifier")),
    "relatedidentifier": ("relatedidentifiers", _with_text("relatedidentifier")),
    "rights": ("rightslist", _with_text("rights")),
    "licensecondition": ("rightslist", _licence),
    "description": ("descriptions", _prose),
    "geolocation": ("geolocations", _place),
    "fundingreference": ("fundingreferences", _funding),
    "relateditem": ("relateditems", _item),
}
