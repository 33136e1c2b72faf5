"""Repairs that change no meaning, for answers that are not well-formed.

Each is named in what it returns, so that a record is flagged and the body as it came is
kept. What is still broken afterwards is not guessed at.
"""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panharvest.harvested import Bytes

ROOT = re.compile(rb"<(?:[A-Za-z_][\w.\-]*:)?OAI-PMH[\s>]")
ROOT_END = re.compile(rb"</(?:[A-Za-z_][\w.\-]*:)?OAI-PMH\s*>")
_DECLARED = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][\w.\-]*)["'][^>]*\?>"""
)
_PROLOG = re.compile(rb"<\?xml\s[^>]*\?>")
_CONTROLS = bytes(n for n in range(32) if n not in (9, 10, 13))
_SURROGATES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
# what is literal in CDATA and comments stays; every other & is looked at
_REFERENCE = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&(?:#([xX]?)([0-9A-Fa-f]+);|([A-Za-z]\w*);)?",
    re.DOTALL,
)
_KNOWN = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8 = frozenset({"utf-8", "ascii"})


def in_utf8(body: Bytes) -> tuple[Bytes, tuple[str, ...]]:
    """Give a body in UTF-8; what is declared otherwise, or wrongly, is changed."""
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            text = body.decode(encoding, errors="replace")
            return _declare(text.encode(errors="replace")), ("encoding",)
    declared = _DECLARED.match(body)
    if declared is None:
        return body, ()
    try:
        name = codecs.lookup(declared[1].decode()).name
    except LookupError:
        name = ""
    if name in _UTF8:
        return body, ()
    if body.isascii() or _is_utf8(body):
        return _declare(body), ("encoding",)
    try:
        text = body.decode(name or "cp1252")
    except (UnicodeDecodeError, LookupError):
        text = body.decode("latin-1")
    return _declare(text.encode(errors="replace")), ("encoding",)


def _is_utf8(body: Bytes) -> bool:
    """Whether bytes read as UTF-8: with letters beyond ASCII that is no accident."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _declare(document: Bytes) -> bytes:
    """Take away the declaration of another encoding."""
    plain = bytes(document).removeprefix(codecs.BOM_UTF8).lstrip()
    return _PROLOG.sub(b'<?xml version="1.0" encoding="UTF-8"?>', plain, count=1)


def repair(document: Bytes) -> tuple[bytes, tuple[str, ...]]:
    """Repair what can be repaired without guessing; gives the names of the repairs."""
    done: list[str] = []
    work = bytes(document)
    for name, step in (
        ("ends", _trim),
        ("encoding", _recode),
        ("prolog", _one_prolog),
        ("characters", _legal),
        ("entities", _references),
    ):
        better = step(work)
        if better != work:
            done.append(name)
            work = better
    return work, tuple(done)


def _trim(work: bytes) -> bytes:
    """Drop what stands before the document and after it."""
    first = ROOT.search(work)
    if first is None:
        return work
    head = work[: first.start()]
    prolog = head.find(b"<?xml")
    start = prolog if prolog >= 0 else first.start()
    if 0 <= head.find(b"<!DOCTYPE") < start:
        return work  # refused, not repaired
    ends = list(ROOT_END.finditer(work, first.end()))
    end = ends[-1].end() if ends else len(work)
    rest = work[end:].strip()
    return work[start:end] if rest or start else work


def _recode(work: bytes) -> bytes:
    """Read what is no UTF-8 as Windows-1252, sequence by sequence."""
    work = _SURROGATES.sub(b"", _paired(work))
    try:
        work.decode()
    except UnicodeDecodeError:
        return work.decode(errors="panharvest-cp1252").encode()
    return work


_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def _paired(work: bytes) -> bytes:
    """Join surrogate pairs that were encoded one by one (CESU-8)."""
    return _PAIR.sub(
        lambda found: (
            found[0]
            .decode("utf-8", "surrogatepass")
            .encode("utf-16", "surrogatepass")
            .decode("utf-16")
            .encode()
        ),
        work,
    )


def _cp1252(error: UnicodeError) -> tuple[str, int]:
    """Decode the bytes that UTF-8 does not know."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", errors="replace"), error.end


codecs.register_error("panharvest-cp1252", _cp1252)


def _one_prolog(work: bytes) -> bytes:
    """Take away prologs that were repeated in the middle."""
    first = _PROLOG.match(work)
    begin = first.end() if first else 0
    return work[:begin] + _PROLOG.sub(b"", work[begin:])


def _legal(work: bytes) -> bytes:
    """Take away characters that XML 1.0 cannot hold, also written as references."""
    return _NONCHARACTERS.sub(b"", work.translate(None, _CONTROLS))


def _references(work: bytes) -> bytes:
    """Make every reference one that XML knows."""
    return _REFERENCE.sub(_reference, work)


def _reference(found: re.Match[bytes]) -> bytes:
    text = found[0]
    if not text.startswith(b"&"):
        return text
    if found[2] is not None:
        if not found[1] and not found[2].isdigit():
            return b"&amp;" + text[1:]
        return text if _legal_code(found[1], found[2]) else b""
    name = found[3]
    if name is None:
        return b"&amp;"
    if name in _KNOWN:
        return text
    known = html5.get(f"{name.decode(errors='replace')};")
    return known.encode() if known else b"&amp;" + text[1:]


def _legal_code(hexadecimal: bytes, digits: bytes) -> bool:
    if len(digits) > 8 or hexadecimal == b"X":
        return False
    code = int(digits, 16 if hexadecimal else 10)
    return code in (9, 10, 13) or (
        32 <= code <= 0x10FFFF
        and not 0xD800 <= code <= 0xDFFF
        and code not in (0xFFFE, 0xFFFF)
    )
