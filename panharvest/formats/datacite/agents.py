"""People and organisations: creators, contributors, publisher, funders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.record import Nature
from panharvest.syntax import bare_orcid, is_orcid, is_ror
from panharvest.xmltext import line, uri_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.record import Affiliation, Agent, Record

_NAME_TYPES = {
    Nature.PERSONAL: ' nameType="Personal"',
    Nature.ORGANISATIONAL: ' nameType="Organizational"',
    None: "",
}
_NAME_SCHEMES = {"ISNI": "https://isni.org", "GRID": "https://www.grid.ac"}


def named(tag: str, agents: Iterable[Agent]) -> str:
    """Write the agents that have a name, without their wrapper."""
    return "".join(
        f"<{tag}>{body}</{tag}>" for agent in agents if (body := _agent(tag, agent))
    )


def _agent(tag: str, agent: Agent) -> str:
    """Write the inside of a creator or contributor; nothing without a name."""
    name = line(agent.name)
    if not name:
        return ""
    out = f"<{tag}Name{_NAME_TYPES[agent.nature]}>{name}</{tag}Name>"
    if agent.nature is not Nature.ORGANISATIONAL:
        if agent.given_name and (given := line(agent.given_name)):
            out += f"<givenName>{given}</givenName>"
        if agent.family_name and (family := line(agent.family_name)):
            out += f"<familyName>{family}</familyName>"
    if agent.identifiers:
        out += _name_identifier(agent)
    for affiliation in agent.affiliations:
        out += _affiliation(affiliation)
    return out


def _name_identifier(agent: Agent) -> str:
    """Write the best identifier alone: EOSC Data Commons fails on a second one."""
    for scheme in ("ORCID", "ROR"):
        value = agent.identifier(scheme)
        if value is None:
            continue
        if scheme == "ORCID" and is_orcid(orcid := bare_orcid(value)):
            return (
                '<nameIdentifier nameIdentifierScheme="ORCID"'
                f' schemeURI="https://orcid.org">{orcid}</nameIdentifier>'
            )
        if scheme == "ROR" and is_ror(value):
            return (
                '<nameIdentifier nameIdentifierScheme="ROR"'
                f' schemeURI="https://ror.org">{value}</nameIdentifier>'
            )
    for identifier in agent.identifiers:
        value, scheme = line(identifier.value), line(identifier.scheme)
        if value and scheme not in ("", "ORCID", "ROR"):
            uri = uri_attribute("schemeURI", _NAME_SCHEMES.get(scheme))
            return (
                f'<nameIdentifier nameIdentifierScheme="{scheme}"{uri}>'
                f"{value}</nameIdentifier>"
            )
    return ""


def _affiliation(affiliation: Affiliation) -> str:
    name = line(affiliation.name)
    if not name:
        return ""
    if affiliation.ror and is_ror(affiliation.ror):
        return (
            f'<affiliation affiliationIdentifier="{affiliation.ror}"'
            ' affiliationIdentifierScheme="ROR" schemeURI="https://ror.org">'
            f"{name}</affiliation>"
        )
    return f"<affiliation>{name}</affiliation>"


def publisher(agent: Agent | None) -> str | None:
    """Write the publisher; None when it has no name."""
    if agent is None or not (name := line(agent.name)):
        return None
    ror = agent.identifier("ROR")
    if ror and is_ror(ror):
        return (
            f'<publisher publisherIdentifier="{ror}" publisherIdentifierScheme="ROR"'
            f' schemeURI="https://ror.org">{name}</publisher>'
        )
    return f"<publisher>{name}</publisher>"


def contributors(record: Record) -> list[str]:
    """Write the contributors; the facility is the hosting institution."""
    allowed = datacite("contributorType")
    out, hosts = [], set()
    for contributor in record.contributors:
        role = contributor.role if contributor.role in allowed else "Other"
        if body := _agent("contributor", contributor.agent):
            out.append(f'<contributor contributorType="{role}">{body}</contributor>')
            if role == "HostingInstitution":
                hosts.add(contributor.agent.name)
    facility = record.facility
    if facility and facility.name not in hosts and (name := line(facility.name)):
        ror = (
            '<nameIdentifier nameIdentifierScheme="ROR" schemeURI="https://ror.org">'
            f"{facility.ror}</nameIdentifier>"
            if facility.ror and is_ror(facility.ror)
            else ""
        )
        out.append(
            '<contributor contributorType="HostingInstitution">'
            f'<contributorName nameType="Organizational">{name}</contributorName>'
            f"{ror}</contributor>"
        )
    return out


def funding(record: Record) -> list[str]:
    """Write who paid; a funder identifier of another scheme is ``Other``."""
    allowed = datacite("funderIdentifierType")
    out = []
    for funding in record.funding:
        name = line(funding.funder)
        if not name:
            continue
        body = f"<funderName>{name}</funderName>"
        identifier = funding.funder_identifier
        if identifier and (value := line(identifier.value)):
            kind = identifier.scheme if identifier.scheme in allowed else "Other"
            body += (
                f'<funderIdentifier funderIdentifierType="{kind}">{value}'
                "</funderIdentifier>"
            )
        if award := line(funding.award_number or funding.award_uri or ""):
            uri = uri_attribute("awardURI", funding.award_uri)
            body += f"<awardNumber{uri}>{award}</awardNumber>"
        if funding.award_title and (title := line(funding.award_title)):
            body += f"<awardTitle>{title}</awardTitle>"
        out.append(f"<fundingReference>{body}</fundingReference>")
    return out
