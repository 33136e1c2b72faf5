"""The words of DCAT-AP: its context, and how relations pair."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]

EU = "http://publications.europa.eu/resource/authority/"

CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "bibo": "http://purl.org/ontology/bibo/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

#: Relations by the property that says them; all others are ``dct:relation``.
RELATIONS = {
    "IsPartOf": "dct:isPartOf",
    "HasPart": "dct:hasPart",
    "IsCitedBy": "dct:isReferencedBy",
    "IsReferencedBy": "dct:isReferencedBy",
    "IsSupplementTo": "dct:isReferencedBy",
    "References": "dct:references",
    "Cites": "dct:references",
    "IsDerivedFrom": "prov:wasDerivedFrom",
    "IsVersionOf": "dct:isVersionOf",
    "IsNewVersionOf": "dct:replaces",
    "IsPreviousVersionOf": "dct:isReplacedBy",
    "Requires": "dct:requires",
    "IsRequiredBy": "dct:isRequiredBy",
}
#: What a property says in DataCite's words; ``dct:relation`` says nothing certain.
RELATION_OF = {name: kind for kind, name in reversed(RELATIONS.items())}
#: Properties of dates that the record has no field for, and DataCite's word for each.
DATES = {
    "dct:dateSubmitted": "Submitted",
    "dct:dateCopyrighted": "Copyrighted",
    "dct:valid": "Valid",
}
