"""Each fault does what it says, on the wire and no further than it says."""

from __future__ import annotations

import gzip
import http.client
import socket
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_plus, urlsplit

import pytest
import zstandard
from asking import OAI, ask, error, identifiers, listed, pages, read, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from panharvest.testing import FaultyProvider, faulty
from panharvest.testing.clock import FrozenClock
from panharvest.testing.faulty import FAULTS, QUIRKS, Fault, make_entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
MODULE = vars(faulty)


def first(*faults: Fault, **arguments: str) -> tuple[http.client.HTTPResponse, bytes]:
    with FaultyProvider(5, faults=faults) as provider:
        return ask(provider, **(arguments or LIST))


def clean() -> bytes:
    return first()[1]


def body_of(*faults: Fault) -> bytes:
    """Give the body of a first page, the address of the provider as in ``clean``."""
    with FaultyProvider(5, faults=faults) as provider:
        return ask(provider, **LIST)[1]


# --- all of them ------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FAULTS, *QUIRKS])
def test_every_named_fault_happens(name: str) -> None:
    """Walk the list without caring for what comes: page 3 is asked for and is hit."""
    faults = {**faulty.make_faults(stall=0), **QUIRKS}[name]
    with FaultyProvider(make_entries(50, deleted_every=7), faults=faults) as provider:
        walk(provider)
        happened = set(provider.happened)
    rest = {fault.name for fault in faults if fault.verbs == {"GetRecord"}}
    assert happened == {fault.name for fault in faults} - rest


def walk(provider: FaultyProvider) -> None:
    """Ask for the pages of a list as a client that looks for tokens only."""
    place = urlsplit(provider.url)
    tokens = ["ListRecords-oai_dc----10-10", "ListRecords-oai_dc----20-10"]
    for query in ("verb=Identify", "verb=ListRecords&metadataPrefix=oai_dc"):
        fetch(place, query)
    for token in tokens:
        fetch(place, f"verb=ListRecords&resumptionToken={token}")


def fetch(place: SplitResult, query: str) -> None:
    connection = http.client.HTTPConnection(place.netloc, timeout=10)
    try:
        connection.request("GET", f"/oai?{query}")
        connection.getresponse().read()
    except (http.client.HTTPException, OSError):
        pass
    finally:
        connection.close()


# --- wire -------------------------------------------------------------------------


@pytest.mark.parametrize("after", ["7", "Thu, 01 Jan 1970 00:00:00 GMT", "-1", "soon"])
def test_statuses_carry_any_retry_after(after: str) -> None:
    response, _ = first(faulty.status(503, retry_after=after))
    assert (response.status, response.getheader("Retry-After")) == (503, after)


def test_errors_come_with_a_status_and_the_rest_does_not() -> None:
    with FaultyProvider(5, faults=[faulty.errors_with_status(422)]) as provider:
        response, body = ask(provider, **LIST, from_="2040-01-01")
        assert response.status == 422
        assert b'<error code="noRecordsMatch">' in body
        assert ask(provider, **LIST)[0].status == 200


def test_a_connection_is_cut_short_of_its_length() -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        first(faulty.cut_connection(100))
    assert len(caught.value.partial) == 100
    with pytest.raises(http.client.IncompleteRead):
        first(faulty.chunked(cut=0.5))


def test_a_connection_is_reset() -> None:
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        first(faulty.cut_connection(0.5, reset=True))


def test_truncated_bodies_fit_their_length() -> None:
    whole = clean()
    response, body = first(faulty.truncated_body(0.5))
    assert int(response.getheader("Content-Length") or 0) == len(body)
    assert abs(len(body) - len(whole) / 2) < 5
    assert body_of(faulty.truncated_body(0)) == b""
    assert body_of(faulty.truncated_at(b"<metadata>")).endswith(b"<metadata>")
    last = body_of(faulty.truncated_at(b"</record>\n", last=True))
    assert last.count(b"<record>") == last.count(b"</record>") == 5


