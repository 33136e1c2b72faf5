"""An ICAT read by a service account: a date that has come is one key, visitors another.

What a service account is shown proves nothing of what is public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import catalogue_content as content
import pytest
from cataloguing import DAY, START, read_source, there

from panharvest.catalogued import Access
from panharvest.testing.catalogues import Answer, IcatServer
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.cataloguing import CatalogueDone
    from panharvest.protocols import Store

READER = Access(user="reader", password="a-password")
PAST, FUTURE = "2022-01-01T00:00:00+01:00", "2027-02-01T00:00:00+01:00"
ONE, TWO, THREE = (f"10.5442/nd{n:06}" for n in (1, 2, 3))


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def store(empty: Store) -> Store:
    return empty


@pytest.fixture
def server(clock: FrozenClock) -> Iterator[IcatServer]:
    """Give an ICAT with two investigations released, the second kept back, and one."""
    objects = {
        "Investigation": [
            content.investigation(1, PAST),
            content.investigation(2, PAST),
            content.investigation(3, FUTURE),
        ]
    }
    with IcatServer(objects=objects, clock=clock) as held:
        held.kept_back.add(("Investigation", 2))
        yield held


def read(
    server: IcatServer,
    store: Store,
    clock: FrozenClock,
    access: Access = READER,
    **extra: str,
) -> CatalogueDone:
    return read_source("icat", server.url, store, clock, access=access, extra=extra)


def test_what_visitors_do_not_see_stays_closed(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    done = read(server, store, clock)
    assert done.status == "complete"
    assert there(store, clock) == [ONE]
    assert done.held == {"embargo.not-public": 1}
    assert done.opening == {"2027-01-31": 1}
    assert "1 of them: those stay closed" in " ".join(done.notes)


def test_what_has_not_come_opens_by_its_date(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    read(server, store, clock)
    clock.set(START + 40 * DAY)  # nobody has run anything meanwhile
    assert there(store, clock) == [ONE, THREE]
    read(server, store, clock)
    assert there(store, clock) == [ONE, THREE]


def test_what_visitors_are_not_shown_when_its_date_comes_is_closed_again(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    read(server, store, clock)
    server.kept_back.add(("Investigation", 3))
    clock.set(START + 40 * DAY)
    read(server, store, clock)
    assert there(store, clock) == [ONE]


def test_rules_change_no_modification_time(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    read(server, store, clock)
    server.kept_back = {("Investigation", 1)}
    done = read(server, store, clock)
    assert there(store, clock) == [TWO]
    assert done.entries == 2  # what is the same is not read again
    server.kept_back = set()
    read(server, store, clock)
    assert there(store, clock) == [ONE, TWO]
    assert read(server, store, clock).entries == 0


def test_without_visitors_the_dates_decide_and_that_is_said(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    server.anonymous = False
    done = read(server, store, clock)
    assert there(store, clock) == [ONE, TWO]
    assert done.notes == (
        "it lets no anonymous visitor in: the release dates alone decide",
    )


@pytest.mark.parametrize("access", [READER, Access()])
def test_visitors_by_another_name(
    access: Access, server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    server.visitors = "anonymous"
    read(server, store, clock, access)
    assert there(store, clock) == [ONE]


def test_by_order_the_dates_decide(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    read(server, store, clock, anonymous="no")
    assert there(store, clock) == [ONE, TWO]
    assert sum(one.method == "POST" for one in server.log) == 1


def test_a_visitor_needs_no_second_look(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    done = read(server, store, clock, Access())
    assert there(store, clock) == [ONE]
    assert done.notes == ()
    assert sum(one.method == "POST" for one in server.log) == 1


def test_visitors_who_see_nothing_open_nothing(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    server.kept_back |= {("Investigation", n) for n in (1, 3)}
    done = read(server, store, clock)
    assert there(store, clock) == []
    assert "--option anonymous=no" in " ".join(done.notes)


def test_when_it_cannot_be_asked_nothing_is_taken_for_granted(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    """A visitor's session that fails ends the run; what was read opens nothing."""
    answers = [None] * 4  # version, properties, log in, objects
    server.faults = [*answers, *[Answer(500, {"message": "down"})] * 20]
    done = read(server, store, clock)
    assert done.status == "incomplete"
    assert there(store, clock) == []


def test_sessions_that_end_are_begun_anew(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    server.lifetime, server.most = 2, 1
    done = read(server, store, clock)
    assert (done.status, there(store, clock)) == ("complete", [ONE])


def test_datasets_by_the_date_of_their_investigation(
    server: IcatServer, store: Store, clock: FrozenClock
) -> None:
    parents = server.objects["Investigation"]
    server.objects["Dataset"] = [
        content.icat_dataset(n, parents[n - 1]) for n in (1, 2, 3)
    ]
    server.kept_back.add(("Dataset", 1))
    read(server, store, clock)
    assert len(there(store, clock)) == 2  # investigation 1, dataset 2
