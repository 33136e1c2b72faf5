"""DataCite 4.7: valid for every record, and what each harvester reads is right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from lxml import etree
from samples import MUON, PANET, POWDER, ROR
from xsd import assert_valid

from panharvest.checks import check
from panharvest.formats import FORMATS
from panharvest.record import (
    Access,
    AccessStatus,
    Agent,
    Contributor,
    Embargo,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Kind,
    Level,
    Licence,
    Moment,
    Record,
    Relation,
    Sample,
    Service,
    Text,
    Withdrawal,
)
from panharvest.testing.records import publishable_records, records

if TYPE_CHECKING:
    from collections.abc import Callable

K = "{http://datacite.org/schema/kernel-4}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def written(record: Record) -> etree._Element:
    body = FORMATS["datacite"].write(record)
    assert body is not None
    return assert_valid(body)


def texts(root: etree._Element, path: str) -> list[str | None]:
    found = root.findall("/".join(f"{K}{part}" for part in path.split("/")))
    return [element.text for element in found]


def elements(root: etree._Element, name: str) -> list[dict[str, str]]:
    return [{**e.attrib, "": e.text or ""} for e in root.iter(f"{K}{name}")]


def links(root: etree._Element) -> list[dict[str, str]]:
    """Give the related identifiers without the one of our own lossless form."""
    found = elements(root, "relatedIdentifier")
    return [link for link in found if link["relationType"] != "HasMetadata"]


@given(records())
def test_any_record_gives_a_valid_document_or_none(record: Record) -> None:
    for prefix in ("datacite", "oai_datacite"):
        body = FORMATS[prefix].write(record)
        if body is None:
            assert any(p.level is Level.ERROR for p in check(record))
        else:
            assert_valid(body)


@given(publishable_records())
def test_what_passes_the_check_has_a_document(record: Record) -> None:
    if any(problem.level is Level.ERROR for problem in check(record)):
        return
    assert FORMATS["datacite"].write(record) is not None
    assert FORMATS["oai_datacite"].write(record) is not None


@given(publishable_records())
def test_the_bytes_depend_on_the_record_alone(record: Record) -> None:
    assert FORMATS["datacite"].write(record) == FORMATS["datacite"].write(
        replace(record, version=record.version)
    )


@pytest.mark.parametrize("name", ["powder", "muon"])
@pytest.mark.parametrize("prefix", ["datacite", "oai_datacite"])
def test_golden(name: str, prefix: str, golden: Callable[[str, bytes], None]) -> None:
    body = FORMATS[prefix].write({"powder": POWDER, "muon": MUON}[name])
    assert body is not None
    pretty = etree.tostring(assert_valid(body), pretty_print=True, encoding="utf-8")
    golden(f"formats/{prefix}-{name}.xml", pretty)


def test_mandatory_properties_missing() -> None:
    for field in ("creators", "titles"):
        assert FORMATS["datacite"].write(replace(MUON, **{field: ()})) is None
    assert FORMATS["oai_datacite"].write(replace(MUON, publisher=None)) is None
    assert FORMATS["datacite"].write(replace(MUON, landing_page=None)) is None
    undated = replace(MUON, embargo=None, collected=None)
    assert FORMATS["datacite"].write(undated) is None


@pytest.mark.parametrize(
    ("pid", "kind", "value"),
    [
        (Identifier("10.1234/abc", "DOI"), "DOI", "10.1234/abc"),
        (Identifier("https://doi.org/10.1234/ABC", "DOI"), "DOI", "10.1234/abc"),
        (Identifier("21.1/a b", "Handle"), "URL", "https://hdl.handle.net/21.1/a%20b"),
        (Identifier("hdl:21.1/a", "Handle"), "URL", "https://hdl.handle.net/21.1/a"),
        (Identifier("ark:/1/2", "ARK"), "URL", "https://n2t.net/ark:/1/2"),
        (Identifier("x", "Local"), "URL", MUON.landing_page),
        (Identifier("10.1/bad", "DOI"), "URL", MUON.landing_page),
        (None, "URL", MUON.landing_page),
    ],
)
def test_identifier(pid: Identifier | None, kind: str, value: str) -> None:
    assert elements(written(replace(MUON, pid=pid)), "identifier") == [
        {"identifierType": kind, "": value}
    ]


def test_alternate_identifiers() -> None:
    root = written(replace(MUON, pid=Identifier("hdl:21.1/a", "Handle")))
    assert elements(root, "alternateIdentifier") == [
        {"alternateIdentifierType": "Handle", "": "21.1/a"},
        {"alternateIdentifierType": "Local", "": MUON.id},
    ]
    root = written(POWDER)  # its local identifier is the DOI
    kinds = [
        e["alternateIdentifierType"] for e in elements(root, "alternateIdentifier")
    ]
    assert kinds == ["Proposal", "Handle"]


def test_one_name_identifier_a_creator() -> None:
    """EOSC Data Commons fails on a creator with two."""
    root = written(POWDER)
    creator = root.find(f"{K}creators/{K}creator")
    assert creator is not None
    assert elements(creator, "nameIdentifier") == [
        {
            "nameIdentifierScheme": "ORCID",
            "schemeURI": "https://orcid.org",
            "": "0000-0002-1825-0097",
        }
    ]


@pytest.mark.parametrize(
    ("identifiers", "scheme"),
    [
        ([("0000-0002-1825-0098", "ORCID")], None),
        ([("0000-0002-1825-0098", "ORCID"), ("1", "ISNI")], "ISNI"),
        ([("https://ror.org/02550n021", "ROR")], None),
        ([(ROR, "ROR")], "ROR"),
        ([("https://orcid.org/0000-0002-1825-0097", "ORCID")], "ORCID"),
        ([("", "ISNI"), ("2", "GND")], "GND"),
    ],
)
def test_wrong_name_identifiers_are_left_out(
    identifiers: list[tuple[str, str]], scheme: str | None
) -> None:
    agent = Agent("Anyone", identifiers=tuple(Identifier(*i) for i in identifiers))
    found = elements(written(replace(MUON, creators=(agent,))), "nameIdentifier")
    assert [e["nameIdentifierScheme"] for e in found] == ([scheme] if scheme else [])


def test_dates_begin_with_collected() -> None:
    """B2FIND takes the first date for the temporal coverage."""
    assert [(d["dateType"], d[""]) for d in elements(written(POWDER), "date")] == [
        ("Collected", "2021-05-29T08:00:00Z/2021-05-30T10:00:00Z"),
        ("Accepted", "2021-05-30"),
        ("Available", "2024-05-31"),
        ("Issued", "2024-05-31"),
        ("Created", "2021-05-30"),
        ("Updated", "2021-06-01"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2021-05-29", "2021-05-30", "2021-05-29/2021-05-30"),
        ("2021-05-29", "2021-05-29", "2021-05-29/2021-05-29"),
        ("2021-05-29", None, "2021-05-29"),
        (None, "2021-05-30", "2021-05-30"),
        ("2021-05-29T08:00:00Z", "2021-05-30", "2021-05-29/2021-05-30"),
        ("2021-05-29T08:00:00", "2021-05-29T09:00:00", "2021-05-29/2021-05-29"),
        ("2021-05-29", "next tuesday", "2021-05-29"),
        ("2021", "2022-01", "2021/2022-01"),
    ],
)
def test_ranges_are_closed_and_have_no_local_times(
    start: str | None, end: str | None, text: str
) -> None:
    """EOSC Data Commons fails on open ranges; W3CDTF has no local times."""
    span = Interval(start and Moment(start), end and Moment(end))
    root = written(replace(MUON, collected=span))
    assert [d[""] for d in elements(root, "date") if d["dateType"] == "Collected"] == [
        text
    ]


def test_embargoed_data_are_available_at_the_end_and_not_yet_issued() -> None:
    root = written(MUON)
    found = {d["dateType"]: d[""] for d in elements(root, "date")}
    assert found == {
        "Collected": "2023-03-01/2023-03-02",
        "Accepted": "2023-03-02",
        "Available": "2026-03-02",
    }
    assert texts(root, "publicationYear") == ["2026"]


@pytest.mark.parametrize(
    ("changes", "year"),
    [
        (
            {"embargo": Embargo(end=Moment("2030-01-01")), "issued": Moment("2025")},
            "2030",
        ),
        ({"embargo": None, "issued": Moment("2025-02")}, "2025"),
        ({"embargo": None}, "2023"),
        ({"embargo": None, "collected": None, "created": Moment("2020")}, "2020"),
        ({"embargo": None, "collected": None, "modified": Moment("2022")}, "2022"),
    ],
)
def test_publication_year(changes: dict[str, object], year: str) -> None:
    root = written(replace(MUON, **changes))
    assert texts(root, "publicationYear") == [year]


def test_techniques_are_subjects_of_panet() -> None:
    iri = f"{PANET}01101"
    assert {
        "subjectScheme": "PaNET",
        "schemeURI": "http://purl.org/pan-science/PaNET/PaNET.owl",
        "valueURI": iri,
        "classificationCode": iri,
        XML_LANG: "en",
        "": "x-ray powder diffraction",
    } in elements(written(POWDER), "subject")


@pytest.mark.parametrize(
    ("status", "word", "code"),
    [
        (AccessStatus.OPEN, "openAccess", "c_abf2"),
        (AccessStatus.EMBARGOED, "embargoedAccess", "c_f1cf"),
        (AccessStatus.RESTRICTED, "restrictedAccess", "c_16ec"),
        (AccessStatus.METADATA_ONLY, "closedAccess", "c_14cb"),
    ],
)
def test_access_is_said_twice(status: AccessStatus, word: str, code: str) -> None:
    found = elements(written(replace(MUON, access=Access(status))), "rights")
    assert [rights["rightsURI"] for rights in found] == [
        f"info:eu-repo/semantics/{word}",
        f"http://purl.org/coar/access_right/{code}",
    ]


def test_a_note_never_makes_open_data_look_closed() -> None:
    """B2FIND looks for the words anywhere in the rights."""
    note = "No longer embargoed."
    root = written(replace(POWDER, access=Access(AccessStatus.OPEN, note)))
    assert note not in texts(root, "rightsList/rights")
    root = written(replace(POWDER, access=Access(AccessStatus.RESTRICTED, note)))
    assert note in texts(root, "rightsList/rights")


@pytest.mark.parametrize(
    ("licence", "spdx", "text"),
    [
        (Licence("CC0-1.0"), "CC0-1.0", "Creative Commons Zero v1.0 Universal"),
        (
            Licence(url="http://creativecommons.org/licenses/by/4.0/"),
            "CC-BY-4.0",
            "Creative Commons Attribution 4.0 International",
        ),
        (Licence("X-1", name="House terms"), "X-1", "House terms"),
        (Licence(url="https://example.org/terms"), None, "https://example.org/terms"),
    ],
)
def test_licence(licence: Licence, spdx: str | None, text: str) -> None:
    found = elements(written(replace(MUON, access=None, licence=licence)), "rights")
    assert [(r.get("rightsIdentifier"), r[""]) for r in found] == [(spdx, text)]


def test_instrument_is_said_twice_and_never_with_a_publisher() -> None:
    """B2FIND reads only the relatedItem, and takes its publisher for the record's."""
    root = written(POWDER)
    link = elements(root, "relatedIdentifier")[0]
    assert link["relationType"] == "IsCollectedBy"
    assert link["resourceTypeGeneral"] == "Instrument"
    item = root.find(f"{K}relatedItems/{K}relatedItem")
    assert item is not None
    assert item.attrib == {
        "relatedItemType": "Instrument",
        "relationType": "IsCollectedBy",
    }
    assert item.findtext(f"{K}titles/{K}title") == "High resolution powder diffraction"
    assert root.find(f".//{K}relatedItem/{K}publisher") is None


