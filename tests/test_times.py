from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import h5py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.record import Interval, Moment
from panharvest.times import find_zone, hull, read_moment, to_instant

if TYPE_CHECKING:
    from pathlib import Path

PARIS = "Europe/Paris"

SPELLINGS = [
    # what a file says, canonical without a zone, canonical in Paris
    ("19-Jun-21 10:36:06", "2021-06-19T10:36:06", "2021-06-19T10:36:06+02:00"),
    ("2024-09-11 03:33:13.", "2024-09-11T03:33:13", "2024-09-11T03:33:13+02:00"),
    ("2007-09-03 16:16:36", "2007-09-03T16:16:36", "2007-09-03T16:16:36+02:00"),
    ("Fri Jun 03 17:38:36 2016", "2016-06-03T17:38:36", "2016-06-03T17:38:36+02:00"),
    ("Wed Feb 03 16:52:14 2016.", "2016-02-03T16:52:14", "2016-02-03T16:52:14+01:00"),
    ("11-May-2016 12:20:43", "2016-05-11T12:20:43", "2016-05-11T12:20:43+02:00"),
    ("June 3, 2016 5:38 PM", "2016-06-03T17:38:00", "2016-06-03T17:38:00+02:00"),
    ("2024-06-01T10:15", "2024-06-01T10:15:00", "2024-06-01T10:15:00+02:00"),
    ("2016:02:03 04:05:06", "2016-02-03T04:05:06", "2016-02-03T04:05:06+01:00"),
    ("20240911T033313", "2024-09-11T03:33:13", "2024-09-11T03:33:13+02:00"),
    ("2024-06-01T24:00:00", "2024-06-02T00:00:00", "2024-06-02T00:00:00+02:00"),
    (
        "2024-01-01T12:00:00.250",
        "2024-01-01T12:00:00.25",
        "2024-01-01T12:00:00.25+01:00",
    ),
]
ZONED = [
    ("2021-06-19T10:37:06+01", "2021-06-19T10:37:06+01:00"),
    ("2018-07-05T20:42:54.115537+0200", "2018-07-05T20:42:54.115537+02:00"),
    ("2001-02-07T08:54:21-0600", "2001-02-07T08:54:21-06:00"),
    ("2023-05-23 15:47:13 -0700", "2023-05-23T15:47:13-07:00"),
    ("2024-10-28T09:06:41.186Z", "2024-10-28T09:06:41.186Z"),
    ("2024-06-01T10:00:00.123456789Z", "2024-06-01T10:00:00.123456Z"),
    ("2022-01-27T03:35:00+00:00", "2022-01-27T03:35:00Z"),
    ("2022-01-27T03:35:00-00:00", "2022-01-27T03:35:00Z"),
    ("2024-06-01T10:00:00+01:00[Europe/Paris]", "2024-06-01T10:00:00+01:00"),
    ("Wed, 03 Feb 2016 16:51:31 +0530", "2016-02-03T16:51:31+05:30"),
    ("2024-06-01 10:00:00 UTC", "2024-06-01T10:00:00Z"),
    ("2024-06-01 10:00:00 GMT+2", "2024-06-01T10:00:00+02:00"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
]
NOT_TIMES = [
    "",
    "   ",
    "\0\0",
    "Unknown",
    "{Date and time of file creation}",
    "0000-01-01 00:00:00",
    "0001-01-01",
    "9999-12-31",
    "2024-02-30",
    "2023-02-29",
    "2017-01-00",
    "2017-00-01",
    "2017-13-01",
    "2024-06-01T25:00:00",
    "2024-06-01T10:61:00",
    "2024-06-01T10:00:00+15:00",
    "2024-06-01T10:00:00+01:75",
    "13:05 PM",
    "2024-06-01 13:05 PM",
    "31-Abc-2020",
    "3 Janvier 2020",
    "03/04/2021",
    "04.03.2021",
    "202406",
    "1454539891",
    "2459000.5",
    "1970-01-01T00:00:00",
    "1970-01-01T01:00:00+01:00",
    "1970-01-01",
    "1980-01-01 00:00:00",
    "1904-01-01T00:00:00Z",
    "1990-01-01T00:00:00",
    "never",
    "٢٠٢٤-٠١-٠١",
    "2024-06-01T10:00:00." + "0" * 80,
]


@pytest.mark.parametrize(("text", "local", "in_paris"), SPELLINGS)
def test_local_times_stay_local_unless_the_zone_is_given(
    text: str, local: str, in_paris: str
) -> None:
    assert read_moment(text) == Moment(local, None if local == text else text)
    assert read_moment(text, PARIS) == Moment(in_paris, text)
    assert read_moment(text, "No/Such_Zone") == read_moment(text)


@pytest.mark.parametrize(("text", "canonical"), ZONED)
@pytest.mark.parametrize("zone", [None, PARIS, "America/New_York"])
def test_an_offset_that_is_said_wins_over_the_zone(
    text: str, canonical: str, zone: str | None
) -> None:
    expected = Moment(canonical, None if canonical == text else text)
    assert read_moment(text, zone) == expected


@pytest.mark.parametrize("text", ["2024", "2024-06", "2024-06-01", "1990-01-01"])
def test_dates_keep_their_precision_and_get_no_zone(text: str) -> None:
    assert read_moment(text, PARIS) == Moment(text)


@pytest.mark.parametrize("text", NOT_TIMES)
def test_what_is_not_a_time_is_not_read(text: str) -> None:
    assert read_moment(text) is None
    assert read_moment(text, PARIS) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [("1-Jan-68", 2068), ("1-Jan-69", 1969), ("1-Jan-99", 1999), ("1-Jan-00", 2000)],
)
def test_two_digit_years_follow_posix(text: str, year: int) -> None:
    moment = read_moment(text)
    assert moment is not None
    assert moment.text == f"{year}-01-01"


