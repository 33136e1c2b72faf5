"""What the data are about, when they were made and who may have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import access_rights, datacite
from panharvest.derived import (
    available,
    degrees,
    interval_text,
    known_licence,
    language_tag,
    misleading,
    sample_text,
    technical_text,
    w3cdtf,
)
from panharvest.record import AccessStatus
from panharvest.xmltext import attribute, line, prose, uri_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from panharvest.record import Record, Text

PANET = "http://purl.org/pan-science/PaNET/PaNET.owl"

_PANET_TERM = "http://purl.org/pan-science/PaNET/PaNET"
_PANET = f' subjectScheme="PaNET" schemeURI="{PANET}"'
_NXSOURCE = (
    ' subjectScheme="NeXus NXsource" schemeURI='
    '"https://manual.nexusformat.org/classes/base_classes/NXsource.html"'
)
_SPDX = ' rightsIdentifierScheme="SPDX" schemeURI="https://spdx.org/licenses/"'


def titles(texts: Iterable[Text]) -> str:
    """Write the titles that are not blank, without their wrapper."""
    allowed = datacite("titleType")
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
            + uri_attribute("classificationCode", subject.code)
        )
        yield _subject(subject.value, attributes)


def _subject(text: str | None, attributes: str = "") -> str:
    word = line(text) if text else ""
    return f"<subject{attributes}>{word}</subject>" if word else ""


def _term(label: str, iri: str | None) -> str:
    """Write a term of PaNET as a subject, or of another vocabulary by its IRI."""
    value = uri_attribute("valueURI", iri)
    if value and iri is not None and iri.startswith(_PANET_TERM):
        code = uri_attribute("classificationCode", iri)
        return _subject(label, f'{_PANET}{value}{code} xml:lang="en"')
    return _subject(label, value)


def dates(record: Record) -> Iterator[str]:
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
        if text:
            yield f'<date dateType="{kind}">{text}</date>'


def formats(record: Record) -> Iterator[str]:
    """Write media types and the NeXus application definitions."""
    for media_type in record.formats:
        if text := line(media_type):
            yield f"<format>{text}</format>"
    for definition in record.definitions:
        if text := line(definition):
            yield f"<format>NeXus {text}</format>"


def rights(record: Record) -> Iterator[str]:
    """Write access as info:eu-repo (OpenAIRE, B2FIND) and COAR, then the licence."""
    access, licence = record.access, record.licence
    if access is not None:
        terms = access_rights()[access.status]
        for uri in (terms.info, terms.coar):
            yield f'<rights rightsURI="{uri}" xml:lang="en">{terms.label}</rights>'
        if access.note and not misleading(access) and (note := line(access.note)):
            yield f"<rights>{note}</rights>"
    if licence is not None:
        known = known_licence(licence)
        text = licence.name or known.name or licence.spdx or licence.url
        if text := line(text or ""):
            uri = uri_attribute("rightsURI", licence.url or known.url)
            code = attribute("rightsIdentifier", licence.spdx or known.spdx)
            scheme = _SPDX if code else ""
            yield f"<rights{uri}{code}{scheme}>{text}</rights>"


def descriptions(record: Record) -> Iterator[str]:
    """Write the descriptions, then samples, parameters and withdrawal in words."""
    allowed = datacite("descriptionType")
    for description in record.descriptions:
        if text := prose(description.value):
            kind = description.type or "Abstract"
            kind = kind if kind in allowed else "Other"
            lang = _lang(description.language)
            yield f'<description descriptionType="{kind}"{lang}>{text}</description>'
    for sample in record.samples:
        yield _statement("Methods", "Sample: ", sample_text(sample))
    yield _statement("TechnicalInfo", "", technical_text(record))
    if record.withdrawal:
        yield _statement("Other", "Withdrawn: ", record.withdrawal.reason)


def _statement(kind: str, head: str, text: str) -> str:
    """Write a description that is made of facts; nothing when there are none."""
    text = line(text)
    if not text:
        return ""
    return (
        f'<description descriptionType="{kind}" xml:lang="en">{head}{text}'
        "</description>"
    )


def _lang(language: str | None) -> str:
    tag = language_tag(language)
    return f' xml:lang="{tag}"' if tag else ""


def location(record: Record) -> str:
    """Write place and position, with the wrapper."""
    location = record.location
    if location is None:
        return ""
    place = line(location.place) if location.place else ""
    out = f"<geoLocationPlace>{place}</geoLocationPlace>" if place else ""
    if position := degrees(location):
        out += (
            f"<geoLocationPoint><pointLongitude>{position[1]}</pointLongitude>"
            f"<pointLatitude>{position[0]}</pointLatitude></geoLocationPoint>"
        )
    if not out:
        return ""
    return f"<geoLocations><geoLocation>{out}</geoLocation></geoLocations>"
