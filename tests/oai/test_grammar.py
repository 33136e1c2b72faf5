"""The OAI-PMH grammar: arguments, datestamps, names, identifiers, responses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from xsd import assert_valid

from panharvest import oai
from panharvest.oai import requests
from panharvest.oai.names import _OURS, URI

REPOSITORY = "pan.example.org"

seconds = st.integers(0, 253_402_300_799)


def codes(arguments: list[tuple[str, str]]) -> list[str]:
    outcome = oai.parse_request(arguments)
    assert not isinstance(outcome, oai.Request), outcome
    return [fault.code for fault in outcome]


@given(seconds)
def test_a_datestamp_is_read_as_it_was_written(moment: int) -> None:
    assert oai.parse_datestamp(oai.format_datestamp(moment)) == moment


@given(st.dates())
def test_a_day_has_its_first_and_its_last_second(day: datetime) -> None:
    first = oai.parse_datestamp(day.isoformat())
    last = oai.parse_datestamp(day.isoformat(), last=True)
    assert first is not None
    assert last is not None
    assert oai.format_datestamp(first) == f"{day.isoformat()}T00:00:00Z"
    assert oai.format_datestamp(last) == f"{day.isoformat()}T23:59:59Z"


def test_an_instant_as_until_is_that_instant() -> None:
    text = "2024-02-29T12:00:00Z"
    expected = int(datetime(2024, 2, 29, 12, tzinfo=UTC).timestamp())
    assert oai.parse_datestamp(text, last=True) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "junk",
        "2024",
        "2024-02",
        "2024-02-30",
        "2023-02-29",
        "0000-01-01",
        "2024-13-01",
        "24-01-01",
        "2024-1-1",
        "20240101",
        "2024-01-01T00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00z",
        "2024-01-01t00:00:00Z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00.0Z",
        "2024-01-01T00:00:00+00:00",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2016-12-31T23:59:60Z",
        "-2024-01-01",
        "2024-01-01Z",
        " 2024-01-01",
        "2024-01-01\n",
        "٢٠٢٤-01-01",
    ],
)
def test_p9_other_forms_are_no_datestamps(text: str) -> None:
    assert oai.parse_datestamp(text) is None


@pytest.mark.parametrize(
    ("spec", "legal"),
    [
        ("openaire_data", True),
        ("facility:esrf", True),
        ("technique:PaNET01168", True),
        ("a:b:c", True),
        ("-_.!~*'()", True),
        ("", False),
        (":a", False),
        ("a:", False),
        ("a::b", False),
        ("a b", False),
        ("a/b", False),
        ("café", False),
        ("a\n", False),
        ("a" * 161, False),
    ],
)
def test_p17_set_specs(spec: str, legal: bool) -> None:
    assert oai.is_set_spec(spec) is legal


def test_p16_a_hierarchical_set_lies_in_its_ancestors() -> None:
    assert oai.set_ancestors("a:b:c") == ("a", "a:b")
    assert oai.set_ancestors("a") == ()


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1))
def test_an_identifier_comes_apart_as_it_was_put_together(local: str) -> None:
    identifier = oai.compose_identifier(REPOSITORY, local)
    assert identifier.isascii()
    known = oai.decompose_identifier(REPOSITORY, identifier)
    assert known == local or not local.isprintable()


def test_a_doi_is_readable_in_its_identifier() -> None:
    identifier = oai.compose_identifier(REPOSITORY, "10.15151/esrf-es-1")
    assert identifier == "oai:pan.example.org:10.15151/esrf-es-1"
    odd = oai.compose_identifier(REPOSITORY, "esrf/hg 12/réf#1<2>.nxs")
    assert odd == "oai:pan.example.org:esrf/hg%2012/r%C3%A9f%231%3C2%3E.nxs"


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "oai:pan.example.org:",
        "oai:pan.example.org",
        "oai:other.example.org:10.1/a",
        "OAI:pan.example.org:10.1/a",
        "10.1/a",
        "oai:pan.example.org:%31",  # another spelling of 1
        "oai:pan.example.org:a%c3%a9",  # another letter case of é
        "oai:pan.example.org:%FF",
        "oai:pan.example.org:%00",
        "oai:pan.example.org:%0A",
        "oai:pan.example.org:a b",
        "oai:pan.example.org:%ED%A0%80",
    ],
)
def test_other_identifiers_are_not_ours(identifier: str) -> None:
    assert oai.decompose_identifier(REPOSITORY, identifier) is None


def test_a_request_is_read() -> None:
    request = oai.parse_request(
        [
            ("verb", "ListRecords"),
            ("metadataPrefix", "oai_dc"),
            ("from", "2024-01-01"),
            ("until", "2024-01-01"),
            ("set", "facility:esrf"),
        ]
    )
    assert isinstance(request, oai.Request)
    assert request.verb is oai.Verb.LIST_RECORDS
    assert (request.prefix, request.set) == ("oai_dc", "facility:esrf")
    assert request.first is not None
    assert request.last == request.first + 86_399


def test_every_wrong_argument_is_told() -> None:
    assert codes([("verb", "GetRecord"), ("colour", "blue"), ("taste", "sweet")]) == [
        "badArgument"
    ] * len(["colour", "taste", "identifier", "metadataPrefix"])


def test_a_message_does_not_repeat_hostile_names() -> None:
    outcome = oai.parse_request([("verb", "Identify"), ("<script>\x00", "1")])
    assert isinstance(outcome, tuple)
    assert "script" not in outcome[0].message


def test_the_echo_leaves_out_what_could_not_be_valid() -> None:
    request = oai.parse_request(
        [
            ("verb", "GetRecord"),
            ("identifier", 'invalid"id'),
            ("metadataPrefix", "oai_dc"),
        ]
    )
    assert isinstance(request, oai.Request)
    echo = oai.write_request("https://pan.example.org/oai", request)
    element = etree.fromstring(echo)
    assert dict(element.attrib) == {"verb": "GetRecord", "metadataPrefix": "oai_dc"}


texts = st.text(max_size=60)
names = st.one_of(
    st.sampled_from(
        [
            "verb",
            "identifier",
            "metadataPrefix",
            "from",
            "until",
            "set",
            "resumptionToken",
        ]
    ),
    st.text(max_size=8),
)
values = st.one_of(
    st.sampled_from([*oai.Verb, "oai_dc", "2024-01-01", "a:b", "oai:x.org:1"]),
    texts,
    st.text("aZ0:/?#[]@!$&'()*+,;=%09AF-._~", max_size=12),
    st.text(st.characters(categories=("Cs", "Cc")), max_size=5),
)


@given(st.lists(st.tuples(names, values), max_size=6))
def test_p8_whatever_is_asked_the_answer_is_well_formed(
    arguments: list[tuple[str, str]],
) -> None:
    outcome = oai.parse_request(arguments)
    request = outcome if isinstance(outcome, oai.Request) else None
    faults = (
        (oai.Fault(oai.ErrorCode.NO_RECORDS_MATCH, "nothing"),)
        if isinstance(outcome, oai.Request)
        else outcome
    )
    body = oai.write_response(
        1_700_000_000,
        oai.write_request("https://pan.example.org/oai", request),
        [oai.write_fault(fault) for fault in faults],
    )
    root = assert_valid(body)
    echoed = root[1].attrib
    if request is None:
        assert not echoed
    else:
        given_ones = dict(arguments)
        left_out = given_ones.keys() - set(echoed)
        assert left_out <= {"identifier"}
        assert all(given_ones[str(name)] == value for name, value in echoed.items())


usual = st.builds(
    lambda verb, rest: [("verb", verb), *rest],
    st.sampled_from(oai.Verb),
    st.lists(st.tuples(names, values), max_size=3),
)


@given(st.one_of(usual, usual.map(lambda one: one[::-1])))
def test_the_short_way_of_usual_requests_leads_to_the_same(
    arguments: list[tuple[str, str]],
) -> None:
    short = oai.parse_request(arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests, "_is_usual", lambda *_: False)
        assert oai.parse_request(arguments) == short


_OF_OURS = "".join(chr(c) for c in range(33, 127))


@given(
    st.from_regex(r"oai:[A-Za-z0-9.\-]+:", fullmatch=True),
    st.text(_OF_OURS, min_size=1),
)
def test_the_short_test_of_identifiers_takes_no_more_than_the_long(
    start: str, local: str
) -> None:
    if _OURS.fullmatch(start + local):
        assert URI.fullmatch(start + local)


@given(st.text(min_size=1))
def test_every_identifier_of_ours_is_a_uri(local: str) -> None:
    try:
        identifier = oai.compose_identifier("pan.example.org", local)
    except UnicodeEncodeError:  # lone surrogates are in no id
        return
    assert oai.is_uri(identifier)


@pytest.mark.parametrize("value", ["a\nb", "a b", "\u00a0", "\x7f", ""])
def test_no_odd_value_passes_as_a_usual_one(value: str) -> None:
    request = [
        ("verb", "GetRecord"),
        ("metadataPrefix", "oai_dc"),
        ("identifier", value),
    ]
    assert not requests._is_usual(oai.Verb.GET_RECORD, request, dict(request))
