"""The front matter of a mapping set: YAML in comment lines, with the line of each key.

PyYAML reads it, as events: what SSSOM forbids (tags, anchors, aliases) is refused, and
nothing is ever expanded or built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_DEPTH = 20
LENIENT = re.compile(r"(?P<indent>\s*)(?P<key>[A-Za-z_][\w.-]*)\s*:\s*(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the front matter and the line of its file where it begins."""

    value: str | list[Node] | dict[str, Node]
    line: int

    def text(self) -> str | None:
        """Give the text of a scalar, or None."""
        return self.value if isinstance(self.value, str) else None


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What is said about a set as a whole; ``fault`` where it is not YAML of SSSOM.

    After a fault the values are those that could be made out line by line, so that the
    rows can be checked all the same.
    """

    values: dict[str, Node] = field(default_factory=dict)
    fault: str = ""
    fault_line: int = 0

    def text(self, key: str) -> str:
        """Give the text of a key, or nothing."""
        node = self.values.get(key)
        return (node.text() or "").strip() if node else ""

    def line(self, key: str) -> int:
        """Give the line of a key, or 0."""
        node = self.values.get(key)
        return node.line if node else 0

    @property
    def prefixes(self) -> dict[str, Node]:
        """The declared prefixes."""
        node = self.values.get("curie_map")
        return dict(node.value) if node and isinstance(node.value, dict) else {}

    def extensions(self) -> set[str]:
        """Give the names of the extension slots that are declared."""
        node = self.values.get("extension_definitions")
        if node is None or not isinstance(node.value, list):
            return set()
        names = set()
        for one in node.value:
            if isinstance(one.value, dict) and "slot_name" in one.value:
                names.add(one.value["slot_name"].text() or "")
        return names - {""}


class _UnfitError(Exception):
    """YAML that SSSOM does not allow."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def read_front_matter(lines: Sequence[str], first: int = 1) -> FrontMatter:
    """Read front matter from its lines, without their comment signs.

    Parameters
    ----------
    lines
        The YAML, line by line.
    first
        The number of the first line in its file.
    """
    import yaml

    if not any(line.strip() for line in lines):
        return FrontMatter()
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    # A comment line that only ends the block in a spreadsheet is no YAML.
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    try:
        node = _document(iter(yaml.parse(text, Loader=loader)), first)
    except _UnfitError as problem:
        return FrontMatter(_lenient(lines, first), str(problem), problem.line)
    except yaml.YAMLError as problem:
        mark: Any = getattr(problem, "problem_mark", None)
        line = first + mark.line if mark is not None else first
        what = getattr(problem, "problem", None) or "it is not correct YAML"
        return FrontMatter(_lenient(lines, first), str(what), line)
    if not isinstance(node.value, dict):
        fault = "it is not a list of 'key: value'"
        return FrontMatter(_lenient(lines, first), fault, node.line)
    return FrontMatter(node.value)


def _document(events: Iterator[Any], first: int) -> Node:
    import yaml

    for event in events:
        if isinstance(event, yaml.DocumentStartEvent | yaml.StreamStartEvent):
            continue
        node = _node(event, events, first, 0)
        for rest in events:
            if isinstance(rest, yaml.DocumentStartEvent):
                raise _UnfitError("it holds two documents", first)
        return node
    raise _UnfitError("it is empty", first)


def _node(event: Any, events: Iterator[Any], first: int, depth: int) -> Node:  # noqa: ANN401 - PyYAML's events have no types
    import yaml

    line = first + event.start_mark.line
    if depth > MAX_DEPTH:
        raise _UnfitError("it is nested too deeply", line)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise _UnfitError("anchors and aliases are not allowed in SSSOM", line)
    if getattr(event, "tag", None):
        raise _UnfitError("tags are not allowed in SSSOM", line)
    if isinstance(event, yaml.ScalarEvent):
        return Node(event.value, line)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_node(event, events, first, depth + 1))
        return Node(items, line)
    found: dict[str, Node] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(event, events, first, depth + 1)
        name = key.text()
        if name is None:
            raise _UnfitError("a key is not a plain text", key.line)
        if name in found:
            raise _UnfitError(f"'{name}' is given twice", key.line)
        value = _node(next(events), events, first, depth + 1)
        found[name] = Node(value.value, key.line)
    return Node(found, line)


def _lenient(lines: Sequence[str], first: int) -> dict[str, Node]:
    """Make out what can be made out of front matter that is not YAML."""
    found: dict[str, Node] = {}
    prefixes: dict[str, Node] = {}
    parent, margin = "", None
    for number, line in enumerate(lines, first):
        match = LENIENT.fullmatch(line)
        if match is None:
            continue
        indent = len(match["indent"])
        margin = indent if margin is None else margin
        value = match["value"].strip().strip("\"'")
        if indent <= margin:
            parent = match["key"]
            found.setdefault(parent, Node(value, number))
        elif parent == "curie_map":
            prefixes.setdefault(match["key"], Node(value, number))
    if "curie_map" in found:
        found["curie_map"] = Node(prefixes, found["curie_map"].line)
    return found
