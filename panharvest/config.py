"""``panharvest.toml`` as frozen settings, checked; what they make is in ``building``.

Each table but ``repository`` is named like a command and holds its options under their
names on the command line. An unknown key is an error with its path. Paths are relative
to the folder of the file. Secrets come from the environment or from files of their own.
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, field

from panharvest.errors import ConfigError
from panharvest.oai import is_set_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


FILE = "panharvest.toml"
DEFAULT_STORE = "sqlite:///panharvest.db"

# oai-identifier.xsd, repositoryIdentifierType (and no bare number in the last place: an
# IP address is nobody's name); OAI-PMH.xsd, emailType.
IDENTIFIER = re.compile(
    r"([a-zA-Z0-9][a-zA-Z0-9\-]*\.)+(?!\d+$)[a-zA-Z0-9][a-zA-Z0-9\-]*"
)
EMAIL = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")

Port = Annotated[int, Meta(ge=0, le=65535)]
Jobs = Annotated[int, Meta(ge=1, le=1024)]
Seconds = Annotated[float, Meta(gt=0)]
PageSize = Annotated[int, Meta(ge=1, le=1000)]
Burst = Annotated[int, Meta(ge=1)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class SetSettings(Section, frozen=True):
    """What a set is called, and what is in it."""

    name: str
    description: str | None = None


class RepositorySettings(Section, frozen=True):
    """How the repository presents itself in ``Identify``.

    ``identifier`` is the middle of every OAI identifier (``oai:<identifier>:...``) and
    must never change once records were harvested. ``friends`` are base URLs of other
    repositories; ``metadata-licence`` (SPDX identifier or address) holds for the
    metadata, never for the data. ``sets`` are those that are offered, each with all
    below it (``facility``, ``technique``, ``kind``, ``access``, ``openaire_data``);
    ``set-names`` gives sets a name and a description of your own. ``payload-versions``
    maps metadata prefixes of DataCite to versions of its kernel (4.4 to 4.7), for
    consumers that do not know the newest: ``oai_datacite44 = "4.4"``.
    """

    name: str = "panharvest"
    description: str = ""
    identifier: str | None = None
    admin_email: str | list[str] | None = field(default=None, name="admin-email")
    page_size: PageSize = field(default=100, name="page-size")
    friends: list[str] = []
    metadata_licence: str | None = field(default=None, name="metadata-licence")
    sets: list[str] | None = None
    payload_versions: dict[str, str] = field(
        default_factory=dict, name="payload-versions"
    )
    set_names: dict[str, SetSettings] = field(default_factory=dict, name="set-names")


class MapSettings(Section, frozen=True):
    """Options of ``panharvest map``."""

    as_: str | None = field(default=None, name="as")
    trace: bool | None = None
    facility: str | None = None
    manifest: str | None = None
    per_entry: bool | None = field(default=None, name="per-entry")


class IngestSettings(Section, frozen=True):
    """Options of ``panharvest ingest nexus``. ``timeout`` is seconds for one file."""

    facility: str | None = None
    manifest: str | None = None
    jobs: Jobs | None = None
    per_entry: bool | None = field(default=None, name="per-entry")
    strict: bool | None = None
    timeout: Seconds | None = None


class StatusSettings(Section, frozen=True):
    """Options of ``panharvest status``."""

    json: bool | None = None


class WithdrawSettings(Section, frozen=True):
    """Options of ``panharvest withdraw``."""

    reason: str | None = None


class ServeSettings(Section, frozen=True):
    """Options of ``panharvest serve``, where its signing keys are, and web manners.

    ``rate-limit`` is requests a second that one client may make in the long run,
    ``burst`` how many at once after a rest. ``trusted-proxies`` are addresses or
    networks whose ``X-Forwarded-For`` tells clients apart.
    """

    host: str | None = None
    port: Port | None = None
    base_url: str | None = field(default=None, name="base-url")
    demo: bool | None = None
    demo_folder: str | None = field(default=None, name="demo-folder")
    signing_key_file: str | None = field(default=None, name="signing-key-file")
    rate_limit: Seconds | None = field(default=None, name="rate-limit")
    burst: Burst | None = None
    trusted_proxies: list[str] = field(default_factory=list, name="trusted-proxies")
    metrics: bool | None = None


class HarvestSection(Section, frozen=True):
    """Options of ``panharvest harvest``.

    ``endpoints`` is a file with endpoints of your own (docs/reference/endpoints.md);
    ``contact`` is your address, which the servers that are asked are told.
    ``sweep_every`` is the time between comparisons of all identifiers (``30d``, ``4w``;
    ``never``), where the list of endpoints has no other.
    """

    endpoints: str | None = None
    sweep_every: str | None = field(default=None, name="sweep-every")
    contact: str | None = None
    pace: Annotated[float, Meta(ge=0)] | None = None
    jobs: Jobs | None = None
    publish: bool | None = None
    report: str | None = None


class SourceSettings(Section, frozen=True):
    """A source that ``panharvest sync`` reads: a table ``[[sources]]`` for each.

    ``kind`` is ``scicat``, ``icat``, ``icatplus``, ``panosc``, ``oaipmh``, ``nexus`` or
    what an installed package adds; ``url`` an address, or ``paths`` files (folders for
    ``nexus``). ``every`` is the time between two runs (``6h``, ``1d``), ``full_every``
    that between two that read everything, whatever the catalogue says has changed.
    Secrets are in files, or in variables of the environment that are named here; never
    here.
    """

    name: str
    kind: str
    url: str | None = None
    paths: list[str] = []
    every: str = "1d"
    full_every: str = field(default="30d", name="full-every")
    facility: str | None = None
    user: str | None = None
    plugin: str | None = None
    token_file: str | None = field(default=None, name="token-file")
    token_variable: str | None = field(default=None, name="token-variable")
    password_file: str | None = field(default=None, name="password-file")
    password_variable: str | None = field(default=None, name="password-variable")
    sweep: bool = True
    pace: Annotated[float, Meta(ge=0)] = 1.0
    contact: str | None = None
    prefix: str | None = None
    sets: list[str] = []
    manifest: str | None = None
    options: dict[str, str] = {}


class OntologySettings(Section, frozen=True):
    """Options of ``panharvest ontology import``."""

    output: str | None = None


class Settings(Section, frozen=True):
    """All settings; ``None`` means: not set, the command's default holds.

    ``facilities`` is a folder whose files add to the facilities that are known, or
    replace them; ``ontologies`` one whose mapping tables replace ours.
    """

    store: str = DEFAULT_STORE
    verbose: bool | None = None
    facilities: str | None = None
    ontologies: str | None = None
    repository: RepositorySettings = RepositorySettings()
    map: MapSettings = MapSettings()
    ingest: IngestSettings = IngestSettings()
    status: StatusSettings = StatusSettings()
    withdraw: WithdrawSettings = WithdrawSettings()
    serve: ServeSettings = ServeSettings()
    harvest: HarvestSection = HarvestSection()
    ontology: OntologySettings = OntologySettings()
    sources: list[SourceSettings] = []


PATHS = (
    ("facilities",),
    ("ontologies",),
    ("map", "manifest"),
    ("ingest", "manifest"),
    ("serve", "demo-folder"),
    ("serve", "signing-key-file"),
    ("harvest", "endpoints"),
    ("harvest", "report"),
    ("ontology", "output"),
)


def read_settings(path: Path | None = None) -> Settings:
    """Read a configuration file; without one, the defaults.

    Raises
    ------
    ConfigError
        When the file cannot be read, has an unknown key (all of them are named) or a
        value that its key cannot have.
    """
    if path is None:
        return Settings()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML in UTF-8: {error}") from None
    if problems := list(_unknown(document, Settings, "")):
        raise ConfigError(f"{path}: " + "; ".join(problems))
    for keys in PATHS:
        _anchor(document, keys, path.absolute().parent)
    _anchor_sources(document, path.absolute().parent)
    if isinstance(document.get("store"), str):
        document["store"] = anchor_store(document["store"], path.absolute().parent)
    try:
        settings = msgspec.convert(document, Settings)
        _check(settings)
    except ValueError as error:
        said = str(error).replace(" | null", "")
        message, _, place = said.partition(" - at `$.")
        where = f"{place.rstrip('`')}: " if place else ""
        raise ConfigError(f"{path}: {where}{message}") from None
    return settings


def _unknown(table: Mapping[str, Any], section: type, place: str) -> Iterator[str]:
    known = {f.encode_name: f.type for f in msgspec.structs.fields(section)}
    for key, value in table.items():
        if key not in known:
            near = get_close_matches(key, known, 1) or get_close_matches(
                key.replace("_", "-"), known, 1
            )
            advice = (
                f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            )
            yield f"{place}{key}: unknown key; {advice}"
        elif isinstance(value, dict) and known[key] in get_args(AnySection):
            yield from _unknown(value, known[key], f"{place}{key}.")


AnySection = (
    RepositorySettings
    | MapSettings
    | IngestSettings
    | StatusSettings
    | WithdrawSettings
    | ServeSettings
    | HarvestSection
    | OntologySettings
)


def _anchor(document: dict[str, Any], keys: tuple[str, ...], folder: Path) -> None:
    """Make a path of the file absolute: it is relative to the file's folder."""
    table: Any = document
    for key in keys[:-1]:
        table = table.get(key)
    if isinstance(table, dict) and isinstance(table.get(keys[-1]), str):
        table[keys[-1]] = str(folder / Path(table[keys[-1]]).expanduser())


