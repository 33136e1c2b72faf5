"""Answers written by hand, so that whatever is wrong in a page is wrong on the wire.

Nothing of :mod:`panharvest.oai` is used: a provider for tests that shared its writer
with what is tested would hide what both get wrong.
"""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

from panharvest.testing.faulty.entries import FORMATS

if TYPE_CHECKING:
    from panharvest.testing.faulty.model import Item, Page, Token

_OAI = "http://www.openarchives.org/OAI/2.0/"


def moment(seconds: float) -> str:
    """Write an instant as the protocol does."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def write_page(page: Page, token: str) -> bytes:
    """Write an answer; ``token`` is the text of its resumption token."""
    attributes = "".join(f' {name}="{escape(text)}"' for name, text in page.request)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<OAI-PMH xmlns="{_OAI}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_OAI} {_OAI}OAI-PMH.xsd">\n'
        f"<responseDate>{page.response_date}</responseDate>\n"
        f"<request{attributes}>{escape(page.base_url)}</request>\n"
    )
    return b"".join((head.encode(), _content(page, token), b"</OAI-PMH>\n"))


def _content(page: Page, token: str) -> bytes:
    if page.error is not None:
        code, message = page.error
        return f'<error code="{code}">{escape(message)}</error>\n'.encode()
    inner = _WRITERS[page.verb](page)
    if page.token is not None:
        inner += _token(page.token, token)
    if not page.wrapped:
        return inner
    return b"<%s>\n%s</%s>\n" % (page.verb.encode(), inner, page.verb.encode())


def _token(token: Token, text: str) -> bytes:
    attributes = ""
    if token.expires is not None:
        attributes += f' expirationDate="{moment(token.expires)}"'
    if token.size is not None:
        attributes += f' completeListSize="{token.size}"'
    if token.cursor is not None:
        attributes += f' cursor="{token.cursor}"'
    padded = f"{token.padding}{escape(text)}{token.padding}"
    return f"<resumptionToken{attributes}>{padded}</resumptionToken>\n".encode()


def _records(page: Page) -> bytes:
    return b"".join(_record(item) for item in page.items)


def _headers(page: Page) -> bytes:
    return b"".join(_header(item) for item in page.items)


def _record(item: Item) -> bytes:
    parts = [b"<record>\n", _header(item)]
    if item.document is not None:
        parts += (b"<metadata>", item.document, b"</metadata>\n", item.about)
    return b"".join((*parts, b"</record>\n"))


def _header(item: Item) -> bytes:
    said = {
        "identifier": f"<identifier{item.attributes}>{escape(item.identifier)}"
        "</identifier>\n",
        "datestamp": f"<datestamp>{escape(item.datestamp)}</datestamp>\n",
        "setSpec": "".join(f"<setSpec>{escape(s)}</setSpec>\n" for s in item.sets),
    }
    status = ' status="deleted"' if item.deleted else ""
    inner = "".join(said[name] for name in item.order)
    return f"<header{status}>\n{inner}</header>\n".encode()


def _identify(page: Page) -> bytes:
    return "".join(
        f"<{name}>{escape(text)}</{name}>\n" for name, text in page.facts
    ).encode()


def _formats(_page: Page) -> bytes:
    return "".join(
        f"<metadataFormat><metadataPrefix>{prefix}</metadataPrefix>"
        f"<schema>{schema}</schema>"
        f"<metadataNamespace>{namespace}</metadataNamespace></metadataFormat>\n"
        for prefix, (schema, namespace) in FORMATS.items()
    ).encode()


def _sets(page: Page) -> bytes:
    return "".join(
        f"<set><setSpec>{escape(item.identifier)}</setSpec>"
        f"<setName>The set {escape(item.identifier)}</setName></set>\n"
        for item in page.items
    ).encode()


_WRITERS = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _records,
    "ListRecords": _records,
    "ListIdentifiers": _headers,
}
