"""``panharvest export``, as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zoo
from click.testing import CliRunner, Result
from zoo import DAY, START

from panharvest import cli
from panharvest.cli.exporting import FORMS
from panharvest.cli.frame import State
from panharvest.dump import FORMS as WRITTEN
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from pathlib import Path

BASE = ("--base-url", "https://pan.example.org")
OAI = ("--oai-url", "https://gateway.example.org/oai/pan.example.org/pan.xml")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a store of the default name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PANHARVEST_CONFIG", raising=False)
    store = open_store("sqlite:///panharvest.db")
    zoo.fill(store, FrozenClock(START))
    store.close()
    return tmp_path


def run(*words: str, code: int = 0) -> Result:
    state = State(clock=FrozenClock(START + 3 * DAY))
    result = CliRunner().invoke(cli.app, ["export", *words], obj=state)
    assert result.exit_code == code, result.output
    return result


def test_a_static_repository(here: Path) -> None:
    told = run("oai-static", "pan.xml", *OAI, *BASE).output
    assert told == (
        "oai_dc: 10 records\noai_datacite: 9 records\ndatacite: 9 records\n"
        "written: pan.xml\n"
    )
    assert OAI[1] in (here / "pan.xml").read_text()


def test_a_dump(here: Path) -> None:
    told = run("records", "pan.jsonl", *BASE).output
    assert told == (
        "10 records, 1 deleted: pan.jsonl\ngo on by OAI-PMH from 2023-11-17T22:13:20Z\n"
    )
    assert len((here / "pan.jsonl").read_text().splitlines()) == 11
    manifest = json.loads((here / "pan.jsonl.manifest.json").read_text())
    assert manifest["repository"] == "pan.example.org"


def test_a_part_of_it_in_a_folder(here: Path) -> None:
    told = run("records", ".", "--from", "2023-11-16", "--set", "kind:raw", *BASE)
    (file,) = here.glob("records-*.jsonl.gz")
    assert told.output.startswith(f"0 records, 1 deleted: {file.name}\n")


def test_the_address_may_be_configured(here: Path) -> None:
    (here / "panharvest.toml").write_text(
        'store = "sqlite:///panharvest.db"\n'
        '[serve]\nbase-url = "https://data.example.org"\n'
    )
    run("records", "pan.jsonl")
    assert "oai:data.example.org:" in (here / "pan.jsonl").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("records", "a.jsonl"), "--base-url is missing"),
        (("records", "a.jsonl", "--from", "2023", *BASE), "--from 2023: write"),
        (("records", "a.jsonl", "--set", "a b", *BASE), "--set a b: not the name"),
        (("oai-static", "a.xml", *BASE), "Missing option '--oai-url'"),
        (("records", "no/a.jsonl", *BASE), "No such file or directory"),
        (("records", "a.jsonl", "--store", "sqlite:///no.db", *BASE), "no store here"),
    ],
)
def test_mistakes_are_told_in_a_line(
    here: Path, words: tuple[str, ...], told: str
) -> None:
    assert told in run(*words, code=2).output
    assert not (here / "a.jsonl").exists()


def test_all_forms_are_offered() -> None:
    assert FORMS == WRITTEN
