"""What the settings make: the repository that answers, and tables to publish with."""

from __future__ import annotations

import os
import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from panharvest.config import IDENTIFIER, admin_emails, check_base_url
from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.config import SetSettings, Settings
    from panharvest.protocols import Clock, Store
    from panharvest.provider import Repository, SetInfo
    from panharvest.publish import Context

KEY_VARIABLE = "PANHARVEST_SIGNING_KEY"
KEY_META = "signing_key"  # where the store keeps the key that was made for it
KEY_BYTES = 16  # shorter keys can be searched for
DEFAULT_IDENTIFIER = "panharvest.local"


def repository_identifier(settings: Settings, base_url: str) -> str:
    """Give the configured identifier, else the host of the base URL where it is one."""
    if settings.repository.identifier:
        return settings.repository.identifier
    host = urlsplit(base_url).hostname or ""
    return host if IDENTIFIER.fullmatch(host) else DEFAULT_IDENTIFIER


def signing_keys(settings: Settings, store: Store, clock: Clock) -> tuple[bytes, ...]:
    """Give the keys that sign resumption tokens; the first signs, all are accepted.

    They come from the environment (``PANHARVEST_SIGNING_KEY``, separated by blanks),
    else from the file that the settings name (one a line), else from the store, where
    one is made the first time.
    """
    place, given = KEY_VARIABLE, os.environ.get(KEY_VARIABLE, "")
    if not given and settings.serve.signing_key_file:
        place = settings.serve.signing_key_file
        try:
            given = Path(place).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"signing key file {place}: {error}") from None
        if not given.strip():
            raise ConfigError(f"signing key file {place}: it is empty")
    keys = tuple(word.encode() for word in given.split())
    if any(len(key) < KEY_BYTES for key in keys):
        raise ConfigError(f"{place}: a key has fewer than {KEY_BYTES} characters")
    if keys:
        return keys
    kept = store.meta(KEY_META)
    if kept is None:
        with store.write(clock) as writer:
            kept = writer.meta(KEY_META) or secrets.token_urlsafe(32)
            writer.put_meta(KEY_META, kept)
    return (kept.encode(),)


def build_repository(
    settings: Settings, store: Store, context: Context, base_url: str, clock: Clock
) -> Repository:
    """Put together how the OAI-PMH endpoint presents itself.

    Where no administrator is configured the address is ``admin@`` and the identifier of
    the repository: whoever serves to others is to be told so.

    Raises
    ------
    ConfigError
        Naming the setting that could not lead to legal answers.
    """
    from panharvest.provider import Repository

    identifier = repository_identifier(settings, base_url)
    families = settings.repository.sets
    return Repository(
        name=settings.repository.name,
        description=settings.repository.description,
        base_url=check_base_url(base_url),
        identifier=identifier,
        admin_emails=admin_emails(settings) or (f"admin@{identifier}",),
        page_size=settings.repository.page_size,
        keys=signing_keys(settings, store, clock),
        formats={n: (f.schema, f.namespace) for n, f in context.formats.items()},
        describe_set=partial(describe_set, context, settings.repository.set_names),
        standing_sets=("openaire_data",) if _offers(settings, "openaire_data") else (),
        families=None if families is None else tuple(families),
        friends=tuple(settings.repository.friends),
        terms=metadata_terms(settings),
    )


def _offers(settings: Settings, spec: str) -> bool:
    families = settings.repository.sets
    return families is None or spec in families


def metadata_terms(settings: Settings) -> str | None:
    """Give the address of the terms of the metadata.

    Raises
    ------
    ConfigError
        When they are neither a licence that we know nor an address.
    """
    from panharvest.derived import known_licence
    from panharvest.record import Licence

    given = settings.repository.metadata_licence
    if given is None or given.startswith(("http://", "https://")):
        return given
    found = known_licence(Licence(spdx=given)).url
    if found is None:
        raise ConfigError(
            f"repository.metadata-licence: '{given}' is neither a web address nor the "
            "SPDX identifier of a licence that is known here (CC0-1.0, CC-BY-4.0)"
        )
    return found


def describe_set(
    context: Context, named: Mapping[str, SetSettings], spec: str
) -> SetInfo:
    """Give the name and description of a set by its setSpec: the operator's or ours."""
    from panharvest.codelists import kinds
    from panharvest.provider import SetInfo
    from panharvest.record import Kind
    from panharvest.vocabulary import normalise_term, panet

    kind, _, value = spec.partition(":")
    if spec in named:
        return SetInfo(named[spec].name, named[spec].description)
    if spec == "openaire_data":
        return SetInfo("OpenAIRE data", "All data that is open, for OpenAIRE")
    if kind == "facility" and (profile := context.facilities.get(value)):
        return SetInfo(profile.name, f"Records of {profile.name}")
    if kind == "technique" and (iri := normalise_term(value)):
        term = panet().term(iri)
        if term is not None:
            return SetInfo(term.label, f"Technique {value} of PaNET and all below it")
    if kind == "origin" and value:
        return SetInfo(f"From {value}", f"Records harvested from {value}")
    if kind == "kind" and value in set(Kind):
        return SetInfo(kinds()[Kind(value)].text)
    names = {
        "access:open": SetInfo("Open access", "The data can be had by everybody"),
        "access:embargoed": SetInfo("Under embargo", "The data will be open later"),
        "facility": SetInfo("Facilities", "Records by facility"),
        "technique": SetInfo("Techniques", "Records by technique (PaNET)"),
        "kind": SetInfo("Kinds", "Records by kind of resource"),
        "access": SetInfo("Access", "Records by access to the data"),
        "origin": SetInfo("Origins", "Records by the repository they come from"),
    }
    return names.get(spec) or SetInfo(f"{kind}: {value}" if value else spec)


def build_context(settings: Settings) -> Context:
    """Load the tables, facilities and formats that publishing works with."""
    from panharvest.facilities import load_facilities
    from panharvest.formats import with_versions
    from panharvest.mapping import load_tables
    from panharvest.publish import Context

    try:
        formats = with_versions(settings.repository.payload_versions)
    except ValueError as problem:
        raise ConfigError(f"repository.payload-versions: {problem}") from None
    return Context(
        tables=load_tables(_folder(settings.ontologies, "ontologies")),
        facilities=load_facilities(_folder(settings.facilities, "facilities")),
        formats=formats,
        terms=metadata_terms(settings),
    )


def _folder(place: str | None, key: str) -> Path | None:
    if place is not None and not Path(place).is_dir():
        raise ConfigError(f"{key}: {place} is not a folder")
    return Path(place) if place else None