def _anchor_sources(document: dict[str, Any], folder: Path) -> None:
    """Make the paths of sources absolute."""
    sources = document.get("sources")
    for one in sources if isinstance(sources, list) else []:
        for key in ("token-file", "password-file", "manifest"):
            if isinstance(one, dict):
                _anchor(one, (key,), folder)
        paths = one.get("paths") if isinstance(one, dict) else None
        if isinstance(paths, list):
            one["paths"] = [
                str(folder / Path(path).expanduser()) if isinstance(path, str) else path
                for path in paths
            ]


def anchor_store(url: str, folder: Path) -> str:
    """Make the path of a store's address absolute (``sqlite:///x.db``)."""
    scheme, mark, place = url.partition(":///")
    if not mark or place.startswith("/") or place in {"", ":memory:"}:
        return url
    return f"{scheme}:///{folder / place}"


def _check(settings: Settings) -> None:
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


PERIOD = re.compile(r"(\d{1,4})\s*(m|min|h|d|w)")
LENGTHS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def seconds_of(period: str) -> int:
    """Read a period such as ``30min``, ``6h``, ``1d`` or ``1w``.

    Raises
    ------
    ValueError
        When it is none.
    """
    found = PERIOD.fullmatch(period.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"'{period}' is no period like 30min, 6h, 1d or 1w")
    return int(found[1]) * LENGTHS[found[2]]


def period_of(text: str) -> int | None:
    """Read a period, or ``never`` (None).

    Raises
    ------
    ValueError
        When it is neither.
    """
    if text.strip().lower() == "never":
        return None
    try:
        return seconds_of(text)
    except ValueError as error:
        raise ValueError(f"{error}, nor never") from None


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


def admin_emails(settings: Settings) -> tuple[str, ...]:
    """Give the configured addresses of the repository's administrators."""
    given = settings.repository.admin_email
    return (given,) if isinstance(given, str) else tuple(given or ())


def table(section: Section) -> dict[str, object]:
    """Give a section as it is written in the file: names with hyphens, and values."""
    return {
        f.encode_name: getattr(section, f.name) for f in msgspec.structs.fields(section)
    }
