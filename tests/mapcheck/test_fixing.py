from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapsets import COLUMNS, check_text, mapping_set, row

from panharvest.mapcheck.fixing import repair, replace_text
from panharvest.mapcheck.mending import mend
from panharvest.mapcheck.reading import parse

if TYPE_CHECKING:
    from pathlib import Path

MECHANICAL = {"M003", "M004", "M060"}


def fixed(text: str) -> str:
    return repair(parse(text, "x"), text).text


CELLS = st.sampled_from(
    [
        row(),
        row("Lab:a"),
        row("lab:b ", subject_label=" two "),
        row(object_="x-ray powder diffraction", label="panet:PaNET01101"),
        row(object_="Panet:PaNET01101", predicate="SKOS:exactMatch"),
        row(object_="http://purl.org/pan-science/PaNET/PaNET01101"),
        row("unknown:a"),
        row(subject_label='say ""x""'),
        row()[:3],
    ]
)


@given(
    st.lists(CELLS, max_size=6),
    st.sampled_from("\t,;"),
    st.permutations(range(len(COLUMNS))),
    st.booleans(),
    st.booleans(),
)
def test_a_repair_is_complete_and_loses_nothing(
    rows: list[tuple[str, ...]],
    separator: str,
    order: list[int],
    crlf: bool,
    bom: bool,
) -> None:
    """What it gives is clean of all that is mechanical, and repaired for good."""
    moved = [tuple(one[i] for i in order) if len(one) == 7 else one for one in rows]
    columns = [COLUMNS[i] for i in order]
    text = mapping_set(*moved, columns=columns, separator=separator)
    text = text.replace("\n", "\r\n") if crlf else text
    text = "\ufeff" + text if bom else text
    done = fixed(text)
    assert fixed(done) == done
    left = [f for f in check_text(done).findings if f.code in MECHANICAL and f.fixable]
    assert left == []
    before, after = parse(text, "x"), parse(done, "x")
    assert len(before.rows) == len(after.rows)
    assert len(before.rejected) == len(after.rejected)
    assert sorted(sorted(m.cells.items()) for m in mend(before)) == sorted(
        sorted(m.cells.items()) for m in mend(after)
    )


def test_a_clean_set_is_written_byte_for_byte() -> None:
    """Round trip: read and written it is the same."""
    text = mapping_set(row("lab:a"), row("lab:b", "panet:PaNET01100", ""))
    assert fixed(text) == text
    assert repair(parse(text, "x"), text).diff == ""


def test_rows_without_a_mend_keep_their_very_text() -> None:
    odd = '"lab:z"\t"a label"\tskos:exactMatch\tpanet:PaNET01101\t\tsemapv:X\t1'
    text = mapping_set(row("Lab:a")) + odd + "\n"
    assert odd in fixed(text).splitlines()


def test_no_identifier_label_or_duplicate_is_touched() -> None:
    rows = row("lab:a", "panet:PaNETPaNET01101"), row("lab:a", "panet:PaNETPaNET01101")
    text = mapping_set(*rows, row("lab:b", "panet:PaNET00408", "mass spectrometry"))
    assert fixed(text) == text


def test_the_difference_shows_what_was_mended_and_not_what_was_moved() -> None:
    text = mapping_set(row("lab:b"), row("Lab:a"))
    done = repair(parse(text, "x"), text)
    changed = [line for line in done.diff.splitlines() if line[:1] in "+-"][2:]
    assert [line[:6] for line in changed] == ["-Lab:a", "+lab:a"]
    assert (done.cells, done.moved) == (1, 2)


def test_a_file_is_replaced_at_once_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "x.sssom.tsv"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    link = tmp_path / "link.tsv"
    link.symlink_to(path)
    replace_text(link, "new")
    assert path.read_text("utf-8") == "new"
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.tsv", "x.sssom.tsv"]


def test_nothing_is_left_behind_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.sssom.tsv"
    path.write_text("old", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_text(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["x.sssom.tsv"]
    assert path.read_text("utf-8") == "old"


def test_two_columns_of_one_name_are_not_touched() -> None:
    """A cell has no name of its own then: to sort the columns would lose one."""
    text = mapping_set((*row("Lab:a"), "other"), columns=(*COLUMNS, "object_id"))
    assert fixed(text) == text
    context = check_text(text)
    assert "is there twice" in " ".join(f.message for f in context.findings)
    assert not any(finding.fixable for finding in context.findings)


def test_what_is_no_row_keeps_all_its_lines() -> None:
    """A torn row may span lines: none of them gets lost."""
    torn = (*row()[:6], '"one\ntwo \udcff"')
    text = mapping_set(row("Lab:b"), torn)
    assert len(parse(text, "x").rejected) == 1
    done = fixed(text)
    assert done.endswith('"one\ntwo \udcff"\n')
    assert "lab:b" in done
    assert fixed(done) == done
