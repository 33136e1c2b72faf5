"""Documents from outside, parsed safely: XML and JSON with limits, nothing fetched.

No document type declaration is accepted, so there are no entities to expand and no
file or address is ever opened on behalf of a document. Size and depth are limited.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from lxml import etree

from panharvest.errors import SkipError

if TYPE_CHECKING:
    from lxml.etree import _Element

LARGEST = 32 * 1024 * 1024  # bytes of a document; the largest real one seen has 1 MB
DEEPEST = 100  # levels

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_XML_START = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")


def xml_parser(
    *,
    bare: bool = False,
    blank_text: bool = True,
    huge: bool = False,
    recover: bool = False,
) -> etree.XMLParser:
    """Make a parser that fetches nothing and expands no entity.

    One for each document: threads cannot share them.

    Parameters
    ----------
    bare
        Leave out comments and processing instructions.
    blank_text
        Keep text between elements that is white space only.
    huge
        Give up libxml2's limits on depth and length; whoever asks has limits.
    recover
        Read what is not well-formed as far as it can be understood.
    """
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=huge,
        recover=recover,
        remove_blank_text=not blank_text,
        remove_comments=bare,
        remove_pis=bare,
    )


def parse_xml(document: bytes, largest: int = LARGEST) -> _Element:
    """Parse XML of any encoding it declares; give its root element.

    Raises
    ------
    SkipError
        ``document.xml`` when it is not well-formed or in no known encoding,
        ``document.dtd`` when it has a document type declaration,
        ``document.large`` when it is beyond the limits.
    """
    _limit(document, largest)
    try:
        root = etree.fromstring(document.lstrip(b" \t\r\n"), xml_parser(bare=True))
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise SkipError("document.xml", f"not XML: {said(problem)}") from None
    if getattr(root.getroottree().docinfo, "doctype", None):
        raise SkipError(
            "document.dtd",
            "the document has a document type declaration, which is not accepted: "
            "remove it",
        )
    return root


def parse_json(document: bytes, largest: int = LARGEST) -> Any:  # noqa: ANN401 (it may hold anything)
    """Parse JSON in UTF-8, UTF-16 or UTF-32; numbers that are not finite are refused.

    Raises
    ------
    SkipError
        ``document.json`` when it is not JSON, ``document.large`` when it is beyond the
        limits.
    """
    _limit(document, largest)
    encoding = next((name for bom, name in _BOMS if document.startswith(bom)), None)
    if encoding is None and b"\x00" in document[:4]:
        encoding = "utf-16-le" if document[1:2] == b"\x00" else "utf-16-be"
    try:
        text = document.decode(encoding) if encoding else document
        found = msgspec.json.decode(text)
    except (ValueError, RecursionError) as problem:
        raise SkipError("document.json", f"not JSON: {said(problem)}") from None
    _limit_depth(found)
    return found


def looks_like_xml(document: bytes) -> bool:
    """Whether a document begins as XML does."""
    return _XML_START.match(document) is not None


def local_name(tag: object) -> str:
    """Give the name of an element or attribute without its namespace."""
    return str(tag).rpartition("}")[2]


def _limit(document: bytes, largest: int) -> None:
    if len(document) > largest:
        raise SkipError(
            "document.large",
            f"the document has {len(document)} bytes; {largest} are the limit",
        )


def _limit_depth(found: object) -> None:
    """Refuse what is nested deeper than any metadata is, without recursion."""
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        level = [
            member
            for one in level
            if isinstance(one, dict | list)
            for member in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise SkipError("document.large", f"JSON nested deeper than {DEEPEST} levels")


def said(problem: Exception) -> str:
    """Give what is wrong with a document and where, quoting nothing of it.

    Parsers quote names of elements, entities and whole lines, which may be those of
    something that is not public.
    """
    if isinstance(problem, etree.XMLSyntaxError):
        log: Any = problem.error_log
        names = [entry.type_name for entry in log] or ["ERR_INVALID"]
        what = re.sub("^(NS_)?ERR_", "", names[-1])
        line, column = problem.position
        return f"{what.replace('_', ' ').lower()}, line {line}, column {column}"
    if isinstance(problem, msgspec.DecodeError):
        return " ".join(str(problem).split())[:200]  # what, and at which byte
    if isinstance(problem, UnicodeDecodeError):
        return f"not {problem.encoding} at byte {problem.start}"
    return type(problem).__name__
