from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from mapsets import run

from panharvest.mapcheck.cases import accept, check_case, differences
from panharvest.tables import resource

FACETED = "SELECT ?t WHERE { ?t rdfs:subClassOf panet:PaNET01030, panet:PaNET01012 }"


def ask(tmp_path: Path, query: str, expected: str) -> list[tuple[str, str]]:
    (tmp_path / "q.rq").write_text(query + "\n", encoding="utf-8")
    (tmp_path / "q.expected.tsv").write_text(expected, encoding="utf-8")
    report = run(tmp_path / "q.rq")
    assert [one.kind for one in report.files] == ["question"]
    return [(f.level, f.message) for f in report.findings]


def test_a_question_that_is_answered(tmp_path: Path) -> None:
    found = ask(tmp_path, f"# compare: contains\n{FACETED}", "t\npanet:PaNET01101\n")
    assert found == []
    ask_one = "ASK { panet:PaNET01101 rdfs:subClassOf panet:PaNET01216 }"
    assert ask(tmp_path, ask_one, "answer\ntrue\n") == []


def test_a_question_that_is_not_answered_names_the_rows(tmp_path: Path) -> None:
    [(level, message)] = ask(tmp_path, FACETED, "t\npanet:PaNET01196\n")
    assert level == "error"
    assert "missing: panet:PaNET01196" in message
    assert "not expected: " in message


def test_a_known_gap_is_for_information_until_it_is_closed(tmp_path: Path) -> None:
    gap = "# xfail: upstream\nASK { panet:PaNET01161 rdfs:subClassOf panet:PaNET01216 }"
    assert [level for level, _ in ask(tmp_path, gap, "a\ntrue\n")] == ["info"]
    closed = gap.replace("PaNET01161", "PaNET01101")
    [(level, message)] = ask(tmp_path, closed, "a\ntrue\n")
    assert (level, message) == ("warning", "is answered now")


def test_mappings_take_part(tmp_path: Path) -> None:
    query = "ASK { esrfet:XAS skos:exactMatch panet:PaNET01196 }"
    assert ask(tmp_path, query, "a\ntrue\n") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT WHERE", "q:"),
        ("SELECT ?s WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT ?s FROM <http://127.0.0.1/> WHERE { ?s ?p ?o }", "FROM"),
    ],
)
def test_what_cannot_or_must_not_be_asked(
    tmp_path: Path, query: str, said: str
) -> None:
    [(level, message)] = ask(tmp_path, query, "s\n")
    assert level == "error"
    assert said in message


def test_words_in_texts_and_comments_fetch_nothing(tmp_path: Path) -> None:
    query = (
        '# from where?\nASK { panet:PaNET01101 rdfs:label ?l FILTER(?l != "service") }'
    )
    assert ask(tmp_path, query, "a\ntrue\n") == []


def test_names_that_look_like_commands_fetch_nothing(tmp_path: Path) -> None:
    query = "PREFIX x: <urn:x#> SELECT ?from WHERE { ?from x:service x:load }"
    assert ask(tmp_path, query, "from\n") == []


def test_a_question_without_an_answer(tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text("ASK {}", encoding="utf-8")
    assert [f.level for f in run(tmp_path).findings] == ["error"]


# --- cases ---


@pytest.fixture
def case(tmp_path: Path) -> Path:
    source = Path(str(resource("cases", "neutron-small-angle")))
    return Path(shutil.copytree(source, tmp_path / "cases" / "neutron-small-angle"))


def test_a_case_gives_what_is_expected(case: Path) -> None:
    assert check_case(case) == []


def test_a_case_tells_what_changed(case: Path) -> None:
    file = case / "expected.json"
    expected = json.loads(file.read_text("utf-8"))
    expected["techniques"][0]["label"] = "another"
    expected["titles"] = []
    file.write_text(json.dumps(expected), encoding="utf-8")
    messages = [one.message for one in check_case(case)]
    assert any(m.startswith("techniques[0].label: is ") for m in messages)
    assert any(m.startswith("titles: ") for m in messages)
    report = run(case.parent)
    assert {f.code for f in report.findings} == {"M051"}


def test_a_changed_table_fails_the_case_until_it_is_accepted(
    case: Path, tmp_path: Path
) -> None:
    """Editing a row changes the result: the case is run with the tables beside it."""
    root = Path(str(resource()))
    shutil.copytree(root, tmp_path, dirs_exist_ok=True, ignore=lambda *_: ["cases"])
    rules = tmp_path / "rules" / "technique.tsv"
    text = rules.read_text("utf-8")
    assert "small angle neutron scattering" in text
    lines = [
        line.replace("panet:PaNET01189", "panet:PaNET01124").replace(
            "small angle neutron scattering", "small angle scattering"
        )
        if line.startswith("nxsas-neutron\t")
        else line
        for line in text.split("\n")
    ]
    rules.write_text("\n".join(lines), encoding="utf-8")
    found = check_case(case)
    assert any("techniques" in one.message for one in found)
    assert accept(case) == [case / "expected.json"]
    assert check_case(case) == []
    assert accept(case) == []


def test_documents_are_compared_too(case: Path) -> None:
    accept(case)
    file = case / "expected.oai_dc.xml"
    file.write_text("<x/>", encoding="utf-8")
    assert [one.file for one in check_case(case)] == [file]
    assert accept(case) == [file]
    assert check_case(case) == []
    text = file.read_text("utf-8").replace("Micelles", "Vesicles")
    file.write_text(text, encoding="utf-8")
    assert "Micelles" in check_case(case)[0].message


def test_the_graph_is_compared_whatever_blank_nodes_are_called(case: Path) -> None:
    file = case / "expected.ttl"
    file.write_text("", encoding="utf-8")
    assert any("not expected: " in one.message for one in check_case(case))
    assert file in accept(case)
    assert check_case(case) == []
    assert accept(case) == []
    text = file.read_text("utf-8").replace("Micelles", "Vesicles")
    file.write_text(text, encoding="utf-8")
    assert any("missing: " in one.message for one in check_case(case))
    file.write_text("<a> <b>", encoding="utf-8")
    assert ["is not Turtle" in one.message for one in check_case(case)] == [True]


@pytest.mark.parametrize("text", ["[]", "{", '{"@a": 1, "x:NXentry": []}', "1"])
def test_a_case_that_cannot_be_run_says_why(case: Path, text: str) -> None:
    (case / "input.json").write_text(text, encoding="utf-8")
    assert len(check_case(case)) > 0


def test_what_is_empty_is_not_a_difference() -> None:
    assert list(differences({"a": 1}, {"a": 1, "b": None, "c": []})) == []
    assert list(differences({"a": 1}, {"a": 1, "b": 2})) == [
        "b: is 2, expected nothing"
    ]