def test_the_lossless_form_is_linked_from_our_own_page_only() -> None:
    (link,) = [
        link
        for link in elements(written(MUON), "relatedIdentifier")
        if link["relationType"] == "HasMetadata"
    ]
    assert link == {
        "relatedIdentifierType": "URL",
        "relationType": "HasMetadata",
        "relatedMetadataScheme": "pan",
        "schemeURI": "https://w3id.org/panharvest/pan/1.0/",
        "": f"{MUON.landing_page}?format=pan",
    }
    elsewhere = replace(MUON, landing_page="https://example.org/musr00001")
    assert elements(written(elsewhere), "relatedIdentifier") == []


def test_related_handles_are_addresses() -> None:
    """Harvesters drop bare Handles."""
    assert {
        "resourceTypeGeneral": "Project",
        "relatedIdentifierType": "Handle",
        "relationType": "IsPartOf",
        "": "https://hdl.handle.net/21.11151/hc-1234",
    } in elements(written(POWDER), "relatedIdentifier")


@pytest.mark.parametrize(
    "relation",
    [
        Relation(Identifier("10.1/x", "DOI"), "Cites"),
        Relation(Identifier("no", "Handle"), "Cites"),
        Relation(Identifier("10.1234/x", "DOI"), "Mentions"),
        Relation(Identifier("x", "Shelf mark"), "Cites"),
        Relation(Identifier(" ", "URN"), "Cites"),
    ],
)
def test_relations_without_place_are_left_out_and_reported(relation: Relation) -> None:
    record = replace(MUON, relations=(relation,))
    assert links(written(record)) == []
    assert any(problem.field.startswith("relations[0]") for problem in check(record))


