"""Datasets of schema.org as records: our own without loss, others' as they are found.

JSON-LD is read as the tree it is, in compact form, with or without prefixes, as a graph
or a page's script. Contexts are never fetched: a document whose context is somebody
else's is refused, because its words could mean anything.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from panharvest.codelists import kinds, resource_types
from panharvest.derived import summary_text
from panharvest.documents import parse_json
from panharvest.errors import SkipError
from panharvest.formats.graphs import (
    graph_from,
    looks_like_turtle,
    subjects_of,
    tree_of,
)
from panharvest.formats.schemaorg.read_data import (
    files_of,
    made_by,
    services_of,
    size_of,
    variables_of,
)
from panharvest.formats.schemaorg.read_extras import (
    access_of,
    count_of,
    dates_of,
    definitions_of,
    embargo_of,
    extra_text,
    extras_of,
    interval,
    moment,
    probes_of,
    resource_type_of,
    rights_of,
    sources_of,
    withdrawal_of,
)
from panharvest.formats.schemaorg.read_graph import joined
from panharvest.formats.schemaorg.read_links import funding_of, places_of, relations_of
from panharvest.formats.schemaorg.read_people import (
    agents_of,
    contributors_of,
    facility_of,
)
from panharvest.formats.schemaorg.read_texts import (
    descriptions_of,
    identity_of,
    keywords_of,
    terms_of,
    titles_of,
)
from panharvest.formats.schemaorg.read_values import (
    ids,
    language_of,
    text,
    words,
)
from panharvest.formats.schemaorg.terms import CONTEXT, RECORD, SCHEMA, Node
from panharvest.formats.schemaorg.writing import dated_version
from panharvest.protocols import Reading
from panharvest.record import Kind, Level, Problem, Record
from panharvest.syntax import url_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCRIPT = re.compile(
    rb"<script[^>]*type\s*=\s*[\"']?application/ld\+json[\"']?[^>]*>(.*?)</script>",
    re.IGNORECASE | re.DOTALL,
)
_SCHEMA = re.compile(r"https?://(?:www\.)?schema\.org/?(?:docs/jsonldcontext.jsonld)?")
_KNOWN = frozenset(
    (
        "https://w3id.org/ro/crate/1.1/context",
        "http://mlcommons.org/croissant/1.0",
        "https://bioschemas.org/",
    )
)
# What a landing page may describe, the more specific first.
_SPECIFIC = (
    ("Dataset", Kind.DATASET),
    ("SoftwareSourceCode", Kind.SOFTWARE),
    ("SoftwareApplication", Kind.SOFTWARE),
    ("LearningResource", Kind.TRAINING),
    ("Course", Kind.TRAINING),
    ("Collection", Kind.COLLECTION),
    ("DataCatalog", Kind.COLLECTION),
    ("ScholarlyArticle", Kind.PUBLICATION),
    ("Thesis", Kind.PUBLICATION),
    ("Product", Kind.INSTRUMENT),
    ("ResearchProject", Kind.EXPERIMENT),
    ("Report", Kind.DOCUMENT),
    ("Book", Kind.DOCUMENT),
    ("DigitalDocument", Kind.DOCUMENT),
)
_LAST = (("CreativeWork", Kind.DOCUMENT), ("Thing", Kind.OTHER))


@cache
def _kinds_of_types() -> Mapping[str, Kind]:
    """Give the kind of each type that is read: all that are written are among them."""
    written = {schema: kind for kind, schema in resource_types().values()}
    last = dict(_LAST)
    return {
        **dict(_SPECIFIC),
        **{
            schema: kind
            for schema, kind in written.items()
            if schema not in dict(_SPECIFIC) and schema not in last
        },
        **last,
    }


def read(document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
    """Read the dataset that a JSON-LD document or an HTML page describes.

    Raises
    ------
    SkipError
        When there is none, or its context is not schema.org's.
    """
    if looks_like_turtle(document):
        return read_graph(document, id=id)
    problems: list[Problem] = []
    found: list[Node] = []
    for data in _documents(document):
        found += _candidates(data)
    for name, kind in _kinds_of_types().items():
        for node in found:
            if name in _types(node):
                return Reading(_record(node, kind, id, problems), tuple(problems))
    raise SkipError("document.foreign", "nothing of schema.org is in this document")


def read_graph(document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
    """Read what a document of RDF says in the words of schema.org.

    Raises
    ------
    SkipError
        When it is no RDF, has a context of somebody else, or nothing of schema.org.
    """
    graph = graph_from(document)
    spaces = (SCHEMA, SCHEMA.replace("http:", "https:"))
    words = {iri: prefix for prefix, iri in CONTEXT.items()} | dict.fromkeys(spaces, "")
    problems: list[Problem] = []
    found = [
        (subject, kind)
        for name, kind in _kinds_of_types().items()
        for subject in subjects_of(graph, *(space + name for space in spaces))
    ]
    roots = [one for one in found if (None, None, one[0]) not in graph]
    others = [one for one in found if one[1] is Kind.DATASET]  # part of something
    for subject, kind in (roots or others)[:1]:
        plain: Node = _plain(tree_of(graph, subject, words), ())
        return Reading(_record(plain, kind, id, problems), tuple(problems))
    raise SkipError("document.foreign", "nothing of schema.org is in this document")


def _documents(document: bytes) -> Iterator[Any]:
    """Give the JSON of a document, or of each script of a page."""
    if document.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
        yield parse_json(document)
        return
    for script in _SCRIPT.findall(document):
        try:
            yield parse_json(script.strip())
        except SkipError:  # pages often have one that is broken beside one that is not
            unescaped = html.unescape(script.decode("utf-8", "replace")).strip()
            try:
                yield parse_json(unescaped.encode())
            except SkipError:
                continue


def _candidates(data: Any) -> Iterator[Node]:  # noqa: ANN401 (JSON)
    """Give the nodes at the top of a document, in plain words, each with its own."""
    tops: list[Node] = []
    for top in data if isinstance(data, list) else [data]:
        if not isinstance(top, dict):
            continue
        prefixes = _prefixes(top.get("@context"))
        graph = top.get("@graph")
        nodes = graph if isinstance(graph, list) else [top]
        plain = [_plain(node, prefixes) for node in nodes]
        tops += [node for node in plain if isinstance(node, dict)]
    if len(tops) > 1:
        tops = joined(tops)
    for node in tops:
        yield node
        main = node.get("mainEntity")
        if isinstance(main, dict):
            yield main


def _prefixes(context: Any) -> tuple[str, ...]:  # noqa: ANN401 (JSON)
    """Give the prefixes that stand for schema.org.

    Raises
    ------
    SkipError
        When the context is an address that is none of schema.org.
    """
    found = [SCHEMA, SCHEMA.replace("http:", "https:"), "schema:", "sdo:", "so:"]
    for one in context if isinstance(context, list) else [context]:
        if isinstance(one, str) and not (_SCHEMA.fullmatch(one) or one in _KNOWN):
            raise SkipError(
                "document.context",
                f"the context {one[:100]} is not schema.org's and is not fetched",
            )
        for prefix, meaning in one.items() if isinstance(one, dict) else ():
            if isinstance(meaning, str) and _SCHEMA.fullmatch(meaning.rstrip("#")):
                found.append(f"{prefix}:")
    return tuple(found)


def _plain(value: Any, prefixes: tuple[str, ...]) -> Any:  # noqa: ANN401 (JSON)
    """Write keys and types without the prefix of schema.org, ``@list`` as a list."""
    if isinstance(value, list):
        return [_plain(one, prefixes) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("@list"), list):
        return _plain(value["@list"], prefixes)
    found: Node = {}
    for key, inner in value.items():
        name = {"id": "@id", "type": "@type"}.get(key, _bare(key, prefixes))
        if name == "@type":
            kinds = inner if isinstance(inner, list) else [inner]
            found[name] = [_bare(k, prefixes) for k in kinds if isinstance(k, str)]
        elif name != "@context":
            found[name] = _plain(inner, prefixes)
    return found


def _bare(name: str, prefixes: tuple[str, ...]) -> str:
    for prefix in prefixes:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def _types(node: Node) -> list[str]:
    found = node.get("@type")
    return found if isinstance(found, list) else []


# --- the record -----------------------------------------------------------------------


def _record(
    node: Node,
    kind: Kind,
    id: str | None,  # noqa: A002 (the word of the record)
    problems: list[Problem],
) -> Record:
    language = language_of(node.get("inLanguage"))
    extras = extras_of(node)
    identity = identity_of(node, wants_local=id is None)
    kind = _own_kind(node) or kind
    access, note_url = access_of(node)
    licence, rights = rights_of(node, extras)
    samples, instruments = made_by(node)
    relations, items = relations_of(node)
    facility = facility_of(node)
    files = files_of(node)
    parameters, measured = variables_of(node)
    subjects, techniques = terms_of(node)
    place, places = places_of(node, extras, facility)
    named = {t.label for t in techniques} | {s.value for s in subjects}
    probes = probes_of(extras)
    named |= {p.name for p in probes} | ({facility.name} if facility else set())
    named.add(kinds()[kind].text)  # the word that stands where nobody gave one
    named -= {text(one.get("value")) or "" for one in extras.get("keywords", ())}
    size, exact, extents = size_of(node)
    page = text(node.get("url"))  # where there is none the address of the PID stands
    pid_address = url_of(identity.pid) if identity.pid else None
    record = Record(
        id=id or identity.local or (identity.pid.value if identity.pid else "") or "",
        kind=kind,
        pid=identity.pid,
        alternate_identifiers=tuple(identity.others),
        titles=titles_of(node, language, identity.local or ""),
        descriptions=descriptions_of(node, extras, language),
        creators=agents_of(node.get("creator") or node.get("author")),
        contributors=contributors_of(node),
        publisher=next(iter(agents_of(node.get("publisher"))), None),
        facility=facility,
        probes=probes,
        sources=sources_of(extras),
        instruments=instruments,
        techniques=techniques,
        samples=samples,
        parameters=parameters,
        measured_variables=measured,
        keywords=tuple(w for w in keywords_of(node) if w not in named),
        subjects=subjects,
        collected=interval(node.get("temporalCoverage"), problems),
        created=moment(node.get("dateCreated"), "dateCreated", problems),
        modified=moment(node.get("dateModified"), "dateModified", problems),
        issued=moment(node.get("datePublished"), "datePublished", problems),
        embargo=embargo_of(node, problems),
        access=access,
        licence=licence,
        language=language,
        version=text(node.get("version")),
        files=files,
        size=size,
        size_exact=exact,
        file_count=count_of(extras),
        extents=(*words(node.get("materialExtent")), *extents),
        formats=tuple(words(node.get("encodingFormat"))),
        definitions=definitions_of(node, extras),
        services=services_of(node),
        relations=relations,
        related_items=items,
        funding=funding_of(node),
        location=place,
        places=places,
        landing_page=None if page == pid_address else page,
        withdrawal=withdrawal_of(extras),
        provenance=None,
        publication_year=extra_text(extras, "publication_year"),
        resource_type=resource_type_of(extras),
        dates=dates_of(extras),
        rights=rights,
    )
    if note_url:
        problems.append(
            Problem("SO-ACCESS-001", Level.WARNING, "conditionsOfAccess", note_url)
        )
    return _without_made_up(record)


def _own_kind(node: Node) -> Kind | None:
    for name in ids(node.get("additionalType")):
        word = name.removeprefix(RECORD)
        if word != name and word in set(Kind):
            return Kind(word)
    return None


def _without_made_up(record: Record) -> Record:
    """Leave out what our own writer says only because something has to be said."""
    bare = replace(record, descriptions=())
    made_up = summary_text(bare)
    kept = []
    for one in record.descriptions:
        value = one.value.removesuffix(made_up).rstrip() if made_up else one.value
        if value:
            kept.append(replace(one, value=value))
    record = replace(record, descriptions=tuple(dict.fromkeys(kept)))
    if record.version is not None and record.version == dated_version(record):
        record = replace(record, version=None)
    return record
