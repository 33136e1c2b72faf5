"""The 24 edge cases of access, each through the whole of publishing, clock in hand.

``see`` gives what a harvester and a visitor get at an instant; a case is a list of
instants with what is to be seen at each.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from panharvest.building import build_context
from panharvest.catalogued import Entry
from panharvest.cataloguing import keep_entry
from panharvest.config import Settings
from panharvest.embargoes import survey
from panharvest.facilities import EmbargoPolicy, Facilities, FacilityProfile
from panharvest.mapping.entries import MEDIA_TYPE
from panharvest.policy import Claims, Says, decide
from panharvest.protocols import Query, Raw
from panharvest.publish import publish_all, withdraw
from panharvest.record import Kind, Licence, Moment, Record
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.protocols import Store
    from panharvest.publish import Context

SECRET = "Unicorn-Under-Embargo"
POLICY = EmbargoPolicy(
    id="lab-1", period="P3Y", licence_after=Licence(spdx="CC-BY-4.0")
)
LAB = FacilityProfile(
    id="lab",
    name="Test Lab",
    country="FR",
    timezone="Europe/Paris",
    aliases=("LAB-X",),
    policies=(POLICY,),
)
BASE = build_context(Settings())


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def document(**more: Any) -> dict[str, Any]:
    """Give a document of a search API."""
    return {
        "pid": "10.99999/case",
        "doi": "10.99999/case",
        "type": "publication",
        "isPublic": True,
        "title": SECRET,
        "startDate": "2021-01-01T00:00:00Z",
        "endDate": "2021-01-05T00:00:00Z",
        **more,
    }


def investigation(**more: Any) -> dict[str, Any]:
    """Give an investigation of an ICAT."""
    return {
        "id": 1,
        "name": "MA-1",
        "visitId": "1",
        "doi": "10.99999/case",
        "title": SECRET,
        "startDate": "2021-01-01T08:00:00+01:00",
        "endDate": "2021-01-05T08:00:00+01:00",
        "releaseDate": "2024-06-01",
        "facility": {"name": "LAB-X"},
        **more,
    }


@dataclass
class Desk:
    """A store, a clock, and what is published with them."""

    store: Store
    clock: FrozenClock
    context: Context

    def under(self, **policy: Any) -> Desk:
        """Put the facility under another policy."""
        profile = replace(LAB, policies=(replace(POLICY, **policy),))
        return self.of(profile)

    def of(self, *profiles: FacilityProfile) -> Desk:
        self.context = replace(BASE, facilities=Facilities(profiles))
        return self

    def put(
        self,
        document: dict[str, Any],
        entity: str = "Document",
        system: str = "searchapi",
        key: str = "case",
        manifest: dict[str, Any] | None = None,
    ) -> Desk:
        """Keep and publish a document at the clock's instant."""
        entry = Entry(f"{entity}:{key}", system, entity, document, local=key)
        hints: dict[str, Any] = {"facility": "lab"}
        if manifest:
            hints["manifest"] = manifest
        with self.store.write(self.clock) as writer:
            keep_entry(
                writer, entry, "catalogue+x:y", hints, self.context, self.clock()
            )
        self.clock.advance(2)
        return self

    def see(self, text: str, prefix: str = "oai_datacite") -> str:
        """Give what is shown at an instant: hidden, gone, core or open."""
        instant = int(at(text))
        row = self.store.get("10.99999/case", prefix, instant)
        if row is None:
            return "hidden"
        if row.deleted:
            return "gone"
        assert row.body is not None
        assert row.datestamp <= instant
        return "core" if b"embargoedAccess" in row.body else "open"

    def body(self, text: str, prefix: str = "oai_datacite") -> bytes:
        row = self.store.get("10.99999/case", prefix, int(at(text)))
        return b"" if row is None or row.body is None else row.body

    def listed(self, text: str) -> set[str]:
        instant = int(at(text))
        rows = self.store.page(Query("oai_dc", instant, limit=1000), instant)
        return {row.id for row in rows if not row.deleted}

    def code(self) -> str:
        (facts,) = (f for i, f in self.store.facts() if i == "10.99999/case")
        return str(facts["code"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(open_store(f"sqlite:///{tmp_path}/s.db", create=True)) as store:
        yield Desk(store, FrozenClock(at("2023-01-01")), BASE).of(LAB)


# case, system and entity, document, policy, and what is seen when
HIDDEN, OPEN, CORE = "hidden", "open", "core"
Sights = list[tuple[str, str]]
ICAT = ("icat", "Investigation")
PANOSC = ("searchapi", "Document")
MATRIX: list[tuple[str, tuple[str, str], dict[str, Any], dict[str, Any], Sights]] = [
    (
        "1 a day without time opens at its later midnight",
        ICAT,
        investigation(releaseDate="2024-06-01"),
        {"release_source": "source"},
        [("2024-05-31T23:59:59", HIDDEN), ("2024-06-01T00:00:00", OPEN)],
    ),
    (
        "3 the night of the clock change",
        ICAT,
        investigation(releaseDate="2024-03-31T02:30:00"),
        {"release_source": "source"},
        [("2024-03-31T00:29:59", HIDDEN), ("2024-03-31T02:00:00", OPEN)],
    ),
    (
        "4 three years after 29 February is 1 March",
        ICAT,
        investigation(
            startDate="2024-02-28T08:00:00+01:00",
            endDate="2024-02-29T12:00:00+01:00",
            releaseDate=None,
        ),
        {"without_source_date": "policy"},
        [("2027-02-28T23:59:59", HIDDEN), ("2027-03-01T00:00:00", OPEN)],
    ),
    (
        "the later of catalogue and policy",
        ICAT,
        investigation(releaseDate="2023-06-01"),
        {},
        [("2023-12-31T00:00:00", HIDDEN), ("2024-01-05T00:00:00", OPEN)],
    ),
    (
        "7 early release where the policy lets the catalogue decide",
        ICAT,
        investigation(releaseDate="2023-06-01"),
        {"release_source": "source"},
        [("2023-05-31T23:59:59", HIDDEN), ("2023-06-01T00:00:00", OPEN)],
    ),
    (
        "10 public with a date in the future waits for it",
        PANOSC,
        document(releaseDate="2025-01-01T00:00:00Z"),
        {},
        [("2024-12-31T23:59:59", HIDDEN), ("2025-01-01T00:00:00", OPEN)],
    ),
    (
        "10 unless the flag wins",
        PANOSC,
        document(releaseDate="2025-01-01T00:00:00Z"),
        {"public_flag": "flag_wins"},
        [("2023-01-02T00:00:00", OPEN)],
    ),
    (
        "11 not public with a date in the past is hidden",
        PANOSC,
        document(isPublic=False, releaseDate="2020-01-01T00:00:00Z"),
        {},
        [("2030-01-01T00:00:00", HIDDEN)],
    ),
    (
        "11 unless the date wins",
        PANOSC,
        document(isPublic=False, releaseDate="2020-01-01T00:00:00Z"),
        {"public_flag": "date_wins", "release_source": "source"},
        [("2023-01-02T00:00:00", OPEN)],
    ),
    *(
        (
            f"12 a release date {text!r} hides",
            PANOSC,
            document(releaseDate=text),
            {},
            [("2030-01-01T00:00:00", HIDDEN), ("2100-01-01T00:00:00", HIDDEN)],
        )
        for text in ("", "never", "0001-01-01T00:00:00Z", "31/12/2020", 0, True, [])
    ),
    (
        "12 a release date of null is none: the flag decides",
        PANOSC,
        document(releaseDate=None),
        {},
        [("2023-01-02T00:00:00", OPEN)],
    ),
    (
        "12 no flag at all is not public",
        PANOSC,
        {k: v for k, v in document().items() if k != "isPublic"},
        {},
        [("2030-01-01T00:00:00", HIDDEN)],
    ),
    (
        "12 a flag that is text is not public",
        PANOSC,
        document(isPublic="true"),
        {},
        [("2030-01-01T00:00:00", HIDDEN)],
    ),
    (
        "12 an ICAT without release date stays hidden",
        ICAT,
        investigation(releaseDate=None),
        {},
        [("2100-01-01T00:00:00", HIDDEN)],
    ),
    (
        "14 excluded proposals",
        ICAT,
        investigation(name="IN-7"),
        {"exclude": ("^in-",)},
        [("2100-01-01T00:00:00", HIDDEN)],
    ),
    (
        "14 excluded types of experiments",
        ICAT,
        investigation(type={"name": "Commissioning"}),
        {"exclude_types": ("commissioning",)},
        [("2100-01-01T00:00:00", HIDDEN)],
    ),
    (
        "documents of a kind that is never shown",
        PANOSC,
        document(type="proposal"),
        {"documents": (("proposal", "hidden"),)},
        [("2100-01-01T00:00:00", HIDDEN)],
    ),
    (
        "a facility's days until release are a lower bound",
        ICAT,
        investigation(
            releaseDate="2023-06-01",
            facility={"name": "LAB-X", "daysUntilRelease": 1826},
        ),
        {"release_source": "source"},
        [("2026-01-04T00:00:00", HIDDEN), ("2026-01-06T00:00:00", OPEN)],
    ),
    (
        "days until release, written as a text",
        ICAT,
        investigation(
            releaseDate="2023-06-01",
            facility={"name": "LAB-X", "daysUntilRelease": "1826"},
        ),
        {"release_source": "source"},
        [("2026-01-04T00:00:00", HIDDEN), ("2026-01-06T00:00:00", OPEN)],
    ),
    *(
        (
            f"days until release that lead to no date: {days}",
            ICAT,
            investigation(
                releaseDate="2023-06-01",
                facility={"name": "LAB-X", "daysUntilRelease": days},
            ),
            {"release_source": "source"},
            [("2100-01-01T00:00:00", HIDDEN)],
        )
        for days in (10**6, 10**12, "three years", [1])
    ),
    (
        "core metadata during the embargo",
        PANOSC,
        document(releaseDate="2025-01-01T00:00:00Z"),
        {"during": "metadata"},
        [("2023-01-02T00:00:00", CORE), ("2025-01-01T00:00:00", OPEN)],
    ),
    (
        "all metadata during the embargo",
        PANOSC,
        document(releaseDate="2025-01-01T00:00:00Z", summary="In full"),
        {"during": "all"},
        [("2023-01-02T00:00:00", CORE), ("2025-01-01T00:00:00", OPEN)],
    ),
]


@pytest.mark.parametrize(
    ("kind", "given", "policy", "sights"),
    [row[1:] for row in MATRIX],
    ids=[row[0] for row in MATRIX],
)
def test_what_is_seen_when(
    kind: tuple[str, str],
    given: dict[str, Any],
    policy: dict[str, Any],
    sights: Sights,
    desk: Desk,
) -> None:
    system, entity = kind
    desk.under(**policy).put(given, entity, system)
    assert [(when, desk.see(when)) for when, _ in sights] == sights
    for when, state in sights:
        if state == HIDDEN:
            assert not desk.body(when)


def test_case_2_an_unknown_zone_is_the_last_place_on_earth() -> None:
    record = Record(id="x", kind=Kind.RAW)
    said = Claims(catalogue=Says(dates=(Moment("2024-06-01"),), needs_date=True))
    timeline = decide(record, None, said)
    assert timeline.opens_at == datetime(2024, 6, 1, 12, tzinfo=UTC)


def test_case_5_an_extension_before_the_end(desk: Desk) -> None:
    desk.put(document(releaseDate="2024-06-01T00:00:00Z"))
    desk.put(document(releaseDate="2025-06-01T00:00:00Z"))
    assert desk.see("2024-12-01T00:00:00") == HIDDEN
    assert desk.see("2025-06-01T00:00:00") == OPEN
    assert not survey(desk.store, desk.clock()).closed, "it was never public"


def test_case_6_an_extension_after_publication_is_a_tombstone_and_a_duty(
    desk: Desk,
) -> None:
    desk.clock.set(at("2025-01-01"))
    desk.put(document(releaseDate="2024-06-01T00:00:00Z"))
    assert desk.see("2025-01-01T00:01:00") == OPEN
    desk.clock.set(at("2025-02-01"))
    desk.put(document(releaseDate="2026-06-01T00:00:00Z"))
    assert desk.see("2025-02-01T00:01:00") == "gone"
    row = desk.store.get("10.99999/case", "oai_dc", int(at("2025-02-02")))
    assert row is not None
    assert row.datestamp >= at("2025-02-01")
    (closed,) = survey(desk.store, desk.clock()).closed
    assert closed.id == "10.99999/case"
    assert closed.at.startswith("2025-02-01")
    assert desk.see("2026-06-01T00:00:00") == OPEN


def test_case_8_an_open_dataset_does_not_tell_of_its_closed_parent(desk: Desk) -> None:
    dataset = {
        "pid": "10.99999/case",
        "title": "A dataset",
        "isPublic": True,
        "creationDate": "2021-01-01T00:00:00Z",
        "instrument": {"name": "One", "facility": "LAB-X"},
        "documents": [{"pid": "10.99999/parent", "isPublic": False, "title": SECRET}],
    }
    desk.put(dataset, "Dataset")
    assert desk.see("2030-01-01T00:00:00") == HIDDEN, "its parent is not public"
    dataset["documents"] = [
        {"pid": "10.99999/parent", "isPublic": True, "title": "Parent"},
        {"pid": "10.99999/other", "isPublic": False, "title": SECRET},
    ]
    desk.put(dataset, "Dataset")
    assert desk.see("2030-01-01T00:00:00") == OPEN
    assert SECRET.encode() not in desk.body("2030-01-01T00:00:00")


def test_case_9_a_publication_with_a_closed_dataset_stays_closed(desk: Desk) -> None:
    published = {
        "doi": "10.99999/case",
        "title": SECRET,
        "status": "registered",
        "creator": ["Example, Eve"],
        "publisher": "LAB-X",
        "publicationYear": 2021,
        "datasets": [
            {"pid": "a", "isPublished": True},
            {"pid": "b", "isPublished": False},
        ],
    }
    desk.put(published, "PublishedData", "scicat")
    assert desk.see("2030-01-01T00:00:00") == HIDDEN
    assert desk.code() == "embargo.not-public"
    published["datasets"] = published["datasets"][:1]
    desk.put(published, "PublishedData", "scicat")
    assert desk.see("2030-01-01T00:00:00") == OPEN


def test_case_13_the_policy_of_the_experiments_day_applies(desk: Desk) -> None:
    day = datetime(2022, 1, 1, tzinfo=UTC).date()
    desk.of(
        replace(
            LAB,
            policies=(
                replace(POLICY, id="old", period="P1Y"),
                replace(POLICY, id="new", period="P5Y", valid_from=day),
            ),
        )
    )
    desk.clock.set(at("2021-02-02"))
    desk.put(investigation(releaseDate="2021-02-01"), *ICAT[::-1])
    assert desk.see("2022-01-04T23:59:59") == HIDDEN
    assert desk.see("2022-01-05T00:00:00") == OPEN


def test_case_14_proprietary_work_that_is_no_longer(desk: Desk) -> None:
    manifest = {"proprietary": True}
    desk.put(document(), manifest=manifest)
    assert desk.see("2030-01-01T00:00:00") == HIDDEN
    (raw,) = desk.store.raws(next(iter(desk.store.datasets())))
    assert raw.media_type == MEDIA_TYPE
    with desk.store.write(desk.clock) as writer:
        writer.put_raw(replace(raw, hints={"facility": "lab"}))
    list(publish_all(desk.store, desk.context, desk.clock))
    desk.clock.advance(5)
    assert desk.see("2030-01-01T00:00:00") == OPEN


def test_case_15_withdrawn_stays_withdrawn_whatever_the_catalogue_says(
    desk: Desk,
) -> None:
    desk.put(document())
    withdraw(desk.store, "10.99999/case", "an error", desk.context, desk.clock)
    desk.clock.advance(5)
    assert desk.see("2023-02-01T00:00:00") == "gone"
    desk.put(document(summary="New text"))
    assert desk.see("2023-03-01T00:00:00") == "gone"


def test_case_16_no_licence_is_made_up(desk: Desk) -> None:
    desk.under(licence_after=None).put(document())
    assert b"creativecommons" not in desk.body("2023-02-01T00:00:00")
    desk.under().put(document())
    list(publish_all(desk.store, desk.context, desk.clock))
    desk.clock.advance(5)
    assert b"cc-by-4.0" in desk.body("2023-02-01T00:00:00").lower()


def test_case_17_never_early_not_by_a_fraction(desk: Desk) -> None:
    desk.put(document(releaseDate="2024-06-01T10:00:00.500Z"))
    assert desk.see("2024-06-01T10:00:00") == HIDDEN
    assert desk.see("2024-06-01T10:00:01") == OPEN


def test_case_18_what_opens_while_a_list_is_read_comes_in_the_next(desk: Desk) -> None:
    desk.put(document(releaseDate="2024-06-01T00:00:00Z"))
    for n in range(5):
        other = document(pid=f"10.99999/other{n}", doi=f"10.99999/other{n}")
        desk.put(other, key=f"other{n}")
    begun = int(at("2024-05-31T23:59:58"))
    first = desk.store.page(Query("oai_dc", begun, limit=2), begun)
    later = int(at("2024-06-01T00:00:05"))
    rest = desk.store.page(
        Query("oai_dc", begun, limit=100, after=first[-1].key), later
    )
    seen = {row.id for row in (*first, *rest)}
    assert "10.99999/case" not in seen
    next_ = desk.store.page(Query("oai_dc", later, first=begun, limit=100), later)
    assert [row.id for row in next_] == ["10.99999/case"]
    assert next_[0].datestamp >= begun


def test_case_19_when_the_source_changed_says_nothing_of_release(desk: Desk) -> None:
    desk.put(document(releaseDate="2024-06-01T00:00:00Z", updatedAt="2019-01-01"))
    row = desk.store.get("10.99999/case", "oai_dc", int(at("2024-07-01")))
    assert row is not None
    assert row.datestamp == at("2024-06-01")


def test_case_20_names_of_people_can_be_left_out(desk: Desk) -> None:
    given = document(
        releaseDate="2025-01-01T00:00:00Z",
        members=[{"role": "creator", "person": {"fullName": "Eve Example"}}],
    )
    desk.under(during="metadata").put(given)
    assert b"Example" in desk.body("2023-02-01T00:00:00")
    fields = ("pid", "titles", "publisher", "facility", "collected")
    desk.under(during="metadata", core_fields=fields)
    list(publish_all(desk.store, desk.context, desk.clock))
    desk.clock.advance(5)
    assert b"Example" not in desk.body("2023-02-01T00:00:00", "_record")
    assert b"Example" in desk.body("2025-02-01T00:00:00")


def test_cases_21_and_22_samples_and_publications_are_not_in_the_core(
    desk: Desk,
) -> None:
    given = investigation(
        title="A title",
        releaseDate="2030-01-01",
        samples=[{"name": SECRET}],
        publications=[{"doi": "10.99999/reveals"}],
    )
    desk.under(during="metadata").put(given, *ICAT[::-1])
    for prefix in ("oai_dc", "oai_datacite", "datacite", "_record"):
        body = desk.body("2023-02-01T00:00:00", prefix)
        assert SECRET.encode() not in body
        assert b"reveals" not in body
    assert SECRET.encode() in desk.body("2030-02-01T00:00:00", "_record")


def test_case_23_what_is_hidden_is_not_counted(desk: Desk) -> None:
    desk.put(document(releaseDate="2024-06-01T00:00:00Z"))
    now = int(at("2024-01-01"))
    assert desk.store.size(Query("oai_dc", now), now) == 0
    assert "kind:publication" not in desk.store.sets(now)


def test_visibility_never_changes_without_a_new_datestamp(desk: Desk) -> None:
    """Case 6 and 24: each change of what is seen has a later datestamp."""
    stamps, states = [], []
    desk.clock.set(at("2024-01-01"))
    for release in ("2023-01-01", "2026-01-01", "2023-01-01", "2027-01-01"):
        desk.put(document(releaseDate=f"{release}T00:00:00Z"))
        row = desk.store.get("10.99999/case", "oai_dc", int(desk.clock()))
        assert row is not None
        stamps.append(row.datestamp)
        states.append(row.deleted)
        desk.clock.advance(3600)
    assert states == [False, True, False, True]
    assert stamps == sorted(set(stamps))


def test_the_report_says_what_opens_and_what_does_not(desk: Desk) -> None:
    desk.put(document(releaseDate="2023-01-04T00:00:00Z"))
    for n, release in enumerate(("2023-01-20", "2023-10-01", "2033-01-01", "never")):
        other = document(
            pid=f"10.99999/o{n}", doi=f"10.99999/o{n}", releaseDate=release
        )
        desk.put(other, key=f"o{n}")
    report = survey(desk.store, at("2023-01-01"))
    assert report.within(at("2023-01-01")) == {
        "week": 1,
        "month": 2,
        "year": 3,
        "later": 1,
    }
    assert {code: held.count for code, held in report.held.items()} == {
        "embargo.date-nonsense": 1
    }
    assert SECRET not in json.dumps([one.reason for one in report.opening])


def test_raws_of_a_file_and_of_a_catalogue_are_told_apart() -> None:
    raw = Raw("x", "y", "z", "text/plain", b"", "")
    from panharvest.publish import map_raws

    with pytest.raises(ValueError, match="no mapping reads text/plain"):
        map_raws([raw], BASE)
