"""What a wish gets: the entries that match, written as they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.oai import Verb
from panharvest.testing.faulty.entries import document
from panharvest.testing.faulty.model import Item
from panharvest.testing.faulty.writing import moment

if TYPE_CHECKING:
    from panharvest.testing.faulty.model import Entry, Wish


def token_text(wish: Wish) -> str:
    """Write the token that stands for a wish: always the same for the same wish."""
    said = (wish.prefix, wish.set, wish.first, wish.last, wish.offset, wish.limit)
    return "-".join((wish.verb, *("" if s is None else str(s) for s in said)))


def matches(entry: Entry, wish: Wish, now: float) -> bool:
    """Whether an entry is in the list that is wished for."""
    return (
        entry.shown(now)
        and (wish.first is None or wish.first <= entry.datestamp)
        and (wish.last is None or entry.datestamp <= wish.last)
        and (
            wish.set is None
            or any(s == wish.set or s.startswith(f"{wish.set}:") for s in entry.sets)
        )
    )


def item_of(entry: Entry, wish: Wish, *, sets: bool) -> Item:
    """Give an entry as it is answered."""
    bare = entry.deleted or wish.verb == Verb.LIST_IDENTIFIERS or wish.prefix is None
    return Item(
        entry.identifier,
        moment(entry.datestamp),
        entry.sets if sets else (),
        entry.deleted,
        None if bare else document(entry, wish.prefix or ""),
        b"" if bare else entry.about,
    )
