"""What a catalogue says about the release of a document, made comparable.

Every system says it in another way, and says things that look like it. Which members
count is in ``rules/release.tsv``; what they do not say plainly counts as *not public*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from panharvest.errors import ConfigError
from panharvest.mapping.selecting import read_selector, select
from panharvest.policy import Says
from panharvest.record import Moment
from panharvest.tables import read_table
from panharvest.times import read_moment, to_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

TABLE = ("rules", "release.tsv")
COLUMNS = ("rule_id", "system", "entity", "path", "what", "argument")
WHAT = frozenset({"flag", "each", "parent", "word", "date", "days", "type", "kind"})
UNREADABLE = "no date"  # a moment that hides: it was said, and is none


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """A member that says something of release.

    ``what`` is ``flag`` (must be true; with ``optional``, where it is said), ``each``
    (all of a list must be), ``parent`` (one of a list must be, where there is one),
    ``word`` (must be one of those of the argument), ``date``, ``days`` (so many after
    the date that the argument names), ``type`` and ``kind`` (words for the facility's
    policy).
    """

    id: str
    path: tuple[tuple[str, bool], ...]
    what: str
    argument: str


def read_release(root: Traversable) -> dict[tuple[str, str], tuple[ReleaseRule, ...]]:
    """Read the table, by system and entity.

    Raises
    ------
    ConfigError
        Naming line and reason.
    """
    place = root.joinpath(*TABLE)
    if not place.is_file():
        return {}
    found: dict[tuple[str, str], tuple[ReleaseRule, ...]] = {}
    for line, row in enumerate(read_table(place, COLUMNS), 2):
        if row["what"] not in WHAT:
            known = ", ".join(sorted(WHAT))
            raise ConfigError(f"{TABLE[-1]}:{line}: '{row['what']}' is none of {known}")
        rule = ReleaseRule(
            row["rule_id"], read_selector(row["path"]), row["what"], row["argument"]
        )
        key = (row["system"], row["entity"])
        found[key] = (*found.get(key, ()), rule)
    return found


def says(
    rules: Sequence[ReleaseRule], document: Mapping[str, Any], zone: str | None = None
) -> Says | None:
    """Say what a document says of its release; None when no rule is for its kind.

    Parameters
    ----------
    zone
        Where dates without zone are meant, for those that are counted from.
    """
    if not rules:
        return None
    public: bool | None = None
    reasons: list[str] = []
    dates: list[Moment] = []
    required, bound = False, None
    words: dict[str, str] = {}
    for rule in rules:
        values = [place.value for place in select(document, rule.path)]
        if rule.what in ("flag", "each", "parent", "word"):
            why = _closed(rule, values)
            if why is None:
                continue
            public = (public is not False) and not why
            reasons += [why] if why else []
        elif rule.what == "date":
            required |= rule.argument == "required"
            dates += [_moment(one) for one in values if one is not None]
        elif rule.what == "days":
            bound = bound or _bound(values, document, rule.argument, zone)
        else:
            said = next((one for one in values if isinstance(one, str)), "")
            known = rule.argument.split()
            if said and (not known or said.strip().casefold() in known):
                words[rule.what] = said.strip().casefold()
    return Says(
        public=public,
        reason="; ".join(reasons),
        dates=tuple(dates),
        needs_date=required,
        not_before=bound,
        type=words.get("type"),
        kind=words.get("kind"),
    )


def _closed(rule: ReleaseRule, values: Sequence[Any]) -> str | None:
    """Say why a statement keeps a document closed: empty when it does not.

    None when it says nothing.
    """
    name = ".".join(name for name, _ in rule.path)
    if rule.what == "flag":
        if not values or values[0] is None:
            if rule.argument == "optional":
                return None
            return f"the catalogue does not say that it is public ({name} is missing)"
        return (
            "" if values[0] is True else f"the catalogue says that {name} is not true"
        )
    if rule.what == "word":
        said = str(values[0]).strip().casefold() if values and values[0] else ""
        if said in rule.argument.split():
            return ""
        return (
            f"its {name} in the catalogue is none of {', '.join(rule.argument.split())}"
        )
    if rule.what == "parent":
        if not values or any(one is True for one in values):
            return None if not values else ""
        return "what it belongs to is not public in the catalogue"
    if not values:
        return "none of its datasets is known to be public"
    shut = sum(one is not True for one in values)
    if not shut:
        return ""
    return f"{shut} of its {len(values)} datasets are not public, or not there"


def _moment(value: object) -> Moment:
    """Read a date; what is there and is none hides."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return Moment(UNREADABLE)
    if isinstance(value, int | float):  # milliseconds since 1970, as MongoDB has them
        return Moment(UNREADABLE, str(value))
    found = read_moment(value)
    return found or Moment(value.strip()[:40] or UNREADABLE)


def _bound(
    values: Sequence[Any], document: Mapping[str, Any], path: str, zone: str | None
) -> Moment | None:
    """Give the day before which a facility's own number of days opens nothing."""
    days = next((one for one in values if one is not None), None)
    text = next((p.value for p in select(document, read_selector(path))), None)
    if days is None or not isinstance(text, str):
        return None
    moment = read_moment(text)
    instant = to_instant(moment, zone or "Etc/GMT+12", "latest") if moment else None
    if instant is None:
        return None
    try:
        end = instant + timedelta(days=float(days))
        return Moment(end.strftime("%Y-%m-%dT%H:%M:%SZ"))
    except (OverflowError, ValueError, TypeError):
        return Moment(UNREADABLE)
