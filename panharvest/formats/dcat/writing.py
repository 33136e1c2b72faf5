"""A record as a dataset of DCAT-AP 3.0.1, and records as a catalogue.

The shapes of DCAT-AP look at what is in the document alone, so every concept, agent,
licence and standard that is named is also typed, and every concept has its label.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from panharvest.codelists import access_rights, kinds, long_languages
from panharvest.derived import (
    address,
    available,
    known_licence,
    language_tag,
    publication_year,
    sample_text,
    summary_text,
    w3cdtf,
)
from panharvest.formats.dcat.terms import CONTEXT, RELATIONS, Node
from panharvest.record import Agent, Identifier, Nature
from panharvest.syntax import bare_orcid, is_moment, is_orcid, is_ror, url_of
from panharvest.xmltext import clean, fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.record import (
        Affiliation,
        File,
        Licence,
        Location,
        Moment,
        Record,
        Text,
    )

# A portal wants to know of files, not of every frame of a scan: beyond this the whole
# dataset is one distribution, at its page.
MOST_FILES = 500

_EU = "http://publications.europa.eu/resource/authority/"
_IANA = "http://www.iana.org/assignments/media-types/"
_NEXUS = "https://manual.nexusformat.org/classes/applications/{}.html"
_SCIENCE = {
    "@id": f"{_EU}data-theme/TECH",
    "@type": "skos:Concept",
    "skos:prefLabel": {"@value": "Science and technology", "@language": "en"},
}


def document(record: Record) -> Node:
    """Give a record as a JSON-LD document."""
    return {"@context": CONTEXT, **dataset(record)}


def catalogue(
    records: Iterable[Record],
    *,
    base_url: str,
    title: str,
    description: str,
    publisher: str,
) -> Node:
    """Give records as a catalogue, each with when its description last changed."""
    datasets = [dataset(record) for record in records]
    return _filled(
        {
            "@id": f"{base_url}/catalog",
            "@type": "dcat:Catalog",
            "dct:title": title,
            "dct:description": description or title,
            "dct:publisher": {"@type": "foaf:Agent", "foaf:name": publisher},
            "foaf:homepage": {"@id": base_url, "@type": "foaf:Document"},
            "dct:language": language_node("en"),
            "dcat:themeTaxonomy": {
                "@id": f"{_EU}data-theme",
                "@type": "skos:ConceptScheme",
                "dct:title": "Data theme",
            },
            "dcat:dataset": datasets,
        }
    )


def dataset(record: Record) -> Node:
    """Give a record as a dataset."""
    return _filled(
        {
            "@id": address(record),
            "@type": "dcat:Dataset",
            **_texts(record),
            **_identity(record),
            **_people(record),
            **_times(record),
            **_subjects(record),
            **_rights(record),
            **_made_by(record),
            **_related(record),
            **_distributions(record),
        }
    )


# --- texts and identity ---------------------------------------------------------------


def _texts(record: Record) -> Node:
    said = [
        tagged(text)
        for text in record.descriptions
        if text.type in ("Abstract", None) and text.value.strip()
    ]
    titles = [tagged(title) for title in record.titles if fold(title.value)]
    main = [
        node
        for node, title in zip(
            titles, (t for t in record.titles if fold(t.value)), strict=True
        )
        if title.type in (None, "TranslatedTitle")
    ]
    return {
        "dct:title": main or titles[:1] or [fold(record.id)],
        "dct:alternative": [node for node in titles if main and node not in main],
        "dct:description": said or [summary_text(record)],
        "rdfs:comment": [
            tagged(text)
            for text in record.descriptions
            if text.type not in ("Abstract", None) and text.value.strip()
        ],
        "dct:language": language_node(record.language),
        "dcat:version": fold(record.version or ""),
    }


def tagged(text: Text) -> Any:  # noqa: ANN401 (a text or a node)
    """Give a text with its language."""
    value, tag = clean(text.value).strip(), language_tag(text.language)
    return {"@value": value, "@language": tag} if tag else value


@lru_cache(maxsize=64)
def language_node(tag: str | None) -> Node | None:
    """Give a language as the EU names it."""
    found = language_tag(tag)
    code = long_languages().get(found.partition("-")[0]) if found else None
    if code is None:
        return None
    return {"@id": f"{_EU}language/{code.upper()}", "@type": "dct:LinguisticSystem"}


def _identity(record: Record) -> Node:
    pid, url = record.pid, address(record)
    page = record.landing_page or url
    others = list(record.alternate_identifiers)
    if pid is None or pid.value != record.id:
        others.insert(0, Identifier(record.id, "Local"))
    kind = kinds()[record.kind]
    return {
        "dct:identifier": [url or fold(record.id)],
        "adms:identifier": [
            {
                "@type": "adms:Identifier",
                "skos:notation": fold(one.value),
                "adms:schemaAgency": fold(one.scheme),
            }
            for one in ([pid] if pid else []) + others
            if fold(one.value)
        ],
        "dcat:landingPage": {"@id": page, "@type": "foaf:Document"}
        if page and is_uri(page)
        else None,
        "dct:type": _concept(kind.coar, kind.label),
    }


def _concept(iri: str | None, label: str, language: str | None = None) -> Node | None:
    name = fold(label)
    if not name:
        return None
    found: Node = {"@id": iri} if iri and is_uri(iri) else {}
    tag = language_tag(language)
    value = {"@value": name, "@language": tag} if tag else name
    return {**found, "@type": "skos:Concept", "skos:prefLabel": value}


# --- people ---------------------------------------------------------------------------


def _people(record: Record) -> Node:
    contacts = [c.agent for c in record.contributors if c.role == "ContactPerson"]
    host = record.publisher
    if not contacts and record.facility:
        contacts = [Agent(record.facility.name)]
    elif not contacts and host:
        contacts = [host]
    return {
        "dct:creator": [agent(one) for one in record.creators if fold(one.name)],
        "dct:contributor": [
            agent(one.agent) for one in record.contributors if fold(one.agent.name)
        ],
        "prov:qualifiedAttribution": [
            {
                "@type": "prov:Attribution",
                "prov:agent": agent(one.agent),
                "dcat:hadRole": {
                    "@type": "dcat:Role",
                    "skos:prefLabel": fold(one.role),
                },
            }
            for one in record.contributors
            if fold(one.agent.name) and fold(one.role)
        ],
        "dct:publisher": agent(host) if host and fold(host.name) else None,
        "dcat:contactPoint": [
            {"@type": ["vcard:Kind", "vcard:Organization"], "vcard:fn": fold(one.name)}
            for one in contacts
            if fold(one.name)
        ],
    }


@lru_cache(maxsize=4096)
def agent(one: Agent) -> Node:
    """Write a person or organisation, with its ORCID or ROR as identity."""
    found: Node = {}
    orcid, ror = one.identifier("ORCID"), one.identifier("ROR")
    if orcid and is_orcid(bare_orcid(orcid)):
        found["@id"] = f"https://orcid.org/{bare_orcid(orcid)}"
    elif ror and is_ror(ror):
        found["@id"] = ror
    kind = {
        Nature.PERSONAL: ["foaf:Person"],
        Nature.ORGANISATIONAL: ["org:Organization"],
    }
    found["@type"] = (
        ["foaf:Agent", *kind.get(one.nature, [])] if one.nature else ("foaf:Agent")
    )
    found["foaf:name"] = fold(one.name)
    found["foaf:givenName"] = fold(one.given_name or "")
    found["foaf:familyName"] = fold(one.family_name or "")
    found["org:memberOf"] = [
        node for place in one.affiliations if (node := _affiliation(place))
    ]
    return _filled(found)


def _affiliation(place: Affiliation) -> Node | None:
    if not fold(place.name):
        return None
    found: Node = {"@id": place.ror} if place.ror and is_ror(place.ror) else {}
    found |= {"@type": ["foaf:Agent", "org:Organization"]}
    return {**found, "foaf:name": fold(place.name)}


# --- times, subjects, rights ----------------------------------------------------------


def moment(value: Moment | str | None) -> Node | None:
    """Give a date with its type of XML Schema."""
    text = w3cdtf(value) if not isinstance(value, str) else value
    if text is None or not is_moment(text):
        return None
    kind = {4: "gYear", 7: "gYearMonth", 10: "date"}.get(len(text), "dateTime")
    if kind == "dateTime" and re.search(r"T[0-9]{2}:[0-9]{2}(?:Z|[+-])", text):
        text = re.sub(r"(T[0-9]{2}:[0-9]{2})", r"\1:00", text)
    return {"@value": text, "@type": f"xsd:{kind}"}


def _times(record: Record) -> Node:
    span, embargo = record.collected, record.embargo
    period = _filled(
        {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": moment(span.start) if span else None,
            "dcat:endDate": moment(span.end or span.start) if span else None,
        }
    )
    issued = moment(record.issued) or moment(available(record))
    return {
        "dct:issued": issued or moment(publication_year(record)),
        "dct:created": moment(record.created),
        "dct:modified": moment(record.modified),
        "dct:available": moment(embargo.end) if embargo else None,
        "dct:dateAccepted": moment(embargo.start) if embargo else None,
        "dct:temporal": period if len(period) > 1 else None,
        "dct:spatial": [
            node
            for place in ([record.location] if record.location else [])
            + list(record.places)
            if (node := _place(place))
        ]
        or (
            {"@type": "dct:Location", "rdfs:label": fold(record.facility.name)}
            if record.facility and fold(record.facility.name)
            else None
        ),
    }


def _place(place: Location) -> Node | None:
    found: Node = {"@type": "dct:Location", "rdfs:label": fold(place.place or "")}
    if place.latitude is not None and place.longitude is not None:
        point = f"POINT({place.longitude} {place.latitude})"
        found["dcat:centroid"] = {"@value": point, "@type": "geo:wktLiteral"}
    if (box := place.box) is not None:
        line = ", ".join(
            f"{x} {y}"
            for x, y in (
                (box.west, box.south),
                (box.east, box.south),
                (box.east, box.north),
                (box.west, box.north),
                (box.west, box.south),
            )
        )
        found["dcat:bbox"] = {"@value": f"POLYGON(({line}))", "@type": "geo:wktLiteral"}
    if place.polygons:
        line = ", ".join(
            f"{p.longitude} {p.latitude}" for p in place.polygons[0].points
        )
        wkt = {"@value": f"POLYGON(({line}))", "@type": "geo:wktLiteral"}
        found["locn:geometry"] = wkt
    filled = _filled(found)
    return filled if len(filled) > 1 else None


def _subjects(record: Record) -> Node:
    techniques = [_concept(t.iri, t.label, "en") for t in record.techniques]
    probes = [_concept(p.iri, p.name) for p in record.probes]
    sources = [_concept(None, s.type or s.name or "") for s in record.sources]
    samples = [_concept(None, sample_text(s)) for s in record.samples]
    subjects = [_concept(s.iri, s.value, s.language) for s in record.subjects]
    concepts = [*techniques, *probes]
    themes = [node for node in concepts if node and "@id" in node]
    words = [*map(fold, record.keywords), *(fold(t.label) for t in record.techniques)]
    return {
        "dcat:theme": [_SCIENCE, *themes],
        "dct:subject": [
            node for node in (*concepts, *sources, *samples, *subjects) if node
        ],
        "dcat:keyword": list(dict.fromkeys(filter(None, words))),
    }


def _rights(record: Record) -> Node:
    found: Node = {}
    if record.access is not None:
        terms = access_rights()[record.access.status]
        found["dct:accessRights"] = {
            "@id": terms.authority,
            "@type": "dct:RightsStatement",
        }
        found["dct:rights"] = [
            {
                "@id": terms.coar,
                "@type": "dct:RightsStatement",
                "rdfs:label": terms.label,
            }
        ]
        if record.access.note and fold(record.access.note):
            found["dct:rights"].append(_statement(record.access.note))
    for right in record.rights:
        if text := right.text or right.url or right.identifier:
            found.setdefault("dct:rights", []).append(_statement(text))
    if record.withdrawal is not None:
        status = _concept(f"{_EU}dataset-status/WITHDRAWN", "withdrawn", "en")
        found["adms:status"] = status
        found["adms:versionNotes"] = fold(record.withdrawal.reason)
    origin = record.provenance.origin if record.provenance else None
    if origin is not None:
        label = f"Harvested from {origin.base_url} on {origin.harvested}."
        found["dct:provenance"] = {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": fold(label),
        }
    return found


def _statement(text: str) -> Node:
    return {"@type": "dct:RightsStatement", "rdfs:label": fold(text)}


def licence_node(licence: Licence) -> Node | None:
    """Give a licence by its address, else in words."""
    known = known_licence(licence)
    url = licence.url or known.url
    if url is None and licence.spdx:
        url = f"https://spdx.org/licenses/{licence.spdx}"
    label = licence.name or known.name
    found: Node = {"@id": url} if url and is_uri(url) else {}
    found |= {"@type": "dct:LicenseDocument", "rdfs:label": fold(label or "")}
    filled = _filled(found)
    return filled if len(filled) > 1 else None


# --- what made it, what is related ----------------------------------------------------


def _made_by(record: Record) -> Node:
    span, facility = record.collected, record.facility
    used = [
        _filled(
            {
                "@type": "prov:Entity",
                "dct:title": fold(one.name),
                "dct:alternative": fold(one.short_name or ""),
                "dct:identifier": [url_of(i) or fold(i.value) for i in one.identifiers],
            }
        )
        for one in record.instruments
        if fold(one.name)
    ]
    activity: Node = {
        "@type": "prov:Activity",
        "prov:startedAtTime": moment(span.start) if span else None,
        "prov:endedAtTime": moment(span.end) if span else None,
        "prov:used": used,
    }
    if facility is not None and fold(facility.name):
        who: Node = (
            {"@id": facility.ror} if facility.ror and is_ror(facility.ror) else {}
        )
        who |= {"@type": ["foaf:Agent", "prov:Agent"], "foaf:name": fold(facility.name)}
        activity["prov:wasAssociatedWith"] = who
    filled = _filled(activity)
    return {"prov:wasGeneratedBy": filled if len(filled) > 1 else None}


def _related(record: Record) -> Node:
    found: Node = {}
    for relation in record.relations:
        url = url_of(relation.identifier)
        if url and is_uri(url):
            name = RELATIONS.get(relation.type, "dct:relation")
            node = _filled({"@id": url, "dct:title": fold(relation.title or "")})
            if node not in found.setdefault(name, []):
                found[name].append(node)
    for item in record.related_items:
        url = url_of(item.identifier) if item.identifier else None
        if url and is_uri(url):
            name = RELATIONS.get(item.type, "dct:relation")
            found.setdefault(name, []).append({"@id": url})
    found["schema:funding"] = [
        _filled(
            {
                "@id": one.award_uri
                if one.award_uri and is_uri(one.award_uri)
                else None,
                "@type": "schema:Grant",
                "schema:identifier": fold(one.award_number or ""),
                "schema:name": fold(one.award_title or ""),
                "schema:funder": {"@type": "foaf:Agent", "foaf:name": fold(one.funder)},
            }
        )
        for one in record.funding
        if fold(one.funder)
    ]
    return found


# --- distributions --------------------------------------------------------------------


def _distributions(record: Record) -> Node:
    """Write each file, else the page where the data are asked for."""
    page = record.landing_page or address(record)
    standards = [
        {"@id": _NEXUS.format(name), "@type": "dct:Standard"}
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
        _filled({**common, **_file(file, page)}) for file in listed if file.url or page
    ]
    if not files and page and is_uri(page):
        first = next(iter(record.formats), None)
        files = [_filled({**common, **_whole(record, page), **_media(first)})]
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
    return {"dcat:distribution": files, "dct:conformsTo": standards}


def _whole(record: Record, page: str) -> Node:
    sizes = [file.size for file in record.files]
    known = [size for size in sizes if size is not None]
    total = sum(known) if known and len(known) == len(sizes) else None
    size = record.size if record.size is not None else total
    return {
        "dct:title": "The data",
        "dct:description": "Where the data can be had.",
        "dcat:accessURL": {"@id": page},
        "dcat:byteSize": _bytes(size),
    }


def _file(file: File, page: str | None) -> Node:
    url = file.url if file.url and is_uri(file.url) else None
    digest = file.checksum
    is_hex = digest and re.fullmatch("(?:[0-9A-Fa-f]{2})+", digest.value)
    return {
        "dct:title": fold(file.name),
        "dct:description": fold(file.path or file.name),
        "dcat:accessURL": {"@id": url or page} if url or page else None,
        "dcat:downloadURL": {"@id": url} if url else None,
        "dcat:byteSize": _bytes(file.size),
        **_media(file.media_type),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": f"{_SPDX}checksumAlgorithm_{digest.algorithm}"},
            "spdx:checksumValue": {"@value": digest.value, "@type": "xsd:hexBinary"},
        }
        if digest and is_hex and digest.algorithm.isalnum()
        else None,
    }


_SPDX = CONTEXT["spdx"]


def _bytes(size: int | None) -> Node | None:
    if size is None or size < 0:
        return None
    return {"@value": str(size), "@type": "xsd:nonNegativeInteger"}


def _media(media_type: str | None) -> Node:
    text = fold(media_type or "")
    if not re.fullmatch(r"[a-z]+/[A-Za-z0-9.+-]+", text):
        return {}
    kinds_ = ["dct:MediaType", "dct:MediaTypeOrExtent"]
    node = {"@id": f"{_IANA}{text}", "@type": kinds_}
    return {"dcat:mediaType": node, "dct:format": node}


def _filled(found: Node) -> Node:
    """Leave out what is not known."""
    return {k: v for k, v in found.items() if v is not None and v not in ("", [])}
