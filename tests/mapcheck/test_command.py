"""``panharvest check`` as it is typed; the hook and the action that run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mapsets import mapping_set, row

from panharvest.cli import app
from panharvest.cli.checking import FORMATS

ROOT = Path(__file__).resolve().parents[2]
WRONG = mapping_set(row("Lab:a"), row("lab:b", "panet:PaNET00408", "mass spectrometry"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "good.sssom.tsv").write_text(mapping_set(), encoding="utf-8")
    (tmp_path / "bad.sssom.tsv").write_text(WRONG, encoding="utf-8")
    (tmp_path / "none.txt").write_text("nothing of a table", encoding="utf-8")
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["good.sssom.tsv"], 0),
        (["bad.sssom.tsv"], 1),
        (["none.txt"], 2),
        (["good.sssom.tsv", "none.txt"], 2),
        (["missing.tsv"], 2),
        (["good.sssom.tsv", "--ontology", "panet=9.9"], 2),
        (["good.sssom.tsv", "--ontology", "nothing=1"], 2),
        (["good.sssom.tsv", "--ontology", "panet"], 2),
        (["good.sssom.tsv", "--dry-run"], 2),
        (["good.sssom.tsv", "--format", "nothing"], 2),
    ],
)
def test_exit_codes(folder: Path, arguments: list[str], code: int) -> None:
    assert check(*arguments).exit_code == code


def test_warnings_count_when_asked_to(folder: Path) -> None:
    text = mapping_set(row("lab:b"), row("lab:a", "panet:PaNET01100", ""))
    (folder / "unsorted.sssom.tsv").write_text(text, encoding="utf-8")
    assert check("unsorted.sssom.tsv").exit_code == 0
    assert check("unsorted.sssom.tsv", "--fail-on", "warning").exit_code == 1


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_for_good_and_bad_and_unusable(
    folder: Path, form: str
) -> None:
    for names in (["good.sssom.tsv"], ["bad.sssom.tsv", "none.txt"]):
        shown = check(*names, "--format", form)
        assert shown.exit_code == (0 if "good" in names[0] else 2)
        assert shown.stdout
        check(*names, "--format", form, "-o", "report")
        assert (folder / "report").read_text("utf-8") == shown.stdout


def test_json_on_the_standard_output_is_json_also_with_fix(folder: Path) -> None:
    shown = check("bad.sssom.tsv", "--format", "json", "--fix")
    assert [one["code"] for one in json.loads(shown.stdout)["findings"]] == ["M012"]
    assert "-Lab:a" in shown.stderr


def test_a_dry_run_shows_and_writes_nothing(folder: Path) -> None:
    shown = check("bad.sssom.tsv", "--fix", "--dry-run")
    assert "+lab:a" in shown.stdout
    assert "1 cell to be repaired" in shown.stdout
    assert (folder / "bad.sssom.tsv").read_text("utf-8") == WRONG
    assert "M003" in shown.stdout


def test_what_cases_give_is_accepted_and_a_broken_one_told(folder: Path) -> None:
    good, bad = folder / "cases" / "good", folder / "cases" / "bad"
    for place, text in ((good, '{"entry:NXentry": {"title": "A"}}'), (bad, "{")):
        place.mkdir(parents=True)
        (place / "input.json").write_text(text, encoding="utf-8")
    shown = check("cases", "--accept")
    assert "good/expected.json: record accepted" in shown.stderr
    assert "cases/bad: cannot be run" in shown.stderr
    assert shown.exit_code == 0
    assert (good / "expected.json").is_file()
    assert not (bad / "expected.json").exists()


def test_a_folder_holds_what_is_in_it(folder: Path) -> None:
    shown = check(".", "--format", "json")
    names = [one["file"] for one in json.loads(shown.stdout)["files"]]
    assert names == ["bad.sssom.tsv", "good.sssom.tsv"]
    (folder / "empty").mkdir()
    assert check("empty").exit_code == 2


def test_a_step_of_github_gets_a_summary(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place))
    assert (
        "::error file=bad.sssom.tsv"
        in check("bad.sssom.tsv", "--format", "github").stdout
    )
    assert place.read_text("utf-8").startswith("## Mapping check")


def test_without_a_path_the_tables_of_panharvest_are_checked(folder: Path) -> None:
    shown = check("--format", "json")
    assert shown.exit_code == 0, shown.stdout
    names = [one["file"] for one in json.loads(shown.stdout)["files"]]
    assert any(name.endswith("nexus-record.sssom.tsv") for name in names)


def test_two_repairs_at_once_leave_a_whole_file(folder: Path) -> None:
    rows = [row(f"Lab:{number:05}") for number in range(2000)]
    path = folder / "big.sssom.tsv"
    path.write_text(mapping_set(*rows), encoding="utf-8")
    command = [sys.executable, "-m", "panharvest", "check", "--fix", "big.sssom.tsv"]
    running = [
        subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    for one in running:
        one.wait(60)
    assert check("big.sssom.tsv", "--fix", "--format", "json").exit_code == 0
    assert path.read_text("utf-8").count("\nlab:") == 2000


def test_the_tables_in_use_are_those_of_the_settings(folder: Path) -> None:
    (folder / "panharvest.toml").write_text('ontologies = "tables"\n', "utf-8")
    (folder / "tables").mkdir()
    (folder / "tables" / "x.sssom.tsv").write_text(mapping_set(), "utf-8")
    shown = check("--format", "json")
    names = [one["file"] for one in json.loads(shown.stdout)["files"]]
    assert names == ["tables/x.sssom.tsv"]
