from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mapsets import HEAD, PREFIXES, check_text, codes, found, mapping_set, row, run

from panharvest.mapcheck import lexicon
from panharvest.tables import read_text, resource

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("curie", "label", "advice"),
    [
        ("panet:PaNETPaNET01101", "", "panet:PaNET01101"),
        ("panet:PaNET01101_", "", "panet:PaNET01101"),
        ("panet:PaNET99999", "x-ray powder diffraction", "panet:PaNET01101"),
        ("panet:PaNET99999", "", ""),
    ],
)
def test_a_term_that_is_not_in_the_pinned_version(
    curie: str, label: str, advice: str
) -> None:
    [one] = list(check_text(mapping_set(row("lab:a", curie, label))).findings)
    assert (one.code, one.level) == ("M010", "error")
    assert advice in one.suggestion


def test_a_suggestion_is_spelt_as_the_set_spells() -> None:
    prefixes = {
        "PaNET": "http://purl.org/pan-science/PaNET/PaNET",
        "lab": "https://example.org/",
    }
    cells = row("lab:a", "PaNET:99999", "x-ray powder diffraction")
    [one] = check_text(mapping_set(cells, prefixes=prefixes)).findings
    assert one.suggestion == "is PaNET:01101 'x-ray powder diffraction' meant?"


def test_a_wrong_label_tells_which_term_is_meant() -> None:
    cells = row("lab:a", "panet:PaNET00408", "mass spectrometry")
    [one] = [f for f in check_text(mapping_set(cells)).findings if f.code == "M012"]
    assert one.level == "error"
    assert "panet:PaNET01268 'mass spectrometry'" in one.suggestion


@pytest.mark.parametrize(
    "label", ["X-ray powder diffraction", "x-ray  powder diffraction", ""]
)
def test_case_and_blanks_of_labels_do_not_count(label: str) -> None:
    assert codes(mapping_set(row(label=label))) == set()


def test_an_alternative_label_is_a_warning() -> None:
    text = mapping_set(row("lab:a", "panet:PaNET01196", "XAS"))
    assert [level for level, _ in found(text, "M012")] == ["warning"]


def test_one_term_with_two_labels() -> None:
    one = row("lab:a", subject_label="one")
    two = row(
        "lab:a",
        "panet:PaNET01100",
        "neutron powder diffraction",
        "skos:closeMatch",
        subject_label="two",
    )
    [(level, message)] = found(mapping_set(one, two), "M013")
    assert level == "error"
    assert "'two', and 'one' in line" in message


@pytest.mark.parametrize(
    ("curie", "level"),
    [
        ("panet:PaNET2020009", "error"),  # a specifier
        ("panet:PaNET00001", "error"),
        ("panet:PaNET00002", "error"),
        ("panet:PaNET00304", "warning"),  # versus time
        ("panet:PaNET00101", "info"),  # neutron probe
    ],
)
def test_what_cannot_describe_a_dataset(curie: str, level: str) -> None:
    text = mapping_set(row("lab:a", curie, ""))
    assert [one for one, _ in found(text, "M014")] == [level]


def test_a_specifier_may_be_aligned_as_a_subject() -> None:
    cells = row("panet:PaNET2020009", "lab:x", "x", subject_label="x-ray")
    head = {**HEAD, "subject_source_version": "1.3.0"}
    assert found(mapping_set(cells, head=head), "M014") == []


def test_a_deprecated_term_names_its_successor(tmp_path: Path) -> None:
    """PaNET has none yet: a version that does, of our making."""
    table = read_text(resource("panet", "1.3.0.tsv"))
    lines = [
        line.replace("\tcurrent\t", "\tdeprecated\tPaNET01216")
        if line.startswith("PaNET01101\t")
        else line
        for line in table.split("\n")
    ]
    version = tmp_path / "next.tsv"
    version.write_text("\n".join(lines), encoding="utf-8")
    file = tmp_path / "lab.sssom.tsv"
    file.write_text(mapping_set(), encoding="utf-8")
    report = run(file, panet=str(version))
    [one] = [f for f in report.findings if f.code == "M011"]
    assert one.level == "error"
    assert one.suggestion == "use panet:PaNET01216 'x-ray diffraction'"


