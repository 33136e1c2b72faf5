from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapsets import COLUMNS, LEXICONS, check_text, mapping_set, row, run

from panharvest.mapcheck import cutting
from panharvest.mapcheck.cutting import cut, position, split_record, write_cells
from panharvest.mapcheck.fixing import repair
from panharvest.mapcheck.kinds import check_sheet
from panharvest.mapcheck.reading import UnusableError, decode, parse

if TYPE_CHECKING:
    from pathlib import Path

SEPARATORS = ("\t", ",")
CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=12
)


@given(st.lists(CELL, min_size=2, max_size=6), st.sampled_from(SEPARATORS))
def test_what_is_written_is_read(cells: list[str], separator: str) -> None:
    assert split_record(write_cells(cells, separator), separator) == cells


@given(st.lists(CELL, min_size=2, max_size=6), st.sampled_from(SEPARATORS))
def test_cells_are_those_of_the_csv_module(cells: list[str], separator: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerow(cells)
    text = out.getvalue().removesuffix("\n")
    assert split_record(text, separator) == cells


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_line_below_the_header_is_lost(body: str) -> None:
    """Whatever stands there: each line is read, rejected or blank (asserted inside)."""
    body = body.replace("\0", "")
    head = mapping_set().split("\n", maxsplit=6)
    text = "\n".join([*head[:-1], "\t".join(COLUMNS), body])
    sheet = parse(text, "x.sssom.tsv")
    read = sum(one.raw.count("\n") + 1 for one in sheet.rows)
    lines = text.split("\n")
    below = len(lines) - (lines[-1] == "") - sheet.header.line
    assert read + len(sheet.blank) + len(sheet.rejected) == below


def test_dialects_are_told_apart() -> None:
    for separator in "\t,":
        sheet = parse(mapping_set(separator=separator), "x")
        assert (sheet.separator, sheet.padded) == (separator, False)
    padded = "".join(
        f"{line},,,,,,\n" if line.startswith("#") else f"{line}\n"
        for line in mapping_set(separator=",").splitlines()
    )
    sheet = parse(padded, "x")
    assert (sheet.separator, sheet.padded) == (",", True)  # as PaNET has it
    assert sheet.front.text("license").endswith("/4.0/")
    quoted = padded.replace("#license: https", '"#license: https', 1).replace(
        "4.0/,", '4.0/",', 1
    )
    assert parse(quoted, "x").front.text("license").endswith("/4.0/")


def test_semicolons_of_a_european_spreadsheet_are_read() -> None:
    context = check_text(mapping_set(separator=";"))
    assert {one.code for one in context.findings} == {"M060"}
    assert len(context.mappings) == 1


def test_a_cell_in_quotes_may_span_lines() -> None:
    columns = (*COLUMNS, "comment")
    text = mapping_set((*row(), '"two\nlines"'), (*row("lab:b"), "x"), columns=columns)
    sheet = parse(text, "x")
    assert [len(one.cells) for one in sheet.rows] == [8, 8]
    assert sheet.rows[0].cells[-1] == "two\nlines"
    assert sheet.rows[1].line == sheet.rows[0].line + 2


def test_a_torn_quotation_costs_its_own_line_only() -> None:
    rows = [row(f"lab:{number}") for number in range(30)]
    rows[3] = ('"lab:3', *rows[3][1:])
    sheet = parse(mapping_set(*rows), "x")
    assert len(sheet.rows) == 29
    assert [note.line for note in sheet.rejected] == [sheet.header.line + 4]
    rows[9] = (*rows[9][:-1], '1"')
    sheet = parse(mapping_set(*rows), "x")
    assert len(sheet.rows) + len(sheet.rejected) == 30


def test_a_byte_that_is_not_utf8_costs_its_row() -> None:
    text = mapping_set(row(), row("lab:b", subject_label="Ångström"))
    data = text.encode().replace("Ångström".encode(), "Ångström".encode("latin-1"))
    context = check_text(decode(data))
    rejected = [one for one in context.findings if one.code == "M002"]
    assert len(context.mappings) == 1
    assert len(rejected) == 1
    assert "UTF-8" in rejected[0].message


def test_places_are_those_of_the_cells() -> None:
    text = mapping_set(row(subject_label='"a, ""b"""', object_="panet:nope"))
    [one] = [f for f in check_text(text).findings if f.code == "M010"]
    line = text.splitlines()[one.line - 1]
    assert line[one.column - 1 :].startswith("panet:nope")
    sheet = parse(text, "x")
    assert position(sheet.rows[0], 0, "\t") == (sheet.rows[0].line, 1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no header line"),
        (b"PK\x03\x04...", "spreadsheet"),
        ("a\tb".encode("utf-16"), "UTF-16"),
        (b"a\0b", "binary"),
        (b"one\ttwo\n1\t2\n", "not the header"),
        (b"# only: comments\n", "no header line"),
        (b"<html><body>Not found</body></html>", "not the header"),
    ],
)
def test_what_is_no_table(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "x.sssom.tsv"
    path.write_bytes(data)
    report = run(path)
    assert said in report.files[0].unusable
    assert report.exit_code("error") == 2
    assert report.findings[0].code == "M001"


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panharvest.mapcheck.reading.MAX_BYTES", 10)
    path = tmp_path / "x.sssom.tsv"
    path.write_text(mapping_set(), encoding="utf-8")
    assert "are not read" in run(path).files[0].unusable


def test_front_matter_in_a_file_of_its_own(tmp_path: Path) -> None:
    lines = mapping_set().splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    (tmp_path / "lab.sssom.yml").write_text("\n".join(head) + "\n", encoding="utf-8")
    path = tmp_path / "lab.sssom.tsv"
    path.write_text("\n".join(lines[len(head) :]) + "\n", encoding="utf-8")
    assert run(path).findings == ()


def test_findings_in_a_front_matter_beside_name_its_file(tmp_path: Path) -> None:
    """A line of the table would mislead: it is another file."""
    head, body = mapping_set().split("subject_id", 1)
    front = "\n".join(line[1:] for line in head.splitlines())
    for name in ("one", "two"):
        table = tmp_path / f"{name}.sssom.tsv"
        table.write_text(f"subject_id{body}", encoding="utf-8")
        beside = front.replace("1.3.0", "9.9") + "\nnonsense: 1\n"
        (tmp_path / f"{name}.sssom.yml").write_text(beside, encoding="utf-8")
    found_ = [(f.line, f.column, f.message) for f in run(tmp_path).findings]
    assert {message.partition(" ")[0] for _, _, message in found_} == {
        *("one.sssom.yml:7:", "one.sssom.yml:8:"),
        *("two.sssom.yml:4:", "two.sssom.yml:7:", "two.sssom.yml:8:"),
    }
    assert {place[:2] for place in found_} == {(0, 0)}


def test_a_header_without_columns_of_mappings_is_refused() -> None:
    with pytest.raises(UnusableError):
        parse("a\tb\nc\td\n", "x")


def test_lines_filled_up_with_tabs_are_read() -> None:
    padded = "".join(
        f"{line}\t\t\t\n" if line.startswith("#") else f"{line}\n"
        for line in mapping_set().splitlines()
    )
    context = check_text(padded)
    assert [(f.code, f.level) for f in context.findings] == [("M060", "warning")]
    assert (context.sheet.separator, context.sheet.padded) == ("\t", True)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 900),
            st.sampled_from(
                [
                    "",
                    "\t",
                    "\n",
                    '"',
                    "#",
                    ":",
                    "|",
                    " ",
                    "\r",
                    ",",
                    "{",
                    "é",
                    "<",
                    "- ",
                ]
            ),
            st.integers(0, 3),
        ),
        max_size=8,
    ),
    st.sampled_from(["\t", ","]),
)
def test_a_damaged_set_is_checked_or_refused(
    damages: list[tuple[int, str, int]], separator: str
) -> None:
    """Whatever happened to a file: findings or a reason, never a fault of ours."""
    text = mapping_set(row(), row("Lab:b "), row("lab:c")[:4], separator=separator)
    for place, sign, gone in damages:
        text = text[:place] + sign + text[place + gone :]
    try:
        sheet = parse(text, "x.sssom.tsv")
    except UnusableError:
        return
    context = check_sheet(sheet, LEXICONS)
    for one in context.findings:
        assert one.line >= 0
        assert one.column >= 0
    done = repair(sheet, text)
    again = parse(done.text, "x.sssom.tsv")
    assert len(again.rows) + len(again.rejected) == len(sheet.rows) + len(
        sheet.rejected
    )
    assert repair(again, done.text).text == done.text


