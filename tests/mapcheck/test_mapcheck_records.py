from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from mapsets import LEXICONS
from samples import MUON, POWDER

from panharvest.cli import app
from panharvest.demo_files import write_demo_files
from panharvest.errors import ConfigError
from panharvest.mapcheck.records import read_shapes, validate
from panharvest.record import Record, Technique

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pyshacl", reason="needs panharvest[validate]")

PANET = "http://purl.org/pan-science/PaNET/"


def found(*records: Record, size: int = 100) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {"error": [], "warning": [], "info": []}
    for one in validate(records, LEXICONS, "store", size=size):
        said[one.level].append(one.message)
    return said


def test_sample_records_conform() -> None:
    assert found(POWDER, MUON)["error"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"titles": ()}, "a dataset has a name"),
        ({"creators": ()}, "a dataset has a creator"),
        (
            {"techniques": (Technique(f"{PANET}PaNET2020009", "x-ray"),)},
            "no technique of the pinned PaNET",
        ),
        (
            {"techniques": (Technique(f"{PANET}PaNET99999", "nothing"),)},
            "no technique of the pinned PaNET",
        ),
    ],
)
def test_what_does_not_conform_is_told_by_record(
    change: dict[str, object], said: str
) -> None:
    bad = replace(POWDER, id="x/bad", pid=None, landing_page="https://example.org/bad")
    bad = replace(bad, **change)
    errors = found(POWDER, bad)["error"]
    assert errors
    assert all(one.startswith("x/bad: ") for one in errors)
    assert any(said in one for one in errors)


def test_batches_do_not_change_what_is_found() -> None:
    records = [
        replace(
            POWDER,
            id=f"x/{number}",
            pid=None,
            landing_page=f"https://example.org/{number}",
            creators=POWDER.creators if number % 3 else (),
        )
        for number in range(7)
    ]
    whole, parts = found(*records), found(*records, size=2)
    assert {k: sorted(v) for k, v in whole.items()} == {
        k: sorted(v) for k, v in parts.items()
    }
    assert len(whole["error"]) == 3


def test_every_record_of_a_store_is_validated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    monkeypatch.chdir(tmp_path)
    write_demo_files(tmp_path / "files", datetime(2026, 11, 25, tzinfo=UTC))
    runner = CliRunner()
    store = ["--store", "sqlite:///r.db"]
    assert runner.invoke(app, ["ingest", "nexus", "files", *store]).exit_code == 0
    shown = runner.invoke(app, ["check", "--records", "sqlite:///r.db"])
    assert shown.exit_code == 0, shown.output
    assert "records, 10 rows read, 0 rejected" in shown.output
    missing = runner.invoke(app, ["check", "--records", "sqlite:///none.db"])
    assert missing.exit_code == 2


def test_without_pyshacl_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    with pytest.raises(ConfigError, match=r"panharvest\[validate\]"):
        found(POWDER)


def test_shapes_that_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no shapes"):
        read_shapes(tmp_path)
    (tmp_path / "x.ttl").write_text("<a> <b>", encoding="utf-8")
    with pytest.raises(ConfigError, match="not Turtle"):
        read_shapes(tmp_path)
