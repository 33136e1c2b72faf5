"""What a harvest tells while it runs; the caller draws it, logs it, or counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# complete: nothing is missing but what is quarantined by name. incomplete: the next run
# goes on or begins again. failed: a person has to look.
Status = Literal["complete", "incomplete", "failed"]


@dataclass(frozen=True, slots=True)
class EndpointStarted:
    """A repository was asked who it is (or did not say); its lists are read now."""

    endpoint: str
    url: str
    prefix: str
    resumed: bool
    repository: str | None = None  # the name that it gives itself


@dataclass(frozen=True, slots=True)
class PageDone:
    """A page is in the store, and how far the list was read with it.

    ``seen`` counts the records of the list so far, of ``size`` when that is known.
    """

    endpoint: str
    spec: str
    page: int
    records: int
    new: int
    changed: int
    unchanged: int
    deleted: int
    repaired: int
    quarantined: int
    seen: int
    size: int | None = None


@dataclass(frozen=True, slots=True)
class RecordQuarantined:
    """A record (or, at position 0, a page) cannot be used; it is kept as it came."""

    endpoint: str
    spec: str
    code: str
    reason: str
    identifier: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request will be made again after some seconds.

    ``attempt`` is the one that failed, counted from 1, ``reason`` how.
    """

    endpoint: str
    seconds: float
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a person may want to know; the harvest goes on.

    ``code`` is stable: ``list.reopened``, ``granularity.day``, ``clock.frozen``...
    """

    endpoint: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SweepDone:
    """All identifiers were compared with the store.

    ``listed`` is how many there are, ``fetched`` how many records came that the store
    had not, or had otherwise; ``missing`` those of the store that were not listed,
    ``vanished`` how many of them count as deleted now.
    """

    endpoint: str
    listed: int
    fetched: int
    missing: int
    vanished: int


@dataclass(frozen=True, slots=True)
class EndpointDone:
    """The end of an endpoint, and all that there is to know about it.

    ``code`` says why it is not complete (docs/reference/errors.md), ``reason`` in a
    sentence. The counts are of this harvest: ``records`` came, of which ``new``,
    ``changed``, ``unchanged`` and ``deleted`` are by what the store had, ``repaired``
    those whose page had to be mended; ``quarantined`` could not be used, ``vanished``
    are not listed any more. ``notes`` has the lines of every :class:`Noted`.
    """

    endpoint: str
    url: str
    prefix: str
    status: Status
    reason: str = ""
    code: str = ""
    pages: int = 0
    records: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    repaired: int = 0
    quarantined: int = 0
    vanished: int = 0
    seconds: float = 0.0
    sets: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class HarvestDone:
    """The end of the run."""

    endpoints: tuple[EndpointDone, ...]


Event = (
    EndpointStarted
    | PageDone
    | RecordQuarantined
    | Waiting
    | Noted
    | SweepDone
    | EndpointDone
    | HarvestDone
)