def test_the_night_of_a_clock_change_stays_local() -> None:
    for text in ("2024-03-31T02:30:00", "2024-10-27T02:30:00"):
        assert read_moment(text, PARIS) == Moment(text)


def test_an_abbreviation_counts_only_where_the_zone_has_it() -> None:
    first = read_moment("Sun Oct 27 02:30:00 CEST 2024", PARIS)
    second = read_moment("Sun Oct 27 02:30:00 CET 2024", PARIS)
    stranger = read_moment("Sun Oct 27 02:30:00 EST 2024", PARIS)
    alone = read_moment("2024-06-01 10:00:00 CEST")
    assert first and first.text == "2024-10-27T02:30:00+02:00"
    assert second and second.text == "2024-10-27T02:30:00+01:00"
    assert stranger and stranger.text == "2024-10-27T02:30:00"
    assert alone and alone.text == "2024-06-01T10:00:00"


def test_every_time_of_the_real_files_is_read(shared: Path) -> None:
    spellings: dict[str, str] = {}

    def note(place: str, value: object) -> None:
        value = getattr(value, "flat", [value])[0]
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        spellings.setdefault(text.strip(), place)

    for file in sorted((shared / "nexus").rglob("*.*")):
        if not h5py.is_hdf5(file):
            continue
        with h5py.File(file) as root:
            if "file_time" in root.attrs:
                note(f"{file.name}@file_time", root.attrs["file_time"])

            def visit(name: str, node: object, file: Path = file) -> None:
                wanted = name.endswith(("/start_time", "/end_time"))
                if wanted and isinstance(node, h5py.Dataset) and node.size == 1:
                    note(f"{file.name}:{name}", node[()])

            root.visititems(visit)
    assert len(spellings) > 50
    unread = {text for text in spellings if read_moment(text) is None}
    assert unread == {"", "{Date and time of file creation}"}


zones = st.sampled_from(
    [
        "Europe/Paris",
        "America/Chicago",
        "Asia/Tokyo",
        "Australia/Melbourne",
        "Asia/Amman",
    ]
)
wall_times = st.datetimes(
    min_value=datetime.fromisoformat("1991-01-02"),
    max_value=datetime.fromisoformat("2150-01-01"),
).map(lambda t: t.replace(fold=0))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(wall_times)
def test_a_local_time_never_gets_a_zone_by_itself(at: datetime) -> None:
    for text in (at.isoformat(), at.isoformat(" "), at.strftime("%d-%b-%Y %H:%M:%S")):
        moment = read_moment(text)
        assert moment is not None
        assert moment.has_time
        assert not moment.zone_known


