"""The repository as a function: verbs, lists, tokens, embargo, deletions."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

import pytest
import zoo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from zoo import (
    BASE,
    DAY,
    OAI,
    SECRET,
    START,
    ask,
    errors,
    harvest,
    headers,
    item,
    plain,
    put,
    repository,
    stage,
    texts,
    token_of,
)

from panharvest import oai
from panharvest.errors import ConfigError, StoreError
from panharvest.protocols import BASE_URL, Stage, Store
from panharvest.provider import Reply, Repository, answer
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIST = "verb=ListRecords&metadataPrefix=oai_dc"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


@pytest.fixture
def store(empty: Store, clock: FrozenClock) -> Store:
    zoo.fill(empty, clock)
    return empty


def identifier(local: str) -> str:
    return oai.compose_identifier("pan.example.org", local)


def get(local: str, prefix: str = "oai_dc") -> str:
    return (
        f"verb=GetRecord&metadataPrefix={prefix}"
        f"&identifier={quote(identifier(local), safe='')}"
    )


def raw(
    query: str, store: Store, clock: FrozenClock, repo: Repository | None = None
) -> Reply:
    return answer(repo or repository(), parse_qsl(query), store, clock.now)


# --- Identify -------------------------------------------------------------------------


def test_p43_identify(store: Store, clock: FrozenClock) -> None:
    root = ask(repository(), store, clock.now, "verb=Identify")
    assert texts(root, "repositoryName") == ["PaN & friends"]
    assert texts(root, "baseURL") == [f"{BASE}/oai"] == texts(root, "request")
    assert texts(root, "protocolVersion") == ["2.0"]
    assert texts(root, "adminEmail") == ["data@pan.example.org"]
    assert texts(root, "deletedRecord") == ["persistent"]
    assert texts(root, "granularity") == ["YYYY-MM-DDThh:mm:ssZ"]
    assert texts(root, "compression") == ["gzip"]
    assert len(root.findall(".//{*}oai-identifier")) == 1
    assert root.findtext(".//{*}repositoryIdentifier") == "pan.example.org"
    words = root.find(".//{http://purl.org/dc/elements/1.1/}description")
    assert words is not None
    assert words.text == "Datasets of a photon & neutron facility."
    assert words.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_p12_no_datestamp_is_earlier_than_the_earliest(
    store: Store, clock: FrozenClock
) -> None:
    root = ask(repository(), store, clock.now, "verb=Identify")
    stamps = [
        stamp for _, stamp, _ in headers(harvest(repository(), store, clock, LIST))
    ]
    assert texts(root, "earliestDatestamp") == [min(stamps)]


def test_an_empty_repository_identifies_itself(
    empty: Store, clock: FrozenClock
) -> None:
    root = ask(repository(), empty, clock.now, "verb=Identify")
    earliest = texts(root, "earliestDatestamp")
    put(empty, clock, plain("10.1234/first"))
    clock.advance(2)
    assert [
        stamp for _, stamp, _ in headers([ask(repository(), empty, clock.now, LIST)])
    ] > earliest


def test_p13_the_response_date_is_the_start_of_the_request(
    store: Store, clock: FrozenClock
) -> None:
    root = ask(repository(), store, START + 3 * DAY + 0.999, "verb=Identify")
    assert texts(root, "responseDate") == [oai.format_datestamp(START + 3 * DAY)]


# --- formats and sets -----------------------------------------------------------------


def test_formats_of_the_repository(store: Store, clock: FrozenClock) -> None:
    root = ask(repository(), store, clock.now, "verb=ListMetadataFormats")
    assert texts(root, "metadataPrefix") == ["oai_dc", "oai_datacite", "datacite"]
    assert texts(root, "metadataNamespace") == [ns for _, ns in zoo.FORMATS.values()]
    assert texts(root, "schema") == [schema for schema, _ in zoo.FORMATS.values()]


def formats_of(store: Store, clock: FrozenClock, local: str, **changes: Any) -> Any:
    query = f"verb=ListMetadataFormats&identifier={quote(identifier(local))}"
    return ask(repository(**changes), store, clock.now, query)


def test_p15_formats_of_an_item(store: Store, clock: FrozenClock) -> None:
    only = formats_of(store, clock, "10.1234/dc-only")
    assert texts(only, "metadataPrefix") == ["oai_dc"]
    assert errors(formats_of(store, clock, "10.1234/none")) == ["idDoesNotExist"]
    assert errors(formats_of(store, clock, f"10.1234/{SECRET}")) == ["idDoesNotExist"]
    withdrawn = formats_of(store, clock, "10.1234/a1")
    assert texts(withdrawn, "metadataPrefix") == list(zoo.FORMATS)


def test_p15_an_item_in_no_offered_format(empty: Store, clock: FrozenClock) -> None:
    put(empty, clock, plain("10.1234/x", only=("datacite", "_record")))
    clock.advance(2)
    offered = {"oai_dc": zoo.FORMATS["oai_dc"]}
    root = formats_of(empty, clock, "10.1234/x", formats=offered)
    assert errors(root) == ["noMetadataFormats"]
    root = ask(repository(formats=offered), empty, clock.now, get("10.1234/x"))
    assert errors(root) == ["cannotDisseminateFormat"]


def test_p15_our_own_renditions_are_no_formats(
    store: Store, clock: FrozenClock
) -> None:
    for query in (
        get("10.1234/a0", "_record"),
        "verb=ListRecords&metadataPrefix=_record",
        "verb=ListIdentifiers&metadataPrefix=_record",
    ):
        root = ask(repository(), store, clock.now, query)
        assert errors(root) == ["cannotDisseminateFormat"]


def test_p16_sets_are_listed_with_those_above_them(
    store: Store, clock: FrozenClock
) -> None:
    root = ask(repository(), store, clock.now, "verb=ListSets")
    assert texts(root, "setSpec") == [
        "access",
        "access:open",
        "facility",
        "facility:esrf",
        "facility:ill",
        "kind",
        "kind:raw",
        "openaire_data",
        "technique",
        "technique:T1",
    ]
    assert texts(root, "setName")[0] == "Set access"
    assert len(root.findall(".//{*}setDescription")) == 10


def test_a_set_that_nobody_describes_is_called_by_its_spec(
    empty: Store, clock: FrozenClock
) -> None:
    settings = zoo.repository()
    undescribed = Repository(
        name=settings.name,
        base_url=settings.base_url,
        identifier=settings.identifier,
        admin_emails=settings.admin_emails,
        keys=settings.keys,
        formats=settings.formats,
    )
    root = ask(undescribed, empty, clock.now, "verb=ListSets")
    assert texts(root, "setName") == texts(root, "setSpec") == ["openaire_data"]
    root = ask(undescribed, empty, clock.now, "verb=Identify")
    assert len(root.findall(".//{*}description")) == 1


def test_p16_a_set_holds_the_members_of_those_below_it(
    store: Store, clock: FrozenClock
) -> None:
    def members(spec: str) -> set[str]:
        pages = harvest(repository(), store, clock, f"{LIST}&set={spec}")
        return {one for one, _, _ in headers(pages)}

    assert members("facility") == members("facility:esrf") | members("facility:ill")
    assert members("facility:ill") == {identifier(f"10.1234/b{n}") for n in range(4)}
    root = ask(repository(), store, clock.now, get("10.1234/b0"))
    assert texts(root, "setSpec") == ["facility:ill", "kind:raw"]


def test_p17_an_unknown_set_matches_nothing(store: Store, clock: FrozenClock) -> None:
    for spec in ("nothing", "facility:nowhere", "Openaire_data", "s" * 4000):
        root = ask(repository(), store, clock.now, f"{LIST}&set={spec}")
        assert errors(root) == ["noRecordsMatch"], spec


def test_p18_openaire_data_holds_what_is_or_was_open(
    store: Store, clock: FrozenClock
) -> None:
    pages = harvest(repository(), store, clock, f"{LIST}&set=openaire_data")
    assert {one: status for one, _, status in headers(pages)} == {
        **{identifier(f"10.1234/a{n}"): None for n in range(5)},
        identifier("10.1234/a1"): "deleted",
        identifier("esrf/hg 12/<réf>#1&2.nxs"): None,
    }


def test_p16_a_repository_without_sets(store: Store, clock: FrozenClock) -> None:
    repo = repository(with_sets=False)
    assert errors(ask(repo, store, clock.now, "verb=ListSets")) == ["noSetHierarchy"]
    for verb in ("ListRecords", "ListIdentifiers"):
        query = f"verb={verb}&metadataPrefix=oai_dc&set=kind:raw"
        assert errors(ask(repo, store, clock.now, query)) == ["noSetHierarchy"]
    assert texts(ask(repo, store, clock.now, LIST), "setSpec") == []


def test_a_set_that_is_still_empty_is_listed_but_matches_nothing(
    empty: Store, clock: FrozenClock
) -> None:
    root = ask(repository(), empty, clock.now, "verb=ListSets")
    assert texts(root, "setSpec") == ["openaire_data"]
    root = ask(repository(), empty, clock.now, f"{LIST}&set=openaire_data")
    assert errors(root) == ["noRecordsMatch"]
    root = ask(repository(standing_sets=()), empty, clock.now, "verb=ListSets")
    assert errors(root) == ["noSetHierarchy"]


# --- records --------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", list(zoo.FORMATS))
def test_p14_a_record_is_the_same_wherever_it_is_shown(
    store: Store, clock: FrozenClock, prefix: str
) -> None:
    repo = repository()
    pages = harvest(repo, store, clock, f"verb=ListRecords&metadataPrefix={prefix}")
    listed = [record for page in pages for record in page.iter(f"{OAI}record")]
    pages = harvest(repo, store, clock, f"verb=ListIdentifiers&metadataPrefix={prefix}")
    alone = [header for page in pages for header in page.iter(f"{OAI}header")]
    assert len(listed) == len(alone) == (11 if prefix == "oai_dc" else 10)
    for record, header in zip(listed, alone, strict=True):
        assert etree.tostring(record[0], method="c14n", with_tail=False) == (
            etree.tostring(header, method="c14n", with_tail=False)
        )
        name = quote(str(header.findtext(f"{OAI}identifier")), safe="")
        query = f"verb=GetRecord&metadataPrefix={prefix}&identifier={name}"
        got = ask(repo, store, clock.now, query).find(f".//{OAI}record")
        assert got is not None
        assert etree.tostring(got, method="c14n", with_tail=False) == etree.tostring(
            record, method="c14n", with_tail=False
        )


def test_our_public_address_stands_in_the_metadata(
    store: Store, clock: FrozenClock
) -> None:
    repo = repository(base_url="https://data.example.org/a&b")
    reply = answer(
        repo, [("verb", "ListRecords"), ("metadataPrefix", "oai_dc")], store, clock.now
    )
    assert BASE_URL.encode() not in reply.body
    root = ask(repo, store, clock.now, get("10.1234/a0"))
    assert root.findtext(".//{http://purl.org/dc/elements/1.1/}identifier") == (
        "https://data.example.org/a&b/records/10.1234/a0"
    )


def test_the_echo_is_not_changed(store: Store, clock: FrozenClock) -> None:
    query = f"verb=GetRecord&metadataPrefix=oai_dc&identifier={BASE_URL}/records/x"
    root = ask(repository(), store, clock.now, query)
    assert errors(root) == ["idDoesNotExist"]
    assert root[1].get("identifier") == f"{BASE_URL}/records/x"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (get("10.1234/none"), ["idDoesNotExist"]),
        (get("10.1234/none", "marc"), ["idDoesNotExist", "cannotDisseminateFormat"]),
        (get("10.1234/a0", "marc"), ["cannotDisseminateFormat"]),
        (get("10.1234/dc-only", "datacite"), ["cannotDisseminateFormat"]),
        (get(f"10.1234/{SECRET}"), ["idDoesNotExist"]),
        (
            get(f"10.1234/{SECRET}", "marc"),
            ["idDoesNotExist", "cannotDisseminateFormat"],
        ),
    ],
)
def test_p15_unknown_ids_and_formats(
    store: Store, clock: FrozenClock, query: str, expected: list[str]
) -> None:
    assert errors(ask(repository(), store, clock.now, query)) == expected


def test_p29_a_withdrawn_record_is_a_header_for_ever(
    store: Store, clock: FrozenClock
) -> None:
    clock.advance(1000 * DAY)
    root = ask(repository(), store, clock.now, get("10.1234/a1"))
    header = root.find(f".//{OAI}header")
    assert header is not None
    assert header.get("status") == "deleted"
    assert texts(root, "datestamp") == [oai.format_datestamp(START + 2 * DAY + 1)]
    assert texts(root, "setSpec") == list(zoo.SETS)
    assert root.find(f".//{OAI}metadata") is None


def test_p30_a_record_comes_back_under_its_identifier(
    store: Store, clock: FrozenClock
) -> None:
    put(store, clock, plain("10.1234/a1"))
    clock.advance(2)
    root = ask(repository(), store, clock.now, get("10.1234/a1"))
    assert headers([root]) == [
        (identifier("10.1234/a1"), oai.format_datestamp(START + 3 * DAY + 1), None)
    ]


# --- dates ----------------------------------------------------------------------------


def found(store: Store, clock: FrozenClock, window: str) -> int:
    pages = harvest(repository(), store, clock, LIST + window)
    return len(headers(pages))


def test_p10_bounds_are_inclusive(store: Store, clock: FrozenClock) -> None:
    first = oai.format_datestamp(START + 1)  # four of day 0 are still there
    before = oai.format_datestamp(START)
    assert found(store, clock, f"&from={first}&until={first}") == 4
    assert found(store, clock, f"&until={first}") == 4
    assert found(store, clock, f"&from={first}") == 11
    assert errors(ask(repository(), store, clock.now, f"{LIST}&until={before}")) == [
        "noRecordsMatch"
    ]


def test_p10_a_day_as_until_covers_its_last_second(
    empty: Store, clock: FrozenClock
) -> None:
    midnight = START - START % DAY + DAY
    clock.set(midnight - 2)  # stamped 23:59:59
    put(empty, clock, plain("10.1234/late"))
    clock.set(midnight)
    day = oai.format_datestamp(midnight - 1)[:10]
    assert found(empty, clock, f"&from={day}&until={day}") == 1
    following = oai.format_datestamp(midnight)[:10]
    root = ask(repository(), empty, clock.now, f"{LIST}&from={following}")
    assert errors(root) == ["noRecordsMatch"]


def test_p11_outside_of_all_datestamps(store: Store, clock: FrozenClock) -> None:
    for window in (
        "&until=1999-12-31",
        "&from=2999-01-01",
        "&from=0001-01-01&until=0001-01-01",
    ):
        root = ask(repository(), store, clock.now, LIST + window)
        assert errors(root) == ["noRecordsMatch"]
    assert found(store, clock, "&from=0001-01-01&until=9999-12-31") == 11


# --- lists ----------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
@pytest.mark.parametrize("size", range(1, 13))
def test_p24_p25_pages_of_any_size_make_the_whole_list(
    store: Store, clock: FrozenClock, verb: str, size: int
) -> None:
    query = f"verb={verb}&metadataPrefix=oai_dc"
    whole = headers([ask(repository(page_size=100), store, clock.now, query)])
    pages = harvest(repository(page_size=size), store, clock, query)
    assert headers(pages) == whole
    assert len(pages) == -(-len(whole) // size)
    tokens = [token_of(page) for page in pages]
    if len(pages) == 1:
        assert tokens == [None]
        return
    seen = 0
    for page, token in zip(pages, tokens, strict=True):
        assert token is not None
        assert token.get("cursor") == str(seen)
        assert token.get("completeListSize") == str(len(whole))
        assert bool(token.text) is (page is not pages[-1])
        assert (token.get("expirationDate") is not None) is (page is not pages[-1])
        seen += len(headers([page]))


def test_p23_a_token_is_good_for_a_day_at_least(
    store: Store, clock: FrozenClock
) -> None:
    repo = repository(token_lifetime=DAY)
    token = token_of(ask(repo, store, clock.now, LIST))
    assert token is not None
    expires = oai.parse_datestamp(str(token.get("expirationDate")))
    assert expires is not None
    assert clock.now + DAY <= expires <= clock.now + DAY + 3600
    query = f"verb=ListRecords&resumptionToken={token.text}"
    assert not errors(ask(repo, store, expires - 1, query))
    assert errors(ask(repo, store, expires, query)) == ["badResumptionToken"]


def test_p22_a_token_can_be_used_again(store: Store, clock: FrozenClock) -> None:
    token = token_of(ask(repository(), store, clock.now, LIST))
    assert token is not None
    query = f"verb=ListRecords&resumptionToken={token.text}"
    once, again = (ask(repository(), store, clock.now + n, query) for n in (0, 9))
    assert etree.tostring(once[2]) == etree.tostring(again[2])


def test_p20_p21_whose_tokens_are_good(store: Store, clock: FrozenClock) -> None:
    token = token_of(ask(repository(), store, clock.now, LIST))
    assert token is not None

    def resumed(verb: str = "ListRecords", **changes: Any) -> list[str]:
        query = f"verb={verb}&resumptionToken={token.text}"
        return errors(ask(repository(**changes), store, clock.now, query))

    old, new = repository().keys[0], b"another key, also long"
    assert resumed() == resumed(keys=(new, old)) == []
    assert resumed(keys=(new,)) == ["badResumptionToken"]
    assert resumed(identifier="other.example.org") == ["badResumptionToken"]
    assert resumed("ListIdentifiers") == ["badResumptionToken"]
    assert resumed("ListSets") == ["badResumptionToken"]
    assert resumed("Identify") == ["badArgument"]
    token.text = token.text[:-1] + ("A" if token.text[-1] != "A" else "B")
    assert resumed() == ["badResumptionToken"]


def test_a_token_of_something_no_longer_offered(
    store: Store, clock: FrozenClock
) -> None:
    query = "verb=ListRecords&metadataPrefix=datacite&set=kind"
    token = token_of(ask(repository(), store, clock.now, query))
    assert token is not None
    resumed = f"verb=ListRecords&resumptionToken={token.text}"
    for changes in (
        {"formats": {"oai_dc": zoo.FORMATS["oai_dc"]}},
        {"with_sets": False},
    ):
        root = ask(repository(**changes), store, clock.now, resumed)
        assert errors(root) == ["badResumptionToken"]


def test_p27_one_datestamp_for_all(empty: Store, clock: FrozenClock) -> None:
    names = [f"10.1234/{n:05}" for n in range(2000)]
    put(empty, clock, *(plain(name, "T", only=("oai_dc",)) for name in names))
    clock.advance(2)
    query = "verb=ListIdentifiers&metadataPrefix=oai_dc"
    listed = headers(harvest(repository(page_size=37), empty, clock, query))
    assert [one for one, _, _ in listed] == [identifier(name) for name in names]
    assert len({stamp for _, stamp, _ in listed}) == 1


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_p26_a_list_that_is_paged_while_records_change(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """What is not touched is listed once; what is touched comes with the next visit."""
    chance = random.Random(seed)
    clock = FrozenClock(START)
    folder = tmp_path_factory.mktemp("paged")
    store = open_store(f"sqlite:///{folder}/store.db")
    repo = repository(page_size=chance.randrange(1, 8))
    names = [f"10.1234/{n:03}" for n in range(30)]
    put(store, clock, *(plain(name, only=("oai_dc",)) for name in names))
    clock.advance(5)
    touched: set[str] = set()
    held: dict[str, str | None] = {}
    visited = clock.now
    page = ask(repo, store, clock.now, LIST)
    seen = headers([page])
    while (token := token_of(page)) is not None and token.text:
        for _ in range(chance.randrange(4)):
            name = chance.choice([*names, f"10.1234/new{chance.randrange(9)}"])
            touched.add(name)
            change = chance.choice(
                [
                    plain(name, f"Change {chance.random()}", only=("oai_dc",)),
                    item(name, Stage(0)),
                    item(
                        name, Stage(0), stage(name, "Later", start=int(clock.now) + 3)
                    ),
                ]
            )
            put(store, clock, change)
        clock.advance(chance.random() * 2)
        query = f"verb=ListRecords&resumptionToken={token.text}"
        page = ask(repo, store, clock.now, query)
        seen += headers([page])
    listed = [one for one, _, _ in seen]
    assert len(listed) == len(set(listed)) == 30
    assert {identifier(name) for name in names} == set(listed)
    held = {one: status for one, _, status in seen}
    clock.advance(10)
    following = f"{LIST}&from={oai.format_datestamp(int(visited))}"
    root = ask(repo, store, clock.now, following)
    news = [] if errors(root) else headers(harvest(repo, store, clock, following))
    held |= {one: status for one, _, status in news}
    assert {one for one, _, _ in news} <= {identifier(name) for name in touched}
    now = ask(repository(page_size=1000), store, clock.now, LIST)
    assert held == {one: status for one, _, status in headers([now])}
    store.close()


def test_a_withdrawal_during_a_list_is_shown_at_once(
    store: Store, clock: FrozenClock
) -> None:
    """The list is pinned, but what was withdrawn is not given out any more."""
    repo = repository(page_size=2)
    token = token_of(ask(repo, store, clock.now, LIST))
    assert token is not None
    put(store, clock, *(item(f"10.1234/a{n}", Stage(0)) for n in range(5)))
    clock.advance(2)
    query = f"verb=ListRecords&resumptionToken={token.text}"
    page = ask(repo, store, clock.now, query)
    stamp = oai.format_datestamp(START + 3 * DAY + 1)
    assert [(s, status) for _, s, status in headers([page])] == [(stamp, "deleted")] * 2
    assert page.find(f".//{OAI}metadata") is None


# --- embargo --------------------------------------------------------------------------


def test_p31_nothing_tells_of_a_hidden_record(store: Store, clock: FrozenClock) -> None:
    repo = repository()
    queries = [
        "verb=Identify",
        "verb=ListSets",
        "verb=ListMetadataFormats",
        *(
            f"verb={verb}&metadataPrefix={prefix}{rest}"
            for verb in ("ListRecords", "ListIdentifiers")
            for prefix in zoo.FORMATS
            for rest in ("", "&set=openaire_data", "&set=kind", "&from=2000-01-01")
        ),
    ]
    pages = [page for query in queries for page in harvest(repo, store, clock, query)]
    assert len(pages) > len(queries)
    for page in pages:
        assert SECRET.encode() not in etree.tostring(page)
    sizes = {
        str(token.get("completeListSize"))
        for page in pages
        if (token := token_of(page)) is not None
    }
    assert sizes == {"6", "10", "11"}


def test_p31_a_hidden_record_is_asked_for_as_an_unknown_one(
    store: Store, clock: FrozenClock
) -> None:
    def outcome(local: str, query: str) -> bytes:
        text = query.replace("NAME", quote(identifier(local)))
        body = raw(text, store, clock).body
        return body.replace(local.encode(), b"NAME")

    for query in (
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=NAME",
        "verb=GetRecord&metadataPrefix=marc&identifier=NAME",
        "verb=ListMetadataFormats&identifier=NAME",
    ):
        hidden = outcome(f"10.1234/{SECRET}", query)
        assert hidden == outcome("10.1234/never-was", query)
    for spec in (f"kind:{SECRET}", "kind:never-was"):
        root = ask(repository(), store, clock.now, f"{LIST}&set={spec}")
        assert errors(root) == ["noRecordsMatch"]


def test_p32_the_end_of_an_embargo_is_its_datestamp(
    store: Store, clock: FrozenClock
) -> None:
    end = START + 1000 * DAY
    clock.set(end - 0.001)
    assert errors(ask(repository(), store, clock.now, get(f"10.1234/{SECRET}"))) == [
        "idDoesNotExist"
    ]
    visited = oai.format_datestamp(end - 1)
    window = f"{LIST}&from={visited}"
    assert errors(ask(repository(), store, clock.now, window)) == ["noRecordsMatch"]
    clock.set(end)
    assert headers([ask(repository(), store, clock.now, window)]) == [
        (identifier(f"10.1234/{SECRET}"), oai.format_datestamp(end), None)
    ]
    assert f"kind:{SECRET}" in texts(
        ask(repository(), store, clock.now, "verb=ListSets"), "setSpec"
    )


def test_p33_a_late_visit_finds_the_datestamp_after_the_last(
    store: Store, clock: FrozenClock
) -> None:
    end = START + 1000 * DAY
    clock.set(end + 400 * DAY)
    visited = oai.format_datestamp(end - 1)
    root = ask(repository(), store, clock.now, f"{LIST}&from={visited}")
    assert len(headers([root])) == 1


def test_p34_an_embargo_that_is_extended_after_publication(
    store: Store, clock: FrozenClock
) -> None:
    visited = oai.format_datestamp(int(clock.now))
    later = stage("10.1234/a0", "Title", start=START + 500 * DAY)
    put(store, clock, item("10.1234/a0", Stage(0), later))
    clock.advance(2)
    window = f"{LIST}&from={visited}"
    stamp = oai.format_datestamp(START + 3 * DAY + 1)
    root = ask(repository(), store, clock.now, window)
    assert headers([root]) == [(identifier("10.1234/a0"), stamp, "deleted")]
    clock.set(START + 500 * DAY)
    root = ask(repository(), store, clock.now, window)
    assert headers([root]) == [
        (identifier("10.1234/a0"), oai.format_datestamp(START + 500 * DAY), None)
    ]


def test_two_phases_have_two_datestamps(empty: Store, clock: FrozenClock) -> None:
    name = "10.1234/phases"
    opens = START + 50 * DAY
    put(
        empty,
        clock,
        item(
            name,
            stage(name, "What is public at once", sets=("access:embargoed",)),
            stage(name, f"All of it {SECRET}", start=opens, sets=("access:open",)),
        ),
    )
    clock.set(opens - 1)
    before = ask(repository(), empty, clock.now, LIST)
    assert texts(before, "setSpec") == ["access:embargoed"]
    assert SECRET.encode() not in etree.tostring(before)
    clock.set(opens)
    after = ask(repository(), empty, clock.now, LIST)
    assert texts(after, "setSpec") == ["access:open"]
    assert texts(after, "datestamp") == [oai.format_datestamp(opens)]
    assert SECRET.encode() in etree.tostring(after)


# --- the edges ------------------------------------------------------------------------


def test_p47_an_outage_is_never_an_empty_list(store: Store, clock: FrozenClock) -> None:
    store.close()
    for query in (LIST, "verb=Identify", "verb=ListSets", get("10.1234/a0")):
        with pytest.raises(StoreError):
            raw(query, store, clock)


def test_p44_the_same_content_has_the_same_tag(
    store: Store, clock: FrozenClock
) -> None:
    def tag(query: str, later: float = 0, **changes: Any) -> str | None:
        reply = raw(query, store, FrozenClock(clock.now + later), repository(**changes))
        return dict(reply.headers).get("ETag")

    whole = {"page_size": 100}
    assert tag(LIST, **whole) == tag(LIST, 3, **whole) is not None
    assert tag(LIST, **whole) != tag(f"{LIST}&from=2000-01-01", **whole)
    assert tag(LIST, **whole) != tag(LIST, base_url="https://x.example.org", **whole)
    assert tag("verb=Identify") == tag("verb=Identify", 3)
    assert tag("verb=Identify") != tag("verb=ListSets")
    assert tag("verb=junk") is None
    before = tag(LIST, **whole)
    put(store, clock, plain("10.1234/a0", "A new title"))
    clock.advance(2)
    assert tag(LIST, **whole) != before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\x07"}, "control"),
        ({"base_url": "pan.example.org"}, "base_url"),
        ({"base_url": "https://pan.example.org/"}, "slash"),
        ({"base_url": "https://pan.example.org?a=b"}, "base_url"),
        ({"base_url": "ftp://pan.example.org"}, "base_url"),
        ({"identifier": "localhost"}, "identifier"),
        ({"identifier": "pan example.org"}, "identifier"),
        ({"admin_emails": ()}, "admin_emails"),
        ({"admin_emails": ("root@localhost",)}, "admin_emails"),
        ({"keys": ()}, "keys"),
        ({"keys": (b"short",)}, "keys"),
        ({"formats": {}}, "oai_dc"),
        ({"formats": {**zoo.FORMATS, "_own": ("s", "n")}}, "_own"),
        ({"formats": {**zoo.FORMATS, "a b": ("s", "n")}}, "a b"),
        ({"page_size": 0}, "page_size"),
        ({"token_lifetime": 3600}, "token_lifetime"),
        ({"standing_sets": ("open data",)}, "open data"),
    ],
)
def test_settings_that_could_not_lead_to_legal_answers(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        repository(**changes)
