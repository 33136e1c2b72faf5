"""What the checks of mappings find: one finding is one line of every report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.coverage import Coverage
    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.lexicon import Lexicons

Level = Literal["error", "warning", "info"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a file that is wrong, or that a person should look at.

    ``line`` and ``column`` count from 1; 0 is the file as a whole. ``suggestion`` says
    what to write instead, and is empty where only a person can know. ``fixable`` tells
    what ``--fix`` repairs. ``subject`` and ``object`` are the identifiers of the row.
    """

    file: str
    line: int
    column: int
    code: str
    level: Level
    message: str
    suggestion: str = ""
    fixable: bool = False
    subject: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was checked, and what became of each of its rows.

    ``rows`` were read and ``rejected`` could not be; together they are the rows of the
    file. ``kind`` is ``mappings``, ``rules``, ``source``, ``question``, ``case`` ...;
    ``unusable`` is the reason when nothing of it could be read. ``lines`` holds the raw
    text of the lines that findings point at, for reports.
    """

    file: str
    kind: str = "mappings"
    rows: int = 0
    rejected: int = 0
    unusable: str = ""
    title: str = ""
    lines: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that ``checks.toml`` takes out of the report, and why."""

    finding: Finding
    reason: str
    date: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run: every file, every finding, and what was checked against.

    ``ontologies`` are pairs of a vocabulary and its version; ``contexts`` the tables
    with their rows, ``lexicons`` the vocabularies, ``coverage`` what tables laid out
    like ``ontologies/`` cover.
    """

    files: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    ontologies: tuple[tuple[str, str], ...] = ()
    contexts: tuple[Context, ...] = ()
    lexicons: Lexicons | None = None
    coverage: Coverage | None = None

    @property
    def unusable(self) -> tuple[Checked, ...]:
        """The files of which nothing could be read."""
        return tuple(one for one in self.files if one.unusable)

    def count(self, level: Level) -> int:
        """Give the number of findings of a level."""
        return sum(one.level == level for one in self.findings)

    def by_file(self) -> dict[str, list[Finding]]:
        """Give the findings of each file."""
        found: dict[str, list[Finding]] = {}
        for one in self.findings:
            found.setdefault(one.file, []).append(one)
        return found

    def codes(self, file: str | None = None) -> Counter[str]:
        """Count the findings by code, of one file or of all."""
        return Counter(f.code for f in self.findings if file in (None, f.file))

    def failed(self, fail_on: Level) -> bool:
        """Tell whether anything is at least as grave as a level."""
        grave = LEVELS[: LEVELS.index(fail_on) + 1]
        return any(one.level in grave for one in self.findings)

    def exit_code(self, fail_on: Level) -> int:
        """Give 2 for unusable input, 1 for findings, 0 for none."""
        if self.unusable:
            return 2
        return 1 if self.failed(fail_on) else 0


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by place; of one place the gravest first."""
    return sorted(
        findings,
        key=lambda f: (f.file, f.line, f.column, LEVELS.index(f.level), f.code),
    )
