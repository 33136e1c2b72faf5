"""OAI-PMH 2.0 as a table: what is asked, and what must come back.

Each row names the section of the specification (or of its implementation guidelines,
G) and its rule in our words, so that a reader can check the row against the text. Every
row is asked by GET and by POST, and every answer is validated against the schemas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

import pytest
import zoo
from asgi import Answer, call
from xsd import assert_valid
from zoo import DAY, START

from panharvest import oai
from panharvest.server import create_app
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.applications import Starlette

NOW = START + 3 * DAY
RECORD = "oai:pan.example.org:10.1234/a0"
GONE = "oai:pan.example.org:10.1234/a1"
DC_ONLY = "oai:pan.example.org:10.1234/dc-only"
ODD = quote(oai.compose_identifier("pan.example.org", "esrf/hg 12/<réf>#1&2.nxs"))
DAY0, DAY1 = (oai.format_datestamp(START + n * DAY)[:10] for n in (0, 1))
STAMP0, STAMP1 = (oai.format_datestamp(START + n * DAY + 1) for n in (0, 1))
GET, LI, LR = "verb=GetRecord", "verb=ListIdentifiers", "verb=ListRecords"
DC = "metadataPrefix=oai_dc"

BAD_VERB, BAD_ARGUMENT = ("badVerb",), ("badArgument",)
ANYTHING = ["*"]


@dataclass(frozen=True)
class Row:
    """A request and its answer: error codes (in order), or elements and their texts."""

    section: str
    rule: str
    request: str
    errors: tuple[str, ...] = ()
    shows: Mapping[str, list[str]] = field(default_factory=dict)


TABLE = [
    # --- 3.1 requests
    Row("3.1.1", "a verb is needed", "", BAD_VERB),
    Row("3.1.1", "a verb is needed", "metadataPrefix=oai_dc", BAD_VERB),
    Row("3.6", "the verb is one of six", "verb=junk", BAD_VERB),
    Row("3.6", "an empty verb is none", "verb=", BAD_VERB),
    Row("3.6", "verbs are case-sensitive", "verb=identify", BAD_VERB),
    Row("3.6", "a verb with a blank is another", "verb=Identify%20", BAD_VERB),
    Row("3.6", "names are case-sensitive", "Verb=Identify", BAD_VERB),
    Row("3.6", "the verb is given once", "verb=Identify&verb=Identify", BAD_VERB),
    Row("3.6", "the verb is given once", "verb=Identify&verb=ListSets", BAD_VERB),
    Row("3.6", "something that is no argument", "junk", BAD_VERB),
    # --- 3.1.1.3 encoding
    Row(
        "3.1.1.3",
        "special characters are percent-encoded",
        f"{GET}&{DC}&identifier={quote(RECORD, safe='')}",
        shows={"identifier": [RECORD]},
    ),
    Row(
        "3.1.1.3",
        "a colon and a slash need not be encoded",
        f"{GET}&{DC}&identifier={RECORD}",
        shows={"identifier": [RECORD]},
    ),
    Row(
        "3.1.1.3",
        "an identifier with escapes is escaped once more",
        f"{GET}&{DC}&identifier={quote(ODD, safe='')}".replace(quote(ODD), ODD),
        shows={"status": []},
        errors=("idDoesNotExist",),
    ),
    # --- 3.2 responses
    Row(
        "3.2",
        "responseDate is UTC in seconds",
        "verb=Identify",
        shows={"responseDate": [oai.format_datestamp(NOW)]},
    ),
    Row(
        "3.2",
        "request holds the base URL",
        "verb=Identify",
        shows={"request": ["https://pan.example.org/oai"]},
    ),
    # --- 3.6 arguments
    Row("3.6", "unknown argument", "verb=Identify&x=1", BAD_ARGUMENT),
    Row("3.6", "unknown argument", "verb=ListSets&set=a", BAD_ARGUMENT),
    Row("3.6", "unknown argument", f"verb=ListMetadataFormats&{DC}", BAD_ARGUMENT),
    Row("3.6", "unknown argument", f"{GET}&{DC}&identifier=a:b&set=a", BAD_ARGUMENT),
    Row("3.6", "unknown argument", f"{LR}&{DC}&identifier=a:b", BAD_ARGUMENT),
    Row("3.6", "names are case-sensitive", f"{LR}&metadataprefix=oai_dc", (
        "badArgument", "badArgument",
    )),
    Row("3.6", "no argument without a name", f"{LR}&{DC}&=1", BAD_ARGUMENT),
    Row("3.6", "repeated argument", f"{LR}&{DC}&{DC}", BAD_ARGUMENT),
    Row("3.6", "repeated argument", f"{LR}&{DC}&set=a&set=b", BAD_ARGUMENT),
    Row("3.6", "missing argument", LR, BAD_ARGUMENT),
    Row("3.6", "missing argument", LI, BAD_ARGUMENT),
    Row("3.6", "missing argument", f"{LR}&set=kind:raw", BAD_ARGUMENT),
    Row("3.6", "missing argument", f"{GET}&{DC}", BAD_ARGUMENT),
    Row("3.6", "missing argument", f"{GET}&identifier={RECORD}", BAD_ARGUMENT),
    Row("3.6", "all errors should be told", GET, ("badArgument", "badArgument")),
    Row("3.6", "empty argument", f"{LR}&metadataPrefix=", BAD_ARGUMENT),
    Row("3.6", "empty argument", f"{LR}&{DC}&set=", BAD_ARGUMENT),
    Row("3.6", "empty argument", f"{LR}&{DC}&from=", BAD_ARGUMENT),
    Row("3.6", "empty argument", f"{LR}&resumptionToken=", BAD_ARGUMENT),
    Row("3.6", "empty argument", "verb=ListMetadataFormats&identifier=", BAD_ARGUMENT),
    Row("3.4", "a prefix has URI unreserved characters", f"{LR}&metadataPrefix=a/b", (
        "badArgument",
    )),
    Row("3.6", "a set has its syntax", f"{LR}&{DC}&set=a%20b", BAD_ARGUMENT),
    Row("3.6", "a set has its syntax", f"{LR}&{DC}&set=:a", BAD_ARGUMENT),
    Row("3.6", "control characters", f"{LR}&{DC}&set=a%00", BAD_ARGUMENT),
    Row("3.6", "control characters", f"{GET}&{DC}&identifier=a%0Ab", BAD_ARGUMENT),
    Row("3.6", "bytes that are not UTF-8", f"{GET}&{DC}&identifier=%FF", BAD_ARGUMENT),
    Row("3.6", "encoded surrogates", f"{GET}&{DC}&identifier=%ED%A0%80", BAD_ARGUMENT),
    # --- 3.3 and 2.7.1 dates
    Row("3.3", "junk is no date", f"{LR}&{DC}&from=junk", BAD_ARGUMENT),
    Row("3.3", "junk is no date", f"{LI}&{DC}&until=junk", BAD_ARGUMENT),
    Row("3.3", "no such day", f"{LR}&{DC}&from=2024-02-30", BAD_ARGUMENT),
    Row("3.3", "no such hour", f"{LR}&{DC}&from=2024-02-20T24:00:00Z", BAD_ARGUMENT),
    Row("3.3", "no fractions", f"{LR}&{DC}&from=2024-02-20T00:00:00.0Z", BAD_ARGUMENT),
    Row("3.3", "UTC only", f"{LR}&{DC}&from=2024-02-20T00:00:00%2B01:00", (
        "badArgument",
    )),
    Row("3.3", "Z is needed", f"{LR}&{DC}&until=2024-02-20T00:00:00", BAD_ARGUMENT),
    Row("3.3", "no months", f"{LR}&{DC}&from=2024-02", BAD_ARGUMENT),
    Row("3.3", "no years", f"{LR}&{DC}&from=2024", BAD_ARGUMENT),
    Row("2.7.1", "one granularity", f"{LR}&{DC}&from={DAY0}&until={STAMP1}", (
        "badArgument",
    )),
    Row("2.7.1", "one granularity", f"{LR}&{DC}&from={STAMP0}&until={DAY1}", (
        "badArgument",
    )),
    Row("2.7.1", "from is not later", f"{LR}&{DC}&from={DAY1}&until={DAY0}", (
        "badArgument",
    )),
    Row("2.7.1", "from is not later", f"{LI}&{DC}&from={STAMP1}&until={STAMP0}", (
        "badArgument",
    )),
    Row(
        "2.7.1",
        "from and until are inclusive",
        f"{LI}&{DC}&from={STAMP0}&until={STAMP0}",
        shows={"datestamp": [STAMP0] * 4},
    ),
    Row(
        "2.7.1",
        "days are legal at seconds granularity",
        f"{LI}&{DC}&from={DAY0}&until={DAY0}",
        shows={"datestamp": [STAMP0] * 4},
    ),
    Row(
        "2.7.1",
        "until alone",
        f"{LI}&{DC}&until={STAMP0}",
        shows={"datestamp": [STAMP0] * 4},
    ),
    Row(
        "2.7.1",
        "nothing before the earliest datestamp",
        f"{LR}&{DC}&until=2001-01-01",
        ("noRecordsMatch",),
    ),
    Row("2.7.1", "from in the future", f"{LR}&{DC}&from=2999-01-01", (
        "noRecordsMatch",
    )),
    # --- 3.5 flow control
    Row("3.5", "junk is no token", f"{LR}&resumptionToken=junk", (
        "badResumptionToken",
    )),
    Row("3.5", "junk is no token", f"{LI}&resumptionToken=%22%3C%26", (
        "badResumptionToken",
    )),
    Row("3.5", "the token is exclusive", f"{LR}&{DC}&resumptionToken=junk", (
        "badArgument",
    )),
    Row("3.5", "the token is exclusive", f"{LI}&resumptionToken=junk&until={DAY0}", (
        "badArgument",
    )),
    Row("3.5", "the token is exclusive", f"{LR}&resumptionToken=a&resumptionToken=b", (
        "badArgument",
    )),
    Row("3.5", "ListSets takes a token", "verb=ListSets&resumptionToken=junk", (
        "badResumptionToken",
    )),
    Row("3.5", "other verbs take none", "verb=Identify&resumptionToken=junk", (
        "badArgument",
    )),
    Row(
        "3.5",
        "a whole list has no token",
        f"{LR}&{DC}&until={STAMP0}",
        shows={"resumptionToken": []},
    ),
    Row(
        "3.5",
        "an incomplete list has one, with cursor and size",
        f"{LR}&{DC}",
        shows={
            "record": ANYTHING * 5,
            "resumptionToken/@cursor": ["0"],
            "resumptionToken/@completeListSize": ["11"],
        },
    ),
    # --- 4.1 GetRecord
    Row(
        "4.1",
        "a record: header and metadata",
        f"{GET}&{DC}&identifier={RECORD}",
        shows={
            "header/identifier": [RECORD],
            "header/datestamp": [STAMP0],
            "header/setSpec": sorted(zoo.SETS),
            "metadata": ANYTHING,
        },
    ),
    Row(
        "2.5.1",
        "a deleted record: status, no metadata, its sets",
        f"{GET}&{DC}&identifier={GONE}",
        shows={
            "header/@status": ["deleted"],
            "header/setSpec": sorted(zoo.SETS),
            "metadata": [],
            "about": [],
        },
    ),
    Row("4.1", "unknown identifier", f"{GET}&{DC}&identifier=oai:x.org:1", (
        "idDoesNotExist",
    )),
    Row("4.1", "illegal identifier", f"{GET}&{DC}&identifier=invalid%22id", (
        "idDoesNotExist",
    )),
    Row("2.4", "identifiers are case-sensitive", f"{GET}&{DC}&identifier="
        f"{RECORD.upper()}", ("idDoesNotExist",)),
    Row("4.1", "unknown format", f"{GET}&identifier={RECORD}&metadataPrefix=marc", (
        "cannotDisseminateFormat",
    )),
    Row("4.1", "format not of this item", f"{GET}&identifier={DC_ONLY}"
        "&metadataPrefix=datacite", ("cannotDisseminateFormat",)),
    Row("4.1", "prefixes are case-sensitive", f"{GET}&identifier={RECORD}"
        "&metadataPrefix=OAI_DC", ("cannotDisseminateFormat",)),
    # --- 4.2 Identify
    Row(
        "4.2",
        "what must be told",
        "verb=Identify",
        shows={
            "repositoryName": ANYTHING,
            "baseURL": ["https://pan.example.org/oai"],
            "protocolVersion": ["2.0"],
            "earliestDatestamp": [STAMP0],
            "deletedRecord": ["persistent"],
            "granularity": ["YYYY-MM-DDThh:mm:ssZ"],
            "adminEmail": ANYTHING,
            "compression": ["gzip"],
            "description": ANYTHING * 2,
        },
    ),
    # --- 4.3 ListIdentifiers, 4.5 ListRecords
    Row(
        "4.3",
        "headers only",
        f"{LI}&{DC}&set=facility:ill",
        shows={"ListIdentifiers/header": ANYTHING * 4, "record": [], "metadata": []},
    ),
    Row(
        "4.5",
        "records",
        f"{LR}&{DC}&set=facility:ill",
        shows={"ListRecords/record": ANYTHING * 4, "metadata": ANYTHING * 4},
    ),
    Row("4.3", "unknown format", f"{LI}&metadataPrefix=marc", (
        "cannotDisseminateFormat",
    )),
    Row("4.5", "unknown format", f"{LR}&metadataPrefix=marc", (
        "cannotDisseminateFormat",
    )),
    Row("4.5", "unknown set", f"{LR}&{DC}&set=no:such", ("noRecordsMatch",)),
    Row(
        "2.5.1",
        "deletions are listed",
        f"{LI}&{DC}&from={oai.format_datestamp(START + 2 * DAY)}",
        shows={"header/@status": ["deleted"], "header/identifier": [GONE]},
    ),
    Row(
        "4.5",
        "only items that have the format",
        f"{LI}&metadataPrefix=datacite&set=kind:raw&from={STAMP1}&until={STAMP1}",
        shows={"header": ANYTHING * 5},
    ),
    # --- 4.4 ListMetadataFormats
    Row(
        "4.4",
        "oai_dc is there",
        "verb=ListMetadataFormats",
        shows={"metadataPrefix": ["oai_dc", "oai_datacite", "datacite"]},
    ),
    Row(
        "4.4",
        "formats of an item",
        f"verb=ListMetadataFormats&identifier={DC_ONLY}",
        shows={"metadataPrefix": ["oai_dc"]},
    ),
    Row("4.4", "unknown item", "verb=ListMetadataFormats&identifier=oai:x.org:1", (
        "idDoesNotExist",
    )),
    # --- 4.6 ListSets
    Row(
        "4.6",
        "sets have names, and a colon a parent",
        "verb=ListSets",
        shows={"set": ANYTHING * 10, "setSpec": ["access", "access:open", *[
            "facility", "facility:esrf", "facility:ill", "kind", "kind:raw",
            "openaire_data", "technique", "technique:T1",
        ]], "setName": ANYTHING * 10},
    ),
    # --- guidelines
    Row("G 2.1", "an empty field is nothing", "verb=Identify&", shows={
        "baseURL": ANYTHING,
    }),
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    clock = FrozenClock(START)
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('table')}/store.db")
    zoo.fill(store, clock)
    assert clock.now == NOW
    yield create_app(store, zoo.repository(), clock)
    store.close()


def post(app: Starlette, request: str) -> Answer:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return call(app, "/oai", method="POST", headers=kind, body=[request.encode()])


def identity(row: Row) -> str:
    return f"{row.section} {row.rule}: {row.request or 'nothing'}"


@pytest.mark.parametrize("row", TABLE, ids=identity)
def test_p1_to_p9_the_table(app: Starlette, row: Row) -> None:
    answer = call(app, "/oai", row.request)
    posted = post(app, row.request)
    assert answer.status == posted.status == 200  # errors are content (3.6)
    assert answer.body == posted.body
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    root = assert_valid(answer.body)
    assert tuple(zoo.errors(root)) == row.errors
    given = parse_qsl(row.request, keep_blank_values=True, errors="replace")
    if {"badVerb", "badArgument"} & set(row.errors):
        assert not root[1].attrib
    else:
        expected = {k: v for k, v in given if '"' not in v or k == "resumptionToken"}
        assert dict(root[1].attrib) == expected
    for path, values in row.shows.items():
        *steps, attribute = path.rpartition("/@") if "/@" in path else (path, "", "")
        elements = root.findall(
            ".//" + "/".join(f"{zoo.OAI}{step}" for step in steps[0].split("/"))
        )
        shown = [e.get(attribute) if attribute else e.text for e in elements]
        shown = [text for text in shown if not attribute or text is not None]
        assert len(shown) == len(values), path
        if ANYTHING[0] not in values:
            assert shown == values, path


def test_the_table_has_every_error_code_but_two() -> None:
    """The two need other repositories; they are in tests/provider."""
    found = {code for row in TABLE for code in row.errors}
    assert set(oai.ErrorCode) - found == {"noMetadataFormats", "noSetHierarchy"}


def test_the_envelope_is_written_as_old_clients_expect(app: Starlette) -> None:
    body = call(app, "/oai", "verb=Identify").body.decode()
    assert body.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="')
    assert 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' in body
    assert '<oai-identifier xmlns="' in body
    assert body.endswith("</OAI-PMH>\n")
