"""Dublin Core: always valid, and everything a reader can recover is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from lxml import etree
from samples import MUON, PANET, POWDER
from xsd import assert_valid

from panharvest.formats import FORMATS
from panharvest.record import Embargo, Funding, Identifier, Kind, Moment, Record
from panharvest.testing.records import records

if TYPE_CHECKING:
    from collections.abc import Callable

DC = "{http://purl.org/dc/elements/1.1/}"


def values(record: Record) -> dict[str, list[str]]:
    body = FORMATS["oai_dc"].write(record)
    assert body is not None
    found: dict[str, list[str]] = {}
    for element in assert_valid(body):
        name = etree.QName(element).localname
        found.setdefault(name, []).append(element.text or "")
    return found


@given(records())
def test_any_record_gives_a_valid_document(record: Record) -> None:
    for name, texts in values(record).items():
        assert all(text.strip() for text in texts), name


@pytest.mark.parametrize("name", ["powder", "muon"])
def test_golden(name: str, golden: Callable[[str, bytes], None]) -> None:
    body = FORMATS["oai_dc"].write({"powder": POWDER, "muon": MUON}[name])
    assert body is not None
    pretty = etree.tostring(assert_valid(body), pretty_print=True, encoding="utf-8")
    golden(f"formats/oai_dc-{name}.xml", pretty)


def test_the_address_is_the_first_identifier() -> None:
    assert values(POWDER)["identifier"][0] == "https://doi.org/10.1234/esrf-es-1"
    assert values(MUON)["identifier"] == [MUON.landing_page, MUON.id]


def test_iris_stand_beside_labels() -> None:
    subjects = values(POWDER)["subject"]
    place = subjects.index("x-ray powder diffraction")
    assert subjects[place + 1] == f"{PANET}01101"
    assert values(POWDER)["type"] == [
        "dataset",
        "http://purl.org/coar/resource_type/c_ddb1",
    ]


def test_rights_and_embargo_in_the_words_of_openaire() -> None:
    found = values(MUON)
    assert found["rights"] == [
        "info:eu-repo/semantics/embargoedAccess",
        "http://purl.org/coar/access_right/c_f1cf",
    ]
    assert found["date"] == ["2026-03-02", "info:eu-repo/date/embargoEnd/2026-03-02"]
    vague = replace(MUON, embargo=Embargo(end=Moment("2026")))
    assert values(vague)["date"] == ["2026"]


def test_the_licence_is_an_address_first() -> None:
    assert values(POWDER)["rights"][2:] == [
        "https://creativecommons.org/licenses/by/4.0/legalcode",
        "Creative Commons Attribution 4.0 International",
    ]


@pytest.mark.parametrize(
    ("funding", "relation"),
    [
        (Funding("Horizon 2020", award_number="1"), "EC/H2020/1"),
        (
            Funding("EC", Identifier("10.13039/100018693", "Crossref Funder ID"), "2"),
            "EC/HE/2",
        ),
        (Funding("Seventh Framework Programme", award_number="3"), "EC/FP7/3"),
        (
            Funding("X", None, "4", "info:eu-repo/grantAgreement/FCT/X/4/PT"),
            "FCT/X/4/PT",
        ),
    ],
)
def test_grants(funding: Funding, relation: str) -> None:
    record = replace(MUON, instruments=(), funding=(funding,))
    assert values(record)["relation"] == [f"info:eu-repo/grantAgreement/{relation}"]


def test_other_grants_are_named_by_their_address_or_not_at_all() -> None:
    funding = (
        Funding("DFG", award_number="5", award_uri="https://example.org/5"),
        Funding("ANR", award_number="6"),
    )
    record = replace(MUON, instruments=(), funding=funding)
    assert values(record)["relation"] == ["https://example.org/5"]


def test_derivation_is_the_source() -> None:
    found = values(POWDER)
    assert found["source"] == ["https://doi.org/10.1234/raw"]
    assert "https://doi.org/10.1234/paper" in found["relation"]


def test_a_bare_record_still_has_a_form() -> None:
    assert values(Record(id="x", kind=Kind.DOCUMENT)) == {
        "type": ["text", "http://purl.org/coar/resource_type/c_18cf"],
        "identifier": ["x"],
    }
