"""DataCite is read from whatever calls itself so, and says what was wrong with it."""
# ruff: noqa: E501  (documents are easier to read in whole lines)

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.errors import SkipError
from panharvest.formats import READERS
from panharvest.formats.datacite.reading import read, read_all
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Box,
    DatedEvent,
    Embargo,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Kind,
    Licence,
    Location,
    Moment,
    Nature,
    Point,
    Polygon,
    Probe,
    RadiationSource,
    Record,
    Relation,
    ResourceType,
    Sample,
    Service,
    Subject,
    Technique,
    Text,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PAIRS = sorted(DATA.glob("records/datacite/pairs-*/*.xml"))
PANET = "http://purl.org/pan-science/PaNET/PaNET"


def resource(
    inner: str, namespace: str = "http://datacite.org/schema/kernel-4"
) -> bytes:
    return f'<resource xmlns="{namespace}">{inner}</resource>'.encode()


def of(inner: str) -> Record:
    """Read a fragment beside a title, so that it is a document."""
    return read(resource(f"<titles><title>T</title></titles>{inner}")).record


# --- what others wrote ----------------------------------------------------------------


@pytest.mark.skipif(not PAIRS, reason="the folder of real files is not here")
@pytest.mark.parametrize("xml", PAIRS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_xml_and_json_of_a_pair_say_the_same(xml: Path) -> None:
    """What DataCite's converter adds to or drops from its JSON is left out.

    It drops languages of publisher and names, ROR of contributors and some identifiers;
    it splits names, adds the date of issue from the year, and makes up subjects.
    """
    other = xml.with_suffix(".json")
    if not other.exists():
        pytest.skip("has no JSON beside it")
    left, right = (_comparable(read(p.read_bytes()).record) for p in (xml, other))
    different = {
        f.name
        for f in fields(Record)
        if getattr(left, f.name) != getattr(right, f.name)
    }
    assert different <= _CONVERTED.get(xml.stem, set())


# Where the JSON of a pair is not a rendering of the XML beside it, and in what.
_CONVERTED = {
    "datacite-v4.5-full-example": {
        *("collected", "contributors", "creators", "funding", "subjects"),
        *("licence", "related_items", "rights"),
    },
    "datacite-example-dataset-v4": {"funding", "contributors", "facility", "licence"},
    "datacite-example-GeoLocation-v4": {"contributors"},
    "datacite-example-HasMetadata-v4": {"contributors"},
    "datacite-example-ResearchGroup_Methods-v4": {"contributors"},
    "datacite-example-fundingReference-v4": {"descriptions", "funding"},
    "datacite-example-complicated-v4": {"subjects", "creators"},
    "datacite-example-ancientdates-v4": {"creators", "licence"},
    "datacite-example-affiliation-v4": {"creators"},
    "datacite-example-relationTypeIsIdenticalTo-v4": {"contributors", "creators"},
    "datacite-example-software-v4": {"contributors", "licence"},
    "datacite-example-workflow-v4": {"contributors"},
    "datacite-example-polygon-v4": {"creators"},  # "Den Heijer" for "den Heijer"
    "datacite-example-instrument-v4": {"facility"},
    "datacite-example-multilingual-v4": {"licence", "rights"},
    "datacite-example-relateditem2-v4": {"related_items"},
}


def _comparable(record: Record) -> Record:
    def plain(agent: Agent) -> Agent:
        return replace(
            agent, given_name=None, family_name=None, language=None, nature=None
        )

    year_only = record.issued is not None and len(record.issued.text) == 4
    licence = record.licence
    return replace(
        record,
        landing_page=None,
        issued=None if year_only else record.issued,
        creators=tuple(map(plain, record.creators)),
        contributors=tuple(
            replace(c, agent=plain(c.agent)) for c in record.contributors
        ),
        publisher=record.publisher and plain(record.publisher),
        licence=licence
        and Licence(licence.spdx or "", (licence.url or "").rstrip("/")),
        resource_type=None,
    )


@pytest.mark.parametrize(
    "name",
    ["datacite_api_doi.json", "datacite_api_dois.json", "esrf-dc-2493599001.json"],
)
def test_answers_of_the_rest_interface(name: str) -> None:
    file = DATA / "records" / "datacite" / name
    if not file.exists():
        pytest.skip("the folder of real files is not here")
    found = list(read_all(file.read_bytes()))
    data = json.loads(file.read_bytes())["data"]
    assert len(found) == (len(data) if isinstance(data, list) else 1)
    for reading in found:
        assert reading.record.titles
        assert reading.record.pid
        assert reading.record.creators


def test_every_datacite_document_of_the_folder_is_read() -> None:
    found = 0
    for file in sorted(
        [*DATA.glob("oai/**/*.xml"), *DATA.glob("schemas/datacite/*/*.xml")]
    ):
        text = file.read_bytes()
        if b"<resource" not in text and b":resource" not in text:
            continue
        try:
            record = read(text).record
        except SkipError as refusal:
            assert refusal.code == "document.foreign", file.name
            continue
        found += 1
        assert record.titles, file.name
        assert record.creators, file.name
        assert record.pid or record.landing_page, file.name
    if not found:
        pytest.skip("the folder of real files is not here")
    assert found >= 8


# --- namespaces, prefixes, wrappers ---------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        resource("<identifier identifierType='DOI'>10.1/X</identifier>{}", kernel)
        for kernel in (
            "http://datacite.org/schema/kernel-2.1",
            "http://datacite.org/schema/kernel-2.2",
            "http://datacite.org/schema/kernel-3",
            "http://datacite.org/schema/kernel-4",
            "https://datacite.org/schema/kernel-4",
            "http://www.openarchives.org/OAI/2.0/",
            "",
        )
    ],
)
def test_any_namespace(document: bytes) -> None:
    titles = b"<titles><title>Of quartz</title></titles>"
    record = read(
        document.replace(b"{}", titles).replace(b"10.1/X", b"10.1234/X")
    ).record
    assert record.pid == Identifier("10.1234/x", "DOI")
    assert record.titles == (Text("Of quartz"),)
    assert record.id == "10.1234/x"


