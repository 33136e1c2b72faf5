"""What is hidden is in no output: of any command, of any page, in any log.

Every text of every hidden document has a marker of its own. Which commands and which
addresses there are is asked of the program, so that none is forgotten here.
"""

from __future__ import annotations

import copy
import json
import logging
import re
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import click
import h5py
import pytest
from click.testing import CliRunner
from live import serving
from starlette.applications import Starlette
from starlette.testclient import TestClient

from panharvest.building import build_context, build_repository
from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.config import Settings
from panharvest.formats import DOCUMENTS
from panharvest.mapping.entries import MEDIA_TYPE
from panharvest.oai import Verb
from panharvest.server import create_app
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

NOW = 1_800_000_000.0
FUTURE = "2030-01-01T00:00:00.000Z"
# What a document cannot do without, or what is a name of the thing itself: the
# operator's reports name hidden records.
PLAIN = frozenset(
    {"pid", "_id", "id", "doi", "name_", "sampleId", "proposalId", "status", "type"}
    | {"instrumentIds", "sampleIds", "proposalIds", "datasetPids", "pidArray"}
    | {"relationType", "role", "contributorType", "dateType", "panetId", "orcidId"}
    | {"identifierType", "nameIdentifier", "chk", "unit", "units", "doi_"}
)
NAMES = re.compile(  # what a thing is called in its catalogue: its identifier here
    r"(?:\.Investigation|\.Dataset(?:\.investigation)?|\.investigation)?"
    r"\.(?:name|visitId|facility\.(?:name|fullName))"
)
DATE = re.compile(r"\d{4}-\d\d-\d\d")
MARK = re.compile(r"Leak-\d+-of-\w+")


@dataclass
class Marking:
    """Puts a marker into every text of a document; knows where each was put."""

    numbers: Iterator[int] = field(default_factory=count)
    where: dict[str, str] = field(default_factory=dict)

    def mark(self, value: Any, path: str = "", key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: self.mark(v, f"{path}.{k}", k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.mark(v, path, key) for v in value]
        if not isinstance(value, str) or key in PLAIN or DATE.match(value):
            return value
        if NAMES.fullmatch(path):
            return value
        mark = f"Leak-{next(self.numbers)}-of-{re.sub(r'[^a-zA-Z]', '', key)}"
        self.where[mark] = path
        # the facility is still to be recognised
        return f"{value}/{mark}" if key == "creationLocation" else f"{value} {mark}"


class House:
    """A store with public records and hidden ones, and all that was ever said."""

    def __init__(self, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.clock = FrozenClock(NOW)
        self.caplog = caplog
        self.marking = Marking()
        self.said = ""

    def put(self, name: str, held: Any) -> str:
        text = held if isinstance(held, str) else json.dumps(held)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def run(self, *words: str, code: int | None = 0) -> Result:
        state = State(clock=self.clock)
        result = CliRunner().invoke(app, ["--verbose", *words], obj=state)
        self.said += result.output + self.caplog.text
        self.caplog.clear()
        if code is not None:
            assert result.exit_code == code, result.output
        self.clock.advance(60)
        return result

    def leaked(self, text: str | None = None) -> list[str]:
        """Give where what leaked was put."""
        text = self.said if text is None else text
        return sorted({self.marking.where.get(one, one) for one in MARK.findall(text)})


def scicat_files(house: House) -> dict[str, Any]:
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
        },
        origdatablocks=[{"dataFileList": [{"path": "secret.h5", "size": 1}]}],
        accessGroups=["g"],
    )
    unpublished = content.scicat_published(8, [hidden["pid"]], dataDescription="x")
    private = content.scicat_published(9, [], status="private")
    marked = house.marking.mark([hidden, unpublished, private])
    samples = house.marking.mark([content.SAMPLES[1]])
    proposals = house.marking.mark([content.PROPOSALS[1]])
    shown = [content.scicat_dataset(1, proposalIds=["20190587"])]
    return {
        "hidden.json": [*marked, *shown],
        "sample.json": [*samples, content.SAMPLES[0]],
        "proposal.json": proposals,
        "odd.json": [{"strange": house.marking.mark({"text": "t"})}, *shown],
        "broken.json": json.dumps(marked)[:-40],
    }


def icat_files(house: House) -> dict[str, Any]:
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
    mark = house.marking.mark({"title": "t"})["title"]
    return {
        "icat.json": made,
        "dump.yaml": f"investigation:\n  i1: {{name: a, visitId: b, title: {mark}}}\n",
        "broken.yaml": f"investigation:\n  i1: {{name: a\n title: {mark}: : }}\n - x",
        "broken.xml": f"<icatdata><data><x>{mark}</y></data></icatdata>",
    }


def panosc_files(house: House) -> dict[str, Any]:
    held = content.panosc_dataset(5, public=False, files=[{"id": 1, "name": "f.h5"}])
    document = content.panosc_document(6, [held], releaseDate=FUTURE)
    shown = content.panosc_document(7, [copy.deepcopy(held)], summary="shown")
    marked = house.marking.mark([held, document])
    shown["datasets"] = house.marking.mark(shown["datasets"])
    return {"panosc.json": [*marked, shown]}


