"""Identifiers, and everything a record is related to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.codelists import kinds
from panharvest.derived import LOSSLESS, LOSSLESS_NAMESPACE, address, lossless_address
from panharvest.formats.datacite import agents
from panharvest.formats.datacite.content import titles
from panharvest.formats.datacite.kernels import kernel as kernel_of
from panharvest.formats.datacite.read_links import REMOTE
from panharvest.record import Agent, Identifier
from panharvest.syntax import bare_doi, bare_handle, is_doi, is_handle, url_of
from panharvest.xmltext import attribute, line, uri_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.formats.datacite.kernels import Kernel
    from panharvest.record import (
        Instrument,
        Record,
        RelatedItem,
        Relation,
        Sample,
        Service,
    )


def identifier(record: Record) -> str | None:
    """Write the DOI, else the URL of another PID, else the landing page."""
    pid = record.pid
    if pid is not None and pid.scheme == "DOI" and is_doi(doi := bare_doi(pid.value)):
        return f'<identifier identifierType="DOI">{line(doi)}</identifier>'
    url = line(address(record) or "")
    return f'<identifier identifierType="URL">{url}</identifier>' if url else None


def alternates(record: Record) -> list[str]:
    """Write the local identifier and all others that are not the main one."""
    identifiers = list(record.alternate_identifiers)
    pid = record.pid
    if pid is None or bare_doi(pid.value) != record.id:
        identifiers.insert(0, Identifier(record.id, "Local"))
    if pid is not None and not (pid.scheme == "DOI" and is_doi(bare_doi(pid.value))):
        value = bare_handle(pid.value) if pid.scheme == "Handle" else pid.value
        identifiers.insert(0, Identifier(value, pid.scheme))
    return [
        f'<alternateIdentifier alternateIdentifierType="{line(i.scheme) or "Local"}">'
        f"{value}</alternateIdentifier>"
        for i in identifiers
        if (value := line(i.value))
    ]


@lru_cache(maxsize=4096)
def _target(identifier: Identifier, version: str) -> tuple[str, str] | None:
    """Give value and type of a related identifier; None when DataCite has no place.

    Handles are written as URLs, because harvesters drop bare ones.
    """
    value, scheme = line(identifier.value), identifier.scheme
    if scheme == "DOI":
        doi = bare_doi(identifier.value)
        return (line(doi), "DOI") if is_doi(doi) else None
    if scheme == "Handle":
        if not is_handle(bare_handle(identifier.value)):
            return None
        return line(url_of(identifier) or ""), "Handle"
    if scheme in kernel_of(version).identifiers:
        return (value, scheme) if value else None
    url = url_of(identifier)
    return (line(url), "URL") if url else None


def _general(kind: str | None, kernel: Kernel) -> str | None:
    """Give the resourceTypeGeneral of a kind (ours or DataCite's own word)."""
    if kind is None:
        return None
    terms = kinds().get(kind)
    return kernel.generals.get(terms.general if terms else kind)


def related(record: Record, kernel: Kernel) -> Iterator[str]:
    """Write links to instruments, samples, whatever is related, and services."""
    for instrument in record.instruments:
        yield _collected_by(instrument, kernel.version)
    for sample in record.samples:
        for identifier in sample.identifiers:
            yield _link(identifier, "References", "PhysicalObject", kernel)
    for link in record.relations:
        yield _relation(link, kernel.version)
    for service in record.services:
        yield _service(service, kernel.version)
    if page := lossless_address(record):
        yield (
            '<relatedIdentifier relatedIdentifierType="URL" relationType="HasMetadata"'
            f' relatedMetadataScheme="{LOSSLESS}" schemeURI="{LOSSLESS_NAMESPACE}">'
            f"{line(page)}</relatedIdentifier>"
        )


@lru_cache(maxsize=512)
def _collected_by(instrument: Instrument, version: str) -> str:
    return "".join(
        _link(identifier, "IsCollectedBy", "Instrument", kernel_of(version))
        for identifier in instrument.identifiers
    )


@lru_cache(maxsize=512)
def _service(service: Service, version: str) -> str:
    url = Identifier(service.url, "URL")
    what = f"{REMOTE}{service.name}"
    return _link(url, "Other", "Service", kernel_of(version), what)


@lru_cache(maxsize=1024)
def _relation(link: Relation, version: str) -> str:
    kernel = kernel_of(version)
    scheme = _metadata_scheme(link) if link.metadata_scheme else ""
    kind = _general(link.kind, kernel)
    return _link(link.identifier, link.type, kind, kernel, link.information, scheme)


def _metadata_scheme(link: Relation | RelatedItem) -> str:
    return (
        attribute("relatedMetadataScheme", link.metadata_scheme)
        + uri_attribute("schemeURI", link.metadata_scheme_iri)
        + attribute("schemeType", link.metadata_scheme_type)
    )


def _link(
    identifier: Identifier,
    relation: str,
    kind: str | None,
    kernel: Kernel,
    information: str | None = None,
    scheme: str = "",
) -> str:
    target = _target(identifier, kernel.version)
    word = kernel.relations.get(relation)
    if target is None or word is None:
        return ""
    general = f' resourceTypeGeneral="{kernel.generals[kind]}"' if kind else ""
    more = attribute("relationTypeInformation", information) if kernel.informed else ""
    return (
        f'<relatedIdentifier{general} relatedIdentifierType="{target[1]}"'
        f' relationType="{word}"{scheme}{more}>{target[0]}</relatedIdentifier>'
    )


def items(record: Record, kernel: Kernel) -> list[str]:
    """Write what is related with its title: instruments, samples with PID, links."""
    version = kernel.version
    out = [_instrument(instrument, version) for instrument in record.instruments]
    out += [
        _sample(sample, version)
        for sample in record.samples
        if sample.identifiers and sample.name
    ]
    out += [_titled(relation, version) for relation in record.relations]
    out += [_described(item, version) for item in record.related_items]
    return out


@lru_cache(maxsize=512)
def _instrument(instrument: Instrument, version: str) -> str:
    """Write an instrument; never with a publisher, which B2FIND takes for ours."""
    kernel = kernel_of(version)
    title = _item_title(instrument.name)
    if title and instrument.short_name is not None:
        short = line(instrument.short_name)
        if short and short != line(instrument.name):
            title += f'<title titleType="AlternativeTitle">{short}</title>'
    first = instrument.identifiers[0] if instrument.identifiers else None
    return _item("Instrument", "IsCollectedBy", first, title, kernel)


def _sample(sample: Sample, version: str) -> str:
    title = _item_title(sample.name or "")
    kernel = kernel_of(version)
    return _item("PhysicalObject", "References", sample.identifiers[0], title, kernel)


@lru_cache(maxsize=1024)
def _titled(relation: Relation, version: str) -> str:
    if relation.title is None:
        return ""
    kernel = kernel_of(version)
    more = attribute("relationTypeInformation", relation.information)
    title = _item_title(relation.title)
    kind = _general(relation.kind, kernel) or "Other"
    return _item(kind, relation.type, relation.identifier, title, kernel, more)


def _item_title(text: str) -> str:
    title = line(text)
    return f"<title>{title}</title>" if title else ""


def _item(
    kind: str,
    relation: str,
    identifier: Identifier | None,
    titles: str,
    kernel: Kernel,
    more: str = "",
) -> str:
    word = kernel.relations.get(relation)
    if not titles or word is None:
        return ""
    number = _item_identifier(identifier, kernel)
    return (
        f'<relatedItem relatedItemType="{kernel.generals[kind]}" relationType="{word}"'
        f"{more if kernel.informed else ''}>"
        f"{number}<titles>{titles}</titles></relatedItem>"
    )


def _item_identifier(
    identifier: Identifier | None, kernel: Kernel, scheme: str = ""
) -> str:
    target = _target(identifier, kernel.version) if identifier else None
    if target is None:
        return ""
    return (
        f'<relatedItemIdentifier relatedItemIdentifierType="{target[1]}"{scheme}>'
        f"{target[0]}</relatedItemIdentifier>"
    )


@lru_cache(maxsize=512)
def _described(item: RelatedItem, version: str) -> str:
    """Write an item with all that is known of it; its publisher is left out.

    B2FIND would take that for the publisher of the dataset.
    """
    kernel = kernel_of(version)
    word, kind = kernel.relations.get(item.type), _general(item.kind, kernel) or "Other"
    named = titles(item.titles, kernel)
    if word is None or not named:
        return ""
    scheme = _metadata_scheme(item) if item.metadata_scheme else ""
    creators = agents.named("creator", _without_numbers(item.creators))
    people = "".join(
        f'<contributor contributorType="{kernel.roles.get(c.role, "Other")}">{body}'
        "</contributor>"
        for c in item.contributors
        if (body := agents.inside("contributor", *_without_numbers((c.agent,))))
    )
    year = (
        item.year if item.year and len(item.year) == 4 and item.year.isdigit() else ""
    )
    more = attribute("relationTypeInformation", item.information)
    number_type = (
        f' numberType="{item.number_type}"' if item.number_type in _NUMBERS else ""
    )
    return (
        f'<relatedItem relatedItemType="{kind}" relationType="{word}"'
        f"{more if kernel.informed else ''}>"
        + _item_identifier(item.identifier, kernel, scheme)
        + (f"<creators>{creators}</creators>" if creators else "")
        + f"<titles>{named}</titles>"
        + _element("publicationYear", year)
        + _element("volume", item.volume)
        + _element("issue", item.issue)
        + _element("number", item.number, number_type)
        + _element("firstPage", item.first_page)
        + _element("lastPage", item.last_page)
        + _element("edition", item.edition)
        + (f"<contributors>{people}</contributors>" if people else "")
        + "</relatedItem>"
    )


_NUMBERS = frozenset(("Article", "Chapter", "Report", "Other"))


def _without_numbers(people: tuple[Agent, ...]) -> list[Agent]:
    """Give the agents of an item, who have names alone in DataCite."""
    return [
        Agent(a.name, a.nature, a.given_name, a.family_name, language=a.language)
        for a in people
    ]


def _element(name: str, value: str | None, attributes: str = "") -> str:
    text = line(value) if value else ""
    return f"<{name}{attributes}>{text}</{name}>" if text else ""
