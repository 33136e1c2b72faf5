"""Many endpoints, two at once, killed half-way, and how much memory it takes."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harvesting import harvest_once

import panharvest
from panharvest.errors import ConfigError, StoreError
from panharvest.harvester import (
    Endpoint,
    EndpointDone,
    HarvestDone,
    HarvestSettings,
    PageDone,
    harvest,
)
from panharvest.stores import open_store
from panharvest.testing import FaultyProvider, faulty
from panharvest.transport import Manners

if TYPE_CHECKING:
    from afield import Field

    from panharvest.harvested import Standing
    from panharvest.protocols import Store

PREFIX = "oai_datacite"
QUICK = HarvestSettings(manners=Manners(pace=0))


def contents(store: Store) -> dict[str, tuple[Standing, str, bytes]]:
    """Give all that is kept of the records, but for where it is."""
    harvests = store.harvests()
    return {
        f"{feed.prefix} {record.identifier}": (
            *(record.standing, record.datestamp),
            record.record,
        )
        for feed in harvests.feeds()
        for record in harvests.records(feed.num)
    }


# --- H54: kill -9 --------------------------------------------------------------------

KILLS = 50


def test_h54_killed_fifty_times_the_store_is_as_if_never(tmp_path: Path) -> None:
    """Each time at another moment; nothing is missing, and nothing is there twice."""
    chance = random.Random(20261125)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(
        ["panharvest.harvester", "panharvest.stores.sqlite"]
    )
    url = f"sqlite:///{tmp_path}/killed.db"
    killed = resumed = 0
    with FaultyProvider(900, page_size=3) as provider:
        while killed < KILLS:
            full = killed > 0 and not unfinished(url, provider.url)
            child = processes.Process(
                target=harvest_once,
                args=(provider.url, url, PREFIX),
                kwargs={"full": full},
            )
            before = provider.asked()
            child.start()
            while provider.asked() == before and child.is_alive():
                child.join(0.001)
            child.join(chance.uniform(0.0, 0.3))
            if child.is_alive() and child.pid is not None:
                os.kill(child.pid, signal.SIGKILL)
                killed += 1
            child.join()
            resumed += unfinished(url, provider.url)
        asked = provider.asked("ListRecords")
        harvest_once(provider.url, url, PREFIX)
        harvest_once(provider.url, f"sqlite:///{tmp_path}/whole.db", PREFIX)
        with (
            closing(open_store(url)) as found,
            closing(open_store(f"sqlite:///{tmp_path}/whole.db")) as wanted,
        ):
            assert contents(found) == contents(wanted)
            assert len(contents(found)) == 900
        assert resumed > KILLS // 3, "it was never killed half-way"
        # what was read before is not read again, but for a page or two
        rounds = 1 + asked // 300
        assert asked <= 300 * rounds + 3 * KILLS


def unfinished(store_url: str, url: str) -> bool:
    """Whether a harvest was left in the middle of its list."""
    with closing(open_store(store_url)) as store:
        harvests = store.harvests()
        feed = harvests.feed(url, PREFIX)
        return any(c.checkpoint for c in harvests.courses(feed.num).values())


# --- H77: two at once ----------------------------------------------------------------


def test_h77_a_second_harvest_of_an_endpoint_refuses(afield: Field) -> None:
    with FaultyProvider(20) as provider:
        harvests = afield.store.harvests()
        num = harvests.feed(provider.url, PREFIX).num
        with harvests.lock(num):
            done = afield.harvest(provider.url)
            assert (done.status, done.code) == ("failed", "busy")
            assert "running already" in done.reason
            assert provider.asked() == 0
            # another format of it is another harvest
            assert afield.harvest(provider.url, prefix="oai_dc").status == "complete"
        assert afield.harvest(provider.url).status == "complete"


def test_h77_the_lock_of_a_process_ends_with_it(tmp_path: Path, afield: Field) -> None:
    script = (
        "import sys, time\n"
        "from panharvest.stores import open_store\n"
        "h = open_store(sys.argv[1]).harvests()\n"
        "with h.lock(h.feed(sys.argv[2], sys.argv[3]).num):\n"
        "    print('locked', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with FaultyProvider(5) as provider:
        url = f"sqlite:///{tmp_path}/store.db"
        with subprocess.Popen(
            [sys.executable, "-c", script, url, provider.url, PREFIX],
            stdout=subprocess.PIPE,
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"locked\n"
            assert afield.harvest(provider.url).code == "busy"
            other.kill()
        assert afield.harvest(provider.url).status == "complete"


# --- many ----------------------------------------------------------------------------


def test_hosts_are_harvested_side_by_side(tmp_path: Path) -> None:
    slow = faulty.stall(0.05)
    with (
        closing(open_store(f"sqlite:///{tmp_path}/store.db")) as store,
        FaultyProvider(60, faults=[slow]) as one,
        FaultyProvider(60, faults=[slow]) as two,
        FaultyProvider(60, faults=[faulty.status(404)]) as gone,
    ):
        urls = [one.url, gone.url, two.url]
        *events, last = harvest(urls, store, settings=QUICK, jobs=3)
        assert isinstance(last, HarvestDone)
        assert [done.endpoint for done in last.endpoints] == urls
        assert [d.status for d in last.endpoints] == ["complete", "failed", "complete"]
        order = [e.endpoint for e in events if isinstance(e, PageDone)]
        assert order != sorted(order, key=urls.index), "one after the other"
        assert len(contents(store)) == 60  # both have the same identifiers: two feeds
        assert len(store.harvests().feeds()) == 3


def test_an_endpoint_named_twice_is_harvested_once(afield: Field) -> None:
    with FaultyProvider(5) as provider:
        events = list(harvest([provider.url] * 3, afield.store, settings=QUICK))
        assert sum(isinstance(e, EndpointDone) for e in events) == 1


def test_two_endpoints_of_one_name_have_a_report_each(afield: Field) -> None:
    with FaultyProvider(5) as fine, FaultyProvider(5) as bad:
        bad.use(faulty.status(404))
        endpoints = [
            Endpoint(url=one.url, name="ours", prefix=PREFIX) for one in (bad, fine)
        ]
        *_, done = harvest(endpoints, afield.store, settings=QUICK)
    assert isinstance(done, HarvestDone)
    assert [one.status for one in done.endpoints] == ["failed", "complete"]


def test_h75_fetching_does_not_wait_for_whoever_listens(tmp_path: Path) -> None:
    with (
        closing(open_store(f"sqlite:///{tmp_path}/store.db")) as store,
        FaultyProvider(100) as provider,
    ):
        events = harvest([Endpoint(url=provider.url)], store, settings=QUICK)
        next(events)  # and then nobody listens
        deadline = time.monotonic() + 30
        while provider.asked("ListRecords") < 10 and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert provider.asked("ListRecords") == 10
        events.close()


def test_h75_the_next_page_is_asked_for_before_the_last_is_kept(
    afield: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while the store is busy: tokens of a minute do not wait."""
    with FaultyProvider(50) as provider:
        harvests = afield.store.harvests()
        num = harvests.feed(provider.url, PREFIX).num
        asked: list[int] = []
        kept = type(harvests).write

        def write(self: object) -> object:
            deadline = time.monotonic() + 5
            pages = provider.asked("ListRecords")
            while (
                0 < pages < 5
                and provider.asked("ListRecords") == pages
                and time.monotonic() < deadline
            ):
                threading.Event().wait(0.001)
            asked.append(provider.asked("ListRecords"))
            return kept(self)

        monkeypatch.setattr(type(harvests), "write", write)
        assert afield.harvest(provider.url).status == "complete"
        assert asked[:5] == [2, 3, 4, 5, 5]
        assert harvests.totals(num).live == 50


