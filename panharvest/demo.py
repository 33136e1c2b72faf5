"""The demo: invented files of several facilities, ingested and served, to look around.

One record stays under embargo; one is released two minutes after the start, so that its
appearance can be watched, also as an incremental harvester sees it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from panharvest.building import build_context, build_repository
from panharvest.config import check_base_url
from panharvest.demo_files import write_demo_files, write_demo_manifest
from panharvest.errors import ConfigError
from panharvest.events import FileMapped, FileRefused
from panharvest.ingest import ingest_nexus
from panharvest.manifest import read_manifest
from panharvest.oai import compose_identifier
from panharvest.publish import await_visible
from panharvest.serving import address, listen, serve_app, terminable
from panharvest.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from panharvest.config import Settings
    from panharvest.protocols import Clock, Store
    from panharvest.provider import Repository
    from panharvest.publish import Context, Outcome

STORE = "demo.db"
FILES = "files"
SOON = 3600.0  # seconds: a release that is worth waiting for
SHOWN = "oai_datacite"


def run_demo(
    settings: Settings,
    clock: Clock,
    host: str,
    port: int,
    *,
    folder: Path | None,
    base_url: str | None = None,
    echo: Callable[[str], object],
) -> None:
    """Make the demo's files, ingest and serve them until interrupted.

    Parameters
    ----------
    port
        Another that is free is taken when this one is not.
    folder
        Where files and store are made and stay; without it they are made in a temporary
        folder and removed in the end.
    echo
        Takes the lines that are for the user.

    Raises
    ------
    ConfigError
        When the folder already holds a demo, or the host cannot be listened on.
    """
    with suppress(KeyboardInterrupt), terminable() as check, ExitStack() as stack:
        place = folder or Path(tempfile.mkdtemp(prefix="panharvest-demo-"))
        if folder is None:
            stack.callback(shutil.rmtree, place, ignore_errors=True)
        elif (place / STORE).exists():
            raise ConfigError(f"{place} holds a demo already: name another folder")
        listening = stack.enter_context(closing(listen(host, port, or_any=True)))
        context = build_context(settings)
        (place / FILES).mkdir(parents=True, exist_ok=True)
        store = open_store(f"sqlite:///{(place / STORE).absolute()}")
        stack.enter_context(closing(store))
        outcomes = make_demo(place / FILES, store, context, clock)
        check()
        await_visible(store, clock)
        public = check_base_url(base_url or address(listening))
        repository = build_repository(settings, store, context, public, clock)
        for line in guide(repository, outcomes, clock()):
            echo(line)
        for outcome in _closed(outcomes, clock()):
            wait = outcome.opens_at.timestamp() - clock() if outcome.opens_at else SOON
            if wait < SOON:
                said = f"{outcome.id} is released: it is in the lists now."
                timer = threading.Timer(wait, echo, (said,))
                timer.daemon = True
                timer.start()
                stack.callback(timer.cancel)
        check()
        serve_app(store, repository, clock, listening)
    echo("The demo has ended." + ("" if folder else " Its files are removed."))


def make_demo(
    folder: Path, store: Store, context: Context, clock: Clock
) -> list[Outcome]:
    """Write files and a manifest into a folder, and ingest them.

    Raises
    ------
    ConfigError
        When a file is refused: the demo is not whole then.
    """
    now = datetime.fromtimestamp(clock(), UTC)
    write_demo_files(folder, now)
    manifest = read_manifest(write_demo_manifest(folder, now))
    outcomes: dict[str, Outcome] = {}
    for event in ingest_nexus([folder], store, context, clock, manifest=manifest):
        match event:
            case FileMapped():
                outcomes |= {outcome.id: outcome for outcome in event.outcomes}
            case FileRefused():
                raise ConfigError(f"{event.path}: {event.reason}")
    return sorted(outcomes.values(), key=lambda outcome: outcome.id)


def _closed(outcomes: Sequence[Outcome], now: float) -> list[Outcome]:
    """Give the records that are not open yet, the next one first."""
    closed = [o for o in outcomes if o.opens_at and o.opens_at.timestamp() > now]
    return sorted(closed, key=lambda o: o.opens_at or datetime.max.replace(tzinfo=UTC))


def guide(
    repository: Repository, outcomes: Sequence[Outcome], now: float
) -> Iterator[str]:
    """Say where to look, and what to try."""
    oai = repository.oai_url
    opened = [outcome for outcome in outcomes if outcome.state == "open"]
    yield f"{len(outcomes)} records of invented data, {len(opened)} of them open."
    yield f"  Identify     {oai}?verb=Identify"
    yield f"  ListRecords  {oai}?verb=ListRecords&metadataPrefix={SHOWN}"
    yield f"  for people   {repository.base_url}/"
    yield "Try:"
    lines = [
        "verb=ListSets",
        "verb=ListIdentifiers&metadataPrefix=oai_dc&set=technique:PaNET01124",
    ]
    if opened:
        name = compose_identifier(repository.identifier, opened[0].id)
        lines.append(f"verb=GetRecord&metadataPrefix={SHOWN}&identifier={name}")
    yield from (f"  curl '{oai}?{line}'" for line in lines)
    for outcome in _closed(outcomes, now):
        at = outcome.opens_at
        if at is None:
            continue
        yield f"Not in the lists before {at:%Y-%m-%d %H:%M:%S} UTC: {outcome.id}"
        left = at.timestamp() - now
        if left < SOON:
            since = f"{at:%Y-%m-%dT%H:%M:%SZ}"
            yield f"  that is in {round(left)} s; then it is what this gives:"
            yield (
                f"  curl '{oai}?verb=ListRecords&metadataPrefix={SHOWN}&from={since}'"
            )
    yield "Ctrl-C ends the demo."
