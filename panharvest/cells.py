"""The grammar of a manifest's cells: a text in, a plain value out, or ValueError.

Every reader takes the text of one cell (some also the table that TOML has in its
place) and gives values made of ``str``, ``bool``, ``list`` and ``dict`` alone: they are
stored as JSON. The message of the ValueError says what was expected.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from panharvest import codelists, syntax, times, vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_OR_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
WEB = re.compile(r"https?://[^\s/]+\.[^\s/]+(?:/\S*)?", re.IGNORECASE)
ROR = re.compile(r"(?:(?:https?://)?ror\.org/)?(0[a-z0-9]{6}\d\d)", re.IGNORECASE)
CC_URL = re.compile(
    r"https?://creativecommons\.org/(?:licenses/(?P<terms>[a-z-]+)/(?P<version>[\d.]+)"
    r"|publicdomain/zero/(?P<zero>1\.0))(?:/.*)?",
    re.IGNORECASE,
)
CREATOR = re.compile(
    r"\s*(?P<name>[^<>\[\]]+?)\s*(?:<(?P<id>[^<>]*)>)?"
    r"(?P<places>(?:\s*\[[^\[\]]*\])*)\s*"
)

# The addresses of resolvers come before URL: they are addresses too.
SCHEMES = (
    (r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}[./].*)", "DOI"),
    (r"(?:https?://hdl\.handle\.net/|hdl:\s*)(\S+/\S+)", "Handle"),
    (r"(?:https?://n2t\.net/)?(ark:/?\d{5,9}/\S+)", "ARK"),
    (r"(?:https?://arxiv\.org/abs/|arxiv:)(\S+)", "arXiv"),
    (r"igsn:\s*(\S+)", "IGSN"),
    (r"(urn:[a-z0-9][a-z0-9-]{0,31}:\S+)", "URN"),
    (f"({WEB.pattern})", "URL"),
)


def text(cell: str) -> str:
    """Give the text with single blanks, refusing control characters."""
    if CONTROL.search(cell):
        raise ValueError("holds a control character")
    return " ".join(cell.split())


def paragraphs(cell: str) -> str:
    """Give a long text with its line breaks."""
    if CONTROL.search(cell):
        raise ValueError("holds a control character")
    return "\n".join(line.strip() for line in cell.strip().splitlines())


def items(cell: str, separator: str = ";") -> list[str]:
    """Split a list, dropping empty items and repetitions, keeping the order."""
    return list(dict.fromkeys(filter(None, map(text, cell.split(separator)))))


def flag(cell: str) -> bool:
    """Read yes or no."""
    word = cell.strip().casefold()
    if word in {"yes", "true", "1", "y"}:
        return True
    if word in {"no", "false", "0", "n"}:
        return False
    raise ValueError(f"'{cell}' is neither yes nor no")


def date(cell: str) -> str:
    """Read a day or a date-time as W3CDTF text (``2027-05-01``)."""
    moment = (
        times.read_moment(cell.strip()) if DAY_OR_TIME.fullmatch(cell.strip()) else None
    )
    if moment is None:
        raise ValueError(f"'{cell}' is not a date: write YYYY-MM-DD")
    return moment.text


def identifier(cell: str) -> dict[str, str]:
    """Read an identifier: ``{"value", "scheme"}``, DOIs bare and in lower case."""
    word = cell.strip()
    for pattern, scheme in SCHEMES:
        if found := re.fullmatch(pattern, word, re.IGNORECASE):
            value = found[1]
            return {"value": doi(value) if scheme == "DOI" else value, "scheme": scheme}
    raise ValueError(
        f"'{cell}' is no identifier: write a DOI, hdl:, ark:, urn: or a web address"
    )


def doi(cell: str) -> str:
    """Read a DOI in any spelling; give it bare and in lower case."""
    bare = syntax.bare_doi(cell)
    if not syntax.is_doi(bare):
        raise ValueError(f"'{cell}' is not a DOI: write it like 10.1234/abc")
    return bare


def orcid(cell: str) -> str:
    """Read an ORCID with or without its address; its check digit must agree."""
    bare = re.sub(r"(?i)^(https?://)?orcid\.org/", "", cell.strip()).upper()
    if not syntax.is_orcid(bare):
        raise ValueError(f"'{cell}' is not an ORCID (or a digit of it is mistyped)")
    return bare


def ror(cell: str) -> str:
    """Read a ROR with or without its address; its check digits must agree."""
    found = ROR.fullmatch(cell.strip())
    url = f"https://ror.org/{found[1].lower()}" if found else ""
    if not syntax.is_ror(url):
        raise ValueError(f"'{cell}' is not a ROR (or a digit of it is mistyped)")
    return url


def licence(cell: str) -> dict[str, str]:
    """Read an SPDX identifier or a URL: ``{"spdx"}`` or ``{"url"}``."""
    word = cell.strip()
    name = re.sub(r"(?i)^https?://spdx\.org/licenses/|\.html$", "", word)
    if found := CC_URL.fullmatch(word):
        zero, terms = found["zero"], found["terms"]
        name = f"CC0-{zero}" if zero else f"CC-{terms}-{found['version']}"
    known = {spdx.casefold(): spdx for spdx in codelists.licences()}
    if spdx := known.get(re.sub(r"[\s_]+", "-", name).casefold()):
        return {"spdx": spdx}
    if WEB.fullmatch(word):
        return {"url": word}
    raise ValueError(f"'{cell}' is no licence: write an SPDX id (CC-BY-4.0) or a URL")


def language(cell: str) -> str:
    """Read a BCP 47 language tag."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", cell.strip()):
        raise ValueError(f"'{cell}' is not a language: write a code such as en or fr")
    return cell.strip()


