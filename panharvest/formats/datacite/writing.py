"""A record as a DataCite resource, in one of the versions of the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import kinds
from panharvest.derived import language_tag, publication_year
from panharvest.formats.datacite import agents, content, links
from panharvest.xmltext import line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.formats.datacite.kernels import Kernel
    from panharvest.record import Record

NAMESPACE = "http://datacite.org/schema/kernel-4"

_HEAD = (
    f'<resource xmlns="{NAMESPACE}"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    f' xsi:schemaLocation="{NAMESPACE} '
)


def resource(record: Record, kernel: Kernel) -> str | None:
    """Write a record; None when a property DataCite demands is missing."""
    identifier = links.identifier(record)
    creators = agents.named("creator", record.creators)
    titles = content.titles(record.titles, kernel)
    publisher = agents.publisher(
        record.publisher, identified=kernel.publisher_identified
    )
    year = publication_year(record)
    if not (identifier and creators and titles and publisher and year):
        return None
    out = [
        f'{_HEAD}{kernel.schema}">',
        identifier,
        f"<creators>{creators}</creators><titles>{titles}</titles>",
        publisher,
        f"<publicationYear>{year}</publicationYear>",
        _resource_type(record, kernel),
        _wrap("subjects", content.subjects(record)),
        _wrap("contributors", agents.contributors(record, kernel)),
        _wrap("dates", content.dates(record, kernel)),
    ]
    if language := language_tag(record.language):
        out.append(f"<language>{language}</language>")
    out += (
        _wrap("alternateIdentifiers", links.alternates(record)),
        _wrap("relatedIdentifiers", links.related(record, kernel)),
        _wrap("sizes", content.sizes(record)),
        _wrap("formats", content.formats(record)),
    )
    if record.version and (version := line(record.version)):
        out.append(f"<version>{version}</version>")
    out += (
        _wrap("rightsList", content.rights(record)),
        _wrap("descriptions", content.descriptions(record, kernel)),
        _wrap("geoLocations", content.places(record)),
        _wrap("fundingReferences", agents.funding(record, kernel)),
        _wrap("relatedItems", links.items(record, kernel)),
        "</resource>",
    )
    return "".join(out)


def _resource_type(record: Record, kernel: Kernel) -> str:
    """Write the type in the document's own words, else in ours.

    An older kernel has the word that is nearest to the newest one's.
    """
    terms = kinds()[record.kind]
    general, text = terms.general, terms.text
    own = record.resource_type
    if own is not None:
        general = own.general if own.general in kernel.generals else "Other"
        text = line(own.text or "")
    general = kernel.generals[general]
    return f'<resourceType resourceTypeGeneral="{general}">{text}</resourceType>'


def _wrap(name: str, parts: Iterable[str]) -> str:
    """Put what there is, without repetitions, into a wrapper element."""
    content = "".join(dict.fromkeys(parts))
    return f"<{name}>{content}</{name}>" if content else ""
