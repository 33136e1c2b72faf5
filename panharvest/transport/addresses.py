"""Addresses as they are asked, followed and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

from panharvest.errors import StopError

if TYPE_CHECKING:
    from collections.abc import Sequence


def asked(url: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Give the address of a request: every value is percent-encoded, exactly once."""
    parts = urlsplit(url)
    query = urlencode(parameters, quote_via=quote, safe="", errors="surrogateescape")
    joined = "&".join(one for one in (parts.query, query) if one)
    return urlunsplit(parts._replace(query=joined, fragment=""))


def redirected(url: str, location: str, allowed: set[str | None]) -> str:
    """Follow a redirect, unless it leads to another host or out of TLS.

    Credentials go no further than the host they are for.
    """
    new = urljoin(url, location)
    old_parts, parts = urlsplit(url), urlsplit(new)
    if parts.scheme not in {"http", "https"}:
        raise StopError(f"{shown(url)}: redirects to what is no web address")
    if old_parts.scheme == "https" and parts.scheme == "http":
        raise StopError(
            f"{shown(url)}: redirects to an address without TLS, which is not followed"
        )
    if parts.hostname not in allowed:
        raise StopError(
            f"{shown(url)}: redirects to {parts.hostname}, another host; if the "
            "repository has moved there, give its new address, or allow that host"
        )
    userinfo, at, _ = old_parts.netloc.rpartition("@")
    place = parts.netloc.rpartition("@")[2]
    if at and parts.hostname == old_parts.hostname:
        place = f"{userinfo}@{place}"
    return urlunsplit(parts._replace(netloc=place))


def shown(url: str) -> str:
    """Give a URL without credentials."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
