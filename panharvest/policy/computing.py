"""The facility's policy applied: so long after the experiment, data opens."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from panharvest.facilities import EmbargoPolicy
from panharvest.facilities.reading import PERIOD
from panharvest.policy.instants import last_day, release_instant, spelled
from panharvest.policy.opening import Opening
from panharvest.record import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.facilities import FacilityProfile
    from panharvest.record import Record


DEFAULT = EmbargoPolicy(id="default", period="P3Y")
GRACE = timedelta(days=7)  # how long an experiment may last whose end is not known


def policy_at(profile: FacilityProfile | None, day: date) -> EmbargoPolicy:
    """Give the policy under which an experiment that ended on a day was done."""
    for policy in reversed(profile.policies if profile else ()):
        begun = policy.valid_from is None or policy.valid_from <= day
        if begun and (policy.valid_until is None or day <= policy.valid_until):
            return policy
    return DEFAULT


def add_period(day: date, policy: EmbargoPolicy) -> date:
    """Add a policy's period to a day.

    Raises
    ------
    OverflowError
        When the result lies beyond the calendar.
    """
    parts = PERIOD.fullmatch(policy.period)
    if parts is None:
        raise ValueError(f"{policy.id}: {policy.period} is not a period")
    years, months, weeks, days = (int(part or 0) for part in parts.groups())
    count = (day.year + years) * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if year > date.max.year:
        raise OverflowError(year)
    length = calendar.monthrange(year, month + 1)[1]
    moved = date(year, month + 1, min(day.day, length))
    if day.day > length and policy.month_end == "roll_forward":
        moved += timedelta(days=1)
    return moved + timedelta(weeks=weeks, days=days)


def computed_opening(record: Record, profile: FacilityProfile | None) -> Opening:
    """Apply the policy that held when the experiment ended."""
    if profile is None:
        return Opening(
            None,
            "embargo.unknown-facility",
            "hidden: the facility is not known, so no policy applies; "
            "name the facility or give a release date",
        )
    collected = record.collected
    moments = [m for m in (collected.start, collected.end) if m] if collected else []
    if collected is None or not moments:
        return Opening(
            None,
            "embargo.no-date",
            "hidden: when the experiment was done is not known; give a release date",
        )
    days = [last_day(moment, profile.timezone) for moment in moments]
    known = [day for day in days if day is not None]
    if len(known) < len(days):
        return Opening(
            None,
            "embargo.date-nonsense",
            "hidden: the date of the experiment is impossible; give a release date",
        )
    policy = policy_at(profile, max(known))
    numbers = [i.value for i in record.alternate_identifiers]
    if any(re.search(p, n, re.IGNORECASE) for p in policy.exclude for n in numbers):
        return Opening(
            None,
            "embargo.excluded",
            f"hidden: policy {policy.id} does not open proposals of this kind; "
            "give a release date to open it all the same",
            policy,
        )
    return _by_policy(known, collected.end is not None, policy, profile)


def _by_policy(
    days: Sequence[date], ended: bool, policy: EmbargoPolicy, profile: FacilityProfile
) -> Opening:
    added = timedelta()
    if policy.anchor == "experiment_start":
        anchor, said = min(days), "the start"
    elif ended:
        # An end before the start is a slip of one of the two: the later one counts.
        anchor, said = max(days), "the end"
    elif policy.without_end == "hidden":
        return Opening(
            None,
            "embargo.no-end",
            "hidden: when the experiment ended is not known; give a release date",
            policy,
        )
    else:
        anchor, said = max(days), "the start (and 7 days, as the end is not known)"
        added = GRACE
    if policy.opens_at == "end_of_day":
        added += timedelta(days=1)
    try:
        day = add_period(anchor, policy) + added
    except OverflowError:
        at = None
    else:
        at = release_instant(Moment(day.isoformat()), profile)
    if at is None:
        return Opening(
            None,
            "embargo.date-nonsense",
            "hidden: the date of the experiment is too far away; give a release date",
            policy,
        )
    reason = (
        f"opens at {spelled(at)}, {policy.period} after {said} of the experiment "
        f"({_named(policy, profile)})"
    )
    return Opening(at, "embargo.policy", reason, policy)


def _named(policy: EmbargoPolicy, profile: FacilityProfile) -> str:
    if policy is not DEFAULT:
        return f"policy {policy.id} of {profile.name}"
    if profile.policy_known:
        return f"the default, as no policy of {profile.name} held then"
    return f"the default, as the policy of {profile.name} is not known"