@pytest.mark.parametrize(
    "document",
    [
        "<d:resource xmlns:d='http://datacite.org/schema/kernel-4'><d:titles>{}"
        "</d:titles></d:resource>",
        "<resource>{}</resource>",
        "<resource><anything><deep>{}</deep></anything></resource>",
        "<oai_datacite xmlns='http://schema.datacite.org/oai/oai-1.1/'><payload><resource>"
        "<titles>{}</titles></resource></payload></oai_datacite>",
        "<oai_datacite xmlns='http://schema.datacite.org/oai/oai-1.0/'><titles>{}</titles>"
        "</oai_datacite>",
        "<record><header><identifier>oai:x:1</identifier></header><metadata><resource>"
        "<titles>{}</titles></resource></metadata></record>",
    ],
)
def test_any_wrapper(document: str) -> None:
    text = document.format("<title>Of quartz</title>").encode()
    assert read(text, id="mine").record == Record(
        id="mine", kind=Kind.OTHER, titles=(Text("Of quartz"),)
    )


def test_both_readers_are_registered() -> None:
    document = resource("<titles><title>T</title></titles>")
    for prefix in ("datacite", "oai_datacite"):
        assert READERS[prefix].read(document, id="1").record.titles == (Text("T"),)


# --- what is meant --------------------------------------------------------------------


