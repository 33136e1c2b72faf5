"""Dumps: every visible record as JSON, and the law that a harvest can go on from it."""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
import zoo
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zoo import (
    BASE,
    DAY,
    OAI,
    SECRET,
    START,
    harvest,
    item,
    plain,
    put,
    repository,
    stage,
)

from panharvest.dump import FORMS, write_records
from panharvest.errors import ConfigError
from panharvest.protocols import Stage, Store
from panharvest.record import from_json
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from pathlib import Path


def read(file: Path) -> list[dict[str, Any]]:
    """Read a dump of any form."""
    if file.name.endswith(".parquet"):
        parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is missing")
        rows = parquet.read_table(file).to_pylist()
        return [{**r, "record": r["record"] and json.loads(r["record"])} for r in rows]
    data = file.read_bytes()
    if file.name.endswith(".gz"):
        data = gzip.decompress(data)
    elif file.name.endswith(".zst"):
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return [json.loads(line) for line in data.splitlines()]


def dump(store: Store, clock: FrozenClock, place: Path, **options: Any) -> list[Any]:
    file, _ = write_records(store, repository(), place, clock, **options)
    return read(file)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same(
    form: str, store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is missing")
    lines = dump(store, clock, tmp_path / f"a.{form}")
    assert lines == dump(store, clock, tmp_path / "b.jsonl", form="jsonl")
    assert len(lines) == 11
    gone = [line for line in lines if line["deleted"]]
    assert [(line["identifier"], line["record"]) for line in gone] == [
        ("oai:pan.example.org:10.1234/a1", None)
    ]
    first = next(line for line in lines if line["identifier"].endswith("/a0"))
    assert first["sets"] == list(zoo.SETS)
    assert first["datestamp"] == "2023-11-14T22:13:21Z"
    record = from_json(json.dumps(first["record"]).encode())
    assert record.landing_page == f"{BASE}/records/10.1234/a0"


def test_nothing_hidden_is_in_it(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    text = json.dumps(dump(store, clock, tmp_path / "a.jsonl"))
    assert SECRET not in text
    assert "panharvest.invalid" not in text


def test_the_manifest_tells_of_the_file(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    file, manifest = write_records(store, repository(), folder, clock)
    assert file == folder / "records-20231117T221320Z.jsonl.gz"
    written = json.loads(file.with_name(f"{file.name}.manifest.json").read_text())
    assert written == manifest
    data = file.read_bytes()
    assert manifest["bytes"] == len(data)
    assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
    assert (manifest["records"], manifest["deleted"]) == (10, 1)
    assert manifest["snapshot"] == "2023-11-17T22:13:20Z"
    assert manifest["continue"]["baseURL"] == f"{BASE}/oai"


def test_the_same_records_give_the_same_bytes(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    _, one = write_records(store, repository(), tmp_path / "a.jsonl.gz", clock)
    _, two = write_records(store, repository(), tmp_path / "b.jsonl.gz", clock)
    assert one["sha256"] == two["sha256"]


def test_parts_by_date_and_by_set(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    since = dump(store, clock, tmp_path / "a.jsonl", first=START + DAY)
    assert len(since) == 7  # six of day 1, and the deletion of day 2
    esrf = dump(store, clock, tmp_path / "b.jsonl", set_spec="facility:esrf")
    assert {line["identifier"].rpartition(":")[2] for line in esrf} == {
        *(f"10.1234/a{n}" for n in range(5)),
        "esrf/hg%2012/%3Cr%C3%A9f%3E%231&2.nxs",
    }
    family = dump(store, clock, tmp_path / "c.jsonl", set_spec="facility")
    assert len(family) == 10  # all but the one that is in Dublin Core only
    assert dump(store, clock, tmp_path / "d.jsonl", set_spec="facil") == []


def test_a_missing_library_is_named_with_its_extra(
    store: Store,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"pip install 'panharvest\[parquet\]'"):
        dump(store, clock, tmp_path / "a", form="parquet")
    assert not (tmp_path / "a").exists()


def test_an_unknown_form_is_refused(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"'csv' is not one of jsonl\.gz"):
        dump(store, clock, tmp_path / "a", form="csv")


# --- the law: dump + harvest from its datestamp = full harvest ------------------------

DC = "{http://purl.org/dc/elements/1.1/}"
LIST = "verb=ListRecords&metadataPrefix=oai_dc"
Known = dict[
    str, tuple[str, str | None]
]  # identifier: datestamp, title (None: deleted)


def known(store: Store, clock: FrozenClock, query: str) -> Known:
    """Harvest, and give what is then known of each record."""
    records = [
        record
        for page in harvest(repository(), store, clock, query)
        for record in page.iter(f"{OAI}record")
    ]
    return {
        str(one[0].findtext(f"{OAI}identifier")): (
            str(one[0].findtext(f"{OAI}datestamp")),
            one.findtext(f".//{DC}title"),
        )
        for one in records
    }


def loaded(file: Path) -> Known:
    """Load a dump, and give what is then known of each record."""
    return {
        line["identifier"]: (
            line["datestamp"],
            None if line["deleted"] else line["record"]["titles"][0]["value"],
        )
        for line in read(file)
    }


Step = tuple[str, int, int]  # what to do, to which record, seconds until the next
steps = st.lists(
    st.tuples(
        st.sampled_from(["show", "change", "delete", "embargo"]),
        st.integers(0, 5),
        st.integers(0, 3),
    ),
    max_size=8,
)


def take(step: Step, count: int, store: Store, clock: FrozenClock) -> None:
    what, which, wait = step
    id_ = f"10.1234/{which}"
    later = int(clock()) + 1 + count % 4
    stages = {
        "show": [stage(id_, "A title")],
        "change": [stage(id_, f"Title {count}")],
        "delete": [Stage(0)],
        "embargo": [Stage(0), stage(id_, f"Opened {count}", start=later)],
    }
    put(store, clock, item(id_, *stages[what]))
    clock.advance(wait)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=steps, after=steps)
def test_a_dump_and_the_harvest_from_its_datestamp_give_what_a_full_harvest_gives(
    before: list[Step], after: list[Step], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("law")
    store = open_store(f"sqlite:///{folder}/store.db")
    clock = FrozenClock(START + 0.25)
    put(store, clock, plain("10.1234/always"))
    for count, step in enumerate(before):
        take(step, count, store, clock)
    clock.advance(1)
    file, manifest = write_records(store, repository(), folder / "a.jsonl", clock)
    since = manifest["continue"]["from"]
    state = loaded(file)
    for count, step in enumerate(after, 100):
        take(step, count, store, clock)
    clock.advance(5)
    newer = known(store, clock, f"{LIST}&from={since}")
    assert {**state, **newer} == known(store, clock, LIST)
    store.close()
