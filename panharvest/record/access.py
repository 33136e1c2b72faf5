"""Who may have the data, from when and on which terms."""
# ruff: noqa: TC001  (msgspec reads the annotations)

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from panharvest.record.values import Moment


class AccessStatus(StrEnum):
    """Who may have the data, in the four steps of the COAR access rights."""

    OPEN = "open"
    EMBARGOED = "embargoed"
    RESTRICTED = "restricted"
    METADATA_ONLY = "metadata-only"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may have the data; ``note`` says it in words."""

    status: AccessStatus
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Embargo:
    """When access began to be held back and when that ends (the date as granted)."""

    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of use: SPDX identifier, URL and name, as far as known."""

    spdx: str | None = None
    url: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """A statement about rights beside access and licence, as it was found."""

    text: str | None = None
    url: str | None = None
    identifier: str | None = None
    scheme: str | None = None
    scheme_iri: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When and why the record was withdrawn."""

    date: Moment
    reason: str
