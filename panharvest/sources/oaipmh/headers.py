"""Headers of records: read by one expression where they follow the schema."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from panharvest.documents import xml_parser
from panharvest.sources.oaipmh.datestamps import is_instant, lenient
from panharvest.xmltext import clean

if TYPE_CHECKING:
    from panharvest.harvested import Bytes

_ATTRIBUTES = rb"""(?:\s+[^\s=<>/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*"""
_OPENING = re.compile(rb"<(?:[A-Za-z_][\w.\-]*:)?metadata" + _ATTRIBUTES + rb"\s*>")


class Header(NamedTuple):
    """What the header of a record says, and what was odd about it."""

    identifier: str
    datestamp: str
    deleted: bool
    sets: tuple[str, ...]
    flags: tuple[str, ...] = ()
    metadata: tuple[int, int] | None = None  # what is inside, from the record's start


NO_HEADER = Header("", "", False, (), ("header.missing",))


@lru_cache(maxsize=64)
def header_pattern(prefix: bytes) -> re.Pattern[bytes]:
    """Give what a record that follows the schema begins with, for a prefix."""
    p = re.escape(prefix)
    return re.compile(
        rb"<" + p + rb"record\s*>\s*"
        rb"<" + p + rb"header(?:\s+status\s*=\s*[\"'](deleted)[\"'])?\s*>\s*"
        rb"<" + p + rb"identifier>([^<]*)</" + p + rb"identifier>\s*"
        rb"<" + p + rb"datestamp>([^<]*)</" + p + rb"datestamp>"
        rb"((?:\s*<" + p + rb"setSpec>[^<]*</" + p + rb"setSpec>)*)\s*"
        rb"</" + p + rb"header>\s*(<" + p + rb"metadata" + _ATTRIBUTES + rb"\s*>)?"
    )


_PREFIX = re.compile(rb"<((?:[A-Za-z_][\w.\-]*:)?)record")
_SPECS = re.compile(rb">([^<]+)</")


@lru_cache(maxsize=4096)  # records share few combinations of sets
def specs_of(text: bytes) -> tuple[str, ...]:
    """Give the sets that some elements name."""
    found = (unescape(one.decode()).strip() for one in _SPECS.findall(text))
    return tuple(dict.fromkeys(one for one in found if one))


def prefix_of(document: Bytes, start: int) -> bytes:
    """Give the prefix, with its colon, of the record that begins at a place."""
    named = _PREFIX.match(document, start)
    return bytes(named[1]) if named else b""


def read_header(
    document: Bytes, start: int, end: int, context: bytes, prefix: bytes = b""
) -> Header:
    """Read the header of the well-formed record at a place of a document."""
    found = header_pattern(prefix).match(document, start, end)
    if found is None:
        return _by_tree(document, start, end, context)
    status, name, stamp, specs, opening = found.groups()
    if opening is None and document.find(b"metadata", found.end(), end) >= 0:
        return _by_tree(document, start, end, context)  # it begins in another way
    identifier = name.decode()
    if "&" in identifier:
        identifier = unescape(identifier)
    flags: tuple[str, ...] = ()
    trimmed = identifier.strip()
    if trimmed != identifier:
        flags = ("identifier.trimmed",)
    datestamp = stamp.decode().strip()
    if not is_instant(datestamp):
        flags = (*flags, "datestamp.invalid")
    metadata: tuple[int, int] | None = None
    if opening is not None:
        begin = found.end()
        close = document.rfind(b"</" + prefix + b"metadata", begin, end)
        if close >= 0:
            metadata = (begin - start, close - start)
    sets = specs_of(specs)
    return Header(trimmed, datestamp, status is not None, sets, flags, metadata)


def context_of(element: etree._Element | None) -> bytes:
    """Give the namespace declarations in force in an element, as attributes."""
    declared = {} if element is None else element.nsmap
    return b"".join(
        b' xmlns%s="%s"'
        % (
            b":" + prefix.encode() if prefix else b"",
            uri.replace("&", "&amp;").replace('"', "&quot;").encode(),
        )
        for prefix, uri in sorted(declared.items(), key=lambda pair: pair[0] or "")
        if uri and prefix != "xml"
    )


def wrapped(record: Bytes, context: bytes) -> bytes:
    """Give a document of one record, in which its namespaces are declared."""
    return b"<in%s>%s</in>" % (context, record)


def read_tree(document: bytes) -> etree._Element:
    """Read a document as a tree; comments and instructions are left out.

    Raises
    ------
    etree.XMLSyntaxError
        When it is not well-formed, or nested too deeply.
    """
    return etree.fromstring(document, xml_parser(bare=True))


def text_of(element: etree._Element) -> str:
    """Give all text of an element."""
    return "".join(str(text) for text in element.itertext())


def tree_of(record: Bytes, context: bytes) -> etree._Element:
    """Read a record as a tree; see :func:`read_tree`."""
    return read_tree(wrapped(record, context))[0]


def local(element: etree._Element) -> str:
    """Give the name of an element without its namespace."""
    return etree.QName(element).localname


def _by_tree(document: Bytes, start: int, end: int, context: bytes) -> Header:
    record = tree_of(document[start:end], context)
    children = {local(child): child for child in record if isinstance(child.tag, str)}
    header = children.get("header")
    if header is None:
        return NO_HEADER
    read = header_of(header)
    inner = children.get("metadata")
    if inner is None or len(inner) == 0:
        return read
    piece = document[start:end]
    opening = _OPENING.search(piece)
    closing = piece.rfind(b"</", 0, _end_of(piece, b"metadata"))
    if opening is None or closing < opening.end():
        return read
    return read._replace(metadata=(opening.end(), closing))


def _end_of(piece: Bytes, name: bytes) -> int:
    """Give the end of the last closing tag of a name."""
    ends = [
        found.end()
        for found in re.finditer(rb"</(?:[A-Za-z_][\w.\-]*:)?" + name + rb"\s*>", piece)
    ]
    return ends[-1] if ends else 0


def header_of(header: etree._Element) -> Header:
    """Read a header from its element, whatever the order of what is in it."""
    flags: list[str] = []
    texts: dict[str, list[str]] = {"identifier": [], "datestamp": [], "setSpec": []}
    order: list[str] = []
    for child in header:
        if isinstance(child.tag, str) and local(child) in texts:
            name = local(child)
            order.append(name)
            texts[name].append(clean(text_of(child)))
            if child.attrib and name == "identifier":
                flags.append("header.attributes")
    identifier = texts["identifier"][0] if texts["identifier"] else ""
    if identifier != identifier.strip():
        flags.append("identifier.trimmed")
    if order[:2] != ["identifier", "datestamp"]:
        flags.append("header.order")
    datestamp = texts["datestamp"][0].strip() if texts["datestamp"] else ""
    if lenient(datestamp) is None:
        flags.append("datestamp.invalid")
    specs = (text.strip() for text in texts["setSpec"])
    return Header(
        identifier.strip(),
        datestamp,
        (header.get("status") or "").strip().lower() == "deleted",
        tuple(dict.fromkeys(spec for spec in specs if spec)),
        tuple(dict.fromkeys(flags)),
    )
