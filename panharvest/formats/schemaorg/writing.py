"""A record as a node of schema.org: plain dictionaries, in the order people read.

What Google asks of a dataset is there as it asks it (one identifier, one licence, a
description of 50 to 5000 letters); what schema.org has no word for is said with those
of DCAT, PROV and SPDX, else as ``additionalProperty`` with the field of the record as
``propertyID``. :mod:`panharvest.formats.schemaorg.reading` reads all of it again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from panharvest.codelists import access_rights, kinds, resource_types
from panharvest.derived import (
    address,
    available,
    citation_text,
    degrees,
    interval_text,
    known_licence,
    language_tag,
    misleading,
    publication_year,
    size_text,
    summary_text,
    w3cdtf,
)
from panharvest.formats.schemaorg import people
from panharvest.formats.schemaorg.links import (
    activity,
    funding,
    identifier_node,
    related,
    services,
)
from panharvest.formats.schemaorg.terms import (
    CONTEXT,
    DEFINITION,
    NXSOURCE,
    PANET,
    RECORD,
    Node,
    filled,
)
from panharvest.record import AccessStatus, Identifier, Interval
from panharvest.syntax import url_of
from panharvest.units import qudt_of
from panharvest.xmltext import clean, fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import (
        DatedEvent,
        File,
        Licence,
        Location,
        Parameter,
        Record,
        Subject,
        Technique,
        Text,
    )

LONGEST, SHORTEST = 5000, 50  # letters of a description that Google shows
_DEFINITION = re.compile("NX[A-Za-z0-9_]+")


def document(record: Record) -> Node:
    """Give a record as a JSON-LD document."""
    return {"@context": CONTEXT, **node(record)}


def node(record: Record) -> Node:
    """Give a record as a node, without context."""
    found: Node = {
        "@id": address(record),
        **_types(record),
        **_texts(record),
        **_identity(record),
        **_agents(record),
        **_times(record),
        **_rights(record),
        **_about(record),
        **_data(record),
        **activity(record),
        **related(record),
        "funding": [funding(one) for one in record.funding],
        "potentialAction": services(record),
        **_standing(record),
        "additionalProperty": list(_extras(record)),
    }
    return filled(found)


def _types(record: Record) -> Node:
    terms = kinds()[record.kind]
    kind, own = terms.schema, record.resource_type
    if own is not None and own.general in resource_types():
        kind = resource_types()[own.general][1]
    return {"@type": kind, "additionalType": [f"{RECORD}{record.kind}", terms.coar]}


# --- texts ----------------------------------------------------------------------------


def _texts(record: Record) -> Node:
    """Write titles and descriptions; Google wants one of each, and not too long."""
    titles = [title for title in record.titles if fold(title.value)]
    name = next((title for title in titles if title.type is None), None)
    name = name or next(iter(titles), None)
    others = [title for title in titles if title is not name]
    abstracts = [
        text
        for text in record.descriptions
        if text.type in ("Abstract", None) and clean(text.value).strip()
    ]
    methods = [text for text in record.descriptions if text.type == "Methods"]
    return {
        "name": text_node(name, record) if name else None,
        "alternateName": [
            text_node(title, record) for title in others if title.type != "Subtitle"
        ]
        or [fold(record.id)],
        "alternativeHeadline": [
            text_node(title, record) for title in others if title.type == "Subtitle"
        ],
        "description": description(record),
        "abstract": [text_node(text, record) for text in abstracts],
        "measurementMethod": [text_node(text, record) for text in methods],
        "inLanguage": language_tag(record.language),
    }


def text_node(text: Text, record: Record) -> Any:  # noqa: ANN401 (text or node)
    """Give a text, with its language when that is not the one of the record."""
    value, tag = clean(text.value).strip(), language_tag(text.language)
    if tag is None or tag == language_tag(record.language):
        return value
    return {"@value": value, "@language": tag}


def description(record: Record) -> str:
    """Give what the abstract says, or the facts where it says too little."""
    said = next(
        (
            text
            for one in record.descriptions
            if one.type in ("Abstract", None) and (text := clean(one.value).strip())
        ),
        "",
    )
    if len(said) < SHORTEST:
        said = f"{said} {summary_text(record)}".strip()
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"


# --- identity and people --------------------------------------------------------------


def _identity(record: Record) -> Node:
    """Write one identifier, as Google wants it, and the others beside it."""
    pid = record.pid
    main = pid or Identifier(record.id, "Local")
    others = list(record.alternate_identifiers)
    if pid is not None and pid.value != record.id:
        others.insert(0, Identifier(record.id, "Local"))
    url = url_of(pid) if pid else None
    page = record.landing_page or url
    return {
        "identifier": identifier_node(main),
        "url": page,
        "sameAs": url or page,
        "adms:identifier": [
            {
                "@type": "adms:Identifier",
                "skos:notation": fold(one.value),
                "adms:schemaAgency": fold(one.scheme),
            }
            for one in others
            if fold(one.value)
        ],
    }


def _agents(record: Record) -> Node:
    creators = [people.agent(one) for one in record.creators if fold(one.name)]
    facility = record.facility
    return {
        "creator": {"@list": creators} if creators else None,
        "contributor": [
            {
                "@type": "Role",
                "roleName": fold(one.role),
                "contributor": people.agent(one.agent),
            }
            for one in record.contributors
            if fold(one.agent.name)
        ],
        "publisher": people.organisation(record.publisher),
        "sourceOrganization": people.facility(facility) if facility else None,
    }


# --- times, rights --------------------------------------------------------------------


def _times(record: Record) -> Node:
    embargo, status = record.embargo, record.access and record.access.status
    published = w3cdtf(record.issued)
    if published is None and status is not AccessStatus.EMBARGOED:
        published = available(record)
    return {
        "datePublished": published or publication_year(record),
        "dateCreated": w3cdtf(record.created),
        "dateModified": w3cdtf(record.modified),
        "dct:dateAccepted": w3cdtf(embargo.start) if embargo else None,
        "dct:available": w3cdtf(embargo.end) if embargo else None,
        "temporalCoverage": interval_text(record.collected),
    }


def _rights(record: Record) -> Node:
    access, licence = record.access, record.licence
    found: Node = {}
    if access is not None:
        terms = access_rights()[access.status]
        found["isAccessibleForFree"] = access.status is AccessStatus.OPEN
        found["conditionsOfAccess"] = [terms.coar, terms.info]
        if access.note and not misleading(access):
            found["conditionsOfAccess"].append(fold(access.note))
    if licence is not None:
        found["license"] = licence_url(licence)
    found["usageInfo"] = [
        filled(
            {
                "@type": "CreativeWork",
                "name": _tagged(right.text, right.language),
                "url": right.url,
                "identifier": right.identifier,
                "inDefinedTermSet": right.scheme,
                "schemaVersion": right.scheme_iri,
            }
        )
        for right in record.rights
    ]
    return found


def licence_url(licence: Licence) -> str | None:
    """Give the address of a licence, else its name: Google takes either."""
    known = known_licence(licence)
    url = licence.url or known.url
    if url is None and licence.spdx:
        url = f"https://spdx.org/licenses/{licence.spdx}"
    return url or licence.name


# --- subjects -------------------------------------------------------------------------


def _other_words(record: Record) -> list[str]:
    """Give what is a keyword too, though the record has it elsewhere."""
    words = [technique.label for technique in record.techniques]
    words += [probe.name for probe in record.probes]
    words += [subject.value for subject in record.subjects]
    if record.facility:
        words.append(record.facility.name)
    return words


def _about(record: Record) -> Node:
    words = [*record.keywords, *_other_words(record)]
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
            "name": _tagged(subject.value, subject.language),
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


# --- the data -------------------------------------------------------------------------


def _data(record: Record) -> Node:
    named = [name for name in record.definitions if _DEFINITION.fullmatch(name)]
    conforms = [{"@id": DEFINITION.format(name)} for name in named]
    with_url = [file for file in record.files if file.url]
    size = record.size
    return {
        "version": fold(record.version or "") or dated_version(record),
        "encodingFormat": list(filter(None, map(fold, record.formats))),
        "dct:conformsTo": conforms,
        "distribution": [_file(file, "DataDownload", conforms) for file in with_url],
        "hasPart": [
            _file(file, "DigitalDocument", []) for file in record.files if not file.url
        ],
        "size": filled(
            {
                "@type": "QuantitativeValue",
                "value": size,
                "unitText": "By",
                "unitCode": "AD",
                "description": None if record.size_exact else "rounded",
            }
        )
        if size is not None and size >= 0
        else None,
        "materialExtent": list(filter(None, map(fold, record.extents))),
    }


def dated_version(record: Record) -> str | None:
    """Give the day of the last change, which stands for the version of what has none.

    Search engines and repositories of datasets demand one.
    """
    span = record.collected
    days = (record.modified, record.issued, span.end or span.start if span else None)
    return next((text[:10] for text in map(w3cdtf, days) if text), None)


def _file(file: File, kind: str, conforms: list[Node]) -> Node:
    digest = file.checksum
    is_sha256 = digest is not None and digest.algorithm == "sha256"
    return filled(
        {
            "@type": kind,
            "name": fold(file.name),
            "alternateName": fold(file.path) if file.path else None,
            "contentUrl": file.url,
            "encodingFormat": fold(file.media_type) if file.media_type else None,
            "contentSize": None if file.size is None else size_text(max(file.size, 0)),
            "size": None
            if file.size is None
            else {"@type": "QuantitativeValue", "value": file.size, "unitText": "By"},
            "sha256": digest.value if digest and is_sha256 else None,
            "spdx:checksum": {
                "@type": "spdx:Checksum",
                "spdx:algorithm": f"checksumAlgorithm_{digest.algorithm}",
                "spdx:checksumValue": digest.value,
            }
            if digest and not is_sha256
            else None,
            "dct:conformsTo": conforms,
        }
    )


# --- what schema.org has no word for --------------------------------------------------


def _standing(record: Record) -> Node:
    origin = record.provenance.origin if record.provenance else None
    return {
        "citation": citation_text(record),
        "creativeWorkStatus": "Withdrawn" if record.withdrawal else None,
        "sdPublisher": filled({"@type": "Organization", "url": origin.base_url})
        if origin
        else None,
        "sdDatePublished": origin.harvested if origin else None,
    }


def _extras(record: Record) -> Iterator[Node]:
    if record.keywords:
        others = {*map(fold, _other_words(record)), kinds()[record.kind].text}
        for keyword in record.keywords:
            if fold(keyword) in others:  # so that it is known to be one by itself
                yield extra("keywords", fold(keyword))
    for probe in record.probes:
        yield extra("probes", fold(probe.name), valueReference=probe.iri)
    for source in record.sources:
        yield {
            **extra("sources", source.type, name=source.name, url=NXSOURCE),
            **({"valueReference": fold(source.probe)} if source.probe else {}),
        }
    for text in record.descriptions:
        if text.type not in ("Abstract", "Methods", None):
            value = _tagged(clean(text.value).strip(), text.language)
            yield extra("descriptions", value, name=text.type)
    if record.withdrawal:
        said = record.withdrawal
        yield extra("withdrawal", said.date.text, description=said.reason)
    if (own := record.resource_type) is not None:
        yield extra("resource_type", own.general, description=own.text)
    for event in record.dates:
        yield _event(event)
    for place in record.places:
        yield extra("places", None, valueReference=location(place))
    if record.file_count is not None:
        yield extra("file_count", record.file_count)
    for name in record.definitions:
        if not _DEFINITION.fullmatch(name):
            yield extra("definitions", fold(name))
    licence = record.licence
    if licence is not None and licence_url(licence) != licence.name and licence.name:
        yield extra("licence", licence.name)
    if record.publication_year is not None:
        yield extra("publication_year", record.publication_year)


def _event(event: DatedEvent) -> Node:
    text = interval_text(Interval(event.start, event.end))
    if text is None:  # an ancient date, or none at all: as it was found
        sides = [side.text for side in (event.start, event.end) if side]
        text = "/".join(sides)
    return extra("dates", text, name=event.type, description=event.information)


def extra(field: str, value: object, **more: object) -> Node:
    """Write a field of the record as an additional property."""
    return filled(
        {
            "@type": "PropertyValue",
            "propertyID": f"{RECORD}{field}",
            "name": more.pop("name", None) or field.replace("_", " "),
            "value": value,
            **more,
        }
    )


def _tagged(text: str | None, language: str | None) -> Any:  # noqa: ANN401
    value, tag = clean(text or "").strip(), language_tag(language)
    return {"@value": value, "@language": tag} if tag and value else value
