"""Names: setSpecs, metadata prefixes and the identifiers of records."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

MAX_SET = 160  # characters of a setSpec, so that every token fits in 512
MAX_PREFIX = 32  # characters of a metadataPrefix, for the same reason

_UNRESERVED = r"[A-Za-z0-9\-_.!~*'()]+"
PREFIX = re.compile(_UNRESERVED)
SET = re.compile(rf"{_UNRESERVED}(?::{_UNRESERVED})*")
# Control characters, lone surrogates and the code points that XML 1.0 cannot hold.
ILLEGAL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# A URI reference, stricter than RFC 3986: what every validator of anyURI takes.
_SEGMENT = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-Fa-f]{2})"
URI = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.\-]*:(?!//)(?:{_SEGMENT}|:)+"
    rf"|https?://[A-Za-z0-9.\-]+(?::[0-9]{{1,5}})?(?:/(?:{_SEGMENT}|:)*)?"
    rf"|(?!//){_SEGMENT}+)"
    rf"(?:\?(?:{_SEGMENT}|[:?])*)?(?:#(?:{_SEGMENT}|[:?])*)?"
)
# Nearly all identifiers that we are asked for, told at a sixth of the cost.
_OURS = re.compile(r"oai:[A-Za-z0-9.\-]+:[A-Za-z0-9\-_.!~*'();/?:@&=+$,]+")
# What may stand unescaped in the local part of an oai-identifier (guidelines, §2.1).
_LOCAL_SAFE = "-_.!~*'();/?:@&=+$,"
_PLAIN = re.compile(r"[A-Za-z0-9\-_.!~*'();/?:@&=+$,]+")  # nothing to encode in it


def is_set_spec(text: str) -> bool:
    """Check a setSpec: its alphabet (§4.6) and that it fits in a resumption token."""
    return len(text) <= MAX_SET and SET.fullmatch(text) is not None


def set_ancestors(spec: str) -> tuple[str, ...]:
    """Give the sets that a hierarchical setSpec lies in: ``a:b:c`` in a and a:b."""
    parts = spec.split(":")
    return tuple(":".join(parts[:depth]) for depth in range(1, len(parts)))


def is_uri(text: str) -> bool:
    """Check a URI reference by a grammar that every validator of anyURI accepts."""
    return (_OURS.fullmatch(text) or URI.fullmatch(text)) is not None


def is_prefix(text: str) -> bool:
    """Check a metadataPrefix: its alphabet (§3.4) and its length."""
    return len(text) <= MAX_PREFIX and PREFIX.fullmatch(text) is not None


def compose_identifier(repository: str, local: str) -> str:
    """Write the OAI identifier of a local identifier, percent-encoded where needed."""
    if _PLAIN.fullmatch(local) is None:
        local = quote(local, safe=_LOCAL_SAFE)
    return f"oai:{repository}:{local}"


def decompose_identifier(repository: str, identifier: str) -> str | None:
    """Read the local identifier out of an OAI identifier of this repository.

    Only the one spelling that :func:`compose_identifier` writes is known: another
    encoding of the same characters is another identifier (RFC 3986 §6 is not applied,
    since identifiers must be compared character by character).
    """
    scheme = f"oai:{repository}:"
    if not identifier.startswith(scheme):
        return None
    if _PLAIN.fullmatch(identifier, len(scheme)):  # as good as always
        return identifier[len(scheme) :]
    try:
        local = unquote(identifier[len(scheme) :], errors="strict")
    except UnicodeDecodeError:
        return None
    if not local or ILLEGAL.search(local):
        return None
    return local if compose_identifier(repository, local) == identifier else None
