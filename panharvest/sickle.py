"""Sickle, but what ended in silence raises or goes on.

``from panharvest.sickle import Sickle`` in place of ``from sickle import Sickle``: the
same methods, arguments, objects and exceptions (they are sickle's own classes). New is:

* A page that is cut, or is something else (HTML, JSON, nothing), is asked for again,
  and raises :class:`BrokenPage` when it stays so. Sickle takes it for the last one.
* A list that ends before its ``completeListSize`` raises :class:`IncompleteList` after
  its last record.
* A list that goes round raises :class:`EndlessList`.
* A page with characters that XML does not know is repaired, and logged. Sickle drops
  the text behind them.
* A document type declaration is refused: no entity is expanded.
* gzip and zstd are unpacked though the server does not say so; ``Retry-After`` may be a
  date.

The three exceptions are OAIErrors, so that what handles those handles these.

Needs the extra ``sickle``.
"""

from __future__ import annotations

import logging
import re
import time
import zlib
from array import array
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import sickle
import zstandard
from lxml import etree
from sickle.iterator import VERBS_ELEMENTS
from sickle.oaiexceptions import OAIError

from panharvest.documents import xml_parser
from panharvest.sources.oaipmh import slicing
from panharvest.sources.oaipmh.answers import CutError, DtdError, NotOaiError
from panharvest.sources.oaipmh.pages import parse
from panharvest.transport import retry_after
from panharvest.unpacking import GZIP, MIB, ZSTD, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

__all__ = [
    "BrokenPage",
    "EndlessList",
    "IncompleteList",
    "OAIResponse",
    "Sickle",
]

_LOG = logging.getLogger(__name__)
_MOST_BYTES = 256 * MIB  # of a page
_MOST_EMPTY = 100  # pages without records, one after the other
_LONGEST_WAIT = 3600  # seconds that Retry-After is heeded for
_HTML = re.compile(rb"\s*<(?:!doctype\s+)?html", re.IGNORECASE)
# What a record may be refused for that sickle sees as a record, damaged or not.
_DAMAGED = {"record.ill-formed", "record.too-deep", "record.too-large"}


class BrokenPage(OAIError):  # noqa: N818 - as sickle names them
    """A page is cut, is no OAI-PMH, or declares a document type."""


class IncompleteList(OAIError):  # noqa: N818 - as there
    """A list ended before it had as many records as it said it has."""


class EndlessList(OAIError):  # noqa: N818 - as there
    """A list goes round: its tokens or its pages repeat."""


class OAIResponse(sickle.OAIResponse):
    """A response of which is known that it is whole.

    ``xml`` is read once, from the repaired page where it had to be repaired; ``raw``
    is the text as it came.
    """

    def __init__(
        self, http_response: requests.Response, params: dict[str, Any], document: bytes
    ) -> None:
        super().__init__(http_response, params)
        self._document = document
        self._tree: etree._Element | None = None

    @property
    def xml(self) -> etree._Element:
        """The server's response as parsed XML."""
        if self._tree is None:
            self._tree = _read(self._document)
        return self._tree


