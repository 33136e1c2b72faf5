"""Rules for related identifiers and related items."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.formats.datacite.findings import found, unlisted
from panharvest.formats.datacite.values import is_null_code
from panharvest.syntax import bare_doi, bare_handle, is_doi, is_handle
from panharvest.xmltext import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.formats.datacite.values import Values
    from panharvest.record import Problem

_ISSN = re.compile(r"(?:(?:urn:)?issn[: ]*)?[0-9]{4}-?[0-9]{3}[0-9Xx]", re.IGNORECASE)
# The forms of types that have one, with or without their resolvers.
_FORMS = {
    "ISSN": _ISSN,
    "EISSN": _ISSN,
    "LISSN": _ISSN,
    "ARK": re.compile(r"(?:https?://\S+/)?ark:/?[0-9a-z]{5,}/\S+", re.IGNORECASE),
    "arXiv": re.compile(
        r"(?:https?://arxiv\.org/abs/|arxiv:)?"
        r"(?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[a-z]{2})?/[0-9]{7})(?:v[0-9]+)?",
        re.IGNORECASE,
    ),
    "LSID": re.compile(r"(?:https?://\S+/)?urn:lsid:\S+", re.IGNORECASE),
    "PMID": re.compile(r"(?:https?://\S+/|pmid:? ?)?[0-9]{1,9}/?", re.IGNORECASE),
    "PURL": re.compile(r"https?://\S+", re.IGNORECASE),
    "SWHID": re.compile(r"(?:https?://\S+/)?swh:1:\S+", re.IGNORECASE),
    "URN": re.compile(r"(?:https?://\S+/)?urn:[a-z0-9-]+:\S+", re.IGNORECASE),
    "w3id": re.compile(r"(?:https?://)?w3id\.org/\S+", re.IGNORECASE),
}


def _identifiers(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("relatedidentifiers", ())):
        value = one.get("relatedidentifier", "")
        kind = one.get("relatedidentifiertype")
        relation = one.get("relationtype")
        if kind not in datacite("relatedIdentifierType"):
            yield unlisted("relatedIdentifierType", f"relatedidentifiers[{i}]", kind)
        elif kind == "DOI" and not value.startswith("10."):
            yield found("DC-RELATED-001", f"relatedidentifiers[{i}]", value)
        elif not _fits(value, kind):
            yield found("DC-RELATED-002", f"relatedidentifiers[{i}]", f"{kind} {value}")
        if relation == "HasMetadata" and "relatedmetadatascheme" not in one:
            yield found("DC-RELATED-003", f"relatedidentifiers[{i}]", value)
        if relation == "Other" or relation not in datacite("relationType"):
            yield from _relation(one, f"relatedidentifiers[{i}]", value)


def _items(values: Values) -> Iterator[Problem]:
    for i, one in enumerate(values.get("relateditems", ())):
        yield from _relation(one, f"relateditems[{i}]", None)
        titles = [title.get("title") for title in one.get("titles", ())]
        if not any(title and not is_null_code(title) for title in titles):
            yield found("DC-RELATED-004", f"relateditems[{i}]")


def _relation(one: Values, place: str, value: str | None) -> Iterator[Problem]:
    kind = one.get("relationtype")
    if kind not in datacite("relationType"):
        yield unlisted("relationType", place, kind)
    elif kind == "Other" and "relationtypeinformation" not in one:
        yield found("DC-RELATED-005", place, value)


def _fits(value: str, kind: str | None) -> bool:
    """Whether a value has the form of its type, where the type has one."""
    if kind == "DOI":
        return is_doi(bare_doi(value))
    if kind == "URL":
        return is_uri(value)
    if kind == "Handle":
        return is_handle(bare_handle(value))
    if kind == "ISBN":
        return _is_isbn(value)
    form = _FORMS.get(kind or "")
    return bool(value) if form is None else form.fullmatch(value) is not None


def _is_isbn(value: str) -> bool:
    """Whether a value has the ten or thirteen digits of an ISBN, the last one right."""
    digits = re.sub(r"^(?:urn:)?isbn[: ]*|[- ]", "", value, flags=re.IGNORECASE).upper()
    if re.fullmatch("[0-9]{9}[0-9X]", digits):
        numbers = [10 if d == "X" else int(d) for d in digits]
        return sum((10 - i) * n for i, n in enumerate(numbers)) % 11 == 0
    if re.fullmatch("97[89][0-9]{10}", digits):
        return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
    return False


RULES = (_identifiers, _items)
