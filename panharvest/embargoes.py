"""What opens when, what is held back and why, and what was public and is no longer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.joining import CLOSED
from panharvest.telling import HIDDEN, state_at

if TYPE_CHECKING:
    from panharvest.protocols import Store

DAY = 86_400
SPANS = {"week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY}
LATER = "later"
DUTY = (
    "Harvesters see these as deleted, but those who ignore deletions keep their copies "
    "(B2FIND does): write to the operators of the services that harvest you, and to "
    "the registrar of a DOI if its metadata is to change."
)


@dataclass(frozen=True, slots=True)
class Opening:
    """A record that opens at an instant; ``named``: its metadata is public already."""

    at: int
    id: str
    facility: str | None
    code: str
    reason: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """A record that was public and is no longer."""

    id: str
    at: str
    code: str
    reason: str


@dataclass(slots=True)
class Held:
    """Records that nothing foreseen will open, for one reason."""

    count: int = 0
    reason: str = ""
    ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Embargoes:
    """The report: for the operator alone, for it has the ids of what is hidden.

    What of it goes to a screen is a matter of those who show it.
    """

    open: int = 0
    opening: list[Opening] = field(default_factory=list)
    held: dict[str, Held] = field(default_factory=dict)
    closed: list[Closing] = field(default_factory=list)
    withdrawn: int = 0

    def within(self, now: float) -> dict[str, int]:
        """Count what opens in a week, a month and a year, and later."""
        counts = {
            span: sum(one.at <= now + length for one in self.opening)
            for span, length in SPANS.items()
        }
        counts[LATER] = len(self.opening) - counts["year"]
        return counts


def survey(store: Store, now: float) -> Embargoes:
    """Look at every record of a store as it stands now."""
    found = Embargoes()
    for id_, facts in store.facts():
        state = state_at(facts, now)
        opens = facts.get("opens_at")
        code, reason = str(facts.get("code") or ""), str(facts.get("reason") or "")
        if state == "open":
            found.open += 1
            continue
        if state == "withdrawn":
            found.withdrawn += 1
        elif opens is not None and opens > now:
            found.opening.append(
                Opening(
                    int(opens),
                    id_,
                    facts.get("facility"),
                    code,
                    reason,
                    named=state != HIDDEN,
                )
            )
        else:
            held = found.held.setdefault(code or "unknown", Held(reason=reason))
            held.count += 1
            held.ids.append(id_)
        if closed := store.meta(f"{CLOSED}{id_}"):
            said = json.loads(closed)
            found.closed.append(Closing(id_, said["at"], said["code"], said["reason"]))
    found.opening.sort(key=lambda one: (one.at, one.id))
    found.closed.sort(key=lambda one: (one.at, one.id))
    return found