def test_people() -> None:
    record = of(
        "<creators><creator><creatorName nameType='Personal' xml:lang='en'>Doe, J"
        "</creatorName><givenName>J</givenName><familyName>Doe</familyName>"
        "<nameIdentifier nameIdentifierScheme='orcid' schemeURI='http://orcid.org/'>"
        "https://orcid.org/0000-0002-1825-009x</nameIdentifier><nameIdentifier>"
        "https://ror.org/02550N020/</nameIdentifier>"
        "<affiliation affiliationIdentifier='grid.1' affiliationIdentifierScheme='GRID' "
        "schemeURI='https://grid.ac/institutes/'>A</affiliation><affiliation "
        "affiliationIdentifier='02550n020'>B</affiliation></creator>"
        "<creator>Bare Name</creator><creator><creatorName>:unav</creatorName></creator>"
        "</creators>"
    )
    first, second = record.creators
    assert first == Agent(
        "Doe, J",
        Nature.PERSONAL,
        "J",
        "Doe",
        (
            Identifier("0000-0002-1825-009X", "ORCID"),
            Identifier("https://ror.org/02550N020/", "Other"),
        ),
        (
            Affiliation(
                "A", None, Identifier("grid.1", "GRID", "https://grid.ac/institutes/")
            ),
            Affiliation("B", "https://ror.org/02550n020"),
        ),
        "en",
    )
    assert second == Agent("Bare Name")  # a name is split only where it is given split


@pytest.mark.parametrize(
    "orcid",
    [
        "0000-0002-9079-593X",
        "0000-0002-9079-593x",
        "000000029079593X",
        "https://orcid.org/0000-0002-9079-593X/",
        "http://www.orcid.org/0000-0002-9079-593X",
        "orcid.org/0000-0002-9079-593X",
        "ORCID: 0000-0002-9079-593X",
        "https://orcid.org/https://orcid.org/0000-0002-9079-593X",
    ],
)
def test_an_orcid_in_any_form(orcid: str) -> None:
    record = of(
        "<creators><creator><creatorName>Doe, J</creatorName><nameIdentifier "
        f"nameIdentifierScheme='ORCID'>{orcid}</nameIdentifier></creator></creators>"
    )
    assert record.creators[0].identifier("ORCID") == "0000-0002-9079-593X"


@pytest.mark.parametrize(
    "ror",
    ["02550n020", "ror.org/02550n020", "http://ror.org/02550N020", "ROR.org/02550n020"],
)
def test_a_ror_in_any_form(ror: str) -> None:
    record = of(
        f"<publisher publisherIdentifier='{ror}' publisherIdentifierScheme='ROR'>P"
        "</publisher>"
    )
    assert record.publisher
    assert record.publisher.identifier("ROR") == "https://ror.org/02550n020"


def test_a_hosting_institution_is_the_facility_when_it_is_known() -> None:
    record = of(
        "<contributors><contributor contributorType='HostingInstitution'>"
        "<contributorName>European Synchrotron</contributorName><nameIdentifier "
        "nameIdentifierScheme='ROR'>https://ror.org/02550n020</nameIdentifier>"
        "</contributor><contributor contributorType='HostingInstitution'>"
        "<contributorName>Somebody</contributorName></contributor></contributors>"
    )
    assert record.facility
    assert (record.facility.id, record.facility.name) == (
        "esrf",
        "European Synchrotron",
    )
    assert [c.agent.name for c in record.contributors] == ["Somebody"]


def test_funders_of_kernel_3() -> None:
    record = of(
        "<contributors><contributor contributorType='Funder'><contributorName>EC"
        "</contributorName></contributor></contributors>"
    )
    assert record.funding == (Funding("EC"),)
    assert record.contributors == ()


def test_dates() -> None:
    record = of(
        "<dates><date dateType='Collected'>2016-06-14T06:00:00Z/2016-07-05T06:18:54Z"
        "</date><date dateType='Accepted'>2016-07-05</date>"
        "<date dateType='Available'>2019-07-05</date>"
        "<date dateType='Created'>next tuesday</date>"
        "<date dateType='Created'>July 2016</date>"
        "<date dateType='Other' dateInformation='reign'>-0024/-0022</date>"
        "<date dateType='Updated' dateInformation='again'>2017</date></dates>"
    )
    assert record.collected == Interval(
        Moment("2016-06-14T06:00:00Z"), Moment("2016-07-05T06:18:54Z")
    )
    assert record.embargo == Embargo(Moment("2016-07-05"), Moment("2019-07-05"))
    assert record.created == Moment("next tuesday")
    assert record.modified == Moment("2017")
    assert record.dates == (
        DatedEvent("Created", Moment("2016-07", "July 2016")),
        DatedEvent("Other", Moment("-0024"), Moment("-0022"), "reign"),
        DatedEvent("Updated", Moment("2017"), None, "again"),
    )


