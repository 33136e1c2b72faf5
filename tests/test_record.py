"""The record: its JSON form loses nothing, and a bad one says where it is bad."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from samples import POWDER

from panharvest.record import (
    Agent,
    Identifier,
    Kind,
    Moment,
    Parameter,
    Record,
    from_json,
    to_json,
)
from panharvest.testing.records import publishable_records, records


@given(records() | publishable_records())
def test_json_gives_the_record_back(record: Record) -> None:
    assert from_json(to_json(record)) == record
    assert to_json(from_json(to_json(record))) == to_json(record)


def test_a_full_record() -> None:
    assert from_json(to_json(POWDER).decode()) == POWDER


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (
            '{"id": "x", "kind": "raw", "titles": [{"value": 1}]}',
            r"\$\.titles\[0\]\.value",
        ),
        ('{"id": "x", "kind": "no such"}', r"\$\.kind"),
        ('{"kind": "raw"}', "id"),
        ('{"id": "x", "kind": "raw"', "truncated"),
        ("[]", "array"),
        (b"\xff", "invalid|malformed"),
        ("", "truncated"),
    ],
)
def test_a_bad_document_is_a_value_error_with_the_place(
    document: bytes | str, place: str
) -> None:
    with pytest.raises(ValueError, match=place):
        from_json(document)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_parameters_are_finite(value: float) -> None:
    with pytest.raises(ValueError, match=r"parameter energy: .* not a finite number"):
        Parameter("energy", value)
    with pytest.raises(ValueError, match=r"parameter energy: .* not a finite number"):
        Parameter("energy", 1.0, maximum=value)


def test_records_are_values() -> None:
    assert hash(POWDER) == hash(replace(POWDER))
    with pytest.raises(AttributeError):
        POWDER.kind = Kind.RAW


@pytest.mark.parametrize(
    ("text", "timed", "zoned", "day"),
    [
        ("2021", False, False, "2021"),
        ("2021-05-29", False, False, "2021-05-29"),
        ("2021-05-29T08:00:00", True, False, "2021-05-29"),
        ("2021-05-29T08:00:00.5Z", True, True, "2021-05-29"),
        ("2021-05-29T08:00:00-07:00", True, True, "2021-05-29"),
    ],
)
def test_moment(text: str, timed: bool, zoned: bool, day: str) -> None:
    moment = Moment(text)
    assert (moment.has_time, moment.zone_known, moment.day) == (timed, zoned, day)


def test_first_identifier_of_a_scheme() -> None:
    agent = Agent("A", identifiers=(Identifier("1", "ISNI"), Identifier("2", "ISNI")))
    assert agent.identifier("ISNI") == "1"
    assert agent.identifier("ORCID") is None


def test_a_record_that_was_stored_before_is_readable() -> None:
    """Fields that came later have their defaults."""
    stored = (
        '{"id": "x", "kind": "raw", "pid": {"value": "10.1234/x", "scheme": "DOI"}, '
        '"creators": [{"name": "Doe, J", "affiliations": [{"name": "A"}]}], '
        '"relations": [{"identifier": {"value": "10.1/y", "scheme": "DOI"}, '
        '"type": "Cites"}], "location": {"place": "Grenoble"}}'
    )
    record = from_json(stored)
    assert record.pid == Identifier("10.1234/x", "DOI")
    assert record.size_exact
    assert record.dates == record.related_items == ()
