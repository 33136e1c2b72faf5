"""PaNET's own source: a ROBOT template in CSV.

Source: the second row of the template, with ROBOT's codes. ``SC %`` is a superclass,
several ``EC %`` cells of one row are one intersection. A label in an axiom that several
terms share means the last of them: so the published hierarchy comes out.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.tables import split_cell
from panharvest.vocabulary.closure import (
    Both,
    Expression,
    Some,
    read_expression,
)
from panharvest.vocabulary.schemes import PANET, SCHEMES, THING
from panharvest.vocabulary.snapshot import Facts, intersection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from panharvest.vocabulary import Sheet, Vocabulary

SCHEME = SCHEMES["panet"]
CODES = {"ID", "A rdfs:label"}  # of the second row
SNIFFED = 20_000  # letters that tell whether it is a template
ALT_LABEL = "A http://www.w3.org/2004/02/skos/core#altLabel"


def from_template(data: bytes, name: str) -> dict[str, Facts]:
    """Collect the facts of a template.

    Raises
    ------
    ConfigError
        Naming file and row: not UTF-8, no row of codes, a label that no term has.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{name}: byte {problem.start} is not UTF-8") from None
    separator = separator_of(text)
    if separator is None:
        raise ConfigError(f"{name}: the row of ROBOT template codes is missing")
    lines = text.splitlines(keepends=True)
    rows = list(csv.reader(lines, delimiter=separator))
    codes = next(row for row in rows if set(row) >= CODES)
    cells = [list(template_cells(codes, row)) for row in rows]
    labels = {}
    for row in cells:
        given = dict(row)
        if given.get("ID", "").startswith(PANET) and given.get("A rdfs:label"):
            labels[given["A rdfs:label"]] = SCHEME.short(given["ID"])
    facts: dict[str, Facts] = {}
    for number, row in enumerate(cells, 1):
        given = dict(row)
        if given.get("ID", "").startswith(PANET):
            found = facts.setdefault(SCHEME.short(given["ID"]), Facts())
            try:
                read_template_row(row, found, labels)
            except ValueError as problem:
                raise ConfigError(f"{name}: row {number}: {problem}") from None
    return facts


def separator_of(text: str) -> str | None:
    """Give what parts the cells of a template; None where a text is no template.

    Spreadsheets write commas, semicolons or tabs, with quotation marks or without.
    """
    for line in text[:SNIFFED].splitlines()[:10]:
        for separator in ",;\t":
            if set(next(csv.reader([line], delimiter=separator), [])) >= CODES:
                return separator
    return None


def template_cells(codes: list[str], row: list[str]) -> Iterator[tuple[str, str]]:
    """Give the filled cells of a row with their template codes."""
    for code, cell in zip(codes, row, strict=False):
        if code and cell.strip():
            yield code.strip(), cell.strip()


def read_template_row(
    row: list[tuple[str, str]], found: Facts, labels: dict[str, str]
) -> None:
    """Add what one row of a template says about a term."""
    cells: dict[str, list[str]] = defaultdict(list)
    for code, cell in row:
        cells[code].append(cell)

    def named(code: str) -> list[str]:
        read = [read_cell(cell, labels) for cell in cells[code]]
        return [one for one in read if isinstance(one, str) and one != THING]

    found.label = next(iter(cells["A rdfs:label"]), found.label)
    found.alt_labels += cells[ALT_LABEL]
    found.is_property |= "owl:ObjectProperty" in cells["TYPE"]
    found.parents += [
        one for cell in cells["SC %"] if (one := read_cell(cell, labels)) != THING
    ]
    found.parents += named("SP %")
    if parts := [read_cell(cell, labels) for cell in cells["EC %"]]:
        found.equivalents.append(intersection(parts))
    found.disjoint += named("DC %")
    found.domain += named("DOMAIN")
    found.range += named("RANGE")


def read_cell(cell: str, labels: dict[str, str]) -> Expression:
    """Read an axiom cell: an expression with quoted labels, a bare label, an id."""
    if "'" in cell or cell.startswith("("):
        return read_expression(cell, CellNames(labels))
    return CellNames(labels)[cell]


