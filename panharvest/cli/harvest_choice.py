"""Which endpoints a command is about: names of the list, or addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panharvest.cli.frame import Failure
from panharvest.cli.output import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from panharvest.endpoints import KnownEndpoint
    from panharvest.harvester import Endpoint, Quirks

DAY = 86_400


def choose(
    names: Sequence[str],
    *,
    everything: bool = False,
    own: Path | None = None,
    prefix: str | None = None,
    sets: Sequence[str] = (),
    first: str | None = None,
    last: str | None = None,
) -> list[Endpoint]:
    """Give the endpoints that names and URLs stand for.

    Raises
    ------
    Failure
        When a name is not known, or there is none at all.
    """
    from panharvest.endpoints import endpoint_at, load_endpoints
    from panharvest.harvester import Endpoint, Quirks
    from panharvest.harvester.addresses import sameness

    known = load_endpoints(own)
    wanted = list(known) if everything else list(names)
    if everything and names:
        raise Failure("--all takes no names")
    if not wanted:
        raise Failure("name an endpoint, give its base URL, or say --all")
    chosen = []
    for name in wanted:
        if "://" in name:
            listed = endpoint_at(name, known)
            chosen.append(
                Endpoint(
                    url=name,
                    prefix=prefix or "oai_dc",
                    sets=tuple(sets),
                    first=first,
                    last=last,
                    quirks=quirks_of(listed) if listed else Quirks(),
                )
            )
        elif name in known:
            chosen.append(_known(known[name], prefix, sets, first, last))
        else:
            few = ", ".join(sorted(known))
            raise Failure(f"no endpoint '{plain(name)}'; known are: {few}")
    found: dict[tuple[object, ...], Endpoint] = {}
    for one in chosen:  # each once, however it is written
        what = (sameness(one.url), one.prefix, one.sets, one.first, one.last)
        found.setdefault(what, one)
    return list(found.values())


def _known(
    one: KnownEndpoint,
    prefix: str | None,
    sets: Sequence[str],
    first: str | None,
    last: str | None,
) -> Endpoint:
    from panharvest.harvester import Endpoint

    return Endpoint(
        url=one.url,
        name=one.name,
        prefix=prefix or one.prefix,
        sets=tuple(sets) or one.sets,
        first=first,
        last=last,
        quirks=quirks_of(one),
    )


def quirks_of(one: KnownEndpoint) -> Quirks:
    """Give what the list knows of an endpoint, for the harvester."""
    from panharvest.harvester import Quirks

    return Quirks(
        trust_size=one.trust_size,
        cap=one.cap,
        granularity=one.granularity,
        incremental=one.incremental,
        hosts=one.hosts,
        sweep_every=None if one.sweep_every is None else one.sweep_every * DAY,
    )
