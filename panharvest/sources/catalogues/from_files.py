"""A source of documents in files: read whole, given in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from panharvest.catalogued import CataloguePage, Entry, Position, Refused
from panharvest.sources.catalogues import icat_dump, icatplus, panosc, scicat_files
from panharvest.sources.catalogues.files import json_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PAGE = 200


class Read(Protocol):
    """What was read of files."""

    def entries(self) -> Iterator[Entry]:
        """Give the documents, put together."""

    def notes(self) -> Iterator[str]:
        """Say what a person may want to know of what was read."""


def read_scicat(paths: Sequence[Path]) -> tuple[Read, list[Refused]]:
    """Read JSON of SciCat."""
    found = scicat_files.Catalogue()
    return found, list(found.take(json_pieces(paths)))


def read_panosc(paths: Sequence[Path]) -> tuple[Read, list[Refused]]:
    """Read JSON of a search API."""
    found = panosc.Catalogue()
    return found, list(found.take(json_pieces(paths)))


def read_icat(paths: Sequence[Path]) -> tuple[Read, list[Refused]]:
    """Read dumps of an ICAT, or JSON of its REST interface."""
    found = icat_dump.Catalogue()
    return found, list(found.take(paths))


def read_icatplus(paths: Sequence[Path]) -> tuple[Read, list[Refused]]:
    """Read JSON of ICAT+."""
    found = icatplus.Catalogue()
    return found, list(found.take(json_pieces(paths)))


READERS: dict[str, Callable[[Sequence[Path]], tuple[Read, list[Refused]]]] = {
    "scicat": read_scicat,
    "icat": read_icat,
    "icatplus": read_icatplus,
    "panosc": read_panosc,
}


class FileSource:
    """Files of one system; all of them are read together, for they refer to each other.

    Parameters
    ----------
    kind
        One of :data:`READERS`.
    name
        What these files are called in the store: the next ones with this name are
        newer ones of the same catalogue.
    """

    def __init__(self, kind: str, paths: Sequence[Path], name: str = "files") -> None:
        self.name = name
        self._kind = kind
        self._paths = list(paths)
        self._read: tuple[list[Entry], list[Refused], list[str]] | None = None
        self._by_id: dict[str, Entry] | None = None

    def _all(self) -> tuple[list[Entry], list[Refused], list[str]]:
        if self._read is None:
            found, refused = READERS[self._kind](self._paths)
            self._read = list(found.entries()), refused, list(found.notes())
            if not self._read[0]:
                self._read[2].insert(0, "there is no record in it")
        return self._read

    def pages(self, position: Position, now: float) -> Iterator[CataloguePage]:  # noqa: ARG002  (the seam's)
        """Give everything: a file does not say what changed."""
        entries, refused, notes = self._all()
        for start in range(0, max(len(entries), 1), PAGE):
            last = start + PAGE >= len(entries)
            yield CataloguePage(
                entries[start : start + PAGE],
                refused if start == 0 else (),
                last=last,
                notes=notes if last else (),
            )

    def identifiers(self) -> Iterator[str]:
        """Give the ids of all documents."""
        yield from (entry.id for entry in self._all()[0])

    def fetch(self, id: str) -> Entry | None:  # noqa: A002  (the seam's word)
        """Give a document."""
        if self._by_id is None:
            self._by_id = {one.id: one for one in self._all()[0]}
        return self._by_id.get(id)

    def close(self) -> None:
        """Forget what was read."""
        self._read = self._by_id = None
