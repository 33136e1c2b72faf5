"""OAI-PMH 2.0 as a grammar: requests are read, responses are written, nothing is asked.

There is no I/O here and no XML library. Sections are those of the specification,
https://www.openarchives.org/OAI/openarchivesprotocol.html.
"""

from __future__ import annotations

from panharvest.oai.containers import (
    about_provenance,
    about_rights,
    describe,
    describe_friends,
    describe_identifiers,
    describe_rights,
)
from panharvest.oai.datestamps import format_datestamp, is_day, parse_datestamp
from panharvest.oai.names import (
    compose_identifier,
    decompose_identifier,
    is_prefix,
    is_set_spec,
    is_uri,
    set_ancestors,
)
from panharvest.oai.requests import ErrorCode, Fault, Request, Verb, parse_request
from panharvest.oai.responses import (
    element,
    write_fault,
    write_format,
    write_header,
    write_record,
    write_request,
    write_response,
    write_token,
)
from panharvest.xmltext import escape

__all__ = [
    "ErrorCode",
    "Fault",
    "Request",
    "Verb",
    "about_provenance",
    "about_rights",
    "compose_identifier",
    "decompose_identifier",
    "describe",
    "describe_friends",
    "describe_identifiers",
    "describe_rights",
    "element",
    "escape",
    "format_datestamp",
    "is_day",
    "is_prefix",
    "is_set_spec",
    "is_uri",
    "parse_datestamp",
    "parse_request",
    "set_ancestors",
    "write_fault",
    "write_format",
    "write_header",
    "write_record",
    "write_request",
    "write_response",
    "write_token",
]
