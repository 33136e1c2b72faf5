"""OAI-PMH in a browser: pages made from the answer, for people only (P45)."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import zoo
from asgi import Answer, call
from lxml import html
from xsd import assert_valid
from zoo import BASE, item, put, repository

from panharvest import oai
from panharvest.protocols import Stage
from panharvest.record import Origin
from panharvest.server import create_app
from panharvest.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.applications import Starlette

    from panharvest.testing.clock import FrozenClock

CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
BROWSER = {"Accept": CHROMIUM, "Sec-Fetch-Mode": "navigate"}
LIST = "verb=ListRecords&metadataPrefix=oai_dc"
RECORD = "oai:pan.example.org:10.1234/a0"
SPITE = "<script>alert('x')</script>\"&"


@pytest.fixture
def app(tmp_path: Path, clock: FrozenClock) -> Iterator[Starlette]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    zoo.fill(store, clock)
    name = "10.1234/harvested"
    far = Origin(f"{BASE}/far", "oai:far:1", "2020-01-01", zoo.DATACITE, "2021-01-01")
    near = Origin(
        f"{BASE}/near",
        "oai:near:1",
        "2022-01-01",
        zoo.DATACITE,
        "2023-01-01",
        True,
        far,
    )
    about = oai.about_provenance(near) + oai.about_rights("https://terms.example.org/")
    bodies = zoo.bodies(name, f"Title {SPITE}")
    put(store, clock, item(name, Stage(0, bodies, ("kind:raw",), about)))
    clock.advance(2)
    repo = repository(
        friends=("https://friend.example.org/oai",), terms="https://terms.example.org/"
    )
    yield create_app(store, repo, clock)
    store.close()


def look(app: Starlette, query: str) -> html.HtmlElement:
    answer = call(app, "/oai", query, headers=BROWSER)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.fromstring(answer.body.decode())


def words(page: html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


def is_page(answer: Answer) -> bool:
    return answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        (BROWSER, True),
        ({"Accept": FIREFOX, "Sec-Fetch-Mode": "navigate"}, True),
        ({"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}, True),
        # harvesters: none of them, whatever it copies, says that it navigates
        ({}, False),
        ({"Accept": CHROMIUM}, False),
        ({"Accept": FIREFOX}, False),
        ({"Accept": "*/*", "Sec-Fetch-Mode": "navigate"}, False),
        ({"Accept": "text/xml", "Sec-Fetch-Mode": "navigate"}, False),
        (
            {"Accept": "text/html;q=0.8, text/xml", "Sec-Fetch-Mode": "navigate"},
            False,
        ),
        ({"Accept": "text/html;q=0", "Sec-Fetch-Mode": "navigate"}, False),
        ({"Accept": "text/html;q=x", "Sec-Fetch-Mode": "navigate"}, False),
        ({"Accept": CHROMIUM, "Sec-Fetch-Mode": "cors"}, False),
        ({"Accept": CHROMIUM, "Sec-Fetch-Mode": "no-cors"}, False),
    ],
)
def test_p45_pages_are_for_people(
    app: Starlette, headers: dict[str, str], page: bool
) -> None:
    for query in (LIST, "verb=Identify", "verb=junk"):
        answer = call(app, "/oai", query, headers=headers)
        assert is_page(answer) is page
        assert answer.headers["vary"] == "Accept, Sec-Fetch-Mode, Accept-Encoding"
        if not page:
            assert_valid(answer.body)
    posted = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    answer = call(app, "/oai", method="POST", headers=posted, body=[LIST.encode()])
    assert not is_page(answer)


def test_p45_the_link_as_xml_gives_xml(app: Starlette) -> None:
    for query in (LIST, f"{LIST}&set=kind:raw", "verb=Identify", "verb=%22%3Cjunk", ""):
        (link,) = look(app, query).xpath("//a[text()='as XML']/@href")
        assert link.startswith(f"{BASE}/oai.xml?")
        answer = call(app, "/oai.xml", link.split("?", 1)[1], headers=BROWSER)
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        assert answer.body == call(app, "/oai", query).body
        assert b">https://pan.example.org/oai</request>" in answer.body


def test_a_giant_query_is_not_linked_to(app: Starlette) -> None:
    page = look(app, f"{LIST}&set={'a' * 5000}")
    assert not page.xpath("//a[text()='as XML']")


def test_page_and_xml_have_tags_of_their_own(app: Starlette) -> None:
    page = call(app, "/oai", LIST, headers=BROWSER)
    same = call(app, "/oai", LIST)
    assert page.headers["etag"] != same.headers["etag"]
    for answer, headers in ((page, BROWSER), (same, {})):
        known = {**headers, "If-None-Match": answer.headers["etag"]}
        assert call(app, "/oai", LIST, headers=known).status == 304


def test_the_repository(app: Starlette) -> None:
    page = look(app, "verb=Identify")
    text = words(page)
    for shown in ("PaN & friends", "persistent", "data@pan.example.org", "gzip"):
        assert shown in text
    links = set(page.xpath("//a/@href"))
    assert {"https://friend.example.org/oai", "https://terms.example.org/"} <= links


def test_formats_sets_and_ways_to_their_records(app: Starlette) -> None:
    page = look(app, "verb=ListMetadataFormats")
    assert [c.text for c in page.xpath("//td[1]/code")] == list(zoo.FORMATS)
    page = look(app, f"verb=ListMetadataFormats&identifier={RECORD}")
    links = page.xpath("//td/a[text()='Record']/@href")
    assert [link.rpartition("=")[2] for link in links] == list(zoo.FORMATS)
    page = look(app, "verb=ListSets")
    assert [c.text for c in page.xpath("//td[2]/code")] == sorted(
        {s for spec in (*zoo.SETS, "facility:ill") for s in (spec, spec.split(":")[0])}
    )
    assert "All of facility:ill" in words(page)
    (link,) = page.xpath("//tr[td[2]/code='facility:ill']//a/@href")
    assert link == f"{BASE}/oai?{LIST}&set=facility:ill"


def test_a_list_and_its_next_pages(app: Starlette) -> None:
    query, seen, ranges = LIST, [], []
    while True:
        page = look(app, query)
        seen += page.xpath("//td[1]/a/@href")
        ranges.append(page.xpath("string(//main/p[1])"))
        following = page.xpath("//p[@class='next']/a/@href")
        if not following:
            break
        query = following[0].split("?", 1)[1]
    assert [one.split(",")[0] for one in ranges] == [
        "1 to 5 of 12",
        "6 to 10 of 12",
        "11 to 12 of 12",
    ]
    assert len(seen) == len(set(seen)) == 12
    assert all("verb=GetRecord" in link for link in seen)
    assert all("metadataPrefix=oai_dc" in link for link in seen)


def test_a_resumed_list_keeps_its_format(app: Starlette) -> None:
    page = look(app, "verb=ListRecords&metadataPrefix=datacite")
    (following,) = page.xpath("//p[@class='next']/a/@href")
    page = look(app, following.split("?", 1)[1])
    assert all("=datacite" in link for link in page.xpath("//td[1]/a/@href")[:3])


def test_a_deleted_record_is_marked(app: Starlette) -> None:
    gone = "oai:pan.example.org:10.1234/a1"
    page = look(app, f"verb=GetRecord&metadataPrefix=oai_dc&identifier={gone}")
    assert "Statedeleted" in words(page)
    assert not page.xpath("//pre")
    page = look(app, f"{LIST}&from=2023-11-16&until=2023-11-16")
    assert page.xpath("//span[@class='state']/text()") == ["deleted"]


def test_headers_are_listed_by_identifier(app: Starlette) -> None:
    page = look(app, "verb=ListIdentifiers&metadataPrefix=oai_dc&set=facility:ill")
    assert page.xpath("//td[1]/a/text()")[0] == "oai:pan.example.org:10.1234/b0"


def test_a_record_with_all_that_is_said_about_it(app: Starlette) -> None:
    name = "oai:pan.example.org:10.1234/harvested"
    page = look(app, f"verb=GetRecord&metadataPrefix=oai_datacite&identifier={name}")
    assert page.xpath("//h1/text()") == [f"Title {SPITE}"]
    links = page.xpath("//a/@href")
    assert f"{BASE}/records/10.1234/harvested" in links
    assert "https://terms.example.org/" in links
    text = words(page)
    assert text.index(f"{BASE}/near as oai:near:1") < text.index(f"{BASE}/far as")
    (shown,) = page.xpath("//pre/code")
    assert "<payload>" in shown.text_content()
    assert "<!DOCTYPE" not in shown.text_content()
    assert not page.xpath("//script")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        (f"{LIST}&set=none", "noRecordsMatch"),
        (f"verb=GetRecord&metadataPrefix=marc&identifier={RECORD}", "cannotDissem"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        (f"verb=Identify&{SPITE}=1", "badArgument"),
    ],
)
def test_errors_say_what_is_wrong(app: Starlette, query: str, code: str) -> None:
    page = look(app, query)
    assert any(one.startswith(code) for one in page.xpath("//main//li/code/text()"))
    assert "This request has no answer" in words(page)
    assert not page.xpath("//script")


def test_pages_load_nothing_and_run_nothing(app: Starlette) -> None:
    for query in ("verb=Identify", "verb=ListSets", LIST):
        answer = call(app, "/oai", query, headers=BROWSER)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page = html.fromstring(answer.body.decode())
        assert not page.xpath("//script | //img | //link | //iframe | //@style")
        assert page.xpath("//html/@lang") == ["en"]
        assert len(page.xpath("//h1")) == 1


def test_every_link_of_every_page_leads_somewhere(app: Starlette) -> None:
    todo, seen = ["/", "/oai?verb=Identify"], set()
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        path, _, query = address.partition("?")
        answer = call(app, unquote(path), query, headers=BROWSER)
        assert answer.status == (410 if path.endswith("/a1") else 200), address
        if "format=" in query:  # a record in a form that is neither page nor protocol
            assert answer.body, address
            continue
        if not is_page(answer):
            assert not zoo.errors(assert_valid(answer.body)), address
            continue
        page = html.fromstring(answer.body.decode())
        assert "has no answer" not in words(page), address
        found = [unescape(link) for link in page.xpath("//a/@href")]
        todo += [link[len(BASE) :] for link in found if link.startswith(f"{BASE}/")]
        todo = [link for link in todo if not link.startswith(("/near", "/far"))]
    assert len(seen) > 100
