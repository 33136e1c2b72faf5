"""Harvested records, read: what they are about, and where they come from."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from panharvest.documents import said
from panharvest.errors import SkipError
from panharvest.formats.datacite.reading import read_element as read_datacite
from panharvest.formats.dublincore_reading import read_element as read_dublincore
from panharvest.oai import format_datestamp, parse_datestamp
from panharvest.record import Origin
from panharvest.sources.oaipmh.datestamps import lenient
from panharvest.sources.oaipmh.headers import (
    local,
    prefix_of,
    read_header,
    read_tree,
    text_of,
    tree_of,
)

if TYPE_CHECKING:
    from panharvest.harvested import Harvested
    from panharvest.protocols import Reading
    from panharvest.record import Problem, Record

MOST_HOPS = 10  # repositories that a record went through, as far as it is told
PROVENANCE = "provenance"


@dataclass(frozen=True, slots=True)
class Document:
    """A harvested record, read.

    ``metadata`` is the document as it came, standing on its own; ``namespace`` and
    ``name`` are those of its root. ``about`` are the containers that it came with, but
    for its provenance, which is ``origin`` now.
    """

    record: Record
    problems: tuple[Problem, ...]
    metadata: bytes
    namespace: str
    name: str
    origin: Origin
    about: bytes = b""


def read(harvested: Harvested, *, id: str) -> Document:  # noqa: A002 - as formats
    """Read a live record.

    Raises
    ------
    SkipError
        When it is in a format that nothing reads, or cannot be parsed.
    """
    tree, root = parsed(harvested)
    reading = interpreted(root, id)
    namespace = etree.QName(root).namespace or ""
    return Document(
        record=reading.record,
        problems=reading.problems,
        metadata=_as_it_came(harvested, root) or _alone(root),
        namespace=namespace,
        name=local(root),
        origin=_origin(harvested, namespace, tree),
        about=b"".join(
            _alone(one)
            for one in tree
            if local(one) == "about" and not _is_provenance(one)
        ),
    )


def parsed(harvested: Harvested) -> tuple[etree._Element, etree._Element]:
    """Give a record as a tree, and the root of its document in it.

    Raises
    ------
    SkipError
        When it cannot be parsed, or has no document.
    """
    try:
        tree = tree_of(harvested.record, harvested.context)
    except etree.XMLSyntaxError as error:
        raise SkipError("document.xml", f"not XML: {said(error)}") from None
    root = _metadata(tree)
    if root is None:
        raise SkipError("document.empty", "it has no metadata")
    return tree, root


def interpreted(root: etree._Element, id: str) -> Reading:  # noqa: A002 - as formats
    """Read a document by what it is.

    Raises
    ------
    SkipError
        When nothing reads it.
    """
    read_as = read_dublincore if is_dublin_core(root) else read_datacite
    return read_as(root, id=id)


def _metadata(tree: etree._Element) -> etree._Element | None:
    for child in tree:
        if local(child) == "metadata" and len(child):
            return child[0]
    return None


def is_dublin_core(root: etree._Element) -> bool:
    """Whether a document is Dublin Core, in whatever wrapper."""
    if local(root) in ("dc", "qualifieddc"):
        return True
    return any("purl.org/dc/" in str(one.tag) for one in root)


def _as_it_came(harvested: Harvested, root: etree._Element) -> bytes | None:
    """Give the bytes of the metadata, if they mean the same on their own."""
    record = harvested.record
    prefix = prefix_of(record, 0)
    place = read_header(record, 0, len(record), harvested.context, prefix).metadata
    if place is None:
        return None
    found = bytes(record[place[0] : place[1]]).strip()
    try:
        alone = read_tree(found)
    except etree.XMLSyntaxError:  # a prefix is declared further out
        return None
    same = all(a.tag == b.tag for a, b in zip(alone.iter(), root.iter(), strict=True))
    return found if same else None


def _alone(element: etree._Element) -> bytes:
    """Write an element with the namespaces that it uses, and nothing behind it."""
    copy = deepcopy(element)
    copy.tail = None
    etree.cleanup_namespaces(copy)
    return etree.tostring(copy, encoding="utf-8", xml_declaration=False)


def _is_provenance(about: etree._Element) -> bool:
    return any(local(one) == PROVENANCE for one in about)


def _origin(harvested: Harvested, namespace: str, tree: etree._Element) -> Origin:
    """Say where a record was harvested, and where that repository had it from."""
    instant = lenient(harvested.datestamp)
    stamp = harvested.datestamp
    if parse_datestamp(stamp) is None and instant is not None:
        stamp = format_datestamp(instant)
    behind = None
    for about in tree:
        if local(about) == "about" and _is_provenance(about):
            described = about.find(".//{*}originDescription")
            behind = _described(described, MOST_HOPS)
    return Origin(
        base_url=harvested.feed.url,
        identifier=harvested.identifier,
        datestamp=stamp,
        namespace=namespace,
        harvested=format_datestamp(int(harvested.fetched)),
        altered=False,
        origin=behind,
    )


def _described(element: etree._Element | None, hops: int) -> Origin | None:
    """Read an ``originDescription`` and those nested in it."""
    if element is None or hops == 0:
        return None
    texts = {local(one): text_of(one).strip() for one in element if len(one) == 0}
    return Origin(
        base_url=texts.get("baseURL", ""),
        identifier=texts.get("identifier", ""),
        datestamp=texts.get("datestamp", ""),
        namespace=texts.get("metadataNamespace", ""),
        harvested=(element.get("harvestDate") or "").strip(),
        altered=(element.get("altered") or "").strip().lower() == "true",
        origin=_described(element.find("{*}originDescription"), hops - 1),
    )
