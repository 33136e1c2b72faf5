"""The pytest plugin: tables, rules, cases and questions are collected as tests.

``pytest ontologies/`` works without a line of code. What is collected: ``*.sssom.tsv``
and ``*.sssom.csv`` anywhere; every table, question and case below a ``checks.toml``;
and what is named on the command line. A test is one check of one file. Heavy modules
are imported when there is something to collect: the plugin is loaded by every pytest
where panharvest is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from panharvest.mapcheck.findings import Finding, Level, Report

ENDINGS = (".sssom.tsv", ".sssom.csv")
SUFFIXES = {".tsv", ".csv", ".rq", ".json"}
SETTINGS = "checks.toml"
FILES = pytest.StashKey[list[Path]]()
REPORT = pytest.StashKey["Report"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("panharvest", "tests of mapping tables")
    group.addoption(
        "--panharvest-ontology",
        action="append",
        default=[],
        metavar="ID=VERSION|FILE",
        help="check against this version or file of a vocabulary",
    )
    group.addoption(
        "--panharvest-fail-on",
        choices=("error", "warning"),
        default=None,
        help="what makes a test fail (default: error)",
    )
    parser.addini("panharvest_ontology", "as --panharvest-ontology", "linelist", [])
    parser.addini("panharvest_fail_on", "as --panharvest-fail-on", default="error")


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Collect a file that holds something to check."""
    if file_path.suffix not in SUFFIXES and file_path.name != SETTINGS:
        return None
    named = file_path in named_files(parent.config)
    if not named and not file_path.name.endswith(ENDINGS):
        from panharvest.mapcheck.settings import find_settings

        if find_settings(file_path) is None:
            return None
    if file_path.name == SETTINGS:
        return SettingsFile.from_parent(parent, path=file_path)
    from panharvest.mapcheck.kinds import kind_of

    kind = kind_of(file_path)
    if kind is None:
        return None
    collected = TableFile.from_parent(parent, path=file_path)
    collected.kind = kind
    return collected


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note the files of which a test was chosen: only these are checked."""
    chosen = {item.path for item in session.items if isinstance(item, CheckItem)}
    session.config.stash[FILES] = sorted(p for p in chosen if p.name != SETTINGS)


def named_files(config: pytest.Config) -> set[Path]:
    """Give the files that are named on the command line."""
    places = (str(one).partition("::")[0] for one in config.args)
    return {(config.invocation_params.dir / place).absolute() for place in places}


class TableFile(pytest.File):
    """A file with a test for each check that it goes through."""

    kind: str = "mappings"

    def collect(self) -> Iterator[pytest.Item]:
        """Give a test for each check."""
        from panharvest.mapcheck.writing import codes_of_kind

        for code in codes_of_kind(self.kind):
            yield CheckItem.from_parent(self, name=code)


class SettingsFile(pytest.File):
    """A ``checks.toml``: its suppressions must still do something."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give the one test."""
        yield CheckItem.from_parent(self, name="M090")


class FindingsError(Exception):
    """What a check found in a file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


class CheckItem(pytest.Item):
    """One check of one file."""

    def runtest(self) -> None:
        """Fail for grave findings, and show the others."""
        found = [one for one in report_of(self.config).findings if self.is_mine(one)]
        grave = [one for one in found if one.level in grave_levels(self.config)]
        mild = [one for one in found if one not in grave]
        if mild:
            text = "\n".join(map(said, mild))
            self.add_report_section("call", "panharvest check", text)
        if grave:
            raise FindingsError(grave)
        known = [one for one in mild if one.code == "M050"]
        if known:
            pytest.xfail(known[0].suggestion or known[0].message)

    def is_mine(self, finding: Finding) -> bool:
        """Tell whether a finding is of this check and this file."""
        place = Path(finding.file)
        if finding.code != self.name:
            return False
        if self.name == "M051":  # its documents stand beside the record
            return place.absolute().parent == self.path.parent
        return place.absolute() == self.path

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ANN401 - pytest's own
    ) -> Any:  # noqa: ANN401 - pytest's own
        """Show findings in place of a traceback."""
        if isinstance(excinfo.value, FindingsError):
            return "\n".join(map(said, excinfo.value.findings))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Give file and title of the test."""
        from panharvest.mapcheck.catalogue import MAPCHECKS

        return self.path, None, f"{self.name} {MAPCHECKS[self.name].title}"


def said(finding: Finding) -> str:
    """Write a finding for a terminal."""
    advice = f"\n    {finding.suggestion}" if finding.suggestion else ""
    place = f"{finding.file}:{finding.line}:{finding.column}"
    return f"{place}: {finding.level} {finding.code} {finding.message}{advice}"


def grave_levels(config: pytest.Config) -> tuple[Level, ...]:
    """Give the levels that make a test fail."""
    chosen = config.getoption("--panharvest-fail-on")
    chosen = chosen or config.getini("panharvest_fail_on")
    return ("error", "warning") if chosen == "warning" else ("error",)


def report_of(config: pytest.Config) -> Report:
    """Check all collected files, once."""
    if REPORT not in config.stash:
        from datetime import UTC, datetime

        from panharvest.mapcheck.running import check_paths

        pairs = config.getini("panharvest_ontology")
        pairs = [*pairs, *config.getoption("--panharvest-ontology")]
        chosen: list[Path] = config.stash[FILES]
        config.stash[REPORT] = check_paths(
            chosen,
            today=datetime.now(UTC).date(),
            ontologies=dict(one.split("=", 1) for one in pairs),
        )
    return config.stash[REPORT]
