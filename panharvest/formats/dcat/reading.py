"""Datasets of DCAT as records: our own, and those of portals.

Turtle, RDF/XML and JSON-LD are read as graphs, so that it does not matter how a
document is written. Values of a property have no order there; creators have a list.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from panharvest.codelists import access_rights, kinds
from panharvest.derived import address as address_of
from panharvest.derived import sample_text, size_text, summary_text
from panharvest.errors import SkipError
from panharvest.formats.datacite.read_content import sizes_of
from panharvest.formats.dcat.read_links import (
    agents_of,
    contributors_of,
    creators_of,
    definitions_of,
    facility_of,
    files_of,
    formats_of,
    funding_of,
    licence_in,
    made_by,
    relations_of,
    services_of,
    size_of,
)
from panharvest.formats.dcat.read_values import (
    address,
    first_moment,
    interval_of,
    label,
    label_language,
    language_of,
    places_of,
    schemed,
    texts_of,
)
from panharvest.formats.dcat.terms import CONTEXT, DATES, EU, Node
from panharvest.formats.graphs import graph_from, subjects_of, tree_of
from panharvest.formats.identifiers import identifier_of
from panharvest.formats.schemaorg.read_values import each, nodes, text
from panharvest.formats.schemaorg.terms import NXSOURCE, RECORD
from panharvest.probes import probe_terms
from panharvest.protocols import Reading
from panharvest.record import (
    Access,
    AccessStatus,
    DatedEvent,
    Embargo,
    Identifier,
    Interval,
    Kind,
    Level,
    Location,
    Moment,
    Probe,
    Problem,
    RadiationSource,
    Record,
    Right,
    Subject,
    Technique,
    Text,
    Withdrawal,
)
from panharvest.syntax import is_moment
from panharvest.vocabulary import normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATASETS = tuple(CONTEXT["dcat"] + name for name in ("Dataset", "DatasetSeries"))
_WORDS = {iri: prefix for prefix, iri in CONTEXT.items()} | {
    "https://schema.org/": "schema",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/2002/07/owl#": "owl",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "wgs",
    "http://www.w3.org/2006/time#": "time",
}
_SCIENCE = f"{EU}data-theme/TECH"  # every dataset of ours is of it


def read(document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
    """Read the dataset that a document describes.

    Raises
    ------
    SkipError
        When it is no RDF or has a context of somebody else, when no dataset of DCAT is
        in it, or several.
    """
    graph = graph_from(document)
    found = subjects_of(graph, *_DATASETS)
    if not found:
        raise SkipError("document.foreign", "no dataset of DCAT is in this document")
    if len(found) > 1:
        raise SkipError(
            "document.several", f"the document holds {len(found)} datasets, not one"
        )
    node = tree_of(graph, found[0], _WORDS)
    record = _record(node, id)
    return Reading(record, tuple(_problems(record)))


def _record(node: Node, id: str | None) -> Record:  # noqa: A002 (the word of the record)
    identity = _identity(node, wants_local=id is None)
    pid, local = identity["pid"], identity.pop("local")
    language = language_of(node.get("dct:language"))
    instruments, samples = made_by(node)
    facility = facility_of(node)
    places = places_of(node.get("dct:spatial"))
    if facility is not None and places == [Location(facility.name)]:
        places = []  # it stands where nobody said a place
    access, rights = _rights(node)
    files = files_of(node)
    record = Record(
        id=id or local or (pid.value if pid else "") or "",
        kind=_kind(node),
        titles=_titles(node, language),
        creators=creators_of(node),
        contributors=contributors_of(node),
        publisher=next(agents_of(node.get("dct:publisher")), None),
        facility=facility,
        instruments=instruments,
        samples=samples,
        collected=interval_of(node.get("dct:temporal")),
        created=first_moment(node.get("dct:created")),
        modified=first_moment(node.get("dct:modified")),
        issued=first_moment(node.get("dct:issued")),
        embargo=_embargo(node),
        access=access,
        licence=licence_in(node),
        language=language,
        version=text(node.get("dcat:version")) or text(node.get("owl:versionInfo")),
        files=files,
        formats=tuple(formats_of([*nodes(node.get("dcat:distribution")), node])),
        definitions=definitions_of(node),
        services=services_of(node),
        relations=relations_of(node),
        funding=funding_of(node),
        location=places[0] if places else None,
        places=tuple(places[1:]),
        withdrawal=_withdrawal(node),
        dates=tuple(
            DatedEvent(kind, moment)
            for name, kind in DATES.items()
            for one in each(node.get(name))
            if (moment := first_moment(one))
        ),
        rights=rights,
        **identity,
        **_subjects(node, {sample_text(one) for one in samples}),
        **_sizes(node),
    )
    said = _descriptions(node, record)
    return replace(record, descriptions=said)


def _problems(record: Record) -> list[Problem]:
    """Say what was kept as text because it is no date."""
    span = record.collected or Interval()
    dates = {
        "created": record.created,
        "modified": record.modified,
        "issued": record.issued,
        "collected": span.start,
        "collected.end": span.end,
    }
    return [
        Problem(
            "DCAT-DATE-001",
            Level.WARNING,
            name,
            f"A date is none of XML Schema: {one.text[:60]}",
            "Write YYYY-MM-DD, with a time YYYY-MM-DDThh:mm:ssZ.",
        )
        for name, one in dates.items()
        if isinstance(one, Moment) and not is_moment(one.text)
    ]


# --- identity and texts ---------------------------------------------------------------


def _identity(node: Node, *, wants_local: bool) -> dict[str, Any]:
    iri = address(node)
    listed = [identifier_of(iri)] if iri else []
    listed += [
        identifier_of(t) for i in each(node.get("dct:identifier")) if (t := text(i))
    ]
    listed += [_normal(one) for one in schemed(node.get("adms:identifier"))]
    listed = list(dict.fromkeys(listed))
    pids = [i for i in listed if i.scheme in _PERSISTENT]
    pid = next((i for i in pids if i.scheme == "DOI"), None)
    if pid is None and iri:
        pid = next((i for i in pids if i == identifier_of(iri)), None)
    page = address(next(each(node.get("dcat:landingPage")), None))
    if page is None and pid is None:
        page = iri
    local: str | None = None
    others = []
    for one in listed:
        if one.scheme == "Local" and wants_local and local is None:
            local = one.value
        elif one not in (pid, Identifier(page or "", "URL")):
            others.append(one)
    bare = Record(id="", kind=Kind.OTHER, pid=pid)
    return {
        "pid": pid,
        "local": local,
        "alternate_identifiers": tuple(others),
        "landing_page": page if page != address_of(bare) else None,
    }


_PERSISTENT = frozenset(("DOI", "Handle", "ARK", "URN", "SWHID", "RAiD", "arXiv"))


def _normal(one: Identifier) -> Identifier:
    """Give an identifier of a scheme in its normal form."""
    known = identifier_of(one.value)
    is_same = known.scheme.lower() == one.scheme.rstrip("/").rpartition("/")[2].lower()
    return known if is_same else one


def _kind(node: Node) -> Kind:
    """Give the kind by our own type, else by COAR's."""
    iris = [address(one) or "" for one in each(node.get("dct:type"))]
    for iri in iris:
        word = iri.removeprefix(RECORD)
        if word != iri and word in set(Kind):
            return Kind(word)
    return next((k for iri in iris if (k := _coar_kinds().get(iri))), Kind.DATASET)


