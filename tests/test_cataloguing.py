"""From a catalogue to a harvester: what is released comes, what is gone goes."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import catalogue_content as content
import pytest
import sickle
from catalogue_content import options
from cataloguing import CONTEXT, DAY, START, listed, read_source
from live import serving

from panharvest.building import build_repository
from panharvest.cataloguing import (
    CatalogueDone,
    CatalogueSettings,
    PageKept,
    engine,
    ingest_catalogue,
    keeping,
)
from panharvest.config import Settings
from panharvest.embargoes import survey
from panharvest.errors import ConfigError, PanharvestError, StoreBusyError, StoreError
from panharvest.publish import dataset, map_raws
from panharvest.sources.catalogues.registry import open_source
from panharvest.testing.catalogues import Answer, IcatServer, PanoscServer, SciCatServer
from panharvest.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from panharvest.mapping import Mapped
    from panharvest.protocols import Raw, Store
    from panharvest.publish import Context


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def store(empty: Store) -> Store:
    return empty


def read(
    kind: str,
    place: str,
    store: Store,
    clock: FrozenClock,
    *,
    facility: str | None = None,
    **given: bool | float,
) -> CatalogueDone:
    settings = CatalogueSettings(**given)
    return read_source(kind, place, store, clock, facility=facility, settings=settings)


def test_scicat_to_sickle(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    done = read("scicat", scicat_server.url, store, clock)
    assert (done.status, done.refused) == ("complete", 0)
    assert done.records == {"open": 5}
    repository = build_repository(
        Settings(), store, CONTEXT, "http://127.0.0.1/oai", clock
    )
    with serving(store, repository, clock) as url:
        client = sickle.Sickle(url)
        found = list(client.ListRecords(metadataPrefix="oai_dc"))
    assert len(found) == 5
    titles = {one.metadata["title"][0] for one in found}
    assert titles == {"Scan 1", "Scan 2", "Scan 3", "Publication 1", "Publication 2"}
    assert not any(content.SECRET in one.raw for one in found)


@pytest.fixture
def scicat_server() -> Iterator[SciCatServer]:
    datasets = [content.scicat_dataset(n) for n in (1, 2, 3)]
    datasets.append(content.scicat_dataset(4, public=False))
    published = [
        content.scicat_published(1, [datasets[0]["pid"]]),
        content.scicat_published(2, [datasets[1]["pid"], datasets[2]["pid"]]),
    ]
    with SciCatServer(
        datasets=datasets,
        published=published,
        instruments=content.INSTRUMENTS,
        samples=content.SAMPLES,
    ) as server:
        yield server


def test_an_embargo_ends_with_no_change_in_the_source(
    store: Store, clock: FrozenClock
) -> None:
    """The next incremental harvest gets what has opened since the last one."""
    opens = "2027-01-20T00:00:00.000Z"
    documents = [
        content.panosc_document(1, []),
        content.panosc_document(2, [], releaseDate=opens, title=content.SECRET),
    ]
    with PanoscServer(documents=documents) as server:
        done = read("panosc", server.api, store, clock)
    assert done.records == {"open": 1, "hidden": 1}
    assert done.opening == {"2027-01-20": 1}
    repository = build_repository(
        Settings(), store, CONTEXT, "http://127.0.0.1/oai", clock
    )
    with serving(store, repository, clock) as url:
        client = sickle.Sickle(url)
        first = list(client.ListRecords(metadataPrefix="oai_datacite"))
        assert len(first) == 1
        assert content.SECRET not in first[0].raw
        last_visit = client.Identify().earliestDatestamp
        since = first[0].header.datestamp
        clock.set(START + 30 * DAY)  # nobody has run anything meanwhile
        second = list(
            client.ListRecords(**{"metadataPrefix": "oai_datacite", "from": since})
        )
        assert last_visit <= since
        new = [one for one in second if content.SECRET in one.raw]
        assert [one.header.datestamp for one in new] == ["2027-01-20T00:00:00Z"]


def test_what_is_not_public_any_more_is_taken_down(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    read("scicat", scicat_server.url, store, clock)
    before = listed(store, clock)
    assert all(before.values())
    scicat_server.datasets[1]["isPublished"] = False  # and its updatedAt stays
    done = read("scicat", scicat_server.url, store, clock)
    after = listed(store, clock)
    # the dataset, and the publication that has it
    assert [id_ for id_, there in after.items() if not there] == [
        "10.99999/pub02",
        "20.500.99999/ds2",
    ]
    assert done.vanished == 1
    scicat_server.datasets[1]["isPublished"] = True
    read("scicat", scicat_server.url, store, clock)
    assert listed(store, clock) == before


def test_what_is_gone_is_taken_down_also_when_its_mapping_fails(
    scicat_server: SciCatServer,
    store: Store,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read("scicat", scicat_server.url, store, clock)
    scicat_server.datasets[1]["isPublished"] = False

    def broken(raws: Sequence[Raw], context: Context) -> Mapped:
        if any(b"Scan 2" in raw.payload for raw in raws):
            raise LookupError("no such rule")
        return map_raws(raws, context)

    with monkeypatch.context() as failing:
        failing.setattr(dataset, "map_raws", broken)
        assert read("scicat", scicat_server.url, store, clock).vanished == 1
    assert not listed(store, clock)["20.500.99999/ds2"]
    assert "20.500.99999/ds2" in {one.id for one in survey(store, clock()).closed}


def test_an_amended_doi_vanishes_from_every_list_and_stays(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    read("scicat", scicat_server.url, store, clock)
    scicat_server.published[0] |= {"status": "amended", "title": "Amended title"}
    done = read("scicat", scicat_server.url, store, clock)
    assert done.vanished == 0
    assert listed(store, clock)["10.99999/pub01"]
    row = store.get("10.99999/pub01", "oai_dc", int(clock()))
    assert row is not None
    assert row.body is not None
    assert b"Amended title" in row.body
    scicat_server.published[0]["status"] = "private"
    done = read("scicat", scicat_server.url, store, clock)
    assert done.vanished == 1
    assert not listed(store, clock)["10.99999/pub01"]


def test_a_catalogue_that_lost_much_is_not_believed(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    read("scicat", scicat_server.url, store, clock)
    kept, scicat_server.datasets = scicat_server.datasets, []
    published, scicat_server.published = scicat_server.published, []
    done = read("scicat", scicat_server.url, store, clock)
    assert (done.status, done.code) == ("incomplete", "sweep.too-many")
    assert all(listed(store, clock).values())
    done = read("scicat", scicat_server.url, store, clock, accept_vanished=True)
    assert (done.status, done.vanished) == ("complete", 5)
    assert not any(listed(store, clock).values())
    scicat_server.datasets, scicat_server.published = kept, published
    read("scicat", scicat_server.url, store, clock, full=True)
    assert all(listed(store, clock).values())


def test_release_without_a_trace_is_found_by_the_sweep(
    store: Store, clock: FrozenClock
) -> None:
    """What ICAT's rules release has no new modification time."""
    early = content.investigation(1, "2022-01-01T00:00:00+01:00")
    late = content.investigation(2, "2027-02-01T00:00:00+01:00")
    with IcatServer(
        objects={"Investigation": [early, late]}, clock=clock, most=1
    ) as server:
        read("icat", server.url, store, clock)
        assert len(listed(store, clock)) == 1
        clock.set(START + 40 * DAY)
        done = read("icat", server.url, store, clock)
        assert done.status == "complete"
    assert listed(store, clock) == {
        "10.5442/nd000001": True,
        "10.5442/nd000002": True,
    }


