"""The cells of a row: dates, people, justifications, signs that nobody sees."""

from __future__ import annotations

import pytest
from mapsets import COLUMNS, MANUAL, PREFIXES, check_text, found, mapping_set, row

from panharvest.mapcheck.fixing import repair
from panharvest.mapcheck.reading import parse

ORCID = {**PREFIXES, "orcid": "https://orcid.org/"}


def with_cell(column: str, cell: str) -> str:
    return mapping_set((*row(), cell), columns=(*COLUMNS, column), prefixes=ORCID)


@pytest.mark.parametrize(
    ("cell", "fine"),
    [
        ("2025-11-12", True),
        ("", True),
        ("31.12.2025", False),
        ("2025-02-30", False),
        ("2025", False),
        ("20251112", False),
        ("2025-11-12T10:00:00Z", False),
    ],
)
@pytest.mark.parametrize("column", ["mapping_date", "review_date"])
def test_dates(column: str, cell: str, fine: bool) -> None:
    findings = found(with_cell(column, cell), "M002")
    assert findings == (
        [] if fine else [("error", f"the {column} '{cell}' is no date")]
    )


@pytest.mark.parametrize(
    ("cell", "faults"),
    [
        ("orcid:0000-0002-1825-0097", 0),
        ("orcid:0000-0002-1825-0098", 1),
        ("orcid:0000-0002-1825-0097|orcid:0000-0002-1825-009", 1),
        ("lab:someone", 0),
    ],
)
def test_people(cell: str, faults: int) -> None:
    assert len(found(with_cell("author_id", cell), "M003")) == faults


def test_justifications() -> None:
    def said(text: str) -> list[tuple[str, str]]:
        return [
            (f.level, f.suggestion)
            for f in check_text(mapping_set(row(justification=text))).findings
            if f.column > 1
        ]

    assert said(MANUAL) == []
    assert said("other:Process") != []  # its prefix is not declared
    assert said("semapv:ManualMapping") == [
        ("warning", f"write {MANUAL}?"),
    ]


@pytest.mark.parametrize(
    ("cells", "before", "after"),
    [
        ({"predicate": "exactMatch"}, "exactMatch", "skos:exactMatch"),
        ({"predicate": "skos:exactmatch"}, "skos:exactmatch", "skos:exactMatch"),
        (
            {"justification": "semapv:manualMappingCuration"},
            "semapv:manualMappingCuration",
            MANUAL,
        ),
        ({"object_": "PaNET01101"}, "PaNET01101", "panet:PaNET01101"),
        ({"object_": "panet:PaNET\u200b01101"}, "panet:PaNET\u200b01101", None),
        ({"object_": "panet:PaNET01101\u00a0"}, "panet:PaNET01101\u00a0", None),
        ({"object_": "\ufeffpanet:PaNET01101"}, "\ufeffpanet:PaNET01101", None),
    ],
)
def test_slips_in_identifiers_are_repaired(
    cells: dict[str, str], before: str, after: str | None
) -> None:
    text = mapping_set(row(**cells))
    assert before in text
    findings = check_text(text).findings
    assert [(f.code, f.level, f.fixable) for f in findings] == [("M003", "error", True)]
    done = repair(parse(text, "x"), text).text
    assert done == mapping_set()
    assert after is None or after in done


def test_words_of_another_vocabulary_are_left_alone() -> None:
    text = mapping_set(row(predicate="skos:sameAs"))
    assert found(text, "M003") == []
    assert "is not a mapping predicate" in found(text, "M002")[0][1]
    assert repair(parse(text, "x"), text).text == text


def test_signs_that_nobody_sees() -> None:
    [(level, message)] = found(mapping_set(row(subject_label="a\x1b[31m")), "M060")
    assert (level, message) == (
        "warning",
        "an invisible sign in subject_label: U+001B a control character",
    )
    [(_, message)] = found(mapping_set(row(subject_label="a\u200bb")), "M060")
    assert message.endswith("U+200B zero width space")
    for label in ("na\u0308ive µ Å", '"two\nlines"', "x-ray\u00a0diffraction"):
        assert found(mapping_set(row(subject_label=label)), "M060") == []


def test_a_table_without_rows_is_told() -> None:
    text = mapping_set().rsplit("\n", 2)[0] + "\n"
    assert found(text, "M001") == [("warning", "the table has no rows")]


def test_a_column_that_sssom_does_not_have_is_pointed_at() -> None:
    text = mapping_set((*row(), ""), columns=(*COLUMNS, "remark"))
    (finding,) = check_text(text).findings
    header = text.splitlines()[finding.line - 1]
    assert header[finding.column - 1 :] == "remark"
