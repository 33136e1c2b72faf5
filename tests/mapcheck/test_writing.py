from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from mapsets import mapping_set, row, run

from panharvest.mapcheck.catalogue import MAPCHECKS
from panharvest.mapcheck.findings import Checked, Finding, Report
from panharvest.mapcheck.page import to_html
from panharvest.mapcheck.writing import (
    to_github,
    to_json,
    to_junit,
    to_markdown,
    to_text,
)

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = 'a|b <script>alert("x")</script> %0A ::error:: \x1b[31m \ud83d @someone `x`'


@pytest.fixture
def report(tmp_path: Path) -> Report:
    rows = row("Lab:a"), row("lab:b", "panet:PaNET00408", "mass spectrometry")
    (tmp_path / "lab.sssom.tsv").write_text(mapping_set(*rows), encoding="utf-8")
    (tmp_path / "bad.sssom.tsv").write_bytes(b"\0")
    return run(tmp_path / "lab.sssom.tsv", tmp_path / "bad.sssom.tsv")


@pytest.fixture
def hostile() -> Report:
    finding = Finding("a,b:c.tsv", 3, 7, "M012", "error", HOSTILE, HOSTILE)
    return Report((Checked("a,b:c.tsv", rows=1),), (finding,), (), (("panet", "1"),))


def test_json_is_exactly_this(report: Report) -> None:
    found: dict[str, Any] = json.loads(to_json(report))
    assert list(found) == ["files", "findings"]
    assert [list(one) for one in found["files"]] == [["file", "rows", "rejected"]] * 2
    assert (found["files"][0]["rows"], found["files"][0]["rejected"]) == (2, 0)
    keys = ["file", "line", "column", "code", "level", "message", "suggestion"]
    assert [list(one) for one in found["findings"]] == [keys] * len(report.findings)


def test_text_names_place_code_and_suggestion(report: Report) -> None:
    text = to_text(report)
    assert re.search(
        r"lab\.sssom\.tsv:\d+:1: error M003 the prefix 'Lab' is declared as 'lab'", text
    )
    assert "    write 'lab:a'" in text
    assert "not checked (it is binary, not a table)" in text


def test_text_cannot_command_a_terminal(hostile: Report) -> None:
    assert "\x1b" not in to_text(hostile)


def test_junit_is_well_formed_and_counts(report: Report, hostile: Report) -> None:
    root = etree.fromstring(to_junit(report).encode("utf-8", "strict"))
    suites = root.findall("testsuite")
    assert [len(one) for one in suites] == [int(one.get("tests", "")) for one in suites]
    failures = root.findall(".//failure")
    assert {one.get("type") for one in failures} == {"M001", "M003", "M012"}
    assert sum(int(one.get("failures", "")) for one in suites) == len(failures)
    etree.fromstring(to_junit(hostile).encode("utf-8", "strict"))


def test_markdown_cells_stay_cells(hostile: Report) -> None:
    lines = [one for one in to_markdown(hostile).splitlines() if one[:1] == "|"]
    assert len({len(re.split(r"(?<!\\)\|", one)) for one in lines[3:]}) == 1
    assert "<script>" not in to_markdown(hostile)
    assert "@someone" not in to_markdown(hostile)


def test_github_annotations_are_one_line_and_escaped(
    report: Report, hostile: Report
) -> None:
    lines = to_github(report).splitlines()
    assert len(lines) == len(report.findings) + 1
    assert any(
        re.match(r"::error file=.*lab\.sssom\.tsv,line=\d+,col=1,title=M003 Ident", one)
        for one in lines
    )
    [annotation, _] = to_github(hostile).splitlines()
    assert annotation.startswith("::error file=a%2Cb%3Ac.tsv,line=3,col=7,")
    assert "%250A" in annotation


def test_the_page_is_complete_and_loads_nothing(report: Report) -> None:
    page = to_html(report)
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    assert "http://" not in re.sub(r"panet:[^<]*|https?://[^\s<]*purl[^\s<]*", "", page)
    assert "default-src 'none'" in page
    root = etree.HTML(page)
    assert len(root.findall(".//details[@class='file']")) == 2
    for finding in report.findings:
        assert finding.code in page


def test_the_page_shows_the_row_and_marks_the_cell(report: Report) -> None:
    root = etree.HTML(to_html(report))
    marked = root.xpath("//div[@class='cells']/span[@class='error']")
    shown = {"".join(one.itertext()) for one in marked}
    assert {"subject_idLab:a", "object_labelmass spectrometry"} <= shown


def test_nothing_of_a_table_becomes_markup(hostile: Report) -> None:
    page = to_html(hostile)
    assert "<script>alert" not in page
    page.encode("utf-8")


def test_the_tree_of_techniques_holds_all_of_them(report: Report) -> None:
    root = etree.HTML(to_html(report))
    [data] = root.xpath("//script[@id='tree-data']")
    tree = json.loads(data.text)
    reached = set()
    waiting = [tree["root"]]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += tree["nodes"][here]["below"]
    assert reached == set(tree["nodes"])
    assert tree["nodes"]["PaNET00001"]["total"] == 2
    assert tree["nodes"]["PaNET01101"]["own"] == 1


def test_another_version_shows_what_changes(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "lab.sssom.tsv"
    path.write_text(mapping_set(), encoding="utf-8")
    source = shared / "ontologies" / "PaNET_source" / "PaNET.csv"
    page = to_html(run(path, panet=str(source)))
    assert 'id="changes"' in page
    assert re.search(r"relabelled: \d+", page)
    assert 'id="changes"' not in to_html(run(path))


def test_every_code_is_told_apart_by_its_words() -> None:
    assert len({one.title for one in MAPCHECKS.values()}) == len(MAPCHECKS)
    for code, check in MAPCHECKS.items():
        assert re.fullmatch(r"[MR]\d{3}", code)
        assert check.meaning.endswith(".")
        assert check.why.endswith(".")
