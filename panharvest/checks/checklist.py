"""The checks of a record: codes, levels, meanings and what to do.

A code is stable: it is never given another meaning and never used again. An error is
what would make the published record wrong or unusable; the record is held back. With a
warning it is published, and what formats cannot take (a wrong ORCID, an impossible
date) is left out of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from panharvest.record import Level, Problem
from panharvest.xmltext import fold

if TYPE_CHECKING:
    from collections.abc import Mapping


class Check(NamedTuple):
    """What a code stands for; ``advice`` says what to do about it."""

    level: Level
    meaning: str
    advice: str


_ERRORS: dict[str, tuple[str, str]] = {
    "PH-ID-001": (
        "There is neither a persistent identifier nor a landing page.",
        "Give a DOI in the manifest, or publish under a base URL.",
    ),
    "PH-ID-002": ("The local identifier is blank.", "Give one in the manifest."),
    "PH-ID-003": (
        "The landing page is not an http(s) address.",
        "Write the whole address, percent-encoded.",
    ),
    "PH-DOI-001": (
        "The DOI does not have the form 10.<registrant>/<suffix>.",
        "Correct it, or leave it out.",
    ),
    "PH-TITLE-001": ("There is no title.", "Give one in the manifest."),
    "PH-TITLE-002": (
        "No title has any text.",
        "Give one in the manifest.",
    ),
    "PH-TITLE-003": (
        "The title is a placeholder.",
        "Give the real one in the manifest.",
    ),
    "PH-CREATOR-001": (
        "There is no creator.",
        "Name the team or the facility in the manifest.",
    ),
    "PH-CREATOR-002": (
        "A creator has no name, or a placeholder for one.",
        "Give the name, or leave the creator out.",
    ),
    "PH-PUBLISHER-001": (
        "There is no publisher, or a placeholder for one.",
        "Name the facility, or give the publisher in the manifest.",
    ),
    "PH-YEAR-001": (
        "No date tells the year of publication.",
        "Give the release date in the manifest.",
    ),
    "PH-YEAR-002": (
        "The year of publication is before 1895 or after 2100.",
        "Correct the date it comes from.",
    ),
    "PH-DATE-002": (
        "The collection of data ends before it begins.",
        "Correct the start or the end.",
    ),
    "PH-DATE-003": (
        "The embargo ends before it begins.",
        "Correct the release date.",
    ),
    "PH-DATE-004": (
        "A date of the embargo is not a date.",
        "Write it as YYYY-MM-DD.",
    ),
    "PH-LICENCE-003": (
        "The SPDX identifier and the address are of two different licences.",
        "Keep the one that holds.",
    ),
    "PH-TECHNIQUE-002": (
        "The term is a specifier or a relation of PaNET, not a technique.",
        "Use the technique that the specifier defines.",
    ),
    "PH-TECHNIQUE-003": (
        "The term is the root of PaNET or of one of its facets: it says nothing.",
        "Use a narrower term, or none.",
    ),
    "PH-FILE-001": (
        "The path of a file is absolute or climbs: it shows a disk of the site.",
        "Give paths relative to the dataset.",
    ),
}
_WARNINGS: dict[str, tuple[str, str]] = {
    "PH-DOI-002": (
        "The DOI is written with a resolver or in upper case.",
        "Write it bare and in lower case.",
    ),
    "PH-HANDLE-001": (
        "The Handle does not have the form <authority>/<name>.",
        "Correct it, or leave it out.",
    ),
    "PH-ORCID-001": (
        "The ORCID iD is malformed or its check digit is wrong.",
        "Ask the person for it.",
    ),
    "PH-ROR-001": (
        "The ROR is malformed or its check digits are wrong.",
        "Look it up at ror.org and write the whole address.",
    ),
    "PH-TITLE-004": (
        "The type of a title is none of DataCite's.",
        "Use AlternativeTitle, Subtitle, TranslatedTitle or Other.",
    ),
    "PH-CREATOR-003": (
        "A creator is named twice.",
        "Name each once.",
    ),
    "PH-ROLE-001": (
        "The role of a contributor is none of DataCite's; it is published as Other.",
        "Use a value of contributorType.",
    ),
    "PH-DESCRIPTION-001": (
        "There is no description.",
        "Give an abstract: search engines show nothing without.",
    ),
    "PH-DESCRIPTION-002": (
        "The type of a description is none of DataCite's; it is published as Other.",
        "Use Abstract, Methods, TechnicalInfo or SeriesInformation.",
    ),
    "PH-DATE-001": (
        "A date does not exist or is not W3CDTF; it is not published.",
        "Write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.",
    ),
    "PH-DATE-005": (
        "A date is before 1895 or after 2100.",
        "Correct it: a clock was probably not set.",
    ),
    "PH-ACCESS-001": (
        "Nothing says who may have the data; harvesters take it as open.",
        "State the access.",
    ),
    "PH-ACCESS-002": (
        "The data are embargoed but nothing says until when.",
        "Give the release date.",
    ),
    "PH-ACCESS-003": (
        "The data are open but the embargo has no end.",
        "Give the release date, or drop the embargo.",
    ),
    "PH-ACCESS-004": (
        "The note of open data has a word by which harvesters take it as closed.",
        "Say it without closed, restricted, embargoed.",
    ),
    "PH-LICENCE-001": (
        "Open data without licence: nobody knows what may be done with them.",
        "Give the licence of the facility's policy.",
    ),
    "PH-LICENCE-002": (
        "The identifier of the licence is not in the list of SPDX.",
        "Check its spelling, capitals included.",
    ),
    "PH-LANGUAGE-001": (
        "The language is no valid tag; it is not published.",
        "Use a BCP 47 tag such as en.",
    ),
    "PH-LANGUAGE-002": (
        "The language is a name or long code; there is a two-letter one.",
        "Use the two-letter code, as is done here: harvesters cut longer ones.",
    ),
    "PH-TECHNIQUE-001": (
        "The address of the technique is not that of a PaNET term.",
        "Use http://purl.org/pan-science/PaNET/PaNET and five digits.",
    ),
    "PH-TECHNIQUE-004": (
        "The mapping relation of a technique is not one of SKOS.",
        "Use skos:exactMatch, skos:closeMatch or skos:broadMatch.",
    ),
    "PH-CONFIDENCE-001": (
        "A confidence is not between 0 and 1.",
        "Correct the rule that gives it.",
    ),
    "PH-PARAMETER-001": (
        "A parameter has a unit but its value is a text.",
        "Give a number, or no unit.",
    ),
    "PH-PARAMETER-002": (
        "The range of a parameter ends below its begin.",
        "Exchange the two.",
    ),
    "PH-PARAMETER-003": ("A parameter has no name.", "Name it, or leave it out."),
    "PH-SIZE-001": (
        "A size or number of files is negative; it is not published.",
        "Correct it.",
    ),
    "PH-CHECKSUM-001": (
        "A checksum is not lower-case hexadecimal of the length of its algorithm.",
        "Compute it again.",
    ),
    "PH-RELATION-001": (
        "The type of a relation is none of DataCite's; it is not published there.",
        "Use a value of relationType.",
    ),
    "PH-RELATION-002": (
        "The identifier of something related is of no type DataCite knows.",
        "Give a DOI, a Handle or a URL.",
    ),
    "PH-RELATION-003": (
        "A relation of type Other does not say what it is.",
        "Fill in its information.",
    ),
    "PH-RELATION-004": (
        "An identifier of something related is malformed.",
        "Correct it.",
    ),
    "PH-FUNDING-001": (
        "A funder has no name; the funding is not published.",
        "Name the funder.",
    ),
    "PH-FUNDING-002": (
        "The identifier of a funder is of no type DataCite knows.",
        "Use ROR, Crossref Funder ID, GRID or ISNI.",
    ),
    "PH-LOCATION-001": (
        "Latitude and longitude are not both there and on Earth.",
        "Give degrees north and degrees east.",
    ),
    "PH-KEYWORD-001": (
        "A keyword is a list; harvesters cut it at its commas.",
        "Give one keyword for each concept.",
    ),
    "PH-URL-001": (
        "An address is not an http(s) address.",
        "Write it whole, percent-encoded.",
    ),
    "PH-TEXT-001": (
        "A text is a placeholder, or blank.",
        "Leave it out.",
    ),
    "PH-TEXT-002": (
        "A text has HTML in it; harvesters show the tags.",
        "Write plain text.",
    ),
    "PH-TEXT-003": (
        "A text has an e-mail address in it, which is personal data.",
        "Remove it.",
    ),
    "PH-TEXT-004": (
        "A text has control characters in it; they are not published.",
        "Remove them.",
    ),
}

#: What each code stands for.
CHECKS: Mapping[str, Check] = dict(
    sorted(
        {
            **{code: Check(Level.ERROR, *text) for code, text in _ERRORS.items()},
            **{code: Check(Level.WARNING, *text) for code, text in _WARNINGS.items()},
        }.items()
    )
)


def problem(code: str, field: str, said: object = None) -> Problem:
    """Make a problem; ``said`` is the offending value, cut to a length to be read."""
    level, meaning, advice = CHECKS[code]
    if said is not None:
        value = fold(str(said))
        value = value if len(value) <= 60 else value[:57] + "..."
        meaning = f"{meaning[:-1]}: {value}"
    return Problem(code, level, field, meaning, advice)
