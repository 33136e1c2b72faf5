"""What the checks of one table share: rows, vocabularies, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.mapcheck.catalogue import MAPCHECKS
from panharvest.mapcheck.cutting import position
from panharvest.mapcheck.findings import Finding
from panharvest.mapcheck.lexicon import canonical
from panharvest.mapcheck.mending import Prefixes
from panharvest.mapcheck.slots import NO_TERM, SIDES

if TYPE_CHECKING:
    from panharvest.mapcheck.findings import Level
    from panharvest.mapcheck.lexicon import Lexicon, Lexicons
    from panharvest.mapcheck.mending import Mapping
    from panharvest.mapcheck.reading import Sheet


@dataclass(slots=True)
class Context:
    """A table under check.

    ``iris`` holds the canonical IRIs of subject and object, row by row; empty where an
    identifier cannot be read.
    """

    sheet: Sheet
    mappings: list[Mapping]
    lexicons: Lexicons
    findings: list[Finding] = field(default_factory=list)
    iris: dict[str, list[str]] = field(default_factory=dict)

    def resolve(self) -> None:
        """Expand the identifiers of all rows."""
        for side in SIDES:
            self.iris[side] = [self.expand(m[f"{side}_id"]) for m in self.mappings]

    def expand(self, curie: str) -> str:
        """Give the canonical IRI of a CURIE with a declared prefix, or nothing."""
        prefix, colon, local = curie.partition(":")
        namespace = self.sheet.prefixes.get(prefix)
        if not colon or namespace is None or curie == NO_TERM:
            return ""
        return canonical(namespace + local)

    def spelling(self, iri: str) -> str:
        """Give a term as this table would write it."""
        curie = Prefixes.of(self.sheet.prefixes).contract(iri)
        lexicon = self.lexicons.of(iri)
        return curie or (lexicon.short(iri) if lexicon else iri)

    def lexicon(self, side: str) -> Lexicon | None:
        """Give the pinned vocabulary of a side: that of the first row which has one."""
        for iri in self.iris[side]:
            if iri and (found := self.lexicons.of(iri)) is not None:
                return found
        return None

    def at(
        self,
        mapping: Mapping,
        column: str,
        code: str,
        message: str,
        suggestion: str = "",
        *,
        level: Level | None = None,
        fixable: bool = False,
    ) -> None:
        """Note a finding in a cell."""
        columns = self.sheet.columns
        place = columns.index(column) if column in columns else 0
        line, start = position(mapping.row, place, self.sheet.separator)
        self.note(
            line,
            start,
            code,
            message,
            suggestion,
            level=level,
            fixable=fixable,
            terms=(mapping["subject_id"], mapping["object_id"]),
        )

    def front(
        self,
        line: int,
        message: str,
        suggestion: str = "",
        *,
        level: Level | None = None,
    ) -> None:
        """M001: note a finding in the front matter, in whatever file that is."""
        if self.sheet.external:  # no line of the table is meant
            message = f"{self.sheet.external}:{line}: {message}"
            self.note(0, 0, "M001", message, suggestion, level=level)
        else:
            self.note(line, 1, "M001", message, suggestion, level=level)

    def note(
        self,
        line: int,
        column: int,
        code: str,
        message: str,
        suggestion: str = "",
        *,
        level: Level | None = None,
        fixable: bool = False,
        terms: tuple[str, str] = ("", ""),
    ) -> None:
        """Note a finding at a place."""
        self.findings.append(
            Finding(
                self.sheet.name,
                line,
                column,
                code,
                level or MAPCHECKS[code].level,
                message,
                suggestion,
                fixable and not self.sheet.doubled,
                *terms,
            )
        )
