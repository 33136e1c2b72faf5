"""What can be put right without knowing anything: blanks, prefix case, swapped cells.

Every row is mended before it is checked, so that one slip does not hide the next; each
mend is reported, and ``--fix`` writes exactly these.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.mapcheck.slots import (
    IDENTIFIERS,
    JUSTIFICATIONS,
    PREDICATES,
    SEVERAL,
    SIDES,
)
from panharvest.vocabulary import normalise_term

if TYPE_CHECKING:
    from panharvest.mapcheck.cutting import Row
    from panharvest.mapcheck.reading import Sheet

CURIE = re.compile(r"(?P<prefix>[A-Za-z_][\w.-]*):(?P<local>\S+)")
IRI = re.compile(r"<?(?P<iri>(?:https?|urn|ftp):[^\s<>]+)>?", re.IGNORECASE)

# columns whose words are few and known, by their names without prefix and case
KNOWN = {
    column: {name.rpartition(":")[2].casefold(): name for name in sorted(names)}
    for column, names in (
        ("predicate_id", PREDICATES),
        ("mapping_justification", JUSTIFICATIONS),
    )
}


@dataclass(frozen=True, slots=True)
class Mend:
    """One cell put right: what was there, what is there now, and by which check."""

    column: str
    code: str
    before: str
    after: str
    message: str


@dataclass(slots=True)
class Mapping:
    """A row by column, mended, with what was mended and what was beyond mending.

    ``faults`` are pairs of a column and what is wrong with its identifier.
    """

    row: Row
    cells: dict[str, str]
    mends: list[Mend] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)

    def __getitem__(self, column: str) -> str:
        """Give a cell, mended; a column that is not there is empty."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Prefixes:
    """The prefixes of a set, also by folded case and by namespace."""

    declared: dict[str, str]
    folded: dict[str, tuple[str, ...]]
    namespaces: tuple[tuple[str, str], ...]  # the longest first

    @classmethod
    def of(cls, declared: dict[str, str]) -> Prefixes:
        """Index prefixes."""
        folded: dict[str, tuple[str, ...]] = {}
        for prefix in declared:
            key = prefix.casefold()
            folded[key] = (*folded.get(key, ()), prefix)
        spaces = [(iri, prefix) for prefix, iri in declared.items() if len(iri) > 8]
        return cls(declared, folded, tuple(sorted(spaces, key=lambda s: -len(s[0]))))

    def meant(self, prefix: str) -> str | None:
        """Give the declared prefix that differs in case at most, or None."""
        if prefix in self.declared:
            return prefix
        found = self.folded.get(prefix.casefold(), ())
        return found[0] if len(found) == 1 else None

    def contract(self, iri: str) -> str | None:
        """Give an IRI as a CURIE, or None."""
        for namespace, prefix in self.namespaces:
            local = iri.removeprefix(namespace)
            if local and len(local) < len(iri) and not re.search(r"\s", local):
                return f"{prefix}:{local}"
        return None

    def knows(self, text: str) -> bool:
        """Tell whether a text is a CURIE with a declared prefix, in any case."""
        match = CURIE.fullmatch(text)
        return match is not None and self.meant(match["prefix"]) is not None


def mend(sheet: Sheet) -> list[Mapping]:
    """Give the rows of a table, each mended as far as that needs no knowledge."""
    prefixes = Prefixes.of(sheet.prefixes)
    return [mend_row(row, sheet.columns, prefixes) for row in sheet.rows]


def mend_row(row: Row, columns: tuple[str, ...], prefixes: Prefixes) -> Mapping:
    """Mend one row."""
    found = Mapping(row, dict(zip(columns, row.cells, strict=False)))
    for column, cell in found.cells.items():
        bare = cell.strip()
        if bare != cell:
            code = "M003" if column in IDENTIFIERS else "M060"
            where = "identifier" if code == "M003" else "cell"
            found.mends.append(
                Mend(column, code, cell, bare, f"blanks around the {where} '{bare}'")
            )
            found.cells[column] = bare
        if column in IDENTIFIERS and not bare.isprintable():
            take_out_invisible(found, column)
    for side in SIDES:
        swap(found, side, prefixes)
    for column in IDENTIFIERS:
        if found[column]:
            mend_identifier(found, column, prefixes)
    return found


