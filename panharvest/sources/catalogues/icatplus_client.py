"""ICAT+ asked over HTTP: released investigations where a session is given, datasets.

Without a session there are datasets only, and of their investigations what they bring
along. The DOI of an investigation has metadata of its own, with the creators.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from panharvest.catalogued import CataloguePage, Entry, Position, Refused
from panharvest.errors import RetryError, StopError
from panharvest.sources.catalogues import icatplus
from panharvest.sources.catalogues.files import entries_of, identity
from panharvest.sources.catalogues.http import Client, base_url, compact, rows
from panharvest.syntax import bare_doi, is_doi
from panharvest.transport import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from panharvest.sources.catalogues.options import SourceOptions

LIMIT = 100
ENDLESS = 200_000
ALL = "1900-01-01"  # at least one filter must be given

Document = dict[str, Any]


class IcatPlus:
    """An ICAT+.

    Options: ``datasets=no`` reads investigations only, ``creators=no`` leaves the
    metadata of DOIs out.
    """

    def __init__(self, place: str, options: SourceOptions) -> None:
        self.name = base_url(place)
        self._client = Client(self.name, options)
        self._access = options.access
        self._extra = options.extra
        self._session: str | None = options.access.token
        self._known: dict[str, Document] = {}
        self._notes: list[str] = []

    def pages(self, position: Position, now: float) -> Iterator[CataloguePage]:  # noqa: ARG002  (the seam's)
        """Give investigations, then datasets; nothing here says what changed."""
        self._log_in()
        held = json.loads(position.checkpoint or "{}")
        if self._session and held.get("kind") != "datasets":
            done = int(held.get("skip", 0))
            for page, skip in self._investigations(0):  # datasets need all of them
                if skip <= done:
                    continue
                entries, refused = self._entries(page, "PlusInvestigation")
                checkpoint = json.dumps({"kind": "investigations", "skip": skip})
                yield CataloguePage(entries, refused, checkpoint=checkpoint)
            held = {}
        elif self._session:
            for _ in self._investigations(0):  # datasets need them
                pass
        if self._extra.get("datasets") != "no":
            for page, place in self._datasets(held):
                entries, refused = self._entries(page, "PlusDataset")
                checkpoint = json.dumps({"kind": "datasets", **place})
                yield CataloguePage(entries, refused, checkpoint=checkpoint)
        yield CataloguePage(last=True, notes=tuple(self._notes))

    def identifiers(self) -> Iterator[str]:
        """Give the ids of all that is there."""
        self._log_in()
        if self._session:
            for page, _ in self._investigations(0):
                for one in page:
                    if key := identity(one, "id"):
                        yield f"Investigation:{key}"
        if self._extra.get("datasets") != "no":
            for page, _ in self._datasets({}):
                for one in page:
                    if key := identity(one, "id"):
                        yield f"Dataset:{key}"

    def fetch(self, id: str) -> Entry | None:  # noqa: A002  (the seam's word)
        """Give one as it is now; None: it is not there, or not released."""
        self._log_in()
        kind, _, key = id.partition(":")
        if kind == "Dataset":
            found = self._client.get(
                "/catalogue/datasets", [("datasetIds", key)], absent=True
            )
            entity = "PlusDataset"
        else:
            found = self._client.get(
                f"/catalogue/{quote(self._session or '', safe='')}/investigation",
                [("ids", key), ("filter", "released")],
                absent=True,
            )
            entity = "PlusInvestigation"
        mine = [
            dict(one)
            for one in (found if isinstance(found, list) else [])
            if isinstance(one, dict) and identity(one, "id") == key
        ]
        return next(iter(self._entries(mine, entity)[0]), None)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _log_in(self) -> None:
        access = self._access
        if self._session or not access.user:
            return
        given = {
            "plugin": access.plugin or "db",
            "username": access.user,
            "password": access.password or "",
        }
        held = self._client.post(
            "/session", compact(given).encode(), "application/json"
        )
        session = held.get("sessionId") if isinstance(held, dict) else None
        if not isinstance(session, str) or not session:
            raise StopError(f"{self.name}: logging in gave no session")
        self._session = session
        self._client.secrets.add(session)
        self._client.headers["Authorization"] = f"Bearer {session}"

    def _investigations(self, skip: int) -> Iterator[tuple[list[Document], int]]:
        path = f"/catalogue/{quote(self._session or '', safe='')}/investigation"
        given = [("filter", "released"), ("sortBy", "startDate"), ("sortOrder", "1")]
        for page, at in self._list(path, given, skip):
            for one in page:
                if key := identity(one, "id"):
                    self._known[key] = one
            yield page, at

    def _datasets(
        self, held: Document
    ) -> Iterator[tuple[list[Document], dict[str, int]]]:
        """Give pages of datasets, each with the place behind it.

        With a session investigation by investigation; without one whatever is shown.
        """
        path = "/catalogue/datasets"
        sort = [("sortBy", "startDate"), ("sortOrder", "1")]
        if not self._session:
            given = [("startDate", ALL), *sort]
            for page, skip in self._list(path, given, int(held.get("skip", 0))):
                yield page, {"skip": skip}
            return
        begin = int(held.get("investigation", 0))
        known = sorted(int(key) for key in self._known if key.isdigit())
        for key in known:
            if key < begin:
                continue
            given = [("investigationIds", str(key)), *sort]
            skip = int(held.get("skip", 0)) if key == begin else 0
            for page, at in self._list(path, given, skip):
                yield page, {"investigation": key, "skip": at}

    def _list(
        self, path: str, given: list[tuple[str, str]], skip: int
    ) -> Iterator[tuple[list[Document], int]]:
        seen: set[str] = set()
        shown = path.rpartition("/")[2]  # the path may have the session in it
        for _ in range(ENDLESS):
            parameters = [*given, ("limit", str(LIMIT)), ("skip", str(skip))]
            answer = self._client.get(path, parameters)
            page = [dict(one) for one in rows(answer, f"{self.name}: {shown}")]
            keys = {identity(one, "id") or "" for one in page}
            if not page or not keys - seen:
                return
            seen |= keys
            skip += len(page)
            yield page, skip
        raise RetryError(f"{self.name}: its list of {shown} does not end")

    def _entries(
        self, page: Sequence[Document], entity: str
    ) -> tuple[list[Entry], list[Refused]]:
        def make(one: Mapping[str, Any]) -> Entry | None:
            if entity == "PlusDataset":
                whole: Mapping[str, Any] = icatplus.completed(one, self._known)
            else:
                whole = self._with_creators(one)
            return icatplus.entry(whole, entity)

        return entries_of(page, make, f"{self.name}: a {entity} without id")

    def _with_creators(self, one: Mapping[str, Any]) -> Mapping[str, Any]:
        doi = bare_doi(str(one.get("doi") or ""))
        if not is_doi(doi) or self._extra.get("creators") == "no":
            return one
        prefix, _, suffix = doi.partition("/")
        path = f"/doi/{quote(prefix, safe='')}/{quote(suffix, safe='')}/json-datacite"
        try:
            found = self._client.get(
                path, absent=True, attempts=2, names=[prefix, suffix]
            )
        except StoppedError:
            raise
        except (RetryError, StopError):
            found = None
        return {**one, "datacite": found} if isinstance(found, dict) else one
