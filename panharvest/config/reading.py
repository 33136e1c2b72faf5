"""A file read: unknown keys found, paths made absolute, values checked."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from panharvest.config.checking import check
from panharvest.config.settings import AnySection, Settings
from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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
        document["store"] = _anchor_store(document["store"], path.absolute().parent)
    try:
        settings = msgspec.convert(document, Settings)
        check(settings)
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


def _anchor_store(url: str, folder: Path) -> str:
    """Make the path of a store's address absolute (``sqlite:///x.db``)."""
    scheme, mark, place = url.partition(":///")
    if not mark or place.startswith("/") or place in {"", ":memory:"}:
        return url
    return f"{scheme}:///{folder / place}"
