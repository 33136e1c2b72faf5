"""What each kind of file is checked for, one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.mapcheck.cases import EXPECTED, input_of
from panharvest.mapcheck.context import Context
from panharvest.mapcheck.findings import Checked, Finding
from panharvest.mapcheck.form import check_form
from panharvest.mapcheck.mending import mend
from panharvest.mapcheck.pairs import check_pairs
from panharvest.mapcheck.paths import check_paths_of
from panharvest.mapcheck.reading import (
    SNIFFED,
    External,
    UnusableError,
    is_table,
    parse,
    read_text_of,
)
from panharvest.mapcheck.targets import check_targets
from panharvest.mapcheck.terms import check_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from panharvest.coverage import Coverage
    from panharvest.mapcheck.lexicon import Lexicons
    from panharvest.mapcheck.reading import Sheet
    from panharvest.publish import Context as MappingContext

SUFFIXES = {".tsv", ".csv", ".txt"}
RULE_MARKS = frozenset({"rule_id", "definition", "probe"})


@dataclass(slots=True)
class Run:
    """What is collected while files are checked."""

    lexicons: Lexicons
    files: list[Checked] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)  # name in reports -> file
    questions: list[Path] = field(default_factory=list)
    rules: list[Context] = field(default_factory=list)
    coverage: Coverage | None = None
    store: str | None = None
    mapping: MappingContext | None = None
    cases: list[Path] = field(default_factory=list)


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


def external_of(path: Path) -> External | None:
    """Give the front matter that SSSOM's external mode keeps beside a table."""
    base = path.name.removesuffix(path.suffix).removesuffix(".sssom")
    for ending in (".sssom.yml", ".sssom.yaml", ".yml", ".yaml"):
        beside = path.with_name(base + ending)
        if beside.is_file():
            return External(beside.name, read_text_of(beside))
    return None


def check_rule_table(run: Run, path: Path) -> None:
    """Check a table of technique rules."""
    from panharvest.mapcheck.rulebook import check_rules

    name = str(path)
    try:
        sheet = parse(read_text_of(path), name, marks=RULE_MARKS)
    except UnusableError as problem:
        unusable(run, name, str(problem))
        return
    context = check_rules(sheet, run.lexicons)
    run.rules.append(context)
    add(run, context, "rules")


def check_other_table(run: Run, path: Path) -> None:
    """Check a table of paths or of probes."""
    from panharvest.mapcheck.pathtables import LEGACY, PROBES, check_path_table

    name = str(path)
    try:
        sheet = parse(read_text_of(path), name, marks=LEGACY | PROBES)
    except UnusableError as problem:
        unusable(run, name, str(problem))
        return
    add(run, check_path_table(sheet, run.lexicons), "table")


def check_template(run: Run, path: Path) -> None:
    """Check the source table of PaNET."""
    from panharvest.mapcheck.source import check_source

    text = read_text_of(path)
    source = check_source(text, path, run.lexicons.get("panet"))
    wanted = {one.line for one in source.findings}
    lines = {row.line: row.raw for row in source.terms if row.line in wanted}
    name = str(path)
    run.findings += source.findings
    run.files.append(Checked(name, "source", len(source.terms), lines=lines))


def check_form_to_fill(run: Run, path: Path) -> None:
    """Note a template beside mapping sets; one that is filled is checked."""
    name = str(path)
    try:
        sheet = parse(read_text_of(path), name)
    except UnusableError as problem:
        unusable(run, name, str(problem))
        return
    if not sheet.is_template:
        check_table(run, path)
        return
    rows, rejected = len(sheet.rows), len(sheet.rejected)
    run.files.append(Checked(name, "form", rows, rejected))
    text = "a form to be filled in, not checked; name the file to check it"
    run.findings.append(Finding(name, 0, 0, "M001", "info", text))


def check_golden(run: Run, path: Path) -> None:
    """M051: run a golden case, named by its expected record."""
    from panharvest.mapcheck.cases import check_case

    run.files.append(Checked(str(path), "case"))
    run.cases.append(path.parent)
    for one in check_case(path.parent):
        run.findings.append(
            Finding(
                str(one.file),
                0,
                0,
                "M051",
                "error",
                one.message,
                "correct the table, or accept the change with --accept",
            )
        )


def check_question(run: Run, path: Path) -> None:
    """Note a question; it is asked when all tables are read."""
    run.files.append(Checked(str(path), "question"))
    run.questions.append(path)


KINDS: Mapping[str, Callable[[Run, Path], None]] = {
    "mappings": check_table,
    "rules": check_rule_table,
    "table": check_other_table,
    "source": check_template,
    "form": check_form_to_fill,
    "case": check_golden,
    "question": check_question,
}


def kind_of(path: Path) -> str | None:
    """Tell what a file is, by its name and its first lines; None for none of ours."""
    if path.suffix == ".rq":
        return "question"
    if path.name == EXPECTED and input_of(path.parent):
        return "case"
    if path.suffix not in SUFFIXES:
        return None
    with path.open("rb") as file:
        text = file.read(SNIFFED).decode("utf-8", "replace")
    if "A rdfs:label" in text[:4000]:
        from panharvest.vocabulary.robot import separator_of

        if separator_of(text):
            return "source"
    if is_table(text, RULE_MARKS):
        return "rules"
    if is_table(text, {"path", "convert"}) or is_table(text, {"kind", "probe"}):
        return "table"
    return "mappings" if is_table(text) else None


def without_template(path: Path, kind: str) -> str:
    """Tell a form to be filled in from a mapping set, in a folder of both."""
    return "form" if kind == "mappings" and "template" in path.stem.lower() else kind
