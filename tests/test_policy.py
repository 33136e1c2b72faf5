from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.codelists import licences
from panharvest.facilities import EmbargoPolicy, FacilityProfile, load_facilities
from panharvest.policy import Claims, Phase, Timeline, Visibility, decide
from panharvest.policy.computing import DEFAULT, add_period, policy_at
from panharvest.record import (
    Access,
    AccessStatus,
    Embargo,
    Identifier,
    Interval,
    Kind,
    Moment,
    Record,
    Text,
    Withdrawal,
)

SECRET = "Unicorn-under-embargo"
LAB = FacilityProfile(id="lab", name="Lab", country="FR", timezone="Europe/Paris")
ZONES = sorted(
    zone
    for zone in available_timezones()
    if zone.startswith(("Africa/", "America/", "Asia/", "Europe/", "Pacific/"))
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def measured(end: str | None = None, start: str | None = None) -> Record:
    """Give a record whose title must never be told."""
    interval = Interval(start and Moment(start), end and Moment(end))
    return Record(
        id=SECRET,
        kind=Kind.RAW,
        titles=(Text(SECRET),),
        collected=interval if start or end else None,
    )


def sight(timeline: Timeline, at: datetime) -> Visibility:
    """Give what is seen at an instant."""
    seen = timeline.phases[0].visibility
    for phase in timeline.phases[1:]:
        assert phase.start is not None
        if phase.start <= at:
            seen = phase.visibility
    return seen


def opens(timeline: Timeline, at: str) -> None:
    """Check that it is hidden a second before and open at an instant."""
    instant = utc(at)
    assert timeline.opens_at == instant
    assert sight(timeline, instant - timedelta(seconds=1)) is Visibility.HIDDEN
    assert sight(timeline, instant) is Visibility.OPEN


def stays_hidden(timeline: Timeline, code: str) -> None:
    assert timeline.opens_at is None
    assert [phase.visibility for phase in timeline.phases] == [Visibility.HIDDEN]
    assert timeline.code == code
    assert timeline.reason.startswith("hidden: ")
    assert "\n" not in timeline.reason
    assert SECRET not in timeline.reason


# --- the edge cases of access, by their numbers in the design ---------------------


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        # 1: local midnight in Paris is the day before in UTC: the later one
        ("Europe/Paris", "2024-06-01", "2024-06-01T00:00:00"),
        ("Asia/Tokyo", "2024-06-01", "2024-06-01T00:00:00"),
        ("America/Chicago", "2024-06-01", "2024-06-01T05:00:00"),
        ("Europe/London", "2024-01-15", "2024-01-15T00:00:00"),
        # 3: the nights of the clock changes
        ("Europe/Paris", "2024-03-31", "2024-03-31T00:00:00"),
        ("America/New_York", "2024-03-10", "2024-03-10T05:00:00"),
        ("America/New_York", "2024-03-11", "2024-03-11T04:00:00"),
        ("America/New_York", "2024-11-03", "2024-11-03T04:00:00"),
        # midnight itself is skipped
        ("Asia/Beirut", "2022-03-27", "2022-03-27T00:00:00"),
        ("America/Havana", "2024-03-10", "2024-03-10T05:00:00"),
        # a whole day is skipped
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00"),
    ],
)
def test_case_1_and_3_a_day_opens_at_its_later_midnight(
    zone: str, day: str, expected: str
) -> None:
    profile = replace(LAB, timezone=zone)
    timeline = decide(measured(), profile, Claims(release_date=Moment(day)))
    opens(timeline, expected)
    assert timeline.code == "embargo.release-date"


def test_case_2_an_unknown_zone_is_the_last_place_on_earth() -> None:
    day = decide(measured(), None, Claims(release_date=Moment("2024-06-01")))
    opens(day, "2024-06-01T12:00:00")
    time = decide(measured(), None, Claims(release_date=Moment("2024-06-01T10:00:00")))
    opens(time, "2024-06-01T22:00:00")


