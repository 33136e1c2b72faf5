"""What decides beside the record: what an operator says, and a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panharvest.record import Moment, Withdrawal


@dataclass(frozen=True, slots=True)
class Says:
    """What a catalogue says of the release of a document.

    ``public`` is None where its model has no such flag; False also when it should say
    so and does not, with the ``reason``. ``dates`` are release dates as they were
    written, also those that are none; ``needs_date``: without one nothing opens.
    ``not_before`` is a lower bound. ``type`` and ``kind`` are words that a policy may
    exclude or treat apart (``commissioning``; ``proposal``).
    """

    public: bool | None = None
    reason: str = ""
    dates: tuple[Moment, ...] = ()
    needs_date: bool = False
    not_before: Moment | None = None
    type: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What an operator or a catalogue says of access, besides the record.

    ``release_date`` is the operator's: it decides alone, also against the policy. A
    date that could not be read must be passed on as it was written: it hides the
    record, while None lets the policy decide. ``public`` False hides; True does not
    open before the date. ``incomplete``: a file of the dataset could not be read, so
    that when the experiment ended is not known. ``catalogue`` is what the catalogue
    says, where the record comes from one.
    """

    release_date: Moment | None = None
    public: bool | None = None
    proprietary: bool = False
    incomplete: bool = False
    withdrawn: Withdrawal | None = None
    catalogue: Says | None = None
