"""What is wrong with a request that is legal, and what to do about it (§3.6)."""

from __future__ import annotations

from panharvest.oai.requests import ErrorCode, Fault

UNKNOWN_IDENTIFIER = Fault(
    ErrorCode.ID_DOES_NOT_EXIST, "No item of this repository has this identifier."
)
UNKNOWN_FORMAT = Fault(
    ErrorCode.CANNOT_DISSEMINATE_FORMAT,
    "This metadataPrefix is not available here; see ListMetadataFormats.",
)
NO_FORMATS = Fault(
    ErrorCode.NO_METADATA_FORMATS,
    "This item is not available in any format for harvesting.",
)
NOTHING_MATCHES = Fault(
    ErrorCode.NO_RECORDS_MATCH,
    "No record matches from, until, set and metadataPrefix together.",
)
NO_SETS = Fault(ErrorCode.NO_SET_HIERARCHY, "This repository does not offer sets.")
BAD_TOKEN = Fault(
    ErrorCode.BAD_RESUMPTION_TOKEN,
    "This resumptionToken is not valid or has expired; start the list again.",
)
