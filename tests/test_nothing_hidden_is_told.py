"""What is hidden is in no output: of any command, of any page, in any log.

Every text and every name of every hidden document has a marker of its own. Which
commands and which addresses there are is asked of the program, so that none is
forgotten here. What is written on demand to a file that its owner alone can read is
no output (``--private``, ``--raw``); what a command is given is nothing that it tells.
"""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
from contextlib import ExitStack, closing
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click
import hidden
import pytest
from click.testing import CliRunner
from hidden import NOW, STORE, House
from live import serving
from starlette.applications import Starlette
from starlette.testclient import TestClient

from panharvest import publish as publishing
from panharvest.building import build_context, build_repository
from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.config import Settings
from panharvest.formats import DOCUMENTS
from panharvest.mapping.entries import MEDIA_TYPE
from panharvest.oai import Verb
from panharvest.publish import dataset as publishing_dataset
from panharvest.server import create_app
from panharvest.stores import open_store
from panharvest.testing import FaultyProvider
from panharvest.testing.catalogues import (
    Answer,
    IcatPlusServer,
    IcatServer,
    PanoscServer,
    SciCatServer,
)
from panharvest.testing.clock import FrozenClock
from panharvest.testing.faulty.entries import make_entries
from panharvest.testing.faulty.model import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> House:
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    made = House(tmp_path, caplog)
    scicat, icat = hidden.scicat_files(made), hidden.icat_files(made)
    panosc, plus = hidden.panosc_files(made), hidden.icatplus_files(made)
    for name, held in {**scicat, **icat, **panosc, **plus}.items():
        made.put(name, held)
    nexus = hidden.nexus_files(made)
    nexus += [hidden.damaged_file(made), hidden.elsewhere_file(made)]
    made.run("ingest", "scicat", *scicat, "--report", "report.json")
    made.run("ingest", "icat", *icat, "--name", "icat")
    made.run("ingest", "panosc", *panosc, "--name", "panosc")
    made.run("ingest", "icatplus", *plus, "--facility", "esrf", "--name", "plus")
    made.run("ingest", "nexus", *nexus, "--facility", "esrf", "--jobs", "1")
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


SCICAT = ["hidden.json", "odd.json", "broken.json", "worse.json", "lines.json"]
ICAT = [
    *("icat.json", "dump.yaml", "tables.yaml", "example.yaml", "broken.yaml"),
    *(
        "alias.yaml",
        "tag.yaml",
        "broken.xml",
        "root.xml",
        "entity.xml",
        "export.txt",
        "short.txt",
    ),
]
# How each command is called; URL is the address of our own service, OTHERS that of a
# repository of somebody else's, SCICAT-URL and so on catalogues with hidden documents.
CALLS: dict[str, list[list[str]]] = {
    "ingest nexus": [[".", "--facility", "esrf", "--jobs", "1", "--per-entry"]],
    "ingest scicat": [
        [*SCICAT, "--full", "--strict"],
        ["SCICAT-URL", "--pace", "0", "--full", "--report", "web.json"],
        ["nowhere.json"],
    ],
    "ingest icat": [
        [*ICAT, "--name", "icat"],
        ["ICAT-URL", "--pace", "0", "--user", "reader", "--full"],
    ],
    "ingest icatplus": [
        ["plus.json", "--name", "plus", "--sweep"],
        ["PLUS-URL", "--pace", "0", "--facility", "esrf"],
    ],
    "ingest panosc": [
        ["panosc.json", "memory.json", "--name", "panosc"],
        ["PANOSC-URL", "--pace", "0"],
    ],
    "publish": [[], ["--private", "publish.private"]],
    "status": [[], ["--json"], ["--private", "status.private"]],
    "embargo": [
        *([], ["--json"], ["--days", "3650"], ["--days", "1", "--json"]),
        ["--days", "9999", "--private", "embargo.private"],
    ],
    "sync": [[], ["--all"], ["--dry-run"]],
    "export records": [
        [f"dump.{kind}", "--format", kind, "--base-url", "https://x.org"]
        for kind in ("jsonl", "jsonl.gz")
    ],
    "export dcat": [["all.ttl", "--base-url", "https://x.org"]],
    "export oai-static": [["static.xml", "--oai-url", "https://x.org/oai"]],
    "harvest": [
        ["URL", "--pace", "0", "--store", "sqlite:///other.db"],
        ["OTHERS", "--pace", "0", "--report", "harvest.json"],
        ["OTHERS", "--pace", "0", "--dry-run"],
        ["OTHERS", "--pace", "0", "--full", "--prefix", "oai_datacite"],
    ],
    "replay": [
        *([], ["--store", "sqlite:///other.db"]),
        *(["--trace", f"oai:foreign.example.org:{number}"] for number in range(7)),
        ["--trace", "oai:foreign.example.org:0", "--private", "trace.private"],
    ],
    "quarantine list": [[], ["--json"], ["--private", "pieces.private"]],
    "quarantine show": [
        *([str(num)] for num in range(1, 60)),
        ["1", "--raw", "piece.private"],
    ],
    "quarantine retry": [["--pace", "0"], ["1", "2", "3", "--pace", "0"]],
    "coverage": [
        *(["--store", STORE], ["--store", STORE, "--missing"]),
        ["--store", STORE, "--format", "json"],
    ],
    "ontology diff": [
        ["panet", "1.3.0", "head-7b19189", "--store", STORE, "--all", "--format", kind]
        for kind in ("text", "json")
    ],
    "withdraw": [["HIDDEN", "--reason", "by mistake"]],
    "serve": [],  # in the test of the addresses
    # These have no store, and write what the file says that they are given: here a
    # public one. They look at nothing around it.
    "map": [
        ["shown.json"],
        ["shown.json", "--trace"],
        ["shown.json", "--as", "oai_dc"],
    ],
    "convert": [["shown.xml", "--to", form] for form in ("schemaorg", "dcat")],
    "validate": [["shown.xml"]],
    "check": [[]],
    "explain": [["PaNET01188", "PaNET01002"]],
    "techniques search": [["x-ray"]],
    "ontology export": [["panet", "--to", "csv", "-o", "panet.csv"]],
    "ontology import": [["panet", "panet.csv", "-o", "panet.tsv"]],
}


