"""A record as DataCite JSON: the flat form of content negotiation and the REST form.

It is made of the XML, so that both say the same by construction: the plain values that
the reader of XML gives are the JSON but for the spelling of the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from lxml import etree

from panharvest.codelists import KERNEL
from panharvest.formats.datacite.from_xml import values_of
from panharvest.formats.datacite.kernels import kernel
from panharvest.formats.datacite.writing import NAMESPACE, resource

if TYPE_CHECKING:
    from panharvest.record import Record

Values = dict[str, Any]

# The keys of the JSON in their spelling; all others are one word.
_KEYS = {
    name.lower(): name
    for name in (
        *("alternateIdentifiers", "alternateIdentifier", "alternateIdentifierType"),
        *("relatedIdentifiers", "relatedIdentifier", "relatedIdentifierType"),
        *("relationType", "relationTypeInformation", "resourceTypeGeneral"),
        *("relatedMetadataScheme", "schemeUri", "schemeType", "resourceType"),
        *("relatedItems", "relatedItemType", "relatedItemIdentifier"),
        *("relatedItemIdentifierType", "publicationYear", "numberType", "firstPage"),
        *("lastPage", "nameType", "givenName", "familyName", "nameIdentifiers"),
        *("nameIdentifier", "nameIdentifierScheme", "affiliationIdentifier"),
        *("affiliationIdentifierScheme", "publisherIdentifier", "contributorType"),
        *("publisherIdentifierScheme", "subjectScheme", "valueUri", "titleType"),
        *("classificationCode", "dateType", "dateInformation", "rightsList"),
        *("rightsUri", "rightsIdentifier", "rightsIdentifierScheme"),
        *("descriptionType", "geoLocations", "geoLocationPlace", "geoLocationPoint"),
        *("geoLocationBox", "geoLocationPolygon", "polygonPoint", "inPolygonPoint"),
        *("pointLongitude", "pointLatitude", "westBoundLongitude"),
        *("eastBoundLongitude", "southBoundLatitude", "northBoundLatitude"),
        *("fundingReferences", "funderName", "funderIdentifier", "awardNumber"),
        *("schemaVersion", "contentUrl"),
        *("funderIdentifierType", "awardUri", "awardTitle", "identifierType"),
    )
}
_NUMBERS = frozenset(
    (
        *("pointlongitude", "pointlatitude", "westboundlongitude"),
        *("eastboundlongitude", "southboundlatitude", "northboundlatitude"),
    )
)
# Lists that the JSON of DataCite has whether there is anything in them or not.
_LISTS = (
    *("creators", "titles", "subjects", "contributors", "dates", "sizes", "formats"),
    *("alternateidentifiers", "relatedidentifiers", "rightslist", "descriptions"),
    *("geolocations", "fundingreferences", "relateditems"),
)


def attributes(record: Record, version: str = KERNEL) -> Values | None:
    """Give a record as the attributes of DataCite's JSON.

    None when a property that DataCite demands is missing.
    """
    document = resource(record, kernel(version))
    if document is None:
        return None
    values = values_of(etree.fromstring(document.encode()))
    for name in _LISTS:
        values.setdefault(name, [])
    (main,) = values.pop("identifiers")
    found: Values = {"schemaversion": NAMESPACE}
    if main["identifiertype"] == "DOI":
        doi = main["identifier"]
        prefix, _, suffix = doi.partition("/")
        found = {"id": f"https://doi.org/{doi}", "doi": doi, **found}
        found |= {"prefix": prefix, "suffix": suffix}
        if record.landing_page:
            found["url"] = record.landing_page
    else:
        found |= {
            "identifiers": [main],
            "url": record.landing_page or main["identifier"],
        }
    found |= values
    found["publicationyear"] = int(values["publicationyear"])
    spelt = _spell(found)
    assert isinstance(spelt, dict)
    return spelt


def write_json(record: Record, version: str = KERNEL) -> bytes | None:
    """Write a record as flat JSON, as content negotiation gives it."""
    found = attributes(record, version)
    return None if found is None else msgspec.json.format(msgspec.json.encode(found))


def write_rest(record: Record, version: str = KERNEL) -> bytes | None:
    """Write a record as the REST interface of DataCite takes and gives it."""
    found = attributes(record, version)
    if found is None:
        return None
    doi = found.get("doi")
    data = {"id": doi, "type": "dois", "attributes": found}
    return msgspec.json.format(msgspec.json.encode({"data": data}))


def _spell(value: Any, key: str = "") -> Any:  # noqa: ANN401 (JSON)
    """Give the keys their capitals; drop what is empty; make numbers of positions."""
    if isinstance(value, dict):
        return {
            _KEYS.get(k, k): _spell(v, k)
            for k, v in value.items()
            if v not in ("", None)
        }
    if isinstance(value, list):
        return [_spell(one) for one in value]
    return float(value) if key in _NUMBERS else value
