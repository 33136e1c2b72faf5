"""Pages for people: front page, landing pages, notices."""

from __future__ import annotations

import json
import logging
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import zoo
from asgi import Answer, call
from lxml import html
from xsd import assert_valid
from zoo import BASE, DAY, SECRET, START, item, plain, put, record, repository, stage

from panharvest.protocols import BASE_URL, Stage, Store
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Contributor,
    Embargo,
    Facility,
    File,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Licence,
    Moment,
    Parameter,
    Probe,
    Record,
    Relation,
    Sample,
    Service,
    Technique,
    Text,
    to_json,
)
from panharvest.server import create_app
from panharvest.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

    from panharvest.testing.clock import FrozenClock


SPITE = "<script>alert('x')</script>\"&"


def full(id_: str) -> Record:
    """Make a record in which every field that a page shows is filled."""
    return record(
        id_,
        f"Diffraction of {SPITE}",
        alternate_identifiers=(Identifier("hg123", "Proposal"),),
        descriptions=(Text(f"An abstract {SPITE}", "Abstract"),),
        creators=(
            Agent(
                "Doe, Jane",
                identifiers=(Identifier("0000-0002-1825-0097", "ORCID"),),
                affiliations=(Affiliation("Institute", "https://ror.org/05gzmn429"),),
            ),
            Agent(SPITE),
        ),
        contributors=(Contributor(Agent("Roe, Jim"), "DataCollector"),),
        facility=Facility("esrf", "ESRF", "https://ror.org/02550n020"),
        probes=(Probe("x-ray"),),
        instruments=(Instrument("ID15A"),),
        techniques=(
            Technique("http://purl.org/pan-science/PaNET/PaNET01168", "a technique"),
            Technique("javascript:alert(1)", "a trap"),
        ),
        samples=(Sample("YBCO", "YBa2Cu3O7"),),
        parameters=(Parameter("photon energy", 12.4, "keV"),),
        keywords=("one", "two"),
        collected=Interval(
            Moment("2021-06-19T10:36:06"), Moment("2021-06-20T01:00:00")
        ),
        issued=Moment("2024-06-20"),
        embargo=Embargo(end=Moment("2024-06-20")),
        access=Access(AccessStatus.OPEN),
        licence=Licence("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        files=tuple(File(f"scan{n}.nxs", size=1000 * n) for n in range(60)),
        services=(Service("Viewer", f"{BASE_URL}/view?a=1&b=2"),),
        relations=(
            Relation(Identifier("10.1234/paper", "DOI"), "IsCitedBy", "The paper"),
        ),
        funding=(Funding("A council", award_number="42"),),
    )


@pytest.fixture
def page(app: Starlette, store: Store, clock: FrozenClock) -> html.HtmlElement:
    name = "10.1234/full"
    body = {"_record": to_json(full(name)), "oai_dc": zoo.oai_dc(name, "T")}
    put(store, clock, item(name, Stage(0, body)))
    clock.advance(2)
    answer = call(app, f"/records/{name}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.fromstring(answer.body.decode())


def test_a_landing_page_shows_the_record(page: html.HtmlElement) -> None:
    text = " ".join(page.text_content().split())
    for shown in (
        f"Diffraction of {SPITE}",
        "Raw dataset Open access",
        f"An abstract {SPITE}",
        "Doe, Jane ORCID – Institute",
        "Roe, Jim (DataCollector)",
        "hg123 (Proposal)",
        "ESRF",
        "ID15A",
        "YBCO (YBa2Cu3O7)",
        "photon energy 12.4 keV",
        "one, two",
        "2021-06-19 10:36:06 to 2021-06-20 01:00:00 (local time, zone not known)",
        "A council 42",
        "Is cited by The paper",
        "and 10 more files",
        "PaN. Raw dataset. https://doi.org/10.1234/full",
        "(2024)",
    ):
        assert shown in text
    assert [h.text_content() for h in page.iter("h1")] == [f"Diffraction of {SPITE}"]


def test_a_landing_page_links_to_the_world(page: html.HtmlElement) -> None:
    links = {a.text_content(): a.get("href") for a in page.iter("a")}
    assert links["ORCID"] == "https://orcid.org/0000-0002-1825-0097"
    assert links["a technique"] == "http://purl.org/pan-science/PaNET/PaNET01168"
    assert links["CC-BY-4.0"] == "https://creativecommons.org/licenses/by/4.0/"
    assert links["The paper"] == "https://doi.org/10.1234/paper"
    assert links["https://doi.org/10.1234/full"] == "https://doi.org/10.1234/full"
    assert links["Viewer"] == f"{BASE}/view?a=1&b=2"
    assert "a trap" not in links
    assert {text for text, link in links.items() if "verb=GetRecord" in link} == {
        "Dublin Core"
    }


def test_a_landing_page_runs_and_loads_nothing(page: html.HtmlElement) -> None:
    unseen = "//script[not(@type='application/ld+json')] | //iframe | //img | //link"
    assert not page.xpath(f"{unseen} | //form | //@onclick")
    assert all(
        a.get("href").startswith(("https://", "http://")) for a in page.iter("a")
    )
    (heading,) = page.xpath("//html/@lang")
    assert heading == "en"
    assert page.xpath("//meta[@name='viewport']")


def test_the_links_to_formats_work(app: Starlette) -> None:
    for path in ("/records/10.1234/a0", "/records/esrf/hg 12/<réf>#1&2.nxs"):
        root = html.fromstring(call(app, path).body.decode())
        links = [h for h in root.xpath("//a/@href") if "verb=GetRecord" in h]
        assert len(links) == 3
        for link in links:
            base, _, query = link.partition("?")
            assert base == f"{BASE}/oai"
            answer = assert_valid(call(app, "/oai", query).body)
            assert not zoo.errors(answer)


def test_p31_a_hidden_record_has_no_page(app: Starlette) -> None:
    hidden = call(app, f"/records/10.1234/{SECRET}")
    unknown = call(app, "/records/10.1234/never-was")
    assert hidden == unknown
    assert hidden.status == 404


def test_p31_no_link_leads_to_a_hidden_record(
    app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    """Follow everything that can be reached from the front page."""
    todo = ["/"]
    seen: dict[str, Answer] = {}
    with caplog.at_level(logging.DEBUG):
        while todo:
            address = todo.pop()
            if address in seen:
                continue
            path, _, query = address.partition("?")
            answer = seen[address] = call(app, unquote(path), query)
            text = answer.body.decode()
            found = re.findall(rf"{BASE}(/[^\s\"<>]*)", text)
            todo += [unescape(one) for one in found]
            tokens = re.findall(r">([\w-]{60,})</resumptionToken>", text)
            verb = query.partition("&")[0]
            todo += [f"/oai?{verb}&resumptionToken={token}" for token in tokens]
    pages = [one for one in seen if one.startswith("/records/") and "?" not in one]
    assert len(pages) == 10
    assert len(seen) > 45
    for address, answer in seen.items():
        assert answer.status == 200, address
        shown = f"{address} {answer.headers} {answer.body.decode()}"
        assert SECRET not in shown
    assert SECRET not in caplog.text


def test_p32_the_page_appears_when_the_embargo_ends(
    app: Starlette, clock: FrozenClock
) -> None:
    path = f"/records/10.1234/{SECRET}"
    clock.set(START + 1000 * DAY - 0.01)
    assert call(app, path).status == 404
    clock.set(START + 1000 * DAY)
    assert call(app, path).status == 200


def test_a_withdrawn_record_leaves_a_notice(app: Starlette) -> None:
    answer = call(app, "/records/10.1234/a1")
    assert answer.status == 410
    assert b"no longer available" in answer.body
    assert b"Title of" not in answer.body


def test_a_record_under_embargo_says_so(
    app: Starlette, store: Store, clock: FrozenClock
) -> None:
    name = "10.1234/embargoed"
    embargoed = stage(
        name,
        "Core facts",
        access=Access(AccessStatus.EMBARGOED),
        embargo=Embargo(end=Moment("2030-01-01")),
    )
    put(store, clock, item(name, embargoed))
    clock.advance(2)
    text = html.fromstring(call(app, f"/records/{name}").body.decode()).text_content()
    assert "Under embargo" in text
    assert "2030-01-01" in text


def test_an_almost_empty_record_has_a_page(
    app: Starlette, store: Store, clock: FrozenClock
) -> None:
    bare = Record(id="esrf/x/y", kind=full("a").kind)
    put(store, clock, item(bare.id, Stage(0, {"_record": to_json(bare)})))
    clock.advance(2)
    answer = call(app, "/records/esrf/x/y")
    assert answer.status == 200
    text = html.fromstring(answer.body.decode()).text_content()
    assert "esrf/x/y. Raw dataset." in text
    assert "Metadata of this record" not in text


def test_the_front_page_tells_what_to_try(app: Starlette) -> None:
    answer = call(app, "/")
    root = html.fromstring(answer.body.decode())
    assert "11 records in 10 sets" in root.text_content()
    assert SECRET not in root.text_content()
    links = root.xpath("//li/a/@href")
    assert len(links) == 7
    for link in links:
        assert not zoo.errors(assert_valid(call(app, "/oai", link.split("?")[1]).body))


def test_the_front_page_of_an_empty_repository(
    tmp_path: Path, clock: FrozenClock
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/empty.db")
    root = html.fromstring(
        call(create_app(store, repository(), clock), "/").body.decode()
    )
    assert "0 records in 1 set" in root.text_content()
    put(store, clock, plain("10.1234/one", sets=("a",)))
    clock.advance(2)
    root = html.fromstring(
        call(create_app(store, repository(), clock), "/").body.decode()
    )
    assert "1 record in 2 sets," in root.text_content()
    store.close()


def test_headers_that_protect_readers(app: Starlette) -> None:
    for path in ("/", "/records/10.1234/a0", "/records/none", "/oai", "/nowhere"):
        headers = call(app, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        is_page = headers["content-type"].startswith("text/html")
        assert ("referrer-policy" in headers) == is_page
    policy = call(app, "/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_pages_under_a_path(store: Store, clock: FrozenClock) -> None:
    app = create_app(store, repository(base_url="https://x.example.org/pan"), clock)
    root = html.fromstring(call(app, "/records/10.1234/a0").body.decode())
    assert root.xpath("//header/a/@href") == ["https://x.example.org/pan/"]


# --- other forms of a record ----------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/ld+json", "application/ld+json"),
        ("text/turtle", "text/turtle"),
        ("application/vnd.datacite.datacite+xml", "application/xml"),
        (
            "application/vnd.datacite.datacite+json",
            "application/vnd.datacite.datacite+json",
        ),
        ("text/html;q=0.5, application/ld+json", "application/ld+json"),
        ("text/html, application/ld+json;q=0.5", "text/html"),
        ("*/*", "text/html"),
    ],
)
def test_a_program_gets_the_form_it_asks_for(
    app: Starlette, store: Store, clock: FrozenClock, accept: str, kind: str
) -> None:
    name = shown(store, clock)
    answer = call(app, f"/records/{name}", headers={"Accept": accept})
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in answer.headers["vary"]


def shown(store: Store, clock: FrozenClock) -> str:
    """Put a full record into the store; give its name."""
    name = "10.1234/full"
    put(store, clock, item(name, Stage(0, {"_record": to_json(full(name))})))
    clock.advance(2)
    return name


@pytest.mark.parametrize("form", ["pan", "schemaorg", "dcat", "rdf", "datacite-json"])
def test_every_form_is_had_below_the_page(
    app: Starlette, store: Store, clock: FrozenClock, form: str
) -> None:
    answer = call(app, f"/records/{shown(store, clock)}", f"format={form}")
    assert answer.status == 200
    assert b"10.1234/full" in answer.body
    assert b"base-url.panharvest.invalid" not in answer.body


def test_a_form_that_there_is_not(
    app: Starlette, store: Store, clock: FrozenClock
) -> None:
    answer = call(app, f"/records/{shown(store, clock)}", "format=%3Cscript%3E")
    assert answer.status == 404
    assert b"script" not in answer.body
    assert b"schemaorg" in answer.body


def test_a_page_tells_search_engines_what_it_is_of(page: html.HtmlElement) -> None:
    (script,) = page.xpath("//script[@type='application/ld+json']/text()")
    found = json.loads(script)
    assert found["@type"] == "Dataset"
    assert found["name"]
    assert "<" not in script
