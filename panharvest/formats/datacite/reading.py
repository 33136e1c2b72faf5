"""DataCite documents as records: liberal in what is taken, exact in what is said.

XML (kernels 2.1 to 4.7, in any namespace and wrapper) and JSON (of the REST API and of
content negotiation) become the same plain values first and are interpreted once. What
is wrong is kept as text where the record can hold it, and reported.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from panharvest.codelists import kinds, resource_types
from panharvest.derived import publication_year
from panharvest.documents import local_name, looks_like_xml, parse_json, parse_xml
from panharvest.errors import SkipError
from panharvest.formats.datacite import from_json, from_xml
from panharvest.formats.datacite import read_content as content
from panharvest.formats.datacite.read_agents import (
    agents_of,
    contributors_of,
    funding_of,
    publisher_of,
)
from panharvest.formats.datacite.read_links import identity_of, links_of
from panharvest.formats.datacite.read_terms import description_fields, subject_fields
from panharvest.formats.datacite.rules import examine
from panharvest.formats.datacite.values import Values, is_null_code
from panharvest.protocols import Reading
from panharvest.record import (
    Kind,
    Moment,
    Record,
    ResourceType,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

# A document that has none of these is not one of DataCite.
_TELLING = frozenset(("titles", "creators", "identifiers", "types", "doi"))
_WRAPPERS = frozenset(("data", "attributes", "metadata"))  # looked into at first
_DEEPEST_WRAPPER = 6  # of JSON: {"data": [{"attributes": {...}}]} has three
_DEFINITION = "NeXus "  # before the name of an application definition in a format


def read(document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
    """Read one DataCite document, XML or JSON.

    Parameters
    ----------
    id
        The local identifier of the record; without it the document's own, else its DOI.

    Raises
    ------
    SkipError
        When it is no document of DataCite at all, or holds several records
        (:func:`read_all`).
    """
    found = list(read_all(document, id=id))
    if len(found) != 1:
        raise SkipError(
            "document.several", f"the document holds {len(found)} records, not one"
        )
    return found[0]


def read_all(document: bytes, *, id: str | None = None) -> Iterator[Reading]:  # noqa: A002 (the word of the record)
    """Read every record of a DataCite document; an answer of an interface has many."""
    if looks_like_xml(document):
        for element in resources_in(parse_xml(document)):
            yield read_element(element, id=id)
        return
    for values in values_of_json(document):
        yield _interpret(values, id)


def read_element(root: _Element, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
    """Read an element that is, or holds, a DataCite resource.

    Raises
    ------
    SkipError
        When nothing of it is a property of DataCite.
    """
    return _interpret(values_of_xml(root), id)


def resources_in(root: _Element) -> list[_Element]:
    """Give each DataCite resource of a document; its root where none is called so."""
    if local_name(root.tag) == "resource":
        return [root]
    return [e for e in root.iter("{*}resource") if len(e)] or [root]


def values_of_xml(root: _Element) -> Values:
    """Give the plain values of a document in XML.

    Raises
    ------
    SkipError
        When nothing of it is a property of DataCite.
    """
    inner = next((e for e in root.iter("{*}resource") if len(e)), None)
    if inner is None:
        inner = next((e for e in root.iter("*") if "datacite" in str(e.tag)), root)
    values = from_xml.values_of(inner)
    is_ours = "datacite" in str(inner.tag) or local_name(inner.tag) == "resource"
    if not is_ours or not values.keys() & _TELLING:
        raise SkipError(
            "document.foreign",
            "no property of DataCite is in this document",
        )
    return values


def values_of_json(document: bytes) -> list[Values]:
    """Give the plain values of each record of a document in JSON.

    Raises
    ------
    SkipError
        When it is not JSON, or nothing of it is a property of DataCite.
    """
    return values_of_found(parse_json(document))


def values_of_found(data: Any) -> list[Values]:  # noqa: ANN401 (JSON)
    """Give the plain values of each record in JSON that is parsed.

    Raises
    ------
    SkipError
        When nothing of it is a property of DataCite.
    """
    found = list(_records(data, 0))
    if not found:
        raise SkipError(
            "document.foreign", "no property of DataCite is in this document"
        )
    return found


def _records(data: Any, depth: int) -> Iterator[Values]:  # noqa: ANN401 (JSON)
    """Give each record, in whatever objects and lists they are wrapped.

    The first wrapper that holds some is taken: what is beside the records (of whom
    they are, how many there are) is about them.
    """
    if depth > _DEEPEST_WRAPPER:
        return
    if isinstance(data, list):
        several = [list(_records(one, depth + 1)) for one in data]
        if any(several) and not all(several):
            place = next(i for i, found in enumerate(several, 1) if not found)
            raise SkipError(
                "document.foreign",
                f"no property of DataCite is in record {place} of the document",
            )
        for found in several:
            yield from found
    elif isinstance(data, dict):
        if _TELLING & {str(key).lower() for key in data}:
            yield from_json.values_of(data)
            return
        for _, inner in sorted(data.items(), key=lambda item: item[0] not in _WRAPPERS):
            found = list(_records(inner, depth + 1))
            if found:
                yield from found
                return


def _interpret(values: Values, id: str | None) -> Reading:  # noqa: A002 (the word of the record)
    identity = identity_of(values, wants_local=id is None)
    kind, resource_type = _kind(values)
    contributors, facility, funders = contributors_of(values)
    access, licence, rights = content.rights_of(values)
    dates = content.Dates(values)
    size, exact, count, extents = content.sizes_of(values)
    links = links_of(values)
    places = content.places_of(values)
    formats = values.get("formats", ())
    named = [f for f in formats if not f.startswith(_DEFINITION)]
    embargo = dates.embargo(access.status if access else None)
    fields: dict[str, Any] = {
        "id": id
        or identity.local
        or (identity.pid.value if identity.pid else "")
        or "",
        "kind": kind,
        "pid": identity.pid,
        "alternate_identifiers": tuple(identity.others),
        "titles": tuple(content.titles_of(values)),
        "creators": tuple(a for a, _ in agents_of(values.get("creators", ()))),
        "contributors": tuple(contributors),
        "publisher": publisher_of(values),
        "facility": facility,
        "instruments": tuple(links.instruments),
        "samples": tuple(links.samples),
        "collected": dates.collected,
        "created": dates.moment("Created"),
        "modified": dates.moment("Updated"),
        "issued": dates.moment("Issued"),
        "embargo": embargo,
        "access": access,
        "licence": licence,
        "language": values.get("language"),
        "version": values.get("version"),
        "size": size,
        "size_exact": exact,
        "file_count": count,
        "extents": tuple(extents),
        "formats": tuple(named),
        "definitions": tuple(
            f.removeprefix(_DEFINITION) for f in formats if f.startswith(_DEFINITION)
        ),
        "services": tuple(links.services),
        "relations": tuple(links.relations),
        "related_items": tuple(links.items),
        "funding": (*funding_of(values), *funders),
        "location": places[0] if places else None,
        "places": tuple(places[1:]),
        "landing_page": identity.landing_page or links.landing_page,
        "resource_type": resource_type,
        "rights": tuple(rights),
    }
    fields |= subject_fields(fields, values)
    fields |= description_fields(fields, values, dates)
    record = Record(**fields, dates=tuple(dates.events))
    return Reading(_with_year(record, values), examine(values))


def _kind(values: Values) -> tuple[Kind, ResourceType | None]:
    """Give the kind, and the document's own words where they say more."""
    one: Values = values.get("types") or {}
    general = one.get("resourcetypegeneral") or ""
    text = one.get("resourcetype")
    known = _kinds_by_words().get((general, text))
    if known is not None:
        return known, None
    general = _general_types().get(general.lower(), general)
    if not general:
        return Kind.OTHER, ResourceType("Other", text) if text else None
    kind, _ = resource_types().get(general, (Kind.OTHER, ""))
    return kind, ResourceType(general, text)


@cache
def _kinds_by_words() -> Mapping[tuple[str, str | None], Kind]:
    return {(terms.general, terms.text): Kind(kind) for kind, terms in kinds().items()}


@cache
def _general_types() -> Mapping[str, str]:
    return {general.lower(): general for general in resource_types()}


def _with_year(record: Record, values: Values) -> Record:
    """Keep the year of publication where no date tells it."""
    year = values.get("publicationyear")
    if year is None or is_null_code(year):
        return record
    year = year[:4] if year[:4].isdigit() and year[4:5] in ("", "-") else year
    if publication_year(record) == year:
        return record
    if record.issued is None and record.embargo is None and len(year) == 4:
        return replace(record, issued=Moment(year))
    return replace(record, publication_year=year)
