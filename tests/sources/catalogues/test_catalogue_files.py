"""Files of catalogues that are broken, hostile, or dirty as real ones are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panharvest.building import build_context
from panharvest.catalogued import Entry, Position
from panharvest.config import Settings
from panharvest.errors import SkipError
from panharvest.mapping.entries import encode, map_entry
from panharvest.policy import decide
from panharvest.sources.catalogues import icatplus, panosc, scicat_files
from panharvest.sources.catalogues.files import Piece, parse_large, parse_yaml
from panharvest.sources.catalogues.from_files import READERS, FileSource

if TYPE_CHECKING:
    from pathlib import Path

    from panharvest.mapping import Mapped

CONTEXT = build_context(Settings())


def read(kind: str, path: Path) -> tuple[list[Entry], list[str]]:
    source = FileSource(kind, [path])
    pages = list(source.pages(Position(), 0))
    return (
        [one for page in pages for one in page.entries],
        [one.code for page in pages for one in page.refused],
    )


def mapped(document: dict[str, Any], entity: str = "Dataset") -> Mapped:
    """Map a document of SciCat as it would be ingested."""
    entry = Entry(f"{entity}:x", "scicat", entity, document, local="x")
    raw = encode(entry, "catalogue+scicat:x", {})
    return map_entry(raw, CONTEXT.tables, CONTEXT.facilities)


BOMB = b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (BOMB, "document.yaml"),
        (b"a: !!python/object/apply:os.system ['true']\n", "document.yaml"),
        (b"a: [\n", "document.yaml"),
        (b"a: " + b"[" * 300 + b"]" * 300, "document.large"),
    ],
)
def test_hostile_yaml(body: bytes, code: str) -> None:
    with pytest.raises(SkipError) as told:
        parse_yaml(body)
    assert told.value.code == code


def test_yaml_has_no_dates_and_no_surprises() -> None:
    (found,) = parse_yaml(b"day: 2020-01-01\ntime: 2020-01-01T10:00:00+01:00\nn: 1\n")
    assert found == {
        "day": "2020-01-01",
        "time": "2020-01-01T10:00:00+01:00",
        "n": 1,
    }


@pytest.mark.parametrize("kind", sorted(READERS))
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x01\x02",
        b"[[[",
        b"{}",
        b"[]",
        b"null",
        b'[1, "x", null, true, []]',
        b"<icatdata><data/></icatdata>",
        b'<!DOCTYPE x [<!ENTITY e "x">]><icatdata>&e;</icatdata>',
        b"<html/>",
        b"a: 1\nb: [2]\n",
        b'{"models": {"Dataset": {"a": "{broken", "b": 3}}}',
        b'{"document": 3, "datasets": [4]}',
        '[{"pid": "\ud83d\ude00"}]'.encode("utf-16", "surrogatepass"),
        b"[" * 200 + b"]" * 200,
    ],
)
def test_nothing_that_is_no_catalogue_breaks_a_run(
    kind: str, body: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "odd.json"
    file.write_bytes(body)
    entries, _ = read(kind, file)
    assert entries == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "pid",
                        "doi",
                        "id",
                        "_id",
                        "datasetName",
                        "creationTime",
                        "owner",
                    ),
                    *("pidArray", "datasetPids", "status", "isPublished", "isPublic"),
                    *("title", "releaseDate", "techniques", "datasets", "documents"),
                    *("investigation", "visitId", "name", "updatedAt", "samples"),
                    *("origdatablocks", "dataFileList", "instrument", "metadata"),
                    *("publisher", "sampleIds", "files", "investigationUsers", "type"),
                    *("document", "models", "panosc", "scientificMetadata", "members"),
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=300)
@given(st.lists(JSON, max_size=4))
def test_any_json_is_read_mapped_and_decided(documents: list[Any]) -> None:
    """And what does not say plainly that it is public is not."""
    pieces = [Piece(one, "x", "") for one in documents if isinstance(one, dict)]
    for reader in (scicat_files.Catalogue(), panosc.Catalogue(), icatplus.Catalogue()):
        for refused in reader.take(pieces):
            assert refused.code.startswith("document.")
        for entry in reader.entries():
            raw = encode(entry, "catalogue+x:y", {})
            found = map_entry(raw, CONTEXT.tables, CONTEXT.facilities)
            timeline = decide(found.record, None, found.claims)
            said = entry.document.get("isPublished", entry.document.get("isPublic"))
            if entry.entity in ("Dataset", "Document") and said is not True:
                assert timeline.opens_at is None
                assert timeline.code in ("embargo.not-public", "withdrawn")


# --- the list of dirty data that catalogues have ------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "10.1234/AbC",
        "doi:10.1234/abc",
        "DOI:10.1234/abc",
        "https://doi.org/10.1234/abc",
    ],
)
def test_spellings_of_a_doi(written: str) -> None:
    found = mapped(
        {"doi": written, "title": "x", "status": "registered"}, "PublishedData"
    )
    assert found.record.pid is not None
    assert found.record.pid.value == "10.1234/abc"


@pytest.mark.parametrize("written", [" ", "", "n/a", None, 3])
def test_a_doi_that_is_none(written: object) -> None:
    found = mapped(
        {"doi": written, "title": "x", "status": "registered"}, "PublishedData"
    )
    assert found.record.pid is None
    assert found.record.id


@pytest.mark.parametrize(
    "written",
    [
        "PaNET01188",
        "PaNET:PaNET01188",
        "http://purl.org/pan-science/PaNET/PaNET01188",
        "https://purl.org/pan-science/PaNET/PaNET01188",
    ],
)
def test_spellings_of_a_technique(written: str) -> None:
    document = content.scicat_dataset(1, techniques=[{"pid": written, "name": "x"}])
    (technique,) = mapped(document).record.techniques
    assert technique.label == "small angle x-ray scattering"


def test_an_identifier_and_a_name_that_contradict_each_other() -> None:
    slip = {"pid": "PaNET01188", "name": "x-ray absorption spectroscopy"}
    found = mapped(content.scicat_dataset(1, techniques=[slip]))
    (problem,) = (p for p in found.problems if p.code == "MAP-TECHNIQUE")
    assert "small angle x-ray scattering" in problem.message
    assert "x-ray absorption spectroscopy" in problem.message
    above = {"pid": "PaNET01188", "name": "small angle scattering"}
    found = mapped(content.scicat_dataset(1, techniques=[above]))
    assert not [p for p in found.problems if p.code == "MAP-TECHNIQUE"]


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ({"value": 13.0, "unit": "keV"}, 13.0, "keV"),
        ({"value": 13.0, "unit": "keV", "valueSI": 2e-15, "unitSI": "J"}, 13.0, "keV"),
        ({"v": 13.0, "u": "keV"}, 13.0, "keV"),
        ({"value": "13.0", "unit": "keV"}, 13.0, "keV"),
        ({"value": [13.0], "unit": "keV"}, 13.0, "keV"),
        ({"value": "13.0 keV"}, 13.0, "keV"),
        ("1.3e1keV", 13.0, "keV"),
        ({"valueSI": 13.0, "unitSI": "keV"}, 13.0, "keV"),
        ({"value": "", "valueSI": 13.0, "unitSI": "keV"}, 13.0, "keV"),
        ({"deep": {"energy": {"v": 13.0, "u": "keV"}}}, 13.0, "keV"),
    ],
)
def test_shapes_of_a_parameter(written: Any, value: float, unit: str) -> None:
    document = content.scicat_dataset(1, scientificMetadata={"energy": written})
    (found,) = mapped(document).record.parameters
    assert found.value == pytest.approx(value)
    assert found.unit == unit


def test_a_value_has_not_the_unit_of_the_converted_one() -> None:
    written = {"sample_temperature": {"value": 20, "unit": "", "unitSI": "K"}}
    found = mapped(content.scicat_dataset(1, scientificMetadata=written))
    assert found.record.parameters == ()


@pytest.mark.parametrize(
    "written", ["1,5 keV", "13 or so", "about 13 keV", "13/14 keV"]
)
def test_a_text_that_is_no_quantity(written: str) -> None:
    found = mapped(content.scicat_dataset(1, scientificMetadata={"energy": written}))
    assert found.record.parameters == ()


@pytest.mark.parametrize("unit", ["", None, "NA", "N/A", "parsec-fortnights"])
def test_a_unit_that_is_none_makes_no_quantity(unit: object) -> None:
    written = {"energy": {"value": 13.0, "unit": unit}}
    found = mapped(content.scicat_dataset(1, scientificMetadata=written))
    for one in found.record.parameters:
        assert one.unit in (None, "keV")


@pytest.mark.parametrize(
    "written",
    [
        "2021",
        "2021-10-06",
        "2021-10-06T13:46:55.312Z",
        {"$date": "2021-10-06T13:46:55Z"},
    ],
)
def test_spellings_of_a_date(written: Any) -> None:
    found = mapped(content.scicat_dataset(1, creationTime=written))
    assert found.record.collected is not None
    assert found.record.collected.end is not None
    assert found.record.collected.end.text.startswith("2021")


@pytest.mark.parametrize("said", [None, "true", 1, "yes", [], {}, False])
def test_what_is_not_plainly_published_is_not(said: object) -> None:
    document = content.scicat_dataset(1, isPublished=said)
    found = mapped(document)
    timeline = decide(found.record, None, found.claims)
    assert (timeline.code, timeline.opens_at) == ("embargo.not-public", None)
    del document["isPublished"]
    found = mapped(document)
    assert decide(found.record, None, found.claims).code == "embargo.not-public"


def test_dates_of_a_life_cycle_prove_nothing() -> None:
    cycle = {"publishable": True, "dateOfPublishing": "2020-01-01T00:00:00.000Z"}
    document = content.scicat_dataset(1, public=False, datasetlifecycle=cycle)
    found = mapped(document)
    assert decide(found.record, None, found.claims).opens_at is None


def test_nobodys_address_and_no_disk_of_a_site_is_in_a_record() -> None:
    found = mapped(content.scicat_dataset(1))
    assert "@" not in repr(found.record)
    assert "/data/visitors" not in repr(found.record)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": NaN, "b": [Infinity, -Infinity]}', {"a": None, "b": [None, None]}),
        (rb'{"a": "x\ud800y"}', {"a": "x\ufffdy"}),
        (rb'{"a": "\ud83d\ude00", "b": NaN}', {"a": "\U0001f600", "b": None}),
        (rb'{"\udc00": 1}', {"\ufffd": 1}),
        (b'{"a": 1e999}', {"a": None}),
    ],
)
def test_mistakes_that_cost_no_page(body: bytes, value: object) -> None:
    assert parse_large(body) == value


@pytest.mark.parametrize(
    "body", [b"{", b"[1,]", b"nan", b'{"a": NaN,}', b"[" * 9999, b'{"a": NaN}' * 2]
)
def test_what_is_no_json_stays_so(body: bytes) -> None:
    with pytest.raises(SkipError):
        parse_large(body)


def test_a_broken_line_costs_one_document(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    lines = [json.dumps(content.scicat_dataset(n)) for n in (1, 2, 3)]
    file.write_text("\n".join([lines[0], lines[1][:50], lines[2]]))
    entries, codes = read("scicat", file)
    assert len(entries) == 2
    assert codes == ["document.json"]
