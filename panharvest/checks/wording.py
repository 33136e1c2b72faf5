"""Texts that people typed: where a record has them, what should not be in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.xmltext import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.record import Record

_HTML = re.compile(
    r"</?(?:a|b|br|div|em|h[1-6]|i|li|ol|p|span|strong|sub|sup|table|td|tr|ul)\b[^<>]*>"
    r"|&(?:amp|gt|lt|nbsp|quot|#[0-9]+|#x[0-9a-f]+);",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")
_TEMPLATE = re.compile(r"\$?\{[^{}]*\}|<[^<>]*>|nx_[a-z_]+")
# What writers, catalogues and DataCite (the codes with a colon) put for "no value".
_PLACEHOLDERS = frozenset(
    (
        *("?", "-", "--", "---", ".", "n/a", "n.a.", "none", "null", "nil", "nan"),
        *("missing", "undefined", "unknown", "unavailable", "not available"),
        *("not specified", "not given", "no title", "tbd", "tba", "todo", "xxx"),
        *("default sample", "from_dials", "sample-char-data"),
        *(":unav", ":unkn", ":unas", ":unal", ":unap", ":null", ":none"),
        *(":tba", ":tbd", ":etal"),
    )
)


def is_placeholder(text: str) -> bool:
    """Whether a text stands for one that somebody should have written, or is blank."""
    word = (text.strip() if text.isprintable() else fold(text)).lower()
    if not word or word in _PLACEHOLDERS:
        return True
    return word[0] in "$<n{" and bool(_TEMPLATE.fullmatch(word))


def has_html(text: str) -> bool:
    """Whether a text has tags or entities of HTML in it."""
    return ("<" in text or "&" in text) and bool(_HTML.search(text))


def has_email(text: str) -> bool:
    """Whether a text has an e-mail address in it."""
    return "@" in text and bool(_EMAIL.search(text))


def has_control(text: str) -> bool:
    """Whether a text has control or replacement characters in it."""
    return not text.isprintable() and bool(_CONTROL.search(text))


def texts(record: Record) -> Iterator[tuple[str, str]]:
    """Give the texts a person may have typed, with their places."""
    for name in ("titles", "descriptions", "subjects"):
        for i, text in enumerate(getattr(record, name)):
            yield f"{name}[{i}]", text.value
    for name in ("keywords", "measured_variables"):
        for i, word in enumerate(getattr(record, name)):
            yield f"{name}[{i}]", word
    agents = [(f"creators[{i}]", agent) for i, agent in enumerate(record.creators)]
    agents += [
        (f"contributors[{i}].agent", c.agent) for i, c in enumerate(record.contributors)
    ]
    if record.publisher is not None:
        agents.append(("publisher", record.publisher))
    for place, agent in agents:
        yield f"{place}.name", agent.name
        for i, affiliation in enumerate(agent.affiliations):
            yield f"{place}.affiliations[{i}].name", affiliation.name
    for i, instrument in enumerate(record.instruments):
        yield f"instruments[{i}].name", instrument.name
    for i, sample in enumerate(record.samples):
        for name in ("name", "formula", "description", "state", "type"):
            if (value := getattr(sample, name)) is not None:
                yield f"samples[{i}].{name}", value
    for i, parameter in enumerate(record.parameters):
        if isinstance(parameter.value, str):
            yield f"parameters[{i}].value", parameter.value
    if record.access is not None and record.access.note is not None:
        yield "access.note", record.access.note
