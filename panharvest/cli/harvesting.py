"""``panharvest harvest``: other repositories into the store, and what came of it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.frame import Failure, State, opened, store_option
from panharvest.cli.harvest_choice import choose
from panharvest.cli.harvest_progress import drawing
from panharvest.cli.harvest_report import tell, tell_exposed, write_report
from panharvest.cli.output import number, plain
from panharvest.cli.private import private_option, save_private
from panharvest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from panharvest.harvester import Endpoint, EndpointDone, HarvestSettings
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
    "--sweep-every",
    metavar="PERIOD",
    default="30d",
    show_default=True,
    help="Compare them when that was last done so long ago (12h, 7d, 4w; never).",
)
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
    sweep_every: str,
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
    from panharvest.config import period_of
    from panharvest.harvester import HarvestSettings
    from panharvest.harvester.timing import bounds
    from panharvest.transport import Manners

    try:
        every = period_of(sweep_every)
    except ValueError as error:
        raise Failure(f"--sweep-every: {error}") from None
    settings = HarvestSettings(
        manners=Manners(contact=contact, pace=pace),
        full=not resume,
        sweep=sweep or accept_vanished,
        sweep_every=every,
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
    if report is not None and not report.absolute().parent.is_dir():
        raise Failure(f"--report: there is no folder {report.absolute().parent}")
    with closing(_patient(store)) as place:
        begun = state.clock()
        done = _run(state, place, chosen, settings, jobs)
        exposed = _publish(state, place) if publish else None
    tell(done)
    if exposed is not None:
        tell_exposed(exposed)
    if report is not None:
        write_report(report, done, begun, state.clock())
    statuses = {one.status for one in done}
    if "failed" in statuses:
        raise click.exceptions.Exit(FAILED)
    if "incomplete" in statuses:
        raise click.exceptions.Exit(INCOMPLETE)


def _patient(url: str) -> Store:
    """Open a store, making it if need be; other writers are waited for long."""
    from panharvest.stores import open_store

    return open_store(url, patience=PATIENCE)


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
    tell(done)
    tell_exposed(exposed)
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
    events = harvest(chosen, place, settings=settings, jobs=jobs, clock=state.clock)
    with drawing(verbose=state.verbose) as draw, closing(events):
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


@click.command()
@store_option
@click.option(
    "--trace",
    metavar="IDENTIFIER",
    help="Explain instead how every value of this record was read, in each format "
    "that it was harvested in.",
)
@private_option("the explanation of a record that is not served", "as text")
@click.pass_obj
def replay(state: State, store: str, trace: str | None, private: Path | None) -> None:
    """Read all harvested records again, from the pages that are kept.

    For after a change of how records are read: nobody is asked, and only what
    harvesters see differently gets a new datestamp.
    """
    if private is not None and trace is None:
        raise Failure("--private goes with --trace")
    if trace is not None:
        with closing(opened(store)) as place:
            lines = list(_explained(place, trace))
            held_back = _is_held_back(place, trace, state.clock())
        text = "".join(f"{line}\n" for line in lines)
        if private is not None:
            save_private(private, text.encode())
            click.echo(f"written for you alone: {plain(private)}", err=True)
        elif held_back:
            raise Failure(
                "this record is not served, and what is in it is not shown; "
                "--private FILE writes the explanation to a file"
            )
        else:
            click.echo(text, nl=False)
        return
    with closing(opened(store)):
        pass  # it is there
    with closing(_patient(store)) as place:
        exposed = _publish(state, place, again=True)
    if not exposed:
        click.echo("nothing was harvested into this store")
    tell_exposed(exposed)


def _is_held_back(place: Store, identifier: str, now: float) -> bool:
    """Tell whether a harvested record is one that we do not show, although we have it.

    One that was never to be served is shown to everybody by its repository.
    """
    from panharvest.harvested import FOREIGN
    from panharvest.telling import is_shown

    datasets = (f"{FOREIGN}{one.url} {identifier}" for one in place.harvests().feeds())
    ids = [id_ for id_ in map(place.item_id, datasets) if id_ is not None]
    return bool(ids) and not any(is_shown(place, id_, now) for id_ in ids)


def _explained(place: Store, identifier: str) -> Iterator[str]:
    """Say where every value of a record is from; its formats one after the other."""
    from panharvest.cli.tracing import trace_lines
    from panharvest.errors import SkipError
    from panharvest.harvested import Standing
    from panharvest.harvester.tracing import explain

    harvests = place.harvests()
    copies = [harvests.record(feed.num, identifier) for feed in harvests.feeds()]
    found = [copy for copy in copies if copy is not None]
    if not found:
        raise Failure(f"no record '{plain(identifier)}' was harvested into this store")
    for copy in found:
        head = f"{plain(copy.feed.url)} {copy.feed.prefix}: {plain(copy.identifier)}"
        if copy.standing is not Standing.LIVE:
            yield f"{head}\n  deleted: there is nothing to read"
            continue
        try:
            told = explain(copy)
        except SkipError as error:
            yield f"{head}\n  not read: {error.code}: {plain(error.message)}"
            continue
        opens = f"{told.opening.code}: {plain(told.opening.reason)}"
        yield from trace_lines(head, opens, told.trace, told.leftovers)
