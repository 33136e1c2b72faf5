"""A run of the checks: which files there are, what each is, and the report on all."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.mapcheck.findings import Finding, Report, Suppressed, ordered
from panharvest.mapcheck.fixing import Repair, repair
from panharvest.mapcheck.kinds import (
    KINDS,
    Run,
    external_of,
    kind_of,
    unusable,
    without_template,
)
from panharvest.mapcheck.lexicon import load_lexicons
from panharvest.mapcheck.reading import UnusableError, parse, read_text_of
from panharvest.mapcheck.settings import (
    Settings,
    apply_settings,
    find_settings,
    read_settings,
)
from panharvest.mapcheck.together import check_coverage, check_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from panharvest.publish import Context as MappingContext


def check_paths(
    paths: Sequence[Path],
    *,
    today: date,
    ontologies: Mapping[str, str] | None = None,
    records: str | None = None,
    mapping: MappingContext | None = None,
) -> Report:
    """Check files, and all tables in folders.

    Parameters
    ----------
    paths
        Files and folders.
    today
        The day for which suppressions hold.
    ontologies
        Vocabulary -> version or file to check against, in place of the pinned ones.
    records
        A store whose records are validated with the shapes, and asked too.
    mapping
        What the records of the store are mapped with (default: our tables).

    Raises
    ------
    ConfigError
        For a ``checks.toml`` that is wrong, a vocabulary or version that is not known.
    """
    found, missing = collect(paths)
    settings = load_settings(found)
    pinned = {
        name: beside(chosen, place)
        for place, one in settings.items()
        for name, chosen in one.ontology.items()
    }
    run = Run(
        load_lexicons({**pinned, **(ontologies or {})}), store=records, mapping=mapping
    )
    for path, reason in missing:
        unusable(run, str(path), reason)
    for path, kind in found:
        run.paths[str(path)] = path
        KINDS[kind](run, path)
    check_together(run)
    check_coverage(run, settings)
    return settled(run, settings, today)


def beside(chosen: str, place: Path) -> str:
    """Give a version, or a file that is named from the folder of ``checks.toml``."""
    file = place.parent / chosen
    return str(file) if file.is_file() else chosen


def repairs(paths: Sequence[Path]) -> Iterator[tuple[Path, Repair]]:
    """Give every mapping table that mechanical mends would change, with the repair."""
    for path, kind in collect(paths)[0]:
        if kind != "mappings":
            continue
        try:
            text = read_text_of(path)
            sheet = parse(text, str(path), external_of(path))
        except (UnusableError, OSError):
            continue  # the check says why
        done = repair(sheet, text)
        if done.text != text:
            yield path, done


def collect(
    paths: Sequence[Path],
) -> tuple[list[tuple[Path, str]], list[tuple[Path, str]]]:
    """Give all files to be checked with their kinds, and what cannot be."""
    found: dict[Path, str] = {}
    missing: list[tuple[Path, str]] = []
    for path in paths:
        try:
            if path.is_dir():
                inside = [(one, kind) for one in walk(path) if (kind := kind_of(one))]
                inside = [(one, without_template(one, kind)) for one, kind in inside]
                found.update(inside)
                if not inside:
                    missing.append(
                        (path, "the folder holds nothing that can be checked")
                    )
            elif not path.exists():
                missing.append((path, "there is no such file"))
            else:
                found[path] = kind_of(path) or "mappings"
        except OSError as problem:
            missing.append((path, problem.strerror or "it cannot be read"))
    return list(found.items()), missing


def walk(folder: Path) -> Iterator[Path]:
    """Give the files below a folder, sorted; hidden ones and links are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and not path.is_symlink():
                yield path


def load_settings(found: Iterable[tuple[Path, str]]) -> dict[Path, Settings]:
    """Read every ``checks.toml`` that holds for a file."""
    places = {find_settings(path) for path, _ in found}
    return {place: read_settings(place) for place in sorted(filter(None, places))}


def settled(run: Run, settings: Mapping[Path, Settings], today: date) -> Report:
    """Apply the settings and put the report together."""
    groups: dict[Path | None, list[Finding]] = defaultdict(list)
    place_of = {name: find_settings(path) for name, path in run.paths.items()}
    for finding in run.findings:
        groups[place_of.get(finding.file)].append(finding)
    kept: list[Finding] = groups.pop(None, [])
    taken: list[Suppressed] = []
    for place, one in settings.items():
        root = place.parent.resolve()
        names = {
            name: path.resolve().relative_to(root).as_posix()
            for name, path in run.paths.items()
            if place_of[name] == place
        }
        left, out = apply_settings(
            groups.get(place, []),
            one,
            names,
            today,
            display(place),
            set(names.values()),
        )
        kept += left
        taken += out
    return Report(
        tuple(run.files),
        tuple(ordered(kept)),
        tuple(taken),
        run.lexicons.versions,
        (*run.contexts, *run.rules),
        run.lexicons,
        run.coverage,
    )


def display(path: Path) -> str:
    """Give a path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
