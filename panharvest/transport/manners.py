"""How to behave towards a server; what goes to it and what comes back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping  # noqa: TC003  (types of fields)
from dataclasses import dataclass, field

from panharvest.unpacking import MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How to behave towards a server, and what not to put up with.

    Parameters
    ----------
    contact
        Your e-mail address, for the ``From`` header and the ``User-Agent``: who runs
        the server can tell you what goes wrong.
    agent
        What the ``User-Agent`` begins with.
    pace
        Seconds between the end of one request to a host and the next.
    attempts
        How often a request is made at most.
    backoff, longest_backoff
        Seconds before the second attempt, doubled for each further one, and their
        limit. Half of each wait is random, so that clients do not come back in step.
    longest_wait
        Most seconds that a server's ``Retry-After`` is followed for.
    connect_timeout, read_timeout, deadline
        Seconds to connect, between two pieces of an answer, and for all of it.
    max_bytes
        Most bytes of an answer, unpacked.
    max_ratio
        Most bytes that one packed byte may become (looked at from 16 MiB on).
    redirects
        Most redirects in a row.
    robots
        Whether to heed ``Crawl-delay`` of the server's robots.txt.
    verify
        A bundle of certificates of your own, instead of the usual ones.
    """

    contact: str | None = None
    agent: str = "panharvest"
    pace: float = 1.0
    attempts: int = 6
    backoff: float = 2.0
    longest_backoff: float = 120.0
    longest_wait: float = 3600.0
    connect_timeout: float = 20.0
    read_timeout: float = 120.0
    deadline: float = 900.0
    max_bytes: int = 256 * MIB
    max_ratio: int = 200
    redirects: int = 5
    robots: bool = False
    verify: str | bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, unpacked. The names of headers are in lower case."""

    url: str  # where it came from, without credentials
    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    fetched: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes with a request; with a body it is a POST. Never logged."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Why nothing happens for some seconds."""

    seconds: float
    attempt: int  # that failed
    reason: str


@dataclass(slots=True)
class Timing:
    """Time and chance, so that tests can hold them still."""

    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random  # in [0, 1)
