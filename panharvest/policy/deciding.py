"""The decision: everything that is said, in order of weight, made a timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from panharvest.policy.claims import Claims, Says
from panharvest.policy.computing import computed_opening, policy_at
from panharvest.policy.instants import FIRST_ZONE, spelled, whole_second
from panharvest.policy.opening import Opening, given_opening
from panharvest.policy.reconciling import bounded, catalogue_opening, held_closed
from panharvest.policy.timeline import Phase, Timeline, Visibility
from panharvest.times import to_instant

if TYPE_CHECKING:
    from panharvest.facilities import FacilityProfile
    from panharvest.record import Record, Withdrawal


def decide(record: Record, profile: FacilityProfile | None, claims: Claims) -> Timeline:
    """Decide what may be seen of a record, from when.

    Parameters
    ----------
    record
        Its ``collected`` interval, ``embargo.end`` (the catalogue's date),
        ``withdrawal`` and proposal numbers matter.
    profile
        The facility's time zone and policies; None when the facility is not known.
    claims
        What the operator or the catalogue says.

    Returns
    -------
    Timeline
        Without looking at a clock: the same input gives the same phases for ever.
    """
    opening = _opening(record, profile, claims)
    policy = opening.policy
    if opening.open:
        phases: tuple[Phase, ...] = (Phase(None, Visibility.OPEN, opening.reason),)
    elif opening.at is None:
        phases = (Phase(None, Visibility.HIDDEN, opening.reason),)
    else:
        during = Visibility(policy.during) if policy else Visibility.HIDDEN
        phases = (
            Phase(None, during, opening.reason),
            Phase(opening.at, Visibility.OPEN, opening.reason),
        )
    timeline = Timeline(phases, opening.at, opening.code, opening.reason, policy)
    withdrawal = claims.withdrawn or record.withdrawal
    return _withdrawn(timeline, withdrawal, profile) if withdrawal else timeline


def _opening(
    record: Record, profile: FacilityProfile | None, claims: Claims
) -> Opening:
    if claims.proprietary:
        return Opening(
            None,
            "embargo.proprietary",
            "hidden: proprietary work; nothing opens it but that mark being taken away",
        )
    if claims.public is False:
        return Opening(
            None,
            "embargo.not-public",
            "hidden: marked as not public; set public to true or leave it out",
        )
    computed = computed_opening(record, profile)
    said = claims.catalogue or Says(
        dates=(record.embargo.end,) if record.embargo and record.embargo.end else ()
    )
    policy = computed.policy or policy_at(profile, date.max)
    held = held_closed(said, policy)
    if held is not None:
        return replace(held, policy=policy)
    if claims.release_date is not None:
        given = given_opening(
            claims.release_date, profile, "release-date", "release date"
        )
        return replace(given, policy=computed.policy)
    if claims.incomplete:
        return Opening(
            None,
            "embargo.incomplete",
            "hidden: a file of the dataset could not be read, and it may be the last; "
            "mend it and ingest it again, or give a release date",
            computed.policy,
        )
    found = catalogue_opening(said, policy, computed, profile)
    return bounded(found, said.not_before, profile)


def _withdrawn(
    timeline: Timeline, withdrawal: Withdrawal, profile: FacilityProfile | None
) -> Timeline:
    """End all phases at a withdrawal; at once when its date cannot be read."""
    zone = profile.timezone if profile else FIRST_ZONE
    at = to_instant(withdrawal.date, zone, "earliest")
    kept = [
        phase
        for phase in timeline.phases
        if at is not None and (phase.start is None or phase.start < at)
    ]
    reason = "withdrawn" if at is None else f"withdrawn on {spelled(whole_second(at))}"
    last = Phase(
        whole_second(at) if at and kept else None, Visibility.WITHDRAWN, reason
    )
    opened = any(phase.visibility is Visibility.OPEN for phase in kept)
    return Timeline(
        (*kept, last),
        timeline.opens_at if opened else None,
        "withdrawn",
        reason,
        timeline.policy,
    )
