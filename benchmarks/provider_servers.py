"""The servers that benchmarks/provider.py compares; each in a process of its own.

    python benchmarks/provider_servers.py KIND DATABASE PORT

Peers read plain XML from a SQLite table with the indexes they need; a page is asked for
by its offset because that is what their interfaces hand to a backend.
"""
# ruff: noqa: ANN401, ARG002, N802, N803  (the peers name and type their interfaces)

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

PREFIX = "oai_datacite"
SCHEMA = "http://schema.datacite.org/meta/kernel-4.7/metadata.xsd"
NAMESPACE = "http://datacite.org/schema/kernel-4"
PAGE = 100
KEY = b"of the benchmark only"
HOST = "bench.example.org"

Answer = Callable[[str], bytes]


def repository(port: int) -> Any:
    """Give the settings of ours."""
    from panharvest.provider import Repository

    return Repository(
        name="bench",
        base_url=f"http://127.0.0.1:{port}",
        identifier=HOST,
        admin_emails=(f"a@{HOST}",),
        keys=(KEY,),
        formats={
            "oai_dc": (
                "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
                "http://www.openarchives.org/OAI/2.0/oai_dc/",
            ),
            PREFIX: (SCHEMA, NAMESPACE),
        },
        page_size=PAGE,
    )


def ours(database: str, port: int) -> Answer:
    """Answer with panharvest, without a web framework, as the peers do."""
    from panharvest.provider import answer
    from panharvest.stores import open_store

    store, settings = open_store(f"sqlite:///{database}"), repository(port)
    return lambda query: answer(settings, parse_qsl(query), store, time.time()).body


class Table:
    """The table of the peers, one connection a thread."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.local = threading.local()

    def __call__(self, sql: str, *values: object) -> list[Any]:
        if not hasattr(self.local, "db"):
            self.local.db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
            self.local.db.execute("PRAGMA cache_size = -8192")
        return list(self.local.db.execute(sql, values).fetchall())


COLUMNS = "SELECT id, datestamp, sets, xml FROM record"


def oaipmh(database: str, port: int) -> Answer:
    """Answer with the BatchingServer of oaipmh."""
    from lxml import etree
    from oaipmh import common, error, metadata, server

    table = Table(database)

    def naive(seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

    def triple(row: Any) -> Any:
        header = common.Header(None, row[0], naive(row[1]), row[2].split(), False)
        return header, row[3], None

    class Backend:
        def identify(self) -> Any:
            address = f"http://127.0.0.1:{port}/oai"
            seconds = "YYYY-MM-DDThh:mm:ssZ"
            return common.Identify(
                *("bench", address, "2.0", [f"a@{HOST}"], naive(0), "no", seconds),
                ["identity"],
            )

        def listMetadataFormats(self, identifier: Any = None) -> Any:
            return [(PREFIX, SCHEMA, NAMESPACE)]

        def listSets(self, *_: Any, **__: Any) -> Any:
            return []

        def getRecord(self, metadataPrefix: str, identifier: str) -> Any:
            for row in table(f"{COLUMNS} WHERE id = ?", identifier):
                return triple(row)
            raise error.IdDoesNotExistError(identifier)

        def listRecords(self, cursor: int = 0, batch_size: int = 10, **_: Any) -> Any:
            order = "ORDER BY datestamp, seq LIMIT ? OFFSET ?"
            return [triple(r) for r in table(f"{COLUMNS} {order}", batch_size, cursor)]

    def write(element: Any, xml: bytes) -> None:
        element.append(etree.fromstring(xml))

    registry = metadata.MetadataRegistry()
    registry.registerWriter(PREFIX, write)
    made = server.BatchingServer(Backend(), registry, resumption_batch_size=PAGE)
    return lambda query: bytes(made.handleRequest(dict(parse_qsl(query))))


def oai_repo(database: str, port: int) -> Answer:
    """Answer with oai-repo; the methods for many records at once are overridden."""
    import oai_repo as peer
    from lxml import etree

    table = Table(database)

    class Backend(peer.DataInterface):
        limit = PAGE

        def get_identify(self) -> Any:
            return peer.Identify(
                repository_name="bench",
                base_url=f"http://127.0.0.1:{port}/oai",
                admin_email=[f"a@{HOST}"],
                earliest_datestamp="2018-01-01T00:00:00Z",
                deleted_record="no",
                granularity="YYYY-MM-DDThh:mm:ssZ",
            )

        def is_valid_identifier(self, identifier: str) -> bool:
            return bool(table("SELECT 1 FROM record WHERE id = ?", identifier))

        def get_metadata_formats(self, identifier: Any = None) -> Any:
            return [peer.MetadataFormat(PREFIX, SCHEMA, NAMESPACE)]

        def get_record_abouts(self, identifier: str) -> Any:
            return []

        def get_records_header(self, identifiers: list[str]) -> Any:
            found = self._found("id, datestamp, sets", identifiers)
            return [
                peer.RecordHeader(
                    one,
                    datetime.fromtimestamp(found[one][1], UTC),
                    found[one][2].split(),
                )
                for one in identifiers
            ]

        def get_records_metadata(self, identifiers: list[str], prefix: str) -> Any:
            found = self._found("id, xml", identifiers)
            return [etree.fromstring(found[one][1]) for one in identifiers]

        def _found(self, columns: str, identifiers: list[str]) -> dict[str, Any]:
            marks = ",".join("?" * len(identifiers))
            sql = f"SELECT {columns} FROM record WHERE id IN ({marks})"
            return {row[0]: row for row in table(sql, *identifiers)}

        def list_identifiers(self, prefix: str, *_: Any, **more: Any) -> Any:
            ((size,),) = table("SELECT COUNT(*) FROM record")  # asked for on every page
            sql = "SELECT id FROM record ORDER BY datestamp, seq LIMIT 100 OFFSET ?"
            return [row[0] for row in table(sql, more.get("cursor", 0))], size, None

    made = peer.OAIRepository(Backend())
    return lambda query: bytes(made.process(dict(parse_qsl(query))))


def serve_wsgi(answer: Answer, port: int) -> None:
    """Serve a function with waitress, four threads; memory as our own server has it."""
    import waitress

    from panharvest.serving import keep_memory

    keep_memory()

    def app(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = answer(environment["QUERY_STRING"])
        kind, length = ("Content-Type", "text/xml"), ("Content-Length", str(len(body)))
        start("200 OK", [kind, length])
        return [body]

    waitress.serve(app, host="127.0.0.1", port=port, threads=4)


def serve_default(database: str, port: int) -> None:
    """Serve as ``panharvest serve`` does."""
    from panharvest.serving import listen, serve_app
    from panharvest.stores import open_store

    store = open_store(f"sqlite:///{database}")
    serve_app(store, repository(port), time.time, listen("127.0.0.1", port))


WSGI: dict[str, Callable[[str, int], Answer]] = {
    "ours": ours,
    "oaipmh": oaipmh,
    "oai-repo": oai_repo,
}


def main() -> None:
    """Serve until the process is ended."""
    kind, database, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if kind == "default":
        serve_default(database, port)
    else:
        serve_wsgi(WSGI[kind](database, port), port)


if __name__ == "__main__":
    main()
