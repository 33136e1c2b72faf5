"""Who may see a record, and from when: a pure decision, written down as phases.

What decides, in this order: a withdrawal; proprietary work and data marked as not
public (hidden), by the operator or by the catalogue; the operator's release date; the
catalogue's date and the facility's policy (the later of the two, unless the policy says
otherwise); a catalogue that plainly says public and gives no date. Whatever is missing,
unreadable or contradictory keeps a record hidden, with a code and a sentence that says
what would open it. A facility whose policy is not known to us has the default: three
years after the end of the experiment, hidden until then.

Reasons never contain anything of the record but dates and its facility's name.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from panharvest.facilities import EmbargoPolicy
from panharvest.facilities.reading import PERIOD
from panharvest.record import Moment, Withdrawal
from panharvest.times import read_moment, to_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from panharvest.facilities import FacilityProfile
    from panharvest.record import Record
    from panharvest.times import Edge

DEFAULT = EmbargoPolicy(id="default", period="P3Y")
LAST_ZONE = "Etc/GMT+12"  # UTC-12: where every day begins and ends last
FIRST_ZONE = "Etc/GMT-14"  # UTC+14: where every day begins first
_NEVER = datetime.min.replace(tzinfo=UTC)
GRACE = timedelta(days=7)  # how long an experiment may last whose end is not known


class Visibility(StrEnum):
    """What is shown of a record."""

    HIDDEN = "hidden"
    METADATA = "metadata"  # the core fields of the policy
    ALL = "all"  # all metadata, but not the data
    OPEN = "open"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Phase:
    """What is shown from an instant on (None: from the beginning), and why."""

    start: datetime | None
    visibility: Visibility
    reason: str


@dataclass(frozen=True, slots=True)
class Says:
    """What a catalogue says of the release of a document.

    ``public`` is None where its model has no such flag; False also when it should say
    so and does not, with the ``reason``. ``dates`` are release dates as they were
    written, also those that are none; ``needs_date``: without one nothing opens.
    ``not_before`` is a lower bound. ``type`` and ``kind`` are words that a policy may
    exclude or treat apart (``commissioning``; ``proposal``).
    """

    public: bool | None = None
    reason: str = ""
    dates: tuple[Moment, ...] = ()
    needs_date: bool = False
    not_before: Moment | None = None
    type: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What an operator or a catalogue says of access, besides the record.

    ``release_date`` is the operator's: it decides alone, also against the policy. A
    date that could not be read must be passed on as it was written: it hides the
    record, while None lets the policy decide. ``public`` False hides; True does not
    open before the date. ``incomplete``: a file of the dataset could not be read, so
    that when the experiment ended is not known. ``catalogue`` is what the catalogue
    says, where the record comes from one.
    """

    release_date: Moment | None = None
    public: bool | None = None
    proprietary: bool = False
    incomplete: bool = False
    withdrawn: Withdrawal | None = None
    catalogue: Says | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The phases of a record, in order of time; the first is from the beginning.

    ``opens_at`` is when the data opens (None: not foreseen), in whole seconds UTC,
    rounded up. ``code`` is stable. ``policy`` is the policy that was applied, whose
    ``licence_after`` are the terms of the opened data.
    """

    phases: tuple[Phase, ...]
    opens_at: datetime | None
    code: str
    reason: str
    policy: EmbargoPolicy | None = None


@dataclass(frozen=True, slots=True)
class _Opening:
    """When data opens, or why that cannot be said."""

    at: datetime | None
    code: str
    reason: str
    policy: EmbargoPolicy | None = None
    open: bool = False  # from the beginning; since when is not known


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


def _opening(
    record: Record, profile: FacilityProfile | None, claims: Claims
) -> _Opening:
    if claims.proprietary:
        return _Opening(
            None,
            "embargo.proprietary",
            "hidden: proprietary work; nothing opens it but that mark being taken away",
        )
    if claims.public is False:
        return _Opening(
            None,
            "embargo.not-public",
            "hidden: marked as not public; set public to true or leave it out",
        )
    computed = _computed(record, profile)
    said = claims.catalogue or Says(
        dates=(record.embargo.end,) if record.embargo and record.embargo.end else ()
    )
    policy = computed.policy or policy_at(profile, date.max)
    held = _held(said, policy)
    if held is not None:
        return replace(held, policy=policy)
    if claims.release_date is not None:
        given = _given(claims.release_date, profile, "release-date", "release date")
        return replace(given, policy=computed.policy)
    if claims.incomplete:
        return _Opening(
            None,
            "embargo.incomplete",
            "hidden: a file of the dataset could not be read, and it may be the last; "
            "mend it and ingest it again, or give a release date",
            computed.policy,
        )
    found = _by_catalogue(said, policy, computed, profile)
    return _bounded(found, said.not_before, profile)


def _held(said: Says, policy: EmbargoPolicy) -> _Opening | None:
    """Say what keeps a record closed, whatever its dates are."""
    if said.public is False and policy.public_flag != "date_wins":
        return _Opening(
            None, "embargo.not-public", f"hidden: {said.reason or 'it is not public'}"
        )
    kind = dict(policy.documents).get(said.kind or "", "same_as_data")
    if kind == "hidden":
        return _Opening(
            None,
            "embargo.excluded",
            f"hidden: policy {policy.id} does not show documents of this kind "
            f"({said.kind})",
        )
    if said.type and said.type in {one.casefold() for one in policy.exclude_types}:
        return _Opening(
            None,
            "embargo.excluded",
            f"hidden: policy {policy.id} does not open experiments of this type",
        )
    return None


def _by_catalogue(
    said: Says,
    policy: EmbargoPolicy,
    computed: _Opening,
    profile: FacilityProfile | None,
) -> _Opening:
    """Bring together what the catalogue says and what the policy computes."""
    flagged = _Opening(
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
        return _Opening(
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
    computed: _Opening,
    profile: FacilityProfile | None,
    *,
    alone: bool,
) -> _Opening:
    """Open at the latest date of the catalogue, or the policy's if that is later."""
    found = [_given(one, profile, "source-date", "catalogue's date") for one in dates]
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
            f"policy {policy.id} says ({_said(computed.at)}): check it",
        )
    return replace(given, policy=computed.policy)


