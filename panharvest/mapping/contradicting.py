"""Techniques whose identifier and name say two different things: reported, not judged.

The identifier is taken: names are paths, paraphrases and labels of older versions. That
a name is the label of something unrelated is a sign that one of the two is a slip.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.record import Level, Problem
from panharvest.vocabulary import normalise_term, panet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.mapping.shared import TraceRow

CODE = "MAP-TECHNIQUE"


def contradictions(trace: Sequence[TraceRow]) -> list[Problem]:
    """Compare the identifier and the name of each technique of a document."""
    names = {
        row.path.rpartition(".")[0]: row.value
        for row in trace
        if row.target == "technique.name" and row.value
    }
    found = []
    for row in trace:
        name = names.get(row.path.rpartition(".")[0])
        if row.target != "technique.identifier" or not name:
            continue
        iri = normalise_term(row.value)
        if iri is not None and (other := _another(iri, name)):
            term, meant = panet().term(iri), panet().term(other)
            assert meant is not None
            called = term.label if term else "unknown"
            found.append(
                Problem(
                    CODE,
                    Level.WARNING,
                    "techniques",
                    f"the identifier of {row.path.rpartition('.')[0]} is that of "
                    f"'{called}', its name that of '{meant.label}'",
                    "correct the one that is wrong; the identifier was taken",
                )
            )
    return list(dict.fromkeys(found))


@lru_cache(maxsize=4096)  # a catalogue says the same of many datasets
def _another(iri: str, name: str) -> str | None:
    """Give the term that a name is of, where it has nothing to do with the identifier.

    A name may be many paths through the hierarchy; one that fits is enough.
    """
    terms = [found for label in labels(name) if (found := panet().find(label))]
    if not terms:
        return None
    above = panet().ancestors(iri)
    for one in terms:
        if one == iri or one in above or iri in panet().ancestors(one):
            return None
    return terms[0]


def labels(name: str) -> Iterator[str]:
    """Give what a name may be a label as: all of it, or the last step of its paths."""
    yield name
    for path in re.split(r"[;\n]+", name):
        last = path.strip().rpartition(".")[2].replace("_", " ").strip()
        if last:
            yield last
