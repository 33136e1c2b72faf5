"""Sessions and tokens are in no error, no wait and no log, whatever goes wrong."""

from __future__ import annotations

import logging
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
from catalogue_content import options

from panharvest.catalogued import Access, Position
from panharvest.errors import PanharvestError
from panharvest.sources.catalogues.http import discreet
from panharvest.sources.catalogues.registry import open_source
from panharvest.testing.catalogues import Answer, IcatPlusServer, IcatServer
from panharvest.transport import Manners, Timing

if TYPE_CHECKING:
    from panharvest.sources.catalogues.options import SourceOptions
    from panharvest.testing.catalogues import SciCatServer
    from panharvest.transport import Wait

FAULTS = (
    Answer(500, {"message": "down"}),
    Answer(400, {"message": "bad"}),
    Answer(404, {"message": "not here"}),
    Answer(200, raw=b"<html>"),
    Answer(200, raw=b'[{"Investigation": {'),
    Answer(302, headers={"Location": "http://elsewhere.example.org/x?sessionId=s"}),
    Answer(302, headers={"Location": "/round"}),
    Answer(429, {"message": "slowly"}, headers={"Retry-After": "1"}),
    None,  # the server is gone
)


def given(access: Access, waits: list[Wait]) -> SourceOptions:
    made = options(access)
    return type(made)(
        access=access,
        manners=Manners(pace=0, attempts=3),
        timing=Timing(sleep=lambda _: None),
        told=waits.append,
    )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["icat", "icatplus", "scicat"])
def test_whatever_goes_wrong(
    kind: str,
    fault: Answer | None,
    icat: IcatServer,
    icatplus: IcatPlusServer,
    scicat: SciCatServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server = {"icat": icat, "icatplus": icatplus, "scicat": scicat}[kind]
    access = {
        "icat": Access(user="reader", password="a-password"),
        "icatplus": Access(token="the session/of mine"),
        "scicat": Access(token="a-token"),
    }[kind]
    icatplus.session = "the session/of mine"
    waits: list[Wait] = []
    said = ""
    with closing(open_source(kind, [server.url], given(access, waits))) as source:
        list(source.identifiers())
        if fault is None:
            server.__exit__()
            source._client.transport.close()
        else:
            server.faults = [fault] * 200
        for call in (
            lambda: list(source.pages(Position(), 0.0)),
            lambda: list(source.identifiers()),
            lambda: source.fetch("Investigation:1"),
        ):
            with suppress(PanharvestError):
                try:
                    call()
                except PanharvestError as error:
                    said += f"{error} {error!r} {error.__cause__!r}"
                    raise
        if fault is None:
            server.__enter__()
    assert said
    said += "".join(one.reason for one in waits) + caplog.text
    for secret in ("session-", "the session", "the%20session", "a-token", "a-password"):
        assert secret not in said
    assert "%7B" not in "".join(one.reason for one in waits), "nobody can read that"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://x/a?b=c%20d: no", "http://x/a: no"),
        ("http://x/a?b=c&d=e", "http://x/a"),
        ("(http://x/a?b=c) it", "(http://x/a) it"),
        ("what? no = yes", "what? no = yes"),
        ("http://x/s-1/a: no", "http://x/.../a: no"),
    ],
)
def test_what_is_left_of_an_address(text: str, shown: str) -> None:
    assert discreet(text, {"s-1"}) == shown
