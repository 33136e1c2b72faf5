"""People, links, what made it, and distributions of a dataset of DCAT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.formats.datacite.read_agents import known_facility
from panharvest.formats.dcat.distributions import WHOLE
from panharvest.formats.dcat.read_values import (
    address,
    label,
    label_language,
    schemed,
)
from panharvest.formats.dcat.terms import RELATION_OF, Node
from panharvest.formats.identifiers import identifier_of
from panharvest.formats.schemaorg.read_values import each, nodes, number, text, types
from panharvest.licensing import compact, licence_of
from panharvest.record import (
    Affiliation,
    Agent,
    Checksum,
    Contributor,
    Facility,
    File,
    Funding,
    Identifier,
    Instrument,
    Licence,
    Nature,
    Relation,
    Sample,
    Service,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_PEOPLE = ("foaf:Person", "vcard:Individual", "schema:Person")
_GROUPS = ("foaf:Organization", "org:Organization", "schema:Organization")
_SPDX = "https://spdx.org/licenses/"
# Properties that hold links, also those that our writer does not use.
_LINKS = {
    **RELATION_OF,
    "dct:relation": "Other",
    "dct:source": "IsDerivedFrom",
    "dct:hasVersion": "HasVersion",
    "dcat:hasVersion": "HasVersion",
    "dcat:previousVersion": "IsNewVersionOf",
    "dcat:isVersionOf": "IsVersionOf",
    "dcat:inSeries": "IsPartOf",
    "foaf:page": "IsDocumentedBy",
}


# --- people ---------------------------------------------------------------------------


def agents_of(value: Any) -> Iterator[Agent]:  # noqa: ANN401 (JSON)
    """Read people and organisations, also those that are only named."""
    for one in each(value):
        agent = agent_of(one)
        if agent is not None:
            yield agent


def agent_of(value: Any) -> Agent | None:  # noqa: ANN401 (JSON)
    """Read a person or an organisation; one without name is called by its address."""
    name = label(value)
    if not isinstance(value, dict) or "@value" in value:
        return Agent(name) if name else None
    given = text(value.get("foaf:givenName")) or text(value.get("vcard:given-name"))
    family = text(value.get("foaf:familyName")) or text(value.get("vcard:family-name"))
    if name is None and family:
        name = f"{family}, {given}" if given else family
    iri = address(value)
    name = name or iri
    if name is None:
        return None
    kinds = types(value)
    nature = Nature.PERSONAL if any(k in kinds for k in _PEOPLE) else None
    if nature is None and any(k in kinds for k in _GROUPS):
        nature = Nature.ORGANISATIONAL
    main = identifier_of(iri) if iri else None
    numbers = [main] if main and main.scheme in ("ORCID", "ROR") else []
    numbers += schemed(value.get("adms:identifier"))
    places = [*each(value.get("org:memberOf")), *each(value.get("schema:affiliation"))]
    return Agent(
        name,
        nature,
        given,
        family,
        tuple(dict.fromkeys(numbers)),
        tuple(p for one in places if (p := _affiliation(one))),
        label_language(value),
    )


def _affiliation(value: Any) -> Affiliation | None:  # noqa: ANN401 (JSON)
    agent = agent_of(value)
    if agent is None:
        return None
    ror = agent.identifier("ROR")
    other = next((i for i in agent.identifiers if i.scheme != "ROR"), None)
    return Affiliation(agent.name, ror, None if ror else other)


def creators_of(node: Node) -> tuple[Agent, ...]:
    """Read the creators, in the order of the list of them where there is one."""
    found = [*nodes(node.get("dct:creator"))]
    plain = [one for one in each(node.get("dct:creator")) if not isinstance(one, dict)]
    listed = node.get("bibo:authorList")
    order = listed.get("@list", []) if isinstance(listed, dict) else []
    places = {address(one) or label(one): i for i, one in enumerate(order)}

    def place(one: Node) -> int:
        by_name = places.get(label(one), len(places))
        return places.get(address(one) or "", by_name)

    return tuple(agents_of([*sorted(found, key=place), *plain]))


def contributors_of(node: Node) -> tuple[Contributor, ...]:
    """Read contributors with their roles, and whom to ask where no role says it."""
    found = []
    for one in nodes(node.get("prov:qualifiedAttribution")):
        role = label(next(each(one.get("dcat:hadRole")), None))
        found += [
            Contributor(agent, (role or "Other").rpartition("/")[2])
            for agent in agents_of(one.get("prov:agent"))
        ]
    known = {one.agent for one in found}
    found += [
        Contributor(agent, "Other")
        for agent in agents_of(node.get("dct:contributor"))
        if agent not in known
    ]
    if all(one.role != "ContactPerson" for one in found):
        hosts = {label(one) for one in each(node.get("dct:publisher"))}
        facility = facility_of(node)
        hosts.add(facility.name if facility else None)
        found += [
            Contributor(Agent(agent.name, agent.nature), "ContactPerson")
            for agent in agents_of(node.get("dcat:contactPoint"))
            if agent.name not in hosts
        ]
    return tuple(found)


def facility_of(node: Node) -> Facility | None:
    """Read the facility that the data were made at, where it is one we know."""
    for activity in nodes(node.get("prov:wasGeneratedBy")):
        for agent in agents_of(activity.get("prov:wasAssociatedWith")):
            known = known_facility(agent.name, agent.identifier("ROR"))
            if known is not None:
                return known
    return None


# --- what made it ---------------------------------------------------------------------


def made_by(node: Node) -> tuple[tuple[Instrument, ...], tuple[Sample, ...]]:
    """Read the instruments and samples that the activity used."""
    instruments, samples = [], []
    for activity in nodes(node.get("prov:wasGeneratedBy")):
        for one in nodes(activity.get("prov:used")):
            name = label(one)
            numbers = [
                identifier_of(t)
                for i in each(one.get("dct:identifier"))
                if (t := text(i))
            ]
            numbers += schemed(one.get("adms:identifier"))
            if "sosa:Sample" in types(one):
                more = {
                    text(p.get("schema:name")): text(p.get("schema:value"))
                    for p in nodes(one.get("schema:additionalProperty"))
                }
                samples.append(
                    Sample(
                        name,
                        more.get("formula"),
                        text(one.get("dct:description")),
                        more.get("state"),
                        more.get("type"),
                        tuple(numbers),
                    )
                )
            elif name is not None:
                short = text(one.get("dct:alternative"))
                instruments.append(Instrument(name, short, tuple(numbers)))
    return tuple(instruments), tuple(samples)


# --- links ----------------------------------------------------------------------------


def relations_of(node: Node) -> tuple[Relation, ...]:
    """Read the links; those with a role say their type in DataCite's words."""
    found = []
    links = [*nodes(node.get("schema:relatedLink"))]
    for one in [*links, *nodes(node.get("dcat:qualifiedRelation"))]:
        target = next(each(one.get("schema:target") or one.get("dct:relation")), None)
        told = one.get("schema:linkRelationship") or one.get("dcat:hadRole")
        role = label(next(each(told), None))
        identifier = _identifier(target)
        if identifier is None:
            continue
        found.append(
            Relation(
                identifier,
                (role or "Other").rpartition("/")[2],
                label(target) if isinstance(target, dict) else None,
                label(next(each(one.get("dct:type")), None)),
                text(one.get("dct:description")),
            )
        )
    known = {one.identifier for one in found}
    for name, kind in _LINKS.items():
        for target in each(node.get(name)):
            identifier = _identifier(target)
            if identifier is not None and identifier not in known:
                title = label(target) if isinstance(target, dict) else None
                unclear = name if kind == "Other" else None
                found.append(Relation(identifier, kind, title, information=unclear))
    return tuple(dict.fromkeys(found))