def test_a_bad_date_is_reported() -> None:
    document = resource(
        "<titles><title>T</title></titles>"
        "<dates><date dateType='Created'>next tuesday</date></dates>"
    )
    (problem,) = [p for p in read(document).problems if p.code == "DC-DATE-001"]
    assert problem.field == "dates[0]"
    assert "next tuesday" in problem.message


@pytest.mark.parametrize(
    ("year", "dates", "issued", "kept"),
    [
        ("2020", "", Moment("2020"), None),
        (
            "2020",
            "<date dateType='Issued'>2020-05-01</date>",
            Moment("2020-05-01"),
            None,
        ),
        ("2019", "<date dateType='Issued'>2020</date>", Moment("2020"), "2019"),
        ("2020", "<date dateType='Created'>2020-01-01</date>", None, None),
        ("(:unav)", "", None, None),
    ],
)
def test_the_year(
    year: str, dates: str, issued: Moment | None, kept: str | None
) -> None:
    record = of(f"<publicationYear>{year}</publicationYear><dates>{dates}</dates>")
    assert record.issued == issued
    assert record.publication_year == kept


def test_rights() -> None:
    record = of(
        "<rightsList><rights rightsURI='info:eu-repo/semantics/embargoedAccess'/>"
        "<rights rightsURI='http://purl.org/coar/access_right/c_f1cf'>x</rights>"
        "<rights rightsURI='http://creativecommons.org/licenses/by-nc-nd/3.0/'/>"
        "<rights>Ask the team</rights><rights>Another word</rights></rightsList>"
    )
    assert record.access == Access(AccessStatus.EMBARGOED, "Ask the team")
    assert record.licence == Licence(
        "CC-BY-NC-ND-3.0", "http://creativecommons.org/licenses/by-nc-nd/3.0/"
    )
    assert [right.text for right in record.rights] == ["Another word"]


@pytest.mark.parametrize(
    "rights",
    [
        "<rights rightsIdentifier='cc-by-4.0' rightsIdentifierScheme='SPDX'/>",
        "<rights rightsURI='https://creativecommons.org/licenses/by/4.0/legalcode'/>",
        "<rights>CC BY 4.0</rights>",
        "<rights>Creative Commons Attribution 4.0 International</rights>",
        "<rights rightsURI='info:eu-repo/semantics/openAccess'>open</rights>"
        "<rights>CC-BY-4.0</rights>",
    ],
)
def test_a_licence_by_whatever_names_it(rights: str) -> None:
    licence = of(f"<rightsList>{rights}</rightsList>").licence
    assert licence
    assert licence.spdx == "CC-BY-4.0"


def test_subjects_become_what_they_are() -> None:
    record = of(
        "<subjects>"
        f"<subject subjectScheme='PaNET' valueURI='{PANET}01101'>x-ray powder"
        f" diffraction</subject><subject classificationCode='{PANET}01012'>x-ray</subject>"
        "<subject subjectScheme='NeXus NXsource'>Spallation Neutron Source</subject>"
        "<subject subjectScheme='Sample'>quartz</subject>"
        "<subject subjectScheme='Chemical formula'>SiO2</subject>"
        "<subject subjectScheme='Instrument'>BM05</subject>"
        "<subject subjectScheme='Proposal'>LS-1, LS-2</subject>"
        "<subject>word</subject><subject xml:lang='de'>Wort</subject>"
        "<subject subjectScheme='FOS'>Physics</subject><subject>(:unkn)</subject>"
        "</subjects>"
    )
    assert record.techniques == (
        Technique(f"{PANET}01101", "x-ray powder diffraction"),
    )
    assert record.probes == (Probe("x-ray", f"{PANET}01012"),)
    assert record.sources == (RadiationSource(type="Spallation Neutron Source"),)
    assert record.samples == (Sample("quartz", "SiO2"),)
    assert record.instruments == (Instrument("BM05"),)
    assert record.alternate_identifiers == (
        Identifier("LS-1", "Proposal"),
        Identifier("LS-2", "Proposal"),
    )
    assert record.keywords == ("word",)
    assert record.subjects == (
        Subject("Wort", language="de"),
        Subject("Physics", "FOS"),
    )


