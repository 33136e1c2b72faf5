"""Reports in the forms that people and machines read."""

from __future__ import annotations

import json
from collections import Counter
from html import escape  # enough for XML too, and light
from typing import TYPE_CHECKING

from panharvest.mapcheck.catalogue import MAPCHECKS
from panharvest.mapcheck.findings import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from panharvest.mapcheck.findings import Checked, Finding, Report

FIELDS = ("file", "line", "column", "code", "level", "message", "suggestion")
MAX_ROWS = 200  # findings in a Markdown table: a comment on a change has a limit
COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def plain(text: str) -> str:
    """Give a text on one line that cannot command a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def number(count: int, word: str) -> str:
    """Write ``1 row`` or ``2 rows``."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def counted(findings: Iterable[Finding]) -> str:
    """Write ``3 errors, 1 warning``, or ``nothing found``."""
    counts = Counter(one.level for one in findings)
    words = {"error": "error", "warning": "warning", "info": "note"}
    parts = [number(counts[level], words[level]) for level in LEVELS if counts[level]]
    return ", ".join(parts) or "nothing found"


def by_code(findings: Iterable[Finding]) -> str:
    """Write ``M003 18, M004 31``."""
    counts = Counter(one.code for one in findings)
    return ", ".join(f"{code} {counts[code]}" for code in sorted(counts))


def summary(report: Report) -> str:
    """Give the totals in one line."""
    rows = sum(one.rows for one in report.files)
    rejected = sum(one.rejected for one in report.files)
    against = ", ".join(f"{name} {version}" for name, version in report.ontologies)
    against = f"; against {against}" if against else ""
    return (
        f"{number(len(report.files), 'file')}, {number(rows, 'row')} read, "
        f"{rejected:,} rejected{against}: {counted(report.findings)}"
    )


def to_text(report: Report) -> str:
    """Write a report for a terminal: ``file:line:column: level code message``."""
    return "\n".join(text_lines(report)) + "\n"


def text_lines(report: Report) -> Iterator[str]:
    """Give the lines of :func:`to_text`."""
    for one in report.findings:
        place = f"{one.file}:{one.line}:{one.column}" if one.line else one.file
        yield f"{plain(place)}: {one.level} {one.code} {plain(one.message)}"
        if one.suggestion:
            yield f"    {plain(one.suggestion)}"
    if report.findings:
        yield ""
    by_file = report.by_file()
    for file in report.files:
        found = by_file.get(file.file, [])
        yield f"{plain(file.file)}: {of_file(file)}: {counted(found)}"
        if found:
            yield f"    {by_code(found)}"
    if report.findings:
        yield ""
        yield from legend(report)
        yield ""
    yield summary(report)
    if report.suppressed:
        yield f"{number(len(report.suppressed), 'finding')} suppressed by checks.toml"
    if fixable := sum(one.fixable for one in report.findings):
        yield f"{number(fixable, 'finding')} that --fix repairs"


def legend(report: Report) -> Iterator[str]:
    """Say of every check that found something why it is one."""
    for code in sorted(report.codes()):
        yield f"{code} {MAPCHECKS[code].title}: {MAPCHECKS[code].why}"


def of_file(file: Checked) -> str:
    """Say what became of the rows of a file."""
    if file.unusable:
        return f"not checked ({plain(file.unusable)})"
    if file.kind in {"question", "case"}:
        return file.kind
    read = f"{number(file.rows, 'row')} read, {file.rejected:,} rejected"
    return read if file.kind == "mappings" else f"{file.kind}, {read}"


def to_json(report: Report) -> str:
    """Write a report as JSON."""
    written = json.dumps(
        {
            "files": [
                {"file": one.file, "rows": one.rows, "rejected": one.rejected}
                for one in report.files
            ],
            "findings": [
                {name: getattr(one, name) for name in FIELDS} for one in report.findings
            ],
        },
        ensure_ascii=True,  # a byte that was not UTF-8 stands as a lone surrogate
        indent=1,
    )
    return f"{written}\n"


def to_junit(report: Report) -> str:
    """Write a report as JUnit XML: a suite for each file, a case for each check."""
    by_file = report.by_file()
    parts = [(file, by_file.get(file.file, [])) for file in report.files]
    suites = "\n".join(suite(file, found) for file, found in parts)
    errors = sum(len(failing(found)) for _, found in parts)
    cases = sum(len(cases_of(file, found)) for file, found in parts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="panharvest check" tests="{cases}" failures="{errors}">\n'
        f"{suites}\n</testsuites>\n"
    )


def failing(found: list[Finding]) -> set[str]:
    """Give the codes of the checks that have an error."""
    return {one.code for one in found if one.level == "error"}


def cases_of(file: Checked, found: list[Finding]) -> list[str]:
    """Give the codes of the checks that a file went through."""
    if file.unusable:
        return ["M001"]
    return sorted({*codes_of_kind(file.kind), *(one.code for one in found)})


def codes_of_kind(kind: str) -> list[str]:
    """Give the codes of the checks that a kind of file goes through."""
    return [code for code in MAPCHECKS if MAPPING_CODES[kind](code)]


