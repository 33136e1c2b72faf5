"""R001: PaNET's own source table, a ROBOT template, before it becomes a release."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.mapcheck.catalogue import MAPCHECKS
from panharvest.mapcheck.cutting import Row, position, records
from panharvest.mapcheck.findings import Finding
from panharvest.vocabulary import PANET
from panharvest.vocabulary.robot import CODES, CellNames, separator_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from panharvest.mapcheck.findings import Level
    from panharvest.mapcheck.lexicon import Lexicon
    from panharvest.vocabulary import Vocabulary

AXIOMS = ("SC %", "EC %", "DC %", "SP %", "DOMAIN", "RANGE")
PROBE, PROCESS = PANET + "PaNET00002", PANET + "PaNET00003"


class Source:
    """A template: its rows by id, its labels, and the findings on it."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.findings: list[Finding] = []
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        if lines and lines[-1] == "":
            lines.pop()
        self.separator = separator_of(text) or ","
        self.rows = [row for row, _ in records(lines, 0, self.separator, 0)]
        heads = (row.cells for row in self.rows if set(row.cells) >= CODES)
        self.codes: tuple[str, ...] = next(heads, ())
        self.terms = [row for row in self.rows if self.id_of(row).startswith(PANET)]
        self.by_id = {self.id_of(row): row for row in self.terms}

    def cells(self, row: Row, *codes: str) -> Iterator[tuple[int, str]]:
        """Give the cells of a row under some codes of the template."""
        for place, (code, cell) in enumerate(zip(self.codes, row.cells, strict=False)):
            if code.strip() in codes and cell:
                yield place, cell

    def id_of(self, row: Row) -> str:
        """Give the IRI of a row, or nothing."""
        return next((cell.strip() for _, cell in self.cells(row, "ID")), "")

    def label_of(self, row: Row) -> str:
        """Give the label of a row, as written."""
        return next((cell for _, cell in self.cells(row, "A rdfs:label")), "")

    def note(
        self,
        row: Row | None,
        place: int,
        message: str,
        suggestion: str = "",
        level: Level | None = None,
    ) -> None:
        """Note a finding in a cell."""
        line, column = position(row, place, self.separator) if row else (0, 0)
        self.findings.append(
            Finding(
                self.name,
                line,
                column,
                "R001",
                level or MAPCHECKS["R001"].level,
                message,
                suggestion,
            )
        )


def check_source(text: str, path: Path, pinned: Lexicon) -> Source:
    """Check a template: labels, axioms, and what follows from it."""
    from panharvest.vocabulary.opening import open_vocabulary

    source = Source(text, str(path))
    check_identifiers(source)
    check_labels(source)
    check_axioms(source)
    try:
        found = open_vocabulary("panet", path)
    except ConfigError as problem:
        if not any(one.level == "error" for one in source.findings):
            source.note(None, 0, str(problem), level="error")
        return source
    check_meaning(source, found)
    for iri, term in pinned.terms.items():
        if iri not in source.by_id:
            source.note(
                None,
                0,
                f"{pinned.short(iri)} '{term.label}' of {pinned.version} is gone",
                "keep the identifier and mark it deprecated: releases promise that",
            )
    return source


def check_identifiers(source: Source) -> None:
    """Find identifiers of two rows; a template may go on in a second one."""
    first: dict[str, Row] = {}
    for row in source.terms:
        iri = source.id_of(row)
        other = first.setdefault(iri, row)
        if other is row:
            continue
        labels = {" ".join(source.label_of(one).split()) for one in (row, other)} - {""}
        goes_on = len(labels) == 1 and row.cells[1:] != other.cells[1:]
        source.note(
            row,
            next(place for place, _ in source.cells(row, "ID")),
            f"{short(iri)} is in line {other.line} too"
            + ("" if goes_on else ": both become one term"),
            "" if goes_on else "give the new term an identifier of its own",
            level="info" if goes_on else "warning",
        )


def check_labels(source: Source) -> None:
    """Find stray blanks in labels, and labels that two techniques share."""
    first: dict[tuple[str, int], Row] = {}
    for row in source.terms:
        iri, label = source.id_of(row), " ".join(source.label_of(row).split())
        # techniques and specifiers share labels on purpose: their ids tell them apart
        other = first.setdefault((label.casefold(), len(iri)), row)
        if label and source.id_of(other) != iri:
            source.note(
                row,
                next(place for place, _ in source.cells(row, "A rdfs:label")),
                f"'{label}' is the label of {short(source.id_of(other))} in line "
                f"{other.line} too",
                "tell the two apart",
            )
    for row in source.terms:
        for place, cell in source.cells(row, "A rdfs:label"):
            bare = re.sub(r"\s+", " ", cell).strip()
            if bare != cell:
                source.note(row, place, f"stray blanks in '{cell}'", f"write '{bare}'")
        if not source.label_of(row).strip():
            source.note(row, 0, f"{short(source.id_of(row))} has no label")


def check_axioms(source: Source) -> None:
    """Find labels in axioms that no term has, or several share."""
    owners: dict[str, list[str]] = defaultdict(list)
    for row in source.terms:
        owners[source.label_of(row).strip()].append(source.id_of(row))
    shared = {
        label: ids for label, ids in owners.items() if len(set(ids)) > 1 and label
    }
    for row in source.terms:
        for place, cell in source.cells(row, *AXIOMS):
            named = labels_in(cell)
            for label in sorted(named - set(owners)):
                if CellNames.as_id(label) is None:
                    close = get_close_matches(label, owners, 1, 0.75)
                    source.note(
                        row,
                        place,
                        f"'{label}' in an axiom is not the label of any term",
                        f"write '{close[0]}'?" if close else "",
                        level="error",
                    )
            for label in sorted(named & set(shared)):
                ids = ", ".join(map(short, shared[label]))
                source.note(
                    row,
                    place,
                    f"'{label}' in an axiom is the label of {ids}; the last is taken",
                    "write the identifier, or tell the labels apart",
                )


def labels_in(cell: str) -> set[str]:
    """Give the labels in a cell of axioms: those in quotes, or all of it."""
    if "'" in cell or cell.lstrip().startswith("("):
        return {one.strip() for one in re.findall(r"'([^']*)'", cell)}
    return {cell.strip()} - {""}


def check_meaning(source: Source, found: Vocabulary) -> None:
    """Find terms that are the same, and techniques without probe or process."""
    for iri, term in found.terms.items():
        above = found.ancestors(iri)
        row = source.by_id.get(iri)
        for other in sorted(above):
            if iri < other and iri in found.ancestors(other):
                label = found.terms[other].label
                source.note(
                    row,
                    0,
                    f"{short(iri)} '{term.label}' and {short(other)} '{label}' are the "
                    "same by the axioms",
                )
        if term.kind == "technique" and not {PROBE, PROCESS} <= above:
            lacking = [
                what
                for what, root in (("probe", PROBE), ("process", PROCESS))
                if root not in above
            ]
            source.note(
                row,
                0,
                f"{short(iri)} '{term.label}' has no {' and no '.join(lacking)}",
                level="info",
            )


def short(iri: str) -> str:
    """Give a term of PaNET as people write it."""
    return f"panet:{iri.removeprefix(PANET)}"
