"""Nothing tells of what is hidden: marker words are looked for in everything sent.

A record is planted whose every part is a word of its own: before it is public none of
them may be seen, and once it is withdrawn none but what a tombstone keeps (OAI-PMH 2.0
§2.5.1): its identifier and its sets.
"""

from __future__ import annotations

import logging
import re
from base64 import urlsafe_b64decode
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import zoo
from asgi import Answer, call
from zoo import BASE, DAY, START, plain, put, repository

from panharvest.derived import size_text
from panharvest.formats import FORMATS
from panharvest.oai import about_provenance, compose_identifier
from panharvest.protocols import Item, Stage, Store
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Facility,
    File,
    Identifier,
    Instrument,
    Kind,
    Moment,
    Origin,
    Parameter,
    Provenance,
    Record,
    Sample,
    Technique,
    Text,
    to_json,
)
from panharvest.server import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from starlette.applications import Starlette

    from panharvest.testing.clock import FrozenClock

BROWSER = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
OPENS = START + 100 * DAY
LOCAL = "10.5072/qqdoi"
KEPT = {"qqdoi", "qqfacility", "qqkind", "qqtechset"}  # by a tombstone
MARKERS = KEPT | {
    "qqtitle",
    "qqabstract",
    "qqcreator",
    "qqplace",
    "qqorcid",
    "qqtechnique",
    "qqfacname",
    "qqinstrument",
    "qqsample",
    "qqparameter",
    "qqfile",
    "qqkeyword",
    "qqorigin",
    "qqdataset",
    "qqfact",
}
SIZE = 987_654_321_987
SAID = size_text(SIZE).lower()  # no other text looks like it
SETS = ("facility:qqfacility", "kind:qqkind", "technique:qqtechset", "openaire_data")


def hidden() -> Item:
    """Make the record, as publishing would: all formats, and facts for the operator."""
    origin = Origin(f"{BASE}/qqorigin", "oai:x:1", "2020-01-01", "urn:x", "2021-01-01")
    record = Record(
        id=LOCAL,
        kind=Kind.RAW,
        pid=Identifier(LOCAL, "DOI"),
        titles=(Text("The qqtitle of it"),),
        descriptions=(Text("A qqabstract", "Abstract"),),
        creators=(
            Agent(
                "qqcreator, A.",
                identifiers=(Identifier("qqorcid", "ORCID"),),
                affiliations=(Affiliation("qqplace"),),
            ),
        ),
        publisher=Agent("PaN"),
        facility=Facility("qqfacility", "qqfacname"),
        instruments=(Instrument("qqinstrument"),),
        techniques=(Technique("http://x.example.org/qqtechset", "qqtechnique"),),
        samples=(Sample("qqsample"),),
        parameters=(Parameter("qqparameter", 1.0),),
        keywords=("qqkeyword",),
        files=(File("qqfile.nxs", size=SIZE),),
        size=SIZE,
        issued=Moment("2024-01-01"),
        access=Access(AccessStatus.OPEN),
        landing_page=f"{zoo.BASE_URL}/records/{LOCAL}",
        provenance=Provenance("nexus", origin=origin),
    )
    bodies = {p: b for p, f in FORMATS.items() if (b := f.write(record)) is not None}
    about = about_provenance(origin)
    assert about
    bodies["_record"] = to_json(record)
    stage = Stage(OPENS, bodies, SETS, about)
    facts = {"title": "qqtitle qqfact", "files": ["qqfile.nxs"], "opens_at": OPENS}
    return Item(LOCAL, "qqdataset", (Stage(0), stage), facts)


def app_of(store: Store, clock: FrozenClock) -> Starlette:
    described = {"describe_set": lambda spec: zoo.SetInfo(f"Set {spec}")}
    return create_app(store, repository(page_size=3, **described), clock)


def questions() -> Iterator[str]:
    """Give addresses to begin with: all verbs, formats and sets, and some guesses."""
    name = quote(compose_identifier("pan.example.org", LOCAL), safe="")
    yield from ("/", "/metrics", "/healthz", f"/records/{LOCAL}", "/records/qqdataset")
    yield f"/oai?verb=ListMetadataFormats&identifier={name}"
    for verb in ("Identify", "ListSets", "ListMetadataFormats", "qqverb"):
        yield f"/oai?verb={verb}"
    for prefix in (*zoo.FORMATS, "_record"):
        yield f"/oai?verb=GetRecord&metadataPrefix={prefix}&identifier={name}"
        for verb in ("ListRecords", "ListIdentifiers"):
            start = f"/oai?verb={verb}&metadataPrefix={prefix}"
            yield start
            yield f"{start}&from=2000-01-01&until=2100-01-01"
            yield from (
                f"{start}&set={part}" for s in SETS for part in {s, s.split(":")[0]}
            )


