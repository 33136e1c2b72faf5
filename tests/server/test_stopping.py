"""Told to end, the service finishes what is under way and goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import pytest
import xsd

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
SCRIPT = """
    import logging, sys, time
    sys.path.insert(0, {helpers!r})
    import zoo
    from panharvest.serving import listen, serve_app
    from panharvest.stores import open_store
    from panharvest.testing.clock import FrozenClock

    logging.basicConfig(level=logging.INFO)
    clock = FrozenClock(zoo.START)
    store = open_store("sqlite:///{folder}/store.db")
    zoo.fill(store, clock)

    class Slow:  # answers a page only after the parent has sent its signal
        def __getattr__(self, name):
            return getattr(store, name)
        def page(self, *args):
            print("under way", flush=True)
            time.sleep(1.0)
            return store.page(*args)

    socket = listen("127.0.0.1", 0)
    print(socket.getsockname()[1], flush=True)
    serve_app(Slow(), zoo.repository(), clock, socket, verbose=True)
    store.close()
    print("closed", flush=True)
"""


def _await(server: subprocess.Popen[str], url: str) -> None:
    """Ask until the service listens."""
    while True:
        assert server.poll() is None, "it ended"
        try:
            urllib.request.urlopen(url)
        except OSError:
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_answers_under_way_are_finished(tmp_path: Path, number: int) -> None:
    script = textwrap.dedent(SCRIPT).format(helpers=str(HELPERS), folder=tmp_path)
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        assert server.stdout is not None
        port = int(server.stdout.readline())
        _await(server, f"http://127.0.0.1:{port}/healthz")
        query = "verb=ListRecords&metadataPrefix=oai_dc"
        client = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys, urllib.request;"
                "sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())",
                f"http://127.0.0.1:{port}/oai?{query}",
            ],
            stdout=subprocess.PIPE,
        )
        assert server.stdout.readline() == "under way\n"
        os.kill(server.pid, number)
        body, _ = client.communicate(timeout=60)
        xsd.assert_valid(body)
        assert client.returncode == 0
        assert server.stdout.read() == "closed\n"
        assert server.wait(60) == 0
    said = (tmp_path / "log").read_text()
    assert "INFO:panharvest.access:GET /oai 200 " in said
    assert "metadataPrefix" not in said, "no query is logged, by nobody"
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")