def test_an_end_is_not_marked() -> None:
    response, body = first(faulty.unmarked_end(50))
    assert response.getheader("Content-Length") is None
    assert len(body) == 50


def test_lengths_lie() -> None:
    with pytest.raises(http.client.IncompleteRead):
        first(faulty.wrong_length(10))
    assert len(body_of(faulty.wrong_length(-10))) == len(clean()) - 10


def test_chunks_add_up() -> None:
    response, body = first(faulty.chunked(7))
    assert response.getheader("Transfer-Encoding") == "chunked"
    assert body.endswith(b"</OAI-PMH>\n")


def test_other_bodies() -> None:
    assert body_of(faulty.html_page()).startswith(b"<!DOCTYPE html>")
    response, body = first(faulty.other_body(b"{}", "application/json", code=500))
    assert (response.status, body) == (500, b"{}")
    assert first(faulty.challenge())[0].status == 403
    response, _ = first(faulty.content_type(None))
    assert response.getheader("Content-Type") is None


def test_garbage_is_no_http() -> None:
    with pytest.raises(http.client.BadStatusLine):
        first(faulty.garbage())


@pytest.mark.parametrize(
    ("coding", "unpack"),
    [
        ("gzip", gzip.decompress),
        ("deflate", zlib.decompress),
        ("zstd", lambda b: zstandard.ZstdDecompressor().decompressobj().decompress(b)),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
def test_packed_bodies(
    coding: str, unpack: Callable[[bytes], bytes], declared: bool
) -> None:
    response, body = first(faulty.packed(coding, declared=declared))
    assert response.getheader("Content-Encoding") == (coding if declared else None)
    assert unpack(body).endswith(b"</OAI-PMH>\n")


def test_packing_lies_and_bursts() -> None:
    response, body = first(faulty.packed_in_name())
    assert response.getheader("Content-Encoding") == "gzip"
    assert body.startswith(b"<?xml")
    _, small = first(faulty.packed_bomb(20 << 20))
    assert len(small) < 100_000
    assert len(gzip.decompress(small)) > 20 << 20
    with pytest.raises(EOFError):
        gzip.decompress(body_of(faulty.packed(cut=0.5)))
    with pytest.raises(ValueError, match="gzip, deflate or zstd"):
        faulty.packed("rar").reply(faulty.Reply(), None)


def test_redirects_lead_on_and_keep_the_arguments() -> None:
    with FaultyProvider(5, faults=[faulty.redirect()]) as provider:
        response, _ = ask(provider, **LIST)
        assert response.status == 302
        target = response.getheader("Location") or ""
        assert target == "/moved?verb=ListRecords&metadataPrefix=oai_dc"
        assert ask(provider, path="/moved", **LIST)[0].status == 200
        provider.use(faulty.redirect("http://x.example/oai", code=308))
        response, _ = ask(provider, verb="Identify")
        target = response.getheader("Location") or ""
        assert (response.status, target) == (308, "http://x.example/oai?verb=Identify")
        provider.use(faulty.redirect_loop())
        targets = [ask(provider, **LIST)[0].getheader("Location") for _ in range(2)]
        assert targets[0] != targets[1]


def test_post_is_refused() -> None:
    with FaultyProvider(5, faults=[faulty.no_post()]) as provider:
        assert ask(provider, "POST", **LIST)[0].status == 404
        assert ask(provider, **LIST)[0].status == 200


def test_pauses_come_where_they_are_asked_for() -> None:
    """Bytes before the pause are there, those behind it are not."""
    with FaultyProvider(5, faults=[faulty.stall(3600, at=100)]) as provider:
        place = urlsplit(provider.url)
        with socket.create_connection((place.hostname, place.port), 10) as client:
            client.sendall(b"GET /oai?verb=Identify HTTP/1.1\r\n\r\n")
            got = b""
            while len(got.partition(b"\r\n\r\n")[2]) < 100:
                got += client.recv(10_000)
            assert len(got.partition(b"\r\n\r\n")[2]) == 100
            client.settimeout(0.05)
            with pytest.raises(TimeoutError):
                client.recv(1)


def test_a_body_drips_and_one_never_ends() -> None:
    assert len(body_of(faulty.drip(500, 0.001))) == len(clean())
    with FaultyProvider(5, faults=[faulty.endless_body(b"<!-- x -->")]) as provider:
        place = urlsplit(provider.url)
        with socket.create_connection((place.hostname, place.port), 10) as client:
            client.sendall(b"GET /oai?verb=Identify HTTP/1.1\r\n\r\n")
            size = 0
            while size < 1_000_000:
                size += len(client.recv(100_000))


# --- XML --------------------------------------------------------------------------

STRICT = etree.XMLParser(resolve_entities=False, huge_tree=False)
WELL_FORMED = {
    *("byte_order_mark", "wrong_encoding", "utf16", "prefixed", "no_namespace"),
    *("empty_metadata", "missing_metadata", "plain_doctype", "external_entity"),
    "external_subset",
}
# (what expands without end is not well-formed to lxml, which stops in time)
ILL_FORMED = {
    *("control_character", "control_reference", "noncharacter", "bare_ampersand"),
    *("html_entity", "latin1_bytes", "broken_multibyte", "broken_tag"),
    *("prolog_in_record", "leading_newline", "leading_warning", "trailing_junk"),
    *("unknown_encoding", "deep", "entity_bomb"),
}


@pytest.mark.parametrize("name", sorted(WELL_FORMED | ILL_FORMED))
def test_what_is_well_formed(name: str) -> None:
    make = MODULE[name]
    fault = make("http://127.0.0.1:9/x.dtd") if name == "external_subset" else make()
    body = body_of(fault)
    if name in ILL_FORMED:
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(body, STRICT)
    else:
        root = etree.fromstring(body, STRICT)
        expected = 0 if name == "no_namespace" else 5
        assert len(list(root.iter(OAI + "record"))) == expected


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("control_character", b"a\x03b"),
        ("control_reference", b"a&#x3;b"),
        ("noncharacter", b"a\xef\xbf\xbeb"),
        ("bare_ampersand", b"salt & pepper"),
        ("html_entity", b"a&nbsp;b"),
        ("latin1_bytes", b"Z\xfcrich"),
        ("broken_multibyte", b"\xe2\x82<"),
        ("external_entity", b"&file;"),
        ("entity_bomb", b"&e9;"),
        ("empty_metadata", b"<metadata/>"),
    ],
)
def test_one_record_is_hit_and_the_others_are_as_they_were(
    name: str, found: bytes
) -> None:
    body = body_of(MODULE[name](record=2) if "ntity" not in name else MODULE[name]())
    records = body.split(b"<record>")[1:]
    assert [found in record for record in records].count(True) == 1


