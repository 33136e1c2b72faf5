"""Documents of the PaNOSC search API as entries, whoever answered and how.

Members that are null or empty are kept as they are: a release date that is there and
empty is not the same as none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Entry, Refused
from panharvest.documents import parse_json
from panharvest.errors import SkipError
from panharvest.sources.catalogues.files import Piece, encoded, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SYSTEM = "searchapi"
RAW = 64 * 1024
FILES = 10_000

Document = dict[str, Any]


def entity_of(document: Mapping[str, Any], stem: str = "") -> str | None:
    """Tell whether a document is a ``Dataset`` or a ``Document``."""
    has = document.keys()
    if has & {"creationDate", "instrument", "techniques", "samples", "files"}:
        return "Dataset"
    if has & {"members", "datasets", "releaseDate", "summary", "doi", "type"}:
        return "Document"
    if "isPublic" in has and "title" in has:
        return "Document" if stem.startswith("document") else "Dataset"
    return None


def entry(
    document: Mapping[str, Any], entity: str, beside: Mapping[str, Any] | None = None
) -> Entry | None:
    """Make an entry; None when it has no identifier.

    ``beside`` is what a provider says elsewhere of the same thing (its landing page).
    """
    key = identity(document, "pid", "doi", "id")
    if key is None:
        return None
    whole = dict(document)
    if beside:
        whole["landing"] = dict(beside)
    for name in ("datasets", "documents"):
        if name in whole and isinstance(whole[name], list):
            # what is not public itself is not passed on by what it belongs to
            whole[name] = [
                one if one.get("isPublic") is True else _bare(one)
                for one in whole[name]
                if isinstance(one, dict)
            ]
    if isinstance(whole.get("files"), list):
        whole["files"] = whole["files"][:FILES]
    return Entry(
        id=f"{entity}:{key}",
        system=SYSTEM,
        entity=entity,
        document=whole,
        modified=None,
        local=key,
    )


def _bare(one: Mapping[str, Any]) -> Document:
    kept = ("isPublic", "releaseDate")  # nor what it is called
    return {name: one[name] for name in kept if name in one}


@dataclass(slots=True)
class Catalogue:
    """What was read, sorted; the members of LoopBack's file are joined."""

    found: dict[str, Entry] = field(default_factory=dict)
    instruments: int = 0

    def take(self, pieces: Iterable[Piece | Refused]) -> Iterator[Refused]:
        """Sort documents in; gives what is none."""
        for piece in pieces:
            if isinstance(piece, Refused):
                yield piece
            elif isinstance(piece.value.get("models"), dict):
                yield from self._memory(piece)
            elif isinstance(piece.value.get("panosc"), dict):
                beside = piece.value.get("document")
                yield from self._one(
                    Piece(piece.value["panosc"], piece.place, "document"),
                    beside if isinstance(beside, dict) else None,
                )
            elif isinstance(piece.value.get("document"), dict):
                yield from self._one(Piece(piece.value["document"], piece.place, ""))
                held = piece.value.get("datasets")
                for one in held if isinstance(held, list) else ():
                    if isinstance(one, dict):
                        yield from self._one(Piece(one, piece.place, "dataset"))
            else:
                yield from self._one(piece)

    def _one(
        self, piece: Piece, beside: Mapping[str, Any] | None = None
    ) -> Iterator[Refused]:
        entity = entity_of(piece.value, piece.stem)
        if entity is None and piece.value.keys() >= {"pid", "name", "facility"}:
            self.instruments += 1
            return
        if entity is None:
            told = "neither a dataset nor a document of the search API"
            if "isPublished" in piece.value or "pidArray" in piece.value:
                told += "; it looks like SciCat: panharvest ingest scicat"
            yield _refused(piece, "document.unknown", told)
            return
        made = entry(piece.value, entity, beside)
        if made is None:
            yield _refused(piece, "document.no-id", "it has no identifier")
        else:
            self.found[made.id] = made

    def _memory(self, piece: Piece) -> Iterator[Refused]:
        """Read the file of LoopBack's memory connector: models of texts of JSON."""
        models: dict[str, dict[str, Document]] = {}
        for table, (model, rows) in enumerate(piece.value["models"].items(), 1):
            held = models.setdefault(model, {})
            lines = rows if isinstance(rows, dict) else {}
            for row, (key, text) in enumerate(lines.items(), 1):
                place = f"{piece.place}: table {table}, row {row}"
                try:
                    value = parse_json(str(text).encode())
                except SkipError as error:
                    yield Refused(
                        error.code, f"{place}: {error}", place, str(text).encode()[:RAW]
                    )
                    continue
                if isinstance(value, dict):
                    held[str(key)] = value
        for made in joined(models):
            self.found[made.id] = made

    def entries(self) -> Iterator[Entry]:
        """Give what there is."""
        yield from self.found.values()

    def notes(self) -> Iterator[str]:
        """Say what was left out: instruments by themselves."""
        if self.instruments:
            yield (
                f"instruments by themselves: {self.instruments:,}, no records of their "
                "own; datasets bring theirs"
            )


def _refused(piece: Piece, code: str, told: str) -> Refused:
    return Refused(
        code, f"{piece.place}: {told}", piece.place, encoded(piece.value)[:RAW]
    )


def joined(models: Mapping[str, Mapping[str, Document]]) -> Iterator[Entry]:
    """Join the tables of the reference's database as its relations do."""

    def rows(model: str) -> Iterable[Document]:
        return models.get(model, {}).values()

    def get(model: str, key: object) -> Document | None:
        return models.get(model, {}).get(str(key))

    def through(
        model: str, mine: str, key: str, other: str, theirs: str
    ) -> list[Document]:
        found = [
            get(other, row.get(theirs)) for row in rows(model) if row.get(mine) == key
        ]
        return [one for one in found if one is not None]

    def many(model: str, mine: str, key: str) -> list[Document]:
        return [
            {name: value for name, value in row.items() if name != mine}
            for row in rows(model)
            if row.get(mine) == key
        ]

    datasets: dict[str, Document] = {}
    for key, one in models.get("Dataset", {}).items():
        whole = {name: value for name, value in one.items() if name != "instrumentId"}
        instrument = get("Instrument", one.get("instrumentId"))
        if instrument:
            whole["instrument"] = instrument
        whole["techniques"] = through(
            "DatasetTechnique", "datasetId", key, "Technique", "techniqueId"
        )
        whole["samples"] = through(
            "DatasetSample", "datasetId", key, "Sample", "sampleId"
        )
        whole["parameters"] = many("Parameter", "datasetId", key)
        whole["files"] = many("File", "datasetId", key)
        datasets[key] = whole
    for key, one in models.get("Document", {}).items():
        people = []
        for row in many("Member", "documentId", key):
            member = {
                "role": row.get("role"),
                "person": get("Person", row.get("personId")),
            }
            affiliation = get("Affiliation", row.get("affiliationId"))
            people.append(
                {**member, **({"affiliation": affiliation} if affiliation else {})}
            )
        parts = [
            datasets[str(row["datasetId"])]
            for row in rows("DocumentDataset")
            if row.get("documentId") == key and str(row.get("datasetId")) in datasets
        ]
        made = entry(
            {
                **one,
                "members": people,
                "datasets": parts,
                "parameters": many("Parameter", "documentId", key),
            },
            "Document",
        )
        if made is not None:
            yield made
    for whole in datasets.values():
        made = entry(whole, "Dataset")
        if made is not None:
            yield made
