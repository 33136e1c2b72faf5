"""The configuration file: every option, and errors that name the key."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from panharvest import building, config
from panharvest.config import Settings, read_settings
from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = """
store = "sqlite:///data/x.db"
verbose = true
facilities = "our-facilities"
ontologies = "/srv/ontologies"

[repository]
name = "Data of a facility"
description = "All of them"
identifier = "data.example.org"
admin-email = ["a@example.org", "b@example.org"]
page-size = 50
friends = ["https://friend.example.org/oai"]
metadata-licence = "CC0-1.0"
sets = ["openaire_data", "facility"]

[repository.set-names]
facility = { name = "Places", description = "Where it was measured" }

[map]
as = "datacite"
trace = true
facility = "esrf"
manifest = "m.csv"
per-entry = true

[ingest]
facility = "esrf"
manifest = "m.csv"
jobs = 4
per-entry = true
strict = true
timeout = 12.5

[status]
json = true

[withdraw]
reason = "asked by the owner"

[serve]
host = "0.0.0.0"
port = 80
base-url = "https://data.example.org/pan/"
demo = false
demo-folder = "demo"
signing-key-file = "key"
rate-limit = 5
burst = 100
trusted-proxies = ["127.0.0.1", "10.0.0.0/8"]
metrics = false

[ontology]
output = "panet.tsv"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "panharvest.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_settings(write(folder, text))
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder}/panharvest.toml: ")


def test_every_option_is_read(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, FULL))
    assert settings.store == f"sqlite:///{tmp_path}/data/x.db"
    assert settings.facilities == f"{tmp_path}/our-facilities"
    assert settings.ontologies == "/srv/ontologies"
    assert settings.map.as_ == "datacite"
    assert settings.ingest.manifest == f"{tmp_path}/m.csv"
    assert settings.ingest.timeout == 12.5
    assert settings.serve.signing_key_file == f"{tmp_path}/key"
    unset = [
        f"{section}.{name}"
        for section in ("map", "ingest", "status", "withdraw", "serve", "ontology")
        for name, value in config.table(getattr(settings, section)).items()
        if value is None
    ]
    assert unset == []


def test_without_a_file_there_are_defaults() -> None:
    settings = read_settings(None)
    assert settings == Settings()
    assert settings.store == "sqlite:///panharvest.db"
    assert settings.repository.page_size == 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serve]\nprot = 1", "serve.prot: unknown key; did you mean port?"),
        ("[serve]\nbase_url = 'x'", "serve.base_url: unknown key; did you mean base-u"),
        ("stoer = 'x'", "stoer: unknown key; did you mean store?"),
        ("[serf]\nport = 1", "serf: unknown key; did you mean serve?"),
        ("[status]\nzzz = 1", "status.zzz: unknown key; known: json"),
        (
            "[serve]\na = 1\nb = 2",
            "serve.a: unknown key; known: host, port, base-url, ",
        ),
        ("[serve]\nport = 'x'", "serve.port: Expected `int`, got `str`"),
        ("[serve]\nport = 70000", "serve.port: Expected `int` <= 65535"),
        ("[ingest]\njobs = 0", "ingest.jobs: Expected `int` >= 1"),
        ("[ingest]\ntimeout = -1.0", "ingest.timeout: Expected `float` > 0"),
        ("serve = 1", "serve: Expected `object`, got `int`"),
        ("store = 1", "store: Expected `str`, got `int`"),
        ("[repository]\nname = ' '", "repository.name: is empty"),
        (
            "[repository]\nidentifier = 'x'",
            "repository.identifier: 'x' is not a domain",
        ),
        (
            "[repository]\nidentifier = '10.0.0.1'",
            "repository.identifier: '10.0.0.1' is",
        ),
        ("[repository]\nadmin-email = 'x'", "repository.admin-email: 'x' is no e-mail"),
        ("[repository]\npage-size = 0", "repository.page-size: Expected `int` >= 1"),
        ("[serve]\nbase-url = 'x'", "serve.base-url: 'x' is not a public address"),
        ("[serve]\nbase-url = 'http://a/?b'", "serve.base-url: 'http://a/?b' is not"),
        ("[serve]\nport = ", "not TOML in UTF-8: Invalid value (at"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(
    tmp_path: Path, text: str, message: str
) -> None:
    assert complaint(tmp_path, text).startswith(message)


def test_all_unknown_keys_are_named(tmp_path: Path) -> None:
    message = complaint(tmp_path, "a = 1\n[serve]\nb = 2\n[map]\nc = 3")
    assert [
        part.split(":")[0] for part in message.split("; ") if "unknown" in part
    ] == [
        "a",
        "serve.b",
        "map.c",
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("url", "identifier"),
    [
        ("https://data.example.org/x", "data.example.org"),
        ("http://127.0.0.1:8000", "panharvest.local"),
        ("http://localhost:8000", "panharvest.local"),
        ("http://[::1]:8000", "panharvest.local"),
        ("https://3d.example.org", "3d.example.org"),
    ],
)
def test_the_identifier_follows_the_host_unless_set(url: str, identifier: str) -> None:
    assert building.repository_identifier(Settings(), url) == identifier
    named = Settings(repository=config.RepositorySettings(identifier="a.b"))
    assert building.repository_identifier(named, url) == "a.b"


class Metas:
    """A store as far as signing keys need one."""

    def __init__(self) -> None:
        self.metas: dict[str, str] = {}
        self.writes = 0

    def meta(self, key: str) -> str | None:
        return self.metas.get(key)

    def put_meta(self, key: str, value: str) -> None:
        self.metas[key] = value

    @contextmanager
    def write(self, clock: Any) -> Iterator[Metas]:
        self.writes += 1
        yield self


class TestSigningKeys:
    @pytest.fixture(autouse=True)
    def no_key_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(building.KEY_VARIABLE, raising=False)

    def keys(self, settings: Settings, store: Any = None) -> tuple[bytes, ...]:
        return building.signing_keys(settings, store or Metas(), lambda: 0.0)

    def test_one_is_made_and_kept(self) -> None:
        store = Metas()
        first, again = self.keys(Settings(), store), self.keys(Settings(), store)
        assert first == again
        assert len(first[0]) >= building.KEY_BYTES
        assert store.writes == 1
        assert self.keys(Settings(), Metas()) != first

    def test_the_environment_comes_first(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "key").write_text("from-the-file-of-keys\n")
        monkeypatch.setenv(building.KEY_VARIABLE, f"{'new' * 8} {'old' * 8}")
        serve = config.ServeSettings(signing_key_file=str(tmp_path / "key"))
        assert self.keys(Settings(serve=serve)) == (b"new" * 8, b"old" * 8)
        monkeypatch.delenv(building.KEY_VARIABLE)
        assert self.keys(Settings(serve=serve)) == (b"from-the-file-of-keys",)

    @pytest.mark.parametrize("content", ["", "too-short"])
    def test_bad_keys(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "key").write_text(content)
        serve = config.ServeSettings(signing_key_file=str(tmp_path / "key"))
        with pytest.raises(ConfigError, match=r"empty|16 characters") as caught:
            self.keys(Settings(serve=serve))
        assert not content or content not in str(caught.value)

    def test_no_key_file(self, tmp_path: Path) -> None:
        serve = config.ServeSettings(signing_key_file=str(tmp_path / "none"))
        with pytest.raises(ConfigError, match="No such file"):
            self.keys(Settings(serve=serve))


@pytest.mark.parametrize("key", ["facilities", "ontologies"])
def test_folders_must_be_there(tmp_path: Path, key: str) -> None:
    settings = read_settings(write(tmp_path, f'{key} = "none"'))
    with pytest.raises(ConfigError, match=f"{key}: .*none is not a folder"):
        building.build_context(settings)


def test_the_repository_is_put_together(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, FULL.split("[map]", maxsplit=1)[0]))
    context = building.build_context(Settings())
    store: Any = Metas()
    url = "https://pan.example.org/x/"
    repository = building.build_repository(settings, store, context, url, lambda: 0.0)
    assert repository.base_url == "https://pan.example.org/x"
    assert repository.identifier == "data.example.org"
    assert repository.admin_emails == ("a@example.org", "b@example.org")
    assert repository.page_size == 50
    assert "oai_datacite" in repository.formats
    info = repository.describe_set
    esrf = context.facilities.get("esrf")
    assert esrf is not None
    assert info("facility:esrf").name == esrf.name
    assert info("technique:PaNET01188").name not in {"", "technique:PaNET01188"}
    assert info("kind:raw").name == "Raw experimental data"
    plain = building.build_repository(Settings(), store, context, url, lambda: 0.0)
    assert plain.admin_emails == ("admin@pan.example.org",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('sets = ["open data"]', "open data"),
        ('sets = ["facility:"]', "facility:"),
        ('set-names = { "å" = { name = "x" } }', "å"),
    ],
)
def test_p17_sets_are_checked_where_they_are_configured(
    tmp_path: Path, text: str, named: str
) -> None:
    told = complaint(tmp_path, f"[repository]\n{text}\n")
    assert f"'{named}' is not a setSpec" in told


