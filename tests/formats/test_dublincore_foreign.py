"""Dublin Core read as records: what a value is, is told by its form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import SkipError
from panharvest.formats import FORMATS, READERS
from panharvest.formats.dublincore_reading import read
from panharvest.record import (
    Access,
    AccessStatus,
    Agent,
    Embargo,
    Identifier,
    Interval,
    Kind,
    Licence,
    Location,
    Moment,
    Nature,
    Relation,
    ResourceType,
    Right,
    Technique,
    Text,
)
from panharvest.testing.records import publishable_records

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.record import Record

PANET = "http://purl.org/pan-science/PaNET/PaNET"


def document(**values: list[str] | str) -> bytes:
    found = "".join(
        f"<dc:{name}>{text}</dc:{name}>"
        for name, texts in values.items()
        for text in ([texts] if isinstance(texts, str) else texts)
    )
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{found}</oai_dc:dc>'
    ).encode()


def record(**values: list[str] | str) -> Record:
    return read(document(title="T", **values)).record


def test_a_plain_record() -> None:
    found = record(
        creator=["Doe, Jo", "Roe, Al"],
        publisher="A Facility",
        description=["What it is", "More"],
        date="2021-06-14",
        language="en",
        format="application/x-hdf5",
    )
    assert found.titles == (Text("T"),)
    assert found.creators == (Agent("Doe, Jo"), Agent("Roe, Al"))
    assert found.publisher == Agent("A Facility", Nature.ORGANISATIONAL)
    assert found.descriptions == (
        Text("What it is", "Abstract"),
        Text("More", "Abstract"),
    )
    assert found.issued == Moment("2021-06-14")
    assert (found.language, found.formats) == ("en", ("application/x-hdf5",))


@pytest.mark.parametrize(
    ("given_", "pid", "page"),
    [
        (["10.1234/ABC"], Identifier("10.1234/abc", "DOI"), None),
        (["doi:10.1234/abc"], Identifier("10.1234/abc", "DOI"), None),
        (["DOI: 10.1234/abc"], Identifier("10.1234/abc", "DOI"), None),
        (["https://doi.org/10.1234/abc"], Identifier("10.1234/abc", "DOI"), None),
        (["http://hdl.handle.net/11/x"], Identifier("11/x", "Handle"), None),
        (
            ["https://x.example.org/1", "10.1234/a"],
            Identifier("10.1234/a", "DOI"),
            "https://x.example.org/1",
        ),
        (["9442"], None, None),
    ],
)
def test_identifiers(
    given_: list[str], pid: Identifier | None, page: str | None
) -> None:
    found = record(identifier=given_)
    assert (found.pid, found.landing_page) == (pid, page)
    assert found.id


def test_the_same_identifier_in_two_spellings_is_one() -> None:
    found = record(identifier=["https://doi.org/10.1/x", "10.1234/x", "doi:10.1234/X"])
    assert found.pid == Identifier("10.1234/x", "DOI")
    assert all(one.value != "10.1234/x" for one in found.alternate_identifiers)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["dataset"], Kind.DATASET),
        (["Dataset"], Kind.DATASET),
        (["http://purl.org/coar/resource_type/c_ddb1"], Kind.DATASET),
        (["https://purl.org/coar/resource_type/c_5ce6"], Kind.SOFTWARE),
        (["Software"], Kind.SOFTWARE),
        (["Collection"], Kind.COLLECTION),
        (["something of ours", "Dataset"], Kind.DATASET),
        (["something of ours"], Kind.OTHER),
        ([], Kind.OTHER),
    ],
)
def test_types(texts: list[str], kind: Kind) -> None:
    assert record(type=texts).kind is kind


def test_a_type_that_nobody_knows_is_kept_as_words() -> None:
    assert record(type="Raw scans").resource_type == ResourceType("Other", "Raw scans")


def test_dates_that_name_their_type() -> None:
    found = record(
        date=[
            "Created: 2021-06-14",
            "Available: 2024-06-14",
            "info:eu-repo/date/embargoEnd/2025-01-01",
            "2022",
            "2021-06-01/2021-06-03",
        ]
    )
    assert found.created == Moment("2021-06-14")
    assert found.embargo == Embargo(end=Moment("2025-01-01"))  # the later one
    assert found.issued == Moment("2022")
    assert found.collected == Interval(Moment("2021-06-01"), Moment("2021-06-03"))


def test_a_date_that_is_none_is_told() -> None:
    found = read(document(title="T", date=["soon", "Available: n/a"]))
    assert {problem.code for problem in found.problems} == {"OD-DATE-001"}
    assert found.record.issued is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("info:eu-repo/semantics/openAccess", AccessStatus.OPEN),
        ("info:eu-repo/semantics/embargoedAccess", AccessStatus.EMBARGOED),
        ("http://purl.org/coar/access_right/c_f1cf", AccessStatus.EMBARGOED),
        ("https://purl.org/coar/access_right/c_16ec/", AccessStatus.RESTRICTED),
        ("Open Access", AccessStatus.OPEN),
        ("embargoed access", AccessStatus.EMBARGOED),
        ("closedAccess", AccessStatus.METADATA_ONLY),
    ],
)
def test_access(text: str, status: AccessStatus) -> None:
    assert record(rights=text).access == Access(status)


def test_the_strictest_access_counts() -> None:
    found = record(
        rights=[
            "info:eu-repo/semantics/openAccess",
            "info:eu-repo/semantics/embargoedAccess",
        ]
    )
    assert found.access == Access(AccessStatus.EMBARGOED)


def test_licences_and_other_words_about_rights() -> None:
    found = record(
        rights=["https://creativecommons.org/licenses/by/4.0/", "Ask us first"]
    )
    assert found.licence is not None
    assert found.licence.spdx == "CC-BY-4.0"
    assert found.rights == (Right("Ask us first"),)
    assert record(rights="Copyright by us").licence == Licence(name="Copyright by us")
    assert record(rights="Available to the public.").access is None


@pytest.mark.parametrize(
    "text",
    [
        f"{PANET}01188",
        "https://purl.org/pan-science/PaNET/PaNET01188",
        "http://www.purl.org/pan-science/PaNET#PaNET01188",
        "PaNET:PaNET01188",
        "PaNET01188",
        "panet:01188",
    ],
)
def test_techniques_in_all_their_spellings(text: str) -> None:
    found = record(subject=["neutrons", text])
    (technique,) = found.techniques
    assert technique.iri == f"{PANET}01188"
    assert found.keywords == ("neutrons",)
    again = record(subject=[technique.label, text])
    assert again.techniques == (Technique(technique.iri, technique.label),)
    assert again.keywords == ()


def test_relations_and_places() -> None:
    found = read(
        document(
            title="T",
            relation=["https://doi.org/10.1234/p", "a beamline"],
            source="10.1234/raw",
            coverage=["Grenoble", "2021-06-01/2021-06-03", "1999"],
        )
    )
    assert found.record.relations == (
        Relation(Identifier("10.1234/raw", "DOI"), "IsDerivedFrom"),
        Relation(Identifier("10.1234/p", "DOI"), "Other", information="dc:relation"),
    )
    assert found.record.location == Location(place="Grenoble")
    assert found.problems == ()


def test_what_is_not_dublin_core_is_refused() -> None:
    for body in (b"<x><y>z</y></x>", b"<dc/>", b"not xml", b"<!DOCTYPE x><x/>"):
        with pytest.raises(SkipError):
            read(body)


def test_the_id_is_given_or_its_own() -> None:
    body = document(title="T", identifier=["https://x.example.org/1", "10.1234/a"])
    assert read(body).record.id == "10.1234/a"
    assert read(body, id="mine").record.id == "mine"
    assert READERS["oai_dc"].read(body, id="mine") == read(body, id="mine")


@pytest.mark.parametrize("sample", [samples.POWDER, samples.MUON])
def test_our_own_documents_are_understood(sample: Record) -> None:
    body = FORMATS["oai_dc"].write(sample)
    assert body is not None
    found = read(body, id=sample.id).record
    assert [t.value for t in found.titles] == [t.value for t in sample.titles]
    assert [a.name for a in found.creators] == [a.name for a in sample.creators]
    assert (found.pid, found.kind in (sample.kind, Kind.DATASET)) == (sample.pid, True)
    assert {t.iri for t in found.techniques} == {t.iri for t in sample.techniques}
    assert {p.iri for p in found.probes} == {p.iri for p in sample.probes}
    assert (found.access and found.access.status) == (
        sample.access and sample.access.status
    )
    end = sample.embargo.end if sample.embargo else None
    assert (found.embargo.end if found.embargo else None) == end


@given(publishable_records())
def test_whatever_we_write_can_be_read(sample: Record) -> None:
    body = FORMATS["oai_dc"].write(sample)
    assert body is not None
    found = read(body, id=sample.id).record
    assert found.id == sample.id
    assert found.access is None or sample.access is not None


@given(st.lists(st.text("abc: /0129-.T\n", max_size=20), max_size=4))
def test_no_values_are_fatal(texts: list[str]) -> None:
    for name in ("date", "rights", "identifier", "type", "coverage", "relation"):
        record(**{name: texts})


def test_real_records(shared: Path) -> None:
    folder = shared / "oai"
    found = {
        file.name.partition("__")[0]: read(file.read_bytes(), id="x").record
        for file in folder.glob("b2find/*oai_dc__*.xml")
    }
    assert set(found) == {"egidatahub-oai_dc", "materialscloud-oai_dc", "seanoe-oai_dc"}
    for one in found.values():
        assert one.titles
        assert one.creators or one.publisher
        assert one.pid or one.landing_page
    elettra = read((folder / "eosc-dc" / "elettra_raw.xml").read_bytes(), id="x")
    assert elettra.record.created == Moment("2021-06-14")
    assert elettra.record.kind is Kind.EXPERIMENT
    assert {problem.code for problem in elettra.problems} == {"OD-READ-001"}
