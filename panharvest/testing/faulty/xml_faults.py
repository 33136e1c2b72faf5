"""Faults in the XML of a page: characters, entities, markup, document types."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from panharvest.testing.faulty.model import Best, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.testing.faulty.model import Call

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
_TITLE = re.compile(rb"(<(?:dc:)?title>)([^<]*)(</(?:dc:)?title>)")
_METADATA = re.compile(rb"<metadata>.*?</metadata>\n?", re.DOTALL)


def in_title(name: str, meaning: str, text: bytes, record: int = 4) -> Fault:
    """Put bytes into the title of a record of the page, counted from 0."""
    by = rb"\1\2 " + _literal(text) + rb"\3"
    return _replacing(name, meaning, _TITLE, by, record)


def control_character(record: int = 4) -> Fault:
    """Put U+0003 into a title, which XML cannot hold."""
    return in_title("control-character", "has U+0003 in a title", b"a\x03b", record)


def control_reference(record: int = 4) -> Fault:
    """Put ``&#x3;`` into a title, which XML does not allow either."""
    return in_title("control-reference", "has &#x3; in a title", b"a&#x3;b", record)


def noncharacter(record: int = 4) -> Fault:
    """Put U+FFFE into a title."""
    said = "has U+FFFE in a title"
    return in_title("noncharacter", said, "a\ufffeb".encode(), record)


def bare_ampersand(record: int = 4) -> Fault:
    """Put an unescaped ampersand into a title."""
    said = "has an unescaped & in a title"
    return in_title("bare-ampersand", said, b"salt & pepper", record)


def html_entity(record: int = 4) -> Fault:
    """Put an entity of HTML into a title, unknown to XML."""
    return in_title("html-entity", "has &nbsp; in a title", b"a&nbsp;b", record)


def latin1_bytes(record: int = 4) -> Fault:
    """Put bytes of ISO 8859-1 into a title of a page that says it is UTF-8."""
    said = "has bytes of ISO 8859-1 in a title"
    return in_title("latin1-bytes", said, "Zürich".encode("latin-1"), record)


def broken_multibyte(record: int = 4) -> Fault:
    """Cut a character of UTF-8 in two, as truncation in a database does."""
    return in_title("broken-multibyte", "has half a character", b"\xe2\x82", record)


def broken_tag(record: int = 4) -> Fault:
    """Leave the title of one record open."""
    said = "has a title that is not closed"
    return _replacing("broken-tag", said, _TITLE, rb"\1\2", record, best="flagged")


def prolog_in_record(record: int = 4) -> Fault:
    """Repeat the XML declaration inside a record."""
    return _replacing(
        "prolog-in-record",
        "has an XML declaration in a record",
        re.compile(rb"<metadata>"),
        rb"<metadata>" + _literal(_DECLARATION),
        record,
    )


def empty_metadata(record: int = 4) -> Fault:
    """Write ``<metadata/>`` for a record that is not deleted."""
    said = "has an empty metadata element"
    by = rb"<metadata/>\n"
    return _replacing("metadata-empty", said, _METADATA, by, record, best="flagged")


def missing_metadata(record: int = 4) -> Fault:
    """Write no metadata for a record that is not deleted."""
    said = "has a record that is neither deleted nor described"
    return _replacing("metadata-missing", said, _METADATA, b"", record, best="flagged")


def byte_order_mark() -> Fault:
    """Begin with a byte order mark."""
    return _whole("byte-order-mark", "begins with a BOM", lambda b: b"\xef\xbb\xbf" + b)


def leading_newline() -> Fault:
    """Begin with an empty line, before the XML declaration."""
    return _whole("leading-newline", "begins with an empty line", lambda b: b"\n" + b)


def leading_warning() -> Fault:
    """Begin with a warning of the server's programming language."""
    text = b"<br />\n<b>Warning</b>: Undefined variable in <b>oai.php</b><br />\n"
    return _whole("leading-warning", "begins with a warning", lambda b: text + b)


def trailing_junk() -> Fault:
    """Go on after the end of the document."""
    text = b"\n<!-- 0.1 s --><script>track()</script>\n"
    return _whole("trailing-junk", "goes on after the end", lambda b: b + text)


def wrong_encoding(declared: str = "ISO-8859-1") -> Fault:
    """Declare another encoding than the page is in."""
    new = _DECLARATION.replace(b"UTF-8", declared.encode())
    return _whole(
        "wrong-encoding",
        f"says it is {declared} and is UTF-8",
        lambda b: b.replace(_DECLARATION, new),
    )


def unknown_encoding() -> Fault:
    """Declare an encoding that nobody knows."""
    new = _DECLARATION.replace(b"UTF-8", b"x-no-such")
    return _whole(
        "unknown-encoding",
        "says it is in an encoding that does not exist",
        lambda b: b.replace(_DECLARATION, new),
    )


