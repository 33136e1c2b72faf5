"""Measure how long a record takes to be written and read, beside lxml and rdflib.

    python benchmarks/formats.py [records]

The records differ in identifier, title, times, creator and values, as those of a
facility do; facility, instrument, technique and licence are the same, as theirs are.
lxml is given the finished texts and only builds and serialises the same elements.
rdflib builds the graph of the record and serialises it as the same JSON-LD; to be
compared with the direct writer of JSON-LD, and, building it alone, with the reader of
DataCite, which is measured with the coded rules, as it is used. The last column is what
each would take where rdflib takes the 1000 us that the goals speak of.
"""

from __future__ import annotations

import platform
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from panharvest.checks import check
from panharvest.formats import DOCUMENTS, FORMATS
from panharvest.formats.datacite.reading import read
from panharvest.formats.schemaorg.terms import CONTEXT
from panharvest.record import Agent, Identifier, Interval, Moment, Record, Text, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
from samples import MUON, POWDER  # found through the line above

ROUNDS = 5


def variants(record: Record, count: int) -> list[Record]:
    """Give records that differ where those of one facility do."""
    return [
        replace(
            record,
            id=f"{record.id}-{n}",
            pid=Identifier(f"10.1234/{n}", "DOI"),
            titles=(Text(f"Run {n}: {record.titles[0].value}"),),
            creators=(Agent(f"Carberry-{n}, Josiah"), *record.creators),
            collected=Interval(
                Moment(f"2021-05-{n % 28 + 1:02}T08:{n % 60:02}:00Z"),
                Moment(f"2021-06-{n % 28 + 1:02}T10:00:{n % 60:02}Z"),
            ),
            parameters=tuple(
                replace(p, value=p.value + n)
                for p in record.parameters
                if isinstance(p.value, float)
            ),
        )
        for n in range(count)
    ]


def timed(work: Callable[[Record], object], records: Iterable[Record]) -> float:
    """Give the time of the processor for a record in microseconds."""
    items = list(records)
    start = time.process_time()
    for item in items:
        work(item)
    return (time.process_time() - start) / len(items) * 1e6


def rebuild(source: etree._Element, target: etree._Element) -> None:
    """Build the same elements below another one."""
    target.text = source.text
    for child in source:
        rebuild(child, etree.SubElement(target, child.tag, dict(child.attrib)))


def with_lxml(roots: dict[str, etree._Element]) -> Callable[[Record], bytes]:
    """Give a writer that has the finished texts and only makes the XML."""

    def write(record: Record) -> bytes:
        source = roots[record.id]
        root = etree.Element(source.tag, dict(source.attrib), nsmap=source.nsmap)
        rebuild(source, root)
        return etree.tostring(root)

    return write


def reader(records: list[Record]) -> Callable[[Record], object]:
    """Give the reader of the documents of some records."""
    documents = {r.id: FORMATS["datacite"].write(r) or b"" for r in records}
    return lambda record: read(documents[record.id])


def with_rdflib(record: Record) -> str:
    """Write the JSON-LD of a record with rdflib."""
    return record.to_graph("schemaorg").serialize(format="json-ld", context=CONTEXT)


# What takes milliseconds is timed over fewer records.
SLOW = frozenset(("json-ld by rdflib", "graph by rdflib", "dcat"))


def main() -> None:
    """Print the best of some interleaved rounds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for name, sample in (("rich", POWDER), ("poor", MUON)):
        records = variants(sample, count)
        roots = {r.id: etree.fromstring(FORMATS["datacite"].write(r)) for r in records}
        works: dict[str, Callable[[Record], object]] = {
            **{prefix: form.write for prefix, form in FORMATS.items()},
            "schemaorg": DOCUMENTS["schemaorg"].write,
            "dcat-json": DOCUMENTS["dcat-json"].write,
            "dcat": DOCUMENTS["dcat"].write,
            "datacite by lxml": with_lxml(roots),
            "json-ld by rdflib": with_rdflib,
            "graph by rdflib": lambda record: record.to_graph("schemaorg"),
            "datacite read": reader(records),
            "record as JSON": to_json,
            "check": check,
        }
        best = dict.fromkeys(works, float("inf"))
        for _ in range(ROUNDS):
            for label, work in works.items():
                some = records[:25] if label in SLOW else records
                best[label] = min(best[label], timed(work, some))
        size = sum(len(etree.tostring(root)) for root in roots.values()) // count
        print(f"\n{name} record ({size} bytes of DataCite)")
        for label, took in best.items():
            ratio = took / best["datacite by lxml"]
            scaled = took / best["json-ld by rdflib"] * 1000
            print(f"  {label:18} {took:8.1f} us   {ratio:5.2f} of lxml   {scaled:6.1f}")
        print(f"  {'':18} {'':11}   {'':13}   us where rdflib takes 1000 for JSON-LD")
        fast = best["graph by rdflib"] / best["datacite read"]
        print(f"  reading DataCite is {fast:.1f} times as fast as building the graph")


if __name__ == "__main__":
    main()
