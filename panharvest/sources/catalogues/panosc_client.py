"""A PaNOSC search API asked over HTTP: documents, datasets, and how they belong.

Providers, never the federation: it asks each of its providers for a part and cuts the
merged list, which loses records at every page. Every request has an include: one
implementation answers others with an error.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import CataloguePage, Entry, Position, Refused
from panharvest.errors import RetryError, StopError
from panharvest.sources.catalogues import panosc
from panharvest.sources.catalogues.files import entries_of, identity
from panharvest.sources.catalogues.http import Client, base_url, compact, rows
from panharvest.transport import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.sources.catalogues.options import SourceOptions

LIMIT = 50
ENDLESS = 200_000

Document = dict[str, Any]


def _relations(*names: str) -> list[Document]:
    return [{"relation": name} for name in names]


OF_DATASETS = _relations("techniques", "instrument", "samples", "parameters")
INCLUDE: dict[str, list[Document]] = {
    "Document": [
        {"relation": "datasets", "scope": {"include": OF_DATASETS}},
        {
            "relation": "members",
            "scope": {"include": _relations("person", "affiliation")},
        },
        {"relation": "parameters"},
    ],
    "Dataset": OF_DATASETS,
}


class Panosc:
    """A provider of the search API.

    Options: ``files=yes`` brings the lists of files of datasets.
    """

    def __init__(self, place: str, options: SourceOptions) -> None:
        self.name = base_url(place)
        self._client = Client(self.name, options)
        self._files = options.extra.get("files") == "yes"
        self._ordered = True
        self._notes: list[str] = []
        self._parents: dict[str, list[Document]] = {}
        if options.access.token:
            self._client.headers["Authorization"] = f"Bearer {options.access.token}"

    def pages(self, position: Position, now: float) -> Iterator[CataloguePage]:  # noqa: ARG002  (the seam's)
        """Give everything: nothing in this interface says what changed."""
        held = json.loads(position.checkpoint or "{}")
        if held.get("kind") == "Dataset":  # what belongs to what is asked for again
            for page, _ in self._list("Document", 0):
                self._relate(page)
        for kind in ("Document", "Dataset"):
            if held.get("kind") == "Dataset" and kind == "Document":
                continue
            start = int(held.get("skip", 0)) if held.get("kind") == kind else 0
            for page, skip in self._list(kind, start):
                if kind == "Document":
                    self._relate(page)
                entries, refused = self._entries(kind, page)
                checkpoint = json.dumps({"kind": kind, "skip": skip})
                yield CataloguePage(entries, refused, checkpoint=checkpoint)
        yield CataloguePage(last=True, notes=tuple(self._notes))

    def identifiers(self) -> Iterator[str]:
        """Give the ids of all documents and datasets."""
        for kind in ("Document", "Dataset"):
            for page, _ in self._list(kind, 0):
                for one in page:
                    if key := identity(one, "pid", "doi", "id"):
                        yield f"{kind}:{key}"

    def fetch(self, id: str) -> Entry | None:  # noqa: A002  (the seam's word)
        """Give one, by a list of it alone: some servers fail for ids they have not."""
        kind, _, key = id.partition(":")
        if kind not in INCLUDE:
            return None
        asked = {"where": {"pid": key}, "include": self._include(kind), "limit": 1}
        found = rows(self._ask(kind, asked), self.name)
        if not found or identity(found[0], "pid", "doi", "id") != key:
            return None
        return next(iter(self._entries(kind, [dict(found[0])])[0]), None)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _include(self, kind: str) -> list[Document]:
        extra = _relations("files") if self._files and kind == "Dataset" else []
        return [*INCLUDE[kind], *extra]

    def _ask(self, kind: str, asked: Mapping[str, Any]) -> object:
        return self._client.get(f"/{kind}s", [("filter", compact(dict(asked)))])

    def _count(self, kind: str) -> int | None:
        """Give how many there are, if it says; ``{"count": n}``, or the bare number."""
        try:
            found = self._client.get(f"/{kind}s/count", absent=True, attempts=1)
        except StoppedError:
            raise
        except (RetryError, StopError):
            return None
        if isinstance(found, dict):
            found = found.get("count")
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def _list(self, kind: str, skip: int) -> Iterator[tuple[list[Document], int]]:
        """Give pages, each with the number of rows up to its end."""
        seen: set[str] = set()
        begun = skip
        for _ in range(ENDLESS):
            asked: Document = {
                "include": self._include(kind),
                "limit": LIMIT,
                "skip": skip,
            }
            answer = self._page(kind, asked)
            page = [dict(one) for one in rows(answer, f"{self.name}/{kind}s")]
            if any("provider" in one for one in page):
                raise StopError(
                    f"{self.name}: this is a federation, whose pages lose records; ask "
                    "each of its providers instead"
                )
            keys = {identity(one, "pid", "doi", "id") or "" for one in page}
            if not page or not keys - seen:
                self._check(kind, seen, begun, page)
                return
            seen |= keys
            skip += len(page)
            yield page, skip
        raise RetryError(f"{self.name}: its list of {kind}s does not end")

    def _check(
        self, kind: str, seen: set[str], begun: int, page: Sequence[Document]
    ) -> None:
        """Tell when a list ended short of what the server counts."""
        total = self._count(kind)
        found = len(seen) + begun
        if total is not None and found < total:
            why = " (it gives the same page again)" if page else ""
            raise RetryError(
                f"{self.name}: {found:,} of {total:,} {kind}s were listed{why}"
            )

    def _page(self, kind: str, asked: Document) -> object:
        if self._ordered:
            try:
                return self._ask(kind, {**asked, "order": "pid ASC"})
            except StopError as error:
                if "HTTP 400" not in str(error):
                    raise
                self._ordered = False
                self._notes.append(
                    "it does not sort its lists: what changes while it is read may be "
                    "missed until the next run"
                )
        return self._ask(kind, asked)

    def _relate(self, page: Sequence[Document]) -> None:
        """Remember which documents a dataset belongs to: their dates hold for it."""
        for one in page:
            state: Document = {
                name: one[name]
                for name in ("pid", "doi", "isPublic", "releaseDate", "type")
                if name in one
            }
            parts = one.get("datasets")
            for dataset in parts if isinstance(parts, list) else ():
                key = identity(dataset, "pid") if isinstance(dataset, dict) else None
                if key is not None:
                    self._parents.setdefault(key, []).append(state)

    def _entries(
        self, kind: str, page: Sequence[Document]
    ) -> tuple[list[Entry], list[Refused]]:
        def make(one: Mapping[str, Any]) -> Entry | None:
            parents = self._parents.get(identity(one, "pid") or "")
            if kind == "Dataset" and parents and not one.get("documents"):
                one = {**one, "documents": parents}
            return panosc.entry(one, kind)

        return entries_of(page, make, f"{self.name}: a {kind} without identifier")
