"""What datasets of SciCat refer to (instruments, samples, proposals) fills records."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import catalogue_content as content
import pytest
from catalogue_content import SECRET, options
from click.testing import CliRunner

from panharvest.building import build_context
from panharvest.catalogued import Access, Position
from panharvest.cli import app
from panharvest.cli.frame import State
from panharvest.config import Settings
from panharvest.mapping.entries import encode, map_entry
from panharvest.record import Record, to_json
from panharvest.sources.catalogues.registry import open_source
from panharvest.testing.catalogues import SciCatServer

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT = build_context(Settings())
NO_TIME = {"creationTime": None}


def records(place: str | list[str], access: Access | None = None) -> dict[str, Record]:
    """Read everything and map it; what is kept must not have the secret either."""
    places = [place] if isinstance(place, str) else place
    made = {}
    with closing(open_source("scicat", places, options(access))) as source:
        for page in source.pages(Position(), 0.0):
            for entry in page.entries:
                raw = encode(entry, "catalogue+scicat:x", {})
                assert SECRET.encode() not in raw.payload
                record = map_entry(raw, CONTEXT.tables, CONTEXT.facilities).record
                assert b"eve@example.org" not in to_json(record)
                made[entry.id] = record
    return made


def written(folder: Path, **documents: list[dict[str, Any]]) -> list[str]:
    for name, held in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(held))
    return [str(folder / f"{name}.json") for name in documents]


def served(**datasets: Any) -> SciCatServer:
    one = content.scicat_dataset(1, **datasets)
    return SciCatServer(
        datasets=[one],
        published=[content.scicat_published(1, [one["pid"]])],
        instruments=content.INSTRUMENTS,
        samples=content.SAMPLES,
        proposals=content.PROPOSALS,
    )


def check(record: Record) -> None:
    """Check what came from the three."""
    assert [one.name for one in record.instruments] == ["BioMAX"]
    assert [one.description for one in record.samples] == ["Lysozyme"]
    assert ("Proteins under strain", "Other") in [
        (one.value, one.type) for one in record.titles
    ]
    assert [(one.agent.name, one.role) for one in record.contributors] == [
        ("Example, Eve", "DataManager"),
        ("Example, Eve", "ProjectLeader"),
    ]


def test_from_files(tmp_path: Path) -> None:
    places = written(
        tmp_path,
        datasets=[
            content.scicat_dataset(1),
            content.scicat_dataset(2, proposalIds=["20190587"]),
        ],
        instruments=content.INSTRUMENTS,
        samples=content.SAMPLES,
        proposals=content.PROPOSALS,
    )
    found = records(places)
    check(found["Dataset:20.500.99999/ds1"])
    other = found["Dataset:20.500.99999/ds2"]
    assert [one.type for one in other.titles] == [None]
    assert ("20190587", "Proposal") in [
        (one.value, one.scheme) for one in other.alternate_identifiers
    ]


def test_from_a_service_that_does_not_include_them() -> None:
    with served() as server:
        found = records(server.url)
    check(found["Dataset:20.500.99999/ds1"])
    published = found["PublishedData:10.99999/pub01"]
    assert [one.name for one in published.instruments] == ["BioMAX"]


def test_from_a_service_that_includes_them() -> None:
    included = {
        "proposals": content.PROPOSALS,
        "samples": content.SAMPLES,
        "instruments": content.INSTRUMENTS,
    }
    with served(**included) as server:
        found = records(server.url)
        assert not [one for one in server.log if one.path.endswith("/proposals")]
    check(found["Dataset:20.500.99999/ds1"])


def test_many_are_asked_for_in_parts() -> None:
    """The address of a request has an end."""
    names = [f"sample-with-a-long-name-{number}" for number in range(450)]
    with served(sampleIds=names) as server:
        server.samples = [
            {"sampleId": one, "description": one, "isPublished": True} for one in names
        ]
        found = records(server.url)["Dataset:20.500.99999/ds1"]
        asked = [one for one in server.log if one.path.endswith("/samples")]
    assert len(found.samples) == 450
    assert all(len(one.query["filter"]) < 5000 for one in asked)


@pytest.mark.parametrize("name", ["proposal", "sample"])
def test_as_one_member(name: str) -> None:
    """Interface 3 includes one proposal, sample and instrument."""
    held = {"proposal": content.PROPOSALS, "sample": content.SAMPLES}[name]
    with served(**{name: held[0], f"{name}Ids": None}) as server:
        found = records(server.url)
    check(found["Dataset:20.500.99999/ds1"])
    with served(**{name: held[1], f"{name}Ids": None}) as server:
        records(server.url)  # and has not the secret


def test_a_token_shows_what_is_not_public_and_it_stays_away() -> None:
    with served(proposalIds=["20190586", "20190587"]) as server:
        found = records(server.url, Access(token=server.token))
    check(found["Dataset:20.500.99999/ds1"])


def test_whom_the_dataset_names_goes_before(tmp_path: Path) -> None:
    one = content.scicat_dataset(1, principalInvestigators=["Otto Other"])
    places = written(tmp_path, datasets=[one], proposals=content.PROPOSALS)
    found = records(places)["Dataset:20.500.99999/ds1"]
    leaders = [c.agent.name for c in found.contributors if c.role == "ProjectLeader"]
    assert leaders == ["Otto Other"]


def test_the_time_of_the_experiment_where_the_dataset_has_none(tmp_path: Path) -> None:
    datasets = [content.scicat_dataset(1), content.scicat_dataset(2, **NO_TIME)]
    places = written(tmp_path, datasets=datasets, proposals=content.PROPOSALS)
    found = records(places)
    own = found["Dataset:20.500.99999/ds1"].collected
    assert own is not None
    assert (own.start, own.end and own.end.day) == (None, "2021-10-06")
    lent = found["Dataset:20.500.99999/ds2"].collected
    assert lent is not None
    assert lent.start is not None
    assert lent.end is not None
    assert (lent.start.day, lent.end.day) == ("2021-10-05", "2021-10-07")


def test_by_themselves_they_are_told_and_no_error(tmp_path: Path) -> None:
    places = written(
        tmp_path,
        instruments=content.INSTRUMENTS,
        samples=content.SAMPLES,
        proposals=content.PROPOSALS,
        job=[{"jobParams": {}, "type": "archive"}],
    )
    store = f"sqlite:///{tmp_path}/s.db"
    words = ["ingest", "scicat", *places, "--store", store]
    result = CliRunner().invoke(app, words, obj=State())
    assert result.exit_code == 0, result.output
    said = result.output.splitlines()
    assert "note: there is no record in it" in said
    for told in (
        "1 instrument: no records of their own",
        "2 samples: no records of their own",
        "1 sample not marked isPublished",
        "2 proposals: no records of their own",
        "1 proposal not marked isPublished",
        "1 job: no metadata of data",
    ):
        assert any(one.startswith(f"note: {told}") for one in said), said
    assert "refused" not in result.output


def test_instruments_of_a_search_api_by_themselves(tmp_path: Path) -> None:
    places = written(
        tmp_path, instruments=[{"pid": "i1", "name": "LoKI", "facility": "ESS"}]
    )
    with closing(open_source("panosc", places)) as source:
        pages = list(source.pages(Position(), 0.0))
    assert [page.refused for page in pages] == [[]]
    assert "instruments by themselves: 1" in " ".join(pages[-1].notes)
