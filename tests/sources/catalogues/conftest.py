"""Servers that answer as catalogues do, and options without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import catalogue_content as content
import pytest

from panharvest.testing.catalogues import (
    IcatPlusServer,
    IcatServer,
    PanoscServer,
    SciCatServer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def scicat() -> Iterator[SciCatServer]:
    """Give a SciCat: 23 datasets of which 2 are not public, 13 publications."""
    datasets = [content.scicat_dataset(n) for n in range(1, 22)]
    datasets += [content.scicat_dataset(n, public=False) for n in (22, 23)]
    published = [
        content.scicat_published(n, [datasets[n]["pid"]]) for n in range(1, 14)
    ]
    blocks = [content.scicat_block(one["pid"]) for one in datasets]
    with SciCatServer(
        datasets=datasets,
        published=published,
        blocks=blocks,
        instruments=content.INSTRUMENTS,
        samples=content.SAMPLES,
    ) as server:
        yield server


@pytest.fixture
def icat() -> Iterator[IcatServer]:
    """Give an ICAT in the year 2027 with one investigation under embargo."""
    released = "2022-03-05T00:00:00.000+01:00"
    kept = [
        content.investigation(n, release)
        for n, release in (
            (1, released),
            (2, released),
            (5, "2030-01-01T00:00:00+01:00"),
        )
    ]
    with IcatServer(
        objects={
            "Investigation": kept,
            "Dataset": [
                content.icat_dataset(n, kept[n % 3]) for n in (3, 4, 5, 6, 7, 8)
            ],
            "DataPublication": [content.publication(9, "2022-10-31T00:00:00+01:00")],
        },
        clock=lambda: 1_800_000_000.0,
        most=2,
    ) as server:
        yield server


@pytest.fixture
def icatplus() -> Iterator[IcatPlusServer]:
    """Give an ICAT+ with two investigations and three datasets."""
    investigations = [
        {
            "id": n,
            "name": f"MA-{n}",
            "visitId": "id01",
            "title": f"Investigation {n}",
            "summary": f"Summary {n}",
            "doi": f"10.15151/ESRF-ES-{n}",
            "startDate": "2019-03-01T08:00:00.000Z",
            "endDate": "2019-03-05T08:00:00.000Z",
            "releaseDate": "2022-03-05T00:00:00.000Z",
            "instrument": {"id": 1, "name": "ID01"},
            "investigationUsers": [
                {
                    "name": "eve",
                    "fullName": "Eve Example",
                    "role": "Principal investigator",
                }
            ],
        }
        for n in (101, 102)
    ]
    datasets = [
        {
            "id": n,
            "name": f"scan_{n}",
            "startDate": "2019-03-01T09:00:00.000Z",
            "endDate": "2019-03-01T10:00:00.000Z",
            "location": "/data/visitor/secret",
            "sampleName": "Lysozyme",
            "instrumentName": "ID01",
            "type": "acquisition",
            "investigation": {"id": 101, "name": "MA-101", "visitId": "id01"},
            "parameters": [
                {"id": 1, "name": "InstrumentMonochromator_energy", "value": "13.0"}
            ],
            "techniques": [
                {"pid": "http://purl.org/pan-science/PaNET/PaNET01188", "name": "SAXS"}
            ],
        }
        for n in (1, 2, 3)
    ]
    dois = {
        "10.15151/esrf-es-101": {
            "doi": "10.15151/ESRF-ES-101",
            "creators": [{"name": "Example, Eve"}, {"name": "Other, Otto"}],
            "titles": {"title": "Investigation 101"},
            "publisher": "ESRF",
        }
    }
    with IcatPlusServer(
        investigations=investigations, datasets=datasets, dois=dois
    ) as server:
        yield server


@pytest.fixture
def panosc() -> Iterator[PanoscServer]:
    """Give a search API with 3 documents and 60 datasets."""
    datasets = [content.panosc_dataset(n) for n in range(60)]
    documents = [
        content.panosc_document(1, datasets[:2]),
        content.panosc_document(
            2, datasets[2:3], releaseDate="2030-01-01T00:00:00.000Z"
        ),
        content.panosc_document(3, [], public=False),
    ]
    with PanoscServer(documents=documents, datasets=datasets) as server:
        yield server
