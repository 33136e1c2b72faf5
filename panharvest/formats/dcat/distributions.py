"""The files of a dataset of DCAT-AP, what they are and how they may be used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.derived import address, known_licence, licence_address
from panharvest.formats.dcat.terms import CONTEXT, Node
from panharvest.formats.dcat.values import filled
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from panharvest.record import File, Licence, Record

# A portal wants to know of files, not of every frame of a scan: beyond this the whole
# dataset is one distribution, at its page.
MOST_FILES = 500

IANA = "http://www.iana.org/assignments/media-types/"
NEXUS = "https://manual.nexusformat.org/classes/applications/{}.html"
WHOLE = "The data"
_SPDX = CONTEXT["spdx"]
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+-]+")


def distributions(record: Record) -> Node:
    """Write each file, else the page where the data are asked for."""
    page = record.landing_page or address(record)
    standards = [
        {"@id": NEXUS.format(name), "@type": "dct:Standard"}
        for name in record.definitions
        if re.fullmatch("NX[A-Za-z0-9_]+", name)
    ]
    licence = licence_node(record.licence) if record.licence else None
    common = {
        "@type": "dcat:Distribution",
        "dct:license": licence,
        "dct:conformsTo": standards,
    }
    listed = record.files if len(record.files) <= MOST_FILES else ()
    files = [
        filled({**common, **_file(file, page)}) for file in listed if file.url or page
    ]
    if not files and page and is_uri(page):
        files = [filled({**common, **_whole(record, page)})]
    services = [
        {
            "@type": "dcat:DataService",
            "dct:title": fold(one.name),
            "dcat:endpointURL": {"@id": one.url},
        }
        for one in record.services
        if is_uri(one.url) and fold(one.name)
    ]
    if services and files:
        files[0] = {**files[0], "dcat:accessService": services}
    return {
        "dcat:distribution": files,
        "dct:conformsTo": standards,
        "dct:format": [] if record.files else formats(record)[1:],
    }


def licence_node(licence: Licence) -> Node | None:
    """Give a licence by its address, else in words."""
    url = licence_address(licence)
    label = licence.name or known_licence(licence).name
    found: Node = {"@id": url} if url and is_uri(url) else {}
    found |= {"@type": "dct:LicenseDocument", "rdfs:label": fold(label or "")}
    known_of_it = filled(found)
    return known_of_it if len(known_of_it) > 1 else None


def _whole(record: Record, page: str) -> Node:
    sizes = [file.size for file in record.files]
    known = [size for size in sizes if size is not None]
    total = sum(known) if known and len(known) == len(sizes) else None
    media = formats(record)
    return {
        "dct:title": WHOLE,
        "dct:description": "Where the data can be had.",
        "dcat:accessURL": {"@id": page},
        "dcat:byteSize": _bytes(record.size if record.size is not None else total),
        "dcat:mediaType": next((node for node in media if "@id" in node), None),
        "dct:format": media[:1],  # DCAT-AP takes one; the others are the dataset's
    }


def formats(record: Record) -> list[Node]:
    """Give the formats of the data."""
    return [node for text in record.formats if (node := _format(text))]


def _file(file: File, page: str | None) -> Node:
    url = file.url if file.url and is_uri(file.url) else None
    digest = file.checksum
    is_hex = digest and re.fullmatch("(?:[0-9A-Fa-f]{2})+", digest.value)
    media = _format(file.media_type or "")
    return {
        "dct:title": fold(file.name),
        "dct:description": fold(file.path or file.name),
        "dcat:accessURL": {"@id": url or page} if url or page else None,
        "dcat:downloadURL": {"@id": url} if url else None,
        "dcat:byteSize": _bytes(file.size),
        "dcat:mediaType": media if media and "@id" in media else None,
        "dct:format": media,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": f"{_SPDX}checksumAlgorithm_{digest.algorithm}"},
            "spdx:checksumValue": {"@value": digest.value, "@type": "xsd:hexBinary"},
        }
        if digest and is_hex and digest.algorithm.isalnum()
        else None,
    }


def _bytes(size: int | None) -> Node | None:
    if size is None or size < 0:
        return None
    return {"@value": str(size), "@type": "xsd:nonNegativeInteger"}


def _format(text: str) -> Node | None:
    """Give a media type as IANA names it, another format in words."""
    name = fold(text)
    if not name:
        return None
    if _MEDIA_TYPE.fullmatch(name):
        types = ["dct:MediaType", "dct:MediaTypeOrExtent"]
        return {"@id": f"{IANA}{name}", "@type": types}
    return {"@type": "dct:MediaTypeOrExtent", "rdfs:label": name}
