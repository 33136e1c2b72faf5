"""Where a record came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a re-exposed record was harvested (OAI-PMH ``about/provenance``).

    ``harvested`` is when; ``altered`` whether the record was changed afterwards;
    ``origin`` where that repository had it from, when it was not its own.
    """

    base_url: str
    identifier: str
    datestamp: str
    namespace: str
    harvested: str
    altered: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How this record came about.

    ``source`` names the connector (``nexus``), ``mapping`` the version of the tables.
    """

    source: str
    mapping: str | None = None
    origin: Origin | None = None