@given(st.binary(max_size=400))
def test_any_bytes_are_checked_or_refused(data: bytes) -> None:
    try:
        sheet = parse(decode(data), "x")
    except UnusableError:
        return
    check_sheet(sheet, LEXICONS)


# --- quotation marks --------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "rows", "rejected"),
    [
        (['lab:a\t"one\ntwo"\tc'], 1, 0),
        (['lab:a\t"one\ntwo"\t"three\nfour"'], 1, 0),
        (['lab:a\t"one"" \n""two"\tc'], 1, 0),
        (['lab:a\t"open\tc', "lab:b\tb\tc"], 1, 1),
        (['lab:a\t"open\tc', 'lab:b\t"open\tc'], 0, 2),
        (['lab:a\t"a" b\tc'], 1, 0),
        (['lab:a\t"one\ntwo" three\tc'], 0, 2),
        (['lab:a\t"one\ntwo"\tc\td'], 1, 1),  # torn: the next line counts for itself
    ],
)
def test_quotation_marks(lines: list[str], rows: int, rejected: int) -> None:
    text = "subject_id\tpredicate_id\tobject_id\n" + "".join(f"{x}\n" for x in lines)
    sheet = parse(text, "x")
    assert (len(sheet.rows), len(sheet.rejected)) == (rows, rejected)


@pytest.mark.parametrize("cell", ['"open', 'x"\t"y', '"\n"', '"a"b'])
def test_marks_that_are_never_closed_do_not_make_it_slow(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line is cut a few times at most, however many quotations are open."""
    calls = 0

    def counted(text: str, separator: str) -> tuple[list[tuple[str, int]], int | None]:
        nonlocal calls
        calls += 1
        return cut(text, separator)

    monkeypatch.setattr(cutting, "cut", counted)
    lines = [f"lab:a\t{cell}\tc"] * 2000
    text = "\n".join(["subject_id\tpredicate_id\tobject_id", *lines]) + "\n"
    parse(text, "x")
    assert calls < 5 * 2000 * (1 + cell.count("\n"))


@given(
    st.lists(st.lists(st.text('a"\n\t,', max_size=4), min_size=3, max_size=3)),
    st.sampled_from("\t,;"),
)
def test_rows_that_are_written_are_read(cells: list[list[str]], separator: str) -> None:
    """Also by the reader of CSV in the standard library."""
    text = "".join(write_cells(one, separator) + "\n" for one in cells)
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) == cells
    header = separator.join(("subject_id", "predicate_id", "object_id"))
    kept = [tuple(one) for one in cells if "".join(one).strip()]
    sheet = parse(f"{header}\n{text}", "x")
    assert [row.cells for row in sheet.rows] == kept
    assert sheet.rejected == ()
