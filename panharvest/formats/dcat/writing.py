"""A record as a dataset of DCAT-AP 3.0.1, and records as a catalogue.

The shapes of DCAT-AP look at what is in the document alone, so every concept, agent,
licence and standard that is named is also typed, and every concept has its label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import access_rights, kinds
from panharvest.derived import (
    address,
    available,
    publication_year,
    sample_text,
    size_text,
    summary_text,
)
from panharvest.formats.dcat.distributions import distributions
from panharvest.formats.dcat.links import made_by, related
from panharvest.formats.dcat.people import people
from panharvest.formats.dcat.terms import CONTEXT, DATES, EU, Node
from panharvest.formats.dcat.values import (
    concept,
    filled,
    identifier_nodes,
    language_node,
    moment,
    place,
    scheme_node,
    tagged,
)
from panharvest.formats.schemaorg.terms import NXSOURCE, RECORD
from panharvest.record import Identifier
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.record import Record

_SCIENCE = {
    "@id": f"{EU}data-theme/TECH",
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
    return filled(
        {
            "@id": f"{base_url}/catalog",
            "@type": "dcat:Catalog",
            "dct:title": title,
            "dct:description": description or title,
            "dct:publisher": {"@type": "foaf:Agent", "foaf:name": publisher},
            "foaf:homepage": {"@id": base_url, "@type": "foaf:Document"},
            "dct:language": language_node("en"),
            "dcat:themeTaxonomy": {
                "@id": f"{EU}data-theme",
                "@type": "skos:ConceptScheme",
                "dct:title": "Data theme",
            },
            "dcat:dataset": datasets,
        }
    )


def dataset(record: Record) -> Node:
    """Give a record as a dataset."""
    return filled(
        {
            "@id": address(record),
            "@type": "dcat:Dataset",
            **_texts(record),
            **_identity(record),
            **people(record),
            **_times(record),
            **_subjects(record),
            **_rights(record),
            **made_by(record),
            **related(record),
            **distributions(record),
            "dct:extent": _extents(record),
        }
    )


def _texts(record: Record) -> Node:
    said = [
        tagged(text)
        for text in record.descriptions
        if text.type in ("Abstract", None) and text.value.strip()
    ]
    titles = [(tagged(title), title.type) for title in record.titles if title.value]
    titles = [(node, kind) for node, kind in titles if node]
    main = [node for node, kind in titles if kind in (None, "TranslatedTitle")]
    others = [node for node, _ in titles if node not in main]
    return {
        "dct:title": main or others[:1] or [fold(record.id)],
        "dct:alternative": others if main else others[1:],
        "dct:description": said or [summary_text(record)],
        "rdfs:comment": [
            tagged(text)
            for text in record.descriptions
            if text.type not in ("Abstract", None) and text.value.strip()
        ],
        "dct:language": language_node(record.language),
        "dcat:version": fold(record.version or ""),
    }


def _identity(record: Record) -> Node:
    pid, url = record.pid, address(record)
    page = record.landing_page or url
    others = list(record.alternate_identifiers)
    if pid is None or pid.value != record.id:
        others.insert(0, Identifier(record.id, "Local"))
    kind = kinds()[record.kind]
    return {
        "dct:identifier": [url or fold(record.id)],
        "adms:identifier": identifier_nodes(([pid] if pid else []) + others),
        "dcat:landingPage": {"@id": page, "@type": "foaf:Document"}
        if page and is_uri(page)
        else None,
        # COAR's type is what others know; ours tells raw from processed
        "dct:type": [
            concept(kind.coar, kind.label),
            concept(f"{RECORD}{record.kind}", kind.text, "en"),
        ],
    }


def _times(record: Record) -> Node:
    span, embargo = record.collected, record.embargo
    period = filled(
        {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": moment(span.start) if span else None,
            "dcat:endDate": moment(span.end or span.start) if span else None,
        }
    )
    issued = moment(record.issued) or moment(available(record))
    facility = fold(record.facility.name) if record.facility else ""
    places = [record.location] if record.location else []
    found = [node for one in (*places, *record.places) if (node := place(one))]
    withdrawn = record.withdrawal.date if record.withdrawal else None
    return {
        "dct:issued": issued or moment(publication_year(record)),
        "dct:created": moment(record.created),
        "dct:modified": moment(record.modified),
        "dct:available": moment(embargo.end) if embargo else None,
        "dct:dateAccepted": moment(embargo.start) if embargo else None,
        **{
            name: [moment(one.start) for one in record.dates if one.type == kind]
            for name, kind in DATES.items()
            if any(one.type == kind and moment(one.start) for one in record.dates)
        },
        "prov:invalidatedAtTime": moment(withdrawn),
        "dct:temporal": period if len(period) > 1 else None,
        "dct:spatial": found
        or ({"@type": "dct:Location", "rdfs:label": facility} if facility else None),
    }


def _subjects(record: Record) -> Node:
    techniques = [concept(t.iri, t.label, "en") for t in record.techniques]
    probes = [concept(p.iri, p.name) for p in record.probes]
    machines = scheme_node(NXSOURCE, "NeXus NXsource")
    sources = [
        concept(None, s.type or s.name or "", scheme=machines) for s in record.sources
    ]
    samples = [concept(None, sample_text(s)) for s in record.samples]
    subjects = [
        concept(
            s.iri,
            s.value,
            s.language,
            scheme=scheme_node(s.scheme_iri, s.scheme or ""),
            code=s.code,
        )
        for s in record.subjects
    ]
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
            node = _statement(text)
            if right.url and is_uri(right.url):
                node = {"@id": right.url, **node}
            found.setdefault("dct:rights", []).append(node)
    if record.withdrawal is not None:
        status = concept(f"{EU}dataset-status/WITHDRAWN", "withdrawn", "en")
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


def _extents(record: Record) -> list[Node]:
    """Write how much there is where the distributions do not say it."""
    texts = list(record.extents)
    if record.size is not None and not record.size_exact:
        texts.append(size_text(record.size))
    elif record.size is not None and record.files:
        texts.append(f"{record.size} bytes")
    if record.file_count is not None:
        texts.append(
            "1 file" if record.file_count == 1 else f"{record.file_count} files"
        )
    return [
        {"@type": "dct:SizeOrDuration", "rdfs:label": fold(text)}
        for text in texts
        if fold(text)
    ]
