"""The mapping tables that PaNET publishes, exactly as they are."""

from __future__ import annotations

import csv
import shutil
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mapsets import run

if TYPE_CHECKING:
    from panharvest.mapcheck.findings import Report

ROWS = {"HI": 31, "IUCr": 9, "IUPAC": 261, "WFL": 151}
# What docs/reference/checks.md says; code, level -> findings
sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))
EXPECTED: dict[tuple[str, str], int] = import_module("tables").PUBLISHED


@pytest.fixture(scope="module")
def published(shared: Path) -> list[Path]:
    folder = shared / "ontologies" / "PaNET_mappings"
    return [folder / f"mapping_{name}.csv" for name in ROWS]


@pytest.fixture(scope="module")
def report(published: list[Path]) -> Report:
    return run(*published)


def test_every_row_is_accounted_for(report: Report) -> None:
    assert [(one.rows, one.rejected) for one in report.files] == [
        (count, 0) for count in ROWS.values()
    ]


def test_rows_are_those_that_the_csv_module_counts(
    published: list[Path], report: Report
) -> None:
    for path, file in zip(published, report.files, strict=True):
        with path.open(encoding="utf-8") as text:
            rows = [row for row in csv.reader(text) if not row[0].startswith("#")]
        assert file.rows + file.rejected == len(rows) - 1


def test_numbers_by_code(report: Report) -> None:
    assert Counter((f.code, f.level) for f in report.findings) == EXPECTED


def lines(report: Report, name: str, code: str, level: str = "error") -> set[int]:
    return {
        f.line
        for f in report.findings
        if f.file.endswith(f"mapping_{name}.csv") and (f.code, f.level) == (code, level)
    }


def test_every_class_of_defect_is_found(report: Report) -> None:
    """Section by section what a line-by-line reading of the four files found."""
    assert len(lines(report, "HI", "M004")) == 31  # all rows swapped
    assert len(lines(report, "IUCr", "M004")) == 9
    assert len(lines(report, "HI", "M003")) == 18  # Hi: for hi:
    assert len(lines(report, "IUCr", "M003")) == 4  # Panet: for panet:
    blanks = [f for f in report.findings if f.code == "M003" and "blanks" in f.message]
    assert len(blanks) == 46
    assert len(lines(report, "HI", "M010")) == 2  # PaNETPaNET...
    assert len(lines(report, "IUPAC", "M010")) == 2
    assert len(lines(report, "IUPAC", "M012")) == 6
    assert {27, 28} < lines(report, "WFL", "M012")  # wrong subjects
    assert lines(report, "WFL", "M012", "warning") == {38}  # alternative label
    messages = [f.message for f in report.findings if f.code == "M020"]
    assert sum("the same as" in one for one in messages) == 3
    assert sum("narrowMatch here" in one for one in messages) == 1
    assert any("P04609" in f.message for f in report.findings if f.code == "M013")
    assert len(lines(report, "WFL", "M022", "warning")) == 15
    assert len(lines(report, "IUPAC", "M022", "warning")) == 1


def test_rows_with_a_hard_defect(report: Report) -> None:
    found = {(f.file, f.line) for f in report.findings if f.level == "error"}
    below = {(file, line) for file, line in found if line > 18}
    assert len(below) == 221


def test_fix_brings_the_mechanical_ones_to_zero(
    published: list[Path], tmp_path: Path
) -> None:
    from panharvest.mapcheck.fixing import replace_text
    from panharvest.mapcheck.running import repairs

    copies = [Path(shutil.copyfile(path, tmp_path / path.name)) for path in published]
    before = run(*copies)
    touched = {(f.file, f.line) for f in before.findings if f.fixable}
    untouched = Counter(
        line
        for path in copies
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if number > 18 and (str(path), number) not in touched
    )
    for path, done in repairs(copies):
        replace_text(path, done.text)
    after = run(*copies)
    assert [f for f in after.findings if f.fixable] == []
    mechanical = {"M003", "M004", "M060"}
    assert mechanical & set(after.codes()) == set()
    left = {code: n for code, n in after.codes().items() if code != "M001"}
    meant = Counter(code for code, _ in EXPECTED for _ in range(EXPECTED[code, _]))
    assert left == {
        code: meant[code] for code in meant if code not in mechanical | {"M001"}
    }
    kept = Counter(
        line for path in copies for line in path.read_text("utf-8").splitlines()
    )
    assert untouched - kept == Counter()  # every other row is identical
    assert [one.rows for one in after.files] == list(ROWS.values())
    assert list(repairs(copies)) == []  # and there is nothing left to repair


def test_the_template_beside_them_is_not_taken_for_a_set(shared: Path) -> None:
    report = run(shared / "ontologies" / "PaNET_mappings")
    [form] = [one for one in report.files if one.kind == "form"]
    assert form.rows == 1
    assert [f.level for f in report.findings if f.file == form.file] == ["info"]


def test_against_the_next_version_half_of_the_labels_are_stale(shared: Path) -> None:
    folder = shared / "ontologies"
    source = folder / "PaNET_source" / "PaNET.csv"
    names = [folder / "PaNET_mappings" / f"mapping_{name}.csv" for name in ROWS]
    report = run(*names, panet=str(source))
    stale = {(f.file, f.line) for f in report.findings if f.code == "M012"}
    assert len(stale) >= 195


def test_the_source_of_panet(shared: Path) -> None:
    report = run(shared / "ontologies" / "PaNET_source" / "PaNET.csv")
    assert report.files[0].kind == "source"
    assert report.files[0].rows == 517
    messages = [f.message for f in report.findings]
    assert any("PaNET00401" in m and "are the same" in m for m in messages)
    assert any("stray blanks in 'x-ray birefringence imaging '" in m for m in messages)
    assert any("has no probe" in m for m in messages)
    assert not any("is gone" in m for m in messages)
