"""How every value of a harvested record was read: from which place, by which rule.

Documents are read by functions, not by tables, so a reading is explained by experiment:
what stands in one place after the other is replaced by a word that means nothing, the
document is read again, and what of the record is not as it was came from there. That is
true of whatever the readers do, and costs nothing where nobody asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, partial
from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from panharvest.errors import SkipError
from panharvest.harvester.foreign import interpreted, is_dublin_core, parsed, read
from panharvest.harvester.opening import opening
from panharvest.mapping import TraceRow
from panharvest.mapping.findings import EMAIL
from panharvest.sources.oaipmh.datestamps import lenient
from panharvest.sources.oaipmh.headers import local
from panharvest.tables import read_table, resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.harvested import Harvested
    from panharvest.harvester.opening import Opening
    from panharvest.record import Problem, Record

NONSENSE = "\u00a7"
USED = "used"
MOST = 500  # places of a document that are tried
_FORMS = ("datacite", "schemaorg", "dcat", "oai_dc")  # columns of the crosswalk
_ELSEWHERE = frozenset({"id", "provenance"})  # not from the document
_EMPTY: tuple[object, ...] = (None, "", False, ())
_SAME = "withheld: it says what is said elsewhere too"
_LONG = "withheld: not looked at, the document is too long"


Again = Callable[[], object]  # reads the document as it is now


@dataclass(frozen=True, slots=True)
class Explained:
    """A harvested record with its explanation.

    ``trace`` is in the form that files and catalogues have; its rules are rows of the
    crosswalk (``crosswalk:datacite/titles``) or of the protocol. ``leftovers`` are the
    places from which nothing was read. ``opening`` says when its data open, and why.
    """

    record: Record
    trace: tuple[TraceRow, ...]
    leftovers: tuple[str, ...]
    problems: tuple[Problem, ...]
    opening: Opening


def explain(harvested: Harvested) -> Explained:
    """Read a live record, and say where every value of it is from.

    Raises
    ------
    SkipError
        When it is in a format that nothing reads, or cannot be parsed.
    """
    document = read(harvested, id=harvested.identifier)
    tree, root = parsed(harvested)
    form = "oai_dc" if is_dublin_core(root) else "datacite"
    whole = msgspec.to_builtins(document.record)
    rows: list[TraceRow] = [*_of_protocol(harvested, tree)]
    leftovers = [
        path
        for path, element in _elements(tree, "")
        if local(element) == "setSpec" and "/header/" in path
    ]
    places = list(_places(root, "/record/metadata"))
    looked, rest = places[:MOST], places[MOST:]
    again = partial(_read_again, root, harvested.identifier)
    found = [_tried(place, again, whole) for place in looked]
    _settle(looked, found, again, whole)
    for place, (targets, outcome) in zip(looked, found, strict=True):
        text = _shown(place.text)
        if not targets:
            leftovers.append(place.path)
        for target in targets:
            rule = _rule(form, target)
            rows.append(TraceRow(target, rule, place.path, text, outcome))
    rows += (TraceRow("", "", one.path, _shown(one.text), _LONG) for one in rest)
    rows += _absent(document.record, form)
    return Explained(
        record=document.record,
        trace=tuple(rows),
        leftovers=tuple(leftovers),
        problems=document.problems,
        opening=opening(document.record, lenient(harvested.datestamp)),
    )


# --- places ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A text of an element, or (named) one of its attributes."""

    path: str
    element: etree._Element
    name: str | None = None

    @property
    def text(self) -> str:
        found = self.element.text if self.name is None else self.element.get(self.name)
        return str(found or "")

    def put(self, text: str) -> None:
        if self.name is None:
            self.element.text = text
        else:
            self.element.set(self.name, text)


def _places(root: etree._Element, above: str) -> Iterator[_Place]:
    """Give all places of a document that hold something, in its order."""
    for path, element in _elements(root, above):
        for name in element.attrib:
            yield _Place(f"{path}@{etree.QName(name).localname}", element, str(name))
        if (element.text or "").strip():
            yield _Place(path, element)


def _elements(root: etree._Element, above: str) -> Iterator[tuple[str, etree._Element]]:
    """Give elements with their paths: local names, numbered where there are several."""
    todo = [(f"{above}/{local(root)}", root)]
    while todo:
        path, element = todo.pop()
        yield path, element
        children = [child for child in element if isinstance(child.tag, str)]
        names = [local(child) for child in children]
        several, met, named = Counter(names), Counter[str](), []
        for name, child in zip(names, children, strict=True):
            met[name] += 1
            number = f"[{met[name]}]" if several[name] > 1 else ""
            named.append((f"{path}/{name}{number}", child))
        todo += reversed(named)


