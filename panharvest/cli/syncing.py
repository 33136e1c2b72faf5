"""``panharvest sync``: the sources of the configuration that are due."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panharvest.cli.cataloguing import access_of, options_of, read_source, tell
from panharvest.cli.frame import Failure, State, opened, store_option
from panharvest.cli.harvesting import FAILED, INCOMPLETE
from panharvest.cli.output import plain
from panharvest.errors import PanharvestError, StoreBusyError, StoreError
from panharvest.oai import format_datestamp

if TYPE_CHECKING:
    from panharvest.config import SourceSettings

KEPT = "sync:"  # meta key: when a source was read, and how that ended


@dataclass(frozen=True, slots=True)
class Visit:
    """The last run of a source: seconds since the epoch, and how it ended.

    ``full`` is when the last one that read everything began, ``within`` whether such a
    one has begun since and goes on.
    """

    at: float
    status: str
    full: float = 0.0
    within: bool = False


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@store_option
@click.option("--all", "everything", is_flag=True, help="Also those that are not due.")
@click.option("--dry-run", is_flag=True, help="Say what is due; read nothing.")
@click.pass_obj
def sync(
    state: State, names: tuple[str, ...], store: str, everything: bool, dry_run: bool
) -> None:
    """Read the sources of panharvest.toml that are due, or those that are named.

    A source is due when its time (every) has passed since its last complete run, and
    at once when that did not end well. One that fails does not stop the others. Leaves
    with 0 when all are complete, 3 when one is not yet, 1 when one failed.
    """
    sources = state.configured.sources
    if not sources:
        raise Failure("no sources are configured: write [[sources]] in panharvest.toml")
    known = [one.name for one in sources]
    if unknown := [name for name in names if name not in known]:
        raise Failure(f"no source '{plain(unknown[0])}'; there are {', '.join(known)}")
    chosen = [one for one in sources if one.name in names or not names]
    worst = 0
    for one in chosen:
        visit = _last(store, one)
        due = bool(names) or everything or _is_due(one, visit, state.clock())
        said = "due" if due else "not due"
        when = "never read" if visit is None else f"{visit.status}, {_date(visit.at)}"
        click.echo(f"{plain(one.name)} ({one.kind}): {said}; {when}")
        if not due or dry_run:
            continue
        worst = max(
            worst, _run(state, one, store, visit), key=(0, INCOMPLETE, FAILED).index
        )
    if worst:
        raise click.exceptions.Exit(worst)


def _last(store: str, source: SourceSettings) -> Visit | None:
    try:
        place = opened(store)
    except StoreError as error:
        if "there is no store here yet" in str(error):
            return None
        raise
    with closing(place):
        kept = place.meta(f"{KEPT}{source.name}")
    if not kept:
        return None
    held = json.loads(kept)
    return Visit(**held)


def _is_due(source: SourceSettings, visit: Visit | None, now: float) -> bool:
    from panharvest.config import seconds_of

    if visit is None or visit.status != "complete":
        return True
    return now >= visit.at + seconds_of(source.every)


def _run(state: State, source: SourceSettings, store: str, visit: Visit | None) -> int:
    """Read one source; whatever happens is told and kept."""
    begun = state.clock()
    last = visit or Visit(0.0, "")
    whole = last.within or _is_full_due(source, last, begun)
    going = False  # whether the next run can go on with it
    try:
        if source.kind == "nexus":
            status = _nexus(state, source, store)
        elif source.kind == "oaipmh":
            status = _oaipmh(state, source, store)
        else:
            anew = whole and not last.within
            status, pages = _catalogue(state, source, store, full=anew)
            going = last.within or pages > 0
    except StoreBusyError:
        said = "another run is reading it; this one leaves it alone"
        click.echo(f"{plain(source.name)}: {said}", err=True)
        return INCOMPLETE
    except (PanharvestError, click.ClickException) as error:
        message = (
            error.format_message()
            if isinstance(error, click.ClickException)
            else str(error)
        )
        click.echo(f"{plain(source.name)}: {plain(message)}", err=True)
        status = "failed"
    with (
        closing(opened(store, create=True)) as place,
        place.write(state.clock) as writer,
    ):
        done = status == "complete"
        full = begun if whole and done else last.full
        kept = asdict(Visit(begun, status, full, within=whole and going and not done))
        writer.put_meta(f"{KEPT}{source.name}", json.dumps(kept))
    return {"complete": 0, "incomplete": INCOMPLETE}.get(status, FAILED)


def _is_full_due(source: SourceSettings, visit: Visit, now: float) -> bool:
    from panharvest.config import seconds_of

    return now >= visit.full + seconds_of(source.full_every)


def _catalogue(
    state: State, source: SourceSettings, store: str, *, full: bool
) -> tuple[str, int]:
    from panharvest.cataloguing import CatalogueSettings

    options = options_of(
        access=access_of(
            token_file=_path(source.token_file),
            user=source.user,
            password_file=_path(source.password_file),
            plugin=source.plugin,
            token_variable=source.token_variable or "",
            password_variable=source.password_variable or "",
        ),
        contact=source.contact,
        pace=source.pace,
        name=source.name,
        extra=source.options,
    )
    done, refused = read_source(
        state,
        source.kind,
        [source.url] if source.url else source.paths,
        store,
        options,
        CatalogueSettings(full=full, sweep=source.sweep),
        source.facility,
    )
    tell(done, refused)
    return done.status, done.pages


def _nexus(state: State, source: SourceSettings, store: str) -> str:
    from panharvest.cli.keeping import PATIENCE, processors, read_nexus_files

    read_nexus_files(
        state,
        tuple(Path(path) for path in source.paths),
        store,
        facility=source.facility,
        manifest=_path(source.manifest),
        jobs=processors(),
        per_entry=source.options.get("per-entry") == "yes",
        timeout=PATIENCE,
    )
    return "complete"


def _oaipmh(state: State, source: SourceSettings, store: str) -> str:
    from dataclasses import replace

    from panharvest.cli.harvest_choice import quirks_of
    from panharvest.cli.harvesting import harvest_into
    from panharvest.endpoints import endpoint_at, load_endpoints
    from panharvest.harvester import Endpoint, HarvestSettings, Quirks
    from panharvest.transport import Manners

    known = load_endpoints(_path(state.configured.harvest.endpoints))
    listed = endpoint_at(source.url or "", known)
    quirks = quirks_of(listed) if listed else Quirks()
    if not source.sweep:
        quirks = replace(quirks, sweep_every=0)
    endpoint = Endpoint(
        url=source.url or "",
        name=source.name,
        prefix=source.prefix or "oai_dc",
        sets=tuple(source.sets),
        quirks=quirks,
    )
    settings = HarvestSettings(
        manners=Manners(contact=source.contact, pace=source.pace)
    )
    statuses = harvest_into(state, store, [endpoint], settings)
    return next((s for s in ("failed", "incomplete") if s in statuses), "complete")


def _path(text: str | None) -> Path | None:
    if text is None:
        return None
    if not Path(text).is_file():
        raise Failure(f"{Path(text).name}: there is no such file")
    return Path(text)


def _date(instant: float) -> str:
    return format_datestamp(int(instant))
