"""Answers of other repositories, taken apart: strictly, repaired, or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.harvested import REPAIRED
from panharvest.sources.oaipmh import slicing
from panharvest.sources.oaipmh.answers import (
    BadAnswerError,
    CutError,
    DtdError,
    NotOaiError,
)
from panharvest.sources.oaipmh.datestamps import is_instant, lenient
from panharvest.sources.oaipmh.pages import parse

if TYPE_CHECKING:
    from pathlib import Path

OAI = "http://www.openarchives.org/OAI/2.0/"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<OAI-PMH xmlns="{OAI}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<responseDate>2024-06-01T00:00:00Z</responseDate>"
    '<request verb="ListRecords">https://x.example.org/oai</request>'
)
TOKEN = '<resumptionToken completeListSize="9" cursor="0">next page</resumptionToken>'


def record(name: str, inner: str = "<dc>x</dc>", stamp: str = "2024-01-01") -> str:
    return (
        f"<record><header><identifier>{name}</identifier><datestamp>{stamp}</datestamp>"
        f"<setSpec>a:b</setSpec></header><metadata>{inner}</metadata></record>\n"
    )


def answer(*records: str, token: str = TOKEN, head: str = HEAD) -> bytes:
    body = "".join(records)
    return f"{head}<ListRecords>{body}{token}</ListRecords></OAI-PMH>\n".encode()


def names(body: bytes) -> list[str]:
    return [entry.identifier for entry in parse(body).entries]


def test_a_good_page() -> None:
    found = parse(answer(record("a"), record("b", "<dc>é</dc>")))
    assert [e.identifier for e in found.entries] == ["a", "b"]
    assert found.response_date == "2024-06-01T00:00:00Z"
    assert found.token is not None
    assert (found.token.value, found.token.size) == ("next page", 9)
    assert (found.repairs, found.refused, found.original) == ((), [], None)
    entry = found.entries[1]
    piece = found.document[entry.start : entry.start + entry.length]
    assert piece.startswith(b"<record>")
    assert piece.endswith(b"</record>")
    assert entry.sets == ("a:b",)


def test_h50_cut_at_every_byte_nothing_is_taken_for_whole() -> None:
    body = answer(record("a"), record("b", "<dc>é &amp; <![CDATA[</record>]]></dc>"))
    whole = parse(body)
    for cut in range(len(body)):
        try:
            found = parse(body[:cut])
        except BadAnswerError:
            continue
        assert body[cut:].strip() == b"", f"cut at {cut}"  # blank space may be missing
        assert found.entries == whole.entries


@given(st.binary(max_size=300))
def test_h51_whatever_bytes_come_it_is_an_answer_or_refused(body: bytes) -> None:
    with pytest.raises(BadAnswerError):
        parse(body)


_SPLINTERS = st.sampled_from(
    [
        *(b"<", b">", b"&", b"</record>", b"<record>", b"<header>", b"\0", b"\xff"),
        *(b"<!--", b"-->", b"]]>", b"<![CDATA[", b"<?x", b"?>", b"<!DOCTYPE x>"),
        *(b"&#x0;", b"</OAI-PMH>", b"<metadata/>", b"xmlns:q='", b'"', b"encoding="),
    ]
)


@given(st.lists(st.tuples(st.floats(0, 1), _SPLINTERS, st.integers(0, 30)), max_size=4))
def test_h51_a_spoilt_answer_is_repaired_put_aside_or_refused(
    spoils: list[tuple[float, bytes, int]],
) -> None:
    """Splinters are put in anywhere, and what is there is lost."""
    body = bytearray(answer(record("a"), record("b", MARC), record("c", "<x>é</x>")))
    for at, splinter, lost in spoils:
        place = int(at * len(body))
        body[place : place + lost] = splinter
    try:
        found = parse(bytes(body))
    except BadAnswerError:
        return
    for entry in found.entries:
        piece = found.document[entry.start : entry.start + entry.length]
        assert slicing.problem_of(b"<in xmlns:q='u'>%b</in>" % piece) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "document type"),
        (b"<html><body>Sorry</body></html>", "HTML"),
        (b"<HTML><p>unclosed</HTML>", "HTML"),
        (b'{"error": "no"}', "JSON"),
        (b"<rss/>", "another kind"),
        (b"Sorry", "something else"),
    ],
)
def test_h51_what_is_no_answer_is_named(body: bytes, said: str) -> None:
    with pytest.raises(BadAnswerError, match=said):
        parse(body)


def test_h57_the_token_is_stripped_and_an_empty_one_ends_the_list() -> None:
    token = "<resumptionToken>\n  a+b|c%20d \n</resumptionToken>"
    found = parse(answer(record("a"), token=token))
    assert found.token is not None
    assert found.token.value == "a+b|c%20d"
    for text in ("<resumptionToken/>", "<resumptionToken>\n</resumptionToken>"):
        found = parse(answer(record("a"), token=text))
        assert found.token is not None
        assert found.token.value == ""


# --- where the records are -----------------------------------------------------------

MARC = '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>x</leader></record>'


@pytest.mark.parametrize(
    "inner",
    [
        "<x><![CDATA[</metadata></record><record>]]></x>",
        "<x><!-- </record><record> --></x>",
        "<x><?y <record> ?></x>",
        MARC,
        f"<collection>{MARC}{MARC}</collection>",
        "<x><record>own</record></x>",
        "<x><record/></x>",
        "<x><myrecord>x</myrecord><records>y</records></x>",
        '<x a="record>"/>',
        "<x><header>h</header><metadata>m</metadata></x>",
    ],
)
def test_tags_in_the_metadata_do_not_mislead(inner: str) -> None:
    body = answer(record("a", inner), record("b"), record("c", inner))
    found = parse(body)
    assert [e.identifier for e in found.entries] == ["a", "b", "c"]
    walked = slicing.by_walking(body)
    assert [(e.start, e.start + e.length) for e in found.entries] == walked


def test_prefixes_on_the_protocol_are_read() -> None:
    body = answer(record("a"), record("b", "<dc:x xmlns:dc='u'/>")).decode()
    for name in ("record", "header", "identifier", "datestamp", "setSpec", "metadata"):
        body = body.replace(f"<{name}>", f"<o:{name}>")
        body = body.replace(f"</{name}>", f"</o:{name}>")
    body = body.replace("<OAI-PMH xmlns=", "<o:OAI-PMH xmlns:o=")
    body = body.replace("</OAI-PMH>", "</o:OAI-PMH>")
    for name in ("ListRecords", "resumptionToken", "responseDate", "request"):
        body = body.replace(f"<{name}", f"<o:{name}")
        body = body.replace(f"</{name}>", f"</o:{name}>")
    found = parse(body.encode())
    assert [(e.identifier, e.sets, e.flags) for e in found.entries] == [
        ("a", ("a:b",), ()),
        ("b", ("a:b",), ()),
    ]
    assert found.token is not None
    assert found.token.value == "next page"


@pytest.mark.parametrize(
    "strange",
    [
        "<record/>",
        "<record />",
        "<record a='>' />",
        "<record\n>{0}</record >",
        "<record>{0}</record\n>",
        "<record a='b'>{0}</record>",
        "<records/>",
        "<record_of>{0}</record_of>",
        "<!-- <record> -->",
        "<!-- </record> -->",
        "text",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_records_written_in_another_way_hide_no_others(
    strange: str, place: int
) -> None:
    """Whatever stands between two records, none of them is lost or joined."""
    content = record("x").strip()[len("<record>") : -len("</record>")]
    pieces = [record("a"), record("b")]
    pieces.insert(place, strange.format(content))
    body = answer(*pieces)
    spans = slicing.by_walking(body)
    found = parse(body)
    assert len(found.entries) + len(found.refused) == len(spans)
    assert {"a", "b"} <= {entry.identifier for entry in found.entries}
    for entry in found.entries:
        assert (entry.start, entry.start + entry.length) in spans


@pytest.mark.parametrize("before", ["", " ", "\n", "<?xml version='1.0'?>", "\ufeff"])
@pytest.mark.parametrize("marks", ["", "!", "<!-- ! -->" * 3, "<!-- !? -->" * 600])
def test_h62_a_document_type_is_seen_wherever_it_stands(
    before: str, marks: str
) -> None:
    said = f"{before}{marks if marks != '!' else ''}<!DOCTYPE a [<!ENTITY b 'c'>]>"
    document = f"{said}<a>{marks}</a>".encode()
    with pytest.raises(DtdError):
        slicing.problem_of(document)
    quoted = f"<a>{marks}<![CDATA[<!DOCTYPE a>]]></a>".encode()
    assert slicing.problem_of(quoted) is None


@pytest.mark.parametrize(
    "opening",
    [
        '<metadata xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:q="urn:q">',
        "<metadata\n xmlns:q='urn:q' >",
        "<metadata q='a/'>",
        "<metadata q='a>b'>",
        "<!-- x --><metadata>",
    ],
)
def test_metadata_may_declare_what_they_use(opening: str) -> None:
    body = answer(record("a").replace("<metadata>", opening), record("b"))
    found = parse(body)
    assert [entry.identifier for entry in found.entries] == ["a", "b"]
    assert found.entries[0].digest == found.entries[1].digest
    assert not found.refused


@pytest.mark.parametrize("empty", ["<metadata/>", "<metadata />", "<metadata a='b'/>"])
def test_metadata_that_are_empty_are_none(empty: str) -> None:
    start, end = record("a").index("<metadata>"), record("a").index("</record>")
    body = answer(record("a")[:start] + empty + record("a")[end:], record("b"))
    found = parse(body)
    assert [entry.identifier for entry in found.entries] == ["b"]
    assert [piece.code for piece in found.refused] == ["record.no-metadata"]


def test_h57_of_several_tokens_one_that_leads_on_counts() -> None:
    onward, last = "<resumptionToken>x</resumptionToken>", "<resumptionToken/>"
    for tokens in (onward + last, last + onward):
        found = parse(answer(record("a"), token=tokens))
        assert found.token is not None
        assert found.token.value == "x"
    found = parse(answer(record("a"), token="<resumptionToken/><resumptionToken/>"))
    assert found.token is not None
    assert found.token.value == ""


def test_a_record_without_wrapper_is_found() -> None:
    body = f"{HEAD}{record('a')}</OAI-PMH>".encode()
    assert names(body) == ["a"]


@given(
    st.lists(
        st.sampled_from(
            [
                "<x/>",
                "<record>y</record>",
                "<!-- <record> -->",
                "<![CDATA[</record>]]>",
                "text",
                "<metadata>z</metadata>",
            ]
        ),
        max_size=6,
    ),
    st.integers(1, 4),
)
def test_the_quick_way_and_the_slow_way_agree(parts: list[str], count: int) -> None:
    inner = f"<w>{''.join(parts)}</w>"
    body = answer(*(record(str(n), inner) for n in range(count)))
    found = parse(body)
    spans = [(e.start, e.start + e.length) for e in found.entries]
    assert spans == slicing.by_walking(body)
    assert [e.identifier for e in found.entries] == [str(n) for n in range(count)]


# --- records that are bad ------------------------------------------------------------


def test_h60_one_bad_record_is_put_aside_and_the_others_are_kept() -> None:
    bad = record("b", "<dc><title>x</titel></dc>")
    found = parse(answer(record("a"), bad, record("c")))
    assert [e.identifier for e in found.entries] == ["a", "c"]
    (piece,) = found.refused
    assert (piece.identifier, piece.position) == ("b", 2)
    assert piece.code == "record.ill-formed"
    assert piece.raw == bad.strip().encode()
    assert found.token is not None
    assert found.token.value == "next page"


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "broken", ["<dc>", "</dc>", "<dc", "<1/>", "</metadata>", "<dc a=x/>", "<a></b>"]
)
def test_h60_wherever_it_is_and_however_it_is_broken(place: int, broken: str) -> None:
    records = [record(name) for name in "abc"]
    records[place] = record("abc"[place], broken)
    found = parse(answer(*records))
    assert [e.identifier for e in found.entries] == [
        name for n, name in enumerate("abc") if n != place
    ]
    assert [piece.position for piece in found.refused] == [place + 1]


def test_h60_what_only_the_stricter_reader_refuses_is_put_aside_too() -> None:
    odd = record("b", "<x:y/>").replace("<header>", '<header a="b">')
    deep = f"{'<a>' * 300}{'</a>' * 300}"
    deeper = record("c", deep).replace("<header>", '<header a="b">')
    found = parse(answer(record("a"), odd, deeper, record("d", "<x:y/>")))
    assert [e.identifier for e in found.entries] == ["a", "d"]
    assert [p.code for p in found.refused] == ["record.ill-formed"] * 2


def test_h62_a_document_type_is_refused() -> None:
    for dtd in (
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE OAI-PMH SYSTEM "http://x.example.org/x.dtd">',
        "<!DOCTYPE OAI-PMH>",
    ):
        for body in (
            answer(record("a")).decode().replace("?>\n", f"?>\n{dtd}", 1),
            f"\n{dtd}" + answer(record("a")).decode().split("\n", 1)[1],
        ):
            with pytest.raises(DtdError):
                parse(body.encode())


def test_h62_a_record_too_long_or_too_deep_is_put_aside() -> None:
    deep = f"{'<a>' * 5000}{'</a>' * 5000}"
    long = f"<a>{'x' * 20000}</a>"
    body = answer(record("deep", deep), record("long", long), record("c"))
    found = parse(body, max_record=36_000)
    assert [e.identifier for e in found.entries] == ["long", "c"]
    assert [p.code for p in found.refused] == ["record.too-deep"]
    found = parse(body, max_record=20_000)
    assert [p.code for p in found.refused] == ["record.too-large"] * 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (record("  "), "record.no-identifier"),
        (record("b").replace("<identifier>b</identifier>", ""), "record.no-identifier"),
        (record("b", ""), "record.no-metadata"),
        (record("b", "\n  "), "record.no-metadata"),
        (record("b", "").replace("<metadata></metadata>", ""), "record.no-metadata"),
        (
            record("b", "").replace("<metadata></metadata>", "<metadata/>"),
            "record.no-metadata",
        ),
        ("<record><metadata><x/></metadata></record>", "record.no-header"),
        ("<record/>", "record.no-header"),
    ],
)
def test_h72_records_without_what_they_need(text: str, code: str) -> None:
    found = parse(answer(record("a"), text, record("c")))
    assert [e.identifier for e in found.entries] == ["a", "c"]
    assert [piece.code for piece in found.refused] == [code]


def test_h72_an_identifier_is_trimmed_and_the_later_of_two_records_counts() -> None:
    found = parse(
        answer(
            record(" a\n", stamp="2024-01-02"),
            record("a", "<dc>old</dc>", stamp="2024-01-01"),
            record("b", "<dc>1</dc>"),
            record("b", "<dc>2</dc>"),
        )
    )
    assert [(e.identifier, e.datestamp) for e in found.entries] == [
        ("a", "2024-01-02"),
        ("b", "2024-01-01"),
    ]
    assert found.entries[0].flags == ("identifier.trimmed",)
    last = found.entries[1]
    assert b"<dc>2</dc>" in found.document[last.start : last.start + last.length]
    assert set(found.twice) == {"a", "b"}


def test_h68_a_deleted_record_may_have_metadata() -> None:
    gone = record("a").replace("<header>", '<header status="deleted">')
    bare = re.sub("<metadata>.*</metadata>", "", gone).replace(">a<", ">b<")
    found = parse(answer(gone, bare))
    assert [(e.identifier, e.deleted, e.digest) for e in found.entries] == [
        ("a", True, b""),
        ("b", True, b""),
    ]
    assert found.entries[0].flags == ("deleted.metadata",)


# --- repairs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("good", "bad", "repair"),
    [
        (b"x", b"x\x0b\x01", "characters"),
        (b"x", b"x\xef\xbf\xbe", "characters"),
        (b"x", b"x&#x3;&#0;&#xD800;&#99999999;", "entities"),
        (b"x &amp; y", b"x & y", "entities"),
        (b"x\xc2\xa0y", b"x&nbsp;y", "entities"),
        (b"&amp;made;up", b"&made;up", "entities"),
        (b"?a=1&amp;b=2", b"?a=1&b=2", "entities"),
        (b"\xc3\xa9", b"\xe9", "encoding"),
        (b"\xe2\x82\xac\xc3\xa9", b"\x80\xc3\xa9", "encoding"),
        (b"\xf0\x9f\x98\x80", b"\xed\xa0\xbd\xed\xb8\x80", "encoding"),
        (b"", b'<?xml version="1.0"?>', "prolog"),
    ],
)
def test_h61_a_record_is_repaired_and_the_page_kept_as_it_came(
    good: bytes, bad: bytes, repair: str
) -> None:
    right = answer(record("a"), record("b", "<q>@</q>")).replace(b"@", good)
    wrong = right.replace(b"<q>" + good, b"<q>" + bad)
    found = parse(wrong)
    assert bytes(found.document) == right
    assert bytes(found.original or b"") == wrong
    assert found.repairs == (repair,)
    assert [e.flags for e in found.entries] == [(), (REPAIRED,)]


def test_h61_references_in_cdata_are_no_references() -> None:
    inner = "<dc><![CDATA[a & b &nbsp; &#x3;]]>&nbsp;<!-- & --></dc>"
    found = parse(answer(record("a", inner)))
    assert b"<![CDATA[a & b &nbsp; &#x3;]]>\xc2\xa0<!-- & -->" in found.document


@pytest.mark.parametrize(
    "around",
    [
        (b"\n \n", b""),
        (b"\xef\xbb\xbf", b""),
        (b"\xef\xbb\xbf\n", b""),
        (b"<b>Warning</b>: mysql_query(): no\n", b""),
        (b"", b"\n<!-- 0.2 s -->\n"),
        (b"", b"<p>Warning & more</p>"),
        (b"", b"\x00"),
    ],
)
def test_h61_what_stands_around_the_document_is_left_out(
    around: tuple[bytes, bytes],
) -> None:
    body = answer(record("a"), record("b"))
    assert names(around[0] + body + around[1]) == ["a", "b"]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("ISO-8859-1", "iso-8859-1"),
        ("windows-1252", "cp1252"),
        ("ISO-8859-1", "utf-8"),
        ("made-up", "utf-8"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-8"),
        ("UTF-8", "iso-8859-1"),
        ("us-ascii", "iso-8859-1"),
    ],
)
def test_h61_declared_in_one_encoding_and_written_in_another(
    declared: str, written: str
) -> None:
    text = answer(record("a", "<dc>Ångström</dc>")).decode()
    text = text.replace('"UTF-8"', f'"{declared}"')
    found = parse(text.encode(written))
    assert "Ångström".encode() in found.document
    assert "encoding" in found.repairs


# --- datestamps ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-02T00:00:01Z", 86_401),
        ("1970-01-02", 86_400),
        ("1970-01-02T00:00:01.999Z", 86_401),
        ("1970-01-02T00:00:01", 86_401),
        ("1970-01-02 00:00:01", 86_401),
        ("1970-01-02T02:00:01+02:00", 86_401),
        ("1970-01-01T22:00:01-0200", 86_401),
        ("1970-01-02T00:00Z", 86_400),
        ("1970-01-02T00:00:01 UTC", 86_401),
        ("2017-01-00T03:24:00Z", None),
        ("2017-13-01", None),
        ("2017-02-30T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        ("9999-99-99T99:99:99Z", None),
    ],
)
def test_h64_datestamps_in_all_their_forms(text: str, instant: int | None) -> None:
    assert lenient(text) == instant
    assert is_instant(text) == (instant is not None)
    (entry,) = parse(answer(record("a", stamp=text))).entries
    assert entry.datestamp == text
    assert ("datestamp.invalid" in entry.flags) == (instant is None)


@given(st.text(max_size=30))
def test_h64_no_datestamp_is_fatal(text: str) -> None:
    lenient(text)
    assert is_instant(text) in (True, False)


# --- other people's answers ----------------------------------------------------------

# What each real response is: the verb and how many records, the error, or why not.
VERDICTS = {
    "datacite-viringo/oai_getrecord_datacite.xml": "GetRecord 1",
    "datacite-viringo/oai_getrecord_dc.xml": "GetRecord 1",
    "datacite-viringo/oai_getrecord_oaidatacite.xml": "GetRecord 1",
    "datacite-viringo/oai_identify.xml": "Identify 0",
    "datacite-viringo/oai_listidentifiers.xml": "ListIdentifiers 2",
    "datacite-viringo/oai_listmetadataformats.xml": "ListMetadataFormats 0",
    "datacite-viringo/oai_listrecords_dc.xml": "ListRecords 2",
    "datacite-viringo/oai_listsets.xml": "ListSets 0",
    "http-oai/badbytes.xml": "GetRecord 1, repaired: encoding characters",
    "http-oai/getrecord.xml": "GetRecord 1",
    "http-oai/identify.xml": "Identify 0",
    "http-oai/mets.xml": "GetRecord 1",
    "http-oai/repository.xml": "XML of another kind",
    "pyoai-fake1/00000.xml": "ListSets 0",
    "pyoai-fake1/00001.xml": "Identify 0",
    "pyoai-fake1/00002.xml": "ListMetadataFormats 0",
    "pyoai-fake1/00003.xml": "ListIdentifiers 16",
    "pyoai-fake1/00004.xml": "GetRecord 1",
    "pyoai-fake1/00005.xml": "ListRecords 16",
    "pyoai-fake1/00006.xml": "XML of another kind",
    "sickle/GetRecord.xml": "GetRecord 1",
    "sickle/GetRecord_utf8test.xml": "GetRecord 1",
    "sickle/Identify.xml": "Identify 0",
    "sickle/ListIdentifiers.xml": "ListIdentifiers 2",
    "sickle/ListIdentifiers2.xml": "ListIdentifiers 2",
    "sickle/ListMetadataFormats.xml": "ListMetadataFormats 0",
    "sickle/ListRecords.xml": "ListRecords 2",
    "sickle/ListRecords2.xml": "ListRecords 2",
    "sickle/ListRecords3.xml": "ListRecords 2",
    "sickle/ListRecords4.xml": "ListRecords 1, quarantined: record.no-identifier",
    "sickle/ListRecordsBroken.xml": "something else",
    "sickle/ListSets.xml": "ListSets 0",
    "sickle/badArgument.xml": "badArgument",
    "sickle/badResumptionToken.xml": "badResumptionToken",
    "sickle/cannotDisseminateFormat.xml": "cannotDisseminateFormat",
    "sickle/idDoesNotExist.xml": "idDoesNotExist",
    "sickle/noRecordsMatch.xml": "noRecordsMatch",
    "sickle/noSetHierarchy.xml": "noSetHierarchy",
    "sickle/undefinedError.xml": "undefinedError",
}


def verdict(body: bytes) -> str:
    try:
        found = parse(body)
    except NotOaiError as error:
        return str(error).rpartition("but ")[2]
    except CutError as error:
        return str(error)
    if found.errors:
        return found.errors[0][0]
    said = f"{found.verb} {len(found.entries)}"
    if found.repairs:
        said += f", repaired: {' '.join(found.repairs)}"
    if found.refused:
        said += f", quarantined: {' '.join(p.code for p in found.refused)}"
    return said


@pytest.mark.parametrize(("name", "wanted"), VERDICTS.items())
def test_real_responses(shared: Path, name: str, wanted: str) -> None:
    assert verdict((shared / "oai" / name).read_bytes()) == wanted


def test_all_real_responses_have_a_verdict(shared: Path) -> None:
    folder = shared / "oai"
    found = {str(file.relative_to(folder)) for file in folder.rglob("*.xml")}
    # single records, as other harvesters keep them, are no responses
    single = {name for name in found if name.startswith(("b2find/", "eosc-dc/"))}
    assert found - single == set(VERDICTS)
    for name in single:
        assert verdict((folder / name).read_bytes()) == "XML of another kind"


def test_recorded_sessions_of_zenodo(shared: Path) -> None:
    """The bodies of the cassettes: each an answer, as its name says."""
    yaml = pytest.importorskip("yaml")
    seen = 0
    for file in (shared / "oai" / "scythe").glob("*.yaml"):
        for call in yaml.safe_load(file.read_text())["interactions"]:
            raw = call["response"]["body"]["content"].encode()
            if raw.startswith(b"<!DOCTYPE html>"):  # the way of Zenodo to say 429
                with pytest.raises(DtdError):
                    parse(raw)
                continue
            found = parse(raw)
            assert found.verb or found.errors
            assert not found.refused
            seen += 1
    assert seen > 10
