"""People, organisations and the facility of a schema.org node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panharvest.formats.datacite.read_agents import known_facility
from panharvest.formats.schemaorg.read_texts import read_identifier
from panharvest.formats.schemaorg.read_values import (
    each,
    ids,
    nodes,
    tagged,
    text,
    types,
)
from panharvest.formats.schemaorg.terms import (
    RECORD,
    Node,
)
from panharvest.record import (
    Affiliation,
    Agent,
    Contributor,
    Facility,
    Identifier,
    Nature,
)
from panharvest.syntax import (
    bare_orcid,
    is_orcid,
    is_ror,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


_FACILITY = f"{RECORD}facility"


def agents_of(value: Any) -> tuple[Agent, ...]:  # noqa: ANN401 (JSON)
    """Read people and organisations; roles are read through."""
    found = []
    for one in each(value):
        agent = agent_of(one)
        if agent is not None:
            found.append(agent)
    return tuple(found)


def agent_of(value: Any) -> Agent | None:  # noqa: ANN401 (JSON)
    """Read a person or an organisation."""
    if isinstance(value, str):
        name = text(value)
        return Agent(name) if name else None
    if not isinstance(value, dict):
        return None
    if "Role" in types(value):
        inner = value.get("creator") or value.get("contributor") or value.get("author")
        return agent_of(next(each(inner), None))
    given, family = text(value.get("givenName")), text(value.get("familyName"))
    label = tagged(value.get("name"), None, None)
    name = text(label.value) if label else None
    if name is None and family:
        name = f"{family}, {given}" if given else family
    if name is None:
        return None
    kind = types(value)
    nature = Nature.PERSONAL if "Person" in kind else None
    if any("Organization" in one for one in kind):
        nature = Nature.ORGANISATIONAL
    numbers = [
        i
        for one in each(value.get("identifier"))
        if (i := read_identifier(one)) is not None
    ]
    for address in (*ids(value.get("@id")), *ids(value.get("sameAs"))):
        if (known := _person_number(address)) and known not in numbers:
            numbers.insert(0, known)
    return Agent(
        name,
        nature,
        given,
        family,
        # a node of a graph is all that the document says of it, so things come twice
        tuple(dict.fromkeys(_normal(i) for i in numbers if i.scheme != _FACILITY)),
        tuple(_affiliations(value.get("affiliation"))),
        label.language if label else None,
    )


def _person_number(address: str) -> Identifier | None:
    if is_orcid(bare_orcid(address)):
        return Identifier(bare_orcid(address), "ORCID")
    return Identifier(address, "ROR") if is_ror(address) else None


def _normal(one: Identifier) -> Identifier:
    return _person_number(one.value) or one


def _affiliations(value: Any) -> Iterator[Affiliation]:  # noqa: ANN401 (JSON)
    for one in each(value):
        if isinstance(one, str):
            if name := text(one):
                yield Affiliation(name)
            continue
        agent = agent_of(one)
        if agent is None:
            continue
        ror = agent.identifier("ROR")
        other = next((i for i in agent.identifiers if i.scheme != "ROR"), None)
        yield Affiliation(agent.name, ror, None if ror else other)


def contributors_of(node: Node) -> tuple[Contributor, ...]:
    """Read the contributors with their roles."""
    found = []
    for one in each(node.get("contributor")):
        agent = agent_of(one)
        if agent is not None:
            role = text(one.get("roleName")) if isinstance(one, dict) else None
            found.append(Contributor(agent, role or "Other"))
    for name, role in (("editor", "Editor"), ("maintainer", "DataManager")):
        found += [Contributor(agent, role) for agent in agents_of(node.get(name))]
    return tuple(found)


def facility_of(node: Node) -> Facility | None:
    """Read the facility, where the organisation says that it is one we know."""
    for one in nodes(node.get("sourceOrganization")):
        agent = agent_of(one)
        if agent is None:
            continue
        ror = agent.identifier("ROR")
        numbers = map(read_identifier, each(one.get("identifier")))
        short = next((i.value for i in numbers if i and i.scheme == _FACILITY), None)
        if short is not None:
            return Facility(short, agent.name, ror)
        if ror is not None and (known := known_facility(agent.name, ror)):
            return known
    return None
