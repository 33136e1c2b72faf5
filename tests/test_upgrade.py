"""What another version of a vocabulary would change in tables and records."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from panharvest.demo_files import write_demo_files
from panharvest.facilities import load_facilities
from panharvest.formats import FORMATS
from panharvest.mapping import load_tables
from panharvest.publish import Context
from panharvest.sources.nexus import read_raws
from panharvest.upgrade import Touched, upgrade
from panharvest.vocabulary import (
    COLUMNS,
    PANET,
    Vocabulary,
    load_vocabulary,
    panet,
    vocabulary,
)

if TYPE_CHECKING:
    from pathlib import Path

HEAD = vocabulary("panet", "head-7b19189")
CONTEXT = Context(load_tables(), load_facilities(), FORMATS)


def changed(**edits: dict[str, str]) -> Vocabulary:
    lines = ["\t".join(COLUMNS)]
    for row in panet().rows:
        edit = edits.get(row["id"], {})
        if edit.get("id") != "":
            lines.append("\t".join({**row, **edit}[column] for column in COLUMNS))
    return load_vocabulary("\n".join(lines), "next.tsv", "next")


def told(rows: tuple[Touched, ...], number: str) -> set[tuple[str, str]]:
    return {(r.file, r.what) for r in rows if r.iri == f"{PANET}PaNET{number}"}


def test_nothing_changes_with_the_same_version() -> None:
    found = upgrade(panet(), panet())
    assert not found.diff
    assert (found.rows, found.rules, found.changes) == ((), (), ())


def test_what_the_next_version_does_to_our_tables() -> None:
    found = upgrade(panet(), HEAD)
    unusable = [r for r in found.rules if r.what == "no-technique"]
    assert {r.iri[-5:] for r in unusable} == {"00101", "00102"}
    assert {r.row for r in unusable} == {
        *("muontd-muon", "nxtomo-neutron", "nxtomophase-neutron"),
        *("nxtomoproc-neutron", "pulsedtd-muon"),
    }
    rows = Counter(r.what for r in found.rows)
    # ESRFET's technique of all x-rays is mapped to the x-ray probe
    assert rows["no-technique"] == 1
    assert rows["relabelled"] > 5
    # a line is where it says
    from panharvest.tables import resource

    for row in (*found.rows, *found.rules):
        folder = "mappings" if row.file.endswith(".sssom.tsv") else "rules"
        place = (row.file,) if row.file == "probes.tsv" else (folder, row.file)
        line = resource(*place).read_text("utf-8").split("\n")[row.line - 1]
        assert row.iri.rpartition("/")[2] in line


def test_each_change_is_told_as_what_it_is() -> None:
    new = changed(
        PaNET01196={"label": "XAS techniques"},
        PaNET01188={"id": ""},
        PaNET01207={"status": "deprecated", "replaced_by": "PaNET01129"},
        PaNET01030={"sub_class_of": "PaNET01026"},
    )
    found = upgrade(panet(), new)
    rows, rules = found.rows, found.rules
    assert told(rows, "01196") == {("esrfet-panet.sssom.tsv", "relabelled")}
    assert told(rules, "01188") == {("technique.tsv", "removed")}
    assert told(rules, "01207") == {("technique.tsv", "deprecated")}
    assert told(rules, "01030") == {("technique.tsv", "axioms")}
    assert told(rules, "01101") == {("technique.tsv", "moved")}
    (axiom,) = {r.detail for r in rules if r.iri.endswith("01030")}
    assert axiom == "- PaNET01028; + PaNET01026"
    assert told(rules, "01129") == set()


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, list]]:
    folder: Path = tmp_path_factory.mktemp("demo")
    write_demo_files(folder, datetime(2027, 1, 15, tzinfo=UTC))
    wanted = CONTEXT.tables.wanted
    return [
        (file.name, list(read_raws(file, wanted)))
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix in (".nxs", ".h5", ".hdf5", ".nx")
    ]


def test_records_whose_techniques_would_change(
    datasets: list[tuple[str, list]],
) -> None:
    assert len(datasets) > 3
    same = upgrade(panet(), panet(), None, datasets, CONTEXT)
    assert (same.changes, same.records) == ((), len(datasets))
    # small angle neutron scattering vanishes: whatever was that is no more
    new = changed(PaNET01189={"id": ""})
    found = upgrade(panet(), new, None, datasets, CONTEXT)
    assert 0 < len(found.changes) < found.records
    for change in found.changes:
        assert f"{PANET}PaNET01189" in change.lost
        assert f"{PANET}PaNET01189" in {one.iri for one in change.old}
        assert f"{PANET}PaNET01189" not in {one.iri for one in change.new}


def test_a_record_that_is_only_found_elsewhere_is_told_too(
    datasets: list[tuple[str, list]],
) -> None:
    """The technique stays, what it is under changes: sets and searches do."""
    parents = {"sub_class_of": "PaNET01022"}
    found = upgrade(panet(), changed(PaNET01030=parents), None, datasets, CONTEXT)
    for change in found.changes:
        assert [t.iri for t in change.old] == [t.iri for t in change.new]
        assert change.gained == ()
        assert f"{PANET}PaNET01028" in change.lost
