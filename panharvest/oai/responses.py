"""Responses: joins of bytes, because no XML library is as cheap as its transport."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from panharvest.oai.datestamps import format_datestamp
from panharvest.oai.names import is_uri
from panharvest.xmltext import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from panharvest.oai.requests import Fault, Request

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
    ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
)


def element(name: str, text: str) -> str:
    """Write an element of the OAI-PMH namespace that holds a text."""
    return f"<{name}>{escape(text)}</{name}>\n"


def write_request(base_url: str, request: Request | None) -> str:
    """Write ``<request>``: every accepted argument, none when there is no request.

    A value that could not be valid there (an identifier that is no URI) is left out:
    it can only have led to an error, in which the echo is not demanded (§3.2).
    """
    attributes = ""
    if request is not None:
        for name, value in request.arguments:
            if name != "identifier" or is_uri(value):
                attributes += f' {name}="{escape(value)}"'
    return f"<request{attributes}{_request_end(base_url)}"


@lru_cache(maxsize=8)
def _request_end(base_url: str) -> str:
    return f">{escape(base_url)}</request>\n"


def write_response(when: int, request: str, parts: Iterable[bytes]) -> bytes:
    """Join a whole response: ``responseDate``, ``<request>`` and the content."""
    head = f"{_HEAD}<responseDate>{format_datestamp(when)}</responseDate>\n{request}"
    return b"".join((head.encode(), *parts, b"</OAI-PMH>\n"))


def write_format(prefix: str, schema: str, namespace: str) -> str:
    """Write a ``<metadataFormat>`` (§4.4)."""
    return (
        "<metadataFormat>\n"
        + element("metadataPrefix", prefix)
        + element("schema", schema)
        + element("metadataNamespace", namespace)
        + "</metadataFormat>\n"
    )


def write_fault(fault: Fault) -> bytes:
    """Write one ``<error>``."""
    return f'<error code="{fault.code}">{escape(fault.message)}</error>\n'.encode()


def write_header(
    identifier: str, datestamp: int, sets: tuple[str, ...], *, deleted: bool
) -> bytes:
    """Write the ``<header>`` of a record: the same in lists and in GetRecord (§2.5)."""
    return _header(identifier, datestamp, sets, deleted).encode()


def _header(
    identifier: str, datestamp: int, sets: tuple[str, ...], deleted: bool
) -> str:
    status = ' status="deleted"' if deleted else ""
    if "&" in identifier or "<" in identifier or ">" in identifier:
        identifier = escape(identifier)  # as good as never
    return (
        f"<header{status}><identifier>{identifier}</identifier>"
        f"<datestamp>{format_datestamp(datestamp)}</datestamp>{_specs(sets)}</header>"
    )


@lru_cache(maxsize=4096)  # and few combinations of sets
def _specs(sets: tuple[str, ...]) -> str:
    """Write the setSpecs of a header."""
    return "".join(f"<setSpec>{escape(spec)}</setSpec>" for spec in sets)


def write_record(
    identifier: str,
    datestamp: int,
    sets: tuple[str, ...],
    body: bytes | None,
    about: bytes = b"",
) -> tuple[bytes, ...]:
    """Write a ``<record>``, in pieces; without a body it is a deleted one (§2.5.1).

    ``about`` is whole ``<about>`` containers. What is joined once is copied once.
    """
    header = _header(identifier, datestamp, sets, body is None)
    if body is None:
        return (f"<record>{header}</record>\n".encode(),)
    end = b"</metadata>" + about + b"</record>\n" if about else _END
    return (f"<record>{header}<metadata>".encode(), body, end)


_END = b"</metadata></record>\n"


def write_token(token: str, size: int, cursor: int, expires: int | None) -> bytes:
    """Write ``<resumptionToken>``; an empty token ends the list (§3.5).

    A size of 0 is not told: no list that has a token is empty.
    """
    until = "" if expires is None else f' expirationDate="{format_datestamp(expires)}"'
    told = f' completeListSize="{size}"' if size else ""
    return (
        f'<resumptionToken{until}{told} cursor="{cursor}">{token}</resumptionToken>\n'
    ).encode()
