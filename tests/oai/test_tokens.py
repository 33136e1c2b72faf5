"""Resumption tokens: one spelling, one meaning, nobody else's."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.oai import tokens
from panharvest.oai.tokens import MAX_TOKEN, Position, seal, unseal

HERE = "pan.example.org"
KEY, OLD_KEY = b"k" * 32, b"old key of the repository"
NOW = 1_700_000_000
LONGEST = Position(
    verb="ListIdentifiers",
    prefix="p" * 32,
    set="s" * 160,
    first=-62_135_596_800,
    last=253_402_300_799,
    snapshot=253_402_300_799,
    after=(253_402_300_799, 2**63 - 1),
    cursor=10**12,
    size=10**12,
    expires=253_402_300_799,
)
SOME = Position(
    "ListRecords", "oai_dc", None, None, None, NOW, (NOW - 5, 7), 100, 250, NOW + 9
)

numbers = st.integers(-(2**40), 2**40)
positions = st.builds(
    Position,
    verb=st.sampled_from(["ListRecords", "ListIdentifiers"]),
    prefix=st.sampled_from(["oai_dc", "oai_datacite"]),
    set=st.none() | st.sampled_from(["openaire_data", "technique:PaNET01168"]),
    first=st.none() | numbers,
    last=st.none() | numbers,
    snapshot=numbers,
    after=st.none() | st.tuples(numbers, numbers),
    cursor=st.integers(0, 2**40),
    size=st.none() | st.integers(1, 2**40),
    expires=st.integers(NOW + 1, 2**40),
)


@given(positions)
def test_p23_a_position_survives_the_way_to_the_client_and_back(
    position: Position,
) -> None:
    token = seal(position, HERE, [KEY])
    assert unseal(token, HERE, [KEY], NOW) == position


@given(positions)
def test_p19_a_token_needs_no_escaping_anywhere(position: Position) -> None:
    token = seal(position, HERE, [KEY])
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert len(token) <= MAX_TOKEN


def test_p19_the_longest_token_fits() -> None:
    token = seal(LONGEST, HERE, [KEY])
    assert len(token) <= MAX_TOKEN
    assert unseal(token, HERE, [KEY], NOW) == LONGEST


def test_what_would_not_fit_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="too long"):
        seal(replace(LONGEST, set="s" * 300), HERE, [KEY])


def test_p20_a_new_key_signs_and_the_old_one_still_verifies() -> None:
    old = seal(SOME, HERE, [OLD_KEY])
    assert unseal(old, HERE, [KEY, OLD_KEY], NOW) == SOME
    assert unseal(old, HERE, [KEY], NOW) is None
    assert seal(SOME, HERE, [KEY, OLD_KEY]) == seal(SOME, HERE, [KEY])


@pytest.mark.parametrize("change", range(len(seal(SOME, HERE, [KEY]))))
def test_p21_any_altered_character_is_noticed(change: int) -> None:
    token = seal(SOME, HERE, [KEY])
    for other in "AZaz09-_":
        if other != token[change]:
            altered = token[:change] + other + token[change + 1 :]
            assert unseal(altered, HERE, [KEY], NOW) is None


def test_p21_a_cut_or_longer_token_is_noticed() -> None:
    token = seal(SOME, HERE, [KEY])
    for length in range(len(token)):
        assert unseal(token[:length], HERE, [KEY], NOW) is None
    assert unseal(token + "A", HERE, [KEY], NOW) is None
    assert unseal(token + "=", HERE, [KEY], NOW) is None
    assert unseal(" " + token, HERE, [KEY], NOW) is None


def test_p21_a_token_of_another_repository_is_refused() -> None:
    assert unseal(seal(SOME, "other.example.org", [KEY]), HERE, [KEY], NOW) is None


def test_p21_a_token_expires() -> None:
    token = seal(SOME, HERE, [KEY])
    assert unseal(token, HERE, [KEY], SOME.expires - 1) == SOME
    assert unseal(token, HERE, [KEY], SOME.expires) is None


@pytest.mark.parametrize("payload", [b"[1]", b"{}", b"\xff", b"[2" + b",1" * 10 + b"]"])
def test_p20_a_token_of_another_version_is_refused(payload: bytes) -> None:
    sealed = tokens._mac(payload, HERE, KEY) + payload
    token = urlsafe_b64encode(sealed).rstrip(b"=").decode()
    assert unseal(token, HERE, [KEY], NOW) is None


@given(st.text(max_size=600))
def test_p21_nothing_else_is_a_token(text: str) -> None:
    assert unseal(text, HERE, [KEY], NOW) is None
