from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from mapsets import TODAY, mapping_set, row, run

from panharvest.errors import ConfigError
from panharvest.mapcheck.running import check_paths
from panharvest.tables import resource

if TYPE_CHECKING:
    from pathlib import Path

WRONG = row("lab:a", "panet:PaNET00408", "mass spectrometry")
REASON = 'reason = "agreed"\ndate = 2026-11-01\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "lab.sssom.tsv").write_text(mapping_set(WRONG), "utf-8")
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "checks.toml").write_text(text, encoding="utf-8")


def found(folder: Path, day: date = TODAY) -> list[tuple[str, str]]:
    report = check_paths([folder / "maps"], today=day)
    return [(f.code, f.level) for f in report.findings]


def test_without_settings(folder: Path) -> None:
    assert found(folder) == [("M012", "error")]


def test_levels_of_all_and_of_some_sets(folder: Path) -> None:
    write(folder, '[levels]\nM012 = "warning"\n')
    assert found(folder) == [("M012", "warning")]
    write(folder, '[[set]]\nfiles = ["maps/*"]\nlevels = {M012 = "info"}\n')
    assert found(folder) == [("M012", "info")]
    write(folder, '[[set]]\nfiles = ["other/*"]\nlevels = {M012 = "info"}\n')
    assert found(folder) == [("M012", "error")]


def test_a_level_never_makes_a_lesser_finding_graver(folder: Path) -> None:
    path = folder / "maps" / "lab.sssom.tsv"
    path.write_text(mapping_set(row("lab:a", "panet:PaNET01196", "XAS")), "utf-8")
    write(folder, '[levels]\nM012 = "error"\n')
    assert found(folder) == [("M012", "warning")]


def test_a_suppression_takes_its_finding_out_and_keeps_its_reason(folder: Path) -> None:
    write(folder, f'[[suppress]]\ncode = "M012"\nsubject = "lab:a"\n{REASON}')
    report = run(folder)
    assert report.findings == ()
    assert [(s.finding.code, s.reason) for s in report.suppressed] == [
        ("M012", "agreed")
    ]
    assert report.exit_code("error") == 0


@pytest.mark.parametrize(
    "more", ['subject = "lab:b"', 'files = ["x.tsv"]', "line = 3", 'object = "lab:a"']
)
def test_a_suppression_means_no_more_than_it_says(folder: Path, more: str) -> None:
    write(folder, f'[[suppress]]\ncode = "M012"\n{more}\n{REASON}')
    assert ("M012", "error") in found(folder)


def test_a_suppression_that_does_nothing_is_told(folder: Path) -> None:
    write(folder, f'[[suppress]]\ncode = "M020"\n{REASON}')
    assert set(found(folder)) == {("M012", "error"), ("M090", "warning")}


def test_a_suppression_ends(folder: Path) -> None:
    write(folder, f'[[suppress]]\ncode = "M012"\nuntil = 2026-12-01\n{REASON}')
    assert found(folder, date(2026, 12, 1)) == []
    assert set(found(folder, date(2026, 12, 2))) == {
        ("M012", "error"),
        ("M090", "warning"),
    }


def test_a_vocabulary_can_be_pinned_for_a_folder(folder: Path) -> None:
    write(folder, '[ontology]\npanet = "0.0.1"\n')
    with pytest.raises(ConfigError, match=r"0\.0\.1"):
        found(folder)


def test_a_file_of_a_vocabulary_is_named_from_the_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "next.tsv").write_bytes(resource("panet", "1.3.0.tsv").read_bytes())
    write(folder, '[ontology]\npanet = "next.tsv"\n')
    monkeypatch.chdir(folder / "maps")
    report = run(folder / "maps")
    assert dict(report.ontologies)["panet"].startswith("next.tsv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[levels", "is not TOML"),
        ('[levels]\nM999 = "error"', "no check M999"),
        ('[levels]\nM012 = "off"', "level"),
        ('[[suppress]]\ncode = "M012"', "reason"),
        ('[[suppress]]\ncode = "M012"\nreason = "x"', "date"),
        ('[[suppress]]\ncode = "M012"\nreason = " "\ndate = 2026-01-01', "no reason"),
        ('[[suppress]]\ncode = "M012"\nreason = "x"\ndate = "soon"', "date"),
        ("unknown = 1", "unknown"),
    ],
)
def test_settings_that_are_wrong_are_refused(
    folder: Path, text: str, said: str
) -> None:
    write(folder, text + "\n")
    with pytest.raises(ConfigError, match=r"checks\.toml") as caught:
        found(folder)
    assert said in str(caught.value)


def test_settings_end_at_the_root_of_a_clone(folder: Path) -> None:
    write(folder, '[levels]\nM012 = "info"\n')
    (folder / "maps" / ".git").mkdir()
    assert found(folder) == [("M012", "error")]
