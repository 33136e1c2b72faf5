"""Questions to a provider, without any client library between us and the bytes."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.testing import FaultyProvider

OAI = "{http://www.openarchives.org/OAI/2.0/}"


def ask(
    provider: FaultyProvider,
    method: str = "GET",
    path: str | None = None,
    **arguments: str,
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask once over a connection of its own; ``from_`` is the argument ``from``."""
    place = urlsplit(provider.url)
    pairs = urlencode({name.rstrip("_"): text for name, text in arguments.items()})
    connection = http.client.HTTPConnection(place.netloc, timeout=10)
    path = path or place.path
    try:
        if method == "POST":
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, pairs, kind)
        else:
            connection.request(method, f"{path}?{pairs}")
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def read(provider: FaultyProvider, **arguments: str) -> etree._Element:
    """Ask, and parse the answer strictly."""
    response, body = ask(provider, **arguments)
    assert response.status == 200
    return etree.fromstring(body)


def texts(root: etree._Element, name: str) -> list[str | None]:
    """Give the text of all elements of the protocol of that name."""
    return [element.text for element in root.iter(OAI + name)]


def error(provider: FaultyProvider, **arguments: str) -> str | None:
    """Give the code of the error that a question is answered with, if any."""
    found = read(provider, **arguments).find(OAI + "error")
    return None if found is None else found.get("code")


def pages(
    provider: FaultyProvider, verb: str = "ListRecords", **arguments: str
) -> Iterator[etree._Element]:
    """Walk through a list, at most 20 pages."""
    arguments = {"metadataPrefix": "oai_dc", **arguments}
    if verb == "ListSets":
        arguments.pop("metadataPrefix")
    for _ in range(20):
        page = read(provider, verb=verb, **arguments)
        yield page
        token = (page.findtext(f".//{OAI}resumptionToken") or "").strip()
        if not token:
            return
        arguments = {"resumptionToken": token}


def identifiers(page: etree._Element) -> list[str | None]:
    """Give the identifiers in the headers of a page."""
    return [h.findtext(f"{OAI}identifier") for h in page.iter(OAI + "header")]


def listed(provider: FaultyProvider, **arguments: str) -> list[str | None]:
    """Give the identifiers of a whole list, in order."""
    return [name for page in pages(provider, **arguments) for name in identifiers(page)]
