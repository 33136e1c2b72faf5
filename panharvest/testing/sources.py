"""The contract of :class:`panharvest.catalogued.CatalogueSource`, as tests.

Needs pytest (``pip install panharvest[test]``). Whoever writes a source subclasses
:class:`SourceContract` in a test module and supplies two fixtures::

    class TestMySource(SourceContract):
        @pytest.fixture
        def opened(self):
            return lambda: MySource(...)

        @pytest.fixture
        def expected(self):
            return {"Dataset:1", "Dataset:2"}
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import CataloguePage, Entry, Position
from panharvest.mapping.entries import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.catalogued import CatalogueSource

    Opened = Callable[[], CatalogueSource]

NOW = 1_800_000_000.0  # 2027-01-15


class SourceContract:
    """What every source must do.

    Subclasses give the fixtures ``opened`` (a function that gives the source anew) and
    ``expected`` (the ids of everything in it, at least two).
    """

    def pages(
        self, opened: Opened, position: Position | None = None
    ) -> list[CataloguePage]:
        """Read from a position to the end."""
        with closing(opened()) as source:
            return list(source.pages(position or Position(), NOW))

    def test_everything_comes_and_the_end_is_told_once(
        self, opened: Opened, expected: set[str]
    ) -> None:
        pages = self.pages(opened)
        assert len(expected) > 1, "a contract on less proves little"
        assert {one.id for page in pages for one in page.entries} == expected
        assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_entries_can_be_kept(self, opened: Opened) -> None:
        for page in self.pages(opened):
            for entry in page.entries:
                assert entry.id
                assert entry.system
                assert entry.entity
                kept = decode(encode(entry, "catalogue+test:x", {}))
                assert kept.document == json.loads(json.dumps(entry.document))

    def test_reading_again_gives_the_same(self, opened: Opened) -> None:
        def read() -> list[Any]:
            return [
                (one.id, json.dumps(one.document, sort_keys=True))
                for page in self.pages(opened)
                for one in page.entries
            ]

        assert read() == read()

    def test_reading_goes_on_behind_every_page(
        self, opened: Opened, expected: set[str]
    ) -> None:
        pages = self.pages(opened)
        for number, page in enumerate(pages, 1):
            if page.checkpoint is None:
                continue
            json.loads(page.checkpoint)
            rest = self.pages(opened, Position(checkpoint=page.checkpoint))
            before = {one.id for done in pages[:number] for one in done.entries}
            after = {one.id for more in rest for one in more.entries}
            assert before | after == expected, f"behind page {number}"
            assert rest[-1].last

    def test_a_second_run_brings_no_more_than_there_is(
        self, opened: Opened, expected: set[str]
    ) -> None:
        bookmark = self.pages(opened)[-1].bookmark
        again = self.pages(opened, Position(bookmark=bookmark))
        assert {one.id for page in again for one in page.entries} <= expected
        assert again[-1].last

    def test_identifiers_are_those_of_the_entries(
        self, opened: Opened, expected: set[str]
    ) -> None:
        with closing(opened()) as source:
            assert set(source.identifiers()) == expected

    def test_one_entry_can_be_had_by_itself(
        self, opened: Opened, expected: set[str]
    ) -> None:
        with closing(opened()) as source:
            for id_ in sorted(expected):
                entry = source.fetch(id_)
                assert isinstance(entry, Entry), id_
                assert entry.id == id_
            gone = f"{min(expected)}-gone"
            assert source.fetch(gone) is None

    def test_its_name_can_be_shown(self, opened: Opened) -> None:
        with closing(opened()) as source:
            assert source.name
            assert "@" not in source.name
            with closing(opened()) as another:
                assert another.name == source.name
