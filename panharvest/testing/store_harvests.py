"""What a store must do with what was harvested."""
# ruff: noqa: D102  (the names of tests say it)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panharvest.errors import StoreBusyError
from panharvest.harvested import Course, Entry, Page, Quarantined, Standing
from panharvest.testing.bench import Contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.harvested import Harvests, Kept
    from panharvest.protocols import Store

URL, PREFIX = "https://other.example.org/oai", "oai_dc"


def page_of(*texts: str, fetched: float = 0.0) -> tuple[Page, list[tuple[int, int]]]:
    """Make a page of records, and say where each is."""
    document = b"<list>"
    places = []
    for text in texts:
        record = f"<record>{text}</record>".encode()
        places.append((len(document), len(record)))
        document += record
    return Page(URL, 200, {"date": "x"}, fetched, document + b"</list>", b""), places


def entries_of(
    places: Sequence[tuple[int, int]], *names: str, stamp: str = "2024-01-01"
) -> list[Entry]:
    """Make entries; a name with a minus is deleted, ``name=x`` has the digest x."""
    made = []
    for (start, length), name in zip(places, names, strict=True):
        identifier, _, digest = name.lstrip("-").partition("=")
        deleted = name.startswith("-")
        said = b"" if deleted else digest.encode()
        made.append(
            Entry(identifier, stamp, deleted, ("a", "b:c"), said, start, length, ())
        )
    return made


