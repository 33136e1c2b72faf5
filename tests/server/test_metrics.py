"""Metrics in Prometheus' text form; nothing in them tells of a hidden record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from asgi import call
from zoo import DAY, SECRET, START, plain, put, repository

from panharvest.errors import StoreError
from panharvest.server import WebSettings, create_app
from panharvest.stores import open_store
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

    from panharvest.protocols import Store

LIST = "verb=ListRecords&metadataPrefix=oai_dc"
SAMPLE = re.compile(r'([a-z_]+)(\{(?:[a-z]+="[^"\\\n]*",?)*\})? ([0-9.e+-]+)')


@pytest.fixture
def app(store: Store, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    monkeypatch.setattr(type(store), "quick", False)  # else its answers are timed too
    ticks = FrozenClock(0)
    # each reading of the timer is a fiftieth of a second after the last
    return create_app(store, repository(), clock, timer=lambda: ticks.advance(0.02))


def figures(app: Starlette) -> dict[str, float]:
    answer = call(app, "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    found, typed = {}, set()
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("# HELP "):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            base = re.sub(r"_(bucket|sum|count)$", "", sample[1])
            assert {sample[1], base} & typed, line
            found[sample[1] + (sample[2] or "")] = float(sample[3])
    return found


def test_requests_are_counted_by_verb_and_outcome(app: Starlette) -> None:
    for query in ("verb=Identify", "verb=Identify", LIST, "verb=junk", f"{LIST}&set=x"):
        call(app, "/oai", query)
    call(app, "/oai", LIST, method="PUT")
    call(app, "/oai.xml", "verb=ListSets")
    for path in ("/", "/records/10.1234/a0", "/records/none", "/nowhere"):
        call(app, path)
    found = figures(app)
    name = "panharvest_oai_requests_total"
    counted = {key: value for key, value in found.items() if key.startswith(name)}
    assert counted == {
        f'{name}{{verb="Identify",outcome="ok"}}': 2,
        f'{name}{{verb="ListRecords",outcome="noRecordsMatch"}}': 1,
        f'{name}{{verb="ListRecords",outcome="ok"}}': 1,
        f'{name}{{verb="ListSets",outcome="ok"}}': 1,
        f'{name}{{verb="none",outcome="badVerb"}}': 1,
        f'{name}{{verb="none",outcome="refused"}}': 1,
    }
    assert found["panharvest_records_served_total"] == 5
    pages = "panharvest_page_requests_total"
    assert found[f'{pages}{{page="home",status="200"}}'] == 1
    assert found[f'{pages}{{page="records",status="404"}}'] == 1
    assert found[f'{pages}{{page="other",status="404"}}'] == 1
    seconds = "panharvest_oai_request_duration_seconds"
    assert found[f"{seconds}_count"] == 7
    assert found[f"{seconds}_sum"] == pytest.approx(7 * 0.02)
    assert found[f'{seconds}_bucket{{le="0.01"}}'] == 0
    assert found[f'{seconds}_bucket{{le="0.025"}}'] == 7
    assert found[f'{seconds}_bucket{{le="+Inf"}}'] == 7


def test_a_page_that_a_client_has_already_serves_no_records(app: Starlette) -> None:
    tag = call(app, "/oai", LIST).headers["etag"]
    assert call(app, "/oai", LIST, headers={"If-None-Match": tag}).status == 304
    assert figures(app)["panharvest_records_served_total"] == 5


def test_p31_only_what_is_visible_is_counted(
    app: Starlette, store: Store, clock: FrozenClock
) -> None:
    before = figures(app)
    assert before["panharvest_visible_records"] == 11
    assert before["panharvest_newest_datestamp_age_seconds"] == DAY - 1
    assert before["panharvest_store_up"] == 1
    put(store, clock, plain(f"10.1234/{SECRET}2", start=START + 2000 * DAY))
    clock.advance(120)
    after = figures(app)
    assert after["panharvest_visible_records"] == 11
    assert after["panharvest_newest_datestamp_age_seconds"] == DAY + 119
    assert SECRET not in "".join(after)
    clock.set(START + 2000 * DAY)
    released = figures(app)
    assert released["panharvest_visible_records"] == 13
    assert released["panharvest_newest_datestamp_age_seconds"] == 0


def test_what_is_costly_is_counted_once_a_minute(
    app: Starlette, store: Store, clock: FrozenClock
) -> None:
    clock.set(START - START % 60 + 4 * DAY)
    assert figures(app)["panharvest_visible_records"] == 11
    put(store, clock, plain("10.1234/new"))
    clock.advance(30)
    assert figures(app)["panharvest_visible_records"] == 11
    clock.advance(30)
    assert figures(app)["panharvest_visible_records"] == 12


def test_metrics_are_had_while_the_store_is_away(clock: FrozenClock) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            def fail(*args: object) -> None:
                raise StoreError("disk /x")

            return fail

    broken: Any = Broken()
    app = create_app(broken, repository(), clock)
    assert call(app, "/oai", LIST).status == 503
    found = figures(app)
    assert found["panharvest_store_up"] == 0
    assert "panharvest_visible_records" not in found
    name = 'panharvest_oai_requests_total{verb="none",outcome="unavailable"}'
    assert found[name] == 1


def test_an_empty_repository_has_no_newest_datestamp(
    tmp_path: Path, clock: FrozenClock
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/empty.db")
    found = figures(create_app(store, repository(), clock))
    assert found["panharvest_visible_records"] == 0
    assert "panharvest_newest_datestamp_age_seconds" not in found
    store.close()


def test_metrics_can_be_closed(store: Store, clock: FrozenClock) -> None:
    app = create_app(store, repository(), clock, WebSettings(metrics=False))
    assert call(app, "/metrics").status == 404


def test_labels_cannot_be_made_up_by_clients(app: Starlette) -> None:
    for number in range(50):
        call(app, "/oai", f"verb=x{number}")
        call(app, f"/x{number}")
        call(app, f"/records/{number}")
    assert len(figures(app)) < 30
