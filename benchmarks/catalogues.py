"""Reading catalogues: records a second, memory, and whether late pages cost more.

    python benchmarks/catalogues.py [--records 1000 10000] [--json report.json]

A SciCat and an ICAT that cost next to nothing (``catalogue_server.py``) run in a
process of their own; each reading runs in one too. It is measured what the reader
takes of the processor: first the source alone (asking, paging, putting together), then
all of ``panharvest ingest`` into a store (mapped, checked, rendered in every format,
swept), then the same again with nothing changed. ``--records 1000 10000 100000`` shows
that it goes on like that; so many take a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.sources.catalogues.options import SourceOptions

HERE = Path(__file__).parent
KINDS = ("scicat", "icat")
WHAT = ("pages", "ingest", "again")


@contextmanager
def server(records: int) -> Iterator[str]:
    """Run the server; gives its address."""
    process = subprocess.Popen(
        [sys.executable, HERE / "catalogue_server.py", str(records)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)


def options() -> SourceOptions:
    """Give options under which nothing waits."""
    from panharvest.sources.catalogues.options import SourceOptions
    from panharvest.transport import Manners

    return SourceOptions(manners=Manners(pace=0))


def read_pages(kind: str, url: str, _store: Path) -> tuple[int, list[float]]:
    """Read all pages; gives the number of records, and what each page took."""
    from panharvest.catalogued import Position
    from panharvest.sources.catalogues.registry import open_source

    count, spent, last = 0, [], time.process_time()
    with closing(open_source(kind, [url], options())) as source:
        for page in source.pages(Position(), time.time()):
            now = time.process_time()
            count += len(page.entries)
            if len(page.entries) == 100:
                spent.append(now - last)
            last = now
    return count, spent


def ingest(kind: str, url: str, store: Path) -> tuple[int, list[float]]:
    """Read all into a store; gives the number of records, and what each page took."""
    from panharvest.building import build_context
    from panharvest.cataloguing import CatalogueDone, ingest_catalogue
    from panharvest.config import Settings
    from panharvest.sources.catalogues.registry import open_source
    from panharvest.stores import open_store

    count, spent, last = 0, [], time.process_time()
    with (
        closing(open_store(f"sqlite:///{store}", create=True)) as place,
        closing(open_source(kind, [url], options())) as source,
    ):
        context = build_context(Settings())
        for event in ingest_catalogue(
            source, kind, place, context, time.time, facility="maxiv"
        ):
            now = time.process_time()
            if isinstance(event, CatalogueDone):
                assert event.status == "complete", event
                count = event.changed + event.unchanged
            elif event.entries == 100:
                spent.append(now - last)
            last = now
    return count, spent


def one(what: str, kind: str, url: str, store: Path) -> None:
    """Measure in this process; prints JSON."""
    sys.path.insert(0, str(HERE.parent))
    run = read_pages if what == "pages" else ingest
    count, spent = run(kind, url, store)
    whole = time.process_time()
    tenth = max(1, len(spent) // 10)
    print(
        json.dumps(
            {
                "records": count,
                "cpu": whole,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                # the first page pays for what is loaded once
                "early": statistics.median(spent[1 : tenth + 1] or [0.0]),
                "late": statistics.median(spent[-tenth:] or [0.0]),
            }
        )
    )


def measured(what: str, kind: str, url: str, store: Path) -> dict[str, Any]:
    """Measure in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", what, kind, url, str(store)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--what", nargs="+", choices=WHAT, default=WHAT)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        what, kind, url, store = given.one
        one(what, kind, url, Path(store))
        return
    report: dict[str, Any] = {"machine": platform.platform(), "runs": []}
    print(f"{'':22}{'records':>9}{'a second':>10}{'late/early':>12}{'peak MB':>9}")
    for records in given.records:
        with server(records) as url, tempfile.TemporaryDirectory() as folder:
            for kind in given.kinds:
                for what in given.what:
                    found = measured(what, kind, url, Path(folder) / f"{kind}.db")
                    ratio = found["late"] / found["early"] if found["early"] else 1.0
                    report["runs"].append({"kind": kind, "what": what, **found})
                    print(
                        f"{kind:10}{what:12}{found['records']:>9,}"
                        f"{records / found['cpu']:>10,.0f}{ratio:>12.2f}"
                        f"{found['peak']:>9.0f}",
                        flush=True,
                    )
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
