"""Mapping tables as they are: read leniently, every row kept or accounted for.

Three dialects: SSSOM/TSV, SSSOM/CSV, and the CSV that PaNET publishes (saved by a
spreadsheet, so that even the comment lines are filled up with commas). What is wrong
becomes a finding later; here nothing is corrected and nothing disappears.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panharvest.mapcheck.cutting import Row, position, records, split_record
from panharvest.mapcheck.metadata import FrontMatter, read_front_matter
from panharvest.sssom import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

MAX_BYTES = 128 * 1024 * 1024
SNIFFED = 256 * 1024  # so much of a file tells what it is
MARKS = {"subject_id", "predicate_id", "object_id"}  # two of them: a mapping table


class UnusableError(Exception):
    """A file of which nothing can be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the form of a file that was seen while reading."""

    code: str
    line: int
    column: int
    message: str
    suggestion: str = ""
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class External:
    """The front matter of a table in a file of its own: its name and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A mapping table as it is in its file.

    ``head`` holds the raw comment lines, ``blank`` the numbers of lines below the
    header that hold nothing, ``rejected`` the lines that are no row, with the reason,
    and ``torn`` their text. ``padded`` tells that a spreadsheet filled the comment
    lines up. ``external`` is the file of the front matter, if it has one.
    """

    name: str
    separator: str
    head: tuple[str, ...]
    front: FrontMatter
    header: Row
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    rejected: tuple[Note, ...] = ()
    blank: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    padded: bool = False
    prefixes: dict[str, str] = field(default_factory=dict)
    torn: tuple[str, ...] = ()
    external: str = ""

    @property
    def doubled(self) -> bool:
        """Whether two columns have one name: then a cell has no name of its own."""
        return len(set(self.columns)) < len(self.columns)

    @property
    def is_template(self) -> bool:
        """Whether the set is a form to fill in: its id is a placeholder."""
        return self.front.text("mapping_set_id").startswith("<")


def read_text_of(path: Path) -> str:
    """Read a file as text; a byte that is not UTF-8 stands as a lone surrogate.

    Raises
    ------
    UnusableError
        For what is no text.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise UnusableError(
            f"it has {size:,} bytes; more than {MAX_BYTES:,} are not read"
        )
    return decode(path.read_bytes())


