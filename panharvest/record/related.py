"""What a record is related to: links, and things described."""
# ruff: noqa: TC001  (msgspec reads the annotations)

from __future__ import annotations

from dataclasses import dataclass

from panharvest.record.agents import Agent, Contributor
from panharvest.record.values import Identifier, Text


@dataclass(frozen=True, slots=True)
class Relation:
    """A link to something else; ``type`` is DataCite's ``relationType``.

    ``metadata_scheme`` and its address and type say in which form the metadata are
    that a relation ``HasMetadata`` leads to.
    """

    identifier: Identifier
    type: str
    title: str | None = None
    kind: str | None = None
    information: str | None = None
    metadata_scheme: str | None = None
    metadata_scheme_iri: str | None = None
    metadata_scheme_type: str | None = None


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """Something related that is described rather than only linked (a book chapter).

    ``kind`` is a ``resourceTypeGeneral``, ``type`` a ``relationType`` of DataCite.
    """

    kind: str
    type: str
    titles: tuple[Text, ...] = ()
    identifier: Identifier | None = None
    creators: tuple[Agent, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    year: str | None = None
    volume: str | None = None
    issue: str | None = None
    number: str | None = None
    number_type: str | None = None
    first_page: str | None = None
    last_page: str | None = None
    publisher: str | None = None
    edition: str | None = None
    information: str | None = None
    metadata_scheme: str | None = None
    metadata_scheme_iri: str | None = None
    metadata_scheme_type: str | None = None
