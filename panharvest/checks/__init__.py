"""Say everything that is wrong with a record, before it is published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.checks.checklist import CHECKS, Check
from panharvest.checks.wording import (
    has_control,
    has_email,
    has_html,
    is_placeholder,
    texts,
)
from panharvest.codelists import (
    datacite,
    licence_of_url,
    licences,
)
from panharvest.derived import (
    address,
    degrees,
    language_tag,
    misleading,
    publication_year,
)
from panharvest.licensing import spdx_of
from panharvest.record import AccessStatus, Problem
from panharvest.syntax import (
    bare_doi,
    bare_handle,
    bare_orcid,
    is_before,
    is_doi,
    is_handle,
    is_moment,
    is_orcid,
    is_ror,
    url_of,
)
from panharvest.xmltext import fold, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import Agent, Embargo, Identifier, Interval, Moment, Record

__all__ = ["CHECKS", "Check", "check"]

FIRST_YEAR, LAST_YEAR = 1895, 2100  # from the discovery of X-rays

_PANET = re.compile(r"http://purl\.org/pan-science/PaNET/PaNET([0-9]{5}|[0-9]{7})")
_ANCIENT = re.compile(r"-[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")  # before our era
_PANET_ROOTS = frozenset({"00001", "00002", "00003", "00004", "00005", "00006"})
_PREDICATES = frozenset(
    f"skos:{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")
)
_DIGEST_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}


def check(record: Record) -> tuple[Problem, ...]:
    """Give every problem of a record, in the order of its fields.

    An error holds the record back from publication; a warning does not. The codes are
    those of :data:`CHECKS`. No record makes this raise, however wrong it is.
    """
    return tuple(problem for rule in _RULES for problem in rule(record))


def _found(code: str, field: str, said: object = None) -> Problem:
    """Make a problem; ``said`` is the offending value, cut to a length to be read."""
    level, meaning, advice = CHECKS[code]
    if said is not None:
        value = fold(str(said))
        value = value if len(value) <= 60 else value[:57] + "..."
        meaning = f"{meaning[:-1]}: {value}"
    return Problem(code, level, field, meaning, advice)


def _identity(record: Record) -> Iterator[Problem]:
    pid, page = record.pid, record.landing_page
    if not fold(record.id):
        yield _found("PH-ID-002", "id")
    if page is not None and not (page.startswith("http") and is_uri(page)):
        yield _found("PH-ID-003", "landing_page", page)
    if not address(record):
        yield _found("PH-ID-001", "pid")
    if pid is None:
        return
    if pid.scheme == "DOI":
        if not is_doi(bare_doi(pid.value)):
            yield _found("PH-DOI-001", "pid", pid.value)
        elif pid.value != bare_doi(pid.value):
            yield _found("PH-DOI-002", "pid", pid.value)
    elif pid.scheme == "Handle" and not is_handle(bare_handle(pid.value)):
        yield _found("PH-HANDLE-001", "pid", pid.value)


def _titles(record: Record) -> Iterator[Problem]:
    if not record.titles:
        yield _found("PH-TITLE-001", "titles")
    elif not any(fold(title.value) for title in record.titles):
        yield _found("PH-TITLE-002", "titles")
    elif is_placeholder(record.titles[0].value):
        yield _found("PH-TITLE-003", "titles[0]", record.titles[0].value)
    for i, title in enumerate(record.titles):
        if title.type is not None and title.type not in datacite("titleType"):
            yield _found("PH-TITLE-004", f"titles[{i}].type", title.type)


def _descriptions(record: Record) -> Iterator[Problem]:
    if not record.descriptions:
        yield _found("PH-DESCRIPTION-001", "descriptions")
    for i, text in enumerate(record.descriptions):
        if text.type is not None and text.type not in datacite("descriptionType"):
            yield _found("PH-DESCRIPTION-002", f"descriptions[{i}].type", text.type)


def _people(record: Record) -> Iterator[Problem]:
    if not record.creators:
        yield _found("PH-CREATOR-001", "creators")
    seen: set[tuple[str, str | None]] = set()
    for i, agent in enumerate(record.creators):
        place = f"creators[{i}]"
        if is_placeholder(agent.name):
            yield _found("PH-CREATOR-002", f"{place}.name", agent.name)
        orcid = agent.identifier("ORCID")
        keys = {(fold(agent.name).casefold(), orcid)} | (
            {("", orcid)} if orcid else set()
        )
        if keys & seen:
            yield _found("PH-CREATOR-003", place, agent.name)
        seen |= keys
        yield from _agent(agent, place)
    for i, contributor in enumerate(record.contributors):
        if contributor.role not in datacite("contributorType"):
            place = f"contributors[{i}].role"
            yield _found("PH-ROLE-001", place, contributor.role)
        yield from _agent(contributor.agent, f"contributors[{i}].agent")
    if record.publisher is None:
        yield _found("PH-PUBLISHER-001", "publisher")
    else:
        if is_placeholder(record.publisher.name):
            yield _found("PH-PUBLISHER-001", "publisher.name", record.publisher.name)
        yield from _agent(record.publisher, "publisher")


def _agent(agent: Agent, place: str) -> Iterator[Problem]:
    for i, identifier in enumerate(agent.identifiers):
        where, value = f"{place}.identifiers[{i}]", identifier.value
        if identifier.scheme == "ORCID" and not is_orcid(bare_orcid(value)):
            yield _found("PH-ORCID-001", where, value)
        elif identifier.scheme == "ROR" and not is_ror(value):
            yield _found("PH-ROR-001", where, value)
    for i, affiliation in enumerate(agent.affiliations):
        if affiliation.ror is not None and not is_ror(affiliation.ror):
            yield _found(
                "PH-ROR-001", f"{place}.affiliations[{i}].ror", affiliation.ror
            )


def _facility(record: Record) -> Iterator[Problem]:
    facility = record.facility
    if facility is None:
        return
    if facility.ror is not None and not is_ror(facility.ror):
        yield _found("PH-ROR-001", "facility.ror", facility.ror)
    if not 0 <= facility.confidence <= 1:
        yield _found("PH-CONFIDENCE-001", "facility.confidence", facility.confidence)


def _techniques(record: Record) -> Iterator[Problem]:
    for i, technique in enumerate(record.techniques):
        place = f"techniques[{i}]"
        match = _PANET.fullmatch(technique.iri)
        if match is None:
            yield _found("PH-TECHNIQUE-001", f"{place}.iri", technique.iri)
        elif len(match[1]) == 7:
            yield _found("PH-TECHNIQUE-002", f"{place}.iri", technique.iri)
        elif match[1] in _PANET_ROOTS:
            yield _found("PH-TECHNIQUE-003", f"{place}.iri", technique.iri)
        if technique.predicate not in _PREDICATES:
            yield _found("PH-TECHNIQUE-004", f"{place}.predicate", technique.predicate)
        if not 0 <= technique.confidence <= 1:
            yield _found(
                "PH-CONFIDENCE-001", f"{place}.confidence", technique.confidence
            )


def _parameters(record: Record) -> Iterator[Problem]:
    for i, parameter in enumerate(record.parameters):
        place, value = f"parameters[{i}]", parameter.value
        if not fold(parameter.name):
            yield _found("PH-PARAMETER-003", f"{place}.name")
        if isinstance(value, str):
            if parameter.unit:
                yield _found("PH-PARAMETER-001", place, f"{value} {parameter.unit}")
        elif parameter.maximum is not None and parameter.maximum < value:
            yield _found("PH-PARAMETER-002", place, f"{value} to {parameter.maximum}")


def _moments(record: Record) -> Iterator[tuple[str, Moment]]:
    """Give every moment that is there, with its place."""
    for name in ("collected", "embargo"):
        span: Interval | Embargo | None = getattr(record, name)
        for side in ("start", "end"):
            moment = getattr(span, side, None)
            if moment is not None:
                yield f"{name}.{side}", moment
    for name in ("created", "modified", "issued"):
        moment = getattr(record, name)
        if moment is not None:
            yield name, moment
    if record.withdrawal is not None:
        yield "withdrawal.date", record.withdrawal.date
    for i, event in enumerate(record.dates):
        for side in ("start", "end"):
            moment = getattr(event, side)
            if moment is not None and not _ANCIENT.fullmatch(moment.text):
                yield f"dates[{i}].{side}", moment


def _dates(record: Record) -> Iterator[Problem]:
    for place, moment in _moments(record):
        if not is_moment(moment.text):
            code = "PH-DATE-004" if place.startswith("embargo") else "PH-DATE-001"
            yield _found(code, place, moment.text)
        elif not FIRST_YEAR <= int(moment.text[:4]) <= LAST_YEAR:
            yield _found("PH-DATE-005", place, moment.text)
    for place, span, code in (
        ("collected", record.collected, "PH-DATE-002"),
        ("embargo", record.embargo, "PH-DATE-003"),
    ):
        if (
            span
            and span.start
            and span.end
            and is_before(span.end.text, span.start.text)
        ):
            yield _found(code, place, f"{span.start.text} to {span.end.text}")
    year = publication_year(record)
    if year is None:
        yield _found("PH-YEAR-001", "issued")
    elif not FIRST_YEAR <= int(year) <= LAST_YEAR:
        yield _found("PH-YEAR-002", "issued", year)


def _access(record: Record) -> Iterator[Problem]:
    access, embargo, licence = record.access, record.embargo, record.licence
    endless = embargo is None or embargo.end is None
    if access is None:
        yield _found("PH-ACCESS-001", "access")
    else:
        if access.status is AccessStatus.EMBARGOED and endless:
            yield _found("PH-ACCESS-002", "embargo.end")
        if access.status is AccessStatus.OPEN and embargo is not None and endless:
            yield _found("PH-ACCESS-003", "embargo.end")
        if misleading(access):
            yield _found("PH-ACCESS-004", "access.note", access.note)
        if licence is None and access.status is AccessStatus.OPEN:
            yield _found("PH-LICENCE-001", "licence")
    if licence is None:
        return
    if licence.spdx is not None and spdx_of(licence.spdx) != licence.spdx:
        yield _found("PH-LICENCE-002", "licence.spdx", licence.spdx)
    if licence.url is not None:
        if not is_uri(licence.url):
            yield _found("PH-URL-001", "licence.url", licence.url)
        known = licence_of_url(licence.url)
        if known and licence.spdx in licences() and known.spdx != licence.spdx:
            said = f"{licence.spdx} and {licence.url}"
            yield _found("PH-LICENCE-003", "licence", said)


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
            yield _found("PH-LANGUAGE-001", place, tag)
        elif written.partition("-")[0] != tag.partition("-")[0].lower():
            yield _found("PH-LANGUAGE-002", place, tag)


def _files(record: Record) -> Iterator[Problem]:
    for place, number in (("size", record.size), ("file_count", record.file_count)):
        if number is not None and number < 0:
            yield _found("PH-SIZE-001", place, number)
    for i, file in enumerate(record.files):
        place = f"files[{i}]"
        if file.size is not None and file.size < 0:
            yield _found("PH-SIZE-001", f"{place}.size", file.size)
        if file.path is not None and _shows_disk(file.path):
            yield _found("PH-FILE-001", f"{place}.path", file.path)
        if file.url is not None and not is_uri(file.url):
            yield _found("PH-URL-001", f"{place}.url", file.url)
        digest = file.checksum
        if digest is not None and not (
            re.fullmatch("(?:[0-9a-f]{2})+", digest.value)
            and len(digest.value)
            == _DIGEST_LENGTHS.get(digest.algorithm, len(digest.value))
        ):
            yield _found("PH-CHECKSUM-001", f"{place}.checksum", digest.value)


def _shows_disk(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return parts[0] in ("", "~") or ":" in parts[0] or ".." in parts


def _relations(record: Record) -> Iterator[Problem]:
    for i, relation in enumerate(record.relations):
        place = f"relations[{i}]"
        if relation.type not in datacite("relationType"):
            yield _found("PH-RELATION-001", f"{place}.type", relation.type)
        elif relation.type == "Other" and not relation.information:
            yield _found("PH-RELATION-003", f"{place}.information")
        yield from _related(relation.identifier, f"{place}.identifier")
    for name in ("instruments", "samples"):
        for i, thing in enumerate(getattr(record, name)):
            for k, identifier in enumerate(thing.identifiers):
                yield from _related(identifier, f"{name}[{i}].identifiers[{k}]")
    for i, service in enumerate(record.services):
        if not is_uri(service.url):
            yield _found("PH-URL-001", f"services[{i}].url", service.url)


def _related(identifier: Identifier, place: str) -> Iterator[Problem]:
    value, scheme = identifier.value, identifier.scheme
    said = f"{scheme} {value}"
    if (
        (scheme == "DOI" and not is_doi(bare_doi(value)))
        or (scheme == "Handle" and not is_handle(bare_handle(value)))
        or not fold(value)
    ):
        yield _found("PH-RELATION-004", place, said)
    elif scheme not in datacite("relatedIdentifierType") and not url_of(identifier):
        yield _found("PH-RELATION-002", place, said)


def _funding(record: Record) -> Iterator[Problem]:
    for i, funding in enumerate(record.funding):
        place, identifier = f"funding[{i}]", funding.funder_identifier
        if not fold(funding.funder):
            yield _found("PH-FUNDING-001", f"{place}.funder")
        if identifier:
            if identifier.scheme not in datacite("funderIdentifierType"):
                yield _found(
                    "PH-FUNDING-002", f"{place}.funder_identifier", identifier.scheme
                )
            elif identifier.scheme == "ROR" and not is_ror(identifier.value):
                yield _found(
                    "PH-ROR-001", f"{place}.funder_identifier", identifier.value
                )


def _location(record: Record) -> Iterator[Problem]:
    location = record.location
    if location is None or location.latitude is location.longitude is None:
        return
    if degrees(location) is None:
        said = f"{location.latitude}, {location.longitude}"
        yield _found("PH-LOCATION-001", "location", said)


def _keywords(record: Record) -> Iterator[Problem]:
    for i, keyword in enumerate(record.keywords):
        if ", " in keyword or ";" in keyword:
            yield _found("PH-KEYWORD-001", f"keywords[{i}]", keyword)


# Their placeholders and blanks are errors with codes of their own.
_MANDATORY = re.compile(r"titles\[0\]|creators\[[0-9]+\]\.name|publisher\.name")


def _wording(record: Record) -> Iterator[Problem]:
    for place, text in texts(record):
        if is_placeholder(text) and not _MANDATORY.fullmatch(place):
            yield _found("PH-TEXT-001", place, text)
        if has_html(text):
            yield _found("PH-TEXT-002", place)
        if has_email(text):
            yield _found("PH-TEXT-003", place)
        if has_control(text):
            yield _found("PH-TEXT-004", place)


_RULES = (
    _identity,
    _titles,
    _descriptions,
    _people,
    _facility,
    _techniques,
    _parameters,
    _keywords,
    _dates,
    _access,
    _languages,
    _files,
    _relations,
    _funding,
    _location,
    _wording,
)
