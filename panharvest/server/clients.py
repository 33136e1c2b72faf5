"""Who is asking, and how often: a token bucket for each client.

A client that is told to wait and does wait is always let in, so that no polite
harvester runs out of retries; what it asks for too early costs it nothing.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Scope

    from panharvest.server.settings import Network

MOST = 10_000  # clients that are remembered; about a megabyte
_SITE = 64  # bits of an IPv6 address that name a site: the rest is free to choose

Address = IPv4Address | IPv6Address


class Limiter:
    """A token bucket for each client, as the virtual schedule of its next request.

    Parameters
    ----------
    rate
        Requests a second in the long run.
    burst
        Requests at once after a rest.
    timer
        Seconds of a clock that never goes back.
    """

    def __init__(self, rate: float, burst: int, timer: Callable[[], float]) -> None:
        self._each, self._slack = 1 / rate, (burst - 1) / rate
        self._timer = timer
        # client -> when its bucket is full again; those that asked last stand last
        self._full: OrderedDict[str, float] = OrderedDict()

    def wait(self, client: str) -> int:
        """Take a request in (0), or give the whole seconds until it would be."""
        now = self._timer()
        full = max(now, self._full.get(client, now))
        early = full - now - self._slack
        if early > 0:
            self._full.move_to_end(client)
            return math.ceil(early)
        self._full[client] = full + self._each
        self._full.move_to_end(client)
        while len(self._full) > MOST:
            self._full.popitem(last=False)
        return 0


def client_of(scope: Scope, trusted: Sequence[Network]) -> str:
    """Give the client that a request is from, as far as it can be known.

    The peer, unless that is a proxy we trust: then the last address of
    ``X-Forwarded-For`` that is not one of our proxies. What stands before it anybody
    can have written.
    """
    peer = scope.get("client")
    address = _address(peer[0]) if peer else None
    if address is None:
        return "local"  # a socket without addresses: there is one proxy before us
    forwarded = b",".join(
        value for name, value in scope["headers"] if name == b"x-forwarded-for"
    )
    for hop in reversed(forwarded.decode("latin-1").split(",")):
        named = _address(hop.strip())
        if named is None or not _is_in(address, trusted):
            break
        address = named
    if isinstance(address, IPv6Address):
        return f"{int(address) >> (128 - _SITE):x}/{_SITE}"
    return str(address)


def _address(text: str) -> Address | None:
    """Read an address, with a port or without."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
