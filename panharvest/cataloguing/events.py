"""What a run is told, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.catalogued import Refused

Status = Literal["complete", "incomplete", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSettings:
    """How to read a catalogue.

    Parameters
    ----------
    full
        Read everything, whatever was read before.
    sweep
        Compare the identifiers of the catalogue with those that are kept, and take
        down what is gone or not public any more.
    accept_vanished
        However many there are.
    vanish_most
        Share of the records that may be taken down at once; when more are missing, a
        person is asked, for a catalogue that is ill loses many.
    max_fetch
        Missing records that are asked for one by one in one run.
    """

    full: bool = False
    sweep: bool = True
    accept_vanished: bool = False
    vanish_most: float = 0.2
    max_fetch: int = 5_000


@dataclass(frozen=True, slots=True)
class PageKept:
    """A page is in the store."""

    source: str
    entries: int
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogueDone:
    """The end of a run: the report.

    ``status`` is ``complete``; ``incomplete``: the next run goes on; ``failed``: a
    person must do something. ``records`` counts by state, ``opening`` by day, ``held``
    by reason.
    """

    source: str
    kind: str
    status: Status
    code: str
    reason: str
    pages: int
    entries: int
    changed: int
    unchanged: int
    refused: int
    vanished: int
    records: Mapping[str, int]
    opening: Mapping[str, int]
    held: Mapping[str, int]
    notes: tuple[str, ...]


Event = PageKept | CatalogueDone
