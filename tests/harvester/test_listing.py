"""Lists read to their end, whatever the repository does on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panharvest.harvested import REPAIRED, Standing
from panharvest.harvester import EndpointStarted, PageDone, Quirks, RecordQuarantined
from panharvest.oai import format_datestamp
from panharvest.testing import FaultyProvider, faulty
from panharvest.testing.faulty import EPOCH, Entry, Fault, make_entries

if TYPE_CHECKING:
    from afield import Field

    from panharvest.harvester import EndpointDone
    from panharvest.testing.faulty import Call, Page

HOUR = 3600


def asked(provider: FaultyProvider, verb: str = "ListRecords") -> list[dict[str, str]]:
    """Give the arguments of every request of a verb, but for the verb."""
    calls = [call.arguments for call in provider.calls]
    return [
        {name: value for name, value in call.items() if name != "verb"}
        for call in calls
        if call.get("verb") == verb
    ]


def whole(afield: Field, provider: FaultyProvider) -> bool:
    return set(afield.records()) == {entry.identifier for entry in provider.entries}


# --- the way it should be ------------------------------------------------------------


def test_a_whole_list_and_then_what_changed(afield: Field) -> None:
    with FaultyProvider(35, clock=afield.clock) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.pages, done.records, done.new) == (
            *("complete", 4),
            *(35, 35),
        )
        assert whole(afield, provider)
        afield.clock.advance(10 * 86_400)
        now = int(afield.clock())
        provider.put(Entry("oai:faulty.example.org:new", now, "New"))
        done = afield.harvest(provider.url)
        assert (done.status, done.records, done.new) == ("complete", 1, 1)
        assert whole(afield, provider)


def test_h67_no_until_is_sent_and_from_is_the_bookmark_less_the_overlap(
    afield: Field,
) -> None:
    begun = int(afield.clock())
    with FaultyProvider(5, clock=afield.clock) as provider:
        afield.harvest(provider.url, overlap=600)
        afield.clock.advance(86_400)
        afield.harvest(provider.url, overlap=600)
        first, second = asked(provider)
    assert first == {"metadataPrefix": "oai_datacite"}
    assert second == {
        "metadataPrefix": "oai_datacite",
        "from": format_datestamp(begun - 600),
    }


def test_h67_a_window_by_hand_keeps_no_bookmark(afield: Field) -> None:
    with FaultyProvider(30, clock=afield.clock) as provider:
        done = afield.harvest(provider.url, first="2020-09-14", last="2020-09-14")
        assert done.status == "complete"
        assert 0 < len(afield.records()) < 30
        afield.harvest(provider.url)
        assert whole(afield, provider)


# --- H50: cuts -----------------------------------------------------------------------


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(at=st.floats(0, 1, exclude_max=True), page=st.integers(1, 4), data=st.data())
def test_h50_a_body_cut_anywhere_costs_nothing(
    afield: Field, at: float, page: int, data: st.DataObject
) -> None:
    cut = faulty.truncated_body(at).at(page=page, times=data.draw(st.integers(1, 3)))
    with FaultyProvider(20, page_size=5, faults=[cut]) as provider:
        done = afield.harvest(provider.url, full=True)
        assert done.status == "complete"
        assert whole(afield, provider)


def test_h50_a_page_that_is_always_cut_is_gone_around(afield: Field) -> None:
    cut = faulty.truncated_at(b"<metadata>").at(page=3)
    with FaultyProvider(50, faults=[cut]) as provider:
        done = afield.harvest(provider.url)
        assert done.status == "complete"
        assert whole(afield, provider)
        assert "list.reopened" in afield.notes()
        # and kept for whoever has to explain it
        held, *_ = afield.store.harvests().quarantined()
        assert held.piece.code == "page.cut"
        assert held.piece.raw.startswith(b"<?xml")


def test_h50_an_outage_is_incomplete_and_the_next_run_goes_on(afield: Field) -> None:
    down = faulty.status(500).at(page=3)
    dead = faulty.identify_fails()
    with FaultyProvider(50, faults=[down]) as provider:
        provider.use(down, dead.at(after=1))
        done = afield.harvest(provider.url)
        assert (done.status, done.pages) == ("incomplete", 2)
        provider.use()
        done = afield.harvest(provider.url)
        assert (done.status, done.pages) == ("complete", 3)
        assert whole(afield, provider)
        (started,) = [e for e in afield.events if isinstance(e, EndpointStarted)]
        assert started.resumed


# --- H53: errors under errors --------------------------------------------------------


def test_h53_an_oai_error_under_an_http_error_is_understood(afield: Field) -> None:
    with FaultyProvider(5, faults=[faulty.errors_with_status(422)]) as provider:
        done = afield.harvest(provider.url, prefix="made_up")
        assert (done.status, done.code) == ("failed", "format.unknown")
        assert "it has oai_dc, oai_datacite" in done.reason
        # what is empty since then is empty
        assert afield.harvest(provider.url).status == "complete"
        done = afield.harvest(provider.url, first="2030-01-01")
        assert (done.status, done.records) == ("complete", 0)


def test_h53_no_records_under_500_is_an_outage(afield: Field) -> None:
    with FaultyProvider(5, faults=[faulty.outage_as_no_records(500)]) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.code) == ("incomplete", "list.outage")


# --- H55: tokens that are refused ----------------------------------------------------


@pytest.mark.parametrize("sizes", [True, False])
def test_h55_a_list_goes_on_from_its_last_datestamp(afield: Field, sizes: bool) -> None:
    lost = faulty.refused_token().at(page=3, times=2)
    with FaultyProvider(50, faults=[lost], sizes=sizes) as provider:
        done = afield.harvest(provider.url)
        assert done.status == "complete"
        assert whole(afield, provider)
        again = [a["from"] for a in asked(provider) if "from" in a]
        # inclusive: the last datestamp that was seen
        assert again[0] == format_datestamp(EPOCH + 19 * HOUR)
        if not sizes:  # then what came before is verified
            assert asked(provider, "ListIdentifiers")[0] == {
                "metadataPrefix": "oai_datacite",
                "until": again[0],
            }


def test_h55_without_order_it_is_read_by_halves(afield: Field) -> None:
    tired = faulty.refused_token()  # no list gets further than one page
    faults = [tired, faulty.unsorted()]
    with FaultyProvider(40, faults=faults) as provider:
        done = afield.harvest(provider.url)
        assert done.status == "complete"
        assert whole(afield, provider)
        assert {frozenset(a) - {"metadataPrefix"} for a in asked(provider)} >= {
            frozenset({"until"}),
            frozenset({"from", "until"}),
            frozenset({"from"}),
        }


def test_h55_where_dates_do_not_help_it_is_incomplete(afield: Field) -> None:
    faults = [faulty.refused_token(), faulty.constant_datestamps("2020-01-01")]
    with FaultyProvider(40, faults=faults) as provider:
        done = afield.harvest(provider.url)
        assert done.status == "incomplete"
        assert afield.harvest(provider.url).status == "incomplete"


@pytest.mark.parametrize("seconds", [60, 120])
def test_h55_tokens_of_a_minute_are_enough(afield: Field, seconds: int) -> None:
    with FaultyProvider(
        50, faults=faulty.invenio(seconds), clock=afield.clock
    ) as provider:
        done = afield.harvest(provider.url, manners={"pace": 1.0})
        assert done.status == "complete"
        assert whole(afield, provider)


def test_h55_a_token_that_expires_overnight_does_no_harm(afield: Field) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        provider.use(
            faulty.status(500).at(page=4),
            faulty.identify_fails().at(after=1),
        )
        assert afield.harvest(provider.url).status == "incomplete"
        afield.clock.advance(86_400)
        provider.use(*faulty.invenio(60))
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)


# --- H56, H57: circles and empty pages -----------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        faulty.repeated_token(),
        *(faulty.cyclic_tokens(length) for length in (1, 2, 3, 5)),
        faulty.endless_list().at(page=3),
    ],
)
@pytest.mark.parametrize("sizes", [True, False])
def test_h56_a_list_that_goes_round_is_left(
    afield: Field, fault: Any, sizes: bool
) -> None:
    with FaultyProvider(60, faults=[fault], sizes=sizes) as provider:
        done = afield.harvest(provider.url, max_empty=20)
        assert (done.status, done.code) == ("incomplete", "list.loop")
        assert provider.asked() < 60
        # what was read is kept, and once it is mended the rest comes
        provider.use()
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)


def test_h56_so_is_one_of_nothing_but_empty_pages(afield: Field) -> None:
    with FaultyProvider(30, faults=[faulty.empty_page().at(page=2)]) as provider:
        done = afield.harvest(provider.url, max_empty=15)
        assert (done.status, done.code) == ("incomplete", "list.loop")
        assert "16 empty pages in a row" in done.reason


def test_h56_and_one_of_too_many_pages(afield: Field) -> None:
    with FaultyProvider(30) as provider:
        done = afield.harvest(provider.url, max_pages=2)
        assert (done.status, done.code) == ("incomplete", "list.loop")


@pytest.mark.parametrize("code", [201, 203, 206])
def test_h51_any_success_is_an_answer(afield: Field, code: int) -> None:
    """Proxies that change an answer say 203."""
    fault = Fault(
        name="status-other",
        meaning=f"says {code}",
        reply=lambda reply, _: replace(reply, status=code),
    )
    with FaultyProvider(30, faults=[fault]) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)


def test_h51_no_content_is_no_answer(afield: Field) -> None:
    fault = faulty.status(204, body=b"")
    with FaultyProvider(30, faults=[fault.at(page=2, times=1)]) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)
    with FaultyProvider(30, faults=[fault.at(verbs="ListRecords")]) as provider:
        done = afield.harvest(provider.url, manners={"attempts": 2})
        assert (done.status, done.code) == ("incomplete", "page.not-oai")


def test_h57_some_empty_pages_are_no_end(afield: Field) -> None:
    empty = faulty.empty_page().at(page=2, times=7)
    with FaultyProvider(30, faults=[empty]) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)


@pytest.mark.parametrize(
    "text", ["a+b c|d%e&f=g", "x/y?z#q", "ä ö", "100%", "%2B%20", "<&>'\""]
)
def test_h57_tokens_of_any_characters_come_back_as_they_are(
    afield: Field, text: str
) -> None:
    with FaultyProvider(30, faults=[faulty.odd_tokens(text)]) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)


# --- H58, H59: lists that are too short ----------------------------------------------


def test_h58_a_list_shorter_than_promised_is_incomplete(afield: Field) -> None:
    with FaultyProvider(30, faults=[faulty.wrong_size(31)]) as provider:
        done = afield.harvest(provider.url)
        assert done.status == "incomplete"
        (course,) = afield.store.harvests().courses(1).values()
        assert course.bookmark is None
        # a person may know better
        done = afield.harvest(provider.url, quirks=Quirks(trust_size=False))
        assert done.status == "complete"


def test_h58_what_a_page_left_out_is_fetched_one_by_one(afield: Field) -> None:
    """ListRecords leaves records out, ListIdentifiers does not."""
    lost = faulty.lost_page().at(page=3, verbs="ListRecords")
    with FaultyProvider(50, faults=[lost]) as provider:
        done = afield.harvest(provider.url)
        assert done.status == "complete"
        assert whole(afield, provider)
        assert len(asked(provider, "GetRecord")) == 10
        assert "list.completed" in afield.notes()


def test_h58_but_not_thousands_of_them(afield: Field) -> None:
    lost = faulty.lost_page().at(page=3, verbs="ListRecords")
    with FaultyProvider(50, faults=[lost]) as provider:
        done = afield.harvest(provider.url, max_fetch=5)
        assert (done.status, done.code) == ("incomplete", "list.short")


@pytest.mark.parametrize("element", [True, False])
@pytest.mark.parametrize("sizes", [True, False])
def test_h59_a_token_that_is_missing_is_no_end(
    afield: Field, element: bool, sizes: bool
) -> None:
    early = faulty.early_end(element=element).at(page=2)
    with FaultyProvider(50, faults=[early], sizes=sizes) as provider:
        done = afield.harvest(provider.url)
        assert whole(afield, provider) == (done.status == "complete")
        assert done.status == "complete"


@pytest.mark.parametrize("sizes", [True, False])
def test_h59_no_records_in_the_middle_is_no_end(afield: Field, sizes: bool) -> None:
    fault = faulty.no_records_in_list().at(page=3, times=2)
    with FaultyProvider(50, faults=[fault], sizes=sizes) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)
    with FaultyProvider(50, sizes=sizes) as provider:
        provider.use(faulty.outage_as_no_records().at(after=2))
        done = afield.harvest(provider.url)
        assert done.status == "incomplete"


def test_h59_an_empty_repository_is_not_believed(afield: Field) -> None:
    with FaultyProvider(5, clock=afield.clock) as provider:
        provider.use(faulty.outage_as_no_records())
        done = afield.harvest(provider.url)
        assert (done.status, done.code) == ("incomplete", "list.empty")
        provider.use()
        assert afield.harvest(provider.url).status == "complete"
        provider.use(faulty.outage_as_no_records())
        done = afield.harvest(provider.url, full=True)
        assert (done.status, done.code) == ("incomplete", "list.empty")
        assert "5 records of it are known" in done.reason


def test_h59_an_outage_does_not_move_the_bookmark(afield: Field) -> None:
    with FaultyProvider(5, clock=afield.clock) as provider:
        afield.harvest(provider.url, overlap=0)
        afield.clock.advance(1000)
        changed = int(afield.clock())
        provider.put(Entry("oai:faulty.example.org:new", changed, "New"))
        afield.clock.advance(1000)
        provider.use(faulty.outage_as_no_records())
        afield.harvest(provider.url, overlap=0)
        afield.clock.advance(1000)
        provider.use()
        afield.harvest(provider.url, overlap=0)
        assert whole(afield, provider)


def test_h59_a_round_number_without_size_is_suspicious(afield: Field) -> None:
    capped = faulty.no_paging(cap=1000)
    with FaultyProvider(1003, faults=[capped], sizes=False) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.code) == ("incomplete", "list.capped")
        done = afield.harvest(provider.url, quirks=Quirks(cap=5000), full=True)
        assert done.status == "complete"
    with FaultyProvider(1003, sizes=False) as provider:
        provider.use(capped.at(verbs="ListRecords"))
        done = afield.harvest(provider.url)
        assert done.status == "complete"
        assert whole(afield, provider)


# --- H60, H61: records that are bad --------------------------------------------------


def test_h60_a_bad_record_is_quarantined_and_freed_when_it_is_mended(
    afield: Field,
) -> None:
    with FaultyProvider(30, faults=[faulty.broken_tag().at(page=2)]) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.quarantined, done.records) == ("complete", 1, 30)
        (told,) = [e for e in afield.events if isinstance(e, RecordQuarantined)]
        (held,) = afield.store.harvests().quarantined()
        assert held.piece.identifier == told.identifier
        assert (held.piece.position, held.piece.code) == (
            told.position,
            "record.ill-formed",
        )
        assert held.piece.raw.startswith(b"<record>")
        assert "resumptionToken" in held.asked
        provider.use()
        afield.harvest(provider.url, full=True)
        assert whole(afield, provider)
        assert list(afield.store.harvests().quarantined()) == []


def test_h60_a_bad_version_does_not_replace_a_good_one(afield: Field) -> None:
    with FaultyProvider(5) as provider:
        afield.harvest(provider.url)
        before = afield.records()
        provider.use(faulty.empty_metadata())
        done = afield.harvest(provider.url, full=True)
        assert done.quarantined == 1
        assert {k: r.record for k, r in afield.records().items()} == {
            k: r.record for k, r in before.items()
        }


def test_h61_a_repaired_record_is_flagged_and_the_page_kept(afield: Field) -> None:
    with FaultyProvider(10, faults=[faulty.control_character()]) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.repaired) == ("complete", 1)
        flagged = [r for r in afield.records().values() if REPAIRED in r.flags]
        assert len(flagged) == 1


# --- H64, H65: dates -----------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        faulty.fractional_datestamps(),
        faulty.offset_datestamps("+02:00"),
        faulty.zoneless_datestamps(),
        faulty.invalid_datestamp(),
        faulty.no_datestamp(),
        faulty.constant_datestamps("2017-01-00T03:24:00Z"),
    ],
)
def test_h64_datestamps_of_any_form_lose_nothing(afield: Field, fault: Any) -> None:
    with FaultyProvider(30, faults=[fault]) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert whole(afield, provider)


@pytest.mark.parametrize("declared", [True, False])
def test_h65_days_where_seconds_are_refused(afield: Field, declared: bool) -> None:
    fault = faulty.day_granularity(declared=declared)
    with FaultyProvider(30, faults=[fault], clock=afield.clock) as provider:
        for _ in range(3):
            afield.clock.advance(86_400)
            provider.put(Entry(f"new {afield.clock()}", int(afield.clock()), "New"))
            assert afield.harvest(provider.url).status == "complete"
            assert whole(afield, provider)
        refused = [a for a in asked(provider) if len(a.get("from", "")) > 10]
        assert len(refused) == (0 if declared else 1)  # and never again
        assert ("granularity.day" in afield.notes()) is False


def test_h65_seconds_where_days_are_refused(afield: Field) -> None:
    faults = [faulty.no_days(), faulty.identify_says("granularity", "YYYY-MM-DD")]
    with FaultyProvider(30, faults=faults, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        afield.clock.advance(86_400)
        assert afield.harvest(provider.url).status == "complete"
        assert "granularity.second" in afield.notes()


def test_h65_where_no_date_is_accepted_everything_is_read(afield: Field) -> None:
    faults = [faulty.no_days(), faulty.day_granularity(declared=False)]
    with FaultyProvider(30, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        provider.use(*faults)
        afield.clock.advance(86_400)
        done = afield.harvest(provider.url)
        assert (done.status, done.records) == ("complete", 30)


# --- H66: bookmarks ------------------------------------------------------------------


def later(afield: Field, provider: FaultyProvider, seconds: float = 5000) -> None:
    """Go on, with a record that changes on the way."""
    afield.clock.advance(seconds / 2)
    now = int(afield.clock())
    provider.put(Entry(f"oai:faulty.example.org:{now}", now, "New"))
    afield.clock.advance(seconds / 2)


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [faulty.frozen_response_date()],
        [faulty.no_response_date()],
        [faulty.no_response_date("yesterday")],
        [faulty.shifted_response_date(+3000)],
        [faulty.shifted_response_date(-3000)],
        [faulty.local_time(-6), faulty.shifted_response_date(-6 * HOUR)],
        [faulty.local_time(+6), faulty.shifted_response_date(+6 * HOUR)],
        [faulty.constant_datestamps()],
        [faulty.ignores_selection()],
        list(faulty.scicat()),
        list(faulty.icat()),
        list(faulty.invenio()),
    ],
)
def test_h66_incremental_harvests_miss_nothing(
    afield: Field, faults: list[Any]
) -> None:
    with FaultyProvider(20, faults=faults, clock=afield.clock) as provider:
        for _ in range(4):
            assert afield.harvest(provider.url, overlap=0).status == "complete"
            assert whole(afield, provider)
            later(afield, provider)
        assert afield.harvest(provider.url, overlap=0).status == "complete"
        assert whole(afield, provider)


def test_h66_what_changes_while_a_list_is_read_comes_with_the_next(
    afield: Field,
) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        number = iter(range(1000))

        def change(page: Page, _: Call) -> Page:
            afield.clock.advance(10)
            now = int(afield.clock())
            name = f"oai:faulty.example.org:{next(number) % 20:06}"
            provider.put(Entry(name, now, f"Changed at {now}"))
            return page

        provider.use(Fault(name="changes", meaning="changes a record", page=change))
        afield.harvest(provider.url, overlap=0)
        provider.use()
        afield.clock.advance(100)
        assert afield.harvest(provider.url, overlap=0).status == "complete"
        wanted = {e.identifier: f"Changed at {e.datestamp}" for e in provider.entries}
        found = afield.records()
        for entry in provider.entries:
            if entry.title.startswith("Changed"):
                assert wanted[entry.identifier].encode() in (
                    found[entry.identifier].record
                )


def test_h66_an_incomplete_run_keeps_the_old_bookmark(afield: Field) -> None:
    with FaultyProvider(50, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        before = afield.store.harvests().courses(1)[""].bookmark
        afield.clock.advance(86_400)
        provider.use(faulty.wrong_size(5000))
        assert afield.harvest(provider.url, full=True).status == "incomplete"
        assert afield.store.harvests().courses(1)[""].bookmark == before


# --- H70: SciCat ---------------------------------------------------------------------


def test_h70_scicat_as_it_is(afield: Field) -> None:
    with FaultyProvider(300, faults=faulty.scicat(), clock=afield.clock) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.records, done.pages) == ("complete", 300, 1)
        assert "datestamps.constant" in afield.notes()
        afield.clock.advance(86_400)
        first = provider.entries[0]
        provider.put(replace(first, title="Changed in place"))
        done = afield.harvest(provider.url)
        assert (done.status, done.changed, done.unchanged) == ("complete", 1, 299)
        found = afield.records()[first.identifier]
        assert b"Changed in place" in found.record
        assert found.flags == ("header.attributes", "header.order")
        provider.use(*faulty.scicat(), faulty.outage_as_no_records(500))
        afield.clock.advance(86_400)
        assert afield.harvest(provider.url).status == "incomplete"
        assert whole(afield, provider)


def test_h70_its_limit_is_noticed(afield: Field) -> None:
    with FaultyProvider(60, faults=faulty.scicat(cap=50), sizes=False) as provider:
        done = afield.harvest(provider.url, quirks=Quirks(cap=50))
        assert (done.status, done.code) == ("incomplete", "list.capped")


# --- H71: sets -----------------------------------------------------------------------


def test_h71_the_union_of_sets_has_each_record_once(afield: Field) -> None:
    with FaultyProvider(40) as provider:
        done = afield.harvest(provider.url, sets=("even", "odd", "odd:first"))
        assert done.status == "complete"
        assert done.new == 40
        assert whole(afield, provider)
        assert set(afield.store.harvests().courses(1)) == {"even", "odd", "odd:first"}


def test_h71_a_set_that_is_added_to_a_record_is_a_change(afield: Field) -> None:
    with FaultyProvider(4) as provider:
        afield.harvest(provider.url)
        first = provider.entries[0]
        provider.put(replace(first, sets=("even", "new")))
        done = afield.harvest(provider.url, full=True)
        assert (done.changed, done.unchanged) == (1, 3)
        assert afield.records()[first.identifier].sets == ("even", "new")


def test_h71_no_sets_and_no_such_set_are_said(afield: Field) -> None:
    with FaultyProvider(4, sets=False) as provider:
        done = afield.harvest(provider.url, sets=("even",))
        assert (done.status, done.code) == ("failed", "sets.none")
    with FaultyProvider(4) as provider:
        done = afield.harvest(provider.url, sets=("evn",))
        assert (done.status, done.code) == ("failed", "set.unknown")
        assert "even" in done.reason


def test_h72_an_empty_identifier_is_put_aside(afield: Field) -> None:
    with FaultyProvider(30, faults=[faulty.empty_identifier().at(page=2)]) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.quarantined) == ("complete", 1)
        (held,) = afield.store.harvests().quarantined()
        assert held.piece.code == "record.no-identifier"


def test_h72_twice_on_a_page_is_told(afield: Field) -> None:
    with FaultyProvider(30, faults=[faulty.twice_on_a_page().at(page=2)]) as provider:
        assert afield.harvest(provider.url).status == "complete"
        assert "record.twice" in afield.notes()
        assert whole(afield, provider)


# --- deleted records -----------------------------------------------------------------


@pytest.mark.parametrize("faults", [[], [faulty.deleted_with_metadata()]])
def test_h68_deleted_records_are_tombstones(afield: Field, faults: list[Any]) -> None:
    entries = make_entries(20, deleted_every=5)
    with FaultyProvider(entries, faults=faults) as provider:
        done = afield.harvest(provider.url)
        assert (done.status, done.deleted) == ("complete", 4)
        gone = {
            k for k, r in afield.records().items() if r.standing is Standing.DELETED
        }
        assert gone == {entry.identifier for entry in entries if entry.deleted}


# --- whatever they do together -------------------------------------------------------

_SOME = st.sampled_from(
    [
        faulty.status(503),
        faulty.status(500),
        faulty.truncated_body(0.7),
        faulty.html_page(),
        faulty.refused_token(),
        faulty.no_records_in_list(),
        faulty.empty_page(),
        faulty.early_end(),
        faulty.lost_page(),
        faulty.repeated_token(),
        faulty.broken_tag(),
        faulty.control_character(),
        faulty.plain_doctype(),
        faulty.missing_metadata(),
        faulty.cut_connection(),
    ]
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    faults=st.lists(
        st.tuples(_SOME, st.integers(1, 5), st.sampled_from([1, 2, None])), max_size=4
    ),
    sizes=st.booleans(),
    unsorted=st.booleans(),
)
def test_h80_faults_together_lose_nothing_in_silence(
    afield: Field,
    faults: list[tuple[Any, int, int | None]],
    sizes: bool,
    unsorted: bool,
) -> None:
    made = [fault.at(page=page, times=times) for fault, page, times in faults]
    if unsorted:
        made.append(faulty.unsorted())
    with FaultyProvider(48, faults=made, sizes=sizes) as provider:
        done = afield.harvest(provider.url, full=True, max_empty=10)
        assert provider.asked() < 1500
        listed = {
            e.identifier
            for e in provider.entries
            if e.identifier in _listed(afield, provider.url)
        }
        missing = {e.identifier for e in provider.entries} - listed
        # without a size these look like a list that is right
        unseen = any(
            (fault.name == "lost-page" and not sizes)
            or (fault.name == "early-end" and (page == 1 or not sizes))
            for fault, page, _ in faults
        )
        if done.status == "complete" and not unseen:
            named = {h.piece.identifier for h in afield.store.harvests().quarantined()}
            assert missing <= named


def _listed(afield: Field, url: str) -> set[str]:
    harvests = afield.store.harvests()
    feed = harvests.feed(url, "oai_datacite")
    return {record.identifier for record in harvests.records(feed.num)}


def pages(events: list[Any]) -> list[PageDone]:
    return [event for event in events if isinstance(event, PageDone)]


def test_h78_progress_tells_how_far_it_is(afield: Field) -> None:
    with FaultyProvider(35) as provider:
        done: EndpointDone = afield.harvest(provider.url)
    told = pages(afield.events)
    assert [page.seen for page in told] == [10, 20, 30, 35]
    assert {page.size for page in told} == {35}
    assert sum(page.records for page in told) == done.records


def test_urls_with_arguments_of_their_own(afield: Field) -> None:
    with FaultyProvider(5) as provider:
        done = afield.harvest(f"{provider.url}?")
        assert done.status == "complete"
        assert provider.calls[0].arguments == {"verb": "Identify"}
