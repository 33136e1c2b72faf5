"""Identifiers told by their form: what an address or a bare text identifies by."""

from __future__ import annotations

import re

from panharvest.record import Identifier
from panharvest.syntax import (
    bare_doi,
    bare_handle,
    bare_orcid,
    is_doi,
    is_handle,
    is_orcid,
    is_ror,
)

# Where identifiers of other schemes resolve.
_HOMES = (
    ("ARK", re.compile(r"https?://n2t\.net/(ark:.+)")),
    ("arXiv", re.compile(r"https?://arxiv\.org/abs/(.+)")),
    ("PMID", re.compile(r"https?://pubmed\.ncbi\.nlm\.nih\.gov/([0-9]+)/?")),
    ("RAiD", re.compile(r"https?://raid\.org/(.+)")),
    ("SWHID", re.compile(r"https?://archive\.softwareheritage\.org/(swh:.+?)/?")),
)


def identifier_of(text: str) -> Identifier:
    """Give the identifier that a text is; an address that is none is a URL."""
    said = text.strip()
    is_address = said.startswith(("http://", "https://"))
    if not is_address or "doi.org/" in said:
        doi = bare_doi(said)
        if is_doi(doi):
            return Identifier(doi, "DOI")
    if "hdl.handle.net/" in said or said.lower().startswith("hdl:"):
        handle = bare_handle(said)
        if is_handle(handle):
            return Identifier(handle, "Handle")
    if is_orcid(bare_orcid(said)):
        return Identifier(bare_orcid(said), "ORCID")
    if is_ror(said):
        return Identifier(said, "ROR")
    for scheme, form in _HOMES:
        if match := form.fullmatch(said):
            return Identifier(match[1], scheme)
    return Identifier(said, "URL" if is_address else "Local")
