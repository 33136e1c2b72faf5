"""Documents of ICAT+ (the ESRF's interface to ICAT) as entries.

Its datasets and investigations are not written as ICAT writes them: a parameter's value
is always text, people have no account between them and their role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import Entry, Refused
from panharvest.sources.catalogues.files import RAW, Piece, encoded, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SYSTEM = "icat"
# Of an investigation, in what belongs to it.
OF_INVESTIGATION = (
    *("id", "name", "visitId", "title", "summary", "doi", "startDate", "endDate"),
    *("releaseDate", "instrument", "type", "investigationInstruments"),
)

Document = dict[str, Any]


def entity_of(document: Mapping[str, Any]) -> str | None:
    """Tell whether a document is a dataset or an investigation."""
    has = document.keys()
    if "investigation" in has or has & {"sampleName", "instrumentName", "techniques"}:
        return "PlusDataset" if has & {"name", "id"} else None
    if has & {"visitId", "releaseDate", "investigationUsers", "canAccessDatasets"}:
        return "PlusInvestigation"
    return None


def entry(document: Mapping[str, Any], entity: str) -> Entry | None:
    """Make an entry; None when it has no id."""
    key = identity(document, "id", "doi")
    if key is None:
        return None
    whole = dict(document)
    held = whole.get("investigation")
    names = []
    if isinstance(held, dict):
        whole["investigation"] = {
            name: held[name] for name in OF_INVESTIGATION if name in held
        }
        names = [identity(held, "name"), identity(held, "visitId")]
    for name in ("investigationUsers",):
        if isinstance(whole.get(name), list):
            whole[name] = [
                {k: v for k, v in one.items() if k != "email"}
                for one in whole[name]
                if isinstance(one, dict)
            ]
    if entity == "PlusInvestigation":
        names = [identity(document, "name"), identity(document, "visitId")]
    else:
        names.append(identity(document, "name"))
    # dataset names repeat within a visit; the id tells them apart
    local = "/".join([*(one for one in names if one), key])
    return Entry(
        id=f"{entity.removeprefix('Plus')}:{key}",
        system=SYSTEM,
        entity=entity,
        document=whole,
        local=local,
    )


@dataclass(slots=True)
class Catalogue:
    """What was read, with investigations put into their datasets."""

    investigations: dict[str, Document] = field(default_factory=dict)
    datasets: dict[str, Document] = field(default_factory=dict)

    def take(self, pieces: Iterable[Piece | Refused]) -> Iterator[Refused]:
        """Sort documents in; gives what is none."""
        for piece in pieces:
            if isinstance(piece, Refused):
                yield piece
                continue
            entity = entity_of(piece.value)
            key = identity(piece.value, "id", "doi")
            if entity is None or key is None:
                told = "neither a dataset nor an investigation of ICAT+"
                yield Refused(
                    "document.unknown",
                    f"{piece.place}: {told}",
                    piece.place,
                    encoded(piece.value)[:RAW],
                )
            elif entity == "PlusDataset":
                self.datasets[key] = piece.value
            else:
                self.investigations[key] = piece.value

    def entries(self) -> Iterator[Entry]:
        """Give investigations, and datasets with theirs."""
        for one in self.investigations.values():
            if made := entry(one, "PlusInvestigation"):
                yield made
        for one in self.datasets.values():
            if made := entry(completed(one, self.investigations), "PlusDataset"):
                yield made

    def notes(self) -> Iterator[str]:
        """Say nothing: what is no record is refused."""
        yield from ()


def completed(
    dataset: Mapping[str, Any], investigations: Mapping[str, Document]
) -> Document:
    """Put what is known of a dataset's investigation where it has only a part of it."""
    held = dataset.get("investigation")
    key = identity(held, "id") if isinstance(held, dict) else None
    key = key or identity(dataset, "investigationId")
    known = investigations.get(key or "")
    if known is None:
        return dict(dataset)
    part = held if isinstance(held, dict) else {}
    given = {k: v for k, v in part.items() if v is not None}
    return {**dataset, "investigation": {**known, **given}}
