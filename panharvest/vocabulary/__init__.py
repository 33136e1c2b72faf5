"""Terms by IRI: PaNET, its reasoned hierarchy, and the spellings of its identifiers.

The snapshot in ``ontologies/panet`` holds what PaNET asserts; what follows from it is
computed when it is loaded (:mod:`panharvest.vocabulary.closure`), without any RDF
library.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from panharvest.errors import ConfigError
from panharvest.tables import (
    parse_table,
    read_text,
    resource,
    split_cell,
    split_lines,
)
from panharvest.vocabulary.closure import Axioms, Closure, read_expression, saturate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PANET = "http://purl.org/pan-science/PaNET/"
ESRFET = "https://w3id.org/PaN/ESRFET#"
CURRENT = "1.3.0"
KINDS = ("technique", "facet", "specifier", "property", "class")
COLUMNS = (
    *("id", "label", "alt_labels", "kind", "sub_class_of", "equivalent", "disjoint"),
    *("domain", "range", "status", "replaced_by"),
)

Sheet = dict[str, str]  # a row of the snapshot


@dataclass(frozen=True, slots=True)
class Term:
    """A term of PaNET.

    ``kind`` is ``technique`` (fit to describe a dataset), ``facet`` (PaNET00001 and the
    classes that only sort techniques), ``specifier`` (what techniques are defined by)
    or ``property``; ``status`` is ``current`` or ``deprecated``, ``replaced_by`` the
    IRI that a deprecated term names.
    """

    iri: str
    label: str
    alt_labels: tuple[str, ...] = ()
    kind: str = "technique"
    status: str = "current"
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A version of PaNET with all that its axioms imply."""

    version: str
    terms: dict[str, Term]  # by IRI, in the order of the snapshot
    closure: Closure  # by id
    labels: dict[str, tuple[str, ...]]  # folded label of a technique -> IRIs

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
        above = self.closure.ancestors(iri.removeprefix(PANET))
        return frozenset(found for a in above if (found := PANET + a) in self.terms)

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
        found = self.closure.conjunction(iri.removeprefix(PANET) for iri in given)
        others = sorted(PANET + name for name in found)
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
def panet(version: str | None = None) -> Vocabulary:
    """Load a version of PaNET that the project ships (None: the current one).

    Raises
    ------
    ConfigError
        When there is no such version or its table is damaged.
    """
    wanted = version or CURRENT
    source = resource("panet", f"{wanted}.tsv")
    if not re.fullmatch(r"[\w.-]+", wanted) or not source.is_file():
        raise ConfigError(
            f"PaNET {wanted} is not among the versions in ontologies/panet"
        )
    return load_vocabulary(read_text(source), source.name, wanted)


def load_vocabulary(text: str, name: str, version: str) -> Vocabulary:
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
        term = read_term(row, f"{name}:{line}")
        if term.iri in terms:
            raise ConfigError(f"{name}:{line}: {row['id']} is there twice")
        terms[term.iri] = term
        if term.kind == "technique":
            for label in {fold(one) for one in (term.label, *term.alt_labels)}:
                labels[label] = (*labels.get(label, ()), term.iri)
    return Vocabulary(version, terms, saturate(axioms_of(sheets, name)), labels)


def read_term(row: Sheet, place: str) -> Term:
    """Read the term of one row."""
    if not re.fullmatch(r"PaNET\d{5,7}", row["id"]) or row["kind"] not in KINDS:
        raise ConfigError(f"{place}: '{row['id']}' or its kind is not one of PaNET's")
    return Term(
        iri=PANET + row["id"],
        label=row["label"],
        alt_labels=split_cell(row["alt_labels"]),
        kind=row["kind"],
        status=row["status"],
        replaced_by=PANET + row["replaced_by"] if row["replaced_by"] else None,
    )


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


PANET_ID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?purl\.org/pan-science/PaNET[/#]|PaNET:)?"
    r"(?:PaNET)?(?P<digits>\d{7}|\d{5})/?",
    re.IGNORECASE,
)
ESRFET_ID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?"
    r"(?:purl\.org/pan-science/ESRFET|w3id\.org/PaN/ESRFET(?:/v[\w.-]+)?/?)[#/]|ESRFET:)"
    r"(?P<name>[^\W_][^\s/#?:<>\"]*)/?",
    re.IGNORECASE,
)


def normalise_term(text: str) -> str | None:
    """Give the canonical IRI of a PaNET or ESRFET term in any of its spellings.

    Known are http and https, ``www.purl.org``, ``PaNET:01196``, ``panet:PaNET01196``,
    bare ``PaNET01196``, and ESRFET's three generations of IRIs, the versioned too.
    Whether such a term exists is not looked at. Anything else is None, digits too.
    """
    bare = unquote(text.strip().strip("<>").strip())
    if found := PANET_ID.fullmatch(bare):
        return None if bare[0].isdigit() else f"{PANET}PaNET{found['digits']}"
    if found := ESRFET_ID.fullmatch(bare):
        return ESRFET + found["name"]
    return None
