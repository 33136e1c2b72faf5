"""What a decision is: phases in order of time, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from panharvest.facilities import EmbargoPolicy


class Visibility(StrEnum):
    """What is shown of a record."""

    HIDDEN = "hidden"
    METADATA = "metadata"  # the core fields of the policy
    ALL = "all"  # all metadata, but not the data
    OPEN = "open"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Phase:
    """What is shown from an instant on (None: from the beginning), and why."""

    start: datetime | None
    visibility: Visibility
    reason: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The phases of a record, in order of time; the first is from the beginning.

    ``opens_at`` is when the data opens (None: not foreseen), in whole seconds UTC,
    rounded up. ``code`` is stable. ``policy`` is the policy that was applied, whose
    ``licence_after`` are the terms of the opened data.
    """

    phases: tuple[Phase, ...]
    opens_at: datetime | None
    code: str
    reason: str
    policy: EmbargoPolicy | None = None
