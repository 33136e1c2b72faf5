"""Where the records of an answer are: bytes are found, not trees built.

A tree of every page costs more than all else that is done with it. The check that a
page is well-formed is made by expat, without a call for each element; then records are
found by their tags. That is exact where the page holds nothing in which a tag could be
quoted (CDATA, comments, instructions) and its records lie one after the other; all
other pages are walked element by element.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

from panharvest.sources.oaipmh.answers import DtdError

if TYPE_CHECKING:
    from panharvest.harvested import Bytes

_FIRST = re.compile(rb"<((?:[A-Za-z_][\w.\-]*:)?record)[\s/>]")
_AFTER_NAME = b" \t\r\n>/"
_SPACE = b" \t\r\n"

Span = tuple[int, int]


@dataclass(slots=True)
class Checked:
    """What the check of a document found.

    ``problem`` is what makes it ill-formed; ``quoted`` where its last CDATA section,
    comment or instruction begins, in all of which tags may stand that are none.
    """

    problem: str | None = None
    quoted: int = -1


def check(document: Bytes) -> Checked:
    """Check that a document is well-formed.

    Raises
    ------
    DtdError
        When it declares a document type.
    """
    parser = expat.ParserCreate("UTF-8")
    found = Checked()

    def quoting(*_: object) -> None:
        found.quoted = parser.CurrentByteIndex

    parser.StartDoctypeDeclHandler = _refuse
    parser.CommentHandler = quoting
    parser.ProcessingInstructionHandler = quoting
    parser.StartCdataSectionHandler = quoting
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        found.problem = str(error)
    finally:  # parser and handler hold each other: free them now, not some time
        parser.CommentHandler = None
        parser.ProcessingInstructionHandler = None
        parser.StartCdataSectionHandler = None
    return found


def _refuse(*_: object) -> None:
    raise DtdError("the answer declares a document type, which is not read (security)")


def depth(document: Bytes) -> int:
    """Give how deep the elements of a well-formed piece are nested."""
    parser = expat.ParserCreate("UTF-8")
    now = most = 0

    def down(*_: object) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)

    def up(_: str) -> None:
        nonlocal now
        now -= 1

    parser.StartElementHandler = down
    parser.EndElementHandler = up
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(document, True)
    return most


def by_tags(document: Bytes, quoted: int = -1) -> list[Span] | None:
    """Find the records of a well-formed document by their tags, in one pass.

    None when that may be wrong. It is right if the rest of the document, with nothing
    where the first record begins up to where the last one ends, is well-formed.
    """
    first = _FIRST.search(document)
    if first is None:
        return []
    if quoted >= first.start():
        return None
    token = first[1] + b">"
    width = len(token)
    spans: list[Span] = []
    begun, end = -1, first.start()
    at = document.find(token, end)
    while at >= 0:
        before = document[at - 2 : at]
        if before == b"</":
            if begun < 0:
                return None  # the end of one that is written in another way
            end = at + width
            spans.append((begun, end))
            begun = -1
        elif before[1:] == b"<":
            # one in another, or something between two
            if begun >= 0 or document[end : at - 1].strip(_SPACE):
                return None
            begun = at - 1
        at = document.find(token, at + width)
    return spans if begun < 0 else None


def by_walking(document: Bytes) -> list[Span]:
    """Find the records that are children of the answer, or of its list."""
    parser = expat.ParserCreate("UTF-8")
    spans: list[Span] = []
    level = 0
    begun: tuple[int, int] | None = None  # level and index of the record

    def down(name: str, _: object) -> None:
        nonlocal level, begun
        level += 1
        if begun is None and level in (2, 3) and name.rpartition(":")[2] == "record":
            begun = level, parser.CurrentByteIndex

    def up(_: str) -> None:
        nonlocal level, begun
        if begun is not None and begun[0] == level:
            end = parser.CurrentByteIndex  # of an empty element: behind it
            if document[end : end + 2] == b"</":
                end = document.find(b">", end) + 1
            spans.append((begun[1], end))
            begun = None
        level -= 1

    parser.StartElementHandler = down
    parser.EndElementHandler = up
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(document, True)
    return spans


def broken_spans(document: Bytes) -> list[Span]:
    """Find where records are in a document that is not well-formed: from tag to tag."""
    first = _FIRST.search(document)
    if first is None:
        return []
    pattern = re.compile(rb"<" + re.escape(first[1]) + rb"[\s/>]")
    starts = [found.start() for found in pattern.finditer(document)]
    closing = re.compile(rb"</" + re.escape(first[1]) + rb"\s*>")
    spans: list[Span] = []
    for start, after in zip(starts, [*starts[1:], len(document)], strict=True):
        ends = list(closing.finditer(document, start, after))
        if ends:
            spans.append((start, ends[-1].end()))
        elif after < len(document):
            spans.append((start, after))
        else:  # the last one has no end: up to what closes the list
            end = document.find(b"</", start)
            last = [m.start() for m in _LIST_END.finditer(document, start)]
            spans.append((start, last[-1] if last else max(end, start)))
    return spans


_LIST_END = re.compile(
    rb"<(?:[A-Za-z_][\w.\-]*:)?resumptionToken[\s/>]"
    rb"|</(?:[A-Za-z_][\w.\-]*:)?(?:ListRecords|GetRecord|OAI-PMH)\s*>"
)
