"""Which facility hints point to, how surely, and why not when it stays open.

Names are compared without case, accents, blanks and punctuation; inside a longer text
only whole words count, and short names (``ESS``, ``SLS``) only as they are written.
Kinds of hints add up as independent evidence (1 - product of 1 - p); of several hints
of one kind the best counts. Two facilities that are both likely and close give none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from panharvest.facilities.profile import FacilityProfile, Hint, Match
from panharvest.record import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ACCEPTED = 0.5  # a match needs this much
CLOSE = 0.2  # a rival that is accepted too must be this far behind
SHORT = 6  # a name of up to so many letters counts inside a text only as written

# How much a hint weighs when a facility's name is all of it, or some words of it.
_WHOLE = {
    "source_name": 0.9,
    "affiliation_of_source": 0.8,
    "instrument_name": 0.8,
    "creator": 0.6,
}
_WITHIN_TEXT = {
    "source_name": 0.8,
    "affiliation_of_source": 0.7,
    "instrument_name": 0.8,
}
_DOI = 0.95
_PATH = 0.9
_INSTRUMENT = 0.35
_DISTINCT_INSTRUMENT = 0.7
_PROPOSAL = 0.3
_DISTINCT_PROPOSAL = 0.55
_CERTAIN = 0.99  # what hints can add up to; 1 is for what is said outright

_WORD = re.compile(r"[^\W_]+")
_DOI_FORM = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)")
_HANDLE_FORM = re.compile(r"(?:hdl:\s*|https?://hdl\.handle\.net/)?([\d.]+/\S+)")


def fold(text: str) -> tuple[str, ...]:
    """Give the words of a text without case and accents."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )
    return tuple(_WORD.findall(plain))


