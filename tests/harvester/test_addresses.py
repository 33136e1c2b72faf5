"""A base URL with and without a slash at its end is one repository."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from panharvest.cli.harvest_choice import choose
from panharvest.harvested import Entry, Page
from panharvest.harvester import Endpoint, HarvestDone, HarvestSettings, harvest
from panharvest.harvester.addresses import known_address, sameness
from panharvest.harvester.planning import plan
from panharvest.stores import open_store
from panharvest.testing import FaultyProvider
from panharvest.testing.clock import FrozenClock
from panharvest.transport import Manners

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.harvester import EndpointDone
    from panharvest.protocols import Store

SETTINGS = HarvestSettings(manners=Manners(pace=0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path}/store.db")) as made:
        yield made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.org/oai", "https://x.org/oai/"),
        ("https://x.org", "https://x.org/"),
        ("https://x.org/oai", "https://X.org:443/oai//"),
        ("https://me:secret@data.example.org/oai", "https://data.example.org/oai/"),
        ("https://x.org/oai?a=b", "https://x.org/oai?a=b"),
    ],
)
def test_one_repository(one: str, other: str) -> None:
    assert sameness(one) == sameness(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.org/oai", "http://x.org/oai"),
        ("https://x.org/oai", "https://x.org/OAI"),
        ("https://x.org/oai", "https://x.org:8443/oai"),
        ("https://x.org/oai", "https://y.org/oai"),
        ("https://x.org/oai", "https://x.org/oai/request"),
        ("https://x.org/oai?a=b", "https://x.org/oai?a=c"),
        ("https://x.org/oai?a=b", "https://x.org/oai/?a=b"),
        ("https://x.org:port/oai", "https://x.org/oai"),
    ],
)
def test_two_repositories(one: str, other: str) -> None:
    assert sameness(one) != sameness(other)


def test_it_is_harvested_once(store: Store) -> None:
    with FaultyProvider(25, path="/oai/") as provider:
        bare = provider.url.rstrip("/")
        first = run(store, Endpoint(url=provider.url))
        assert (first.status, first.new) == ("complete", 25)
        again = run(store, Endpoint(url=f"{bare}/"))
        assert (again.status, again.new) == ("complete", 0)
        (planned,) = plan(Endpoint(url=bare), store.harvests(), SETTINGS)
        assert planned.known == 25
        other = run(store, Endpoint(url=bare, prefix="oai_datacite"))
    assert other.url == bare, "it is asked as it was written"
    feeds = {feed.url for feed in store.harvests().feeds() if feed.prefix == "oai_dc"}
    assert feeds == {provider.url}


def run(store: Store, endpoint: Endpoint) -> EndpointDone:
    done = None
    clock = FrozenClock()
    for event in harvest([endpoint], store, settings=SETTINGS, clock=clock):
        if isinstance(event, HarvestDone):
            (done,) = event.endpoints
    assert done is not None
    return done


def put(store: Store, url: str, prefix: str = "oai_dc") -> None:
    """Keep one record of a feed."""
    harvests = store.harvests()
    feed = harvests.feed(url, prefix)
    body = b"<record/>"
    page = Page(url, 200, {}, 0.0, body)
    entry = Entry("x", "2020-01-01", False, (), b"1", 0, len(body))
    with harvests.write() as writer:
        writer.put_page(feed.num, page, [entry], 1)


def test_what_was_kept_under_an_address_stays_there(store: Store) -> None:
    known = store.harvests()
    assert known_address(known, "https://x.org/oai/") == "https://x.org/oai/"
    put(store, "https://x.org/oai")
    assert known_address(known, "https://x.org/oai/") == "https://x.org/oai"
    put(store, "https://x.org/oai/")  # as an older panharvest did
    for url in ("https://x.org/oai", "https://x.org/oai/"):
        assert known_address(known, url) == url


def test_a_spelling_that_never_gave_anything_is_not_kept_to(store: Store) -> None:
    harvests = store.harvests()
    harvests.feed("https://x.org/oai/", "oai_dc")
    assert known_address(harvests, "https://x.org/oai") == "https://x.org/oai"


def test_a_catalogue_at_the_same_address_is_something_else(store: Store) -> None:
    put(store, "https://x.org/oai", "catalogue+scicat")
    known = known_address(store.harvests(), "https://x.org/oai/")
    assert known == "https://x.org/oai/"


def test_it_is_chosen_once() -> None:
    urls = ["https://x.org/oai", "https://x.org/oai/", "https://x.org/other"]
    assert [one.url for one in choose(urls)] == [urls[0], urls[2]]
