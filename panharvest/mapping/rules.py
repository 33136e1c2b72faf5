"""The mapping tables in memory: which field feeds which part of a record, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.units import dimension_of

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from panharvest.knowledge import Knowledge
    from panharvest.mapping.catalogues import System
    from panharvest.mapping.release import ReleaseRule
    from panharvest.record import Kind
    from panharvest.tree import Wanted

CONVERSIONS = frozenset(
    {
        "text",
        "moment",
        "definition",
        "identifier",
        "typed_identifier",
        "orcid",
        "doi",
        "url",
        "quantity",
        "raw",
    }
)
# What rules may feed: fields of the record, and attributes of the parts that are put
# together from several of them.
AGENT = frozenset(
    {"name", "given", "family", "orcid", "ror", "role", "organisation"}
    | {"affiliation", "affiliation_ror"}
)
PARTS: Mapping[str, frozenset[str]] = {
    "access": frozenset({"public", "release"}),
    "collected": frozenset({"start", "end"}),
    "contributor": AGENT,
    "creator": AGENT,
    "file": frozenset({"name", "path", "size", "checksum"}),
    "funding": frozenset(
        {"funder", "identifier", "award_number", "award_title", "award_uri"}
    ),
    "hint": frozenset({"source_name", "file_name", "creator"}),
    "instrument": frozenset({"name", "short_name", "identifier"}),
    "publisher": frozenset({"name"}),
    "relation": frozenset({"identifier", "type", "title", "doi", "url"}),
    "sample": frozenset(
        {"name", "formula", "description", "state", "type", "identifier"}
    ),
    "source": frozenset({"name", "type", "probe", "radiation"}),
    "subject": frozenset({"value", "scheme", "scheme_iri", "iri", "code"}),
    "technique": frozenset({"identifier", "name"}),
}
FIELDS = frozenset(
    {"alternate_identifiers", "created", "definitions", "descriptions", "experiment"}
    | {"file_count", "formats", "identifiers", "issued", "keywords", "kind"}
    | {"landing_page", "language", "licence", "modified", "parameters", "pid", "size"}
    | {"structure", "titles", "version"}
)
# Classes below each class that can hold what the rules ask for; others stay closed.
CHILDREN: Mapping[str, frozenset[str]] = {
    "NXroot": frozenset({"NXentry"}),
    "NXentry": frozenset(
        {
            "NXsubentry",
            "NXinstrument",
            "NXsample",
            "NXuser",
            "NXsource",
            "NXbeam",
            "NXcite",
        }
    ),
    "NXinstrument": frozenset(
        {
            "NXsource",
            "NXbeam",
            "NXmonochromator",
            "NXcrystal",
            "NXdetector",
            "NXcite",
        }
    ),
    "NXmonochromator": frozenset({"NXcrystal"}),
    "NXsample": frozenset({"NXbeam"}),
}
ROOT_ATTRIBUTES = frozenset(
    {"file_name", "file_time", "creator", "NeXus_version", "default"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a field (or attribute) of a class feeds a target through a conversion.

    ``field`` may end in ``*``; it is empty for an attribute of the group itself.
    ``rank`` orders rules for the same target (1 first).
    """

    id: str
    nx_class: str
    field: str
    attribute: str
    target: str
    convert: str
    argument: str
    category: str
    rank: int

    @property
    def label(self) -> str:
        """The place in the words of NXDL, e.g. ``NXsample/name``."""
        mark = f"@{self.attribute}" if self.attribute else ""
        return (
            f"{self.nx_class}/{self.field}{mark}"
            if self.field
            else (f"{self.nx_class}{mark}")
        )


def check_target(target: str) -> None:
    """Refuse a target that nothing would come of.

    Raises
    ------
    ValueError
        Naming what is known.
    """
    part, dot, attribute = target.partition(".")
    if not dot and target in FIELDS:
        return
    if part not in PARTS:
        known = ", ".join(sorted(FIELDS | {f"{one}.*" for one in PARTS}))
        raise ValueError(f"the target '{target}' is unknown; there are {known}")
    if attribute not in PARTS[part]:
        known = ", ".join(sorted(PARTS[part]))
        raise ValueError(f"the target '{target}' is unknown; {part} has {known}")


def check_category(category: str, convert: str) -> None:
    """Refuse a quantity without a category of units that is known.

    Raises
    ------
    ValueError
        Saying what the category must be.
    """
    if convert == "quantity" and not category:
        raise ValueError("a quantity needs a category of units, such as NX_ENERGY")
    if category:
        dimension_of(category)


@dataclass(frozen=True, slots=True)
class Tables:
    """All mapping tables, and a digest that changes when any of them does.

    ``systems`` are the catalogues that documents come from; ``words`` what catalogues
    say in one word, by subject (``kind``, ``access``) and folded word; ``release``
    what says something of release in a document, by system and entity.
    """

    rules: tuple[Rule, ...]
    placeholders: Mapping[str, re.Pattern[str]]
    roles: Mapping[str, str]
    kinds: Mapping[str, Kind]
    wanted: Wanted
    version: str
    knowledge: Knowledge
    systems: Mapping[str, System] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    release: Mapping[tuple[str, str], tuple[ReleaseRule, ...]] = field(
        default_factory=dict
    )

    def is_placeholder(self, text: str, scope: str = "any") -> bool:
        """Whether a text stands for a missing value."""
        return any(
            pattern.fullmatch(text)
            for key, pattern in self.placeholders.items()
            if key in ("any", scope)
        )
