"""Where the records of an answer are: bytes are found, not trees built.

A tree of every page costs more than all else that is done with it. That a page is
well-formed is checked by lxml, which builds none for a target that wants nothing, and
lets other threads work meanwhile; expat says what is wrong. Then records are found by
their tags. That is exact where no tag is quoted (CDATA, comments, instructions) and the
records lie one after the other; all other pages are walked element by element.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from xml.parsers import expat

from lxml import etree

from panharvest.sources.oaipmh.answers import DtdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import ParserTarget

    from panharvest.harvested import Bytes

LARGE = 8 * 2**20  # bytes; longer documents are not copied to be checked
FEW = 500  # exclamation and question marks that are looked at one by one
_FIRST = re.compile(rb"<((?:[A-Za-z_][\w.\-]*:)?record)[\s/>]")
_QUOTED = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_SPACE = b" \t\r\n"

Span = tuple[int, int]


class _Nothing:
    """What a parser tells nothing but that it is done."""

    def close(self) -> None:
        """Be told."""


def problem_of(document: Bytes) -> str | None:
    """Say what makes a document ill-formed; None: nothing.

    Raises
    ------
    DtdError
        When it declares a document type.
    """
    declares = _holds(document, b"!") and document.find(b"<!DOCTYPE") >= 0
    if len(document) <= LARGE and not declares:
        parser = etree.XMLParser(
            target=cast("ParserTarget", _Nothing()),
            encoding="UTF-8",
            resolve_entities=False,
            no_network=True,
            collect_ids=False,
        )
        try:
            etree.fromstring(bytes(document), parser)
        except etree.XMLSyntaxError:  # or too deep for lxml, which expat is not
            pass
        else:
            return None
    parser_ = expat.ParserCreate("UTF-8")
    parser_.StartDoctypeDeclHandler = _refuse
    try:
        parser_.Parse(document, True)
    except expat.ExpatError as error:
        return str(error)
    return None


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


def by_tags(document: Bytes) -> list[Span] | None:
    """Find the records of a well-formed document by their tags, in one pass.

    None when that may be wrong. It is right if the rest of the document, with nothing
    where the first record begins up to where the last one ends, is well-formed: every
    record but the first begins where one has ended, so that none is in another one.
    """
    first = _FIRST.search(document)
    if first is None:
        return []
    name = first[1]
    if _is_quoted(document, name):
        return None
    token, ending, begins = b"<" + name, b"</" + name + b">", _begins(name)
    width = len(token)
    spans: list[Span] = []
    begun = at = first.start()
    while (at := document.find(token, at + width)) >= 0:
        if begins(document, at) is None:
            continue  # the name of another element, which only begins like that
        end = at
        while document[end - 1] in _SPACE:
            end -= 1
        if not document.endswith(ending, begun, end):
            return None
        spans.append((begun, end))
        begun = at
    closing = document.rfind(ending, begun)
    if closing < 0:
        return None
    spans.append((begun, closing + len(ending)))
    return spans


@lru_cache(maxsize=64)
def _begins(name: bytes) -> Callable[[Bytes, int], re.Match[bytes] | None]:
    return re.compile(rb"<" + re.escape(name) + rb"[\s/>]").match


def _is_quoted(document: Bytes, name: bytes) -> bool:
    """Whether the name of an element stands where tags are none."""
    if not _holds(document, b"!") and not _holds(document, b"?"):
        return False
    return any(name in found[0] for found in _QUOTED.finditer(document))


def _holds(document: Bytes, mark: bytes) -> bool:
    """Whether a document holds ``<!``, or ``<?`` beyond its beginning.

    One byte is found 30 times as fast as two.
    """
    at = 1 if mark == b"?" else 0
    for _ in range(FEW):
        at = document.find(mark, at + 1)
        if at < 0:
            return False
        if document[at - 1 : at] == b"<":
            return True
    return document.find(b"<" + mark, at) >= 0


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