def test_case_3_a_repeated_hour_counts_as_the_later_one() -> None:
    repeated = Claims(release_date=Moment("2024-10-27T02:30:00"))
    opens(decide(measured(), LAB, repeated), "2024-10-27T01:30:00")
    skipped = Claims(release_date=Moment("2024-03-31T02:30:00"))
    opens(decide(measured(), LAB, skipped), "2024-03-31T01:30:00")


def test_case_4_three_years_after_29_february_are_1_march() -> None:
    opens(decide(measured("2024-02-29"), LAB, Claims()), "2027-03-01T00:00:00")
    clip = EmbargoPolicy(id="clip", period="P3Y", month_end="clip")
    profile = replace(LAB, policies=(clip,))
    opens(decide(measured("2024-02-29"), profile, Claims()), "2027-02-28T00:00:00")


def test_case_5_and_6_an_extension_moves_the_end() -> None:
    record = measured("2021-06-19T10:37:07+02:00")
    opens(decide(record, LAB, Claims()), "2024-06-19T00:00:00")
    extended = Claims(release_date=Moment("2025-06-19"))
    opens(decide(record, LAB, extended), "2025-06-19T00:00:00")


def test_case_7_an_early_release_is_the_operators_right() -> None:
    record = measured("2021-06-19T10:37:07+02:00")
    early = Claims(release_date=Moment("2021-07-01"))
    opens(decide(record, LAB, early), "2021-07-01T00:00:00")


def test_the_later_of_catalogue_and_policy_wins() -> None:
    record = measured("2021-06-19")
    early = replace(record, embargo=Embargo(end=Moment("2022-01-01")))
    late = replace(record, embargo=Embargo(end=Moment("2026-01-01")))
    opens(decide(early, LAB, Claims()), "2024-06-19T00:00:00")
    opens(decide(late, LAB, Claims()), "2026-01-01T00:00:00")
    assert decide(late, LAB, Claims()).code == "embargo.source-date"
    # without a policy the catalogue's date is all there is
    opens(decide(late, None, Claims()), "2026-01-01T12:00:00")
    # and the operator's word is above both
    said = Claims(release_date=Moment("2021-12-01"))
    opens(decide(late, LAB, said), "2021-12-01T00:00:00")


def test_case_10_public_with_a_future_date_waits_for_the_date() -> None:
    claims = Claims(public=True, release_date=Moment("2099-01-01"))
    opens(decide(measured(), LAB, claims), "2099-01-01T00:00:00")
    stays_hidden(decide(measured(), LAB, Claims(public=True)), "embargo.no-date")


def test_case_11_not_public_with_a_past_date_is_hidden() -> None:
    claims = Claims(public=False, release_date=Moment("2001-01-01"))
    stays_hidden(decide(measured(), LAB, claims), "embargo.not-public")


@pytest.mark.parametrize(
    "text",
    ["", "never", "null", "0001-01-01", "9999-12-31", "2024-02-30", "1970-01-01", "?"],
)
def test_case_12_a_date_that_is_none_hides(text: str) -> None:
    moment = Moment(text)
    operator = decide(measured("2001-01-01"), LAB, Claims(release_date=moment))
    stays_hidden(operator, "embargo.date-nonsense")
    catalogue = replace(measured("2001-01-01"), embargo=Embargo(end=moment))
    stays_hidden(decide(catalogue, LAB, Claims()), "embargo.date-nonsense")
    of_file = replace(measured(), collected=Interval(Moment("2001-01-01"), moment))
    stays_hidden(decide(of_file, LAB, Claims()), "embargo.date-nonsense")


def test_case_12_nothing_known_hides() -> None:
    stays_hidden(decide(measured(), LAB, Claims()), "embargo.no-date")
    empty = replace(measured(), collected=Interval())
    stays_hidden(decide(empty, LAB, Claims()), "embargo.no-date")
    unknown = decide(measured("2001-01-01"), None, Claims())
    stays_hidden(unknown, "embargo.unknown-facility")
    assert "name the facility" in unknown.reason


