from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapsets import HEAD, codes, found, mapping_set, row, run

from panharvest.mapcheck.circles import circles

if TYPE_CHECKING:
    from pathlib import Path

XPD = ("panet:PaNET01101", "x-ray powder diffraction")
NPD = ("panet:PaNET01100", "neutron powder diffraction")
XRD = ("panet:PaNET01216", "x-ray diffraction")
ELASTIC = ("panet:PaNET01020", "elastic scattering")
INELASTIC = ("panet:PaNET01034", "inelastic scattering")


def test_a_row_twice_and_a_pair_twice() -> None:
    assert [level for level, _ in found(mapping_set(row(), row()), "M020")] == ["error"]
    other = row(predicate="skos:closeMatch")
    assert [level for level, _ in found(mapping_set(row(), other), "M020")] == ["error"]


def test_other_evidence_for_a_row_is_no_duplicate() -> None:
    other = row(justification="semapv:LexicalMatching")
    assert found(mapping_set(row(), other), "M020") == []


def test_rows_that_find_nothing_are_no_pairs() -> None:
    nothing = "sssom:NoTermFound"
    rows = [row(f"lab:{name}", nothing, "", subject_label=name) for name in "ab"]
    assert codes(mapping_set(*rows)) == set()


def test_exact_matches_with_two_partners() -> None:
    rows = row("lab:a", *XPD), row("lab:a", *NPD)
    assert [level for level, _ in found(mapping_set(*rows), "M021")] == ["warning"]


def test_partners_that_are_disjoint_are_an_error() -> None:
    rows = row("lab:a", *ELASTIC), row("lab:a", *INELASTIC)
    assert [level for level, _ in found(mapping_set(*rows), "M021")] == ["error"]


def test_partners_that_are_the_same_are_no_finding() -> None:
    """PaNET says that imaging is obtaining a spatial map."""
    rows = (
        row("lab:a", "panet:PaNET00401", "obtain spatial map"),
        row("lab:a", "panet:PaNET01106", "imaging"),
    )
    assert found(mapping_set(*rows), "M021") == []


def subjects(*rows: tuple[str, str, str]) -> str:
    """Write a set whose subjects are PaNET's, as PaNET publishes them."""
    cells = [
        row(one, object_, object_, predicate, "") for one, predicate, object_ in rows
    ]
    return mapping_set(*cells, head={**HEAD, "subject_source_version": "1.3.0"})


@pytest.mark.parametrize(
    ("term", "predicate", "agrees"),
    [
        (XPD[0], "skos:broadMatch", True),  # xpd is a kind of x-ray diffraction
        (XPD[0], "skos:narrowMatch", False),
        (NPD[0], "skos:broadMatch", False),
        ("panet:PaNET01022", "skos:narrowMatch", True),  # diffraction is wider
        ("panet:PaNET01022", "skos:broadMatch", False),
    ],
)
def test_the_hierarchy(term: str, predicate: str, agrees: bool) -> None:
    text = subjects(
        (XRD[0], "skos:exactMatch", "lab:xrd"), (term, predicate, "lab:xrd")
    )
    assert (found(text, "M022") == []) is agrees


def test_the_hierarchy_on_the_side_of_the_object() -> None:
    exact = row("lab:xrd", *XRD)
    wider = row("lab:xrd", "panet:PaNET01022", "diffraction", "skos:broadMatch")
    assert found(mapping_set(exact, wider), "M022") == []
    wrong = row("lab:xrd", "panet:PaNET01022", "diffraction", "skos:narrowMatch")
    assert [level for level, _ in found(mapping_set(exact, wrong), "M022")] == [
        "warning"
    ]


def test_chains_over_several_sets(tmp_path: Path) -> None:
    prefixes = {
        "lab": "https://example.org/technique/",
        "other": "https://example.org/other/",
        "panet": "http://purl.org/pan-science/PaNET/",
    }

    def write(name: str, *rows: tuple[str, ...]) -> Path:
        head = {**HEAD, "mapping_set_id": f"https://example.org/{name}"}
        path = tmp_path / f"{name}.sssom.tsv"
        path.write_text(mapping_set(*rows, head=head, prefixes=prefixes), "utf-8")
        return path

    first = write("lab-other", row("lab:a", "other:b", "b"))
    second = write("other-panet", row("other:b", *XPD, subject_label="b"))
    direct = write("lab-panet", row("lab:a", *XPD))
    assert [f.code for f in run(first, second, direct).findings] == []
    direct = write("lab-panet", row("lab:a", *NPD))
    found_ = [f for f in run(first, second, direct).findings if f.code == "M023"]
    assert len(found_) == 1
    assert found_[0].level == "warning"
    assert "lab-other.sssom.tsv" in found_[0].message


