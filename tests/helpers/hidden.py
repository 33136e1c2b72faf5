"""A store with public records and hidden ones, each text of which has a marker.

Marked are the texts of hidden documents and what names them: identifiers, file names,
names of members, fields and groups. What a document cannot do without (dates, words of
a vocabulary, the facility) stays as it is.
"""

from __future__ import annotations

import copy
import gzip
import json
import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import h5py
from click.testing import CliRunner

from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest
    from click.testing import Result

NOW = 1_800_000_000.0
FUTURE = "2030-01-01T00:00:00.000Z"
STORE = "sqlite:///panharvest.db"
# Words that make a document what it is.
PLAIN = frozenset(
    {"status", "type", "relationType", "relationship", "role", "contributorType"}
    | {"dateType", "panetId", "orcidId", "identifierType", "nameIdentifier", "chk"}
    | {"unit", "units"}
)
FACILITY = re.compile(r".*\.facility\.(?:name|fullName)|.*\.instrument\.facility")
TECHNIQUE = re.compile(r".*\.techniques?\.pid")
# Names that others refer to: the same text has the same marker.
KEYS = frozenset(
    {"pid", "_id", "id", "doi", "sampleId", "proposalId", "name", "visitId"}
    | {"sampleIds", "proposalIds", "datasetPids", "pidArray", "datasetId", "identifier"}
)
FREE = re.compile(r".*\.(?:scientificMetadata|sampleCharacteristics|odd)")
OF_VALUES = frozenset({"value", "unit", "valueSI", "unitSI", "v", "u"})
DATE = re.compile(r"\d{4}-\d\d-\d\d")
# in small letters: DOIs have no others
MARK = re.compile(r"leak-\d+-of-\w+", re.IGNORECASE)


@dataclass
class Marking:
    """Puts markers into documents; knows where each was put."""

    numbers: Iterator[int] = field(default_factory=count)
    where: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def new(self, path: str) -> str:
        """Give a marker for a place."""
        last = re.sub(r"[^a-z]", "", path.rpartition(".")[2].lower())
        mark = f"leak-{next(self.numbers)}-of-{last or 'it'}"
        self.where[mark] = path
        return mark

    def mark(self, value: Any, path: str = "", key: str = "") -> Any:
        """Put a marker into every text, and into names that are free."""
        if isinstance(value, dict):
            return {
                self._named(k, path): self.mark(v, f"{path}.{k}", k)
                for k, v in value.items()
            }
        if isinstance(value, list):
            return [self.mark(v, path, key) for v in value]
        if not isinstance(value, str) or key in PLAIN or DATE.match(value):
            return value
        if FACILITY.fullmatch(path) or TECHNIQUE.fullmatch(path):
            return value
        if key in KEYS:
            marked = self.known.get(value)
            if marked is None:
                marked = self.known[value] = f"{value}-{self.new(path)}"
            return marked
        mark = self.new(path)
        # the facility is still to be recognised
        return f"{value}/{mark}" if key == "creationLocation" else f"{value} {mark}"

    def _named(self, name: str, path: str) -> str:
        if FREE.match(path) and name not in OF_VALUES:
            return f"{name}-{self.new(f'{path}.{name}')}"
        return name