def _bounded(
    found: _Opening, bound: Moment | None, profile: FacilityProfile | None
) -> _Opening:
    """Open not before a bound that the catalogue has."""
    if bound is None or (found.at is None and not found.open):
        return found
    at = _release(bound, profile)
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
        reason=f"opens at {_said(at)}, not before the days that the facility's entry "
        "in the catalogue says",
    )


def _given(
    moment: Moment, profile: FacilityProfile | None, code: str, name: str
) -> _Opening:
    """Open at a date that someone gave."""
    at = _release(moment, profile)
    if at is None:
        return _Opening(
            None,
            "embargo.date-nonsense",
            f"hidden: the {name} is not a date; write it as YYYY-MM-DD",
        )
    return _Opening(at, f"embargo.{code}", f"opens at {_said(at)}, the {name}")


def _release(moment: Moment, profile: FacilityProfile | None) -> datetime | None:
    """Give the instant of a release; None when the date cannot be one.

    A day opens when it has begun both at the facility and in UTC, so that its date in
    UTC never reads as the day before; a month or a year opens when it is over.
    """
    if read_moment(moment.text) is None:
        return None
    zone = profile.timezone if profile else LAST_ZONE
    whole_day = not moment.has_time and len(moment.text) == len("2024-06-01")
    edge: Edge = "earliest" if whole_day else "latest"
    zones = (zone,) if moment.has_time else (zone, "UTC")
    instants = [to_instant(moment, one, edge) for one in zones]
    return _whole(max(one for one in instants if one)) if all(instants) else None


def _computed(record: Record, profile: FacilityProfile | None) -> _Opening:
    """Apply the policy that held when the experiment ended."""
    if profile is None:
        return _Opening(
            None,
            "embargo.unknown-facility",
            "hidden: the facility is not known, so no policy applies; "
            "name the facility or give a release date",
        )
    collected = record.collected
    moments = [m for m in (collected.start, collected.end) if m] if collected else []
    if collected is None or not moments:
        return _Opening(
            None,
            "embargo.no-date",
            "hidden: when the experiment was done is not known; give a release date",
        )
    days = [_last_day(moment, profile.timezone) for moment in moments]
    known = [day for day in days if day is not None]
    if len(known) < len(days):
        return _Opening(
            None,
            "embargo.date-nonsense",
            "hidden: the date of the experiment is impossible; give a release date",
        )
    policy = policy_at(profile, max(known))
    numbers = [i.value for i in record.alternate_identifiers]
    if any(re.search(p, n, re.IGNORECASE) for p in policy.exclude for n in numbers):
        return _Opening(
            None,
            "embargo.excluded",
            f"hidden: policy {policy.id} does not open proposals of this kind; "
            "give a release date to open it all the same",
            policy,
        )
    return _by_policy(known, collected.end is not None, policy, profile)


def _by_policy(
    days: Sequence[date], ended: bool, policy: EmbargoPolicy, profile: FacilityProfile
) -> _Opening:
    added = timedelta()
    if policy.anchor == "experiment_start":
        anchor, said = min(days), "the start"
    elif ended:
        # An end before the start is a slip of one of the two: the later one counts.
        anchor, said = max(days), "the end"
    elif policy.without_end == "hidden":
        return _Opening(
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
        at = _release(Moment(day.isoformat()), profile)
    if at is None:
        return _Opening(
            None,
            "embargo.date-nonsense",
            "hidden: the date of the experiment is too far away; give a release date",
            policy,
        )
    reason = (
        f"opens at {_said(at)}, {policy.period} after {said} of the experiment "
        f"({_named(policy, profile)})"
    )
    return _Opening(at, "embargo.policy", reason, policy)


def _named(policy: EmbargoPolicy, profile: FacilityProfile) -> str:
    if policy is not DEFAULT:
        return f"policy {policy.id} of {profile.name}"
    if profile.policy_known:
        return f"the default, as no policy of {profile.name} held then"
    return f"the default, as the policy of {profile.name} is not known"


def _last_day(moment: Moment, zone: str) -> date | None:
    """Give the last day, at the facility, that a moment can mean."""
    if read_moment(moment.text) is None:
        return None
    instant = to_instant(moment, zone, "latest")
    if instant is None:
        return None
    if not moment.has_time:  # the instant is when the day, month or year is over
        instant -= timedelta(seconds=1)
    return instant.astimezone(ZoneInfo(zone)).date()


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
    reason = "withdrawn" if at is None else f"withdrawn on {_said(_whole(at))}"
    last = Phase(_whole(at) if at and kept else None, Visibility.WITHDRAWN, reason)
    opened = any(phase.visibility is Visibility.OPEN for phase in kept)
    return Timeline(
        (*kept, last),
        timeline.opens_at if opened else None,
        "withdrawn",
        reason,
        timeline.policy,
    )


def _whole(instant: datetime) -> datetime:
    """Round up to a whole second: never early."""
    whole = instant.replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)


def _said(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
