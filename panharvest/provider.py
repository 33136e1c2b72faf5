"""The OAI-PMH 2.0 repository as a function: arguments in, a reply out, no sockets.

Whatever is not visible at ``now`` is not known here: the store answers every question
for an instant, so that no verb, count, set or error can tell of a hidden record.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from panharvest import oai
from panharvest.oai import Fault, Request, Verb, faults, tokens
from panharvest.protocols import Query, Row, Store
from panharvest.repository import Repository, SetInfo, address_in_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Reply", "Repository", "SetInfo", "answer", "offered_sets"]

_HOUR = 3_600


class Reply(NamedTuple):
    """An HTTP response: status, body (``text/xml``) and ETag; and what to count.

    The tag is weak: ``responseDate`` moves while all the rest stays the same. ``verb``
    is what was asked (None: no legal verb), ``outcome`` is ``ok`` or the first error
    code, ``records`` how many records or headers are in it.
    """

    status: int
    body: bytes
    tag: str | None = None
    verb: Verb | None = None
    outcome: str = "ok"
    records: int = 0


class _Content(NamedTuple):
    """What stands after ``<request>``, and what tells it from another content.

    Of records the numbers of their rows and their datestamps are in ``mark``: rows
    never change.
    """

    parts: tuple[bytes, ...]
    mark: bytes
    records: int = 0


_Outcome = _Content | tuple[Fault, ...]


def answer(
    repository: Repository,
    arguments: Sequence[tuple[str, str]],
    store: Store,
    now: float,
) -> Reply:
    """Answer one OAI-PMH request.

    Parameters
    ----------
    repository
        Who answers.
    arguments
        The decoded key=value pairs, in order, with repetitions; undecodable bytes as
        lone surrogates.
    store
        What is served from.
    now
        When the request came in, seconds since the epoch: the ``responseDate``, and the
        instant for which everything is answered.

    Returns
    -------
    Reply
        Always status 200 and well-formed: errors of the protocol are content (§3.6).

    Raises
    ------
    RetryError, StoreError
        When the store cannot answer; never turned into an empty list.
    """
    when = math.floor(now)
    request = oai.parse_request(arguments)
    verb = request.verb if isinstance(request, Request) else None
    if isinstance(request, Request):
        outcome = _VERBS[request.verb](repository, request, store, when)
        echo = oai.write_request(repository.oai_url, request)
    else:
        outcome = request
        echo = oai.write_request(repository.oai_url, None)
    if not isinstance(outcome, _Content):
        body = oai.write_response(when, echo, map(oai.write_fault, outcome))
        return Reply(200, body, None, verb, outcome[0].code)
    seen = b"".join((repository.mark, echo.encode(), outcome.mark))
    tag = hashlib.blake2b(seen, digest_size=12).hexdigest()
    body = oai.write_response(when, echo, outcome.parts)
    return Reply(200, body, f'W/"{tag}"', verb, records=outcome.records)


# --- the six verbs --------------------------------------------------------------------


def _identify(
    repository: Repository, _request: Request, store: Store, when: int
) -> _Outcome:
    """Answer Identify (§4.2).

    While nothing is visible the earliest datestamp is now: whatever comes gets a later
    one.
    """
    earliest = store.earliest(when)
    lines = [
        oai.element("repositoryName", repository.name),
        oai.element("baseURL", repository.oai_url),
        oai.element("protocolVersion", "2.0"),
        *(oai.element("adminEmail", email) for email in repository.admin_emails),
        oai.element(
            "earliestDatestamp",
            oai.format_datestamp(when if earliest is None else min(earliest, when)),
        ),
        oai.element("deletedRecord", "persistent"),
        oai.element("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        oai.element("compression", "gzip"),
        oai.describe_identifiers(repository.identifier, repository.sample_id),
    ]
    if repository.description:
        text = repository.description
        lines.append(oai.describe("description", repository.name, text))
    if repository.friends:
        lines.append(oai.describe_friends(repository.friends))
    if repository.terms:
        lines.append(oai.describe_rights(repository.terms))
    return _plain("Identify", lines)


def _list_metadata_formats(
    repository: Repository, request: Request, store: Store, when: int
) -> _Outcome:
    """Answer ListMetadataFormats (§4.4), for the repository or for one item."""
    offered = list(repository.formats)
    if request.identifier is not None:
        local = oai.decompose_identifier(repository.identifier, request.identifier)
        available = () if local is None else store.prefixes(local, when)
        if not available:
            return (faults.UNKNOWN_IDENTIFIER,)
        offered = [prefix for prefix in offered if prefix in available]
        if not offered:
            return (faults.NO_FORMATS,)
    lines = [oai.write_format(one, *repository.formats[one]) for one in offered]
    return _plain("ListMetadataFormats", lines)


def _list_sets(
    repository: Repository, request: Request, store: Store, when: int
) -> _Outcome:
    """Answer ListSets (§4.6), on one page: no token of it can be genuine."""
    if not repository.with_sets:
        return (faults.NO_SETS,)
    if request.token is not None:
        return (faults.BAD_TOKEN,)
    specs = offered_sets(repository, store, when)
    if not specs:
        return (faults.NO_SETS,)
    lines = []
    for spec in sorted(specs):
        info = repository.describe_set(spec)
        lines += [
            "<set>\n",
            oai.element("setSpec", spec),
            oai.element("setName", info.name),
            oai.describe("setDescription", info.name, info.description)
            if info.description
            else "",
            "</set>\n",
        ]
    return _plain("ListSets", lines)


def _get_record(
    repository: Repository, request: Request, store: Store, when: int
) -> _Outcome:
    """Answer GetRecord (§4.1)."""
    prefix = request.prefix or ""
    local = oai.decompose_identifier(repository.identifier, request.identifier or "")
    wrong = [] if prefix in repository.formats else [faults.UNKNOWN_FORMAT]
    row = None
    if local is not None and not wrong:
        row = store.get(local, prefix, when, address_in_xml(repository.base_url))
    if row is None:
        if local is None or not store.prefixes(local, when):
            wrong.insert(0, faults.UNKNOWN_IDENTIFIER)
        return tuple(wrong or [faults.UNKNOWN_FORMAT])
    (shown,) = _with_offered(repository, (row,))
    parts = oai.write_record(
        request.identifier or "", shown.datestamp, shown.sets, shown.body, shown.about
    )
    return _wrap("GetRecord", parts, _mark((row,)), 1)


def _list(
    repository: Repository, request: Request, store: Store, when: int
) -> _Outcome:
    """Answer ListRecords or ListIdentifiers (§4.3, §4.5): one page of a pinned list.

    One row more than the page is asked for, so that a token is given only when
    something follows: no page is ever empty.
    """
    position = _position(repository, request, when)
    if not isinstance(position, tokens.Position):
        return position
    whole = request.verb is Verb.LIST_RECORDS
    query = Query(
        prefix=position.prefix,
        snapshot=position.snapshot,
        set=position.set,
        first=position.first,
        last=position.last,
        after=position.after,
        limit=repository.page_size + 1,
        bodies=whole,
        address=address_in_xml(repository.base_url),
    )
    rows = store.page(query, when)
    shown, more = rows[: repository.page_size], len(rows) > repository.page_size
    if not shown:
        return (faults.NOTHING_MATCHES if request.token is None else faults.BAD_TOKEN,)
    size = position.size
    if size is None:
        size = len(shown)
        if more:
            size = store.size(query, when) or tokens.UNKNOWN
    parts = (
        _records(repository, shown)
        if whole
        else [header + b"\n" for header in _headers(repository, shown)]
    )
    parts.append(_token(repository, position, shown, size, when if more else None))
    return _wrap(request.verb, parts, _mark(shown) + parts[-1], len(shown))


_VERBS: Mapping[Verb, Callable[[Repository, Request, Store, int], _Outcome]] = {
    Verb.IDENTIFY: _identify,
    Verb.LIST_METADATA_FORMATS: _list_metadata_formats,
    Verb.LIST_SETS: _list_sets,
    Verb.GET_RECORD: _get_record,
    Verb.LIST_IDENTIFIERS: _list,
    Verb.LIST_RECORDS: _list,
}


# --- lists ----------------------------------------------------------------------------


def _position(
    repository: Repository, request: Request, when: int
) -> tokens.Position | tuple[Fault, ...]:
    """Find where in which list the request is: at its start or where a token says."""
    if request.token is not None:
        position = tokens.unseal(
            request.token, repository.identifier, repository.keys, when
        )
        if (
            position is None
            or position.verb != request.verb
            or position.prefix not in repository.formats
            or not (position.set is None or repository.offers(position.set))
        ):
            return (faults.BAD_TOKEN,)
        return position
    wrong = []
    if request.prefix not in repository.formats:
        wrong.append(faults.UNKNOWN_FORMAT)
    if request.set is not None and not repository.with_sets:
        wrong.append(faults.NO_SETS)
    elif request.set is not None and not (
        oai.is_set_spec(request.set) and repository.offers(request.set)
    ):
        # longer than any set can be, or not offered
        wrong.append(faults.NOTHING_MATCHES)
    return tuple(wrong) or tokens.Position(
        verb=request.verb,
        prefix=request.prefix or "",
        set=request.set,
        first=request.first,
        last=request.last,
        snapshot=when,
    )


def _token(
    repository: Repository,
    position: tokens.Position,
    shown: Sequence[Row],
    size: int,
    when: int | None,
) -> bytes:
    """Write what ends the page: a token, an empty one, or nothing for a short list.

    ``when`` is None on the last page. Expiry is rounded up to the hour, so that asking
    again for a page gives the same token.
    """
    if when is None:
        if position.after is None:
            return b""
        return oai.write_token("", size, position.cursor, None)
    expires = -(-(when + repository.token_lifetime) // _HOUR) * _HOUR
    following = replace(
        position,
        after=shown[-1].key,
        cursor=position.cursor + len(shown),
        size=size,
        expires=expires,
    )
    token = tokens.seal(following, repository.identifier, repository.keys)
    return oai.write_token(token, size, position.cursor, expires)


def _headers(repository: Repository, rows: Sequence[Row]) -> list[bytes]:
    """Write the headers of rows, the same as in their records."""
    space, compose = repository.identifier, oai.compose_identifier
    return [
        oai.write_header(compose(space, id_), datestamp, sets, deleted=deleted)
        for _, id_, datestamp, deleted, sets, *_ in _with_offered(repository, rows)
    ]


def _with_offered(repository: Repository, rows: Sequence[Row]) -> Sequence[Row]:
    """Give rows with those sets alone that harvesters may know."""
    if repository.with_sets and repository.families is None:
        return rows
    offers = repository.offers
    return [row._replace(sets=tuple(filter(offers, row.sets))) for row in rows]


def offered_sets(repository: Repository, store: Store, when: int) -> set[str]:
    """Give all sets that are offered at an instant, with those above them."""
    specs = {*repository.standing_sets, *store.sets(when)}
    specs |= {above for spec in specs for above in oai.set_ancestors(spec)}
    return {spec for spec in specs if repository.offers(spec)}


def _records(repository: Repository, rows: Sequence[Row]) -> list[bytes]:
    """Write records, in pieces: what is joined once is copied once."""
    space, compose = repository.identifier, oai.compose_identifier
    pieces: list[bytes] = []
    for _, id_, datestamp, _, sets, body, about in _with_offered(repository, rows):
        pieces += oai.write_record(compose(space, id_), datestamp, sets, body, about)
    return pieces


def _mark(rows: Sequence[Row]) -> bytes:
    """Tell rows from others."""
    if len(rows) == 1:
        return b"%d %d" % (rows[0].key[1], rows[0].datestamp)
    told = array("q", [row.key[1] for row in rows])
    told.extend([row.datestamp for row in rows])
    return told.tobytes()


# --- pieces ---------------------------------------------------------------------------


def _plain(verb: str, lines: Sequence[str]) -> _Content:
    """Give a content that is told from others by all of it."""
    content = "".join(lines).encode()
    return _wrap(verb, [content], content)


def _wrap(verb: str, parts: Sequence[bytes], mark: bytes, records: int = 0) -> _Content:
    """Put the element of the verb around a content."""
    begin, end = _tags(verb)
    return _Content((begin, *parts, end), mark, records)


@lru_cache(maxsize=8)
def _tags(verb: str) -> tuple[bytes, bytes]:
    """Write the tags of the element of a verb."""
    return f"<{verb}>\n".encode(), f"</{verb}>\n".encode()
