"""DataCite XML of any kernel as the plain values that the JSON form has too.

Elements are found by their local names wherever they are, so that any namespace,
prefix and wrapper will do: kernels 2.1 to 4.7, the OAI wrappers, OpenAIRE's profile,
and the documents that repositories make up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from panharvest.formats.datacite.values import Values

# Single values that are the text of an element.
_SINGLE = frozenset(("publicationyear", "language", "version"))
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
        name = _local(child.tag)
        if name in _ITEMS:
            key, read = _ITEMS[name]
            if key in found:
                found[key].append(read(child))
            else:
                found[key] = [read(child)]
        elif name == "resourcetype":
            found.setdefault("types", _with_text(child, name))
        elif name == "publisher":
            if "publisher" in found:
                found["publishers"] = True  # there is more than the one that is read
            found.setdefault("publisher", _with_text(child, "name"))
        elif name in _SINGLE:
            if text := _text(child):
                found.setdefault(name, text)
        elif name in _PLAIN:
            if text := _text(child):
                found.setdefault(_PLAIN[name], []).append(text)
        elif len(child):
            _descend(child, found)
        elif name not in _IGNORED and isinstance(child.tag, str) and _text(child):
            found.setdefault("unread", []).append(name)


@lru_cache(maxsize=1024)
def _local(name: object) -> str:
    """Give the name of an element or attribute, without namespace, in lower case."""
    return str(name).rpartition("}")[2].lower()


def _text(node: _Element) -> str:
    """Give the whole text of an element on one line."""
    text = node.text if not len(node) else "".join(str(t) for t in node.itertext())
    return " ".join(text.split()) if text else ""


def _attributes(node: _Element) -> Values:
    """Give the attributes by local name in lower case."""
    items: Any = node.items()  # (str, str), which the stubs do not know
    return {
        _local(key): text for key, value in items if (text := " ".join(value.split()))
    }


def _with_text(node: _Element, name: str) -> Values:
    """Give the attributes, and the text under a name."""
    found = _attributes(node)
    if text := _text(node):
        found[name] = text
    return found


def _extended(node: _Element, name: str) -> Values:
    """Give the attributes, and elements that should not be there as if they were."""
    found = _with_text(node, name)
    if len(node):
        found = {_local(child.tag): _text(child) for child in node} | found
    return found


def _texted(name: str) -> Callable[[_Element], Values]:
    """Make a reader of an element whose text has a name in the JSON form."""
    return lambda node: _with_text(node, name)


def _prose(node: _Element) -> Values:
    """Read a description; ``<br/>`` and other elements in it end a line."""
    text = node.text or ""
    found = _attributes(node)
    if len(node):
        parts = [text]
        for inner in node.iter():
            if inner is not node:
                parts += ["\n", inner.text or "", inner.tail or ""]
                if (name := _local(inner.tag)) != "br":
                    found["markup"] = name
        text = "".join(parts)
    if text := text.strip():
        found["description"] = text
    return found


def _agent(node: _Element) -> Values:
    """Read a creator or contributor, also one that is a bare text."""
    if not len(node):
        return _with_text(node, "name")
    found = _attributes(node)
    for child in node:
        name = _local(child.tag)
        if name in ("creatorname", "contributorname", "name"):
            found |= _with_text(child, "name")
        elif name in ("givenname", "familyname"):
            if text := _text(child):
                found[name] = text
        elif name == "nameidentifier":
            one = _extended(child, "nameidentifier")
            found.setdefault("nameidentifiers", []).append(one)
        elif name in ("affiliation", "affiliations"):
            found.setdefault("affiliation", []).append(_extended(child, "name"))
    return found


def _funding(node: _Element) -> Values:
    found: Values = {}
    for child in node:
        found |= _with_text(child, _local(child.tag))
    return found


def _place(node: _Element) -> Values:
    """Read a location; kernel 3 has points and boxes as texts."""
    found: Values = {}
    for child in node:
        name = _local(child.tag)
        if name == "geolocationplace":
            if text := _text(child):
                found[name] = text
        elif name == "geolocationpolygons":
            found |= _place(child)
        elif name == "geolocationpolygon":
            polygon = [{_local(point.tag): _coordinates(point)} for point in child]
            found.setdefault(name, []).append(polygon)
        elif name in ("geolocationpoint", "geolocationbox"):
            found[name] = _coordinates(child)
    return found


def _coordinates(node: _Element) -> Values | str:
    if not len(node):
        return _text(node)
    return {_local(child.tag): _text(child) for child in node}


def _item(node: _Element) -> Values:
    """Read a related item, which has titles and people of its own."""
    found = _attributes(node)
    for child in node:
        name = _local(child.tag)
        if name == "relateditemidentifier":
            found[name] = _with_text(child, name)
        elif name == "titles":
            found[name] = [_with_text(title, "title") for title in child]
        elif name in ("creators", "contributors"):
            found[name] = [_agent(member) for member in child]
        else:
            found |= _with_text(child, name)
    return found


def _licence(node: _Element) -> Values:
    """Read OpenAIRE's ``licenseCondition`` as a statement about rights."""
    found: Values = _with_text(node, "rights")
    if uri := found.pop("uri", None):
        found["rightsuri"] = uri
    return found


_ITEMS: dict[str, tuple[str, Callable[[_Element], dict[str, Any]]]] = {
    "identifier": ("identifiers", _texted("identifier")),
    "creator": ("creators", _agent),
    "contributor": ("contributors", _agent),
    "title": ("titles", _texted("title")),
    "subject": ("subjects", _texted("subject")),
    "date": ("dates", _texted("date")),
    "alternateidentifier": ("alternateidentifiers", _texted("alternateidentifier")),
    "relatedidentifier": ("relatedidentifiers", _texted("relatedidentifier")),
    "rights": ("rightslist", _texted("rights")),
    "licensecondition": ("rightslist", _licence),
    "description": ("descriptions", _prose),
    "geolocation": ("geolocations", _place),
    "fundingreference": ("fundingreferences", _funding),
    "relateditem": ("relateditems", _item),
}
