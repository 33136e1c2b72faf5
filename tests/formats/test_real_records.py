"""Real metadata of DataCite, put into records, comes out valid in every format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from places import SHARED
from xsd import assert_valid

from panharvest.checks import check
from panharvest.formats import FORMATS
from panharvest.record import (
    Agent,
    Identifier,
    Kind,
    Level,
    Licence,
    Moment,
    Nature,
    Record,
    Relation,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = ("datacite_api_dois.json", "esrf-dc-2493599001.json")
NATURES = {"Personal": Nature.PERSONAL, "Organizational": Nature.ORGANISATIONAL}


def documents() -> Iterator[dict[str, Any]]:
    for name in FILES:
        file = SHARED / "records" / "datacite" / name
        if file.is_file():
            data = json.loads(file.read_text(encoding="utf-8"))["data"]
            yield from (d["attributes"] for d in (data if name == FILES[0] else [data]))


def record_of(found: dict[str, Any]) -> Record:
    """Put what a record can hold into one, as it is."""
    rights = next(iter(found["rightsList"] or []), None)
    return Record(
        id=found["doi"],
        kind=Kind.DATASET,
        pid=Identifier(found["doi"], "DOI"),
        titles=tuple(
            Text(t["title"], t.get("titleType"), t.get("lang")) for t in found["titles"]
        ),
        descriptions=tuple(
            Text(d["description"], d.get("descriptionType"), d.get("lang"))
            for d in found["descriptions"] or []
        ),
        creators=tuple(
            Agent(
                c["name"],
                NATURES.get(c.get("nameType")),
                c.get("givenName"),
                c.get("familyName"),
                tuple(
                    Identifier(i["nameIdentifier"], i["nameIdentifierScheme"])
                    for i in c.get("nameIdentifiers") or []
                ),
            )
            for c in found["creators"]
        ),
        publisher=Agent(found["publisher"]),
        issued=Moment(str(found["publicationYear"])),
        keywords=tuple(s["subject"] for s in found["subjects"] or []),
        relations=tuple(
            Relation(
                Identifier(r["relatedIdentifier"], r["relatedIdentifierType"]),
                r["relationType"],
            )
            for r in found["relatedIdentifiers"] or []
        ),
        licence=Licence(None, rights.get("rightsUri"), rights.get("rights"))
        if rights
        else None,
        language=found["language"],
        version=found["version"],
        formats=tuple(found["formats"] or []),
    )


@pytest.mark.parametrize("prefix", sorted(FORMATS))
def test_real_metadata_are_valid(prefix: str) -> None:
    found = [record_of(document) for document in documents()]
    if not found:
        pytest.skip("the folder of real files (../shared/data) is not here")
    assert len(found) == 26
    for record in found:
        assert not [p for p in check(record) if p.level is Level.ERROR], record.id
        body = FORMATS[prefix].write(record)
        assert body is not None
        assert_valid(body)
