"""What is harvested, and how: frozen, with the defaults of a polite guest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from panharvest.errors import ConfigError
from panharvest.transport import Manners

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """What is known of a repository that it does not say itself.

    Parameters
    ----------
    trust_size
        Whether ``completeListSize`` tells the length of a list.
    cap
        A list of exactly so many records is taken for cut off.
    granularity
        ``day`` or ``second`` whatever Identify says.
    incremental
        Whether ``from`` is of use: whether datestamps move when records change.
    hosts
        Other hosts that the repository may redirect to.
    sweep_every
        Seconds between sweeps, where that is another number than usual; 0: never.
    """

    trust_size: bool = True
    cap: int | None = None
    granularity: Literal["day", "second"] | None = None
    incremental: bool = True
    hosts: tuple[str, ...] = ()
    sweep_every: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A repository to harvest.

    Parameters
    ----------
    url
        Its base URL.
    name
        What it is called in reports; without it, its URL.
    prefix
        The format to ask for.
    sets
        The sets whose union is harvested; none: everything.
    first, last
        ``from`` and ``until`` of a list that is harvested once: days or instants in
        UTC, bounds inclusive (OAI-PMH 2.0 §2.7.1). It keeps no bookmark.
    quirks
        What is known of it that it does not say itself.

    Raises
    ------
    ConfigError
        When the URL is not a base URL, or the name of a set is empty.
    """

    url: str
    name: str = ""
    prefix: str = "oai_dc"
    sets: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    quirks: Quirks = Quirks()

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(
                f"'{bare(self.url)}' is not the address of a repository "
                "(https://host/path)"
            )
        if any(name == "verb" for name, _ in parse_qsl(parts.query)):
            base = urlunsplit(parts._replace(query="", fragment=""))
            raise ConfigError(
                f"'{bare(self.url)}' is a request; give the base URL, {bare(base)}"
            )
        if not all(spec.strip() for spec in self.sets):
            raise ConfigError(f"{bare(self.url)}: the name of a set is empty")
        if not self.name:
            object.__setattr__(self, "name", bare(self.url))


def bare(url: str) -> str:
    """Give a URL without the credentials in it: what may be shown and stored."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestSettings:
    """How to harvest.

    Parameters
    ----------
    manners
        How to behave towards servers.
    overlap
        Seconds that an incremental harvest reaches back behind the last one.
    sweep_every
        Seconds after which all identifiers are compared with the store again; None:
        never.
    sweep
        Compare them at the end of this harvest.
    vanish_after
        Sweeps that a record must be missing in before it counts as deleted.
    vanish_most
        Share of the records that may vanish at once; when more do a person is asked.
    accept_vanished
        That person has said yes.
    full
        Read everything again, whatever was read before.
    max_pages, max_empty
        Pages of a list, and empty pages in a row, after which it is taken for endless.
    max_fetch
        Records that are fetched one by one when a list did not bring them.
    max_record
        Bytes of one record.
    keep_pages
        Seconds that pages are kept though newer ones have replaced all their records.
    """

    manners: Manners = field(default_factory=Manners)
    overlap: float = DAY
    sweep_every: float | None = 30 * DAY
    sweep: bool = False
    vanish_after: int = 2
    vanish_most: float = 0.2
    accept_vanished: bool = False
    full: bool = False
    max_pages: int = 1_000_000
    max_empty: int = 100
    max_fetch: int = 5_000
    max_record: int = 16 * 2**20
    keep_pages: float = 30 * DAY