MAPPING_MORE = {"M030", "M031", "M032", "M060"}
RULE_CODES = {"M002", "M003", "M010", "M011", "M012", "M014", "M020", "M024", "M025"}
RULE_CODES |= {"M030", "M040"}
TABLE_CODES = {"M002", "M010", "M012", "M020", "M030", "M031"}
MAPPING_CODES: dict[str, Callable[[str], bool]] = {
    "mappings": lambda code: code <= "M023" or code in MAPPING_MORE,
    "rules": lambda code: code in RULE_CODES,
    "table": lambda code: code in TABLE_CODES,
    "source": lambda code: code == "R001",
    "form": lambda code: code == "M001",
    "question": lambda code: code == "M050",
    "case": lambda code: code == "M051",
    "records": lambda code: code == "M052",
    "coverage": lambda code: code == "M040",
}


def suite(file: Checked, found: list[Finding]) -> str:
    """Write the suite of one file."""
    codes = cases_of(file, found)
    cases = "\n".join(case(file, code, found) for code in codes)
    counts = (
        f'tests="{len(codes)}" failures="{len(failing(found))}" errors="0" skipped="0"'
    )
    return (
        f"  <testsuite name={attribute(file.file)} {counts}>\n{cases}\n  </testsuite>"
    )


def case(file: Checked, code: str, found: list[Finding]) -> str:
    """Write the case of one check."""
    title = f"{code} {MAPCHECKS[code].title}"
    head = f"    <testcase classname={attribute(file.file)} name={attribute(title)}"
    mine = [one for one in found if one.code == code]
    grave = [one for one in mine if one.level == "error"]
    mild = [one for one in mine if one.level != "error"]
    inside = ""
    if grave:
        lines = "\n".join(map(sentence, grave))
        first = attribute(f"{number(len(grave), 'error')}: {grave[0].message}")
        inside += f"\n      <failure type={attribute(code)} message={first}>"
        inside += f"{escape(xml_safe(lines))}</failure>"
    if mild:
        lines = "\n".join(map(sentence, mild))
        inside += f"\n      <system-out>{escape(xml_safe(lines))}</system-out>"
    return f"{head}>{inside}\n    </testcase>" if inside else f"{head}/>"


def sentence(one: Finding) -> str:
    """Write a finding on one line."""
    advice = f" ({one.suggestion})" if one.suggestion else ""
    return plain(
        f"{one.file}:{one.line}:{one.column}: {one.level}: {one.message}{advice}"
    )


def xml_safe(text: str) -> str:
    """Leave out what no XML document may hold."""
    return "".join(
        c
        for c in text
        if c in "\t\n"
        or " " <= c < "\ud800"
        or "\ue000" <= c < "\ufffe"
        or c > "\uffff"
    )


def attribute(text: str) -> str:
    """Write an attribute of XML."""
    return f'"{escape(xml_safe(plain(text)))}"'


def to_markdown(report: Report) -> str:
    """Write a report for a comment on a change or a step summary."""
    return "\n".join(markdown_lines(report)) + "\n"


def markdown_lines(report: Report) -> Iterator[str]:
    """Give the lines of :func:`to_markdown`."""
    yield "## Mapping check"
    yield ""
    yield f"{summary(report)}."
    yield ""
    yield "| file | rows | rejected | errors | warnings | by code |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    by_file = report.by_file()
    for file in report.files:
        found = by_file.get(file.file, [])
        levels = Counter(one.level for one in found)
        note = f"not checked: {file.unusable}" if file.unusable else by_code(found)
        yield (
            f"| {markdown(file.file)} | {file.rows} | {file.rejected} | "
            f"{levels['error']} | {levels['warning']} | {markdown(note)} |"
        )
    if not report.findings:
        return
    yield ""
    yield "| place | check | what | do |"
    yield "| --- | --- | --- | --- |"
    grave = sorted(report.findings, key=lambda one: LEVELS.index(one.level))
    for one in grave[:MAX_ROWS]:
        place = f"{one.file}:{one.line}"
        yield (
            f"| {markdown(place)} | {one.code} {one.level} | {markdown(one.message)} | "
            f"{markdown(one.suggestion)} |"
        )
    if len(grave) > MAX_ROWS:
        yield ""
        yield f"... and {len(grave) - MAX_ROWS:,} more."
    yield ""
    yield from (f"- {markdown(line)}" for line in legend(report))


def markdown(text: str) -> str:
    """Write a text so that it stays in its cell and means nothing in Markdown."""
    shown = plain(text)
    for sign in "\\`*_[]<>|#":
        shown = shown.replace(sign, "\\" + sign)
    return shown.replace("@", "&#64;")  # nobody is called by a label


def to_github(report: Report) -> str:
    """Write a report as workflow commands: annotations of the lines of a change."""
    lines = [annotation(one) for one in report.findings]
    return "\n".join([*lines, plain(summary(report))]) + "\n"


def annotation(one: Finding) -> str:
    """Write one workflow command.

    Source: GitHub's documentation of workflow commands, with its escapes.
    """
    advice = f" ({one.suggestion})" if one.suggestion else ""
    title = f"{one.code} {MAPCHECKS[one.code].title}"
    properties = {"file": one.file, "line": one.line, "col": one.column, "title": title}
    written = ",".join(
        f"{key}={escaped(str(value), ':,')}"
        for key, value in properties.items()
        if value
    )
    return f"::{COMMANDS[one.level]} {written}::{escaped(one.message + advice)}"


def escaped(text: str, more: str = "") -> str:
    """Escape a text for a workflow command."""
    safe = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for sign in more:
        safe = safe.replace(sign, f"%{ord(sign):02X}")
    return plain(safe)
