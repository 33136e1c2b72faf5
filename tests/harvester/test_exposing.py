"""Harvested records among our own: as they are, from where they are, open when open."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import samples
import zoo
from live import serving
from lxml import etree

from panharvest.building import build_context
from panharvest.config import Settings
from panharvest.embargoes import survey
from panharvest.formats import FORMATS
from panharvest.harvester.exposing import expose
from panharvest.harvester.opening import opening
from panharvest.oai import format_datestamp
from panharvest.protocols import BASE_URL, Query
from panharvest.publish import publish_all, shown_stage, withdraw
from panharvest.record import (
    Access,
    AccessStatus,
    Embargo,
    Kind,
    Licence,
    Moment,
    Record,
)
from panharvest.stores import open_store
from panharvest.testing import FaultyProvider, faulty
from panharvest.testing.clock import FrozenClock
from panharvest.testing.faulty import EPOCH, Entry, make_entries
from panharvest.testing.served import whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from afield import Field

    from panharvest.harvester.exposing import Exposed
    from panharvest.protocols import Row, Store

DAY = 86_400
CONTEXT = build_context(Settings())


def served(store: Store, prefix: str, now: float) -> Mapping[str, Row]:
    query = Query(prefix, int(now), limit=50)
    return {row.id: row for row in whole(store, query, int(now))}


def exposed(afield: Field, *, again: bool = False) -> list[Exposed]:
    done = list(expose(afield.store, CONTEXT, afield.clock, again=again))
    afield.clock.advance(10)
    return done


# --- from repository to repository ---------------------------------------------------


def test_self_harvest_gives_the_same_bytes_with_provenance(
    tmp_path: Path, afield: Field
) -> None:
    """Our provider, our harvester, our provider."""
    clock = FrozenClock(zoo.START)
    with closing(open_store(f"sqlite:///{tmp_path}/origin.db")) as origin:
        with origin.write(clock) as writer:
            for number in range(23):
                writer.put_item(_item(number))
        clock.advance(10)
        repository = zoo.repository(
            page_size=5,
            formats={n: (f.schema, f.namespace) for n, f in FORMATS.items()},
        )
        with serving(origin, repository, clock) as url:
            for prefix in ("oai_dc", "oai_datacite"):
                assert afield.harvest(url, prefix=prefix).records == 23
        done = exposed(afield)
        assert {one.state for one in done} <= {"open", "embargoed"}
        now = afield.clock()
        for prefix in ("oai_dc", "oai_datacite"):
            before = served(origin, prefix, clock())
            after = served(afield.store, prefix, now)
            assert len(after) == 23
            public = {
                id_: (row.body or b"").replace(
                    BASE_URL.encode(), repository.base_url.encode()
                )
                for id_, row in before.items()
            }
            assert {id_: row.body for id_, row in after.items()} == public
        for id_, row in after.items():
            about = row.about.decode()
            assert f"<baseURL>{url}</baseURL>" in about
            assert f"<identifier>oai:pan.example.org:{id_}</identifier>" in about
            stamp = format_datestamp(before[id_].datestamp)
            assert f"<datestamp>{stamp}</datestamp>" in about
            assert 'altered="false"' in about
        # a second hop tells both
        second = open_store(f"sqlite:///{tmp_path}/second.db")
        with closing(second), serving(afield.store, repository, afield.clock) as url:
            other = replace(afield, store=second)
            other.harvest(url, prefix="oai_datacite")
            exposed(other)
            row = next(iter(served(second, "oai_dc", afield.clock()).values()))
            assert row.about.count(b"<originDescription") == 2


def _item(number: int) -> zoo.Item:
    """Make an item with documents as we write them."""
    record = replace(
        samples.POWDER if number % 2 else samples.MUON,
        id=f"10.1234/r{number}",
        pid=zoo.Identifier(f"10.1234/r{number}", "DOI"),
        provenance=None,
    )
    stage = shown_stage(0, record, CONTEXT)
    return zoo.Item(record.id, f"set {number}", (stage,))


def test_both_validate_and_foreign_clients_read_them(afield: Field) -> None:
    """Every answer is validated while it is made (tests/conftest.py)."""
    with FaultyProvider(30) as provider:
        afield.harvest(provider.url)
    exposed(afield)
    repository = zoo.repository(
        page_size=7, formats={n: (f.schema, f.namespace) for n, f in FORMATS.items()}
    )
    with serving(afield.store, repository, afield.clock) as url:
        for prefix in FORMATS:
            again = replace(afield, events=[])
            assert again.harvest(url, prefix=prefix).records == 30


# --- what is shown of them -----------------------------------------------------------


def test_identifiers_sets_and_origin(afield: Field) -> None:
    with FaultyProvider(3) as provider:
        afield.harvest(provider.url)
        (one, *_) = exposed(afield)
        assert (one.identifier, one.id) == (
            "oai:faulty.example.org:000000",
            "10.5072/000000",
        )
        row = afield.store.get("10.5072/000000", "oai_dc", int(afield.clock()))
    assert row is not None
    host = provider.url.split("/")[2].replace(":", "_")
    assert f"origin:{host}" in row.sets
    assert "access:open" not in row.sets  # it says nothing of access
    assert one.state == "unknown"
    assert b"<rights " not in row.about  # our terms are not theirs


def test_a_deleted_record_is_a_tombstone_if_it_was_served(afield: Field) -> None:
    with FaultyProvider(
        make_entries(10, deleted_every=5), clock=afield.clock
    ) as provider:
        afield.harvest(provider.url)
        exposed(afield)
        rows = served(afield.store, "oai_dc", afield.clock())
        assert len(rows) == 8  # what was never served needs no tombstone
        first = provider.entries[0]
        provider.put(replace(first, deleted=True, datestamp=int(afield.clock())))
        afield.clock.advance(DAY)
        afield.harvest(provider.url)
        (done,) = [one for one in exposed(afield) if one.change == "deleted"]
        assert done.state == "deleted"
        rows = served(afield.store, "oai_dc", afield.clock())
        assert rows["10.5072/000000"].deleted


def test_only_what_changed_gets_a_new_datestamp(afield: Field) -> None:
    with FaultyProvider(10, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        exposed(afield)
        before = served(afield.store, "oai_datacite", afield.clock())
        assert exposed(afield) == []
        provider.put(
            replace(provider.entries[4], title="New", datestamp=int(afield.clock()))
        )
        afield.clock.advance(DAY)
        afield.harvest(provider.url)
        assert [one.change for one in exposed(afield)] == ["changed"]
        after = served(afield.store, "oai_datacite", afield.clock())
        moved = {id_ for id_ in after if after[id_].datestamp != before[id_].datestamp}
        assert moved == {"10.5072/000004"}


def test_h79_a_replay_asks_nobody_and_changes_nothing(afield: Field) -> None:
    with FaultyProvider(10) as provider:
        afield.harvest(provider.url)
    exposed(afield)
    before = served(afield.store, "oai_dc", afield.clock())
    done = exposed(afield, again=True)
    assert {one.change for one in done} == {"unchanged"}
    assert len(done) == 10
    assert served(afield.store, "oai_dc", afield.clock()) == before


def test_what_arrives_while_others_are_served_is_served_next(afield: Field) -> None:
    with FaultyProvider(10, clock=afield.clock) as provider:
        afield.harvest(provider.url)
        run = expose(afield.store, CONTEXT, afield.clock)
        next(run)
        provider.put(Entry("oai:x:late", int(afield.clock()), "Late"))
        afield.clock.advance(DAY)
        afield.harvest(provider.url)
        done = [*run]
        done += expose(afield.store, CONTEXT, afield.clock)
    assert "oai:x:late" in {one.identifier for one in done}


def test_publishing_our_own_leaves_the_others_alone(afield: Field) -> None:
    with FaultyProvider(5) as provider:
        afield.harvest(provider.url)
    exposed(afield)
    assert list(publish_all(afield.store, CONTEXT, afield.clock)) == []
    assert len(served(afield.store, "oai_dc", afield.clock())) == 5


def test_what_was_withdrawn_here_stays_withdrawn(afield: Field) -> None:
    with FaultyProvider(3) as provider:
        afield.harvest(provider.url)
    exposed(afield)
    done = withdraw(afield.store, "10.5072/000001", "asked to", CONTEXT, afield.clock)
    assert (done.state, done.code, done.change) == ("withdrawn", "withdrawn", "deleted")
    afield.clock.advance(10)
    for _ in range(2):
        told = survey(afield.store, afield.clock())
        assert told.withdrawn == 1
        assert "10.5072/000001" not in {
            i for one in told.held.values() for i in one.ids
        }
        assert [one.id for one in told.closed] == ["10.5072/000001"]
        done = {one.id: one.state for one in exposed(afield, again=True)}
        assert done["10.5072/000001"] == "withdrawn"
        rows = served(afield.store, "oai_dc", afield.clock())
        assert rows["10.5072/000001"].deleted
        assert not rows["10.5072/000002"].deleted


def test_a_record_of_our_own_is_not_replaced(afield: Field) -> None:
    with afield.store.write(afield.clock) as writer:
        writer.put_item(_item(0))
    afield.clock.advance(5)
    own = Entry("oai:x:1", EPOCH, "Theirs", documents={"oai_datacite": _body(0)})
    with FaultyProvider([own]) as provider:
        afield.harvest(provider.url)
    (done,) = exposed(afield)
    assert done.id.startswith("10.1234/r0~")
    rows = served(afield.store, "oai_datacite", afield.clock())
    assert len(rows) == 2


def _body(number: int) -> bytes:
    return _item(number).stages[0].bodies["oai_datacite"]


def test_a_format_that_nothing_reads_is_kept_and_counted(afield: Field) -> None:
    mods = b'<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo/></mods>'
    entry = Entry("oai:x:1", EPOCH, "x", documents={"oai_datacite": mods})
    with FaultyProvider([entry, *make_entries(3)]) as provider:
        assert afield.harvest(provider.url).status == "complete"
    done = exposed(afield)
    assert [one.code for one in done if one.state == "unread"] == ["document.foreign"]
    assert mods in afield.records()["oai:x:1"].record


def test_what_is_odd_is_written_anew_and_marked_as_altered(afield: Field) -> None:
    with FaultyProvider(10, faults=[faulty.html_entity()]) as provider:
        afield.harvest(provider.url)
    exposed(afield)
    rows = served(afield.store, "oai_datacite", afield.clock()).values()
    altered = [row for row in rows if b'altered="true"' in row.about]
    assert len(altered) == 1


def test_each_format_says_where_it_is_from_itself(afield: Field) -> None:
    """Two feeds of one repository: datestamp and namespace are those of each."""
    (entry,) = make_entries(1)
    with FaultyProvider([entry], clock=afield.clock) as provider:
        afield.harvest(provider.url)
        provider.put(replace(entry, datestamp=entry.datestamp + 86_400))
        afield.harvest(provider.url, prefix="oai_dc")
    exposed(afield)
    found = {}
    for prefix in ("oai_datacite", "oai_dc", "datacite"):
        (row,) = served(afield.store, prefix, afield.clock()).values()
        assert row.about.count(b"<originDescription") == 1
        told = etree.fromstring(row.about)
        found[prefix] = (
            told.findtext(".//{*}metadataNamespace"),
            told.findtext(".//{*}datestamp"),
            told.find(".//{*}originDescription").get("altered"),
        )
    first = format_datestamp(entry.datestamp)
    later = format_datestamp(entry.datestamp + 86_400)
    datacite = "http://schema.datacite.org/oai/oai-1.1/"
    assert found == {
        "oai_datacite": (datacite, first, "false"),
        "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc/", later, "false"),
        "datacite": (datacite, first, "true"),  # written from the richest
    }


# --- embargoes -----------------------------------------------------------------------

RESOURCE = (
    '<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/">'
    "<schemaVersion>4</schemaVersion><datacentreSymbol>X</datacentreSymbol><payload>"
    '<resource xmlns="http://datacite.org/schema/kernel-4">'
    '<identifier identifierType="DOI">10.5072/e</identifier><creators><creator>'
    "<creatorName>Doe, Jo</creatorName></creator></creators><titles><title>T</title>"
    "</titles><publisher>P</publisher><publicationYear>{year}</publicationYear>"
    '<resourceType resourceTypeGeneral="Dataset">Dataset</resourceType>'
    "{dates}<rightsList>{rights}</rightsList></resource></payload></oai_datacite>"
)
CC = '<rights rightsURI="https://creativecommons.org/licenses/by/4.0/">CC-BY-4.0</rights>'
HELD = '<rights rightsURI="info:eu-repo/semantics/embargoedAccess"/>'
OPEN = '<rights rightsURI="info:eu-repo/semantics/openAccess"/>'


def available(day: str) -> str:
    return f'<dates><date dateType="Available">{day}</date></dates>'


@pytest.mark.parametrize(
    ("year", "dates", "rights", "state"),
    [
        # the trap: an open licence, and a year that is the end of the embargo
        (2026, "", CC, "embargoed"),
        (2026, "", OPEN + CC, "embargoed"),
        (2026, available("2026-03-01"), HELD + CC, "embargoed"),
        (2026, available("2026-03-01"), CC, "embargoed"),
        (2023, available("2026-03-01"), OPEN + CC, "embargoed"),
        (2023, "", HELD, "embargoed"),
        (2023, "", OPEN + CC, "open"),
        (2023, available("2021-03-01"), OPEN, "open"),
        (2023, available("2021-03-01"), HELD, "open"),  # by its own words it is over
        (2023, "", CC, "unknown"),
        (
            2023,
            "",
            '<rights rightsURI="info:eu-repo/semantics/restrictedAccess"/>',
            "restricted",
        ),
    ],
)
def test_what_is_not_open_is_not_shown_as_open(
    afield: Field, year: int, dates: str, rights: str, state: str
) -> None:
    body = RESOURCE.format(year=year, dates=dates, rights=rights).encode()
    written = int(afield.clock())  # in November 2023
    entry = Entry("oai:x:e", written, "x", documents={"oai_datacite": body})
    with FaultyProvider([entry], clock=afield.clock) as provider:
        afield.harvest(provider.url)
    (done,) = exposed(afield)
    assert done.state == state, done
    rows = served(afield.store, "oai_dc", afield.clock())
    row = rows["10.5072/e"]
    assert ("access:open" in row.sets) == (state == "open")
    assert ("openaire_data" in row.sets) == (state == "open")
    if state == "embargoed":
        assert b"info:eu-repo/semantics/openAccess" not in (row.body or b"")
        assert b"info:eu-repo/semantics/embargoedAccess" in (row.body or b"")


def test_it_opens_by_itself_when_its_day_has_come(afield: Field) -> None:
    body = RESOURCE.format(year=2026, dates=available("2026-03-01"), rights=HELD)
    entry = Entry("oai:x:e", EPOCH, "x", documents={"oai_datacite": body.encode()})
    with FaultyProvider([entry], clock=afield.clock) as provider:
        afield.harvest(provider.url)
    exposed(afield)
    noon = 1_772_366_400  # 2026-03-01T12:00:00Z: the day has begun everywhere
    for now, opened in ((noon - 1, False), (noon, True)):
        row = served(afield.store, "oai_dc", now)["10.5072/e"]
        assert ("access:open" in row.sets) is opened
        assert (row.datestamp == noon) is opened


def record(**given: object) -> Record:
    return Record(id="x", kind=Kind.DATASET, **given)


def test_openings_of_what_is_hardly_legible() -> None:
    held = Access(AccessStatus.EMBARGOED)
    found = opening(record(access=held, embargo=Embargo(end=Moment("soon"))), EPOCH)
    assert (found.at, found.code) == (None, "foreign.date-nonsense")
    assert found.before.access == held
    found = opening(record(publication_year="n.d."), EPOCH)
    assert (found.at, found.code) == (None, "foreign.as-is")
    found = opening(record(publication_year="2090"), None)
    assert found.code == "foreign.as-is"  # when it was written is not known
    found = opening(record(issued=Moment("2090"), licence=Licence("CC0-1.0")), EPOCH)
    assert found.at is not None
    assert format_datestamp(found.at) == "2091-01-01T12:00:00Z"