class House:
    """A store with public records and hidden ones, and all that was ever said."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.clock = FrozenClock(NOW)
        self.caplog = caplog
        self.marking = Marking()
        self.said = ""
        self.given: set[str] = set()

    def put(self, name: str, held: Any) -> str:
        """Write a file that is given to a command."""
        text = held if isinstance(held, str) else json.dumps(held)
        (self.folder / name).write_text(text, encoding="utf-8")
        self.given.add(name)
        return name

    def run(self, *words: str, code: int | None = 0) -> Result:
        """Run a command, and keep what it says and what is logged."""
        state = State(clock=self.clock)
        result = CliRunner().invoke(app, ["--verbose", *words], obj=state)
        self.said += result.output + self.caplog.text
        self.caplog.clear()
        if code is not None:
            assert result.exit_code == code, result.output
        self.clock.advance(60)
        return result

    def written(self) -> str:
        """Give what all files hold that commands have written, but the store."""
        return "".join(
            f"{path.name}\n{opened(path)}\n"
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name not in self.given and ".db" not in path.name
        )

    def leaked(self, text: str | None = None) -> list[str]:
        """Give where what leaked was put."""
        text = self.said if text is None else text
        found = (one.lower() for one in MARK.findall(text))
        return sorted({self.marking.where.get(one, one) for one in found})


def opened(path: Path) -> str:
    """Give what a file holds, unpacked."""
    body = path.read_bytes()
    if path.suffix == ".gz":
        body = gzip.decompress(body)
    return body.decode(errors="replace")


# --- what is hidden -------------------------------------------------------------------


def scicat_files(house: House) -> dict[str, Any]:
    """Give datasets and published data that are not public, and what is broken."""
    hidden = content.scicat_dataset(
        7,
        public=False,
        description="d",
        keywords=["k"],
        principalInvestigators=["P"],
        license="L",
        comment="c",
        relationships=[{"identifier": "10.5072/x", "relationship": "isPartOf"}],
        scientificMetadata={
            "sample_temperature": {"value": "5 K", "unit": "K"},
            "deep": {"deeper": {"value": "v", "unit": "keV"}},
            "bare": "text",
            "listed": ["a", "b"],
        },
        origdatablocks=[{"dataFileList": [{"path": "secret.h5", "size": 1}]}],
        accessGroups=["g"],
        ownUnknown={"inner": "x"},
    )
    unpublished = content.scicat_published(8, [hidden["pid"]], dataDescription="x")
    private = content.scicat_published(9, [], status="private")
    marked = house.marking.mark([hidden, unpublished, private])
    samples = house.marking.mark([content.SAMPLES[1]])
    proposals = house.marking.mark([content.PROPOSALS[1]])
    shown = [content.scicat_dataset(1, proposalIds=["20190587"])]
    mark = house.marking.new
    return {
        "hidden.json": [*marked, *shown],
        "sample.json": [*samples, content.SAMPLES[0]],
        "proposal.json": proposals,
        "odd.json": [
            {"strange": mark("odd"), mark("member"): 1},
            mark("bare"),
            {"document": mark("document"), "datasets": [{"statusCode": mark("code")}]},
            *shown,
        ],
        "broken.json": json.dumps(marked)[:-40],
        "worse.json": f'[{{"{mark("key")}": {mark("value")}}}]',
        "lines.json": f'{{"pid": "a"}}\n{{"{mark("key")}": "{mark("value")}\n',
    }


def icat_files(house: House) -> dict[str, Any]:
    """Give objects whose date has not come, and dumps that are broken."""
    held = content.investigation(1, FUTURE)
    none = content.investigation(2, None)
    made = house.marking.mark(
        [
            {"Investigation": held},
            {"Investigation": none},
            {"Dataset": content.icat_dataset(3, held)},
            {"DataPublication": content.publication(4, FUTURE)},
        ]
    )
    mark = house.marking.new
    odd = {"Investigation": mark("word"), mark("member"): {"name": mark("name")}}
    return {
        "icat.json": [*made, odd, {mark("member"): 1}],
        "dump.yaml": f"investigation:\n  {mark('key')}: {{name: a, visitId: b, "
        f"title: {mark('title')}}}\n",
        "tables.yaml": f"{mark('table')}: {mark('value')}\ninvestigation:\n"
        f"  {mark('key')}: {mark('value')}\n",
        "example.yaml": f"investigations: [{mark('value')}]\n"
        f"data_publications: {mark('value')}\n",
        "broken.yaml": "investigation:\n  i1: {name: a\n "
        f"title: {mark('t')}: : }}\n - x",
        "alias.yaml": f"a: &{mark('anchor')} 1\nb: *{mark('alias')}\n"
        f"c: !{mark('tag')} 1",
        "tag.yaml": f"investigation: !{mark('tag')}\n  i1: 1\n",
        "broken.xml": f"<icatdata><data><x>{mark('x')}</{mark('tag')}>"
        "</data></icatdata>",
        "root.xml": f"<{mark('root')}/>",
        "entity.xml": f"<icatdata>&{mark('entity')};</icatdata>",
        "export.txt": f"4.10\nInvestigation({mark('column')}, name:0)\n"
        f"{mark('cell')}\n",
        "short.txt": f'4.10\nInvestigation(name:0, title:5)\n"{mark("cell")}"\n',
    }


def panosc_files(house: House) -> dict[str, Any]:
    """Give what is not public in a search API, and one that shows a part of it."""
    held = content.panosc_dataset(5, public=False, files=[{"id": 1, "name": "f.h5"}])
    document = content.panosc_document(6, [held], releaseDate=FUTURE)
    shown = content.panosc_document(7, [copy.deepcopy(held)], summary="shown")
    marked = house.marking.mark([held, document])
    shown["datasets"] = house.marking.mark(shown["datasets"])
    mark = house.marking.new
    return {
        "panosc.json": [*marked, shown, {"strange": mark("odd")}],
        "memory.json": {"models": {mark("model"): {mark("key"): mark("text")}}},
    }


def icatplus_files(house: House) -> dict[str, Any]:
    """Give a dataset whose investigation is not released."""
    held = {
        "id": 1,
        "name": "scan_1",
        "sampleName": "Lysozyme",
        "instrumentName": "ID01",
        "location": "/data/x",
        "parameters": [{"name": "definition", "value": "SAXS"}],
        "techniques": [{"pid": "PaNET01188", "name": "SAXS"}],
        "investigation": {
            "id": 2,
            "name": "MA-1",
            "title": "T",
            "visitId": "id01",
            "releaseDate": FUTURE,
            "instrument": {"id": 1, "name": "ID01"},
        },
    }
    odd = {"name": "n", "techniques": 1}
    return {"plus.json": house.marking.mark([held, odd])}


def nexus_files(house: House) -> list[str]:
    """Write a file under embargo, one without dates, and one that is damaged."""
    mark = house.marking.new
    names = []
    for dated in (True, False):
        name = f"{mark('nexus.file')}.nxs"
        with h5py.File(house.folder / name, "w") as file:
            entry = file.create_group("entry")
            entry.attrs["NX_class"] = "NXentry"
            entry.attrs[mark("nexus.attribute")] = mark("nexus.value")
            texts = {"title": "t", "experiment_description": "d", "notes": "n"}
            for key, value in house.marking.mark(texts, ".nexus").items():
                entry[key] = value
            entry[mark("nexus.field")] = mark("nexus.text")
            if dated:
                entry["start_time"] = "2026-12-01T00:00:00Z"
                entry["end_time"] = "2026-12-02T00:00:00Z"
            for group in ("sample", "user"):
                inner = entry.create_group(mark(f"nexus.{group}"))
                inner.attrs["NX_class"] = f"NX{group}"
                inner["name"] = mark("nexus.name")
            other = entry.create_group(mark("nexus.group"))
            other.attrs["NX_class"] = f"NX{mark('nexus.class')}"
            entry[mark("nexus.link")] = h5py.ExternalLink(mark("nexus.target"), "/x")
        names.append(name)
        house.given.add(name)
    return names


def damaged_file(house: House) -> str:
    """Write a file that the HDF5 library cannot read, with names in it."""
    name = "damaged.nxs"
    with h5py.File(house.folder / name, "w", libver="latest") as file:
        entry = file.create_group(house.marking.new("damaged.entry"))
        entry.attrs["NX_class"] = "NXentry"
        field = house.marking.new("damaged.title")
        entry[field] = house.marking.new("damaged.text")
        where = h5py.h5o.get_info(entry[field].id).addr
    raw = bytearray((house.folder / name).read_bytes())
    raw[where + 8] ^= 0xFF  # object headers of this version carry a checksum
    (house.folder / name).write_bytes(raw)
    house.given.add(name)
    return name


def elsewhere_file(house: House) -> str:
    """Write a file that has nothing but links to others."""
    name = "elsewhere.nxs"
    with h5py.File(house.folder / name, "w") as file:
        link = h5py.ExternalLink(f"{house.marking.new('link.file')}.h5", "/entry")
        file[house.marking.new("link.name")] = link
    house.given.add(name)
    return name