@dataclass(slots=True)
class Index:
    """Names and patterns of all facilities, prepared for look-up.

    ``names`` and ``instruments`` map a folded name to facility ids (and whether it is
    distinct); ``phrases`` maps words to (spelling as written, facility id).
    """

    profiles: dict[str, FacilityProfile]
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    phrases: dict[tuple[str, ...], set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    instruments: dict[str, dict[str, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    instrument_patterns: list[tuple[re.Pattern[str], str, float]] = field(
        default_factory=list
    )
    longest: int = 1

    def __post_init__(self) -> None:
        for profile in self.profiles.values():
            for name in (profile.name, *profile.aliases, *profile.sources):
                words = fold(name)
                self.names["".join(words)].add(profile.id)
                self.phrases[words].add((name, profile.id))
                self.longest = max(self.longest, len(words))
            for names, weight in (
                (profile.instruments, _INSTRUMENT),
                (profile.distinct_instruments, _DISTINCT_INSTRUMENT),
            ):
                for name in names:
                    self._add_instrument(name, profile.id, weight)

    def _add_instrument(self, name: str, key: str, weight: float) -> None:
        if name.startswith("^"):
            self.instrument_patterns.append((_pattern(name), key, weight))
        else:
            self.instruments["".join(fold(name))][key] = weight

    def weigh(self, hint: Hint) -> Iterator[tuple[str, float, str]]:
        """Give (facility id, weight, what spoke for it) of one hint."""
        value = hint.value.strip()
        if hint.kind in _WHOLE:
            yield from self._by_name(hint.kind, value)
        if hint.kind == "instrument_name":
            yield from self._by_instrument(value)
        if hint.kind in ("doi", "ror", "identifier"):
            yield from self._by_identifier(value)
        for profile in self.profiles.values():
            if hint.kind == "file_name":
                for pattern in profile.path_patterns:
                    if _pattern(pattern).search(value):
                        # The path itself names disks of the site: not for the record.
                        yield profile.id, _PATH, pattern
            if hint.kind == "proposal":
                for patterns, weight in (
                    (profile.proposal_patterns, _PROPOSAL),
                    (profile.distinct_proposal_patterns, _DISTINCT_PROPOSAL),
                ):
                    if any(_pattern(p).search(value) for p in patterns):
                        yield profile.id, weight, value

    def _by_name(self, kind: str, value: str) -> Iterator[tuple[str, float, str]]:
        words = fold(value)
        for key in self.names.get("".join(words), ()):
            yield key, _WHOLE[kind], value
        weight = _WITHIN_TEXT.get(kind)
        if weight is None:
            return
        as_written = set(_WORD.findall(value))
        found: list[tuple[int, int, str]] = []
        for first in range(len(words)):
            for last in range(first + 1, min(first + self.longest, len(words)) + 1):
                for name, key in self.phrases.get(words[first:last], ()):
                    letters = sum(map(str.isalnum, name))
                    if letters > SHORT or set(_WORD.findall(name)) <= as_written:
                        found.append((first, last, key))
        for first, last, key in found:
            # the Swiss Spallation Neutron Source is not the Spallation Neutron Source
            if not any(
                f <= first and last <= e and e - f > last - first for f, e, _ in found
            ):
                yield key, weight, value

    def _by_instrument(self, value: str) -> Iterator[tuple[str, float, str]]:
        for key, weight in self.instruments.get("".join(fold(value)), {}).items():
            yield key, weight, value
        for pattern, key, weight in self.instrument_patterns:
            if pattern.search(value):
                yield key, weight, value

    def _by_identifier(self, value: str) -> Iterator[tuple[str, float, str]]:
        lower = value.lower().rstrip("/")
        doi = _DOI_FORM.fullmatch(lower)
        handle = _HANDLE_FORM.fullmatch(lower)
        ror = "https://ror.org/" + lower.rpartition("ror.org/")[2]
        for profile in self.profiles.values():
            if doi and doi[1].startswith(profile.doi_prefixes):
                yield profile.id, _DOI, value
            if handle and handle[1].startswith(profile.handle_prefixes):
                yield profile.id, _DOI, value
            if profile.ror == ror:
                yield profile.id, 1.0, value


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def judge(index: Index, hints: Sequence[Hint]) -> tuple[Match | None, str]:
    """Find the facility, or say in one line why it stays open."""
    explicit = [hint for hint in hints if hint.kind == "explicit"]
    if explicit:
        return _said(index, explicit[0])
    best: dict[str, dict[str, tuple[float, Evidence]]] = defaultdict(dict)
    for hint in hints:
        for key, weight, why in index.weigh(hint):
            evidence = Evidence(f"facility.{hint.kind}", hint.path, why)
            held = best[key].get(hint.kind)
            if held is None or weight > held[0]:
                best[key][hint.kind] = (weight, evidence)
    scores = {key: _combined([w for w, _ in by.values()]) for key, by in best.items()}
    if not scores:
        return None, "nothing in the data names a facility that is known"
    likely = {key: score for key, score in scores.items() if score >= ACCEPTED}
    hosts = {host for key in likely for host in index.profiles[key].within}
    ranked = sorted(likely.keys() - hosts, key=lambda key: (-likely[key], key))
    if not ranked:
        key = max(scores, key=lambda key: scores[key])
        kinds = ", ".join(sorted(best[key])).replace("_", " ")
        name = index.profiles[key].name
        return None, f"too little speaks for {name} ({kinds} only)"
    first = ranked[0]
    rivals = [key for key in ranked[1:] if likely[first] - likely[key] < CLOSE]
    if rivals:
        names = " and ".join(index.profiles[key].name for key in (first, *rivals))
        return None, f"the data points to several facilities: {names}"
    found = sorted(best[first].values(), key=lambda pair: -pair[0])
    reasons = tuple(evidence for _, evidence in found)
    return Match(index.profiles[first], likely[first], reasons), ""


def _combined(weights: Sequence[float]) -> float:
    if 1.0 in weights:
        return 1.0
    doubt = 1.0
    for weight in weights:
        doubt *= 1 - weight
    return round(min(1 - doubt, _CERTAIN), 3)


def _said(index: Index, hint: Hint) -> tuple[Match | None, str]:
    """Take the operator's word: an id or a full name, not a guess from it."""
    ids = {hint.value} & index.profiles.keys() or index.names.get(
        "".join(fold(hint.value)), set()
    )
    if len(ids) == 1:
        evidence = Evidence("facility.explicit", hint.path, hint.value)
        return Match(index.profiles[next(iter(ids))], 1.0, (evidence,)), ""
    known = ", ".join(sorted(index.profiles))
    return None, f"'{hint.value}' is not a facility that is known; known are {known}"
