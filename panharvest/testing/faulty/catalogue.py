"""Every fault and quirk under a name, ready to be tried one after the other.

``FAULTS`` happen on page 3 of a list: the failures that the public clients of OAI-PMH
were measured with, and more of the kind. ``QUIRKS`` are what real repositories do all
the time. A harvester that survives both loses nothing in the field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from panharvest.testing.faulty import (
    list_faults,
    oddities,
    quirks,
    systems,
    wire_faults,
    xml_faults,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.testing.faulty.model import Fault

_DATE = "Thu, 01 Jan 1970 00:00:00 GMT"  # long ago: whoever reads it need not wait


def _once(fault: Fault) -> Fault:
    return fault.at(page=3, times=1)


def _always(fault: Fault) -> Fault:
    return fault.at(page=3)


def _faults(stall: float) -> dict[str, tuple[Fault, ...]]:
    wire, xml, lists = wire_faults, xml_faults, list_faults
    once = {
        "503, Retry-After in seconds": wire.status(503, retry_after="1"),
        "503, no Retry-After": wire.status(503),
        "503, Retry-After as a date": wire.status(503, retry_after=_DATE),
        "429, Retry-After in seconds": wire.status(429, retry_after="1"),
        "429, no Retry-After": wire.status(429),
        "500": wire.status(500),
        "502": wire.status(502),
        "504": wire.status(504),
        "connection cut in the body": wire.cut_connection(),
        "connection reset in the body": wire.cut_connection(reset=True),
        "chunks that stop": wire.chunked(cut=0.5),
        "body truncated, status 200": wire.truncated_body(0.9),
        "body truncated behind <metadata>": wire.truncated_at(b"<metadata>"),
        "body ends between two records": wire.truncated_at(b"</record>\n"),
        "HTML page, status 200": wire.html_page(),
        "JSON, status 200": wire.other_body(b'{"error": 1}', "application/json"),
        "empty body, status 200": wire.other_body(b"", "text/xml"),
        "bytes that are no HTTP": wire.garbage(),
        "stall before the answer": wire.stall(stall),
        "stall in the body": wire.stall(stall, at=0.5),
        "page without records, with token": lists.empty_page(),
        "badResumptionToken once": lists.refused_token(),
        "noRecordsMatch in the list": lists.no_records_in_list(),
    }
    always = {
        "control character": xml.control_character(),
        "&#x3;": xml.control_reference(),
        "unescaped &": xml.bare_ampersand(),
        "&nbsp;": xml.html_entity(),
        "bytes of ISO 8859-1": xml.latin1_bytes(),
        "byte order mark": xml.byte_order_mark(),
        "leading newline": xml.leading_newline(),
        "one broken tag": xml.broken_tag(),
        "<metadata/> empty": xml.empty_metadata(),
        "metadata missing, not deleted": xml.missing_metadata(),
        "records of a page left out": lists.lost_page(),
        "token repeats": lists.repeated_token(),
        "tokens cycle": lists.cyclic_tokens(3),
        "blanks around the token": lists.padded_token(),
        "token missing early": lists.early_end(),
        "empty token early": lists.early_end(element=True),
        "gzip, undeclared": wire.packed(declared=False),
        "gzip, declared": wire.packed(),
        "302": wire.redirect(),
        "external entity (XXE)": xml.external_entity(),
        "entity bomb": xml.entity_bomb(),
    }
    return {
        **{name: (_once(fault),) for name, fault in once.items()},
        **{name: (_always(fault),) for name, fault in always.items()},
    }


def _quirks() -> dict[str, tuple[Fault, ...]]:
    wire, xml, lists = wire_faults, xml_faults, list_faults
    single = {
        "challenge to non-browsers": wire.challenge().at(page=3),
        "redirects for ever": wire.redirect_loop().at(page=3),
        "308": wire.redirect(code=308),
        "errors with HTTP 422": wire.errors_with_status(),
        "length declared too long": wire.wrong_length(100).at(page=3, times=1),
        "length declared too short": wire.wrong_length(-100).at(page=3, times=1),
        "no length, connection cut": wire.unmarked_end().at(page=3, times=1),
        "chunks": wire.chunked(),
        "deflate, declared": wire.packed("deflate"),
        "gzip in name only": wire.packed_in_name().at(page=3),
        "gzip cut": wire.packed(cut=0.5).at(page=3, times=1),
        "zstd, undeclared": wire.packed("zstd", declared=False).at(page=3),
        "text/html as Content-Type": wire.content_type("text/html"),
        "warning before the prolog": xml.leading_warning().at(page=3),
        "junk behind the end": xml.trailing_junk().at(page=3),
        "U+FFFE": xml.noncharacter().at(page=3),
        "half a character": xml.broken_multibyte().at(page=3),
        "prolog in a record": xml.prolog_in_record().at(page=3),
        "UTF-8 called ISO 8859-1": xml.wrong_encoding().at(page=3),
        "encoding that does not exist": xml.unknown_encoding().at(page=3),
        "UTF-16": xml.utf16().at(page=3),
        "prefix on the protocol's elements": xml.prefixed(),
        "no namespace": xml.no_namespace().at(page=3),
        "document type, harmless": xml.plain_doctype().at(page=3),
        "elements 100,000 deep": xml.deep().at(page=3),
        "tokens with + | % & and blanks": lists.odd_tokens(),
        "new tokens, same page": lists.endless_list().at(page=3),
        "many pages without records": lists.empty_page().at(page=3, times=5),
        "surplus token, page without records": lists.surplus_token(),
        "surplus token, noRecordsMatch": lists.surplus_token("noRecordsMatch"),
        "pages overlap": lists.overlapping_pages(),
        "order changes between pages": lists.unstable_order(),
        "no order of datestamps": lists.unsorted(),
        "completeListSize too small": lists.wrong_size(10),
        "completeListSize too large": replace(lists.wrong_size(5000), best="flagged"),
        "cursor counts pages": lists.cursor_counts_pages(),
        "no token on the last page": lists.no_token_at_end(),
        "filters dropped behind tokens": lists.dropped_filters(),
        "a record twice on a page": lists.twice_on_a_page().at(page=3),
        "empty identifier": lists.empty_identifier().at(page=3),
        "blanks around an identifier": lists.padded_identifier().at(page=3),
        "all in one answer": quirks.no_paging(),
        "all in one answer, cut": replace(quirks.no_paging(cap=30), best="unseen"),
        "ignores from, until, set, prefix": quirks.ignores_selection(),
        "responseDate frozen": quirks.frozen_response_date(),
        "responseDate no date": quirks.no_response_date(),
        "datestamps constant": quirks.constant_datestamps(),
        "datestamps with fractions": quirks.fractional_datestamps(),
        "datestamps with offset": quirks.offset_datestamps("+02:00"),
        "datestamps without zone": quirks.zoneless_datestamps(),
        "datestamp no date": quirks.invalid_datestamp().at(page=3),
        "datestamp missing": quirks.no_datestamp(4).at(page=3),
        "local time called UTC": quirks.local_time(),
        "days only": quirks.day_granularity(),
        "days only, undeclared": quirks.day_granularity(declared=False),
        "header children in wrong order": quirks.header_order(),
        "attribute on identifier": quirks.identifier_attribute(),
        "datestamps move": oddities.moving_datestamps(),
        "unknown error code once": oddities.unknown_error().at(page=3, times=1),
        "setSpec in oai_dc": oddities.sets_in_dublin_core(),
        "illegal setSpec": quirks.illegal_set_specs(),
        "outage answered as noRecordsMatch": quirks.outage_as_no_records(),
        "earliestDatestamp no date": quirks.invalid_earliest(),
        "earliestDatestamp missing": quirks.identify_says("earliestDatestamp", None),
        "granularity missing": quirks.identify_says("granularity", None),
        "baseURL of another host": quirks.identify_says("baseURL", "http://x.example"),
        "Identify fails": quirks.identify_fails(),
    }
    return {
        **{name: (fault,) for name, fault in single.items()},
        "like SciCat": systems.scicat(),
        "like ICAT": systems.icat(),
        "like Invenio": systems.invenio(),
    }


def make_faults(stall: float = 15) -> Mapping[str, tuple[Fault, ...]]:
    """Give the faults, with a stall of so many seconds."""
    return _faults(stall)


FAULTS: Mapping[str, tuple[Fault, ...]] = make_faults()
QUIRKS: Mapping[str, tuple[Fault, ...]] = _quirks()
