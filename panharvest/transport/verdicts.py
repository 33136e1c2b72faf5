"""What an answer, or none, means for the next attempt."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import requests

from panharvest.errors import RetryError, StopError

if TYPE_CHECKING:
    from panharvest.transport.manners import Reply

# Answers that may be other ones when asked again.
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524})


class StoppedError(StopError):
    """Whoever runs the transport asked it to stop."""


class NoAnswerError(RetryError):
    """There was no answer at all: no connection, or it broke."""


class UnavailableError(RetryError):
    """A server did not answer usefully, however often it was asked."""


def judge_status(reply: Reply) -> None:
    """Refuse an answer by its status alone.

    Raises
    ------
    RetryError
        When the same request may be answered later.
    StopError
        When it will not: what is asked for is not there, or not for us.
    """
    if reply.status == requests.codes.ok:
        return
    phrase = _PHRASES.get(reply.status, "")
    said = f"{reply.url}: HTTP {reply.status} {phrase}".rstrip()
    if reply.status in AGAIN:
        raise RetryError(said)
    raise StopError(said)


_PHRASES = {
    400: "(the server does not understand the request)",
    401: "(it asks for a password)",
    403: "(it refuses; a firewall may take us for a robot: write to its operator)",
    404: "(there is nothing at this address)",
    410: "(there is nothing at this address any more)",
    429: "(too many requests)",
    500: "(it has an error of its own)",
    502: "(what stands behind it does not answer)",
    503: "(it is not available now)",
    504: "(what stands behind it does not answer in time)",
}


def retry_after(text: str | None, now: float) -> float | None:
    """Read a ``Retry-After`` header (RFC 9110 §10.2.3): seconds, or a date.

    None when there is none or it is neither; negative numbers are 0.
    """
    if text is None:
        return None
    text = text.strip()
    try:
        return max(float(int(text)), 0.0)
    except (ValueError, OverflowError):
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def cause(error: BaseException) -> str:
    """Say in a few words what went wrong below."""
    names = {
        "ConnectTimeout": "no connection in time",
        "ConnectTimeoutError": "no connection in time",
        "DeadlineError": "the answer did not end in time",
        "ReadTimeout": "no answer in time",
        "ReadTimeoutError": "no answer in time",
        "IncompleteRead": "the answer ended too early",
        "ProtocolError": "the connection was cut",
        "ChunkedEncodingError": "the connection was cut",
        "ConnectionError": "no connection",
        "NameResolutionError": "no host of this name",
        "NewConnectionError": "no connection",
        "InvalidURL": "it is no address",
        "ProxyError": "the proxy does not connect",
    }
    seen: list[BaseException] = []
    todo: list[object] = [error]
    while todo and len(seen) < 20:
        one = todo.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            todo += [*one.args, one.__cause__, getattr(one, "reason", None)]
    for one in reversed(seen):
        if said := names.get(type(one).__name__):
            return said
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
