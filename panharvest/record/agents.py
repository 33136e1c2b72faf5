"""Who did it, and who paid: people and organisations."""
# ruff: noqa: TC001  (msgspec reads the annotations)

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from panharvest.record.values import Identifier


class Nature(StrEnum):
    """Whether an agent is a person or an organisation (DataCite ``nameType``)."""

    PERSONAL = "personal"
    ORGANISATIONAL = "organisational"


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Where a person works; ``ror`` is the full URL.

    ``identifier`` is one of another scheme (``GRID``, ``ISNI``).
    """

    name: str
    ror: str | None = None
    identifier: Identifier | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """A person or an organisation.

    ``name`` is what is shown; a person's is ``Family, Given`` when that is certain.
    ``language`` is that of the name (BCP 47), where one is stated.
    """

    name: str
    nature: Nature | None = None
    given_name: str | None = None
    family_name: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    language: str | None = None

    def identifier(self, scheme: str) -> str | None:
        """Give the first identifier of a scheme (``ORCID``, ``ROR``), or None."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)


@dataclass(frozen=True, slots=True)
class Contributor:
    """An agent in a role, named as DataCite's ``contributorType``."""

    agent: Agent
    role: str


@dataclass(frozen=True, slots=True)
class Funding:
    """Who paid."""

    funder: str
    funder_identifier: Identifier | None = None
    award_number: str | None = None
    award_uri: str | None = None
    award_title: str | None = None
