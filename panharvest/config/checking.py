"""What a type cannot say of settings: names, addresses, sources."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from panharvest.config.periods import period_of, seconds_of
from panharvest.config.settings import Settings, admin_emails
from panharvest.errors import ConfigError
from panharvest.oai import is_set_spec

# oai-identifier.xsd, repositoryIdentifierType (and no bare number in the last place: an
# IP address is nobody's name); OAI-PMH.xsd, emailType.
IDENTIFIER = re.compile(
    r"([a-zA-Z0-9][a-zA-Z0-9\-]*\.)+(?!\d+$)[a-zA-Z0-9][a-zA-Z0-9\-]*"
)
EMAIL = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")


def check(settings: Settings) -> None:
    """Check what a type cannot say.

    Raises
    ------
    ValueError
        Naming the key.
    """
    repository = settings.repository
    if not repository.name.strip():
        raise ValueError("repository.name: is empty")
    if repository.identifier and not IDENTIFIER.fullmatch(repository.identifier):
        raise ValueError(
            f"repository.identifier: '{repository.identifier}' is not a domain name "
            "(letters, digits and hyphens, at least one dot, as data.example.org)"
        )
    _check_sources(settings)
    try:
        period_of(settings.harvest.sweep_every or "never")
    except ValueError as error:
        raise ValueError(f"harvest.sweep-every: {error}") from None
    for email in admin_emails(settings):
        if not EMAIL.fullmatch(email):
            raise ValueError(f"repository.admin-email: '{email}' is no e-mail address")
    for spec in (*(repository.sets or ()), *repository.set_names):
        if not is_set_spec(spec):
            raise ValueError(
                f"repository: '{spec}' is not a setSpec (letters, digits and -_.!~*'() "
                "in parts that colons separate)"
            )
    if settings.serve.base_url is not None:
        try:
            check_base_url(settings.serve.base_url)
        except ConfigError as error:
            raise ValueError(f"serve.base-url: {error}") from None


def _check_sources(settings: Settings) -> None:
    names: set[str] = set()
    for number, one in enumerate(settings.sources):
        place = f"sources[{number}] ({one.name})"
        if not one.name.strip() or one.name in names:
            raise ValueError(f"{place}.name: it is empty, or there twice")
        names.add(one.name)
        for key, period in (("every", one.every), ("full-every", one.full_every)):
            try:
                seconds_of(period)
            except ValueError as error:
                raise ValueError(f"{place}.{key}: {error}") from None
        if bool(one.url) == bool(one.paths):
            raise ValueError(f"{place}: give url, or paths")
        if one.url and "@" in urlsplit(one.url).netloc:
            raise ValueError(
                f"{place}.url: leave name and password out of the address; give user "
                "and password-file"
            )
        if one.kind == "nexus" and one.url:
            raise ValueError(f"{place}: nexus reads paths, not an address")
        if one.kind == "oaipmh" and one.paths:
            raise ValueError(f"{place}: oaipmh reads an address, not paths")


def check_base_url(url: str) -> str:
    """Give a public base URL without slash at its end.

    Raises
    ------
    ConfigError
        When it is not the address of a folder on the web.
    """
    if not re.fullmatch(
        r"https?://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?(/[\w./~-]*)?", url
    ):
        raise ConfigError(
            f"'{url}' is not a public address like https://data.example.org/panharvest"
        )
    return url.rstrip("/")
