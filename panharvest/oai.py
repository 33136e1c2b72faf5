"""OAI-PMH 2.0 as a grammar: requests are read, responses are written, nothing is asked.

There is no I/O here and no XML library: a response is a join of bytes, because that is
what makes a page of a hundred records cost less than its transport. Sections are those
of the specification, https://www.openarchives.org/OAI/openarchivesprotocol.html.
"""

from __future__ import annotations

import re
import time
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_VALUE = 4096  # characters of one argument; longer ones cannot be meant seriously
MAX_SET = 160  # characters of a setSpec, so that every token fits in 512
MAX_PREFIX = 32  # characters of a metadataPrefix, for the same reason


class Verb(StrEnum):
    """The six requests (§4)."""

    IDENTIFY = "Identify"
    LIST_METADATA_FORMATS = "ListMetadataFormats"
    LIST_SETS = "ListSets"
    GET_RECORD = "GetRecord"
    LIST_IDENTIFIERS = "ListIdentifiers"
    LIST_RECORDS = "ListRecords"


class ErrorCode(StrEnum):
    """The error and exception conditions (§3.6)."""

    BAD_ARGUMENT = "badArgument"
    BAD_RESUMPTION_TOKEN = "badResumptionToken"  # noqa: S105 - a code, not a secret
    BAD_VERB = "badVerb"
    CANNOT_DISSEMINATE_FORMAT = "cannotDisseminateFormat"
    ID_DOES_NOT_EXIST = "idDoesNotExist"
    NO_RECORDS_MATCH = "noRecordsMatch"
    NO_METADATA_FORMATS = "noMetadataFormats"
    NO_SET_HIERARCHY = "noSetHierarchy"


@dataclass(frozen=True, slots=True)
class Fault:
    """One ``<error>`` of a response: its code and what to do about it."""

    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose arguments are complete and of legal syntax.

    ``first`` and ``last`` are ``from`` and ``until`` in whole seconds since the epoch,
    both inclusive: a day given as ``until`` ends with its last second (§2.7.1).
    """

    verb: Verb
    arguments: tuple[tuple[str, str], ...]
    identifier: str | None = None
    prefix: str | None = None
    set: str | None = None
    first: int | None = None
    last: int | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    """The arguments of a verb; the exclusive one excludes all others."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    exclusive: str | None = None


_LIST = _Rule(
    frozenset({"metadataPrefix"}),
    frozenset({"from", "until", "set"}),
    "resumptionToken",
)
_RULES: Mapping[Verb, _Rule] = {
    Verb.IDENTIFY: _Rule(),
    Verb.LIST_METADATA_FORMATS: _Rule(optional=frozenset({"identifier"})),
    Verb.LIST_SETS: _Rule(exclusive="resumptionToken"),
    Verb.GET_RECORD: _Rule(frozenset({"identifier", "metadataPrefix"})),
    Verb.LIST_IDENTIFIERS: _LIST,
    Verb.LIST_RECORDS: _LIST,
}

_UNRESERVED = r"[A-Za-z0-9\-_.!~*'()]+"
_PREFIX = re.compile(_UNRESERVED)
_SET = re.compile(rf"{_UNRESERVED}(?::{_UNRESERVED})*")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SECOND = re.compile(_DAY.pattern + r"T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")
# Control characters, lone surrogates and the code points that XML 1.0 cannot hold.
_ILLEGAL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# A URI reference, stricter than RFC 3986: what every validator of anyURI takes.
_SEGMENT = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-Fa-f]{2})"
_URI = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.\-]*:(?!//)(?:{_SEGMENT}|:)+"
    rf"|https?://[A-Za-z0-9.\-]+(?::[0-9]{{1,5}})?(?:/(?:{_SEGMENT}|:)*)?"
    rf"|(?!//){_SEGMENT}+)"
    rf"(?:\?(?:{_SEGMENT}|[:?])*)?(?:#(?:{_SEGMENT}|[:?])*)?"
)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
# What may stand unescaped in the local part of an oai-identifier (guidelines, §2.1).
_LOCAL_SAFE = "-_.!~*'();/?:@&=+$,"
_DAY_SECONDS = 86_400


# --- datestamps -----------------------------------------------------------------------


def parse_datestamp(text: str, *, last: bool = False) -> int | None:
    """Read a UTCdatetime argument as seconds since the epoch (§3.3).

    Parameters
    ----------
    text
        ``YYYY-MM-DD`` or ``YYYY-MM-DDThh:mm:ssZ``, nothing else: no fraction, no
        offset, no other letter case.
    last
        Give the last second of a day, not its first.

    Returns
    -------
    int or None
        None when the text has another form or names no point in time.
    """
    match = _DAY.fullmatch(text) or _SECOND.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]  # three or six integers
    except ValueError:
        return None
    start = timegm(moment.timetuple())
    return start + _DAY_SECONDS - 1 if last and is_day(text) else start


