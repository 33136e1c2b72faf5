"""What reading NeXus files costs, against a plain walk that reads the same fields.

    python benchmarks/nexus.py DIR [--rounds N] [--json]

The plain walk uses the high-level interface of h5py and enters the same groups by the
same classes; it does no more than read the fields with their units. Rounds of both are
interleaved. Exit code 1 when a goal is missed or a readable file failed.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from panharvest.demo_writing import write_bliss_like
from panharvest.errors import SkipError
from panharvest.mapping import load_tables
from panharvest.sources.nexus import read_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.tree import Wanted

GOALS = {
    "ratio": 0.6,
    "failures": 0,
    "scaling": 1.7,
    "bliss_ms": 300,
    "bliss_reads": 300,
}
AT_LEAST = {"scaling"}


def plain_walk(path: Path, wanted: Wanted) -> list[tuple[str, Any, Any]]:
    """Read the wanted fields as one does with h5py's File, Group and Dataset."""
    found: list[tuple[str, Any, Any]] = []
    with h5py.File(path, "r") as file:
        _plain_groups(file, frozenset({"NXentry"}), wanted, found)
    return found


def _plain_groups(
    group: h5py.Group, classes: frozenset[str], wanted: Wanted, found: list[Any]
) -> None:
    for name in group:
        if group.get(name, getclass=True) is not h5py.Group:
            continue
        child = group.get(name)
        nx_class = child.attrs.get("NX_class") if child is not None else None
        if isinstance(nx_class, bytes):
            nx_class = nx_class.decode()
        if not isinstance(nx_class, str) or nx_class not in classes:
            continue
        for field in wanted.fields.get(nx_class, ()):
            if field in child:
                dataset = child[field]
                if isinstance(dataset, h5py.Dataset) and (dataset.size or 0) <= 16:
                    units = dataset.attrs.get("units")
                    found.append((dataset.name, dataset[()], units))
        below = wanted.children.get(nx_class, frozenset())
        if below:
            _plain_groups(child, below, wanted, found)


def reads() -> int:
    """Count the read calls of this process so far (Linux)."""
    with Path("/proc/self/io").open() as file:
        return next(int(line.split()[1]) for line in file if line.startswith("syscr"))


def timed(work: Callable[[], object]) -> float:
    """Give the milliseconds that some work takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def sort_files(
    folder: Path, wanted: Wanted
) -> tuple[list[Path], Counter[str], list[str]]:
    """Tell readable files from refused ones and from failures."""
    readable: list[Path] = []
    refused: Counter[str] = Counter()
    failed: list[str] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in (".csv", ".md", ".txt"):
            continue
        try:
            read_tree(path, wanted)
            readable.append(path)
        except SkipError as refusal:
            refused[refusal.code] += 1
        except Exception as error:  # a failure is what is counted here
            failed.append(f"{path.name}: {error!r}")
    return readable, refused, failed


def compare(files: list[Path], wanted: Wanted, rounds: int) -> dict[str, Any]:
    """Time both ways on each file; a file counts with the median of its rounds."""
    ways = {"ours": read_tree, "plain": plain_walk}
    times: dict[str, dict[Path, list[float]]] = {way: {} for way in ways}
    unreadable: set[str] = set()
    for _ in range(rounds):
        for way, read in ways.items():
            for path in files:
                try:
                    spent = timed(partial(read, path, wanted))
                except (OSError, KeyError, TypeError, ValueError):
                    if way == "ours":
                        raise
                    unreadable.add(path.name)
                    continue
                times[way].setdefault(path, []).append(spent)
    both = [path for path in files if path.name not in unreadable]
    result: dict[str, Any] = {
        "compared": len(both),
        "plain_failures": sorted(unreadable),
    }
    for way in ways:
        each = sorted(statistics.median(times[way][path]) for path in both)
        result[f"{way}_median_ms"] = statistics.median(each)
        result[f"{way}_p90_ms"] = each[int(len(each) * 0.9)]
        result[f"{way}_sum_ms"] = sum(each)
    result["ratio"] = result["ours_median_ms"] / result["plain_median_ms"]
    result["ratio_of_sums"] = result["ours_sum_ms"] / result["plain_sum_ms"]
    return result


def _read_all(files: list[Path], wanted: Wanted) -> int:
    return sum(len(read_tree(path, wanted).groups) for path in files)


def scaling(files: list[Path], wanted: Wanted, rounds: int) -> dict[str, float]:
    """Read the files again and again in this process and in two others."""
    repeated = files * max(1, 1000 // len(files))
    parts = [repeated[i::8] for i in range(8)]
    serial, parallel = [], []
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        read = partial(_read_all, wanted=wanted)
        list(pool.map(read, parts))  # both processes have begun and imported
        for _ in range(rounds):
            serial.append(timed(lambda: [read(part) for part in parts]))
            parallel.append(timed(lambda: list(pool.map(read, parts))))
    one = len(repeated) / statistics.median(serial) * 1000
    two = len(repeated) / statistics.median(parallel) * 1000
    return {"one_process": one, "two_processes": two, "scaling": two / one}


def bliss(wanted: Wanted, rounds: int) -> dict[str, float]:
    """Read a file of 50 scans with 200 datasets each."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_bliss_like(Path(folder) / "scans.h5")
        ways: dict[str, Callable[[], object]] = {
            "": partial(read_tree, path, wanted),
            "_blocks": partial(read_tree, path, wanted, io="blocks"),
            "_direct": partial(read_tree, path, wanted, io="direct"),
            "_plain": partial(plain_walk, path, wanted),
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        result: dict[str, float] = {"bliss_megabytes": path.stat().st_size / 1e6}
        for _ in range(rounds):
            for way, work in ways.items():
                times[way].append(timed(work))
        for way, work in ways.items():
            before = reads()
            own = reads() - before  # counting reads too
            before = reads()
            work()
            result[f"bliss{way}_reads"] = reads() - before - own
            result[f"bliss{way}_ms"] = statistics.median(times[way])
    return result


def main() -> int:
    """Measure, print, and compare with the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wanted = load_tables().wanted
    files, refused, failed = sort_files(options.folder, wanted)
    if not files:
        print(f"{options.folder}: no readable NeXus file", file=sys.stderr)
        return 2
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "h5py": h5py.version.version,
        "hdf5": h5py.version.hdf5_version,
        "machine": f"{platform.system()} {platform.machine()}",
        "fields_asked_for": sum(len(names) for names in wanted.fields.values()),
        "readable": len(files),
        "refused": dict(refused),
        "failures": len(failed),
        "failed": failed,
        **compare(files, wanted, options.rounds),
        **scaling(files, wanted, 3),
        **bliss(wanted, 3),
    }
    met = {
        name: result[name] >= goal if name in AT_LEAST else result[name] <= goal
        for name, goal in GOALS.items()
    }
    if options.json:
        print(json.dumps({**result, "met": met}, indent=1))
    else:
        for name, value in result.items():
            goal = f"   goal {GOALS[name]}: {met[name]}" if name in GOALS else ""
            shown = f"{value:.2f}" if isinstance(value, float) else value
            print(f"{name:22} {shown}{goal}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