def test_sets_friends_and_terms_are_configured(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, FULL.split("[map]", maxsplit=1)[0]))
    context = building.build_context(Settings(repository=settings.repository))
    store: Any = Metas()
    url = "https://pan.example.org"
    repository = building.build_repository(settings, store, context, url, lambda: 0.0)
    cc0 = "https://creativecommons.org/publicdomain/zero/1.0/legalcode"
    assert repository.terms == context.terms == cc0
    assert repository.friends == ("https://friend.example.org/oai",)
    assert repository.families == ("openaire_data", "facility")
    assert repository.standing_sets == ("openaire_data",)
    assert repository.describe_set("facility").name == "Places"
    narrow = config.RepositorySettings(sets=["facility"])
    without = building.build_repository(
        Settings(repository=narrow), store, context, url, lambda: 0.0
    )
    assert without.standing_sets == ()
    address = config.RepositorySettings(metadata_licence="https://x.example.org/terms")
    assert building.metadata_terms(Settings(repository=address)) == (
        "https://x.example.org/terms"
    )
    assert building.metadata_terms(Settings()) is None
    unknown = config.RepositorySettings(metadata_licence="mine")
    with pytest.raises(ConfigError, match=r"metadata-licence: 'mine'"):
        building.metadata_terms(Settings(repository=unknown))


# --- versions of DataCite -------------------------------------------------------------


def test_older_kernels_for_some_prefixes() -> None:
    versions = {"oai_datacite": "4.6", "oai_datacite44": "4.4"}
    settings = Settings(repository=config.RepositorySettings(payload_versions=versions))
    formats = building.build_context(settings).formats
    assert formats["oai_datacite"].prefix == "oai_datacite"
    assert list(formats)[-1] == "oai_datacite44"
    assert formats["datacite"].schema.endswith("kernel-4.7/metadata.xsd")


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({"oai_dc": "4.4"}, "oai_dc: only prefixes"),
        ({"datacite": "3.1"}, r"DataCite 3\.1 cannot be written"),
    ],
)
def test_versions_that_cannot_be(versions: dict[str, str], said: str) -> None:
    settings = Settings(repository=config.RepositorySettings(payload_versions=versions))
    with pytest.raises(ConfigError, match=f"repository.payload-versions: {said}"):
        building.build_context(settings)
