"""What operators are told: counts; and files that they alone can read."""

from __future__ import annotations

import json
import os
import stat
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import h5py
import pytest
from click.testing import CliRunner

from panharvest import telling
from panharvest.cli import app
from panharvest.cli.frame import Failure, State
from panharvest.cli.private import save_private
from panharvest.publish import dataset
from panharvest.record import Level, Problem
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock
from panharvest.vocabulary.difference import difference

if TYPE_CHECKING:
    from click.testing import Result

    from panharvest.protocols import Store

NOW = 1_800_000_000.0
STORE = "sqlite:///panharvest.db"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, code: int = 0, now: float = NOW) -> Result:
    result = CliRunner().invoke(app, list(words), obj=State(clock=FrozenClock(now)))
    assert result.exit_code == code, result.output
    return result


def facts(state: str, *fields: str) -> dict[str, Any]:
    return {"phases": [[0, state]], "leftovers": dict.fromkeys(fields, 2)}


# --- names ---


def test_a_name_is_told_when_an_open_record_has_it() -> None:
    found = telling.Leftovers()
    found.add(facts("hidden", "secret", "shared", "NXentry/program_name"), NOW)
    found.add(facts("embargoed", "early"), NOW)
    found.add(facts("withdrawn", "gone"), NOW)
    found.add(facts("open", "shared"), NOW)
    told = found.told()
    # what NeXus defines anybody knows; all occurrences count
    assert told.named == {"shared": 4, "NXentry/program_name": 2}
    assert told.unnamed == 3
    assert telling.said_of(3) == (
        "3 names, which occur only in records that are not public"
    )
    assert telling.said_of(1).startswith("1 name, which occurs only")


def test_a_name_is_told_from_the_instant_on_at_which_its_record_opens() -> None:
    opening = {"phases": [[0, "hidden"], [100, "open"]], "leftovers": {"x": 1}}
    for now, named in ((99, {}), (100, {"x": 1})):
        found = telling.Leftovers()
        found.add(opening, now)
        assert found.told().named == named


def test_a_technique_of_a_hidden_record_is_one_of_panet() -> None:
    known = "http://purl.org/pan-science/PaNET/PaNET01188"
    said = telling.technique_of({"iri": known, "label": "secret"}, "hidden")
    assert "secret" not in said
    assert "PaNET01188" in said
    other = {"iri": "https://x.org/secret", "label": "secret"}
    for state in ("hidden", "embargoed", "withdrawn"):
        assert "secret" not in telling.technique_of(other, state)
    assert telling.technique_of(other, "open") == "secret (secret)"


def test_an_error_is_told_without_what_stands_there() -> None:
    problems = [
        Problem("PH-TITLE-004", Level.WARNING, "titles[0]", "secret", ""),
        Problem("PH-DOI-001", Level.ERROR, "pid", "no DOI: 10.secret", ""),
        Problem("DC-ID-002", Level.ERROR, "identifier", "secret", ""),
    ]
    said = telling.first_error(problems)
    assert said.startswith("PH-DOI-001 pid: The DOI does not have the form")
    assert "secret" not in said
    assert telling.first_error(problems[2:]).startswith("DC-ID-002 identifier: The DOI")
    unknown = Problem("XX-1", Level.ERROR, "x", "secret", "")
    assert telling.first_error([unknown]) == "XX-1 x: it is held back"


# --- files ---


def test_a_new_file_is_for_its_owner_alone(here: Path) -> None:
    before = os.umask(0)
    try:
        save_private(here / "a", b"all of it")
    finally:
        os.umask(before)
    assert (here / "a").read_bytes() == b"all of it"
    assert stat.S_IMODE((here / "a").stat().st_mode) == 0o600


def test_nothing_is_written_over_and_nothing_but_a_file_is_written_to(
    here: Path,
) -> None:
    (here / "old").write_text("old")
    (here / "link").symlink_to("elsewhere")
    (here / "folder").mkdir()
    os.mkfifo(here / "pipe")
    for name in ("old", "link", "folder", "pipe", "/dev/stdout", "/dev/tty", "-"):
        with pytest.raises(Failure, match=name):
            save_private(Path(name), b"x")
    assert (here / "old").read_text() == "old"
    assert not (here / "elsewhere").exists()
    with pytest.raises(Failure, match="No such file"):
        save_private(here / "none" / "a", b"x")


