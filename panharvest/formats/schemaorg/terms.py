"""The words of the JSON-LD: its context, the identifiers of schemes, and how they pair.

The context is in the document itself and names nothing that has to be fetched. It is
``http://schema.org/``, the name that the shapes of Google and science-on-schema.org
look for, and it makes no IRIs of texts: ``url`` and ``license`` are the texts they are.
"""

from __future__ import annotations

import re
from typing import Any

from panharvest.derived import language_tag
from panharvest.xmltext import clean

Node = dict[str, Any]

SCHEMA = "http://schema.org/"
CONTEXT = {
    "@vocab": SCHEMA,
    "adms": "http://www.w3.org/ns/adms#",
    "dct": "http://purl.org/dc/terms/",
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
}
#: Fields of the record that schema.org has no property for, as ``propertyID``.
RECORD = "https://w3id.org/panharvest/record#"

PANET = "http://purl.org/pan-science/PaNET/PaNET.owl"
NXSOURCE = "https://manual.nexusformat.org/classes/base_classes/NXsource.html"
IS_DEFINITION = re.compile("NX[A-Za-z0-9_]+")
DEFINITION = "https://manual.nexusformat.org/classes/applications/{}.html"

_REGISTRY = "https://registry.identifiers.org/registry/"
#: How schemes of identifiers are named in ``propertyID``.
SCHEMES = {
    "DOI": f"{_REGISTRY}doi",
    "Handle": f"{_REGISTRY}hdl",
    "ORCID": f"{_REGISTRY}orcid",
    "ROR": f"{_REGISTRY}ror",
    "ISNI": f"{_REGISTRY}isni",
    "ARK": f"{_REGISTRY}ark",
    "GRID": f"{_REGISTRY}grid",
    "arXiv": f"{_REGISTRY}arxiv",
    "SWHID": f"{_REGISTRY}swh",
    "RRID": f"{_REGISTRY}rrid",
}
SCHEMES_BACK = {iri: scheme for scheme, iri in SCHEMES.items()}

#: Relations that schema.org has a property for; all are said as ``relatedLink`` too.
PROPERTIES = {
    "IsPartOf": "isPartOf",
    "HasPart": "hasPart",
    "IsDerivedFrom": "isBasedOn",
    "IsVersionOf": "exampleOfWork",
    "IsNewVersionOf": "isBasedOn",
    "IsDocumentedBy": "subjectOf",
    "IsDescribedBy": "subjectOf",
    "IsCitedBy": "subjectOf",
    "IsSupplementTo": "subjectOf",
    "HasTranslation": "workTranslation",
    "IsTranslationOf": "translationOfWork",
}
"""A relation without an entry is in ``relatedLink`` alone."""


def filled(found: Node) -> Node:
    """Leave out what is not known, and characters that no XML could have."""
    return {
        key: clean(value) if isinstance(value, str) else value
        for key, value in found.items()
        if value is not None and value not in ("", [])
    }


def tagged(text: str | None, language: str | None) -> Any:  # noqa: ANN401 (text or node)
    """Give a text with its language where that is a tag."""
    value, tag = clean(text or "").strip(), language_tag(language)
    return {"@value": value, "@language": tag} if tag and value else value