def test_relation_of_another_scheme_by_its_address() -> None:
    relation = Relation(Identifier("https://example.org/x", "Shelf mark"), "Cites")
    root = written(replace(MUON, relations=(relation,)))
    assert links(root)[0]["relatedIdentifierType"] == "URL"


def test_services_say_what_they_are() -> None:
    root = written(replace(MUON, services=(Service("VISA", "https://example.org/v"),)))
    (service,) = links(root)
    assert service["relationType"] == "Other"
    assert service["relationTypeInformation"] == "remote access: VISA"


def test_samples_and_parameters_in_words() -> None:
    found = {
        d["descriptionType"]: d[""] for d in elements(written(POWDER), "description")
    }
    assert found["Methods"] == (
        "Sample: name: quartz; formula: SiO2; state: powder; "
        "description: ground, in a capillary"
    )
    assert found["TechnicalInfo"] == (
        "Parameters: photon energy = 31 keV; temperature = 5 to 300 K; "
        "measured: intensity"
    )


def test_sample_without_identifier_has_no_item() -> None:
    root = written(replace(MUON, instruments=(), samples=(Sample("ice", "H2O"),)))
    assert elements(root, "relatedItem") == []
    assert texts(root, "subjects/subject") == ["ice", "H2O"]


def test_sizes_are_counted_when_not_given() -> None:
    assert texts(written(POWDER), "sizes/size") == ["12.5 GB", "1 file"]
    root = written(replace(POWDER, size=999_950, file_count=42))
    assert texts(root, "sizes/size") == ["1 MB", "42 files", "999950 bytes"]
    root = written(replace(POWDER, size=999_950, size_exact=False))
    assert texts(root, "sizes/size") == ["1 MB", "1 file"]
    root = written(replace(POWDER, size=-1, file_count=-1))
    assert texts(root, "sizes/size") == []


