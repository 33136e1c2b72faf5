"""``panharvest harvest``: other repositories into the store, and what came of it."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import Failure, State, opened, store_option
from panharvest.cli.harvest_progress import drawing
from panharvest.cli.output import counted, number, plain, table
from panharvest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from panharvest.endpoints import KnownEndpoint
    from panharvest.harvester import (
        Endpoint,
        EndpointDone,
        Event,
        HarvestSettings,
        Quirks,
    )
    from panharvest.harvester.exposing import Exposed
    from panharvest.protocols import Store

FAILED = 1
INCOMPLETE = 3
PATIENCE = 300.0  # seconds that another writer may take: an ingest, another harvest


def manners_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add how to behave towards servers."""
    for option in (
        click.option(
            "--pace",
            type=click.FloatRange(0),
            default=1.0,
            show_default=True,
            metavar="SECONDS",
            help="Pause between two requests to a host.",
        ),
        click.option(
            "--contact",
            metavar="EMAIL",
            help="Your address, for those whose servers are asked.",
        ),
    ):
        function = option(function)
    return function


@click.command()
@click.argument("endpoints", nargs=-1, metavar="NAME|URL...")
@click.option("--all", "everything", is_flag=True, help="All endpoints of the list.")
@click.option("--prefix", metavar="PREFIX", help="The format to ask for.")
@click.option(
    "--set", "sets", metavar="SPEC", multiple=True, help="A set; several: their union."
)
@click.option("--from", "first", metavar="DATE", help="Only what changed since then.")
@click.option("--until", "last", metavar="DATE", help="Only what changed until then.")
@store_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=4,
    show_default=True,
    help="Hosts that are asked at once.",
)
@click.option(
    "--resume/--full",
    default=True,
    help="Go on where the last harvest ended (the default), or begin anew.",
)
@click.option("--sweep", is_flag=True, help="Compare all identifiers at the end.")
@click.option(
    "--accept-vanished",
    is_flag=True,
    help="Take records that a sweep misses for deleted, however many they are.",
)
@click.option(
    "--publish/--keep",
    "publish",
    default=True,
    help="Serve what comes (the default), or only keep it.",
)
@click.option(
    "--endpoints",
    "own",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file with endpoints of your own, or corrections.",
)
@manners_options
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say what would be asked, and how it went last; ask nobody.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report of the run to this file, as JSON.",
)
@click.pass_obj
def harvest(
    state: State,
    endpoints: tuple[str, ...],
    everything: bool,
    prefix: str | None,
    sets: tuple[str, ...],
    first: str | None,
    last: str | None,
    store: str,
    jobs: int,
    resume: bool,
    sweep: bool,
    accept_vanished: bool,
    publish: bool,
    own: Path | None,
    pace: float,
    contact: str | None,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Harvest other repositories by OAI-PMH: all at first, then what changed.

    NAME is that of an endpoint in the list of known ones, URL the base URL of any
    other. What comes is kept as it came, and served with its origin. Leaves with 0
    when every endpoint is complete, 3 when one is not yet (the next run goes on), 1
    when one failed.
    """
    from panharvest.harvester import HarvestSettings
    from panharvest.harvester.timing import bounds
    from panharvest.transport import Manners

    settings = HarvestSettings(
        manners=Manners(contact=contact, pace=pace),
        full=not resume,
        sweep=sweep or accept_vanished,
        accept_vanished=accept_vanished,
    )
    bounds(first, last)
    chosen = choose(
        endpoints,
        everything=everything,
        own=own,
        prefix=prefix,
        sets=sets,
        first=first,
        last=last,
    )
    if dry_run:
        _plan(store, chosen, settings)
        return
    with closing(_patient(store)) as place:
        begun = state.clock()
        done = _run(state, place, chosen, settings, jobs)
        exposed = _publish(state, place) if publish else None
    _tell(done)
    if exposed is not None:
        _tell_exposed(exposed)
    if report is not None:
        _write_report(report, done, begun, state.clock())
    statuses = {one.status for one in done}
    if "failed" in statuses:
        raise click.exceptions.Exit(FAILED)
    if "incomplete" in statuses:
        raise click.exceptions.Exit(INCOMPLETE)


def _patient(url: str) -> Store:
    """Open a store, making it if need be; other writers are waited for long."""
    from panharvest.stores import open_store

    return open_store(url, patience=PATIENCE)


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
                    quirks=_quirks(listed) if listed else Quirks(),
                )
            )
        elif name in known:
            chosen.append(_known(known[name], prefix, sets, first, last))
        else:
            few = ", ".join(sorted(known))
            raise Failure(f"no endpoint '{plain(name)}'; known are: {few}")
    return chosen


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
        quirks=_quirks(one),
    )


def _quirks(one: KnownEndpoint) -> Quirks:
    """Give what the list knows of an endpoint, for the harvester."""
    from panharvest.harvester import Quirks

    return Quirks(
        trust_size=one.trust_size,
        cap=one.cap,
        granularity=one.granularity,
        incremental=one.incremental,
        hosts=one.hosts,
    )


def _plan(store: str, chosen: Sequence[Endpoint], settings: HarvestSettings) -> None:
    from panharvest.harvester.planning import plan

    with _if_there(store) as place:
        harvests = place.harvests() if place else None
        for endpoint in chosen:
            for one in plan(endpoint, harvests, settings):
                name = "" if one.endpoint == one.url else f"{plain(one.endpoint)}: "
                part = f", set {plain(one.spec)}" if one.spec else ""
                click.echo(f"{name}{plain(one.url)}")
                click.echo(f"  {one.prefix}{part}: {one.what}")
                if one.last:
                    held = f", {one.quarantined:,} in quarantine" * bool(
                        one.quarantined
                    )
                    click.echo(f"  {number(one.known, 'record')} known{held}")
                    click.echo(f"  last harvest: {plain(one.last)}")


@contextmanager
def _if_there(store: str) -> Iterator[Store | None]:
    try:
        place = opened(store)
    except StoreError:
        yield None
        return
    with closing(place):
        yield place


def harvest_into(
    state: State, store: str, chosen: Sequence[Endpoint], settings: HarvestSettings
) -> set[str]:
    """Harvest endpoints into the store and serve what came; gives how they ended."""
    with closing(opened(store, create=True)) as place:
        done = _run(state, place, chosen, settings, 1)
        exposed = _publish(state, place)
    _tell(done)
    _tell_exposed(exposed)
    return {one.status for one in done}


def _run(
    state: State,
    place: Store,
    chosen: Sequence[Endpoint],
    settings: HarvestSettings,
    jobs: int,
) -> list[EndpointDone]:
    from panharvest.harvester import HarvestDone, harvest

    done: list[EndpointDone] = []
    events: Iterator[Event] = harvest(
        chosen, place, settings=settings, jobs=jobs, clock=state.clock
    )
    with drawing(verbose=state.verbose) as draw, closing(events):  # type: ignore[type-var]
        for event in events:
            draw(event)
            if isinstance(event, HarvestDone):
                done = list(event.endpoints)
    return done


def _publish(state: State, place: Store, *, again: bool = False) -> list[Exposed]:
    from panharvest.cli.output import progress
    from panharvest.harvester.exposing import expose
    from panharvest.publish import await_visible

    done: list[Exposed] = []
    with progress("publishing") as advance:
        for one in expose(place, state.context(), state.clock, again=again):
            done.append(one)
            advance(1, None)
    await_visible(place, state.clock)
    return done


def _tell(done: Sequence[EndpointDone]) -> None:
    """Write the report of a run as a table."""
    head = ("endpoint", "status", "pages", "records", "new", "changed", "deleted")
    rows: list[tuple[object, ...]] = [(*head, "repaired", "quarantined")]
    rows += [
        (
            *(one.endpoint, one.status, f"{one.pages:,}", f"{one.records:,}"),
            *(f"{one.new:,}", f"{one.changed:,}", f"{one.deleted + one.vanished:,}"),
            *(f"{one.repaired:,}", f"{one.quarantined:,}"),
        )
        for one in done
    ]
    table(rows)
    for one in done:
        if one.reason:
            click.echo(f"{plain(one.endpoint)}: {plain(one.reason)}")
    if any(one.quarantined for one in done):
        click.echo("what was quarantined: panharvest quarantine list")


def _tell_exposed(exposed: Sequence[Exposed]) -> None:
    states = Counter(one.state for one in exposed)
    changes = Counter(one.change for one in exposed)
    changes.pop("unchanged", None)
    if exposed:
        click.echo(f"{number(len(exposed), 'record')} read: {counted(states)}")
        words = counted(dict(sorted(changes.items()))) or "nothing"
        click.echo(f"what harvesters of ours see changed: {words}")
    reasons = Counter(
        (one.code, one.reason) for one in exposed if one.state in ("hidden", "unread")
    )
    for (code, reason), count in reasons.most_common(12):
        click.echo(f"  not served: {count:,} ({code}: {plain(reason)[:120]})")


def _write_report(
    file: Path, done: Sequence[EndpointDone], begun: float, ended: float
) -> None:
    from panharvest.oai import format_datestamp

    document = {
        "started": format_datestamp(int(begun)),
        "ended": format_datestamp(int(ended)),
        "endpoints": [asdict(one) for one in done],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


@click.command()
@store_option
@click.pass_obj
def replay(state: State, store: str) -> None:
    """Read all harvested records again, from the pages that are kept.

    For after a change of how records are read: nobody is asked, and only what
    harvesters see differently gets a new datestamp.
    """
    with closing(opened(store)):
        pass  # it is there
    with closing(_patient(store)) as place:
        exposed = _publish(state, place, again=True)
    if not exposed:
        click.echo("nothing was harvested into this store")
    _tell_exposed(exposed)