class HarvestsContract(Contract):
    """Pages, records that point into them, and how far it got, all in one."""

    @pytest.fixture
    def harvests(self, store: Store) -> Harvests:
        """Give what was harvested into the store under test."""
        return store.harvests()

    def put(
        self,
        harvests: Harvests,
        *names: str,
        listed: int = 1,
        stamp: str = "2024-01-01",
        fetched: float = 0.0,
    ) -> Kept:
        """Put a page of records in a transaction."""
        feed = harvests.feed(URL, PREFIX)
        page, places = page_of(*names, fetched=fetched)
        with harvests.write() as writer:
            return writer.put_page(
                feed.num, page, entries_of(places, *names, stamp=stamp), listed
            )

    def names(self, harvests: Harvests) -> list[str]:
        """Give the identifiers of all records, in the order of their last change."""
        feed = harvests.feed(URL, PREFIX)
        return [record.identifier for record in harvests.records(feed.num)]

    def test_a_feed_is_made_once(self, harvests: Harvests) -> None:
        feed = harvests.feed(URL, PREFIX)
        assert harvests.feed(URL, PREFIX) == feed
        other = harvests.feed(URL, "oai_datacite")
        assert other.num != feed.num
        assert set(harvests.feeds()) == {feed, other}

    def test_records_come_back_as_they_came(self, harvests: Harvests) -> None:
        assert self.put(harvests, "x=1", "-y").new == 2
        feed = harvests.feed(URL, PREFIX)
        first, second = harvests.records(feed.num)
        assert (first.identifier, first.standing) == ("x", Standing.LIVE)
        assert first.record == b"<record>x=1</record>"
        assert first.sets == ("a", "b:c")
        assert second.standing is Standing.DELETED
        assert harvests.record(feed.num, "x") == first
        assert harvests.record(feed.num, "z") is None

    def test_only_changes_are_kept(self, harvests: Harvests) -> None:
        self.put(harvests, "x=1", "y=1")
        kept = self.put(harvests, "x=1", "y=2", listed=2)
        assert (kept.new, kept.changed, kept.unchanged) == (0, 1, 1)
        assert self.names(harvests) == ["x", "y"]
        feed = harvests.feed(URL, PREFIX)
        first, second = harvests.records(feed.num)
        assert second.page > first.page
        assert [r.identifier for r in harvests.records(feed.num, first.page)] == ["y"]

    def test_another_datestamp_or_deletion_is_a_change(
        self, harvests: Harvests
    ) -> None:
        self.put(harvests, "x=1")
        assert self.put(harvests, "x=1", stamp="2024-01-02").changed == 1
        kept = self.put(harvests, "-x", stamp="2024-01-02")
        assert (kept.changed, kept.deleted) == (1, 1)

    def test_what_a_list_brought_is_counted_once(self, harvests: Harvests) -> None:
        self.put(harvests, "x=1", "y=1")
        assert self.put(harvests, "x=1", "z=1").again == 1
        feed = harvests.feed(URL, PREFIX)
        assert harvests.listed(feed.num, 1) == 3
        assert harvests.listed(feed.num, 2) == 0
        assert harvests.unlisted(feed.num, 1, ["x", "q"]) == ["q"]

    def test_all_of_a_transaction_or_nothing(self, harvests: Harvests) -> None:
        feed = harvests.feed(URL, PREFIX)
        page, places = page_of("x=1")
        with pytest.raises(ZeroDivisionError), harvests.write() as writer:
            writer.put_page(feed.num, page, entries_of(places, "x=1"), 1)
            writer.put_course(feed.num, "", Course(None, "{}"))
            raise ZeroDivisionError
        assert self.names(harvests) == []
        assert harvests.courses(feed.num) == {}
        self.put(harvests, "x=1", "y=2")  # also what was prepared for it is undone
        assert self.names(harvests) == ["x", "y"]

    def test_courses_are_kept_by_set(self, harvests: Harvests) -> None:
        feed = harvests.feed(URL, PREFIX)
        with harvests.write() as writer:
            writer.put_course(feed.num, "", Course("b", "c"))
            writer.put_course(feed.num, "s", Course())
            writer.put_course(feed.num, "s", Course(None, "d"))
        assert harvests.courses(feed.num) == {
            "": Course("b", "c"),
            "s": Course(None, "d"),
        }

    def test_knowledge_and_reports(self, harvests: Harvests) -> None:
        feed = harvests.feed(URL, PREFIX)
        with harvests.write() as writer:
            writer.put_knowledge(feed.num, '{"a": 1}')
            for n in range(3):
                writer.put_report(feed.num, float(n), str(n))
        assert harvests.feed(URL, PREFIX).knowledge == '{"a": 1}'
        assert harvests.reports(feed.num, 2) == ["2", "1"]

    def test_the_same_piece_is_quarantined_once(self, harvests: Harvests) -> None:
        feed = harvests.feed(URL, PREFIX)
        piece = Quarantined("record.ill-formed", "why", b"<a", "x", 3)
        for at in (1.0, 2.0):
            with harvests.write() as writer:
                writer.quarantine(feed.num, "asked", at, [piece])
        (held,) = harvests.quarantined()
        assert (held.piece, held.tries, held.at) == (piece, 2, 2.0)
        other = Quarantined("record.no-metadata", "new", b"<b/>", "x", 1)
        with harvests.write() as writer:
            writer.quarantine(feed.num, "asked", 3.0, [other])
        (held,) = harvests.quarantined(feed.num)
        assert held.piece == other
        with harvests.write() as writer:
            assert writer.release(feed.num, ["x", "y"]) == 1
        assert list(harvests.quarantined()) == []

    def test_pieces_without_a_name_stay_until_they_are_dropped(
        self, harvests: Harvests
    ) -> None:
        feed = harvests.feed(URL, PREFIX)
        pieces = [Quarantined("page.cut", "why", text, None) for text in (b"1", b"2")]
        with harvests.write() as writer:
            writer.quarantine(feed.num, "asked", 1.0, pieces)
        one, two = harvests.quarantined()
        with harvests.write() as writer:
            writer.drop([one.num])
        assert [held.num for held in harvests.quarantined()] == [two.num]
        assert harvests.totals(feed.num).quarantined == 1

    def test_a_sweep_finds_what_is_unknown_and_what_is_missing(
        self, harvests: Harvests
    ) -> None:
        self.put(harvests, "x=1", "y=1", "z=1")
        num = harvests.feed(URL, PREFIX).num
        with harvests.write() as writer:
            seen = [("x", "2024-01-01", False), ("y", "2030-01-01", False)]
            assert writer.mark_swept(num, 1, [*seen, ("new", "2020-01-01", False)]) == 2
        assert harvests.wanted(num, 10) == ["new", "y"]
        assert harvests.absent(num, 1) == 1
        with harvests.write() as writer:
            writer.unwant(num, ["new", "y"])
            found = writer.bury(num, 1, 2, 0.0)
        assert (found.missing, found.vanished) == (1, 0)
        with harvests.write() as writer:
            writer.mark_swept(num, 2, seen)
            found = writer.bury(num, 2, 2, 0.0)
        assert (found.missing, found.vanished) == (1, 1)
        record = harvests.record(num, "z")
        assert record is not None
        assert record.standing is Standing.VANISHED
        assert (harvests.totals(num).live, harvests.totals(num).vanished) == (2, 1)

    def test_what_comes_back_is_missing_no_more(self, harvests: Harvests) -> None:
        self.put(harvests, "x=1")
        num = harvests.feed(URL, PREFIX).num
        for sweep in (1, 2):
            with harvests.write() as writer:
                writer.bury(num, sweep, 3, 0.0)
        self.put(harvests, "x=1", listed=5)
        with harvests.write() as writer:
            assert writer.bury(num, 3, 3, 0.0).vanished == 0

    def test_two_at_once_are_refused(self, harvests: Harvests, store: Store) -> None:
        num = harvests.feed(URL, PREFIX).num
        other = harvests.feed(URL, "other").num
        with harvests.lock(num):
            with pytest.raises(StoreBusyError), store.harvests().lock(num):
                pass
            with harvests.lock(other):
                pass
        with harvests.lock(num):
            pass

    def test_the_vacuum_keeps_what_is_needed(self, harvests: Harvests) -> None:
        long = [f"r{n}={'x' * 2000}{n}" for n in range(20)]
        self.put(harvests, *long, fetched=1.0)
        newer = [f"r{n}={n}" for n in range(19)]
        self.put(harvests, *newer, fetched=2.0)
        self.put(harvests, *[f"r{n}={n}!" for n in range(19)], fetched=3.0)
        num = harvests.feed(URL, PREFIX).num
        before = list(harvests.records(num))
        done = harvests.vacuum(3.0)
        assert (done.pages, done.rewritten) == (1, 1)
        assert list(harvests.records(num)) == before
        assert harvests.vacuum(3.0).pages == 0
        assert list(harvests.records(num)) == before

    def test_what_is_published_is_remembered(self, harvests: Harvests) -> None:
        self.put(harvests, "x=1")
        num = harvests.feed(URL, PREFIX).num
        assert harvests.published(num) == 0
        (record,) = harvests.records(num)
        newest = record.page
        with harvests.write() as writer:
            writer.put_published(num, newest)
        assert harvests.published(num) == newest
        assert list(harvests.records(num, newest)) == []

    @settings(
        max_examples=25,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(
        pages=st.lists(
            st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2), min_size=1),
            max_size=6,
        )
    )
    def test_the_last_page_wins(
        self, harvests: Harvests, pages: list[dict[str, int]]
    ) -> None:
        """Whatever the order of pages, a record is what the last one said."""
        wanted: dict[str, bytes] = {
            r.identifier: r.record
            for r in harvests.records(harvests.feed(URL, PREFIX).num)
        }
        for page in pages:
            names = [f"{name}={value}" for name, value in page.items()]
            self.put(harvests, *names)
            wanted |= {n[0]: f"<record>{n}</record>".encode() for n in names}
        num = harvests.feed(URL, PREFIX).num
        found = {r.identifier: r.record for r in harvests.records(num)}
        assert found == wanted