def test_case_13_the_policy_of_the_experiments_day_applies() -> None:
    old = EmbargoPolicy("old", "P5Y", date(2010, 1, 1), date(2019, 12, 31))
    new = EmbargoPolicy("new", "P18M", date(2020, 1, 1))
    profile = replace(LAB, policies=(old, new))
    opens(decide(measured("2019-12-31"), profile, Claims()), "2024-12-31T00:00:00")
    opens(decide(measured("2020-01-01"), profile, Claims()), "2021-07-01T00:00:00")
    # before the first policy: the default; in local time at the facility
    opens(decide(measured("2009-12-31"), profile, Claims()), "2012-12-31T00:00:00")
    last_hour = measured("2019-12-31T23:30:00Z")  # already 2020 in Paris
    assert decide(last_hour, profile, Claims()).policy == new
    assert policy_at(profile, date(2015, 1, 1)) == old
    assert policy_at(None, date(2015, 1, 1)) == DEFAULT


def test_case_14_proprietary_is_hidden_until_the_mark_is_gone() -> None:
    record = measured("2001-01-01")
    said = Claims(proprietary=True, public=True, release_date=Moment("2001-01-01"))
    stays_hidden(decide(record, LAB, said), "embargo.proprietary")
    opens(decide(record, LAB, Claims()), "2004-01-01T00:00:00")


def test_case_14_proposals_that_a_policy_excludes_stay_hidden() -> None:
    policy = EmbargoPolicy("p", "P3Y", exclude=(r"^in\d+-\d+$",))
    profile = replace(LAB, policies=(policy,))
    record = replace(
        measured("2001-01-01"),
        alternate_identifiers=(Identifier("IN1234-1", "Proposal"),),
        embargo=Embargo(end=Moment("2001-01-01")),
    )
    stays_hidden(decide(record, profile, Claims()), "embargo.excluded")
    stays_hidden(decide(record, profile, Claims(incomplete=True)), "embargo.incomplete")
    said = Claims(release_date=Moment("2002-01-01"))
    opens(decide(record, profile, said), "2002-01-01T00:00:00")
    usual = replace(record, alternate_identifiers=(), embargo=None)
    opens(decide(usual, profile, Claims()), "2004-01-01T00:00:00")


def test_case_15_withdrawn_stays_withdrawn() -> None:
    record = measured("2001-01-01")
    gone = Withdrawal(Moment("2010-05-01T08:00:00Z"), SECRET)
    timeline = decide(record, LAB, Claims(withdrawn=gone))
    assert timeline.code == "withdrawn"
    assert SECRET not in timeline.reason
    assert sight(timeline, utc("2004-01-01T00:00:00")) is Visibility.OPEN
    assert sight(timeline, utc("2010-05-01T07:59:59")) is Visibility.OPEN
    assert sight(timeline, utc("2010-05-01T08:00:00")) is Visibility.WITHDRAWN
    assert (
        timeline.phases
        == decide(replace(record, withdrawal=gone), LAB, Claims()).phases
    )


def test_case_15_withdrawn_before_release_never_opens() -> None:
    gone = Withdrawal(Moment("2002-01-01"), "wrong sample")
    timeline = decide(measured("2001-01-01"), LAB, Claims(withdrawn=gone))
    assert timeline.opens_at is None
    # the earliest reading of the day: midnight in Paris
    assert timeline.phases[1:] == (
        Phase(
            utc("2001-12-31T23:00:00"),
            Visibility.WITHDRAWN,
            "withdrawn on 2001-12-31T23:00:00Z",
        ),
    )


def test_case_15_a_withdrawal_whose_date_is_nonsense_holds_from_the_beginning() -> None:
    for profile in (LAB, None):
        gone = Withdrawal(Moment("soon"), "")
        timeline = decide(measured("2001-01-01"), profile, Claims(withdrawn=gone))
        assert [p.visibility for p in timeline.phases] == [Visibility.WITHDRAWN]
        assert timeline.phases[0].start is None


