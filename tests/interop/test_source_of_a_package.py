"""A source of somebody else's package, installed by pip: a command and a kind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[2] / "docs/how-to/add-a-source.md"
# The smallest backend that pip builds a wheel with; it needs nothing from elsewhere.
BACKEND = """
import zipfile

INFO = "panharvest_logbook-1.0.dist-info"
POINTS = "[panharvest.sources]\\nlogbook = logbook:open_logbook\\n"
POINTS += "broken = nowhere:open_it\\nodd = logbook:NAME\\n"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "panharvest_logbook-1.0-py3-none-any.whl"
    files = {
        "logbook.py": open("logbook.py").read(),
        f"{INFO}/METADATA": "Metadata-Version: 2.1\\nName: panharvest-logbook\\n"
        "Version: 1.0\\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\n"
        "Tag: py3-none-any\\n",
        f"{INFO}/entry_points.txt": POINTS,
    }
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        record = "".join(f"{path},,\\n" for path in files) + f"{INFO}/RECORD,,\\n"
        wheel.writestr(f"{INFO}/RECORD", record)
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the package of the how-to beside, where nothing else sees it."""
    folder = tmp_path_factory.mktemp("package")
    text = HOW_TO.read_text(encoding="utf-8")
    found = re.search(r":caption: logbook\.py\n\n(.*?)```", text, re.DOTALL)
    assert found is not None
    (folder / "logbook.py").write_text(f"{found[1]}\nNAME = 'no callable'\n")
    (folder / "backend.py").write_text(BACKEND)
    (folder / "pyproject.toml").write_text(PROJECT)
    target = folder / "site"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index"),
            *("--no-deps", "--no-build-isolation", "--disable-pip-version-check"),
            *("--target", str(target), str(folder)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named pip" in done.stderr:
        pytest.skip("there is no pip in this environment")
    assert done.returncode == 0, done.stderr
    return target


def run(
    installed: Path, folder: Path, *words: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "panharvest", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a log."""
    (tmp_path / "log.csv").write_text(
        "id,title,end,public\nels-1,Quartz,2021-05-04,yes\nels-2,Secret,2021-05-05,no\n"
    )
    return tmp_path


def test_it_is_a_command(installed: Path, folder: Path) -> None:
    assert "logbook" in run(installed, folder, "ingest", "--help").stdout
    said = run(installed, folder, "ingest", "logbook", "log.csv", "--facility", "ess")
    assert "2 documents: 2 changed" in said.stdout
    assert "1 hidden, 1 open" in said.stdout
    assert (
        "2 unchanged" in run(installed, folder, "ingest", "logbook", "log.csv").stdout
    )


def test_it_is_a_kind_of_source(installed: Path, folder: Path) -> None:
    (folder / "panharvest.toml").write_text(
        '[[sources]]\nname = "log"\nkind = "logbook"\npaths = ["log.csv"]\n'
        'facility = "ess"\n'
    )
    assert "2 changed" in run(installed, folder, "sync").stdout
    assert "not due" in run(installed, folder, "sync").stdout


def test_it_is_mapped_without_a_store(installed: Path, folder: Path) -> None:
    said = run(installed, folder, "map", "--from", "logbook", "log.csv", "--trace")
    assert "Quartz" in said.stdout


@pytest.mark.parametrize(
    ("kind", "why"), [("broken", "cannot be loaded"), ("odd", "is not callable")]
)
def test_one_that_is_broken(kind: str, why: str, installed: Path, folder: Path) -> None:
    said = run(installed, folder, "ingest", kind, "log.csv", code=2).stderr
    assert why in said
    assert "Traceback" not in said
