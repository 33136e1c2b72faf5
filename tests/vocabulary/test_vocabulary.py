"""PaNET as shipped: its terms, its reasoned hierarchy, the spellings of its ids."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import ConfigError
from panharvest.vocabulary import (
    COLUMNS,
    CURRENT,
    PANET,
    Term,
    Vocabulary,
    load_vocabulary,
    normalise_term,
    panet,
)

if TYPE_CHECKING:
    from pathlib import Path

OWL = "http://www.w3.org/2002/07/owl#"
XAS = f"{PANET}PaNET01196"


def iri(number: str) -> str:
    return f"{PANET}PaNET{number}"


def closure_pairs(vocabulary: Vocabulary) -> set[tuple[str, str]]:
    return {(a, b) for a in vocabulary.terms for b in vocabulary.ancestors(a)}


def test_the_terms_of_1_3_0() -> None:
    vocabulary = panet()
    assert vocabulary is panet()
    assert vocabulary.version == CURRENT == "1.3.0"
    kinds = [term.kind for term in vocabulary.terms.values()]
    assert len(kinds) == 510
    assert kinds.count("property") == 5
    assert kinds.count("facet") == 5
    # 376 classes below PaNET00001, four of which are facets
    assert kinds.count("technique") == 372
    assert kinds.count("specifier") == 128
    term = vocabulary.term(XAS)
    assert term == Term(XAS, "x-ray absorption spectroscopy", ("XAS",))
    assert vocabulary.term(iri("99999")) is None


def test_labels_have_no_stray_blanks() -> None:
    for term in panet().terms.values():
        for label in (term.label, *term.alt_labels):
            assert label == " ".join(label.split()) != ""
    assert panet().terms[iri("01119")].label == "spin echo scattering"


def test_the_hierarchy_is_the_reasoned_one() -> None:
    assert len(closure_pairs(panet())) == 3645
    above = panet().ancestors(iri("01101"))
    assert {iri("01216"), iri("01030"), iri("01012"), iri("00001")} <= above
    assert iri("01101") not in above
    assert panet().ancestors(iri("99999")) == frozenset()


def test_equivalent_terms_are_above_each_other() -> None:
    for one, other in (("01106", "00401"), ("01107", "01273")):
        assert iri(other) in panet().ancestors(iri(one))
        assert iri(one) in panet().ancestors(iri(other))


def test_the_hierarchy_is_transitive() -> None:
    vocabulary = panet()
    for term in vocabulary.terms:
        above = vocabulary.ancestors(term)
        for parent in above:
            assert vocabulary.ancestors(parent) - {term} <= above


def test_the_owl_holds_all_but_two_of_the_pairs(shared: Path) -> None:
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph()
    graph.parse(shared / "ontologies" / "PaNET.owl")
    edges: dict[str, set[str]] = {}
    for lower, upper in [
        *graph.subject_objects(rdflib.RDFS.subClassOf),
        *graph.subject_objects(rdflib.URIRef(OWL + "equivalentClass")),
        *(
            (b, a)
            for a, b in graph.subject_objects(rdflib.URIRef(OWL + "equivalentClass"))
        ),
    ]:
        if isinstance(lower, rdflib.URIRef) and isinstance(upper, rdflib.URIRef):
            edges.setdefault(str(lower), set()).add(str(upper))
    named = set()
    for start in edges:
        reached: set[str] = set()
        waiting = [start]
        while waiting:
            new = edges.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        named |= {(start, end) for end in reached - {start}}
    named = {pair for pair in named if all(one.startswith(PANET) for one in pair)}
    both = {iri("01107"), iri("01273")}
    assert len(named) == 3643
    # an equivalence that HermiT finds too; it is missing in the shipped file
    assert closure_pairs(panet()) - named == {
        (a, b) for a, b in product(both, both) if a != b
    }
    assert named <= closure_pairs(panet())


def test_another_reasoner_agrees(shared: Path) -> None:
    rustdl = pytest.importorskip("rustdl", reason="rustdl is not installed")
    found = rustdl.classify(str(shared / "ontologies" / "PaNET.owl"))
    assert found.complete
    expected = {
        (a, b)
        for a in found.classes
        for b in found.superclasses_of(a)
        if a != b and a in panet().terms and b in panet().terms
    }
    assert closure_pairs(panet()) == expected


def test_what_may_describe_a_dataset() -> None:
    vocabulary = panet()
    assert vocabulary.is_technique(XAS)
    for number in ("00001", "00002", "00005", "2020018", "1001000", "99999"):
        assert not vocabulary.is_technique(iri(number))
    assert not vocabulary.is_technique("https://w3id.org/PaN/ESRFET#XAS")


@pytest.mark.parametrize(
    ("given_numbers", "expected"),
    [
        (("01030", "01012"), ("01101",)),  # powder diffraction with x-rays
        (("01030", "00101"), ("01100",)),
        (("01129", "01012"), ("01207",)),
        (("01124", "01012"), ("01188",)),
        (("01124", "00101"), ("01124", "01242")),  # SANS is not definable from facets
        (("01121", "00101"), ("01239",)),
        (("01121", "01012"), ("01149",)),
        (("01029", "01012"), ("01102",)),
        (("01029", "00101"), ("01236",)),
        (("01135", "01012"), ("01135", "01156", "01227")),
        (("01129", "00101"), ("01129", "00101")),  # no neutron tomography in PaNET
        (("01177", "01012"), ("01177", "01012")),
        (("01129",), ("01129",)),
        (("00001",), ()),
        (("99999",), ()),
    ],
)
def test_refinement(given_numbers: tuple[str, ...], expected: tuple[str, ...]) -> None:
    found = panet().refine(map(iri, given_numbers))
    assert found == tuple(map(iri, expected))


def test_most_specific_keeps_the_order_and_one_of_equivalents() -> None:
    vocabulary = panet()
    given_iris = [iri("01216"), iri("01188"), iri("01101"), iri("01188")]
    assert vocabulary.most_specific(given_iris) == (iri("01188"), iri("01101"))
    both = [iri("01106"), iri("00401")]
    assert vocabulary.most_specific(both) == (iri("01106"),)
    assert vocabulary.most_specific(reversed(both)) == (iri("00401"),)
    assert vocabulary.most_specific([]) == ()


TECHNIQUES = sorted(i for i, term in panet().terms.items() if term.kind == "technique")


@given(st.lists(st.sampled_from(TECHNIQUES), max_size=6))
def test_most_specific_loses_nothing(iris: list[str]) -> None:
    vocabulary = panet()
    kept = vocabulary.most_specific(iris)
    covered = set(kept).union(*(vocabulary.ancestors(one) for one in kept))
    assert set(iris) <= covered
    assert not any(a in vocabulary.ancestors(b) for a in kept for b in kept)
    assert vocabulary.most_specific(kept) == kept


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("imaging", "01106"),  # also the label of a specifier
        ("diffraction", None),  # also an alternative label of PaNET01163
        ("Small Angle  X-ray scattering", "01188"),
        ("saxs", "01188"),
        ("NEXAFS", "01199"),
        ("x-ray", None),  # a specifier only
        ("photon and neutron technique", None),
        ("defined by purpose", None),
        ("nothing of the kind", None),
        ("", None),
    ],
)
def test_labels_are_looked_up_among_techniques(label: str, number: str | None) -> None:
    assert panet().find(label) == (iri(number) if number else None)


def test_a_label_of_two_techniques_finds_none() -> None:
    shared_by_two = [one for one, iris in panet().labels.items() if len(iris) > 1]
    assert shared_by_two
    assert all(panet().find(label) is None for label in shared_by_two)


@pytest.mark.parametrize(
    "text",
    [
        "http://purl.org/pan-science/PaNET/PaNET01196",
        "https://purl.org/pan-science/PaNET/PaNET01196",
        "https://www.purl.org/pan-science/PaNET/PaNET01196",
        "purl.org/pan-science/PaNET/PaNET01196",
        "http://purl.org/pan-science/PaNET/PaNET01196/",
        "<http://purl.org/pan-science/PaNET/PaNET01196>",
        "PaNET:PaNET01196",
        "PaNET:01196",
        "panet:PaNET01196",
        "Panet:PaNET01196",
        " PaNET01196 ",
        "panet01196",
    ],
)
def test_spellings_of_a_panet_id(text: str) -> None:
    assert normalise_term(text) == XAS


@pytest.mark.parametrize(
    "text",
    [
        "https://w3id.org/PaN/ESRFET#XAS",
        "http://w3id.org/PaN/ESRFET#XAS",
        "https://w3id.org/PaN/ESRFET/v0.1.0/#XAS",
        "https://w3id.org/PaN/ESRFET/v0.1.0#XAS",
        "https://w3id.org/PaN/ESRFET/#XAS",
        "http://purl.org/pan-science/ESRFET#XAS",
        "http://www.purl.org/pan-science/ESRFET#XAS",
        "esrfet:XAS",
        "ESRFET:XAS",
    ],
)
def test_spellings_of_an_esrfet_id(text: str) -> None:
    assert normalise_term(text) == "https://w3id.org/PaN/ESRFET#XAS"


def test_esrfet_ids_may_have_letters_beyond_ascii() -> None:
    expected = "https://w3id.org/PaN/ESRFET#XMχD"
    assert normalise_term("https://w3id.org/PaN/ESRFET/v0.1.0/#XMχD") == expected
    assert normalise_term("https://w3id.org/PaN/ESRFET#XM%CF%87D") == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "01196", "XAS", "PaNET0119", "PaNET011960", "PaNET:PaNET:01196"),
        *("http://example.org/PaNET01196", "https://w3id.org/PaN/ESRFET"),
        *("10.5281/zenodo.4806026", "PaNET01196 PaNET01188", "esrfet:", "esrfet:#"),
        "http://purl.org/pan-science/PaNET/PaNET.owl",
    ],
)
def test_other_texts_are_no_terms(text: str) -> None:
    assert normalise_term(text) is None


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_term(text)
    assert once is None or normalise_term(once) == once


def test_every_id_of_esrfet_is_recognised(shared: Path) -> None:
    file = shared / "ontologies" / "ESRFET_techniques.json"
    terms = json.loads(file.read_text(encoding="utf-8"))
    assert len(terms) > 100
    for term in terms:
        assert normalise_term(term["iri"]) == term["iri"]
        assert normalise_term(term["versioned_iri"]) == term["iri"]


def test_there_is_no_other_version() -> None:
    with pytest.raises(ConfigError, match="PaNET 9 is not among the versions"):
        panet("9")
    with pytest.raises(ConfigError, match="is not among the versions"):
        panet("../panet/1.3.0")


HEADER = "\t".join(COLUMNS)


def row(**cells: str) -> str:
    filled = {"id": "PaNET00007", "kind": "technique", "status": "current", **cells}
    return "\t".join(filled.get(column, "") for column in COLUMNS)


def test_a_deprecated_term_names_its_successor() -> None:
    text = f"{HEADER}\n{row(status='deprecated', replaced_by='PaNET01196')}\n"
    term = load_vocabulary(text, "x.tsv", "x").terms[iri("00007")]
    assert (term.status, term.replaced_by) == ("deprecated", XAS)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (row(), r"x\.tsv:3: PaNET00007 is there twice"),
        (row(id="PaNET8"), r"x\.tsv:3: 'PaNET8' or its kind"),
        (row(id="PaNET00008", kind="thing"), r"x\.tsv:3: 'PaNET00008' or its kind"),
        (row(id="PaNET00008", equivalent="(PaNET00007"), r"x\.tsv:3: .*bracket"),
        (row(id="PaNET00008") + "\tx", r"x\.tsv:3: 12 cells"),
    ],
)
def test_a_damaged_snapshot_names_its_line(second: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_vocabulary(f"{HEADER}\n{row()}\n{second}\n", "x.tsv", "x")