class Sickle(sickle.Sickle):
    """Client for harvesting OAI interfaces: see :class:`sickle.Sickle`.

    Parameters
    ----------
    endpoint, *args, **kwargs
        Those of :class:`sickle.Sickle`. An ``iterator`` of your own is watched like
        the two of sickle.

    Attributes
    ----------
    trust_size
        Whether a list that is shorter than its ``completeListSize`` raises. Set it to
        False for a repository that does not know how much it has.
    page_waits
        Seconds before a page that is cut is asked for again, for each time.
    """

    trust_size: bool = True
    page_waits: tuple[float, ...] = (1, 4, 16)

    @wraps(sickle.Sickle.__init__)  # type: ignore[misc]  # its arguments, by name
    def __init__(self, endpoint: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - theirs
        super().__init__(endpoint, *args, **kwargs)
        self.iterator: type = _watched(self.iterator)

    def harvest(self, **kwargs: Any) -> OAIResponse:  # noqa: ANN401 - as in sickle
        """Make HTTP requests to the OAI server, until a whole page comes."""
        for wait in (*self.page_waits, None):
            http_response = super().harvest(**kwargs).http_response
            try:
                return OAIResponse(http_response, kwargs, _whole(http_response))
            except (CutError, NotOaiError, DtdError) as problem:
                if wait is None or isinstance(problem, DtdError):
                    raise BrokenPage(f"{self.endpoint}: {problem}") from problem
                _LOG.warning("%s; asking again after %s seconds", problem, wait)
                time.sleep(wait)
        raise AssertionError("the last wait is None")

    def get_retry_after(self, http_response: requests.Response) -> float:
        """Give the seconds to wait; Retry-After may also be a date, or nonsense."""
        if http_response.status_code != 503:
            return float(self.default_retry_after)
        said = retry_after(http_response.headers.get("retry-after"), time.time())
        return float(
            self.default_retry_after if said is None else min(said, _LONGEST_WAIT)
        )


def _whole(response: requests.Response) -> bytes:
    """Give the page of a response, unpacked and repaired.

    Raises
    ------
    CutError, NotOaiError, DtdError
        When there is none.
    """
    body = _unpacked(response.content)
    if _HTML.match(body):  # told before its document type is
        raise NotOaiError("the answer is not OAI-PMH but an HTML page")
    answer = parse(body)
    if answer.repairs:
        _LOG.warning("%s: repaired: %s", response.url, ", ".join(answer.repairs))
    document = bytes(answer.document)
    nameless = [p for p in answer.refused if p.code == "record.no-identifier"]
    if nameless:
        _LOG.warning("%s: %d records without identifier", response.url, len(nameless))
    damaged = [piece for piece in answer.refused if piece.code in _DAMAGED]
    if damaged:
        # sickle gives such records as far as they can be read; none may be missing
        found = sum(1 for _ in _mended(document).iter("{*}record"))
        if found < len(slicing.broken_spans(document)):
            raise CutError(f"a record cannot be read: {damaged[0].reason}")
        _LOG.warning("%s: a damaged record: %s", response.url, damaged[0].reason)
    return document


def _unpacked(body: bytes) -> bytes:
    """Unpack what is packed though nobody said so."""
    if not body.startswith((GZIP, ZSTD)):
        return body
    parts, size = [], 0
    try:
        for piece in unpacked(iter((body,)), ""):
            size += len(piece)
            if size > _MOST_BYTES:
                raise CutError("the answer unpacks without end")
            parts.append(piece)
    except (zlib.error, zstandard.ZstdError, EOFError) as problem:
        raise CutError(f"the packed answer is damaged: {problem}") from None
    return b"".join(parts)


def _read(document: bytes) -> etree._Element:
    """Read a page strictly; one with a damaged record as far as it goes, as sickle."""
    try:
        return etree.XML(document, xml_parser(blank_text=False, huge=True))
    except etree.XMLSyntaxError:
        return _mended(document)


def _mended(document: bytes) -> etree._Element:
    return etree.XML(document, xml_parser(blank_text=False, recover=True))


class _Watch:
    """What is remembered of a list while it is read: eight bytes a record."""

    def __init__(self, *, from_start: bool) -> None:
        self._followed: set[str] = set()
        self._pages: set[int] = set()
        self._seen = array("q")
        self._size: int | None = None
        self._empty = 0
        self._from_start = from_start

    def follow(self, token: str) -> None:
        """Note that a token is sent.

        Raises
        ------
        EndlessList
            When it was before.
        """
        if token in self._followed:
            raise EndlessList(f"the resumption token {token!r} came a second time")
        self._followed.add(token)

    def page(self, names: list[str], size: str | None) -> None:
        """Note what a page holds.

        Raises
        ------
        EndlessList
            When a page held just that before, or nothing comes but empty pages.
        """
        if names:
            page = hash(tuple(names))
            if page in self._pages:
                raise EndlessList(f"a page came a second time, from {names[0]!r} on")
            self._pages.add(page)
        self._empty = 0 if names else self._empty + 1
        if self._empty > _MOST_EMPTY:
            raise EndlessList(f"{self._empty} pages without a record")
        self._seen.extend(map(hash, names))
        said = (size or "").strip()
        if said.isascii() and said.isdigit():
            self._size = int(said)

    def end(self) -> None:
        """Note the end.

        Raises
        ------
        IncompleteList
            When less has come than was said.
        """
        if self._size is None or not self._from_start:
            return
        count = len(np.unique(np.frombuffer(self._seen, dtype=np.int64)))
        if count < self._size:
            raise IncompleteList(
                f"the list ended after {count} of {self._size} records; ask again, or "
                "set trust_size to False if the repository counts wrongly"
            )


class _Watched:
    """What is put before a class of iterators: it sees every page and the end.

    What it calls of that class, no type checker can see.
    """

    def __init__(
        self,
        sickle: Sickle,
        params: dict[str, Any],
        ignore_deleted: bool = False,
    ) -> None:
        self._watch = _Watch(from_start="resumptionToken" not in params)
        super().__init__(sickle, params, ignore_deleted=ignore_deleted)  # type: ignore[call-arg]  # of the iterator

    def _next_response(self) -> None:
        one: Any = self
        if one.resumption_token and one.resumption_token.token:
            self._watch.follow(one.resumption_token.token.strip())
        super()._next_response()  # type: ignore[misc]  # of the iterator
        token = one.resumption_token
        if token and token.token:
            token.token = token.token.strip()
        size = token.complete_list_size if token else None
        self._watch.page(list(_names(one)), size)

    def next(self) -> Any:  # noqa: ANN401 - what the iterator gives
        try:
            return super().next()  # type: ignore[misc]  # of the iterator
        except StopIteration:
            if self.sickle.trust_size:  # type: ignore[attr-defined]  # of the iterator
                self._watch.end()
            raise


def _names(iterator: Any) -> Iterator[str]:  # noqa: ANN401 - any iterator of sickle
    """Name the records, headers or sets of the page at hand."""
    space = iterator.sickle.oai_namespace
    name = "setSpec" if iterator.verb == "ListSets" else "identifier"
    for item in iterator.oai_response.xml.iterfind(
        f".//{space}{VERBS_ELEMENTS[iterator.verb]}"
    ):
        found = item.find(f".//{space}{name}")
        yield (found is not None and found.text) or etree.tostring(item).decode()


def _watched(kind: type) -> type:
    """Give a class of iterators that is watched, and otherwise the same."""
    if issubclass(kind, _Watched):
        return kind
    return type(kind.__name__, (_Watched, kind), {"__doc__": kind.__doc__})
