"""Small catalogues of made-up content, for servers and files alike."""

from __future__ import annotations

from typing import Any

from panharvest.catalogued import Access
from panharvest.sources.catalogues.options import SourceOptions
from panharvest.transport import Manners, Timing

Document = dict[str, Any]
SECRET = "Unicorn-Under-Embargo"  # in everything that must not be seen


def scicat_dataset(number: int, *, public: bool = True, **more: Any) -> Document:
    """Make a dataset of SciCat."""
    pid = f"20.500.99999/ds {number}/a" if number == 3 else f"20.500.99999/ds{number}"
    return {
        "pid": pid,
        "_id": pid,
        "datasetName": f"Scan {number}" if public else f"{SECRET} {number}",
        "type": "raw",
        "owner": "Example, Eve",
        "ownerEmail": "eve@example.org",
        "contactEmail": "eve@example.org",
        "sourceFolder": "/data/visitors/secret/place",
        "creationTime": "2021-10-06T13:46:55.312Z",
        "creationLocation": "/MAX IV/MAXIV/BioMAX",
        "isPublished": public,
        "instrumentIds": ["ins-1"],
        "sampleIds": ["sam-1", "sam-2"],
        "proposalIds": ["20190586"],
        "techniques": [
            {
                "pid": "http://purl.org/pan-science/PaNET/PaNET01188",
                "name": "small angle x-ray scattering",
            }
        ],
        "scientificMetadata": {
            "energy": {"value": 13.0, "unit": "keV"},
            "comment": "",
        },
        "createdAt": "2021-10-06T14:00:00.000Z",
        "updatedAt": f"2022-05-18T07:25:{number % 60:02}.000Z",
        **more,
    }


def scicat_published(number: int, pids: list[str], **more: Any) -> Document:
    """Make published data of SciCat, as interface 4 has it."""
    return {
        "doi": f"10.99999/pub{number:02}",
        "title": f"Publication {number}",
        "abstract": f"About publication {number}.",
        "datasetPids": pids,
        "status": "registered",
        "registeredTime": "2022-05-18T07:25:15.190Z",
        "createdAt": f"2022-05-18T07:25:{number % 60:02}.000Z",
        "updatedAt": f"2022-05-19T07:25:{number % 60:02}.000Z",
        "metadata": {
            "creators": [
                {
                    "name": "Example, Eve",
                    "givenName": "Eve",
                    "familyName": "Example",
                    "nameIdentifiers": [
                        {
                            "nameIdentifier": "https://orcid.org/0000-0002-1825-0097",
                            "nameIdentifierScheme": "ORCID",
                        }
                    ],
                    "affiliation": [{"name": "Example University"}],
                },
                {"name": "Other, Otto"},
            ],
            "publisher": {"name": "MAX IV"},
            "publicationYear": 2022,
            "resourceType": "Dataset",
        },
        **more,
    }


INSTRUMENTS = [{"pid": "ins-1", "uniqueName": "biomax", "name": "BioMAX"}]
SAMPLES = [
    {"sampleId": "sam-1", "description": "Lysozyme", "isPublished": True},
    {"sampleId": "sam-2", "description": f"{SECRET} sample", "isPublished": False},
]
PROPOSALS = [
    {
        "proposalId": "20190586",
        "title": "Proteins under strain",
        "abstract": "What we mean to do.",
        "email": "eve@example.org",
        "pi_email": "eve@example.org",
        "pi_firstname": "Eve",
        "pi_lastname": "Example",
        "startTime": "2021-10-01T00:00:00.000Z",
        "endTime": "2021-10-31T00:00:00.000Z",
        "MeasurementPeriodList": [
            {
                "instrument": "/MAXIV/BioMAX",
                "start": "2021-10-05T08:00:00.000Z",
                "end": "2021-10-07T08:00:00.000Z",
            }
        ],
        "isPublished": True,
    },
    {
        "proposalId": "20190587",
        "title": f"{SECRET} proposal",
        "pi_firstname": "Hidden",
        "pi_lastname": SECRET,
        "MeasurementPeriodList": [],
        "isPublished": False,
    },
]


def scicat_block(pid: str) -> Document:
    """Make the list of files of a dataset."""
    return {
        "datasetId": pid,
        "dataFileList": [{"path": "scan_1.h5", "size": 4096, "chk": "ab" * 16}],
    }


