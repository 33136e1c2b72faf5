"""Unqualified Dublin Core (``oai_dc``), which every OAI-PMH repository must give.

Dublin Core has no roles, types or schemes, so what would be lost is said as a value of
its own: the IRI of a technique beside its label, the COAR type beside the word, access
rights and embargo in the info:eu-repo vocabulary (OpenAIRE guidelines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import access_rights, kinds
from panharvest.derived import (
    address,
    available,
    degrees,
    extents,
    interval_text,
    known_licence,
    language_tag,
    w3cdtf,
)
from panharvest.formats.dublincore_reading import read as read_dublincore
from panharvest.record import Interval
from panharvest.syntax import url_of
from panharvest.xmltext import line, prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from panharvest.protocols import Reading
    from panharvest.record import Funding, Record, Text

NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

_HEAD = (
    f'<oai_dc:dc xmlns:oai_dc="{NAMESPACE}"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    f' xsi:schemaLocation="{NAMESPACE} {SCHEMA}">'
)
# The relation of raw to processed data has an element of its own.
_SOURCES = frozenset({"IsDerivedFrom"})
# Framework programmes of the European Commission, by name and Crossref Funder ID.
_PROGRAMMES = {
    "H2020": ("Horizon 2020", "H2020", "10.13039/100010661"),
    "HE": ("Horizon Europe", "10.13039/100018693"),
    "FP7": ("FP7", "Seventh Framework", "10.13039/100011102"),
}


class DublinCore:
    """The fifteen elements of Dublin Core in the container ``oai_dc:dc``."""

    prefix = "oai_dc"
    namespace = NAMESPACE
    schema = SCHEMA

    def write(self, record: Record) -> bytes:
        """Write a record; there is always an ``oai_dc`` form, if a poor one."""
        sources, relations = _relations(record)
        kind = kinds()[record.kind]
        return "".join(
            (
                _HEAD,
                _texts("title", record.titles, line),
                _values("creator", (agent.name for agent in record.creators)),
                _values("subject", _subjects(record)),
                _texts("description", record.descriptions, prose),
                _values(
                    "publisher", [record.publisher.name] if record.publisher else ()
                ),
                _values("contributor", _contributors(record)),
                _values("date", _dates(record)),
                _values("type", (kind.label, kind.coar, _own_type(record))),
                _values("format", _formats(record)),
                _values("identifier", _identifiers(record)),
                _values("source", sources),
                _values("language", (language_tag(record.language),)),
                _values("relation", relations),
                _values("coverage", _coverage(record)),
                _values("rights", _rights(record)),
                "</oai_dc:dc>",
            )
        ).encode()

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read Dublin Core in any wrapper; bare values are told by their form."""
        return read_dublincore(document, id=id)


def _own_type(record: Record) -> str | None:
    """Give DataCite's own word for the type, where it says more than our kind."""
    own = record.resource_type
    return (own.text or own.general) if own else None


def _values(name: str, values: Iterable[str | None]) -> str:
    """Write the values that are there, each once."""
    lines = dict.fromkeys(line(value) for value in values if value)
    return "".join(f"<dc:{name}>{text}</dc:{name}>" for text in lines if text)


def _texts(name: str, texts: Iterable[Text], form: Callable[[str], str]) -> str:
    out = ""
    for text in texts:
        if value := form(text.value):
            tag = language_tag(text.language)
            lang = f' xml:lang="{tag}"' if tag else ""
            out += f"<dc:{name}{lang}>{value}</dc:{name}>"
    return out


def _subjects(record: Record) -> list[str | None]:
    out: list[str | None] = list(record.keywords)
    for technique in record.techniques:
        out += (technique.label, technique.iri)
    for probe in record.probes:
        out += (probe.name, probe.iri)
    out.extend(source.type for source in record.sources)
    for sample in record.samples:
        out += (sample.name, sample.formula)
    for subject in record.subjects:
        out += (subject.value, subject.iri)
    return out


def _contributors(record: Record) -> list[str]:
    out = [contributor.agent.name for contributor in record.contributors]
    if record.facility:
        out.append(record.facility.name)
    return out


def _dates(record: Record) -> list[str | None]:
    """Give the date of publication first: simple readers take the first date."""
    embargo = record.embargo
    end = w3cdtf(embargo.end) if embargo else None
    return [
        available(record),
        w3cdtf(record.issued),
        w3cdtf(record.created),
        w3cdtf(record.modified),
        *(interval_text(Interval(e.start, e.end)) for e in record.dates),
        f"info:eu-repo/date/embargoEnd/{end[:10]}" if end and len(end) >= 10 else None,
    ]


def _formats(record: Record) -> list[str]:
    """Give media types, the NeXus definition and the size (``dcterms:extent``)."""
    definitions = [f"NeXus {name}" for name in record.definitions if name.strip()]
    return [*record.formats, *definitions, *extents(record), *record.extents]


def _identifiers(record: Record) -> list[str | None]:
    """Give the resolvable address first: harvesters take the first URL."""
    out = [address(record), record.landing_page]
    if record.pid:
        out.append(record.pid.value)
    out.append(record.id)
    out.extend(identifier.value for identifier in record.alternate_identifiers)
    return out


def _relations(record: Record) -> tuple[list[str], list[str]]:
    """Give the sources the data come from, and everything else that is related."""
    sources: list[str] = []
    others: list[str] = []
    for relation in record.relations:
        target = url_of(relation.identifier) or relation.identifier.value
        (sources if relation.type in _SOURCES else others).append(target)
    for instrument in record.instruments:
        others.append(instrument.name)
        others.extend(url_of(i) or i.value for i in instrument.identifiers)
    for sample in record.samples:
        others.extend(url_of(i) or i.value for i in sample.identifiers)
    others.extend(service.url for service in record.services)
    for item in record.related_items:
        if item.identifier is not None:
            others.append(url_of(item.identifier) or item.identifier.value)
        else:
            others.extend(title.value for title in item.titles[:1])
    grants = (_grant(funding) for funding in record.funding)
    others.extend(grant for grant in grants if grant)
    return sources, others


def _grant(funding: Funding) -> str | None:
    """Give a grant as OpenAIRE names it (``info:eu-repo/grantAgreement/EC/H2020/1``).

    The programme is part of that name; where it is not known the award's own URI is
    all that can be said.
    """
    uri, number = funding.award_uri, funding.award_number
    if number and not (uri or "").startswith("info:"):
        identifier = funding.funder_identifier
        words = f"{funding.funder} {identifier.value if identifier else ''}"
        for programme, signs in _PROGRAMMES.items():
            if any(sign in words for sign in signs):
                return f"info:eu-repo/grantAgreement/EC/{programme}/{number}"
    return uri


def _coverage(record: Record) -> list[str | None]:
    """Give place, position and the time of measurement."""
    out: list[str | None] = [interval_text(record.collected)]
    places = [record.location] if record.location else []
    for place in (*places, *record.places):
        out.append(place.place)
        if position := degrees(place):
            out.append(f"north={position[0]}; east={position[1]}")
    return out


def _rights(record: Record) -> list[str | None]:
    out: list[str | None] = []
    if record.access:
        terms = access_rights()[record.access.status]
        out += (terms.info, terms.coar)
    licence = record.licence
    if licence:
        known = known_licence(licence)
        out += (licence.url or known.url, licence.name or known.name)
    for right in record.rights:
        out += (right.url, right.text)
    return out
