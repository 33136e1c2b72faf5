"""Which addresses are those of one repository."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from panharvest.catalogued import CATALOGUE
from panharvest.harvester.settings import bare

if TYPE_CHECKING:
    from panharvest.harvested import Harvests

PORTS = {"http": 80, "https": 443}


def sameness(url: str) -> tuple[str, ...]:
    """Give what the addresses of one repository have in common.

    A slash at the end of the path, and capitals in the name of the host, make no other
    repository, nor does the port that the scheme has anyway. Behind a query nothing is
    certain: there the path counts as it is.
    """
    parts = urlsplit(bare(url))
    host = (parts.hostname or "").lower()
    try:
        port = parts.port
    except ValueError:  # it is no address, and no other is the same
        return (url,)
    scheme = parts.scheme.lower()
    path = parts.path if parts.query else parts.path.rstrip("/")
    return scheme, host, str(port or PORTS.get(scheme)), path, parts.query


def known_address(harvests: Harvests, url: str) -> str:
    """Give the address under which records of a repository are kept.

    It is the one that is asked for, unless the store has records under another spelling
    of it, and none under this one. What was once kept under two stays so.
    """
    wanted = bare(url)
    same = [
        feed
        for feed in harvests.feeds()
        if not feed.prefix.startswith(CATALOGUE) and sameness(feed.url) == sameness(url)
    ]
    if any(feed.url == wanted and _has_any(harvests, feed.num) for feed in same):
        return wanted
    return next((feed.url for feed in same if _has_any(harvests, feed.num)), wanted)


def _has_any(harvests: Harvests, feed: int) -> bool:
    found = harvests.totals(feed)
    return bool(found.live or found.deleted or found.vanished or found.quarantined)
