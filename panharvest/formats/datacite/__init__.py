"""DataCite 4.7: the kernel (``datacite``) and its OAI wrapper (``oai_datacite``).

What is written is what harvesters of the field read rightly, where the kernel leaves
a choice (docs/reference/crosswalk): ``Collected`` comes first because B2FIND takes the
first date as temporal coverage; a creator has one nameIdentifier because EOSC Data
Commons fails on two; an instrument is a relatedItem beside its relatedIdentifier,
never with a publisher; access rights are said as info:eu-repo and as COAR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import KERNEL, kinds
from panharvest.derived import extents, language_tag, publication_year
from panharvest.formats.datacite import agents, content, links
from panharvest.formats.datacite.reading import read as read_datacite
from panharvest.xmltext import line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.protocols import Reading
    from panharvest.record import Record

NAMESPACE = "http://datacite.org/schema/kernel-4"
SCHEMA = f"http://schema.datacite.org/meta/kernel-{KERNEL}/metadata.xsd"
OAI_NAMESPACE = "http://schema.datacite.org/oai/oai-1.1/"
OAI_SCHEMA = "http://schema.datacite.org/oai/oai-1.1/oai.xsd"

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_HEAD = (
    f'<resource xmlns="{NAMESPACE}" {_XSI} xsi:schemaLocation="{NAMESPACE} {SCHEMA}">'
)
_OAI_HEAD = (
    f'<oai_datacite xmlns="{OAI_NAMESPACE}" {_XSI}'
    f' xsi:schemaLocation="{OAI_NAMESPACE} {OAI_SCHEMA}">'
    f"<schemaVersion>{KERNEL}</schemaVersion><datacentreSymbol>"
)


class DataCite:
    """DataCite kernel 4.7 as XML."""

    prefix = "datacite"
    namespace = NAMESPACE
    schema = SCHEMA

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when a property DataCite demands is missing.

        These are identifier, creator, title, publisher and year; ``check`` reports
        each as an error. Values DataCite could not take (a wrong ORCID, an impossible
        date) are left out; ``check`` reports them as warnings.
        """
        document = _resource(record)
        return None if document is None else document.encode()

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002
        """Read DataCite of any kernel, as XML in any wrapper or as JSON."""
        return read_datacite(document, id=id)


class OaiDataCite:
    """DataCite kernel 4.7 in the wrapper oai-1.1, as harvesters ask for it."""

    prefix = "oai_datacite"
    namespace = OAI_NAMESPACE
    schema = OAI_SCHEMA

    def write(self, record: Record) -> bytes | None:
        """Write a record; None when it has no DataCite form."""
        document = _resource(record)
        if document is None:
            return None
        symbol = record.facility.id.upper() if record.facility else ""
        return (
            f"{_OAI_HEAD}{line(symbol) or 'PANHARVEST'}</datacentreSymbol>"
            f"<payload>{document}</payload></oai_datacite>"
        ).encode()

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002
        """Read DataCite of any kernel, as XML in any wrapper or as JSON."""
        return read_datacite(document, id=id)


def _resource(record: Record) -> str | None:
    identifier = links.identifier(record)
    creators = agents.named("creator", record.creators)
    titles = content.titles(record.titles)
    publisher = agents.publisher(record.publisher)
    year = publication_year(record)
    if not (identifier and creators and titles and publisher and year):
        return None
    kind = kinds()[record.kind]
    out = [
        _HEAD,
        identifier,
        f"<creators>{creators}</creators>",
        f"<titles>{titles}</titles>",
        publisher,
        f"<publicationYear>{year}</publicationYear>"
        f'<resourceType resourceTypeGeneral="{kind.general}">{kind.text}'
        "</resourceType>",
        _wrap("subjects", content.subjects(record)),
        _wrap("contributors", agents.contributors(record)),
        _wrap("dates", content.dates(record)),
    ]
    if language := language_tag(record.language):
        out.append(f"<language>{language}</language>")
    out += (
        _wrap("alternateIdentifiers", links.alternates(record)),
        _wrap("relatedIdentifiers", links.related(record)),
        _wrap("sizes", (f"<size>{text}</size>" for text in extents(record))),
        _wrap("formats", content.formats(record)),
    )
    if record.version and (version := line(record.version)):
        out.append(f"<version>{version}</version>")
    out += (
        _wrap("rightsList", content.rights(record)),
        _wrap("descriptions", content.descriptions(record)),
        content.location(record),
        _wrap("fundingReferences", agents.funding(record)),
        _wrap("relatedItems", links.items(record)),
        "</resource>",
    )
    return "".join(out)


def _wrap(name: str, parts: Iterable[str]) -> str:
    """Put what there is, without repetitions, into a wrapper element."""
    content = "".join(dict.fromkeys(parts))
    return f"<{name}>{content}</{name}>" if content else ""
