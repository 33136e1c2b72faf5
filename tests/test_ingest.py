"""Ingest: what one file does never stops the others, and nothing is done by halves."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from panharvest.batches import BATCH
from panharvest.building import build_context
from panharvest.config import Settings
from panharvest.errors import ConfigError, SkipError, StoreBusyError
from panharvest.events import (
    BatchDone,
    FileMapped,
    FileRefused,
    FileUnchanged,
    Found,
    RunDone,
)
from panharvest.ingest import ingest_nexus
from panharvest.manifest import ManifestError, read_manifest
from panharvest.protocols import Query, Raw
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock
from panharvest.tree import MEDIA_TYPE, Group, Tree, Value, Wanted, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.protocols import Store

NOW = 1_800_000_000.0  # 2027-01-15
CONTEXT = build_context(Settings())


def read_text(path: Path, wanted: Wanted, per_entry: bool) -> Sequence[Raw]:
    """Read a file of lines: each is the title and the end of an entry, or a deed."""
    lines = path.read_text().splitlines()
    match lines:
        case ["exit"]:
            os._exit(1)
        case ["segfault"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case ["hang"]:
            time.sleep(600)
        case ["raise"]:
            raise KeyError("odd")
        case ["skip"]:
            raise SkipError("file.text", f"{path}: text: convert it")
        case ["slow"]:
            time.sleep(0.2)
        case [] | ["none"]:
            return []
    groups = [Group("/", "NXroot")]
    for number, line in enumerate(lines):
        title, _, end = line.partition("|")
        fields = {"title": Value([title])}
        if end:
            fields["end_time"] = Value([end])
        groups.append(Group(f"/entry{number}", "NXentry", 0, fields))
    if per_entry:
        return [
            _raw(f"{path}{f'#{group.path}'}", path.name, [groups[0], group])
            for group in groups[1:]
        ]
    return [_raw(str(path), path.name, groups)]


def _raw(native_id: str, name: str, groups: list[Group]) -> Raw:
    payload = encode(Tree(name, 1, "HDF5", "test", {}, groups))
    digest = hashlib.sha256(payload).hexdigest()
    return Raw("nexus", native_id, native_id, MEDIA_TYPE, payload, digest)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/x.db")
    yield opened
    opened.close()


def run(
    store: Store, *paths: Path, clock: float = NOW, **options: Any
) -> tuple[list[Any], RunDone]:
    options = {"facility": "esrf", "reader": read_text} | options
    events = list(ingest_nexus(paths, store, CONTEXT, FrozenClock(clock), **options))
    assert isinstance(events[0], Found)
    assert isinstance(events[-1], RunDone)
    return events, events[-1]


def served(store: Store, now: float = NOW) -> dict[str, int | None]:
    """Give what is visible: ids and datestamps, None for what is deleted."""
    query = Query("oai_dc", int(now) + 10)
    rows = store.page(query, int(now) + 10)
    return {row.id: None if row.deleted else row.datestamp for row in rows}


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.nxs").write_text(text)


OLD = "a title|2019-05-01T10:00:00+02:00"
NEW = "a title|2026-05-01T10:00:00+02:00"


def test_a_folder_of_files(store: Store, data: Path) -> None:
    write(data, a=OLD, b=NEW, c="no date", d="skip", e="")
    events, done = run(store, data)
    assert (done.found, done.mapped, done.unchanged, done.refused) == (5, 3, 0, 2)
    assert done.records == {"open": 1, "hidden": 2}
    assert done.opening == {"2029-05-01": 1}
    assert sum(done.held.values()) == 1
    refused = {e.path: (e.code, e.reason) for e in events if isinstance(e, FileRefused)}
    assert refused == {
        str(data / "d.nxs"): ("file.text", "text: convert it"),
        str(data / "e.nxs"): ("file.empty", "it has no NXentry"),
    }
    mapped = [e for e in events if isinstance(e, FileMapped)]
    assert [Path(e.path).name for e in mapped] == ["a.nxs", "b.nxs", "c.nxs"]
    assert list(served(store)) == ["esrf/a.nxs"]
    assert {row[1:] for row in store.refusals()} == {
        (path, *why) for path, why in refused.items()
    }


def test_the_same_again_changes_nothing(store: Store, data: Path) -> None:
    write(data, a=OLD, b=NEW)
    run(store, data)
    before = served(store)
    events, done = run(store, data, clock=NOW + 1000)
    assert (done.mapped, done.unchanged) == (0, 2)
    assert served(store, NOW + 1000) == before
    assert [
        o.change for e in events if isinstance(e, FileUnchanged) for o in e.outcomes
    ]
    assert not [e for e in events if isinstance(e, FileMapped)]


def test_what_changed_is_published_again(store: Store, data: Path) -> None:
    write(data, a=OLD, b=OLD)
    run(store, data)
    before = served(store)
    write(data, a=OLD.replace("a title", "another"))
    _, done = run(store, data, clock=NOW + 1000)
    assert (done.mapped, done.unchanged) == (1, 1)
    after = served(store, NOW + 1000)
    assert after["esrf/b.nxs"] == before["esrf/b.nxs"]
    assert after["esrf/a.nxs"] != before["esrf/a.nxs"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_kills_the_reader_costs_itself_alone(
    store: Store, data: Path, jobs: int
) -> None:
    write(data, **{f"good{n:03}": OLD for n in range(60)})
    write(data, bad="exit", goo="segfault", good030x="hang", zzz="raise")
    events, done = run(store, data, jobs=jobs, timeout=0.5)
    assert (done.found, done.mapped, done.refused) == (64, 60, 4)
    refused = {Path(e.path).stem: e for e in events if isinstance(e, FileRefused)}
    assert {name: e.code for name, e in refused.items()} == {
        "bad": "file.crash",
        "goo": "file.crash",
        "good030x": "file.hang",
        "zzz": "file.error",
    }
    assert "SIGSEGV" in refused["goo"].reason
    assert "KeyError" in refused["zzz"].reason
    assert len(served(store)) == 60


def test_a_refused_file_that_is_mended(store: Store, data: Path) -> None:
    write(data, a="skip")
    run(store, data)
    assert [row[2] for row in store.refusals()] == ["file.text"]
    write(data, a=OLD)
    run(store, data, per_entry=True)
    assert list(store.refusals()) == []


def test_a_file_that_is_spoilt_later_stays_published(store: Store, data: Path) -> None:
    write(data, a=OLD)
    run(store, data)
    before = served(store)
    write(data, a="skip")
    run(store, data, clock=NOW + 100)
    assert served(store, NOW + 100) == before
    assert [row[2] for row in store.refusals()] == ["file.text"]


def test_by_entries_and_back(store: Store, data: Path) -> None:
    write(data, a=f"{OLD}\n{OLD.replace('a', 'o')}\n{OLD}")
    run(store, data)
    assert list(served(store)) == ["esrf/a.nxs"]
    run(store, data, per_entry=True, clock=NOW + 100)
    entries = served(store, NOW + 100)
    assert len([stamp for stamp in entries.values() if stamp]) == 3
    assert entries["esrf/a.nxs"] is None
    write(data, a=f"{OLD}\n{OLD.replace('a', 'o')}")
    run(store, data, per_entry=True, clock=NOW + 200)
    assert len([s for s in served(store, NOW + 200).values() if s]) == 2
    run(store, data, clock=NOW + 300)
    whole = served(store, NOW + 300)
    assert [name for name, stamp in whole.items() if stamp] == ["esrf/a.nxs"]
    assert len(list(store.datasets())) == 4  # three of them hold a tombstone


def test_a_mapping_that_fails_costs_its_file_alone(
    store: Store, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from panharvest.publish import dataset as publishing

    publish = publishing.publish_dataset

    def fail(writer: Any, dataset: str, *rest: Any) -> Any:
        if dataset.endswith("b.nxs"):
            raise LookupError("a rule went wrong")
        return publish(writer, dataset, *rest)

    monkeypatch.setattr(publishing, "publish_dataset", fail)
    write(data, a=OLD, b=OLD, c=OLD)
    events, done = run(store, data)
    assert (done.mapped, done.refused) == (2, 1)
    [refused] = [e for e in events if isinstance(e, FileRefused)]
    assert refused.code == "file.unmappable"
    assert refused.reason.startswith("mapping failed: LookupError in panharvest/")
    assert len(served(store)) == 2


class TestManifest:
    def manifest(self, folder: Path, text: str) -> Any:
        path = folder / "manifest.csv"
        path.write_text(text)
        return read_manifest(path)

    def test_it_completes_what_files_do_not_say(self, store: Store, data: Path) -> None:
        write(data, a=NEW, b=NEW)
        given = self.manifest(
            data, "file,release_date,doi\na.nxs,2026-12-01,10.5072/a\nc.nxs,,\n"
        )
        _, done = run(store, data, manifest=given)
        assert list(served(store)) == ["10.5072/a"]
        assert done.unlisted == ("line 3: c.nxs",)

    def test_a_dataset_of_many_files_waits_for_the_last(
        self, store: Store, data: Path
    ) -> None:
        write(data, **{f"s{n:04}": OLD for n in range(BATCH + 50)}, z=NEW, single=OLD)
        given = self.manifest(data, "file,dataset\ns0*.nxs,scans\nz.nxs,scans\n")
        events, done = run(store, data, manifest=given)
        # The last file ended in 2026: no part of the dataset may show before 2029.
        assert list(served(store)) == ["esrf/single.nxs"]
        assert done.records == {"open": 1, "hidden": 1}
        batches = [e.files for e in events if isinstance(e, BatchDone)]
        # one batch, unless reading took so long that what came before was written
        assert sum(batches) == BATCH + 52
        assert max(batches) >= BATCH + 51
        assert len(store.raws("scans")) == BATCH + 51

    def test_a_file_that_joins_a_dataset_leaves_its_own(
        self, store: Store, data: Path
    ) -> None:
        write(data, a=OLD, b=OLD)
        run(store, data)
        assert len(served(store)) == 2
        given = self.manifest(data, "file,dataset\na.nxs,both\nb.nxs,both\n")
        run(store, data, manifest=given, clock=NOW + 100)
        after = served(store, NOW + 100)
        assert len([stamp for stamp in after.values() if stamp]) == 1
        assert len([stamp for stamp in after.values() if stamp is None]) == 2

    def test_a_dataset_with_a_refused_file_opens_only_on_the_operators_word(
        self, store: Store, data: Path
    ) -> None:
        write(data, a=OLD, b="exit", c="skip", d="exit")
        given = self.manifest(data, "file,dataset\n*.nxs,all\n")
        _, done = run(store, data, manifest=given)
        # One of those that could not be read may have ended last.
        assert (done.mapped, done.refused, done.records) == (1, 3, {"hidden": 1})
        assert done.held == {"embargo.incomplete": 1}
        assert served(store) == {}
        given = self.manifest(data, "file,dataset,release_date\n*.nxs,all,2020-01-01\n")
        run(store, data, manifest=given, clock=NOW + 100)
        assert len([s for s in served(store, NOW + 100).values() if s]) == 1

    def test_a_dataset_opens_when_its_refused_file_is_mended(
        self, store: Store, data: Path
    ) -> None:
        write(data, a=OLD, b="skip")
        given = self.manifest(data, "file,dataset\n*.nxs,all\n")
        run(store, data, manifest=given)
        assert served(store) == {}
        run(store, data / "a.nxs", clock=NOW + 50)
        assert served(store, NOW + 50) == {}
        write(data, b=OLD)
        run(store, data / "b.nxs", manifest=given, clock=NOW + 100)
        assert len([s for s in served(store, NOW + 100).values() if s]) == 1

    def test_what_cannot_be_applied_stops_before_reading(
        self, store: Store, data: Path
    ) -> None:
        for folder in ("x", "y"):
            (data / folder).mkdir()
            write(data / folder, a=OLD)
        with pytest.raises(ManifestError, match=r"several files are called a\.nxs"):
            run(store, data, manifest=self.manifest(data, "file,title\na.nxs,T\n"))
        with pytest.raises(
            ConfigError, match="manifest, line 2: no facility 'nowhere'"
        ):
            run(
                store,
                data,
                manifest=self.manifest(data, "file,facility\nx/a.nxs,nowhere\n"),
            )
        with pytest.raises(ConfigError, match="--facility: no facility 'esfr'"):
            run(store, data, facility="esfr")
        assert list(store.datasets()) == []

    def test_it_holds_until_another_is_given(self, store: Store, data: Path) -> None:
        write(data, a=OLD, b=OLD, c=OLD)
        given = self.manifest(
            data,
            "file,dataset,proprietary,title\na.nxs,x,yes,\nb.nxs,x,,\nc.nxs,,,T\n",
        )
        run(store, data, manifest=given)
        assert list(served(store)) == ["esrf/c.nxs"]
        _, done = run(store, data, facility=None, clock=NOW + 100)
        assert (done.mapped, done.unchanged) == (0, 3)
        assert list(served(store, NOW + 100)) == ["esrf/c.nxs"]
        write(data, a=OLD.replace("a", "o"))
        run(store, data, clock=NOW + 200)
        assert list(served(store, NOW + 200)) == ["esrf/c.nxs"]
        other = self.manifest(data, "file,title\na.nxs,U\n")
        run(store, data, manifest=other, clock=NOW + 300)
        assert sorted(served(store, NOW + 300)) == [f"esrf/{n}.nxs" for n in "abc"]

    def test_it_holds_for_entries_too(self, store: Store, data: Path) -> None:
        write(data, a=f"{OLD}\n{OLD}")
        given = self.manifest(data, "file,proprietary\na.nxs,yes\n")
        run(store, data, manifest=given)
        run(store, data, per_entry=True, clock=NOW + 100)
        assert served(store, NOW + 100) == {}

    def test_the_facility_of_a_row_goes_first(self, store: Store, data: Path) -> None:
        write(data, a=OLD, b=OLD)
        given = self.manifest(data, "file,facility\na.nxs,ill\n")
        run(store, data, manifest=given)
        assert sorted(served(store)) == ["esrf/b.nxs", "ill/a.nxs"]


def test_kinds_of_places(store: Store, data: Path) -> None:
    deep = data / "x" / "y"
    deep.mkdir(parents=True)
    write(data, a=OLD)
    write(deep, b=OLD)
    (data / "notes.txt").write_text(OLD)
    (data / ".hidden.nxs").write_text(OLD)
    (data / ".git").mkdir()
    write(data / ".git", c=OLD)
    (deep / "up").symlink_to(data)
    (data / "self.h5").symlink_to(data / "self.h5")
    (data / "gone.h5").symlink_to(data / "nowhere")
    (data / "D.HDF5").write_text(OLD)
    events, done = run(
        store, data, data / "a.nxs", data / "notes.txt", data / "none.h5"
    )
    names = {Path(e.path).name for e in events if isinstance(e, FileMapped)}
    assert names == {"a.nxs", "b.nxs", "D.HDF5", "notes.txt"}
    refused = {Path(e.path).name for e in events if isinstance(e, FileRefused)}
    assert refused == {"self.h5", "gone.h5", "none.h5"}
    assert done.found == done.mapped + done.refused == 7


def test_a_name_that_is_no_text(store: Store, data: Path) -> None:
    (data / os.fsdecode(b"\xe9.nxs")).write_text("skip")
    _, done = run(store, data)
    assert done.refused == 1
    [(_, path, _, reason)] = store.refusals()
    assert path.endswith("\N{REPLACEMENT CHARACTER}.nxs")
    assert reason == "text: convert it"


def test_a_folder_that_cannot_be_read(
    store: Store, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "closed").mkdir()
    write(data, a=OLD)
    scan = os.scandir

    def refuse(path: str) -> Any:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    events, done = run(store, data)
    [refused] = [e for e in events if isinstance(e, FileRefused)]
    assert (refused.code, done.mapped) == ("folder.unreadable", 1)


def test_nothing_to_read(store: Store, data: Path) -> None:
    events, done = run(store, data)
    assert events == [Found(0), done]
    assert done.found == 0


def test_transactions_have_a_bounded_size(store: Store, data: Path) -> None:
    write(data, **{f"f{n}": "no date" for n in range(2 * BATCH + 1)})
    events, done = run(store, data)
    batches = [e.files for e in events if isinstance(e, BatchDone)]
    assert sum(batches) == done.found == 2 * BATCH + 1
    assert max(batches) <= BATCH


def test_a_busy_store_is_told(store: Store, data: Path, tmp_path: Path) -> None:
    write(data, a=OLD)
    other = open_store(f"sqlite:///{tmp_path}/x.db", patience=0.1)
    with store.write(FrozenClock(NOW)), pytest.raises(StoreBusyError):
        run(other, data)
    other.close()


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_ingest import CONTEXT, NOW, read_text, FrozenClock, BatchDone
from panharvest.ingest import ingest_nexus
from panharvest.stores import open_store
if __name__ == "__main__":
    store = open_store(sys.argv[1])
    for event in ingest_nexus([sys.argv[2]], store, CONTEXT, FrozenClock(NOW),
                              facility="esrf", reader=read_text):
        if isinstance(event, BatchDone):
            print(event.files, flush=True)
"""


def test_kill_9_leaves_whole_batches(data: Path, tmp_path: Path) -> None:
    write(data, **{f"f{n:05}": OLD for n in range(1500)})
    script = tmp_path / "ingest.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    url = f"sqlite:///{tmp_path}/x.db"
    process = subprocess.Popen(
        [sys.executable, script, url, data], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    batches = [int(process.stdout.readline())]
    process.kill()
    batches += [int(line) for line in process.stdout]
    process.wait()
    process.stdout.close()
    store = open_store(url)
    raws, items = len(list(store.datasets())), len(list(store.facts()))
    assert raws == items
    assert raws in (sum(batches), sum(batches) + BATCH)  # killed before it could say
    assert raws < 1500
    _, done = run(store, data)
    assert (done.mapped, done.unchanged) == (1500 - raws, raws)
    assert len(list(store.facts())) == 1500
    store.close()
