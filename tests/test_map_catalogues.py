"""``panharvest map`` of documents of catalogues: what would come of them, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import pytest
from click.testing import CliRunner
from lxml import etree

from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.sources.catalogues.detecting import is_document, system_of

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

PLUS = {
    "id": 1,
    "name": "scan_1",
    "sampleName": "Lysozyme",
    "instrumentName": "ID01",
    "investigation": {"id": 101, "name": "MA-101", "releaseDate": "2022-03-05"},
}
YAML = """
facility:
  f1: {name: ESS}
investigation:
  i1: {name: "10100601-ST", visitId: "1.1-N", title: Quartz, facility: f1,
       releaseDate: "2020-01-01T00:00:00Z", endDate: "2017-01-01T00:00:00Z"}
"""
XML = """<?xml version="1.0"?>
<icatdata><data><facility id="f1"><name>ESS</name></facility>
<investigation id="i1"><name>10100601-ST</name><visitId>1.1-N</visitId>
<title>Quartz</title><facility ref="f1"/></investigation></data></icatdata>
"""


def run(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["map", *map(str, words)], obj=State())
    assert result.exit_code == code, result.output
    return result


def put(folder: Path, name: str, held: object) -> Path:
    path = folder / name
    path.write_text(held if isinstance(held, str) else json.dumps(held))
    return path


OF_EACH: dict[str, tuple[str, Any]] = {
    "scicat": ("a.json", [content.scicat_dataset(1)]),
    "scicat-published": ("b.json", content.scicat_published(1, [])),
    "scicat-joined": (
        "c.json",
        [
            {
                "document": content.scicat_published(1, []),
                "datasets": [content.scicat_dataset(1)],
                "panosc": content.panosc_document(1, []),
            }
        ],
    ),
    "panosc": ("d.json", content.panosc_dataset(1)),
    "panosc-document": ("e.json", [content.panosc_document(1, [])]),
    "icat": ("f.json", [{"Investigation": content.investigation(1, "2020-01-01")}]),
    "icat-yaml": ("g.yaml", YAML),
    "icat-xml": ("h.xml", XML),
    "icatplus": ("i.json", [PLUS]),
}


@pytest.mark.parametrize("name", OF_EACH)
def test_every_catalogue_is_recognised(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, *OF_EACH[name])
    assert is_document(path)
    assert system_of(path) == name.partition("-")[0]
    first = json.JSONDecoder().raw_decode(run(path).stdout)[0]
    assert first["titles"]
    assert run("--from", name.partition("-")[0], path).stdout == run(path).stdout


def test_the_trace_has_rule_and_place(tmp_path: Path) -> None:
    path = put(tmp_path, "a.json", [content.scicat_dataset(1)])
    said = run(path, "--trace").stdout
    assert said.startswith("Dataset:20.500.99999/ds1: 20.500.99999/ds1\n")
    assert "<- scicat-dataset-datasetname <- datasetName = Scan 1" in said
    assert "0 leftovers" in said or "leftover" in said


def test_files_are_read_together(tmp_path: Path) -> None:
    datasets = put(tmp_path, "datasets.json", [content.scicat_dataset(1)])
    samples = put(tmp_path, "samples.json", content.SAMPLES)
    done = run(datasets, samples)
    assert json.loads(done.stdout)["samples"][0]["description"] == "Lysozyme"
    assert "note: 2 samples" in done.stderr


def test_other_forms(tmp_path: Path) -> None:
    path = put(tmp_path, "a.json", content.scicat_published(1, []))
    root = etree.fromstring(run(path, "--as", "oai_datacite").stdout_bytes)
    assert root.tag.endswith("oai_datacite")


def test_the_facility_that_is_named(tmp_path: Path) -> None:
    one = content.scicat_dataset(1, creationLocation=None)
    path = put(tmp_path, "a.json", [one])
    assert json.loads(run(path).stdout)["facility"] is None
    named = json.loads(run(path, "--facility", "ess").stdout)
    assert named["facility"]["id"] == "ess"
    assert "no facility 'esss'" in run(path, "--facility", "esss", code=2).output


def test_what_is_no_catalogue(tmp_path: Path) -> None:
    odd = put(tmp_path, "odd.json", {"strange": 1})
    page = put(tmp_path, "page.xml", "<html/>")
    bad = put(tmp_path, "bad.xml", "<icatdata>")
    bomb = put(tmp_path, "bomb.xml", '<!DOCTYPE a [<!ENTITY b "c">]><icatdata/>')
    good = put(tmp_path, "good.json", content.scicat_dataset(1))
    done = run(odd, page, bad, bomb, good, code=1)
    assert json.loads(done.stdout)["pid"]["value"] == "20.500.99999/ds1"
    refused = [one for one in done.stderr.splitlines() if one.startswith("refused:")]
    assert len(refused) == 4
    done = run("--from", "scicat", odd, code=1)
    assert "neither a dataset nor published data" in done.stderr
    assert "there are nexus, " in run("--from", "x", odd, code=2).output
    assert "map reads files" in run("https://x.org/api", code=2).output
    done = run("--per-entry", good, code=2)
    assert "are for NeXus files" in done.output


def test_real_files(shared: Path) -> None:
    """Each is of the system of its folder."""
    for path in sorted((shared / "records").glob("*/*")):
        wanted = path.parent.name
        if path.is_file() and wanted != "datacite":
            assert is_document(path), path.name
            assert system_of(path) in (wanted, None), path.name
    for path in sorted((shared / "records/scicat/scicatlive").glob("*")):
        assert system_of(path) == "scicat", path.name
