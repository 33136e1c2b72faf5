"""Identifiers, dates and tags: real ones pass, altered ones do not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest.record import Identifier
from panharvest.syntax import (
    bare_doi,
    is_before,
    is_doi,
    is_handle,
    is_language,
    is_moment,
    is_orcid,
    is_ror,
    url_of,
)


@pytest.mark.parametrize(
    "orcid", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"]
)
def test_orcids_of_the_specification(orcid: str) -> None:
    assert is_orcid(orcid)


@given(st.integers(0, 18), st.sampled_from("0123456789X"))
def test_one_wrong_digit_spoils_an_orcid(place: int, digit: str) -> None:
    orcid = "0000-0002-1825-0097"
    altered = orcid[:place] + digit + orcid[place + 1 :]
    assert is_orcid(altered) is (altered == orcid)


# ESRF, ILL, DESY, PSI, Lund University
RORS = ["02550n020", "01xtjs520", "01js2sh04", "03eh3y714", "012a77v79"]


@given(st.integers(0, 8), st.sampled_from("0123456789abcdefghjkmnpqrstvwxyz"))
def test_one_wrong_sign_spoils_a_ror(place: int, sign: str) -> None:
    ror = "https://ror.org/02550n020"
    altered = ror[: place + 16] + sign + ror[place + 17 :]
    assert is_ror(altered) is (altered == ror)


@pytest.mark.parametrize("ror", RORS)
def test_rors_of_facilities(ror: str) -> None:
    assert is_ror(f"https://ror.org/{ror}")
    assert not is_ror(ror)
    assert not is_ror(f"http://ror.org/{ror}")


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.15151/ESRF-ES-1", "10.15151/esrf-es-1"),
        ("https://doi.org/10.1234/a", "10.1234/a"),
        ("http://dx.doi.org/10.1234/a", "10.1234/a"),
        ("doi: 10.1234/a", "10.1234/a"),
        ("10.1000.10/x", "10.1000.10/x"),
    ],
)
def test_dois(text: str, doi: str) -> None:
    assert bare_doi(text) == doi
    assert is_doi(doi)


@pytest.mark.parametrize(
    "text", ["10.123/x", "10.1234", "10.1234/", "10.1234/a b", "x"]
)
def test_no_dois(text: str) -> None:
    assert not is_doi(text)


def test_handles() -> None:
    assert is_handle("21.11151/abc-def")
    assert not is_handle("21.11151")
    assert not is_handle("21.11151/a b")


@pytest.mark.parametrize(
    ("value", "scheme", "url"),
    [
        ("10.1234/A<b>", "DOI", "https://doi.org/10.1234/a%3Cb%3E"),
        ("21.1/x", "Handle", "https://hdl.handle.net/21.1/x"),
        ("10.1234/s", "IGSN", "https://doi.org/10.1234/s"),
        ("XXAB00001", "IGSN", None),
        ("https://example.org/x", "Anything", "https://example.org/x"),
        ("2101.00001", "arXiv", "https://arxiv.org/abs/2101.00001"),
        ("urn:nbn:de:1", "URN", None),
        ("", "DOI", None),
    ],
)
def test_addresses(value: str, scheme: str, url: str | None) -> None:
    assert url_of(Identifier(value, scheme)) == url


@given(st.dates())
def test_every_day_is_a_moment(day: date) -> None:
    assert is_moment(day.isoformat())
    assert is_moment(day.isoformat()[:7])
    assert is_moment(day.isoformat()[:4])


@given(st.datetimes())
def test_every_instant_is_a_moment(instant: datetime) -> None:
    text = instant.isoformat()
    assert is_moment(text)
    assert is_moment(text + "Z")
    assert is_moment(text + "+05:30")


@pytest.mark.parametrize(
    "text",
    [
        *("", "2021-13", "2023-02-29", "2021-5-1", "21-05-01", "0000", "2021-05-29T"),
        *("2021-05-29T24:00:00Z", "2021-05-29T08:60:00", "2021-05-29T08:00:00+24:00"),
        *("2021-05-29 08:00:00", "2021-05-29T08:00:00+0200", "２０２１-05-29"),
        "2021-05-29\n",
    ],
)
def test_no_moments(text: str) -> None:
    assert not is_moment(text)


@pytest.mark.parametrize(
    ("first", "second", "before"),
    [
        ("2021-05-29", "2021-05-30", True),
        ("2021-05-29", "2021-05-29", False),
        ("2021-05", "2021-05-29", False),
        ("2020", "2021", True),
        ("2021-05-29T08:00:00Z", "2021-05-29T09:00:00+02:00", False),
        ("2021-05-29T06:00:00Z", "2021-05-29T09:00:00+02:00", True),
        ("2021-05-29T08:00:00", "2021-05-29T09:00:00", True),
        ("2021-05-29T08:00:00", "2021-05-29T09:00:00Z", False),  # zone not known
        ("2021-05-28T08:00:00", "2021-05-29T09:00:00Z", True),
        ("never", "2021", False),
    ],
)
def test_before(first: str, second: str, before: bool) -> None:
    assert is_before(first, second) is before


@given(st.datetimes(), st.timedeltas(timedelta(0), timedelta(100)))
def test_time_passes(instant: datetime, passed: timedelta) -> None:
    if instant.year < 9990:
        later = instant + passed
        assert not is_before(later.isoformat(), instant.isoformat())


@pytest.mark.parametrize("tag", ["en", "de-AT", "zh-Hant-TW", "eng"])
def test_languages(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize("tag", ["", "e", "e n", "en_GB", "-en", "en-", "en\n"])
def test_no_languages(tag: str) -> None:
    assert not is_language(tag)
