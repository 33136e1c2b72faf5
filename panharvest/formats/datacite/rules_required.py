"""Rules for what DataCite demands: identifier, title, publisher, year, type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.formats.datacite.findings import found, nothing, numbered, unlisted
from panharvest.formats.datacite.values import is_null_code
from panharvest.syntax import bare_doi, is_doi, is_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.formats.datacite.values import Values
    from panharvest.record import Problem

_FIRST_YEAR, _LAST_YEAR = 1400, 2100


def _identifier(values: Values) -> Iterator[Problem]:
    listed = values.get("identifiers", ())
    doi = values.get("doi")
    if not listed and not doi:
        yield found("DC-ID-001", "identifier")
    for i, one in enumerate(listed):
        place = "identifier" if i == 0 else f"identifiers[{i}]"
        value, kind = one.get("identifier"), one.get("identifiertype")
        if value is None or nothing(value):
            yield found("DC-ID-001", place, value)
        elif kind == "DOI":
            yield from _doi(value, place)
        elif i == 0 and kind not in ("URL", None):
            yield found("DC-ID-003", f"{place}@identifierType", kind)
    if doi:
        yield from _doi(doi, "doi")


def _doi(value: str, place: str) -> Iterator[Problem]:
    if not is_doi(bare_doi(value)):
        yield found("DC-ID-002", place, value)
    elif not value.startswith("10."):
        yield found("DC-ID-004", place, value)


def _titles(values: Values) -> Iterator[Problem]:
    listed = values.get("titles", ())
    if not listed:
        yield found("DC-TITLE-001", "titles")
    for i, one in enumerate(listed):
        title = one.get("title")
        if nothing(title):
            code = "DC-NULL-001" if i else "DC-TITLE-002"
            yield found(code, f"titles[{i}]", title)
        kind = one.get("titletype")
        if kind is not None and kind not in datacite("titleType"):
            yield unlisted("titleType", f"titles[{i}]", kind)


def _publisher(values: Values) -> Iterator[Problem]:
    if "publishers" in values:
        yield found("DC-PUBLISHER-002", "publisher")
    one = values.get("publisher", {})
    name = one.get("name")
    if nothing(name):
        yield found("DC-PUBLISHER-001", "publisher", name)
    number = one.get("publisheridentifier")
    if number is not None:
        scheme = one.get("publisheridentifierscheme")
        yield from numbered(number, scheme, "publisher@publisherIdentifier")


def _year(values: Values) -> Iterator[Problem]:
    year = values.get("publicationyear")
    if year is None or is_null_code(year):
        yield found("DC-YEAR-001", "publicationYear", year)
    elif len(year) != 4 or not year.isascii() or not year.isdigit():
        yield found("DC-YEAR-002", "publicationYear", year)
    elif not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        yield found("DC-YEAR-003", "publicationYear", year)
    else:
        for one in values.get("dates", ()):
            end = one.get("date", "")
            if one.get("datetype") == "Available" and is_moment(end):
                if end[:4] != year:
                    yield found("DC-YEAR-004", "publicationYear", f"{year}, {end}")
                return


def _resource_type(values: Values) -> Iterator[Problem]:
    one = values.get("types", {})
    general = one.get("resourcetypegeneral")
    if general not in datacite("resourceTypeGeneral"):
        place = "resourceType@resourceTypeGeneral"
        yield found("DC-TYPE-001", place, general)
    if nothing(one.get("resourcetype")):
        yield found("DC-TYPE-002", "resourceType")


RULES = (_identifier, _titles, _publisher, _year, _resource_type)