def test_case_16_a_licence_is_known_or_absent() -> None:
    esrf, ill = (load_facilities().get(key) for key in ("esrf", "ill"))
    released = decide(measured("2023-02-10"), esrf, Claims())
    assert released.policy is not None
    assert released.policy.licence_after == licences()["CC-BY-4.0"]
    before_any_policy = decide(measured("2012-02-10"), esrf, Claims())
    assert before_any_policy.policy == DEFAULT
    assert DEFAULT.licence_after is None
    assert ill is not None
    assert ill.licence is None


def test_case_17_fractions_are_rounded_up() -> None:
    for text, whole in (
        ("2024-06-01T10:00:00.000001Z", "2024-06-01T10:00:01"),
        ("2024-06-01T10:00:00Z", "2024-06-01T10:00:00"),
        ("2024-06-01T09:59:59.5+02:00", "2024-06-01T08:00:00"),
    ):
        opens(decide(measured(), LAB, Claims(release_date=Moment(text))), whole)


# --- the rest of the rules -----------------------------------------------------------


def test_a_month_or_a_year_opens_when_it_is_over() -> None:
    for text, expected in (
        ("2024-06", "2024-07-01T00:00:00"),
        ("2024", "2025-01-01T00:00:00"),
    ):
        claims = Claims(release_date=Moment(text))
        opens(decide(measured(), LAB, claims), expected)
        west = replace(LAB, timezone="America/Chicago")
        timeline = decide(measured(), west, claims)
        assert timeline.opens_at is not None
        assert timeline.opens_at.astimezone(ZoneInfo("America/Chicago")).hour == 0


def test_an_experiment_of_a_month_or_a_year_ends_with_it() -> None:
    opens(decide(measured("2021-02"), LAB, Claims()), "2024-02-28T00:00:00")
    opens(decide(measured("2021"), LAB, Claims()), "2024-12-31T00:00:00")


def test_the_end_counts_in_the_facilitys_day() -> None:
    late = measured("2021-06-19T23:30:00-05:00")  # the next morning in Paris
    opens(decide(late, LAB, Claims()), "2024-06-20T00:00:00")
    local = measured("2021-06-19T23:30:00")
    opens(decide(local, LAB, Claims()), "2024-06-19T00:00:00")


def test_without_an_end_the_start_and_a_week_count() -> None:
    record = measured(start="2021-06-19T10:00:00")
    timeline = decide(record, LAB, Claims())
    opens(timeline, "2024-06-26T00:00:00")
    assert "end is not known" in timeline.reason
    strict = replace(LAB, policies=(EmbargoPolicy("s", "P3Y", without_end="hidden"),))
    stays_hidden(decide(record, strict, Claims()), "embargo.no-end")


def test_an_end_before_the_start_counts_as_the_later_of_both() -> None:
    record = measured(end="2010-01-01", start="2021-06-19")
    opens(decide(record, LAB, Claims()), "2024-06-19T00:00:00")


def test_the_words_of_a_policy() -> None:
    record = measured(end="2021-06-19", start="2021-06-10")
    for changes, expected in (
        ({"anchor": "experiment_start"}, "2024-06-10T00:00:00"),
        ({"opens_at": "end_of_day"}, "2024-06-20T00:00:00"),
        ({"period": "P18M"}, "2022-12-19T00:00:00"),
        ({"period": "P1Y2M3W4D"}, "2022-09-13T00:00:00"),
        ({"period": "P90D"}, "2021-09-17T00:00:00"),
    ):
        policy = replace(EmbargoPolicy("p", "P3Y"), **changes)
        profile = replace(LAB, policies=(policy,))
        opens(decide(record, profile, Claims()), expected)


def test_month_ends_roll_forward() -> None:
    policy = EmbargoPolicy("p", "P18M")
    assert add_period(date(2020, 8, 30), policy) == date(2022, 3, 1)
    assert add_period(date(2020, 8, 31), policy) == date(2022, 3, 1)
    assert add_period(date(2022, 8, 31), replace(policy, period="P1M")) == date(
        2022, 10, 1
    )
    clip = replace(policy, month_end="clip")
    assert add_period(date(2020, 8, 31), clip) == date(2022, 2, 28)


