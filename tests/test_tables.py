"""Tables are read strictly: an error has its file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from panharvest.errors import ConfigError
from panharvest.tables import read_table, resource, split_cell

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, text: str) -> Path:
    file = folder / "some.tsv"
    file.write_bytes(text.encode())
    return file


def test_rows_are_dictionaries_in_order(tmp_path: Path) -> None:
    file = write(tmp_path, "a\tb\tmore\n1\t2\tx\n\t\t\n")
    assert read_table(file, ("a", "b")) == [
        {"a": "1", "b": "2", "more": "x"},
        {"a": "", "b": "", "more": ""},
    ]


def test_windows_line_ends_and_unicode_separators_are_text(tmp_path: Path) -> None:
    file = write(tmp_path, "a\tb\r\n1\x85\t2\u2028\r\n")
    assert read_table(file, ("a",)) == [{"a": "1\x85", "b": "2\u2028"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "some.tsv: is empty"),
        ("a\n1\n", "some.tsv:1: the column b is missing"),
        ("a\tb\ta\n", "some.tsv:1: the column a is there twice"),
        ("a\tb\n1\t2\n1\n", "some.tsv:3: 1 cells where the header has 2"),
        ("a\tb\n1\t2\t3\n", "some.tsv:2: 3 cells where the header has 2"),
        ("a\tb\n1\t2\n\n1\t2\n", "some.tsv:3: 1 cells"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_table(write(tmp_path, text), ("a", "b"))


def test_unreadable_files_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^none\.tsv: No such file"):
        read_table(tmp_path / "none.tsv", ("a",))
    file = tmp_path / "latin.tsv"
    file.write_bytes(b"a\tb\n\xb5m\t1\n")
    with pytest.raises(ConfigError, match="byte 4 is not UTF-8"):
        read_table(file, ("a",))


def test_cells_may_hold_several_values() -> None:
    assert split_cell(" a| b ||c d") == ("a", "b", "c d")
    assert split_cell("") == ()


def test_resources_are_found() -> None:
    assert resource("panet", "1.3.0.tsv").is_file()