def is_day(text: str) -> bool:
    """Tell day granularity from seconds granularity in a legal datestamp."""
    return "T" not in text


@lru_cache(maxsize=1024)  # the records of a page share few datestamps
def format_datestamp(seconds: int) -> str:
    """Write seconds since the epoch as ``YYYY-MM-DDThh:mm:ssZ`` (UTC)."""
    year, month, day, hour, minute, second, *_ = time.gmtime(seconds)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


# --- names ----------------------------------------------------------------------------


def is_set_spec(text: str) -> bool:
    """Check a setSpec: its alphabet (§4.6) and that it fits in a resumption token."""
    return len(text) <= MAX_SET and _SET.fullmatch(text) is not None


def set_ancestors(spec: str) -> tuple[str, ...]:
    """Give the sets that a hierarchical setSpec lies in: ``a:b:c`` in a and a:b."""
    parts = spec.split(":")
    return tuple(":".join(parts[:depth]) for depth in range(1, len(parts)))


def is_prefix(text: str) -> bool:
    """Check a metadataPrefix: its alphabet (§3.4) and its length."""
    return len(text) <= MAX_PREFIX and _PREFIX.fullmatch(text) is not None


def compose_identifier(repository: str, local: str) -> str:
    """Write the OAI identifier of a local identifier, percent-encoded where needed."""
    return f"oai:{repository}:{quote(local, safe=_LOCAL_SAFE)}"


def decompose_identifier(repository: str, identifier: str) -> str | None:
    """Read the local identifier out of an OAI identifier of this repository.

    Only the one spelling that :func:`compose_identifier` writes is known: another
    encoding of the same characters is another identifier (RFC 3986 §6 is not applied,
    since identifiers must be compared character by character).
    """
    scheme = f"oai:{repository}:"
    if not identifier.startswith(scheme):
        return None
    try:
        local = unquote(identifier[len(scheme) :], errors="strict")
    except UnicodeDecodeError:
        return None
    if not local or _ILLEGAL.search(local):
        return None
    return local if compose_identifier(repository, local) == identifier else None


# --- requests -------------------------------------------------------------------------


def parse_request(
    arguments: Sequence[tuple[str, str]],
) -> Request | tuple[Fault, ...]:
    """Read decoded key=value pairs as a request, or give everything wrong with them.

    Undecodable bytes are expected as lone surrogates (``surrogateescape``), which are
    refused like control characters. What depends on the repository (an unknown
    identifier, format, set or token) is not judged here.
    """
    verbs = [value for name, value in arguments if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _RULES:
        return (Fault(ErrorCode.BAD_VERB, _verb_message(verbs)),)
    verb = Verb(verbs[0])
    given = [(name, value) for name, value in arguments if name != "verb"]
    wrong = [*_names(verb, given), *_values(given)]
    if wrong:
        return tuple(Fault(ErrorCode.BAD_ARGUMENT, message) for message in wrong)
    named = dict(given)
    start, end = named.get("from"), named.get("until")
    return Request(
        verb=verb,
        arguments=tuple(arguments),
        identifier=named.get("identifier"),
        prefix=named.get("metadataPrefix"),
        set=named.get("set"),
        first=None if start is None else parse_datestamp(start),
        last=None if end is None else parse_datestamp(end, last=True),
        token=named.get("resumptionToken"),
    )


def _verb_message(verbs: Sequence[str]) -> str:
    legal = ", ".join(Verb)
    if not verbs:
        return f"The verb argument is missing; it is one of {legal}."
    if len(verbs) > 1:
        return "The verb argument is repeated; give it once."
    return f"The verb is not one of {legal}."


def _names(verb: Verb, given: Sequence[tuple[str, str]]) -> list[str]:
    """Find arguments that are unknown, repeated, excluded or missing."""
    rule = _RULES[verb]
    names = [name for name, _ in given]
    legal = rule.required | rule.optional | {rule.exclusive or "verb"}
    wrong = []
    for name in dict.fromkeys(names):
        shown = name if _PLAIN_NAME.fullmatch(name) else "with an illegal name"
        if name not in legal:
            wrong.append(f"{verb} takes no argument {shown}.")
        elif names.count(name) > 1:
            wrong.append(f"The argument {shown} is repeated; give it once.")
    if rule.exclusive in names:
        if len(set(names)) > 1:
            wrong.append(f"{rule.exclusive} excludes every argument but verb.")
    else:
        wrong += [
            f"{verb} needs the argument {name}."
            for name in sorted(rule.required.difference(names))
        ]
    return wrong


def _values(given: Sequence[tuple[str, str]]) -> list[str]:
    """Find values of illegal syntax."""
    named = dict(given)
    wrong = []
    for name, value in given:
        shown = name if _PLAIN_NAME.fullmatch(name) else "with an illegal name"
        if not value:
            wrong.append(f"The argument {shown} is empty.")
        elif len(value) > MAX_VALUE:
            wrong.append(f"The argument {shown} is longer than {MAX_VALUE} characters.")
        elif _ILLEGAL.search(value):
            wrong.append(f"The argument {shown} holds characters that are not allowed.")
    if wrong:
        return wrong
    if not _PREFIX.fullmatch(named.get("metadataPrefix", "-")):
        wrong.append("The metadataPrefix holds characters that are not allowed.")
    if not _SET.fullmatch(named.get("set", "-")):
        wrong.append("The set is not a legal setSpec.")
    return wrong + _range(named.get("from"), named.get("until"))


def _range(start: str | None, end: str | None) -> list[str]:
    """Find what is wrong with ``from`` and ``until`` (§2.7.1)."""
    wrong = [
        f"The argument {name} is not a date YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ in UTC."
        for name, text in (("from", start), ("until", end))
        if text is not None and parse_datestamp(text) is None
    ]
    if wrong or start is None or end is None:
        return wrong
    if is_day(start) != is_day(end):
        return ["The arguments from and until have different granularity."]
    # both have the same form, in which the order of texts is the order of time
    return ["The argument from is later than until."] if start > end else []


# --- responses ------------------------------------------------------------------------

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
    ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
)


