"""What is wrong with a record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a problem matters: an error holds the record back."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a record: stable code, field, message and what to do."""

    code: str
    level: Level
    field: str
    message: str
    advice: str = ""