# --- what comes of them ---------------------------------------------------------------


def _tried(place: _Place, again: Again, whole: object) -> tuple[list[str], str]:
    """Give what is read from a place, and what came of it."""
    held = place.text
    try:
        for text in (NONSENSE, ""):
            place.put(text)
            other = again()
            if lost := list(dict.fromkeys(_lost(whole, other))):
                return lost, USED
        place.put(NONSENSE)
        other = again()
        new = list(dict.fromkeys(_lost(other, whole)))
        return new, _SAME
    finally:
        place.put(held)


def _settle(
    places: Sequence[_Place],
    found: list[tuple[list[str], str]],
    again: Again,
    whole: object,
) -> None:
    """Name a place for what several say: the first one, when the others are silent."""
    named = {one for targets, said in found if said == USED for one in targets}
    missing = [path for path in _leaves(whole) if not _is_under(path, named)]
    if not missing:
        return
    held = [place.text for place in places]
    try:
        for number in range(len(places) - 1, -1, -1):
            places[number].put(NONSENSE)
            lost = [
                path
                for path in dict.fromkeys(_lost(whole, again()))
                if any(_is_under(leaf, {path}) for leaf in missing)
            ]
            if lost:
                before = found[number][0] if found[number][1] == USED else []
                found[number] = ([*before, *lost], USED)
                missing = [leaf for leaf in missing if not _is_under(leaf, set(lost))]
                if not missing:
                    return
    finally:
        for place, text in zip(places, held, strict=True):
            place.put(text)


def _leaves(value: object, path: str = "") -> Iterator[str]:
    """Give the paths of what a record says."""
    if value in _EMPTY or path in _ELSEWHERE:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield _plain(path)


def _is_under(path: str, above: set[str]) -> bool:
    """Whether a path is one of others, or in it."""
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in above)


def _plain(path: str) -> str:
    return re.sub(r"\.(?:value|text)$", "", path)


def _read_again(root: etree._Element, id_: str) -> object:
    try:
        return msgspec.to_builtins(interpreted(root, id_).record)
    except SkipError:  # without it there is no document
        return {}


def _lost(before: object, after: object, path: str = "") -> Iterator[str]:
    """Give the paths of a record at which it is not any more what it was."""
    if before == after or before in _EMPTY:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            yield from _lost(value, after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, tuple) and isinstance(after, tuple):
        alike = len(before) == len(after)
        for number, member in enumerate(before):
            if alike:
                yield from _lost(member, after[number], f"{path}[{number}]")
            elif member not in after:
                yield f"{path}[{number}]"
    else:
        yield _plain(path)


def _rule(form: str, target: str) -> str:
    field = re.split(r"[.\[]", target, maxsplit=1)[0]
    return f"crosswalk:{form}/{field}"


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return "(not shown)" if EMAIL.search(text) else text


def _of_protocol(harvested: Harvested, tree: etree._Element) -> Iterator[TraceRow]:
    """Explain what the answer says around the document."""
    identifier, rule = harvested.identifier, "oai-pmh:header"
    path = "/record/header/identifier"
    yield TraceRow("id", rule, path, identifier, "used")
    origin = "provenance.origin"
    yield TraceRow(f"{origin}.identifier", rule, path, identifier, "used")
    path = "/record/header/datestamp"
    yield TraceRow(f"{origin}.datestamp", rule, path, harvested.datestamp, "used")
    url = harvested.feed.url
    yield TraceRow(f"{origin}.base_url", "oai-pmh:endpoint", "baseURL", url, "used")
    for path, element in _elements(tree, ""):
        if local(element) == "originDescription":
            said = element.findtext("{*}baseURL") or ""
            yield TraceRow(f"{origin}.origin", "oai-pmh:provenance", path, said, "used")
            return


def _absent(record: Record, form: str) -> Iterator[TraceRow]:
    """Tell what the document could have said and does not."""
    for field in fields(record):
        place = _crosswalk()[field.name][form]
        if field.name in _ELSEWHERE or place.startswith("\u2013"):
            continue
        if not getattr(record, field.name):
            rule = f"crosswalk:{form}/{field.name}"
            yield TraceRow(field.name, rule, place.replace("`", ""), "", "absent")


@cache
def _crosswalk() -> Mapping[str, Mapping[str, str]]:
    rows = read_table(resource("crosswalk.tsv"), ("field", *_FORMS))
    return {row["field"]: row for row in rows}
