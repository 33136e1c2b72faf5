"""Every check finds what it is for, and nothing else; no record makes it raise."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import MUON, PANET, POWDER

from panharvest.checks import CHECKS, check
from panharvest.checks.wording import has_email, has_html, is_placeholder
from panharvest.record import (
    Access,
    AccessStatus,
    Affiliation,
    Agent,
    Checksum,
    Contributor,
    Embargo,
    Facility,
    File,
    Funding,
    Identifier,
    Instrument,
    Interval,
    Kind,
    Level,
    Licence,
    Location,
    Moment,
    Parameter,
    Record,
    Relation,
    Sample,
    Service,
    Technique,
    Text,
    Withdrawal,
)
from panharvest.testing.records import publishable_records, records

DOI = Identifier("10.1234/x", "DOI")
OPEN, EMBARGOED = Access(AccessStatus.OPEN), Access(AccessStatus.EMBARGOED)
WELL = Agent("Carberry, Josiah")


def agent(value: str, scheme: str) -> Agent:
    return Agent("Carberry, Josiah", identifiers=(Identifier(value, scheme),))


def span(start: str, end: str) -> Interval:
    return Interval(Moment(start), Moment(end))


def embargo(start: str, end: str) -> Embargo:
    return Embargo(Moment(start), Moment(end))


def technique(iri: str = f"{PANET}01101", **changes: Any) -> tuple[Technique, ...]:
    return (replace(Technique(iri, "x"), **changes),)


# A code, the place where it must be told, and what to change in a faultless record.
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("PH-ID-001", "pid", {"pid": None, "landing_page": None}),
    ("PH-ID-002", "id", {"id": " "}),
    ("PH-ID-003", "landing_page", {"landing_page": "data/x"}),
    ("PH-DOI-001", "pid", {"pid": Identifier("10.1/x", "DOI")}),
    ("PH-DOI-002", "pid", {"pid": Identifier("https://doi.org/10.1234/x", "DOI")}),
    ("PH-DOI-002", "pid", {"pid": Identifier("10.1234/X", "DOI")}),
    ("PH-HANDLE-001", "pid", {"pid": Identifier("21.1", "Handle")}),
    ("PH-TITLE-001", "titles", {"titles": ()}),
    ("PH-TITLE-002", "titles", {"titles": (Text(" "), Text("\x00"))}),
    ("PH-TITLE-003", "titles[0]", {"titles": (Text("Unknown"),)}),
    ("PH-TITLE-003", "titles[0]", {"titles": (Text("{experiment-title}"),)}),
    ("PH-TITLE-004", "titles[0].type", {"titles": (Text("Q", "Short"),)}),
    ("PH-DESCRIPTION-001", "descriptions", {"descriptions": ()}),
    (
        "PH-DESCRIPTION-002",
        "descriptions[0].type",
        {"descriptions": (Text("x", "Summary"),)},
    ),
    ("PH-CREATOR-001", "creators", {"creators": ()}),
    ("PH-CREATOR-002", "creators[0].name", {"creators": (Agent(":null"),)}),
    ("PH-CREATOR-003", "creators[1]", {"creators": (WELL, Agent("carberry,  josiah"))}),
    (
        "PH-CREATOR-003",
        "creators[1]",
        {
            "creators": (
                agent("0000-0002-1825-0097", "ORCID"),
                replace(agent("0000-0002-1825-0097", "ORCID"), name="J. C."),
            )
        },
    ),
    (
        "PH-ORCID-001",
        "creators[0].identifiers[0]",
        {"creators": (agent("0000-0002-1825-0098", "ORCID"),)},
    ),
    (
        "PH-ORCID-001",
        "contributors[0].agent.identifiers[0]",
        {"contributors": (Contributor(agent("1825", "ORCID"), "Other"),)},
    ),
    (
        "PH-ROLE-001",
        "contributors[0].role",
        {"contributors": (Contributor(WELL, "PI"),)},
    ),
    (
        "PH-ROR-001",
        "publisher.identifiers[0]",
        {"publisher": agent("https://ror.org/02550n021", "ROR")},
    ),
    (
        "PH-ROR-001",
        "creators[0].affiliations[0].ror",
        {"creators": (replace(WELL, affiliations=(Affiliation("E", "02550n020"),)),)},
    ),
    ("PH-ROR-001", "facility.ror", {"facility": Facility("x", "X", "ror.org/x")}),
    (
        "PH-ROR-001",
        "funding[0].funder_identifier",
        {"funding": (Funding("F", Identifier("x", "ROR")),)},
    ),
    ("PH-PUBLISHER-001", "publisher", {"publisher": None}),
    ("PH-PUBLISHER-001", "publisher.name", {"publisher": Agent(":unav")}),
    (
        "PH-CONFIDENCE-001",
        "facility.confidence",
        {"facility": Facility("x", "X", confidence=2)},
    ),
    (
        "PH-CONFIDENCE-001",
        "techniques[0].confidence",
        {"techniques": technique(confidence=-0.1)},
    ),
    ("PH-TECHNIQUE-001", "techniques[0].iri", {"techniques": technique("PaNET01188")}),
    (
        "PH-TECHNIQUE-002",
        "techniques[0].iri",
        {"techniques": technique(f"{PANET}2001000")},
    ),
    (
        "PH-TECHNIQUE-003",
        "techniques[0].iri",
        {"techniques": technique(f"{PANET}00001")},
    ),
    (
        "PH-TECHNIQUE-004",
        "techniques[0].predicate",
        {"techniques": technique(predicate="owl:sameAs")},
    ),
    (
        "PH-PARAMETER-001",
        "parameters[0]",
        {"parameters": (Parameter("T", "warm", "K"),)},
    ),
    (
        "PH-PARAMETER-002",
        "parameters[0]",
        {"parameters": (Parameter("T", 5.0, "K", 4.0),)},
    ),
    ("PH-PARAMETER-003", "parameters[0].name", {"parameters": (Parameter("", 5.0),)}),
    ("PH-KEYWORD-001", "keywords[0]", {"keywords": ("iron, nickel",)}),
    ("PH-DATE-001", "created", {"created": Moment("2023-02-29")}),
    (
        "PH-DATE-001",
        "collected.start",
        {"collected": span("2021-05-29T24:00:00", "2022")},
    ),
    (
        "PH-DATE-001",
        "withdrawal.date",
        {"withdrawal": Withdrawal(Moment("May 2021"), "x")},
    ),
    ("PH-DATE-002", "collected", {"collected": span("2021-05-30", "2021-05-29")}),
    (
        "PH-DATE-002",
        "collected",
        {"collected": span("2021-05-30T08:00:00Z", "2021-05-30T09:00:00+02:00")},
    ),
    ("PH-DATE-003", "embargo", {"embargo": embargo("2024-01-01", "2023")}),
    ("PH-DATE-004", "embargo.end", {"embargo": embargo("2024-01-01", "never")}),
    ("PH-DATE-005", "created", {"created": Moment("0001-01-01")}),
    (
        "PH-YEAR-001",
        "issued",
        dict.fromkeys(("collected", "issued", "embargo", "created", "modified")),
    ),
    ("PH-YEAR-002", "issued", {"embargo": embargo("2024-01-01", "9999-12-31")}),
    ("PH-ACCESS-001", "access", {"access": None}),
    ("PH-ACCESS-002", "embargo.end", {"access": EMBARGOED, "embargo": None}),
    ("PH-ACCESS-003", "embargo.end", {"embargo": Embargo(Moment("2021"))}),
    (
        "PH-ACCESS-004",
        "access.note",
        {"access": Access(AccessStatus.OPEN, "Not restricted")},
    ),
    ("PH-LICENCE-001", "licence", {"licence": None}),
    ("PH-LICENCE-002", "licence.spdx", {"licence": Licence("CC BY 4.0")}),
    (
        "PH-LICENCE-003",
        "licence",
        {
            "licence": Licence(
                "CC-BY-4.0", "https://creativecommons.org/licenses/by-nc/4.0/deed.en"
            )
        },
    ),
    ("PH-URL-001", "licence.url", {"licence": Licence("CC-BY-4.0", "CC BY 4.0")}),
    ("PH-URL-001", "services[0].url", {"services": (Service("VISA", "a b"),)}),
    ("PH-URL-001", "files[0].url", {"files": (File("a", url="/data/a"),)}),
    ("PH-LANGUAGE-001", "language", {"language": "e n"}),
    ("PH-LANGUAGE-002", "titles[0].language", {"titles": (Text("Q", None, "eng"),)}),
    ("PH-SIZE-001", "size", {"size": -1}),
    ("PH-SIZE-001", "files[0].size", {"files": (File("a", size=-1),)}),
    ("PH-FILE-001", "files[0].path", {"files": (File("a", "/data/visitor/a"),)}),
    ("PH-FILE-001", "files[0].path", {"files": (File("a", "x/../../a"),)}),
    ("PH-FILE-001", "files[0].path", {"files": (File("a", "C:\\data\\a"),)}),
    (
        "PH-CHECKSUM-001",
        "files[0].checksum",
        {"files": (File("a", checksum=Checksum("sha256", "abcd")),)},
    ),
    (
        "PH-RELATION-001",
        "relations[0].type",
        {"relations": (Relation(DOI, "Mentions"),)},
    ),
    (
        "PH-RELATION-002",
        "relations[0].identifier",
        {"relations": (Relation(Identifier("x", "Shelf mark"), "Cites"),)},
    ),
    (
        "PH-RELATION-003",
        "relations[0].information",
        {"relations": (Relation(DOI, "Other"),)},
    ),
    (
        "PH-RELATION-004",
        "instruments[0].identifiers[0]",
        {"instruments": (Instrument("I", identifiers=(Identifier("10.1/x", "DOI"),)),)},
    ),
    ("PH-FUNDING-001", "funding[0].funder", {"funding": (Funding(""),)}),
    (
        "PH-FUNDING-002",
        "funding[0].funder_identifier",
        {"funding": (Funding("F", Identifier("1", "National")),)},
    ),
    ("PH-LOCATION-001", "location", {"location": Location("X", 91.0, 0.0)}),
    ("PH-LOCATION-001", "location", {"location": Location("X", 45.0)}),
    ("PH-TEXT-001", "samples[0].name", {"samples": (Sample("Default Sample"),)}),
    ("PH-TEXT-001", "keywords[0]", {"keywords": ("",)}),
    ("PH-TEXT-002", "descriptions[0]", {"descriptions": (Text("<p>x</p>"),)}),
    (
        "PH-TEXT-003",
        "descriptions[0]",
        {"descriptions": (Text("Ask a.b@example.org"),)},
    ),
    ("PH-TEXT-004", "titles[0]", {"titles": (Text("Q\x07"),)}),
]


@pytest.mark.parametrize(("code", "field", "changes"), CASES)
def test_check(code: str, field: str, changes: dict[str, Any]) -> None:
    found = {(p.code, p.field) for p in check(replace(POWDER, **changes))}
    assert (code, field) in found
    # Blank or impossible values may well be wrong in a second way, but not elsewhere.
    top = re.split(r"[.\[]", field)[0]
    related = {top, "embargo"} if code == "PH-YEAR-002" else {top}
    assert {re.split(r"[.\[]", place)[0] for _, place in found} <= related


def test_a_good_record_has_no_problem() -> None:
    assert check(POWDER) == ()


def test_what_is_known_of_a_file_can_be_published() -> None:
    assert [problem.code for problem in check(MUON)] == ["PH-DESCRIPTION-001"]


def test_an_empty_record_lacks_what_publishing_needs() -> None:
    found = check(Record(id="x", kind=Kind.RAW))
    assert {p.code for p in found if p.level is Level.ERROR} == {
        "PH-ID-001",
        "PH-TITLE-001",
        "PH-CREATOR-001",
        "PH-PUBLISHER-001",
        "PH-YEAR-001",
    }


def test_every_code_has_a_case() -> None:
    assert {code for code, _, _ in CASES} == set(CHECKS)


def test_codes_meanings_and_advice_are_sentences() -> None:
    for code, (_, meaning, advice) in CHECKS.items():
        assert re.fullmatch(r"PH-[A-Z]+-\d{3}", code)
        assert meaning.endswith(".")
        assert advice.endswith(".")
        assert len(meaning) <= 80


def test_a_problem_says_what_is_wrong_and_what_to_do() -> None:
    long = "Q" * 100
    (problem,) = check(replace(POWDER, language=long))
    assert problem.level is Level.WARNING
    assert problem.message.endswith(f": {'Q' * 57}...")
    assert problem.advice == "Use a BCP 47 tag such as en."


@given(records())
def test_check_never_raises_and_never_repeats_itself(record: Record) -> None:
    found = check(record)
    assert all(problem.code in CHECKS for problem in found)
    assert len({(p.code, p.field) for p in found}) == len(found)


@given(publishable_records())
def test_generated_records_are_mostly_publishable(record: Record) -> None:
    errors = {p.code for p in check(record) if p.level is Level.ERROR}
    assert not {code for code in errors if not code.startswith("PH-DATE")}


@given(st.text(st.characters()))  # lone surrogates too
def test_texts_of_any_kind(text: str) -> None:
    record = replace(POWDER, titles=(Text(text),), keywords=(text,))
    assert isinstance(check(record), tuple)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Unknown", True),
        (" :unav ", True),
        ("{experiment-type}", True),
        ("NX_WAVELENGTH", True),
        ("FROM_DIALS", True),
        ("\x00", True),
        ("[Fe(CN)6]", False),
        ("Na", False),
        ("the unknown", False),
    ],
)
def test_placeholders(text: str, expected: bool) -> None:
    assert is_placeholder(text) is expected


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a<br/>b", True),
        ("x &lt; y", True),
        ("T < 5 K & B > 2 T", False),
        ("<hkl>", False),
    ],
)
def test_html(text: str, html: bool) -> None:
    assert has_html(text) is html


@pytest.mark.parametrize("text", ["@" * 50_000, "a." * 50_000, "a@b" * 30_000])
def test_no_text_takes_long_to_check(text: str) -> None:
    """The pattern never goes back: this would not end otherwise."""
    assert has_email(text) is False
