"""The HTML report: one page that needs nothing else, and no network.

Everything that is read is in the markup; the script only filters, and opens the tree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from panharvest.mapcheck.catalogue import MAPCHECKS
from panharvest.mapcheck.findings import LEVELS
from panharvest.mapcheck.pageparts import changes, coverage_bars, technique_tree
from panharvest.mapcheck.writing import (
    by_code,
    counted,
    number,
    of_file,
    plain,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.findings import Checked, Finding, Report

MAX_ROWS = 2000  # rows of one file that are shown; a page has to open
CELLS = 14
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def to_html(report: Report) -> str:
    """Write a report as one page of HTML."""
    here = files("panharvest.mapcheck")
    style = here.joinpath("report.css").read_text("utf-8")
    script = here.joinpath("report.js").read_text("utf-8")
    sections = [
        ("findings", "Findings", "".join(findings_part(report))),
        ("coverage", "Coverage", coverage_bars(report)),
        ("techniques", "Techniques", technique_tree(report)),
        ("changes", "Other version", changes(report)),
        ("suppressed", "Suppressed", "".join(suppressed_part(report))),
    ]
    kept = [one for one in sections if one[2]]
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title, _ in kept)
    body = "".join(
        f'<section id="{name}"><h2>{title}</h2>{text}</section>'
        for name, title, text in kept
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>Mapping check: {escape(verdict(report))}</title>\n"
        f"<style>\n{style}</style>\n</head>\n<body>\n"
        f"<header><h1>Mapping check: {escape(verdict(report))}</h1>"
        f'<p class="soft">{escape(summary(report))}</p>'
        f"<nav>{links}</nav></header>\n"
        f"<main>{tiles(report)}{files_table(report)}{body}</main>\n"
        "<footer>Written by <code>panharvest check --format html</code>. The page is "
        "complete: it loads nothing.</footer>\n"
        f"<script>\n{script}</script>\n</body>\n</html>\n"
    )


def verdict(report: Report) -> str:
    """Say in a word or two how it went."""
    if report.unusable:
        return f"{number(len(report.unusable), 'file')} not checked"
    return counted(one for one in report.findings if one.level != "info")


def tiles(report: Report) -> str:
    """Give the totals."""
    rows = sum(one.rows for one in report.files)
    rejected = sum(one.rejected for one in report.files)
    fixable = sum(one.fixable for one in report.findings)
    given = (
        ("files", len(report.files), ""),
        ("rows read", rows, ""),
        ("rows rejected", rejected, "error" if rejected else "good"),
        ("errors", report.count("error"), "error" if report.count("error") else "good"),
        ("warnings", report.count("warning"), "warning"),
        ("repaired by --fix", fixable, ""),
    )
    inside = "".join(
        f'<div class="tile {level}"><b>{count:,}</b>{title}</div>'
        for title, count, level in given
    )
    return f'<div class="tiles">{inside}</div>'


def files_table(report: Report) -> str:
    """Give the files, one line each."""
    lines = []
    by_file = report.by_file()
    for file in report.files:
        found = by_file.get(file.file, [])
        levels = Counter(one.level for one in found)
        lines.append(
            f"<tr><td><code>{text(file.file)}</code></td>"
            f'<td class="read">{text(of_file(file))}</td>'
            f'<td class="n">{levels["error"]}</td>'
            f'<td class="n">{levels["warning"]}</td>'
            f'<td class="checks">{text(by_code(found))}</td></tr>'
        )
    return (
        '<div class="scroll files"><table><thead><tr><th>file</th>'
        '<th class="read">read</th>'
        '<th class="n">errors</th><th class="n">warnings</th>'
        '<th class="checks">by check</th></tr>'
        f"</thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def findings_part(report: Report) -> Iterator[str]:
    """Give all findings, by file and by row."""
    if not report.findings:
        yield "<p>Nothing was found.</p>"
        return
    yield tools(report)
    yield reasons(report)
    contexts = {context.sheet.name: context for context in report.contexts}
    by_file = report.by_file()
    for file in report.files:
        found = by_file.pop(file.file, [])
        yield from file_part(file, found, contexts.get(file.file))
    for name, found in by_file.items():  # checks.toml, and documents of cases
        yield details(name, "", found, "".join(rows_part(found, None, {})))


def reasons(report: Report) -> str:
    """Say of every check that found something what must hold, and why."""
    lines = "".join(
        f"<dt>{code} {text(MAPCHECKS[code].title)}</dt>"
        f"<dd>{text(MAPCHECKS[code].meaning)} {text(MAPCHECKS[code].why)}</dd>"
        for code in sorted(report.codes())
    )
    return f"<details><summary>What the codes mean</summary><dl>{lines}</dl></details>"


def tools(report: Report) -> str:
    """Give the filters."""
    codes = "".join(
        f'<option value="{code}">{code} {text(MAPCHECKS[code].title)} ({count})'
        "</option>"
        for code, count in sorted(report.codes().items())
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="level" value="{level}" checked>{title}'
        "</label>"
        for level, title in zip(LEVELS, ("errors", "warnings", "notes"), strict=True)
    )
    return (
        '<div class="tools"><input id="words" type="search" aria-label="words to look '
        'for" placeholder="words: an id, a label, a message">'
        f'<select id="code" aria-label="check"><option value="">every check</option>'
        f"{codes}</select>{boxes}"
        '<button type="button" id="open">open all</button>'
        '<button type="button" id="close">close all</button>'
        '<span id="shown" class="soft" role="status"></span></div>'
    )


def file_part(
    file: Checked, found: list[Finding], context: Context | None
) -> Iterator[str]:
    """Give a file with its findings."""
    if found:
        inside = "".join(rows_part(found, context, file.lines))
        yield details(file.file, file.title, found, inside)


def details(name: str, title: str, found: Sequence[Finding], inside: str) -> str:
    """Give a part that opens."""
    opened = " open" if any(one.level == "error" for one in found) else ""
    shown = f'<span class="soft">{text(title)}</span>' if title else ""
    return (
        f'<details class="file" data-file="{text(name)}" data-count="{len(found)}"'
        f'{opened}><summary><span class="name">{text(name)}</span>{shown}'
        f'<span class="soft">{text(counted(found))}</span></summary>{inside}</details>'
    )


def rows_part(
    found: Sequence[Finding], context: Context | None, raw: Mapping[int, str]
) -> Iterator[str]:
    """Give the rows of a file that have findings."""
    by_line: dict[int, list[Finding]] = defaultdict(list)
    for one in found:
        by_line[one.line].append(one)
    rows = {m.row.line: m.row.cells for m in context.mappings} if context else {}
    columns = context.sheet.columns if context else ()
    for count, (line, mine) in enumerate(sorted(by_line.items())):
        if count == MAX_ROWS:
            rest = len(by_line) - MAX_ROWS
            yield f'<div class="row soft">{rest:,} more: --format json has all</div>'
            return
        place = f"line {line}" if line else "the file"
        shown = raw.get(line, "")
        if line in rows and context is not None:
            shown = cells(columns, rows[line], marks(context, line, mine))
        elif shown:
            shown = f"<span>{visible(shown[:400])}</span>"
        items = "".join(map(item, mine))
        inside = f'<div class="cells">{shown}</div>' if shown else ""
        yield (
            f'<div class="row"><div class="place">{place}</div>{inside}'
            f'<ul class="findings">{items}</ul></div>'
        )


def marks(context: Context, line: int, found: Sequence[Finding]) -> dict[str, str]:
    """Give the level of each cell of a row that a finding points at."""
    from panharvest.mapcheck.cutting import position

    row = next(m.row for m in context.mappings if m.row.line == line)
    starts = {
        position(row, place, context.sheet.separator): name
        for place, name in enumerate(context.sheet.columns)
    }
    marked: dict[str, str] = {}
    for one in sorted(found, key=lambda f: LEVELS.index(f.level)):
        name = starts.get((one.line, one.column))
        if name is not None:
            marked.setdefault(name, one.level)
        if one.code == "M004" and name is not None:
            marked.setdefault(name.replace("_id", "_label"), one.level)
    return marked


def cells(
    columns: Sequence[str], values: Sequence[str], marked: Mapping[str, str]
) -> str:
    """Give the cells of a row, those with findings coloured."""
    filled = [
        (name, value)
        for name, value in zip(columns, values, strict=False)
        if value or name in marked
    ]
    return "".join(
        f'<span class="{marked.get(name, "")}"><i>{text(name)}</i>{visible(value)}'
        "</span>"
        for name, value in filled[:CELLS]
    )


def item(one: Finding) -> str:
    """Give a finding."""
    title = MAPCHECKS[one.code].title
    advice = f'<span class="advice">{text(one.suggestion)}</span>'
    advice = advice if one.suggestion else ""
    return (
        f'<li data-level="{one.level}" data-code="{one.code}">'
        f'<span class="badge {one.level}" title="{text(title)}">{one.code}</span>'
        f"{text(one.message)}{advice}</li>"
    )


def suppressed_part(report: Report) -> Iterator[str]:
    """Give what checks.toml takes out, with its reason."""
    if not report.suppressed:
        return
    yield (
        '<div class="scroll"><table><thead><tr><th>place</th><th>check</th>'
        "<th>finding</th><th>reason</th><th>since</th></tr></thead><tbody>"
    )
    for one in report.suppressed:
        found = one.finding
        yield (
            f"<tr><td><code>{text(f'{found.file}:{found.line}')}</code></td>"
            f"<td>{found.code}</td><td>{text(found.message)}</td>"
            f"<td>{text(one.reason)}</td><td>{one.date}</td></tr>"
        )
    yield "</tbody></table></div>"


def visible(value: str) -> str:
    """Write a cell so that blanks at its ends are seen."""
    bare = value.strip()
    lead = value[: len(value) - len(value.lstrip())]
    tail = value[len(value.rstrip()) :] if bare else ""
    return text("␣" * len(lead) + bare + "␣" * len(tail))


def text(value: str) -> str:
    """Write text in HTML; what is not a character of UTF-8 is shown as such."""
    return escape(plain(value).encode("utf-8", "backslashreplace").decode())