def test_chains_over_rules(tmp_path: Path) -> None:
    """NeXus to ESRFET to PaNET, beside a rule from NeXus to PaNET."""
    prefixes = {
        "nxo": "https://w3id.org/PaN/NeXus/definitions#",
        "esrfet": "https://w3id.org/PaN/ESRFET#",
        "panet": "http://purl.org/pan-science/PaNET/",
    }

    def write(name: str, cells: tuple[str, ...], subject: str, object_: str) -> Path:
        head = {**HEAD, "mapping_set_id": f"https://example.org/{name}"}
        head |= {"subject_source_version": subject, "object_source_version": object_}
        path = tmp_path / f"{name}.sssom.tsv"
        path.write_text(mapping_set(cells, head=head, prefixes=prefixes), "utf-8")
        return path

    one = write(
        "a", row("nxo:NXxas", "esrfet:XAS", "XAS", subject_label=""), "2026.01", "0.1.0"
    )
    two = write(
        "b",
        row(
            "esrfet:XAS",
            "panet:PaNET01196",
            "x-ray absorption spectroscopy",
            subject_label="XAS",
        ),
        "0.1.0",
        "1.3.0",
    )
    rules = tmp_path / "technique.tsv"
    head = "rule_id\tdefinition\tprobe\tpredicate_id\tobject_id\tconfidence"
    rules.write_text(
        f"{head}\nr\tNXxas\t*\tskos:exactMatch\tpanet:PaNET01196\t1\n", "utf-8"
    )
    assert [f.code for f in run(one, two, rules).findings] == []
    rules.write_text(
        f"{head}\nr\tNXxas\t*\tskos:exactMatch\tpanet:PaNET01204\t1\n", "utf-8"
    )
    assert [f.code for f in run(one, two, rules).findings] == ["M023"]


def test_two_sets_with_one_id(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.sssom.tsv").write_text(mapping_set(), encoding="utf-8")
    messages = [f.message for f in run(tmp_path).findings if f.code == "M001"]
    assert len(messages) == 1
    assert "is that of" in messages[0]


def test_a_term_that_matches_everything_is_told_once() -> None:
    rows = [row(f"lab:{n:03}", subject_label=f"l{n}") for n in range(50)]
    assert len(found(mapping_set(*rows[:5]), "M021")) == 4
    [(level, message)] = found(mapping_set(*rows), "M021")
    assert level == "warning"
    assert "in 50 rows" in message


# --- circles ----------------------------------------------------------------------


def wider(*pairs: str) -> str:
    """Give rows ``a<b``: b is the wider; ``a>b``: a is."""
    rows = []
    for pair in pairs:
        predicate = "skos:broadMatch" if "<" in pair else "skos:narrowMatch"
        one, two = pair.replace(">", "<").split("<")
        rows.append(row(f"lab:{one}", f"lab:{two}", two, predicate, subject_label=one))
    return mapping_set(*rows)


@pytest.mark.parametrize(
    ("pairs", "lines"),
    [
        (("a<b", "b<c", "a<c"), []),
        (("a<b", "b<a"), ["line 9"]),
        (("a<b", "a>b"), ["line 9"]),  # and M020: two predicates for a pair
        (("a<b", "b<c", "c<a"), ["line 9, 10"]),
        (("a>b", "b>a"), ["line 9"]),
        (("a<b", "b<a", "c<d", "d<c"), ["line 9", "line 11"]),
    ],
)
def test_a_circle_is_told_once(pairs: tuple[str, ...], lines: list[str]) -> None:
    said = [m for _, m in found(wider(*pairs), "M022") if "closes a circle" in m]
    assert [re.search(r"line [\d, ]*\d", m)[0] for m in said] == lines


@pytest.mark.parametrize("predicate", ["skos:exactMatch", "skos:broadMatch"])
def test_a_term_that_is_mapped_to_itself(predicate: str) -> None:
    [(level, message)] = found(
        mapping_set(row("lab:a", "lab:a", "a", predicate)), "M022"
    )
    assert (level, message) == ("warning", "lab:a is mapped to itself")


def test_a_chain_as_long_as_a_table_has_no_circle() -> None:
    above = {str(n): [str(n + 1)] for n in range(50_000)}
    assert list(circles(above)) == []
    above["49999"] = ["0"]
    (group,) = circles(above)
    assert len(group) == 50_000


@given(
    st.dictionaries(
        st.integers(0, 8).map(str), st.lists(st.integers(0, 8).map(str), max_size=4)
    )
)
def test_circles_are_those_that_can_be_walked(above: dict[str, list[str]]) -> None:
    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(above.get(start, ()))
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += above.get(one, ())
        return seen

    names = {*above, *(one for some in above.values() for one in some)}
    expected = {
        frozenset(b for b in names if b in reach(a) and a in reach(b)) for a in names
    }
    assert {frozenset(g) for g in circles(above)} == {g for g in expected if len(g) > 1}