def test_an_end_beyond_the_calendar_hides() -> None:
    for period in ("P9000Y", "P9999999D", "P100Y"):
        profile = replace(LAB, policies=(EmbargoPolicy("p", period),))
        stays_hidden(
            decide(measured("2150-01-01"), profile, Claims()), "embargo.date-nonsense"
        )


def test_a_profile_made_by_hand_may_be_wrong_but_opens_nothing() -> None:
    nowhere = replace(LAB, timezone="No/Such_Zone")
    stays_hidden(
        decide(measured("2001-01-01"), nowhere, Claims()), "embargo.date-nonsense"
    )
    dated = Claims(release_date=Moment("2001-01-01"))
    stays_hidden(decide(measured(), nowhere, dated), "embargo.date-nonsense")
    with pytest.raises(ValueError, match="3 years is not a period"):
        add_period(date(2001, 1, 1), EmbargoPolicy("p", "3 years"))


def test_a_policy_may_show_core_metadata_before() -> None:
    policy = EmbargoPolicy("p", "P3Y", during="metadata")
    profile = replace(LAB, policies=(policy,))
    timeline = decide(measured("2021-06-19"), profile, Claims())
    assert [p.visibility for p in timeline.phases] == [
        Visibility.METADATA,
        Visibility.OPEN,
    ]
    assert timeline.phases[1].start == utc("2024-06-19T00:00:00")
    later = Claims(release_date=Moment("2030-01-01"))
    moved = decide(measured("2021-06-19"), profile, later)
    assert moved.phases[0].visibility is Visibility.METADATA
    # what is not decided, or not to be seen, is not shown in part
    stays_hidden(decide(measured(), profile, Claims()), "embargo.no-date")
    for claims in (Claims(proprietary=True), Claims(public=False)):
        timeline = decide(measured("2021-06-19"), profile, claims)
        assert [p.visibility for p in timeline.phases] == [Visibility.HIDDEN]


@pytest.mark.parametrize(
    "status", [AccessStatus.RESTRICTED, AccessStatus.METADATA_ONLY]
)
def test_restricted_records_become_visible_like_others(status: AccessStatus) -> None:
    record = replace(measured("2021-06-19"), access=Access(status))
    opens(decide(record, LAB, Claims()), "2024-06-19T00:00:00")


def test_a_reason_tells_a_policy_from_an_assumption() -> None:
    known = replace(LAB, policies=(EmbargoPolicy("p", "P3Y", date(2020, 1, 1)),))
    for profile, end, words in (
        (LAB, "2021-06-19", "the default, as the policy of Lab is not known"),
        (known, "2021-06-19", "policy p of Lab"),
        (known, "2012-06-19", "the default, as no policy of Lab held then"),
    ):
        assert f"({words})" in decide(measured(end), profile, Claims()).reason


def test_known_policies_of_facilities() -> None:
    facilities = load_facilities()
    for key, end, expected in (
        ("esrf", "2023-02-10T14:37:24+01:00", "2026-02-10T00:00:00"),
        ("esrf", "2024-02-29", "2027-03-01T00:00:00"),
        ("ill", "2021-06-19T10:37:07", "2024-06-19T00:00:00"),
        ("hzb", "2023-03-08T12:58:06+01:00", "2028-03-08T00:00:00"),
        ("ess", "2024-10-28T09:18:14.376Z", "2027-10-28T00:00:00"),
        ("australian-synchrotron", "2024-09-11T03:33:14", "2027-09-11T00:00:00"),
        ("ncnr", "2014-10-01T18:36:08.671-04:00", "2017-10-01T04:00:00"),
    ):
        opens(decide(measured(end), facilities.get(key), Claims()), expected)
    known = {profile.id for profile in facilities if profile.policy_known}
    assert {"esrf", "ill", "hzb", "psi", "diamond"} <= known
    assert "ess" not in known
    assert all(p.during == "hidden" for f in facilities for p in f.policies)