def take_out_invisible(found: Mapping, column: str) -> None:
    """Take signs without width out of an identifier: no namespace has any."""
    cell = found.cells[column]
    seen = "".join(sign for sign in cell if unicodedata.category(sign) != "Cf")
    if seen != cell:
        message = f"an invisible sign in the identifier '{seen}'"
        found.mends.append(Mend(column, "M003", cell, seen, message))
        found.cells[column] = seen


def swap(found: Mapping, side: str, prefixes: Prefixes) -> None:
    """Change identifier and label of a side where each stands in the other's column."""
    id_column, label_column = f"{side}_id", f"{side}_label"
    id_, label = found[id_column], found[label_column]
    if not label or prefixes.knows(id_) or IRI.fullmatch(id_):
        return
    if not prefixes.knows(label) and not IRI.fullmatch(label):
        return
    message = f"{id_column} holds the label '{id_}' and {label_column} the identifier"
    found.mends.append(Mend(id_column, "M004", id_, label, message))
    found.mends.append(Mend(label_column, "M004", label, id_, ""))
    found.cells[id_column], found.cells[label_column] = label, id_


def mend_identifier(found: Mapping, column: str, prefixes: Prefixes) -> None:
    """Put the prefix of an identifier into the case in which it is declared."""
    cell = found[column]
    parts = cell.split("|") if column in SEVERAL else [cell]
    if (
        column not in SEVERAL
        and "|" in cell
        and all(map(prefixes.knows, cell.split("|")))
    ):
        message = f"'{cell}' holds several identifiers"
        found.faults.append((column, message, "write a row for each of them"))
        return
    mended = []
    for part in parts:
        fixed, message, advice = mend_curie(part.strip(), prefixes, column)
        if message and fixed is not None:
            found.mends.append(Mend(column, "M003", part, fixed, message))
        elif message:
            found.faults.append((column, message, advice))
        mended.append(part.strip() if fixed is None else fixed)
    found.cells[column] = "|".join(mended)


def mend_curie(
    text: str, prefixes: Prefixes, column: str = ""
) -> tuple[str | None, str, str]:
    """Give the mended identifier or None, what is wrong, and what to do."""
    if known := KNOWN.get(column, {}).get(text.rpartition(":")[2].casefold()):
        prefix = text.rpartition(":")[0]
        if text != known and prefix in {"", known.partition(":")[0]}:
            what = "has another case" if prefix else "has no prefix"
            return known, f"'{text}' {what}: {known} is meant", ""
    if iri := IRI.fullmatch(text):
        curie = prefixes.contract(iri["iri"])
        advice = "" if curie else "declare its namespace in curie_map, write a CURIE"
        return curie, f"'{text}' is an IRI where SSSOM wants a CURIE", advice
    match = CURIE.fullmatch(text)
    if match is None:
        iri_ = normalise_term(text)
        if iri_ is not None and (curie := prefixes.contract(iri_)):
            return curie, f"'{text}' has no prefix", ""
        what = "holds a blank" if re.search(r"\s", text) else "has no prefix"
        return None, f"'{text}' is not an identifier: it {what}", "write prefix:name"
    prefix = match["prefix"]
    if prefix in prefixes.declared:
        return text, "", ""
    meant = prefixes.meant(prefix)
    if meant is None:
        advice = f"add '{prefix}: <IRI>' to curie_map"
        return None, f"the prefix '{prefix}' of '{text}' is not declared", advice
    message = f"the prefix '{prefix}' is declared as '{meant}': the case matters"
    return f"{meant}:{match['local']}", message, ""
