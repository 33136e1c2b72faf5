"""Documents of catalogues in files: JSON, YAML and XML, read safely.

A file holds what the service gives, or a dump of it. YAML is read without aliases and
without any type but text, number, truth and null: there is nothing to expand and
nothing to run.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Refused
from panharvest.documents import DEEPEST, looks_like_xml, parse_json, parse_xml, said
from panharvest.errors import SkipError, StopError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from panharvest.catalogued import Entry

LARGEST = 512 * 2**20  # bytes of a file; a dump of a whole catalogue may be large
RAW = 64 * 1024  # bytes of a refused piece that are kept
NODES = 20_000_000  # of a YAML file


@dataclass(frozen=True, slots=True)
class Piece:
    """A document of a file and where it was."""

    value: Any
    place: str
    stem: str  # of the file's name, in small letters


def read_files(paths: Sequence[Path]) -> Iterator[tuple[Path, bytes]]:
    """Give the files with their bytes.

    Raises
    ------
    StopError
        When one cannot be read at all: a name that is wrong is not to be overlooked.
    """
    for path in paths:
        try:
            size = path.stat().st_size
            if size > LARGEST:
                raise StopError(
                    f"{path.name}: {size:,} bytes; {LARGEST:,} are the limit: give "
                    "the dump in parts"
                )
            yield path, path.read_bytes()
        except OSError as error:
            raise StopError(f"{path}: {error.strerror or error}") from None


def json_pieces(paths: Sequence[Path]) -> Iterator[Piece | Refused]:
    """Give the documents of JSON files: of a list its members, else the document.

    A list may be one JSON document or one JSON document a line. A member that is no
    document is refused by itself.
    """
    for path, body in read_files(paths):
        stem = path.stem.casefold()
        try:
            value = parse_large(body)
        except SkipError as error:
            lines = list(_lines(body, path.name, stem))
            if lines and any(isinstance(one, Piece) for one in lines):
                yield from lines
            else:
                yield Refused(
                    error.code, f"{path.name}: {error}", path.name, body[:RAW]
                )
            continue
        for place, one in members(value, path.name):
            if isinstance(one, dict):
                yield Piece(one, place, stem)
            else:
                yield Refused(
                    "document.member",
                    f"{place}: not an object but {kind_of(one)}",
                    place,
                    encoded(one)[:RAW],
                )


def _lines(body: bytes, name: str, stem: str) -> Iterator[Piece | Refused]:
    if b"\n" not in body.strip() or not body.lstrip().startswith(b"{"):
        return
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        place = f"{name}, line {number}"
        try:
            value = parse_large(line)
        except SkipError as error:
            yield Refused(error.code, f"{place}: {error}", place, line[:RAW])
            continue
        if isinstance(value, dict):
            yield Piece(value, place, stem)
        else:
            yield Refused(
                "document.member", f"{place}: not an object", place, line[:RAW]
            )


def members(value: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Give what a document lists, with its place."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield f"{name}[{index}]", one
    else:
        yield name, value


def parse_large(body: bytes, largest: int = LARGEST) -> Any:  # noqa: ANN401 - JSON
    """Parse JSON of a catalogue: as any document, but larger, and with two mistakes.

    Python writes ``NaN`` and ``Infinity``, which become null; a text may have half of a
    pair of surrogates, which becomes U+FFFD. Neither is to cost a whole page.

    Raises
    ------
    SkipError
        As :func:`panharvest.documents.parse_json`.
    """
    try:
        return parse_json(body, largest=largest)
    except SkipError as error:
        if error.code != "document.json":
            raise
        try:
            found = json.loads(body, parse_constant=lambda _: None)
            mended = json.dumps(_whole(found), ensure_ascii=False, allow_nan=False)
        except (ValueError, RecursionError):
            raise error from None
        return parse_json(mended.encode(), largest=sys.maxsize)


def _whole(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Put a sign of replacement for what is no character, and null for no number."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def parse_yaml(body: bytes) -> list[Any]:
    """Parse the documents of a YAML file; all dates stay text.

    Raises
    ------
    SkipError
        ``document.yaml`` when it is not YAML, or has aliases, tags or too much of
        anything.
    """
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]  # which of two is known when it runs
        """Plain values only: dates stay text."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if not tag.endswith(":timestamp")]
        for first, rules in base.yaml_implicit_resolvers.items()
    }
    try:
        _look_through(yaml.parse(body, Loader=base))
        return list(yaml.load_all(body, Loader=Loader))
    except yaml.YAMLError as error:
        raise SkipError("document.yaml", f"not YAML{_place_of(error)}") from None
    except (RecursionError, ValueError) as error:
        raise SkipError("document.yaml", f"not YAML: {said(error)}") from None


def _place_of(error: Exception) -> str:
    """Say where YAML is wrong; what the parser says of it quotes the line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return f": line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _look_through(events: Iterable[Any]) -> None:
    """Refuse what could be expanded, or is too deep, before anything is made of it."""
    depth = 0
    for number, event in enumerate(events):
        name = type(event).__name__
        if name == "AliasEvent":
            raise SkipError("document.yaml", "YAML with an alias is not accepted")
        depth += name in ("SequenceStartEvent", "MappingStartEvent")
        depth -= name in ("SequenceEndEvent", "MappingEndEvent")
        if depth > DEEPEST or number > NODES:
            raise SkipError("document.large", "YAML nested too deep, or too long")


def parse_any(path: Path, body: bytes) -> tuple[str, Any]:
    """Parse by what the bytes are: ``json``, ``xml``, ``yaml`` or ``text``.

    Raises
    ------
    SkipError
        When it is nothing of that.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return "json", parse_large(body)
    if looks_like_xml(body):
        return "xml", parse_xml(body, largest=LARGEST)
    if path.suffix.casefold() in (".yaml", ".yml") or b":" in body[:4096]:
        return "yaml", parse_yaml(body)
    raise SkipError("document.unknown", "neither JSON nor YAML nor XML")


def entries_of(
    documents: Iterable[Mapping[str, Any]],
    make: Callable[[Mapping[str, Any]], Entry | None],
    told: str,
) -> tuple[list[Entry], list[Refused]]:
    """Make entries of documents; those that have no identifier are refused."""
    entries: list[Entry] = []
    refused: list[Refused] = []
    for one in documents:
        if (made := make(one)) is None:
            raw = encoded(one)[:RAW]
            refused.append(Refused("document.no-id", told, None, raw))
        else:
            entries.append(made)
    return entries, refused


def kind_of(value: object) -> str:
    """Say in words what a JSON value is."""
    names: dict[type, str] = {
        dict: "another object",
        list: "a list",
        str: "a text",
        bool: "a truth value",
        type(None): "null",
    }
    return names.get(type(value), "a number")


def encoded(value: object) -> bytes:
    """Write a value as it is kept: canonical JSON."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    ).encode("utf-8", "surrogatepass")


def texts(value: object) -> list[str]:
    """Give the texts of a value that is a text or a list of them."""
    given = value if isinstance(value, list) else [value]
    return [one for one in given if isinstance(one, str) and one.strip()]


def identity(document: Mapping[str, Any], *names: str) -> str | None:
    """Give the first identifier of a document that is a text or number."""
    for name in names:
        value = document.get(name)
        if isinstance(value, dict) and len(value) == 1 and "$oid" in value:
            value = value["$oid"]
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None
