from __future__ import annotations

import pytest
from mapsets import HEAD, PREFIXES, check_text, codes, found, mapping_set, row


def test_a_clean_set_has_no_findings() -> None:
    assert check_text(mapping_set(row())).findings == []


@pytest.mark.parametrize("key", ["mapping_set_id", "license"])
def test_a_set_says_what_it_is_and_on_which_terms(key: str) -> None:
    without = {k: v for k, v in HEAD.items() if k != key}
    assert found(mapping_set(head=without), "M001") == [("error", f"{key} is missing")]
    [(level, message)] = found(mapping_set(head={**HEAD, key: "lab-panet"}), "M001")
    assert (level, message) == ("error", f"{key} 'lab-panet' is not an absolute URI")


def test_the_version_of_a_pinned_vocabulary_must_be_said() -> None:
    without = {k: v for k, v in HEAD.items() if k != "object_source_version"}
    [(level, message)] = found(mapping_set(head=without), "M001")
    assert level == "error"
    assert message.startswith("object_source_version is missing")
    without = {k: v for k, v in HEAD.items() if k != "subject_source_version"}
    assert found(mapping_set(head=without), "M001")[0][0] == "warning"


def test_a_set_for_another_version_is_told() -> None:
    other = mapping_set(head={**HEAD, "object_source_version": "v1.2.0"})
    [(level, message)] = found(other, "M001")
    assert level == "warning"
    assert "v1.2.0, checked against panet 1.3.0" in message
    same = mapping_set(head={**HEAD, "object_source_version": "v1.3.0"})
    assert found(same, "M001") == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("#a: [1, 2", "not YAML"),
        ("#license: https://example.org/again", "given twice"),
        ("#a: &x 1", "anchors"),
        ("#a: !!python/object:os.system x", "tags"),
        ("#b: *x", "anchors"),
    ],
)
def test_front_matter_that_sssom_does_not_allow(line: str, said: str) -> None:
    text = mapping_set().replace("subject_id\t", f"{line}\nsubject_id\t", 1)
    messages = [message for _, message in found(text, "M001")]
    assert any(said in message or "not YAML" in message for message in messages)
    assert "M003" not in codes(text)  # the prefixes are known all the same


def test_yaml_as_other_tools_write_it_is_read() -> None:
    text = mapping_set().replace(
        "#license",
        '#mapping_set_description: "two\n#  lines: with a colon"\n#creator_id:\n'
        "#- orcid:0000-0002-1825-0097\n#license",
        1,
    )
    assert check_text(text).findings == []


def test_a_key_or_column_that_sssom_does_not_have() -> None:
    text = mapping_set(head={**HEAD, "licence": "x"})
    assert found(text, "M001")[0][0] == "warning"
    columns = ("subject_id", "predicate_id", "object_id", "mapping_justification", "x")
    cells = ("lab:a", "skos:exactMatch", "panet:PaNET01101", "semapv:Lexical", "1")
    [(level, message)] = found(mapping_set(cells, columns=columns), "M001")
    assert level == "warning"
    assert "'x' is not of SSSOM" in message
    declared = {**HEAD, "extension_definitions": "[{slot_name: x}]"}
    assert found(mapping_set(cells, columns=columns, head=declared), "M001") == []


def test_prefixes_must_be_declared_somewhere() -> None:
    text = mapping_set(prefixes={}).replace("#curie_map:\n", "")
    assert "curie_map is missing" in found(text, "M001")[0][1]


def test_a_built_in_prefix_keeps_its_meaning() -> None:
    text = mapping_set(prefixes={**PREFIXES, "skos": "https://example.org/skos#"})
    assert "always stands for" in found(text, "M001")[0][1]


@pytest.mark.parametrize(
    "cells",
    [
        row(subject=""),
        row(object_=""),
        row(predicate=""),
        row(justification=""),
        row(confidence="1.5"),
        row(confidence="high"),
        row(confidence="nan"),
        row(predicate="skos:exact"),
        row(subject="<your id>"),
        row()[:-1],
        (*row(), "more"),
    ],
)
def test_what_every_row_needs(cells: tuple[str, ...]) -> None:
    assert "error" in {level for level, _ in found(mapping_set(cells), "M002")}


