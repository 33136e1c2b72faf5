"""Our harvester beside other clients: the same fast server, the same records, one run.

    pip install 'panharvest[test]'
    python benchmarks/harvest.py [--records 20000] [--rounds 5] [--large 1000000]

The server (``harvest_server.py``) costs next to nothing and runs in a process of its
own, so does each client in each round; rounds are interleaved, so that what else the
machine does hits all alike: trust the ratios, those of processor time most. Ours writes
all records into a store; the others only read them and keep nothing.

With ``--large`` ours also harvests so many records once, and its memory after a tenth
of them is compared with that at the end. A million takes minutes, and most of a GB on
the disk. Leaves with 0, whatever comes out: it reports.
"""

from __future__ import annotations

import argparse
import json
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harvest_client import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
OURS, PEER = "panharvest", "sickle"


@contextmanager
def server(records: int, *extra: str) -> Iterator[str]:
    """Run the server; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = HERE / "harvest_server.py"
    process = subprocess.Popen(
        [sys.executable, script, str(port), str(records), *extra],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
        yield f"http://127.0.0.1:{port}/oai"
    finally:
        process.terminate()
        process.wait(10)


def run(kind: str, url: str) -> dict[str, Any]:
    """Harvest once with a client; gives what it reports, and bytes it stored."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, HERE / "harvest_client.py", kind, url, folder],
            check=True,
            capture_output=True,
        )
        report = json.loads(done.stdout)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        report["bytes_per_record"] = size / report["records"]
    report["records_per_s"] = report["records"] / report["seconds"]
    report["cpu_us_per_record"] = report["cpu_seconds"] / report["records"] * 1e6
    return report


FIGURES = ("records_per_s", "cpu_us_per_record", "peak_mb", "bytes_per_record")


def compare(records: int, rounds: int, *extra: str) -> dict[str, dict[str, float]]:
    """Measure all clients in rounds; gives the median of each figure."""
    found: dict[str, dict[str, list[float]]] = {
        kind: {name: [] for name in FIGURES} for kind in KINDS
    }
    with server(records, *extra) as url:
        for _ in range(rounds):
            for kind, figures in found.items():
                report = run(kind, url)
                assert report["records"] == records, (kind, report)
                for name, values in figures.items():
                    values.append(report[name])
    return {
        kind: {name: statistics.median(values) for name, values in figures.items()}
        for kind, figures in found.items()
    }


def growth(records: int) -> dict[str, Any]:
    """Harvest many records once; memory at a tenth of them and at the end."""
    with server(records) as url:
        report = run(OURS, url)
    memory = dict(report.pop("memory"))
    early = max(mb for count, mb in memory.items() if count <= records // 10)
    late = max(mb for count, mb in memory.items() if count > records * 9 // 10)
    return {**report, "mb_at_a_tenth": early, "mb_at_the_end": late}


def goals(report: dict[str, Any]) -> list[tuple[str, float, str, float]]:
    """Give name, value, how it compares and the bound of every goal."""
    ours, peer = report["clients"][OURS], report["clients"][PEER]
    found = [
        (
            "records/s, writing to the store / sickle",
            ours["records_per_s"] / peer["records_per_s"],
            ">=",
            2.5,
        ),
        (
            "processor a record, sickle / ours",
            peer["cpu_us_per_record"] / ours["cpu_us_per_record"],
            ">=",
            2,
        ),
        ("peak memory, MB", ours["peak_mb"], "<=", 80),
    ]
    if "growth" in report:
        grown = report["growth"]
        found += [
            ("peak memory of the large harvest, MB", grown["peak_mb"], "<=", 80),
            (
                "memory at the end / at a tenth",
                grown["mb_at_the_end"] / grown["mb_at_a_tenth"],
                "<=",
                1.1,
            ),
        ]
    return found


def table(report: dict[str, Any]) -> None:
    """Print the figures of the clients, and the goals."""
    print(report["machine"])
    print(f"{'':20}" + "".join(f"{name:>19}" for name in FIGURES))
    for kind, figures in report["clients"].items():
        print(f"{kind:20}" + "".join(f"{figures[name]:19,.1f}" for name in FIGURES))
    print()
    for name, value, sign, bound in goals(report):
        met = value >= bound if sign == ">=" else value <= bound
        verdict = "met" if met else "missed"
        print(f"{name:42}{value:10,.2f}   goal {sign} {bound:<5} {verdict}")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--gzip", action="store_true", help="let the server pack pages")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    extra = ("--gzip",) if given.gzip else ()
    peers = ("sickle", "oaipmh-scythe", "oaipmh", "lxml", "requests")
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in peers),
        "clients": compare(given.records, given.rounds, *extra),
    }
    if given.large:
        report["growth"] = growth(given.large)
    table(report)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
