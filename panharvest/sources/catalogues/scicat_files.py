"""Documents of SciCat in files: told apart, sorted, put together, and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Entry, Refused
from panharvest.sources.catalogues import scicat
from panharvest.sources.catalogues.files import RAW, Piece, encoded, identity, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from panharvest.sources.catalogues.scicat import Document

NAMES = {
    "dataset": "Dataset",
    "publisheddata": "PublishedData",
    "instrument": "Instrument",
    "origdatablock": "OrigDatablock",
    "proposal": "Proposal",
    "sample": "Sample",
    "job": "Job",
}


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
    if has & {"MeasurementPeriodList", "pi_lastname", "pi_email"}:
        return "Proposal"
    if "proposalId" in has and "title" in has:
        return "Proposal"
    if has & {"sampleCharacteristics", "sampleId"} and "name" not in has:
        return "Sample"
    if has & {"jobParams", "jobStatusMessage"}:
        return "Job"
    for word, name in NAMES.items():
        if stem.replace("-", "").replace("_", "").rstrip("s") == word.rstrip("s"):
            return name
    if has & {"uniqueName", "customMetadata"}:
        return "Instrument"
    return None


@dataclass(slots=True)
class Catalogue:
    """What was read of a SciCat, by what it is, to be put together."""

    datasets: dict[str, Document] = field(default_factory=dict)
    published: dict[str, Document] = field(default_factory=dict)
    beside: scicat.Beside = field(default_factory=scicat.Beside)
    blocks: dict[str, list[Document]] = field(default_factory=dict)
    jobs: int = 0

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
            elif "statusCode" in one and scicat.dataset_id(one) is None:
                yield Refused(
                    "document.error",
                    f"{place}: the catalogue's answer was an error{_status(one)}, "
                    "not a dataset",
                    place,
                    encoded(one)[:RAW],
                )
            else:
                yield from self._plain(Piece(one, place, "dataset"))

    def _plain(self, piece: Piece) -> Iterator[Refused]:
        document = piece.value
        kind = entity_of(document, piece.stem)
        if kind == "Job":
            self.jobs += 1
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
            "Dataset": (self.datasets, scicat.dataset_id),
            "PublishedData": (self.published, scicat.published_id),
            "Instrument": (self.beside.instruments, scicat.instrument_id),
            "Sample": (self.beside.samples, scicat.sample_id),
            "Proposal": (self.beside.proposals, scicat.proposal_id),
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
            if str(document.get("status")).casefold() in scicat.SHOWN:
                part = {"doi": key, "publisher": scicat.publisher_of(document)}
                for pid in scicat.members_of(document):
                    within.setdefault(pid, []).append(part)
        for key, document in self.datasets.items():
            if key in within and not document.get("publishedData"):
                document = {**document, "publishedData": within[key]}
            yield scicat.dataset_entry(
                key, document, self.beside, self.blocks.get(key, ())
            )
        for key, document in self.published.items():
            yield scicat.published_entry(key, document, self.datasets, self.beside)

    def notes(self) -> Iterator[str]:
        """Say what was read and makes no record of its own, and what is missing."""
        wanted = [
            (members, self.beside_of(kind), kind)
            for kind, members in (
                ("instrument", ("instrumentIds", "instrumentId")),
                ("sample", ("sampleIds", "sampleId")),
                ("proposal", ("proposalIds", "proposalId")),
            )
        ]
        for members, held, kind in wanted:
            if not held:
                continue
            named = {
                key
                for one in self.datasets.values()
                for member in members
                for key in texts(one.get(member))
            }
            used = sum(key in named for key in held)
            yield (
                f"{counted(len(held), kind)}: no records of their own; they complete "
                f"the datasets that refer to them ({used:,} are referred to by what "
                "was read)"
            )
            shut = sum(not scicat.is_public(one) for one in held.values())
            if shut and kind != "instrument":
                yield (
                    f"{counted(shut, kind)} not marked isPublished: nothing but the "
                    "number is taken over"
                )
        lost = sum(key not in self.datasets for key in self.blocks)
        if lost:
            yield f"{counted(lost, 'list')} of files of datasets that were not read"
        if self.jobs:
            yield f"{counted(self.jobs, 'job')}: no metadata of data, left out"

    def beside_of(self, kind: str) -> Mapping[str, Document]:
        """Give what was read of a kind that datasets refer to."""
        held: Mapping[str, Document] = getattr(self.beside, f"{kind}s")
        return held


def counted(count: int, word: str) -> str:
    """Give a number with what it counts."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _status(answer: Mapping[str, Any]) -> str:
    """Give the status of an answer, when it is one."""
    status = answer.get("statusCode")
    return f" ({status})" if isinstance(status, int) else ""


def _refused(piece: Piece, code: str, told: str) -> Refused:
    return Refused(
        code, f"{piece.place}: {told}", piece.place, encoded(piece.value)[:RAW]
    )


def _newer(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return scicat.changed(one) >= scicat.changed(other)
