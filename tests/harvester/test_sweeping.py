"""The sweep: what vanished, what appeared, and when to ask a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from panharvest.harvested import Standing
from panharvest.harvester import Quirks, SweepDone
from panharvest.testing import FaultyProvider, faulty
from panharvest.testing.faulty import EPOCH, Entry

if TYPE_CHECKING:
    from afield import Field

DAY = 86_400


def name(number: int) -> str:
    return f"oai:faulty.example.org:{number:06}"


def standing(afield: Field, number: int) -> Standing:
    return afield.records()[name(number)].standing


def swept(afield: Field) -> SweepDone | None:
    return next((e for e in afield.events if isinstance(e, SweepDone)), None)


def test_h68_missing_twice_is_vanished(afield: Field) -> None:
    with FaultyProvider(
        50, faults=[faulty.hides_deleted()], clock=afield.clock
    ) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert swept(afield) is None  # the first harvest knows them all
        provider.remove(name(3), name(4))
        afield.clock.advance(31 * DAY)
        assert afield.harvest(provider.url).vanished == 0
        found = swept(afield)
        assert found is not None
        assert (found.listed, found.missing, found.vanished) == (48, 2, 0)
        assert standing(afield, 3) is Standing.LIVE
        afield.clock.advance(31 * DAY)
        done = afield.harvest(provider.url)
        assert (done.status, done.vanished) == ("complete", 2)
        assert standing(afield, 3) is Standing.VANISHED
        # and when it is back it is back
        provider.put(Entry(name(3), int(afield.clock()), "Back"))
        afield.clock.advance(DAY)
        assert afield.harvest(provider.url).status == "complete"
        assert standing(afield, 3) is Standing.LIVE


def test_h68_missing_once_is_not(afield: Field) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        kept = provider.entries[7]
        for _ in range(3):
            provider.remove(name(7))
            afield.harvest(provider.url, sweep=True)
            provider.put(kept)
            done = afield.harvest(provider.url, sweep=True)
            assert (done.status, done.vanished) == ("complete", 0)
        assert standing(afield, 7) is Standing.LIVE


def test_h68_when_many_are_missing_a_person_is_asked(afield: Field) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        provider.remove(*(name(n) for n in range(12)))
        for _ in range(3):
            done = afield.harvest(provider.url, sweep=True)
            assert (done.status, done.code) == ("incomplete", "sweep.many-missing")
            assert "12 of 50 records" in done.reason
            assert "--accept-vanished" in done.reason
        assert standing(afield, 0) is Standing.LIVE
        done = afield.harvest(provider.url, sweep=True, accept_vanished=True)
        assert (done.status, done.vanished) == ("complete", 12)


def test_h68_a_broken_sweep_buries_nobody(afield: Field) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        for fault in (
            faulty.early_end().at(page=3, verbs="ListIdentifiers"),
            faulty.refused_token().at(page=3, verbs="ListIdentifiers"),
            faulty.outage_as_no_records().at(verbs="ListIdentifiers"),
            faulty.repeated_token().at(page=3, verbs="ListIdentifiers"),
            faulty.html_page().at(page=3, verbs="ListIdentifiers"),
        ):
            provider.use(fault)
            for _ in range(3):
                assert afield.harvest(provider.url, sweep=True).status == "incomplete"
        assert all(r.standing is Standing.LIVE for r in afield.records().values())


def test_h68_where_deletions_are_kept_it_is_told(afield: Field) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        provider.remove(name(1))
        afield.harvest(provider.url, sweep=True)
        assert "sweep.undeclared" in afield.notes()


def test_h69_records_that_appear_with_an_old_datestamp_are_found(
    afield: Field,
) -> None:
    """So does an embargo end at an ICAT site."""
    late = faulty.late(10 * DAY)
    with FaultyProvider(50, faults=[late], clock=afield.clock) as provider:
        assert afield.harvest(provider.url).new == 40
        afield.clock.advance(31 * DAY)
        done = afield.harvest(provider.url)
        assert (done.status, done.new) == ("complete", 10)
        found = swept(afield)
        assert found is not None
        assert (found.listed, found.fetched) == (50, 10)
        assert {r.identifier for r in afield.records().values()} == {
            entry.identifier for entry in provider.entries
        }
        assert provider.asked("GetRecord") == 10
        # and not again
        afield.clock.advance(31 * DAY)
        afield.harvest(provider.url)
        assert provider.asked("GetRecord") == 10


def test_h69_so_many_that_it_takes_several_harvests(afield: Field) -> None:
    late = faulty.late(10 * DAY)
    with FaultyProvider(100, faults=[late], clock=afield.clock) as provider:
        afield.harvest(provider.url)
        afield.clock.advance(31 * DAY)
        statuses = [
            afield.harvest(provider.url, max_fetch=8, sweep=n == 0).status
            for n in range(3)
        ]
        assert statuses == ["incomplete", "incomplete", "complete"]
        assert len(afield.records()) == 100
        assert provider.asked("GetRecord") == 20


def test_h69_one_that_cannot_be_had_is_quarantined_by_name(afield: Field) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        provider.put(Entry(name(900), EPOCH, "Late"))
        provider.use(faulty.status(500).at(verbs="GetRecord"))
        afield.clock.advance(31 * DAY)
        done = afield.harvest(provider.url)
        assert (done.status, done.quarantined) == ("complete", 1)
        (held,) = afield.store.harvests().quarantined()
        assert held.piece.identifier == name(900)
        assert held.piece.code == "record.unavailable"


@pytest.mark.parametrize("unwrapped", [True, False])
def test_h70_get_record_of_scicat_has_no_wrapper(
    afield: Field, unwrapped: bool
) -> None:
    faults = [faulty.unwrapped_get_record()] * unwrapped
    with FaultyProvider(20, faults=faults, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        provider.put(Entry(name(900), EPOCH, "Late"))
        assert afield.harvest(provider.url, sweep=True).new == 1


def test_a_changed_datestamp_is_fetched_too(afield: Field) -> None:
    with FaultyProvider(20, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        changed = provider.entries[5]
        provider.put(replace(changed, datestamp=changed.datestamp + 1, title="Changed"))
        assert afield.harvest(provider.url, sweep=True).changed == 1
        assert b"Changed" in afield.records()[name(5)].record


def test_the_sweep_is_of_all_sets(afield: Field) -> None:
    with FaultyProvider(40, clock=afield.clock) as provider:
        afield.harvest(provider.url, sets=("even",))
        afield.harvest(provider.url, sets=("odd",), sweep=True)
        found = swept(afield)
        assert found is not None
        assert (found.listed, found.missing) == (40, 0)


def test_when_it_is_due(afield: Field) -> None:
    with FaultyProvider(20, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        afield.clock.advance(5 * DAY)
        afield.harvest(provider.url)
        assert swept(afield) is None
        afield.harvest(provider.url, sweep_every=None)
        assert swept(afield) is None
        afield.harvest(provider.url, quirks=Quirks(sweep_every=4 * DAY))
        assert swept(afield) is not None
        afield.harvest(provider.url, quirks=Quirks(sweep_every=4 * DAY))
        assert swept(afield) is None


@pytest.mark.parametrize("bounded", [True, False])
def test_the_sweep_is_also_of_lists_that_never_came_to_their_end(
    afield: Field, bounded: bool
) -> None:
    """What they brought is listed nowhere else; a set that is not there stops none."""
    with FaultyProvider(16, page_size=2, clock=afield.clock) as provider:
        if bounded:
            whole = afield.harvest(provider.url, last="2100-01-01")
            assert whole.status == "complete"
        else:
            down = faulty.status(500).at(page=3)
            provider.use(down, faulty.identify_fails().at(after=1))
            cut = afield.harvest(provider.url, sets=("even",))
            assert (cut.status, cut.records) == ("incomplete", 4)
            provider.use()
        assert afield.harvest(provider.url, sets=("none",)).code == "set.unknown"
        for _ in range(3):
            done = afield.harvest(provider.url, sets=("odd",), sweep=True)
            assert (done.status, done.vanished) == ("complete", 0)
        assert standing(afield, 2) is Standing.LIVE
