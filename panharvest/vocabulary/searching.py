"""Techniques by words: labels, alternative labels and ids, the best first."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from panharvest.vocabulary import fold, normalise_term

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from panharvest.vocabulary import Term, Vocabulary

ALIKE = 0.75  # how much of a word must be right for it to be a slip of another
SHORTEST = 5  # letters of a word that may have a slip: acronyms mean what they say


@dataclass(frozen=True, slots=True)
class Hit:
    """A term that was found: which of its names matched, and how well (0 to 1).

    ``narrower`` counts the terms below it: what a search for it finds too. ``slip``
    tells that a word was taken for another one: nothing has it as it was written.
    """

    term: Term
    matched: str
    score: float
    narrower: int
    slip: bool = False


def search(
    vocabulary: Vocabulary,
    text: str,
    kinds: Sequence[str] = ("technique",),
    limit: int | None = 20,
    also: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Hit, ...]:
    """Find terms by id or by words.

    Every word of ``text`` must begin a word of a label, in any order and without regard
    to case and accents; acronyms are among the alternative labels. A whole label comes
    before the beginning of one, a main label before an alternative one, a short one
    before a long. Where nothing is found, words that are nearly right count.

    Parameters
    ----------
    also
        More names of terms, by their IRIs: what others call them.
    """
    wanted = simple(text)
    named = normalise_term(text)
    if named is None and re.fullmatch(r"\d{5}|\d{7}", text.strip()):
        named = vocabulary.scheme.expand(f"PaNET{text.strip()}")
    also = also or {}
    for judge in (begins, resembles):
        found = []
        for term in vocabulary.terms.values():
            if term.kind not in kinds:
                continue
            matched, score = ("", 0.0)
            if term.iri == named:
                matched, score = term.iri, 1.0
            names = (term.label, *term.alt_labels, *also.get(term.iri, ()))
            for place, label in enumerate(names):
                mark = rate(wanted, simple(label), judge) - 0.05 * (place > 0)
                if mark > score:
                    matched, score = label, mark
            if score > 0:
                slip = judge is resembles
                found.append(Hit(term, matched, round(score, 3), 0, slip))
        if found:
            break
    found.sort(key=lambda hit: (-hit.score, hit.term.label, hit.term.iri))
    return tuple(counted(hit, vocabulary) for hit in found[:limit])


def counted(hit: Hit, vocabulary: Vocabulary) -> Hit:
    """Give a hit with the number of terms below it."""
    below = len(vocabulary.descendants(hit.term.iri))
    return Hit(hit.term, hit.matched, hit.score, below, hit.slip)


def simple(text: str) -> str:
    """Give the form in which names are compared: case and accents do not count."""
    parts = unicodedata.normalize("NFKD", fold(text))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def begins(word: str, other: str) -> bool:
    """Tell whether a word is the beginning of another."""
    return other.startswith(word)


def resembles(word: str, other: str) -> bool:
    """Tell whether a word is another, or its beginning, with a slip in it."""
    if other.startswith(word):
        return True
    if min(len(word), len(other)) < SHORTEST:
        return False
    for part in (other, other[: len(word)]):
        match = SequenceMatcher(None, word, part, autojunk=False)
        if match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE:
            return True
    return False


def rate(wanted: str, label: str, judge: Callable[[str, str], bool] = begins) -> float:
    """Say how well a folded label answers what is wanted; 0: not at all."""
    if not wanted or not label:
        return 0.0
    if wanted == label:
        return 1.0
    words, asked = split(label), split(wanted)
    if not asked or not all(any(judge(one, word) for word in words) for one in asked):
        return 0.0
    share = min(1.0, len(wanted) / len(label))
    return (0.7 if label.startswith(wanted) else 0.5) + 0.2 * share


def split(text: str) -> list[str]:
    """Give the words of a folded text; hyphens part words."""
    return [word for word in re.split(r"[\W_]+", text) if word]