def escape(text: str) -> str:
    """Escape a text for XML content and for attributes in double quotes."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
    )


def element(name: str, text: str) -> str:
    """Write an element of the OAI-PMH namespace that holds a text."""
    return f"<{name}>{escape(text)}</{name}>\n"


def write_request(base_url: str, request: Request | None) -> str:
    """Write ``<request>``: every accepted argument, none when there is no request.

    A value that could not be valid there (an identifier that is no URI) is left out:
    it can only have led to an error, in which the echo is not demanded (§3.2).
    """
    echoed = () if request is None else request.arguments
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in echoed
        if name != "identifier" or _URI.fullmatch(value)
    )
    return f"<request{attributes}>{escape(base_url)}</request>\n"


def write_response(when: int, request: str, parts: Iterable[bytes]) -> bytes:
    """Join a whole response: ``responseDate``, ``<request>`` and the content."""
    head = f"{_HEAD}<responseDate>{format_datestamp(when)}</responseDate>\n{request}"
    return b"".join((head.encode(), *parts, b"</OAI-PMH>\n"))


def write_fault(fault: Fault) -> bytes:
    """Write one ``<error>``."""
    return f'<error code="{fault.code}">{escape(fault.message)}</error>\n'.encode()


def write_header(
    identifier: str, datestamp: int, sets: tuple[str, ...], *, deleted: bool
) -> bytes:
    """Write the ``<header>`` of a record: the same in lists and in GetRecord (§2.5)."""
    status = ' status="deleted"' if deleted else ""
    return (
        f"<header{status}><identifier>{escape(identifier)}</identifier>"
        f"<datestamp>{format_datestamp(datestamp)}</datestamp>{_specs(sets)}</header>"
    ).encode()


@lru_cache(maxsize=1024)  # and few combinations of sets
def _specs(sets: tuple[str, ...]) -> str:
    """Write the setSpecs of a header."""
    return "".join(f"<setSpec>{escape(spec)}</setSpec>" for spec in sets)


def write_record(header: bytes, body: bytes | None) -> bytes:
    """Write a ``<record>``; without a body it is a deleted one (§2.5.1)."""
    if body is None:
        return b"<record>" + header + b"</record>\n"
    return b"".join(
        (b"<record>", header, b"<metadata>", body, b"</metadata></record>\n")
    )


def write_token(token: str, size: int, cursor: int, expires: int | None) -> bytes:
    """Write ``<resumptionToken>``; an empty token ends the list (§3.5)."""
    until = "" if expires is None else f' expirationDate="{format_datestamp(expires)}"'
    return (
        f'<resumptionToken{until} completeListSize="{size}" cursor="{cursor}">'
        f"{token}</resumptionToken>\n"
    ).encode()
