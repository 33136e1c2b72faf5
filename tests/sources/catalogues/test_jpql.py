"""Whatever reaches a query stays a value in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.sources.catalogues import jpql
from panharvest.testing.catalogues import Answer
from panharvest.testing.catalogues.icat import read_conditions

TEXT = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f"))


@given(TEXT)
def test_a_quoted_text_is_one_literal_and_comes_back(text: str) -> None:
    (test,) = read_conditions(jpql.equals("name", text))
    assert test({"name": text})
    assert not test({"name": f"{text}x"})


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1",
        "x' OR o.name <> '",
        "'",
        "''",
        "\\' OR 'a'='a",
        "x'; DELETE FROM Investigation",
        "{ts 2020-01-01 00:00:00}",
        "Å 10% _",
    ],
)
def test_an_injection_is_a_name_like_others(text: str) -> None:
    (test,) = read_conditions(jpql.equals("name", text))
    assert test({"name": text})
    assert not test({"name": "another"})


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\x7f", "\r"])
def test_control_characters_are_in_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="control"):
        jpql.quote(text)


@pytest.mark.parametrize("value", [True, -1, 1.5, "1 OR 1=1", "", None, "١", [1]])
def test_what_is_no_number_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        jpql.number(value)


@given(st.integers(0, 2**63))
def test_numbers_are_themselves(value: int) -> None:
    assert jpql.number(value) == jpql.number(str(value)) == str(value)


@pytest.mark.parametrize("text", ["o; x", "", "a b", "1a", "a..b", "a'", "é"])
def test_names_are_those_of_a_schema(text: str) -> None:
    with pytest.raises(ValueError, match="name"):
        jpql.select(text, limit=1)
    with pytest.raises(ValueError, match="name"):
        jpql.equals(text, 1)
    with pytest.raises(ValueError, match="name"):
        jpql.select("Dataset", include=[text], limit=1)


def test_a_query_reads_as_icat_wants_it() -> None:
    assert (
        jpql.select(
            "Dataset",
            conditions=[jpql.after(7), jpql.since("modTime", 0)],
            include=["type", "investigation.facility", "investigation.type"],
            limit=100,
        )
        == "SELECT o FROM Dataset o WHERE o.id > 7 AND o.modTime >= "
        "{ts 1970-01-01 00:00:00} ORDER BY o.id INCLUDE o.type AS v1, "
        "o.investigation AS v2, v2.facility AS v3, v2.type AS v4 LIMIT 0, 100"
    )


def test_the_server_of_tests_refuses_what_was_not_quoted() -> None:
    with pytest.raises(Answer):
        read_conditions("o.name = 'x' OR o.name <> 'y'")
