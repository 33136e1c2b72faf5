"""pan: every record comes back as it was, whatever is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from lxml import etree
from samples import MUON, POWDER

from panharvest.errors import SkipError
from panharvest.formats.pan import Pan, xsd
from panharvest.tables import resource
from panharvest.testing.datacite import carried_records
from panharvest.testing.records import publishable_records, records

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.record import Record


def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(xsd().encode()))


@given(records() | publishable_records() | carried_records())
def test_every_record_comes_back(record: Record) -> None:
    document = Pan().write(record)
    reading = Pan().read(document)
    assert reading.record == record
    assert reading.problems == ()


@given(records())
def test_it_is_valid(record: Record) -> None:
    valid = schema()
    assert valid.validate(etree.fromstring(Pan().write(record))), valid.error_log


@pytest.mark.parametrize("record", [POWDER, MUON], ids=["powder", "muon"])
def test_golden(record: Record, golden: Callable[[str, bytes], None]) -> None:
    name = "powder" if record is POWDER else "muon"
    root = etree.fromstring(Pan().write(record))
    golden(f"formats/pan-{name}.xml", etree.tostring(root, pretty_print=True))


def test_the_schema_that_is_shipped_is_the_one_of_the_record() -> None:
    shipped = resource("pan", "1.0.xsd").read_text(encoding="utf-8")
    assert shipped == xsd()


def test_what_a_later_version_says_is_reported_and_left() -> None:
    document = Pan().write(MUON).replace(b"</record>", b"<mood>good</mood></record>")
    reading = Pan().read(document)
    assert reading.record == MUON
    assert [p.field for p in reading.problems] == ["mood"]


def test_another_identifier_may_be_given() -> None:
    assert Pan().read(Pan().write(MUON), id="mine").record.id == "mine"


@pytest.mark.parametrize(
    "document",
    [
        b"<record/>",
        b"<a/>",
        Pan().write(MUON).replace(b"<kind>raw</kind>", b"<kind>odd</kind>"),
        Pan().write(MUON).replace(b"<kind>raw</kind>", b""),
        Pan().write(POWDER).replace(b">12500000000<", b">many<"),
        Pan().write(POWDER).replace(b'as="number">31.0<', b'as="number">nan<'),
        Pan()
        .write(MUON)
        .replace(b"<title", b"<title", 1)
        .replace(b"<record", b"<other"),
    ],
)
def test_what_is_no_record_is_refused(document: bytes) -> None:
    with pytest.raises(SkipError):
        Pan().read(document)