def test_the_instrument_is_told_twice_and_read_once() -> None:
    link = (
        "<relatedIdentifiers><relatedIdentifier relatedIdentifierType='DOI' "
        "relationType='IsCollectedBy' resourceTypeGeneral='Instrument'>10.5442/NI000001"
        "</relatedIdentifier></relatedIdentifiers>"
    )
    item = (
        "<relatedItems><relatedItem relatedItemType='Instrument' "
        "relationType='IsCollectedBy'><relatedItemIdentifier "
        "relatedItemIdentifierType='DOI'>10.5442/ni000001</relatedItemIdentifier>"
        "<titles><title>E2</title></titles></relatedItem></relatedItems>"
    )
    record = of(link + item)
    assert record.instruments == (
        Instrument("E2", identifiers=(Identifier("10.5442/ni000001", "DOI"),)),
    )
    assert record.relations == record.related_items == ()
    (alone,) = of(link).relations  # an instrument has a name; this is only a link
    assert alone.kind == "Instrument"


def test_a_service_is_no_relation() -> None:
    record = of(
        "<relatedIdentifiers><relatedIdentifier relatedIdentifierType='URL' "
        "relationType='Other' resourceTypeGeneral='Service' relationTypeInformation="
        "'remote access: VISA'>https://example.org/visa</relatedIdentifier>"
        "</relatedIdentifiers>"
    )
    assert record.services == (Service("VISA", "https://example.org/visa"),)


@pytest.mark.parametrize(
    ("sizes", "size", "exact", "count", "extents"),
    [
        (["12.5 GB", "12534000000 bytes", "42 files"], 12_534_000_000, True, 42, ()),
        (["12.5 GB"], 12_500_000_000, False, None, ()),
        (["4 kB"], 4000, False, None, ()),
        (["2 KiB"], 2048, False, None, ("2 KiB",)),
        (["15 pages", "1 file"], None, True, 1, ("15 pages",)),
        (["1109920", "3978441"], None, True, None, ("1109920", "3978441")),
        (["1 MB", "2 MB"], None, True, None, ("1 MB", "2 MB")),
    ],
)
def test_sizes(
    sizes: list[str], size: int | None, exact: bool, count: int | None, extents: object
) -> None:
    record = of("".join(f"<size>{text}</size>" for text in sizes))
    found = (record.size, record.size_exact, record.file_count, record.extents)
    assert found == (size, exact, count, extents)


def test_places_of_kernels_3_and_4() -> None:
    corners = "".join(
        f"<polygonPoint><pointLongitude>{x}</pointLongitude><pointLatitude>{y}"
        "</pointLatitude></polygonPoint>"
        for x, y in ((0, 0), (0, 1), (1, 1), (0, 0))
    )
    record = of(
        "<geoLocations><geoLocation><geoLocationPoint>31.2 -67.3</geoLocationPoint>"
        "<geoLocationBox>41.1 -71.0 42.9 -68.2</geoLocationBox></geoLocation>"
        f"<geoLocation><geoLocationPolygons><geoLocationPolygon>{corners}"
        "<inPolygonPoint><pointLongitude>0.5</pointLongitude><pointLatitude>0.6"
        "</pointLatitude></inPolygonPoint></geoLocationPolygon></geoLocationPolygons>"
        "</geoLocation></geoLocations>"
    )
    assert record.location == Location(None, 31.2, -67.3, Box(-71.0, -68.2, 41.1, 42.9))
    points = (Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 0))
    assert record.places == (Location(polygons=(Polygon(points, Point(0.6, 0.5)),)),)


