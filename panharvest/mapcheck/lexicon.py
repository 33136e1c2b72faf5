"""The pinned vocabularies that mapping tables are checked against."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import parse_table, read_text, resource, split_cell, split_lines
from panharvest.vocabulary import (
    COLUMNS,
    CURRENT,
    PANET,
    Term,
    Vocabulary,
    fold,
    load_vocabulary,
    normalise_term,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

TECHNIQUE = PANET + "PaNET00001"
# Roles whose bare restriction says only what the probe is, or what is varied
FACETS = ("PaNET1001000 some ", "PaNET1003000 some ")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A version of a vocabulary.

    ``disjoint`` are the pairs of terms that nothing belongs to both of, ``facet_only``
    the terms that say only the probe, or only what is varied.
    """

    id: str
    version: str
    namespace: str
    terms: Mapping[str, Term]
    vocabulary: Vocabulary | None = None
    disjoint: tuple[tuple[str, str], ...] = ()
    facet_only: frozenset[str] = frozenset()
    by_label: dict[str, list[str]] = field(default_factory=dict)
    known: dict[str, frozenset[str]] = field(default_factory=dict)

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

    def short(self, iri: str) -> str:
        """Give a term as people write it."""
        return f"{self.id}:{iri.removeprefix(self.namespace)}"


@dataclass(frozen=True, slots=True)
class Lexicons:
    """All pinned vocabularies of a run."""

    by_id: Mapping[str, Lexicon]

    def of(self, iri: str) -> Lexicon | None:
        """Give the vocabulary that an IRI belongs to, or None."""
        for lexicon in self.by_id.values():
            if iri.startswith(lexicon.namespace):
                return lexicon
        return None

    def term(self, iri: str) -> Term | None:
        """Give the term of an IRI, or None."""
        lexicon = self.of(iri)
        return lexicon.terms.get(iri) if lexicon else None

    @property
    def versions(self) -> tuple[tuple[str, str], ...]:
        """The vocabularies with their versions."""
        return tuple((one.id, one.version) for one in self.by_id.values())


def canonical(iri: str) -> str:
    """Give the IRI in which a term is looked up, whatever its spelling."""
    return normalise_term(iri) or iri


def load_lexicons(chosen: Mapping[str, str]) -> Lexicons:
    """Load the pinned vocabularies.

    Parameters
    ----------
    chosen
        Vocabulary -> a version that is shipped, or a file; the others are pinned as the
        project ships them.

    Raises
    ------
    ConfigError
        For a vocabulary, version or file that is not known.
    """
    known = ("panet",)
    if wrong := [name for name in chosen if name not in known]:
        raise ConfigError(f"--ontology {wrong[0]}=...: known are {', '.join(known)}")
    return Lexicons({name: load_lexicon(name, chosen.get(name)) for name in known})


def load_lexicon(name: str, chosen: str | None) -> Lexicon:
    """Load a vocabulary with a hierarchy."""
    source = resource("panet", f"{chosen or CURRENT}.tsv")
    if chosen and not source.is_file():
        from panharvest.vocabulary.extraction import import_panet

        path = Path(chosen)
        if not path.is_file():
            raise ConfigError(
                f"--ontology {name}={chosen}: neither a version that is shipped "
                "nor a file"
            )
        text = path.read_text("utf-8") if path.suffix == ".tsv" else import_panet(path)
        version, label = path.name, path.name
    else:
        text, version, label = read_text(source), chosen or CURRENT, source.name
    vocabulary = load_vocabulary(text, label, version)
    rows = parse_table(split_lines(text), label, COLUMNS)
    return Lexicon(
        name,
        version,
        PANET,
        vocabulary.terms,
        vocabulary,
        tuple(
            (PANET + row["id"], PANET + other)
            for row in rows
            for other in split_cell(row["disjoint"])
        ),
        frozenset(
            PANET + row["id"]
            for row in rows
            if row["kind"] == "technique" and is_bare_facet(row["equivalent"])
        ),
    )


def is_bare_facet(equivalent: str) -> bool:
    """Tell whether a term is defined by one restriction on a probe or a dependence."""
    return equivalent.startswith(FACETS) and " and " not in equivalent
