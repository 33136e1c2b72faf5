"""An ICAT asked over its REST interface, object by object in the order of their ids.

What an anonymous session is shown is what ICAT's rules have released; a session of a
person or service may see more, and the release dates decide. Release changes no
modification time, so that the identifiers are compared at the end of every run.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from panharvest.catalogued import CataloguePage, Entry, Position, Refused
from panharvest.errors import RetryError, StopError
from panharvest.sources.catalogues import jpql
from panharvest.sources.catalogues.files import RAW, encoded
from panharvest.sources.catalogues.http import Client, base_url, compact
from panharvest.sources.catalogues.icat_dump import rest_entry
from panharvest.transport import StoppedError

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


class Icat:
    """An ICAT from 4.10 on.

    Options: ``files=yes`` brings the datafiles, ``entities=Investigation`` reads only
    those (names with commas between them).
    """

    def __init__(self, place: str, options: SourceOptions) -> None:
        base = base_url(place).removesuffix("/icat")
        self.name = base
        self._client = Client(base, options)
        self._access = options.access
        self._extra = options.extra
        self._session: str | None = None
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
        for entity in todo:
            last = held.get("after", 0) if held.get("entity") == entity else 0
            for objects in self._objects(entity, last, since):
                last = max(int(one["id"]) for one in objects)
                entries, refused = self._entries(entity, objects)
                checkpoint = {
                    "entity": entity,
                    "after": last,
                    "since": since,
                    "begun": begun,
                }
                yield CataloguePage(entries, refused, checkpoint=json.dumps(checkpoint))
        yield CataloguePage(bookmark=json.dumps({"since": begun - OVERLAP}), last=True)

    def identifiers(self) -> Iterator[str]:
        """Give the ids of all objects that the session sees."""
        self._prepare()
        for entity in self._entities():
            last = 0
            for _ in range(ENDLESS):
                query = jpql.select(
                    entity,
                    conditions=[jpql.after(last)],
                    attribute="id",
                    limit=min(IDS, self._most_of(IDS)),
                )
                found = [one for one in self._ask(query) if isinstance(one, int)]
                if not found or max(found) <= last:
                    break
                last = max(found)
                yield from (f"{entity}:{one}" for one in found)

    def fetch(self, id: str) -> Entry | None:  # noqa: A002  (the seam's word)
        """Give one object; None: the session does not see it."""
        self._prepare()
        entity, _, key = id.partition(":")
        if entity not in INCLUDES or not key.isdigit():
            return None
        query = jpql.select(
            entity,
            conditions=[jpql.equals("id", int(key))],
            include=self._include(entity),
            limit=1,
        )
        found = [one[entity] for one in self._ask(query) if entity in one]
        return rest_entry(entity, found[0]) if found else None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    # --- what the ICAT is asked ------------------------------------------------------

    def _prepare(self) -> None:
        if self._session is not None:
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
        self._log_in()

    def _log_in(self) -> None:
        access = self._access
        plugin = access.plugin or ("anon" if not access.user else "db")
        credentials = (
            [{"username": access.user}, {"password": access.password or ""}]
            if access.user
            else []
        )
        given = compact({"plugin": plugin, "credentials": credentials})
        held = self._client.post(
            "/icat/session",
            f"json={quote_plus(given)}".encode(),
            "application/x-www-form-urlencoded",
        )
        session = held.get("sessionId") if isinstance(held, dict) else None
        if not isinstance(session, str) or not session:
            raise StopError(f"{self.name}: logging in gave no session")
        self._session = session

    def _ask(self, query: str) -> list[Any]:
        for attempt in (1, 2):
            parameters = [("sessionId", self._session or ""), ("query", query)]
            try:
                answer = self._client.get("/icat/entityManager", parameters)
            except StoppedError:
                raise
            except StopError as error:
                expired = "403" in str(error) or "session" in str(error).casefold()
                if attempt == 1 and expired:
                    self._log_in()  # sessions last two hours
                    continue
                raise
            if not isinstance(answer, list):
                raise RetryError(f"{self.name}: the answer is not a list")
            return answer
        return []

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
            query = jpql.select(
                entity,
                conditions=conditions,
                include=self._include(entity),
                limit=self._most_of(LIMIT),
            )
            found = [
                one[entity]
                for one in self._ask(query)
                if isinstance(one, dict) and isinstance(one.get(entity), dict)
            ]
            found = [one for one in found if isinstance(one.get("id"), int)]
            if not found:
                return
            if min(int(one["id"]) for one in found) <= last:
                raise RetryError(f"{self.name}: it gives the same objects again")
            last = max(int(one["id"]) for one in found)
            yield found
        raise RetryError(f"{self.name}: its list of {entity} does not end")

    @staticmethod
    def _entries(
        entity: str, objects: Sequence[dict[str, Any]]
    ) -> tuple[list[Entry], list[Refused]]:
        entries, refused = [], []
        for one in objects:
            made = rest_entry(entity, one)
            if made is None:
                told = f"{entity}: it has neither id nor name"
                refused.append(
                    Refused("document.no-id", told, None, encoded(one)[:RAW])
                )
            else:
                entries.append(made)
        return entries, refused
