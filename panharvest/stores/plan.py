"""When rows become visible: pure rules, the same for every database.

A row is one version of one item in one format, visible from ``visible_at`` until its
successor begins. Rows that nobody can have seen yet may be planned anew; rows that may
have been seen are only ever followed by others. All instants are whole seconds since
the epoch (OAI-PMH 2.0 §2.7.1 asks for datestamps that reflect every change).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from panharvest.errors import StoreError
from panharvest.stores import codec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from panharvest.protocols import Outcome, Stage

MARGIN = 0.1  # s between the reading of the clock before a commit and its datestamp
PATIENCE = 3600  # s that a clock may be behind the newest datestamp


@dataclass(frozen=True, slots=True)
class Version:
    """A row of one item in one format; ``seq`` is None until it is written.

    ``ever`` are all sets that this or an earlier row was in: what a tombstone is listed
    under, so that whoever harvested any of these sets learns of the deletion.
    """

    visible_at: int
    deleted: bool
    digest: bytes
    sets: tuple[str, ...]
    ever: tuple[str, ...]
    body: bytes | None = None
    seq: int | None = None

    def same(self, other: Version) -> bool:
        """Whether a reader sees the same at the same time, whatever the row."""
        return (self.visible_at, self.deleted, self.digest, self.ever) == (
            other.visible_at,
            other.deleted,
            other.digest,
            other.ever,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What to do to the rows of one format of an item.

    ``seen`` is the row that was visible just before the stamp; ``keep``, ``drop`` and
    ``add`` are rows from the stamp on, in order of time.
    """

    seen: Version | None
    keep: tuple[Version, ...] = ()
    drop: tuple[Version, ...] = ()
    add: tuple[Version, ...] = ()

    @property
    def rows(self) -> tuple[Version, ...]:
        """The rows from the stamp on as they will be."""
        return self.keep + self.add

    def active(self, stamp: int) -> Version | None:
        """Give the row that will be visible at the stamp."""
        rows = self.rows
        return rows[0] if rows and rows[0].visible_at <= stamp else self.seen


def next_stamp(clock: float, newest: int, last_clock: float) -> int:
    """Give the datestamp of a write that begins now.

    Parameters
    ----------
    clock
        Seconds since the epoch, read after the write lock was taken.
    newest
        The newest datestamp committed so far (0: none).
    last_clock
        What the clock said when that was committed. A clock that says less now was set
        back: rows stamped ``newest`` may have been seen, so the stamp exceeds it.

    Raises
    ------
    StoreError
        When the clock is more than an hour behind the newest datestamp.
    """
    behind = newest - clock
    if behind > PATIENCE:
        raise StoreError(
            f"the clock is {behind:.0f} s behind the newest datestamp of the store; "
            "set the clock right before writing"
        )
    return max(math.floor(clock + MARGIN) + 1, newest + (clock < last_clock))


def tidy_sets(sets: Iterable[str]) -> tuple[str, ...]:
    """Give the set specs once each, sorted.

    Raises
    ------
    ValueError
        When a spec is empty or holds blanks, which no setSpec may (OAI-PMH 2.0 §2.6).
    """
    tidy = tuple(sorted(set(sets)))
    for spec in tidy:
        if spec.split() != [spec]:
            raise ValueError(f"set spec {spec!r} is empty or holds blanks")
    return tidy


def check(stages: Iterable[Stage]) -> None:
    """Refuse what cannot be stored, before anything is written.

    Raises
    ------
    ValueError
        When a set spec or a document cannot be stored; the message says which.
    """
    for stage in stages:
        codec.join(tidy_sets(stage.sets)).encode()
        for body in stage.bodies.values():
            codec.with_about(body, b"")


def with_ancestors(sets: Iterable[str]) -> set[str]:
    """Give the specs and all above them: ``a:b`` brings ``a`` (OAI-PMH 2.0 §2.6)."""
    return {
        spec[:end]
        for spec in sets
        for end in range(1, len(spec) + 1)
        if end == len(spec) or spec[end] == ":"
    }


def content(start: int, body: bytes, sets: Iterable[str]) -> Version:
    """Make the row of a document; its digest covers body and sets."""
    tidy = tidy_sets(sets)
    told = digest(codec.mark(body), tidy)
    return Version(start, deleted=False, digest=told, sets=tidy, ever=tidy, body=body)


def digest(document: bytes, sets: tuple[str, ...]) -> bytes:
    """Give what tells a row from another, of its stored document and its sets."""
    return sha256(codec.join(sets).encode() + b"\0" + document).digest()


def timeline(
    stages: Iterable[Stage], prefix: str, stamp: int
) -> list[tuple[int, Version | None]]:
    """Give what is to be shown in one format from the stamp on, by start.

    Stages that began before the stamp count from the stamp; of several that begin at
    the same instant the one given last counts. None: nothing is to be shown.
    """
    wanted: dict[int, Version | None] = {stamp: None}
    for stage in sorted(stages, key=lambda stage: stage.start):
        start = max(stage.start, stamp)
        body = stage.bodies.get(prefix)
        if body is None:
            wanted[start] = None
            continue
        told = codec.with_about(body, stage.about_of(prefix))
        wanted[start] = content(start, told, stage.sets)
    return list(wanted.items())


def steps(
    seen: Version | None, wanted: Iterable[tuple[int, Version | None]]
) -> list[Version]:
    """Give the rows that turn what was seen into what is wanted.

    Equal bytes and sets make no row; nothing after something makes a tombstone; nothing
    after nothing makes no row at all.
    """
    rows: list[Version] = []
    last = seen
    for start, version in wanted:
        shown = last is not None and not last.deleted
        if version is None:
            if not shown or last is None:
                continue
            last = Version(start, True, b"", sets=last.ever, ever=last.ever)
        elif shown and last is not None and last.digest == version.digest:
            continue
        else:
            ever = version.sets
            if last is not None and last.ever != ever:
                ever = tuple(sorted({*ever, *last.ever}))
            last = Version(
                start, False, version.digest, version.sets, ever, version.body
            )
        rows.append(last)
    return rows


def plan(
    chain: Sequence[Version], stages: Iterable[Stage], prefix: str, stamp: int
) -> Change:
    """Plan the rows of one format of an item anew from the stamp on.

    Parameters
    ----------
    chain
        The row visible just before the stamp, if any, and all rows from the stamp on
        (nobody has seen those), in order of time.
    """
    seen = chain[0] if chain and chain[0].visible_at < stamp else None
    future = tuple(chain[1:] if seen else chain)
    rows = steps(seen, timeline(stages, prefix, stamp))
    same = 0
    for old, new in zip(future, rows, strict=False):
        if not old.same(new):
            break
        same += 1
    return Change(seen, future[:same], future[same:], tuple(rows[same:]))


def outcome(changes: Sequence[Change], stamp: int, *, known: bool) -> Outcome:
    """Say in a word what a plan does to an item, all its formats taken together."""
    if not any(change.drop or change.add for change in changes):
        return "unchanged" if known else "hidden"
    before = any(change.seen and not change.seen.deleted for change in changes)
    after = any(
        row is not None and not row.deleted
        for row in (change.active(stamp) for change in changes)
    )
    at_once = any(
        row.visible_at <= stamp
        for change in changes
        for row in (*change.drop[:1], *change.add[:1])
    )
    if at_once and after:
        return "changed" if before else "added"
    if before and not after:
        return "deleted"
    return "scheduled" if after or any(c.rows for c in changes) else "hidden"