def technique(cell: str) -> str:
    """Read a PaNET term in any spelling (``PaNET01188``, its IRI); give the IRI."""
    iri = vocabulary.normalise_term(cell.strip())
    if iri is None or not vocabulary.panet().is_technique(iri):
        raise ValueError(
            f"'{cell}' is not a technique of PaNET: write PaNET and digits"
        )
    return iri


def techniques(cell: str) -> list[str]:
    """Read PaNET terms separated by ``;``, commas or blanks."""
    return list(dict.fromkeys(technique(word) for word in re.split(r"[;,\s]+", cell)))


def fields(given: Mapping[str, Any], *known: str) -> dict[str, Any]:
    """Check the keys of a table: none unknown, the first of ``known`` not missing."""
    for key in given:
        if key not in known:
            raise ValueError(f"unknown key '{key}'; known are {', '.join(known)}")
    if not given.get(known[0]):
        raise ValueError(f"'{known[0]}' is missing")
    for key, value in given.items():
        if key != "affiliations" and not isinstance(value, str | dt.date):
            raise ValueError(f"'{key}' is not a text")
    return {key: value for key, value in given.items() if value != ""}


def affiliation(given: str | Mapping[str, Any]) -> dict[str, str]:
    """Read ``Name`` or ``Name | ROR``, or a table with ``name`` and ``ror``."""
    if isinstance(given, str):
        name, _, mark = (part.strip() for part in given.partition("|"))
        given = {"name": name, "ror": mark}
    table = fields(given, "name", "ror")
    found = {"name": text(table["name"])}
    return {**found, "ror": ror(table["ror"])} if "ror" in table else found


def creator(given: str | Mapping[str, Any]) -> dict[str, Any]:
    """Read ``Family, Given <ORCID> [Affiliation | ROR]``; all but the name optional.

    Or a table with ``name``, ``orcid`` or ``ror``, ``affiliations``. A name with a
    comma is a person's; a ROR in place of the ORCID makes it an organisation; a name
    that has neither is kept as written, its nature unknown.
    """
    if isinstance(given, str):
        found = CREATOR.fullmatch(given)
        if found is None:
            raise ValueError(f"'{given}' is not: Family, Given <ORCID> [Place | ROR]")
        mark = (found["id"] or "").strip()
        scheme = "ror" if ROR.fullmatch(mark) else "orcid"
        places = re.findall(r"\[([^\[\]]*)\]", found["places"])
        given = {"name": found["name"], scheme: mark, "affiliations": places}
    table = fields(given, "name", "orcid", "ror", "affiliations")
    agent: dict[str, Any] = {"name": text(table["name"])}
    family, comma, first = (part.strip() for part in agent["name"].partition(","))
    if "ror" in table:
        agent |= {"nature": "organisational", "ror": ror(table["ror"])}
    elif comma and family and first:
        agent |= {"nature": "personal", "family_name": family, "given_name": first}
    if "orcid" in table:
        agent |= {"nature": "personal", "orcid": orcid(table["orcid"])}
    if table.get("affiliations"):
        agent["affiliations"] = [affiliation(one) for one in table["affiliations"]]
    return agent


def creators(cell: str) -> list[dict[str, Any]]:
    """Read creators separated by ``;`` (not inside brackets)."""
    found = re.split(r";(?![^\[]*\])", cell)
    return [creator(one) for one in found if one.strip()]


def relation(given: str | Mapping[str, Any]) -> dict[str, str]:
    """Read ``RelationType:identifier`` with a DataCite relation type, or a table."""
    if isinstance(given, str):
        kind, _, rest = given.partition(":")
        given = {"type": kind, "identifier": rest}
    table = fields(given, "type", "identifier")
    names = {name.casefold(): name for name in codelists.datacite("relationType")}
    name = names.get(text(table["type"]).casefold())
    if name is None:
        raise ValueError(
            f"'{table['type']}' is no relation: write IsSupplementTo:10.1234/abc"
        )
    return {"type": name, **identifier(table.get("identifier", ""))}


def relations(cell: str) -> list[dict[str, str]]:
    """Read relations separated by ``;``."""
    return [relation(one) for one in items(cell)]


def award(given: str | Mapping[str, Any]) -> dict[str, str]:
    """Read ``Funder <ROR> | award number | award address``, or a table."""
    if isinstance(given, str):
        funder, *more = (part.strip() for part in given.split("|"))
        named = re.fullmatch(r"([^<>]+?)(?:\s*<([^<>]+)>)?", funder)
        if named is None or len(more) > 2:
            raise ValueError(f"'{given}' is not: Funder <ROR> | award number | address")
        given = {"funder": named[1], "ror": named[2] or ""}
        given |= dict(zip(("award_number", "award_uri"), more, strict=False))
    table = fields(given, "funder", "ror", "award_number", "award_uri")
    row = {key: text(value) for key, value in table.items()}
    return {**row, "ror": ror(row["ror"])} if "ror" in row else row


def awards(cell: str) -> list[dict[str, str]]:
    """Read funding separated by ``;``."""
    return [award(one) for one in items(cell)]


def withdrawal(given: str | Mapping[str, Any]) -> dict[str, str]:
    """Read ``YYYY-MM-DD reason``, or a table with ``date`` and ``reason``."""
    if isinstance(given, str):
        day, _, why = given.strip().partition(" ")
        given = {"date": day, "reason": why.strip()}
    table = fields(given, "date", "reason")
    if "reason" not in table:
        raise ValueError("needs a reason: YYYY-MM-DD why")
    return {"date": date(str(table["date"])), "reason": text(table["reason"])}
