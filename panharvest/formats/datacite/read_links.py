"""Identifiers and everything related of a DataCite document."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.derived import LOSSLESS, LOSSLESS_SUFFIX
from panharvest.formats.datacite.read_agents import agents_of
from panharvest.record import (
    Contributor,
    Identifier,
    Instrument,
    RelatedItem,
    Relation,
    Sample,
    Service,
    Text,
)
from panharvest.syntax import bare_doi, bare_handle, is_doi, is_handle, url_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from panharvest.formats.datacite.values import Values

REMOTE = "remote access: "  # how a service is told from other relations

_SCHEMES = {
    "doi": "DOI",
    "handle": "Handle",
    "hdl": "Handle",
    "url": "URL",
    "ark": "ARK",
    "urn": "URN",
    "local": "Local",
}


def typed_identifier(value: str, scheme: str) -> Identifier:
    """Give an identifier in its normal form; the address of a DOI is that DOI."""
    scheme = _SCHEMES.get(scheme.lower(), scheme)
    if scheme == "DOI" or (scheme == "URL" and "doi.org/" in value.lower()):
        doi = bare_doi(value)
        return Identifier(doi, "DOI") if is_doi(doi) else Identifier(value, scheme)
    if scheme == "Handle" or (scheme == "URL" and "hdl.handle.net/" in value):
        handle = bare_handle(value)
        return (
            Identifier(handle, "Handle")
            if is_handle(handle)
            else Identifier(value, scheme)
        )
    return Identifier(value, scheme)


@dataclass(slots=True)
class Identity:
    """What a document says about the identity of what it describes."""

    pid: Identifier | None = None
    local: str | None = None
    landing_page: str | None = None
    others: list[Identifier] = field(default_factory=list)


def identity_of(values: Values, *, wants_local: bool) -> Identity:
    """Find the persistent identifier, the local one, the page, and all others.

    Parameters
    ----------
    wants_local
        Whether the alternate identifier of type ``Local`` is the record's own.
    """
    found = Identity(landing_page=values.get("url"))
    main: list[Identifier] = []
    if doi := values.get("doi"):
        main.append(typed_identifier(doi, "DOI"))
    for one in values.get("identifiers", ()):
        if value := one.get("identifier"):
            scheme = one.get("identifiertype") or ""
            main.append(typed_identifier(value, scheme or _guess(value)))
    alternates = []
    for one in values.get("alternateidentifiers", ()):
        if value := one.get("alternateidentifier"):
            scheme = one.get("alternateidentifiertype") or "Other"
            alternates.append(Identifier(value, _SCHEMES.get(scheme.lower(), scheme)))
    main = list(dict.fromkeys(main))
    pids = [one for one in main if one.scheme not in ("URL", "Local")]
    first = next((one for one in pids if one.scheme == "DOI"), None)
    found.pid = first or next(iter(pids), None)
    pages = [one.value for one in main if one.scheme == "URL"]
    if found.pid is None and pages:
        found.pid = next((a for a in alternates if url_of(a) == pages[0]), None)
        if found.pid is None:
            found.landing_page, pages = found.landing_page or pages[0], pages[1:]
        else:
            pages = pages[1:]
    others = [one for one in main if one != found.pid and one.scheme != "URL"]
    others += [Identifier(page, "URL") for page in pages if page != found.landing_page]
    for other in alternates:
        if other.scheme == "Local" and wants_local and found.local is None:
            found.local = other.value
        elif found.pid not in (other, typed_identifier(other.value, other.scheme)):
            others.append(other)
    found.others = list(dict.fromkeys(others))
    return found


def _guess(value: str) -> str:
    """Give the scheme of an identifier whose type is not told."""
    if is_doi(bare_doi(value)):
        return "DOI"
    return "URL" if value.startswith(("http://", "https://")) else "Local"


@dataclass(slots=True)
class Links:
    """What is related, in the record's terms."""

    relations: list[Relation] = field(default_factory=list)
    items: list[RelatedItem] = field(default_factory=list)
    instruments: list[Instrument] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    landing_page: str | None = None


def links_of(values: Values) -> Links:
    """Read related identifiers and items; an item that only adds a title does that."""
    links = Links()
    for relation in _relations(values):
        if _is_lossless(relation):
            page = relation.identifier.value.removesuffix(LOSSLESS_SUFFIX)
            links.landing_page = page
            continue
        information = relation.information or ""
        if relation.kind == "Service" and information.startswith(REMOTE):
            name = information.removeprefix(REMOTE)
            links.services.append(Service(name, relation.identifier.value))
        else:
            links.relations.append(relation)
    for item in _items(values):
        if item.kind == "Instrument" and item.type == "IsCollectedBy":
            taken = _take_instrument(item, links)
        elif item.kind == "PhysicalObject" and item.type == "References":
            taken = _take_sample(item, links)
        else:
            taken = False
        if not taken and not _titles_relation(item, links):
            links.items.append(item)
    _share_identifiers(links)
    return links


def _is_lossless(relation: Relation) -> bool:
    """Whether a relation is the link that we write from a record to its pan form."""
    return (
        relation.type == "HasMetadata"
        and relation.metadata_scheme == LOSSLESS
        and relation.identifier.value.endswith(LOSSLESS_SUFFIX)
    )


