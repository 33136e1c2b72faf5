"""When data opens, or why that cannot be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.policy.instants import release_instant, spelled

if TYPE_CHECKING:
    from datetime import datetime

    from panharvest.facilities import EmbargoPolicy, FacilityProfile
    from panharvest.record import Moment


@dataclass(frozen=True, slots=True)
class Opening:
    """When data opens, or why that cannot be said."""

    at: datetime | None
    code: str
    reason: str
    policy: EmbargoPolicy | None = None
    open: bool = False  # from the beginning; since when is not known


def given_opening(
    moment: Moment, profile: FacilityProfile | None, code: str, name: str
) -> Opening:
    """Open at a date that someone gave."""
    at = release_instant(moment, profile)
    if at is None:
        return Opening(
            None,
            "embargo.date-nonsense",
            f"hidden: the {name} is not a date; write it as YYYY-MM-DD",
        )
    return Opening(at, f"embargo.{code}", f"opens at {spelled(at)}, the {name}")
