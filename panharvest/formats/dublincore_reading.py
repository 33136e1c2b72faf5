"""Dublin Core documents as records.

Fifteen elements without types: what a value is, is told by its form. A DOI is a DOI
wherever it stands, ``Created: 2021-06-14`` is a date with its type, an address of COAR
or info:eu-repo says who may have the data. What cannot be told apart stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from panharvest.codelists import access_rights, kinds, resource_types
from panharvest.documents import local_name, parse_xml
from panharvest.errors import SkipError
from panharvest.licensing import licence_of, sounds_like_licence
from panharvest.probes import load_probes
from panharvest.protocols import Reading
from panharvest.record import (
    Access,
    AccessStatus,
    Agent,
    Contributor,
    DatedEvent,
    Embargo,
    Identifier,
    Interval,
    Kind,
    Level,
    Licence,
    Location,
    Moment,
    Probe,
    Problem,
    Record,
    Relation,
    ResourceType,
    Right,
    Technique,
    Text,
)
from panharvest.syntax import bare_doi, bare_handle, is_doi, is_handle
from panharvest.times import read_moment
from panharvest.vocabulary import normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.etree import _Element

ELEMENTS = frozenset(
    {
        *("title", "creator", "subject", "description", "publisher", "contributor"),
        *("date", "type", "format", "identifier", "source", "language", "relation"),
        *("coverage", "rights"),
    }
)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TYPED = re.compile(r"\s*([A-Za-z]+)\s*:\s*(\d{4}.*)")
_EMBARGO = re.compile(r"info:eu-repo/date/embargoEnd/(\d{4}\S*)", re.IGNORECASE)
_INFO = "info:eu-repo/semantics/"


class DublinCoreReader:
    """See :class:`panharvest.protocols.Reader`."""

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002
        """Read Dublin Core in any namespace and wrapper."""
        return read(document, id=id)


def read(document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002
    """Read one document of Dublin Core, in any namespace and wrapper.

    Parameters
    ----------
    id
        The local identifier of the record; without it its DOI, or its first identifier.

    Raises
    ------
    SkipError
        When nothing of it is an element of Dublin Core.
    """
    return read_element(parse_xml(document), id=id)


def read_element(root: _Element, *, id: str | None = None) -> Reading:  # noqa: A002
    """Read an element that is, or holds, the elements of Dublin Core."""
    values = _Values()
    for node in root.iter("*"):
        if len(node) == 0 and local_name(node.tag) in ELEMENTS:
            text = " ".join("".join(map(str, node.itertext())).split())
            if local_name(node.tag) == "description":
                text = "".join(map(str, node.itertext())).strip()
            if text:
                values.add(local_name(node.tag), text, node.get(_LANG))
        elif len(node) == 0 and node is not root and (node.text or "").strip():
            values.note("DC-READ-001", local_name(node.tag), "is not of Dublin Core")
    if not values.found.keys() & {"title", "identifier", "creator"}:
        raise SkipError(
            "document.foreign",
            f"no title, creator or identifier of Dublin Core is in this document "
            f"({local_name(root.tag)})",
        )
    return Reading(_record(values, id), tuple(values.problems))


@dataclass(slots=True)
class _Values:
    """Texts by element, each with its language."""

    found: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, name: str, text: str, language: str | None) -> None:
        self.found.setdefault(name, []).append((text, language))

    def texts(self, name: str) -> list[str]:
        return list(dict.fromkeys(text for text, _ in self.found.get(name, ())))

    def note(self, code: str, place: str, said: str) -> None:
        message = f"The element {place} {said}."
        self.problems.append(Problem(code, Level.WARNING, place, message))


def _record(values: _Values, id_: str | None) -> Record:
    identifiers = [_identifier(text) for text in values.texts("identifier")]
    pid = next((one for one in identifiers if one.scheme in ("DOI", "Handle")), None)
    page = next((one.value for one in identifiers if one.scheme == "URL"), None)
    others = [one for one in identifiers if one != pid and one.value not in (page, id_)]
    kind, resource_type = _kind(values.texts("type"))
    status, licence, rights = _rights(values.texts("rights"))
    dates = _Dates(values)
    techniques, probes, keywords = _subjects(values.texts("subject"))
    places, spans = _coverage(values.texts("coverage"))
    first = pid or next(iter(identifiers), None)
    publishers = values.texts("publisher")
    return Record(
        id=id_ or (first.value if first else ""),
        kind=kind,
        resource_type=resource_type,
        pid=pid,
        alternate_identifiers=tuple(
            dict.fromkeys(
                one for one in others if pid is None or one.value != pid.value
            )
        ),
        landing_page=page,
        titles=_texts(values, "title"),
        descriptions=tuple(
            Text(t.value, "Abstract" if n == 0 else "Other", t.language)
            for n, t in enumerate(_texts(values, "description"))
        ),
        creators=tuple(Agent(name) for name in values.texts("creator")),
        contributors=tuple(
            Contributor(Agent(name), "Other") for name in values.texts("contributor")
        ),
        publisher=Agent(publishers[0]) if publishers else None,
        techniques=techniques,
        probes=probes,
        keywords=keywords,
        collected=dates.collected or next(iter(spans), None),
        created=dates.created,
        modified=dates.modified,
        issued=dates.issued,
        dates=tuple(dates.events),
        embargo=Embargo(end=dates.available) if dates.available else None,
        access=Access(status) if status else None,
        licence=licence,
        rights=tuple(rights),
        language=next(iter(values.texts("language")), None),
        formats=tuple(values.texts("format")),
        relations=tuple(_relations(values)),
        location=places[0] if places else None,
        places=tuple(places[1:]),
    )


def _texts(values: _Values, name: str) -> tuple[Text, ...]:
    pairs = dict.fromkeys(values.found.get(name, ()))
    return tuple(Text(text, None, language) for text, language in pairs)


def _identifier(text: str) -> Identifier:
    """Tell what kind of identifier a text is."""
    doi = bare_doi(text)
    if is_doi(doi):
        return Identifier(doi, "DOI")
    handle = bare_handle(text)
    if handle != text and is_handle(handle):
        return Identifier(handle, "Handle")
    if text.startswith(("http://", "https://")):
        return Identifier(text, "URL")
    if text.lower().startswith("ark:"):
        return Identifier(text, "ARK")
    if text.lower().startswith("urn:"):
        return Identifier(text, "URN")
    return Identifier(text, "Local")


# --- what it is -------------------------------------------------------------------


def _kind(texts: Iterable[str]) -> tuple[Kind, ResourceType | None]:
    """Give the kind that the types name, and the words where they say more."""
    given = list(texts)
    for text in given:
        word = text.rpartition("/")[2].lower() if "/" in text else text.lower()
        if (kind := _words().get(word)) is not None:
            return kind, None
        for general, (kind, _) in resource_types().items():
            if general.lower() == "".join(word.split()):
                return kind, None if kind is not Kind.OTHER else ResourceType(general)
    return Kind.OTHER, ResourceType("Other", given[0]) if given else None


@cache
def _words() -> Mapping[str, Kind]:
    """Give the kinds by the words and addresses that Dublin Core has for them."""
    found: dict[str, Kind] = {}
    for kind, terms in kinds().items():
        if kind is Kind.OTHER:
            continue
        for word in (terms.label, terms.text, terms.coar.rpartition("/")[2]):
            if word.lower() not in ("other", "c_1843"):
                found.setdefault(word.lower(), Kind(kind))
    return {**found, "dataset": Kind.DATASET, "c_ddb1": Kind.DATASET}


# --- when -------------------------------------------------------------------------


class _Dates:
    """The dates: those that name their type, and the first of the others as issue."""

    def __init__(self, values: _Values) -> None:
        self.issued: Moment | None = None
        self.created: Moment | None = None
        self.modified: Moment | None = None
        self.available: Moment | None = None
        self.collected: Interval | None = None
        self.events: list[DatedEvent] = []
        plain: list[Moment] = []
        for text in values.texts("date"):
            if end := _EMBARGO.fullmatch(text):
                self.available = _later(self.available, read_moment(end[1]))
            elif typed := _TYPED.fullmatch(text):
                self._typed(typed[1].lower(), typed[2], values)
            elif (span := _span(text)) is not None:
                self.collected = self.collected or span
            elif (moment := read_moment(text)) is not None:
                plain.append(moment)
            else:
                values.note("DC-DATE-001", "date", f"says {text!r}, which is no date")
        if plain:
            self.issued = self.issued or plain[0]
        self.events += [DatedEvent("Other", moment) for moment in plain[1:]]

    def _typed(self, kind: str, text: str, values: _Values) -> None:
        span = _span(text)
        moment = span.start if span else read_moment(text)
        if moment is None:
            values.note("DC-DATE-001", "date", f"says {text!r}, which is no date")
        elif kind in ("collected", "created") and span is not None:
            self.collected = self.collected or span
        elif kind in ("available", "embargo", "embargoed", "embargoend"):
            self.available = _later(self.available, moment)
        elif kind in ("issued", "published", "publication"):
            self.issued = self.issued or moment
        elif kind in ("created", "creation"):
            self.created = self.created or moment
        elif kind in ("updated", "modified"):
            self.modified = self.modified or moment
        else:
            self.events.append(DatedEvent("Other", moment, None, kind))


def _later(one: Moment | None, other: Moment | None) -> Moment | None:
    """Give the later of two ends of an embargo."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda moment: moment.text)


