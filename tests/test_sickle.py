"""Sickle's interface: the same where all is well, and no silence where it is not."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any

import matrix
import pytest
import requests
import sickle
import sickle.iterator
import sickle.models
from clients import with_our_sickle, with_sickle
from sickle import oaiexceptions

import panharvest.sickle as ours
from panharvest.testing import FaultyProvider, faulty
from panharvest.testing.faulty import Fault, make_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DC = {"metadataPrefix": "oai_dc"}
ENTRIES = make_entries(50, deleted_every=7)
NAMES = [entry.identifier for entry in ENTRIES]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours.Sickle, "page_waits", (0, 0))


@pytest.fixture(scope="module")
def provider() -> Iterator[FaultyProvider]:
    with FaultyProvider(ENTRIES) as made:
        yield made


# --- the same where all is well ---------------------------------------------------


def told(value: Any) -> Any:
    """Give everything that an object of sickle tells."""
    if isinstance(value, sickle.models.Record):
        given = None if value.deleted else (dict(value), value.metadata)
        return (*plain(value), value.deleted, given, told(value.header))
    if isinstance(value, sickle.models.Header):
        return (*plain(value), value.deleted, dict(value), value.setSpecs)
    if isinstance(value, sickle.models.OAIItem):
        return (*plain(value), dict(value), attributes(value))
    if isinstance(value, sickle.OAIResponse):
        return (repr(value), value.raw, value.params, value.http_response.status_code)
    return [told(one) for one in value]


def plain(value: Any) -> tuple[Any, ...]:
    return (type(value), repr(value), str(value), bytes(value), value.raw)


def attributes(value: Any) -> dict[str, Any]:
    return {k: v for k, v in vars(value).items() if isinstance(v, str)}


CALLS: dict[str, Callable[[Any], Any]] = {
    "Identify": lambda c: c.Identify(),
    "ListMetadataFormats": lambda c: c.ListMetadataFormats(),
    "ListMetadataFormats of one": lambda c: c.ListMetadataFormats(identifier=NAMES[0]),
    "ListSets": lambda c: c.ListSets(),
    "ListIdentifiers": lambda c: c.ListIdentifiers(**DC),
    "ListIdentifiers, not deleted": lambda c: c.ListIdentifiers(
        ignore_deleted=True, **DC
    ),
    "ListRecords": lambda c: c.ListRecords(**DC),
    "ListRecords, not deleted": lambda c: c.ListRecords(ignore_deleted=True, **DC),
    "ListRecords, DataCite": lambda c: c.ListRecords(metadataPrefix="oai_datacite"),
    "ListRecords, set": lambda c: c.ListRecords(set="odd", **DC),
    "ListRecords, from": lambda c: c.ListRecords(**{"from": "2020-09-14", **DC}),
    "ListRecords, token": lambda c: c.ListRecords(
        resumptionToken=c.ListRecords(**DC).resumption_token.token
    ),
    "GetRecord": lambda c: c.GetRecord(identifier=NAMES[0], **DC),
    "GetRecord, deleted": lambda c: c.GetRecord(identifier=NAMES[6], **DC),
    "harvest": lambda c: c.harvest(verb="Identify"),
    "no such record": lambda c: c.GetRecord(identifier="x", **DC),
    "no such format": lambda c: c.ListRecords(metadataPrefix="x"),
    "no such records": lambda c: c.ListRecords(set="x", **DC),
    "no such token": lambda c: c.ListRecords(resumptionToken="x"),
    "no such argument": lambda c: c.ListRecords(until="x", **DC),
    "no such verb": lambda c: c.harvest(verb="x"),
}
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "POST": {"http_method": "POST"},
    "responses": {"iterator": sickle.iterator.OAIResponseIterator},
    "items": {"iterator": sickle.iterator.OAIItemIterator},
    "encoding": {"encoding": "utf-8"},
    "requests": {"timeout": 10, "headers": {"User-Agent": "mine"}},
}


def outcome(kind: type, url: str, settings: dict[str, Any], name: str) -> Any:
    try:
        return told(CALLS[name](kind(url, **settings)))
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", CALLS)
def test_the_same_calls_give_the_same(
    provider: FaultyProvider, name: str, settings: str
) -> None:
    theirs = outcome(sickle.Sickle, provider.url, SETTINGS[settings], name)
    assert outcome(ours.Sickle, provider.url, SETTINGS[settings], name) == theirs


def test_requests_are_the_same() -> None:
    asked = []
    for kind in (sickle.Sickle, ours.Sickle):
        with FaultyProvider(ENTRIES) as provider:
            list(kind(provider.url).ListRecords(set="odd", **DC))
            asked.append([(c.method, c.pairs) for c in provider.calls])
    assert asked[0] == asked[1]
    assert len(asked[0]) == 3


def test_the_older_namespace_is_read_alike() -> None:
    old = Fault(
        name="old",
        meaning="is of another version",
        body=lambda body, _call: body.replace(b'/OAI/2.0/"', b'/OAI/1.0/"'),
    )
    with FaultyProvider(ENTRIES, faults=[old]) as provider:
        settings = {"protocol_version": "1.0"}
        for name in ("ListRecords", "ListSets", "Identify", "no such record"):
            theirs = outcome(sickle.Sickle, provider.url, settings, name)
            assert outcome(ours.Sickle, provider.url, settings, name) == theirs


@pytest.mark.parametrize(
    "settings",
    [
        {"http_method": "PUT"},
        {"protocol_version": "3.0"},
        {"iterator": list},
        {"iterator": None},
    ],
    ids=str,
)
def test_wrong_settings_are_refused_alike(settings: dict[str, Any]) -> None:
    said = []
    for kind in (sickle.Sickle, ours.Sickle):
        with pytest.raises((ValueError, TypeError)) as caught:
            kind("http://127.0.0.1:9", **settings)
        said.append((caught.type, str(caught.value)))
    assert said[0] == said[1]


def test_it_is_a_sickle_and_so_are_its_iterators(provider: FaultyProvider) -> None:
    client = ours.Sickle(provider.url)
    records = client.ListRecords(**DC)
    assert isinstance(client, sickle.Sickle)
    assert isinstance(records, sickle.iterator.OAIItemIterator)
    assert repr(records) == "<OAIItemIterator ListRecords>"
    assert records.resumption_token.complete_list_size == "50"
    assert records.oai_response.http_response.status_code == 200
    assert isinstance(records.oai_response, ours.OAIResponse)
    assert ours.Sickle(provider.url, iterator=client.iterator).iterator is not None


def test_own_classes_and_iterators_are_used(provider: FaultyProvider) -> None:
    class Mine(sickle.models.Record):
        def title(self) -> str:
            return self.metadata["title"][0]

    class Every(sickle.iterator.OAIItemIterator):
        """Gives every second record."""

        def next(self) -> Any:
            super().next()
            return super().next()

    mapping = {**sickle.app.DEFAULT_CLASS_MAP, "ListRecords": Mine}
    client = ours.Sickle(provider.url, class_mapping=mapping, iterator=Every)
    titles = [r.title() for r in client.ListRecords(ignore_deleted=True, **DC)]
    assert len(titles) == 21
    assert titles[0].startswith("Sample 1 &")


# --- and where it is not ----------------------------------------------------------


SILENT = {
    "body ends between two records": "complete",
    "HTML page, status 200": "complete",
    "length declared too short": "complete",
    "no length, connection cut": "complete",
    "gzip cut": "complete",
    "warning before the prolog": "complete",
    "records of a page left out": "flagged",
    "token missing early": "flagged",
    "empty token early": "flagged",
    "entity bomb": "flagged",
    "no namespace": "flagged",
    "elements 100,000 deep": "flagged",
    "order changes between pages": "flagged",
    "token repeats": "flagged",
    "tokens cycle": "flagged",
    "new tokens, same page": "flagged",
}


@pytest.mark.parametrize("name", SILENT)
def test_what_ended_in_silence_goes_on_or_raises(name: str) -> None:
    faults = matrix.CASES[name]
    assert matrix.judge(with_sickle, faults) in {"silent loss", "hang"}
    assert matrix.judge(with_our_sickle, faults) == SILENT[name]


def until_it_raises(
    fault: Fault, count: int = 50, *, sizes: bool = True, **settings: Any
) -> tuple[list[str], BaseException | None]:
    """Give the records that came, and what was raised behind them."""
    found: list[str] = []
    with FaultyProvider(count, faults=[fault], sizes=sizes) as provider:
        try:
            for record in ours.Sickle(provider.url, **settings).ListRecords(**DC):
                found.append(record.header.identifier)
                assert len(found) < 1000
        except oaiexceptions.OAIError as error:
            return found, error
    return found, None


def test_a_list_that_ends_early_gives_what_it_has_and_raises() -> None:
    found, error = until_it_raises(faulty.early_end().at(page=3))
    assert len(found) == 30
    assert isinstance(error, ours.IncompleteList)
    assert str(error) == (
        "the list ended after 30 of 50 records; ask again, or set trust_size to False "
        "if the repository counts wrongly"
    )


def test_a_repository_that_counts_wrongly_can_be_read() -> None:
    with FaultyProvider(50, faults=[faulty.wrong_size(5000)]) as provider:
        client = ours.Sickle(provider.url)
        with pytest.raises(ours.IncompleteList):
            list(client.ListRecords(**DC))
        client.trust_size = False
        assert len(list(client.ListRecords(**DC))) == 50


@pytest.mark.parametrize(
    ("fault", "count"),
    [
        (faulty.repeated_token().at(page=3), 30),
        (faulty.cyclic_tokens(3).at(page=4), 40),
        (faulty.endless_list().at(page=3), 30),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
@pytest.mark.parametrize(
    "iterator",
    [sickle.iterator.OAIItemIterator, sickle.iterator.OAIResponseIterator],
)
def test_a_list_that_goes_round_raises(
    fault: Fault, count: int, iterator: type
) -> None:
    with FaultyProvider(50, faults=[fault]) as provider:
        found = 0
        client = ours.Sickle(provider.url, iterator=iterator)
        with pytest.raises(ours.EndlessList, match="a second time"):
            for _ in client.ListRecords(**DC):
                found += 1
                assert found < 1000
    assert found == (count if "Item" in iterator.__name__ else count // 10)


def test_pages_that_are_empty_for_ever_raise() -> None:
    found, error = until_it_raises(faulty.empty_page().at(page=2))
    assert len(found) == 10
    assert isinstance(error, ours.EndlessList)


def test_a_page_that_stays_cut_raises_after_some_attempts() -> None:
    with FaultyProvider(50, faults=[faulty.truncated_body(0.9).at(page=3)]) as provider:
        found = []
        with pytest.raises(
            ours.BrokenPage, match="the answer ends too early"
        ) as caught:
            found.extend(r for r in ours.Sickle(provider.url).ListRecords(**DC))
        assert provider.asked() == 5
        assert provider.url in str(caught.value)


def test_a_document_type_is_refused_at_once() -> None:
    with FaultyProvider(50, faults=[faulty.external_entity()]) as provider:
        with pytest.raises(ours.BrokenPage, match="document type"):
            ours.Sickle(provider.url).ListRecords(**DC)
        assert provider.asked() == 1


@pytest.mark.parametrize("offset", range(0, 100, 4))
def test_a_page_that_is_cut_anywhere_is_asked_for_again(offset: int) -> None:
    fault = faulty.truncated_body(offset / 100).at(page=2, times=1)
    found, error = until_it_raises(fault, 20, sizes=False)
    assert (len(found), error) == (20, None)


def test_sickle_takes_most_cuts_for_the_end_of_the_list() -> None:
    silent = 0
    for offset in range(0, 100, 4):
        fault = faulty.truncated_body(offset / 100).at(page=2, times=1)
        with FaultyProvider(20, faults=[fault]) as provider:
            try:
                silent += len(list(with_sickle(provider.url))) < 20
            except Exception:
                continue
    assert silent > 12


def test_every_method_takes_what_that_of_sickle_takes() -> None:
    for name, theirs in inspect.getmembers(sickle.Sickle, inspect.isfunction):
        mine = getattr(ours.Sickle, name)
        assert list(inspect.signature(mine).parameters) == list(
            inspect.signature(theirs).parameters
        ), name


def test_repairs_keep_the_text_and_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="panharvest.sickle")
    fault = faulty.latin1_bytes(0)
    titles = []
    for kind in (sickle.Sickle, ours.Sickle):
        with FaultyProvider(1, faults=[fault]) as provider:
            record = next(kind(provider.url).ListRecords(**DC))
            titles.append(record.metadata["title"][0])
    assert titles[1] == "Sample 0 & its <grains>, Ångström Zürich"
    assert titles[0] != titles[1]
    assert "repaired: encoding" in caplog.text


def test_damaged_and_nameless_records_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert len(until_it_raises(faulty.broken_tag())[0]) == 50
        assert "a damaged record" in caplog.text
        assert len(until_it_raises(faulty.empty_identifier())[0]) == 50
        assert "1 records without identifier" in caplog.text


@pytest.mark.parametrize(
    ("said", "waited"),
    [
        ("7", 7.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("soon", 3.0),
        (None, 3.0),
        ("99999999999", 3600.0),
    ],
)
def test_retry_after_in_any_form(
    said: str | None, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("sickle.app.time.sleep", waits.append)
    fault = faulty.status(503, retry_after=said).at(times=1)
    with FaultyProvider(5, faults=[fault]) as provider:
        client = ours.Sickle(provider.url, max_retries=1, default_retry_after=3)
        assert len(list(client.ListRecords(**DC))) == 5
    assert waits == [waited]


def test_without_retries_a_busy_server_raises_as_before() -> None:
    for code in (500, 503, 404):
        with FaultyProvider(5, faults=[faulty.status(code)]) as provider:
            for kind in (sickle.Sickle, ours.Sickle):
                with pytest.raises(requests.HTTPError, match=str(code)):
                    kind(provider.url).ListRecords(**DC)
            assert provider.asked() == 2


def test_a_page_that_unpacks_without_end_is_given_up() -> None:
    bomb = faulty.packed_bomb(400 << 20)
    undeclared = Fault(
        name="bomb",
        meaning="a bomb that is not declared",
        reply=lambda reply, call: bomb.reply(reply, call).with_header(
            "Content-Encoding", None
        ),
    )
    with (
        FaultyProvider(5, faults=[undeclared]) as provider,
        pytest.raises(ours.BrokenPage, match="unpacks without end"),
    ):
        ours.Sickle(provider.url).ListRecords(**DC)


def test_a_million_records_are_watched_in_eight_bytes_each() -> None:
    watch = ours._Watch(from_start=True)
    for page in range(1000):
        names = [f"oai:x:{page}-{number}" for number in range(1000)]
        watch.page(names, "1000000")
    watch.end()
    assert watch._seen.itemsize * len(watch._seen) == 8_000_000
