"""A process that reads a catalogue is killed, at any moment; the next goes on."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from contextlib import closing
from typing import TYPE_CHECKING

import catalogue_content as content
from harvesting import read_catalogue_once

from panharvest.protocols import Query
from panharvest.stores import open_store
from panharvest.testing.catalogues import SciCatServer

if TYPE_CHECKING:
    from pathlib import Path

KILLS, DATASETS = 12, 120


def contents(store_url: str) -> dict[str, bytes | None]:
    """Give what is published, by identifier; each is there once."""
    with closing(open_store(store_url)) as store:
        now = int(time.time()) + 60
        rows = store.page(Query("oai_datacite", now, limit=10 * DATASETS), now)
        found = {row.id: row.body for row in rows}
        assert len(found) == len(rows)
    return found


def test_killed_while_reading_the_store_is_as_if_never(tmp_path: Path) -> None:
    chance = random.Random(20261126)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["harvesting"])
    url, whole = (f"sqlite:///{tmp_path}/{name}.db" for name in ("killed", "whole"))
    datasets = [content.scicat_dataset(n) for n in range(1, DATASETS + 1)]
    with SciCatServer(
        datasets=datasets,
        instruments=content.INSTRUMENTS,
        samples=content.SAMPLES,
        most=3,
    ) as server:
        killed, half = 0, 0
        for _ in range(3 * KILLS):
            child = processes.Process(
                target=read_catalogue_once, args=("scicat", server.url, url)
            )
            before = len(server.log)
            child.start()
            while len(server.log) == before and child.is_alive():
                child.join(0.001)
            child.join(chance.uniform(0.0, 0.4))
            if child.is_alive() and child.pid is not None:
                os.kill(child.pid, signal.SIGKILL)
                killed += 1
            child.join()
            half += 0 < len(contents(url)) < DATASETS
            if killed == KILLS:
                break
        assert half, "it was never killed half-way"
        read_catalogue_once("scicat", server.url, url)
        read_catalogue_once("scicat", server.url, whole)
    assert contents(url) == contents(whole)
    assert len(contents(url)) == DATASETS
