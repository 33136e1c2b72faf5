"""Without faults, the faulty provider is a good one."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import xsd
from asking import OAI, ask, error, identifiers, listed, pages, read, texts
from clients import CLIENTS

from panharvest.testing import FaultyProvider, faulty
from panharvest.testing.clock import FrozenClock
from panharvest.testing.faulty import EPOCH, Entry, Fault, make_entries
from panharvest.testing.faulty.__main__ import main as faulty_main

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def provider() -> Iterator[FaultyProvider]:
    with FaultyProvider(make_entries(25, deleted_every=10)) as made:
        yield made


QUESTIONS = (
    {"verb": "Identify"},
    {"verb": "ListMetadataFormats"},
    {"verb": "ListSets"},
    {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"},
    {"verb": "ListRecords", "metadataPrefix": "oai_dc"},
    {"verb": "ListRecords", "metadataPrefix": "oai_datacite"},
    {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "odd"},
    {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:x:1"},
    {"verb": "Nonsense"},
    {},
)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_is_valid(
    provider: FaultyProvider, question: dict[str, str], method: str
) -> None:
    response, body = ask(provider, method, **question)
    assert response.status == 200
    assert response.getheader("Content-Type") == "text/xml; charset=utf-8"
    xsd.assert_valid(body)


def test_all_pages_are_valid_in_both_formats(provider: FaultyProvider) -> None:
    for prefix in ("oai_dc", "oai_datacite"):
        token = {"metadataPrefix": prefix}
        for _ in range(3):
            _, body = ask(provider, verb="ListRecords", **token)
            xsd.assert_valid(body)
            root = read(provider, verb="ListRecords", **token)
            token = {"resumptionToken": texts(root, "resumptionToken")[0] or ""}
        assert token == {"resumptionToken": ""}


def test_lists_are_whole_and_tell_their_size(provider: FaultyProvider) -> None:
    said = []
    for page in pages(provider):
        token = page.find(f".//{OAI}resumptionToken")
        assert token is not None
        said.append((token.get("cursor"), token.get("completeListSize")))
    assert said == [("0", "25"), ("10", "25"), ("20", "25")]
    everything = [entry.identifier for entry in provider.entries]
    assert listed(provider) == everything
    assert listed(provider, verb="ListIdentifiers") == everything


def test_deleted_records_are_headers_only(provider: FaultyProvider) -> None:
    records = [r for page in pages(provider) for r in page.iter(OAI + "record")]
    gone = [r for r in records if r.find(f"{OAI}header[@status='deleted']") is not None]
    assert len(gone) == 2
    assert all(record.find(f"{OAI}metadata") is None for record in gone)


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ({"from_": "2020-09-14"}, range(12, 25)),
        ({"until": "2020-09-13"}, range(12)),
        ({"from_": "2020-09-13T14:26:40Z", "until": "2020-09-13T16:26:40Z"}, (2, 3, 4)),
        ({"set": "odd"}, range(1, 25, 2)),
        ({"set": "odd:first"}, range(1, 25, 4)),
    ],
)
def test_selection(
    provider: FaultyProvider, arguments: dict[str, str], numbers: range
) -> None:
    found = [name[-2:] for name in listed(provider, **arguments) if name]
    assert found == [f"{n:02}" for n in numbers]


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("badVerb", {"verb": "X"}),
        ("badArgument", {"verb": "Identify", "x": "1"}),
        ("badArgument", {"verb": "ListRecords"}),
        ("cannotDisseminateFormat", {"verb": "ListRecords", "metadataPrefix": "x"}),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "x"}),
        (
            "noRecordsMatch",
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2040-01-01"},
        ),
        (
            "idDoesNotExist",
            {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "x"},
        ),
    ],
)
def test_errors(provider: FaultyProvider, code: str, arguments: dict[str, str]) -> None:
    assert error(provider, **arguments) == code


def test_without_sets() -> None:
    with FaultyProvider(3, sets=False) as provider:
        assert error(provider, verb="ListSets") == "noSetHierarchy"
        page = read(provider, verb="ListRecords", metadataPrefix="oai_dc")
        assert texts(page, "setSpec") == []


def test_sets_are_paged() -> None:
    entries = [Entry(f"x:{n}", EPOCH, sets=(f"s{n:03}",)) for n in range(150)]
    with FaultyProvider(entries) as provider:
        found = [s for p in pages(provider, "ListSets") for s in texts(p, "setSpec")]
    assert found == [f"s{n:03}" for n in range(150)]


def test_get_record_is_the_listed_record(provider: FaultyProvider) -> None:
    page = read(provider, verb="ListRecords", metadataPrefix="oai_dc")
    name = identifiers(page)[3] or ""
    one = read(provider, verb="GetRecord", metadataPrefix="oai_dc", identifier=name)
    assert identifiers(one) == [name]


@pytest.mark.parametrize("client", CLIENTS)
def test_foreign_clients_read_all_of_it(provider: FaultyProvider, client: str) -> None:
    found = list(CLIENTS[client](provider.url))
    assert found == [entry.identifier for entry in provider.entries]


def test_the_same_questions_get_the_same_bytes() -> None:
    answers = []
    for _ in range(2):
        with FaultyProvider(30, faults=[faulty.odd_tokens()]) as provider:
            bodies = [ask(provider, **question)[1] for question in QUESTIONS]
            answers.append([b.replace(provider.url.encode(), b"URL") for b in bodies])
    assert answers[0] == answers[1]


# --- what changes meanwhile -------------------------------------------------------


def test_records_come_change_and_go(provider: FaultyProvider) -> None:
    provider.put(Entry("oai:new:1", EPOCH - 1), Entry("oai:new:2", EPOCH - 2))
    assert listed(provider)[:2] == ["oai:new:2", "oai:new:1"]
    provider.put(Entry("oai:new:1", EPOCH + 10**7))
    assert listed(provider)[-1] == "oai:new:1"
    provider.remove("oai:new:1", "oai:new:2")
    assert len(listed(provider)) == 25


def test_records_are_visible_for_a_while() -> None:
    clock = FrozenClock(EPOCH)
    entries = [
        Entry("x:always", EPOCH),
        Entry("x:late", EPOCH - 100, visible=EPOCH + 50),
        Entry("x:gone", EPOCH - 50, gone=EPOCH + 50),
    ]
    with FaultyProvider(entries, clock=clock) as provider:
        assert listed(provider) == ["x:gone", "x:always"]
        clock.advance(50)
        assert listed(provider) == ["x:late", "x:always"]
        question = {"verb": "GetRecord", "metadataPrefix": "oai_dc"}
        assert error(provider, **question, identifier="x:gone") == "idDoesNotExist"


def test_tokens_can_be_forgotten(provider: FaultyProvider) -> None:
    page = read(provider, verb="ListRecords", metadataPrefix="oai_dc")
    token = texts(page, "resumptionToken")[0] or ""
    question = {"verb": "ListRecords", "resumptionToken": token}
    assert error(provider, **question) is None
    provider.forget_tokens()
    assert error(provider, **question) == "badResumptionToken"


def test_own_documents_are_served() -> None:
    own = {"oai_dc": b"<x xmlns='urn:x'>mine</x>"}
    about = b"<about><y xmlns='urn:y'/></about>"
    with FaultyProvider([Entry("x:1", EPOCH, documents=own, about=about)]) as provider:
        _, body = ask(provider, verb="ListRecords", metadataPrefix="oai_dc")
    assert own["oai_dc"] in body
    assert about in body


# --- when faults happen -----------------------------------------------------------


def statuses(provider: FaultyProvider, count: int = 5) -> list[int]:
    question = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    return [ask(provider, **question)[0].status for _ in range(count)]


def test_a_fault_happens_so_often() -> None:
    busy = faulty.status(503)
    with FaultyProvider(5, faults=[busy.at(times=2, after=1)]) as provider:
        assert statuses(provider) == [200, 503, 503, 200, 200]
        assert provider.happened == {"status-503": 2}
        provider.use(busy.at(times=1), faulty.status(500).at(times=1, after=2))
        assert statuses(provider) == [503, 200, 500, 200, 200]
        provider.use()
        assert statuses(provider, 1) == [200]


def test_a_fault_happens_on_its_pages_only() -> None:
    fault = faulty.in_title("x", "", b"found").at(page=[2, 4])
    with FaultyProvider(45, faults=[fault]) as provider:
        found = []
        token = {"metadataPrefix": "oai_dc"}
        for _ in range(5):
            _, body = ask(provider, verb="ListRecords", **token)
            found.append(b" found<" in body)
            root = read(provider, verb="ListRecords", **token)
            token = {"resumptionToken": texts(root, "resumptionToken")[0] or ""}
    assert found == [False, True, False, True, False]


def test_a_fault_is_about_its_verbs_only() -> None:
    faults = [faulty.status(404).at(verbs="Identify"), faulty.status(410).at(page=1)]
    with FaultyProvider(5, faults=faults) as provider:
        assert ask(provider, verb="Identify")[0].status == 404
        assert ask(provider, verb="ListMetadataFormats")[0].status == 200
        assert statuses(provider, 1) == [410]


def test_faults_add_up() -> None:
    faults = [faulty.packed(), faulty.chunked(), faulty.byte_order_mark()]
    with FaultyProvider(5, faults=faults) as provider:
        response, body = ask(provider, verb="Identify")
    assert response.getheader("Content-Encoding") == "gzip"
    assert response.getheader("Transfer-Encoding") == "chunked"
    assert body.startswith(b"\x1f\x8b")


def test_requests_are_recorded(provider: FaultyProvider) -> None:
    list(pages(provider))
    assert [call.page for call in provider.calls] == [1, 2, 3]
    assert provider.asked() == provider.asked("ListRecords") == 3
    assert provider.calls[0].arguments["metadataPrefix"] == "oai_dc"
    assert provider.calls[0].headers["host"] == urlsplit(provider.url).netloc


def test_a_fault_that_fails_itself_is_not_hidden() -> None:
    def broken(body: bytes, call: object) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):  # noqa: SIM117 - the end of it raises
        with FaultyProvider(5, faults=[Fault(name="x", meaning="", body=broken)]) as p:
            assert ask(p, verb="Identify")[0].status == 500


# --- the server -------------------------------------------------------------------


def test_a_connection_is_used_again(provider: FaultyProvider) -> None:
    place = urlsplit(provider.url)
    connection = http.client.HTTPConnection(place.netloc)
    for _ in range(3):
        connection.request("GET", f"{place.path}?verb=Identify")
        assert b"<Identify>" in connection.getresponse().read()
        kept = connection.sock
        assert kept is not None
    connection.close()


def test_head_has_no_body_and_other_methods_are_refused(
    provider: FaultyProvider,
) -> None:
    response, body = ask(provider, "HEAD", verb="Identify")
    assert (response.status, body) == (200, b"")
    assert int(response.getheader("Content-Length") or 0) > 500
    assert ask(provider, "DELETE", verb="Identify")[0].status == 405


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"x" * 200_000,
        b"GET /oai?verb=Ide",
        b"",
    ],
)
def test_nonsense_ends_the_connection_and_nothing_else(
    provider: FaultyProvider, sent: bytes
) -> None:
    place = urlsplit(provider.url)
    with socket.create_connection((place.hostname, place.port), 10) as client:
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
        except OSError:
            pass  # reset: it did not read to the end
    assert error(provider, verb="Identify") is None


def test_closing_ends_what_goes_on() -> None:
    provider = FaultyProvider(5, faults=[faulty.stall(3600)])
    place = urlsplit(provider.url)
    with socket.create_connection((place.hostname, place.port), 10) as client:
        client.sendall(b"GET /oai?verb=Identify HTTP/1.1\r\n\r\n")
        while not provider.calls:
            pass
        provider.close()
        with contextlib.suppress(OSError):
            assert client.recv(100) == b""


# --- the command ------------------------------------------------------------------


def test_the_command_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "panharvest.testing.faulty", "--records", "3"]
    process = subprocess.Popen(
        [*command, "--fault", "byte order mark", "--fault", "chunks"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert list(CLIENTS["sickle"](url)) == [e.identifier for e in make_entries(3)]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        process.stdout.close()


def test_the_command_names_its_faults(capsys: pytest.CaptureFixture[str]) -> None:
    faulty_main(["--list"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(faulty.FAULTS) + len(faulty.QUIRKS)
    with pytest.raises(SystemExit):
        faulty_main(["--fault", "no such"])
    assert "there is no fault 'no such'; --list names them" in capsys.readouterr().err
