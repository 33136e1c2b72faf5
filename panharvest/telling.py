"""What operators are told of records that are not public: that they are there.

Reports are read on screens, mailed by cron and pasted into tickets, so that they count
what is hidden and name nothing of it. A record may be named when the service names it
to everybody; the name of a field that no rule uses when a record that is open has it,
or when NeXus itself has it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from panharvest.protocols import Store
    from panharvest.record import Problem

HIDDEN = "hidden"


def state_at(facts: Mapping[str, Any], now: float) -> str:
    """Give what is shown of a record at an instant."""
    state = HIDDEN
    for start, shown in facts.get("phases") or ():
        if start <= now:
            state = shown
    return state


def technique_of(technique: Mapping[str, str], state: str) -> str:
    """Name a technique; of a record that is not open only as PaNET does."""
    from panharvest.vocabulary import panet

    iri, label = technique["iri"], technique["label"]
    term = panet().term(iri)
    if term is not None:
        label = term.label
    elif state != "open":
        return "a term that PaNET has not"
    return f"{label} ({iri.rpartition('/')[2]})"


def is_named(store: Store, id_: str, now: float) -> bool:
    """Tell whether the service names a record to everybody, be it as a deleted one."""
    return bool(store.prefixes(id_, int(now)))


def is_shown(store: Store, id_: str, now: float) -> bool:
    """Tell whether the service shows something of what is in a record."""
    rows = (
        store.get(id_, prefix, int(now)) for prefix in store.prefixes(id_, int(now))
    )
    return any(row is not None and not row.deleted for row in rows)


def first_error(problems: Sequence[Problem]) -> str:
    """Say which error holds a record back, and not what stands there."""
    from panharvest.checks.checklist import CHECKS
    from panharvest.formats.datacite.codes import CODES

    error = next(one for one in problems if one.level == "error")
    known = CHECKS.get(error.code) or CODES.get(error.code)
    meaning = known.meaning if known else "it is held back"
    return f"{error.code} {error.field}: {meaning}"


@dataclass(frozen=True, slots=True)
class Fields:
    """What records hold that no rule uses: by name, and how much has none to be told.

    Attributes
    ----------
    named
        How many records have a field, by its name; the most frequent first.
    unnamed
        Number of names that occur only in records that are not public.
    """

    named: Mapping[str, int]
    unnamed: int = 0


def said_of(count: int) -> str:
    """Say that there are so many names which are not told."""
    names = "1 name, which occurs" if count == 1 else f"{count:,} names, which occur"
    return f"{names} only in records that are not public"


@dataclass(slots=True)
class Leftovers:
    """Counts what records hold that no rule uses."""

    counts: Counter[str] = field(default_factory=Counter)
    public: set[str] = field(default_factory=set)

    def add(self, facts: Mapping[str, Any], now: float) -> None:
        """Count what one record holds."""
        self.counts.update(facts["leftovers"])
        if state_at(facts, now) == "open":
            self.public.update(facts["leftovers"])

    def told(self) -> Fields:
        """Give what may be told."""
        from panharvest.vocabulary.nexus import nexus

        standard = nexus() if self.counts.keys() - self.public else {}
        named = {
            name: count
            for name, count in self.counts.most_common()
            if name in self.public or name.partition(" (")[0] in standard
        }
        return Fields(named, len(self.counts) - len(named))
