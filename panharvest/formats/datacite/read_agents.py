"""People and organisations of a DataCite document, as those of the record."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from panharvest.facilities import load_facilities
from panharvest.formats.datacite.values import Values, is_null_code
from panharvest.record import (
    Affiliation,
    Agent,
    Contributor,
    Facility,
    Funding,
    Identifier,
    Nature,
)
from panharvest.syntax import bare_doi, bare_orcid, is_doi, is_ror

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ORCID = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")
_UNDASHED = re.compile(r"[0-9]{15}[0-9X]")
_ROR = re.compile(
    r"(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[a-z0-9]{6}[0-9]{2})", re.IGNORECASE
)
_LONGEST = 400  # letters of an identifier that is looked at, and remembered
_NATURES = {
    "personal": Nature.PERSONAL,
    "organizational": Nature.ORGANISATIONAL,
    "organisational": Nature.ORGANISATIONAL,
}
# Where a scheme of names is at home; these addresses say nothing beyond the scheme.
HOMES = {
    "ORCID": "https://orcid.org",
    "ROR": "https://ror.org",
    "ISNI": "https://isni.org",
    "GRID": "https://www.grid.ac",
}
_SPELLINGS = {name.lower(): name for name in HOMES} | {
    "crossref funder": "Crossref Funder ID",
    "crossref funder id": "Crossref Funder ID",
    "crossreffunderid": "Crossref Funder ID",
    "fundref": "Crossref Funder ID",
    "crossref": "Crossref Funder ID",
}


def agents_of(values: Iterable[Values]) -> Iterable[tuple[Agent, Values]]:
    """Give the agents that have a name, with their values."""
    for one in values:
        agent = _agent(one)
        if agent is not None:
            yield agent, one


def _agent(values: Values) -> Agent | None:
    """Read a creator or contributor; its name is split only where it is given split."""
    given, family = values.get("givenname"), values.get("familyname")
    name = values.get("name")
    if name is None and family:
        name = f"{family}, {given}" if given else family
    if name is None or is_null_code(name):
        return None
    nature = values.get("nametype")
    return Agent(
        name,
        _NATURES.get(nature.lower()) if nature else None,
        given,
        family,
        tuple(_name_identifiers(values)),
        tuple(_affiliations(values)),
        values.get("lang"),
    )


def _name_identifiers(values: Values) -> Iterable[Identifier]:
    for one in values.get("nameidentifiers", ()):
        value = one.get("nameidentifier")
        if value is None or is_null_code(value):
            continue
        scheme = one.get("nameidentifierscheme") or ""
        yield named_identifier(value, scheme, one.get("schemeuri"))


def named_identifier(value: str, scheme: str, home: str | None = None) -> Identifier:
    """Give an identifier of a person or organisation in its normal form.

    A scheme that is missing or misspelt is told by the value, where that is certain.
    """
    if len(value) + len(scheme) + len(home or "") > _LONGEST:
        return Identifier(value, scheme or "Other", home)
    return _named_identifier(value, scheme, home)


@lru_cache(maxsize=4096)
def _named_identifier(value: str, scheme: str, home: str | None) -> Identifier:
    scheme = _SPELLINGS.get(scheme.lower(), scheme)
    bare = bare_orcid(value).rstrip("/").upper()
    if scheme == "ORCID" and _UNDASHED.fullmatch(bare):
        bare = "-".join(bare[i : i + 4] for i in range(0, 16, 4))
    if _ORCID.fullmatch(bare) and scheme in ("", "ORCID"):
        return Identifier(bare, "ORCID")
    match = _ROR.fullmatch(value)
    if match and (scheme == "ROR" or is_ror(f"https://ror.org/{match[1].lower()}")):
        return Identifier(f"https://ror.org/{match[1].lower()}", "ROR")
    if scheme == "Crossref Funder ID" and is_doi(bare_doi(value)):
        return Identifier(bare_doi(value), scheme)
    if home and _home(home) == _home(HOMES.get(scheme, "")):
        home = None
    return Identifier(value, scheme or "Other", home)


def _home(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|/+$", "", url.lower())


def _affiliations(values: Values) -> Iterable[Affiliation]:
    for one in values.get("affiliation", ()):
        name = one.get("name")
        number = one.get("affiliationidentifier")
        scheme = one.get("affiliationidentifierscheme") or ""
        if name is None or is_null_code(name):
            name = number
        if name is None:
            continue
        found = (
            named_identifier(number, scheme, one.get("schemeuri")) if number else None
        )
        if found is not None and found.scheme == "ROR":
            yield Affiliation(name, found.value)
        else:
            yield Affiliation(name, None, found)


def publisher_of(values: Values) -> Agent | None:
    """Read the publisher, a text or an object."""
    one: Values = values.get("publisher") or {}
    name = one.get("name")
    if name is None or is_null_code(name):
        return None
    number = one.get("publisheridentifier")
    scheme = one.get("publisheridentifierscheme") or ""
    identifiers = (
        (named_identifier(number, scheme, one.get("schemeuri")),) if number else ()
    )
    nature = Nature.ORGANISATIONAL
    return Agent(name, nature, identifiers=identifiers, language=one.get("lang"))


def contributors_of(
    values: Values,
) -> tuple[list[Contributor], Facility | None, list[Funding]]:
    """Give contributors, the facility among them, and the funders of kernel 3."""
    facility: Facility | None = None
    contributors, funders = [], []
    for agent, one in agents_of(values.get("contributors", ())):
        role = one.get("contributortype") or "Other"
        if role == "Funder":  # kernels 2 and 3
            identifier = next(iter(agent.identifiers), None)
            funders.append(Funding(agent.name, identifier))
            continue
        if role == "HostingInstitution" and facility is None:
            facility = _facility(agent)
            if facility is not None:
                continue
        contributors.append(Contributor(agent, role))
    return contributors, facility, funders


def _facility(agent: Agent) -> Facility | None:
    """Give the facility that an institution is, if nothing else is said about it."""
    if agent.affiliations or agent.given_name or agent.family_name:
        return None
    ror = agent.identifier("ROR")
    if len(agent.identifiers) > (1 if ror else 0) or agent.language:
        return None
    return known_facility(agent.name, ror)


def known_facility(name: str, ror: str | None) -> Facility | None:
    """Give the facility of a ROR, or of a name that has none; None when unknown."""
    found = _facilities().get(ror or name.casefold())
    return Facility(found, name, ror) if found else None


@cache
def _facilities() -> Mapping[str, str]:
    """Give the facilities by ROR and by their own name; who shares a ROR has neither.

    An institute that runs two facilities (DESY, PSI) is named by its ROR all the same:
    it is the one whose name the file has.
    """
    found: dict[str, str] = {}
    for profile in load_facilities():
        found.setdefault(profile.name.casefold(), profile.id)
        if profile.ror:
            found.setdefault(profile.ror, profile.id)
    return found


def funding_of(values: Values) -> Iterable[Funding]:
    """Read the funding references."""
    for one in values.get("fundingreferences", ()):
        name = one.get("fundername")
        number = one.get("awardnumber")
        if name is None and number is None:
            continue
        value = one.get("funderidentifier")
        scheme = one.get("funderidentifiertype") or ""
        home = one.get("schemeuri")
        yield Funding(
            name or "",
            named_identifier(value, scheme, home) if value else None,
            number,
            one.get("awarduri"),
            one.get("awardtitle"),
        )
