"""What is wrong with a DataCite document that the XML Schema lets pass.

The rules look at the plain values of a document, before anything is put right in
reading, and say where, what and what to do. An error makes the document wrong or
misleading for whoever harvests it; a warning makes it poorer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from panharvest.formats.datacite import (
    rules_content,
    rules_links,
    rules_people,
    rules_required,
    rules_times,
)
from panharvest.formats.datacite.from_xml import values_of
from panharvest.record import Level, Problem

if TYPE_CHECKING:
    from panharvest.formats.datacite.values import Values

_RULES = (
    *rules_required.RULES,
    *rules_people.RULES,
    *rules_times.RULES,
    *rules_content.RULES,
    *rules_links.RULES,
)


def examine(values: Values) -> tuple[Problem, ...]:
    """Give every problem of a document, each once."""
    found: list[Problem] = []
    for rule in _RULES:
        found += rule(values)
    return tuple(dict.fromkeys(found)) if found else ()


def errors_of(document: bytes) -> tuple[Problem, ...]:
    """Give the errors of a document that we wrote ourselves: it must not be sent."""
    values = values_of(etree.fromstring(document))
    return tuple(p for p in examine(values) if p.level is Level.ERROR)
