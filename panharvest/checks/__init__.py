"""Say everything that is wrong with a record, before it is published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.checks.checklist import CHECKS, Check, problem
from panharvest.checks.holding import files, funding, relations
from panharvest.checks.standing import access_rights, dates
from panharvest.checks.wording import (
    has_control,
    has_email,
    has_html,
    is_placeholder,
    texts,
)
from panharvest.codelists import datacite
from panharvest.derived import address, degrees, language_tag
from panharvest.syntax import (
    bare_doi,
    bare_handle,
    bare_orcid,
    is_doi,
    is_handle,
    is_orcid,
    is_ror,
)
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import Agent, Problem, Record

__all__ = ["CHECKS", "Check", "check"]


_PANET = re.compile(r"http://purl\.org/pan-science/PaNET/PaNET([0-9]{5}|[0-9]{7})")
_PANET_ROOTS = frozenset({"00001", "00002", "00003", "00004", "00005", "00006"})
_PREDICATES = frozenset(
    f"skos:{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")
)


def check(record: Record) -> tuple[Problem, ...]:
    """Give every problem of a record, in the order of its fields.

    An error holds the record back from publication; a warning does not. The codes are
    those of :data:`CHECKS`, in docs/reference/errors.md. No record makes this raise,
    however wrong it is.
    """
    return tuple(problem for rule in _RULES for problem in rule(record))


def _identity(record: Record) -> Iterator[Problem]:
    pid, page = record.pid, record.landing_page
    if not fold(record.id):
        yield problem("PH-ID-002", "id")
    if page is not None and not (page.startswith("http") and is_uri(page)):
        yield problem("PH-ID-003", "landing_page", page)
    if not address(record):
        yield problem("PH-ID-001", "pid")
    if pid is None:
        return
    if pid.scheme == "DOI":
        if not is_doi(bare_doi(pid.value)):
            yield problem("PH-DOI-001", "pid", pid.value)
        elif pid.value != bare_doi(pid.value):
            yield problem("PH-DOI-002", "pid", pid.value)
    elif pid.scheme == "Handle" and not is_handle(bare_handle(pid.value)):
        yield problem("PH-HANDLE-001", "pid", pid.value)


def _titles(record: Record) -> Iterator[Problem]:
    if not record.titles:
        yield problem("PH-TITLE-001", "titles")
    elif not any(fold(title.value) for title in record.titles):
        yield problem("PH-TITLE-002", "titles")
    elif is_placeholder(record.titles[0].value):
        yield problem("PH-TITLE-003", "titles[0]", record.titles[0].value)
    for i, title in enumerate(record.titles):
        if title.type is not None and title.type not in datacite("titleType"):
            yield problem("PH-TITLE-004", f"titles[{i}].type", title.type)


def _descriptions(record: Record) -> Iterator[Problem]:
    if not record.descriptions:
        yield problem("PH-DESCRIPTION-001", "descriptions")
    for i, text in enumerate(record.descriptions):
        if text.type is not None and text.type not in datacite("descriptionType"):
            yield problem("PH-DESCRIPTION-002", f"descriptions[{i}].type", text.type)


def _people(record: Record) -> Iterator[Problem]:
    if not record.creators:
        yield problem("PH-CREATOR-001", "creators")
    seen: set[tuple[str, str | None]] = set()
    for i, agent in enumerate(record.creators):
        place = f"creators[{i}]"
        if is_placeholder(agent.name):
            yield problem("PH-CREATOR-002", f"{place}.name", agent.name)
        orcid = agent.identifier("ORCID")
        keys = {(fold(agent.name).casefold(), orcid)} | (
            {("", orcid)} if orcid else set()
        )
        if keys & seen:
            yield problem("PH-CREATOR-003", place, agent.name)
        seen |= keys
        yield from _agent(agent, place)
    for i, contributor in enumerate(record.contributors):
        if contributor.role not in datacite("contributorType"):
            place = f"contributors[{i}].role"
            yield problem("PH-ROLE-001", place, contributor.role)
        yield from _agent(contributor.agent, f"contributors[{i}].agent")
    if record.publisher is None:
        yield problem("PH-PUBLISHER-001", "publisher")
    else:
        if is_placeholder(record.publisher.name):
            yield problem("PH-PUBLISHER-001", "publisher.name", record.publisher.name)
        yield from _agent(record.publisher, "publisher")


def _agent(agent: Agent, place: str) -> Iterator[Problem]:
    for i, identifier in enumerate(agent.identifiers):
        where, value = f"{place}.identifiers[{i}]", identifier.value
        if identifier.scheme == "ORCID" and not is_orcid(bare_orcid(value)):
            yield problem("PH-ORCID-001", where, value)
        elif identifier.scheme == "ROR" and not is_ror(value):
            yield problem("PH-ROR-001", where, value)
    for i, affiliation in enumerate(agent.affiliations):
        if affiliation.ror is not None and not is_ror(affiliation.ror):
            yield problem(
                "PH-ROR-001", f"{place}.affiliations[{i}].ror", affiliation.ror
            )


def _facility(record: Record) -> Iterator[Problem]:
    facility = record.facility
    if facility is None:
        return
    if facility.ror is not None and not is_ror(facility.ror):
        yield problem("PH-ROR-001", "facility.ror", facility.ror)
    if not 0 <= facility.confidence <= 1:
        yield problem("PH-CONFIDENCE-001", "facility.confidence", facility.confidence)


def _techniques(record: Record) -> Iterator[Problem]:
    for i, technique in enumerate(record.techniques):
        place = f"techniques[{i}]"
        match = _PANET.fullmatch(technique.iri)
        if match is None:
            yield problem("PH-TECHNIQUE-001", f"{place}.iri", technique.iri)
        elif len(match[1]) == 7:
            yield problem("PH-TECHNIQUE-002", f"{place}.iri", technique.iri)
        elif match[1] in _PANET_ROOTS:
            yield problem("PH-TECHNIQUE-003", f"{place}.iri", technique.iri)
        if technique.predicate not in _PREDICATES:
            yield problem("PH-TECHNIQUE-004", f"{place}.predicate", technique.predicate)
        if not 0 <= technique.confidence <= 1:
            yield problem(
                "PH-CONFIDENCE-001", f"{place}.confidence", technique.confidence
            )


def _parameters(record: Record) -> Iterator[Problem]:
    for i, parameter in enumerate(record.parameters):
        place, value = f"parameters[{i}]", parameter.value
        if not fold(parameter.name):
            yield problem("PH-PARAMETER-003", f"{place}.name")
        if isinstance(value, str):
            if parameter.unit:
                yield problem("PH-PARAMETER-001", place, f"{value} {parameter.unit}")
        elif parameter.maximum is not None and parameter.maximum < value:
            yield problem("PH-PARAMETER-002", place, f"{value} to {parameter.maximum}")


def _languages(record: Record) -> Iterator[Problem]:
    tags = [("language", record.language)]
    for name in ("titles", "descriptions"):
        tags += [
            (f"{name}[{i}].language", text.language)
            for i, text in enumerate(getattr(record, name))
        ]
    for place, tag in tags:
        if tag is None:
            continue
        written = language_tag(tag)
        if written is None:
            yield problem("PH-LANGUAGE-001", place, tag)
        elif written.partition("-")[0] != tag.partition("-")[0].lower():
            yield problem("PH-LANGUAGE-002", place, tag)


def _location(record: Record) -> Iterator[Problem]:
    location = record.location
    if location is None or location.latitude is location.longitude is None:
        return
    if degrees(location) is None:
        said = f"{location.latitude}, {location.longitude}"
        yield problem("PH-LOCATION-001", "location", said)


def _keywords(record: Record) -> Iterator[Problem]:
    for i, keyword in enumerate(record.keywords):
        if ", " in keyword or ";" in keyword:
            yield problem("PH-KEYWORD-001", f"keywords[{i}]", keyword)


# Their placeholders and blanks are errors with codes of their own.
_MANDATORY = re.compile(r"titles\[0\]|creators\[[0-9]+\]\.name|publisher\.name")


def _wording(record: Record) -> Iterator[Problem]:
    for place, text in texts(record):
        if is_placeholder(text) and not _MANDATORY.fullmatch(place):
            yield problem("PH-TEXT-001", place, text)
        if has_html(text):
            yield problem("PH-TEXT-002", place)
        if has_email(text):
            yield problem("PH-TEXT-003", place)
        if has_control(text):
            yield problem("PH-TEXT-004", place)


_RULES = (
    _identity,
    _titles,
    _descriptions,
    _people,
    _facility,
    _techniques,
    _parameters,
    _keywords,
    dates,
    access_rights,
    _languages,
    files,
    relations,
    funding,
    _location,
    _wording,
)
