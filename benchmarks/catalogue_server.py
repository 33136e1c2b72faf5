"""A SciCat and an ICAT that cost next to nothing: documents made when asked for.

    python benchmarks/catalogue_server.py RECORDS

Prints its port. ``/api/v3`` answers as a SciCat of so many datasets, each with an
instrument, a sample, a proposal and a list of files, two a second, so that paging by
date has to work; ``/icat`` as an ICAT of so many investigations, by id. Nothing is
searched: a document follows from its number.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
A_SECOND = 2  # datasets that changed within one
SINCE = re.compile(r"o\.modTime >= \{ts ([\d: -]+)\}")
AFTER = re.compile(r"o\.id > (\d+)")
LIMIT = re.compile(r"LIMIT 0, (\d+)")
WORDS = ("quartz", "ferrite", "lysozyme", "zeolite", "steel", "garnet", "silicon")


def moment(seconds: float) -> str:
    """Write an instant as SciCat does."""
    at = BEGIN + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def dataset(number: int) -> dict[str, Any]:
    """Make a dataset of SciCat."""
    word = WORDS[number % len(WORDS)]
    return {
        "pid": f"20.500.99999/bench{number}",
        "datasetName": f"Scan {number} of {word}",
        "description": f"Small angle scattering of {word} at {number % 300} K. " * 3,
        "type": "raw",
        "isPublished": True,
        "owner": "Example, Eve",
        "principalInvestigators": ["Example, Eve"],
        "creationTime": moment(number * 60),
        "creationLocation": "/MAX IV/MAXIV/BioMAX",
        "instrumentIds": [f"ins-{number % 20}"],
        "sampleIds": [f"sam-{number % 1000}"],
        "proposalIds": [f"2020{number % 1000:04}"],
        "techniques": [{"pid": "PaNET01188", "name": "small angle x-ray scattering"}],
        "keywords": [word, "bench"],
        "scientificMetadata": {
            "energy": {"value": 12.0 + number % 7, "unit": "keV"},
            "sample_temperature": {"value": number % 300, "unit": "K"},
            **{f"motor_{m}": {"value": m * 0.1, "unit": "mm"} for m in range(10)},
        },
        "size": 4096 * (number + 1),
        "updatedAt": moment(number // A_SECOND),
    }


def investigation(number: int) -> dict[str, Any]:
    """Make an investigation of ICAT."""
    word = WORDS[number % len(WORDS)]
    person = {"id": 7, "fullName": "Eve Example", "orcidId": "0000-0002-1825-0097"}
    return {
        "id": number,
        "name": f"P{number}",
        "visitId": "1",
        "title": f"Experiment {number} on {word}",
        "summary": f"About {word} under strain. " * 5,
        "startDate": moment(number * 60),
        "endDate": moment(number * 60 + 3600),
        "releaseDate": "2021-01-01T00:00:00.000Z",
        "doi": f"10.5072/bench.{number}",
        "modTime": moment(number),
        "facility": {"id": 1, "name": "HZB"},
        "type": {"id": 1, "name": "Experiment"},
        "investigationUsers": [
            {"id": 1, "role": "Principal Investigator", "user": person}
        ],
        "investigationInstruments": [{"id": 1, "instrument": {"id": 3, "name": "E2"}}],
        "keywords": [{"id": 1, "name": word}],
        "samples": [{"id": 1, "name": word}],
        "parameters": [
            {
                "id": 1,
                "numericValue": 2.4,
                "type": {"id": 4, "name": "wavelength", "units": "Angstrom"},
            }
        ],
    }


class Answers:
    """What is answered, by path."""

    def __init__(self, records: int) -> None:
        self.records = records

    def get(self, path: str, query: dict[str, str]) -> object:
        """Answer; None is 404."""
        if path == "/icat/version":
            return {"version": "6.2.0"}
        if path == "/icat/properties":
            return {"maxEntities": 1000}
        if path == "/icat/entityManager":
            return self.icat(query["query"])
        asked = json.loads(query.get("filter", "{}"))
        where, limits = asked.get("where", {}), asked.get("limits", {})
        skip, limit = int(limits.get("skip", 0)), int(limits.get("limit", 100))
        lists = [one["inq"] for one in where.values() if "inq" in str(one)]
        wanted = lists[0][skip : skip + limit] if lists else []
        match path:
            case "/api/v3/datasets":
                return self.datasets(where, skip, limit)
            case "/api/v3/origdatablocks":
                file = {"path": "raw/scan.h5", "size": 4096, "chk": "ab" * 16}
                return [{"datasetId": one, "dataFileList": [file]} for one in wanted]
            case "/api/v3/samples":
                return [
                    {"sampleId": one, "description": "x", "isPublished": True}
                    for one in wanted
                ]
            case "/api/v3/proposals":
                return [
                    {"proposalId": one, "title": f"About {one}", "isPublished": True}
                    for one in wanted
                ]
            case "/api/v3/instruments":
                numbers = range(20)[skip : skip + limit]
                return [{"pid": f"ins-{n}", "name": f"BL{n}"} for n in numbers]
            case "/api/v3/publisheddata":
                return []
            case _:
                return None

    def datasets(self, where: dict[str, Any], skip: int, limit: int) -> list[Any]:
        """Give a page of datasets by when they changed."""
        first = 0
        if since := where.get("updatedAt", {}).get("gte"):
            passed = (datetime.fromisoformat(since) - BEGIN).total_seconds()
            first = max(0, int(passed) * A_SECOND)
        first += skip
        return [dataset(n) for n in range(first, min(first + limit, self.records))]

    def icat(self, query: str) -> list[Any]:
        """Answer a query for investigations; there is nothing else."""
        if "FROM Investigation " not in query:
            return []
        after, limit = AFTER.search(query), LIMIT.search(query)
        first = int(after[1]) + 1 if after else 1
        if since := SINCE.search(query):
            changed = datetime.fromisoformat(since[1]).replace(tzinfo=UTC)
            first = max(first, int((changed - BEGIN).total_seconds()))
        last = min(first + int(limit[1] if limit else 100), self.records + 1)
        numbers = range(first, last)
        if query.startswith("SELECT o.id "):
            return list(numbers)
        return [{"Investigation": investigation(n)} for n in numbers]


class Handler(BaseHTTPRequestHandler):
    """One request after the other, on one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answers: Answers

    def do_GET(self) -> None:
        """Answer a question."""
        parts = urlsplit(self.path)
        self.send(self.answers.get(parts.path, dict(parse_qsl(parts.query))))

    def do_POST(self) -> None:
        """Log somebody in."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send({"sessionId": "bench"})

    def send(self, document: object) -> None:
        """Send JSON."""
        body = json.dumps(document).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until the end."""
    Handler.answers = Answers(int(sys.argv[1]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
