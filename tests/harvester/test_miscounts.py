"""Repositories that promise more than they have: not believed at once, nor never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.harvester.miscounts import ALIKE
from panharvest.testing import FaultyProvider, faulty

if TYPE_CHECKING:
    from afield import Field

    from panharvest.testing.faulty import Fault

DAY = 86_400


def outcomes(afield: Field, url: str, times: int, **options: object) -> list[str]:
    """Harvest again and again, a day apart."""
    found = []
    for _ in range(times):
        found.append(afield.harvest(url, **options).status)
        afield.clock.advance(DAY)
    return found


def test_h58_the_same_difference_three_times_is_a_miscount(afield: Field) -> None:
    with FaultyProvider(
        30, clock=afield.clock, faults=[faulty.wrong_size(33)]
    ) as provider:
        assert outcomes(afield, provider.url, ALIKE) == [
            *(["incomplete"] * (ALIKE - 1)),
            "complete",
        ]
        done = afield.harvest(provider.url)
        assert done.status == "complete"
        # nobody is left in the belief that all is well
        afield.clock.advance(DAY)
        assert afield.harvest(provider.url, full=True).notes == (
            "list.miscounted: it promises 3 records more than it lists, as ever: it is "
            "taken to miscount",
        )


def test_h58_before_that_the_reason_says_how_far_it_is(afield: Field) -> None:
    with FaultyProvider(
        30, clock=afield.clock, faults=[faulty.wrong_size(33)]
    ) as provider:
        done = afield.harvest(provider.url)
        assert done.code == "list.short"
        assert "3 of 33 records did not come" in done.reason
        assert "this was number 1" in done.reason
        assert "trust_size" in done.reason


def test_h58_another_difference_begins_anew(afield: Field) -> None:
    with FaultyProvider(30, clock=afield.clock) as provider:
        for size in (33, 32, 33, 33):
            provider.use(faulty.wrong_size(size))
            assert outcomes(afield, provider.url, 1, full=True) == ["incomplete"]
        assert outcomes(afield, provider.url, 1, full=True) == ["complete"]
        provider.use(faulty.wrong_size(34))
        done = afield.harvest(provider.url, full=True)
        assert (done.status, done.code) == ("incomplete", "list.short")


def test_h58_once_it_counts_right_it_is_taken_at_its_word_again(afield: Field) -> None:
    with FaultyProvider(
        30, clock=afield.clock, faults=[faulty.wrong_size(33)]
    ) as provider:
        outcomes(afield, provider.url, ALIKE, full=True)
        provider.use()
        assert outcomes(afield, provider.url, 1, full=True) == ["complete"]
        provider.use(faulty.wrong_size(33))
        assert outcomes(afield, provider.url, 1, full=True) == ["incomplete"]


def test_h58_a_miscount_hides_no_lost_page(afield: Field) -> None:
    def losing(*faults: Fault) -> str:
        provider.use(faulty.wrong_size(52), *faults)
        afield.clock.advance(DAY)
        return afield.harvest(provider.url, full=True).status

    with FaultyProvider(50, clock=afield.clock) as provider:
        assert [losing() for _ in range(ALIKE)][-1] == "complete"
        assert losing(faulty.lost_page().at(page=3)) == "incomplete"
        # what ListIdentifiers has is fetched, as ever
        lost = faulty.lost_page().at(page=3, verbs="ListRecords")
        assert losing(lost) == "complete"


def test_h68_sweeps_of_a_repository_that_miscounts_end(afield: Field) -> None:
    with FaultyProvider(
        30, clock=afield.clock, faults=[faulty.wrong_size(33)]
    ) as provider:
        assert afield.harvest(provider.url, sweep=True).status == "incomplete"
        outcomes(afield, provider.url, ALIKE)
        done = afield.harvest(provider.url, sweep=True)
        assert (done.status, done.vanished) == ("complete", 0)