def everything(app: Starlette) -> dict[tuple[str, bool], Answer]:
    """Ask all that, follow every link and token; as a machine and as a person."""
    seen: dict[tuple[str, bool], Answer] = {}
    todo = list(questions())
    while todo:
        address = todo.pop()
        if (address, False) in seen:
            continue
        path, _, query = address.partition("?")
        for person in (False, True):
            headers = BROWSER if person else {}
            answer = call(app, unquote(path), query, headers=headers)
            seen[address, person] = answer
            text = answer.body.decode()
            found = re.findall(rf"{BASE}(/[^\s\"<]*)", text)
            todo += [unescape(one) for one in found]
            tokens = re.findall(r">([\w-]{60,})</resumptionToken>", text)
            verb = query.partition("&")[0]
            todo += [f"/oai?{verb}&resumptionToken={token}" for token in tokens]
    assert len(seen) > 200
    return seen


def sent(address: str, answer: Answer) -> str:
    """Give all that an answer sends, but the echo of what was asked; tokens opened."""
    text = f"{answer.headers} {answer.body.decode()}"
    for token in set(re.findall(r"[\w-]{60,}", text)):
        packed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        text += packed.decode("latin-1")
    asked = address.partition("?")[2] or address
    for echo in (asked, unquote(asked), *asked.split("&"), *unquote(asked).split("&")):
        text = text.replace(echo, "").replace(echo.partition("=")[2] or echo, "")
    return text.lower()


def told(seen: dict[tuple[str, bool], Answer]) -> set[str]:
    """Give the markers that were sent to somebody who had not said them."""
    texts = [sent(address, answer) for (address, _), answer in seen.items()]
    return {m for m in (*MARKERS, SAID) if any(m in text for text in texts)}


def test_p31_before_it_is_public_nothing_is_told(
    store: Store, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    def measured() -> dict[tuple[str, bool], Answer]:
        return everything(app_of(store, clock))

    with caplog.at_level(logging.DEBUG):
        without = measured()
        put(store, clock, hidden())
        clock.set(clock.now - clock.now % 60 + 3600)
        assert told(measured()) == set()
        clock.set(OPENS - 0.001)
        with_it = measured()
    assert told(with_it) == set()
    lines = [line for line in caplog.text.splitlines() if "access" in line]
    assert lines
    guessed = [line for line in lines if "/records/" not in line]
    assert not [m for m in MARKERS if m in "".join(guessed)]
    # what can be asked, and what sizes say, is as if it were not there
    assert with_it.keys() >= {k for k in without if "resumptionToken" not in k[0]}
    sizes = [
        re.findall(rb'completeListSize="(\d+)"', answer.body)
        for key, answer in sorted(without.items())
        if "Token" not in key[0]
    ]
    assert sizes == [
        re.findall(rb'completeListSize="(\d+)"', with_it[key].body)
        for key in sorted(without)
        if "Token" not in key[0]
    ]


def test_the_markers_would_be_found(store: Store, clock: FrozenClock) -> None:
    """When it is public all is told but what is for the operator alone."""
    put(store, clock, hidden())
    clock.set(OPENS)
    assert told(everything(app_of(store, clock))) == {*MARKERS, SAID} - {
        "qqdataset",
        "qqfact",
    }


def test_p29_after_its_withdrawal_only_a_tombstone_is_told(
    store: Store, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, clock, hidden())
    clock.set(OPENS)
    app = app_of(store, clock)
    begun = everything(app)  # its tokens are of lists that hold the record
    put(store, clock, Item(LOCAL, "qqdataset", ()))
    clock.advance(2)
    with caplog.at_level(logging.DEBUG):
        resumed = {
            key: call(app, "/oai", key[0].partition("?")[2])
            for key in begun
            if "resumptionToken" in key[0]
        }
        assert len(resumed) > 20
        assert told(resumed) <= KEPT
        assert told(everything(app)) == KEPT
    assert "qqtitle" not in caplog.text


def test_p34_hidden_again_is_as_withdrawn(store: Store, clock: FrozenClock) -> None:
    put(store, clock, hidden())
    clock.set(OPENS)
    later: Any = hidden().stages[1]
    moved = Stage(OPENS + 500 * DAY, later.bodies, later.sets, later.about)
    put(store, clock, Item(LOCAL, "qqdataset", (Stage(0), moved)))
    clock.advance(2)
    assert told(everything(app_of(store, clock))) == KEPT
    clock.set(OPENS + 500 * DAY)
    assert "qqtitle" in told(everything(app_of(store, clock)))


def test_p31_errors_and_sizes_are_those_of_an_unknown_record(
    store: Store, clock: FrozenClock
) -> None:
    """The same question gives the same bytes for a hidden and for an unknown one."""
    app = app_of(store, clock)
    other = plain("10.5072/never")
    assert other.id != LOCAL
    put(store, clock, hidden())
    clock.advance(2)
    for verb, more in (
        ("GetRecord", "&metadataPrefix=oai_dc"),
        ("GetRecord", "&metadataPrefix=none"),
        ("ListMetadataFormats", ""),
    ):
        answers = {
            call(
                app,
                "/oai",
                f"verb={verb}{more}&identifier="
                f"{quote(compose_identifier('pan.example.org', local), safe='')}",
                headers=headers,
            ).body.replace(local.encode(), b"NAME")
            for local in (LOCAL, other.id)
            for headers in ({},)
        }
        assert len(answers) == 1
    pages = {call(app, f"/records/{one}").body for one in (LOCAL, other.id)}
    assert len(pages) == 1
