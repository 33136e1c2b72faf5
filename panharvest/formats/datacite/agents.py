"""People and organisations: creators, contributors, publisher, funders."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.derived import language_tag
from panharvest.record import Nature
from panharvest.syntax import bare_orcid, is_orcid, is_ror
from panharvest.xmltext import attribute, line, uri_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.formats.datacite.kernels import Kernel
    from panharvest.record import Affiliation, Agent, Facility, Identifier, Record

_NAME_TYPES = {
    Nature.PERSONAL: ' nameType="Personal"',
    Nature.ORGANISATIONAL: ' nameType="Organizational"',
    None: "",
}
_NAME_SCHEMES = {"ISNI": "https://isni.org", "GRID": "https://www.grid.ac"}


def named(tag: str, agents: Iterable[Agent]) -> str:
    """Write the agents that have a name, without their wrapper."""
    return "".join(
        f"<{tag}>{body}</{tag}>" for agent in agents if (body := inside(tag, agent))
    )


@lru_cache(maxsize=4096)
def inside(tag: str, agent: Agent) -> str:
    """Write the inside of a creator or contributor; nothing without a name.

    The people of a facility and of a proposal are in many records.
    """
    name = line(agent.name)
    if not name:
        return ""
    lang = lang_attribute(agent.language)
    out = f"<{tag}Name{_NAME_TYPES[agent.nature]}{lang}>{name}</{tag}Name>"
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


def lang_attribute(language: str | None) -> str:
    """Write ``xml:lang`` with its leading blank; nothing when the tag is bad."""
    tag = language_tag(language)
    return f' xml:lang="{tag}"' if tag else ""


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
            uri = _scheme_uri(identifier)
            return (
                f'<nameIdentifier nameIdentifierScheme="{scheme}"{uri}>'
                f"{value}</nameIdentifier>"
            )
    return ""


def _scheme_uri(identifier: Identifier) -> str:
    home = identifier.scheme_iri or _NAME_SCHEMES.get(identifier.scheme)
    return uri_attribute("schemeURI", home)


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
    other = affiliation.identifier
    if other is not None and other.scheme != "ROR":
        value = attribute("affiliationIdentifier", other.value)
        scheme = attribute("affiliationIdentifierScheme", other.scheme)
        if value and scheme:
            uri = _scheme_uri(other)
            return f"<affiliation{value}{scheme}{uri}>{name}</affiliation>"
    return f"<affiliation>{name}</affiliation>"


@lru_cache(maxsize=1024)
def publisher(agent: Agent | None, *, identified: bool) -> str | None:
    """Write the publisher; None when it has no name."""
    if agent is None or not (name := line(agent.name)):
        return None
    lang = lang_attribute(agent.language)
    number = ""
    ror = agent.identifier("ROR")
    if not identified:
        pass
    elif ror and is_ror(ror):
        number = (
            f' publisherIdentifier="{ror}" publisherIdentifierScheme="ROR"'
            ' schemeURI="https://ror.org"'
        )
    else:
        for other in agent.identifiers:
            value = attribute("publisherIdentifier", other.value)
            scheme = attribute("publisherIdentifierScheme", other.scheme)
            if value and scheme and other.scheme != "ROR":
                number = value + scheme + _scheme_uri(other)
                break
    return f"<publisher{number}{lang}>{name}</publisher>"


def contributors(record: Record, kernel: Kernel) -> list[str]:
    """Write the contributors; the facility is the hosting institution."""
    out: list[str] = []
    hosts: set[str] = set()
    for contributor in record.contributors:
        body = inside("contributor", contributor.agent)
        if body:
            role = kernel.roles.get(contributor.role, "Other")
            out.append(f'<contributor contributorType="{role}">{body}</contributor>')
            if role == "HostingInstitution":
                hosts.add(contributor.agent.name)
    facility = record.facility
    if facility is not None and facility.name not in hosts:
        out.append(_host(facility))
    return out


@lru_cache(maxsize=256)
def _host(facility: Facility) -> str:
    name = line(facility.name)
    if not name:
        return ""
    ror = (
        '<nameIdentifier nameIdentifierScheme="ROR" schemeURI="https://ror.org">'
        f"{facility.ror}</nameIdentifier>"
        if facility.ror and is_ror(facility.ror)
        else ""
    )
    return (
        '<contributor contributorType="HostingInstitution">'
        f'<contributorName nameType="Organizational">{name}</contributorName>'
        f"{ror}</contributor>"
    )


def funding(record: Record, kernel: Kernel) -> list[str]:
    """Write who paid; a funder identifier of another scheme is ``Other``."""
    out = []
    for funding in record.funding:
        name = line(funding.funder)
        if not name:
            continue
        body = f"<funderName>{name}</funderName>"
        identifier = funding.funder_identifier
        if identifier and (value := line(identifier.value)):
            scheme = identifier.scheme
            kind = scheme if scheme in kernel.funder_schemes else "Other"
            uri = uri_attribute("schemeURI", identifier.scheme_iri)
            body += (
                f'<funderIdentifier funderIdentifierType="{kind}"{uri}>{value}'
                "</funderIdentifier>"
            )
        if award := line(funding.award_number or funding.award_uri or ""):
            uri = uri_attribute("awardURI", funding.award_uri)
            body += f"<awardNumber{uri}>{award}</awardNumber>"
        if funding.award_title and (title := line(funding.award_title)):
            body += f"<awardTitle>{title}</awardTitle>"
        out.append(f"<fundingReference>{body}</fundingReference>")
    return out
