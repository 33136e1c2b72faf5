"""What is wrong with a DataCite document that the XML Schema lets pass.

The rules look at the plain values of a document, before anything is put right in
reading, and say where, what and what to do. An error makes the document wrong or
misleading for whoever harvests it; a warning makes it poorer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from panharvest.checks.wording import has_html
from panharvest.codelists import datacite, licence_of_url
from panharvest.formats.datacite.codes import CODES
from panharvest.formats.datacite.from_xml import values_of
from panharvest.formats.datacite.values import Values, is_null_code, members, said
from panharvest.licensing import spdx_of
from panharvest.record import Level, Problem
from panharvest.syntax import (
    bare_doi,
    bare_handle,
    is_before,
    is_doi,
    is_handle,
    is_language,
    is_moment,
    is_orcid,
    is_ror,
)
from panharvest.xmltext import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANCIENT = re.compile(r"-[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_NULLS = frozenset(
    ("n/a", "na", "none", "null", "missing", "unknown", "undefined", "-")
)
_FIRST_YEAR, _LAST_YEAR = 1400, 2100


def examine(values: Values) -> tuple[Problem, ...]:
    """Give every problem of a document, in the order of its properties."""
    return tuple(dict.fromkeys(p for rule in _RULES for p in rule(values)))


def errors_of(document: bytes) -> tuple[Problem, ...]:
    """Give the errors of a document that we wrote ourselves: it must not be sent."""
    values = values_of(etree.fromstring(document))
    return tuple(p for p in examine(values) if p.level is Level.ERROR)


def _found(code: str, place: str, value: object = None) -> Problem:
    level, meaning, advice = CODES[code]
    if value not in (None, ""):
        text = " ".join(str(value).split())
        text = text if len(text) <= 60 else text[:57] + "..."
        meaning = f"{meaning[:-1]}: {text}"
    return Problem(code, level, place, meaning, advice)


def _nothing(text: str | None) -> bool:
    return text is None or is_null_code(text) or text.lower() in _NULLS


# --- the mandatory properties ---------------------------------------------------------


def _identifier(values: Values) -> Iterator[Problem]:
    listed = list(members(values, "identifiers", "identifier"))
    if not listed and not said(values, "doi"):
        yield _found("DC-ID-001", "identifier")
    for i, (_, one) in enumerate(listed):
        place = "identifier" if i == 0 else f"identifiers[{i}]"
        value, kind = said(one, "identifier", "") or "", said(one, "identifiertype")
        if _nothing(value):
            yield _found("DC-ID-001", place, value)
        elif kind == "DOI":
            yield from _doi(value, place)
        elif i == 0 and kind not in ("URL", None):
            yield _found("DC-ID-003", f"{place}@identifierType", kind)
    if doi := said(values, "doi"):
        yield from _doi(doi, "doi")


def _doi(value: str, place: str) -> Iterator[Problem]:
    if not is_doi(bare_doi(value)):
        yield _found("DC-ID-002", place, value)
    elif not value.startswith("10."):
        yield _found("DC-ID-004", place, value)


def _titles(values: Values) -> Iterator[Problem]:
    listed = list(members(values, "titles", "title"))
    if not listed:
        yield _found("DC-TITLE-001", "titles")
    for i, (place, one) in enumerate(listed):
        title = said(one, "title", "")
        if _nothing(title):
            yield _found("DC-NULL-001" if i else "DC-TITLE-002", place, title)
        kind = said(one, "titletype")
        if kind is not None and kind not in datacite("titleType"):
            yield _found("DC-LIST-001", f"{place}@titleType", kind)


def _publisher(values: Values) -> Iterator[Problem]:
    found = values.get("publisher")
    if values.get("publishers") or (isinstance(found, list) and len(found) > 1):
        yield _found("DC-PUBLISHER-002", "publisher")
    one = found if isinstance(found, dict) else {"name": found}
    name = said(one, "name")
    if _nothing(name):
        yield _found("DC-PUBLISHER-001", "publisher", name)
    number = said(one, "publisheridentifier")
    scheme = said(one, "publisheridentifierscheme")
    if number is not None:
        yield from _numbered(number, scheme, "publisher@publisherIdentifier")


def _year(values: Values) -> Iterator[Problem]:
    year = said(values, "publicationyear")
    if year is None or is_null_code(year):
        yield _found("DC-YEAR-001", "publicationYear", year)
    elif re.fullmatch("[0-9]{4}", year) is None:
        yield _found("DC-YEAR-002", "publicationYear", year)
    elif not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        yield _found("DC-YEAR-003", "publicationYear", year)
    else:
        ends = [text for _, text in _dates_of(values, "Available") if is_moment(text)]
        if ends and ends[0][:4] != year:
            yield _found("DC-YEAR-004", "publicationYear", f"{year}, {ends[0]}")


def _resource_type(values: Values) -> Iterator[Problem]:
    types = values.get("types")
    one: Values = types if isinstance(types, dict) else {}
    general = said(one, "resourcetypegeneral")
    if general not in datacite("resourceTypeGeneral"):
        place = "resourceType@resourceTypeGeneral"
        yield _found("DC-TYPE-001", place, general)
    if _nothing(said(one, "resourcetype")):
        yield _found("DC-TYPE-002", "resourceType")


# --- people ---------------------------------------------------------------------------


def _people(values: Values) -> Iterator[Problem]:
    creators = list(members(values, "creators", "creator"))
    if not creators:
        yield _found("DC-CREATOR-001", "creators")
    seen: set[tuple[str, str]] = set()
    for place, one in creators:
        name = said(one, "name", "creatorname", "")
        if _nothing(name):
            yield _found("DC-CREATOR-002", place, name)
        key = ((name or "").casefold(), _first_number(one))
        if key in seen:
            yield _found("DC-CREATOR-003", place, name)
        seen.add(key)
        yield from _agent(one, place)
    for place, one in members(values, "contributors", "contributor"):
        name = said(one, "name", "contributorname", "")
        if _nothing(name):
            yield _found("DC-NULL-001", place, name)
        role = said(one, "contributortype")
        if role not in datacite("contributorType"):
            yield _found("DC-LIST-001", f"{place}@contributorType", role)
        yield from _agent(one, place)


def _first_number(one: Values) -> str:
    for _, number in members(one, "nameidentifiers", "nameidentifier"):
        return said(number, "nameidentifier", "") or ""
    return ""


def _agent(one: Values, place: str) -> Iterator[Problem]:
    for where, number in members(one, "nameidentifiers", "nameidentifier"):
        value = number.get("nameidentifier", number.get(""))
        scheme = said(number, "nameidentifierscheme")
        spot = f"{place}.{where}"
        if scheme is None:
            yield _found("DC-NAME-001", spot, value)
        unknown = set(number) - _NAME_ATTRIBUTES
        if unknown:
            yield _found("DC-ATTRIBUTE-001", spot, ", ".join(sorted(unknown)))
        yield from _numbered(said(number, "nameidentifier", "") or "", scheme, spot)
    for where, affiliation in members(one, "affiliation", "affiliations"):
        spot = f"{place}.{where}"
        number_ = said(affiliation, "affiliationidentifier")
        scheme = said(affiliation, "affiliationidentifierscheme")
        if number_ is not None and scheme is None:
            yield _found("DC-AFFILIATION-001", spot, number_)
        unknown = set(affiliation) - _AFFILIATION_ATTRIBUTES
        if unknown:
            yield _found("DC-ATTRIBUTE-001", spot, ", ".join(sorted(unknown)))
        if number_ is not None:
            yield from _numbered(number_, scheme, spot)


_NAME_ATTRIBUTES = frozenset(
    ("nameidentifier", "nameidentifierscheme", "schemeuri", "")
)
_AFFILIATION_ATTRIBUTES = frozenset(
    ("name", "affiliationidentifier", "affiliationidentifierscheme", "schemeuri", "")
)


def _numbered(value: str, scheme: str | None, place: str) -> Iterator[Problem]:
    """Check an identifier whose scheme has check digits."""
    bare = value.rstrip("/").rpartition("/")[2]
    if scheme == "ORCID":
        if not is_orcid(bare):
            yield _found("DC-ORCID-001", place, value)
    elif scheme == "ROR" and not is_ror(f"https://ror.org/{bare.lower()}"):
        yield _found("DC-ROR-001", place, value)


# --- dates and embargo ----------------------------------------------------------------


def _dates_of(values: Values, kind: str) -> list[tuple[str, str]]:
    return [
        (place, said(one, "date", "") or "")
        for place, one in members(values, "dates", "date")
        if said(one, "datetype") == kind
    ]


def _dates(values: Values) -> Iterator[Problem]:
    for place, one in members(values, "dates", "date"):
        text, kind = said(one, "date", ""), said(one, "datetype")
        if kind not in datacite("dateType"):
            yield _found("DC-LIST-001", f"{place}@dateType", kind)
        if kind == "Other" and not said(one, "dateinformation"):
            yield _found("DC-DATE-005", place, text)
        if text is None or is_null_code(text):
            yield _found("DC-DATE-001", place, text)
            continue
        sides = [side.strip() for side in text.split("/")]
        if len(sides) > 2 or not all(_is_date(side) for side in sides if side):
            yield _found("DC-DATE-001", place, text)
        elif len(sides) == 2 and "" in sides:
            yield _found("DC-DATE-002", place, text)
        elif len(sides) == 2 and is_before(sides[1], sides[0]):
            yield _found("DC-DATE-003", place, text)
    available = _dates_of(values, "Available")
    if len(available) > 1:
        yield _found("DC-DATE-004", available[1][0], available[1][1])


def _is_date(text: str) -> bool:
    return is_moment(text) or _ANCIENT.fullmatch(text) is not None


def _embargo(values: Values) -> Iterator[Problem]:
    accepted, available = (
        _dates_of(values, kind)[:1] for kind in ("Accepted", "Available")
    )
    if accepted and available and is_before(available[0][1], accepted[0][1]):
        said_ = f"{accepted[0][1]} to {available[0][1]}"
        yield _found("DC-EMBARGO-001", available[0][0], said_)
    rights = [
        (place, (said(one, "rightsuri") or "").lower())
        for place, one in members(values, "rightslist", "rights")
    ]
    words = {
        word
        for _, uri in rights
        for mark, word in _ACCESS.items()
        if uri.endswith(mark)
    }
    if "embargoed" in words and not available:
        yield _found("DC-EMBARGO-002", "dates")
    if len(words) > 1:
        yield _found("DC-EMBARGO-003", "rightsList", ", ".join(sorted(words)))


_ACCESS = {
    "/openaccess": "open",
    "/c_abf2": "open",
    "/embargoedaccess": "embargoed",
    "/c_f1cf": "embargoed",
    "/restrictedaccess": "restricted",
    "/c_16ec": "restricted",
    "/closedaccess": "metadata only",
    "/c_14cb": "metadata only",
}


# --- rights, languages ----------------------------------------------------------------


def _rights(values: Values) -> Iterator[Problem]:
    for place, one in members(values, "rightslist", "rights"):
        uri, code = said(one, "rightsuri"), said(one, "rightsidentifier")
        if uri is not None and not is_uri(uri):
            yield _found("DC-URI-001", f"{place}@rightsURI", uri)
        if said(one, "rightsidentifierscheme") == "SPDX" and code:
            spdx = spdx_of(code)
            if spdx is None:
                yield _found("DC-RIGHTS-001", f"{place}@rightsIdentifier", code)
            known = licence_of_url(uri) if uri else None
            if spdx and known and known.spdx != spdx:
                yield _found("DC-RIGHTS-002", place, f"{code}, {uri}")


def _languages(values: Values) -> Iterator[Problem]:
    language = said(values, "language")
    if language is not None and not _is_tag(language):
        yield _found("DC-LANGUAGE-001", "language", language)
    for name in ("titles", "descriptions", "subjects", "rightslist", "creators"):
        for place, one in members(values, name):
            tag = said(one, "lang")
            if tag is not None and not _is_tag(tag):
                yield _found("DC-LANGUAGE-001", f"{place}@xml:lang", tag)


def _is_tag(text: str) -> bool:
    """Whether a text is a language tag and not the name of a language."""
    if not is_language(text):
        return False
    from langcodes import tag_is_valid

    return bool(tag_is_valid(text))


# --- relations ------------------------------------------------------------------------


def _relations(values: Values) -> Iterator[Problem]:
    for place, one in members(values, "relatedidentifiers", "relatedidentifier"):
        yield from _relation(one, place, said(one, "relatedidentifier", ""))
        kind = said(one, "relatedidentifiertype")
        value = said(one, "relatedidentifier", "") or ""
        if kind not in datacite("relatedIdentifierType"):
            yield _found("DC-LIST-001", f"{place}@relatedIdentifierType", kind)
        elif kind == "DOI" and not value.startswith("10."):
            yield _found("DC-RELATED-001", place, value)
        elif not _fits(value, kind):
            yield _found("DC-RELATED-002", place, f"{kind} {value}")
        if said(one, "relationtype") == "HasMetadata" and not said(
            one, "relatedmetadatascheme"
        ):
            yield _found("DC-RELATED-003", place, value)
    for place, one in members(values, "relateditems", "relateditem"):
        yield from _relation(one, place, None)
        titles = [said(t, "title", "") for _, t in members(one, "titles")]
        if not any(title and not is_null_code(title) for title in titles):
            yield _found("DC-RELATED-004", place)


def _relation(one: Values, place: str, value: str | None) -> Iterator[Problem]:
    kind = said(one, "relationtype")
    if kind not in datacite("relationType"):
        yield _found("DC-LIST-001", f"{place}@relationType", kind)
    elif kind == "Other" and not said(one, "relationtypeinformation"):
        yield _found("DC-RELATED-005", place, value)


def _fits(value: str, kind: str | None) -> bool:
    """Whether a value has the form of its type, where the type has one."""
    if kind == "DOI":
        return is_doi(bare_doi(value))
    if kind == "Handle":
        return is_handle(bare_handle(value))
    if kind == "URL":
        return is_uri(value)
    if kind == "ISSN":
        return re.fullmatch(r"[0-9]{4}-?[0-9]{3}[0-9Xx]", value) is not None
    return bool(value)


# --- texts ----------------------------------------------------------------------------


def _subjects(values: Values) -> Iterator[Problem]:
    for place, one in members(values, "subjects", "subject"):
        for name, attribute in (
            ("classificationcode", "classificationCode"),
            ("valueuri", "valueURI"),
            ("schemeuri", "schemeURI"),
        ):
            uri = said(one, name)
            if uri is None:
                continue
            blank = " " in uri
            if blank or (attribute != "classificationCode" and not is_uri(uri)):
                yield _found("DC-URI-001", f"{place}@{attribute}", uri)


def _texts(values: Values) -> Iterator[Problem]:
    for name, key in (
        ("titles", "title"),
        ("descriptions", "description"),
        ("subjects", "subject"),
        ("creators", "name"),
    ):
        for place, one in members(values, name):
            text = one.get(key, one.get(""))
            if isinstance(text, str) and has_html(text):
                yield _found("DC-TEXT-001", place, text)
            if (
                name != "titles"
                and isinstance(text, str)
                and is_null_code(text.strip())
            ):
                yield _found("DC-NULL-001", place, text)
    for name in ("version", "language"):
        found = said(values, name)
        if found is not None and is_null_code(found):
            yield _found("DC-NULL-001", name, found)
    for element in values.get("unread", ()):
        yield _found("DC-READ-001", str(element), element)


def _places(values: Values) -> Iterator[Problem]:
    for place, one in members(values, "geolocations", "geolocation"):
        for latitude, longitude in _spots(one):
            if not (abs(latitude) <= 90 and abs(longitude) <= 180):
                yield _found("DC-PLACE-001", place, f"{latitude}, {longitude}")


def _spots(value: Any) -> Iterator[tuple[float, float]]:  # noqa: ANN401 (JSON)
    from panharvest.formats.datacite.values import number_of

    if isinstance(value, dict):
        if "pointlatitude" in value:
            north = number_of(value["pointlatitude"])
            east = number_of(value.get("pointlongitude"))
            yield (999.0 if north is None else north), (999.0 if east is None else east)
        for inner in value.values():
            yield from _spots(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _spots(inner)


def _funding(values: Values) -> Iterator[Problem]:
    for place, one in members(values, "fundingreferences", "fundingreference"):
        if _nothing(said(one, "fundername")):
            yield _found("DC-FUNDING-001", place)
        kind = said(one, "funderidentifiertype")
        value = said(one, "funderidentifier")
        if value is not None and kind not in datacite("funderIdentifierType"):
            yield _found("DC-LIST-001", f"{place}@funderIdentifierType", kind)
        if value is not None:
            yield from _numbered(value, kind, place)


_RULES = (
    _identifier,
    _titles,
    _people,
    _publisher,
    _year,
    _resource_type,
    _subjects,
    _dates,
    _embargo,
    _languages,
    _relations,
    _rights,
    _places,
    _funding,
    _texts,
)
