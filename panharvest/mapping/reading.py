"""From a document of a catalogue to findings: every value a rule found, or why not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from panharvest.cells import licence as read_licence
from panharvest.cells import ror as read_ror
from panharvest.codelists import datacite
from panharvest.mapping.catalogues import NEVER, DocumentRule, System, fold_name
from panharvest.mapping.findings import EMAIL, Finding, clean, converted
from panharvest.mapping.selecting import Place, leaves, select, step
from panharvest.record import Checksum, Identifier, Licence
from panharvest.syntax import bare_doi, bare_handle, is_doi
from panharvest.times import read_moment
from panharvest.tree import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from panharvest.mapping.rules import Tables

HIDDEN = "(not shown)"
SHOWN = 200  # characters of a value in the trace
SEPARATORS = re.compile(r"\s*[;|]\s*|\s*,\s+")
CHECKSUMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
TRUE, FALSE = {"true", "1", "yes"}, {"false", "0", "no"}


def find_in(
    document: Mapping[str, Any], rules: Sequence[DocumentRule], tables: Tables
) -> tuple[list[Finding], list[DocumentRule]]:
    """Apply rules to a document; give what was found, and the rules in vain."""
    found: list[Finding] = []
    absent: list[DocumentRule] = []
    groups: dict[str, int] = {}
    for one in rules:
        places = next(
            (ps for s in one.alternatives if (ps := list(select(document, s)))), []
        )
        before = len(found)
        for place in places:
            thing = thing_of(place, one)
            group = (0, groups.setdefault(thing, len(groups)))
            start = Finding(one.rule, place.path, "", (0, 0), group)
            found += read_place(start, place, tables)
        if len(found) == before:
            absent.append(one)
    return found, absent


def thing_of(place: Place, one: DocumentRule) -> str:
    """Name the thing that a place describes, so that its fields come together."""
    if one.group.isdigit() and place.items:
        return place.items[min(int(one.group), len(place.items)) - 1]
    if place.items and not one.group:
        return place.items[-1]
    # a list of plain values under a name: each is a thing of its own
    index = place.items[-1].rpartition("[")[2] if place.items else ""
    return f"{one.group}[{index}" if one.group else one.rule.id


def read_place(start: Finding, place: Place, tables: Tables) -> Iterator[Finding]:
    """Convert what stands in one place."""
    value, rule = place.value, start.rule
    if rule.convert == NEVER:
        if value not in (None, "", [], {}):
            yield replace(start, text=HIDDEN, reason="personal data or internal")
        return
    if rule.convert == "constant":
        yield replace(start, text=shown(value), value=rule.argument)
        return
    if rule.convert == "parameter":
        yield from read_parameter(start, place, tables)
        return
    if value in (None, "", [], {}):
        return
    if isinstance(value, dict) or (isinstance(value, list) and rule.convert != "list"):
        what = "an object" if isinstance(value, dict) else "a list"
        yield replace(start, text=what, reason=f"{what} where a value is expected")
        return
    own = OWN.get(rule.convert)
    if own is None:
        yield converted(replace(start, text=shown(value)), Value([value]), tables)
        return
    text = clean(str(value))
    started = replace(start, text=text[:SHOWN])
    if tables.is_placeholder(text, rule.target):
        yield replace(started, reason="a placeholder")
        return
    if EMAIL.search(text):
        reason = "holds an e-mail address: personal data"
        yield replace(started, text=HIDDEN, reason=reason)
        return
    yield from own(started, value, tables)


def shown(value: object) -> str:
    """Give the beginning of a value for the trace."""
    return clean(str(value))[:SHOWN]


def as_flag(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read true or false; anything else is not understood."""
    word = str(value).strip().casefold()
    if word in TRUE | FALSE:
        yield replace(found, value=word in TRUE)
    else:
        yield replace(found, reason="neither true nor false")


