"""What an operator's manifest says completes or overrides what files say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from panharvest.policy import Claims
from panharvest.record import (
    Affiliation,
    Agent,
    Funding,
    Identifier,
    Instrument,
    Licence,
    Moment,
    Nature,
    Record,
    Relation,
    Sample,
    Text,
    Withdrawal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def apply_manifest(record: Record, row: Mapping[str, Any]) -> tuple[Record, Claims]:
    """Lay the values of a manifest row over a record; give what they say of access."""
    changes: dict[str, Any] = {}
    if "pid" in row:
        changes["pid"] = Identifier(row["pid"]["value"], row["pid"]["scheme"])
    if "doi" in row:
        changes["pid"] = Identifier(row["doi"], "DOI")
    if "title" in row:
        changes["titles"] = (Text(row["title"]),)
    if "description" in row:
        changes["descriptions"] = (Text(row["description"], "Abstract"),)
    if "creators" in row:
        changes["creators"] = tuple(_agent(one) for one in row["creators"])
    if "licence" in row:
        changes["licence"] = Licence(**row["licence"])
    if "experiment" in row:
        others = tuple(
            i for i in record.alternate_identifiers if i.scheme != "Proposal"
        )
        proposal = Identifier(row["experiment"], "Proposal")
        changes["alternate_identifiers"] = (proposal, *others)
    if "language" in row:
        changes["language"] = row["language"]
    if "keywords" in row:
        changes["keywords"] = tuple(row["keywords"])
    if "instrument" in row:
        changes["instruments"] = (Instrument(row["instrument"]),)
    if "sample" in row:
        changes["samples"] = (Sample(name=row["sample"]),)
    if "related" in row:
        added = tuple(
            Relation(Identifier(one["value"], one["scheme"]), one["type"])
            for one in row["related"]
        )
        changes["relations"] = (*record.relations, *added)
    if "funding" in row:
        changes["funding"] = tuple(_funding(one) for one in row["funding"])
    withdrawal = None
    if "withdrawn" in row:
        withdrawal = Withdrawal(
            Moment(row["withdrawn"]["date"]), row["withdrawn"]["reason"]
        )
        changes["withdrawal"] = withdrawal
    release = row.get("release_date")
    claims = Claims(
        release_date=Moment(release) if release else None,
        public=row.get("public"),
        proprietary=bool(row.get("proprietary", False)),
        withdrawn=withdrawal,
    )
    return replace(record, **changes), claims


def _agent(row: Mapping[str, Any]) -> Agent:
    schemes = (("orcid", "ORCID"), ("ror", "ROR"))
    return Agent(
        name=row["name"],
        nature=Nature(row["nature"]) if row.get("nature") else None,
        given_name=row.get("given_name"),
        family_name=row.get("family_name"),
        identifiers=tuple(
            Identifier(row[key], scheme) for key, scheme in schemes if row.get(key)
        ),
        affiliations=tuple(
            Affiliation(place["name"], place.get("ror"))
            for place in row.get("affiliations", ())
        ),
    )


def _funding(row: Mapping[str, Any]) -> Funding:
    ror = row.get("ror")
    return Funding(
        funder=row["funder"],
        funder_identifier=Identifier(ror, "ROR") if ror else None,
        award_number=row.get("award_number"),
        award_uri=row.get("award_uri"),
        award_title=row.get("award_title"),
    )
