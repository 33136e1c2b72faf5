"""What changes from one version of a vocabulary to another, at the level of IRIs.

Labels in axiom cells do not count: an axiom has changed when the terms it is made of
have. A relabelled term is the same term.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest.tables import split_cell
from panharvest.vocabulary.closure import Expression, read_expression
from panharvest.vocabulary.snapshot import intersection

if TYPE_CHECKING:
    from panharvest.vocabulary import Sheet, Term, Vocabulary

AXIOMS = ("sub_class_of", "equivalent", "disjoint", "domain", "range")
Pair = tuple[str, str]  # the IRIs of a term and of one above it


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A term whose label, or whose alternative labels, differ."""

    iri: str
    old: str
    new: str
    old_alt: tuple[str, ...] = ()
    new_alt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AxiomChange:
    """A term whose axioms of one kind differ; each in Manchester syntax over ids.

    ``kind`` is a column of the snapshot: ``sub_class_of``, ``equivalent``,
    ``disjoint``, ``domain`` or ``range``.
    """

    iri: str
    label: str
    kind: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindChange:
    """A term that is of another kind or status (``technique`` to ``specifier``)."""

    iri: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class VocabularyDiff:
    """What changes between two versions.

    ``gained`` and ``lost`` are pairs of the reasoned hierarchy (term, term above it)
    among the terms of both versions and, for terms that were added or removed, with
    them. ``new_labels`` are only those whose main label differs; ``alt_labels`` those
    where only the alternative labels do.
    """

    id: str
    old: str
    new: str
    added: tuple[Term, ...] = ()
    removed: tuple[Term, ...] = ()
    relabelled: tuple[Relabelled, ...] = ()
    alt_labels: tuple[Relabelled, ...] = ()
    axioms: tuple[AxiomChange, ...] = ()
    kinds: tuple[KindChange, ...] = ()
    gained: tuple[Pair, ...] = ()
    lost: tuple[Pair, ...] = ()

    @property
    def changed_classes(self) -> tuple[str, ...]:
        """The IRIs of the terms of both versions whose axioms changed, once each."""
        return tuple(dict.fromkeys(one.iri for one in self.axioms))

    def __bool__(self) -> bool:
        return any(
            (
                *(self.added, self.removed, self.relabelled, self.alt_labels),
                *(self.axioms, self.kinds, self.gained, self.lost),
            )
        )


def difference(old: Vocabulary, new: Vocabulary) -> VocabularyDiff:
    """Compare two versions of a vocabulary."""
    both = [iri for iri in old.terms if iri in new.terms]
    labels = [relabelled(old.terms[iri], new.terms[iri]) for iri in both]
    before, after = old.pairs(), new.pairs()
    return VocabularyDiff(
        id=new.scheme.id,
        old=old.version,
        new=new.version,
        added=tuple(term for iri, term in new.terms.items() if iri not in old.terms),
        removed=tuple(term for iri, term in old.terms.items() if iri not in new.terms),
        relabelled=tuple(one for one in labels if one.old != one.new),
        alt_labels=tuple(
            one
            for one in labels
            if one.old == one.new and set(one.old_alt) != set(one.new_alt)
        ),
        axioms=axiom_changes(old, new),
        kinds=tuple(
            KindChange(iri, new.terms[iri].label, *told)
            for iri in both
            if (told := (nature(old.terms[iri]), nature(new.terms[iri])))
            and told[0] != told[1]
        ),
        gained=tuple(sorted(after - before)),
        lost=tuple(sorted(before - after)),
    )


def relabelled(old: Term, new: Term) -> Relabelled:
    """Put the labels of one term side by side."""
    return Relabelled(old.iri, old.label, new.label, old.alt_labels, new.alt_labels)


def nature(term: Term) -> str:
    """Say what a term is for and, when it is not current, that."""
    if term.status == "current":
        return term.kind
    successor = f", see {term.replaced_by}" if term.replaced_by else ""
    return f"{term.kind}, {term.status}{successor}"


def axiom_changes(old: Vocabulary, new: Vocabulary) -> tuple[AxiomChange, ...]:
    """Compare what two versions assert of the terms they share.

    Two spellings of one axiom (the order of an intersection) are no change, nor is on
    which of two terms their equivalence or disjointness is written.
    """
    before = {row["id"]: row for row in old.rows}
    changes = []
    for row in new.rows:
        if row["id"] not in before:
            continue
        iri = new.scheme.expand(row["id"])
        for kind in AXIOMS:
            was = expressions(before[row["id"]], kind)
            now = expressions(row, kind)
            removed = tuple(sorted(text for one, text in was.items() if one not in now))
            added = tuple(sorted(text for one, text in now.items() if one not in was))
            if kind in ("equivalent", "disjoint"):
                removed = without_mirrored(removed, new, row["id"], kind)
                added = without_mirrored(added, old, row["id"], kind)
            if removed or added:
                label = new.terms[iri].label
                changes.append(AxiomChange(iri, label, kind, removed, added))
    return tuple(changes)


def without_mirrored(
    found: tuple[str, ...], other: Vocabulary, term: str, kind: str
) -> tuple[str, ...]:
    """Leave out an axiom that another version writes on its other side."""
    rows = {row["id"]: row for row in other.rows}
    return tuple(
        text
        for text in found
        if text not in rows or term not in split_cell(rows[text][kind])
    )


def expressions(row: Sheet, kind: str) -> dict[Expression, str]:
    """Give the axioms of a row in one form, with their text."""
    texts = split_cell(row[kind])
    return {intersection([read_expression(text)]): text for text in texts}
