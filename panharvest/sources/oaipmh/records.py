"""The records of an answer: read one by one, what is wrong with one is its affair."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from lxml import etree

from panharvest.documents import said
from panharvest.harvested import REPAIRED, Entry, Quarantined
from panharvest.sources.oaipmh import slicing
from panharvest.sources.oaipmh.answers import MAX_DEPTH
from panharvest.sources.oaipmh.datestamps import is_instant, lenient
from panharvest.sources.oaipmh.headers import (
    NO_HEADER,
    header_pattern,
    prefix_of,
    read_header,
    specs_of,
    wrapped,
)

if TYPE_CHECKING:
    from panharvest.harvested import Bytes
    from panharvest.sources.oaipmh.answers import Answer
    from panharvest.sources.oaipmh.headers import Header
    from panharvest.sources.oaipmh.slicing import Span

LONG = 16 * 1024  # bytes; shorter records are nested too deeply at most for a reader
NEAR = 2**20  # bytes from where it should be that a piece is looked for
_ID = re.compile(rb"<(?:[A-Za-z_][\w.\-]*:)?identifier[^<>]*>([^<]*)<")

Problem = tuple[str, str]


NO_IDENTIFIER: Problem = ("record.no-identifier", "its identifier is empty")


def read_records(
    answer: Answer, spans: list[Span], *, suspect: bool, longest: int
) -> None:
    """Read the records of an answer, or put them aside.

    Parameters
    ----------
    spans
        Where they are.
    suspect
        Whether each of them may be ill-formed.
    longest
        Bytes; longer ones are put aside.
    """
    if not spans:
        return
    document = answer.document
    quick = _Quick(document, prefix_of(document, spans[0][0]))
    origin = None if answer.original is None else _Origin(answer.original)
    places: dict[str, int] = {}
    twice: dict[str, None] = {}
    for position, (start, end) in enumerate(spans, 1):
        if suspect or end - start > LONG:
            problem = _problem(answer, start, end, suspect=suspect, longest=longest)
            if problem is not None:
                named = _ID.search(document, start, min(end, start + 4096))
                name = named[1].decode(errors="replace").strip() if named else None
                refuse(answer, problem, document[start:end], name, position)
                continue
        entry = quick.entry(start, end) or _entry(answer, start, end, position)
        if entry is None:
            continue
        if origin is not None and not origin.has(document[start:end]):
            entry = entry._replace(flags=(*entry.flags, REPAIRED))
        known = places.setdefault(entry.identifier, len(answer.entries))
        if known == len(answer.entries):
            answer.entries.append(entry)
        else:
            twice[entry.identifier] = None
            held = answer.entries[known]
            if (lenient(entry.datestamp) or 0) >= (lenient(held.datestamp) or 0):
                answer.entries[known] = entry
    answer.twice = tuple(twice)


class _Quick:
    """Reads the records of a page that are as nearly all are: by one expression."""

    def __init__(self, document: Bytes, prefix: bytes) -> None:
        self._document, self._view = document, memoryview(document)
        self._header = header_pattern(prefix).match
        self._close = b"</" + prefix + b"metadata"

    def entry(self, start: int, end: int) -> Entry | None:
        """Read a well-formed record; None: it has to be looked at more closely."""
        found = self._header(self._document, start, end)
        if found is None:
            return None
        status, name, stamp, specs, opening = found.groups()
        if status is not None or opening is None or b"&" in name:
            return None
        begin = found.end()
        close = self._document.rfind(self._close, begin, end)
        if close < 0 or self._document.find(b"<", begin, close) < 0:
            return None
        identifier, datestamp = name.decode(), stamp.decode()
        if not identifier or identifier.strip() != identifier:
            return None
        if not is_instant(datestamp):
            return None
        digest = sha256(self._view[begin:close]).digest()
        return Entry(
            *(identifier, datestamp, False, specs_of(specs), digest, start, end - start)
        )


class _Origin:
    """A body as it came, in which the pieces of the repaired one are looked for.

    They come in the same order, so that it is gone through once.
    """

    def __init__(self, body: Bytes) -> None:
        self._body, self._at = body, 0

    def has(self, piece: Bytes) -> bool:
        """Whether a piece is there as it is."""
        found = self._body.find(piece, self._at, self._at + len(piece) + NEAR)
        # what was repaired had a quarter of its length at least
        self._at = found + len(piece) if found >= 0 else self._at + len(piece) // 4
        return found >= 0


def _entry(answer: Answer, start: int, end: int, position: int) -> Entry | None:
    """Read any record that is well-formed; one that is of no use is put aside."""
    document, context = answer.document, answer.context
    try:
        header = read_header(document, start, end, context, prefix_of(document, start))
    except etree.XMLSyntaxError as error:  # stricter than the check: namespaces, depth
        header = NO_HEADER
        problem: Problem | None = (
            "record.ill-formed",
            f"it cannot be read: {said(error)}",
        )
    else:
        problem = _unusable(header, document, start)
    if problem is not None:
        raw, name = document[start:end], header.identifier or None
        refuse(answer, problem, raw, name, position)
        return None
    flags, digest = header.flags, b""
    if header.metadata is not None:
        if header.deleted:
            flags = (*flags, "deleted.metadata")
        else:
            a, b = header.metadata
            digest = sha256(memoryview(document)[start + a : start + b]).digest()
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


def _problem(
    answer: Answer, start: int, end: int, *, suspect: bool, longest: int
) -> Problem | None:
    """Find what makes a record unfit before it is looked into."""
    document = answer.document
    if end - start > longest:
        return "record.too-large", f"it has {end - start:,} bytes"
    if suspect:
        wrong = slicing.problem_of(wrapped(document[start:end], answer.context))
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
        return NO_IDENTIFIER
    if header.deleted:
        return None
    if header.metadata is None:
        return "record.no-metadata", "it has no metadata and is not marked as deleted"
    a, b = header.metadata
    if document.find(b"<", start + a, start + b) < 0:
        return "record.no-metadata", "its metadata is empty"
    return None


def refuse(
    answer: Answer, problem: Problem, raw: Bytes, identifier: str | None, position: int
) -> None:
    """Put a record of an answer aside."""
    code, reason = problem
    answer.refused.append(Quarantined(code, reason, bytes(raw), identifier, position))
