"""Pieces of catalogues in quarantine: what can be used by now is used."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import pytest
from click.testing import CliRunner

from panharvest.cataloguing import retrying
from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.publish import dataset as publish
from panharvest.sources.catalogues import scicat_files
from panharvest.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(words), obj=State())
    assert result.exit_code == code, result.output
    return result


def ingest(*documents: Any, raw: str | None = None) -> Result:
    with open("all.json", "w", encoding="utf-8") as file:  # noqa: PTH123  (the folder of the test)
        file.write(json.dumps(documents) if raw is None else raw)
    return run("ingest", "scicat", "all.json", "--facility", "maxiv")


def refusals() -> list[tuple[str, str, str, str]]:
    with closing(open_store("sqlite:///panharvest.db")) as store:
        return list(store.refusals())


def pieces() -> list[dict[str, Any]]:
    said = run("quarantine", "list", "--json").output
    return [json.loads(one) for one in said.splitlines() if one.startswith("{")]


def test_what_could_not_be_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(raws: Any, context: Any) -> Any:
        if any(b"Scan 2" in raw.payload for raw in raws):
            raise LookupError("no such thing")
        return mapped(raws, context)

    mapped = publish.map_raws
    monkeypatch.setattr(publish, "map_raws", broken)
    ingest(content.scicat_dataset(1), content.scicat_dataset(2))
    (piece,) = pieces()
    assert piece["identifier"] is None, "it may not be public"
    said = run("quarantine", "show", str(piece["number"]), "--raw", "piece.json").output
    assert "media type: application/json" in said
    assert "Scan 2" not in said
    with open("piece.json", encoding="utf-8") as file:  # noqa: PTH123  (the folder of the test)
        assert "Scan 2" in file.read()
    run("quarantine", "list", "--private", "pieces.json")
    with open("pieces.json", encoding="utf-8") as file:  # noqa: PTH123  (the folder of the test)
        (named,) = json.load(file)
    assert named["identifier"] == "Dataset:20.500.99999/ds2"
    said = run("quarantine", "retry", code=1).output
    assert "no use: mapping failed: LookupError" in said
    assert len(refusals()) == 1
    monkeypatch.setattr(publish, "map_raws", mapped)
    said = run("quarantine", "retry", str(piece["number"])).output
    assert "a document: came in good order" in said
    assert "1 piece freed, 0 left" in said
    assert not pieces()
    assert not refusals()
    assert "2 records" in run("status").output


def test_what_was_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    known = scicat_files.entity_of
    monkeypatch.setattr(scicat_files, "entity_of", lambda *_: None)
    ingest(content.scicat_dataset(1, creationLocation=None))
    assert len(pieces()) == len(refusals()) == 1
    run("quarantine", "retry", code=1)
    monkeypatch.setattr(scicat_files, "entity_of", known)
    run("quarantine", "retry")
    assert not pieces()
    assert not refusals()
    # with the facility that was named, under the name that the catalogue has
    assert "1 open" in run("ingest", "scicat", "all.json").output
    assert "1 unchanged" in run("ingest", "scicat", "all.json").output


def test_what_is_of_no_use_stays() -> None:
    for given, why in (
        ('[{"strange": 1}]', "neither a dataset nor published data"),
        ('{"pid": "a", "datasetName": ', "not JSON"),
    ):
        ingest(raw=given)
        before = pieces()
        assert len(before) == 1
        assert why in run("quarantine", "retry", code=1).output
        assert pieces() == before


def test_what_was_cut_is_asked_for() -> None:
    ingest({"strange": "x" * 100_000})
    assert retrying.CUT in run("quarantine", "retry", code=1).output


def test_a_number_that_is_none() -> None:
    ingest({"strange": 1})
    said = run("quarantine", "retry", "77", code=2).output
    assert "nothing in quarantine has the number 77" in said
