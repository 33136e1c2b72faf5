"""Text that is put into XML by hand comes out of a parser as it went in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from panharvest.xmltext import attribute, fold, is_uri, line, prose, uri_attribute

ANY = st.text(st.characters()) | st.text("a &<>\"'\r\n\t\x00\x0b\u00a0\ud800\ufffe")


@given(ANY)
def test_a_line_is_read_back_folded(text: str) -> None:
    element = etree.fromstring(f"<a>{line(text)}</a>")
    assert (element.text or "") == fold(text)
    assert "\n" not in line(text)


@given(ANY)
def test_prose_keeps_its_lines(text: str) -> None:
    read = etree.fromstring(f"<a>{prose(text)}</a>").text or ""
    assert read == read.strip()
    assert fold(read) == fold(text)


@given(ANY)
def test_an_attribute_is_read_back_or_absent(text: str) -> None:
    element = etree.fromstring(f"<a{attribute('b', text)}/>")
    assert element.get("b", "") == fold(text)


def test_lines_of_prose() -> None:
    assert prose("\r\none\r\ntwo\rthree\n") == "one\ntwo\nthree"
    assert prose("plain") == "plain"


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "http://purl.org/pan-science/PaNET/PaNET01188",
        "https://example.org:8443/a?b=c&d=%20#e",
        "info:eu-repo/semantics/openAccess",
        "urn:nbn:de:101:1-2",
    ],
)
def test_addresses(text: str) -> None:
    assert is_uri(text)
    assert etree.fromstring(f"<a{uri_attribute('b', text)}/>").get("b") == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "example.org", "https://", "https://a b", "https://[", "http://a:b/"),
        *("https://a/%zz", "https://a/<b>", 'https://a/"', "javascript:alert(1)"),
        "https://a/\n",
    ],
)
def test_no_addresses(text: str) -> None:
    assert not is_uri(text)
    assert uri_attribute("b", text) == ""
