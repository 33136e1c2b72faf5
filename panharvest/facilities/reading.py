"""Facility files: TOML, read strictly, so that a slip is found before it misleads."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from datetime import date  # noqa: TC003 (msgspec reads the annotation)
from typing import TYPE_CHECKING, Literal

import msgspec

from panharvest.codelists import licences
from panharvest.errors import ConfigError
from panharvest.facilities.profile import EmbargoPolicy, FacilityProfile
from panharvest.record import Location, Record
from panharvest.syntax import is_ror
from panharvest.tables import read_text
from panharvest.times import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

PERIOD = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PREFIX = re.compile(r"10\.\d{4,9}/[^\sA-Z]*")
_HANDLE = re.compile(r"\d+(?:\.\d+)*/")
_PROBES = {"neutron", "x-ray", "muon", "electron", "photon"}

FIELDS = frozenset(one.name for one in dataclasses.fields(Record))

_Names = tuple[str, ...]


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    place: str
    latitude: float | None = None
    longitude: float | None = None


class _Policy(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    period: str
    valid_from: date | None = None
    valid_until: date | None = None
    anchor: Literal["experiment_end", "experiment_start"] = "experiment_end"
    month_end: Literal["roll_forward", "clip"] = "roll_forward"
    opens_at: Literal["start_of_day", "end_of_day"] = "start_of_day"
    without_end: Literal["start_plus_week", "hidden"] = "start_plus_week"
    during: Literal["hidden", "metadata", "all"] = "hidden"
    licence_after: str | None = None
    exclude: _Names = ()
    core_fields: _Names = ()
    public_flag: Literal["require_both", "require_all", "flag_wins", "date_wins"] = (
        "require_both"
    )
    release_source: Literal["later", "source", "policy"] = "later"
    without_source_date: Literal["hidden", "policy"] = "hidden"
    max_extension: int | None = None
    exclude_types: _Names = ()
    documents: dict[
        Literal["proposal", "report"], Literal["same_as_data", "hidden"]
    ] = {}
    url: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    country: str
    timezone: str
    aliases: _Names = ()
    ror: str | None = None
    location: _Place | None = None
    doi_prefixes: _Names = ()
    handle_prefixes: _Names = ()
    sources: _Names = ()
    instruments: _Names = ()
    distinct_instruments: _Names = ()
    path_patterns: _Names = ()
    proposal_patterns: _Names = ()
    distinct_proposal_patterns: _Names = ()
    within: _Names = ()
    default_probe: str | None = None
    policy: tuple[_Policy, ...] = ()


def read_profile(source: Path | Traversable) -> FacilityProfile:
    """Read one facility file.

    Raises
    ------
    ConfigError
        When it is not TOML, a key is unknown, or a value is wrong; the message names
        file and key.
    """
    try:
        table = tomllib.loads(read_text(source))
        given = msgspec.convert(table, _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as problem:
        raise ConfigError(f"{source.name}: {problem}") from None
    wrong = next(_wrong(given, source.name), None)
    if wrong:
        raise ConfigError(f"{source.name}: {wrong}")
    place = given.location
    return FacilityProfile(
        id=given.id,
        name=given.name,
        country=given.country,
        timezone=given.timezone,
        aliases=given.aliases,
        ror=given.ror,
        location=Location(place.place, place.latitude, place.longitude)
        if place
        else None,
        doi_prefixes=given.doi_prefixes,
        handle_prefixes=given.handle_prefixes,
        sources=given.sources,
        instruments=given.instruments,
        distinct_instruments=given.distinct_instruments,
        path_patterns=given.path_patterns,
        proposal_patterns=given.proposal_patterns,
        distinct_proposal_patterns=given.distinct_proposal_patterns,
        within=given.within,
        default_probe=given.default_probe,
        policies=tuple(_policy(one) for one in given.policy),
    )


def _policy(given: _Policy) -> EmbargoPolicy:
    licence = licences()[given.licence_after] if given.licence_after else None
    fields = msgspec.structs.asdict(given) | {
        "licence_after": licence,
        "documents": tuple(sorted(given.documents.items())),
    }
    return EmbargoPolicy(**fields)


def _wrong(given: _File, name: str) -> Iterator[str]:
    """Say what is wrong, key first, and what is right."""
    if not _ID.fullmatch(given.id):
        yield f"id: '{given.id}' must be small letters, digits and single hyphens"
    elif name != f"{given.id}.toml":
        yield f"id: '{given.id}' must be the name of the file"
    if not given.name.strip():
        yield "name: is empty"
    if not re.fullmatch("[A-Z]{2}", given.country):
        yield f"country: '{given.country}' is not a two-letter code (ISO 3166)"
    if find_zone(given.timezone) is None:
        yield f"timezone: '{given.timezone}' is not an IANA time zone"
    if given.ror is not None and not is_ror(given.ror):
        yield f"ror: '{given.ror}' is not a ROR with a right checksum"
    if given.default_probe is not None and given.default_probe not in _PROBES:
        yield f"default_probe: '{given.default_probe}' is not one of {sorted(_PROBES)}"
    yield from _wrong_lists(given)
    yield from _wrong_place(given.location)
    for number, policy in enumerate(given.policy):
        for wrong in _wrong_policy(policy):
            yield f"policy[{number}].{wrong}"
    for earlier, later in zip(given.policy, given.policy[1:], strict=False):
        if later.valid_from is None or (
            earlier.valid_from and earlier.valid_from >= later.valid_from
        ):
            yield f"policy: {later.id}.valid_from must be after {earlier.id}.valid_from"


def _wrong_lists(given: _File) -> Iterator[str]:
    for key in ("aliases", "sources", "instruments", "distinct_instruments"):
        names = [one for one in getattr(given, key) if not one.startswith("^")]
        if not all(any(map(str.isalnum, name)) for name in names):
            yield f"{key}: a name is empty"
    for prefix in given.doi_prefixes:
        if not _PREFIX.fullmatch(prefix):
            yield f"doi_prefixes: '{prefix}' is not like '10.1234/' in small letters"
    for prefix in given.handle_prefixes:
        if not _HANDLE.fullmatch(prefix):
            yield f"handle_prefixes: '{prefix}' is not like '20.500.12345/'"
    for key in ("path_patterns", "proposal_patterns", "distinct_proposal_patterns"):
        yield from _wrong_patterns(key, getattr(given, key))
    for key in ("instruments", "distinct_instruments"):
        patterns = [one for one in getattr(given, key) if one.startswith("^")]
        yield from _wrong_patterns(key, patterns)


def _wrong_patterns(key: str, patterns: Iterable[str]) -> Iterator[str]:
    for pattern in patterns:
        try:
            found = re.compile(pattern, re.IGNORECASE)
        except re.error as problem:
            yield f"{key}: '{pattern}' is not a regular expression: {problem}"
        else:
            if found.search(""):
                yield f"{key}: '{pattern}' matches everything"


def _wrong_place(place: _Place | None) -> Iterator[str]:
    if place is None:
        return
    for key, value, limit in (
        ("latitude", place.latitude, 90),
        ("longitude", place.longitude, 180),
    ):
        if value is not None and not -limit <= value <= limit:
            yield f"location.{key}: {value} is not within {limit} degrees"
    if (place.latitude is None) != (place.longitude is None):
        yield "location: give latitude and longitude, or neither"


def _wrong_policy(policy: _Policy) -> Iterator[str]:
    if not PERIOD.fullmatch(policy.period):
        yield f"period: '{policy.period}' is not like P3Y, P18M or P90D"
    if policy.licence_after and policy.licence_after not in licences():
        yield f"licence_after: '{policy.licence_after}' is not in licences.tsv"
    if policy.url is not None and not policy.url.startswith(("https://", "http://")):
        yield f"url: '{policy.url}' is not a web address"
    for name in policy.core_fields:
        if name not in FIELDS:
            yield f"core_fields: '{name}' is no field of a record"
    if policy.max_extension is not None and policy.max_extension < 0:
        yield f"max_extension: {policy.max_extension} is less than 0 days"
    first, last = policy.valid_from, policy.valid_until
    if first and last and last < first:
        yield "valid_until: is before valid_from"
    yield from _wrong_patterns("exclude", policy.exclude)