def test_every_command_is_here() -> None:
    assert {" ".join(words) for words, _ in leaves(app)} == CALLS.keys()


# Of these nothing failed, and pieces have names only where mapping failed.
NAMELESS = ("publish.private", "pieces.private")
JSONS = ("hidden.json", "odd.json", "sample.json", "icat.json", "plus.json")


@pytest.fixture
def known(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Serve the store, and catalogues and a repository with hidden documents."""
    monkeypatch.setenv("PANHARVEST_PASSWORD", "a-password")
    mark = house.marking.new
    names = (*JSONS, "panosc.json")
    read = {name: json.loads((house.folder / name).read_text()) for name in names}
    investigations = [one["Investigation"] for one in read["icat.json"][:2]]
    plus = read["plus.json"][:1]
    for number, one in enumerate([*investigations, *plus], 50):
        one["id"] = number
    wrong = {"message": mark("error"), "error": mark("error"), "code": mark("code")}
    with ExitStack() as stack:
        enter = stack.enter_context
        store = enter(closing(open_store(STORE)))
        context = build_context(Settings())
        address = "http://127.0.0.1/oai"
        repository = build_repository(Settings(), store, context, address, house.clock)
        scicat = SciCatServer(
            datasets=[read["hidden.json"][0], *read["odd.json"][3:]],
            published=read["hidden.json"][1:3],
            samples=read["sample.json"],
        )
        icat = IcatServer({"Investigation": investigations}, clock=house.clock)
        icatplus = IcatPlusServer(datasets=plus)
        panosc = PanoscServer(datasets=read["panosc.json"][:1])
        for server in (scicat, icat, icatplus, panosc):
            enter(server)
        icatplus.faults = [None, *(Answer(400, wrong) for _ in range(9))]
        panosc.faults = [None, None, Answer(500, wrong), Answer(404, wrong)]
        foreign = enter(FaultyProvider([*make_entries(3), *foreign_entries(mark)]))
        yield {
            "URL": enter(serving(store, repository, house.clock)),
            "OTHERS": foreign.url,
            "SCICAT-URL": scicat.url,
            "ICAT-URL": icat.url,
            "PLUS-URL": icatplus.url,
            "PANOSC-URL": panosc.api,
            "HIDDEN": next(id_ for id_, _ in store.facts() if "20.500" in id_),
        }


def foreign_entries(mark: Any) -> list[Entry]:
    """Give records of a repository that are not served: held back, or not readable.

    What it calls them it tells everybody; what is in them is another matter.
    """
    head = '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    head += 'xmlns:dc="http://purl.org/dc/elements/1.1/">'
    text = f"<dc:description>{mark('foreign')}</dc:description>"
    documents = (
        f"{head}{text}</oai_dc:dc>",  # without a title
        f"{head}{text}<dc:title>a@{mark('mail')}.org</dc:title></oai_dc:dc>",
        f"{head}<dc:title>{mark('foreign')}</dc:{mark('element')}></oai_dc:dc>",
        f"{head}<dc:title>&{mark('entity')};</dc:title></oai_dc:dc>",
        f'<{mark("root")} xmlns="urn:{mark("namespace")}"/>',
        f"{head}<dc:title xmlns:a='x' {mark('name')}:b=''>t</dc:title></oai_dc:dc>",
        '<resource xmlns="http://datacite.org/schema/kernel-4">'
        f'<identifier identifierType="DOI">10.{mark("doi")}</identifier>'
        "<titles><title>t</title></titles><creators><creator><creatorName>c"
        "</creatorName></creator></creators><publisher>p</publisher>"
        "<publicationYear>2020</publicationYear>"
        '<resourceType resourceTypeGeneral="Dataset">d</resourceType></resource>',
    )
    return [
        Entry(
            f"oai:foreign.example.org:{number}",
            1_600_000_000 + number,
            "",
            documents={"oai_dc": one.encode(), "oai_datacite": one.encode()},
        )
        for number, one in enumerate(documents)
    ]


def test_no_command_tells(house: House, known: dict[str, str]) -> None:
    (house.folder / "panharvest.toml").write_text(
        '[[sources]]\nname = "x"\nkind = "scicat"\npaths = ["hidden.json"]\n'
        '[[sources]]\nname = "y"\nkind = "icat"\npaths = ["broken.yaml"]\n'
        '[[sources]]\nname = "z"\nkind = "nexus"\npaths = ["."]\n'
    )
    shown = json.loads((house.folder / "odd.json").read_text())[-1]
    house.put("shown.json", shown)
    house.put("shown.xml", house.run("map", "shown.json", "--as", "datacite").stdout)
    for command, calls in CALLS.items():
        for call in calls:
            words = [known.get(word, word) for word in call]
            house.run(*command.split(), *words, code=None)
            assert house.leaked() == [], (command, call)
    private = sorted(house.folder.glob("*.private"))
    assert len(private) == 6
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.name in NAMELESS or house.leaked(path.read_text()), path.name
        path.unlink()
    house.said += house.written()
    assert "Scan 1" in house.said, "what is public is told"
    assert house.leaked() == []


def test_no_process_tells(house: House) -> None:
    """What libraries write by themselves goes past us: a process is asked, whole."""
    for words in (
        ("ingest", "nexus", ".", "--facility", "esrf"),
        ("ingest", "icat", *ICAT, "--name", "icat"),
        ("status",),
        ("quarantine", "list"),
    ):
        command = [sys.executable, "-X", "dev", "-m", "panharvest", "--verbose", *words]
        command += ["--store", "sqlite:///now.db"]  # by the clock of the machine
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout
        assert house.leaked(done.stdout + done.stderr) == []


def test_a_file_that_is_given_is_refused_without_its_words(house: House) -> None:
    """What cannot be used of it; what can be is what map is to write."""
    for name in house.given:
        if name not in {*JSONS, "panosc.json", "proposal.json"}:
            for command in ("map", "validate"):
                path = house.folder / name
                alone = FrozenClock(NOW)
                words = [command, name, *(["--from", "icat"] if ".txt" in name else [])]
                said = CliRunner().invoke(app, words, obj=State(clock=alone)).stderr
                assert not house.leaked(said.replace(name, "")), (command, path.name)


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
def test_no_fault_tells(
    house: House, verbose: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a library says of what it stumbles over."""
    mark = house.marking.new

    def broken(*_: Any) -> Any:
        try:
            {}[mark("inner")]
        except KeyError as error:
            raise ValueError(mark("outer")) from error

    monkeypatch.setattr(publishing_dataset, "map_raws", broken)
    house.run("ingest", "scicat", "hidden.json", "odd.json", "--full")
    house.run("ingest", "nexus", ".", "--facility", "esrf", "--jobs", "1")
    house.run("publish", code=1)
    house.run("status")
    with closing(open_store(STORE)) as store:
        pieces = list(store.harvests().quarantined())
    assert any(hidden.MARK.search(one.piece.identifier or "") for one in pieces)
    for form in ((), ("--json",)):
        house.run("quarantine", "list", *form)
    for one in pieces:
        house.run("quarantine", "show", str(one.num))
    house.run("quarantine", "retry", code=1)
    monkeypatch.setattr(publishing, "publish_all", broken)
    state = State(clock=house.clock)
    result = CliRunner().invoke(app, [*verbose, "publish"], obj=state)
    assert result.exit_code == 3
    assert ("which led to" in result.output) == bool(verbose)
    assert house.leaked(house.said + result.output + house.caplog.text) == []


def test_the_markers_are_in_the_store_and_come_out_in_the_end(house: House) -> None:
    """Else the other tests would say nothing."""
    with closing(open_store(STORE)) as store:
        kept = "".join(
            raw.native_id + raw.payload.decode()
            for name in store.datasets()
            for raw in store.raws(name)
            if raw.media_type == MEDIA_TYPE
        )
        found = {one.lower() for one in hidden.MARK.findall(kept)}
        assert len(found) > 80
        assert any(hidden.MARK.search(id_) for id_, _ in store.facts())
        pieces = b"".join(one.piece.raw for one in store.harvests().quarantined())
        assert len(set(hidden.MARK.findall(pieces.decode(errors="replace")))) > 25
        later = int(house.clock()) + 20 * 366 * 86_400
        context = build_context(Settings())
        repository = build_repository(
            Settings(), store, context, "http://127.0.0.1/oai", lambda: float(later)
        )
        client = TestClient(create_app(store, repository, lambda: float(later)))
        text = client.get("/oai?verb=ListRecords&metadataPrefix=oai_datacite").text
        assert len(house.leaked(text)) > 10, "what has opened shows its markers"


def quoted(text: str) -> str:
    """Write a text as one part of a path."""
    return quote(text, safe="")


def routes_of(asgi: Any) -> Starlette:
    """Find the application within its layers."""
    for _ in range(5):
        if isinstance(asgi, Starlette):
            return asgi
        asgi = getattr(asgi, "app", None) or asgi.site
    raise AssertionError("no application")


def questions(ids: list[str], prefixes: list[str]) -> Iterator[tuple[str, str]]:
    """Give all that OAI-PMH can be asked, of every record, with its id."""
    sets = [
        *("access:open", "access:embargoed", "facility:maxiv", "facility:esrf"),
        *("kind:raw", "kind:dataset", "technique:PaNET01188", "openaire_data", "none"),
    ]
    for query in ("", "verb=Bad", "verb=Identify", "verb=ListSets"):
        yield query, ""
    for prefix in [*prefixes, "none"]:
        for verb in (Verb.LIST_RECORDS, Verb.LIST_IDENTIFIERS):
            yield f"verb={verb}&metadataPrefix={prefix}", ""
            yield f"verb={verb}&metadataPrefix={prefix}&from=2000-01-01", ""
            for spec in sets:
                yield f"verb={verb}&metadataPrefix={prefix}&set={spec}", ""
        for id_ in ids:
            name = f"oai:127.0.0.1:{id_}"
            yield f"verb=GetRecord&metadataPrefix={prefix}&identifier={name}", id_
    for id_ in ids:
        yield f"verb=ListMetadataFormats&identifier=oai:127.0.0.1:{id_}", id_
    yield f"verb={Verb.LIST_RECORDS}&resumptionToken=x", ""


def test_no_address_tells(house: House) -> None:
    context = build_context(Settings())
    asked: set[str] = set()
    with closing(open_store(STORE)) as store:
        repository = build_repository(
            Settings(), store, context, "http://127.0.0.1/oai", house.clock
        )
        made = create_app(store, repository, house.clock)
        client = TestClient(made)
        ids = [id_ for id_, _ in store.facts()]
        assert len(ids) > 8
        text = ""

        def get(route: str, address: str, id_: str = "", **headers: str) -> None:
            """Ask; a question is repeated in its answer, and in the log."""
            nonlocal text
            asked.add(route)
            house.caplog.clear()
            answer = client.get(address, headers=headers)
            said = answer.text + repr(answer.headers)
            for record in house.caplog.records:
                if not record.name.startswith("httpx"):  # the client's, which asks
                    said += record.getMessage()
            for form in (str, escape, quoted, quote):
                said = said.replace(form(id_), "") if id_ else said
            text += said

        for accept in ("*/*", "text/html"):
            for query, id_ in questions(ids, list(repository.formats)):
                get("/oai", f"/oai?{query}", id_, accept=accept)
        for query, _ in questions([], list(repository.formats)):
            get("/oai.xml", f"/oai.xml?{query}")
            text += client.post("/oai", data=dict(_pairs(query))).text
        for id_ in ids:
            page = "/records/{local:path}"
            get(page, f"/records/{id_}", id_, accept="text/html")
            for form in DOCUMENTS:
                get(page, f"/records/{id_}?format={form}", id_)
                accepted = getattr(DOCUMENTS[form], "media_type", "application/xml")
                get(page, f"/records/{id_}", id_, accept=accepted)
        for plain in ("/", "/healthz", "/metrics"):
            get(plain, plain)
        routes = {one.path for one in routes_of(made).routes}  # type: ignore[attr-defined]  # all are routes with a path
    assert asked == routes
    assert "Scan 1" in text, "what is public is shown"
    assert house.leaked(text) == []


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for one in filter(None, query.split("&")):
        name, _, value = one.partition("=")
        yield name, value
