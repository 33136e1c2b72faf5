"""What of a record is shown in a phase, checked, and rendered in every format."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from panharvest import oai
from panharvest.checks import check
from panharvest.derived import page_path
from panharvest.formats.datacite.rules import errors_of
from panharvest.policy import Phase, Timeline, Visibility
from panharvest.protocols import BASE_URL, Stage
from panharvest.record import (
    Access,
    AccessStatus,
    Embargo,
    Moment,
    Problem,
    Record,
    to_json,
)
from panharvest.vocabulary import panet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.publish.context import Context


# What is shown of a record during an embargo where a policy says "metadata".
CORE_FIELDS = (
    *("pid", "titles", "creators", "publisher", "facility", "instruments"),
    "collected",
)
ALWAYS = ("id", "kind", "landing_page", "provenance")


def landing_page(item_id: str) -> str:
    """Give the address of a record's own page, below the base URL still unknown."""
    return f"{BASE_URL}{page_path(item_id)}"


def shown_in(phase: Phase, record: Record, timeline: Timeline) -> Record | None:
    """Give what of the record may be shown in a phase; None when nothing may.

    The licence of opened data is the record's own, else that of the policy by which it
    opened; none is made up.
    """
    opens, policy = _day(timeline.opens_at), timeline.policy
    start = record.collected and (record.collected.end or record.collected.start)
    embargo = Embargo(
        start=Moment(start.day)
        if start and opens and start.day <= opens.text
        else None,
        end=opens,
    )
    if phase.visibility is Visibility.OPEN:
        return replace(
            record,
            access=record.access or Access(AccessStatus.OPEN),
            licence=record.licence or (policy.licence_after if policy else None),
            embargo=embargo if opens else None,
            issued=record.issued or opens,
        )
    if phase.visibility in (Visibility.METADATA, Visibility.ALL):
        held: dict[str, Any] = {
            "access": Access(AccessStatus.EMBARGOED),
            "embargo": embargo,
            "files": (),
            "services": (),
        }
        if phase.visibility is Visibility.ALL:
            return replace(record, **held)
        wanted = (policy.core_fields if policy else ()) or CORE_FIELDS
        core = {name: getattr(record, name) for name in (*ALWAYS, *wanted)}
        if "creators" not in core and record.publisher:  # nobody is named, yet
            core["creators"] = (record.publisher,)
        return Record(**{**core, **held})
    return None


def _day(instant: datetime | None) -> Moment | None:
    return Moment(instant.astimezone(UTC).date().isoformat()) if instant else None


def checked(
    shown: Sequence[tuple[Phase, Record | None]], context: Context
) -> tuple[Problem, ...]:
    """Give what is wrong with the records, and with what would be sent of them."""
    records = [record for _, record in shown if record is not None]
    found = [p for record in records for p in check(record)]
    if form := context.formats.get("datacite"):
        bodies = (form.write(record) for record in records)
        found += [p for body in bodies if body for p in errors_of(body)]
    return tuple(dict.fromkeys(found))


def shown_stage(start: int, record: Record | None, context: Context) -> Stage:
    """Render what may be shown of a record from an instant on, in all formats."""
    if record is None:
        return Stage(start)
    bodies = {"_record": to_json(record)}
    for prefix, form in context.formats.items():
        body = form.write(record)
        if body is not None:
            bodies[prefix] = body
    return Stage(start, bodies, _sets(record), _about(record, context.terms))


def _about(record: Record, terms: str | None) -> bytes:
    """Say where a record came from, and under which terms its metadata is given."""
    origin = record.provenance.origin if record.provenance else None
    return oai.about_provenance(origin) + (oai.about_rights(terms) if terms else b"")


def _sets(record: Record) -> tuple[str, ...]:
    sets = {f"kind:{record.kind}"}
    if record.facility:
        sets.add(f"facility:{record.facility.id}")
    if record.access:
        sets.add(f"access:{record.access.status}")
        if record.access.status is AccessStatus.OPEN:
            sets.add("openaire_data")
    vocabulary = panet() if record.techniques else None
    for technique in record.techniques:
        if vocabulary is None or vocabulary.term(technique.iri) is None:
            continue
        for iri in {technique.iri, *vocabulary.ancestors(technique.iri)}:
            if vocabulary.is_technique(iri):
                sets.add(f"technique:{iri.rpartition('/')[2]}")
    return tuple(sorted(sets))
