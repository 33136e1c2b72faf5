"""Containers of the guidelines: provenance, rights, friends; always valid XML."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from xsd import assert_valid, parse

from panharvest import oai
from panharvest.record import Origin

TERMS = "https://creativecommons.org/publicdomain/zero/1.0/?a=1&b=2"
FIRST = Origin(
    "https://far.example.org/oai",
    "oai:far.example.org:1?x=1&y=2",
    "2020-02-03",
    "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "2021-01-01T00:00:00Z",
)
SECOND = Origin(
    "https://near.example.org/oai",
    "oai:near.example.org:1",
    "2021-02-03T04:05:06Z",
    "http://datacite.org/schema/kernel-4",
    "2022-01-01T00:00:00Z",
    altered=True,
    origin=FIRST,
)


def inner(about: bytes) -> etree._Element:
    """Give what is in the one container, after validating it."""
    container = parse(about)
    assert container.tag == "about"
    (only,) = container
    return assert_valid(etree.tostring(only))


def test_p42_provenance_of_a_second_hop_is_nested() -> None:
    outer = inner(oai.about_provenance(SECOND))[0]
    assert outer.attrib == {"harvestDate": "2022-01-01T00:00:00Z", "altered": "true"}
    assert [child.text for child in outer[:4]] == [
        "https://near.example.org/oai",
        "oai:near.example.org:1",
        "2021-02-03T04:05:06Z",
        "http://datacite.org/schema/kernel-4",
    ]
    behind = outer[4]
    assert behind.attrib == {"harvestDate": "2021-01-01T00:00:00Z", "altered": "false"}
    assert behind[1].text == FIRST.identifier
    assert len(behind) == 4


def test_p42_a_record_of_our_own_has_no_provenance() -> None:
    assert oai.about_provenance(None) == b""


@pytest.mark.parametrize(
    "bad",
    [
        {"base_url": ""},
        {"base_url": "not an address"},
        {"identifier": "<&>"},
        {"datestamp": "2017-01-00T03:24:00Z"},
        {"datestamp": "yesterday"},
        {"harvested": ""},
        {"namespace": "a b"},
    ],
)
def test_p42_what_cannot_be_said_validly_ends_the_chain(bad: dict[str, Any]) -> None:
    assert oai.about_provenance(replace(SECOND, **bad)) == b""
    nested = replace(SECOND, origin=replace(FIRST, **bad))
    assert len(inner(oai.about_provenance(nested))[0]) == 4


words = st.text(max_size=30) | st.sampled_from(["https://a.example.org", "2020-01-01"])


@given(st.builds(Origin, words, words, words, words, words, st.booleans()))
def test_p42_provenance_is_valid_or_absent(origin: Origin) -> None:
    about = oai.about_provenance(origin)
    if about:
        inner(about)


def test_p43_rights_are_those_of_the_metadata() -> None:
    rights = inner(oai.about_rights(TERMS))
    assert rights[0].get("ref") == TERMS
    manifest = parse(f'<x xmlns:xsi="a">{oai.describe_rights(TERMS)}</x>'.encode())
    (element,) = manifest[0]
    assert element.get("appliesTo", "").endswith("entity#metadata")
    assert element.xpath("string(.//*[local-name()='rightsReference']/@ref)") == TERMS
