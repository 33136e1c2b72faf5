"""A record as a node of schema.org: plain dictionaries, in the order people read.

What Google asks of a dataset is there as it asks it (one identifier, one licence, a
description of 50 to 5000 letters); what schema.org has no word for is said with those
of DCAT, PROV and SPDX, else as ``additionalProperty`` with the field of the record as
``propertyID``. :mod:`panharvest.formats.schemaorg.reading` reads all of it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.codelists import access_rights, kinds, resource_types
from panharvest.derived import (
    address,
    available,
    interval_text,
    language_tag,
    licence_address,
    misleading,
    publication_year,
    size_text,
    summary_text,
    w3cdtf,
)
from panharvest.formats.schemaorg import people
from panharvest.formats.schemaorg.extras import extras, standing
from panharvest.formats.schemaorg.links import (
    activity,
    funding,
    identifier_node,
    related,
    services,
)
from panharvest.formats.schemaorg.subjects import about
from panharvest.formats.schemaorg.terms import (
    CONTEXT,
    DEFINITION,
    IS_DEFINITION,
    RECORD,
    Node,
    filled,
    tagged,
)
from panharvest.record import AccessStatus, Identifier
from panharvest.syntax import url_of
from panharvest.xmltext import clean, fold

if TYPE_CHECKING:
    from panharvest.record import (
        File,
        Record,
        Text,
    )

LONGEST, SHORTEST = 5000, 50  # letters of a description that Google shows


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
        **about(record),
        **_data(record),
        **activity(record),
        **related(record),
        "funding": [funding(one) for one in record.funding],
        "potentialAction": services(record),
        **standing(record),
        "additionalProperty": list(extras(record)),
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
        found["license"] = licence_address(licence) or licence.name
    found["usageInfo"] = [
        filled(
            {
                "@type": "CreativeWork",
                "name": tagged(right.text, right.language),
                "url": right.url,
                "identifier": right.identifier,
                "inDefinedTermSet": right.scheme,
                "schemaVersion": right.scheme_iri,
            }
        )
        for right in record.rights
    ]
    return found


# --- the data -------------------------------------------------------------------------


def _data(record: Record) -> Node:
    named = [name for name in record.definitions if IS_DEFINITION.fullmatch(name)]
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
