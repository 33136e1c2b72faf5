"""What another library makes of our JSON is what we make of it."""

from __future__ import annotations

from dataclasses import fields

import pytest
from datacite import schema45
from samples import MUON, POWDER, RICH

from panharvest.formats.datacite import DataCite
from panharvest.formats.datacite.reading import read
from panharvest.formats.datacite.to_json import attributes
from panharvest.record import Record


@pytest.mark.parametrize("record", [POWDER, RICH], ids=["powder", "rich"])
def test_the_package_datacite_writes_the_same_xml_of_our_json(record: Record) -> None:
    ours = attributes(record, "4.5")
    assert ours is not None
    # the package wants the year as text, and knows no id
    theirs = {k: v for k, v in ours.items() if k != "id"}
    theirs["publicationYear"] = str(ours["publicationYear"])
    assert list(schema45.validator.iter_errors(theirs)) == []
    document = DataCite("4.5").write(record)
    assert document is not None
    again = read(schema45.tostring(theirs).encode()).record
    wanted = read(document).record
    different = [
        f.name
        for f in fields(Record)
        if getattr(again, f.name) != getattr(wanted, f.name)
    ]
    assert different == []


def test_without_a_doi_the_identifier_is_the_page() -> None:
    found = attributes(MUON)
    assert found is not None
    assert "doi" not in found
    assert found["identifiers"] == [
        {"identifierType": "URL", "identifier": MUON.landing_page}
    ]
    assert found["url"] == MUON.landing_page