def investigation(number: int, release: str | None, **more: Any) -> Document:
    """Make an investigation of ICAT, with all that can be included."""
    return {
        "id": number,
        "name": f"10{number:04}-ST",
        "visitId": "1.1-N",
        "title": f"Experiment {number}",
        "summary": f"{SECRET} {number}" if release is None else f"Summary {number}",
        "startDate": "2019-03-01T08:00:00.000+01:00",
        "endDate": "2019-03-05T08:00:00.000+01:00",
        "releaseDate": release,
        "doi": f"DOI:10.5442/ND{number:06}",
        "modTime": "2019-04-01T00:00:00.000+01:00",
        "facility": {"id": 1, "name": "HZB", "fullName": "Helmholtz-Zentrum Berlin"},
        "type": {"id": 1, "name": "Experiment"},
        "investigationUsers": [
            {
                "id": 1,
                "role": "Principal Investigator",
                "user": {
                    "id": 7,
                    "name": "db/eve",
                    "fullName": "Eve Example",
                    "familyName": "Example",
                    "givenName": "Eve",
                    "orcidId": "0000-0002-1825-0097",
                    "email": "eve@example.org",
                },
            }
        ],
        "investigationInstruments": [
            {"id": 1, "instrument": {"id": 3, "name": "E2", "fullName": "Flat-Cone E2"}}
        ],
        "keywords": [{"id": 1, "name": "magnetism"}],
        **more,
    }


def icat_dataset(number: int, parent: Document, **more: Any) -> Document:
    """Make a dataset of ICAT."""
    return {
        "id": number,
        "name": f"e2{number:05}",
        "complete": True,
        "startDate": "2019-03-01T09:00:00.000+01:00",
        "endDate": "2019-03-01T10:00:00.000+01:00",
        "modTime": "2019-04-01T00:00:00.000+01:00",
        "fileSize": 1234,
        "fileCount": 2,
        "type": {"id": 2, "name": "raw"},
        "investigation": parent,
        "datasetTechniques": [
            {"id": 1, "technique": {"id": 5, "name": "nd", "pid": "PaNET:PaNET01217"}}
        ],
        "parameters": [
            {
                "id": 9,
                "numericValue": 2.41,
                "type": {"id": 4, "name": "wavelength", "units": "Angstrom"},
            }
        ],
        **more,
    }


def publication(number: int, day: str) -> Document:
    """Make a data publication of ICAT."""
    return {
        "id": number,
        "pid": f"DOI:10.5442/PUB{number:04}",
        "title": f"Publication {number}",
        "description": "All about it.",
        "publicationDate": day,
        "modTime": "2022-10-31T00:00:00.000+01:00",
        "facility": {"id": 1, "name": "HZB", "fullName": "Helmholtz-Zentrum Berlin"},
        "type": {"id": 1, "name": "curated"},
        "users": [
            {
                "id": 1,
                "contributorType": "Creator",
                "fullName": "Bourne, Nora",
                "familyName": "Bourne",
                "givenName": "Nora",
                "affiliations": [{"id": 1, "name": "Example University"}],
            }
        ],
        "dates": [{"id": 1, "dateType": "Created", "date": "2012-08-01"}],
    }


def panosc_dataset(number: int, *, public: bool = True, **more: Any) -> Document:
    """Make a dataset of the search API."""
    return {
        "pid": f"20.500.12269/set{number}",
        "title": f"Set {number}" if public else SECRET,
        "isPublic": public,
        "creationDate": "2020-05-05T15:01:02.341Z",
        "size": 12,
        "techniques": [
            {
                "pid": "t1",
                "name": "small-angle neutron scattering",
                "panetId": "http://purl.org/pan-science/PaNET/PaNET01189",
            }
        ],
        "instrument": {"pid": "i1", "name": "LoKI", "facility": "ESS"},
        "samples": [{"pid": "s1", "name": "copper"}],
        "parameters": [{"id": 1, "name": "wavelength", "value": 5, "unit": "angstrom"}],
        **more,
    }


def panosc_document(
    number: int, datasets: list[Document], *, public: bool = True, **more: Any
) -> Document:
    """Make a document of the search API."""
    return {
        "pid": f"10.17199/doc{number}",
        "doi": f"10.17199/doc{number}",
        "type": "publication",
        "isPublic": public,
        "title": f"Document {number}" if public else SECRET,
        "startDate": "2020-05-01T00:00:00.000Z",
        "endDate": "2020-05-05T00:00:00.000Z",
        "datasets": datasets,
        "members": [
            {
                "id": 1,
                "role": "principal investigator",
                "person": {"id": "p1", "fullName": "Eve Example"},
                "affiliation": {"id": 1, "name": "ESS"},
            }
        ],
        "parameters": [],
        **more,
    }


def options(access: Access | None = None, **extra: str) -> SourceOptions:
    """Give options under which nothing waits."""
    return SourceOptions(
        access=access or Access(),
        manners=Manners(pace=0, attempts=3),
        timing=Timing(sleep=lambda _: None),
        extra=extra,
    )
