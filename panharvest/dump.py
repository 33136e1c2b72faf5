"""Dumps: every visible record as JSON, one a line, with a manifest to go on from."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import json
import math
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import msgspec
import zstandard

from panharvest import oai
from panharvest.errors import ConfigError
from panharvest.export import replacing, visible_rows
from panharvest.protocols import Query
from panharvest.repository import address_in_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from panharvest.protocols import Clock, Row, Store
    from panharvest.repository import Repository

FORMS = ("jsonl.gz", "jsonl.zst", "jsonl", "parquet")
VERSION = 1  # of the manifest
_OURS = "_record"
_GROUP = 10_000  # rows of a Parquet row group: what is held in memory


class Line(msgspec.Struct, frozen=True):
    """A record of a dump; ``record`` is None when it is deleted.

    ``datestamp`` is when the record came to be as it is here; in a metadata format it
    may have another, since not every change shows in every format.
    """

    identifier: str
    datestamp: str
    deleted: bool
    sets: tuple[str, ...]
    record: msgspec.Raw | None


@dataclass(slots=True)
class _Tally:
    """How many records were written."""

    records: int = 0
    deleted: int = 0

    def count(self, lines: Iterator[Line]) -> Iterator[Line]:
        """Pass the lines on, counting them."""
        for line in lines:
            self.records += not line.deleted
            self.deleted += line.deleted
            yield line


def write_records(
    store: Store,
    repository: Repository,
    place: Path,
    clock: Clock,
    *,
    form: str | None = None,
    first: int | None = None,
    set_spec: str | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Write all records that are visible, deleted ones too, and a manifest beside.

    Whoever loads the dump, and then harvests by OAI-PMH from the datestamp that the
    manifest gives, has what a full harvest at that later time would give.

    Parameters
    ----------
    place
        A folder, in which the file is called by the instant, or the file. The manifest
        has its name and ``.manifest.json``.
    form
        One of :data:`FORMS`; without it what the name of the file ends in, else
        ``jsonl.gz``.
    first
        Only records with this or a later datestamp (seconds since the epoch).
    set_spec
        Only records in this set, or in one below it.

    Returns
    -------
    tuple of Path and dict
        The file and its manifest.

    Raises
    ------
    ConfigError
        When the form needs a library that is not installed; says which.
    """
    snapshot = math.floor(clock())
    form = form or _form_of(place)
    write = _writer(form)
    if place.is_dir():
        stamp = oai.format_datestamp(snapshot).replace("-", "").replace(":", "")
        place = place / f"records-{stamp}.{form}"
    address = address_in_json(repository.base_url)
    query = Query(_OURS, snapshot, first=first, address=address)
    rows = visible_rows(store, query, clock)
    tally = _Tally()
    lines = tally.count(_lines(repository, rows, set_spec))
    with replacing(place) as out:
        write(out, lines)
        out.flush()
        size = out.tell()
        with open(out.name, "rb") as written:  # noqa: PTH123  (a name it gave itself)
            digest = hashlib.file_digest(written, "sha256").hexdigest()
    manifest: dict[str, Any] = {
        "manifest": VERSION,
        "repository": repository.identifier,
        "file": place.name,
        "format": form,
        "bytes": size,
        "sha256": digest,
        "records": tally.records,
        "deleted": tally.deleted,
        "snapshot": oai.format_datestamp(snapshot),
        "from": None if first is None else oai.format_datestamp(first),
        "set": set_spec,
        "continue": {
            "baseURL": repository.oai_url,
            "from": oai.format_datestamp(snapshot),
            "set": set_spec,
        },
    }
    with replacing(place.with_name(f"{place.name}.manifest.json")) as out:
        out.write(json.dumps(manifest, indent=2).encode() + b"\n")
    return place, manifest


def _form_of(place: Path) -> str:
    """Give the form that the name of a file asks for."""
    return next((form for form in FORMS if place.name.endswith(f".{form}")), FORMS[0])


def _lines(
    repository: Repository, rows: Iterator[Row], set_spec: str | None
) -> Iterator[Line]:
    for row in rows:
        if set_spec is not None and not any(
            spec == set_spec or spec.startswith(f"{set_spec}:") for spec in row.sets
        ):
            continue
        gone = row.deleted or row.body is None
        yield Line(
            identifier=oai.compose_identifier(repository.identifier, row.id),
            datestamp=oai.format_datestamp(row.datestamp),
            deleted=gone,
            sets=tuple(filter(repository.offers, row.sets)),
            record=None if row.body is None or gone else msgspec.Raw(row.body),
        )


# --- forms ----------------------------------------------------------------------------


def _writer(form: str) -> Callable[[IO[bytes], Iterator[Line]], None]:
    """Give what writes a form; what it needs is imported now, before any work.

    Raises
    ------
    ConfigError
        When there is no such form, or its library is missing.
    """
    if form == "parquet":
        arrow = _needed("pyarrow", "parquet", form)
        parquet = _needed("pyarrow.parquet", "parquet", form)
        return lambda out, lines: _parquet(arrow, parquet, out, lines)
    packers: dict[str, Callable[[IO[bytes]], AbstractContextManager[Any]]]
    packers = {"jsonl": nullcontext, "jsonl.gz": _gzip, "jsonl.zst": _zstd}
    if form not in packers:
        raise ConfigError(f"format {form!r} is not one of {', '.join(FORMS)}")
    pack = packers[form]
    return lambda out, lines: _json_lines(pack, out, lines)


def _needed(module: str, extra: str, form: str) -> Any:  # noqa: ANN401  (a module)
    """Import an optional library."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ConfigError(
            f"format {form} needs a library that is not installed: "
            f"pip install 'panharvest[{extra}]'"
        ) from None


@contextmanager
def _gzip(out: IO[bytes]) -> Iterator[IO[bytes]]:
    """Compress without name and time: the same records give the same bytes."""
    with gzip.GzipFile("", "wb", 6, out, mtime=0) as packed:
        yield packed  # type: ignore[misc]  # writes as any other


def _zstd(out: IO[bytes]) -> AbstractContextManager[Any]:
    """Compress as well as can be done about as fast as records are read."""
    return zstandard.ZstdCompressor(level=9).stream_writer(out, closefd=False)


def _json_lines(
    pack: Callable[[IO[bytes]], AbstractContextManager[Any]],
    out: IO[bytes],
    lines: Iterator[Line],
) -> None:
    encode = msgspec.json.Encoder().encode
    with pack(out) as packed:
        for line in lines:
            packed.write(encode(line) + b"\n")


def _parquet(
    arrow: Any,  # noqa: ANN401  (a module)
    parquet: Any,  # noqa: ANN401  (a module)
    out: IO[bytes],
    lines: Iterator[Line],
) -> None:
    """Write columns; ``record`` is the JSON as text: records differ in shape."""
    schema = arrow.schema(
        [
            ("identifier", arrow.string()),
            ("datestamp", arrow.string()),
            ("deleted", arrow.bool_()),
            ("sets", arrow.list_(arrow.string())),
            ("record", arrow.string()),
        ]
    )
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while group := list(islice(lines, _GROUP)):
            columns = {
                "identifier": [line.identifier for line in group],
                "datestamp": [line.datestamp for line in group],
                "deleted": [line.deleted for line in group],
                "sets": [list(line.sets) for line in group],
                "record": [
                    None if line.record is None else bytes(line.record).decode()
                    for line in group
                ],
            }
            writer.write_table(arrow.table(columns, schema=schema))
