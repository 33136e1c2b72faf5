"""The crosswalk is complete and true: what it says is what the writers do."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest
from samples import MUON, RICH

from panharvest.formats import DOCUMENTS, READERS
from panharvest.formats.datacite import DataCite
from panharvest.formats.schemaorg import SchemaOrg
from panharvest.record import Origin, Provenance, Record
from panharvest.tables import read_table, resource
from panharvest.testing.losses import EMPTY, round_trip

if TYPE_CHECKING:
    from collections.abc import Callable

FORMS = ("datacite", "schemaorg", "dcat", "oai_dc")
ROWS = read_table(resource("crosswalk.tsv"), ("field", *FORMS))
NAMES = [field.name for field in fields(Record)]
# Fields that are told by others, or that are only written when others are empty.
FULL = replace(
    RICH,
    size_exact=False,
    provenance=Provenance(
        "oai",
        "1",
        Origin("https://example.org/oai", "oai:x:1", "2024", "urn:x", "2024"),
    ),
)
ALONE = {
    "id": {"pid": None, "id": "local/1", "landing_page": "https://example.org/1"},
    "files": {"size": None, "file_count": None},
    "size": {"files": ()},
    "formats": {"files": ()},
    "issued": {"embargo": None, "issued": RICH.modified},
    "file_count": {"files": ()},
    "publication_year": {
        "publication_year": "2019",
        "embargo": None,
        "issued": None,
        "collected": None,
        "created": None,
        "modified": None,
    },
    "landing_page": {},
}


def test_every_field_has_a_row_and_every_form_a_cell() -> None:
    assert [row["field"] for row in ROWS] == NAMES
    for row in ROWS:
        for form in FORMS:
            cell = row[form]
            assert cell, (row["field"], form)
            assert not cell.startswith("–") or len(cell) > 10, (row["field"], form)


def emptied(record: Record, name: str) -> Record:
    """Take a field away, or put another value where there must be one."""
    other = {
        "id": "local/2",
        "kind": MUON.kind if record.kind != MUON.kind else "document",
        "size_exact": not record.size_exact,
    }
    value = getattr(record, name)
    empty = () if isinstance(value, tuple) else None
    return replace(record, **{name: other.get(name, empty)})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["field"])
def test_a_field_is_written_where_the_crosswalk_says(
    form: str, row: dict[str, str]
) -> None:
    name = row["field"]
    record = replace(FULL, **ALONE.get(name, {}))
    assert name in ("size_exact", "kind") or getattr(record, name) not in EMPTY
    changed = emptied(record, name)
    if name == "kind":
        record = replace(record, resource_type=None)
        changed = replace(record, kind="document")
    written = DOCUMENTS[form].write(record)
    assert written is not None
    differs = DOCUMENTS[form].write(changed) != written
    assert differs is not row[form].startswith("–"), row[form]


def test_a_round_trip_loses_what_the_table_says(
    golden: Callable[[str, bytes], None],
) -> None:
    forms = ("datacite", "datacite-json", "schemaorg", "rdf", "dcat", "oai_dc", "pan")
    found = {form: round_trip(RICH, form) for form in forms}
    lines = ["field\t" + "\t".join(forms)]
    lines += [
        name + "\t" + "\t".join(found[form][name] for form in forms)
        for name in found["pan"]
    ]
    golden("formats/losses.tsv", ("\n".join(lines) + "\n").encode())
    assert set(found["pan"].values()) == {"kept"}


def test_the_rich_record_has_every_field() -> None:
    lacking = {name for name in NAMES if getattr(RICH, name) in EMPTY}
    assert lacking == {"publication_year"}  # another field tells it
    assert len(NAMES) - len(lacking) >= 45


def test_datacite_to_schemaorg_and_back_loses_nothing_that_datacite_carries() -> None:
    document = DataCite().write(RICH)
    assert document is not None
    once = DataCite().read(document).record
    forth = SchemaOrg().write(once)
    assert forth is not None
    again = SchemaOrg().read(forth).record
    lost = {n for n in NAMES if getattr(once, n) != getattr(again, n)}
    assert len(lost) <= 2
    assert lost == set()


# What the best general converter loses of such a record; each is kept here.
ELEVEN: dict[str, Callable[[Record], object]] = {
    "technique with its IRI": lambda r: r.techniques,
    "relations": lambda r: [(x.identifier, x.type) for x in r.relations],
    "when it was collected": lambda r: r.collected,
    "sizes": lambda r: (r.size, r.file_count, r.extents),
    "publisher with its ROR": lambda r: r.publisher,
    "roles of contributors": lambda r: [c.role for c in r.contributors],
    "access rights": lambda r: r.access,
    "embargo": lambda r: r.embargo,
    "funder identifier and award": lambda r: r.funding,
    "alternate identifiers": lambda r: r.alternate_identifiers,
    "instrument": lambda r: r.instruments,
}


@pytest.mark.parametrize("name", ELEVEN)
def test_what_a_general_converter_loses_is_kept(name: str) -> None:
    given = DataCite().write(RICH)
    assert given is not None
    record = DataCite().read(given).record
    for form in ("schemaorg", "datacite", "pan", "datacite-json"):
        document = DOCUMENTS[form].write(record)
        assert document is not None
        found = READERS[form].read(document).record
        assert ELEVEN[name](found) == ELEVEN[name](RICH), form


def test_the_json_has_the_names_of_datacite() -> None:
    """Every key that DataCite's own JSON of such a record has is spelt as there."""
    document = DOCUMENTS["datacite-json"].write(RICH)
    assert document is not None
    found = json.loads(document)
    assert found["types"]["resourceTypeGeneral"] == "Dataset"
    assert found["creators"][0]["nameIdentifiers"][0]["nameIdentifierScheme"] == "ORCID"
    assert found["publicationYear"] == 2024
    assert found["geoLocations"][0]["geoLocationPoint"]["pointLatitude"] == 45.2068
    assert found["relatedItems"][0]["titles"][0]["title"]
    assert found["rightsList"][0]["rightsUri"].startswith("info:eu-repo")