def test_leaving_ends_the_harvest_and_the_next_goes_on(tmp_path: Path) -> None:
    with (
        closing(open_store(f"sqlite:///{tmp_path}/store.db")) as store,
        FaultyProvider(500, faults=[faulty.stall(0.01)]) as provider,
    ):
        for event in harvest([provider.url], store, settings=QUICK):
            if isinstance(event, PageDone) and event.page == 2:
                break
        assert provider.asked("ListRecords") < 50
        *_, last = harvest([provider.url], store, settings=QUICK)
        assert isinstance(last, HarvestDone)
        assert last.endpoints[0].status == "complete"
        assert len(contents(store)) == 500


def test_a_fault_of_ours_costs_one_endpoint(
    afield: Field, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from panharvest.harvester.listing import Listing

    def broken(_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(Listing, "run", broken)
    with FaultyProvider(5) as provider:
        done = afield.harvest(provider.url)
    assert (done.status, done.code) == ("failed", "fault")
    assert "KeyError" in done.reason
    assert "oops" in caplog.text


def test_a_store_that_cannot_be_written_stops_all(
    afield: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvests = type(afield.store.harvests())

    def full(_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(harvests, "write", full)
    with FaultyProvider(5) as provider, pytest.raises(StoreError, match="full"):
        list(harvest([provider.url], afield.store, settings=QUICK))


# --- H78: reports --------------------------------------------------------------------


def test_h78_the_report_is_kept_and_can_be_written_as_json(afield: Field) -> None:
    with FaultyProvider(30, faults=[faulty.broken_tag().at(page=2)]) as provider:
        done = afield.harvest(provider.url)
    harvests = afield.store.harvests()
    (report,) = harvests.reports(harvests.feed(provider.url, PREFIX).num)
    found = json.loads(report)
    assert found["status"] == "complete"
    assert found["url"] == provider.url
    assert (found["pages"], found["records"], found["quarantined"]) == (3, 30, 1)
    assert found["reason"] == done.reason == ""


def test_h78_every_end_has_a_reason(afield: Field) -> None:
    with FaultyProvider(5, faults=[faulty.challenge()]) as provider:
        done = afield.harvest(provider.url)
    assert done.status == "failed"
    assert "403" in done.reason
    done = afield.harvest("http://127.0.0.1:1/oai")
    assert done.status == "incomplete"
    assert "no connection" in done.reason


def test_what_is_no_address_is_refused() -> None:
    for url in ("", "data.example.org", "ftp://x.example.org/oai", "https://"):
        with pytest.raises(ConfigError, match="not the address of a repository"):
            Endpoint(url=url)


def test_credentials_are_used_and_never_kept(afield: Field) -> None:
    with FaultyProvider(5) as provider:
        url = provider.url.replace("//", "//me:secret@")
        done = afield.harvest(url)
        assert done.status == "complete"
        assert "authorization" in provider.calls[0].headers
    assert "secret" not in str(done)
    assert "secret" not in str(afield.store.harvests().feeds())
    assert "secret" not in str(afield.events)


def test_the_public_function(tmp_path: Path) -> None:
    with FaultyProvider(12) as provider:
        events = list(
            panharvest.harvest(
                provider.url, f"sqlite:///{tmp_path}/store.db", settings=QUICK
            )
        )
        assert isinstance(events[-1], HarvestDone)
        assert events[-1].endpoints[0].records == 12


# --- for years -----------------------------------------------------------------------


def test_pages_that_were_replaced_are_dropped_in_time(afield: Field) -> None:
    with FaultyProvider(40, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        num = afield.store.harvests().feed(provider.url, PREFIX).num
        pages: list[int] = []
        for _ in range(12):  # a month each
            afield.clock.advance(31 * 86_400)
            now = int(afield.clock())
            provider.put(
                *(
                    replace(e, title=f"At {now}", datestamp=now)
                    for e in provider.entries
                )
            )
            assert afield.harvest(provider.url).changed == 40
            with closing(sqlite3.connect(afield.path)) as db, db:
                pages += db.execute("SELECT COUNT(*) FROM harvest_page").fetchone()
        assert max(pages) <= 16, pages
        found = afield.store.harvests().records(num)
        assert all(f"At {now}".encode() in record.record for record in found)


# --- H76: memory ---------------------------------------------------------------------

# not ru_maxrss, which a process inherits from the one that starts it
MEASURE = """
import re, sys
from panharvest.harvester import Endpoint, HarvestDone, HarvestSettings, harvest
from panharvest.stores import open_store
from panharvest.transport import Manners
settings = HarvestSettings(manners=Manners(pace=0, read_timeout=600))
store = open_store(sys.argv[1])
endpoint = Endpoint(url=sys.argv[2], prefix="oai_dc")
*_, last = harvest([endpoint], store, settings=settings)
assert last.endpoints[0].status == "complete", last
status = open("/proc/self/status").read()
print(int(re.search(r"VmHWM:\\s*(\\d+)", status)[1]) // 1024)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="this system does not tell"
)
def test_h76_a_page_of_a_hundred_megabytes_fits(tmp_path: Path) -> None:
    """In less than 150 MB of memory: it is held once."""
    with FaultyProvider(40, page_size=40) as provider:
        big = b"<x>" + b"some text of a record " * 113_000 + b"</x>"
        provider.put(*(replace(e, documents={"oai_dc": big}) for e in provider.entries))
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, f"sqlite:///{tmp_path}/s.db", provider.url],
            capture_output=True,
            check=True,
            timeout=900,  # only so that it ends: other work may slow it down
        )
    assert int(done.stdout) < 150
