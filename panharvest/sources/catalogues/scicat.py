"""Documents of SciCat as entries: what belongs together is put together.

A dataset gets its instruments, samples and files, published data the state of its
datasets. What is not published itself is never embedded: of a dataset that is not
there, or not published, nothing but its identifier and that fact is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Entry, Refused
from panharvest.sources.catalogues.files import Piece, encoded, identity, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SYSTEM = "scicat"
NAMES = {
    "dataset": "Dataset",
    "publisheddata": "PublishedData",
    "instrument": "Instrument",
    "origdatablock": "OrigDatablock",
    "proposal": "Proposal",
    "sample": "Sample",
    "job": "Job",
}
# What published data says of its datasets besides the identifier, when they are public.
OF_DATASETS = (
    "isPublished",
    "techniques",
    "creationTime",
    "startTime",
    "endTime",
    "creationLocation",
    "instrumentId",
    "instrumentIds",
    "proposalId",
    "proposalIds",
)
SHOWN = ("registered", "public", "amended")  # states of published data
FILES = 10_000  # of a dataset that are kept
RAW = 64 * 1024

Document = dict[str, Any]


def entity_of(document: Mapping[str, Any], stem: str = "") -> str | None:
    """Tell what a document is, by its members, or by the name of its file."""
    has = document.keys()
    if "datasetName" in has or (
        "creationTime" in has and has & {"owner", "techniques"}
    ):
        return "Dataset"
    if has & {"pidArray", "datasetPids"} or (
        "doi" in has and has & {"creator", "metadata", "publicationYear", "status"}
    ):
        return "PublishedData"
    if "dataFileList" in has:
        return "OrigDatablock"
    if has & {"MeasurementPeriodList", "pi_lastname"}:
        return "Proposal"
    if has & {"sampleCharacteristics", "sampleId"} and "name" not in has:
        return "Sample"
    if has & {"jobParams", "jobStatusMessage"}:
        return "Job"
    for word, name in NAMES.items():
        if stem.replace("-", "").replace("_", "").rstrip("s") == word.rstrip("s"):
            return name
    if "uniqueName" in has:
        return "Instrument"
    return None


def dataset_id(document: Mapping[str, Any]) -> str | None:
    """Give the persistent identifier of a dataset."""
    return identity(document, "pid", "_id", "id")


def published_id(document: Mapping[str, Any]) -> str | None:
    """Give the DOI of published data, else what it is stored under."""
    return identity(document, "doi", "_id", "id", "pid")


@dataclass(slots=True)
class Catalogue:
    """What was read of a SciCat, by what it is, to be put together."""

    datasets: dict[str, Document] = field(default_factory=dict)
    published: dict[str, Document] = field(default_factory=dict)
    instruments: dict[str, Document] = field(default_factory=dict)
    samples: dict[str, Document] = field(default_factory=dict)
    blocks: dict[str, list[Document]] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)

    def take(self, pieces: Iterable[Piece | Refused]) -> Iterator[Refused]:
        """Sort documents in; gives what is none."""
        for piece in pieces:
            if isinstance(piece, Refused):
                yield piece
            elif "document" in piece.value or "datasets" in piece.value:
                yield from self._wrapped(piece)
            else:
                yield from self._plain(piece)

    def _wrapped(self, piece: Piece) -> Iterator[Refused]:
        """Take ``{document, datasets}``, as scripts join the two."""
        document = piece.value.get("document")
        if isinstance(document, dict):
            yield from self._plain(Piece(document, f"{piece.place}.document", ""))
        elif document is not None:
            yield _refused(piece, "document.member", "its document is not an object")
        held = piece.value.get("datasets")
        for index, one in enumerate(held if isinstance(held, list) else []):
            place = f"{piece.place}.datasets[{index}]"
            if not isinstance(one, dict):
                yield Refused("document.member", f"{place}: not an object", place)
            elif "statusCode" in one and dataset_id(one) is None:
                yield Refused(
                    "document.error",
                    f"{place}: the catalogue's answer was an error "
                    f"({one.get('statusCode')}), not a dataset",
                    place,
                    encoded(one)[:RAW],
                )
            else:
                yield from self._plain(Piece(one, place, "dataset"))

    def _plain(self, piece: Piece) -> Iterator[Refused]:
        document = piece.value
        kind = entity_of(document, piece.stem)
        if kind in ("Proposal", "Job"):
            self.ignored[kind] = self.ignored.get(kind, 0) + 1
            return
        if kind is None:
            told = "neither a dataset nor published data of SciCat"
            if "panosc" in document or "isPublic" in document:
                told += "; it looks like the search API: panharvest ingest panosc"
            yield _refused(piece, "document.unknown", told)
            return
        if kind == "OrigDatablock":
            owner = identity(document, "datasetId")
            if owner:
                self.blocks.setdefault(owner, []).append(document)
            return
        place = {
            "Dataset": (self.datasets, dataset_id),
            "PublishedData": (self.published, published_id),
            "Instrument": (self.instruments, lambda d: identity(d, "pid", "_id", "id")),
            "Sample": (self.samples, lambda d: identity(d, "sampleId", "_id", "id")),
        }[kind]
        key = place[1](document)
        if key is None:
            yield _refused(piece, "document.no-id", "it has no identifier")
        elif (held := place[0].get(key)) is None or _newer(document, held):
            place[0][key] = document

    def entries(self) -> Iterator[Entry]:
        """Give datasets and published data, each with what belongs to it."""
        within: dict[str, list[Document]] = {}
        for key, document in self.published.items():
            if str(document.get("status")).casefold() in SHOWN:
                part = {"doi": key, "publisher": publisher_of(document)}
                for pid in members_of(document):
                    within.setdefault(pid, []).append(part)
        for key, document in self.datasets.items():
            if key in within and not document.get("publishedData"):
                document = {**document, "publishedData": within[key]}
            yield dataset_entry(
                key, document, self.instruments, self.samples, self.blocks.get(key, ())
            )
        for key, document in self.published.items():
            yield published_entry(key, document, self.datasets)


def _refused(piece: Piece, code: str, told: str) -> Refused:
    return Refused(
        code, f"{piece.place}: {told}", piece.place, encoded(piece.value)[:RAW]
    )


def _newer(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return changed(one) >= changed(other)


def changed(document: Mapping[str, Any]) -> str:
    """Give when a document says that it changed; empty when it does not."""
    value = document.get("updatedAt")
    if isinstance(value, dict):
        value = value.get("$date")
    return value if isinstance(value, str) else ""


def is_public(document: Mapping[str, Any]) -> bool:
    """Tell whether a document says of itself, and plainly, that it is published."""
    return document.get("isPublished") is True


def dataset_entry(
    key: str,
    document: Mapping[str, Any],
    instruments: Mapping[str, Document],
    samples: Mapping[str, Document],
    blocks: Iterable[Document] = (),
) -> Entry:
    """Put a dataset together."""
    whole = dict(document)
    whole.pop("proposal", None)  # of people and plans: never part of a dataset's record
    whole.pop("proposals", None)
    # MongoDB keeps the identifier of a dataset as _id; a dump has nothing else
    whole.setdefault("pid", key)
    _embed(whole, "instruments", ("instrumentIds", "instrumentId"), instruments)
    public = {name: one for name, one in samples.items() if is_public(one)}
    _embed(whole, "samples", ("sampleIds", "sampleId"), public)
    for name in ("samples", "sample"):
        if name in whole:
            kept = [one for one in _items(whole[name]) if _sample_shown(one)]
            whole.pop(name)
            if kept:
                whole["samples"] = kept
    found = [*_items(whole.get("origdatablocks")), *blocks]
    if found:
        whole["origdatablocks"] = _bounded(found)
    return Entry(
        id=f"Dataset:{key}",
        system=SYSTEM,
        entity="Dataset",
        document=whole,
        modified=changed(document) or None,
        local=key,
    )


def _sample_shown(one: Mapping[str, Any]) -> bool:
    """Keep an embedded sample unless it says, or leaves open, that it is not public."""
    return is_public(one)


def _embed(
    whole: Document, name: str, keys: tuple[str, ...], known: Mapping[str, Document]
) -> None:
    """Put related documents where the model has them, unless they are there already."""
    if whole.get(name):
        return
    wanted = dict.fromkeys(one for key in keys for one in texts(whole.get(key)))
    found = [{**known[one], "pid": one} for one in wanted if one in known]
    if name == "samples":
        found = [{**one, "sampleId": one["pid"]} for one in found]
    if found:
        whole[name] = found


def _items(value: object) -> list[Document]:
    given = value if isinstance(value, list) else [value]
    return [one for one in given if isinstance(one, dict)]


def _bounded(blocks: list[Document]) -> list[Document]:
    """Keep as many files as a record may have."""
    left, kept = FILES, []
    for block in blocks:
        listed = block.get("dataFileList")
        files = listed[:left] if isinstance(listed, list) else []
        left -= len(files)
        kept.append({"dataFileList": files})
        if left <= 0:
            break
    return kept


def publisher_of(document: Mapping[str, Any]) -> str | None:
    """Give who published it, as text."""
    metadata = document.get("metadata")
    held = metadata.get("publisher") if isinstance(metadata, dict) else None
    held = held if held is not None else document.get("publisher")
    if isinstance(held, dict):
        held = held.get("name")
    return held if isinstance(held, str) else None


def members_of(document: Mapping[str, Any]) -> list[str]:
    """Give the identifiers of the datasets that published data is made of."""
    return texts(document.get("datasetPids")) or texts(document.get("pidArray"))


def published_entry(
    key: str, document: Mapping[str, Any], datasets: Mapping[str, Document]
) -> Entry:
    """Put published data together with the state of each of its datasets."""
    whole = dict(document)
    whole.setdefault("doi", key)
    states: list[Document] = []
    for pid in members_of(document):
        found = datasets.get(pid)
        if found is None or not is_public(found):
            states.append({"pid": pid, "isPublished": False})
        else:
            kept = {name: found[name] for name in OF_DATASETS if name in found}
            states.append({"pid": pid, **kept})
    whole["datasets"] = states
    return Entry(
        id=f"PublishedData:{key}",
        system=SYSTEM,
        entity="PublishedData",
        document=whole,
        modified=changed(document) or None,
        local=key,
    )
