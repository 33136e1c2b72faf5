"""Hypothesis strategies for records: wild ones, and ones fit to be published.

>>> from hypothesis import given
>>> @given(records())
... def test_check_never_raises(record): ...

Needs the extra ``test``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from panharvest.codelists import datacite, licences
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Checksum,
    Contributor,
    Embargo,
    Evidence,
    Facility,
    File,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Kind,
    Licence,
    Location,
    Moment,
    Nature,
    Origin,
    Parameter,
    Probe,
    Provenance,
    RadiationSource,
    Record,
    Relation,
    Sample,
    Service,
    Subject,
    Technique,
    Text,
    Withdrawal,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

# What breaks writers and harvesters: markup, controls, odd spaces, far planes.
_TRICKY = (
    "",
    " ",
    "a & b < c > d",
    "\"quoted\" 'both'",
    "]]>",
    "<p>HTML</p>",
    "two\nlines\r\n",
    "tab\tand \x0b bell \x07",
    "no\u00a0break\u2028line",
    "Ångström µ 氷 𝛼",
    "\ufffe\x00",
    ":unav",
    "{template}",
    "someone@example.org",
)
_URLS = (
    "https://example.org/a",
    "https://example.org/a b",
    "http://[",
    "https://example.org:port/",
    "https://example.org/%zz?q=<x>&y",
    "ftp://example.org/",
    "info:eu-repo/grantAgreement/EC/H2020/823852/EU",
    "not a url",
)
_SCHEMES = (
    *("DOI", "Handle", "ARK", "URL", "URN", "IGSN", "ORCID", "ROR", "ISNI", "RAiD"),
    *("Proposal", "Local", "SWHID", "Crossref Funder ID", "", "a <b>"),
)
_IDENTIFIERS = (
    *("10.1234/abc", "10.1234/A(b)<c>;2-#", "https://doi.org/10.1234/ABC", "10.1/x"),
    *("21.11151/abc", "hdl:21.11151/abc", "0000-0002-1825-0097", "0000-0002-1825-0098"),
    *("https://ror.org/02550n020", "https://ror.org/02550n021", "LS-3436"),
)
_MOMENTS = (
    *("2021", "2021-05", "2021-05-29", "2021-05-29T08:00:00", "2021-05-29T08:00:00Z"),
    *("2024-02-29T23:59:59.123456+02:00", "2023-02-29", "0000-01-01", "9999-12-31"),
    *("0001-01-01T00:00:00+14:00", "next tuesday", "", "２０２１"),
)
_LANGUAGES = ("en", "de-AT", "eng", "English", "e n", "x", "zh-Hant-TW", "")


def texts() -> SearchStrategy[str]:
    """Give texts as they are found: plain, tricky, and anything Unicode has."""
    return st.one_of(st.sampled_from(_TRICKY), st.text(max_size=12))


def words() -> SearchStrategy[str]:
    """Give texts that no check objects to."""
    letters = st.characters(categories=("Lu", "Ll", "Nd"), exclude_characters="\x00")
    return st.text(letters, min_size=3, max_size=12).map(lambda word: f"Quartz {word}")


def identifiers() -> SearchStrategy[Identifier]:
    """Give identifiers of all schemes, right and wrong."""
    values = st.one_of(st.sampled_from(_IDENTIFIERS + _URLS), texts())
    return st.builds(Identifier, values, st.sampled_from(_SCHEMES))


def moments() -> SearchStrategy[Moment]:
    """Give moments of all precisions, and texts that are none."""
    values = st.one_of(
        st.sampled_from(_MOMENTS),
        st.dates().map(date.isoformat),
        st.datetimes().map(datetime.isoformat),
    )
    return st.builds(Moment, values, _maybe(texts()))


def agents() -> SearchStrategy[Agent]:
    """Give people and organisations."""
    return st.builds(
        Agent,
        texts(),
        _maybe(st.sampled_from(Nature)),
        _maybe(texts()),
        _maybe(texts()),
        _some(identifiers()),
        _some(st.builds(Affiliation, texts(), _maybe(_urls()))),
    )


def parameters() -> SearchStrategy[Parameter]:
    """Give quantities, with and without unit and range."""
    return st.builds(
        Parameter,
        name=texts(),
        value=st.one_of(_numbers(), texts()),
        unit=_maybe(st.sampled_from(("keV", "Ao", "Cel", "1", "<unit>"))),
        maximum=_maybe(_numbers()),
        original_value=_maybe(texts()),
        original_unit=_maybe(texts()),
        iri=_maybe(_urls()),
    )


def techniques() -> SearchStrategy[Technique]:
    """Give techniques: terms, roots and specifiers of PaNET, other addresses."""
    panet = st.sampled_from(("01188", "01101", "00001", "2001000", "x")).map(
        "http://purl.org/pan-science/PaNET/PaNET{}".format
    )
    return st.builds(
        Technique,
        st.one_of(panet, _urls()),
        texts(),
        st.sampled_from(("skos:exactMatch", "skos:broadMatch", "owl:sameAs")),
        st.floats(-0.5, 1.5),
        _some(_evidence()),
    )


def records() -> SearchStrategy[Record]:
    """Give records in which anything may be missing or wrong."""
    return st.builds(Record, **_fields())


def publishable_records() -> SearchStrategy[Record]:
    """Give records whose mandatory fields are right; the others may be anything.

    Few have an error left (a file path that shows a disk, an embargo that ends before
    it begins): filter by ``check`` where that matters.
    """
    day = st.dates(date(1990, 1, 1), date(2090, 1, 1))
    started = st.builds(
        lambda first, days: Interval(
            Moment(first.isoformat()), Moment((first + timedelta(days)).isoformat())
        ),
        day,
        st.integers(0, 30),
    )
    named = st.builds(Agent, words(), st.sampled_from(Nature))
    right = {
        "id": st.integers(1).map("10.1234/{}".format),
        "pid": _maybe(st.integers(1).map(lambda n: Identifier(f"10.1234/{n}", "DOI"))),
        "landing_page": st.just("https://example.org/records/1"),
        "titles": _some(st.builds(Text, words()), 1),
        "creators": _some(named, 1),
        "publisher": named,
        "collected": started,
        "issued": day.map(lambda d: Moment(d.isoformat())),
        "embargo": st.none(),
        "licence": _maybe(st.sampled_from(sorted(licences())).map(Licence)),
        "techniques": st.just(()),
        "files": st.just(()),
    }
    return st.builds(Record, **{**_fields(), **right})


def _fields() -> dict[str, SearchStrategy[Any]]:
    """Give a strategy for every field of a record."""
    return {
        **_described(),
        **_measured(),
        **_dated(),
        "services": _some(st.builds(Service, texts(), _urls())),
        "relations": _some(_relations()),
        "funding": _some(_funding()),
        "provenance": _maybe(_provenance()),
        "withdrawal": _maybe(st.builds(Withdrawal, moments(), texts())),
    }


def _described() -> dict[str, SearchStrategy[Any]]:
    roles = _listed("contributorType")
    return {
        "id": texts(),
        "kind": st.sampled_from(Kind),
        "pid": _maybe(identifiers()),
        "alternate_identifiers": _some(identifiers()),
        "titles": _some(_typed("titleType")),
        "descriptions": _some(_typed("descriptionType")),
        "creators": _some(agents()),
        "contributors": _some(st.builds(Contributor, agents(), roles)),
        "publisher": _maybe(agents()),
        "keywords": _some(texts()),
        "subjects": _some(
            st.builds(Subject, texts(), _maybe(texts()), *[_maybe(_urls())] * 3)
        ),
        "language": _maybe(st.sampled_from(_LANGUAGES)),
        "version": _maybe(texts()),
        "landing_page": _maybe(_urls()),
        "location": _maybe(
            st.builds(
                Location,
                _maybe(texts()),
                _maybe(st.floats(-100, 100)),
                _maybe(st.floats(-200, 200)),
            )
        ),
    }


def _measured() -> dict[str, SearchStrategy[Any]]:
    count = st.integers(-(2**63), 2**63 - 1)
    digest = st.builds(Checksum, st.sampled_from(("md5", "sha256", "?")), texts())
    return {
        "facility": _maybe(
            st.builds(
                Facility,
                texts(),
                texts(),
                _maybe(_urls()),
                st.floats(-0.5, 1.5),
                _some(_evidence()),
            )
        ),
        "probes": _some(st.builds(Probe, texts(), _maybe(_urls()), _some(_evidence()))),
        "sources": _some(st.builds(RadiationSource, *[_maybe(texts())] * 3)),
        "instruments": _some(
            st.builds(Instrument, texts(), _maybe(texts()), _some(identifiers()))
        ),
        "techniques": _some(techniques()),
        "samples": _some(
            st.builds(Sample, *[_maybe(texts())] * 5, _some(identifiers()))
        ),
        "parameters": _some(parameters()),
        "measured_variables": _some(texts()),
        "files": _some(
            st.builds(
                File,
                texts(),
                _maybe(texts()),
                _maybe(_urls()),
                _maybe(count),
                _maybe(texts()),
                _maybe(digest),
            )
        ),
        "size": _maybe(count),
        "file_count": _maybe(count),
        "formats": _some(texts()),
        "definitions": _some(texts()),
    }


def _dated() -> dict[str, SearchStrategy[Any]]:
    one = _maybe(moments())
    return {
        "collected": _maybe(st.builds(Interval, one, one)),
        "created": one,
        "modified": one,
        "issued": one,
        "embargo": _maybe(st.builds(Embargo, one, one)),
        "access": _maybe(
            st.builds(Access, st.sampled_from(AccessStatus), _maybe(texts()))
        ),
        "licence": _maybe(
            st.builds(
                Licence,
                _maybe(st.sampled_from(("CC-BY-4.0", "CC0-1.0", "CC BY 4.0"))),
                _maybe(_urls()),
                _maybe(texts()),
            )
        ),
    }


def _relations() -> SearchStrategy[Relation]:
    return st.builds(
        Relation,
        identifiers(),
        _listed("relationType"),
        _maybe(texts()),
        _maybe(st.sampled_from(("experiment", "JournalArticle", "no such kind"))),
        _maybe(texts()),
    )


def _funding() -> SearchStrategy[Funding]:
    return st.builds(
        Funding,
        st.one_of(texts(), st.just("Horizon 2020")),
        _maybe(identifiers()),
        _maybe(texts()),
        _maybe(_urls()),
        _maybe(texts()),
    )


def _provenance() -> SearchStrategy[Provenance]:
    origin = st.builds(Origin, *[texts()] * 5, st.booleans())
    origin |= st.builds(Origin, *[texts()] * 5, st.booleans(), origin)  # a second hop
    return st.builds(Provenance, texts(), _maybe(texts()), _maybe(origin))


def _evidence() -> SearchStrategy[Evidence]:
    return st.builds(Evidence, texts(), texts(), texts())


def _typed(values: str) -> SearchStrategy[Text]:
    language = _maybe(st.sampled_from(_LANGUAGES))
    return st.builds(Text, texts(), _maybe(_listed(values)), language)


def _listed(path: str) -> SearchStrategy[str]:
    """Give values of a closed list of DataCite, and one that is not in it."""
    values: Sequence[str] = sorted(datacite(path))
    return st.sampled_from((*values, "NoSuchWord"))


def _urls() -> SearchStrategy[str]:
    return st.one_of(st.sampled_from(_URLS + _IDENTIFIERS), texts())


def _numbers() -> SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False)


def _maybe(of: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(st.none(), of)


def _some(of: SearchStrategy[Any], least: int = 0) -> SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=2).map(tuple)
