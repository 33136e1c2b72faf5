"""Our OAI-PMH provider beside two peers: the same records, the same load, one run.

    pip install 'panharvest[bench,fast]'
    python benchmarks/provider.py [--records 50000] [--rounds 7] [--json FILE]

Servers: ours under waitress, ours as ``panharvest serve`` runs it (uvicorn), oaipmh 4
(BatchingServer) and oai-repo under waitress, on SQLite tables of their own. Rounds are
interleaved, so that what else the machine does hits all alike; trust the ratios. They
are taken twice: as the system schedules client and servers, which is what the goals are
about, and with all of them on one processor.

All have the same records, ``--pages`` of them; for what growth does ours has another
store of ``--records``, which is read to its end. Prints a table of the goals and, with
``--json``, everything. Leaves with 0, whatever comes out: it reports.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from made_records import Made, made
from provider_client import Client, first_page, get_all, harvest, next_page, times
from provider_servers import HOST, PAGE, PREFIX

from panharvest.protocols import Item, Stage
from panharvest.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

HERE = Path(__file__).parent
BATCH = 200
WARM = 200  # pages
KINDS = ("ours", "default", "oaipmh", "oai-repo")
BEGIN = 1_600_000_000


def item(record: Made, title: bytes = b"") -> Item:
    """Make what our store takes; a title makes it differ from the first."""
    body = record.xml.replace(b"<title ", b"<title %b" % title, 1)
    return Item(record.id, record.id, (Stage(0, {PREFIX: body}, record.sets),))


def batches(records: int) -> Iterator[range]:
    """Give the numbers of records, some hundred at a time."""
    for begin in range(0, records, BATCH):
        yield range(begin, min(begin + BATCH, records))


def fill_ours(place: Path, records: int) -> dict[str, float]:
    """Fill our store; gives what that took."""
    seconds = float(BEGIN)

    def clock() -> float:
        nonlocal seconds
        seconds += 0.01
        return seconds

    taken, size = 0.0, 0
    with closing(open_store(f"sqlite:///{place}")) as store:
        for numbers in batches(records):
            items = [item(made(number)) for number in numbers]
            size += sum(len(one.stages[0].bodies[PREFIX]) for one in items)
            begin = time.perf_counter()
            with store.write(clock) as writer:
                for one in items:
                    writer.put_item(one)
            taken += time.perf_counter() - begin
    with closing(sqlite3.connect(place)) as db:
        sql = "SELECT AVG(LENGTH(body)) FROM version"
        ((packed,),) = db.execute(sql).fetchall()
    return {
        "bytes_in_all": place.stat().st_size / records,
        "bytes_packed": packed,
        "bytes_document": size / records,
        "written_per_s": records / taken,
    }


def fill_peers(place: Path, records: int) -> None:
    """Fill the table that both peers read."""
    with closing(sqlite3.connect(place)) as db, db:
        db.execute(
            "CREATE TABLE record (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, "
            "datestamp INTEGER NOT NULL, sets TEXT NOT NULL, xml BLOB NOT NULL)"
        )
        db.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
            (
                (n, f"oai:{HOST}:{one.id}", BEGIN + n, " ".join(one.sets), one.xml)
                for n, one in enumerate(map(made, range(records)))
            ),
        )
        db.execute("CREATE UNIQUE INDEX record_id ON record (id)")
        # covers the search for an offset
        db.execute("CREATE INDEX record_order ON record (datestamp, seq, id)")


@contextmanager
def server(kind: str, database: Path) -> Iterator[tuple[Client, psutil.Process]]:
    """Run a server in a process of its own, and connect to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = HERE / "provider_servers.py"
    process = subprocess.Popen([sys.executable, script, kind, database, str(port)])
    try:
        client = Client(port)
        for _ in range(200):
            try:
                client.get(first_page(PREFIX))
                break
            except ConnectionError:
                time.sleep(0.1)
        yield client, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def one_processor() -> Iterator[None]:
    """Let client and servers take turns on one processor, where the system knows how.

    To wake another one takes up to as long as a record, in a virtual machine, and the
    system decides as it pleases whether it does.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_ = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_)


def compare(
    places: dict[str, Path],
    given: argparse.Namespace,
    processors: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> dict[str, Any]:
    """Measure all servers in rounds; gives the median of each figure."""
    found: dict[str, dict[str, list[float]]] = {kind: {} for kind in KINDS}
    chance = random.Random(3)
    with processors(), ExitStack() as stack:
        servers = {k: stack.enter_context(server(k, places[k])) for k in KINDS}
        for client, process in servers.values():  # warm, and counted
            assert harvest(client, process, PREFIX, 10).records == 10 * PAGE
        for _ in range(given.rounds):
            ids = [
                f"oai:{HOST}:{made(chance.randrange(given.pages * 100)).id}"
                for _ in range(given.gets)
            ]
            for kind, (client, process) in servers.items():
                load = harvest(client, process, PREFIX, given.pages, full=PAGE)
                one = get_all(client, process, PREFIX, ids)
                for name, value in (
                    ("records_per_s", load.rate),
                    ("cpu_us_per_record", load.cost),
                    ("gets_per_s", one.rate),
                    ("cpu_us_per_get", one.cost),
                ):
                    found[kind].setdefault(name, []).append(value)
    return {
        kind: {name: statistics.median(values) for name, values in figures.items()}
        for kind, figures in found.items()
    }


def growth(place: Path) -> dict[str, float]:
    """Read our whole list; compare pages at 90 % with the first, and memory."""
    with server("default", place) as (client, process):
        few = harvest(client, process, PREFIX, WARM)  # fills what is cached
        before = process.memory_info().rss
        load = harvest(client, process, PREFIX, sys.maxsize, full=PAGE)
        after = process.memory_info().rss
        deep = load.tokens[len(load.tokens) * 9 // 10] if load.tokens else ""
        pair = [next_page(few.tokens[0]), next_page(deep)] if deep else []
        taken = [times(client, pair) for _ in range(101)] if pair else [[1.0, 1.0]]
        counting = statistics.median(times(client, [first_page(PREFIX)] * 5))
    begin, end = (statistics.median(column) for column in zip(*taken, strict=True))
    return {
        "records": load.records,
        "records_per_s": load.rate,
        "cpu_us_per_record": load.cost,
        "first_page_with_count_ms": counting,
        "second_page_ms": begin,
        "page_at_90_percent_ms": end,
        "ratio": end / begin,
        "rss_mb_warm": before / 1e6,
        "rss_mb_after_all": after / 1e6,
    }


def ingest(place: Path, records: int) -> None:
    """Change records flat out, until the process is ended."""
    with closing(open_store(f"sqlite:///{place}")) as store:
        for turn in count(1):
            for numbers in batches(records):
                with store.write(time.time) as writer:
                    for number in numbers:
                        writer.put_item(item(made(number), b'id="t%d" ' % turn))
                print(len(numbers), flush=True)


def under_load(place: Path, records: int, requests: int) -> dict[str, float]:
    """Compare the slowest pages while nothing is written and while much is."""
    chance = random.Random(5)
    with server("default", place) as (client, process):
        tokens = harvest(client, process, PREFIX, 200).tokens
        queries = [next_page(chance.choice(tokens)) for _ in range(requests)]
        idle = times(client, queries)
        writer = subprocess.Popen(
            [sys.executable, __file__, "--ingest", place, "--records", str(records)],
            stdout=subprocess.PIPE,
        )
        try:
            assert writer.stdout is not None
            writer.stdout.readline()  # it is at work
            busy = times(client, queries)
        finally:
            writer.terminate()
            writer.wait()
    return {
        "idle_p50_ms": statistics.median(idle),
        "idle_p99_ms": statistics.quantiles(idle, n=100)[98],
        "busy_p50_ms": statistics.median(busy),
        "busy_p99_ms": statistics.quantiles(busy, n=100)[98],
    }


def goals(report: dict[str, Any]) -> list[tuple[str, float, str, float]]:
    """Give name, value, how it compares and the bound of every goal."""
    same, grown, load = report["servers"], report["growth"], report["under_load"]
    turns = report["servers_on_one_processor"]
    ours, default = same["ours"], same["default"]
    peer, other = same["oaipmh"], same["oai-repo"]
    rate, get = "records_per_s", "gets_per_s"
    return [
        ("ListRecords, same server kind / oaipmh", ours[rate] / peer[rate], ">=", 5),
        ("ListRecords, default server / oaipmh", default[rate] / peer[rate], ">=", 8),
        ("GetRecord, default server / oai-repo", default[get] / other[get], ">=", 2.5),
        (
            "the same, all on one processor",
            turns["default"][get] / turns["oai-repo"][get],
            ">=",
            -math.inf,
        ),
        ("GetRecord, both under waitress", ours[get] / other[get], ">=", -math.inf),
        ("page at 90 % / first page", grown["ratio"], "<=", 1.2),
        (
            "p99 of a page, ingesting / idle",
            load["busy_p99_ms"] / load["idle_p99_ms"],
            "<=",
            3,
        ),
        (
            "bytes of a record, all told",
            report["store"]["bytes_in_all"],
            "<=",
            700,
        ),
        (
            f"memory after all pages / after {WARM}",
            grown["rss_mb_after_all"] / grown["rss_mb_warm"],
            "<=",
            1.2,
        ),
    ]


def table(report: dict[str, Any]) -> None:
    """Print the figures of the servers, and the goals."""
    names = list(next(iter(report["servers"].values())))
    for part in ("servers", "servers_on_one_processor"):
        print(f"{part:24}" + "".join(f"{name:>19}" for name in names))
        for kind, figures in report[part].items():
            print(f"  {kind:22}" + "".join(f"{figures[n]:19,.1f}" for n in names))
        print()
    for name, value, sign, bound in goals(report):
        met = value >= bound if sign == ">=" else value <= bound
        verdict = f"goal {sign} {bound:<5} {'met' if met else 'missed'}"
        print(f"{name:42}{value:10,.2f}   {verdict if abs(bound) < math.inf else ''}")


def measure(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Fill the stores and measure everything."""
    mine, theirs, grown = (folder / f"{n}.db" for n in ("ours", "peers", "grown"))
    fill_ours(mine, given.pages * 100)
    fill_peers(theirs, given.pages * 100)
    stored = fill_ours(grown, given.records)
    places = dict.fromkeys(KINDS, theirs) | {"ours": mine, "default": mine}
    versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    return {
        "records": given.records,
        "processors": os.cpu_count(),
        **versions,
        "store": stored,
        "servers": compare(places, given),
        "servers_on_one_processor": compare(places, given, one_processor),
        "growth": growth(grown),
        "under_load": under_load(grown, given.records, given.requests),
    }


def main() -> None:
    """Run it in a folder that is thrown away."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--records", type=int, default=50_000, help="for growth")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--pages", type=int, default=100, help="of each server")
    options.add_argument("--gets", type=int, default=500, help="records got one by one")
    options.add_argument("--requests", type=int, default=1000, help="timed under load")
    options.add_argument("--json", type=Path, help="write all figures here")
    options.add_argument("--ingest", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.ingest:
        ingest(given.ingest, given.records)
        return
    with tempfile.TemporaryDirectory() as folder:
        report = measure(given, Path(folder))
    table(report)
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
