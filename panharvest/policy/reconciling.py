"""What a catalogue says of release, brought together with the policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from panharvest.policy.instants import release_instant, spelled
from panharvest.policy.opening import Opening, given_opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.facilities import EmbargoPolicy, FacilityProfile
    from panharvest.policy.claims import Says
    from panharvest.record import Moment


_NEVER = datetime.min.replace(tzinfo=UTC)


def held_closed(said: Says, policy: EmbargoPolicy) -> Opening | None:
    """Say what keeps a record closed, whatever its dates are."""
    if said.public is False and policy.public_flag != "date_wins":
        return Opening(
            None, "embargo.not-public", f"hidden: {said.reason or 'it is not public'}"
        )
    kind = dict(policy.documents).get(said.kind or "", "same_as_data")
    if kind == "hidden":
        return Opening(
            None,
            "embargo.excluded",
            f"hidden: policy {policy.id} does not show documents of this kind "
            f"({said.kind})",
        )
    if said.type and said.type in {one.casefold() for one in policy.exclude_types}:
        return Opening(
            None,
            "embargo.excluded",
            f"hidden: policy {policy.id} does not open experiments of this type",
        )
    return None


def catalogue_opening(
    said: Says,
    policy: EmbargoPolicy,
    computed: Opening,
    profile: FacilityProfile | None,
) -> Opening:
    """Bring together what the catalogue says and what the policy computes."""
    flagged = Opening(
        None,
        "embargo.source-public",
        "open: the catalogue says that it is public",
        computed.policy,
        open=True,
    )
    if computed.code == "embargo.excluded" or policy.release_source == "policy":
        return computed
    if said.public and policy.public_flag == "flag_wins":
        return flagged
    if said.dates:
        # plainly public, and its date has come: that is two keys, and no policy needed
        both = bool(said.public) and policy.public_flag == "require_both"
        return _by_dates(said.dates, policy, computed, profile, alone=both)
    if said.public and policy.public_flag in ("require_both", "date_wins"):
        return flagged if policy.public_flag == "require_both" else computed
    if said.needs_date and policy.without_source_date == "hidden":
        return Opening(
            None,
            "embargo.no-source-date",
            "hidden: the catalogue has no release date; set one there, give one in a "
            "manifest, or let the policy decide (without_source_date)",
            computed.policy,
        )
    return computed


def _by_dates(
    dates: Sequence[Moment],
    policy: EmbargoPolicy,
    computed: Opening,
    profile: FacilityProfile | None,
    *,
    alone: bool,
) -> Opening:
    """Open at the latest date of the catalogue, or the policy's if that is later."""
    found = [
        given_opening(one, profile, "source-date", "catalogue's date") for one in dates
    ]
    wrong = next((one for one in found if one.at is None), None)
    given = wrong or max(found, key=lambda one: one.at or _NEVER)
    if given.at is None:
        return replace(given, policy=computed.policy)
    if policy.release_source == "later" and not alone:
        if computed.code == "embargo.date-nonsense":
            return computed
        if computed.at and computed.at > given.at:
            return computed
    longest = policy.max_extension
    if longest and computed.at and given.at > computed.at + timedelta(days=longest):
        given = replace(
            given,
            code="embargo.long-extension",
            reason=f"{given.reason}; that is more than {longest} days after what "
            f"policy {policy.id} says ({spelled(computed.at)}): check it",
        )
    return replace(given, policy=computed.policy)


def bounded(
    found: Opening, bound: Moment | None, profile: FacilityProfile | None
) -> Opening:
    """Open not before a bound that the catalogue has."""
    if bound is None or (found.at is None and not found.open):
        return found
    at = release_instant(bound, profile)
    if at is None:  # days without number, or beyond any calendar: not a reason to open
        return replace(
            found,
            at=None,
            open=False,
            code="embargo.date-nonsense",
            reason="hidden: the days that the facility's entry in the catalogue says "
            "lead to no date; correct them there",
        )
    if found.at is not None and found.at >= at:
        return found
    return replace(
        found,
        at=at,
        open=False,
        code="embargo.source-bound",
        reason=f"opens at {spelled(at)}, not before the days that the facility's entry "
        "in the catalogue says",
    )