def _relations(values: Values) -> Iterable[Relation]:
    for one in values.get("relatedidentifiers", ()):
        value = one.get("relatedidentifier")
        if value is None:
            continue
        scheme = one.get("relatedidentifiertype") or _guess(value)
        identifier = (  # a link stays the link that it is
            Identifier(value, "URL")
            if scheme.upper() == "URL"
            else typed_identifier(value, scheme)
        )
        yield Relation(
            identifier,
            _relation_type(one.get("relationtype") or ""),
            kind=one.get("resourcetypegeneral"),
            information=one.get("relationtypeinformation"),
            metadata_scheme=one.get("relatedmetadatascheme"),
            metadata_scheme_iri=one.get("schemeuri"),
            metadata_scheme_type=one.get("schemetype"),
        )


def _relation_type(text: str) -> str:
    """Give a relation type in DataCite's spelling where it differs in case only."""
    if text in datacite("relationType"):
        return text
    return _relation_types().get(text.lower(), text)


@cache
def _relation_types() -> Mapping[str, str]:
    return {one.lower(): one for one in datacite("relationType")}


def _items(values: Values) -> Iterable[RelatedItem]:
    for one in values.get("relateditems", ()):
        number: Values = one.get("relateditemidentifier") or {}
        inner = {**one, **number}
        value = number.get("relateditemidentifier")
        scheme = inner.get("relateditemidentifiertype") or ""
        people = [
            Contributor(agent, who.get("contributortype") or "Other")
            for agent, who in agents_of(one.get("contributors", ()))
        ]
        yield RelatedItem(
            kind=one.get("relateditemtype") or "Other",
            type=_relation_type(one.get("relationtype") or ""),
            titles=tuple(
                Text(title, text.get("titletype"), text.get("lang"))
                for text in one.get("titles", ())
                if (title := text.get("title"))
            ),
            identifier=typed_identifier(value, scheme or _guess(value))
            if value
            else None,
            creators=tuple(a for a, _ in agents_of(one.get("creators", ()))),
            contributors=tuple(people),
            year=one.get("publicationyear"),
            volume=one.get("volume"),
            issue=one.get("issue"),
            number=one.get("number"),
            number_type=one.get("numbertype"),
            first_page=one.get("firstpage"),
            last_page=one.get("lastpage"),
            publisher=one.get("publisher"),
            edition=one.get("edition"),
            information=one.get("relationtypeinformation"),
            metadata_scheme=inner.get("relatedmetadatascheme"),
            metadata_scheme_iri=inner.get("schemeuri"),
            metadata_scheme_type=inner.get("schemetype"),
        )


def _only_titled(item: RelatedItem) -> bool:
    """Whether an item is no more than a link with one plain title."""
    if len(item.titles) != 1 or any(getattr(item, name) for name in _MORE):
        return False
    title = item.titles[0]
    return title.type is None and title.language is None


_MORE = (
    *("creators", "contributors", "year", "volume", "issue", "number", "number_type"),
    *("first_page", "last_page", "publisher", "edition"),
    *("metadata_scheme", "metadata_scheme_iri", "metadata_scheme_type"),
)


def _titles_relation(item: RelatedItem, links: Links) -> bool:
    """Give the relation to the same thing the title of the item."""
    if not _only_titled(item) or item.identifier is None:
        return False
    for i, relation in enumerate(links.relations):
        if (
            relation.identifier == item.identifier
            and relation.type == item.type
            and relation.title is None
            and (relation.kind or "Other") == item.kind
            and relation.information == item.information
        ):
            links.relations[i] = Relation(
                relation.identifier,
                relation.type,
                item.titles[0].value,
                relation.kind,
                relation.information,
                relation.metadata_scheme,
                relation.metadata_scheme_iri,
                relation.metadata_scheme_type,
            )
            return True
    return False


def _take_instrument(item: RelatedItem, links: Links) -> bool:
    short = next(
        (t.value for t in item.titles if t.type == "AlternativeTitle"),
        None,
    )
    name = next((t.value for t in item.titles if t.type is None), short)
    if name is None:
        return False
    identifiers = (item.identifier,) if item.identifier else ()
    links.instruments.append(Instrument(name, short, identifiers))
    _drop(links, item.identifier, "IsCollectedBy", "Instrument")
    return True


def _take_sample(item: RelatedItem, links: Links) -> bool:
    known = any(
        r.identifier == item.identifier and r.kind == "PhysicalObject"
        for r in links.relations
    )
    if item.identifier is None or not known or not _only_titled(item):
        return False
    links.samples.append(Sample(item.titles[0].value, identifiers=(item.identifier,)))
    _drop(links, item.identifier, "References", "PhysicalObject")
    return True


def _drop(links: Links, identifier: Identifier | None, kind: str, what: str) -> None:
    """Forget the relations that an instrument or a sample says already."""
    links.relations = [
        r
        for r in links.relations
        if not (r.identifier == identifier and r.type == kind and r.kind == what)
    ]


def _share_identifiers(links: Links) -> None:
    """Give further identifiers of instruments or samples to the only one there is."""
    for name, kind, what in (
        ("instruments", "IsCollectedBy", "Instrument"),
        ("samples", "References", "PhysicalObject"),
    ):
        things = getattr(links, name)
        if len(things) != 1 or not things[0].identifiers:
            continue
        mine = [r for r in links.relations if r.type == kind and r.kind == what]
        mine = [r for r in mine if r == Relation(r.identifier, kind, kind=what)]
        links.relations = [r for r in links.relations if r not in mine]
        thing = things[0]
        more = (*thing.identifiers, *(r.identifier for r in mine))
        if isinstance(thing, Instrument):
            things[0] = Instrument(thing.name, thing.short_name, more)
        else:
            things[0] = Sample(thing.name, identifiers=more)