def test_a_record_can_be_huge() -> None:
    body = body_of(faulty.huge_record(1 << 20))
    assert len(body) > 1 << 20


# --- lists ------------------------------------------------------------------------


def test_tokens_expire_by_the_clock() -> None:
    clock = FrozenClock()
    fault = faulty.expiring_tokens(60)
    with FaultyProvider(50, faults=[fault], clock=clock) as provider:
        page = read(provider, **LIST)
        element = page.find(f".//{OAI}resumptionToken")
        assert element is not None
        assert element.get("expirationDate") == "2023-11-14T22:14:20Z"
        question = {"verb": "ListRecords", "resumptionToken": element.text or ""}
        clock.advance(60)
        assert error(provider, **question) is None
        clock.advance(1)
        assert error(provider, **question) == "badResumptionToken"


@pytest.mark.parametrize(
    ("fault", "count", "distinct"),
    [
        (faulty.empty_page().at(page=3, times=2), 50, 50),
        (faulty.lost_page().at(page=3), 40, 40),
        (faulty.early_end().at(page=3), 30, 30),
        (faulty.early_end(element=True).at(page=3), 30, 30),
        (faulty.repeated_token().at(page=3), 200, 30),
        (faulty.cyclic_tokens(2).at(page=3), 200, 30),
        (faulty.endless_list().at(page=3), 200, 30),
        (faulty.padded_token(), 50, 50),
        (faulty.odd_tokens(), 50, 50),
        (faulty.surplus_token(), 50, 50),
        (faulty.overlapping_pages(2), 58, 50),
        (faulty.unstable_order(3), 50, 38),
        (faulty.unsorted(), 50, 50),
        (faulty.twice_on_a_page().at(page=2), 51, 50),
        (faulty.no_paging(), 50, 50),
        (faulty.no_paging(30), 30, 30),
        (faulty.wrong_size(3), 50, 50),
        (faulty.no_token_at_end(), 50, 50),
        (faulty.cursor_counts_pages(), 50, 50),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else str(value),
)
def test_what_a_plain_walk_gets(fault: Fault, count: int, distinct: int) -> None:
    with FaultyProvider(50, faults=[fault]) as provider:
        found = listed(provider)
    assert (len(found), len(set(found))) == (count, distinct)


def test_a_token_may_be_followed_by_an_error() -> None:
    for fault, code in (
        (faulty.refused_token(), "badResumptionToken"),
        (faulty.no_records_in_list(), "noRecordsMatch"),
        (faulty.surplus_token("noRecordsMatch").at(), "noRecordsMatch"),
    ):
        with FaultyProvider(15, faults=[fault]) as provider:
            last = list(pages(provider))[-1]
            found = last.find(OAI + "error")
            assert found is not None
            assert found.get("code") == code


def test_tokens_have_to_be_encoded() -> None:
    with FaultyProvider(15, faults=[faulty.odd_tokens()]) as provider:
        token = texts(read(provider, **LIST), "resumptionToken")[0] or ""
        assert token == "1/a+b c|d%2B&e=f;ü"
        question = {"verb": "ListRecords", "resumptionToken": token}
        assert error(provider, **question) is None
        question["resumptionToken"] = quote(token)
        assert error(provider, **question) == "badResumptionToken"
        question["resumptionToken"] = unquote_plus(token)
        assert error(provider, **question) == "badResumptionToken"


def test_a_strict_provider_takes_no_blanks_back() -> None:
    for tolerant, code in ((True, None), (False, "badArgument")):
        fault = faulty.padded_token(tolerant=tolerant)
        with FaultyProvider(15, faults=[fault]) as provider:
            token = texts(read(provider, **LIST), "resumptionToken")[0] or ""
            assert token != token.strip()
            question = {"verb": "ListRecords", "resumptionToken": token}
            assert error(provider, **question) == code
            question["resumptionToken"] = token.strip()
            assert error(provider, **question) is None


def test_filters_are_dropped_with_the_token() -> None:
    with FaultyProvider(50, faults=[faulty.dropped_filters()]) as provider:
        assert len(listed(provider, set="odd")) == 50


def test_a_complete_list_may_have_an_empty_token() -> None:
    with FaultyProvider(5, faults=[faulty.empty_token()]) as provider:
        assert texts(read(provider, **LIST), "resumptionToken") == [None]


def test_identifiers_go_wrong() -> None:
    with FaultyProvider(5, faults=[faulty.empty_identifier(2)]) as provider:
        assert [bool(i) for i in listed(provider)] == [True, True, False, True, True]
        provider.use(faulty.padded_identifier(0))
        padded = listed(provider)[0] or ""
        assert padded != padded.strip()


# --- quirks -----------------------------------------------------------------------


def stamps(provider: FaultyProvider, **question: str) -> list[str | None]:
    return texts(read(provider, **{**LIST, **question}), "datestamp")


@pytest.mark.parametrize(
    ("fault", "stamp"),
    [
        (faulty.constant_datestamps(), "2020-01-01"),
        (faulty.day_granularity(), "2020-09-13"),
        (faulty.fractional_datestamps(), "2020-09-13T12:26:40.123Z"),
        (faulty.offset_datestamps("+02:00"), "2020-09-13T12:26:40+02:00"),
        (faulty.zoneless_datestamps(), "2020-09-13T12:26:40"),
        (faulty.local_time(-6), "2020-09-13T06:26:40Z"),
        (faulty.invalid_datestamp(record=0), "2017-01-00T03:24:00Z"),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else str(value),
)
def test_datestamps(fault: Fault, stamp: str) -> None:
    with FaultyProvider(3, faults=[fault]) as provider:
        assert stamps(provider)[0] == stamp


def test_constant_stamps_are_in_list_records_only() -> None:
    with FaultyProvider(3, faults=[faulty.constant_datestamps()]) as provider:
        assert stamps(provider, verb="ListIdentifiers")[0] == "2020-09-13T12:26:40Z"


def test_granularities_are_enforced_declared_or_not() -> None:
    day, second = {"from_": "2020-01-01"}, {"from_": "2020-01-01T00:00:00Z"}
    for fault, said, good, bad in (
        (faulty.day_granularity(), "YYYY-MM-DD", day, second),
        (faulty.day_granularity(declared=False), "YYYY-MM-DDThh:mm:ssZ", day, second),
        (faulty.no_days(), "YYYY-MM-DDThh:mm:ssZ", second, day),
    ):
        with FaultyProvider(3, faults=[fault]) as provider:
            identify = read(provider, verb="Identify")
            assert texts(identify, "granularity") == [said]
            assert error(provider, **LIST, **good) is None
            assert error(provider, **LIST, **bad) == "badArgument"


def test_response_dates() -> None:
    clock = FrozenClock(1_700_000_000)
    with FaultyProvider(3, clock=clock) as provider:
        clock.advance(100)
        for fault, said in (
            (faulty.frozen_response_date(), "2023-11-14T22:13:20Z"),
            (faulty.shifted_response_date(-100), "2023-11-14T22:13:20Z"),
            (faulty.no_response_date("now"), "now"),
        ):
            provider.use(fault)
            identify = read(provider, verb="Identify")
            assert texts(identify, "responseDate") == [said]


def test_records_are_late_or_vanish() -> None:
    clock = FrozenClock()
    with FaultyProvider(10, clock=clock) as provider:
        provider.use(faulty.late(60, every=5))
        assert len(listed(provider)) == 8
        clock.advance(60)
        assert len(listed(provider)) == 10
        provider.use(faulty.vanishing(60, every=5))
        gone = {"identifier": "oai:faulty.example.org:000004"}
        assert len(listed(provider)) == 8
        question = {"verb": "GetRecord", "metadataPrefix": "oai_dc", **gone}
        assert error(provider, **question) == "idDoesNotExist"


def test_arguments_are_ignored_accepted_or_refused() -> None:
    with FaultyProvider(50, faults=[faulty.ignores_selection()]) as provider:
        bogus = {"metadataPrefix": "bogus", "set": "no", "from_": "2040-01-01"}
        assert len(listed(provider, **bogus)) == 50
        provider.use(faulty.accepts_anything())
        assert error(provider, verb="Identify", er="1") is None
        provider.use(faulty.until_refused())
        assert error(provider, **LIST, until="2040-01-01") == "badArgument"
        both = {"from_": "2000-01-01", "until": "2040-01-01"}
        assert error(provider, **LIST, **both) is None


def test_an_outage_looks_like_an_empty_list() -> None:
    with FaultyProvider(5, faults=[faulty.outage_as_no_records(500)]) as provider:
        response, body = ask(provider, **LIST)
        assert response.status == 500
        assert b"noRecordsMatch" in body


def test_get_record_has_no_wrapper() -> None:
    with FaultyProvider(5, faults=[faulty.unwrapped_get_record()]) as provider:
        name = provider.entries[0].identifier
        root = read(
            provider, verb="GetRecord", metadataPrefix="oai_dc", identifier=name
        )
        assert [etree.QName(e).localname for e in root][2:] == ["record"]


def test_headers_go_wrong() -> None:
    for fault, found in (
        (faulty.header_order(), b"</setSpec>\n<datestamp>"),
        (faulty.identifier_attribute(), b'<identifier identifierType="doi">'),
        (faulty.illegal_set_specs(), "<setSpec>Über even/even</setSpec>".encode()),
        (faulty.no_datestamp(0), b"</setSpec>\n</header>"),
    ):
        assert found in body_of(fault)


def test_small_oddities() -> None:
    clock = FrozenClock(1_700_000_000)
    with FaultyProvider(5, clock=clock, faults=[faulty.moving_datestamps()]) as made:
        assert set(stamps(made)) == {"2023-11-14T22:13:20Z"}
        made.use(faulty.unknown_error())
        assert error(made, **LIST) == "InternalException"
        made.use(faulty.undead(2), faulty.headers_in_records())
        root = read(made, verb="ListIdentifiers", metadataPrefix="oai_dc")
        assert [e.tag for e in root[2]] == [OAI + "record"] * 5
        gone = [h.get("status") for h in root.iter(OAI + "header")]
        assert gone == [None, None, "deleted", None, None]
        made.use(faulty.set_name_first())
        first = read(made, verb="ListSets").find(f".//{OAI}set")
        assert first is not None
        assert [e.tag for e in first] == [OAI + "setName", OAI + "setSpec"]
        made.use(faulty.sets_in_dublin_core())
        body = ask(made, **LIST)[1]
        assert body.count(b"<setSpec>BEAMLINE-1</setSpec>") == 5
        assert body.count(b"<dc:date>Created: 2020") == 5


def test_deletions_are_described_or_hidden() -> None:
    entries = make_entries(10, deleted_every=5)
    with FaultyProvider(entries, faults=[faulty.deleted_with_metadata()]) as provider:
        assert ask(provider, **LIST)[1].count(b"urn:example:gone") == 2
        provider.use(faulty.hides_deleted())
        assert len(listed(provider)) == 8
        assert texts(read(provider, verb="Identify"), "deletedRecord") == ["no"]


def test_identify_says_anything() -> None:
    with FaultyProvider(5, faults=[faulty.invalid_earliest()]) as provider:
        root = read(provider, verb="Identify")
        assert texts(root, "earliestDatestamp") == ["2017-01-00T03:24:00Z"]
        provider.use(faulty.identify_says("granularity", None))
        assert texts(read(provider, verb="Identify"), "granularity") == []
        provider.use(faulty.identify_fails())
        assert ask(provider, verb="Identify")[0].status == 500
        assert ask(provider, **LIST)[0].status == 200


def test_whole_systems() -> None:
    with FaultyProvider(50, faults=faulty.scicat(cap=40)) as provider:
        page = read(provider, verb="ListRecords", metadataPrefix="whatever", set="x")
        assert len(identifiers(page)) == 40
        assert page.find(f".//{OAI}resumptionToken") is None
        assert set(texts(page, "datestamp")) == {"2020-01-01"}
        provider.use(*faulty.icat())
        page = read(provider, **LIST)
        token = page.find(f".//{OAI}resumptionToken")
        assert token is not None
        assert token.attrib == {}
        assert listed(provider) == [entry.identifier for entry in provider.entries]
        provider.use(*faulty.invenio())
        assert len(list(pages(provider))) == 6


# --- any of them together ---------------------------------------------------------

ALL = {**faulty.make_faults(stall=0), **QUIRKS}


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(sorted(ALL)), min_size=2, max_size=5, unique=True),
    st.integers(0, 30),
)
def test_any_faults_add_up_without_breaking_the_provider(
    names: list[str], count: int
) -> None:
    """What a fault raises by mistake is raised when the provider is closed."""
    faults = [fault for name in names for fault in ALL[name]]
    with FaultyProvider(make_entries(count, deleted_every=3), faults=faults) as made:
        walk(made)
        place = urlsplit(made.url)
        fetch(place, "verb=GetRecord&metadataPrefix=oai_dc&identifier=x")
        fetch(place, "verb=ListIdentifiers&metadataPrefix=oai_dc&from=2020-01-01")
        fetch(place, "verb=ListSets")
        fetch(place, "verb=nonsense&x=%00%ff")
