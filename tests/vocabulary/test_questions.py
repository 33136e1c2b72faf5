"""Explain, compare, search: what a maintainer asks of a vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import ConfigError
from panharvest.tables import resource
from panharvest.vocabulary import (
    COLUMNS,
    ESRFET,
    PANET,
    Vocabulary,
    esrfet,
    load_vocabulary,
    panet,
    vocabulary,
)
from panharvest.vocabulary.closure import Axioms, read_expression, saturate
from panharvest.vocabulary.difference import difference
from panharvest.vocabulary.explaining import explain, words
from panharvest.vocabulary.opening import open_vocabulary
from panharvest.vocabulary.searching import rate, search

if TYPE_CHECKING:
    from pathlib import Path


def iri(number: str) -> str:
    return f"{PANET}PaNET{number}"


# --- explain ----------------------------------------------------------------------


def test_the_chain_of_axioms_is_told() -> None:
    found = explain(panet(), iri("01101"), iri("01216"))
    assert found.holds
    assert not found.reverse
    first, second, *_, last = found.steps
    assert (first.lower, first.upper, first.axiom, first.of) == (
        *("PaNET01101", "PaNET01012", "definition", "PaNET01101"),
    )
    assert second.upper == "PaNET01030"
    assert (last.lower, last.upper) == ("PaNET01101", "PaNET01216")
    assert (last.axiom, last.uses) == ("definition", (1, len(found.steps) - 1))
    assert words(panet(), "PaNET01012 and (PaNET1001000 some PaNET2020009)") == (
        "PaNET01012 'x-ray probe' and (PaNET1001000 'definedbyprobe' some PaNET2020009 "
        "'x-ray')"
    )


def test_a_domain_is_told_as_one() -> None:
    found = explain(panet(), iri("01012"), iri("00001"))
    assert [(s.axiom, s.of) for s in found.steps] == [("domain", "PaNET1000000")]


def test_what_is_missing_is_told() -> None:
    """GIXD is no x-ray diffraction in PaNET: it is no diffraction."""
    found = explain(panet(), iri("01161"), iri("01216"))
    assert (found.holds, found.steps) == (False, ())
    assert [(p.expression, p.met) for p in found.parts] == [
        ("PaNET01012", True),
        ("PaNET01022", False),
    ]
    assert found.common == (iri("01184"),)


def test_a_term_without_definition_lacks_an_axiom() -> None:
    found = explain(panet(), iri("01216"), iri("01030"))
    assert (found.holds, found.parts) == (False, ())
    found = explain(panet(), iri("01216"), iri("01101"))
    assert (found.holds, found.reverse) == (False, True)


def test_equivalent_terms_are_a_kind_of_each_other() -> None:
    found = explain(panet(), iri("01106"), iri("00401"))
    assert (found.holds, found.reverse) == (True, True)


def test_a_term_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        explain(panet(), iri("99999"), iri("00001"))


PAIRS = sorted(panet().pairs()) + sorted(esrfet().pairs())


@given(st.sampled_from(PAIRS))
def test_every_pair_has_a_proof_from_the_axioms(pair: tuple[str, str]) -> None:
    """Each step follows from what it uses and the axiom it names, and no other."""
    used = panet() if pair[0].startswith(PANET) else esrfet()
    short = used.scheme.short
    found = explain(used, *pair)
    assert found.holds
    last = found.steps[-1]
    assert (last.lower, last.upper) == (short(pair[0]), short(pair[1]))
    rows = {row["id"]: row for row in used.rows}
    for number, step in enumerate(found.steps, 1):
        assert all(one < number for one in step.uses)
        if step.axiom == "asserted":
            assert step.upper in rows[step.of]["sub_class_of"].split("|")
        elif step.axiom == "domain":
            assert step.upper in rows[step.of]["domain"].split("|")
        elif step.of:
            assert rows[step.of]["equivalent"] or rows[step.of]["sub_class_of"]
    # the steps and the definitions of what they name are enough to derive the pair
    named = {step.of or step.upper for step in found.steps} | {short(pair[0])}
    named |= {one for step in found.steps for one in step.via}
    axioms = Axioms()
    for name in named & set(rows):
        row = rows[name]
        if row["kind"] == "property":
            continue
        for column, held in (
            ("sub_class_of", axioms.parents),
            ("equivalent", axioms.equivalents),
        ):
            held += [
                (name, read_expression(text))
                for text in filter(None, row[column].split("|"))
            ]
    for row in used.rows:
        if row["kind"] == "property":
            pairs = [(row["id"], one) for one in row["sub_class_of"].split("|") if one]
            axioms.super_properties += pairs
            for end, ends in (("domain", axioms.domains), ("range", axioms.ranges)):
                ends += [(row["id"], one) for one in row[end].split("|") if one]
    assert short(pair[1]) in saturate(axioms).ancestors(short(pair[0]))


# --- compare ----------------------------------------------------------------------


def changed(edits: dict[str, dict[str, str]], without: str = "") -> Vocabulary:
    """Give PaNET 1.3.0 with some cells changed, a term removed, one added."""
    lines = ["\t".join(COLUMNS)]
    for row in panet().rows:
        if row["id"] != without:
            row = {**row, **edits.get(row["id"], {})}
            lines.append("\t".join(row[column] for column in COLUMNS))
    for name in set(edits) - {row["id"] for row in panet().rows}:
        empty = dict.fromkeys(COLUMNS, "") | {"status": "current", "id": name}
        lines.append("\t".join((empty | edits[name])[column] for column in COLUMNS))
    return load_vocabulary("\n".join(lines), "next.tsv", "next")


def test_a_version_does_not_differ_from_itself() -> None:
    found = difference(panet(), panet())
    assert not found
    assert (found.id, found.old, found.new) == ("panet", "1.3.0", "1.3.0")


def test_the_next_version_of_panet() -> None:
    """The figures of the design, counted here on IRIs: classes and a property."""
    found = difference(panet(), vocabulary("panet", "head-7b19189"))
    assert found
    classes = [term.iri for term in found.added if term.kind != "property"]
    assert len(classes) == 5
    assert found.removed == ()
    assert len(found.relabelled) == 241
    assert (len(found.gained), len(found.lost)) == (78, 49)
    hierarchy = {
        one.iri for one in found.axioms if one.kind in ("sub_class_of", "equivalent")
    }
    assert len(hierarchy) == 12
    # 1.3.0's probe classes are no techniques any more: they lost their root
    lost = {one.iri for one in found.kinds if one.new == "class"}
    assert iri("00101") in lost
    assert len(lost) == 19


def test_a_synthetic_next_version_is_told_exactly() -> None:
    """Relabelled, moved, removed, added, deprecated, redefined: each where it is."""
    new = changed(
        {
            "PaNET01188": {"label": "SAXS-based techniques"},
            "PaNET01196": {"alt_labels": "XAS|xas"},
            # moved: powder diffraction only below atomic scale diffraction
            "PaNET01030": {"sub_class_of": "PaNET01026"},
            "PaNET01136": {"equivalent": "PaNET01022 and PaNET00401"},
            "PaNET01223": {"status": "deprecated", "replaced_by": "PaNET01224"},
            "PaNET09999": {
                "label": "new technique",
                "kind": "technique",
                "sub_class_of": "PaNET01030",
            },
            # the same axiom with its parts in another order is no change
            "PaNET01216": {"equivalent": "PaNET01022 and PaNET01012"},
        },
        without="PaNET01330",
    )
    found = difference(panet(), new)
    assert [term.iri for term in found.added] == [iri("09999")]
    assert [term.iri for term in found.removed] == [iri("01330")]
    assert [(r.iri, r.old, r.new) for r in found.relabelled] == [
        (iri("01188"), "small angle x-ray scattering", "SAXS-based techniques")
    ]
    assert [r.iri for r in found.alt_labels] == [iri("01196")]
    assert [(a.iri, a.kind, a.removed, a.added) for a in found.axioms] == [
        (iri("01030"), "sub_class_of", ("PaNET01028",), ("PaNET01026",)),
        (
            iri("01136"),
            "equivalent",
            ("PaNET01022 and PaNET01106",),
            ("PaNET01022 and PaNET00401",),
        ),
    ]
    assert [(k.iri, k.old, k.new) for k in found.kinds] == [
        (iri("01223"), "technique", f"technique, deprecated, see {iri('01224')}")
    ]
    lost = {pair for pair in found.lost if iri("01330") not in pair}
    below = {iri("01030"), *panet().descendants(iri("01030"))}
    assert lost == {(a, iri(b)) for a in below for b in ("01027", "01028")}
    # imaging and obtain spatial map are the same: so that definition changed nothing
    assert {pair[0] for pair in found.gained} == {iri("09999")}


def test_an_equivalence_may_stand_on_either_of_its_terms() -> None:
    (row,) = (one for one in panet().rows if one["id"] == "PaNET01106")
    assert row["equivalent"] == "PaNET00401"
    (other,) = (one for one in panet().rows if one["id"] == "PaNET00401")
    new = changed(
        {
            "PaNET01106": {"equivalent": ""},
            "PaNET00401": {"equivalent": f"{other['equivalent']}|PaNET01106"},
        }
    )
    assert not difference(panet(), new)


# --- search -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("SAXS", "01188"),
        ("small angle x-ray scattering", "01188"),
        ("Scattering small x-RAY angle", "01188"),
        ("panet:PaNET01101", "01101"),
        ("tomogr", "01129"),
        ("x-ray powder", "01101"),
        ("01101", "01101"),
        ("x ray difraction", "01216"),
        ("tomografy", "01129"),
        ("ptychografie", "01212"),
        ("powdre difraction", "01030"),
    ],
)
def test_the_best_comes_first(text: str, first: str) -> None:
    assert search(panet(), text)[0].term.iri == iri(first)


def test_specifiers_are_found_when_asked_for() -> None:
    assert search(panet(), "PaNET2020009") == ()
    (hit,) = search(panet(), "PaNET2020009", kinds=("specifier",))
    assert (hit.term.label, hit.score) == ("x-ray", 1.0)


def test_nothing_is_found_for_nothing() -> None:
    for text in ("", "zzz", "*", "- -", "XRQ"):
        assert search(panet(), text) == ()
    assert len(search(panet(), "x", limit=3)) == 3


def test_slips_count_only_where_nothing_is_right() -> None:
    assert not search(panet(), "tomography")[0].slip
    assert search(panet(), "tomografy")[0].slip
    # an acronym means what it says
    assert [hit.slip for hit in search(panet(), "SAXT")] == []


def test_accents_do_not_count() -> None:
    also = {iri("01012"): ["Röntgen technique"]}
    for text in ("röntgen", "Rontgen", "RO\u0308NTGEN"):
        (hit,) = search(panet(), text, also=also)
        assert (hit.term.iri, hit.matched) == (iri("01012"), "Röntgen technique")


@given(st.text(max_size=20), st.text(max_size=20))
def test_marks_are_between_none_and_whole(wanted: str, label: str) -> None:
    assert 0 <= rate(wanted, label) <= 1
    if wanted == label != "":
        assert rate(wanted, label) == 1


# --- open -------------------------------------------------------------------------


def test_versions_and_files_are_opened(tmp_path: Path) -> None:
    assert open_vocabulary("panet") is panet()
    assert open_vocabulary("PaNET", "1.3.0").version == "1.3.0"
    table = tmp_path / "mine.tsv"
    table.write_bytes(resource("panet", "1.3.0.tsv").read_bytes())
    found = open_vocabulary("panet", table)
    assert found.version.startswith("mine.tsv (")
    assert not difference(panet(), found)


def test_a_source_is_opened_with_what_was_left_out(
    shared: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # said by this module: a thread of another test may log meanwhile
    name = "panharvest.vocabulary.opening"
    with caplog.at_level("WARNING", logger=name):
        found = open_vocabulary("esrfet", shared / "ontologies" / "ESRFET.owl")
    assert not difference(esrfet(), found)
    assert [one.name for one in caplog.records].count(name) == 2
    assert ESRFET + "XRD" in found.terms


def test_the_table_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "panet.tsv"
    table.write_bytes(resource("panet", "1.3.0.tsv").read_bytes())
    with pytest.raises(ConfigError, match="is it a table of ESRFET"):
        open_vocabulary("esrfet", table)


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("nope", None, "'nope' is not a vocabulary with a hierarchy: panet, esrfet"),
        ("panet", "0.9", "neither a version of PaNET that is shipped .* nor a file"),
    ],
)
def test_what_cannot_be_opened_says_what_could(
    name: str, version: str | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        open_vocabulary(name, version)