@cache
def _coar_kinds() -> Mapping[str, Kind]:
    found = {terms.coar: Kind(kind) for kind, terms in reversed(list(kinds().items()))}
    found.pop(kinds()[Kind.OTHER].coar, None)  # it says nothing
    return found


def _titles(node: Node, language: str | None) -> tuple[Text, ...]:
    """Read the titles: the first in the language of the data, then translations."""
    main = texts_of(node.get("dct:title"), None)
    head = (language or "en").partition("-")[0]
    main.sort(key=lambda one: (one.language or head).partition("-")[0] != head)
    others = texts_of(node.get("dct:alternative"), "AlternativeTitle")
    return (
        *main[:1],
        *(Text(one.value, "TranslatedTitle", one.language) for one in main[1:]),
        *others,
    )


def _descriptions(node: Node, record: Record) -> tuple[Text, ...]:
    """Read the descriptions, but for the one that stands where nobody wrote one."""
    said = texts_of(node.get("dct:description"), "Abstract")
    if [one.value for one in said] == [summary_text(record)]:
        said = []
    return (*said, *texts_of(node.get("rdfs:comment"), "Other"))


# --- subjects -------------------------------------------------------------------------


def _subjects(node: Node, samples: set[str]) -> dict[str, Any]:
    """Tell techniques, probes and sources from other terms."""
    techniques: dict[str, Technique] = {}
    probes: dict[str, Probe] = {}
    sources: list[RadiationSource] = []
    subjects: dict[Subject, None] = {}
    for one in [*each(node.get("dcat:theme")), *each(node.get("dct:subject"))]:
        iri, name = address(one), label(one)
        term = (
            panet().term(normalise_term(iri) or "") if iri and "PaNET" in iri else None
        )
        if term is not None and term.iri in probe_terms():
            probes[term.iri] = Probe(name or term.label, term.iri)
            continue
        if term is not None and panet().is_technique(term.iri):
            techniques[term.iri] = Technique(term.iri, name or term.label)
            continue
        said = name or iri
        if said is None or iri == _SCIENCE or (iri is None and said in samples):
            continue
        inside = (
            next(nodes(one.get("skos:inScheme")), {}) if isinstance(one, dict) else {}
        )
        if address(inside) == NXSOURCE:
            sources.append(RadiationSource(type=said))
            continue
        is_node = isinstance(one, dict)
        subject = Subject(
            said,
            label(inside),
            address(inside),
            iri,
            text(one.get("skos:notation")) if is_node else None,
            label_language(one),
        )
        subjects[subject] = None
    named = {one.label for one in techniques.values()}
    words = [one.value for one in texts_of(node.get("dcat:keyword"), None)]
    return {
        "techniques": tuple(techniques.values()),
        "probes": tuple(probes.values()),
        "sources": tuple(sources),
        "subjects": tuple(subjects),
        "keywords": tuple(w for w in dict.fromkeys(words) if w not in named),
    }


