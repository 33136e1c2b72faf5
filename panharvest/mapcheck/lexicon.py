"""The pinned vocabularies that tables are checked against, loaded when first needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import read_text, split_cell
from panharvest.vocabulary import ESRFET, PANET, Term, Vocabulary, fold, normalise_term
from panharvest.vocabulary.nexus import NEXUS, normalise_nexus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from panharvest.vocabulary.nexus import NexusTerm

# Roles whose bare restriction says only what the probe is, or what is varied
FACETS = ("PaNET1001000 some ", "PaNET1003000 some ")
GUESSES = 300  # wrong names for which a right one is looked for
NAMESPACES = {"panet": PANET, "esrfet": ESRFET, "nexus": NEXUS}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A version of a vocabulary.

    ``code`` is the check that a term which does not exist fails. ``disjoint`` are the
    pairs of terms that nothing belongs to both of, ``facet_only`` the terms that say
    only the probe, or only what is varied; ``paths`` are NeXus's.
    """

    id: str
    version: str
    namespace: str
    terms: Mapping[str, Term]
    code: str = "M010"
    vocabulary: Vocabulary | None = None
    disjoint: tuple[tuple[str, str], ...] = ()
    facet_only: frozenset[str] = frozenset()
    paths: Mapping[str, NexusTerm] = field(default_factory=dict)
    by_label: dict[str, list[str]] = field(default_factory=dict)
    known: dict[str, frozenset[str]] = field(default_factory=dict)
    guesses: dict[str, list[str]] = field(default_factory=dict)

    def above(self, iri: str) -> frozenset[str]:
        """Give the terms that a term is a kind of."""
        if iri not in self.known:
            found = self.vocabulary.ancestors(iri) if self.vocabulary else frozenset()
            self.known[iri] = found
        return self.known[iri]

    def is_under(self, lower: str, upper: str) -> bool:
        """Tell whether a term is another one or a kind of it."""
        return lower == upper or upper in self.above(lower)

    def equivalent(self, one: str, other: str) -> bool:
        """Tell whether two terms are the same by the axioms."""
        return self.is_under(one, other) and self.is_under(other, one)

    def are_disjoint(self, one: str, other: str) -> bool:
        """Tell whether nothing belongs to both terms by the axioms."""
        ones, others = {one, *self.above(one)}, {other, *self.above(other)}
        return any(
            (a in ones and b in others) or (b in ones and a in others)
            for a, b in self.disjoint
        )

    def named(self, label: str) -> list[str]:
        """Give the terms with a label, those with it as an alternative last."""
        if not self.by_label:
            for iri, term in self.terms.items():
                self.by_label.setdefault(fold(term.label), []).append(iri)
            for iri, term in self.terms.items():
                for alternative in term.alt_labels:
                    self.by_label.setdefault(fold(alternative), []).append(iri)
        return list(dict.fromkeys(self.by_label.get(fold(label), ())))

    def resembling(self, local: str) -> list[str]:
        """Give the term whose name is nearly this, if there is one.

        Only so many names are compared: a table of another vocabulary would take long.
        """
        if local not in self.guesses and len(self.guesses) < GUESSES:
            names = [one.removeprefix(self.namespace) for one in self.terms]
            close = get_close_matches(local, names, 1, 0.85)
            self.guesses[local] = [self.namespace + one for one in close]
        return self.guesses.get(local, [])

    def short(self, iri: str) -> str:
        """Give a term as people write it."""
        return f"{self.id}:{iri.removeprefix(self.namespace)}"


@dataclass(slots=True)
class Lexicons:
    """All pinned vocabularies of a run; ``chosen`` are versions and files."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    loaded: dict[str, Lexicon] = field(default_factory=dict)

    def get(self, name: str) -> Lexicon:
        """Give a vocabulary by its id."""
        if name not in self.loaded:
            self.loaded[name] = LOADERS[name](self.chosen.get(name))
        return self.loaded[name]

    def of(self, iri: str) -> Lexicon | None:
        """Give the vocabulary that an IRI belongs to, or None."""
        for name, namespace in NAMESPACES.items():
            if iri.startswith(namespace):
                return self.get(name)
        return None

    @property
    def versions(self) -> tuple[tuple[str, str], ...]:
        """The vocabularies that were used, with their versions."""
        return tuple(
            (name, self.loaded[name].version)
            for name in NAMESPACES
            if name in self.loaded
        )


def canonical(iri: str) -> str:
    """Give the IRI in which a term is looked up, whatever its spelling."""
    return normalise_term(iri) or normalise_nexus(iri) or iri


def load_lexicons(chosen: Mapping[str, str]) -> Lexicons:
    """Pin vocabularies: those that are chosen now, the others when they are needed.

    Parameters
    ----------
    chosen
        Vocabulary -> a version that is shipped, or a file.

    Raises
    ------
    ConfigError
        For a vocabulary, version or file that is not known.
    """
    found = Lexicons(chosen)
    for name in chosen:
        if name not in LOADERS:
            raise ConfigError(
                f"'{name}' is not a vocabulary that can be chosen: {', '.join(LOADERS)}"
            )
        found.get(name)
    return found


def load_hierarchy(name: str, chosen: str | None) -> Lexicon:
    """Load a vocabulary with a hierarchy."""
    from panharvest.vocabulary.opening import open_vocabulary

    vocabulary = open_vocabulary(name, chosen)
    expand = vocabulary.scheme.expand
    return Lexicon(
        name,
        vocabulary.version,
        vocabulary.scheme.namespace,
        vocabulary.terms,
        vocabulary=vocabulary,
        disjoint=tuple(
            (expand(row["id"]), expand(other))
            for row in vocabulary.rows
            for other in split_cell(row["disjoint"])
        ),
        facet_only=frozenset(
            expand(row["id"])
            for row in vocabulary.rows
            if row["kind"] == "technique" and is_bare_facet(row["equivalent"])
        ),
    )


def is_bare_facet(equivalent: str) -> bool:
    """Tell whether a term is defined by one restriction on a probe or a dependence."""
    return equivalent.startswith(FACETS) and " and " not in equivalent


def load_nexus(chosen: str | None) -> Lexicon:
    """Load the paths of NXDL."""
    from panharvest.vocabulary.nexus import CURRENT, nexus, read_nexus

    version = chosen or CURRENT
    if chosen and Path(chosen).is_file():
        path = Path(chosen)
        paths: Mapping[str, NexusTerm] = read_nexus(read_text(path), path.name)
        version = path.name
    else:
        paths = nexus(version)
    terms = {
        term.iri: Term(
            term.iri,
            term.path,
            kind=term.kind,
            status="deprecated" if term.deprecated else "current",
        )
        for term in paths.values()
    }
    return Lexicon("nexus", version, NEXUS, terms, "M030", paths=paths)


LOADERS: Mapping[str, Callable[[str | None], Lexicon]] = {
    "panet": lambda chosen: load_hierarchy("panet", chosen),
    "esrfet": lambda chosen: load_hierarchy("esrfet", chosen),
    "nexus": load_nexus,
}
