"""What is said about records and about the repository: containers, friends, sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zoo
from lxml import etree
from zoo import (
    BASE,
    DAY,
    OAI,
    START,
    ask,
    errors,
    harvest,
    headers,
    item,
    put,
    repository,
    texts,
)

from panharvest import oai
from panharvest.errors import ConfigError
from panharvest.facilities import load_facilities
from panharvest.formats import FORMATS
from panharvest.mapping import load_tables
from panharvest.protocols import Stage, Store
from panharvest.publish import Context, shown_stage
from panharvest.record import Origin, Provenance

if TYPE_CHECKING:
    from panharvest.testing.clock import FrozenClock

LIST = "verb=ListRecords&metadataPrefix=oai_dc"
TERMS = "https://creativecommons.org/publicdomain/zero/1.0/"
FIRST = Origin(f"{BASE}/far", "oai:far:1", "2020-01-01", zoo.OAI_DC, "2021-01-01")
SECOND = Origin(
    f"{BASE}/near", "oai:near:1", "2022-01-01", zoo.OAI_DC, "2023-01-01", True, FIRST
)


def published(name: str, terms: str | None, origin: Origin | None) -> Stage:
    """Give the stage that publishing makes of a record."""
    context = Context(load_tables(), load_facilities(), FORMATS, terms)
    provenance = Provenance("oaipmh", origin=origin)
    record = zoo.record(name, "T", provenance=provenance)
    return shown_stage(0, record, context)


def test_p42_a_record_tells_where_it_was_harvested(
    store: Store, clock: FrozenClock
) -> None:
    name = "10.1234/again"
    put(store, clock, item(name, published(name, TERMS, SECOND)))
    clock.advance(2)
    query = (
        f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:pan.example.org:{name}"
    )
    (record,) = ask(repository(), store, clock.now, query).iter(f"{OAI}record")
    assert [child.tag for child in record] == [
        f"{OAI}{part}" for part in ("header", "metadata", "about", "about")
    ]
    assert record.findtext(".//{*}originDescription/{*}baseURL") == f"{BASE}/near"
    nested = record.findtext(".//{*}originDescription/{*}originDescription/{*}baseURL")
    assert nested == f"{BASE}/far"
    assert record.xpath("string(.//*[local-name()='rightsReference']/@ref)") == TERMS
    listed = [
        etree.tostring(one, method="c14n", with_tail=False)
        for page in harvest(repository(), store, clock, LIST)
        for one in page.iter(f"{OAI}record")
    ]
    assert etree.tostring(record, method="c14n", with_tail=False) in listed


def test_a_record_of_our_own_without_terms_has_nothing_about_it(
    store: Store, clock: FrozenClock
) -> None:
    name = "10.1234/own"
    put(store, clock, item(name, published(name, None, None)))
    clock.advance(2)
    pages = harvest(repository(), store, clock, LIST)
    assert not [one for page in pages for one in page.iter(f"{OAI}about")]


def test_p38_what_is_said_about_a_record_moves_its_datestamp(
    store: Store, clock: FrozenClock
) -> None:
    name = "10.1234/terms"
    put(store, clock, item(name, published(name, None, None)))
    clock.advance(DAY)
    visited = oai.format_datestamp(int(clock.now))
    put(store, clock, item(name, published(name, None, None)))
    clock.advance(2)
    window = f"{LIST}&from={visited}"
    assert errors(ask(repository(), store, clock.now, window)) == ["noRecordsMatch"]
    put(store, clock, item(name, published(name, TERMS, None)))
    clock.advance(2)
    root = ask(repository(), store, clock.now, window)
    assert [one for one, _, _ in headers([root])] == [f"oai:pan.example.org:{name}"]


def test_p29_nothing_is_said_about_a_deleted_record(
    store: Store, clock: FrozenClock
) -> None:
    name = "10.1234/gone"
    put(store, clock, item(name, published(name, TERMS, SECOND)))
    clock.advance(2)
    put(store, clock, item(name))
    clock.advance(2)
    query = (
        f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:pan.example.org:{name}"
    )
    root = ask(repository(), store, clock.now, query)
    assert texts(root, "about") == []


def test_p43_identify_names_friends_and_terms(store: Store, clock: FrozenClock) -> None:
    friends = ("https://a.example.org/oai?x=1&y=2", "http://b.example.org/oai")
    repo = repository(friends=friends, terms=TERMS)
    root = ask(repo, store, clock.now, "verb=Identify")
    assert [e.text for e in root.findall(".//{*}friends/{*}baseURL")] == list(friends)
    (manifest,) = root.iter("{*}rightsManifest")
    assert str(manifest.get("appliesTo")).endswith("#metadata")
    assert len(root.findall(".//{*}oai-identifier")) == 1
    plain = ask(repository(), store, clock.now, "verb=Identify")
    assert not list(plain.iter("{*}friends", "{*}rightsManifest"))


@pytest.mark.parametrize(
    "changes",
    [
        {"friends": ("friend.example.org",)},
        {"friends": ("ftp://friend.example.org",)},
        {"friends": ("https://friend.example.org/a b",)},
        {"terms": "CC0"},
        {"families": ("a b",)},
        {"families": ("facility:",)},
    ],
)
def test_p17_what_could_not_be_said_is_refused_when_configured(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(ConfigError):
        repository(**changes)


# --- sets that are offered ------------------------------------------------------------


def test_p16_only_the_configured_sets_are_offered(
    store: Store, clock: FrozenClock
) -> None:
    repo = repository(families=("facility", "technique:T1"), standing_sets=())
    specs = texts(ask(repo, store, clock.now, "verb=ListSets"), "setSpec")
    assert specs == ["facility", "facility:esrf", "facility:ill", "technique:T1"]
    pages = harvest(repo, store, clock, LIST)
    assert len(headers(pages)) == 11
    shown = {spec for page in pages for spec in texts(page, "setSpec")}
    assert shown == {"facility:esrf", "facility:ill", "technique:T1"}
    for hidden in ("kind:raw", "openaire_data", "technique", "never"):
        root = ask(repo, store, clock.now, f"{LIST}&set={hidden}")
        assert errors(root) == ["noRecordsMatch"]
    assert len(headers(harvest(repo, store, clock, f"{LIST}&set=facility:ill"))) == 4


def test_a_token_of_a_set_no_longer_offered(store: Store, clock: FrozenClock) -> None:
    root = ask(repository(), store, clock.now, f"{LIST}&set=kind:raw")
    token = zoo.token_of(root)
    assert token is not None
    resumed = f"verb=ListRecords&resumptionToken={token.text}"
    assert not errors(ask(repository(), store, clock.now, resumed))
    repo = repository(families=("facility",), standing_sets=())
    assert errors(ask(repo, store, clock.now, resumed)) == ["badResumptionToken"]


def test_p36_datestamps_do_not_go_back_with_the_clock(
    store: Store, clock: FrozenClock
) -> None:
    put(store, clock, zoo.plain("10.1234/before"))
    clock.advance(2)
    visited = ask(repository(), store, clock.now, LIST)
    clock.advance(-600)
    put(store, clock, zoo.plain("10.1234/after"))
    clock.advance(1200)
    since = texts(visited, "responseDate")[0]
    stamps = [s for _, s, _ in headers(harvest(repository(), store, clock, LIST))]
    assert stamps == sorted(stamps)
    before = oai.parse_datestamp(since)
    assert before is not None
    window = f"{LIST}&from={oai.format_datestamp(before - 1)}"
    news = headers([ask(repository(), store, clock.now, window)])
    assert "oai:pan.example.org:10.1234/after" in [one for one, _, _ in news]


def test_p37_nothing_appears_later_with_an_older_datestamp(
    store: Store, clock: FrozenClock
) -> None:
    visits: list[tuple[str, set[str]]] = []
    repo = repository(page_size=1000)
    for step in range(40):
        with store.write(clock) as writer:
            writer.put_item(zoo.plain(f"10.1234/w{step}", only=("oai_dc",)))
            clock.advance(0.37 * (step % 5))
            during = ask(repo, store, clock.now, LIST)
        seen = {one for one, _, _ in headers([during])}
        visits.append((texts(during, "responseDate")[0], seen))
        clock.advance(0.21)
        listed = headers([ask(repo, store, clock.now, LIST)])
        for visited, known in visits:
            assert all(s > visited for one, s, _ in listed if one not in known)
    assert len(listed) > 45


def test_p35_without_a_stage_nothing_is_known(store: Store, clock: FrozenClock) -> None:
    """What publishing holds back (no date, no zone, an error) has no stage."""
    name = "10.1234/held"
    put(store, clock, item(name), item(f"{name}2", Stage(0)))
    clock.advance(1000 * DAY - 3 * DAY - 10)
    for local in (name, f"{name}2"):
        query = f"verb=ListMetadataFormats&identifier=oai:pan.example.org:{local}"
        assert errors(ask(repository(), store, clock.now, query)) == ["idDoesNotExist"]
    assert len(headers(harvest(repository(), store, clock, LIST))) == 11


def test_p3_incremental_harvests_by_day_and_by_second_agree(
    store: Store, clock: FrozenClock
) -> None:
    for size in (1, 3, 100):
        repo = repository(page_size=size)
        whole = {(n, s) for n, s, _ in headers(harvest(repo, store, clock, LIST))}
        for when in (START, START + 1, START + DAY, START + DAY + 1, START + 2 * DAY):
            second = oai.format_datestamp(when)
            for spec in ("", "&set=kind:raw", "&set=facility"):
                by_second = harvest(repo, store, clock, f"{LIST}&from={second}{spec}")
                by_day = harvest(repo, store, clock, f"{LIST}&from={second[:10]}{spec}")
                late = {(n, s) for n, s, _ in headers(by_second)}
                assert late <= {(n, s) for n, s, _ in headers(by_day)} <= whole
                assert spec or late == {pair for pair in whole if pair[1] >= second}
