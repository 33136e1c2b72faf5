"""Identifiers, and everything a record is related to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.codelists import datacite, kinds
from panharvest.derived import address
from panharvest.record import Identifier
from panharvest.syntax import bare_doi, bare_handle, is_doi, is_handle, url_of
from panharvest.xmltext import attribute, line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import Record, Relation


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


def _target(identifier: Identifier) -> tuple[str, str] | None:
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
    if scheme in datacite("relatedIdentifierType"):
        return (value, scheme) if value else None
    url = url_of(identifier)
    return (line(url), "URL") if url else None


@lru_cache(maxsize=256)
def _general(kind: str | None) -> str | None:
    """Give the resourceTypeGeneral of a kind (ours or DataCite's own word)."""
    if kind is None or kind in datacite("resourceTypeGeneral"):
        return kind
    terms = kinds().get(kind)
    return terms.general if terms else None


def related(record: Record) -> Iterator[str]:
    """Write links to instruments, samples, whatever is related, and services."""
    for instrument in record.instruments:
        for identifier in instrument.identifiers:
            yield _link(identifier, "IsCollectedBy", "Instrument")
    for sample in record.samples:
        for identifier in sample.identifiers:
            yield _link(identifier, "References", "PhysicalObject")
    allowed = datacite("relationType")
    for link in record.relations:
        if link.type in allowed:
            kind = _general(link.kind)
            yield _link(link.identifier, link.type, kind, link.information)
    for service in record.services:
        url = Identifier(service.url, "URL")
        yield _link(url, "Other", "Service", f"remote access: {service.name}")


def _link(
    identifier: Identifier,
    relation: str,
    kind: str | None,
    information: str | None = None,
) -> str:
    target = _target(identifier)
    if target is None:
        return ""
    general = f' resourceTypeGeneral="{kind}"' if kind else ""
    more = attribute("relationTypeInformation", information)
    return (
        f'<relatedIdentifier{general} relatedIdentifierType="{target[1]}"'
        f' relationType="{relation}"{more}>{target[0]}</relatedIdentifier>'
    )


def items(record: Record) -> list[str]:
    """Write what is related with its title: instruments, samples with PID, links."""
    out = []
    for instrument in record.instruments:
        titles = _item_title(instrument.name)
        if titles and instrument.short_name not in (None, instrument.name):
            short = line(instrument.short_name or "")
            titles += f'<title titleType="AlternativeTitle">{short}</title>'
        first = instrument.identifiers[0] if instrument.identifiers else None
        out.append(_item("Instrument", "IsCollectedBy", first, titles))
    for sample in record.samples:
        if sample.identifiers and sample.name:
            title = _item_title(sample.name)
            first = sample.identifiers[0]
            out.append(_item("PhysicalObject", "References", first, title))
    out.extend(_titled(relation) for relation in record.relations if relation.title)
    return out


def _titled(relation: Relation) -> str:
    if relation.type not in datacite("relationType"):
        return ""
    more = attribute("relationTypeInformation", relation.information)
    title = _item_title(relation.title or "")
    kind = _general(relation.kind) or "Other"
    return _item(kind, relation.type, relation.identifier, title, more)


def _item_title(text: str) -> str:
    title = line(text)
    return f"<title>{title}</title>" if title else ""


def _item(
    kind: str, relation: str, identifier: Identifier | None, titles: str, more: str = ""
) -> str:
    if not titles:
        return ""
    target = _target(identifier) if identifier else None
    number = (
        f'<relatedItemIdentifier relatedItemIdentifierType="{target[1]}">'
        f"{target[0]}</relatedItemIdentifier>"
        if target
        else ""
    )
    return (
        f'<relatedItem relatedItemType="{kind}" relationType="{relation}"{more}>'
        f"{number}<titles>{titles}</titles></relatedItem>"
    )
