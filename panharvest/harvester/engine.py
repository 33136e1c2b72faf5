"""Many endpoints at once: one thread a host, bounded; what happens comes as events."""

from __future__ import annotations

import threading
import time
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from panharvest.harvester.events import EndpointDone, HarvestDone
from panharvest.harvester.settings import Endpoint, HarvestSettings, bare
from panharvest.harvester.tidying import tidy
from panharvest.harvester.work import harvest_endpoint
from panharvest.transport import Timing, Transport

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from panharvest.harvester.events import Event
    from panharvest.protocols import Clock, Store

JOBS = 4
PATIENCE = 10.0  # seconds

Key = tuple[str, str, tuple[str, ...]]


def harvest(
    endpoints: Iterable[Endpoint | str],
    store: Store,
    *,
    settings: HarvestSettings | None = None,
    jobs: int = JOBS,
    clock: Clock = time.time,
    transport: Transport | None = None,
) -> Generator[Event, None, None]:
    """Harvest endpoints into a store, telling what happens.

    Endpoints of one host are harvested one after the other, hosts side by side. What
    was begun before is gone on with. Fetching and keeping do not wait for whoever reads
    the events; when that one leaves, the harvest ends after the page at hand, and the
    next one goes on from there.

    Parameters
    ----------
    endpoints
        Endpoints, or base URLs.
    store
        Where everything is kept.
    jobs
        How many hosts are asked at once.
    transport
        What fetches; one with the manners of the settings is made when there is none.

    Yields
    ------
    Event
        At the end of an endpoint ``EndpointDone``, at the very end ``HarvestDone``.

    Raises
    ------
    StoreError
        When the store cannot be written.
    """
    settings = settings or HarvestSettings()
    stop = threading.Event()
    own = transport is None
    if transport is None:
        transport = Transport(settings.manners, Timing(clock=clock), stop)
    told: SimpleQueue[Event | BaseException | None] = SimpleQueue()
    groups = _by_host(endpoints)
    order = [endpoint for group in groups for endpoint in group]
    todo = deque(groups)

    def work() -> None:
        try:
            while not stop.is_set():
                try:
                    group = todo.popleft()
                except IndexError:
                    break
                for endpoint in group:
                    harvest_endpoint(
                        endpoint,
                        harvests,
                        settings=settings,
                        transport=transport,
                        clock=clock,
                        emit=told.put,
                    )
                    if stop.is_set():
                        break
        except BaseException as error:
            told.put(error)
        finally:
            told.put(None)

    harvests = store.harvests()
    threads = [
        threading.Thread(target=work, name=f"harvest-{n}", daemon=True)
        for n in range(max(1, min(jobs, len(groups))))
    ]
    done: dict[Key, EndpointDone] = {}
    try:
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            event = told.get()
            if event is None:
                running -= 1
            elif isinstance(event, BaseException):
                raise event
            else:
                if isinstance(event, EndpointDone):
                    done[event.url, event.prefix, event.sets] = event
                yield event
        tidy(store, clock, settings.keep_pages)
        yield HarvestDone(
            tuple(done[key] for endpoint in order if (key := _key(endpoint)) in done)
        )
    finally:
        stop.set()
        _end(threads, transport)
        if own:
            transport.close()


def _end(threads: Sequence[threading.Thread], transport: Transport) -> None:
    """Have the threads end; a transport that is another's can be used again then."""
    begun = [thread for thread in threads if thread.is_alive()]
    if not begun:
        return
    transport.stop.set()
    for thread in begun:
        thread.join(PATIENCE)  # a server may not answer for long
    if not any(thread.is_alive() for thread in begun):
        transport.stop.clear()


def _key(endpoint: Endpoint) -> Key:
    """Tell endpoints apart: names may be the same."""
    return bare(endpoint.url), endpoint.prefix, endpoint.sets


def _by_host(endpoints: Iterable[Endpoint | str]) -> list[list[Endpoint]]:
    """Group endpoints by the host that is asked; each feed once."""
    groups: dict[str, list[Endpoint]] = {}
    seen: set[Key] = set()
    for one in endpoints:
        endpoint = Endpoint(url=one) if isinstance(one, str) else one
        if _key(endpoint) not in seen:
            seen.add(_key(endpoint))
            groups.setdefault(urlsplit(endpoint.url).netloc.lower(), []).append(
                endpoint
            )
    return list(groups.values())