def icatplus_files(house: House) -> dict[str, Any]:
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
    return {"plus.json": house.marking.mark([held])}


def nexus_file(house: House) -> str:
    with h5py.File(house.folder / "embargoed.nxs", "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        texts = {"title": "t", "experiment_description": "d", "notes": "n"}
        for name, value in house.marking.mark(texts, ".nexus").items():
            entry[name] = value
        entry["start_time"] = "2026-12-01T00:00:00Z"
        entry["end_time"] = "2026-12-02T00:00:00Z"
        for group in ("sample", "user"):
            inner = entry.create_group(group)
            inner.attrs["NX_class"] = f"NX{group}"
            inner["name"] = house.marking.mark({"name_in_file": "n"})["name_in_file"]
    return "embargoed.nxs"


@pytest.fixture
def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> House:
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    made = House(tmp_path, caplog)
    scicat = scicat_files(made)
    icat = icat_files(made)
    panosc, plus = panosc_files(made), icatplus_files(made)
    for name, held in {**scicat, **icat, **panosc, **plus}.items():
        made.put(name, held)
    made.run("ingest", "scicat", *scicat, "--report", "report.json")
    made.run("ingest", "icat", *icat, "--name", "icat")
    made.run("ingest", "panosc", *panosc, "--name", "panosc")
    made.run("ingest", "icatplus", *plus, "--facility", "esrf", "--name", "plus")
    made.run("ingest", "nexus", nexus_file(made), "--facility", "esrf", "--jobs", "1")
    made.said += (tmp_path / "report.json").read_text()
    return made


def leaves(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Give all commands, by the words that call them."""
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=" ".join(words))
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from leaves(inner, (*words, name))
    else:
        yield words, command


def of_the_store() -> set[str]:
    """Give the commands that are given a store: no other sees what is hidden in it."""
    return {
        " ".join(words)
        for words, command in leaves(app)
        if any(one.name == "store" for one in command.params)
    }


# Names of fields that no rule reads: the operator's list of what is to be mapped has
# them, from whatever record. Values never; and no visitor sees either.
FIELDS = {".Dataset.parameters.type.name", ".parameters.name"}
STORE = "sqlite:///panharvest.db"
# How each command is called; URL is the address of our own service.
CALLS: dict[str, list[list[str]]] = {
    "ingest nexus": [["embargoed.nxs", "--facility", "esrf", "--jobs", "1"]],
    "ingest scicat": [["hidden.json", "odd.json", "--full", "--strict"]],
    "ingest icat": [["icat.json", "broken.yaml", "broken.xml", "--name", "icat"]],
    "ingest icatplus": [["plus.json", "--name", "plus", "--sweep"]],
    "ingest panosc": [["panosc.json", "--name", "panosc"]],
    "publish": [[]],
    "status": [[], ["--json"]],
    "embargo": [[], ["--json"], ["--days", "3650"], ["--days", "1", "--json"]],
    "sync": [[], ["--all"], ["--dry-run"]],
    "export records": [
        [f"dump.{kind}", "--format", kind, "--base-url", "https://x.org"]
        for kind in ("jsonl", "jsonl.gz")
    ],
    "export dcat": [["all.ttl", "--base-url", "https://x.org"]],
    "export oai-static": [["static.xml", "--oai-url", "https://x.org/oai"]],
    "harvest": [["URL", "--pace", "0", "--store", "sqlite:///other.db"]],
    "replay": [[], ["--store", "sqlite:///other.db"]],
    "quarantine list": [[], ["--json"]],
    # "quarantine show" is asked for the bytes of one piece, as they came
    "quarantine retry": [["--pace", "0"]],
    "coverage": [["--store", STORE], ["--store", STORE, "--missing"]],
    "ontology diff": [
        ["panet", "1.3.0", "head-7b19189", "--store", STORE, "--all", "--format", kind]
        for kind in ("text", "json")
    ],
    "withdraw": [["20.500.99999/ds7", "--reason", "by mistake"]],
    "serve": [],  # in the test of the addresses
}
BYTES = {"quarantine show"}


def test_every_command_is_here() -> None:
    assert of_the_store() == CALLS.keys() | BYTES


def test_no_command_tells(house: House) -> None:
    (house.folder / "panharvest.toml").write_text(
        '[[sources]]\nname = "x"\nkind = "scicat"\npaths = ["hidden.json"]\n'
        '[[sources]]\nname = "y"\nkind = "icat"\npaths = ["broken.yaml"]\n'
    )
    with closing(open_store("sqlite:///panharvest.db")) as store:
        context = build_context(Settings())
        repository = build_repository(
            Settings(), store, context, "http://127.0.0.1/oai", house.clock
        )
        with serving(store, repository, house.clock) as url:
            known = {"URL": url}
            for command, calls in CALLS.items():
                for call in calls:
                    words = [known.get(word, word) for word in call]
                    house.run(*command.split(), *words, code=None)
    given = {"hidden.json", "sample.json", "proposal.json", "odd.json", "broken.json"}
    given |= {"icat.json", "dump.yaml", "broken.yaml", "broken.xml", "plus.json"}
    given |= {"panosc.json", "embargoed.nxs"}
    for path in sorted(house.folder.rglob("*")):
        if path.is_file() and path.name not in given and ".db" not in path.name:
            house.said += opened(path)
    assert "Scan 1" in house.said, "what is public is told"
    assert set(house.leaked()) <= FIELDS


def opened(path: Path) -> str:
    """Give what a file holds, unpacked."""
    import gzip

    body = path.read_bytes()
    if path.suffix == ".gz":
        body = gzip.decompress(body)
    return body.decode(errors="replace")


def test_the_markers_are_in_the_store_and_come_out_in_the_end(house: House) -> None:
    """Else the other tests would say nothing."""
    with closing(open_store("sqlite:///panharvest.db")) as store:
        kept = "".join(
            raw.payload.decode()
            for name in store.datasets()
            for raw in store.raws(name)
            if raw.media_type == MEDIA_TYPE
        )
        found = set(MARK.findall(kept))
        assert len(found) > 60
        later = int(house.clock()) + 20 * 366 * 86_400
        context = build_context(Settings())
        repository = build_repository(
            Settings(), store, context, "http://127.0.0.1/oai", lambda: float(later)
        )
        client = TestClient(create_app(store, repository, lambda: float(later)))
        text = client.get("/oai?verb=ListRecords&metadataPrefix=oai_datacite").text
        assert house.leaked(text), "what has opened shows its markers"


def routes_of(asgi: Any) -> Starlette:
    """Find the application within its layers."""
    for _ in range(5):
        if isinstance(asgi, Starlette):
            return asgi
        asgi = getattr(asgi, "app", None) or asgi.site
    raise AssertionError("no application")


def questions(ids: list[str], prefixes: list[str]) -> Iterator[str]:
    """Give all that OAI-PMH can be asked, of every record."""
    sets = [
        *("access:open", "access:embargoed", "facility:maxiv", "facility:esrf"),
        *("kind:raw", "kind:dataset", "technique:PaNET01188", "openaire_data", "none"),
    ]
    yield from ("", "verb=Bad", "verb=Identify", "verb=ListSets")
    for prefix in [*prefixes, "none"]:
        for verb in (Verb.LIST_RECORDS, Verb.LIST_IDENTIFIERS):
            yield f"verb={verb}&metadataPrefix={prefix}"
            yield f"verb={verb}&metadataPrefix={prefix}&from=2000-01-01"
            for spec in sets:
                yield f"verb={verb}&metadataPrefix={prefix}&set={spec}"
        for id_ in ids:
            name = f"oai:127.0.0.1:{id_}"
            yield f"verb=GetRecord&metadataPrefix={prefix}&identifier={name}"
    for id_ in ids:
        yield f"verb=ListMetadataFormats&identifier=oai:127.0.0.1:{id_}"
    yield f"verb={Verb.LIST_RECORDS}&resumptionToken=x"


def test_no_address_tells(house: House) -> None:
    house.run("withdraw", "20.500.99999/ds7", "--reason", "by mistake")
    context = build_context(Settings())
    asked: set[str] = set()
    with closing(open_store("sqlite:///panharvest.db")) as store:
        repository = build_repository(
            Settings(), store, context, "http://127.0.0.1/oai", house.clock
        )
        made = create_app(store, repository, house.clock)
        client = TestClient(made)
        ids = [id_ for id_, _ in store.facts()]
        assert len(ids) > 8
        text = ""

        def get(route: str, address: str, **headers: str) -> None:
            nonlocal text
            asked.add(route)
            answer = client.get(address, headers=headers)
            text += answer.text + repr(answer.headers)

        for accept in ("*/*", "text/html"):
            for query in questions(ids, list(repository.formats)):
                get("/oai", f"/oai?{query}", accept=accept)
        for query in questions([], list(repository.formats)):
            get("/oai.xml", f"/oai.xml?{query}")
            text += client.post("/oai", data=dict(_pairs(query))).text
        for id_ in ids:
            page = "/records/{local:path}"
            get(page, f"/records/{id_}", accept="text/html")
            for form in DOCUMENTS:
                get(page, f"/records/{id_}?format={form}")
                accepted = getattr(DOCUMENTS[form], "media_type", "application/xml")
                get(page, f"/records/{id_}", accept=accepted)
        for plain in ("/", "/healthz", "/metrics"):
            get(plain, plain)
        routes = {one.path for one in routes_of(made).routes}  # type: ignore[attr-defined]  # all are routes with a path
    assert asked == routes
    text += house.caplog.text
    assert "Scan 1" in text, "what is public is shown"
    assert house.leaked(text) == []


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for one in filter(None, query.split("&")):
        name, _, value = one.partition("=")
        yield name, value
