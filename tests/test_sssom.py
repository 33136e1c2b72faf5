"""SSSOM/TSV: all rows are read, or the file is refused with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from panharvest.errors import ConfigError
from panharvest.sssom import parse_sssom, read_sssom
from panharvest.tables import resource

if TYPE_CHECKING:
    from pathlib import Path

FRONT = """\
#mapping_set_id: "https://example.org/set"
#license: https://creativecommons.org/publicdomain/zero/1.0/
#creator_label:
#  - one
#  - 'two'
#curie_map:
#  a: http://a.org/
#  b: "http://b.org/#"
"""
HEADER = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tconfidence\n"
ROW = "a:1\tskos:exactMatch\tb:2\tsemapv:ManualMappingCuration\t0.9\n"


def test_metadata_and_rows() -> None:
    found = parse_sssom(FRONT + HEADER + ROW + ROW, "x.tsv")
    assert len(found) == 2
    assert found.metadata["mapping_set_id"] == "https://example.org/set"
    assert found.metadata["creator_label"] == ["one", "two"]
    assert found.metadata["curie_map"] == {"a": "http://a.org/", "b": "http://b.org/#"}
    assert [row["object_id"] for row in found] == ["b:2", "b:2"]
    assert found.expand("b:2") == "http://b.org/#2"
    assert found.expand("skos:x") == "http://www.w3.org/2004/02/skos/core#x"
    with pytest.raises(ConfigError, match="the prefix 'c' is not in curie_map"):
        found.expand("c:1")


def test_a_blank_after_the_sign_is_allowed() -> None:
    front = "".join(
        "# " + line[1:] + "\n" if line else line for line in FRONT.splitlines()
    )
    assert parse_sssom(front + HEADER + ROW, "x.tsv").prefixes["a"] == "http://a.org/"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FRONT.replace('"https://example.org/set"', "set") + HEADER, "mapping_set_id"),
        (FRONT.replace("#license", "#licence") + HEADER, "license must be given"),
        (FRONT + HEADER + ROW.replace("b:2", "B:2"), "x.tsv:10: object_id 'B:2'"),
        (FRONT + HEADER + ROW + ROW.replace("b:2", ""), "x.tsv:11: object_id is empty"),
        (FRONT + HEADER + ROW.replace("a:1", "a: 1"), "x.tsv:10: subject_id 'a: 1'"),
        (FRONT + HEADER + ROW.replace("a:1", "label"), "'label' is not a CURIE"),
        (FRONT + HEADER + ROW.replace("0.9", "1.1"), "x.tsv:10: confidence '1.1'"),
        (FRONT + HEADER + ROW.replace("\t0.9", ""), "x.tsv:10: 4 cells"),
        (FRONT + HEADER.replace("predicate_id", "p") + ROW, "x.tsv:9: the column"),
        (FRONT + "#a b c\n" + HEADER, "x.tsv:9: 'a b c' is not understood"),
        (FRONT + "#license: x\n" + HEADER, "x.tsv:9: license is given twice"),
        (FRONT + "#  a: http://c\n" + HEADER, "x.tsv:9: a is given twice"),
        ("#  a: b\n" + FRONT + HEADER, "x.tsv:1: 'a: b' is not understood"),
        (FRONT.replace("#  a: http://a.org/", "#  x y") + HEADER, "x.tsv:7: 'x y'"),
        (FRONT, "x.tsv: is empty"),
    ],
)
def test_a_defect_refuses_the_file_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_sssom(text, "x.tsv")


def test_curie_map_must_be_a_map() -> None:
    text = FRONT.split("#curie_map", maxsplit=1)[0] + "#curie_map: a\n" + HEADER
    with pytest.raises(ConfigError, match="curie_map must be a list"):
        parse_sssom(text, "x.tsv")


def test_every_set_of_the_project_is_read(tmp_path: Path) -> None:
    folder = resource("mappings")
    files = [file for file in folder.iterdir() if file.name.endswith(".sssom.tsv")]
    assert {"esrfet-panet.sssom.tsv"} <= {file.name for file in files}
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        rows = [line for line in lines if not line.startswith("#")][1:]
        assert len(read_sssom(file)) == len(rows)
