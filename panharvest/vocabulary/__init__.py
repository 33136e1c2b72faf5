"""Terms by IRI: PaNET and ESRFET, their reasoned hierarchies, the spellings of ids.

The snapshots in ``ontologies/`` hold what a vocabulary asserts; what follows from it is
computed when it is loaded (:mod:`panharvest.vocabulary.closure`), without any RDF
library.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import (
    parse_table,
    read_text,
    resource,
    split_cell,
    split_lines,
)
from panharvest.vocabulary.closure import Axioms, Closure, read_expression, saturate
from panharvest.vocabulary.schemes import (
    ESRFET,
    PANET,
    SCHEMES,
    Scheme,
    curie,
    normalise_term,
    scheme_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "COLUMNS",
    "CURRENT",
    "ESRFET",
    "PANET",
    "Term",
    "Vocabulary",
    "curie",
    "esrfet",
    "fold",
    "load_vocabulary",
    "normalise_term",
    "panet",
    "vocabulary",
]

CURRENT = SCHEMES["panet"].current
KINDS = ("technique", "facet", "specifier", "property", "class")
COLUMNS = (
    *("id", "label", "alt_labels", "kind", "sub_class_of", "equivalent", "disjoint"),
    *("domain", "range", "status", "replaced_by"),
)

Sheet = dict[str, str]  # a row of the snapshot


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a vocabulary.

    ``kind`` is ``technique`` (fit to describe a dataset), ``facet`` (PaNET00001 and the
    classes that only sort techniques), ``specifier`` (what techniques are defined by),
    ``property`` or ``class`` (none of these); ``status`` is ``current`` or
    ``deprecated``, ``replaced_by`` the IRI that a deprecated term names.
    """

    iri: str
    label: str
    alt_labels: tuple[str, ...] = ()
    kind: str = "technique"
    status: str = "current"
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A version of a vocabulary with all that its axioms imply.

    ``rows`` are the asserted facts: the lines of the snapshot, by local id.
    """

    version: str
    terms: dict[str, Term]  # by IRI, in the order of the snapshot
    closure: Closure  # by local id
    labels: dict[str, tuple[str, ...]]  # folded label of a technique -> IRIs
    scheme: Scheme = SCHEMES["panet"]
    rows: tuple[Sheet, ...] = ()

    def term(self, iri: str) -> Term | None:
        """Give the term of a canonical IRI (see :func:`normalise_term`), or None."""
        return self.terms.get(iri)

    def is_technique(self, iri: str) -> bool:
        """Tell whether an IRI is a technique that may describe a dataset.

        Facets such as *defined by purpose* and specifiers such as *x-ray* are not.
        """
        term = self.terms.get(iri)
        return term is not None and term.kind == "technique"

    def ancestors(self, iri: str) -> frozenset[str]:
        """Give all terms that a term is a kind of, itself excluded.

        Two terms that are equivalent are ancestors of each other.
        """
        above = self.closure.ancestors(iri.removeprefix(self.scheme.namespace))
        return frozenset(
            found for a in above if (found := self.scheme.expand(a)) in self.terms
        )

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Give the whole reasoned hierarchy: every term with each of its ancestors."""
        return frozenset((a, b) for a in self.terms for b in self.ancestors(a))

    def descendants(self, iri: str) -> frozenset[str]:
        """Give all terms that are a kind of a term, itself excluded."""
        return frozenset(one for one in self.terms if iri in self.ancestors(one))

    def parents(self, iri: str) -> tuple[str, ...]:
        """Give the direct parents in the reasoned hierarchy, sorted.

        A term that is equivalent to this one is no parent of it.
        """
        equal = {a for a in self.ancestors(iri) if iri in self.ancestors(a)}
        above = self.ancestors(iri) - equal
        return tuple(
            sorted(
                one
                for one in above
                if not any(
                    one in self.ancestors(other) and other not in self.ancestors(one)
                    for other in above
                    if other != one
                )
            )
        )

    def most_specific(self, iris: Iterable[str]) -> tuple[str, ...]:
        """Leave out every term of which another one is a kind; the order stays.

        Of equivalent terms the first stays.
        """
        given = tuple(dict.fromkeys(iris))
        above = {iri: self.ancestors(iri) for iri in given}
        return tuple(
            iri
            for place, iri in enumerate(given)
            if not any(
                iri in above[other] and (other not in above[iri] or before < place)
                for before, other in enumerate(given)
                if other != iri
            )
        )

    def refine(self, iris: Iterable[str]) -> tuple[str, ...]:
        """Give the most specific techniques that everything in all of some terms has.

        *Powder diffraction* and *x-ray probe* give *x-ray powder diffraction*. A term
        that is not known takes no part.
        """
        given = [iri for iri in dict.fromkeys(iris) if iri in self.terms]
        namespace = self.scheme.namespace
        found = self.closure.conjunction(iri.removeprefix(namespace) for iri in given)
        others = sorted(map(self.scheme.expand, found))
        return self.most_specific(
            iri for iri in (*given, *others) if self.is_technique(iri)
        )

    def find(self, label: str) -> str | None:
        """Give the technique that alone has a label or alternative label, or None.

        Specifiers share labels with techniques (71 strings in 1.3.0) and are not looked
        at; blanks and case do not matter.
        """
        found = self.labels.get(fold(label), ())
        return found[0] if len(found) == 1 else None