def test_a_disk_that_is_full_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            os.close(self.handle)

        def __init__(self, handle: int, _: str) -> None:
            self.handle = handle

        def write(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", Full)
    with pytest.raises(Failure, match="No space left"):
        save_private(here / "a", b"x")
    assert not (here / "a").exists()


# --- commands ---


def ingested(here: Path, *documents: Any) -> None:
    (here / "all.json").write_text(json.dumps(documents))
    run("ingest", "scicat", "all.json", "--facility", "maxiv")


def test_embargo_and_status_count_and_name_on_demand(here: Path) -> None:
    shown, held = content.scicat_dataset(1), content.scicat_dataset(2, public=False)
    held["scientificMetadata"] = {"only_here": {"value": {"deep": 1}}}
    ingested(here, shown, held)
    for command in ("embargo", "status"):
        for form in ((), ("--json",)):
            said = run(command, *form).stdout
            assert "ds2" not in said
            assert "only_here" not in said
            assert "embargo.not-public" in said
        done = run(command, "--private", f"{command}.json")
        assert "ds2" not in done.output
        assert f"written for you alone: {command}.json" in done.stderr
        found = json.loads((here / f"{command}.json").read_text())
        assert found["held"]["embargo.not-public"]["ids"] == ["20.500.99999/ds2"]
        again = run(command, "--private", f"{command}.json", code=2)
        assert "is not written over" in again.stderr
        assert (
            "not written to a terminal" in run(command, "--private", "-", code=2).stderr
        )
    text = run("status").stdout
    assert "... and 1 name, which occurs only in records that are not public" in text
    assert "only_here" in (here / "status.json").read_text()
    found = json.loads(run("status", "--json").stdout)
    assert found["leftovers_not_public"] > 0


def test_what_opens_is_named_when_its_metadata_are_public(here: Path) -> None:
    from panharvest.cli.embargo import _as_text
    from panharvest.embargoes import Embargoes, Opening

    reason = "opens, by the policy"
    found = Embargoes(
        opening=[
            Opening(int(NOW) + 5, "hidden-1", "esrf", "c", reason),
            Opening(int(NOW) + 5, "hidden-2", "esrf", "c", reason),
            Opening(int(NOW) + 5, "shown-1", "esrf", "c", reason, named=True),
            Opening(int(NOW) + 5, "hidden-3", "ill", "c", reason),
        ]
    )
    lines = "\n".join(_as_text(found, NOW, 1))
    assert "3 records (esrf)" in lines
    assert "1 record (ill)" in lines
    assert "    shown-1" in lines
    assert "hidden-" not in lines


def test_a_file_of_a_hidden_record_that_is_damaged_later(here: Path) -> None:
    with h5py.File(here / "secret.nxs", "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
    (here / "never.nxs").write_text("no HDF5")
    said = run("ingest", "nexus", ".", "--jobs", "1").stdout
    assert "never.nxs: not HDF5" in said, "nobody could mend it otherwise"
    (here / "secret.nxs").write_text("no HDF5 any more")
    for said in (
        run("ingest", "nexus", ".", "--jobs", "1").stdout,
        run("status").stdout,
    ):
        assert "never.nxs: not HDF5" in said
        assert "secret" not in said
    assert "of a record that is not public" in run("ingest", "nexus", ".").stdout
    run("status", "--private", "all.json")
    assert "secret.nxs" in (here / "all.json").read_text()


def test_publish_names_what_is_public(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingested(here, content.scicat_dataset(1), content.scicat_dataset(2, public=False))

    def broken(*_: Any) -> Any:
        raise LookupError("about ds2")

    monkeypatch.setattr(dataset, "map_raws", broken)
    done = run("publish", "--private", "failed.json", code=1, now=NOW + 60)
    assert (
        "left as it was: 20.500.99999/ds1: mapping failed: LookupError" in done.stderr
    )
    assert "ds2" not in done.output
    assert "left as before: 1 record that is not public: mapping" in done.stderr
    named = {one["id"] for one in json.loads((here / "failed.json").read_text())}
    assert named == {"20.500.99999/ds1", "20.500.99999/ds2"}


def test_what_the_service_names_and_shows(here: Path) -> None:
    ingested(here, content.scicat_dataset(1), content.scicat_dataset(2, public=False))
    run("ingest", "scicat", "all.json", "--facility", "maxiv", now=NOW + 60)

    def told(store: Store, id_: str, now: float) -> tuple[bool, bool]:
        return telling.is_named(store, id_, now), telling.is_shown(store, id_, now)

    with closing(open_store(STORE)) as store:
        assert told(store, "20.500.99999/ds1", NOW + 60) == (True, True)
        assert told(store, "20.500.99999/ds2", NOW + 60) == (False, False)
        assert told(store, "nothing", NOW + 60) == (False, False)
    run("withdraw", "20.500.99999/ds1", "--reason", "x", now=NOW + 120)
    with closing(open_store(STORE)) as store:
        assert told(store, "20.500.99999/ds1", NOW + 180) == (True, False)


def test_what_another_version_changes_in_hidden_records_is_counted(here: Path) -> None:
    from panharvest.cli.ontology import as_json, discreetly
    from panharvest.record import Evidence, Technique
    from panharvest.upgrade import RecordChange, Upgrade
    from panharvest.vocabulary.opening import open_vocabulary

    ingested(here, content.scicat_dataset(1), content.scicat_dataset(2, public=False))
    seen = (Evidence("name", "secret words", "some.path"),)
    technique = Technique(
        "http://purl.org/pan-science/PaNET/PaNET01188", "SAXS", evidence=seen
    )
    panet = open_vocabulary("panet", None)
    changes = tuple(
        RecordChange(f"20.500.99999/ds{n}", (technique,), (), (), ()) for n in (1, 2)
    )
    found = Upgrade(difference(panet, panet), (), (), changes, 2)
    with closing(open_store(STORE)) as store:
        told = discreetly(found, store, NOW + 60)
    assert [one.id for one in told.changes] == [
        "20.500.99999/ds1",
        "a record that is not public",
    ]
    assert b"secret words" in as_json(told.changes[0])
    assert b"secret words" not in as_json(told.changes[1])
    assert len(told.changes[1].old) == 1
