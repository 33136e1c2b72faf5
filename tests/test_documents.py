"""Documents from outside: any encoding is read, nothing is expanded or fetched."""

from __future__ import annotations

import pytest

from panharvest.documents import DEEPEST, LARGEST, looks_like_xml, parse_json, parse_xml
from panharvest.errors import SkipError

DECLARED = '<?xml version="1.0" encoding="{}"?><a>é</a>'


@pytest.mark.parametrize(
    "document",
    [
        "<a>é</a>".encode(),
        "\ufeff<a>é</a>".encode(),
        DECLARED.format("UTF-16").encode("utf-16"),
        DECLARED.format("ISO-8859-1").encode("latin-1"),
        b"\n  <a>\xc3\xa9</a>\n",
    ],
)
def test_xml_in_any_encoding(document: bytes) -> None:
    assert parse_xml(document).text == "é"
    assert looks_like_xml(document)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "document.xml"),
        (b"plain", "document.xml"),
        (b"<a>", "document.xml"),
        (b"<a>\xff</a>", "document.xml"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "document.xml"),
        (b"<a>&undefined;</a>", "document.xml"),
        (b"<a>" + b"<b>" * 400, "document.xml"),
        (b"<!DOCTYPE a><a/>", "document.dtd"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "document.dtd"),
        (
            b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>',
            "document.dtd",
        ),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a/>', "document.dtd"),
        (b"<a>" + b" " * LARGEST + b"</a>", "document.large"),
    ],
)
def test_xml_that_is_refused(document: bytes, code: str) -> None:
    with pytest.raises(SkipError) as refusal:
        parse_xml(document)
    assert refusal.value.code == code
    assert "passwd" not in refusal.value.message
    assert "\n" not in refusal.value.message


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_json_in_any_encoding(encoding: str) -> None:
    assert parse_json('{"a": "é"}'.encode(encoding)) == {"a": "é"}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "document.json"),
        (b"{", "document.json"),
        (b'{"a": NaN}', "document.json"),
        (b"1e999", "document.json"),
        (b'{"a": "\xff"}', "document.json"),
        (b"[" * 100_000, "document.json"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "document.large"),
        (b'"' + b"a" * LARGEST + b'"', "document.large"),
    ],
)
def test_json_that_is_refused(document: bytes, code: str) -> None:
    with pytest.raises(SkipError) as refusal:
        parse_json(document)
    assert refusal.value.code == code
    assert not looks_like_xml(document)