@cache
def vocabulary(name: str, version: str | None = None) -> Vocabulary:
    """Load a version of a vocabulary that the project ships (None: the current one).

    Raises
    ------
    ConfigError
        When there is no such vocabulary or version, or its table is damaged.
    """
    scheme = scheme_of(name)
    wanted = version or scheme.current
    source = resource(scheme.id, f"{wanted}.tsv")
    if not re.fullmatch(r"[\w.-]+", wanted) or not source.is_file():
        raise ConfigError(
            f"{scheme.name} {wanted} is not among the versions in "
            f"ontologies/{scheme.id}: {', '.join(versions(scheme.id))}"
        )
    return load_vocabulary(read_text(source), source.name, wanted, scheme)


def versions(name: str) -> tuple[str, ...]:
    """Give the versions of a vocabulary that are shipped, sorted as text."""
    folder = resource(scheme_of(name).id)
    return tuple(
        sorted(
            one.name.removesuffix(".tsv")
            for one in folder.iterdir()
            if one.name.endswith(".tsv")
        )
    )


@cache
def panet(version: str | None = None) -> Vocabulary:
    """Load a version of PaNET that the project ships (None: the current one)."""
    return vocabulary("panet", version)


@cache
def esrfet(version: str | None = None) -> Vocabulary:
    """Load a version of ESRFET that the project ships (None: the current one)."""
    return vocabulary("esrfet", version)


def load_vocabulary(
    text: str, name: str, version: str, scheme: Scheme = SCHEMES["panet"]
) -> Vocabulary:
    """Read a snapshot table (made by ``vocabulary.extraction``) and reason over it.

    Raises
    ------
    ConfigError
        Naming ``name`` and the line that is wrong.
    """
    sheets = parse_table(split_lines(text), name, COLUMNS)
    terms: dict[str, Term] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for line, row in enumerate(sheets, 2):
        term = read_term(row, f"{name}:{line}", scheme)
        if term.iri in terms:
            raise ConfigError(f"{name}:{line}: {row['id']} is there twice")
        terms[term.iri] = term
        if term.kind == "technique":
            for label in {fold(one) for one in (term.label, *term.alt_labels)}:
                labels[label] = (*labels.get(label, ()), term.iri)
    closure = saturate(axioms_of(sheets, name))
    return Vocabulary(version, terms, closure, labels, scheme, tuple(sheets))


def read_term(row: Sheet, place: str, scheme: Scheme) -> Term:
    """Read the term of one row."""
    if not is_id(row["id"], scheme) or row["kind"] not in KINDS:
        raise ConfigError(
            f"{place}: '{row['id']}' or its kind is not one of {scheme.name}'s"
        )
    successor = row["replaced_by"]
    return Term(
        iri=scheme.expand(row["id"]),
        label=row["label"],
        alt_labels=split_cell(row["alt_labels"]),
        kind=row["kind"],
        status=row["status"],
        replaced_by=scheme.expand(successor) if successor else None,
    )


def is_id(text: str, scheme: Scheme) -> bool:
    """Tell whether a text is a local id of a vocabulary."""
    return scheme.local.fullmatch(text) is not None


def axioms_of(sheets: Sequence[Sheet], name: str = "") -> Axioms:
    """Give what the rows of a snapshot assert.

    Raises
    ------
    ConfigError
        When an expression is not understood.
    """
    axioms = Axioms()
    for line, row in enumerate(sheets, 2):
        term = row["id"]
        parents = split_cell(row["sub_class_of"])
        if row["kind"] == "property":
            axioms.super_properties += [(term, parent) for parent in parents]
            axioms.domains += [(term, one) for one in split_cell(row["domain"])]
            axioms.ranges += [(term, one) for one in split_cell(row["range"])]
            continue
        try:
            axioms.parents += [(term, read_expression(one)) for one in parents]
            axioms.equivalents += [
                (term, read_expression(one)) for one in split_cell(row["equivalent"])
            ]
        except ValueError as problem:
            raise ConfigError(f"{name}:{line}: {problem}") from None
    return axioms


def fold(label: str) -> str:
    """Give the form in which labels are compared."""
    return " ".join(unicodedata.normalize("NFC", label).casefold().split())
