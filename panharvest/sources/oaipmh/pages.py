"""An answer taken apart: strictly first, repaired second, the rest is quarantined."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from lxml import etree

from panharvest.harvested import REPAIRED, Entry, Quarantined
from panharvest.sources.oaipmh import slicing
from panharvest.sources.oaipmh.answers import (
    MAX_DEPTH,
    Answer,
    CutError,
    NotOaiError,
    Token,
)
from panharvest.sources.oaipmh.datestamps import lenient
from panharvest.sources.oaipmh.headers import (
    NO_HEADER,
    Header,
    context_of,
    header_of,
    local,
    prefix_of,
    read_header,
    read_tree,
    text_of,
    wrapped,
)
from panharvest.sources.oaipmh.repairing import ROOT, ROOT_END, in_utf8, repair

if TYPE_CHECKING:
    from panharvest.harvested import Bytes
    from panharvest.sources.oaipmh.slicing import Span

MAX_RECORD = 16 * 2**20
LONG = 16 * 1024  # bytes; shorter records are nested too deeply at most for a reader
VERBS = frozenset(
    {
        "Identify",
        "ListMetadataFormats",
        "ListSets",
        "GetRecord",
        "ListIdentifiers",
        "ListRecords",
    }
)
_SOMETHING = re.compile(rb"\S")
_MARK = b"<panharvest-records/>"
_ID = re.compile(rb"<(?:[A-Za-z_][\w.\-]*:)?identifier[^<>]*>([^<]*)<")


def parse(body: Bytes, *, max_record: int = MAX_RECORD) -> Answer:
    """Take an answer apart.

    Parameters
    ----------
    body
        As it came over the line, unpacked.
    max_record
        Bytes; longer records are quarantined.

    Raises
    ------
    NotOaiError
        When it is something else: HTML, JSON, nothing.
    CutError
        When its end is missing, or its frame broken.
    DtdError
        When it declares a document type.
    """
    if _SOMETHING.search(body) is None:
        raise NotOaiError("the answer is empty")
    document, repairs = in_utf8(body)
    broken: list[Span] = []
    problem = slicing.problem_of(document)
    if problem is not None:
        if ROOT.search(document) is None:
            raise NotOaiError(f"the answer is not OAI-PMH but {_looks_like(document)}")
        document, more = repair(document)
        repairs = (*repairs, *more)
        problem = slicing.problem_of(document)
        if problem is not None:
            if ROOT_END.search(document[-200:]) is None:
                raise CutError("the answer ends too early: it was cut")
            broken = slicing.broken_spans(document)
            if not broken:
                raise CutError(f"the answer is not well-formed: {problem}")
    tree, spans = _framed(document, broken)
    answer = _opened(document, tree)
    answer.repairs = tuple(dict.fromkeys(repairs))
    if document is not body and document != body:
        answer.original = body
    if spans or answer.verb != "ListIdentifiers":
        _read_records(answer, spans, bool(broken), max_record)
    return answer


def _looks_like(document: Bytes) -> str:
    """Say what a body is that is no OAI-PMH."""
    start = bytes(document[:500]).lstrip().lower()
    if b"<html" in start or start.startswith(b"<!doctype html"):
        return "an HTML page"
    if start.startswith((b"{", b"[")):
        return "JSON"
    return "XML of another kind" if start.startswith(b"<") else "something else"


def _framed(
    document: Bytes, broken: list[Span]
) -> tuple[etree._Element, list[Span]]:
    """Read a document without its records; gives the tree and where the records are."""
    spans = broken or slicing.by_tags(document)
    if spans is not None:
        tree = _without(document, spans)
        if tree is not None and _in_place(tree, bool(spans)):
            return tree, spans
        if broken:
            raise CutError("the answer is broken outside of its records")
    spans = slicing.by_walking(document)
    tree = _without(document, spans)
    if tree is None:
        raise NotOaiError(f"the answer is not OAI-PMH but {_looks_like(document)}")
    return tree, spans


def _without(document: Bytes, spans: list[Span]) -> etree._Element | None:
    """Read what is around the records; None when that is no OAI-PMH document."""
    frame = (
        document[: spans[0][0]] + _MARK + document[spans[-1][1] :]
        if spans
        else document
    )
    try:
        tree = read_tree(bytes(frame))
    except etree.XMLSyntaxError:
        return None
    return tree if local(tree) == "OAI-PMH" else None


def _in_place(tree: etree._Element, any_: bool) -> bool:
    """Whether the records were the children of the list, or of the answer itself."""
    if not any_:
        return True
    for parent in (tree, *tree):
        for child in parent:
            if local(child) == "panharvest-records":
                others = {local(one) for one in parent} - {"panharvest-records"}
                return parent is tree or others <= {"resumptionToken"}
    return False


def _opened(document: Bytes, tree: etree._Element) -> Answer:
    """Read the frame of an answer."""
    answer = Answer(document, tree)
    answer.context = context_of(tree)
    errors: list[tuple[str, str]] = []
    for child in tree:
        name = local(child)
        if name == "responseDate":
            answer.response_date = text_of(child).strip()
        elif name == "error":
            code = (child.get("code") or "").strip()
            message = " ".join(text_of(child).split())
            errors.append((code or "unknown", message))
        elif name in VERBS:
            answer.verb = name
            answer.context = context_of(child)
            _read_list(answer, child)
    answer.errors = tuple(errors)
    return answer


def _read_list(answer: Answer, element: etree._Element) -> None:
    for child in element:
        name = local(child)
        if name == "resumptionToken":
            answer.token = Token(
                value=text_of(child).strip(),
                size=_number(child.get("completeListSize")),
                cursor=_number(child.get("cursor")),
                expires=child.get("expirationDate"),
            )
        elif name == "header":
            _take_header(answer, header_of(child), len(answer.entries) + 1)


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _read_records(
    answer: Answer,
    spans: list[Span],
    suspect: bool,
    max_record: int,
) -> None:
    """Read the records one by one: what is wrong with one is its own affair."""
    document = answer.document
    view = memoryview(document)
    prefix = prefix_of(document, spans[0][0]) if spans else b""
    places: dict[str, int] = {}
    twice: dict[str, None] = {}
    for position, (start, end) in enumerate(spans, 1):
        problem = None
        if suspect or end - start > LONG:
            problem = _problem(
                document, start, end, answer.context, suspect, max_record
            )
        if problem is not None:
            found = _ID.search(document, start, min(end, start + 4096))
            identifier = found[1].decode(errors="replace").strip() if found else None
            _refuse(answer, problem, document[start:end], identifier, position)
            continue
        try:
            header = read_header(document, start, end, answer.context, prefix)
        except etree.XMLSyntaxError as error:  # stricter than expat: namespaces, depth
            wrong: Problem | None = ("record.ill-formed", f"it cannot be read: {error}")
            header = NO_HEADER
        else:
            wrong = _unusable(header, document, start)
        if wrong is not None:
            raw, name = document[start:end], header.identifier or None
            _refuse(answer, wrong, raw, name, position)
            continue
        entry = _entry(header, view, start, end)
        if answer.repairs and _was_repaired(answer, start, end):
            entry = entry._replace(flags=(*entry.flags, REPAIRED))
        known = places.get(entry.identifier)
        if known is None:
            places[entry.identifier] = len(answer.entries)
            answer.entries.append(entry)
        else:
            twice[entry.identifier] = None
            held = answer.entries[known]
            if (lenient(entry.datestamp) or 0) >= (lenient(held.datestamp) or 0):
                answer.entries[known] = entry
    answer.twice = tuple(twice)


def _entry(header: Header, view: memoryview, start: int, end: int) -> Entry:
    """Make an entry of a header, with the digest of what it heads."""
    flags = header.flags
    digest = b""
    if header.metadata is not None:
        if header.deleted:
            flags = (*flags, "deleted.metadata")
        else:
            a, b = header.metadata
            digest = hashlib.sha256(view[start + a : start + b]).digest()
    return Entry(
        header.identifier,
        header.datestamp,
        header.deleted,
        header.sets,
        digest,
        start,
        end - start,
        flags,
    )


def _was_repaired(answer: Answer, start: int, end: int) -> bool:
    """Whether a record of a repaired page is not as it came."""
    if answer.original is None:
        return False
    return answer.original.find(answer.document[start:end]) < 0


def _take_header(answer: Answer, header: Header, position: int) -> None:
    """Take the header of a list of identifiers."""
    if not header.identifier:
        problem = "record.no-identifier", "its identifier is empty"
        _refuse(answer, problem, b"", None, position)
        return
    answer.entries.append(
        Entry(
            identifier=header.identifier,
            datestamp=header.datestamp,
            deleted=header.deleted,
            sets=header.sets,
            digest=b"",
            start=0,
            length=0,
            flags=header.flags,
        )
    )


Problem = tuple[str, str]


def _problem(
    document: Bytes,
    start: int,
    end: int,
    context: bytes,
    suspect: bool,
    max_record: int,
) -> Problem | None:
    """Find what makes a record unfit before it is looked into."""
    if end - start > max_record:
        return "record.too-large", f"it has {end - start:,} bytes"
    if suspect:
        wrong = slicing.problem_of(wrapped(document[start:end], context))
        if wrong is not None:
            return "record.ill-formed", f"it is not well-formed: {wrong}"
    if document.count(b"</", start, end) > MAX_DEPTH:
        levels = slicing.depth(document[start:end])
        if levels > MAX_DEPTH:
            return "record.too-deep", f"its elements are nested {levels} deep"
    return None


def _unusable(header: Header, document: Bytes, start: int) -> Problem | None:
    """Find what makes a record of no use although it is well-formed."""
    if not header.identifier:
        if "header.missing" in header.flags:
            return "record.no-header", "it has no header"
        return "record.no-identifier", "its identifier is empty"
    if header.deleted:
        return None
    if header.metadata is None:
        return "record.no-metadata", "it has no metadata and is not marked as deleted"
    a, b = header.metadata
    if document.find(b"<", start + a, start + b) < 0:
        return "record.no-metadata", "its metadata is empty"
    return None


def _refuse(
    answer: Answer, problem: Problem, raw: Bytes, identifier: str | None, position: int
) -> None:
    code, reason = problem
    answer.refused.append(Quarantined(code, reason, bytes(raw), identifier, position))