# --- rights, embargo, sizes -----------------------------------------------------------


def _rights(node: Node) -> tuple[Access | None, tuple[Right, ...]]:
    """Read who may have the data; a bare statement beside it is its note."""
    status: AccessStatus | None = None
    note: str | None = None
    rights = []
    stated = [*each(node.get("dct:rights")), *each(node.get("dct:accessRights"))]
    for one in stated:
        found = _statuses().get(_key(address(one) or label(one) or ""))
        status = status or found
    for one in each(node.get("dct:rights")):
        iri, said = address(one), label(one)
        if _key(iri or said or "") in _statuses():
            continue
        if iri is None and note is None and status is not None:
            note = said
        elif iri or said:
            rights.append(Right(said, iri))
    return (Access(status, note) if status else None), tuple(rights)


def _key(said: str) -> str:
    return said.lower().removeprefix("https:").removeprefix("http:").rstrip("/")


@cache
def _statuses() -> Mapping[str, AccessStatus]:
    found = {}
    for status, terms in access_rights().items():
        found[_key(terms.coar)] = found[_key(terms.info)] = status
        found[terms.label] = status
        found.setdefault(_key(terms.authority), status)
    return found


def _embargo(node: Node) -> Embargo | None:
    start = first_moment(node.get("dct:dateAccepted"))
    end = first_moment(node.get("dct:available"))
    return Embargo(start, end) if start or end else None


def _withdrawal(node: Node) -> Withdrawal | None:
    status = next(each(node.get("adms:status")), None)
    date = first_moment(node.get("prov:invalidatedAtTime"))
    if (
        date is None
        or "withdrawn" not in (address(status) or label(status) or "").lower()
    ):
        return None
    return Withdrawal(date, text(node.get("adms:versionNotes")) or "")


def _sizes(node: Node) -> dict[str, Any]:
    """Read how much there is: of the whole, and in words."""
    words = [t for one in each(node.get("dct:extent")) if (t := label(one))]
    said, exact, count, others = sizes_of({"sizes": words})
    size = size_of(node)
    if size is None:
        size = said
    elif said is not None and not exact and size_text(size) == size_text(said):
        others = [one for one in others if one != size_text(size)]
    return {
        "size": size,
        "size_exact": exact,
        "file_count": count,
        "extents": tuple(others),
    }
