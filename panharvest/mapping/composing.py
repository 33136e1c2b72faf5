"""From findings in a document of a catalogue to the parts of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.mapping.parts import entities, unique, values
from panharvest.record import (
    Affiliation,
    Agent,
    Contributor,
    File,
    Funding,
    Identifier,
    Interval,
    Nature,
    Relation,
    Subject,
    Text,
)
from panharvest.times import hull

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from panharvest.mapping.findings import Finding
    from panharvest.mapping.rules import Tables

FILES = 10_000  # files of one record that are kept


def first(findings: Sequence[Finding], target: str) -> Any:  # noqa: ANN401 - any value
    """Give the first value for a target, or None."""
    found = values(findings, target)
    return found[0].value if found else None


def get(entity: dict[str, Finding], name: str) -> Any:  # noqa: ANN401 - any value
    """Give an attribute of an entity, or None."""
    found = entity.get(name)
    return None if found is None else found.value


def agent_of(entity: dict[str, Finding], nature: Nature | None) -> Agent | None:
    """Put a person or an organisation together; without any name there is none.

    A name in parts is written ``Family, Given``; one in words is kept as it is.
    """
    family, given = get(entity, "family"), get(entity, "given")
    name = f"{family}, {given}" if family and given else None
    name = name or get(entity, "name") or family or get(entity, "organisation")
    if name is None:
        return None
    schemes = (("orcid", "ORCID"), ("ror", "ROR"))
    found = [
        one if isinstance(one, Identifier) else Identifier(one, scheme)
        for key, scheme in schemes
        if (one := get(entity, key))
    ]
    if "organisation" in entity and "name" not in entity:
        nature = Nature.ORGANISATIONAL
    affiliation = get(entity, "affiliation")
    return Agent(
        name=name,
        nature=nature,
        family_name=family,
        given_name=given,
        identifiers=tuple(found),
        affiliations=(Affiliation(affiliation, get(entity, "affiliation_ror")),)
        if affiliation
        else (),
    )


def creators(findings: Sequence[Finding]) -> tuple[Agent, ...]:
    """Give those who made the data, in their order.

    Some catalogues have one list of people, with *creator* as a role. Where two fields
    list the creators, the better rule's list counts, not both.
    """
    found = entities(findings, "creator")
    if found:
        best = min(rank_of(one) for one in found)
        found = [one for one in found if rank_of(one) == best]
    found += [one for one in entities(findings, "contributor") if is_creator(one)]
    return unique(a for one in found if (a := agent_of(one, None)) is not None)


def rank_of(entity: dict[str, Finding]) -> int:
    """Give the rank of the best rule that says something of an entity."""
    return min(found.rule.rank for found in entity.values())


def is_creator(entity: dict[str, Finding]) -> bool:
    """Tell whether somebody's role is to have made the data."""
    return str(get(entity, "role") or "").strip().casefold() == "creator"


def collected(findings: Sequence[Finding]) -> Interval | None:
    """Give when the data was taken: of each side, what the best rule found."""
    ends = []
    for side in ("start", "end"):
        found = values(findings, f"collected.{side}")
        best = min((f.rule.rank for f in found), default=0)
        ends += [Interval(**{side: f.value}) for f in found if f.rule.rank == best]
    return hull(ends)


def contributors(
    findings: Sequence[Finding], tables: Tables
) -> tuple[Contributor, ...]:
    """Give who took part: the role a field says, or the one that it stands for.

    Where two fields name those of one role, the better rule's are they, not both.
    """
    made: list[tuple[int, Contributor]] = []
    for entity in entities(findings, "contributor"):
        agent = agent_of(entity, Nature.PERSONAL)
        if agent is None or is_creator(entity):
            continue
        said = str(get(entity, "role") or "").casefold()
        fixed = next(
            (f.rule.argument for f in entity.values() if f.rule.convert == "person"),
            "",
        )
        role = tables.roles.get(said) or fixed or "DataCollector"
        made.append((rank_of(entity), Contributor(agent, role)))
    best: dict[str, int] = {}
    for rank, one in made:
        best[one.role] = min(rank, best.get(one.role, rank))
    return unique(one for rank, one in made if rank == best[one.role])


def best_of(findings: Sequence[Finding], target: str) -> list[Finding]:
    """Leave out what a rule of a lower rank says beside a better one's value."""
    best = min((f.rule.rank for f in values(findings, target)), default=0)
    return [f for f in findings if f.rule.target != target or f.rule.rank <= best]


def titles(findings: Sequence[Finding]) -> tuple[Text, ...]:
    """Give the title of the best rule, others as alternatives."""
    found = values(findings, "titles")
    main = next((f for f in found if not f.rule.argument), None)
    rest = [
        Text(f.value, f.rule.argument or "AlternativeTitle")
        for f in found
        if f is not main and (main is None or f.value != main.value)
    ]
    return unique([*([Text(main.value)] if main else []), *rest])


def subjects(findings: Sequence[Finding]) -> tuple[Subject, ...]:
    """Give terms of classifications."""
    return unique(
        Subject(
            value,
            scheme=get(entity, "scheme"),
            scheme_iri=get(entity, "scheme_iri"),
            iri=get(entity, "iri"),
            code=get(entity, "code"),
        )
        for entity in entities(findings, "subject")
        if (value := get(entity, "value"))
    )


def files(findings: Sequence[Finding]) -> tuple[File, ...]:
    """Give the files that the catalogue lists; only relative paths are public."""
    made = []
    for entity in entities(findings, "file")[:FILES]:
        path = get(entity, "path") or get(entity, "name")
        if not path:
            continue
        public = path if not path.startswith(("/", "\\")) and ":" not in path else None
        name = (get(entity, "name") or path).replace("\\", "/").rstrip("/")
        made.append(
            File(
                name.rpartition("/")[2],
                path=public if public and ".." not in public.split("/") else None,
                size=get(entity, "size"),
                checksum=get(entity, "checksum"),
            )
        )
    return unique(made)


def relations(findings: Sequence[Finding]) -> tuple[Relation, ...]:
    """Give links: of the type that the catalogue says, or that the rule stands for."""
    made = []
    for entity in entities(findings, "relation"):
        found = entity.get("identifier")
        if found is None or found.value.scheme == "Local":
            continue  # nobody else could follow it
        kind = get(entity, "type") or found.rule.argument or "References"
        made.append(Relation(found.value, kind, title=get(entity, "title")))
    return unique(made)


def funding(findings: Sequence[Finding]) -> tuple[Funding, ...]:
    """Give who paid."""
    return unique(
        Funding(
            funder,
            funder_identifier=get(entity, "identifier"),
            award_number=get(entity, "award_number"),
            award_uri=get(entity, "award_uri"),
            award_title=get(entity, "award_title"),
        )
        for entity in entities(findings, "funding")
        if (funder := get(entity, "funder"))
    )