class CellNames(dict[str, str]):
    """Labels, and the ids and IRIs that stand for themselves."""

    def __contains__(self, word: object) -> bool:
        return super().__contains__(word) or self.as_id(str(word)) is not None

    def __missing__(self, word: str) -> str:
        found = self.as_id(word)
        if found is None:
            raise ValueError(f"'{word}' is not the label of any term")
        return found

    @staticmethod
    def as_id(word: str) -> str | None:
        """Give the id or IRI that a word is, or None when it must be a label."""
        if word == "owl:Thing":
            return THING
        if word.startswith(("http://", "https://")):
            return SCHEME.short(word)
        bare = word.removeprefix("PaNET:")
        return bare if SCHEME.local.fullmatch(bare) else None


def write_template(vocabulary: Vocabulary) -> bytes:
    """Write PaNET as the template it is made from: a table for editors.

    Ids, labels and axioms are there; definitions and sources are not, because we do not
    have them. Terms in axioms are written by label where only one term has it, else by
    id: so reading it again gives exactly the same terms and axioms.

    A term with several definitions has a row for each: the template has room for one
    intersection a row.

    Raises
    ------
    ConfigError
        When the vocabulary is another than PaNET.
    """
    if vocabulary.scheme is not SCHEME:
        raise ConfigError(
            f"{vocabulary.scheme.name} has no CSV template; write it as turtle or xml"
        )
    names = unique_labels(vocabulary)
    table = [one for row in vocabulary.rows for one in template_rows(row, names)]
    widths: dict[str, int] = {}
    for row in table:
        for code, cells in row.items():
            widths[code] = max(widths.get(code, 1), len(cells))
    codes = [code for code, width in widths.items() for _ in range(width)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["", *("Label" if c == "A rdfs:label" else c for c in codes)])
    writer.writerow(["", *codes])
    for row in table:
        cells = [
            cell
            for code, width in widths.items()
            for cell in (*row.get(code, ()), *[""] * (width - len(row.get(code, ()))))
        ]
        writer.writerow(["", *cells])
    return text.getvalue().encode()


def unique_labels(vocabulary: Vocabulary) -> dict[str, str]:
    """Give the labels by which a template can name terms without doubt."""
    seen: dict[str, list[str]] = defaultdict(list)
    for row in vocabulary.rows:
        if row["label"] and "'" not in row["label"]:
            seen[row["label"]].append(row["id"])
    return {ids[0]: label for label, ids in seen.items() if len(ids) == 1}


def template_rows(
    row: Sheet, names: Mapping[str, str]
) -> Iterator[dict[str, list[str]]]:
    """Give the cells of the rows of one term, by template code."""

    def write(expression: Expression, nested: bool = True) -> str:
        if isinstance(expression, str):
            return f"'{names[expression]}'" if expression in names else expression
        if isinstance(expression, Some):
            text = f"{write(expression.role)} some {write(expression.filler)}"
        else:
            text = " and ".join(write(part) for part in expression.parts)
        return f"({text})" if nested else text

    def cells(column: str) -> list[str]:
        return [write(read_expression(text)) for text in split_cell(row[column])]

    is_property = row["kind"] == "property"
    first, *more = split_cell(row["equivalent"]) or ("",)

    def parts(text: str) -> list[str]:
        expression = read_expression(text) if text else Both(())
        return [
            write(p)
            for p in (
                expression.parts if isinstance(expression, Both) else (expression,)
            )
        ]

    yield {
        "ID": [PANET + row["id"]],
        "A rdfs:label": [row["label"]],
        ALT_LABEL: list(split_cell(row["alt_labels"])),
        "TYPE": ["owl:ObjectProperty" if is_property else "owl:Class"],
        "SC %": [] if is_property else cells("sub_class_of"),
        "EC %": parts(first),
        "DC %": cells("disjoint"),
        "SP %": cells("sub_class_of") if is_property else [],
        "DOMAIN": cells("domain"),
        "RANGE": cells("range"),
    }
    for text in more:
        yield {"ID": [PANET + row["id"]], "EC %": parts(text)}
