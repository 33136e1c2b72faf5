"""Dublin Core is read for what its bare values most probably are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from samples import POWDER

from panharvest.errors import SkipError
from panharvest.formats.dublincore import DublinCore
from panharvest.formats.dublincore_reading import read
from panharvest.record import (
    Access,
    AccessStatus,
    Embargo,
    Identifier,
    Interval,
    Kind,
    Licence,
    Moment,
    Record,
    Relation,
    Text,
)
from panharvest.testing.records import publishable_records

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "oai"
HEAD = "<oai_dc:dc xmlns:oai_dc='http://www.openarchives.org/OAI/2.0/oai_dc/'"
HEAD += " xmlns:dc='http://purl.org/dc/elements/1.1/'>"


def of(inner: str) -> Record:
    return read(f"{HEAD}{inner}</oai_dc:dc>".encode(), id="x").record


def test_our_own_document_gives_back_what_it_says() -> None:
    found = read(DublinCore().write(POWDER)).record
    assert found.pid == POWDER.pid
    assert found.kind is Kind.DATASET  # Dublin Core has no word for raw data
    assert [t.value for t in found.titles] == [t.value for t in POWDER.titles]
    assert [t.type for t in found.titles] == [t.type for t in POWDER.titles]
    assert found.techniques == POWDER.techniques
    assert [p.iri for p in found.probes] == [p.iri for p in POWDER.probes]
    assert found.collected == POWDER.collected
    assert found.embargo == Embargo(None, Moment("2024-05-31"))
    assert found.access == POWDER.access
    assert found.licence == POWDER.licence
    assert found.location == POWDER.location
    assert found.definitions == POWDER.definitions
    assert found.formats == POWDER.formats
    assert found.language == "en"
    assert found.funding[0].award_number == "823852"
    assert (
        Relation(Identifier("10.1234/raw", "DOI"), "IsDerivedFrom") in found.relations
    )


@given(publishable_records())
def test_no_document_of_ours_breaks_the_reader(record: Record) -> None:
    found = read(DublinCore().write(record), id="x").record
    assert len(found.creators) == len(
        {" ".join(a.name.split()) for a in record.creators}
    )


@pytest.mark.parametrize("file", sorted(DATA.glob("**/*dc*.xml")), ids=lambda p: p.name)
def test_what_others_wrote(file: Path) -> None:
    document = file.read_bytes()
    if b"purl.org/dc/elements" not in document or b"<error" in document:
        pytest.skip("has no Dublin Core")
    try:
        record = read(document).record
    except SkipError as refusal:
        assert refusal.code == "document.foreign"
        return
    assert record.titles
    assert record.pid or record.landing_page


def test_dates_with_labels() -> None:
    record = of(
        "<dc:date>2020</dc:date><dc:date>Created: 2018-01-18</dc:date>"
        "<dc:date>Updated: 2019-01-18</dc:date><dc:date>2017-01-01/2017-02-01</dc:date>"
        "<dc:date>info:eu-repo/date/embargoEnd/2023-01-01</dc:date>"
        "<dc:date>soon</dc:date>"
    )
    assert record.issued == Moment("2020")
    assert record.created == Moment("2018-01-18")
    assert record.modified == Moment("2019-01-18")
    assert record.collected == Interval(Moment("2017-01-01"), Moment("2017-02-01"))
    assert record.embargo == Embargo(None, Moment("2023-01-01"))


def test_rights_and_identifiers() -> None:
    record = of(
        "<dc:identifier>doi:10.1234/A</dc:identifier>"
        "<dc:identifier>https://example.org/1</dc:identifier>"
        "<dc:identifier>LS-1</dc:identifier>"
        "<dc:rights>info:eu-repo/semantics/openAccess</dc:rights>"
        "<dc:rights>CC BY 4.0</dc:rights><dc:rights>Ask us</dc:rights>"
        "<dc:title xml:lang='de'>Quarz</dc:title>"
    )
    assert record.pid == Identifier("10.1234/a", "DOI")
    assert record.landing_page == "https://example.org/1"
    assert record.alternate_identifiers == (Identifier("LS-1", "Local"),)
    assert record.access == Access(AccessStatus.OPEN)
    assert record.licence
    assert record.licence.spdx == "CC-BY-4.0"
    assert record.rights[0].text == "Ask us"
    assert record.titles == (Text("Quarz", None, "de"),)
    assert of("<dc:rights>https://example.org/licence</dc:rights>").licence == Licence(
        url="https://example.org/licence"
    )


def test_a_relation_of_unknown_kind_says_so() -> None:
    (relation,) = of("<dc:relation>https://doi.org/10.1234/x</dc:relation>").relations
    assert (relation.type, relation.information) == ("Other", "dc:relation")


@pytest.mark.parametrize(
    "document", [b"<a/>", b"<dc:title/>", b"{}", b"<title>x</title>"]
)
def test_what_is_none_is_refused(document: bytes) -> None:
    with pytest.raises(SkipError):
        read(document)
