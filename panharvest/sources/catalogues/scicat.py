"""Documents of SciCat as entries: what belongs together is put together.

A dataset gets its instruments, samples, proposals and files, published data the state
of its datasets. What is not published itself is never embedded: of a dataset that is
not there, or not published, nothing but its identifier and that fact is kept, and of a
sample or proposal nothing but its identifier.
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
# What a dataset takes over from its experiment: nobody's address, no plans.
OF_PROPOSALS = ("title", "pi_firstname", "pi_lastname")
TIMES = ("startTime", "endTime", "MeasurementPeriodList")
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


def dataset_id(document: Mapping[str, Any]) -> str | None:
    """Give the persistent identifier of a dataset."""
    return identity(document, "pid", "_id", "id")


def published_id(document: Mapping[str, Any]) -> str | None:
    """Give the DOI of published data, else what it is stored under."""
    return identity(document, "doi", "_id", "id", "pid")


def instrument_id(document: Mapping[str, Any]) -> str | None:
    """Give the identifier of an instrument."""
    return identity(document, "pid", "_id", "id")


def sample_id(document: Mapping[str, Any]) -> str | None:
    """Give the identifier of a sample."""
    return identity(document, "sampleId", "_id", "id")


def proposal_id(document: Mapping[str, Any]) -> str | None:
    """Give the number of a proposal."""
    return identity(document, "proposalId", "_id", "id")


@dataclass(slots=True)
class Beside:
    """What datasets refer to, by identifier."""

    instruments: dict[str, Document] = field(default_factory=dict)
    samples: dict[str, Document] = field(default_factory=dict)
    proposals: dict[str, Document] = field(default_factory=dict)


@dataclass(slots=True)
class Catalogue:
    """What was read of a SciCat, by what it is, to be put together."""

    datasets: dict[str, Document] = field(default_factory=dict)
    published: dict[str, Document] = field(default_factory=dict)
    beside: Beside = field(default_factory=Beside)
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
            "Dataset": (self.datasets, dataset_id),
            "PublishedData": (self.published, published_id),
            "Instrument": (self.beside.instruments, instrument_id),
            "Sample": (self.beside.samples, sample_id),
            "Proposal": (self.beside.proposals, proposal_id),
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
            yield dataset_entry(key, document, self.beside, self.blocks.get(key, ()))
        for key, document in self.published.items():
            yield published_entry(key, document, self.datasets, self.beside)

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
            shut = sum(not is_public(one) for one in held.values())
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
    beside: Beside,
    blocks: Iterable[Document] = (),
) -> Entry:
    """Put a dataset together."""
    whole = dict(document)
    # MongoDB keeps the identifier of a dataset as _id; a dump has nothing else
    whole.setdefault("pid", key)
    wanted = ("instrumentIds", "instrumentId")
    _embed(whole, ("instruments", "instrument"), wanted, beside.instruments, "pid")
    wanted = ("sampleIds", "sampleId")
    _embed(whole, ("samples", "sample"), wanted, beside.samples, "sampleId")
    wanted = ("proposalIds", "proposalId")
    _embed(whole, ("proposals", "proposal"), wanted, beside.proposals, "proposalId")
    for name in ("samples", "proposals"):
        # whoever put them there: what does not say that it is public is not passed on
        kept = [one for one in whole.pop(name, ()) if is_public(one)]
        if name == "proposals":
            kept = [taken for one in kept if (taken := _of_proposal(one, whole))]
        if kept:
            whole[name] = kept
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


def _embed(
    whole: Document,
    names: tuple[str, str],
    keys: tuple[str, ...],
    known: Mapping[str, Document],
    identifier: str,
) -> None:
    """Put related documents where the model has them, unless they are there already."""
    given = [one for name in names for one in _items(whole.pop(name, None)) if one]
    if not given:
        wanted = dict.fromkeys(one for key in keys for one in texts(whole.get(key)))
        given = [{**known[one], identifier: one} for one in wanted if one in known]
    if given:
        whole[names[0]] = given


def _of_proposal(one: Document, whole: Document) -> Document:
    """Keep what a dataset says of its experiment.

    Its time is the dataset's only where the dataset has none.
    """
    kept = {name: one[name] for name in OF_PROPOSALS if one.get(name)}
    if not any(whole.get(name) for name in ("startTime", "endTime", "creationTime")):
        kept |= {name: one[name] for name in TIMES if one.get(name)}
        periods = _items(kept.pop("MeasurementPeriodList", None))
        kept |= {
            "periods": [
                {name: period[name] for name in ("start", "end") if name in period}
                for period in periods
            ]
        }
    return {name: value for name, value in kept.items() if value}


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
    key: str,
    document: Mapping[str, Any],
    datasets: Mapping[str, Document],
    beside: Beside,
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
            wanted = ("instrumentIds", "instrumentId")
            names = ("instruments", "instrument")
            _embed(kept, names, wanted, beside.instruments, "pid")
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