def _span(text: str) -> Interval | None:
    """Read ``a/b``; None when it is not two dates."""
    first, slash, last = text.partition("/")
    if not slash or not re.match(r"\d{4}-\d\d", first.strip()):
        return None
    start, end = read_moment(first), read_moment(last)
    return Interval(start, end) if start and end else None


# --- who may have it --------------------------------------------------------------


def _rights(
    texts: Iterable[str],
) -> tuple[AccessStatus | None, Licence | None, list[Right]]:
    """Tell access and licence from other statements; the strictest access counts."""
    found: list[AccessStatus] = []
    licence: Licence | None = None
    others: list[Right] = []
    bare: list[str] = []
    for text in texts:
        status = _statuses().get(_key(text))
        is_url = text.startswith(("http://", "https://"))
        known = licence_of(url=text) if is_url else licence_of(text, name=text)
        if status is not None:
            found.append(status)
        elif known is not None:
            licence = licence or known
        elif is_url and sounds_like_licence(text):
            licence = licence or Licence(url=text)
        else:
            bare.append(text)
    for text in bare:
        if licence is None and sounds_like_licence(text):
            licence = Licence(name=text)
        elif licence is None or text != licence.name:
            others.append(Right(text))
    order = list(AccessStatus)
    return max(found, key=order.index) if found else None, licence, others