def utf16() -> Fault:
    """Send UTF-16, correctly declared: right, and seldom seen."""

    def change(body: bytes) -> bytes:
        return body.decode().replace("UTF-8", "UTF-16", 1).encode("utf-16")

    return _whole("utf-16", "is in UTF-16", change)


def prefixed() -> Fault:
    """Bind the protocol's namespace to a prefix: right, and seldom seen."""

    def change(body: bytes) -> bytes:
        names = b"|".join(_NAMES)
        found = re.sub(rb"<(/?)(" + names + rb")(?=[\s>/])", rb"<\1oai:\2", body)
        return found.replace(b"<oai:OAI-PMH xmlns=", b"<oai:OAI-PMH xmlns:oai=", 1)

    return _whole("prefixed", "writes <oai:record>", change)


def no_namespace() -> Fault:
    """Forget the namespace of the protocol."""
    declared = b' xmlns="http://www.openarchives.org/OAI/2.0/"'
    return _whole(
        "no-namespace", "has no namespace", lambda b: b.replace(declared, b"", 1)
    )


def external_entity(target: str = "file:///etc/passwd") -> Fault:
    """Ask the reader to put a file of its own machine into a title (XXE)."""
    kind = f'<!DOCTYPE OAI-PMH [<!ENTITY file SYSTEM "{target}">]>'
    return _typed("external-entity", "asks for a local file (XXE)", kind, b"&file;")


def external_subset(target: str) -> Fault:
    """Ask the reader to fetch a document type from an address."""
    kind = f'<!DOCTYPE OAI-PMH SYSTEM "{target}">'
    return _typed("external-subset", "asks for a DTD elsewhere", kind, b"")


def entity_bomb(levels: int = 9) -> Fault:
    """Ask the reader to expand entities of entities: ten to the power of levels."""
    lines = ['<!DOCTYPE OAI-PMH [<!ENTITY e0 "ha">']
    lines += (f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels + 1))
    kind = "\n".join([*lines, "]>"])
    said = f"expands to 10^{levels} words"
    return _typed("entity-bomb", said, kind, b"&e%d;" % levels)


def plain_doctype() -> Fault:
    """Have a document type that does nothing."""
    kind = "<!DOCTYPE OAI-PMH>"
    return _typed("doctype", "has a document type declaration", kind, b"")


def deep(levels: int = 100_000, record: int = 4) -> Fault:
    """Nest elements so deep that recursive readers fall over."""
    nested = b"<b>" * levels + b"</b>" * levels
    said = f"nests elements {levels} deep"
    return replace(in_title("deep", said, nested, record), best="flagged")


def huge_record(size: int = 200 << 20, record: int = 4) -> Fault:
    """Make the title of one record so many bytes long."""
    said = f"has a title of {size} bytes"
    fault = in_title("huge-record", said, b"x" * size, record)
    return replace(fault, best="flagged")


_NAMES = (
    *(b"OAI-PMH", b"responseDate", b"request", b"error", b"Identify", b"ListRecords"),
    *(b"ListIdentifiers", b"ListSets", b"ListMetadataFormats", b"GetRecord"),
    *(b"record", b"header", b"identifier", b"datestamp", b"setSpec", b"setName"),
    *(b"metadata", b"about", b"resumptionToken", b"set", b"metadataFormat"),
    *(b"metadataPrefix", b"schema", b"metadataNamespace", b"repositoryName"),
    *(b"baseURL", b"protocolVersion", b"adminEmail", b"earliestDatestamp"),
    *(b"deletedRecord", b"granularity"),
)


def _replacing(
    name: str,
    meaning: str,
    pattern: re.Pattern[bytes],
    by: bytes,
    record: int,
    *,
    best: Best = "complete",
) -> Fault:
    """Replace the match of a pattern in the record of that number, or the last."""

    def body(body: bytes, _call: Call) -> bytes:
        starts = [found.start() for found in re.finditer(rb"<record>", body)]
        if not starts:
            return body
        start = starts[min(record, len(starts) - 1)]
        return body[:start] + pattern.sub(by, body[start:], count=1)

    return Fault(name=name, meaning=meaning, body=body, best=best)


def _whole(name: str, meaning: str, change: Callable[[bytes], bytes]) -> Fault:
    return Fault(name=name, meaning=meaning, body=lambda body, _call: change(body))


def _typed(name: str, meaning: str, kind: str, text: bytes) -> Fault:
    """Add a document type declaration, and a text to the fifth title."""
    inner = in_title(name, meaning, text).body
    assert inner is not None

    def body(body: bytes, call: Call) -> bytes:
        changed = inner(body, call) if text else body
        return changed.replace(_DECLARATION, _DECLARATION + b"\n" + kind.encode(), 1)

    return Fault(name=name, meaning=meaning, body=body, best="flagged")


def _literal(text: bytes) -> bytes:
    r"""Write a text for a replacement, where ``\`` and groups have a meaning."""
    return text.replace(b"\\", rb"\\")
