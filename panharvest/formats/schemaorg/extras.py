"""What schema.org has no word for, as additional properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import kinds
from panharvest.derived import citation_text, interval_text, licence_address
from panharvest.formats.schemaorg.subjects import location, other_words
from panharvest.formats.schemaorg.terms import (
    IS_DEFINITION,
    NXSOURCE,
    RECORD,
    Node,
    filled,
    tagged,
)
from panharvest.record import Interval
from panharvest.xmltext import clean, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import DatedEvent, Licence, Record


def standing(record: Record) -> Node:
    """Write the citation, the state, and who described it when."""
    origin = record.provenance.origin if record.provenance else None
    return {
        "citation": citation_text(record),
        "creativeWorkStatus": "Withdrawn" if record.withdrawal else None,
        "sdPublisher": filled({"@type": "Organization", "url": origin.base_url})
        if origin
        else None,
        "sdDatePublished": origin.harvested if origin else None,
    }


def extras(record: Record) -> Iterator[Node]:
    """Write each field of the record that no property says."""
    if record.keywords:
        others = {*map(fold, other_words(record)), kinds()[record.kind].text}
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
            value = tagged(clean(text.value).strip(), text.language)
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
        if not IS_DEFINITION.fullmatch(name):
            yield extra("definitions", fold(name))
    licence = record.licence
    if licence is not None and licence.name and _is_elsewhere(licence):
        yield extra("licence", licence.name)
    if record.publication_year is not None:
        yield extra("publication_year", record.publication_year)


def _is_elsewhere(licence: Licence) -> bool:
    """Whether ``license`` has the address of a licence and not its name."""
    return licence_address(licence) not in (None, licence.name)


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