def _key(text: str) -> str:
    return "".join(re.sub(r"^https?:", "", text.lower()).split()).rstrip("/")


@cache
def _statuses() -> Mapping[str, AccessStatus]:
    found: dict[str, AccessStatus] = {}
    for status, terms in access_rights().items():
        word = terms.info.removeprefix(_INFO)
        for text in (terms.info, word, terms.coar, terms.label):
            found[_key(text)] = status
        found.setdefault(_key(terms.authority), status)
    return found


# --- the rest ---------------------------------------------------------------------


Subjects = tuple[tuple[Technique, ...], tuple[Probe, ...], tuple[str, ...]]


def _subjects(texts: Iterable[str]) -> Subjects:
    """Tell terms of PaNET, given by address or code, from keywords."""
    techniques: dict[str, Technique] = {}
    probes: dict[str, Probe] = {}
    words: list[str] = []
    for text in texts:
        iri = normalise_term(text)
        term = panet().term(iri) if iri else None
        if iri and iri in _probes():
            probes.setdefault(iri, Probe(_probes()[iri], iri))
        elif iri and term is not None and panet().is_technique(iri):
            techniques.setdefault(iri, Technique(iri, term.label))
        else:
            words.append(text)
    labels = {technique.label.casefold() for technique in techniques.values()}
    labels |= {probe.name.casefold() for probe in probes.values()}
    keywords = tuple(word for word in words if word.casefold() not in labels)
    return tuple(techniques.values()), tuple(probes.values()), keywords


@cache
def _probes() -> Mapping[str, str]:
    """Give the names of probes by their terms of PaNET."""
    return {rule.iri: rule.probe for rule in load_probes().values() if rule.iri}


def _relations(values: _Values) -> Iterable[Relation]:
    for name, kind in (("source", "IsDerivedFrom"), ("relation", "Other")):
        for text in values.texts(name):
            identifier = _identifier(text)
            if identifier.scheme == "Local":
                values.note("DC-READ-002", name, f"is no identifier ({text[:60]!r})")
            else:
                yield Relation(identifier, kind)


def _coverage(texts: Iterable[str]) -> tuple[list[Location], list[Interval]]:
    places: list[Location] = []
    spans: list[Interval] = []
    for text in texts:
        if (span := _span(text)) is not None:
            spans.append(span)
        elif (moment := read_moment(text)) is not None:
            spans.append(Interval(moment, moment))
        else:
            places.append(Location(place=text))
    return places, spans
