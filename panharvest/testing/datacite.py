"""Hypothesis strategy for records that a DataCite document carries without loss.

Its fields are those that DataCite has a place for, and their values are right; what is
left out is what the table of losses lists. Needs the extra ``test``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from panharvest.codelists import datacite, licences
from panharvest.facilities import load_facilities
from panharvest.protocols import BASE_URL
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Box,
    Contributor,
    DatedEvent,
    Embargo,
    Facility,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Kind,
    Licence,
    Location,
    Moment,
    Nature,
    Parameter,
    Point,
    Polygon,
    Probe,
    RadiationSource,
    Record,
    RelatedItem,
    Relation,
    Right,
    Sample,
    Service,
    Subject,
    Technique,
    Text,
    Withdrawal,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_PANET = "http://purl.org/pan-science/PaNET/PaNET"
_TECHNIQUES = (
    ("01101", "x-ray powder diffraction"),
    ("01188", "small angle x-ray scattering"),
    ("01136", "tomography"),
)
_PROBES = (("01012", "x-ray"), ("00101", "neutron"), ("00102", "muon"))
_ORCIDS = ("0000-0002-1825-0097", "0000-0001-5109-3700")
_RORS = ("https://ror.org/02550n020", "https://ror.org/01xtthb56")
_TAGS = ("en", "de", "fr", "zh-Hant")


def carried_records() -> SearchStrategy[Record]:
    """Give records whose every value a DataCite document holds."""
    return st.builds(_record, st.fixed_dictionaries(_fields()))


def _record(values: dict[str, Any]) -> Record:
    """Put fields together that depend on each other."""
    doi = values.pop("doi")
    record_id = values["id"]
    if doi:
        values["id"] = record_id = doi
        values["pid"] = Identifier(doi, "DOI")
    values["landing_page"] = f"{BASE_URL}/records/{record_id}"
    several = len(values["instruments"] or ()) > 1
    # what is said twice is written once
    values["instruments"] = tuple(
        Instrument(
            i.name,
            None if i.short_name == i.name else i.short_name,
            i.identifiers[:1] if several else i.identifiers,
        )
        for i in values["instruments"] or ()
    )
    values["places"] = tuple(p for p in values["places"] if p != values["location"])
    return Record(**values)


def _fields() -> dict[str, SearchStrategy[Any]]:
    return {**_identity(), **_people(), **_about(), **_when(), **_related(), **_data()}


def words() -> SearchStrategy[str]:
    """Give texts on one line that mean nothing to the reader, markup and all."""
    plain = st.text(
        st.characters(categories=("Lu", "Ll", "Lo", "Nd"), exclude_characters="\x00"),
        min_size=1,
        max_size=8,
    )
    tricky = st.sampled_from(
        ("a < b", "R&D", '"q"', "Ångström µ", "氷", "<p>x</p>", "it's", "]]>")
    )
    return st.builds("w {} {}".format, plain, plain | tricky)


def _identity() -> dict[str, SearchStrategy[Any]]:
    numbers = st.integers(1, 99999)
    schemes = st.sampled_from(("Proposal", "Visit", "UUID", "Shelf mark"))
    return {
        "id": numbers.map("file-{}".format),
        "doi": _maybe(numbers.map("10.1234/{}".format)),
        "kind": st.sampled_from(Kind),
        "alternate_identifiers": _some(
            st.builds(Identifier, words(), schemes), unique=True
        ),
        "language": _maybe(st.sampled_from(_TAGS)),
        "version": _maybe(words()),
        "resource_type": st.none(),
    }


def _people() -> dict[str, SearchStrategy[Any]]:
    roles = sorted(datacite("contributorType") - {"HostingInstitution"})
    known = [f for f in load_facilities() if f.ror is None or f.id in ("esrf", "ill")]
    facilities = st.sampled_from([Facility(f.id, f.name, f.ror) for f in known])
    return {
        "creators": _some(agents(), 1, unique=True),
        "contributors": _some(
            st.builds(Contributor, agents(), st.sampled_from(roles)), unique=True
        ),
        "publisher": organisations(),
        "facility": _maybe(facilities),
        "funding": _some(_funding(), unique=True),
    }


def agents() -> SearchStrategy[Agent]:
    """Give people with their names split, and others."""
    orcid = st.sampled_from([(Identifier(o, "ORCID"),) for o in _ORCIDS])
    other = st.builds(
        Identifier, words(), st.just("ISNI"), st.just("https://example.org/isni/")
    ).map(lambda one: (one,))
    places = _some(
        st.builds(Affiliation, words(), _maybe(st.sampled_from(_RORS)))
        | st.builds(
            Affiliation,
            words(),
            st.none(),
            st.builds(Identifier, words(), st.just("GRID")),
        )
    )
    people = st.builds(
        Agent,
        words(),
        st.sampled_from((Nature.PERSONAL, None)),
        _maybe(words()),
        _maybe(words()),
        st.just(()) | orcid | other,
        places,
        _maybe(st.sampled_from(_TAGS)),
    )
    groups = st.builds(Agent, words(), st.just(Nature.ORGANISATIONAL))
    return people | groups


def organisations() -> SearchStrategy[Agent]:
    """Give publishers."""
    ror = st.sampled_from([(Identifier(r, "ROR"),) for r in _RORS])
    return st.builds(
        Agent,
        words(),
        st.just(Nature.ORGANISATIONAL),
        identifiers=st.just(()) | ror,
        language=_maybe(st.sampled_from(_TAGS)),
    )


def _funding() -> SearchStrategy[Funding]:
    number = st.sampled_from(
        (
            Identifier("https://ror.org/00k4n6c32", "ROR"),
            Identifier("10.13039/100010661", "Crossref Funder ID"),
            Identifier("x", "Other", "https://example.org/funders"),
        )
    )
    award = words()
    return st.builds(Funding, words(), _maybe(number)) | st.builds(
        Funding,
        words(),
        _maybe(number),
        award,
        _maybe(st.just("https://example.org/award")),
        _maybe(words()),
    )


def _about() -> dict[str, SearchStrategy[Any]]:
    lang = _maybe(st.sampled_from(_TAGS))
    title_types = _maybe(st.sampled_from(sorted(datacite("titleType"))))
    kinds = st.sampled_from(sorted(datacite("descriptionType")))
    about = st.builds("{}\n{}".format, words(), words()) | words()
    techniques = [Technique(f"{_PANET}{n}", label) for n, label in _TECHNIQUES]
    probes = [Probe(label, f"{_PANET}{n}") for n, label in _PROBES]
    statuses = st.sampled_from(AccessStatus)
    return {
        "titles": _some(st.builds(Text, words(), title_types, lang), 1, unique=True),
        "descriptions": _some(st.builds(Text, about, kinds, lang), unique=True),
        "keywords": _some(words(), unique=True),
        "subjects": _some(_subjects(), unique=True),
        "techniques": _some(st.sampled_from(techniques), unique=True),
        "probes": _some(st.sampled_from(probes), unique=True),
        "sources": _some(st.builds(RadiationSource, type=words()), unique=True),
        "access": _maybe(st.builds(Access, statuses, _maybe(words()))),
        "licence": _maybe(_licences()),
        "rights": _some(_rights(), unique=True),
    }


def _subjects() -> SearchStrategy[Subject]:
    url = st.sampled_from(("https://example.org/s", "https://example.org/t?a=1&b=2"))
    return st.builds(
        Subject,
        words(),
        st.builds("scheme {}".format, words()),
        _maybe(url),
        _maybe(url),
        _maybe(url),
        _maybe(st.sampled_from(_TAGS)),
    )


def _licences() -> SearchStrategy[Licence]:
    known = st.sampled_from(sorted(licences())).map(Licence)
    named = st.builds(Licence, st.just("CC-BY-4.0"), st.none(), words())
    other = st.builds(
        Licence,
        st.none(),
        st.just("https://example.org/licence"),
        st.builds("Licence {}".format, words()),
    )
    return known | named | other


def _rights() -> SearchStrategy[Right]:
    return st.builds(
        Right,
        words(),
        st.just("https://example.org/terms"),
        st.builds("X-{}".format, words()),
        _maybe(st.just("house")),
        _maybe(st.just("https://example.org/rights")),
        _maybe(st.sampled_from(_TAGS)),
    )


def _moments(first: int, last: int) -> SearchStrategy[Moment]:
    return st.dates(date(first, 1, 1), date(last, 12, 31)).map(
        lambda day: Moment(day.isoformat())
    )


def _when() -> dict[str, SearchStrategy[Any]]:
    start, end = _moments(2000, 2010), _moments(2011, 2020)
    timed = st.builds(
        Interval,
        st.just(Moment("2005-05-29T08:00:00Z")),
        st.just(Moment("2005-06-01T10:30:00+02:00")),
    )
    collected = st.builds(Interval, start, end) | st.builds(Interval, start) | timed
    # types without a field of their own
    types = st.sampled_from(("Submitted", "Valid", "Copyrighted", "Coverage", "Other"))
    return {
        "collected": collected,
        "created": _maybe(start),
        "modified": _maybe(end),
        "issued": _moments(2021, 2023),
        "embargo": _maybe(st.builds(Embargo, _maybe(end), _moments(2021, 2023))),
        "dates": _some(
            st.builds(DatedEvent, types, start, _maybe(end), _maybe(words())),
            unique=True,
        ),
        "withdrawal": _maybe(st.builds(Withdrawal, end, words())),
    }


def _related() -> dict[str, SearchStrategy[Any]]:
    dois = st.integers(1, 99999).map(lambda n: Identifier(f"10.5678/{n}", "DOI"))
    handles = st.integers(1, 999).map(lambda n: Identifier(f"21.1/{n}", "Handle"))
    urls = st.integers(1, 999).map(
        lambda n: Identifier(f"https://example.org/{n}", "URL")
    )
    others = st.builds(
        Identifier, words(), st.sampled_from(("IGSN", "ISSN", "SWHID", "RAiD", "URN"))
    )
    types = sorted(
        datacite("relationType") - {"IsCollectedBy", "References", "HasMetadata"}
    )
    generals = sorted(datacite("resourceTypeGeneral") - {"Service"})
    relations = st.builds(
        Relation,
        dois | handles | urls | others,
        st.sampled_from(types),
        _maybe(words()),
        st.sampled_from(generals),
        _maybe(words()),
    )
    return {
        "relations": st.lists(
            relations, max_size=2, unique_by=lambda r: (r.identifier, r.type)
        ).map(tuple),
        "related_items": _some(_items(types), unique=True),
        "services": _some(
            st.builds(Service, words(), urls.map(lambda i: i.value)), unique=True
        ),
        "instruments": st.lists(
            st.builds(Instrument, words(), _maybe(words()), _some(dois, unique=True)),
            max_size=2,
            unique_by=lambda i: i.name,
        ).map(tuple),
    }


def _items(types: list[str]) -> SearchStrategy[RelatedItem]:
    lang = _maybe(st.sampled_from(_TAGS))
    people = st.builds(Agent, words(), _maybe(st.sampled_from(Nature)), language=lang)
    roles = st.sampled_from(sorted(datacite("contributorType")))
    return st.builds(
        RelatedItem,
        kind=st.sampled_from(("JournalArticle", "Book", "BookChapter")),
        type=st.sampled_from(types),
        titles=_some(st.builds(Text, words(), st.none(), lang), 1, unique=True),
        identifier=_maybe(
            st.integers(1, 99).map(lambda n: Identifier(f"10.9999/{n}", "DOI"))
        ),
        creators=_some(people, unique=True),
        contributors=_some(st.builds(Contributor, people, roles), unique=True),
        year=st.just("2020"),  # so that it is more than a title
        volume=_maybe(words()),
        issue=_maybe(words()),
        number=st.just("7"),
        number_type=_maybe(st.sampled_from(("Article", "Chapter"))),
        first_page=_maybe(words()),
        last_page=_maybe(words()),
        edition=_maybe(words()),
    )


def _data() -> dict[str, SearchStrategy[Any]]:
    north, east = st.floats(-90, 90), st.floats(-180, 180)
    point = st.builds(Point, north, east)
    polygon = st.builds(
        Polygon, st.lists(point, min_size=4, max_size=5).map(tuple), _maybe(point)
    )
    location = st.builds(
        Location,
        words(),
        north,
        east,
        _maybe(st.builds(Box, east, east, north, north)),
        st.lists(polygon, max_size=1).map(tuple),
    ) | st.builds(Location, words())
    sample = st.builds(
        Sample, words(), _maybe(words()), _maybe(words()), _maybe(words())
    )
    parameter = st.builds(
        Parameter,
        words(),
        st.integers(-1000, 1000).map(float),
        _maybe(st.sampled_from(("K", "Ao", "keV", "Cel"))),
    )
    return {
        "location": location,
        "places": _some(location, unique=True),
        "samples": st.lists(sample, max_size=2, unique_by=lambda s: s.name).map(tuple),
        "parameters": st.lists(parameter, max_size=2).map(tuple),
        "measured_variables": _some(words(), unique=True),
        "size": _maybe(st.integers(0, 10**15)),
        "file_count": _maybe(st.integers(1, 10**6)),
        "extents": _some(st.builds("{} pages".format, words()), unique=True),
        "formats": _some(st.just("application/x-hdf5") | words(), unique=True),
        "definitions": _some(st.sampled_from(("NXmx", "NXsas")), unique=True),
    }


def _maybe(of: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | of


def _some(
    of: SearchStrategy[Any], least: int = 0, *, unique: bool = False
) -> SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=2, unique=unique).map(tuple)
