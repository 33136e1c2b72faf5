"""Which file that we have read is one that a catalogue lists, where no DOI says it.

Two descriptions become one record only when it is certain that they are of the same
data; what one keeps closed the other would keep closed too, and what one shows would
be shown of the other. So a name and a size are not enough: names repeat from visit to
visit, and so do sizes. What fits and is not certain is reported, never joined.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from panharvest import tree
from panharvest.catalogued import CATALOGUE
from panharvest.filenames import is_candidate
from panharvest.mapping.merging import conflicts, days_of
from panharvest.record import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from panharvest.mapping import Mapped
    from panharvest.protocols import Raw, Writer
    from panharvest.record import File, Record

    Mapping = Callable[[Sequence[Raw]], Mapped]

FEW = 20  # files of NeXus in a catalogue's dataset; one of more is a part, not it
MOST = 20  # datasets that claim one name; so many are never certain
LISTED, READ = "match:listed:", "match:read:"  # meta keys: who has a name


@dataclass(frozen=True, slots=True)
class Match:
    """What a dataset belongs to, or what belongs to it; what is not certain is told."""

    host: str | None = None
    parts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def match(writer: Writer, dataset: str, mapped: Mapped, mapping: Mapping) -> Match:
    """Find the other description of a dataset: a file's in a catalogue, and reversed.

    Parameters
    ----------
    mapping
        What maps raw records.
    """
    raws = writer.raws(dataset)
    if is_file(raws):
        names = [*_of_file(mapped.record)]
        _enlist(writer, READ, names, dataset)
        return _host(writer, raws[0], mapped.record, names, mapping)
    if not all(raw.source.startswith(CATALOGUE) for raw in raws):
        return Match()
    names = [*_of_catalogue(mapped.record)]
    _enlist(writer, LISTED, names, dataset)
    parts = []
    for other in _claimed(writer, READ, names):
        theirs = writer.raws(other)
        if not is_file(theirs):
            continue
        record = mapping(theirs).record
        found = _host(writer, theirs[0], record, [*_of_file(record)], mapping)
        if found.host == dataset:
            parts.append(other)
    return Match(parts=tuple(parts))


def strangers(writer: Writer, dataset: str, mapping: Mapping) -> list[Raw]:
    """Give the files in a catalogue's dataset that do not belong to it any more."""
    raws = writer.raws(dataset)
    files = [raw for raw in raws if raw.media_type == tree.MEDIA_TYPE]
    rest = [raw for raw in raws if raw.source.startswith(CATALOGUE)]
    if not files or not rest or not dataset.startswith(CATALOGUE):
        return []
    listed = mapping(rest).record
    return [
        raw
        for raw in files
        if (record := mapping([raw]).record)
        and not (record.pid is not None and record.pid == listed.pid)
        and not is_same(listed, record, raw.native_id)
    ]


def is_file(raws: Sequence[Raw]) -> bool:
    """Tell whether a dataset is one whole file that nobody has put with others."""
    return (
        len(raws) == 1
        and raws[0].media_type == tree.MEDIA_TYPE
        and raws[0].native_id == raws[0].dataset
    )


def is_same(listed: Record, read: Record, path: str) -> bool:
    """Tell whether it is certain that a catalogue and a file describe the same data.

    The facility and the days must be known and agree, and nothing may contradict. Then
    name and size of a listed file with the proposal or the folder will do, or the
    proposal and the name of the dataset.
    """
    if listed.facility is None or read.facility is None:
        return False
    if listed.pid and read.pid and listed.pid != read.pid:
        return False
    if not days_of(listed.collected) or not days_of(read.collected):
        return False
    if conflicts(listed, read):  # another facility, other days, another instrument
        return False
    one, two = _proposals(listed), _proposals(read)
    if one and two and not one & two:
        return False
    agreed = bool(one & two)
    file = read.files[0]
    for other in _files(listed):
        if (other.name, other.size) == (file.name, file.size) and (
            agreed or _ends(path, other.path)
        ):
            return True
    return agreed and bool(set(_names(file.name)) & {t.value for t in listed.titles})


def _ends(path: str, listed: str | None) -> bool:
    """Tell whether a path ends as one in a catalogue, by its folder too."""
    parts = [one for one in (listed or "").split("/") if one]
    return len(parts) > 1 and re.split(r"[/\\]", path)[-len(parts) :] == parts


def _proposals(record: Record) -> set[str]:
    return {
        one.value.casefold()
        for one in record.alternate_identifiers
        if one.scheme == "Proposal"
    }


def _names(file: str) -> tuple[str, str]:
    return file, file.rpartition(".")[0] or file


def _of_file(record: Record) -> Iterator[tuple[str, ...]]:
    """Give the names by which a file is looked for."""
    if record.facility is None or not record.files:
        return
    file, where = record.files[0], record.facility.id
    yield ("file", where, file.name, str(file.size))
    for proposal in sorted(_proposals(record)):
        for name in _names(file.name):
            yield ("name", where, proposal, name)


def _of_catalogue(record: Record) -> Iterator[tuple[str, ...]]:
    """Give the names by which a dataset of a catalogue is looked for."""
    if record.facility is None:
        return
    where = record.facility.id
    for file in _files(record):
        if file.size is not None:
            yield ("file", where, file.name, str(file.size))
    for proposal in sorted(_proposals(record)):
        for title in record.titles[:1]:
            yield ("name", where, proposal, title.value)


def _files(record: Record) -> list[File]:
    """Give the files of NeXus that a catalogue lists; none when they are many."""
    found = [one for one in record.files if is_candidate(one.name)]
    return found if len(found) <= FEW else []


def _key(kind: str, name: tuple[str, ...]) -> str:
    return kind + hashlib.sha256("\0".join(name).encode()).hexdigest()[:32]


def _enlist(
    writer: Writer, kind: str, names: Sequence[tuple[str, ...]], dataset: str
) -> None:
    """Note who has a name."""
    for name in names:
        key = _key(kind, name)
        known = json.loads(writer.meta(key) or "[]")
        if dataset not in known and len(known) <= MOST:
            writer.put_meta(key, json.dumps([*known, dataset]))


def _claimed(
    writer: Writer, kind: str, names: Sequence[tuple[str, ...]]
) -> dict[str, None]:
    """Give the datasets that have, or once had, one of the names."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys(json.loads(writer.meta(_key(kind, name)) or "[]"))
    return found


def _host(
    writer: Writer,
    raw: Raw,
    record: Record,
    names: Sequence[tuple[str, ...]],
    mapping: Mapping,
) -> Match:
    """Find the dataset of a catalogue that a file belongs to."""
    claimed = _claimed(writer, LISTED, names)
    if len(claimed) > MOST:
        return Match(problems=(_told(len(claimed)),))
    sure, near = [], 0
    for other in claimed:
        rest = [r for r in writer.raws(other) if r.source.startswith(CATALOGUE)]
        if not rest:
            continue
        listed = mapping(rest).record
        if is_same(listed, record, raw.native_id):
            sure.append(other)
        near += bool(set(names) & set(_of_catalogue(listed)))
    if len(sure) == 1:
        return Match(host=sure[0])
    return Match(problems=(_told(near),) if near else ())


def _told(count: int) -> Problem:
    what = "a dataset" if count == 1 else f"{count:,} datasets"
    return Problem(
        "JOIN-UNCERTAIN",
        Level.WARNING,
        "files",
        f"{what} of a catalogue may be of this file, by its name; that is not certain, "
        "and they stay apart",
        "give the file its DOI or Handle in a manifest",
    )