def test_languages_have_two_letters() -> None:
    titles = tuple(
        Text("Q", language=tag) for tag in ("eng", "deu-AT", "English!", None)
    )
    root = written(replace(MUON, titles=titles, language="fra"))
    found = [title.get(XML_LANG) for title in elements(root, "title")]
    assert found[:4] == ["en", "de-AT", None, None]
    assert texts(root, "language") == ["fr"]


def test_facility_is_hosting_institution_once() -> None:
    found = elements(written(POWDER), "contributor")
    assert [c["contributorType"] for c in found] == [
        "ContactPerson",
        "HostingInstitution",
    ]


def test_facility_named_as_contributor_is_not_repeated() -> None:
    assert MUON.facility is not None
    host = Contributor(Agent(MUON.facility.name), "HostingInstitution")
    root = written(replace(MUON, contributors=(host,)))
    assert texts(root, "contributors/contributor/contributorName") == [
        MUON.facility.name
    ]


def test_a_licence_that_says_nothing_is_left_out() -> None:
    root = written(replace(MUON, access=None, licence=Licence()))
    assert elements(root, "rights") == []


def test_funder_identifier_of_another_scheme() -> None:
    funding = Funding(
        "Fund", Identifier("x1", "National"), award_uri="https://a.example/1"
    )
    root = written(replace(MUON, funding=(funding,)))
    (identifier,) = elements(root, "funderIdentifier")
    assert identifier == {"funderIdentifierType": "Other", "": "x1"}
    assert texts(root, "fundingReferences/fundingReference/awardNumber") == [
        "https://a.example/1"
    ]


def test_withdrawn() -> None:
    withdrawal = Withdrawal(Moment("2025-01-01"), "Wrong sample")
    root = written(replace(MUON, withdrawal=withdrawal))
    assert {"dateType": "Withdrawn", "": "2025-01-01"} in elements(root, "date")
    assert texts(root, "descriptions/description") == ["Withdrawn: Wrong sample"]


def test_text_is_cleaned_and_titles_are_one_line() -> None:
    title, text = "a\x00 &\n<b>\t\ufffe", "one\r\ntwo\x07 & <three>\r"
    root = written(replace(MUON, titles=(Text(title),), descriptions=(Text(text),)))
    assert texts(root, "titles/title") == ["a & <b>"]
    assert texts(root, "descriptions/description") == ["one\ntwo & <three>"]


def test_every_kind_has_its_type() -> None:
    general = {
        kind: elements(written(replace(MUON, kind=kind)), "resourceType")[0]
        for kind in Kind
    }
    assert general[Kind.PROCESSED]["resourceTypeGeneral"] == "Dataset"
    assert general[Kind.EXPERIMENT]["resourceTypeGeneral"] == "Project"
    assert general[Kind.INSTRUMENT]["resourceTypeGeneral"] == "Instrument"
    assert all(element[""] for element in general.values())


def test_wrapper() -> None:
    body = FORMATS["oai_datacite"].write(MUON)
    assert body is not None
    root = assert_valid(body)
    wrapper = "{http://schema.datacite.org/oai/oai-1.1/}"
    assert root.findtext(f"{wrapper}schemaVersion") == "4.7"
    assert root.findtext(f"{wrapper}datacentreSymbol") == "ISIS"
    payload = FORMATS["datacite"].write(MUON)
    assert payload is not None
    assert b"<payload>" + payload + b"</payload>" in body
    nobody = FORMATS["oai_datacite"].write(replace(MUON, facility=None))
    assert b"<datacentreSymbol>PANHARVEST</datacentreSymbol>" in (nobody or b"")


def test_instrument_without_name_is_left_out() -> None:
    root = written(replace(MUON, instruments=(Instrument(" "),)))
    assert elements(root, "relatedItem") == []