def as_number(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a whole number that is not negative."""
    try:
        number = int(float(str(value)))
    except (ValueError, OverflowError):
        number = -1
    if number < 0:
        yield replace(found, reason="no whole number of 0 or more")
    else:
        yield replace(found, value=number)


def as_list(found: Finding, value: object, tables: Tables) -> Iterator[Finding]:
    """Part a list of words: a JSON list, or a text with separators."""
    words = value if isinstance(value, list) else SEPARATORS.split(str(value))
    for word in words:
        if isinstance(word, str | int | float) and (text := clean(str(word))):
            if tables.is_placeholder(text, found.rule.target):
                yield replace(found, text=text[:SHOWN], reason="a placeholder")
            else:
                yield replace(found, text=text[:SHOWN], value=text)


def as_licence(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a licence: SPDX identifier, address, or its name in words."""
    try:
        yield replace(found, value=Licence(**read_licence(str(value))))
    except ValueError:
        yield replace(found, value=Licence(name=clean(str(value))))


def as_term(found: Finding, value: object, tables: Tables) -> Iterator[Finding]:
    """Read a word of a catalogue that a table gives a meaning."""
    table = tables.words.get(found.rule.convert, {})
    meaning = table.get(clean(str(value)).casefold())
    if meaning is None:
        yield replace(
            found, reason=f"no {found.rule.convert} of this name in the table"
        )
    else:
        yield replace(found, value=meaning)


def as_name(found: Finding, value: object, tables: Tables) -> Iterator[Finding]:
    """Read the name of a person or organisation as it is written."""
    yield from (
        one
        for one in [converted(found, Value([clean(str(value))]), tables, "text")]
        if one.text
    )


def as_ror(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a ROR."""
    try:
        yield replace(found, value=read_ror(str(value)))
    except ValueError:
        yield replace(found, reason="not a ROR with the right check digits")


def as_technique(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Keep what identifies or names techniques; inference reads it."""
    yield replace(found, value=clean(str(value)))


def as_year(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a date or a year alone."""
    moment = read_moment(clean(str(value)))
    if moment is None:
        yield replace(found, reason="not a date")
    else:
        yield replace(found, value=moment)


def as_pid(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a persistent identifier; what is neither DOI, Handle nor ORCID is local."""
    text = clean(str(value))
    handle = bare_handle(text)
    if is_doi(bare_doi(text)):
        yield replace(found, value=Identifier(bare_doi(text), "DOI"))
    elif re.match(r"(hdl:|https?://hdl\.handle\.net/|\d+(\.\d+)+/\S)", text.lower()):
        yield replace(found, value=Identifier(handle, "Handle"))
    elif re.match(r"DOI:|https?://(dx\.)?doi\.org/", text, re.IGNORECASE):
        yield replace(found, reason="not a DOI")
    elif re.match(r"URL:\s*https?://|https?://", text, re.IGNORECASE):
        address = re.sub(r"(?i)^URL:\s*", "", text)
        yield replace(found, value=Identifier(address, "URL"))
    elif " " in text:
        yield replace(found, reason="no identifier: has blanks")
    else:
        yield replace(found, value=Identifier(text, "Local"))


def as_segment(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a part of a place like ``/site/facility/instrument``, the first is 1."""
    pieces = [piece.strip() for piece in str(value).split("/") if piece.strip()]
    number = int(found.rule.argument or 1)
    if len(pieces) < number:
        yield replace(found, reason=f"has no part {number}")
    else:
        yield replace(found, value=clean(pieces[number - 1]))


def as_relation(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a relation type of DataCite in any case."""
    names = {name.casefold(): name for name in datacite("relationType")}
    name = names.get(clean(str(value)).replace(" ", "").casefold())
    if name is None:
        yield replace(found, reason="no relation type of DataCite")
    else:
        yield replace(found, value=name)


def as_checksum(found: Finding, value: object, _: Tables) -> Iterator[Finding]:
    """Read a digest; its length tells the algorithm."""
    text = clean(str(value)).lower().rpartition(":")[2]
    algorithm = CHECKSUMS.get(len(text)) if re.fullmatch("[0-9a-f]+", text) else None
    if algorithm is None:
        yield replace(found, reason="no digest of a known length")
    else:
        yield replace(found, value=Checksum(algorithm, text))


OWN: dict[str, Callable[[Finding, object, Tables], Iterator[Finding]]] = {
    "flag": as_flag,
    "number": as_number,
    "size": as_number,
    "list": as_list,
    "licence": as_licence,
    "kind": as_term,
    "access": as_term,
    "person": as_name,
    "organisation": as_name,
    "ror": as_ror,
    "pid": as_pid,
    "segment": as_segment,
    "relation": as_relation,
    "technique": as_technique,
    "technique_name": as_technique,
    "year": as_year,
    "checksum": as_checksum,
}


def read_parameter(start: Finding, place: Place, tables: Tables) -> Iterator[Finding]:
    """Read a named quantity: what its name means, then its value and unit.

    The argument of the rule says where name, value and unit stand:
    ``name=type.name;value=numericValue|stringValue;unit=type.units``; a name ``*`` is
    what the place is called. A bare value is one without unit.
    """
    where = dict(part.partition("=")[::2] for part in start.rule.argument.split(";"))
    name = place.names[-1] if where.get("name") == "*" and place.names else ""
    value, unit = place.value, None
    if isinstance(place.value, dict):
        value, unit = pair(place.value, where.get("value", ""), where.get("unit", ""))
        own = {one for w in ("value", "unit") for one in where.get(w, "").split("|")}
        grouped = name and not own & set(place.value)
        if grouped and len(place.items) < DEEPEST:
            # a group of parameters: it has none of the members of one
            for key in place.value:
                (inner,) = step(place, "*", many=False, only=key)
                yield from read_parameter(
                    replace(start, path=inner.path), inner, tables
                )
            return
        name = name or str(member(place.value, where.get("name", "")) or "")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value in (None, ""):
        return
    if unit in (None, "") and isinstance(value, str):
        value, unit = with_unit(value)
    if not name or isinstance(value, dict | list):
        what = "no name" if not name else "not a single value"
        yield replace(start, text=f"{name} = {HIDDEN}", reason=what)
        return
    meaning = parameters_of(start, tables).get(fold_name(name))
    said = f"{name} = {shown(value)}" + (f" {shown(unit)}" if unit else "")
    if EMAIL.search(said):
        said = f"{name} = {HIDDEN}"
    if meaning is None:
        yield replace(start, text=said, reason=UNKNOWN)
        return
    if meaning.target != "parameters":
        # it belongs to the only sample or source, or makes one with the others
        meaning = replace(meaning, nx_class="NXentry")
        start = replace(start, group=LOOSE)
    found = replace(start, rule=meaning, path=f"{start.path} ({name})", text=said)
    units = str(unit) if unit else None
    yield converted(found, Value([numeric(value, meaning.convert)], units), tables)


LOOSE = (0, -1)
DEEPEST = 5  # groups of parameters that are looked into
UNKNOWN = "no rule for a parameter of this name"


def parameters_of(start: Finding, tables: Tables) -> Mapping[str, Any]:
    """Give what parameters of the catalogue of a rule mean."""
    system: System | None = tables.systems.get(start.rule.id.partition("-")[0])
    return system.parameters if system else {}


def numeric(value: object, convert: str) -> Any:  # noqa: ANN401 - a JSON scalar
    """Read a number that a catalogue holds as text."""
    if convert == "quantity" and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def pair(held: Mapping[str, Any], values: str, units: str) -> tuple[Any, Any]:
    """Give a value and its unit.

    Of as many spellings of both, those that belong together: a value as it was given
    has not the unit of the converted one.
    """
    if (count := values.count("|")) and count == units.count("|"):
        for one, other in zip(values.split("|"), units.split("|"), strict=True):
            if (value := member(held, one)) is not None:
                return value, member(held, other)
    return member(held, values), member(held, units)


_WITH_UNIT = re.compile(r"([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([^\W\d].*|[%°µ].*)")


def with_unit(text: str) -> tuple[str, str | None]:
    """Part a quantity that is written as one text (``1.0 Angstrom``)."""
    found = _WITH_UNIT.fullmatch(text.strip())
    return (found[1], found[2]) if found else (text, None)


def member(value: Mapping[str, Any], places: str) -> Any:  # noqa: ANN401 - JSON
    """Give the first of several places (``type.name|name``) that holds something."""
    for place in filter(None, places.split("|")):
        held: Any = value
        for key in place.split("."):
            held = held.get(key) if isinstance(held, dict) else None
        if held not in (None, ""):
            return held
    return None


def left_over(
    document: Mapping[str, Any], read: re.Pattern[str], found: Sequence[Finding]
) -> tuple[str, ...]:
    """Give the places that hold something and that no rule reads, each once."""
    unknown = {
        f"{re.sub(r'[0-9]+', '', one.path)} ({one.text.partition(' = ')[0]})"
        if "[" in one.path
        else one.path
        for one in found
        if one.reason in (UNKNOWN, "no name", "not a single value")
    }
    left = {path for path in set(leaves(document)) if not read.fullmatch(path)}
    return tuple(sorted(left | unknown))
