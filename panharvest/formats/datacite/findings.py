"""What the rules for DataCite say when they find something, and tests they share."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.codelists import datacite
from panharvest.derived import language_tag
from panharvest.formats.datacite.codes import CODES
from panharvest.formats.datacite.to_json import KEYS
from panharvest.formats.datacite.values import is_null_code
from panharvest.record import Problem
from panharvest.syntax import bare_orcid, is_language, is_orcid, is_ror

if TYPE_CHECKING:
    from collections.abc import Iterator

_NULLS = frozenset(
    ("n/a", "na", "none", "null", "missing", "unknown", "undefined", "-")
)
_LONGEST_TAG = 64  # letters; what is longer is none, and is not remembered
_FEW = 12  # values of a closed list that are told all


def found(code: str, place: str, value: object = None, advice: str = "") -> Problem:
    """Say what is wrong, where, with which value, and what to do."""
    level, meaning, usual = CODES[code]
    if value not in (None, ""):
        text = " ".join(str(value).split())
        text = text if len(text) <= 60 else text[:57] + "..."
        meaning = f"{meaning[:-1]}: {text}"
    return Problem(code, level, _spelt(place), meaning, advice or usual)


def _spelt(place: str) -> str:
    """Write the words of a place as DataCite does."""
    return re.sub("[a-z]+", lambda word: KEYS.get(word[0], word[0]), place)


def unlisted(name: str, place: str, value: str | None) -> Problem:
    """Say that a value is not in the closed list of a name, and what is like it."""
    allowed = sorted(datacite(name))
    if value is None:
        advice = f"Fill in {name}."
    elif len(allowed) <= _FEW:
        advice = f"Use one of {', '.join(allowed)}."
    elif like := get_close_matches(value, allowed, 1):
        advice = f"Use a value of {name}; {like[0]} is like it."
    else:
        advice = f"Use a value of {name}."
    return found("DC-LIST-001", f"{place}@{name}", value, advice)


def nothing(text: str | None) -> bool:
    """Whether a text is none, or stands for one that nobody has."""
    return text is None or text.lower() in _NULLS or is_null_code(text)


def numbered(value: str, scheme: str | None, place: str) -> Iterator[Problem]:
    """Check an identifier whose scheme has check digits."""
    if scheme == "ORCID":
        if not is_orcid(bare_orcid(value).rstrip("/")):
            yield found("DC-ORCID-001", place, value)
    elif scheme == "ROR":
        bare = value.rstrip("/").rpartition("/")[2]
        if not is_ror(f"https://ror.org/{bare.lower()}"):
            yield found("DC-ROR-001", place, value)


def no_tag(place: str, value: str) -> Problem:
    """Say that a language is no tag, and which one is meant where that is certain."""
    tag = language_tag(value)
    return found("DC-LANGUAGE-001", place, value, f"Use the code {tag}." if tag else "")


def is_tag(text: str) -> bool:
    """Whether a text is a language tag and not the name of a language."""
    return len(text) <= _LONGEST_TAG and _is_tag(text)


@lru_cache(maxsize=256)
def _is_tag(text: str) -> bool:
    if not is_language(text):
        return False
    from langcodes import tag_is_valid

    return bool(tag_is_valid(text))
