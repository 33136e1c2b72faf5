"""Everything that is visible, in one file: a static OAI repository, or a dump.

Both are written as they are read, page by page, and take the place of an older file
only when they are whole. What a harvester could not see at that instant is not in them.
"""

from __future__ import annotations

import math
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from panharvest import oai
from panharvest.errors import ConfigError
from panharvest.protocols import Query
from panharvest.repository import address_in_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from panharvest.protocols import Clock, Row, Store
    from panharvest.repository import Repository

PAGE = 500  # rows asked for at once
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


def visible_rows(store: Store, query: Query, clock: Clock) -> Iterator[Row]:
    """Give the rows of a whole list, page by page.

    The clock is read for every page: an item withdrawn meanwhile comes as deleted.
    """
    query = replace(query, limit=PAGE)
    while True:
        rows = store.page(query, math.floor(clock()))
        yield from rows
        if len(rows) < PAGE:
            return
        query = replace(query, after=rows[-1].key)


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
        query = Query(prefix, snapshot, address=address_in_xml(repository.base_url))
        rows = _live(visible_rows(store, query, clock))
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
    lines = [oai.write_format(one, *repository.formats[one]) for one in prefixes]
    name = "sr:ListMetadataFormats"
    return f"<{name}>\n{''.join(lines)}</{name}>\n".encode()


def _list(
    out: IO[bytes], repository: Repository, prefix: str, rows: Iterator[Row]
) -> int:
    """Write the records of a format; gives how many."""
    count = 0
    out.write(f'<sr:ListRecords metadataPrefix="{oai.escape(prefix)}">\n'.encode())
    for row in rows:
        identifier = oai.compose_identifier(repository.identifier, row.id)
        begin = (
            f"<record><header><identifier>{oai.escape(identifier)}</identifier>"
            f"<datestamp>{_day(row.datestamp)}</datestamp></header><metadata>"
        )
        body, end = row.body or b"", b"</metadata>%b</record>\n" % row.about
        out.writelines((begin.encode(), body, end))
        count += 1
    out.write(b"</sr:ListRecords>\n")
    return count


def _day(seconds: int) -> str:
    """Write the day (UTC) of an instant."""
    return oai.format_datestamp(seconds)[:10]


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
