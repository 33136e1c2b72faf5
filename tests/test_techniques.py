"""The technique: by identifier, by definition and probe, by name; or unknown."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import ConfigError
from panharvest.knowledge import (
    NO_TERM,
    RULE_COLUMNS,
    RULES,
    load_knowledge,
    read_rule,
    read_rules,
)
from panharvest.probes import load_probes
from panharvest.record import Probe
from panharvest.sssom import read_sssom
from panharvest.tables import read_table, resource, split_cell
from panharvest.techniques import (
    ProbeClues,
    TechniqueClue,
    infer_probes,
    infer_techniques,
    unmapped,
)
from panharvest.vocabulary import PANET, curie, esrfet, fold, normalise_term, panet
from panharvest.vocabulary.nexus import definitions

if TYPE_CHECKING:
    from pathlib import Path

RULE_ROWS = read_table(resource("rules", RULES), RULE_COLUMNS)
XRAY = Probe("x-ray", f"{PANET}PaNET01012")
NEUTRON = Probe("neutron", f"{PANET}PaNET00101")
PHOTON = Probe("photon", f"{PANET}PaNET00100")
ULTRAVIOLET = Probe("ultraviolet", f"{PANET}PaNET01009")
INFRARED = Probe("infrared", f"{PANET}PaNET01005")
ELECTRON = Probe("electron")


def definition(*names: str) -> list[TechniqueClue]:
    return [TechniqueClue("definition", name, "/entry/definition") for name in names]


def identifier(*values: str) -> list[TechniqueClue]:
    return [TechniqueClue("identifier", one, "/entry/identifier") for one in values]


def name(*values: str) -> list[TechniqueClue]:
    return [TechniqueClue("name", one, "technique") for one in values]


def infer(clues: list[TechniqueClue], *probes: Probe) -> list[str]:
    found = infer_techniques(clues, probes)
    return [one.iri.removeprefix(f"{PANET}PaNET") for one in found]


@pytest.mark.parametrize(
    ("names", "probes", "expected"),
    [
        (("NXtomo",), (), ["01129"]),
        (("NXtomo",), (XRAY,), ["01207"]),
        (("NXtomo",), (NEUTRON,), ["01129", "00101"]),
        (("NXtomo",), (ELECTRON,), ["01129"]),
        (("NXcanSAS",), (), ["01124"]),
        (("NXcanSAS",), (XRAY,), ["01188"]),
        (("NXcanSAS",), (NEUTRON,), ["01189"]),
        (("NXmonopd",), (XRAY,), ["01101"]),
        (("NXsastof",), (NEUTRON,), ["01277"]),
        (("NXsastof",), (), ["01124", "01000"]),
        (("NXlauetof",), (NEUTRON,), ["01236", "01001"]),
        (("NXdirecttof",), (NEUTRON,), ["01245", "01244"]),
        (("NXarpes",), (XRAY, INFRARED), ["01089"]),
        (("NXxps",), (PHOTON,), ["01204"]),
        (("NXem",), (ELECTRON,), ["01145"]),
        (("NXmx",), (XRAY,), ["01216"]),
        # what the definition implies needs no probe
        (("NXxas",), (), ["01196"]),
        (("NXtofraw",), (), ["01001"]),
        (("NXxas_tey",), (), ["01196", "01220"]),
        (("TOFRAW",), (), ["01001"]),
        (("nxTOMO ",), (XRAY,), ["01207"]),
        # muon spectroscopy is below muon probe, which goes
        (("pulsedTD",), (), ["01114"]),
        # the named class below both: PES with x-rays is XPS; with UV there is none
        (("NXmpes",), (XRAY,), ["01204"]),
        (("NXmpes",), (ULTRAVIOLET,), ["01202"]),
        # several probes: the one that the definition implies, else none of them
        (("NXxas",), (XRAY, INFRARED), ["01196"]),
        (("NXmonopd",), (XRAY, NEUTRON), ["01030"]),
        # a contradiction says nothing
        (("NXxas",), (NEUTRON,), []),
        (("NXtofraw",), (XRAY,), []),
        # several definitions: what is implied by another goes
        (("NXsas", "NXtomo"), (XRAY,), ["01207", "01188"]),
        (("NXtofraw", "NXtofnpd"), (NEUTRON,), ["01001", "01100"]),
        (("NXiqproc", "NXmonopd"), (XRAY,), ["01101"]),
        (("NXcanSAS", "NXcanSAS"), (), ["01124"]),
        # no technique
        (("NXscan",), (XRAY,), []),
        (("NXazint1d",), (), []),
        (("NXazint1d",), (XRAY,), ["01184"]),
        (("NXentry",), (XRAY,), []),
        (("NXspecdata", "NXroot"), (), []),
        (("NXunheard_of", ""), (XRAY,), []),
        ((), (XRAY,), []),
    ],
)
def test_definitions(
    names: tuple[str, ...], probes: tuple[Probe, ...], expected: list[str]
) -> None:
    assert infer(definition(*names), *probes) == expected


def test_confidence_follows_the_relation() -> None:
    expected = {
        "skos:exactMatch": 0.9,
        "skos:closeMatch": 0.8,
        "skos:broadMatch": 0.6,
    }
    for row in RULE_ROWS:
        if row["object_id"] == NO_TERM:
            assert (row["predicate_id"], row["object_label"]) == ("skos:exactMatch", "")
        else:
            assert float(row["confidence"]) == expected[row["predicate_id"]], row


def test_the_evidence_says_rule_path_and_value() -> None:
    probes = infer_probes(ProbeClues(names=[("X-ray", "/entry/source/probe")]))
    (found,) = infer_techniques(definition("NXtomo"), probes)
    assert found.label == "x-ray tomography"
    assert (found.predicate, found.confidence) == ("skos:exactMatch", 0.9)
    assert [(one.rule, one.path, one.value) for one in found.evidence] == [
        ("nxtomo-x-ray", "/entry/definition", "NXtomo"),
        ("probe-name-x-ray", "/entry/source/probe", "X-ray"),
    ]
    (found,) = infer_techniques(definition("NXmpes"), probes)
    assert [one.rule for one in found.evidence] == ["nxmpes-any", "panet-refinement"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("PaNET01196",), ["01196"]),
        (("https://w3id.org/PaN/ESRFET/v0.1.0/#XAS",), ["01196"]),
        (("https://w3id.org/PaN/ESRFET#XAS esrfet:SAXS",), ["01196", "01188"]),
        (("PaNET:01196, PaNET:01188",), ["01196", "01188"]),
        (("PaNET01196", "http://purl.org/pan-science/ESRFET#XAS"), ["01196"]),
        # XANES is a kind of XAS
        (("PaNET01196", "esrfet:XANES"), ["01199"]),
        # a technique that PaNET has in parts is all of them
        (("esrfet:KESCT",), ["01151", "01207"]),
        (("esrfet:NEW",), []),
        (("PaNET00001", "PaNET2020018", "PaNET99999"), []),
        (("10.5281/zenodo.4806026", "XAS", ""), []),
    ],
)
def test_identifiers(values: tuple[str, ...], expected: list[str]) -> None:
    assert infer(identifier(*values)) == expected


def test_an_identifier_is_certain_and_carries_the_relation_of_its_mapping() -> None:
    (found,) = infer_techniques(identifier("esrfet:XAS"), ())
    assert (found.predicate, found.confidence) == ("skos:exactMatch", 1.0)
    assert found.evidence[0].rule == "esrfet-XAS"
    assert found.evidence[0].value == "https://w3id.org/PaN/ESRFET#XAS"
    (found,) = infer_techniques(identifier("esrfet:S-XRD"), ())
    assert (found.predicate, found.iri[-5:]) == ("skos:broadMatch", "01290")
    assert found.confidence < 1


def test_an_identifier_is_not_removed_by_something_narrower_that_is_less_sure() -> None:
    both = identifier("PaNET01129") + definition("NXtomo")
    found = infer_techniques(both, (XRAY,))
    assert [one.iri[-5:] for one in found] == ["01129", "01207"]
    same = infer_techniques(identifier("PaNET01207") + definition("NXtomo"), (XRAY,))
    assert [(one.iri[-5:], one.confidence) for one in same] == [("01207", 1.0)]
    assert len(same[0].evidence) == 2


def test_what_an_identifier_does_not_yield_is_told() -> None:
    clues = identifier("esrfet:NEW PaNET01196", "PaNET00001", "PaNET99999", "x")
    found = unmapped([*clues, *definition("NXtomo")])
    assert [(one.rule, one.value.rpartition("/")[2]) for one in found] == [
        ("esrfet-unknown", "ESRFET#NEW"),
        ("panet-not-a-technique", "PaNET00001"),
        ("panet-unknown", "PaNET99999"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("SAXS", ["01188"]),
        ("XAS XRF", ["01196", "01177"]),
        ("x-ray photon correlation spectroscopy", ["01205"]),
        # a sentence is not a technique, even when its words are
        ("x-ray diffraction of steel", []),
        ("diffraction", []),  # two techniques have this label
        ("x-ray", []),
        ("", []),
    ],
)
def test_names(value: str, expected: list[str]) -> None:
    assert infer(name(value)) == expected
    assert all(one.confidence == 0.5 for one in infer_techniques(name(value), ()))


CLUES = st.one_of(
    st.sampled_from([row["definition"] for row in RULE_ROWS]).map(
        lambda one: definition(one)[0]
    ),
    st.sampled_from(sorted(load_knowledge().esrfet)).map(
        lambda one: identifier(one)[0]
    ),
    st.sampled_from(sorted(panet().labels)).map(lambda one: name(one)[0]),
    st.text(max_size=20).map(lambda one: identifier(one)[0]),
)


@given(
    st.lists(CLUES, max_size=5),
    st.lists(
        st.sampled_from([XRAY, NEUTRON, PHOTON, ULTRAVIOLET, ELECTRON]), max_size=2
    ),
)
def test_whatever_comes_out_is_a_technique_with_evidence(
    clues: list[TechniqueClue], probes: list[Probe]
) -> None:
    found = infer_techniques(clues, probes)
    assert len({one.iri for one in found}) == len(found)
    confidences = [one.confidence for one in found]
    assert all(0 < one <= 1 for one in confidences)
    for one in found:
        term = panet().term(one.iri)
        assert panet().is_technique(one.iri)
        assert term is not None
        assert one.label == term.label
        assert {e.value for e in one.evidence}
    assert infer_techniques([*clues, *clues], probes) == found


def test_every_rule_has_the_label_of_its_term() -> None:
    for row in RULE_ROWS:
        if row["object_id"] == NO_TERM:
            continue
        terms = [
            panet().term(normalise_term(one) or "")
            for one in split_cell(row["object_id"])
        ]
        labels = tuple(term.label for term in terms if term)
        assert labels == split_cell(row["object_label"]), row["rule_id"]


def test_rule_ids_are_unique_and_probes_known() -> None:
    ids = [row["rule_id"] for row in RULE_ROWS]
    assert len(set(ids)) == len(ids)
    probes = {rule.probe for rule in load_probes().values()} | {"*"}
    assert {row["probe"] for row in RULE_ROWS} <= probes


def test_a_rule_for_a_probe_is_at_least_as_narrow_as_the_one_for_any() -> None:
    vocabulary = panet()
    for by_probe in load_knowledge().rules.values():
        if "*" not in by_probe:
            continue
        for rule in by_probe.values():
            above = set(rule.iris).union(*map(vocabulary.ancestors, rule.iris))
            missing = set(by_probe["*"].iris) - above
            assert {(rule.id, one[-5:]) for one in missing} <= WIDER, rule.id


WIDER = {
    ("nxsastof-x-ray", "01000"),  # x-rays have no time of flight
    # PaNET has inelastic x-ray and neutron techniques elsewhere in its hierarchy
    *(("nxsqom-x-ray", "01108"), ("nxsqom-neutron", "01108")),
    *(("nxtas-x-ray", "01108"), ("nxtas-neutron", "01108")),
}


def test_a_rule_for_a_probe_names_terms_below_that_probe() -> None:
    """M024 of the design; the gaps are PaNET's, and listed."""
    iris = {rule.probe: rule.iri for rule in load_probes().values() if rule.iri}
    gaps = set()
    for row in RULE_ROWS:
        probe = iris.get(row["probe"])
        for one in split_cell(row["object_id"]):
            iri = normalise_term(one)
            if probe and iri and probe not in panet().ancestors(iri) | {iri}:
                gaps.add((row["probe"], iri.removeprefix(f"{PANET}PaNET")))
    assert gaps == {
        ("x-ray", "01177"),
        ("x-ray", "01116"),
        ("x-ray", "01220"),
        ("neutron", "01129"),
        ("neutron", "01116"),
    }


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"object_id": "panet:PaNET99999"}, "x:1: 'panet:PaNET99999' is not a tech"),
        ({"object_id": "panet:PaNET00001"}, "x:1: 'panet:PaNET00001' is not a tech"),
        ({"object_id": "tomography"}, "x:1: 'tomography' is not a technique"),
        ({"confidence": "high"}, "x:1: the confidence is not a number"),
    ],
)
def test_a_damaged_rule_names_its_line(damage: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_rule(RULE_ROWS[0] | damage, "x:1")


def test_a_rule_given_twice_names_its_line(tmp_path: Path) -> None:
    table = tmp_path / RULES
    head, first, *_ = resource("rules", RULES).read_text("utf-8").splitlines()
    table.write_text(f"{head}\n{first}\n{first}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"technique\.tsv:3: .* is there twice"):
        read_rules(table, panet())


def test_a_deprecated_identifier_gives_its_successor() -> None:
    vocabulary = panet()
    old, new = f"{PANET}PaNET01188", f"{PANET}PaNET01196"
    terms = dict(vocabulary.terms)
    terms[old] = replace(terms[old], status="deprecated", replaced_by=new)
    changed = replace(vocabulary, terms=terms)
    known = replace(load_knowledge(), vocabulary=changed)
    (found,) = infer_techniques(identifier("PaNET01188"), (), known)
    assert found.iri == new


def test_every_definition_of_nxdl_has_a_rule() -> None:
    """The official and the contributed ones, of the NXDL that is shipped."""
    ruled = load_knowledge().rules
    found = definitions()
    assert [one.type for one in found].count("application") == 45
    assert [one.type for one in found].count("contributed-application") == 40
    assert [one.path for one in found if one.path.casefold() not in ruled] == []


def test_every_application_definition_has_a_rule(shared: Path) -> None:
    ruled = load_knowledge().rules
    names = set()
    for file in (shared / "schemas" / "nxdl" / "applications").glob("*.nxdl.xml"):
        root = ET.parse(file).getroot()
        names.add(root.get("name") or "")
    assert len(names) == 45
    assert {one for one in names if one.casefold() not in ruled} == set()


SET = read_sssom(resource("mappings", "esrfet-panet.sssom.tsv"))


def test_every_technique_of_esrfet_is_mapped_or_said_to_have_no_term() -> None:
    techniques = {
        term.iri for term in esrfet().terms.values() if term.kind == "technique"
    }
    assert len(techniques) == 130
    assert {SET.expand(row["subject_id"]) for row in SET} == techniques
    order = [(r["subject_id"], r["predicate_id"], r["object_id"]) for r in SET]
    assert order == sorted(set(order))


def test_the_mapping_of_esrfet_has_the_labels_of_both() -> None:
    for row in SET:
        assert row["subject_label"] == (
            esrfet().terms[SET.expand(row["subject_id"])].label
        )
        if row["object_id"] == NO_TERM:
            assert (row["predicate_id"], row["object_label"]) == ("skos:exactMatch", "")
            continue
        iri = SET.expand(row["object_id"])
        assert panet().is_technique(iri)
        assert panet().terms[iri].label == row["object_label"]


def test_every_row_of_esrfet_has_its_reason() -> None:
    """A lexical match is exact and certain, whatever was judged is neither."""
    for row in SET:
        subject = esrfet().terms[SET.expand(row["subject_id"])]
        term = panet().terms[SET.expand(row["object_id"])]
        confidence = float(row["confidence"])
        assert row["reviewer_label"] == "panharvest"
        if row["mapping_justification"] == "semapv:LexicalMatching":
            assert (row["predicate_id"], confidence) == ("skos:exactMatch", 1.0)
            names = {fold(one) for one in (subject.label, *subject.alt_labels)}
            labels = {fold(one) for one in (term.label, *term.alt_labels)}
            assert row["match_string"] in names & labels
        else:
            assert row["mapping_justification"] == "semapv:ManualMappingCuration"
            assert 0.5 < confidence < 1
            assert row["match_string"] == ""
            if row["predicate_id"] != "skos:broadMatch":
                assert row["comment"], row["subject_id"]


def test_an_exact_label_that_is_not_mapped_exactly_says_why() -> None:
    """PaNET shares labels between terms, and labels with other meanings."""
    mapped: dict[str, dict[str, dict[str, str]]] = {}
    for row in SET:
        mapped.setdefault(row["subject_id"], {})[SET.expand(row["object_id"])] = row
    judged = {}
    for term in esrfet().terms.values():
        rows = mapped.get(curie(term.iri))
        if rows is None:
            continue
        for label in {fold(one) for one in (term.label, *term.alt_labels)}:
            for iri in panet().labels.get(label, ()):
                row = rows.get(iri)
                if row is None or row["predicate_id"] != "skos:exactMatch":
                    judged[term.label, iri[-5:]] = row["comment"] if row else None
    assert all(comment != "" for comment in judged.values())
    assert {key for key, comment in judged.items() if comment is None} == {
        ("XRF", "01095"),  # long name; the row of PaNET01177 says why not
        ("S-XRD", "01102"),  # SXRD is another technique in PaNET: the row says so
        ("VLM", "01179"),
    } & set(judged)


def test_exact_matches_are_one_to_one() -> None:
    exact = [r for r in SET if r["predicate_id"] == "skos:exactMatch"]
    for side in ("subject_id", "object_id"):
        names = [row[side] for row in exact]
        assert len(names) == len(set(names))


def test_no_row_of_esrfet_says_less_than_another() -> None:
    targets: dict[str, list[str]] = {}
    for row in SET:
        targets.setdefault(row["subject_id"], []).append(SET.expand(row["object_id"]))
    for iris in targets.values():
        assert panet().most_specific(iris) == tuple(iris)


# Where ESRFET's reasoned hierarchy puts a technique under one that is mapped exactly,
# and PaNET's does not: gaps of one of them, none of the mapping.
HIERARCHIES_DIFFER = {
    "x-ray probe": (  # PaNET does not put x-ray fluorescence under it
        *("FF-XRF", "MACRO-XRF", "MICRO-XRF", "NANO-XRF", "S-XRF", "SIXES", "TXRF"),
        *("WDS", "XRF"),
    ),
    "x-ray diffraction": (  # to ESRFET all elastic scattering of x-rays is diffraction
        *("BioSAXS", "GISAXS", "GIXRD", "SAXS", "TR-XSS", "USAXS", "XAPCT"),
    ),
    "tomography": ("CRYO-EM",),  # three dimensions without tilting
    "x-ray absorption spectroscopy": ("SIXES",),  # maps at a few energies
}


def test_the_mapping_of_esrfet_follows_both_hierarchies() -> None:
    exact = {
        SET.expand(row["subject_id"]): SET.expand(row["object_id"])
        for row in SET
        if row["predicate_id"] == "skos:exactMatch"
    }
    differ: dict[str, set[str]] = {}
    for subject, targets in load_knowledge().esrfet.items():
        under = {target.iri for target in targets}
        under |= {a for one in tuple(under) for a in panet().ancestors(one)}
        for above in esrfet().ancestors(subject) & set(exact):
            if exact[above] not in under:
                label = panet().terms[exact[above]].label
                differ.setdefault(label, set()).add(esrfet().terms[subject].label)
    assert differ == {key: set(names) for key, names in HIERARCHIES_DIFFER.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HERFD-XAS", ["01196"]),  # a name of ESRFET only
        ("XAS XRF", ["01196", "01177"]),
        ("HiP-CT", ["01332"]),
        ("SXRD", ["01102"]),  # PaNET's meaning of a name that both have
    ],
)
def test_names_of_esrfet_count_as_names(text: str, expected: list[str]) -> None:
    assert infer(name(text)) == expected
    assert all(one.confidence == 0.5 for one in infer_techniques(name(text), ()))


# Where we say something that does not follow from the curator's term, and why.
ARGUED = {
    "dls/i18_fluo.nxs": "x-ray fluorescence; 01096, its tomography, is not below it",
    "dls/i16_1040323.nxs": "diffraction; PaNET does not have REXS below it",
    "ess/small-coda_odin.hdf": "neutron probe, beside the curator's tomography",
    "ipns/chopper.nxs": "time of flight, beside the curator's inelastic scattering",
    "nist/usans_5wt_R972.h5": "SANS; PaNET 1.3.0 does not have USANS below it",
}


def test_no_real_file_gets_a_wrong_technique(shared: Path) -> None:
    """The curator's table of the real files, with the usual probe of neutron sites."""
    neutron_sites = ("ILL", "PSI", "ISIS", "NIST", "ESS", "IPNS")
    vocabulary = panet()
    known = inferred = 0
    with (shared / "nexus" / "index.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        split = {
            key: [part.strip(" {}") for part in row[key].split("|")]
            for key in ("definition", "probe", "source_type")
        }
        site = row["facility_curated"] or ""
        probes = infer_probes(
            ProbeClues(
                names=[(v, f"/s{n}/probe") for n, v in enumerate(split["probe"])],
                types=[(v, f"/s{n}/type") for n, v in enumerate(split["source_type"])],
                definitions=[(v, "/definition") for v in split["definition"]],
                facility_probe="neutron" if site.startswith(neutron_sites) else None,
            )
        )
        found = infer_techniques(definition(*split["definition"]), probes)
        curated = normalise_term(row["panet_suggested"] or "")
        known += curated is not None
        inferred += bool(curated and found)
        if curated is None:
            assert found == (), row["file"]
            continue
        right = vocabulary.ancestors(curated) | {curated}
        follows = {one.iri for one in found} <= right
        assert follows == (row["file"] not in ARGUED), row["file"]
    assert known > 25
    assert inferred >= 15
