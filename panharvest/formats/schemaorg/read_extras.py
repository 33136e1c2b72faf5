"""Fields of the record that a node has as additional properties; dates and rights."""

from __future__ import annotations

from typing import Any

from panharvest.codelists import access_rights
from panharvest.formats.datacite.read_content import moment_of
from panharvest.formats.schemaorg.read_values import (
    Extras,
    each,
    ids,
    nodes,
    number,
    prose,
    tagged,
    text,
    words,
)
from panharvest.formats.schemaorg.terms import (
    DEFINITION,
    RECORD,
    Node,
)
from panharvest.licensing import compact, licence_of
from panharvest.record import (
    Access,
    AccessStatus,
    DatedEvent,
    Embargo,
    Interval,
    Level,
    Licence,
    Moment,
    Probe,
    Problem,
    RadiationSource,
    ResourceType,
    Right,
    Withdrawal,
)
from panharvest.syntax import is_moment


def extras_of(node: Node) -> Extras:
    """Give the additional properties that are fields of the record, by field."""
    found: Extras = {}
    for one in nodes(node.get("additionalProperty")):
        name = text(one.get("propertyID")) or ""
        if name.startswith(RECORD):
            found.setdefault(name.removeprefix(RECORD), []).append(one)
    return found


def extra_text(extras: Extras, field: str) -> str | None:
    """Give the value of a field that is one text."""
    return next((text(one.get("value")) for one in extras.get(field, ())), None)


def probes_of(extras: Extras) -> tuple[Probe, ...]:
    """Read the probes."""
    return tuple(
        Probe(name, text(one.get("valueReference")))
        for one in extras.get("probes", ())
        if (name := text(one.get("value")))
    )


def sources_of(extras: Extras) -> tuple[RadiationSource, ...]:
    """Read the radiation sources."""
    found = []
    for one in extras.get("sources", ()):
        name = text(one.get("name"))
        name = None if name == "sources" else name
        kind, probe = text(one.get("value")), text(one.get("valueReference"))
        found.append(RadiationSource(name, kind, probe))
    return tuple(found)


def count_of(extras: Extras) -> int | None:
    """Read the number of files."""
    found = next(
        (number(one.get("value")) for one in extras.get("file_count", ())), None
    )
    return None if found is None else int(found)


def withdrawal_of(extras: Extras) -> Withdrawal | None:
    """Read the withdrawal."""
    for one in extras.get("withdrawal", ()):
        if date := text(one.get("value")):
            return Withdrawal(Moment(date), text(one.get("description")) or "")
    return None


def resource_type_of(extras: Extras) -> ResourceType | None:
    """Read DataCite's own words for the type."""
    for one in extras.get("resource_type", ()):
        if general := text(one.get("value")):
            return ResourceType(general, text(one.get("description")))
    return None


def dates_of(extras: Extras) -> tuple[DatedEvent, ...]:
    """Read the dates that have no field of their own."""
    found = []
    for one in extras.get("dates", ()):
        value = text(one.get("value")) or ""
        first, _, last = value.partition("/")
        found.append(
            DatedEvent(
                text(one.get("name")) or "Other",
                Moment(first) if first else None,
                Moment(last) if last else None,
                text(one.get("description")),
            )
        )
    return tuple(found)


def definitions_of(node: Node, extras: Extras) -> tuple[str, ...]:
    """Read the application definitions of NeXus."""
    head, _, tail = DEFINITION.partition("{}")
    found = [
        url.removeprefix(head).removesuffix(tail)
        for url in ids(node.get("dct:conformsTo") or node.get("conformsTo"))
        if url.startswith(head)
    ]
    found += [
        t for one in extras.get("definitions", ()) if (t := text(one.get("value")))
    ]
    return tuple(found)


def moment(value: Any, place: str, problems: list[Problem]) -> Moment | None:  # noqa: ANN401 (JSON)
    """Read a date; one that is none is kept as the text it is."""
    said = text(value)
    if said is None:
        return None
    found = moment_of(said)
    if not is_moment(found.text):
        problems.append(
            Problem(
                "SO-DATE-001", Level.WARNING, place, f"This is no date: {said[:60]}"
            )
        )
    return found


def interval(value: Any, problems: list[Problem]) -> Interval | None:  # noqa: ANN401 (JSON)
    """Read when the data were collected."""
    said = text(next(each(value), None))
    if said is None:
        return None
    first, slash, last = said.partition("/")
    sides = [
        moment(side, "temporalCoverage", problems) if side not in ("", "..") else None
        for side in ((first.strip(), last.strip()) if slash else (said, ""))
    ]
    return Interval(sides[0], sides[1]) if any(sides) else None


def embargo_of(node: Node, problems: list[Problem]) -> Embargo | None:
    """Read begin and end of the embargo."""
    start = moment(node.get("dct:dateAccepted"), "dct:dateAccepted", problems)
    end = moment(node.get("dct:available"), "dct:available", problems)
    return Embargo(start, end) if start or end else None


def access_of(node: Node) -> tuple[Access | None, str | None]:
    """Read who may have the data; and what contradicts it."""
    statuses = {}
    for status, terms in access_rights().items():
        statuses[terms.coar] = statuses[terms.info] = status
        statuses[terms.label] = status
    found: AccessStatus | None = None
    note: str | None = None
    for said in words(node.get("conditionsOfAccess")):
        known = statuses.get(said.replace("https:", "http:"))
        if known is None:
            note = note or said
        else:
            found = found or known
    free = node.get("isAccessibleForFree")
    is_free = str(prose(free) if not isinstance(free, bool) else free).lower()
    if found is None and is_free in ("true", "http://schema.org/true"):
        found = AccessStatus.OPEN
    contradiction = None
    if found not in (None, AccessStatus.OPEN) and is_free == "true":
        contradiction = f"The data are {found}, and free of charge all the same."
    return (Access(found, note) if found else None), contradiction


def rights_of(node: Node, extras: Extras) -> tuple[Licence | None, tuple[Right, ...]]:
    """Read the licence, and other statements about rights."""
    licence: Licence | None = None
    rights: list[Right] = []
    name = extra_text(extras, "licence")
    for one in each(node.get("license")):
        inside = one if isinstance(one, dict) else {}
        said = text(inside.get("url")) or text(inside.get("@id")) or text(one)
        label = text(inside.get("name")) or name
        if said is None:
            continue
        url = said if said.startswith(("http://", "https://")) else None
        known = licence_of(text(inside.get("identifier")), url, said)
        if known is None and url is None:
            found = Licence(name=said)
        elif known is None:
            found = Licence(url=url, name=label)
        else:
            address = None if (url or "").startswith("https://spdx.org/") else url
            found = compact(Licence(known.spdx, address, label))
        if licence is None:
            licence = found
        elif known is None or known.spdx != licence.spdx:
            rights.append(Right(label or said, url, known.spdx if known else None))
    for one in nodes(node.get("usageInfo")):
        label_of = tagged(one.get("name"), None, None)
        rights.append(
            Right(
                label_of.value if label_of else None,
                text(one.get("url")),
                text(one.get("identifier")),
                text(one.get("inDefinedTermSet")),
                text(one.get("schemaVersion")),
                label_of.language if label_of else None,
            )
        )
    return licence, tuple(rights)
