"""An answer taken apart: strictly first, repaired second, the rest is quarantined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from panharvest.harvested import Entry
from panharvest.sources.oaipmh import slicing
from panharvest.sources.oaipmh.answers import Answer, CutError, NotOaiError, Token
from panharvest.sources.oaipmh.headers import (
    Header,
    context_of,
    header_of,
    local,
    read_tree,
    text_of,
)
from panharvest.sources.oaipmh.records import NO_IDENTIFIER, read_records, refuse
from panharvest.sources.oaipmh.repairing import ROOT, ROOT_END, in_utf8, repair

if TYPE_CHECKING:
    from panharvest.harvested import Bytes
    from panharvest.sources.oaipmh.slicing import Span

MAX_RECORD = 16 * 2**20
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
        read_records(answer, spans, suspect=bool(broken), longest=max_record)
    return answer


def _looks_like(document: Bytes) -> str:
    """Say what a body is that is no OAI-PMH."""
    start = bytes(document[:500]).lstrip().lower()
    if b"<html" in start or start.startswith(b"<!doctype html"):
        return "an HTML page"
    if start.startswith((b"{", b"[")):
        return "JSON"
    return "XML of another kind" if start.startswith(b"<") else "something else"


def _framed(document: Bytes, broken: list[Span]) -> tuple[etree._Element, list[Span]]:
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
            if answer.token is not None and answer.token.value:
                continue  # of several, one that leads on counts
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


def _take_header(answer: Answer, header: Header, position: int) -> None:
    """Take the header of a list of identifiers."""
    if not header.identifier:
        refuse(answer, NO_IDENTIFIER, b"", None, position)
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
