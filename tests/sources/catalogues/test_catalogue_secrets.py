"""No error, wait or log has sessions, tokens, or words of the catalogue in it."""

from __future__ import annotations

import logging
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

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
    from panharvest.testing.catalogues import PanoscServer, SciCatServer
    from panharvest.transport import Wait

LEAK = "Leak-0-of-Something"  # in names of what is asked for, and in every answer
FAULTS = (
    Answer(500, {"message": f"down: {LEAK}"}),
    Answer(400, {"message": f"bad {LEAK}", "error": LEAK, "code": LEAK}),
    Answer(403, {"message": LEAK, "code": "SESSION"}),
    Answer(404, {"message": f"not here: {LEAK}"}),
    Answer(418, {"error": {"message": [LEAK]}}),
    Answer(200, {LEAK: LEAK}),
    Answer(200, raw=f"<html>{LEAK}".encode()),
    Answer(200, raw=f'[{{"Investigation": {{"{LEAK}": {LEAK}'.encode()),
    Answer(302, headers={"Location": "http://elsewhere.example.org/x?sessionId=s"}),
    Answer(302, headers={"Location": f"/round/{LEAK}"}),
    Answer(302, headers={"Location": f"https://127.0.0.1:1/{LEAK}"}),
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
@pytest.mark.parametrize("kind", ["icat", "icatplus", "scicat", "panosc"])
def test_whatever_goes_wrong(
    kind: str,
    fault: Answer | None,
    icat: IcatServer,
    icatplus: IcatPlusServer,
    scicat: SciCatServer,
    panosc: PanoscServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server: Any = {
        "icat": icat,
        "icatplus": icatplus,
        "scicat": scicat,
        "panosc": panosc,
    }[kind]
    access = {
        "icat": Access(user="reader", password="a-password"),
        "icatplus": Access(token="the session/of mine"),
        "scicat": Access(token="a-token"),
        "panosc": Access(token="a-token"),
    }[kind]
    icatplus.session = "the session/of mine"
    place = panosc.api if kind == "panosc" else server.url
    waits: list[Wait] = []
    said = ""
    with closing(open_source(kind, [place], given(access, waits))) as source:
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
            lambda: source.fetch(f"Dataset:20.500/{LEAK}"),
            lambda: source.fetch(f"PublishedData:20.500/{LEAK}"),
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
    for secret in (
        LEAK,
        "session-",
        "the session",
        "the%20session",
        "a-token",
        "a-password",
    ):
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
        ("http://y/a: no", "http://y/...: no"),
        ("http://x/a/b: no, http://x/a", "http://x/...: no, http://x/a"),
    ],
)
def test_what_is_left_of_an_address(text: str, shown: str) -> None:
    asked = "http://x/s-1/a" if "s-1" in text else "http://x/a"
    assert discreet(text, {"s-1"}, asked) == shown


def test_what_the_library_below_logs_of_what_it_does_not_understand(
    scicat: SciCatServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It warns of heads that it cannot read, with the whole address and the words."""
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("urllib3.connectionpool")
    url = f"/v3/datasets/{LEAK}?filter={LEAK}"
    with closing(open_source("scicat", [scicat.url], options())):
        try:
            int(LEAK)
        except ValueError as error:
            log.warning("Failed (url=%s): %s", f"http://x{url}", error, exc_info=True)
            log.warning("Retrying (%r) after '%r': %s", 3, error, url)
        log.debug('%s://%s:%s "%s %s %s"', "http", "x", 80, "GET", url, "HTTP/1.1")
    assert LEAK not in caplog.text
    assert 'http://x:80 "GET /... HTTP/1.1"' in caplog.text
    log.warning("%s", url)
    assert LEAK in caplog.text, "only as long as a catalogue is read"
