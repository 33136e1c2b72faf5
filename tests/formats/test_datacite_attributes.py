"""Every element and attribute of kernel 4.7 is read and written again."""
# ruff: noqa: E501  (documents are easier to read in whole lines)

from __future__ import annotations

import pytest
from lxml import etree
from xsd import SCHEMAS

from panharvest.converting import validate
from panharvest.formats import DOCUMENTS, READERS
from panharvest.formats.datacite import DataCite

# Each text is one that is nowhere else in it.
DOCUMENT = b"""<resource xmlns="http://datacite.org/schema/kernel-4" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://datacite.org/schema/kernel-4 https://schema.datacite.org/meta/kernel-4.7/metadata.xsd">
<identifier identifierType="DOI">10.1234/m1</identifier>
<creators><creator><creatorName nameType="Personal" xml:lang="fr">van der M2, Ann-M3</creatorName><givenName xml:lang="fr">Ann-M3</givenName><familyName>van der M2</familyName><nameIdentifier nameIdentifierScheme="ISNI" schemeURI="https://example.org/isniM4">M5</nameIdentifier><affiliation affiliationIdentifier="grid.M6" affiliationIdentifierScheme="GRID" schemeURI="https://grid.ac/M7">M8</affiliation></creator>
<creator><creatorName nameType="Organizational">M9 org</creatorName></creator></creators>
<titles><title xml:lang="en">M10</title><title xml:lang="de" titleType="TranslatedTitle">M11</title><title titleType="Subtitle">M12</title><title titleType="AlternativeTitle">M13</title><title titleType="Other">M14</title></titles>
<publisher publisherIdentifier="https://ror.org/02550n020" publisherIdentifierScheme="ROR" schemeURI="https://ror.org/" xml:lang="en">M15</publisher>
<publicationYear>2021</publicationYear>
<resourceType resourceTypeGeneral="Poster">M16</resourceType>
<subjects><subject subjectScheme="M17" schemeURI="https://example.org/M18" valueURI="https://example.org/M19" classificationCode="M20" xml:lang="de">M21</subject></subjects>
<contributors><contributor contributorType="Translator"><contributorName nameType="Personal">M22</contributorName></contributor><contributor contributorType="RelatedPerson"><contributorName>M23</contributorName><nameIdentifier nameIdentifierScheme="X24" schemeURI="https://example.org/M25">M26</nameIdentifier><affiliation>M27</affiliation></contributor></contributors>
<dates><date dateType="Coverage" dateInformation="M28">2001-02-03/2004-05-06</date><date dateType="Other" dateInformation="M29">1999</date><date dateType="Valid">2010/2012</date><date dateType="Copyrighted">1987</date><date dateType="Available">2021-03-04</date><date dateType="Accepted">2020-03-04</date><date dateType="Collected">1977-01-01T10:11:12Z/1977-02-01T10:11:12Z</date><date dateType="Withdrawn" dateInformation="M30">2022</date></dates>
<language>en-GB</language>
<alternateIdentifiers><alternateIdentifier alternateIdentifierType="M31">M32</alternateIdentifier></alternateIdentifiers>
<relatedIdentifiers>
<relatedIdentifier relatedIdentifierType="RAiD" relationType="IsTranslationOf" resourceTypeGeneral="Project">https://raid.org/10.1234/M33</relatedIdentifier>
<relatedIdentifier relatedIdentifierType="SWHID" relationType="Other" relationTypeInformation="M34" resourceTypeGeneral="Software">swh:1:dir:M35</relatedIdentifier>
<relatedIdentifier relatedIdentifierType="URL" relationType="HasMetadata" relatedMetadataScheme="M36" schemeURI="https://example.org/M37" schemeType="M38">https://example.org/M39</relatedIdentifier>
<relatedIdentifier relatedIdentifierType="CSTR" relationType="HasTranslation">31253.M40</relatedIdentifier>
<relatedIdentifier relatedIdentifierType="RRID" relationType="Collects">RRID:M41</relatedIdentifier>
</relatedIdentifiers>
<sizes><size>M42 pages</size><size>12.5 GB</size></sizes><formats><format>M43</format></formats><version>M44</version>
<rightsList><rights rightsURI="https://example.org/M45" rightsIdentifier="M46" rightsIdentifierScheme="M47" schemeURI="https://example.org/M48" xml:lang="en">M49</rights></rightsList>
<descriptions><description descriptionType="SeriesInformation" xml:lang="en">M50<br/>M51</description><description descriptionType="TableOfContents">M52</description><description descriptionType="TechnicalInfo">M53</description></descriptions>
<geoLocations><geoLocation><geoLocationPlace>M54</geoLocationPlace><geoLocationPoint><pointLongitude>11.25</pointLongitude><pointLatitude>12.5</pointLatitude></geoLocationPoint><geoLocationBox><westBoundLongitude>1.125</westBoundLongitude><eastBoundLongitude>2.125</eastBoundLongitude><southBoundLatitude>3.125</southBoundLatitude><northBoundLatitude>4.125</northBoundLatitude></geoLocationBox><geoLocationPolygon><polygonPoint><pointLongitude>5.5</pointLongitude><pointLatitude>6.5</pointLatitude></polygonPoint><polygonPoint><pointLongitude>7.5</pointLongitude><pointLatitude>8.5</pointLatitude></polygonPoint><polygonPoint><pointLongitude>9.5</pointLongitude><pointLatitude>10.5</pointLatitude></polygonPoint><polygonPoint><pointLongitude>5.5</pointLongitude><pointLatitude>6.5</pointLatitude></polygonPoint><inPolygonPoint><pointLongitude>7.25</pointLongitude><pointLatitude>7.75</pointLatitude></inPolygonPoint></geoLocationPolygon><geoLocationPolygon><polygonPoint><pointLongitude>55.5</pointLongitude><pointLatitude>66.5</pointLatitude></polygonPoint><polygonPoint><pointLongitude>7.5</pointLongitude><pointLatitude>8.5</pointLatitude></polygonPoint><polygonPoint><pointLongitude>9.5</pointLongitude><pointLatitude>10.5</pointLatitude></polygonPoint><polygonPoint><pointLongitude>55.5</pointLongitude><pointLatitude>66.5</pointLatitude></polygonPoint></geoLocationPolygon></geoLocation></geoLocations>
<fundingReferences><fundingReference><funderName>M55</funderName><funderIdentifier funderIdentifierType="Other" schemeURI="https://example.org/M56">M57</funderIdentifier><awardNumber awardURI="https://example.org/M58">M59</awardNumber><awardTitle xml:lang="de">M60</awardTitle></fundingReference></fundingReferences>
<relatedItems><relatedItem relatedItemType="BookChapter" relationType="IsPublishedIn"><relatedItemIdentifier relatedItemIdentifierType="ISBN" relatedMetadataScheme="M61" schemeURI="https://example.org/M62" schemeType="M63">978-0-306-40615-7</relatedItemIdentifier><creators><creator><creatorName nameType="Personal" xml:lang="en">M64, G</creatorName><givenName>G</givenName><familyName>M64</familyName></creator></creators><titles><title xml:lang="en">M65</title><title titleType="TranslatedTitle" xml:lang="de">M66</title></titles><publicationYear>1988</publicationYear><volume>M67</volume><issue>M68</issue><number numberType="Article">M69</number><firstPage>M70</firstPage><lastPage>M71</lastPage><publisher>M72</publisher><edition>M73</edition><contributors><contributor contributorType="Editor"><contributorName nameType="Personal">M74</contributorName></contributor></contributors></relatedItem>
<relatedItem relatedItemType="Presentation" relationType="Other" relationTypeInformation="M75"><titles><title>M76</title></titles></relatedItem></relatedItems>
</resource>"""


