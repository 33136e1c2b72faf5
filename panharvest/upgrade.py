"""What another version of a vocabulary would change here: rows, rules, records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from panharvest.knowledge import RULES, load_knowledge
from panharvest.publish import map_raws
from panharvest.sssom import parse_sssom
from panharvest.tables import (
    parse_table,
    read_text,
    resource,
    split_cell,
    split_lines,
)
from panharvest.vocabulary import normalise_term
from panharvest.vocabulary.difference import VocabularyDiff, difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from panharvest.protocols import Raw
    from panharvest.publish import Context
    from panharvest.record import Technique
    from panharvest.vocabulary import Vocabulary

# What can happen to a term, the worst first.
REMOVED, DEPRECATED, UNUSABLE = "removed", "deprecated", "no-technique"
RELABELLED, AXIOMS, MOVED = "relabelled", "axioms", "moved"
COLUMNS = ("rule_id", "object_id", "object_label")


@dataclass(frozen=True, slots=True)
class Touched:
    """A row of a table that names a term which changes.

    Parameters
    ----------
    file, line
        Where it stands.
    row
        Its name: the rule, or subject and object of a mapping.
    iri, label
        The term in the old version.
    what
        ``removed``, ``deprecated``, ``no-technique`` (it does not describe a dataset
        any more), ``relabelled``, ``axioms`` (its definition changes) or ``moved``
        (only what it is under changes).
    detail
        The new label, the successor, the axioms.
    """

    file: str
    line: int
    row: str
    iri: str
    label: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record whose techniques would change.

    ``gained`` and ``lost`` include the terms above its techniques, under which it is
    found and listed in sets.
    """

    id: str
    old: tuple[Technique, ...]
    new: tuple[Technique, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """All that would change. ``records`` is how many records were looked at."""

    diff: VocabularyDiff
    rows: tuple[Touched, ...] = ()
    rules: tuple[Touched, ...] = ()
    changes: tuple[RecordChange, ...] = ()
    records: int = 0


def upgrade(
    old: Vocabulary,
    new: Vocabulary,
    root: Traversable | None = None,
    datasets: Iterable[tuple[str, Sequence[Raw]]] = (),
    context: Context | None = None,
) -> Upgrade:
    """Tell what another version of a vocabulary would change.

    Parameters
    ----------
    root
        A folder laid out like ``ontologies/`` (default: ours).
    datasets
        Id and raw records of each dataset of a store, to map again.
    context
        What publishing works with; needed with ``datasets``.
    """
    root = root or resource()
    diff = difference(old, new)
    changes: list[RecordChange] = []
    count = 0
    if context is not None and old.scheme.id == "panet":
        sides = [Side(context, version, root) for version in (old, new)]
        for item, raws in datasets:
            count += 1
            if raws and (change := record_change(item, raws, *sides)) is not None:
                changes.append(change)
    return Upgrade(
        diff,
        tuple(touched_rows(diff, old, new, root)),
        tuple(touched_rules(diff, old, new, root)),
        tuple(changes),
        count,
    )


def touched_rows(
    diff: VocabularyDiff, old: Vocabulary, new: Vocabulary, root: Traversable
) -> Iterator[Touched]:
    """Give the rows of mapping sets that name a term which changes."""
    changes = Changes(diff, old, new)
    folder = root.joinpath("mappings")
    for source in sorted(folder.iterdir(), key=lambda one: one.name):
        if not source.name.endswith(".sssom.tsv"):
            continue
        text = read_text(source)
        found = parse_sssom(text, source.name)
        head = sum(line.startswith("#") for line in split_lines(text))
        for line, row in enumerate(found.rows, head + 2):
            name = f"{row['subject_id']} {row['predicate_id']} {row['object_id']}"
            for side in ("subject", "object"):
                # PaNET need not be used as a technique on the side of the subject
                iri = expand(row[f"{side}_id"], found.prefixes)
                label = row.get(f"{side}_label", "")
                usable = side == "object"
                if told := changes.of(iri, label, technique=usable):
                    yield Touched(source.name, line, name, iri, *told)


def expand(name: str, prefixes: Mapping[str, str]) -> str:
    """Give the IRI of a CURIE, canonical when it is of a known vocabulary."""
    prefix, _, local = name.partition(":")
    iri = prefixes.get(prefix, prefix + ":") + local
    return normalise_term(iri) or iri


def touched_rules(
    diff: VocabularyDiff, old: Vocabulary, new: Vocabulary, root: Traversable
) -> Iterator[Touched]:
    """Give the technique and probe rules that name a term which changes."""
    changes = Changes(diff, old, new)
    for source, columns in (
        (root.joinpath("rules", RULES), COLUMNS),
        (root.joinpath("probes.tsv"), ("value", "object_id", "object_label")),
    ):
        lines = split_lines(read_text(source))
        for line, row in enumerate(parse_table(lines, source.name, columns), 2):
            labels = split_cell(row["object_label"])
            technique = source.name == RULES
            for place, curie in enumerate(split_cell(row["object_id"])):
                iri = normalise_term(curie)
                label = labels[place] if place < len(labels) else ""
                told = changes.of(iri, label, technique=technique) if iri else None
                if iri and told:
                    yield Touched(source.name, line, row[columns[0]], iri, *told)


class Changes:
    """Tells what happens to a term."""

    def __init__(self, diff: VocabularyDiff, old: Vocabulary, new: Vocabulary) -> None:
        self.old = old
        self.new = new
        self.labels = {one.iri: one for one in diff.relabelled}
        self.axioms = {one.iri: one for one in diff.axioms}
        self.moved = {lower for lower, _ in (*diff.gained, *diff.lost)}

    def of(
        self, iri: str, label: str, *, technique: bool
    ) -> tuple[str, str, str] | None:
        """Give label, what happens and the details; None when nothing does."""
        was, now = self.old.terms.get(iri), self.new.terms.get(iri)
        if was is None:
            return None
        if now is None:
            return was.label, REMOVED, f"not in {self.new.version}"
        if now.status == "deprecated" and was.status != "deprecated":
            successor = now.replaced_by or "no successor is named"
            return was.label, DEPRECATED, successor
        if technique and was.kind == "technique" != now.kind:
            return was.label, UNUSABLE, f"is a {now.kind} in {self.new.version}"
        if iri in self.labels:
            return label or was.label, RELABELLED, now.label
        if iri in self.axioms:
            change = self.axioms[iri]
            said = [f"- {one}" for one in change.removed]
            said += [f"+ {one}" for one in change.added]
            return was.label, AXIOMS, "; ".join(said)
        if iri in self.moved:
            before, after = self.old.ancestors(iri), self.new.ancestors(iri)
            return (
                was.label,
                MOVED,
                f"{len(after - before)} terms above it gained, "
                f"{len(before - after)} lost",
            )
        return None


class Side:
    """Maps records with one version of PaNET."""

    def __init__(
        self, context: Context, vocabulary: Vocabulary, root: Traversable
    ) -> None:
        knowledge = load_knowledge(root, vocabulary)
        tables = replace(context.tables, knowledge=knowledge)
        self.context = replace(context, tables=tables)
        self.vocabulary = vocabulary

    def techniques(self, raws: Sequence[Raw]) -> tuple[Technique, ...]:
        """Give the techniques of a dataset."""
        return map_raws(raws, self.context).record.techniques

    def under(self, techniques: Iterable[Technique]) -> set[str]:
        """Give all terms under which techniques are found."""
        found: set[str] = set()
        for one in techniques:
            found |= {one.iri, *self.vocabulary.ancestors(one.iri)}
        return found


def record_change(
    item: str, raws: Sequence[Raw], old: Side, new: Side
) -> RecordChange | None:
    """Map a dataset with both versions and compare its techniques."""
    before, after = old.techniques(raws), new.techniques(raws)
    was, now = old.under(before), new.under(after)
    if [one.iri for one in before] == [one.iri for one in after] and was == now:
        return None
    gained, lost = tuple(sorted(now - was)), tuple(sorted(was - now))
    return RecordChange(item, before, after, gained, lost)
