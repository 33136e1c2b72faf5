"""Unqualified Dublin Core read: what its bare values most probably are.

Dublin Core says neither schemes nor roles nor types. A value that has the form of a
DOI, an address, a date, a media type or a term of PaNET is taken for one; what is only
a text stays one. A relation whose kind nobody tells is of type ``Other`` and says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.documents import local_name, parse_xml
from panharvest.errors import SkipError
from panharvest.formats.dublincore_words import (
    kind_of,
    language_of,
    line_of,
    rights_of,
    subjects_of,
)
from panharvest.protocols import Reading
from panharvest.record import (
    Agent,
    Contributor,
    Embargo,
    Funding,
    Identifier,
    Interval,
    Level,
    Location,
    Moment,
    Nature,
    Problem,
    Record,
    Relation,
    Text,
)
from panharvest.syntax import bare_doi, bare_handle, is_doi, is_handle
from panharvest.times import read_moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

_ELEMENTS = frozenset(
    (
        *("title", "creator", "subject", "description", "publisher", "contributor"),
        *("date", "type", "format", "identifier", "source", "language", "relation"),
        *("coverage", "rights", "spatial", "temporal", "license", "accessrights"),
        *("abstract", "created", "modified", "issued", "available", "extent"),
    )
)
_LABELLED = re.compile(
    r"(?P<label>created|issued|published|updated|modified|available|embargo(?:ed|end)?"
    r"|collected|accepted)\s*:\s*(?P<date>.+)",
    re.IGNORECASE,
)
_ENDS = frozenset(("available", "embargo", "embargoed", "embargoend"))
_EMBARGO = re.compile(
    r"info:eu-repo/date/embargoEnd/(\d{4}-\d{2}-\d{2})", re.IGNORECASE
)
_GRANT = re.compile(
    r"info:eu-repo/grantAgreement/(?P<funder>[^/]+)/(?P<programme>[^/]*)/(?P<number>[^/]+)"
    r"(?:/.*)?",
    re.IGNORECASE,
)
_MEDIA = re.compile(r"[a-z]+/[A-Za-z0-9.+-]+")
_FILES = re.compile(r"([0-9]+) files?")
_FUNDERS = {"EC": "European Commission"}
_POSITION = re.compile(r"north=(-?[0-9.]+); ?east=(-?[0-9.]+)")

_OAI = "{http://www.openarchives.org/OAI/2.0/}"

Values = dict[str, list[Text]]


def read(document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
    """Read Dublin Core in any wrapper.

    Raises
    ------
    SkipError
        When no element of Dublin Core is in the document.
    """
    return read_element(parse_xml(document), id=id)


def read_element(root: _Element, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
    """Read an element that is, or holds, elements of Dublin Core."""
    problems: list[Problem] = []
    values = _values(root, problems)
    if not values:
        raise SkipError("document.foreign", "no element of Dublin Core is in it")
    pid, others, page = _identifiers(values.get("identifier", ()))
    access, licence, rights = rights_of(
        [*values.get("rights", ()), *values.get("license", ())]
    )
    techniques, probes, subjects, keywords = subjects_of(values.get("subject", ()))
    dates = _Dates(values, problems)
    relations, funding = _relations(values, pid)
    kind, resource_type = kind_of(values.get("type", ()))
    formats, definitions, extents, count = _formats(values)
    places, collected = _coverage(values)
    record = Record(
        id=id or next((i.value for i in (pid, *others) if i), page or ""),
        kind=kind,
        resource_type=resource_type,
        pid=pid,
        alternate_identifiers=tuple(others),
        titles=tuple(_titles(values)),
        descriptions=tuple(
            Text(t.value, "Abstract", t.language)
            for name in ("description", "abstract")
            for t in values.get(name, ())
        ),
        creators=tuple(Agent(line_of(t.value)) for t in values.get("creator", ())),
        contributors=tuple(
            Contributor(Agent(line_of(t.value)), "Other")
            for t in values.get("contributor", ())
        ),
        publisher=next(
            (
                Agent(line_of(t.value), Nature.ORGANISATIONAL)
                for t in values.get("publisher", ())
            ),
            None,
        ),
        probes=tuple(probes),
        techniques=tuple(techniques),
        keywords=tuple(dict.fromkeys(keywords)),
        subjects=tuple(subjects),
        collected=collected or dates.collected,
        created=dates.created,
        modified=dates.modified,
        issued=dates.issued,
        embargo=dates.embargo,
        access=access,
        licence=licence,
        language=language_of(values.get("language", ())),
        file_count=count,
        formats=tuple(formats),
        definitions=tuple(definitions),
        extents=tuple(extents),
        relations=tuple(relations),
        funding=tuple(funding),
        location=places[0] if places else None,
        places=tuple(places[1:]),
        landing_page=page,
        rights=tuple(rights),
    )
    return Reading(record, tuple(problems))


def _values(root: _Element, problems: list[Problem]) -> Values:
    """Give the texts of each element, in whatever namespace it is.

    What else stands among them is told; the header of an answer is not part of it.
    """
    found: Values = {}
    for node in root.iter("*"):
        name = local_name(node.tag).lower()
        value = (node.text or "").strip()
        if node is root or len(node) or not value:
            continue
        if str(node.tag).startswith(_OAI) and _is_said_about(node):
            continue
        if name in _ELEMENTS:
            lang = node.get("{http://www.w3.org/XML/1998/namespace}lang")
            found.setdefault(name, []).append(Text(value, language=lang))
        else:
            message = f"The element {name} is not of Dublin Core."
            problems.append(Problem("OD-READ-001", Level.WARNING, name, message))
    return found


def _is_said_about(node: _Element) -> bool:
    """Whether an element belongs to the answer of OAI-PMH around a document."""
    for above in node.iterancestors():
        name = local_name(above.tag)
        if name in ("header", "about"):
            return True
        if name == "metadata":
            return False
    return False


def _titles(values: Values) -> Iterable[Text]:
    for i, title in enumerate(values.get("title", ())):
        first = values["title"][0].language
        kind = None
        if i:
            other = title.language not in (None, first)
            kind = "TranslatedTitle" if other else "AlternativeTitle"
        yield Text(line_of(title.value), kind, title.language)


def scheme_of(value: str) -> Identifier | None:
    """Give an identifier with the scheme that its form tells; None: it tells none."""
    value = value.strip()
    doi = bare_doi(value)
    if is_doi(doi):
        return Identifier(doi, "DOI")
    if "hdl.handle.net/" in value or value.lower().startswith("hdl:"):
        handle = bare_handle(value)
        return Identifier(handle, "Handle") if is_handle(handle) else None
    if value.startswith(("http://", "https://")):
        return Identifier(value, "URL")
    if " " in value:
        return None
    import idutils

    for scheme in idutils.detect_identifier_schemes(value):
        if scheme in _SCHEMES:
            return Identifier(value, _SCHEMES[scheme])
    return None


_SCHEMES = {
    "ark": "ARK",
    "arxiv": "arXiv",
    "urn": "URN",
    "lsid": "LSID",
    "swh": "SWHID",
    "isbn": "ISBN",
    "purl": "PURL",
}


def _identifiers(
    texts: Iterable[Text],
) -> tuple[Identifier | None, list[Identifier], str | None]:
    found = [scheme_of(t.value) or Identifier(line_of(t.value), "Local") for t in texts]
    found = list(dict.fromkeys(found))
    pid = next((i for i in found if i.scheme == "DOI"), None)
    pid = pid or next((i for i in found if i.scheme not in ("URL", "Local")), None)
    page = next((i.value for i in found if i.scheme == "URL"), None)
    others = [i for i in found if i != pid and i.value != page]
    return pid, others, page


class _Dates:
    """The dates, told apart by label and form."""

    def __init__(self, values: Values, problems: list[Problem]) -> None:
        self.issued: Moment | None = None
        self.created: Moment | None = None
        self.modified: Moment | None = None
        self.collected: Interval | None = None
        self.embargo: Embargo | None = None
        for text in values.get("date", ()):
            self._add(line_of(text.value), problems)
        for name in ("issued", "created", "modified"):
            for text in values.get(name, ()):
                moment = read_moment(line_of(text.value))
                if moment and getattr(self, name) is None:
                    setattr(self, name, moment)

    def _add(self, value: str, problems: list[Problem]) -> None:
        embargo = _EMBARGO.fullmatch(value)
        labelled = _LABELLED.fullmatch(value)
        if embargo:
            self._ends(Moment(embargo[1]))
            return
        label = labelled["label"].lower() if labelled else ""
        text = labelled["date"] if labelled else value
        if "/" in text and read_moment(text) is None:
            first, _, last = text.partition("/")
            start, end = read_moment(first.strip()), read_moment(last.strip())
            self.collected = self.collected or Interval(start, end)
            return
        moment = read_moment(text)
        if moment is None:
            message = f"This is no date: {value[:60]}"
            problems.append(Problem("OD-DATE-001", Level.WARNING, "date", message))
        elif label in _ENDS:
            self._ends(moment)
        elif label in ("updated", "modified"):
            self.modified = self.modified or moment
        elif label == "created":
            self.created = self.created or moment
        elif label == "collected":
            self.collected = self.collected or Interval(moment)
        else:
            self.issued = self.issued or moment

    def _ends(self, moment: Moment) -> None:
        """Note when an embargo ends; of several ends the last counts."""
        known = self.embargo.end if self.embargo else None
        if known is None or moment.text > known.text:
            self.embargo = Embargo(None, moment)


def _formats(
    values: Values,
) -> tuple[list[str], list[str], list[str], int | None]:
    formats: list[str] = []
    definitions: list[str] = []
    extents: list[str] = []
    count: int | None = None
    for name in ("format", "extent"):
        for text in values.get(name, ()):
            value = line_of(text.value)
            files = _FILES.fullmatch(value)
            if files:
                count = int(files[1])
            elif value.startswith("NeXus "):
                definitions.append(value.removeprefix("NeXus "))
            elif _MEDIA.fullmatch(value) or not value[0].isdigit():
                formats.append(value)
            else:
                extents.append(value)
    return formats, definitions, extents, count


def _relations(
    values: Values, pid: Identifier | None
) -> tuple[list[Relation], list[Funding]]:
    relations: list[Relation] = []
    funding: list[Funding] = []
    for name, kind in (("source", "IsDerivedFrom"), ("relation", "Other")):
        for text in values.get(name, ()):
            value = line_of(text.value)
            grant = _GRANT.fullmatch(value)
            if grant:
                funder = _FUNDERS.get(grant["funder"], grant["funder"])
                funding.append(Funding(funder, None, grant["number"], value))
                continue
            identifier = scheme_of(value)
            # a relation to what has no identifier is nothing that could be followed
            if identifier is None or identifier == pid:
                continue
            said = "dc:relation" if kind == "Other" else None
            relations.append(Relation(identifier, kind, information=said))
    return list(dict.fromkeys(relations)), funding


def _coverage(values: Values) -> tuple[list[Location], Interval | None]:
    places: list[Location] = []
    span: Interval | None = None
    listed = [
        (n, t) for n in ("coverage", "spatial", "temporal") for t in values.get(n, ())
    ]
    for name, text in listed:
        value = line_of(text.value)
        position = _POSITION.fullmatch(value)
        first, slash, last = value.partition("/")
        start = read_moment(first.strip())
        if start is not None and name != "spatial":
            span = span or Interval(start, read_moment(last.strip()) if slash else None)
        elif position:
            place = places.pop().place if places else None
            places.append(Location(place, float(position[1]), float(position[2])))
        else:
            places.append(Location(value))
    return places, span
