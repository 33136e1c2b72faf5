"""The tables of ``panharvest.toml`` and their keys, each of its type."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, field

DEFAULT_STORE = "sqlite:///panharvest.db"

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


def admin_emails(settings: Settings) -> tuple[str, ...]:
    """Give the configured addresses of the repository's administrators."""
    given = settings.repository.admin_email
    return (given,) if isinstance(given, str) else tuple(given or ())


def table(section: Section) -> dict[str, object]:
    """Give a section as it is written in the file: names with hyphens, and values."""
    return {
        f.encode_name: getattr(section, f.name) for f in msgspec.structs.fields(section)
    }
