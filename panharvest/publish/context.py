"""What publishing is given, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from panharvest.facilities import Facilities
    from panharvest.mapping import Tables
    from panharvest.protocols import (
        Format,
    )
    from panharvest.record import (
        Problem,
    )


FAILED = "failed"  # state of an outcome whose mapping broke: what is served stays


@dataclass(frozen=True, slots=True)
class Context:
    """What publishing needs to know: tables, facilities and formats.

    ``terms`` is the address of the terms under which all metadata is given.
    """

    tables: Tables
    facilities: Facilities
    formats: Mapping[str, Format]
    terms: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one dataset.

    ``state`` is ``open``, ``embargoed`` (metadata public), ``hidden`` or ``withdrawn``
    at the time of the call; ``opens_at`` is when the data opens, None when that is not
    known; ``code`` and ``reason`` say why; ``change`` is what the store did.
    """

    dataset: str
    id: str
    state: str
    opens_at: datetime | None
    code: str
    reason: str
    change: str
    problems: tuple[Problem, ...] = field(default=())