def _identifier(target: Any) -> Identifier | None:  # noqa: ANN401 (JSON)
    if isinstance(target, dict):
        told = next(schemed(target.get("adms:identifier")), None)
        if told is not None:
            return told
    iri = address(target)
    return identifier_of(iri) if iri else None


def funding_of(node: Node) -> tuple[Funding, ...]:
    """Read the grants."""
    return tuple(
        Funding(
            agent.name,
            next(iter(agent.identifiers), None),
            text(one.get("schema:identifier")),
            address(one),
            text(one.get("schema:name")),
        )
        for one in nodes(node.get("schema:funding"))
        for agent in agents_of(one.get("schema:funder"))
    )


# --- distributions --------------------------------------------------------------------


def files_of(node: Node) -> tuple[File, ...]:
    """Read the distributions that are files; the whole at its page is none."""
    found = []
    for one in nodes(node.get("dcat:distribution")):
        url = address(next(each(one.get("dcat:downloadURL")), None))
        name = text(one.get("dct:title"))
        if name is None and url:
            name = url.rstrip("/").rpartition("/")[2]
        if name is None or _is_whole(one):
            continue
        path = text(one.get("dct:description"))
        size = number(one.get("dcat:byteSize"))
        digest = next(nodes(one.get("spdx:checksum")), {})
        value = text(digest.get("spdx:checksumValue"))
        algorithm = address(next(each(digest.get("spdx:algorithm")), None)) or ""
        found.append(
            File(
                name,
                path if path != name else None,
                url,
                int(size) if size is not None else None,
                next(formats_of([one]), None),
                Checksum(algorithm.rpartition("_")[2], value.lower())
                if value
                else None,
            )
        )
    return tuple(found)