@given(wall_times, offsets)
def test_the_instant_that_is_said_is_the_instant_that_is_read(
    at: datetime, offset: timezone
) -> None:
    said = at.replace(tzinfo=offset)
    for text in (said.isoformat(), said.strftime("%Y-%m-%d %H:%M:%S.%f%z")):
        moment = read_moment(text)
        assert moment is not None
        assert to_instant(moment, None) == said
        assert datetime.fromisoformat(moment.text) == said


@given(
    wall_times, st.none() | zones, st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d", "%c"])
)
def test_canonical_text_reads_as_itself(
    at: datetime, zone: str | None, form: str
) -> None:
    moment = read_moment(at.strftime(form), zone)
    assert moment is not None
    assert read_moment(moment.text) == Moment(moment.text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    moment = read_moment(text, PARIS)
    assert moment is None or read_moment(moment.text) == Moment(moment.text)


@given(wall_times, zones)
def test_the_edges_enclose_every_reading(at: datetime, zone: str | None) -> None:
    place = find_zone(zone)
    moment = Moment(at.isoformat())
    readings = [at.replace(tzinfo=place, fold=fold) for fold in (0, 1)]
    earliest, latest = (to_instant(moment, zone, e) for e in ("earliest", "latest"))
    assert earliest is not None
    assert latest is not None
    assert earliest == min(r.astimezone(UTC) for r in readings)
    assert latest == max(r.astimezone(UTC) for r in readings)


@pytest.mark.parametrize(
    ("text", "first", "over"),
    [
        ("2024-06-01", "2024-05-31T22:00:00+00:00", "2024-06-01T22:00:00+00:00"),
        ("2024-06", "2024-05-31T22:00:00+00:00", "2024-06-30T22:00:00+00:00"),
        ("2024-12", "2024-11-30T23:00:00+00:00", "2024-12-31T23:00:00+00:00"),
        ("2024", "2023-12-31T23:00:00+00:00", "2024-12-31T23:00:00+00:00"),
    ],
)
def test_a_date_has_a_beginning_and_an_end(text: str, first: str, over: str) -> None:
    moment = Moment(text)
    assert to_instant(moment, PARIS) == datetime.fromisoformat(first)
    assert to_instant(moment, PARIS, "latest") == datetime.fromisoformat(over)


def test_a_day_that_begins_in_a_skipped_hour_begins_at_the_change() -> None:
    # Beirut went from 00:00 to 01:00 on 2022-03-27
    begins = to_instant(Moment("2022-03-27"), "Asia/Beirut")
    assert begins == datetime(2022, 3, 26, 22, tzinfo=UTC)


def test_an_instant_needs_a_zone_and_a_time() -> None:
    assert to_instant(Moment("2024-06-01"), None) is None
    assert to_instant(Moment("2024-06-01"), "Mars/Phobos") is None
    assert to_instant(Moment("2024-06-01"), "Europe") is None
    assert to_instant(Moment("never"), PARIS) is None
    assert to_instant(Moment("9999"), PARIS, "latest") is None


def test_the_hull_spans_all_intervals() -> None:
    early, late = Moment("2024-01-01T10:00:00Z"), Moment("2024-01-03T10:00:00Z")
    day = Moment("2024-01-03")
    assert hull([]) is None
    assert hull([Interval()]) is None
    assert hull([Interval(early, None)]) == Interval(early, None)
    assert hull([Interval(None, late), Interval(early, early)]) == Interval(early, late)
    # a day reaches further than an hour of it
    assert hull([Interval(early, late), Interval(None, day)]) == Interval(early, day)
    # what began later was not over before
    assert hull([Interval(early, early), Interval(late, None)]) == Interval(early, late)
    # what is not a time never wins
    assert hull(
        [Interval(Moment("?"), Moment("?")), Interval(early, late)]
    ) == Interval(early, late)


moments = wall_times.map(lambda t: Moment(t.isoformat() + "Z"))
intervals = st.builds(Interval, st.none() | moments, st.none() | moments)


@given(st.lists(intervals, max_size=5))
def test_no_interval_reaches_out_of_the_hull(parts: list[Interval]) -> None:
    whole = hull(parts)
    for part in parts:
        if part.start:
            assert whole and whole.start
            assert to_instant(whole.start, None) <= to_instant(part.start, None)
        if part.end:
            assert whole and whole.end
            assert to_instant(part.end, None) <= to_instant(whole.end, None)


@given(intervals)
def test_the_hull_of_one_is_that_one(part: Interval) -> None:
    assert hull([part]) == (part if part.start or part.end else None)
