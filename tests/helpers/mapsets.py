"""Mapping sets for tests: a clean one, and what a test changes in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.mapcheck.kinds import check_sheet
from panharvest.mapcheck.lexicon import Lexicons
from panharvest.mapcheck.reading import parse
from panharvest.mapcheck.running import check_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from panharvest.mapcheck.context import Context
    from panharvest.mapcheck.findings import Report

TODAY = date(2026, 11, 25)
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "ontologies"
COLUMNS = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label"),
    *("mapping_justification", "confidence"),
)
HEAD = {
    "mapping_set_id": "https://w3id.org/example/mappings/lab-panet",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "subject_source_version": "1",
    "object_source_version": "1.3.0",
}
PREFIXES = {
    "lab": "https://example.org/technique/",
    "panet": "http://purl.org/pan-science/PaNET/",
}
MANUAL = "semapv:ManualMappingCuration"
LEXICONS = Lexicons()  # loaded once: they do not change


def row(
    subject: str = "lab:xpd",
    object_: str = "panet:PaNET01101",
    label: str = "x-ray powder diffraction",
    predicate: str = "skos:exactMatch",
    subject_label: str = "powder diffraction at the lab",
    justification: str = MANUAL,
    confidence: str = "1",
) -> tuple[str, ...]:
    """Give the cells of a row."""
    return (
        *(subject, subject_label, predicate, object_, label, justification),
        confidence,
    )


def mapping_set(
    *rows: Sequence[str],
    head: Mapping[str, str] | None = None,
    prefixes: Mapping[str, str] = PREFIXES,
    columns: Sequence[str] = COLUMNS,
    separator: str = "\t",
) -> str:
    """Write a mapping set."""
    lines = ["#curie_map:", *(f"#  {key}: {iri}" for key, iri in prefixes.items())]
    lines += [
        f"#{key}: {value}" for key, value in (HEAD if head is None else head).items()
    ]
    lines += [separator.join(cells) for cells in (columns, *(rows or (row(),)))]
    return "\n".join(lines) + "\n"


def check_text(text: str, name: str = "lab.sssom.tsv") -> Context:
    """Check the text of a mapping set."""
    return check_sheet(parse(text, name), LEXICONS)


def found(text: str, code: str) -> list[tuple[str, str]]:
    """Give level and message of the findings of a check."""
    return [(f.level, f.message) for f in check_text(text).findings if f.code == code]


def codes(text: str) -> set[str]:
    """Give the codes of all findings."""
    return {one.code for one in check_text(text).findings}


def run(*paths: Path, **ontologies: str) -> Report:
    """Check files."""
    return check_paths(paths, today=TODAY, ontologies=ontologies)