def _is_whole(one: Node) -> bool:
    return text(one.get("dct:title")) == WHOLE and "dcat:downloadURL" not in one


def size_of(node: Node) -> int | None:
    """Give the bytes of the whole, where one distribution is that."""
    for one in nodes(node.get("dcat:distribution")):
        size = number(one.get("dcat:byteSize"))
        if _is_whole(one) and size is not None:
            return int(size)
    return None


def formats_of(distributions: Any) -> Iterator[str]:  # noqa: ANN401 (JSON)
    """Give media types, and formats in words, each once."""
    found: dict[str, None] = {}
    for one in nodes(distributions):
        media = [*each(one.get("dct:format")), *each(one.get("dcat:mediaType"))]
        for value in media:
            iri = address(value) or ""
            _, is_media, name = iri.partition("/media-types/")
            said = name if is_media else label(value) or iri.rpartition("/")[2]
            if said:
                found[said] = None
    yield from found


def definitions_of(node: Node) -> tuple[str, ...]:
    """Give the NeXus definitions that the data follow."""
    found: dict[str, None] = {}
    for one in [node, *nodes(node.get("dcat:distribution"))]:
        for standard in each(one.get("dct:conformsTo")):
            name = (address(standard) or "").rpartition("/")[2].removesuffix(".html")
            if name.startswith("NX"):
                found[name] = None
    return tuple(found)


def services_of(node: Node) -> tuple[Service, ...]:
    """Give how the data are used remotely."""
    found = []
    for part in nodes(node.get("dcat:distribution")):
        for one in nodes(part.get("dcat:accessService")):
            url = address(next(each(one.get("dcat:endpointURL")), None))
            if url:
                found.append(Service(label(one) or url, url))
    return tuple(dict.fromkeys(found))


def licence_in(node: Node) -> Licence | None:
    """Give the licence of the distributions, or of the dataset."""
    for one in [*nodes(node.get("dcat:distribution")), node]:
        for value in each(one.get("dct:license")):
            url = address(value)
            name = label(value)
            spdx = url.removeprefix(_SPDX) if url and url.startswith(_SPDX) else None
            known = licence_of(spdx, url, name)
            if known is not None:
                told = None if url and url.startswith(_SPDX) else url
                return compact(Licence(known.spdx, told, name))
            if url or name:
                return Licence(None, url, name)
    return None
