"""The repository as a function: records, dates and embargo."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import zoo
from lxml import etree
from zoo import (
    DAY,
    OAI,
    SECRET,
    START,
    ask,
    errors,
    get,
    harvest,
    headers,
    identifier,
    item,
    plain,
    put,
    raw,
    repository,
    stage,
    texts,
    token_of,
)

from panharvest import oai
from panharvest.protocols import BASE_URL, Stage, Store
from panharvest.provider import answer

if TYPE_CHECKING:
    from panharvest.testing.clock import FrozenClock

LIST = "verb=ListRecords&metadataPrefix=oai_dc"


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
