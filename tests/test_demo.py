"""The demo: one command, a record that appears while one watches, a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from panharvest import demo
from panharvest.building import build_context, build_repository
from panharvest.config import Settings
from panharvest.demo import guide, make_demo, run_demo
from panharvest.errors import ConfigError
from panharvest.provider import answer
from panharvest.serving import address, listen
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.protocols import Store
    from panharvest.provider import Repository
    from panharvest.publish import Outcome

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
URL = "http://127.0.0.1:8000"
SOON = "10.5072/panharvest-demo-4"


class Demo:
    """The demo as it is after its start."""

    def __init__(self, folder: Path) -> None:
        clock = FrozenClock(NOW.timestamp())
        context = build_context(Settings())
        self.store: Store = open_store(f"sqlite:///{folder}/demo.db")
        files = folder / "files"
        self.outcomes: list[Outcome] = make_demo(files, self.store, context, clock)
        self.repository: Repository = build_repository(
            Settings(), self.store, context, URL, clock
        )

    def ask(self, query: str, at: datetime) -> str:
        arguments = [tuple(part.split("=", 1)) for part in query.split("&")]
        reply = answer(self.repository, arguments, self.store, at.timestamp())
        return reply.body.decode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = Demo(tmp_path_factory.mktemp("demo"))
    yield made
    made.store.close()


def test_it_holds_open_and_closed_records(running: Demo) -> None:
    states = {outcome.id: outcome.state for outcome in running.outcomes}
    assert len(states) == 9
    assert states[SOON] == "hidden"
    assert states["10.5072/panharvest-demo-1"] == "open"
    assert list(states.values()).count("open") >= 6
    text = running.ask(
        "verb=ListIdentifiers&metadataPrefix=oai_dc", NOW + timedelta(seconds=9)
    )
    assert "panharvest-demo-1" in text
    assert SOON not in text
    assert "ess/" not in text


def test_a_record_is_released_after_two_minutes(running: Demo) -> None:
    at = NOW + timedelta(minutes=2)
    query = "verb=ListRecords&metadataPrefix=oai_datacite"
    assert SOON not in running.ask(query, at - timedelta(seconds=1))
    assert SOON in running.ask(query, at)
    [line] = [
        line
        for line in guide(running.repository, running.outcomes, NOW.timestamp())
        if "from=" in line
    ]
    advised = line.partition("?")[2].strip("'")
    assert advised == f"{query}&from=2027-01-15T12:02:00Z"
    told = running.ask(advised, at)
    assert told.count("<header>") == 1
    assert SOON in told


def test_every_line_that_is_advised_works(running: Demo) -> None:
    lines = list(guide(running.repository, running.outcomes, NOW.timestamp()))
    queries = [line.partition("?")[2].strip("'") for line in lines if "?verb=" in line]
    assert len(queries) == 6
    later = NOW + timedelta(minutes=3)
    for query in queries:
        assert "<error" not in running.ask(query, later), query


def test_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with listen("127.0.0.1", port, or_any=True) as other:
            assert address(other) != address(taken)
        with pytest.raises(ConfigError, match=f"port {port}"):
            listen("127.0.0.1", port)
    with listen("0.0.0.0", 0) as wide:
        assert address(wide).startswith("http://127.0.0.1:")
    with listen("::1", 0) as six:
        assert address(six).startswith("http://[::1]:")


def test_a_folder_that_holds_a_demo_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.db").touch()
    clock = FrozenClock(NOW.timestamp())
    with pytest.raises(ConfigError, match="holds a demo already"):
        run_demo(Settings(), clock, "127.0.0.1", 0, folder=tmp_path, echo=print)


def test_a_release_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    timers: list[tuple[float, tuple[str, ...]]] = []

    class Timer:
        def __init__(self, wait: float, function: object, args: tuple[str]) -> None:
            assert callable(function)
            timers.append((wait, args))

        def start(self) -> None: ...
        def cancel(self) -> None: ...

    monkeypatch.setattr(demo.threading, "Timer", Timer)
    monkeypatch.setattr(demo, "serve_app", lambda *_: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    clock = FrozenClock(NOW.timestamp())
    run_demo(Settings(), clock, "127.0.0.1", 0, folder=None, echo=lines.append)
    assert timers == [(120.0, (f"{SOON} is released: it is in the lists now.",))]
    assert lines[-1] == "The demo has ended. Its files are removed."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("when", ["reading", "serving"])
def test_ctrl_c_ends_it_cleanly(tmp_path: Path, number: int, when: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "panharvest", "serve", "--demo", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        if when == "serving":
            for line in process.stdout:
                if line.startswith("Ctrl-C"):
                    break
        else:
            while not list(tmp_path.glob("panharvest-demo-*/files/*.nxs")):
                assert process.poll() is None
                time.sleep(0.01)
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors == ""
    assert out.endswith("The demo has ended. Its files are removed.\n")
    assert list(tmp_path.glob("panharvest-demo-*")) == []
