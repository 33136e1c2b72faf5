"""What the SQLite store does: pages, counts, writes, bytes a record.

    python benchmarks/store.py [--records 100000] [--path FILE]

Records are served in two formats, of about 4.6 kB and 1.2 kB, and a page of ours; 30 %
have a stage to come; each is in five sets. Prints one JSON object. Times are
medians of single calls through the library, in ms; rates are per second of wall time.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.protocols import Item, Query, Stage, Store
from panharvest.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BEGIN = 1_700_000_000
BATCH = 2000
_words = Path(__file__).read_text("utf-8").replace("&", "").replace("<", "").split()
PHRASES = [" ".join(random.Random(n).choices(_words, k=8)) for n in range(900)]


def document(name: str, chance: random.Random, size: int) -> bytes:
    """Make an XML document of about a size, half of it the same in all."""
    fixed = "".join(f"<{name}:field{n}>the same</{name}:field{n}>" for n in range(20))
    text = str(chance.random())
    while len(text) + len(fixed) < size:
        text += " " + chance.choice(PHRASES)
    return f"<{name}:r xmlns:{name}='urn:{name}'>{fixed}{text}</{name}:r>".encode()


def item(number: int, chance: random.Random) -> Item:
    """Make a record; one in three opens, or changes, later."""
    sets = (
        "openaire_data",
        f"facility:f{number % 13}",
        f"technique:PaNET{chance.randrange(300):05}",
        "kind:raw",
        "access:open",
    )
    bodies = {
        "oai_datacite": document("d", chance, 4600),
        "oai_dc": document("dc", chance, 1200),
        "_record": document("r", chance, 2000),
    }
    later = BEGIN + 86400 * (2 + number % 1000)
    odd = chance.random()
    stages = [Stage(0, bodies, sets)]
    if odd < 0.2:
        stages = [Stage(later, bodies, sets)]
    elif odd < 0.3:
        stages.append(Stage(later, {**bodies, "oai_dc": b"<dc:r/>"}, sets))
    return Item(f"10.0/{number}", f"{number}", tuple(stages), {"n": number})


def write(store: Store, items: Iterator[Item], clock: Callable[[], float]) -> int:
    """Put items in batches; gives how many."""
    done = 0
    batch: list[Item] = []
    for each in items:
        batch.append(each)
        if len(batch) == BATCH:
            done += _put(store, batch, clock)
    return done + _put(store, batch, clock)


def _put(store: Store, batch: list[Item], clock: Callable[[], float]) -> int:
    with store.write(clock) as writer:
        for each in batch:
            writer.put_item(each)
    done = len(batch)
    batch.clear()
    return done


def timed(call: Callable[[], object], times: int = 101) -> float:
    """Give the median time of a call in ms."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return round(1000 * statistics.median(taken), 4)


def rate(call: Callable[[], int]) -> float:
    """Give how many a second of what a call counts."""
    begin = time.perf_counter()
    done = call()
    return round(done / (time.perf_counter() - begin), 1)


def pages(store: Store, now: int, spec: str | None) -> dict[str, float]:
    """Time a page of 100 at the beginning, the middle and near the end of a list."""
    whole = Query("oai_datacite", now, set=spec, limit=10**9, bodies=False)
    keys = [row.key for row in store.page(whole, now)]
    found = {}
    for share in (0, 50, 90):
        after = keys[len(keys) * share // 100]
        query = Query("oai_datacite", now, set=spec, after=after)
        found[f"at_{share}_percent_ms"] = timed(lambda q=query: store.page(q, now))
    found["size_ms"] = timed(lambda: store.size(whole, now), 11)
    found["rows"] = len(keys)
    return found


def measure(store: Store, path: Path, records: int) -> dict[str, object]:
    """Fill a store and time it."""
    instant = float(BEGIN)

    def clock() -> float:
        nonlocal instant
        instant += 0.001
        return instant

    chance = random.Random(1)
    made = [item(n, chance) for n in range(min(records, 20 * BATCH))]
    size = sum(sum(map(len, each.stages[0].bodies.values())) for each in made)

    def first() -> Iterator[Item]:
        for begin in range(0, records, len(made)):
            for n, each in enumerate(made[: records - begin]):
                id_ = f"10.0/{begin + n}"
                yield Item(id_, id_, each.stages, each.facts)

    report: dict[str, object] = {"records": records, "python": sys.version.split()[0]}
    report["insert_per_s"] = rate(lambda: write(store, first(), clock))
    instant += 86400
    changed = [
        Item(f"10.0/{n}", f"10.0/{n}", (Stage(0, each.stages[-1].bodies, ("kind:x",)),))
        for n, each in enumerate(made[:10_000])
    ]
    report["unchanged_per_s"] = rate(
        lambda: write(store, islice(first(), 10_000), clock)
    )
    now = int(instant) + 2
    report["all"] = pages(store, now, None)
    report["one_set_of_13"] = pages(store, now, "facility:f7")
    ids = [f"10.0/{n}" for n in chance.choices(range(records), k=2000)]
    report["get_per_s"] = rate(
        lambda: sum(bool(store.get(i, "oai_dc", now)) or 1 for i in ids)
    )
    report["sets_ms"] = timed(lambda: store.sets(now), 11)
    report["update_per_s"] = rate(lambda: write(store, iter(changed), clock))
    store.close()
    report["bytes_per_record"] = round(path.stat().st_size / records)
    report["document_bytes_per_record"] = round(size / len(made))
    return report


def main() -> None:
    """Run it in a folder that is thrown away, unless told where."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument(
        "--path", type=Path, help="where to make the file, and keep it"
    )
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.path or Path(folder) / "bench.db"
        with closing(open_store(f"sqlite:///{path}")) as store:
            report = measure(store, path, given.records)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
