"""A SciCat 5: what an anonymous visitor gets from its interfaces 3 and 4.

Measured: lists of published data show the registered only, so that amending a DOI takes
it out of every list; interface 4 has a limit of 10 unless told, and does not read dates
in its filters; an empty ``where`` as a list is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from panharvest.testing.catalogues.base import Answer, Asked, CatalogueServer, Document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DATES = ("updatedAt", "createdAt", "registeredTime", "creationTime")
OPERATORS = {"inq", "nin", "and", "or", "like", "ilike", "gte", "lte", "gt", "lt"}


@dataclass(slots=True)
class SciCatServer(CatalogueServer):
    """A SciCat with documents of yours.

    Parameters
    ----------
    most
        A limit of the server's own, whatever is asked for.
    version4
        Whether it has interface 4.
    token
        What shows everything.
    password
        What gives the token, for any name.
    loopback
        Whether it is one from before version 4: filters are LoopBack's, what it does
        not know of a filter it does not heed, and people log in at another place.
    dates
        Whether filters of interface 3 read dates.
    """

    datasets: list[Document] = field(default_factory=list)
    published: list[Document] = field(default_factory=list)
    blocks: list[Document] = field(default_factory=list)
    instruments: list[Document] = field(default_factory=list)
    samples: list[Document] = field(default_factory=list)
    proposals: list[Document] = field(default_factory=list)
    most: int | None = None
    version4: bool = True
    token: str = "a-token"  # noqa: S105  (not one)
    password: str = "a-password"  # noqa: S105  (not one)
    loopback: bool = False
    dates: bool = True

    @property
    def api(self) -> str:
        """The address of the interface."""
        return f"{self.url}/api"

    def answer(self, asked: Asked) -> object:
        """Answer as the interfaces do."""
        parts = asked.parts()
        place = "users" if self.loopback else "auth"
        if asked.method == "POST" and parts == ["api", "v3", place, "login"]:
            if self.password.encode() not in asked.body:
                raise Answer(401, {"statusCode": 401, "message": "Unauthorized"})
            raise Answer(201, {"access_token": self.token, "id": self.token})
        all_seen = asked.headers.get("authorization") == f"Bearer {self.token}"
        match parts:
            case ["api", "v3", name]:
                return self._list3(name, asked, all_seen)
            case ["api", "v3", "datasets", pid]:
                return self._dataset(pid, all_seen)
            case ["api", "v3", "publisheddata", doi]:
                return self._published3(doi, all_seen)
            case ["api", "v4", "publisheddata"] if self.version4:
                return self._list4(asked, all_seen)
            case ["api", "v4", "publisheddata", doi] if self.version4:
                return self._published4(doi, all_seen)
            case ["api", "v4", "datasets", *_] if self.version4:
                raise Answer(401, {"statusCode": 401, "message": "Unauthorized"})
            case _:
                raise Answer(404, {"statusCode": 404, "message": "Cannot GET"})

    def _list3(self, name: str, asked: Asked, all_seen: bool) -> list[Document]:
        public = {
            str(one["pid"]) for one in self.datasets if one.get("isPublished") is True
        }
        seen: Mapping[str, Callable[[], Sequence[Document]]] = {
            "datasets": lambda: [
                one for one in self.datasets if all_seen or one["pid"] in public
            ],
            "origdatablocks": lambda: [
                one for one in self.blocks if all_seen or one["datasetId"] in public
            ],
            "samples": lambda: [
                one for one in self.samples if all_seen or one.get("isPublished")
            ],
            "proposals": lambda: [
                one for one in self.proposals if all_seen or one.get("isPublished")
            ],
            "instruments": lambda: self.instruments,
            "publisheddata": lambda: [
                version3(one)
                for one in self.published
                if all_seen or one.get("status") == "registered"
            ],
        }
        if name not in seen:
            raise Answer(404, {"statusCode": 404, "message": f"Cannot GET {name}"})
        filter_ = asked.json("filter")
        where = filter_.get("where", {})
        if not isinstance(where, dict):
            message = "match filter must be an expression in an object"
            raise Answer(400, {"statusCode": 400, "message": message})
        if not self.dates and any(key in DATES for key in where):
            return []
        found = [one for one in seen[name]() if matches3(one, where)]
        if self.loopback:
            limits, mark = filter_, " "
        else:
            limits, mark = filter_.get("limits", {}), ":"
        if self.loopback and "order" not in limits:
            return self._cut(found, limits.get("skip", 0), limits.get("limit"))
        key, _, direction = str(limits.get("order", "_id:asc")).partition(mark)
        direction = direction.casefold()
        found.sort(key=lambda one: str(one.get(key, "")), reverse=direction == "desc")
        return self._cut(found, limits.get("skip", 0), limits.get("limit"))

    def _cut(
        self, found: list[Document], skip: int, limit: int | None
    ) -> list[Document]:
        most = min(x for x in (limit, self.most, len(found) + 1) if x is not None)
        return found[skip : skip + most]

    def _dataset(self, pid: str, all_seen: bool) -> Document:
        found = next((one for one in self.datasets if one["pid"] == pid), None)
        if found is None:
            raise Answer(404, {"statusCode": 404, "message": "Not Found"})
        if found.get("isPublished") is not True and not all_seen:
            message = {"statusCode": 403, "message": "Unauthorized access"}
            raise Answer(403, message)
        return found

    def _published3(self, doi: str, all_seen: bool) -> Document:
        for one in self.published:
            if one["doi"] == doi and (all_seen or one.get("status") == "registered"):
                return version3(one)
        raise Answer(404, {"statusCode": 404, "message": "No Published Data"})

    def _published4(self, doi: str, all_seen: bool) -> Document:
        shown = ("registered", "public", "amended")
        for one in self.published:
            if one["doi"] == doi and (all_seen or one.get("status") in shown):
                return one
        raise Answer(404, {"statusCode": 404, "message": "No Published Data"})

    def _list4(self, asked: Asked, all_seen: bool) -> list[Document]:
        filter_ = asked.json("filter")
        where = filter_.get("where", {})
        found = [
            one
            for one in self.published
            if (all_seen or one.get("status") == "registered") and matches4(one, where)
        ]
        limits = filter_.get("limits", {})
        sort = limits.get("sort", {"createdAt": "desc"})
        for key, direction in reversed(list(sort.items())):
            found.sort(
                key=lambda one, key=key: str(one.get(key, "")),  # type: ignore[misc]  # key is bound
                reverse=direction == "desc",
            )
        return self._cut(found, limits.get("skip", 0), limits.get("limit", 10))


def version3(one: Document) -> Document:
    """Give published data as interface 3 has it: names of creators, no more of them."""
    metadata = one.get("metadata") or {}
    publisher = metadata.get("publisher") or one.get("publisher")
    plain = {k: v for k, v in one.items() if k not in ("metadata", "datasetPids")}
    if metadata:
        plain["creator"] = [c.get("name") for c in metadata.get("creators", [])]
        plain["publisher"] = (
            publisher.get("name") if isinstance(publisher, dict) else publisher
        )
        plain["publicationYear"] = metadata.get("publicationYear")
        plain["dataDescription"] = metadata.get("dataDescription")
    if "datasetPids" in one:
        plain["pidArray"] = one["datasetPids"]
    return plain


def matches3(one: Document, where: Mapping[str, Any]) -> bool:
    """Tell whether a document fits a filter of interface 3; dates are read."""
    for key, wanted in where.items():
        if key in ("and", "or"):
            results = [matches3(one, part) for part in wanted]
            if not (all(results) if key == "and" else any(results)):
                return False
            continue
        value = one.get(key)
        if not isinstance(wanted, dict):
            if value != wanted:
                return False
            continue
        for operator, operand in wanted.items():
            if operator not in OPERATORS:
                return False  # what it does not know fits nothing (between)
            if not _compare(operator, value, operand):
                return False
    return True


def _compare(operator: str, value: Any, operand: Any) -> bool:  # noqa: ANN401 - JSON
    if operator == "inq":
        return value in operand
    if operator == "nin":
        return value not in operand
    if operator in ("like", "ilike"):
        return re.search(str(operand), str(value), re.IGNORECASE) is not None
    if value is None:
        return False
    one, two = str(value), str(operand)
    compared = {"gte": one >= two, "lte": one <= two, "gt": one > two, "lt": one < two}
    return compared[operator]


def matches4(one: Document, where: Mapping[str, Any]) -> bool:
    """Tell whether a document fits a filter of interface 4: dates are not read."""
    for key, wanted in where.items():
        value = one.get(key)
        if not isinstance(wanted, dict):
            if value != wanted:
                return False
            continue
        for operator, operand in wanted.items():
            if key in DATES:  # stored as a date, compared with a text: never
                return False
            name = operator.removeprefix("$")
            if name == "in":
                name = "inq"
            if name not in OPERATORS or not _compare(name, value, operand):
                return False
    return True
