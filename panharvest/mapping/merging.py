"""One record of several descriptions: the first one's word, gaps filled by the next.

A dataset may be in a catalogue and in a file, or in two catalogues. What they say
differently is reported; what only one says is kept; what either keeps closed is closed.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from panharvest.mapping.shared import Mapped
from panharvest.policy import Claims, Says
from panharvest.record import Kind, Level, Problem, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from panharvest.record import Interval

# Lists in which both may know something that the other does not.
UNITED: dict[str, Callable[[Any], object]] = {
    "techniques": lambda one: one.iri,
    "probes": lambda one: one.name,
    "parameters": lambda one: one.name,
    "alternate_identifiers": lambda one: (one.scheme, one.value),
    "relations": lambda one: (one.type, one.identifier.value),
    "definitions": lambda one: one,
    "formats": lambda one: one,
}
# Fields of which the first has its own, whatever the others say.
OWN = frozenset({"id", "kind", "provenance", "landing_page", "embargo", "access"})
# How many are there, and how much: of the same description as the files.
OF_FILES = ("files", "size", "file_count", "size_exact")


def merge(descriptions: Sequence[Mapped]) -> Mapped:
    """Make one record; ``descriptions`` are in order of trust, at least one."""
    first, *others = descriptions
    for other in others:
        first = _two(first, other)
    return first


def _two(first: Mapped, second: Mapped) -> Mapped:
    one, two = first.record, second.record
    problems = (*first.problems, *second.problems, *conflicts(one, two))
    return Mapped(
        record=_filled(one, two),
        trace=(*first.trace, *second.trace),
        leftovers=(*first.leftovers, *second.leftovers),
        problems=tuple(dict.fromkeys(_relevant(problems, one, two))),
        claims=_claims(first.claims, second.claims),
    )


def _relevant(
    problems: Iterable[Problem], one: Record, two: Record
) -> Iterable[Problem]:
    """Leave out that a description lacks what the other has."""
    known = one.facility is not None or two.facility is not None
    return (p for p in problems if not (known and p.code == "MAP-FACILITY"))


def _filled(one: Record, two: Record) -> Record:
    changes: dict[str, Any] = {}
    for field in fields(Record):
        name = field.name
        if name in OWN or name in OF_FILES:
            continue
        mine, theirs = getattr(one, name), getattr(two, name)
        if name in UNITED:
            united = _united(mine, theirs, UNITED[name])
            if united != mine:
                changes[name] = united
        elif not mine and theirs:
            changes[name] = theirs
    if not one.files and two.files:
        changes |= {name: getattr(two, name) for name in OF_FILES}
    elif one.size is None and two.size is not None and not one.files:
        changes |= {name: getattr(two, name) for name in ("size", "file_count")}
    if one.kind in (Kind.DATASET, Kind.OTHER) and two.kind not in (
        Kind.OTHER,
        Kind.DATASET,
    ):
        changes["kind"] = two.kind
    # a composed creator or title is worth less than what the other was told
    if one.creators == (one.publisher,) and two.creators not in ((), (two.publisher,)):
        changes["creators"] = two.creators
    return replace(one, **changes)


def _united(
    mine: Sequence[Any], theirs: Sequence[Any], key: Callable[[Any], object]
) -> tuple[Any, ...]:
    known = {key(one) for one in mine}
    return (*mine, *(one for one in theirs if key(one) not in known))


def conflicts(one: Record, two: Record) -> list[Problem]:
    """Report what two descriptions say differently; values stay out of it."""
    found = []

    def told(field: str, what: str) -> None:
        found.append(
            Problem(
                "MERGE-CONFLICT",
                Level.WARNING,
                field,
                f"two descriptions of it {what}; the catalogue's is taken",
                "correct the one that is wrong",
            )
        )

    if days_of(one.collected) and days_of(two.collected):
        mine, theirs = days_of(one.collected), days_of(two.collected)
        if min(mine) > max(theirs) or max(mine) < min(theirs):
            told("collected", "were taken at different times")
    if one.facility and two.facility and one.facility.id != two.facility.id:
        told("facility", f"are of {one.facility.id} and {two.facility.id}")
    names = ({_fold(i.name) for i in r.instruments} for r in (one, two))
    mine_, theirs_ = names
    if mine_ and theirs_ and not mine_ & theirs_:
        told("instruments", "name different instruments")
    formulas = [{s.formula for s in r.samples if s.formula} for r in (one, two)]
    if formulas[0] and formulas[1] and not formulas[0] & formulas[1]:
        told("samples", "give different formulas of the sample")
    values = {p.name: (p.value, p.unit) for p in two.parameters}
    for p in one.parameters:
        other = values.get(p.name)
        if other and other[1] == p.unit and not _close(p.value, other[0]):
            told("parameters", f"give different values of {p.name}")
    return found


def _close(one: float | str, two: float | str) -> bool:
    if isinstance(one, str) or isinstance(two, str):
        return one == two
    return abs(one - two) <= 1e-3 * max(abs(one), abs(two))


def _fold(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def days_of(interval: Interval | None) -> list[str]:
    """Give the days of a time, as far as they are known."""
    ends = (interval.start, interval.end) if interval else ()
    return [one.text[:10] for one in ends if one is not None and len(one.text) >= 10]


def _claims(one: Claims, two: Claims) -> Claims:
    """Bring together what is said of access: closed by either is closed."""
    return Claims(
        release_date=one.release_date or two.release_date,
        public=False if False in (one.public, two.public) else one.public or two.public,
        proprietary=one.proprietary or two.proprietary,
        incomplete=one.incomplete or two.incomplete,
        withdrawn=one.withdrawn or two.withdrawn,
        catalogue=_says(one.catalogue, two.catalogue),
    )


def _says(one: Says | None, two: Says | None) -> Says | None:
    if one is None or two is None:
        return one or two
    flags = [s.public for s in (one, two) if s.public is not None]
    return Says(
        public=all(flags) if flags else None,
        reason="; ".join(dict.fromkeys(filter(None, (one.reason, two.reason)))),
        dates=tuple(dict.fromkeys((*one.dates, *two.dates))),
        needs_date=one.needs_date or two.needs_date,
        not_before=one.not_before or two.not_before,
        type=one.type or two.type,
        kind=one.kind or two.kind,
    )
