"""Places in a document of a catalogue: a small grammar, and how it is followed.

``datasetName`` is a member, ``instrument.name`` a member of a member, ``techniques[]``
every item of a list (or the one that stands where a list could), ``*`` every member.
Old spellings are alternatives: ``abstract|dataDescription``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from panharvest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEMBER = re.compile(r"(?P<name>\*|[\w$@:-]+)(?P<many>\[\])?")
DEEPEST = 12  # members of members that are looked into
LONGEST = 10_000  # items of one list that are looked at


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was found.

    ``path`` is where it is (``techniques[1].pid``), ``items`` are the list items and
    members that each ``[]`` or ``*`` stands for, the outermost first, and ``names``
    what each ``*`` stood for.
    """

    path: str
    value: Any
    items: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def read_selector(text: str) -> tuple[tuple[str, bool], ...]:
    """Read a place: its members, and whether each is a list.

    Raises
    ------
    ConfigError
        When the text is not one.
    """
    found = []
    for part in text.split("."):
        match = MEMBER.fullmatch(part)
        if match is None:
            raise ConfigError(f"'{text}' is no place: write member.member[].*")
        found.append((match["name"], bool(match["many"])))
    return tuple(found)


def select(
    document: Mapping[str, Any], selector: tuple[tuple[str, bool], ...]
) -> Iterator[Place]:
    """Give the places of a document that a selector names, in order."""
    places = [Place("", document)]
    for name, many in selector:
        places = [new for place in places for new in step(place, name, many=many)]
    yield from places


def step(
    place: Place, name: str, *, many: bool, only: str | None = None
) -> Iterator[Place]:
    """Go from a place to a member of it; of ``*``, to all or to ``only`` one."""
    value = place.value
    if not isinstance(value, dict):
        return
    wanted = [name] if name != "*" else list(value) if only is None else [only]
    for key in (one for one in wanted if one in value):
        path = below(place.path, key)
        names = (*place.names, key) if name == "*" else place.names
        above = (*place.items, path) if name == "*" else place.items
        if not many:
            yield Place(path, unwrapped(value[key]), above, names)
            continue
        held = unwrapped(value[key])
        items = held if isinstance(held, list) else [] if held is None else [held]
        for index, one in enumerate(items[:LONGEST]):
            at = f"{path}[{index}]"
            yield Place(at, unwrapped(one), (*above, at), names)


def below(path: str, key: str) -> str:
    """Give the place of a member; signs of the grammar in its name are escaped."""
    name = re.sub(r"[.\[\]%]", lambda sign: f"%{ord(sign[0]):02X}", str(key))
    return f"{path}.{name}" if path else name


def unwrapped(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Take away what MongoDB writes around a date or number."""
    if isinstance(value, dict) and len(value) == 1:
        key, inner = next(iter(value.items()))
        if key in ("$date", "$numberLong", "$numberInt", "$oid") and not isinstance(
            inner, dict | list
        ):
            return inner
    return value


def leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Give the places of all values of a document, lists once, as ``a.b[].c``."""
    value = unwrapped(value)
    if isinstance(value, dict) and value and depth < DEEPEST:
        for key, inner in value.items():
            yield from leaves(inner, below(path, key), depth + 1)
    elif isinstance(value, list) and value and depth < DEEPEST:
        for one in value[:LONGEST]:
            yield from leaves(one, f"{path}[]", depth + 1)
    elif value not in (None, "", [], {}):
        yield path
