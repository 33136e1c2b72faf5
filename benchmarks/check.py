"""Measure how long mapping tables take to be checked, beside ``sssom validate``.

    python benchmarks/check.py [FOLDER] [--sssom EXECUTABLE] [--rounds N] [--json FILE]

FOLDER holds mapping tables as PaNET publishes them (default: the real ones beside the
checkout when they are there, else tables of our making with as many rows and the same
kinds of slips). Every figure is a process from start to end, cold: interpreter,
imports, vocabulary and all. ``sssom`` (sssom-py, from the extra ``bench`` or in an
environment of its own) cannot read the tables as published: it is given copies whose
header was put right, and so are we in the rows of the table that compare the two.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "data" / "ontologies" / "PaNET_mappings"
NAMES = ("HI", "IUCr", "IUPAC", "WFL")
ROWS = (31, 9, 261, 151)
MANY = 10_000
HEAD = """\
#curie_map:
#  panet: http://purl.org/pan-science/PaNET/
#  lab: https://example.org/technique/
#  orcid: https://orcid.org/
#mapping_set_id: https://w3id.org/example/mappings/{name}
#license: https://creativecommons.org/licenses/by/4.0/
#subject_source_version: "1.3.0"
#object_source_version: "1"
"""
COLUMNS = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label"),
    *("mapping_justification", "author_id", "mapping_date", "confidence"),
)


def made(name: str, count: int, slips: bool) -> str:
    """Write a set of some rows; with slips every fifth has one."""
    from panharvest.vocabulary import PANET, panet

    terms = [t for t in panet().terms.values() if t.kind == "technique"]
    lines = [",".join(COLUMNS)]
    for number in range(count):
        term = terms[number % len(terms)]
        curie = f"panet:{term.iri.removeprefix(PANET)}"
        label, local = term.label.strip(), f"lab:{number:06}"
        if slips and number % 5 == 0:
            curie = curie.replace("panet", "Panet", 1)
        if slips and number % 5 == 1:
            local += " "
        cells = (curie, label, "skos:narrowMatch", local, f"technique {number}")
        more = ("semapv:ManualMappingCuration", "orcid:0000-0002-1825-0097")
        lines.append(",".join((*cells, *more, "2025-11-25", "1")))
    return HEAD.format(name=name) + "\n".join(lines) + "\n"


def readable(text: str, name: str) -> str:
    """Put the header of a published table right, so that sssom-py reads it."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            lines.append(line)
            continue
        bare = line.rstrip(",").removeprefix("# ").removeprefix("#")
        if re.match(r"(subject|object)_source:", bare) or not bare.strip():
            continue
        if bare.startswith("mapping_set_id:"):
            bare = f"mapping_set_id: https://w3id.org/example/mappings/{name}"
        lines.append(f"#{bare}")
    return "\n".join(lines) + "\n"


def seconds(*command: str | Path) -> float:
    """Run a process and give its time; its exit code says what it found."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    took = time.perf_counter() - start
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{command}: {done.stderr.decode()[-500:]}")
    return took


def main() -> None:
    """Print the table, and write it as JSON when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--sssom", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    here = Path(sys.executable).parent
    sssom = chosen.sssom or (here / "sssom" if (here / "sssom").exists() else None)
    panharvest = here / "panharvest"
    folder = chosen.folder or (REAL if REAL.is_dir() else None)
    with tempfile.TemporaryDirectory() as place:
        published, prepared = Path(place, "published"), Path(place, "prepared")
        published.mkdir()
        prepared.mkdir()
        for name, count in zip(NAMES, ROWS, strict=True):
            file = published / f"mapping_{name}.csv"
            if folder:
                shutil.copyfile(folder / file.name, file)
            else:
                file.write_text(made(name, count, slips=True), "utf-8")
            text = readable(file.read_text("utf-8"), name)
            (prepared / file.name).write_text(text, "utf-8")
        many = Path(place, "many.sssom.csv")
        many.write_text(made("many", MANY, slips=False), "utf-8")
        slips = Path(place, "slips.sssom.csv")
        slips.write_text(made("slips", MANY, slips=True), "utf-8")
        check = (panharvest, "check", "--format", "json")
        big = "mapping_IUPAC.csv"
        works: dict[str, list[tuple[str | Path, ...]]] = {
            "panharvest --version": [(panharvest, "--version")],
            "452 rows as published, one command": [
                (*check, *sorted(published.glob("*.csv")))
            ],
            "452 rows, header put right, four commands": [
                (*check, path) for path in sorted(prepared.glob("*.csv"))
            ],
            "261 rows (IUPAC), header put right": [(*check, prepared / big)],
            "10,000 rows without a slip": [(*check, many)],
            "10,000 rows, 4,000 of them with a slip": [(*check, slips)],
        }
        if sssom:
            works["sssom: 452 rows, four commands"] = [
                (sssom, "validate", path) for path in sorted(prepared.glob("*.csv"))
            ]
            works["sssom: 261 rows (IUPAC)"] = [(sssom, "validate", prepared / big)]
            works["sssom: 10,000 rows without a slip"] = [(sssom, "validate", many)]
        took: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(chosen.rounds):
            for name, commands in works.items():
                took[name].append(sum(seconds(*one) for one in commands))
    print(f"{platform.machine()}, Python {platform.python_version()}")
    print(f"tables: {'as published' if folder else 'of our making'}")
    print(f"{'':46} {'median':>8} {'best':>8}  seconds")
    for name, times in took.items():
        print(f"{name:46} {statistics.median(times):8.2f} {min(times):8.2f}")
    if sssom:
        for ours, theirs in (
            (
                "452 rows, header put right, four commands",
                "sssom: 452 rows, four commands",
            ),
            ("261 rows (IUPAC), header put right", "sssom: 261 rows (IUPAC)"),
            ("10,000 rows without a slip", "sssom: 10,000 rows without a slip"),
        ):
            ratio = statistics.median(took[theirs]) / statistics.median(took[ours])
            print(f"sssom takes {ratio:.1f} times as long: {ours}")
    else:
        print("sssom is not here: pip install '.[bench]' or name it with --sssom")
    if chosen.json:
        chosen.json.write_text(json.dumps(took, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
