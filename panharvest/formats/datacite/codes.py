"""The codes of what is wrong with a DataCite document: level, meaning, what to do.

A code is stable: it is never given another meaning and never used again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from panharvest.record import Level

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(NamedTuple):
    """What a code stands for."""

    level: Level
    meaning: str
    advice: str


_ERRORS = {
    "DC-ID-001": ("There is no identifier.", "Give the DOI, or the landing page."),
    "DC-ID-002": (
        "The DOI does not have the form 10.<registrant>/<suffix>.",
        "Correct it.",
    ),
    "DC-ID-003": (
        "The type of the identifier is neither DOI nor URL.",
        "Give a DOI, or the address of another identifier as URL.",
    ),
    "DC-TITLE-001": ("There is no title.", "Give one."),
    "DC-TITLE-002": ("The title is blank or says that there is none.", "Give one."),
    "DC-CREATOR-001": ("There is no creator.", "Name a person or an organisation."),
    "DC-CREATOR-002": (
        "A creator has no name.",
        "Give the name, or leave the creator out.",
    ),
    "DC-PUBLISHER-001": ("There is no publisher.", "Name the facility."),
    "DC-PUBLISHER-002": ("There are several publishers.", "Name one."),
    "DC-YEAR-001": (
        "There is no year of publication.",
        "Give the year in which the data were or will be open.",
    ),
    "DC-YEAR-002": (
        "The year of publication is no year of four digits.",
        "Correct it.",
    ),
    "DC-YEAR-003": (
        "The year of publication is before 1400 or after 2100.",
        "Correct it.",
    ),
    "DC-TYPE-001": (
        "The general type of the resource is none of DataCite's.",
        "Use a value of resourceTypeGeneral, such as Dataset.",
    ),
    "DC-DATE-001": (
        "A date is none that W3CDTF or RKMS-ISO8601 can mean.",
        "Write YYYY-MM-DD, with a time YYYY-MM-DDThh:mm:ssZ, a range with /.",
    ),
    "DC-DATE-003": ("A range of dates ends before it begins.", "Exchange the two."),
    "DC-DATE-004": (
        "There is more than one date of type Available.",
        "Keep the one on which the data become open.",
    ),
    "DC-EMBARGO-001": (
        "The data are available before the embargo began (Accepted).",
        "Correct one of the two dates.",
    ),
    "DC-EMBARGO-003": (
        "The rights say two different things about access.",
        "Say one of open, embargoed, restricted, metadata only.",
    ),
    "DC-RIGHTS-002": (
        "The SPDX identifier and the address are of two different licences.",
        "Keep the one that holds.",
    ),
    "DC-LIST-001": (
        "A value is not in the closed list of DataCite.",
        "Use one of the list.",
    ),
    "DC-XSD-001": (
        "The document is not valid by the XML Schema.",
        "Correct what the schema says.",
    ),
    "DC-PLACE-001": ("A position is not on Earth.", "Give degrees north and east."),
}
_WARNINGS = {
    "DC-ID-004": (
        "The DOI is written as an address.",
        "Write it bare: 10.<registrant>/<suffix>.",
    ),
    "DC-CREATOR-003": ("A creator is named twice.", "Name each once."),
    "DC-NAME-001": (
        "The identifier of a person or organisation has no scheme.",
        "Fill in nameIdentifierScheme: ORCID, ROR, ISNI.",
    ),
    "DC-ORCID-001": (
        "The ORCID iD is malformed or its check digit is wrong.",
        "Ask the person for it.",
    ),
    "DC-ROR-001": (
        "The ROR is malformed or its check digits are wrong.",
        "Look it up at ror.org.",
    ),
    "DC-AFFILIATION-001": (
        "The identifier of an affiliation has no scheme.",
        "Fill in affiliationIdentifierScheme.",
    ),
    "DC-ATTRIBUTE-001": (
        "There are attributes or elements that DataCite does not have there.",
        "Remove them.",
    ),
    "DC-YEAR-004": (
        "The year of publication is not that in which the data become available.",
        "Use the year of the date Available.",
    ),
    "DC-TYPE-002": (
        "The type of the resource has no text.",
        "Say in a word or two what it is.",
    ),
    "DC-DATE-002": (
        "A range of dates is open at one side; harvesters fail on it.",
        "Give the known date alone.",
    ),
    "DC-DATE-005": (
        "A date of type Other does not say what happened.",
        "Fill in dateInformation.",
    ),
    "DC-EMBARGO-002": (
        "The data are embargoed but no date Available says until when.",
        "Give the date.",
    ),
    "DC-LANGUAGE-001": (
        "A language is not a valid tag of BCP 47.",
        "Use a code such as en.",
    ),
    "DC-URI-001": ("An address is not one.", "Write it whole, percent-encoded."),
    "DC-RIGHTS-001": (
        "The identifier of a licence is not in the list of SPDX.",
        "Look it up at spdx.org/licenses.",
    ),
    "DC-RELATED-001": (
        "A related DOI is written as an address.",
        "Write it bare: 10.<registrant>/<suffix>.",
    ),
    "DC-RELATED-002": (
        "A related identifier does not have the form of its type.",
        "Correct the value or the type.",
    ),
    "DC-RELATED-003": (
        "A link to metadata does not say of which scheme they are.",
        "Fill in relatedMetadataScheme.",
    ),
    "DC-RELATED-004": ("A related item has no title.", "Give it."),
    "DC-RELATED-005": (
        "A relation of type Other does not say what it is.",
        "Fill in relationTypeInformation.",
    ),
    "DC-FUNDING-001": ("A funder has no name.", "Name the funder."),
    "DC-NULL-001": (
        "A code stands for a missing value where there need not be one.",
        "Leave the property out.",
    ),
    "DC-TEXT-001": ("A text has HTML in it.", "Write plain text."),
    "DC-READ-001": ("An element is not one of DataCite.", "Remove it."),
}
#: What each code stands for.
CODES: Mapping[str, Code] = dict(
    sorted(
        {
            **{code: Code(Level.ERROR, *text) for code, text in _ERRORS.items()},
            **{code: Code(Level.WARNING, *text) for code, text in _WARNINGS.items()},
        }.items()
    )
)