@pytest.mark.parametrize(
    "namespace",
    [
        "https://purl.org/pan-science/PaNET/",
        "http://www.purl.org/pan-science/PaNET/",
        "http://purl.org/pan-science/PaNET/",
    ],
)
def test_every_spelling_of_a_namespace_is_looked_up(namespace: str) -> None:
    prefixes = {**PREFIXES, "panet": namespace}
    text = mapping_set(row("lab:a", "panet:PaNET09999", ""), prefixes=prefixes)
    assert "M010" in codes(text)


def test_esrfet_is_pinned_too() -> None:
    prefixes = {**PREFIXES, "esrfet": "https://w3id.org/PaN/ESRFET/v0.1.0/#"}
    head = {**HEAD, "subject_source_version": "0.1.0"}
    good = row(
        "esrfet:XAS",
        "panet:PaNET01196",
        "x-ray absorption spectroscopy",
        subject_label="XAS",
    )
    assert codes(mapping_set(good, prefixes=prefixes, head=head)) == set()
    wrong = row("esrfet:NOPE", "panet:PaNET01196", "x-ray absorption spectroscopy")
    assert "M010" in codes(mapping_set(wrong, prefixes=prefixes, head=head))


def test_nexus_paths() -> None:
    prefixes = {
        **PREFIXES,
        "nxo": "https://w3id.org/PaN/NeXus/definitions#",
        "rec": "https://w3id.org/panharvest/record#",
    }
    head = {**HEAD, "subject_source_version": "2026.01"}

    def codes_of(id_: str, label: str, target: str = "rec:titles") -> set[str]:
        cells = row(id_, target, "", subject_label=label)
        return codes(mapping_set(cells, prefixes=prefixes, head=head))

    assert codes_of("nxo:nxentry-title-field", "NXentry/title") == set()
    assert codes_of("nxo:nxobject-identifiername-field", "NXuser/identifier*") == set()
    assert codes_of("nxo:nxentry-title-field", "NXentry/run_cycle") == {"M030"}
    assert codes_of("nxo:nxentry-nothing-field", "NXentry/nothing") == {"M030"}
    assert codes_of("nxo:nxentry-title-field", "NXentry/title", "rec:nothing") == {
        "M031"
    }


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        (("dcite:titles/title",), None),
        (("dcite:titles/titel",), "M031"),
        (("dcite:contributors/contributor[HostingInstitution]",), None),
        (("dcite:contributors/contributor[Nobody]",), "M031"),
        (("dcite:publicationYear", "dcite:publicationYear"), "M032"),
        (("dcite:titles/title", "dcite:titles/title"), None),
        (("schema:name",), None),
        (("schema:notATerm",), "M031"),
    ],
)
def test_targets(targets: tuple[str, ...], code: str | None) -> None:
    prefixes = {
        **PREFIXES,
        "schema": "https://schema.org/",
        "dcite": "https://w3id.org/panharvest/datacite#",
    }
    rows = [
        row(f"lab:{number}", target, "", "skos:closeMatch", subject_label=f"l{number}")
        for number, target in enumerate(targets)
    ]
    text = mapping_set(*rows, prefixes=prefixes)
    assert codes(text) == ({code} if code else set())


@pytest.mark.parametrize(
    ("target", "since"),
    [
        ("contributors/contributor[Translator]", "4.6"),
        ("publisher@publisherIdentifier", "4.5"),
        ("relatedIdentifiers/relatedIdentifier[RAiD]", "4.7"),
        ("relatedItems/relatedItem", "4.4"),
    ],
)
def test_targets_are_those_of_the_kernel_that_a_set_names(
    target: str, since: str
) -> None:
    prefixes = {**PREFIXES, "dcite": "https://w3id.org/panharvest/datacite#"}
    cells = row("lab:a", f"dcite:{target}", "", "skos:closeMatch", subject_label="l")
    for kernel in ("4.4", "4.5", "4.6", "4.7"):
        head = {**HEAD, "object_source_version": f'"{kernel}"'}
        text = mapping_set(cells, prefixes=prefixes, head=head)
        messages = [message for _, message in found(text, "M031")]
        assert bool(messages) == (kernel < since), kernel
        assert all(message.endswith(f"DataCite {kernel}") for message in messages)


def test_only_so_many_wrong_names_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first have a suggestion, and so has any that was asked before."""
    monkeypatch.setattr(lexicon, "GUESSES", 2)
    panet = lexicon.Lexicons().get("panet")
    wrong = [f"PaNET0110{n}x" for n in (0, 1, 2)]
    assert [bool(panet.resembling(one)) for one in wrong] == [True, True, False]
    assert panet.resembling(wrong[0])
