"""The repository as a function: what each verb answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import zoo
from zoo import (
    BASE,
    DAY,
    SECRET,
    START,
    ask,
    errors,
    get,
    harvest,
    headers,
    identifier,
    plain,
    put,
    raw,
    repository,
    texts,
)

from panharvest import oai
from panharvest.errors import ConfigError, StoreError
from panharvest.provider import Repository
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from panharvest.protocols import Store

LIST = "verb=ListRecords&metadataPrefix=oai_dc"


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
    assert texts(root, "setSpec") == [*zoo.LISTED_SETS]
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
        return reply.tag

    whole = {"page_size": 100}
    assert tag(LIST, **whole) == tag(LIST, 3, **whole) is not None
    assert tag(LIST, **whole) != tag(f"{LIST}&from=2000-01-01", **whole)
    assert tag(LIST, **whole) != tag(LIST, base_url="https://x.example.org", **whole)
    for offered in ({"with_sets": False}, {"families": ("facility",)}):
        assert tag(LIST, **whole) != tag(LIST, **whole, **offered)
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