def said(document: bytes) -> set[tuple[str, str]]:
    """Give each text and each attribute with the element that it is of."""
    found = set()
    for element in etree.fromstring(document).iter():
        name = etree.QName(element).localname
        text = (
            " ".join("".join(element.itertext()).split())
            if name == "description"
            else ""
        )
        if text := text or " ".join((element.text or "").split()):
            found.add((name, text))
        for key, value in element.attrib.items():
            attribute = etree.QName(key).localname
            if attribute != "schemaLocation":
                found.add((f"{name}@{attribute}", value.rstrip("/")))
    return found


def test_nothing_of_a_full_document_is_lost_but_what_is_left_out_on_purpose() -> None:
    record = DataCite().read(DOCUMENT).record
    written = DataCite().write(record)
    assert written is not None
    before = said(DOCUMENT.replace(b"<br/>", b" "))
    assert before - said(written) == {
        ("publisher", "M72"),  # of a related item: B2FIND takes it for the dataset's
        # the kernel defines no language of these: its schema lets any attribute pass
        ("givenName@lang", "fr"),
        ("awardTitle@lang", "de"),
    }
    # the date of issue is that of the end of the embargo
    assert said(written) - before == {("date@dateType", "Issued")}


def test_it_stays_what_it_is_however_often_it_is_read_and_written() -> None:
    document = DOCUMENT
    records = []
    for _ in range(3):
        record = DataCite().read(document).record
        records.append(record)
        document = DataCite().write(record) or b""
    assert records[1] == records[2]
    for form in ("datacite-json", "schemaorg", "rdf", "pan", "dcat-json", "oai_dc"):
        once = READERS[form].read(DOCUMENTS[form].write(records[2]) or b"").record
        twice = READERS[form].read(DOCUMENTS[form].write(once) or b"").record
        thrice = READERS[form].read(DOCUMENTS[form].write(twice) or b"").record
        assert thrice == twice, form


@pytest.mark.parametrize("version", ["4.4", "4.5", "4.6", "4.7"])
def test_every_kernel_takes_it(version: str) -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the folder of schemas (../shared/data/schemas) is not here")
    written = DataCite(version).write(DataCite().read(DOCUMENT).record)
    assert written is not None
    assert [p for p in validate(written, schemas=SCHEMAS) if "XSD" in p.code] == []
    assert validate(DOCUMENT, schemas=SCHEMAS) == ()
