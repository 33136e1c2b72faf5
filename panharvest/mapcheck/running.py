"""A run of the checks: which files there are, what each is, and the report on all."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.mapcheck.chains import check_chains
from panharvest.mapcheck.context import Context
from panharvest.mapcheck.findings import Checked, Finding, Report, Suppressed, ordered
from panharvest.mapcheck.fixing import Repair, repair
from panharvest.mapcheck.form import check_form
from panharvest.mapcheck.lexicon import Lexicons, load_lexicons
from panharvest.mapcheck.mending import mend
from panharvest.mapcheck.pairs import check_pairs
from panharvest.mapcheck.paths import check_paths_of
from panharvest.mapcheck.pathtables import LEGACY, PROBES, check_path_table
from panharvest.mapcheck.reading import (
    UnusableError,
    is_table,
    parse,
    read_text_of,
)
from panharvest.mapcheck.rulebook import check_rules
from panharvest.mapcheck.settings import (
    Settings,
    apply_settings,
    find_settings,
    read_settings,
)
from panharvest.mapcheck.source import check_source, is_source
from panharvest.mapcheck.targets import check_targets
from panharvest.mapcheck.terms import check_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from panharvest.mapcheck.reading import Sheet

SUFFIXES = {".tsv", ".csv", ".txt"}
RULE_MARKS = frozenset({"rule_id", "definition", "probe"})
SNIFFED = 256 * 1024


@dataclass(slots=True)
class Run:
    """What is collected while files are checked."""

    lexicons: Lexicons
    files: list[Checked] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)  # name in reports -> file


def check_paths(
    paths: Sequence[Path],
    *,
    today: date,
    ontologies: Mapping[str, str] | None = None,
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

    Raises
    ------
    ConfigError
        For a ``checks.toml`` that is wrong, a vocabulary or version that is not known.
    """
    found, missing = collect(paths)
    settings = load_settings(found)
    pinned = {k: v for one in settings.values() for k, v in one.ontology.items()}
    run = Run(load_lexicons({**pinned, **(ontologies or {})}))
    for path, reason in missing:
        unusable(run, str(path), reason)
    for path, kind in found:
        run.paths[str(path)] = path
        KINDS[kind](run, path)
    check_together(run)
    return settled(run, settings, today)


def unusable(run: Run, name: str, reason: str) -> None:
    """Note a file of which nothing can be read."""
    run.files.append(Checked(name, unusable=reason))
    run.findings.append(
        Finding(name, 0, 0, "M001", "error", f"it cannot be checked: {reason}")
    )


def check_table(run: Run, path: Path) -> None:
    """Check a mapping table."""
    name = str(path)
    try:
        sheet = parse(read_text_of(path), name, external_of(path))
    except UnusableError as problem:
        unusable(run, name, str(problem))
        return
    except OSError as problem:
        unusable(run, name, problem.strerror or "it cannot be read")
        return
    context = check_sheet(sheet, run.lexicons)
    run.contexts.append(context)
    add(run, context, "mappings")


def add(run: Run, context: Context, kind: str) -> None:
    """Note a table that was checked, with its findings."""
    sheet = context.sheet
    run.findings += context.findings
    run.files.append(
        Checked(
            sheet.name,
            kind,
            len(sheet.rows),
            len(sheet.rejected),
            title=sheet.front.text("mapping_set_title"),
            lines=quoted_lines(sheet, context.findings),
        )
    )


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


def check_sheet(sheet: Sheet, lexicons: Lexicons) -> Context:
    """Run all checks that need one table only."""
    context = Context(sheet, mend(sheet), lexicons)
    context.resolve()
    check_form(context)
    check_terms(context)
    check_pairs(context)
    check_paths_of(context)
    check_targets(context)
    return context


def quoted_lines(sheet: Sheet, findings: Iterable[Finding]) -> dict[int, str]:
    """Give the raw text of the lines that findings point at."""
    wanted = {one.line for one in findings}
    raw = {row.line: row.raw for row in sheet.rows if row.line in wanted}
    raw |= {n: line for n, line in enumerate(sheet.head, 1) if n in wanted}
    return raw


def external_of(path: Path) -> str | None:
    """Give the front matter that SSSOM's external mode keeps beside a table."""
    base = path.name.removesuffix(path.suffix).removesuffix(".sssom")
    for ending in (".sssom.yml", ".sssom.yaml", ".yml", ".yaml"):
        beside = path.with_name(base + ending)
        if beside.is_file():
            return read_text_of(beside)
    return None


def check_rule_table(run: Run, path: Path) -> None:
    """Check a table of technique rules."""
    name = str(path)
    try:
        sheet = parse(read_text_of(path), name, marks=RULE_MARKS)
    except UnusableError as problem:
        unusable(run, name, str(problem))
        return
    context = check_rules(sheet, run.lexicons)
    add(run, context, "rules")


def check_other_table(run: Run, path: Path) -> None:
    """Check a table of paths or of probes."""
    name = str(path)
    try:
        sheet = parse(read_text_of(path), name, marks=LEGACY | PROBES)
    except UnusableError as problem:
        unusable(run, name, str(problem))
        return
    add(run, check_path_table(sheet, run.lexicons), "table")


def check_template(run: Run, path: Path) -> None:
    """Check the source table of PaNET."""
    text = read_text_of(path)
    source = check_source(text, path, run.lexicons.get("panet"))
    wanted = {one.line for one in source.findings}
    lines = {row.line: row.raw for row in source.terms if row.line in wanted}
    name = str(path)
    run.findings += source.findings
    run.files.append(Checked(name, "source", len(source.terms), lines=lines))


KINDS = {
    "mappings": check_table,
    "rules": check_rule_table,
    "table": check_other_table,
    "source": check_template,
}


def kind_of(path: Path) -> str | None:
    """Tell what a file is, by its name and its first lines; None for none of ours."""
    if path.suffix not in SUFFIXES:
        return None
    with path.open("rb") as file:
        text = file.read(SNIFFED).decode("utf-8", "replace")
    if is_source(text):
        return "source"
    if is_table(text, RULE_MARKS):
        return "rules"
    if is_table(text, {"path", "convert"}) or is_table(text, {"kind", "probe"}):
        return "table"
    return "mappings" if is_table(text) else None


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


def check_together(run: Run) -> None:
    """Run the checks that need all tables."""
    check_ids(run)
    before = [len(context.findings) for context in run.contexts]
    check_chains(run.contexts)
    for context, count in zip(run.contexts, before, strict=True):
        run.findings += context.findings[count:]


def check_ids(run: Run) -> None:
    """M001: two sets with one id."""
    seen: dict[str, str] = {}
    for context in run.contexts:
        front = context.sheet.front
        set_id = front.text("mapping_set_id")
        first = seen.setdefault(set_id, context.sheet.name)
        if set_id and first != context.sheet.name:
            run.findings.append(
                Finding(
                    context.sheet.name,
                    front.line("mapping_set_id"),
                    1,
                    "M001",
                    "error",
                    f"mapping_set_id '{set_id}' is that of {first}",
                    "give every set an id of its own",
                )
            )


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
        tuple(run.files), tuple(ordered(kept)), tuple(taken), run.lexicons.versions
    )


def display(path: Path) -> str:
    """Give a path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
