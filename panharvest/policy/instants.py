"""From dates as they are known to instants: never earlier than meant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from panharvest.oai import format_datestamp
from panharvest.times import read_moment, to_instant

if TYPE_CHECKING:
    from panharvest.facilities import FacilityProfile
    from panharvest.record import Moment
    from panharvest.times import Edge

LAST_ZONE = "Etc/GMT+12"  # UTC-12: where every day begins and ends last
FIRST_ZONE = "Etc/GMT-14"  # UTC+14: where every day begins first


def release_instant(moment: Moment, profile: FacilityProfile | None) -> datetime | None:
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
    return whole_second(max(one for one in instants if one)) if all(instants) else None


def last_day(moment: Moment, zone: str) -> date | None:
    """Give the last day, at the facility, that a moment can mean."""
    if read_moment(moment.text) is None:
        return None
    instant = to_instant(moment, zone, "latest")
    if instant is None:
        return None
    if not moment.has_time:  # the instant is when the day, month or year is over
        instant -= timedelta(seconds=1)
    return instant.astimezone(ZoneInfo(zone)).date()


def whole_second(instant: datetime) -> datetime:
    """Round up to a whole second: never early."""
    whole = instant.replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)


def spelled(instant: datetime) -> str:
    """Write an instant as the reasons have it: in whole seconds UTC."""
    return format_datestamp(int(instant.timestamp()))
