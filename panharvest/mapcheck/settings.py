"""``checks.toml``: levels of a folder's sets, and suppressions with reason and date."""

from __future__ import annotations

import datetime  # noqa: TC003 - msgspec reads the annotations
import tomllib
from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import msgspec

from panharvest.errors import ConfigError
from panharvest.mapcheck.catalogue import MAPCHECKS
from panharvest.mapcheck.findings import LEVELS, Finding, Level, Suppressed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "checks.toml"


class SetLevels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels of some sets: ``files`` are patterns, relative to ``checks.toml``."""

    files: tuple[str, ...]
    levels: dict[str, Level]


class Suppression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that is known and accepted, by whom it may be seen and until when."""

    code: str
    reason: str
    date: datetime.date
    files: tuple[str, ...] = ("*",)
    subject: str = ""
    object: str = ""
    line: int = 0
    until: datetime.date | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The content of ``checks.toml``."""

    levels: dict[str, Level] = {}
    set: tuple[SetLevels, ...] = ()
    suppress: tuple[Suppression, ...] = ()
    ontology: dict[str, str] = {}
    coverage: dict[str, int] = {}


def find_settings(path: Path) -> Path | None:
    """Give the nearest ``checks.toml`` in the folder of a file or above it.

    The search ends at the root of a clone.
    """
    for folder in path.resolve().parents:
        if (folder / NAME).is_file():
            return folder / NAME
        if (folder / ".git").exists():
            return None
    return None


def read_settings(path: Path) -> Settings:
    """Read a ``checks.toml``.

    Raises
    ------
    ConfigError
        Naming the file and what is wrong in it: an unknown key, code or level, a
        suppression without reason or date.
    """
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path.name}: is not TOML: {problem}") from None
    except msgspec.ValidationError as problem:
        raise ConfigError(
            f"{path.name}: {problem}; a suppression needs code, reason and date"
        ) from None
    codes = [*found.levels, *(one.code for one in found.suppress)]
    codes += [code for one in found.set for code in one.levels]
    if unknown := [code for code in codes if code not in MAPCHECKS]:
        raise ConfigError(f"{path.name}: there is no check {unknown[0]}")
    if empty := [one for one in found.suppress if not one.reason.strip()]:
        raise ConfigError(
            f"{path.name}: the suppression of {empty[0].code} has no reason"
        )
    return found


def matches(patterns: Iterable[str], name: str) -> bool:
    """Tell whether a file (relative to ``checks.toml``) is one of some patterns."""
    bare = name.rpartition("/")[2]
    return any(fnmatch(name, one) or fnmatch(bare, one) for one in patterns)


def level_of(finding: Finding, name: str, settings: Settings) -> Level:
    """Give the level of a finding in a file, as the settings have it.

    A level that is set holds for the gravest findings of the check; lesser ones (an
    alternative label) are never made graver, only milder.
    """
    chosen = settings.levels.get(finding.code)
    for one in settings.set:
        if finding.code in one.levels and matches(one.files, name):
            chosen = one.levels[finding.code]
    if chosen is None or finding.level == MAPCHECKS[finding.code].level:
        return chosen or finding.level
    return max(chosen, finding.level, key=LEVELS.index)


def suppresses(one: Suppression, finding: Finding, name: str) -> bool:
    """Tell whether a suppression means a finding."""
    return (
        one.code == finding.code
        and matches(one.files, name)
        and one.subject in {"", finding.subject}
        and one.object in {"", finding.object}
        and one.line in {0, finding.line}
    )


def apply_settings(
    findings: Iterable[Finding],
    settings: Settings,
    names: dict[str, str],
    today: datetime.date,
    place: str,
    checked: set[str],
) -> tuple[list[Finding], list[Suppressed]]:
    """Set levels and take out what is suppressed.

    Parameters
    ----------
    findings
        The findings of the files below one ``checks.toml``.
    settings
        Its content.
    names
        The name of each file relative to ``checks.toml``.
    today
        Suppressions that ended before it no longer hold.
    place
        What to call ``checks.toml`` itself, for a suppression that no longer does
        anything.
    checked
        The names, relative to ``checks.toml``, of all files of the run.
    """
    kept: list[Finding] = []
    taken: list[Suppressed] = []
    used: set[int] = set()
    for finding in findings:
        name = names.get(finding.file, finding.file)
        for number, one in enumerate(settings.suppress):
            if suppresses(one, finding, name) and not (one.until and one.until < today):
                used.add(number)
                taken.append(Suppressed(finding, one.reason, one.date.isoformat()))
                break
        else:
            kept.append(replace(finding, level=level_of(finding, name, settings)))
    for number, one in enumerate(settings.suppress):
        ended = one.until is not None and one.until < today
        seen = any(matches(one.files, name) for name in checked)
        if ended or (number not in used and seen):
            kept.append(stale(one, place, ended=ended))
    return kept, taken


def stale(one: Suppression, place: str, *, ended: bool) -> Finding:
    """M090: a suppression that has ended or takes nothing out."""
    until = f"ended on {one.until}" if ended else "takes nothing out any more"
    return Finding(
        place,
        0,
        0,
        "M090",
        "warning",
        f"the suppression of {one.code} from {one.date} ('{one.reason}') {until}",
        "take it out, or date it anew",
    )