def test_a_run_that_breaks_goes_on_where_it_was(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    scicat_server.most = 1
    asked = len(scicat_server.log)
    with closing(open_source("scicat", [scicat_server.url], options())) as source:
        events = ingest_catalogue(source, "scicat", store, CONTEXT, clock)
        assert isinstance(next(events), PageKept)
        assert isinstance(next(events), PageKept)
        events.close()  # as if the process had been killed
    clock.advance(5)
    assert listed(store, clock)
    before = len(scicat_server.log) - asked
    done = read("scicat", scicat_server.url, store, clock, sweep=False)
    assert done.status == "complete"
    assert len(listed(store, clock)) == 5
    assert before
    assert done.entries < 5 + 5, "it did not begin anew"


def test_a_server_that_is_down_is_told_and_the_next_run_completes(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    scicat_server.faults = [Answer(503, {"message": "maintenance"})] * 3
    done = read("scicat", scicat_server.url, store, clock)
    assert done.status == "incomplete"
    assert "503" in done.reason
    done = read("scicat", scicat_server.url, store, clock)
    assert (done.status, done.entries) == ("complete", 5)


@pytest.mark.parametrize(
    "fault",
    [
        Answer(200, raw=b"<html><body>Sign in</body></html>"),
        Answer(200, raw=b'[{"pid": "cut'),
        Answer(200, {"error": "no list"}),
        Answer(502, None),
        Answer(429, None, headers={"Retry-After": "0"}),
    ],
)
def test_a_bad_answer_is_asked_for_again(
    fault: Answer, scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    scicat_server.faults = [fault]
    done = read("scicat", scicat_server.url, store, clock)
    if fault.document == {"error": "no list"}:
        assert done.status == "incomplete"
        done = read("scicat", scicat_server.url, store, clock)
    assert (done.status, len(listed(store, clock))) == ("complete", 5)


def test_pieces_that_cannot_be_used_are_kept_aside(
    tmp_path: Path, store: Store, clock: FrozenClock
) -> None:
    file = tmp_path / "mixed.json"
    file.write_text(
        json.dumps([content.scicat_dataset(1), "broken", {"strange": True}, None])
    )
    done = read("scicat", str(file), store, clock)
    assert (done.status, done.entries, done.refused) == ("complete", 1, 3)
    codes = sorted(held.piece.code for held in store.harvests().quarantined())
    assert codes == ["document.member", "document.member", "document.unknown"]
    assert {code for _, _, code, _ in store.refusals()} == set(codes)


def test_a_run_killed_before_it_put_pieces_aside_does_so_the_next_time(
    tmp_path: Path,
    store: Store,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "datasets.json"
    good, bad = content.scicat_dataset(1), {"pid": "", "datasetName": "nameless"}
    path.write_text(json.dumps([good, bad]))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "quarantine", killed)
        with pytest.raises(KeyboardInterrupt):
            read("scicat", str(path), store, clock)
    assert not list(store.harvests().quarantined())
    done = read("scicat", str(path), store, clock)
    assert (done.status, done.refused, done.unchanged) == ("complete", 1, 1)
    assert len(list(store.harvests().quarantined())) == 1


def test_two_runs_of_one_source_do_not_meet(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    with closing(open_source("scicat", [scicat_server.url], options())) as source:
        events = ingest_catalogue(source, "scicat", store, CONTEXT, clock)
        next(events)
        with pytest.raises(StoreBusyError):
            read("scicat", scicat_server.url, store, clock)
        events.close()


@pytest.mark.parametrize("error", [StoreError("disk full"), StoreBusyError("locked")])
def test_a_store_that_fails_is_not_the_catalogues_fault(
    scicat_server: SciCatServer,
    store: Store,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    error: PanharvestError,
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken, pytest.raises(type(error)):
        broken.setattr(engine, "keep_page", fail)
        read("scicat", scicat_server.url, store, clock)
    assert read("scicat", scicat_server.url, store, clock).records == {"open": 5}


def test_an_unknown_facility_is_told_before_anything_is_asked(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    with pytest.raises(ConfigError, match="no facility 'nowhere'"):
        read("scicat", scicat_server.url, store, clock, facility="nowhere")
    assert not scicat_server.log


def test_reading_again_changes_nothing(
    scicat_server: SciCatServer, store: Store, clock: FrozenClock
) -> None:
    read("scicat", scicat_server.url, store, clock)
    newest = store.newest(int(clock()))
    done = read("scicat", scicat_server.url, store, clock, full=True)
    assert (done.changed, done.unchanged) == (0, 5)
    assert store.newest(int(clock())) == newest


def test_what_was_mended_leaves_the_quarantine(
    tmp_path: Path, store: Store, clock: FrozenClock
) -> None:
    file = tmp_path / "mixed.json"
    file.write_text(json.dumps([content.scicat_dataset(1), {"strange": 1}]))
    read("scicat", str(file), store, clock)
    read("scicat", str(file), store, clock)
    (held,) = store.harvests().quarantined()
    assert held.tries == 2
    file.write_text(json.dumps([content.scicat_dataset(1)]))
    read("scicat", str(file), store, clock)
    assert not list(store.harvests().quarantined())
    assert not list(store.refusals())
