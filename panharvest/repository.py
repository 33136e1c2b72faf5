"""What the repository says of itself and how it answers: frozen, checked settings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from panharvest import oai
from panharvest.errors import ConfigError
from panharvest.oai import tokens
from panharvest.xmltext import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DAY = 86_400
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-]*(\.[A-Za-z0-9][A-Za-z0-9\-]*)+")
_EMAIL = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")


@dataclass(frozen=True, slots=True)
class SetInfo:
    """What a set is called, and what is in it (English)."""

    name: str
    description: str | None = None


def _plain_set(spec: str) -> SetInfo:
    """Call a set by its setSpec."""
    return SetInfo(spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What the repository says of itself, and how it answers.

    Parameters
    ----------
    name
        The name that people read.
    base_url
        Public address of the service without a slash at its end; OAI-PMH is answered
        at ``base_url + "/oai"``.
    identifier
        Namespace of the identifiers ``oai:<identifier>:<id>``: a domain name that the
        repository may use (OAI identifier guidelines §2.1).
    admin_emails
        Who answers for it; at least one.
    keys
        Keys of resumption tokens, at least 16 bytes each: the first signs, all verify.
    formats
        Metadata prefix to address of the schema and namespace, in the order of
        ListMetadataFormats; ``oai_dc`` must be there.
    description
        What the repository holds, in English.
    page_size
        Records on a page.
    token_lifetime
        Seconds for which a resumption token is good at the least: a day or more.
    describe_set
        Gives name and description of a set by its setSpec.
    standing_sets
        Sets that are listed also while they are empty.
    with_sets
        Whether sets are offered at all.
    families
        The sets that are offered, each with those below it (``facility`` brings
        ``facility:esrf``); None: all that records are in.
    friends
        Base URLs of repositories that harvesters may want to know too.
    terms
        Address of the terms of the metadata (never of the data), such as CC0.
    sample_id
        A local identifier, for the example in Identify.

    Raises
    ------
    ConfigError
        When a value could not lead to legal answers; the message names the value.
    """

    name: str
    base_url: str
    identifier: str
    admin_emails: tuple[str, ...]
    keys: tuple[bytes, ...]
    formats: Mapping[str, tuple[str, str]]
    description: str = ""
    page_size: int = 100
    token_lifetime: int = 7 * _DAY
    describe_set: Callable[[str], SetInfo] = field(default=_plain_set)
    standing_sets: tuple[str, ...] = ("openaire_data",)
    with_sets: bool = True
    families: tuple[str, ...] | None = None
    friends: tuple[str, ...] = ()
    terms: str | None = None
    sample_id: str = "10.1234/example"
    # tells it from one that writes other headers
    mark: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        problem = _first_problem(self)
        if problem:
            raise ConfigError(f"repository: {problem}")
        told = repr((self.identifier, self.with_sets, self.families))
        object.__setattr__(self, "mark", told.encode() + b"\0")

    @property
    def oai_url(self) -> str:
        """The base URL of OAI-PMH, as Identify gives it."""
        return f"{self.base_url}/oai"

    def offers(self, spec: str) -> bool:
        """Whether a set is one of those that harvesters may know."""
        if not self.with_sets or self.families is None:
            return self.with_sets
        return any(one in self.families for one in (spec, *oai.set_ancestors(spec)))


@lru_cache(maxsize=8)
def address_in_xml(base_url: str) -> bytes:
    """Write our public address as it stands in XML."""
    return escape(base_url).encode()


@lru_cache(maxsize=8)
def address_in_json(base_url: str) -> bytes:
    """Write our public address as it stands in a text of JSON."""
    return json.dumps(base_url)[1:-1].encode()


def _first_problem(repository: Repository) -> str | None:
    """Find the first value that cannot lead to legal answers."""
    address = urlsplit(repository.base_url)
    specs = (*repository.standing_sets, *(repository.families or ()))
    illegal = [spec for spec in specs if not oai.is_set_spec(spec)]
    strange = [
        url for url in (*repository.friends, repository.terms or "") if not _is_web(url)
    ]
    bad_prefixes = [prefix for prefix in repository.formats if not _harvestable(prefix)]
    bad_emails = [
        mail for mail in repository.admin_emails if not _EMAIL.fullmatch(mail)
    ]
    checks = {
        "name is empty": not repository.name.strip(),
        "name or description holds control characters": not (
            f"{repository.name}{repository.description}".replace("\n", " ")
        ).isprintable(),
        f"base_url {repository.base_url} is not an address http(s)://host/path": (
            address.scheme not in {"http", "https"}
            or not address.netloc
            or bool(address.query or address.fragment)
            or re.search(r"[\s<>\"]", repository.base_url) is not None
        ),
        f"base_url {repository.base_url} must not end with a slash": (
            repository.base_url.endswith("/")
        ),
        f"identifier {repository.identifier} is not a domain name with a dot": (
            _HOST.fullmatch(repository.identifier) is None
        ),
        "admin_emails is empty": not repository.admin_emails,
        f"admin_emails holds no e-mail address: {bad_emails}": bool(bad_emails),
        f"keys must be at least one, of {tokens.MIN_KEY} bytes or more": (
            not repository.keys or min(map(len, repository.keys)) < tokens.MIN_KEY
        ),
        "formats lacks oai_dc": "oai_dc" not in repository.formats,
        f"formats holds illegal metadata prefixes: {bad_prefixes}": bool(bad_prefixes),
        f"page_size {repository.page_size} is not from 1 to 1000": (
            not 1 <= repository.page_size <= 1000
        ),
        "token_lifetime is less than a day": repository.token_lifetime < _DAY,
        f"standing_sets or families hold illegal set names: {illegal}": bool(illegal),
        f"friends or terms hold what is no web address: {strange}": bool(strange),
    }
    return next((problem for problem, holds in checks.items() if holds), None)


def _is_web(url: str) -> bool:
    """Tell an address that any reader of xs:anyURI takes; none is fine too."""
    return not url or (url.startswith(("http://", "https://")) and oai.is_uri(url))


def _harvestable(prefix: str) -> bool:
    """Tell a prefix for harvesters from one of our own and from an illegal one."""
    return oai.is_prefix(prefix) and not prefix.startswith("_")
