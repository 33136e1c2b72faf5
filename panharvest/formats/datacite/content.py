"""What the data are about, when they were made and who may have them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.codelists import access_rights
from panharvest.derived import (
    available,
    degrees,
    extents,
    interval_text,
    known_licence,
    misleading,
    w3cdtf,
)
from panharvest.formats.datacite.agents import lang_attribute as _lang
from panharvest.formats.datacite.statements import (
    WITHDRAWN,
    parameter_statement,
    sample_statement,
)
from panharvest.licensing import spdx_of
from panharvest.record import AccessStatus, Interval
from panharvest.xmltext import attribute, line, prose, uri_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from panharvest.formats.datacite.kernels import Kernel
    from panharvest.record import (
        Access,
        Box,
        DatedEvent,
        Licence,
        Location,
        Moment,
        Polygon,
        Record,
        Right,
        Text,
    )

PANET = "http://purl.org/pan-science/PaNET/PaNET.owl"

_ANCIENT = re.compile(r"-[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_PANET_TERM = "http://purl.org/pan-science/PaNET/PaNET"
_PANET = f' subjectScheme="PaNET" schemeURI="{PANET}"'
_NXSOURCE = (
    ' subjectScheme="NeXus NXsource" schemeURI='
    '"https://manual.nexusformat.org/classes/base_classes/NXsource.html"'
)
_SPDX = ' rightsIdentifierScheme="SPDX" schemeURI="https://spdx.org/licenses/"'


def titles(texts: Iterable[Text], kernel: Kernel) -> str:
    """Write the titles that are not blank, without their wrapper."""
    allowed = kernel.title_types
    out = ""
    for title in texts:
        if value := line(title.value):
            kind = f' titleType="{title.type}"' if title.type in allowed else ""
            out += f"<title{kind}{_lang(title.language)}>{value}</title>"
    return out


def subjects(record: Record) -> Iterator[str]:
    """Write keywords, techniques, probes, sources, samples and classifications."""
    for keyword in record.keywords:
        yield _subject(keyword)
    for technique in record.techniques:
        yield _term(technique.label, technique.iri)
    for probe in record.probes:
        yield _term(probe.name, probe.iri)
    for source in record.sources:
        yield _subject(source.type, _NXSOURCE)
    for sample in record.samples:
        yield _subject(sample.name, ' subjectScheme="Sample"')
        yield _subject(sample.formula, ' subjectScheme="Chemical formula"')
    for subject in record.subjects:
        attributes = (
            attribute("subjectScheme", subject.scheme)
            + uri_attribute("schemeURI", subject.scheme_iri)
            + uri_attribute("valueURI", subject.iri)
            + _code(subject.code)
            + _lang(subject.language)
        )
        yield _subject(subject.value, attributes)


def _code(code: str | None) -> str:
    """Write a classification code, which need be no whole URI (``530``)."""
    if code is None or not _CODE.fullmatch(code):
        return ""
    return attribute("classificationCode", code)


_CODE = re.compile(r"(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")


def _subject(text: str | None, attributes: str = "") -> str:
    word = line(text) if text else ""
    return f"<subject{attributes}>{word}</subject>" if word else ""


@lru_cache(maxsize=1024)
def _term(label: str, iri: str | None) -> str:
    """Write a term of PaNET as a subject, or of another vocabulary by its IRI."""
    value = uri_attribute("valueURI", iri)
    if value and iri is not None and iri.startswith(_PANET_TERM):
        code = uri_attribute("classificationCode", iri)
        return _subject(label, f'{_PANET}{value}{code} xml:lang="en"')
    return _subject(label, value)


def dates(record: Record, kernel: Kernel) -> Iterator[str]:
    """Write the dates, ``Collected`` first: B2FIND takes the first for coverage.

    ``Accepted`` is the begin of the embargo and ``Available`` its end (OpenAIRE
    guidelines for data archives). While data are embargoed nothing says ``Issued``
    unless the record knows when it was.
    """
    embargo, status = record.embargo, record.access and record.access.status
    open_from = available(record)
    issued = w3cdtf(record.issued)
    if issued is None and status is not AccessStatus.EMBARGOED:
        issued = open_from
    for kind, text in (
        ("Collected", interval_text(record.collected)),
        ("Accepted", w3cdtf(embargo.start) if embargo else None),
        ("Available", open_from),
        ("Issued", issued),
        ("Created", w3cdtf(record.created)),
        ("Updated", w3cdtf(record.modified)),
        ("Withdrawn", w3cdtf(record.withdrawal.date) if record.withdrawal else None),
    ):
        if text and not any(_says(event, kind, text) for event in record.dates):
            yield f'<date dateType="{kind}">{text}</date>'
    for event in record.dates:
        yield _event(event, kernel)


def _says(event: DatedEvent, kind: str, text: str) -> bool:
    """Whether a date with more to say stands for the same one of a field."""
    return (
        event.type == kind and event.information is not None and (_span(event) == text)
    )


def _event(event: DatedEvent, kernel: Kernel) -> str:
    """Write a date of another type; what the type was is said when it must change."""
    text = _span(event)
    if not text:
        return ""
    kind = kernel.dates.get(event.type, "Other")
    information = event.information
    if kind != event.type:
        information = f"{event.type}: {information}" if information else event.type
    more = attribute("dateInformation", information)
    return f'<date dateType="{kind}"{more}>{text}</date>'


def _span(event: DatedEvent) -> str | None:
    first, last = (_ancient(event.start), _ancient(event.end))
    if first or last:
        return "/".join(filter(None, (first, last)))
    return interval_text(Interval(event.start, event.end))


def _ancient(moment: Moment | None) -> str | None:
    """Give a date before our era (ISO 8601), which W3CDTF does not have."""
    if moment is None or _ANCIENT.fullmatch(moment.text) is None:
        return None
    return moment.text


def formats(record: Record) -> Iterator[str]:
    """Write media types and the NeXus application definitions."""
    for media_type in record.formats:
        if text := line(media_type):
            yield f"<format>{text}</format>"
    for definition in record.definitions:
        if text := line(definition):
            yield f"<format>NeXus {text}</format>"


def sizes(record: Record) -> Iterator[str]:
    """Write the size as people read it, exactly, and what else is said of it."""
    words = extents(record)
    for text in words:
        yield f"<size>{text}</size>"
    size = record.size
    if size is not None and record.size_exact and size >= 1000:
        yield f"<size>{size} bytes</size>"
    for text in record.extents:
        if text := line(text):
            yield f"<size>{text}</size>"


def rights(record: Record) -> Iterator[str]:
    """Write access as info:eu-repo (OpenAIRE, B2FIND) and COAR, then the licence."""
    access, licence = record.access, record.licence
    if access is not None:
        yield _access(access)
    if licence is not None:
        yield _licence(licence)
    for right in record.rights:
        yield _right(right)


@lru_cache(maxsize=256)
def _access(access: Access) -> str:
    terms = access_rights()[access.status]
    out = "".join(
        f'<rights rightsURI="{uri}" xml:lang="en">{terms.label}</rights>'
        for uri in (terms.info, terms.coar)
    )
    if access.note and not misleading(access) and (note := line(access.note)):
        out += f"<rights>{note}</rights>"
    return out


@lru_cache(maxsize=256)
def _licence(licence: Licence) -> str:
    known = known_licence(licence)
    text = licence.name or known.name or licence.spdx or licence.url
    if not (text := line(text or "")):
        return ""
    uri = uri_attribute("rightsURI", licence.url or known.url)
    code = attribute("rightsIdentifier", licence.spdx or known.spdx)
    scheme = _SPDX if code and spdx_of(licence.spdx or known.spdx or "") else ""
    return f"<rights{uri}{code}{scheme}>{text}</rights>"


@lru_cache(maxsize=256)
def _right(right: Right) -> str:
    """Write another statement about rights; nothing when it says nothing."""
    attributes = (
        uri_attribute("rightsURI", right.url)
        + attribute("rightsIdentifier", right.identifier)
        + attribute("rightsIdentifierScheme", right.scheme)
        + uri_attribute("schemeURI", right.scheme_iri)
    )
    text = line(right.text or "")
    if not text and not attributes:
        return ""
    return f"<rights{attributes}{_lang(right.language)}>{text}</rights>"


def descriptions(record: Record, kernel: Kernel) -> Iterator[str]:
    """Write the descriptions, then samples, parameters and withdrawal in words."""
    allowed = kernel.description_types
    for description in record.descriptions:
        if text := prose(description.value):
            kind = description.type or "Abstract"
            kind = kind if kind in allowed else "Other"
            lang = _lang(description.language)
            yield f'<description descriptionType="{kind}"{lang}>{text}</description>'
    for sample in record.samples:
        yield _statement("Methods", sample_statement(sample))
    if record.parameters or record.measured_variables:
        said = parameter_statement(record.parameters, record.measured_variables)
        yield _statement("TechnicalInfo", said)
    if record.withdrawal and line(record.withdrawal.reason):
        yield _statement("Other", WITHDRAWN + record.withdrawal.reason)


def _statement(kind: str, text: str) -> str:
    """Write a description that is made of facts; nothing when there are none."""
    text = line(text)
    if not text:
        return ""
    return f'<description descriptionType="{kind}" xml:lang="en">{text}</description>'


def places(record: Record) -> Iterator[str]:
    """Write the locations: name, position, box and polygons."""
    if record.location is not None:
        yield _place(record.location)
    for location in record.places:
        yield _place(location)


@lru_cache(maxsize=1024)
def _place(location: Location) -> str:
    place = line(location.place) if location.place else ""
    out = f"<geoLocationPlace>{place}</geoLocationPlace>" if place else ""
    if position := degrees(location):
        out += (
            f"<geoLocationPoint><pointLongitude>{position[1]}</pointLongitude>"
            f"<pointLatitude>{position[0]}</pointLatitude></geoLocationPoint>"
        )
    if location.box is not None:
        out += _box(location.box)
    for polygon in location.polygons:
        out += _polygon(polygon)
    return f"<geoLocation>{out}</geoLocation>" if out else ""


def _box(box: Box) -> str:
    """Write a box; nothing when a side of it is not on Earth."""
    if (
        max(abs(box.west), abs(box.east)) > 180
        or max(abs(box.south), abs(box.north)) > 90
    ):
        return ""
    return (
        f"<geoLocationBox><westBoundLongitude>{box.west}</westBoundLongitude>"
        f"<eastBoundLongitude>{box.east}</eastBoundLongitude>"
        f"<southBoundLatitude>{box.south}</southBoundLatitude>"
        f"<northBoundLatitude>{box.north}</northBoundLatitude></geoLocationBox>"
    )


def _polygon(polygon: Polygon) -> str:
    """Write a polygon that is closed by at least four points on Earth."""
    points = [*polygon.points, *([polygon.inside] if polygon.inside else [])]
    on_earth = all(abs(p.latitude) <= 90 and abs(p.longitude) <= 180 for p in points)
    if len(polygon.points) < 4 or not on_earth:
        return ""
    inside = ""
    corners = "".join(
        f"<polygonPoint>{_spot(p.longitude, p.latitude)}</polygonPoint>"
        for p in polygon.points
    )
    if polygon.inside is not None:
        spot = _spot(polygon.inside.longitude, polygon.inside.latitude)
        inside = f"<inPolygonPoint>{spot}</inPolygonPoint>"
    return f"<geoLocationPolygon>{corners}{inside}</geoLocationPolygon>"


def _spot(east: float, north: float) -> str:
    return (
        f"<pointLongitude>{east}</pointLongitude><pointLatitude>{north}</pointLatitude>"
    )
