"""A search API as three implementations of it answer.

``reference``: unknown relations are errors of the server. ``ill``: counts are bare
numbers, an unknown id is an error of the server, values are text. ``facade`` (in front
of a SciCat): a filter without include is refused, and sorting is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from panharvest.testing.catalogues.base import Answer, Asked, CatalogueServer, Document

RELATIONS = {
    "Datasets": {"techniques", "instrument", "samples", "parameters", "files"},
    "Documents": {"datasets", "members", "parameters"},
}


@dataclass(slots=True)
class PanoscServer(CatalogueServer):
    """A provider with documents of yours, whole: what is included is taken from them.

    Parameters
    ----------
    most
        A limit of the server's own.
    stuck
        It gives the first page again and again.
    federated
        It answers as the federation does, with the provider in every hit.
    """

    documents: list[Document] = field(default_factory=list)
    datasets: list[Document] = field(default_factory=list)
    kind: Literal["reference", "ill", "facade"] = "reference"
    most: int | None = None
    stuck: bool = False
    federated: bool = False

    @property
    def api(self) -> str:
        """The address of the interface."""
        return f"{self.url}/api"

    def answer(self, asked: Asked) -> object:
        """Answer as the implementation does."""
        match asked.parts():
            case ["api", ("Documents" | "Datasets") as name]:
                return self._list(name, asked)
            case ["api", ("Documents" | "Datasets") as name, "count"]:
                count = len(self._all(name))
                if self.kind == "facade":
                    raise Answer(400, {"error": {"message": "where is not an object"}})
                return count if self.kind == "ill" else {"count": count}
            case ["api", ("Documents" | "Datasets") as name, key]:
                for one in self._all(name):
                    if one.get("pid") == key:
                        return one
                raise Answer(500 if self.kind == "ill" else 404, {"error": {}})
            case _:
                raise Answer(404, {"error": {"message": "no such address"}})

    def _all(self, name: str) -> list[Document]:
        return self.documents if name == "Documents" else self.datasets

    def _list(self, name: str, asked: Asked) -> list[Document]:
        filter_ = asked.json("filter")
        include = filter_.get("include", [])
        if self.kind == "facade" and (not include or "order" in filter_):
            message = "match filter must be an expression in an object"
            raise Answer(400, {"error": {"statusCode": 400, "message": message}})
        unknown = {one["relation"] for one in include} - RELATIONS[name]
        if unknown:
            raise Answer(400 if self.kind == "ill" else 500, {"error": {}})
        found = list(self._all(name))
        if "pid" in (where := filter_.get("where", {})):
            found = [one for one in found if one.get("pid") == where["pid"]]
        if "order" in filter_:
            found.sort(key=lambda one: str(one.get("pid", "")))
        skip = 0 if self.stuck else filter_.get("skip", 0)
        limit = min(filter_.get("limit", 100), self.most or 10_000)
        made = [kept(one, include) for one in found[skip : skip + limit]]
        if self.federated:
            made = [{**one, "provider": "https://provider.example/api"} for one in made]
        return made


def kept(one: Document, include: list[Document]) -> Document:
    """Give a document with the relations that are included."""
    wanted = {each["relation"]: each.get("scope", {}) for each in include}
    relations = RELATIONS["Datasets"] | RELATIONS["Documents"]
    relations |= {"person", "affiliation", "documents"}
    made: Document = {}
    for name, value in one.items():
        if name not in relations:
            made[name] = value
        elif name in wanted:
            made[name] = _inner(value, wanted[name].get("include", []))
    return made


def _inner(value: Any, include: list[Document]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_inner(one, include) for one in value]
    return kept(value, include) if isinstance(value, dict) else value
