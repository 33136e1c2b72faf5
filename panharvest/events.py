"""What an ingest tells while it runs; the caller draws it, logs it, or counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.publish import Outcome


@dataclass(frozen=True, slots=True)
class Found:
    """The folders were walked: so many files will be read."""

    files: int


@dataclass(frozen=True, slots=True)
class FileMapped:
    """A file was read and what it gives was published (be it hidden for now)."""

    path: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class FileUnchanged:
    """A file says the same as last time; it was published again all the same.

    ``outcomes`` tell whether a new mapping or policy changed what is served.
    """

    path: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class FileRefused:
    """A file cannot be used; what the store has of it from before stays."""

    path: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class BatchDone:
    """A transaction was committed."""

    files: int


@dataclass(frozen=True, slots=True)
class RunDone:
    """The end.

    Attributes
    ----------
    found, mapped, unchanged, refused
        Numbers of files.
    records
        Number of records by state (``open``, ``embargoed``, ``hidden``...).
    opening
        Number of records that are not open yet by the day on which they will be.
    held
        Number of hidden records without such a day by the reason's code.
    unlisted
        Rows of the manifest that no file has: ``line 7: scan_1.h5``.
    """

    found: int
    mapped: int
    unchanged: int
    refused: int
    records: Mapping[str, int]
    opening: Mapping[str, int]
    held: Mapping[str, int]
    unlisted: tuple[str, ...] = ()


Event = Found | FileMapped | FileUnchanged | FileRefused | BatchDone | RunDone
