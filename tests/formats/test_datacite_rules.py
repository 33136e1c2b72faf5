"""The rules find what the XML Schema lets pass, and nothing in what we write."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from samples import MUON, POWDER
from xsd import SCHEMAS

from panharvest.converting import validate
from panharvest.errors import SkipError
from panharvest.formats import DOCUMENTS
from panharvest.formats.datacite import DataCite
from panharvest.formats.datacite.codes import CODES
from panharvest.formats.datacite.reading import read, read_all
from panharvest.record import Level, Record
from panharvest.testing.datacite import carried_records

RIGHT = DataCite().write(POWDER)
assert RIGHT is not None
GOOD = RIGHT.decode()


def changed(pattern: str, by: str) -> bytes:
    """Change the good document in one place."""
    found, count = re.subn(pattern, by, GOOD, count=1, flags=re.DOTALL)
    assert count == 1, pattern
    return found.encode()


DATES = '<date dateType="Issued">.*?</date>'
# What the XML Schema of kernel 4.7 passes although it is wrong, and what it rejects.
WRONG = {
    "identifier foo": (
        r">10\.1234/esrf-es-1</identifier>",
        ">foo</identifier>",
        "DC-ID-002",
    ),
    "identifierType Handle": (
        r'identifierType="DOI"',
        'identifierType="Handle"',
        "DC-ID-003",
    ),
    "identifierType Bogus": (
        r'identifierType="DOI"',
        'identifierType="Bogus"',
        "DC-ID-003",
    ),
    "empty title": (
        r'<title xml:lang="en">.*?</title>',
        "<title></title>",
        "DC-TITLE-002",
    ),
    "blank title": (
        r'<title xml:lang="en">.*?</title>',
        "<title>  </title>",
        "DC-TITLE-002",
    ),
    "empty creatorName": (
        r"<creatorName[^>]*>.*?</creatorName>",
        "<creatorName/>",
        "DC-CREATOR-002",
    ),
    "empty resourceType": (r">Raw experimental data<", "><", "DC-TYPE-002"),
    "year 9999": (r"<publicationYear>2024", "<publicationYear>9999", "DC-YEAR-003"),
    "nameIdentifier without scheme": (
        r'<nameIdentifier nameIdentifierScheme="ORCID"[^>]*>',
        "<nameIdentifier>",
        "DC-NAME-001",
    ),
    "nameIdentifier with junk attributes": (
        r'<nameIdentifier nameIdentifierScheme="ORCID"',
        '<nameIdentifier junk="1" nameIdentifierScheme="ORCID"',
        "DC-ATTRIBUTE-001",
    ),
    "affiliation with junk attributes": (
        r"<affiliation>",
        '<affiliation junk="1">',
        "DC-ATTRIBUTE-001",
    ),
    "nameIdentifier with child elements": (
        r"(<nameIdentifier [^>]*ORCID[^>]*>)([^<]*)",
        r"\1<b>\2</b>",
        "DC-ATTRIBUTE-001",
    ),
    "affiliationIdentifier without scheme": (
        r' affiliationIdentifierScheme="ROR"',
        "",
        "DC-AFFILIATION-001",
    ),
    "date next tuesday": (
        r'(<date dateType="Created">)[^<]*',
        r"\1next tuesday",
        "DC-DATE-001",
    ),
    "rightsURI with blanks": (
        r'rightsURI="https://creative',
        'rightsURI="https://a b creative',
        "DC-URI-001",
    ),
    "classificationCode with blank": (
        r'classificationCode="',
        'classificationCode="a ',
        "DC-URI-001",
    ),
    "language English": (r"<language>en", "<language>English", "DC-LANGUAGE-001"),
    "related DOI as URL": (
        r'(relationType="IsDerivedFrom">)',
        r"\1https://doi.org/",
        "DC-RELATED-001",
    ),
    "relation Other without information": (
        r' relationTypeInformation="[^"]*"',
        "",
        "DC-RELATED-005",
    ),
    "HasMetadata without scheme": (
        r' relatedMetadataScheme="pan"',
        "",
        "DC-RELATED-003",
    ),
    "two dates Available": (
        DATES,
        '<date dateType="Available">2024-06-01</date>',
        "DC-DATE-004",
    ),
    "relatedItem without title": (
        r"<titles><title>HC-1234</title></titles></relatedItem>",
        "<titles/></relatedItem>",
        "DC-RELATED-004",
    ),
    # rejected by the schema too
    "year of two digits": (
        r"<publicationYear>2024",
        "<publicationYear>24",
        "DC-YEAR-002",
    ),
    "unknown dateType": (r'dateType="Created"', 'dateType="Made"', "DC-LIST-001"),
    "language e n": (r"<language>en", "<language>e n", "DC-LANGUAGE-001"),
    "latitude 91": (r"<pointLatitude>[^<]*", "<pointLatitude>91", "DC-PLACE-001"),
    "HTML in a description": (
        r"Quartz, heated",
        "&lt;p&gt;Quartz&lt;/p&gt;",
        "DC-TEXT-001",
    ),
    "second publisher": (r"(<publisher .*?</publisher>)", r"\1\1", "DC-PUBLISHER-002"),
}


def test_there_are_28() -> None:
    assert len(WRONG) == 28


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_document_is_flagged(name: str) -> None:
    pattern, by, code = WRONG[name]
    problems = validate(changed(pattern, by))
    found = [p for p in problems if p.code == code]
    assert found, [p.code for p in problems]
    assert found[0].field
    assert found[0].advice


@pytest.mark.parametrize(
    ("pattern", "by", "code"),
    [
        (r">0000-0002-1825-0097<", ">0000-0002-1825-0098<", "DC-ORCID-001"),
        (r"https://ror.org/02550n020", "https://ror.org/02550n021", "DC-ROR-001"),
        (
            r">10\.1234/esrf-es-1</identifier>",
            ">https://doi.org/10.1234/esrf-es-1</identifier>",
            "DC-ID-004",
        ),
        (r"<publicationYear>2024", "<publicationYear>2021", "DC-YEAR-004"),
        (r'(<date dateType="Available">)[^<]*', r"\g<1>2020-01-01", "DC-EMBARGO-001"),
        (
            r'(<date dateType="Collected">)[^<]*',
            r"\g<1>2021-06-01/2021-05-01",
            "DC-DATE-003",
        ),
        (r'(<date dateType="Collected">)[^<]*', r"\g<1>2021-06-01/", "DC-DATE-002"),
        (
            r"rightsIdentifier=\"CC-BY-4.0\"",
            'rightsIdentifier="CC0-1.0"',
            "DC-RIGHTS-002",
        ),
        (
            r"rightsIdentifier=\"CC-BY-4.0\"",
            'rightsIdentifier="CC-BY"',
            "DC-RIGHTS-001",
        ),
        (r"c_abf2", "c_f1cf", "DC-EMBARGO-003"),
        (r"<version>1<", "<version>:unav<", "DC-NULL-001"),
        (
            r'relatedIdentifierType="URL" relationType="Other"',
            'relatedIdentifierType="DOI" relationType="Other"',
            "DC-RELATED-001",
        ),
        (r"</resource>", "<surprise>x</surprise></resource>", "DC-READ-001"),
        (r"(<creator>.*?</creator>)", r"\1\1", "DC-CREATOR-003"),
        (r'resourceTypeGeneral="Dataset"', 'resourceTypeGeneral="Data"', "DC-TYPE-001"),
        (r"Quartz, heated", "<p>Quartz</p>", "DC-TEXT-001"),
        (r">0000-0002-1825-0097<", ">0000000218250097<", "DC-ORCID-001"),
        (r"(relatedIdentifierType=)\"Handle\"", r'\1"ISBN"', "DC-RELATED-002"),
        (r"(relatedIdentifierType=)\"Handle\"", r'\1"PMID"', "DC-RELATED-002"),
        (r"(relatedIdentifierType=)\"Handle\"", r'\1"ARK"', "DC-RELATED-002"),
    ],
)
def test_more_that_is_wrong(pattern: str, by: str, code: str) -> None:
    assert code in {p.code for p in validate(changed(pattern, by))}


@pytest.mark.parametrize(
    ("pattern", "by", "advice"),
    [
        ('nameType="Personal"', 'nameType="Personal" x="1"', None),
        ('dateType="Created"', 'dateType="Made"', "one of Accepted, Available"),
        ('relationType="IsPartOf"', 'relationType="PartOf"', "IsPartOf is like it"),
        ('relationType="IsPartOf"', 'relationType="&#65;bc"', "value of relationType"),
        (' relationType="IsPartOf"', "", "Fill in relationType"),
    ],
)
def test_the_advice_says_what_may_be_said(
    pattern: str, by: str, advice: str | None
) -> None:
    told = [p.advice for p in validate(changed(pattern, by)) if p.code == "DC-LIST-001"]
    assert [one for one in told if advice and advice not in one] == []
    assert bool(told) is (advice is not None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ISBN", "978-0-306-40615-7"),
        ("ISBN", "0-306-40615-2"),
        ("ISBN", "urn:isbn:9780306406157"),
        ("ISSN", "0036-8075"),
        ("arXiv", "arXiv:2101.00001v2"),
        ("arXiv", "cond-mat/0703470"),
        ("PMID", "12345678"),
        ("ARK", "ark:/13030/tqb3kh97gh8w"),
        ("URN", "urn:nbn:de:101:1-201102033592"),
        ("SWHID", "swh:1:dir:d198bc9d7a6bcf6db04f476d29314f157507d505"),
        ("w3id", "https://w3id.org/a/b"),
        ("LSID", "urn:lsid:ubio.org:namebank:11815"),
        ("PURL", "http://purl.org/a"),
        ("bibcode", "2014Wthr...69...72C"),
        ("RRID", "RRID:AB_90755"),
        ("RAiD", "https://raid.org/10.1234/a"),
        ("EAN13", "9783468111242"),
        ("UPC", "123456789999"),
    ],
)
def test_a_related_identifier_of_any_type_is_right(kind: str, value: str) -> None:
    given = changed(
        r'relatedIdentifierType="Handle" (.*?)>[^<]*',
        rf'relatedIdentifierType="{kind}" \1>{value}',
    )
    assert validate(given) == ()


def test_every_record_of_an_answer_is_looked_at() -> None:
    """The place says which record; a document of several is not read as one."""
    bad = changed(r"<publicationYear>2024", "<publicationYear>24").decode()
    answer = f"<ListRecords><r>{GOOD}</r><r>{bad}</r></ListRecords>".encode()
    (problem,) = validate(answer)
    assert (problem.code, problem.field) == (
        "DC-YEAR-002",
        "records[1].publicationYear",
    )
    assert len(list(read_all(answer))) == 2
    with pytest.raises(SkipError, match="2 records"):
        read(answer)
    listed = b'{"data": [%s, {"titles": ["T"]}]}' % DOCUMENTS["datacite-json"].write(
        POWDER
    )
    assert {p.field.partition(".")[0] for p in validate(listed)} == {"records[1]"}


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_what_we_write_is_right(record: Record) -> None:
    document = DataCite().write(record)
    assert document is not None
    assert validate(document) == ()


@given(carried_records())
def test_nothing_we_write_is_an_error(record: Record) -> None:
    document = DataCite().write(record)
    assert document is not None
    errors = [p for p in validate(document) if p.level is Level.ERROR]
    assert errors == []


def test_the_schema_is_asked_when_there_is_one() -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the folder of schemas (../shared/data/schemas) is not here")
    document = changed(r"<publicationYear>2024", "<publicationYear>24")
    assert "DC-XSD-001" in {p.code for p in validate(document, schemas=SCHEMAS)}
    assert validate(RIGHT, schemas=SCHEMAS) == ()
    for version in ("4.4", "4.6"):
        older = DataCite(version).write(POWDER)
        assert older is not None
        assert not [
            p
            for p in validate(older, schemas=SCHEMAS / "datacite")
            if p.code == "DC-XSD-001"
        ]


def test_every_code_is_used() -> None:
    from pathlib import Path

    source = "".join(
        p.read_text("utf-8")
        for p in Path(validate.__code__.co_filename).parent.rglob("*.py")
        if p.name != "codes.py"
    )
    assert [code for code in CODES if f'"{code}"' not in source] == []
