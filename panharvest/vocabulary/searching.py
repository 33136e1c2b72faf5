"""Techniques by words: labels, alternative labels and ids, the best first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.vocabulary import fold, normalise_term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.vocabulary import Term, Vocabulary


@dataclass(frozen=True, slots=True)
class Hit:
    """A term that was found: which of its labels matched, and how well (0 to 1).

    ``narrower`` counts the terms below it: what a search for it finds too.
    """

    term: Term
    matched: str
    score: float
    narrower: int


def search(
    vocabulary: Vocabulary,
    text: str,
    kinds: Sequence[str] = ("technique",),
    limit: int | None = 20,
) -> tuple[Hit, ...]:
    """Find terms by id or by words.

    Every word of ``text`` must begin a word of a label, in any order and without regard
    to case; acronyms are among the alternative labels. A whole label comes before the
    beginning of one, a main label before an alternative one, a short one before a long.
    """
    wanted = fold(text)
    named = normalise_term(text)
    found = []
    for term in vocabulary.terms.values():
        if term.kind not in kinds:
            continue
        matched, score = ("", 0.0)
        if term.iri == named:
            matched, score = term.iri, 1.0
        for place, label in enumerate((term.label, *term.alt_labels)):
            mark = rate(wanted, fold(label)) - 0.05 * (place > 0)
            if mark > score:
                matched, score = label, mark
        if score > 0:
            below = len(vocabulary.descendants(term.iri)) if limit else 0
            found.append(Hit(term, matched, round(score, 3), below))
    found.sort(key=lambda hit: (-hit.score, hit.term.label, hit.term.iri))
    return tuple(found[:limit])


def rate(wanted: str, label: str) -> float:
    """Say how well a folded label answers what is wanted; 0: not at all."""
    if not wanted or not label:
        return 0.0
    if wanted == label:
        return 1.0
    words = split(label)
    if not all(any(one.startswith(word) for one in words) for word in split(wanted)):
        return 0.0
    share = min(1.0, len(wanted) / len(label))
    return (0.7 if label.startswith(wanted) else 0.5) + 0.2 * share


def split(text: str) -> list[str]:
    """Give the words of a folded text; hyphens part words."""
    return [word for word in re.split(r"[\W_]+", text) if word]
