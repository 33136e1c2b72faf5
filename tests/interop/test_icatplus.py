"""The ICAT+ that the ESRF ships for tests of its own client, read by ours."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from catalogue_content import options

from panharvest.building import build_context
from panharvest.catalogued import Access, Position
from panharvest.config import Settings
from panharvest.errors import StopError
from panharvest.mapping.entries import encode, map_entry
from panharvest.policy import decide
from panharvest.sources.catalogues.icatplus_client import IcatPlus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = "pyicat_plus_pytest_plugin.servers.icatplus_server"
pytest.importorskip(SERVER, reason="pyicat-plus is not installed", exc_type=ImportError)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Start it with an investigation and two datasets."""
    investigation = {
        "id": 7,
        "name": "ma1234",
        "experiment": "ma1234",
        "proposal": "ma1234",
        "visitId": "id00",
        "title": "An experiment",
        "startDate": "2019-03-01T08:00:00.000+01:00",
        "endDate": "2019-03-05T08:00:00.000+01:00",
        "releaseDate": "2022-03-01",
        "instrument": {"id": 1, "name": "ID00"},
    }
    datasets = [
        {
            "id": number,
            "name": f"scan{number}",
            "startDate": "2019-03-01T09:00:00.000+01:00",
            "endDate": "2019-03-01T10:00:00.000+01:00",
            "location": "/data/visitor/ma1234",
            "sample": {"name": "Quartz"},
            "parameters": [{"name": "definition", "value": "SAXS"}],
            "investigation": {"id": 7, "name": "ma1234"},
        }
        for number in (1, 2)
    ]
    (tmp_path / "investigations.json").write_text(json.dumps([investigation]))
    (tmp_path / "datasets7.json").write_text(json.dumps(datasets))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", SERVER, f"--port={port}"),
            f"--icat_data_dir={tmp_path}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
            except OSError:
                assert process.poll() is None, "the server did not start"
                time.sleep(0.1)
            else:
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def test_it_is_read(address: str) -> None:
    access = Access(user="someone", password="correct")
    with closing(IcatPlus(address, options(access, creators="no"))) as source:
        entries = {
            one.id: one for page in source.pages(Position(), 0) for one in page.entries
        }
        assert set(source.identifiers()) == set(entries)
    assert set(entries) == {"Investigation:7", "Dataset:1", "Dataset:2"}
    context = build_context(Settings())
    raw = encode(entries["Dataset:1"], "catalogue+icatplus:x", {"facility": "esrf"})
    found = map_entry(raw, context.tables, context.facilities)
    timeline = decide(found.record, context.facilities.get("esrf"), found.claims)
    assert timeline.opens_at is not None, "the investigation's date holds for it"
    assert found.record.samples[0].name == "Quartz"
    assert "/data/visitor" not in repr(found.record)


def test_a_wrong_password_is_told(address: str) -> None:
    access = Access(user="someone", password="wrong")
    with (
        closing(IcatPlus(address, options(access))) as source,
        pytest.raises(StopError, match="403"),
    ):
        list(source.identifiers())
