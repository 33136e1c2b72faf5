"""Everything that is visible, in one file: a static OAI repository, or a dump.

Both are written as they are read, page by page, and take the place of an older file
only when they are whole. What a harvester could not see at that instant is not in them.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from panharvest import oai
from panharvest.errors import ConfigError
from panharvest.protocols import BASE_URL, Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from panharvest.protocols import Clock, Row, Store
    from panharvest.repository import Repository

PAGE = 500  # rows asked for at once
_MARKER = BASE_URL.encode()
_SR = "http://www.openarchives.org/OAI/2.0/static-repository"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<sr:Repository xmlns:sr="{_SR}"'
    ' xmlns="http://www.openarchives.org/OAI/2.0/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    f' xsi:schemaLocation="{_SR} {_SR}.xsd">\n'
)


@dataclass(frozen=True, slots=True)
class StaticRepository:
    """What a static repository holds: records by metadata prefix, and as of when."""

    counts: dict[str, int]
    snapshot: int


def visible_rows(
    store: Store, prefix: str, snapshot: int, clock: Clock, first: int | None = None
) -> Iterator[Row]:
    """Give the rows of a list as it was at an instant, page by page.

    The clock is read for every page: an item withdrawn meanwhile comes as deleted.

    Parameters
    ----------
    snapshot, first
        Seconds since the epoch: the instant, and the oldest datestamp wanted.
    """
    after: tuple[int, int] | None = None
    while True:
        query = Query(prefix, snapshot, first=first, after=after, limit=PAGE)
        rows = store.page(query, math.floor(clock()))
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].key


def write_static(
    store: Store, repository: Repository, oai_url: str, file: Path, clock: Clock
) -> StaticRepository:
    """Write a static repository: one XML file that a gateway serves by OAI-PMH.

    By the rules of the "Specification for an OAI Static Repository and an OAI Static
    Repository Gateway" (2004-04-23) §3.2 datestamps are days, and there are no sets, no
    deleted records and no compression. A format without records is left out.

    Parameters
    ----------
    repository
        Names, addresses and formats; its page size does not matter.
    oai_url
        The base URL of the file at its gateway: the gateway's address followed by the
        file's without ``http://``.
    file
        Where to write; what is there stays until the new one is whole.

    Raises
    ------
    ConfigError
        When nothing is visible: such a file would not be valid.
    """
    snapshot = math.floor(clock())
    started: dict[str, Iterator[Row]] = {}
    for prefix in repository.formats:
        rows = _live(visible_rows(store, prefix, snapshot, clock))
        first = next(rows, None)
        if first is not None:
            started[prefix] = chain([first], rows)
    if not started:
        raise ConfigError("nothing is visible yet: there is nothing to export")
    earliest = store.earliest(snapshot)
    counts: dict[str, int] = {}
    with replacing(file) as out:
        out.write(_HEAD.encode())
        out.write(_identify(repository, oai_url, min(earliest or snapshot, snapshot)))
        out.write(_formats(repository, started))
        for prefix, rows in started.items():
            counts[prefix] = _list(out, repository, prefix, rows)
        out.write(b"</sr:Repository>\n")
    return StaticRepository(counts, snapshot)


def _live(rows: Iterator[Row]) -> Iterator[Row]:
    return (row for row in rows if row.body is not None and not row.deleted)


def _identify(repository: Repository, oai_url: str, earliest: int) -> bytes:
    lines = [
        oai.element("repositoryName", repository.name),
        oai.element("baseURL", oai_url),
        oai.element("protocolVersion", "2.0"),
        *(oai.element("adminEmail", email) for email in repository.admin_emails),
        oai.element("earliestDatestamp", _day(earliest)),
        oai.element("deletedRecord", "no"),
        oai.element("granularity", "YYYY-MM-DD"),
        oai.describe_identifiers(repository.identifier, repository.sample_id),
    ]
    return f"<sr:Identify>\n{''.join(lines)}</sr:Identify>\n".encode()


def _formats(repository: Repository, prefixes: Iterable[str]) -> bytes:
    lines = []
    for prefix in prefixes:
        schema, namespace = repository.formats[prefix]
        lines += [
            "<metadataFormat>\n",
            oai.element("metadataPrefix", prefix),
            oai.element("schema", schema),
            oai.element("metadataNamespace", namespace),
            "</metadataFormat>\n",
        ]
    name = "sr:ListMetadataFormats"
    return f"<{name}>\n{''.join(lines)}</{name}>\n".encode()


def _list(
    out: IO[bytes], repository: Repository, prefix: str, rows: Iterator[Row]
) -> int:
    """Write the records of a format; gives how many."""
    base_url = oai.escape(repository.base_url).encode()
    count = 0
    out.write(f'<sr:ListRecords metadataPrefix="{oai.escape(prefix)}">\n'.encode())
    for row in rows:
        identifier = oai.compose_identifier(repository.identifier, row.id)
        header = (
            f"<header><identifier>{oai.escape(identifier)}</identifier>"
            f"<datestamp>{_day(row.datestamp)}</datestamp></header>"
        )
        body = (row.body or b"").replace(_MARKER, base_url)
        out.writelines(oai.write_record(header.encode(), body, row.about))
        count += 1
    out.write(b"</sr:ListRecords>\n")
    return count


def _day(seconds: int) -> str:
    """Write the day (UTC) of an instant."""
    return oai.format_datestamp(seconds)[:10]


def json_with_address(body: bytes, base_url: str) -> bytes:
    """Put the public address into a JSON document of ours."""
    return body.replace(_MARKER, json.dumps(base_url)[1:-1].encode())


@contextmanager
def replacing(file: Path) -> Iterator[IO[bytes]]:
    """Write a file beside another, and let it take its place once it is whole.

    Whatever ends the block early, a kill included, leaves the old file as it was.
    """
    with tempfile.NamedTemporaryFile(
        dir=file.parent, prefix=f".{file.name}.", suffix=".new", delete=False
    ) as out:
        beside = Path(out.name)
        try:
            yield out
            out.flush()
            os.fsync(out.fileno())
            beside.chmod(0o644)  # public already
            beside.replace(file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
