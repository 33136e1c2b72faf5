"""Formulas are put in one order where they can be read, and left alone where not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.formulas import hill_formula


@pytest.mark.parametrize(
    ("text", "hill"),
    [
        ("SiO2", "O2Si"),
        ("O2 Si", "O2Si"),
        ("H2O", "H2O"),
        ("D2O", "D2O"),
        ("C6H12O6", "C6H12O6"),
        ("YBa2Cu3O6.5", "Ba2Cu3O6.5Y"),
        ("CuSO4.5H2O", "CuH10O9S"),
        ("CuSO4·5H2O", "CuH10O9S"),
    ],
)
def test_formulas(text: str, hill: str) -> None:
    assert hill_formula(text) == hill


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quartz",
        "Tb1-xYxCd6",
        "[Fe(CN)6]4-",
        "unknown",
        "a sample of SiO2",
        "Xx2",
        "(",
    ],
)
def test_what_is_no_formula(text: str) -> None:
    assert hill_formula(text) is None


@given(st.text(max_size=20))
def test_no_text_breaks_it(text: str) -> None:
    hill_formula(text)
