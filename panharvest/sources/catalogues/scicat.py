"""Documents of SciCat as entries: what belongs together is put together.

A dataset gets its instruments, samples, proposals and files, published data the state
of its datasets. What is not published itself is never embedded: of a dataset that is
not there, or not published, nothing but its identifier and that fact is kept, and of a
sample or proposal nothing but its identifier.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Entry
from panharvest.sources.catalogues.files import identity, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SYSTEM = "scicat"
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

Document = dict[str, Any]


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
    return _entry("Dataset", key, whole)


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
    return _entry("PublishedData", key, whole)


def _entry(entity: str, key: str, whole: Document) -> Entry:
    return Entry(
        id=f"{entity}:{key}",
        system=SYSTEM,
        entity=entity,
        document=whole,
        modified=changed(whole) or None,
        local=key,
    )