@pytest.mark.parametrize(
    ("general", "text", "kind", "kept"),
    [
        ("Dataset", "Raw experimental data", Kind.RAW, None),
        ("Dataset", "Dataset", Kind.DATASET, None),
        ("Dataset", "XML", Kind.DATASET, ResourceType("Dataset", "XML")),
        ("dataset", "", Kind.DATASET, ResourceType("Dataset")),
        ("Poster", "Poster", Kind.DOCUMENT, ResourceType("Poster", "Poster")),
        ("Nonsense", "x", Kind.OTHER, ResourceType("Nonsense", "x")),
    ],
)
def test_types(general: str, text: str, kind: Kind, kept: ResourceType | None) -> None:
    record = of(f"<resourceType resourceTypeGeneral='{general}'>{text}</resourceType>")
    assert (record.kind, record.resource_type) == (kind, kept)


@pytest.mark.parametrize(
    ("inner", "pid", "page", "local"),
    [
        (
            "<identifier identifierType='DOI'>doi:10.1234/A</identifier>",
            "10.1234/a",
            None,
            "",
        ),
        (
            "<identifier identifierType='URL'>https://doi.org/10.1234/A</identifier>",
            "10.1234/a",
            None,
            "",
        ),
        (
            "<identifier identifierType='URL'>https://hdl.handle.net/21.1/a</identifier>",
            "21.1/a",
            None,
            "",
        ),
        (
            "<identifier identifierType='URL'>https://example.org/1</identifier>"
            "<alternateIdentifiers><alternateIdentifier alternateIdentifierType='Local'>"
            "mine/1</alternateIdentifier></alternateIdentifiers>",
            None,
            "https://example.org/1",
            "mine/1",
        ),
    ],
)
def test_identity(inner: str, pid: str | None, page: str | None, local: str) -> None:
    record = of(inner)
    assert (record.pid and record.pid.value, record.landing_page) == (pid, page)
    assert record.id == (local or pid)


def test_a_link_that_is_also_an_item_gets_its_title() -> None:
    record = of(
        "<relatedIdentifiers><relatedIdentifier relatedIdentifierType='DOI' "
        "relationType='ispartof'>10.1234/P</relatedIdentifier></relatedIdentifiers>"
        "<relatedItems><relatedItem relatedItemType='Other' relationType='IsPartOf'>"
        "<relatedItemIdentifier relatedItemIdentifierType='DOI'>10.1234/p"
        "</relatedItemIdentifier><titles><title>The whole</title></titles></relatedItem>"
        "</relatedItems>"
    )
    assert record.relations == (
        Relation(Identifier("10.1234/p", "DOI"), "IsPartOf", "The whole"),
    )


# --- JSON as it is found --------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"titles": [{"title": "T"}], "publicationYear": 2020, "doi": "10.1234/A"},
        {
            "titles": "T",
            "publicationYear": "2020",
            "identifiers": {"identifier": "10.1234/a"},
        },
        {
            "data": {
                "attributes": {
                    "titles": ["T"],
                    "publicationYear": 2020.0,
                    "doi": "10.1234/a",
                }
            }
        },
        {
            "data": [
                {"titles": {"title": "T"}, "publicationYear": 2020, "doi": "10.1234/a"}
            ]
        },
        [{"title": "T", "titles": None, "publicationYear": "2020", "DOI": "10.1234/A"}],
        {
            "hits": {
                "total": 1,
                "hits": [
                    {
                        "pids": {"doi": {"identifier": "10.9/other"}},
                        "metadata": {
                            "titles": [{"title": " T "}],
                            "publicationYear": [2020],
                            "identifiers": [
                                {"identifier": "10.1234/a", "identifierType": "DOI"}
                            ],
                        },
                    }
                ],
            }
        },
    ],
)
def test_json_forms(document: object) -> None:
    record = read(json.dumps(document).encode()).record
    assert record == Record(
        id="10.1234/a",
        kind=Kind.OTHER,
        pid=Identifier("10.1234/a", "DOI"),
        titles=(Text("T"),),
        issued=Moment("2020"),
    )


