"""Objects of an ICAT and how they hang together: documents with what belongs to them.

ICAT's schema is a graph; a document is an object with the objects that it refers to,
and those that refer to it, where ICAT's own queries with INCLUDE put them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYSTEM = "icat"
FILES = 10_000

Document = dict[str, Any]

# Attributes that refer to one other object, with its entity; where the entity depends
# on who refers, that stands before a dot.
TO_ONE = {
    "facility": "Facility",
    "investigation": "Investigation",
    "dataset": "Dataset",
    "datafile": "Datafile",
    "sample": "Sample",
    "user": "User",
    "instrument": "Instrument",
    "technique": "Technique",
    "datafileFormat": "DatafileFormat",
    "facilityCycle": "FacilityCycle",
    "grouping": "Grouping",
    "funding": "FundingReference",
    "content": "DataCollection",
    "publication": "DataPublication",
    "study": "Study",
    "dataCollection": "DataCollection",
    "Investigation.type": "InvestigationType",
    "Dataset.type": "DatasetType",
    "Sample.type": "SampleType",
    "DataPublication.type": "DataPublicationType",
    "type": "ParameterType",
}
# Entities that are listed by the object that they refer to, under a name.
LISTED = {
    "Datafile": ("dataset", "datafiles"),
    "DatasetParameter": ("dataset", "parameters"),
    "DatasetInstrument": ("dataset", "datasetInstruments"),
    "DatasetTechnique": ("dataset", "datasetTechniques"),
    "Sample": ("investigation", "samples"),
    "InvestigationUser": ("investigation", "investigationUsers"),
    "InvestigationInstrument": ("investigation", "investigationInstruments"),
    "InvestigationParameter": ("investigation", "parameters"),
    "InvestigationFunding": ("investigation", "fundingReferences"),
    "Keyword": ("investigation", "keywords"),
    "Publication": ("investigation", "publications"),
    "DataPublicationUser": ("publication", "users"),
    "DataPublicationDate": ("publication", "dates"),
    "RelatedItem": ("publication", "relatedItems"),
    "DataPublicationFunding": ("publication", "fundingReferences"),
    "Affiliation": ("user", "affiliations"),
}
# What an object that is referred to brings along; the rest of its lists stay away.
BROUGHT = {"Investigation": ("investigationUsers", "investigationInstruments")}
ROOTS = ("Investigation", "Dataset", "DataPublication")
DEEPEST = 6
# Of people that no record needs.
LEFT_OUT = frozenset({"email", "investigationGroups", "shifts", "userGroups"})

NUMBERS = frozenset(
    {"fileSize", "fileCount", "numericValue", "rangeTop", "rangeBottom", "error"}
    | {"daysUntilRelease"}
)


@dataclass(slots=True)
class Graph:
    """Objects by entity and key; references are keys.

    ``natural`` finds an object by the values that name it.
    """

    objects: dict[str, dict[str, Document]] = field(default_factory=dict)
    lists: dict[tuple[str, str], dict[str, list[Document]]] = field(
        default_factory=dict
    )

    def add(self, entity: str, key: str, value: Document) -> None:
        """Take an object."""
        self.objects.setdefault(entity, {})[key] = value

    def link(self) -> None:
        """List the objects that refer to another with that other."""
        for entity, (attribute, name) in LISTED.items():
            parent = "User" if entity == "User" else None
            for one in self.objects.get(entity, {}).values():
                key = one.get(attribute)
                if isinstance(key, str):
                    held = self.lists.setdefault((parent or "", name), {})
                    held.setdefault(key, []).append({"@entity": entity, **one})

    def get(self, entity: str, key: object) -> Document | None:
        """Give an object by its key."""
        return self.objects.get(entity, {}).get(key) if isinstance(key, str) else None

    def whole(self, entity: str, key: str, depth: int = 0) -> Document:
        """Give an object with all that belongs to it."""
        made = self.expand(self.objects[entity][key], entity, depth)
        if depth > DEEPEST:
            return made
        wanted = None if depth == 0 else BROUGHT.get(entity, ())
        for (_, name), held in self.lists.items():
            found = held.get(key)
            if not found or (wanted is not None and name not in wanted):
                continue
            kind, attribute = found[0]["@entity"], LISTED[found[0]["@entity"]][0]
            if TO_ONE.get(attribute, "") != entity and kind != "Affiliation":
                continue
            listed = [
                self.expand(
                    {k: v for k, v in one.items() if k not in (attribute, "@entity")},
                    kind,
                    depth + 1,
                )
                for one in found[:FILES]
            ]
            made[name] = [*_list(made.get(name)), *listed]
        return made

    def expand(self, value: Mapping[str, Any], entity: str, depth: int) -> Document:
        """Put the objects that are referred to in the places of their keys."""
        made: Document = {}
        for name, one in value.items():
            if name in LEFT_OUT:
                continue
            target = TO_ONE.get(f"{entity}.{name}") or TO_ONE.get(name)
            if isinstance(one, str) and target and self.get(target, one) is not None:
                if depth < DEEPEST:
                    made[name] = self.whole(target, one, depth + 1)
            elif isinstance(one, dict):
                made[name] = self.expand(one, target or name, depth + 1)
            elif isinstance(one, list):
                made[name] = [
                    self.expand(item, name, depth + 1)
                    if isinstance(item, dict)
                    else item
                    for item in one[:FILES]
                ]
            else:
                made[name] = one
        return made

    def entries(self) -> Iterator[Entry]:
        """Give investigations, datasets and data publications as documents."""
        for entity in ROOTS:
            for key in self.objects.get(entity, {}):
                document = self.whole(entity, key)
                yield entry(entity, document, name_of(entity, document) or key)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def name_of(entity: str, document: Mapping[str, Any]) -> str | None:
    """Name an object by what makes it unique in ICAT's schema, without its facility."""
    if entity == "DataPublication":
        return _text(document.get("pid"))
    name, visit = _text(document.get("name")), _text(document.get("visitId"))
    if entity == "Investigation":
        return "/".join(one for one in (name, visit) if one) or None
    above = document.get("investigation")
    parent = name_of("Investigation", above) if isinstance(above, dict) else None
    return "/".join(one for one in (parent, name) if one) if name else None


def _text(value: object) -> str | None:
    return str(value).strip() or None if isinstance(value, str | int) else None


def value_of(name: str, text: str) -> object:
    """Read a number where ICAT has one; all else is text."""
    if name in NUMBERS:
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return text


def entry(
    entity: str, document: Mapping[str, Any], local: str, key: str | None = None
) -> Entry:
    """Make an entry of a document."""
    modified = document.get("modTime")
    return Entry(
        id=f"{entity}:{key or local}",
        system=SYSTEM,
        entity=entity,
        document=document,
        modified=modified if isinstance(modified, str) else None,
        local=local,
    )
