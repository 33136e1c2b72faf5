from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import StoreError
from panharvest.protocols import Stage
from panharvest.stores import codec
from panharvest.stores.plan import (
    Version,
    content,
    next_stamp,
    outcome,
    plan,
    steps,
    tidy_sets,
    timeline,
    with_ancestors,
)

STAMP = 1000


def stage(start: int, body: str, *sets: str) -> Stage:
    return Stage(start, {"p": body.encode()} if body else {}, sets)


def rows(versions: list[Version] | tuple[Version, ...]) -> list[tuple[int, str | None]]:
    return [
        (v.visible_at, None if v.body is None else v.body.decode()) for v in versions
    ]


@pytest.mark.parametrize(
    ("clock", "newest", "last_clock", "stamp"),
    [
        (1000.0, 0, 0, 1001),
        (1000.89, 0, 0, 1001),
        (1000.91, 0, 0, 1002),
        (1000.5, 1001, 1000.0, 1001),  # the same second again
        (1000.5, 1002, 1000.4, 1002),  # a commit of this second was restamped
        (990.0, 1001, 1000.0, 1002),  # set back: 1001 may have been seen
        (991.0, 1002, 990.0, 1002),  # still behind
        (1000.0, 4600, 1000.0, 4600),
    ],
)
def test_stamps(clock: float, newest: int, last_clock: float, stamp: int) -> None:
    assert next_stamp(clock, newest, last_clock) == stamp


@given(clock=st.floats(0, 2e9), newest=st.integers(0, 2**31), last=st.floats(0, 2e9))
def test_a_stamp_is_ahead_and_never_goes_back(
    clock: float, newest: int, last: float
) -> None:
    if newest - clock > 3600:
        with pytest.raises(StoreError, match="clock is"):
            next_stamp(clock, newest, last)
        return
    stamp = next_stamp(clock, newest, last)
    assert stamp >= newest
    assert stamp - clock > 0.0999
    assert stamp == newest or stamp == newest + 1 or stamp - clock < 1.1001


def test_sets_are_sorted_once_each() -> None:
    assert tidy_sets(["b", "a:c", "b"]) == ("a:c", "b")


@pytest.mark.parametrize("spec", ["", " ", "a b", "a\nb", "a "])
def test_a_set_spec_without_or_with_blanks_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="set spec"):
        tidy_sets(["ok", spec])


def test_ancestors() -> None:
    assert with_ancestors(["a:b:c", "ab"]) == {"a", "a:b", "a:b:c", "ab"}
    assert with_ancestors([]) == set()


def test_a_timeline_begins_at_the_stamp() -> None:
    stages = [stage(2000, "late"), stage(10, "old"), stage(500, "now"), stage(2000, "")]
    assert [
        (start, None if version is None else version.body)
        for start, version in timeline(stages, "p", STAMP)
    ] == [(STAMP, b"now"), (2000, None)]
    assert timeline([], "p", STAMP) == [(STAMP, None)]
    assert timeline([stage(0, "x")], "other", STAMP) == [(STAMP, None)]


def test_an_empty_document_is_a_document() -> None:
    (row,) = steps(None, [(1, content(1, b"", ()))])
    assert row.body == b""
    assert not row.deleted


def test_a_plan_keeps_the_future_that_it_still_wants() -> None:
    chain = [
        content(10, b"a", ()),
        content(2000, b"b", ()),
        content(3000, b"c", ()),
    ]
    change = plan(chain, [stage(0, "a"), stage(2000, "b"), stage(4000, "c")], "p", 1000)
    assert change.seen == chain[0]
    assert rows(change.keep) == [(2000, "b")]
    assert rows(change.drop) == [(3000, "c")]
    assert rows(change.add) == [(4000, "c")]
    assert outcome([change], STAMP, known=True) == "scheduled"