def test_a_side_that_is_a_text_has_no_identifier() -> None:
    columns = ("subject_id", "subject_label", "predicate_id", "object_id")
    columns = (*columns, "mapping_justification", "subject_type")
    cells = (
        "",
        "a text",
        "skos:exactMatch",
        "panet:PaNET01101",
        "semapv:LexicalMatching",
    )
    text = mapping_set((*cells, "rdfs literal"), columns=columns)
    assert found(text, "M002") == []
    without = mapping_set((*cells[1:], "rdfs literal"), columns=columns[1:])
    assert found(without, "M002") == []
    text = mapping_set((*cells, "owl class"), columns=columns)
    assert [level for level, _ in found(text, "M002")] == ["error"]


@pytest.mark.parametrize("confidence", ["0", "1", "1.0", "0.95", ".5", "1e-3", ""])
def test_confidences(confidence: str) -> None:
    assert codes(mapping_set(row(confidence=confidence))) == set()


def test_a_missing_column_is_told_once() -> None:
    columns = ("subject_id", "predicate_id", "object_id")
    cells = ("lab:a", "skos:exactMatch", "panet:PaNET01101")
    text = mapping_set(cells, ("lab:b", *cells[1:]), columns=columns)
    assert [m for _, m in found(text, "M002")] == [
        "the column mapping_justification is missing"
    ]


@pytest.mark.parametrize(
    ("object_", "said"),
    [
        ("Panet:PaNET01101", "the case matters"),
        (" panet:PaNET01101", "blanks around"),
        ("panet:PaNET01101 ", "blanks around"),
        ("panet:PaNET01101\u00a0", "blanks around"),
        ("http://purl.org/pan-science/PaNET/PaNET01101", "is an IRI"),
        ("wfl:12", "is not declared"),
        ("PaNET01101", "has no prefix"),
        ("panet:PaNET01101|panet:PaNET01100", "several identifiers"),
        ("panet:PaNET 01101", "holds a blank"),
    ],
)
def test_identifiers(object_: str, said: str) -> None:
    [(level, message)] = found(mapping_set(row(object_=object_)), "M003")
    assert level == "error"
    assert said in message


def test_a_slip_does_not_hide_the_next() -> None:
    """The identifier is mended before it is looked up."""
    text = mapping_set(row(object_="Panet:PaNET09999 "))
    assert {"M003", "M010"} <= codes(text)


def test_labels_and_identifiers_that_changed_places() -> None:
    cells = row(object_="x-ray powder diffraction", label="panet:PaNET01101")
    context = check_text(mapping_set(cells))
    assert [f.code for f in context.findings] == ["M004"]
    assert context.findings[0].fixable
    line, column = context.findings[0].line, context.findings[0].column
    given = mapping_set(cells).splitlines()[line - 1]
    assert given[column - 1 :].startswith("x-ray powder diffraction")


def test_a_label_that_looks_like_a_curie_is_left_alone() -> None:
    assert codes(mapping_set(row(subject_label="lab:xpd"))) == set()


def test_order_of_rows_and_columns() -> None:
    one, two = (
        row("lab:a"),
        row("lab:b", "panet:PaNET01100", "neutron powder diffraction"),
    )
    assert codes(mapping_set(one, two)) == set()
    assert [level for level, _ in found(mapping_set(two, one), "M060")] == ["warning"]
    columns = ("predicate_id", "subject_id", "object_id", "mapping_justification")
    cells = ("skos:exactMatch", "lab:a", "panet:PaNET01101", "semapv:LexicalMatching")
    assert "canonical order" in found(mapping_set(cells, columns=columns), "M060")[0][1]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "\t\t\t\t\t\t\n",
        lambda text: text.replace("subject_id\t", "subject_id \t"),
    ],
)
def test_form_of_the_file(change: object) -> None:
    assert callable(change)
    assert codes(change(mapping_set())) == {"M060"}
