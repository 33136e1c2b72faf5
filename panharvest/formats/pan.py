"""``pan``: a record with all that is known of it, as XML, for other panharvests.

Every field of the record is an element of its name, every part of it one below; what
is not known has none. Nothing is lost: :meth:`Pan.read` gives the record back as it
was written, evidence and odd characters included. What DataCite has no place for is
found by harvesters through the link ``HasMetadata`` that leads here.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from panharvest.derived import LOSSLESS, LOSSLESS_NAMESPACE
from panharvest.documents import local_name, parse_xml
from panharvest.errors import SkipError
from panharvest.protocols import Reading
from panharvest.record import Level, Problem, Record
from panharvest.xmltext import escape, has_illegal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

NAMESPACE = LOSSLESS_NAMESPACE
SCHEMA = f"{NAMESPACE}pan.xsd"

_HEAD = (
    f'<record xmlns="{NAMESPACE}"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    f' xsi:schemaLocation="{NAMESPACE} {SCHEMA}">'
)


class Part(NamedTuple):
    """A field: its name, the types it may have, whether it is a list, its default."""

    name: str
    types: tuple[Any, ...]
    many: bool
    default: Any


@cache
def parts(kind: type) -> tuple[Part, ...]:
    """Give the fields of a part of the record."""
    hints = get_type_hints(kind)
    found = []
    for field in fields(kind):
        types, many = _types(hints[field.name])
        default = None if field.default is MISSING else field.default
        found.append(Part(field.name, types, many, default))
    return tuple(found)


def _types(hint: Any) -> tuple[tuple[Any, ...], bool]:  # noqa: ANN401 (a type)
    if get_origin(hint) is tuple:
        return (get_args(hint)[0],), True
    if get_origin(hint) in (Union, UnionType):
        return tuple(a for a in get_args(hint) if a is not NoneType), False
    return (hint,), False


class Pan:
    """The record itself as XML."""

    prefix = LOSSLESS
    namespace = NAMESPACE
    schema = SCHEMA

    def write(self, record: Record) -> bytes:
        """Write a record, whatever it is."""
        out = [_HEAD]
        _write(record, out)
        out.append("</record>")
        return "".join(out).encode()

    def read(self, document: bytes, *, id: str | None = None) -> Reading:  # noqa: A002 (the word of the record)
        """Read what :meth:`write` wrote; elements of later versions are reported.

        Raises
        ------
        SkipError
            When the document is none of these, or has values of a wrong type.
        """
        root = parse_xml(document)
        node = next(root.iter(f"{{{NAMESPACE}}}record"), None)
        if node is None:
            raise SkipError(
                "document.foreign", f"this is no pan record ({local_name(root.tag)})"
            )
        problems: list[Problem] = []
        try:
            values = _read(node, Record, "", problems)
            record = Record(**{**values, "id": values["id"] if id is None else id})
        except (KeyError, TypeError, ValueError) as problem:
            said = " ".join(str(problem).split())
            raise SkipError("document.pan", f"a value is wrong: {said}") from None
        return Reading(record, tuple(problems))


def _write(thing: Any, out: list[str]) -> None:  # noqa: ANN401 (any part of a record)
    for part in parts(type(thing)):  # type: ignore[arg-type]  # it is a dataclass
        value = getattr(thing, part.name)
        if part.many:
            for one in value:
                _element(part.name, one, out)
        elif value is not None and value != part.default:
            _element(part.name, value, out)


def _element(name: str, value: Any, out: list[str]) -> None:  # noqa: ANN401 (JSON)
    if isinstance(value, str):
        if has_illegal(value):  # as JSON writes it: XML has no such characters
            out.append(f'<{name} as="json">{escape(json.dumps(value))}</{name}>')
        else:
            text = escape(value).replace("\r", "&#13;")
            out.append(f"<{name}>{text}</{name}>")
    elif isinstance(value, bool):
        out.append(f"<{name}>{str(value).lower()}</{name}>")
    elif isinstance(value, int | float):
        out.append(f'<{name} as="number">{value!r}</{name}>')
    else:
        out.append(f"<{name}>")
        _write(value, out)
        out.append(f"</{name}>")


def _read(
    node: _Element, kind: type, place: str, problems: list[Problem]
) -> dict[str, Any]:
    known = {part.name: part for part in parts(kind)}
    found: dict[str, Any] = {}
    for child in node:
        name = local_name(child.tag)
        part = known.get(name)
        if part is None:
            where = f"{place}{name}"
            problems.append(
                Problem("PAN-001", Level.WARNING, where, f"{where} is not known here.")
            )
            continue
        value = _value(child, part.types, f"{place}{name}.", problems)
        if part.many:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}


def _value(
    node: _Element, types: tuple[Any, ...], place: str, problems: list[Problem]
) -> Any:  # noqa: ANN401 (of one of the types)
    text = node.text or ""
    kind = types[0]
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**_read(node, kind, place, problems))
    form = node.get("as")
    if form == "json":
        decoded = json.loads(text)
        if not isinstance(decoded, str):
            raise ValueError(f"{place} is no text")
        return decoded
    if float in types and (form == "number" or str not in types):
        return float(text)
    if kind is int:
        return int(text)
    if kind is bool:
        return {"true": True, "false": False}[text]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(text)
    return text


# --- its XML Schema -------------------------------------------------------------------


def xsd() -> str:
    """Give the XML Schema of the form, made from the record itself."""
    seen: dict[str, type] = {}
    _collect(Record, seen)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"',
        f'  xmlns:pan="{NAMESPACE}" targetNamespace="{NAMESPACE}"',
        '  elementFormDefault="qualified">',
        '  <xs:element name="record" type="pan:Record"/>',
        '  <xs:complexType name="text"><xs:simpleContent>',
        '    <xs:extension base="xs:string">',
        '      <xs:attribute name="as" type="xs:string"/>',
        "    </xs:extension></xs:simpleContent></xs:complexType>",
    ]
    for name, kind in seen.items():
        lines += _xsd_type(name, kind)
    return "\n".join([*lines, "</xs:schema>"]) + "\n"


def _collect(kind: type, seen: dict[str, type]) -> None:
    if kind.__name__ in seen:
        return
    seen[kind.__name__] = kind
    for part in parts(kind):
        if is_dataclass(part.types[0]):
            _collect(part.types[0], seen)  # type: ignore[arg-type]  # a dataclass


def _xsd_type(name: str, kind: type) -> Iterator[str]:
    yield f'  <xs:complexType name="{name}"><xs:sequence>'
    for part in parts(kind):
        inner = part.types[0]
        is_part = is_dataclass(inner)
        kind_of = f"pan:{inner.__name__}" if is_part else "pan:text"
        most = ' maxOccurs="unbounded"' if part.many else ""
        head = f'    <xs:element name="{part.name}" type="{kind_of}"'
        yield f'{head} minOccurs="0"{most}/>'
    yield "  </xs:sequence></xs:complexType>"