def decode(data: bytes) -> str:
    """Decode the bytes of a table; see :func:`read_text_of`."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise UnusableError("it is UTF-16; save it as UTF-8")
    if data[:4] == b"PK\x03\x04":
        raise UnusableError("it is a spreadsheet or an archive; save it as TSV or CSV")
    if b"\0" in data:
        raise UnusableError("it is binary, not a table")
    return data.decode("utf-8", errors="surrogateescape")


def is_table(text: str, marks: Collection[str] = MARKS) -> bool:
    """Tell whether a text is a mapping table, by its header."""
    for line in lines_of(text[:SNIFFED])[:400]:
        if line[:1] == "#" or line[:2] == '"#' or not line.strip(" ,;\t\r"):
            continue
        words = {word.strip().strip('"') for word in re.split(r"[\t,;]", line)}
        return len(words & set(marks)) > 1
    return False


def parse(
    text: str,
    name: str,
    external: External | None = None,
    marks: Collection[str] = MARKS,
) -> Sheet:
    """Read the text of a mapping table.

    Parameters
    ----------
    text
        The text, as :func:`decode` gives it.
    name
        What to call the file.
    external
        The front matter, where it is in a file of its own.
    marks
        Columns of which two must be there.

    Raises
    ------
    UnusableError
        When there is no header of a mapping table.
    """
    notes = list(_notes_on_text(text))
    lines = lines_of(text)
    at, head = 0, []
    while at < len(lines) and (_is_comment(lines[at]) or not lines[at].strip(" ,;\t")):
        if _is_comment(lines[at]):
            head.append(lines[at])
        elif head or any(map(_is_comment, lines[at:])):
            notes.append(Note("M060", at + 1, 1, "an empty line", "take it out", True))
            head.append("")
        at += 1
    if at == len(lines):
        raise UnusableError("it has no header line with subject_id, predicate_id ...")
    separator = max("\t,;", key=lambda sign: (lines[at].count(sign), sign == "\t"))
    block, padded = _block(head, separator, notes)
    beside = external if external is not None and not any(block) else None
    yaml = beside.text.split("\n") if beside else block
    front = read_front_matter(yaml)
    header, below = next(records(lines, at, separator, 0))
    columns = _columns(header, notes)
    if len(set(marks) & set(columns)) < 2:
        raise UnusableError(
            f"line {at + 1} is not the header of such a table: "
            f"{', '.join(sorted(marks))} are missing"
        )
    body = _Body(separator, len(columns))
    body.read(lines, below)
    declared = {
        prefix: (node.text() or "").strip() for prefix, node in front.prefixes.items()
    }
    return Sheet(
        name,
        separator,
        tuple(head),
        front,
        header,
        columns,
        tuple(body.rows),
        tuple(body.rejected),
        tuple(body.blank),
        tuple(notes),
        padded,
        BUILT_IN | declared,
        tuple(body.torn),
        beside.name if beside else "",
    )


def lines_of(text: str) -> list[str]:
    """Give the lines of a text without their ends, in whatever way they end."""
    bare = text.removeprefix("\ufeff")
    if "\n" not in bare:  # the line ends of old spreadsheets
        bare = bare.replace("\r", "\n")
    lines = bare.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _notes_on_text(text: str) -> Iterator[Note]:
    if text.startswith("\ufeff"):
        yield Note("M060", 1, 1, "the file begins with a byte order mark", "", True)
    if (place := text.find("\r\n")) >= 0:
        line = text.count("\n", 0, place) + 1
        yield Note("M060", line, 1, "lines end in CR LF", "end them in LF (Unix)", True)
    if "\r" in text and "\n" not in text:
        yield Note("M060", 1, 1, "lines end in CR", "end them in LF (Unix)", True)
    elif text and not text.endswith("\n"):
        line = text.count("\n") + 1
        yield Note("M060", line, 1, "the last line has no line end", "", True)


def _is_comment(line: str) -> bool:
    return line.startswith(("#", '"#'))


def _block(
    head: list[str], separator: str, notes: list[Note]
) -> tuple[list[str], bool]:
    """Give the YAML of comment lines, without the padding of a spreadsheet."""
    block, padded = [], 0
    for number, line in enumerate(head, 1):
        bare = line
        if line.startswith('"#'):
            cells = split_record(line, separator) or [line]
            bare = cells[0]
            padded = padded or number
        elif line.endswith(separator):
            bare = line.rstrip(separator)
            padded = padded or number
        block.append(bare[1:])
    sign = {"\t": "tabs", ",": "commas", ";": "semicolons"}[separator]
    if padded:
        notes.append(
            Note(
                "M060",
                padded,
                1,
                f"a spreadsheet filled the comment lines up with {sign}",
                f"take the {sign} at their ends away",
                True,
            )
        )
    return block, bool(padded)


def _columns(header: Row, notes: list[Note]) -> tuple[str, ...]:
    names = [cell.strip() for cell in header.cells]
    while names and not names[-1]:  # a spreadsheet's empty columns
        names.pop()
    for place, (name, cell) in enumerate(zip(names, header.cells, strict=False)):
        line, column = position(header, place)
        if name != cell:
            notes.append(
                Note(
                    "M060", line, column, f"blanks around the column '{name}'", "", True
                )
            )
        if not name:
            notes.append(Note("M001", line, column, "a column has no name"))
        elif names.index(name) != place:
            notes.append(
                Note("M001", line, column, f"the column {name} is there twice")
            )
    return tuple(names)


@dataclass(slots=True)
class _Body:
    """The lines below the header, sorted into rows, rejected lines and blank lines."""

    separator: str
    width: int
    rows: list[Row] = field(default_factory=list)
    rejected: list[Note] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)

    def read(self, lines: Sequence[str], start: int) -> None:
        """Read all lines; at the end every one of them is accounted for."""
        refused = 0
        for row, after in records(lines, start, self.separator, self.width):
            reason = self.fault(row)
            if reason:
                self.rejected.append(Note("M002", row.line, 1, reason))
                self.torn.append(row.raw)
                refused += after - row.line + 1
            elif not "".join(row.cells).strip():
                self.blank += range(row.line, after + 1)
            else:
                self.rows.append(row)
        read = sum(row.raw.count("\n") + 1 for row in self.rows)
        total = len(lines) - start
        if read + refused + len(self.blank) != total:
            raise AssertionError(
                f"of {total} lines {read} are read, {refused} refused and "
                f"{len(self.blank)} blank"
            )

    def fault(self, row: Row) -> str:
        """Say why a row cannot be read, or nothing."""
        if row.cells == ("",) and row.raw.strip():
            return "a quotation mark is not closed"
        given = len(row.cells)
        if given != self.width and any(
            cell.strip() for cell in row.cells[self.width :]
        ):
            return f"{given} cells where the header has {self.width}"
        if given < self.width and "".join(row.cells).strip():
            return f"{given} cells where the header has {self.width}"
        if not row.raw.isascii() and any(
            "\udc80" <= sign <= "\udcff" for sign in row.raw
        ):
            return "it holds a byte that is not UTF-8; save the file as UTF-8"
        return ""
