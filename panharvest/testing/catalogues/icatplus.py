"""An ICAT+: investigations for sessions, datasets for everybody, metadata of DOIs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from panharvest.testing.catalogues.base import Answer, Asked, CatalogueServer, Document


@dataclass(slots=True)
class IcatPlusServer(CatalogueServer):
    """An ICAT+ with documents of yours; ``dois`` are the ``json-datacite`` of DOIs."""

    investigations: list[Document] = field(default_factory=list)
    datasets: list[Document] = field(default_factory=list)
    dois: dict[str, Document] = field(default_factory=dict)
    password: str = "a-password"  # noqa: S105  (not one)
    session: str = "a-session"

    def answer(self, asked: Asked) -> object:
        """Answer as ICAT+ does."""
        match asked.parts():
            case ["session"] if asked.method == "POST":
                given = json.loads(asked.body)
                if given.get("password") != self.password:
                    raise Answer(403, {"message": "wrong credentials"})
                return {"sessionId": self.session, "lifeTimeMinutes": 120}
            case ["catalogue", "datasets"]:
                filters = {"investigationIds", "datasetIds", "startDate", "search"}
                if not filters & asked.query.keys():
                    raise Answer(400, {"message": "at least one filter is needed"})
                found = self.datasets
                if ids := asked.query.get("datasetIds"):
                    found = [one for one in found if str(one["id"]) in ids.split(",")]
                if ids := asked.query.get("investigationIds"):
                    found = [
                        one
                        for one in found
                        if str(one["investigation"]["id"]) in ids.split(",")
                    ]
                return page(found, asked)
            case ["catalogue", session, "investigation"]:
                if session != self.session:
                    raise Answer(403, {"message": "invalid session"})
                found = self.investigations
                if asked.query.get("filter") == "released":
                    found = [one for one in found if one.get("canAccessDatasets", True)]
                if ids := asked.query.get("ids"):
                    found = [one for one in found if str(one["id"]) in ids.split(",")]
                return page(found, asked)
            case ["doi", prefix, suffix, "json-datacite"]:
                held = self.dois.get(f"{prefix}/{suffix}".lower())
                if held is None:
                    raise Answer(404, {"message": "no such DOI"})
                return held
            case _:
                raise Answer(404, {"message": "Not Found"})


def page(found: list[Document], asked: Asked) -> list[Document]:
    """Give a part of a list."""
    skip, limit = asked.query.get("skip", "0"), asked.query.get("limit", "10000")
    return found[int(skip) : int(skip) + int(limit)]
