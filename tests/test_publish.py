"""From raw to served, with a clock that stands still: embargo to the second."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from panharvest import tree
from panharvest.facilities import load_facilities
from panharvest.formats import FORMATS
from panharvest.mapping import load_tables
from panharvest.protocols import Item, Query, Raw, Store
from panharvest.publish import (
    Context,
    Outcome,
    await_visible,
    publish_all,
    publish_dataset,
    withdraw,
)
from panharvest.record import from_json
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock
from panharvest.tree import Group, Tree, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "Xyzzyonium"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def context() -> Context:
    return Context(load_tables(), load_facilities(), FORMATS)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(at("2024-01-10T12:00:00"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/s.db")
    yield opened
    opened.close()


def raw(
    name: str = "scan.nxs",
    end: str = "2021-06-19T10:37:07",
    title: str = SECRET,
    facility: str | None = "ill",
    dataset: str | None = None,
    **manifest: Any,
) -> Raw:
    fields = {"title": title, "end_time": end, "definition": "NXsas"}
    groups = [
        Group("/", "NXroot"),
        Group("/e", "NXentry", 0, {k: Value([v]) for k, v in fields.items() if v}),
    ]
    payload = tree.encode(Tree(name, 10, "HDF5", "", {}, groups))
    hints: dict[str, Any] = {"manifest": manifest} if manifest else {}
    if facility:
        hints["facility"] = facility
    return Raw(
        source="nexus",
        native_id=f"/disk/secret/{name}",
        dataset=dataset or f"/disk/secret/{name}",
        media_type=tree.MEDIA_TYPE,
        payload=payload,
        sha256=hashlib.sha256(payload).hexdigest(),
        hints=hints,
    )


def put(store: Store, context: Context, clock: FrozenClock, *raws: Raw) -> Outcome:
    with store.write(clock) as writer:
        for one in raws:
            writer.put_raw(one)
        return publish_dataset(writer, raws[0].dataset, context, clock())


def listed(
    store: Store, now: float, prefix: str = "oai_dc", **bounds: Any
) -> list[tuple[str, int, bool]]:
    query = Query(prefix, int(now), **bounds)
    return [(r.id, r.datestamp, r.deleted) for r in store.page(query, int(now))]


def test_a_record_appears_at_the_second_its_embargo_ends_at_the_facility(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    # 2021-06-19 + 3 years begins in Grenoble at 2024-06-18T22:00Z, in UTC two hours
    # later: from then on the date reads the same in both.
    outcome = put(store, context, clock, raw())
    opens = at("2024-06-19T00:00:00")
    assert outcome.state == "hidden"
    assert outcome.opens_at is not None
    assert outcome.opens_at.timestamp() == opens
    assert listed(store, opens - 1) == []
    assert store.get("ill/scan.nxs", "oai_dc", int(opens) - 1) is None
    assert store.sets(int(opens) - 1) == ()
    assert listed(store, opens) == [("ill/scan.nxs", int(opens), False)]


def test_a_facility_west_of_greenwich_opens_at_its_own_midnight(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    outcome = put(store, context, clock, raw(facility="ncnr"))
    assert outcome.opens_at is not None
    assert outcome.opens_at.timestamp() == at("2024-06-19T04:00:00")


def test_an_incremental_harvest_over_the_end_of_an_embargo_misses_nothing(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    put(store, context, clock, raw("old.nxs", end="2020-01-01T10:00:00+01:00"))
    put(store, context, clock, raw())
    clock.advance(5)
    first = listed(store, clock())
    assert [one[0] for one in first] == ["ill/old.nxs"]
    bookmark = int(clock())
    clock.set(at("2024-06-19T00:00:00"))
    assert listed(store, clock(), first=bookmark) == [
        ("ill/scan.nxs", int(clock()), False)
    ]


def test_a_released_record_comes_with_its_commit_time_not_its_embargo_date(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    put(store, context, clock, raw(end="2019-01-01T10:00:00+01:00"))
    clock.advance(2)
    [(_, stamp, _)] = listed(store, clock())
    assert at("2024-01-10T12:00:00") <= stamp <= clock()


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (raw(facility=None), "embargo.unknown-facility"),
        (raw(end=""), "embargo.no-date"),
        (raw(proprietary=True), "embargo.proprietary"),
        (raw(public=False), "embargo.not-public"),
    ],
)
def test_doubt_hides(
    store: Store, context: Context, clock: FrozenClock, one: Raw, code: str
) -> None:
    outcome = put(store, context, clock, one)
    assert (outcome.state, outcome.opens_at, outcome.code) == ("hidden", None, code)
    assert SECRET not in outcome.reason
    assert listed(store, at("2099-01-01T00:00:00")) == []


def test_a_withdrawn_record_stays_deleted_for_ever(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    put(store, context, clock, raw(end="2019-01-01T10:00:00+01:00"))
    clock.advance(60)
    before = listed(store, clock())
    outcome = withdraw(store, "ill/scan.nxs", "retracted", context, clock)
    assert (outcome.state, outcome.change) == ("withdrawn", "deleted")
    clock.advance(5)
    [(_, stamp, deleted)] = listed(store, clock())
    assert deleted
    assert stamp > before[0][1]
    clock.advance(60)
    assert [o.change for o in publish_all(store, context, clock)] == ["unchanged"]
    clock.advance(5)
    assert listed(store, clock()) == [("ill/scan.nxs", stamp, True)]


def test_withdrawing_what_is_not_there_says_so(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    with pytest.raises(KeyError):
        withdraw(store, "ill/none", "x", context, clock)


def test_publishing_again_changes_nothing(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    put(store, context, clock, raw(end="2019-01-01T10:00:00+01:00"))
    clock.advance(10)
    before = listed(store, clock())
    assert [o.change for o in publish_all(store, context, clock)] == ["unchanged"]
    clock.advance(10)
    assert listed(store, clock()) == before


def test_a_longer_policy_takes_back_what_was_public(
    store: Store, context: Context, clock: FrozenClock, tmp_path: Path
) -> None:
    put(store, context, clock, raw(end="2020-06-01T10:00:00+02:00"))
    clock.advance(10)
    assert [one[2] for one in listed(store, clock())] == [False]
    longer = _with_period(context, tmp_path, "P5Y")
    [outcome] = publish_all(store, longer, clock)
    assert (outcome.state, outcome.change) == ("hidden", "deleted")
    clock.advance(10)
    assert [one[2] for one in listed(store, clock())] == [True]
    opens = at("2025-06-01T00:00:00")
    assert [one[1:] for one in listed(store, opens)] == [(int(opens), False)]
    [outcome] = publish_all(store, _with_period(context, tmp_path, "P1Y"), clock)
    clock.advance(10)
    assert outcome.state == "open"
    assert [one[2] for one in listed(store, clock())] == [False]


def test_a_policy_may_show_core_metadata_during_the_embargo(
    store: Store, context: Context, clock: FrozenClock, tmp_path: Path
) -> None:
    early = _with_period(context, tmp_path, "P3Y", during="metadata")
    outcome = put(store, early, clock, raw())
    assert outcome.state == "embargoed"
    clock.advance(5)
    [row] = store.page(Query("_record", int(clock())), int(clock()))
    assert "access:embargoed" in row.sets
    assert "openaire_data" not in row.sets
    assert row.body is not None
    shown = from_json(row.body)
    assert shown.access is not None
    assert shown.access.status == "embargoed"
    assert not shown.techniques
    assert not shown.files
    opens = int(at("2024-06-19T00:00:00"))
    [row] = store.page(Query("_record", opens), opens)
    assert row.datestamp == opens
    assert "openaire_data" in row.sets
    assert row.body is not None
    assert from_json(row.body).techniques


def _with_period(
    context: Context, folder: Path, period: str, during: str = "hidden"
) -> Context:
    own = folder / f"{period}-{during}"
    own.mkdir()
    (own / "ill.toml").write_text(
        'id = "ill"\nname = "Institut Laue-Langevin"\ncountry = "FR"\n'
        'timezone = "Europe/Paris"\n[[policy]]\nid = "test"\n'
        f'period = "{period}"\nduring = "{during}"\n'
    )
    return replace(context, facilities=load_facilities(own))


def test_an_operators_release_date_decides_alone(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    outcome = put(store, context, clock, raw(release_date="2024-02-01"))
    assert outcome.opens_at is not None
    assert outcome.opens_at.timestamp() == at("2024-02-01T00:00:00")
    outcome = put(store, context, clock, raw(release_date="2024-01-10T12:02:00Z"))
    assert listed(store, at("2024-01-10T12:01:59")) == []
    assert len(listed(store, at("2024-01-10T12:02:00"))) == 1


def test_a_doi_that_arrives_gives_a_new_identifier_and_deletes_the_old(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    put(store, context, clock, raw(end="2019-01-01T10:00:00+01:00"))
    clock.advance(10)
    outcome = put(
        store,
        context,
        clock,
        raw(end="2019-01-01T10:00:00+01:00", doi="10.5291/ill-data.1"),
    )
    assert outcome.id == "10.5291/ill-data.1"
    clock.advance(10)
    assert {(one[0], one[2]) for one in listed(store, clock())} == {
        ("ill/scan.nxs", True),
        ("10.5291/ill-data.1", False),
    }


def test_two_files_of_one_name_are_two_records(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    one = raw(end="2019-01-01T10:00:00+01:00")
    other = replace(one, native_id="/disk/b/scan.nxs", dataset="/disk/b/scan.nxs")
    first, second = put(store, context, clock, one), put(store, context, clock, other)
    assert first.id == "ill/scan.nxs"
    assert second.id.startswith("ill/scan.nxs~")
    again = put(store, context, clock, other)
    assert again.id == second.id
    assert "disk" not in second.id


def test_files_of_one_dataset_are_one_record(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    pair = [
        raw(name, end=end, dataset="/disk/secret/membranes")
        for name, end in (("a.nxs", "2019-01-01"), ("b.nxs", "2019-03-01"))
    ]
    outcome = put(store, context, clock, *pair)
    assert outcome.id == "ill/membranes"
    clock.advance(5)
    row = store.get("ill/membranes", "_record", int(clock()))
    assert row is not None
    assert row.body is not None
    got = from_json(row.body)
    assert [f.name for f in got.files] == ["a.nxs", "b.nxs"]
    assert got.collected is not None
    assert got.collected.end is not None
    assert got.collected.end.text == "2019-03-01"


def test_what_is_wrong_is_held_back_and_told(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    creator = {"name": "", "nature": "personal"}
    outcome = put(
        store,
        context,
        clock,
        raw(end="2019-01-01T10:00:00+01:00", creators=[creator]),
    )
    assert (outcome.state, outcome.code) == ("hidden", "check.error")
    clock.advance(5)
    assert listed(store, clock()) == []


def test_no_path_of_the_site_is_in_what_is_served(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    put(store, context, clock, raw(end="2019-01-01T10:00:00+01:00"))
    clock.advance(5)
    for prefix in (*FORMATS, "_record"):
        row = store.get("ill/scan.nxs", prefix, int(clock()))
        assert row is not None
        assert row.body is not None
        assert b"/disk" not in row.body
        assert SECRET.encode() in row.body


def test_sets_are_those_of_facility_kind_access_and_techniques_with_ancestors(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    put(store, context, clock, raw(end="2019-01-01T10:00:00+01:00"))
    clock.advance(5)
    row = store.get("ill/scan.nxs", "oai_dc", int(clock()))
    assert row is not None
    assert {
        "openaire_data",
        "facility:ill",
        "kind:dataset",
        "access:open",
        "technique:PaNET01189",
        "technique:PaNET01124",
    } <= set(row.sets)
    assert "technique:PaNET00001" not in row.sets


def test_an_item_with_nothing_to_show_leaves_no_trace(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    with store.write(clock) as writer:
        assert writer.put_item(Item("a", "d", ())) == "hidden"
    assert listed(store, clock() + 10) == []


def test_one_dataset_that_cannot_be_mapped_does_not_stop_the_others(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    for name in ("a.nxs", "b.nxs", "c.nxs"):
        put(store, context, clock, raw(name, end="2019-01-01T10:00:00+01:00"))
    with store.write(clock) as writer:
        broken = raw("b.nxs", end="2019-01-01T10:00:00+01:00")
        payload = b'{"not": "a tree"}'
        digest = hashlib.sha256(payload).hexdigest()
        writer.put_raw(replace(broken, payload=payload, sha256=digest))
    clock.advance(10)
    outcomes = {o.id: o for o in publish_all(store, context, clock)}
    assert outcomes["ill/b.nxs"].state == "failed"
    assert "mapping failed" in outcomes["ill/b.nxs"].reason
    assert {outcomes[f"ill/{n}.nxs"].state for n in "ac"} == {"open"}
    clock.advance(10)
    assert all(not deleted for _, _, deleted in listed(store, clock()))


@pytest.mark.parametrize(
    ("native_id", "dataset"),
    [
        ("/disk/moved/scan.nxs", "/disk/moved/scan.nxs"),
        ("/disk/secret/scan.nxs", "/disk/secret/group"),
        ("/disk/secret/scan.nxs#/e", "/disk/secret/scan.nxs#/e"),
    ],
)
def test_what_was_withdrawn_stays_so_when_moved_grouped_or_split(
    store: Store, context: Context, clock: FrozenClock, native_id: str, dataset: str
) -> None:
    one = raw(end="2019-01-01T10:00:00+01:00")
    put(store, context, clock, one)
    withdraw(store, "ill/scan.nxs", "retracted", context, clock)
    outcome = put(
        store, context, clock, replace(one, native_id=native_id, dataset=dataset)
    )
    assert outcome.state == "withdrawn"
    clock.advance(10)
    assert all(deleted for _, _, deleted in listed(store, clock()))


def test_of_two_withdrawals_in_one_record_the_earlier_counts(
    store: Store, context: Context, clock: FrozenClock
) -> None:
    """And always the same one, whatever order a set of keys has in a process."""
    for name in "abcdefgh":
        pair = [raw(f"{name}{n}.nxs", end="2019-01-01T10:00:00+01:00") for n in (1, 2)]
        for one in pair:
            put(store, context, clock, one)
        for one in pair:
            clock.advance(86_400)
            if one is pair[0]:
                first = datetime.fromtimestamp(clock(), UTC).date()
            withdraw(store, f"ill/{one.native_id[13:]}", "retracted", context, clock)
        for one in reversed(pair):
            group = replace(one, dataset=f"/disk/secret/{name}")
            outcome = put(store, context, clock, group)
        assert outcome.reason.startswith(f"withdrawn on {first}T")


def test_a_command_ends_when_what_it_wrote_is_visible(
    store: Store,
    context: Context,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(store, context, clock, raw(end="2019-01-01T10:00:00+01:00"))
    assert listed(store, clock()) == []
    monkeypatch.setattr("time.sleep", clock.advance)
    await_visible(store, clock)
    assert len(listed(store, clock())) == 1
    before = clock()
    await_visible(store, clock)
    clock.advance(-7200)
    await_visible(store, clock)
    assert clock() == before - 7200


def test_a_document_that_breaks_a_rule_is_held_back() -> None:
    """The record passes the check; its DataCite would say two dates Available."""
    from samples import POWDER

    from panharvest.checks import check
    from panharvest.policy import Phase, Visibility
    from panharvest.publish.showing import checked
    from panharvest.record import DatedEvent, Level, Moment

    twice = replace(POWDER, dates=(DatedEvent("Available", Moment("2025-01-01")),))
    context = Context(load_tables(), load_facilities(), FORMATS)
    phase = Phase(None, Visibility.OPEN, "")
    assert not [p for p in check(twice) if p.level is Level.ERROR]
    assert [
        p.code for p in checked([(phase, twice)], context) if p.level is Level.ERROR
    ] == ["DC-DATE-004"]
    assert checked([(phase, POWDER), (phase, None)], context) == check(POWDER)