# --- laws ----------------------------------------------------------------------------

days = st.dates(date(1992, 1, 1), date(2120, 1, 1))
zones = st.sampled_from(ZONES)
periods = st.sampled_from(["P3Y", "P5Y", "P18M", "P1M", "P90D", "P1Y6M"])
ends = st.builds(
    lambda day, seconds: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    days,
    st.integers(0, 86399),
)


def ended(at: datetime) -> Record:
    return measured(at.isoformat().replace("+00:00", "Z"))


@given(ends, ends, zones, periods)
def test_a_later_end_never_opens_earlier(
    one: datetime, other: datetime, zone: str, period: str
) -> None:
    profile = replace(LAB, timezone=zone, policies=(EmbargoPolicy("p", period),))
    first, second = sorted((one, other))
    earlier, later = (decide(ended(at), profile, Claims()) for at in (first, second))
    assert earlier.opens_at is not None
    assert later.opens_at is not None
    assert earlier.opens_at <= later.opens_at


@given(days, zones)
def test_never_before_midnight_at_the_facility_or_in_utc(day: date, zone: str) -> None:
    profile = replace(LAB, timezone=zone)
    claims = Claims(release_date=Moment(day.isoformat()))
    timeline = decide(measured(), profile, claims)
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    assert timeline.opens_at is not None
    assert timeline.opens_at >= local
    assert timeline.opens_at.date() >= day
    assert timeline.opens_at - local < timedelta(hours=15)


@given(ends, zones, periods)
def test_a_computed_end_is_a_day_that_many_years_later(
    end: datetime, zone: str, period: str
) -> None:
    policy = EmbargoPolicy("p", period)
    profile = replace(LAB, timezone=zone, policies=(policy,))
    timeline = decide(ended(end), profile, Claims())
    local = end.astimezone(ZoneInfo(zone)).date()
    assert timeline.opens_at is not None
    assert timeline.opens_at.astimezone(ZoneInfo(zone)).date() >= add_period(
        local, policy
    )


@given(days, days, periods)
def test_adding_a_period_keeps_the_order(one: date, other: date, period: str) -> None:
    policy = EmbargoPolicy("p", period)
    first, second = sorted((one, other))
    assert add_period(first, policy) <= add_period(second, policy)
    assert add_period(first, policy) >= add_period(
        first, replace(policy, month_end="clip")
    )


moments = st.none() | st.builds(
    Moment,
    st.sampled_from(["", "2024", "2024-06", "2024-06-01", "9999-12-31", "never"])
    | st.text(max_size=12)
    | ends.map(datetime.isoformat),
)


@given(
    st.builds(Interval, moments, moments) | st.none(),
    st.builds(Embargo, end=moments) | st.none(),
    st.builds(
        Claims,
        release_date=moments,
        public=st.none() | st.booleans(),
        proprietary=st.booleans(),
        withdrawn=st.none()
        | st.builds(Withdrawal, moments.filter(bool), st.just("reason")),
    ),
    st.none() | st.sampled_from(list(load_facilities())),
)
def test_any_input_gives_phases_in_order(
    collected: Interval | None,
    embargo: Embargo | None,
    claims: Claims,
    profile: FacilityProfile | None,
) -> None:
    record = replace(measured(), collected=collected, embargo=embargo)
    timeline = decide(record, profile, claims)
    assert timeline == decide(record, profile, claims)
    assert timeline.code
    assert SECRET not in timeline.reason
    assert "\n" not in timeline.reason
    starts = [phase.start for phase in timeline.phases]
    assert starts[0] is None
    assert all(start is not None and start.microsecond == 0 for start in starts[1:])
    assert starts[1:] == sorted(set(starts[1:]))
    opened = [p.start for p in timeline.phases if p.visibility is Visibility.OPEN]
    assert opened == ([timeline.opens_at] if timeline.opens_at else [])
    if claims.proprietary or claims.public is False:
        assert timeline.opens_at is None
    if claims.withdrawn:
        assert timeline.phases[-1].visibility is Visibility.WITHDRAWN
