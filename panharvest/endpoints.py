"""The OAI-PMH endpoints that are known, as ``ontologies/endpoints.toml`` lists them.

Nothing is contacted here, and nothing anywhere unless somebody asks for it by name.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import msgspec

from panharvest.errors import ConfigError
from panharvest.facilities import load_facilities
from panharvest.oai import is_prefix, is_set_spec
from panharvest.tables import read_text, resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

LONGEST = 36_525  # days: a century
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WHEN = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Sighting:
    """Who named an endpoint, and when: a year, a month or a day."""

    source: str
    url: str
    when: str


@dataclass(frozen=True, slots=True)
class Quirk:
    """Something that a repository does beside the specification.

    ``fault`` is the function of :mod:`panharvest.testing.faulty` that does the same.
    """

    id: str
    meaning: str
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEndpoint:
    """An endpoint as the list has it.

    Parameters
    ----------
    name
        Short name, unique.
    url, prefix, sets
        What to harvest; without sets, everything.
    seen
        Where and when it was named, the newest last.
    facility
        The facility of that id, if it is one's.
    formerly
        Addresses that it had before.
    software
        The program behind, in words.
    quirks
        What it is known to do; those of the program come first.
    cap
        A list of exactly so many records is taken for cut off.
    granularity
        ``day`` or ``second``, whatever it says itself.
    incremental
        Whether ``from`` is of use.
    trust_size
        Whether completeListSize tells the length of a list.
    hosts
        Other hosts that it may redirect to.
    sweep_every
        Days between comparisons of all its identifiers; 0: never; None: as usual.
    """

    name: str
    url: str
    prefix: str
    seen: tuple[Sighting, ...]
    sets: tuple[str, ...] = ()
    facility: str | None = None
    formerly: tuple[str, ...] = ()
    software: str | None = None
    quirks: tuple[Quirk, ...] = ()
    cap: int | None = None
    granularity: Literal["day", "second"] | None = None
    incremental: bool = True
    trust_size: bool = True
    hosts: tuple[str, ...] = ()
    sweep_every: float | None = None


class _Source(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    url: str


class _Quirk(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    meaning: str
    fault: str | None = None


class _Behaviour(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    quirks: tuple[str, ...] = ()
    cap: int | None = None
    granularity: Literal["day", "second"] | None = None
    incremental: bool | None = None
    trust_size: bool | None = None
    hosts: tuple[str, ...] = ()
    sweep_every: float | None = None


class _Software(_Behaviour, kw_only=True):
    id: str
    name: str


class _Seen(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    when: str


class _Endpoint(_Behaviour, kw_only=True):
    name: str
    url: str
    prefix: str
    seen: tuple[_Seen, ...]
    sets: tuple[str, ...] = ()
    facility: str | None = None
    formerly: tuple[str, ...] = ()
    software: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: tuple[_Source, ...] = ()
    quirk: tuple[_Quirk, ...] = ()
    software: tuple[_Software, ...] = ()
    endpoint: tuple[_Endpoint, ...] = ()


def load_endpoints(own: Path | None = None) -> Mapping[str, KnownEndpoint]:
    """Read the endpoints that are known, by name.

    Parameters
    ----------
    own
        An operator's file of the same form: an endpoint of a name that is known
        replaces it, others are added. It may use the sources, quirks and programs of
        the list that is shipped.

    Raises
    ------
    ConfigError
        When a file is wrong; the message names the file, the entry and the key.
    """
    shipped = _read(resource("endpoints.toml"))
    found = _endpoints(shipped, shipped, "endpoints.toml")
    if own is not None:
        given = _read(own)
        both = _File(
            (*shipped.source, *given.source),
            (*shipped.quirk, *given.quirk),
            (*shipped.software, *given.software),
            given.endpoint,
        )
        found |= _endpoints(given, both, own.name)
    return found


def endpoint_at(url: str, known: Mapping[str, KnownEndpoint]) -> KnownEndpoint | None:
    """Give the endpoint that has an address, or had it once; None: none is known."""
    bare = url.rstrip("/")
    return next(
        (
            one
            for one in known.values()
            if bare in {address.rstrip("/") for address in (one.url, *one.formerly)}
        ),
        None,
    )


def _read(source: Path | Traversable) -> _File:
    try:
        return msgspec.convert(tomllib.loads(read_text(source)), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as problem:
        raise ConfigError(f"{source.name}: {problem}") from None


def _endpoints(given: _File, known: _File, name: str) -> dict[str, KnownEndpoint]:
    wrong = next(_wrong(given, known), None)
    if wrong:
        raise ConfigError(f"{name}: {wrong}")
    sources = {one.id: one for one in known.source}
    quirks = {one.id: Quirk(one.id, one.meaning, one.fault) for one in known.quirk}
    software = {one.id: one for one in known.software}
    found = {}
    for one in given.endpoint:
        program = software.get(one.software or "")
        base = program or _Behaviour()
        found[one.name] = KnownEndpoint(
            name=one.name,
            url=one.url,
            prefix=one.prefix,
            seen=tuple(
                Sighting(sources[s.source].name, sources[s.source].url, s.when)
                for s in one.seen
            ),
            sets=one.sets,
            facility=one.facility,
            formerly=one.formerly,
            software=program.name if program else None,
            quirks=tuple(
                quirks[id_] for id_ in dict.fromkeys((*base.quirks, *one.quirks))
            ),
            cap=base.cap if one.cap is None else one.cap,
            granularity=one.granularity or base.granularity,
            incremental=_said(one.incremental, base.incremental),
            trust_size=_said(one.trust_size, base.trust_size),
            hosts=tuple(dict.fromkeys((*base.hosts, *one.hosts))),
            sweep_every=base.sweep_every
            if one.sweep_every is None
            else one.sweep_every,
        )
    return found


def _said(own: bool | None, general: bool | None) -> bool:
    """Give what an endpoint says, or else its program, or else yes."""
    return next((said for said in (own, general) if said is not None), True)


def _wrong(given: _File, known: _File) -> Iterator[str]:
    """Say what is wrong, entry and key first, and what is right."""
    for kind, ids in (
        ("source", [one.id for one in known.source]),
        ("quirk", [one.id for one in known.quirk]),
        ("software", [one.id for one in known.software]),
        ("endpoint", [one.name for one in given.endpoint]),
    ):
        for id_ in ids:
            if not _NAME.fullmatch(id_):
                yield f"{kind} '{id_}': is not small letters, digits, single hyphens"
            if ids.count(id_) > 1:
                yield f"{kind} '{id_}': is there twice"
    for source in given.source:
        if not _is_address(source.url):
            yield f"source '{source.id}': url: '{source.url}' is not a web address"
    quirks = {one.id for one in known.quirk}
    for program in given.software:
        yield from _wrong_behaviour(program, f"software '{program.id}'", quirks)
    for endpoint in given.endpoint:
        yield from _wrong_endpoint(endpoint, known, quirks)
    yield from _wrong_addresses(given)


def _wrong_endpoint(one: _Endpoint, known: _File, quirks: set[str]) -> Iterator[str]:
    place = f"endpoint '{one.name}'"
    for key, url in (("url", one.url), *(("formerly", url) for url in one.formerly)):
        if not _is_address(url):
            yield f"{place}: {key}: '{url}' is not a web address"
        elif urlsplit(url).query or urlsplit(url).fragment:
            yield f"{place}: {key}: '{url}' has arguments; give the base URL only"
    if not is_prefix(one.prefix):
        yield f"{place}: prefix: '{one.prefix}' is not a metadataPrefix"
    for spec in one.sets:
        if not is_set_spec(spec):
            yield f"{place}: sets: '{spec}' is not a setSpec"
    if len(set(one.sets)) < len(one.sets):
        yield f"{place}: sets: has a set twice"
    if one.facility and one.facility not in {f.id for f in load_facilities()}:
        yield f"{place}: facility: there is no '{one.facility}' in facilities/"
    if one.software and one.software not in {s.id for s in known.software}:
        yield f"{place}: software: there is no [[software]] '{one.software}'"
    if not one.seen:
        yield f"{place}: seen: say where the endpoint was seen, and when"
    for seen in one.seen:
        if seen.source not in {s.id for s in known.source}:
            yield f"{place}: seen: there is no [[source]] '{seen.source}'"
        if not _WHEN.fullmatch(seen.when):
            yield f"{place}: seen: '{seen.when}' is not like 2026, 2026-01, 2026-01-31"
    whens = [seen.when for seen in one.seen]
    if whens != sorted(whens):
        yield f"{place}: seen: the newest goes last"
    yield from _wrong_behaviour(one, place, quirks)


def _wrong_behaviour(one: _Behaviour, place: str, quirks: set[str]) -> Iterator[str]:
    for quirk in one.quirks:
        if quirk not in quirks:
            yield f"{place}: quirks: there is no [[quirk]] '{quirk}'"
    if one.cap is not None and one.cap < 1:
        yield f"{place}: cap: {one.cap} is not a number of records"
    if one.sweep_every is not None and not 0 <= one.sweep_every < LONGEST:
        yield f"{place}: sweep_every: {one.sweep_every:g} is not a number of days"
    for host in one.hosts:
        if urlsplit(f"//{host}").hostname != host:
            yield f"{place}: hosts: '{host}' is not a host name in small letters"


def _wrong_addresses(given: _File) -> Iterator[str]:
    """Find endpoints that are the same but for their names."""
    owners: dict[tuple[str, str], str] = {}
    for one in given.endpoint:
        for url in (one.url, *one.formerly):
            other = owners.setdefault((url, one.prefix), one.name)
            if other != one.name:
                yield f"endpoint '{one.name}': url: is that of '{other}'; use its sets"


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return (
        parts.scheme in ("https", "http")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not re.search(r"\s", text)
    )
