"""The plugin as maintainers use it: plain pytest, in a folder without any code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mapsets import mapping_set, row

from panharvest.tables import resource

CLEAN = mapping_set(row())
WRONG = mapping_set(row("Lab:a"), row("lab:b", "panet:PaNET00408", "mass spectrometry"))


def pytest_in(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run pytest as a process of its own, with nothing but the installed plugin."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lab.sssom.tsv").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    return tmp_path


def test_every_check_of_a_table_is_a_test(folder: Path) -> None:
    code, out = pytest_in(folder, "-vv")
    assert code == 0, out
    assert "lab.sssom.tsv::M003 PASSED" in out
    assert "lab.sssom.tsv::M060 PASSED" in out
    assert "other.csv" not in out  # nobody else's files are collected


def test_a_finding_is_shown_in_place_of_a_traceback(folder: Path) -> None:
    (folder / "lab.sssom.tsv").write_text(WRONG, encoding="utf-8")
    code, out = pytest_in(folder)
    assert code == 1
    assert "the prefix 'Lab' is declared as 'lab'" in out
    assert "is panet:PaNET01268 'mass spectrometry' meant?" in out
    assert "Traceback" not in out
    assert "2 failed" in out


def test_a_check_can_be_chosen_by_its_code(folder: Path) -> None:
    (folder / "lab.sssom.tsv").write_text(WRONG, encoding="utf-8")
    assert pytest_in(folder, "lab.sssom.tsv::M010")[0] == 0
    assert pytest_in(folder, "-k", "M012")[0] == 1


def test_warnings_fail_when_asked_to(folder: Path) -> None:
    two = mapping_set(row("lab:b"), row("lab:a", "panet:PaNET01100", ""))
    (folder / "lab.sssom.tsv").write_text(two, encoding="utf-8")
    assert pytest_in(folder)[0] == 0
    assert pytest_in(folder, "--panharvest-fail-on", "warning")[0] == 1
    (folder / "pytest.ini").write_text("[pytest]\npanharvest_fail_on = warning\n")
    assert pytest_in(folder)[0] == 1


def test_a_version_can_be_chosen(folder: Path) -> None:
    code, out = pytest_in(folder, "--panharvest-ontology", "panet=0.0.1")
    assert code == 1
    assert "0.0.1" in out


def test_a_file_is_collected_when_it_is_named_or_below_a_checks_toml(
    folder: Path,
) -> None:
    (folder / "mapping_lab.csv").write_text(mapping_set(separator=","), "utf-8")
    assert "mapping_lab" not in pytest_in(folder, "-vv")[1]
    assert (
        "mapping_lab.csv::M001 PASSED" in pytest_in(folder, "-vv", "mapping_lab.csv")[1]
    )
    (folder / "checks.toml").write_text("", encoding="utf-8")
    out = pytest_in(folder, "-vv")[1]
    assert "mapping_lab.csv::M001" in out
    assert "checks.toml::M090 PASSED" in out


def test_a_stale_suppression_fails_where_warnings_do(folder: Path) -> None:
    text = '[[suppress]]\ncode = "M020"\nreason = "x"\ndate = 2026-01-01\n'
    (folder / "checks.toml").write_text(text, encoding="utf-8")
    assert pytest_in(folder)[0] == 0
    assert pytest_in(folder, "--panharvest-fail-on", "warning")[0] == 1


def test_our_own_folder_is_green_without_code(tmp_path: Path) -> None:
    """Tables, rules, cases and questions, those that PaNET cannot answer yet too."""
    root = Path(str(resource()))
    folder = tmp_path / "ontologies"
    shutil.copytree(root, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    code, out = pytest_in(tmp_path, "-vv", "ontologies")
    assert code == 0, out
    for part in (
        "nexus-record.sssom.tsv::M030",
        "technique.tsv::M025",
        "expected.json::M051",
        "x-ray-diffraction-finds-its-kinds.rq::M050",
        "checks.toml::M090",
    ):
        assert f"{part} PASSED" in out
    assert "finds-grazing-incidence.rq::M050 XFAIL" in out


def test_the_plugin_is_light_where_there_is_nothing_to_collect() -> None:
    """It is loaded by every pytest where panharvest is installed."""
    code = (
        "import sys; import panharvest.pytest_plugin; "
        "print([m for m in ('yaml', 'rdflib', 'lxml', 'h5py', 'click') "
        "if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "[]"