def test_what_began_at_the_very_stamp_was_not_seen() -> None:
    change = plan([content(STAMP, b"a", ())], [stage(0, "b")], "p", STAMP)
    assert change.seen is None
    assert rows(change.drop) == [(STAMP, "a")]
    assert rows(change.add) == [(STAMP, "b")]


_stages = st.lists(
    st.builds(
        stage,
        st.integers(STAMP - 5, STAMP + 20),
        st.sampled_from(["", "x", "y"]),
        st.sampled_from(["s", "t"]),
    ),
    max_size=5,
)


@given(before=_stages, after=_stages)
def test_laws_of_a_plan(before: list[Stage], after: list[Stage]) -> None:
    chain = plan([], before, "p", STAMP).add
    later = STAMP + 7
    seen = [v for v in chain if v.visible_at < later][-1:]
    rest = [v for v in chain if v.visible_at >= later]
    change = plan([*seen, *rest], after, "p", later)
    final = [*seen, *change.rows]
    # one after the other, each different from the one before, never deleted first
    for one, two in pairwise(final):
        assert one.visible_at < two.visible_at
        assert (one.digest, one.deleted) != (two.digest, two.deleted)
        assert set(one.ever) <= set(two.ever)
    assert not chain or not chain[0].deleted
    assert all(v.visible_at >= later for v in change.rows)
    # a second time changes nothing
    again = plan(final, after, "p", later)
    assert again.drop == again.add == ()
    assert again.keep == change.rows
    assert outcome([again], later, known=True) == "unchanged"
    # at every instant the stage of that instant is shown
    for instant in range(later, STAMP + 25):
        begun = [s for s in after if s.start <= instant]
        wanted = max(begun, key=lambda s: s.start).start if begun else None
        last = [s for s in after if s.start == wanted][-1:]
        shown = [v for v in final if v.visible_at <= instant][-1:]
        expected = [(s.bodies.get("p"), s.sets) for s in last if s.bodies]
        assert [(v.digest, v.sets) for v in shown if not v.deleted] == [
            (content(0, body or b"", sets).digest, sets) for body, sets in expected
        ]


@pytest.mark.parametrize(
    ("chain", "stages", "word"),
    [
        ([], [], "hidden"),
        ([], [stage(0, "x")], "added"),
        ([], [stage(2000, "x")], "scheduled"),
        ([], [stage(0, "x"), stage(2000, "")], "added"),
        ([content(1, b"x", ())], [stage(0, "x")], "unchanged"),
        ([content(1, b"x", ())], [stage(0, "y")], "changed"),
        ([content(1, b"x", ())], [stage(0, "x"), stage(2000, "y")], "scheduled"),
        ([content(1, b"x", ())], [], "deleted"),
        ([content(1, b"x", ())], [stage(2000, "x")], "deleted"),
        ([content(2000, b"x", ())], [], "hidden"),
        ([content(STAMP, b"x", ())], [], "hidden"),
        ([Version(1, True, b"", (), ())], [stage(0, "x")], "added"),
        ([Version(1, True, b"", (), ())], [stage(2000, "x")], "scheduled"),
    ],
)
def test_outcomes(chain: list[Version], stages: list[Stage], word: str) -> None:
    change = plan(chain, stages, "p", STAMP)
    assert outcome([change], STAMP, known=bool(chain)) == word


@given(st.binary(max_size=300))
def test_documents_unpack_to_what_was_packed(document: bytes) -> None:
    code, packed = codec.pack(document)
    assert codec.unpack(code, packed) == document
    assert len(packed) <= len(document)


@pytest.mark.parametrize(
    ("code", "told"), [(codec.DEFLATE, "damaged"), (99, "unknown way")]
)
def test_a_document_that_cannot_be_unpacked_is_told(code: int, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        codec.unpack(code, b"no such stream")


def test_set_lists_are_columns() -> None:
    for sets in ((), ("a",), ("a:b", "c")):
        assert codec.split(codec.join(sets)) == sets
