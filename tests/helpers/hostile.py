"""Queries that nobody means well with."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

from panharvest.oai import Verb

if TYPE_CHECKING:
    import random

NAMES = b"verb identifier metadataPrefix from until set resumptionToken x".split()
RAW = [
    b"",
    b" ",
    b"\0",
    b"\x01\x02\x1b",
    b"\x7f\x85",
    b"\r\nSet-Cookie: a=b",
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xed\xb0\x80\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbf\xbe",
    b"\xef\xbf\xbf",
    b"\xe2\x80\xae",
    b"]]>",
    b"<script>alert(1)</script>",
    b'"><x y="',
    b"&lt;&amp;&#0;",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
    b"<!--",
    b"<?xml version='1.0'?>",
    b"' OR 1=1 --",
    b"'; DROP TABLE version; --",
    b"%s%n%d{0}{x}$(id)`id`",
    b"../../../../etc/passwd",
    b"2024-01-01",
    b"9999-12-31T23:59:59Z",
    b"0000-00-00",
    b"99999-01-01",
    b"oai_dc",
    b"_record",
    b"oai:pan.example.org:10.1234/a0",
    b"oai:pan.example.org:%00",
    b"kind:raw",
    b":::::",
    "é😀٣".encode(),
    b"A" * 5000,
    b"%25" * 40_000,
    b"\xff" * 1000,
]


def payload(chance: random.Random, token: bytes) -> bytes:
    """Make a query: some names, some values, encoded or not, sometimes mangled."""
    values = [*RAW, *(verb.encode() for verb in Verb), token]
    fields = []
    if chance.random() < 0.8:
        fields.append(b"verb=" + chance.choice(list(Verb)).encode())
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8, 40))):
        value = chance.choice(values)
        if chance.random() < 0.2:
            cut = chance.randrange(len(value) + 1)
            value = value[:cut] + chance.randbytes(3) + value[cut:]
        if chance.random() < 0.7:
            value = quote_from_bytes(value, safe=b"").encode()
        fields.append(chance.choice(NAMES) + b"=" + value)
    chance.shuffle(fields)
    return b"&".join(fields)
