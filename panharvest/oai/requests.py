"""Requests: key=value pairs read as one of six verbs, or everything wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from panharvest.oai.datestamps import is_day, parse_datestamp
from panharvest.oai.names import ILLEGAL, PREFIX, SET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_VALUE = 4096  # characters of one argument; longer ones cannot be meant seriously

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,40}")


class Verb(StrEnum):
    """The six requests (§4); found by its value in any table, as fast as a text."""

    __hash__ = str.__hash__

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


class Request(NamedTuple):
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


def _usual(rule: _Rule) -> frozenset[frozenset[str]]:
    """Give all sets of arguments that a verb may come with."""
    whole = {
        frozenset({"verb", *rule.required, *some})
        for many in range(len(rule.optional) + 1)
        for some in combinations(rule.optional, many)
    }
    if rule.exclusive:
        whole.add(frozenset({"verb", rule.exclusive}))
    return frozenset(whole)


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


_VERBS = {str(verb): verb for verb in Verb}
_USUAL = {verb: _usual(rule) for verb, rule in _RULES.items()}
MAX_USUAL = 1000  # characters of all values of a request that needs no closer look


def parse_request(
    arguments: Sequence[tuple[str, str]],
) -> Request | tuple[Fault, ...]:
    """Read decoded key=value pairs as a request, or give everything wrong with them.

    Undecodable bytes are expected as lone surrogates (``surrogateescape``), which are
    refused like control characters. What depends on the repository (an unknown
    identifier, format, set or token) is not judged here.
    """
    named = dict(arguments)
    verb = _VERBS.get(named.get("verb", ""))
    if not _is_usual(verb, arguments, named):
        faults = _faults(arguments)
        if faults:
            return faults
    assert verb is not None  # else there would be a fault
    wrong = _meaning(named)
    if wrong:
        return tuple(Fault(ErrorCode.BAD_ARGUMENT, message) for message in wrong)
    given = named.get
    start, end = given("from"), given("until")
    return Request(
        verb,
        tuple(arguments),
        given("identifier"),
        given("metadataPrefix"),
        given("set"),
        None if start is None else parse_datestamp(start),
        None if end is None else parse_datestamp(end, last=True),
        given("resumptionToken"),
    )


def _is_usual(
    verb: Verb | None,
    arguments: Sequence[tuple[str, str]],
    named: Mapping[str, str],
) -> bool:
    """Whether a request is like nearly all: there is nothing to find in its form."""
    if (
        verb is None
        or len(named) != len(arguments)
        or frozenset(named) not in _USUAL[verb]
        or "" in (values := named.values())
    ):
        return False
    text = "".join(values)
    return (
        len(text) <= MAX_USUAL
        and text.isascii()
        and text.isprintable()
        and " " not in text
    )


def _faults(arguments: Sequence[tuple[str, str]]) -> tuple[Fault, ...]:
    """Find what is wrong with the form of a request."""
    verbs = [value for name, value in arguments if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _VERBS:
        return (Fault(ErrorCode.BAD_VERB, _verb_message(verbs)),)
    given = [(name, value) for name, value in arguments if name != "verb"]
    wrong = [*_names(Verb(verbs[0]), given), *_values(given)]
    return tuple(Fault(ErrorCode.BAD_ARGUMENT, message) for message in wrong)


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
    """Find values that no argument may have."""
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
    return wrong


def _meaning(named: Mapping[str, str]) -> list[str]:
    """Find values of illegal syntax."""
    wrong = []
    if "metadataPrefix" in named and not PREFIX.fullmatch(named["metadataPrefix"]):
        wrong.append("The metadataPrefix holds characters that are not allowed.")
    if "set" in named and not SET.fullmatch(named["set"]):
        wrong.append("The set is not a legal setSpec.")
    if "from" in named or "until" in named:
        wrong += _range(named.get("from"), named.get("until"))
    return wrong


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
