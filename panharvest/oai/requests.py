"""Requests: key=value pairs read as one of six verbs, or everything wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from panharvest.oai.datestamps import is_day, parse_datestamp
from panharvest.oai.names import ILLEGAL, PREFIX, SET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_VALUE = 4096  # characters of one argument; longer ones cannot be meant seriously

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,40}")


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
        if name not in legal:
            wrong.append(f"{verb} takes no argument {_shown(name)}.")
        elif names.count(name) > 1:
            wrong.append(f"The argument {_shown(name)} is repeated; give it once.")
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
        if not value:
            wrong.append(f"The argument {_shown(name)} is empty.")
        elif len(value) > MAX_VALUE:
            most = f"longer than {MAX_VALUE} characters"
            wrong.append(f"The argument {_shown(name)} is {most}.")
        elif ILLEGAL.search(value):
            illegal = "characters that are not allowed"
            wrong.append(f"The argument {_shown(name)} holds {illegal}.")
    if wrong:
        return wrong
    if not PREFIX.fullmatch(named.get("metadataPrefix", "-")):
        wrong.append("The metadataPrefix holds characters that are not allowed.")
    if not SET.fullmatch(named.get("set", "-")):
        wrong.append("The set is not a legal setSpec.")
    return wrong + _range(named.get("from"), named.get("until"))


def _shown(name: str) -> str:
    """Give a name as it may stand in a message."""
    return name if _PLAIN_NAME.fullmatch(name) else "with an illegal name"


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
