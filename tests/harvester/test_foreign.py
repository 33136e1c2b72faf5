"""Harvested records read: whatever wrapper, prefix and kernel they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from answers import FEED, as_stored
from lxml import etree

from panharvest.errors import SkipError
from panharvest.harvester.foreign import MOST_HOPS, Document, read
from panharvest.record import Identifier, Kind
from panharvest.sources.oaipmh.pages import parse

if TYPE_CHECKING:
    from pathlib import Path

OAI = "http://www.openarchives.org/OAI/2.0/"
KERNEL = "http://datacite.org/schema/kernel-4"
INNER = (
    '<{p}identifier identifierType="DOI">10.1234/x</{p}identifier><{p}creators>'
    "<{p}creator><{p}creatorName>Doe, Jo</{p}creatorName></{p}creator></{p}creators>"
    "<{p}titles><{p}title>T</{p}title></{p}titles><{p}publisher>P</{p}publisher>"
    "<{p}publicationYear>2020</{p}publicationYear>"
    '<{p}resourceType resourceTypeGeneral="Dataset">D</{p}resourceType>'
)


def document(metadata: str, root: str = "", about: str = "") -> Document:
    body = (
        f'<OAI-PMH xmlns="{OAI}"{root}><responseDate>2024-01-01T00:00:00Z'
        "</responseDate><request>x</request><ListRecords><record><header>"
        "<identifier>oai:x:1</identifier><datestamp>2024-01-02T03:04:05Z</datestamp>"
        f"</header><metadata>{metadata}</metadata>{about}</record></ListRecords>"
        "</OAI-PMH>"
    )
    (one,) = as_stored(parse(body.encode()))
    return read(one, id=one.identifier)


def resource(prefix: str = "", *, namespace: str = KERNEL, declare: bool = True) -> str:
    mark = f"xmlns:{prefix}" if prefix else "xmlns"
    p = f"{prefix}:" if prefix else ""
    declared = f' {mark}="{namespace}"' if declare else ""
    return f"<{p}resource{declared}>{INNER.format(p=p)}</{p}resource>"


KERNELS = [
    "http://datacite.org/schema/kernel-2.2",
    "http://datacite.org/schema/kernel-3",
    KERNEL,
    "https://schema.datacite.org/meta/kernel-4.7",
]


@pytest.mark.parametrize("namespace", KERNELS)
@pytest.mark.parametrize("prefix", ["", "ns0", "datacite"])
@pytest.mark.parametrize(
    "wrapper",
    [
        "{}",
        '<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.0/"><schemaVersion>'
        "4</schemaVersion><payload>{}</payload></oai_datacite>",
        '<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><payload>{}'
        "</payload></oai_datacite>",
        '<oai_datacite xmlns="http://schema.datacite.org/oai/oai-2.0/">{}</oai_datacite>',
        "<made-up><inner>{}</inner></made-up>",
    ],
)
def test_datacite_in_any_namespace_prefix_and_wrapper(
    namespace: str, prefix: str, wrapper: str
) -> None:
    found = document(wrapper.format(resource(prefix, namespace=namespace)))
    record = found.record
    assert record.id == "oai:x:1"
    assert record.pid == Identifier("10.1234/x", "DOI")
    assert record.kind is Kind.DATASET
    assert [title.value for title in record.titles] == ["T"]
    assert [agent.name for agent in record.creators] == ["Doe, Jo"]
    assert record.publisher is not None


def test_openaire_is_read_too() -> None:
    found = document(
        '<resource xmlns="http://namespace.openaire.eu/schema/oaire/" '
        f'xmlns:datacite="{KERNEL}"><datacite:titles><datacite:title>T'
        "</datacite:title></datacite:titles><datacite:creators><datacite:creator>"
        "<datacite:creatorName>Doe, Jo</datacite:creatorName></datacite:creator>"
        '</datacite:creators><datacite:identifier identifierType="DOI">10.1234/x'
        '</datacite:identifier><licenseCondition uri="https://creativecommons.org/'
        'licenses/by/4.0/">CC BY 4.0</licenseCondition></resource>'
    ).record
    assert found.pid == Identifier("10.1234/x", "DOI")
    assert found.licence is not None
    assert found.licence.spdx == "CC-BY-4.0"


def test_what_stands_on_its_own_is_passed_on_byte_for_byte() -> None:
    text = resource().replace("<titles>", "<!-- a comment --><titles >")
    assert document(f"\n {text} ").metadata == text.encode()


def test_prefixes_declared_further_out_are_brought_along() -> None:
    text = resource("ns0", declare=False)
    found = document(text, root=f' xmlns:ns0="{KERNEL}" xmlns:unused="urn:x"')
    alone = etree.fromstring(found.metadata)
    assert etree.QName(alone).namespace == found.namespace == KERNEL
    assert b"unused" not in found.metadata
    inner = document(resource(declare=False).replace("<resource>", "<resource >"))
    assert inner.namespace == OAI  # in the namespace of the protocol: a usual mistake
    assert etree.fromstring(inner.metadata).tag == f"{{{OAI}}}resource"


def test_the_origin_and_those_behind_it() -> None:
    hop = (
        '<originDescription harvestDate="2020-01-01T00:00:00Z" altered="true">'
        "<baseURL>https://{n}.example.org/oai</baseURL><identifier>oai:{n}:1"
        "</identifier><datestamp>2019-01-01</datestamp><metadataNamespace>urn:x"
        "</metadataNamespace>{inner}</originDescription>"
    )
    chain = ""
    for number in range(20):
        chain = hop.format(n=f"h{number}", inner=chain)
    found = document(
        resource(),
        about=f'<about><provenance xmlns="{OAI}provenance">{chain}</provenance></about>'
        '<about><rights xmlns="urn:r">ours</rights></about>',
    )
    origin = found.origin
    assert origin.base_url == FEED.url
    assert (origin.identifier, origin.datestamp) == ("oai:x:1", "2024-01-02T03:04:05Z")
    assert (origin.namespace, origin.altered) == (KERNEL, False)
    assert origin.harvested == "2023-11-14T22:13:20Z"
    assert origin.origin is not None
    assert origin.origin.base_url == "https://h19.example.org/oai"
    assert origin.origin.altered
    depth = 0
    while origin.origin is not None:
        origin = origin.origin
        depth += 1
    assert depth == MOST_HOPS
    assert found.about == (
        f'<about xmlns="{OAI}"><rights xmlns="urn:r">ours</rights></about>'.encode()
    )


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ('<mods xmlns="http://www.loc.gov/mods/v3"><a/></mods>', "document.foreign"),
        ("<x:y/>", "document.xml"),
        (f"{'<a>' * 300}{'</a>' * 300}", "document.xml"),
    ],
)
def test_what_cannot_be_read_has_a_reason(metadata: str, code: str) -> None:
    with pytest.raises(SkipError) as told:
        document(metadata)
    assert told.value.code == code


# Of each real response the format of its records, or why they are not read.
READ = {
    "datacite-viringo/oai_getrecord_datacite.xml": ["resource"],
    "datacite-viringo/oai_getrecord_dc.xml": ["dc"],
    "datacite-viringo/oai_getrecord_oaidatacite.xml": ["oai_datacite"],
    "datacite-viringo/oai_listrecords_dc.xml": ["dc"] * 2,
    "http-oai/badbytes.xml": ["dc"],
    "http-oai/getrecord.xml": ["dc"],
    "http-oai/mets.xml": ["document.foreign"],
    "pyoai-fake1/00004.xml": ["dc"],
    "pyoai-fake1/00005.xml": ["dc"] * 16,
    "sickle/GetRecord.xml": ["dc"],
    "sickle/GetRecord_utf8test.xml": ["dc"],
    "sickle/ListRecords.xml": ["dc"],
    "sickle/ListRecords2.xml": ["dc"],
    "sickle/ListRecords3.xml": ["dc"],
    "sickle/ListRecords4.xml": ["dc"],
}


@pytest.mark.parametrize(("name", "wanted"), READ.items())
def test_records_of_real_responses(shared: Path, name: str, wanted: list[str]) -> None:
    found = []
    for one in as_stored(parse((shared / "oai" / name).read_bytes())):
        try:
            done = read(one, id=one.identifier)
        except SkipError as problem:
            found.append(problem.code)
        else:
            assert done.record.titles
            assert done.origin.identifier == one.identifier
            found.append(done.name)
    assert found == wanted
