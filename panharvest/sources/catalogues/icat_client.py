"""An ICAT asked over its REST interface, object by object in the order of their ids.

What an anonymous session is shown is what ICAT's rules have released. A session of a
person or service may see more: then two keys are needed, a release date that has come
and, where the ICAT lets anonymous visitors in, that they are shown it. What has not
come yet they cannot be shown; it opens by its date. Release changes no modification
time, so that at the end of every run the identifiers are compared, and what visitors
are shown of all whose date has come.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from panharvest.catalogued import CataloguePage, Entry, Position
from panharvest.errors import RetryError, StopError
from panharvest.sources.catalogues import jpql
from panharvest.sources.catalogues.files import entries_of
from panharvest.sources.catalogues.http import Client, RefusalError, base_url
from panharvest.sources.catalogues.icat_dump import rest_entry
from panharvest.sources.catalogues.icat_sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from panharvest.sources.catalogues.options import SourceOptions

LIMIT = 100
IDS = 1000
OVERLAP = 3600.0
ENDLESS = 1_000_000

_PEOPLE = ("investigationUsers.user", "investigationInstruments.instrument")
INCLUDES: dict[str, tuple[str, ...]] = {
    "Investigation": (
        *("facility", "type", *_PEOPLE, "keywords", "publications"),
        *("samples.type", "parameters.type"),
    ),
    "Dataset": (
        *("type", "sample.type", "parameters.type", "investigation.facility"),
        *("investigation.type", *(f"investigation.{one}" for one in _PEOPLE)),
    ),
    "DataPublication": (
        *("facility", "type", "users.user", "users.affiliations", "dates"),
        *("relatedItems", "fundingReferences.funding"),
    ),
}
# What came with a version of ICAT's schema.
LATER: tuple[tuple[tuple[int, int], str, tuple[str, ...]], ...] = (
    (
        (5, 0),
        "Dataset",
        ("datasetInstruments.instrument", "datasetTechniques.technique"),
    ),
    ((5, 0), "Investigation", ("fundingReferences.funding",)),
    ((6, 2), "DataPublication", ("subjects",)),
)
# What is one object and no list.
LEAN = frozenset({"facility", "type", "investigation", "sample"})
# When it is released.
DATES = {
    "Investigation": "releaseDate",
    "Dataset": "investigation.releaseDate",
    "DataPublication": "publicationDate",
}
SHUT = "seenByAnonymous"  # member: false when its date has come and visitors see none


class Icat:
    """An ICAT from 4.10 on.

    Options: ``files=yes`` brings the datafiles, ``entities=Investigation`` reads only
    those (names with commas between them), ``anonymous=no`` lets the release dates
    alone decide of what a person or service is shown.
    """

    def __init__(self, place: str, options: SourceOptions) -> None:
        base = base_url(place).removesuffix("/icat")
        self.name = base
        self._client = Client(base, options)
        self._sessions = Sessions(self._client, options.access, base)
        self._extra = options.extra
        self._version: tuple[int, ...] = ()
        self._most = LIMIT

    def pages(self, position: Position, now: float) -> Iterator[CataloguePage]:
        """Give what changed, entity by entity."""
        self._prepare()
        held = json.loads(position.checkpoint or "{}")
        bookmark = json.loads(position.bookmark or "{}")
        begun = held.get("begun", now)
        since = held.get("since", bookmark.get("since"))
        todo = self._entities()
        if held.get("entity") in todo:
            todo = todo[todo.index(held["entity"]) :]
        read: dict[str, set[int]] = {entity: set() for entity in self._entities()}
        behind = position.checkpoint
        for entity in todo:
            last = held.get("after", 0) if held.get("entity") == entity else 0
            for objects in self._objects(entity, last, since):
                last = max(int(one["id"]) for one in objects)
                read[entity].update(int(one["id"]) for one in objects)
                behind = json.dumps(
                    {"entity": entity, "after": last, "since": since, "begun": begun}
                )
                yield self._page(entity, objects, behind)
        mark: dict[str, Any] = {"since": begun - OVERLAP}
        notes: list[str] = []
        if self._is_checked(notes):
            known = bookmark.get("shut") or {}
            mark["shut"] = {entity: self._shut(entity, notes) for entity in read}
            for entity, shut in mark["shut"].items():
                again = {*shut, *known.get(entity, ())} - read[entity]
                for objects in self._by_id(entity, sorted(again)):
                    yield self._page(entity, objects, behind)
        yield CataloguePage(bookmark=json.dumps(mark), last=True, notes=tuple(notes))

    def identifiers(self) -> Iterator[str]:
        """Give the ids of all objects that the session sees."""
        self._prepare()
        for entity in self._entities():
            yield from (f"{entity}:{one}" for one in self._ids(entity))

    def fetch(self, id: str) -> Entry | None:  # noqa: A002  (the seam's word)
        """Give one object; None: the session does not see it."""
        self._prepare()
        entity, _, key = id.partition(":")
        if entity not in INCLUDES or not key.isdigit():
            return None
        found = self._some(entity, [jpql.equals("id", int(key))], 1)
        if not found:
            return None
        self._mark(entity, found)
        return rest_entry(entity, found[0])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    # --- what the ICAT is asked ------------------------------------------------------

    def _prepare(self) -> None:
        if self._sessions.begun:
            return
        version = self._client.get("/icat/version")
        text = str(version.get("version", "")) if isinstance(version, dict) else ""
        numbers = [part for part in text.split(".") if part.isdigit()]
        if not numbers:
            raise StopError(f"{self.name}: it does not say that it is an ICAT")
        self._version = tuple(int(part) for part in numbers[:2])
        properties = self._client.get("/icat/properties", absent=True)
        if isinstance(properties, dict) and isinstance(
            most := properties.get("maxEntities"), int
        ):
            self._most = max(most, 1)
        else:
            self._most = IDS
        self._sessions.heed(properties)
        self._sessions.begin()

    def _ask(self, query: str, *, anonymous: bool = False) -> list[Any]:
        return self._sessions.ask(query, anonymous=anonymous)

    def _ids(
        self, entity: str, conditions: Sequence[str] = (), *, anonymous: bool = False
    ) -> Iterator[int]:
        """Give the ids of all objects that conditions hold for, in order."""
        last = 0
        for _ in range(ENDLESS):
            found = self._some_ids(
                entity, [jpql.after(last), *conditions], IDS, anonymous=anonymous
            )
            if not found or max(found) <= last:
                return
            last = max(found)
            yield from found

    def _some_ids(
        self, entity: str, conditions: Sequence[str], most: int, *, anonymous: bool
    ) -> list[int]:
        query = jpql.select(
            entity, conditions=conditions, attribute="id", limit=self._most_of(most)
        )
        answer = self._ask(query, anonymous=anonymous)
        return [one for one in answer if isinstance(one, int)]

    # --- what anonymous visitors are shown -------------------------------------------

    def _is_checked(self, notes: list[str]) -> bool:
        """Tell whether what visitors see is asked; notes why when it is not."""
        if self._sessions.is_anonymous:
            return False
        if self._extra.get("anonymous", "yes") == "no":
            notes.append("what anonymous visitors see was not asked (anonymous=no)")
            return False
        if not self._sessions.has_anonymous():
            notes.append(
                "it lets no anonymous visitor in: the release dates alone decide"
            )
            return False
        return True

    def _mark(self, entity: str, objects: Sequence[dict[str, Any]]) -> None:
        """Mark objects whose date has come although visitors are not shown them."""
        if not objects or not self._is_checked([]):
            return
        among = [jpql.among([int(one["id"]) for one in objects])]
        most = len(objects)
        seen = set(self._some_ids(entity, among, most, anonymous=True))
        if len(seen) == most:
            return
        past = [*among, jpql.past(DATES[entity])]
        come = set(self._some_ids(entity, past, most, anonymous=False))
        for one in objects:
            if one["id"] in come - seen:
                one[SHUT] = False

    def _shut(self, entity: str, notes: list[str]) -> list[int]:
        """Give the objects whose date has come although visitors do not see them."""
        come = set(self._ids(entity, [jpql.past(DATES[entity])]))
        shut = come - set(self._ids(entity, anonymous=True)) if come else come
        if shut:
            notes.append(
                f"{entity}: the release date of {len(come):,} has come, but anonymous "
                f"visitors do not see {len(shut):,} of them: those stay closed"
                + (
                    "; --option anonymous=no lets the dates alone decide"
                    if shut == come
                    else ""
                )
            )
        return sorted(shut)

    def _by_id(self, entity: str, ids: Sequence[int]) -> Iterator[list[dict[str, Any]]]:
        """Give objects by their ids; those that are gone are left to the sweep."""
        size = self._most_of(LIMIT)
        for start in range(0, len(ids), size):
            among = jpql.among(ids[start : start + size])
            last = 0
            while found := self._some(entity, [among, jpql.after(last)], size):
                last = max(int(one["id"]) for one in found)
                yield found

    def _some(
        self, entity: str, conditions: Sequence[str], limit: int
    ) -> list[dict[str, Any]]:
        """Ask for objects: fewer when those included with them are too many.

        An ICAT counts them too. Of a single object that has too many for itself the
        lists are left out.
        """
        include = self._include(entity)
        while True:
            query = jpql.select(
                entity, conditions=conditions, include=include, limit=limit
            )
            try:
                return self._objects_of(entity, self._ask(query))
            except RefusalError as error:
                if "attempt to return more than" not in error.said:
                    raise
                if limit > 1:
                    limit = (limit + 1) // 2
                elif include != (lean := _without_lists(include)):
                    include = lean
                else:
                    raise

    def _most_of(self, wanted: int) -> int:
        return max(1, min(wanted, self._most))

    def _entities(self) -> list[str]:
        wanted = self._extra.get("entities", "").split(",")
        known = [one for one in INCLUDES if one != "DataPublication"]
        if self._version >= (5, 0):
            known.append("DataPublication")
        chosen = [one.strip() for one in wanted if one.strip()]
        unknown = [one for one in chosen if one not in known]
        if unknown:
            raise StopError(
                f"entities: this ICAT has no '{unknown[0]}'; there are "
                f"{', '.join(known)}"
            )
        return chosen or known

    def _include(self, entity: str) -> list[str]:
        paths = list(INCLUDES[entity])
        for version, of, more in LATER:
            if of == entity and self._version >= version:
                paths += more
        if entity == "Dataset" and self._extra.get("files") == "yes":
            paths.append("datafiles")
        return paths

    def _objects(
        self, entity: str, last: int, since: float | None
    ) -> Iterator[list[dict[str, Any]]]:
        for _ in range(ENDLESS):
            conditions = [jpql.after(last)]
            if since is not None:
                conditions.append(jpql.since("modTime", since))
            found = self._some(entity, conditions, self._most_of(LIMIT))
            if not found:
                return
            if min(int(one["id"]) for one in found) <= last:
                raise RetryError(f"{self.name}: it gives the same objects again")
            last = max(int(one["id"]) for one in found)
            yield found
        raise RetryError(f"{self.name}: its list of {entity} does not end")

    def _page(
        self, entity: str, objects: Sequence[dict[str, Any]], checkpoint: str | None
    ) -> CataloguePage:
        self._mark(entity, objects)
        return CataloguePage(
            *entries_of(
                objects,
                lambda one: rest_entry(entity, one),
                f"{entity}: it has neither id nor name",
            ),
            checkpoint=checkpoint,
        )

    @staticmethod
    def _objects_of(entity: str, answer: Sequence[Any]) -> list[dict[str, Any]]:
        found = [
            one[entity]
            for one in answer
            if isinstance(one, dict) and isinstance(one.get(entity), dict)
        ]
        return [one for one in found if isinstance(one.get("id"), int)]


def _without_lists(paths: Sequence[str]) -> list[str]:
    """Leave the paths that lead to one object; of those already, the release date's."""
    lean = [one for one in paths if LEAN.issuperset(one.split("."))]
    if len(lean) < len(paths):
        return lean
    return [one for one in paths if one == "investigation.facility"]