def test_a_list_with_something_else_in_it_is_refused_with_its_place() -> None:
    with pytest.raises(SkipError, match="record 2"):
        list(read_all(json.dumps([{"titles": ["T"]}, {"x": 1}]).encode()))


def test_positions_of_json_keep_all_their_digits() -> None:
    spots = [
        {"pointLatitude": 48.8566123, "pointLongitude": "2.3522219"},
        {"pointLatitude": 49, "pointLongitude": 3.0},
    ]
    places = [
        {"geoLocationPoint": spots[0]},
        {
            "geoLocationPolygons": [
                {"polygonPoints": spots, "inPolygonPoint": spots[1]},
                {"polygonPoints": spots},
            ]
        },
        {"geoLocationPolygon": [{"polygonPoint": spot} for spot in spots]},
    ]
    document = {"titles": ["T"], "geoLocations": places}
    record = read(json.dumps(document).encode()).record
    assert record.location == Location(None, 48.8566123, 2.3522219)
    first, second = Point(48.8566123, 2.3522219), Point(49, 3)
    assert record.places == (
        Location(polygons=(Polygon((first, second), second), Polygon((first, second)))),
        Location(polygons=(Polygon((first, second)),)),
    )


@pytest.mark.parametrize(
    "document",
    [
        b"{}",
        b"[]",
        b"1",
        b"null",
        b'{"data": []}',
        b'{"data": 3}',
        b"<a/>",
        b"<resource/>",
    ],
)
def test_what_is_no_datacite_is_refused(document: bytes) -> None:
    with pytest.raises(SkipError):
        read(document)


def test_a_list_is_not_one_record() -> None:
    one = {"titles": ["T"]}
    with pytest.raises(SkipError) as refusal:
        read(json.dumps({"data": [one, one]}).encode())
    assert refusal.value.code == "document.several"


def junk() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    return st.recursive(
        leaves | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=3)
        ),
        max_leaves=8,
    )


_NAMES = (
    *("titles", "title", "creators", "name", "affiliation", "nameIdentifiers", "dates"),
    *("date", "types", "subjects", "subject", "publisher", "sizes", "rightsList"),
    *("geoLocations", "geoLocationPolygon", "geoLocationPoint", "polygonPoint", "doi"),
    *("relatedItems", "relatedIdentifiers", "relatedIdentifier", "identifiers"),
    *(
        "fundingReferences",
        "descriptions",
        "description",
        "publicationYear",
        "language",
    ),
    *("relatedItemIdentifier", "contributors", "contributorType", "geoLocationBox"),
)


@given(st.dictionaries(st.sampled_from(_NAMES), junk(), min_size=1))
def test_no_json_breaks_the_reader(document: dict[str, Any]) -> None:
    try:
        read(json.dumps({"titles": None, **document}).encode(), id="x")
    except SkipError:
        pytest.fail("it has titles, so it is DataCite")


def elements() -> st.SearchStrategy[str]:
    names = st.sampled_from(_NAMES)
    values = st.sampled_from(("", "10.1234/a", "2020", "1 2", "x/y", ":unav", "&#233;"))
    return st.recursive(
        st.builds("<{0}>{1}</{0}>".format, names, values),
        lambda inner: st.builds(
            lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
            names,
            st.lists(inner, max_size=3),
        ),
        max_leaves=10,
    )


@given(st.lists(elements(), max_size=4).map("".join))
def test_no_xml_breaks_the_reader(inner: str) -> None:
    read(resource(f"<titles><title>T</title></titles>{inner}"), id="x")
