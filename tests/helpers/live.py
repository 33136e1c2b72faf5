"""The web service on a real socket of this machine."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from panharvest.server import create_app
from panharvest.serving import address, configure, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.protocols import Clock, Store
    from panharvest.repository import Repository


@contextmanager
def serving(
    store: Store, repository: Repository, clock: Clock, **options: Any
) -> Iterator[str]:
    """Serve on a free port; gives the address of the OAI-PMH endpoint."""
    server = uvicorn.Server(configure(create_app(store, repository, clock, **options)))
    listening = listen("127.0.0.1", 0)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, daemon=True
    )
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    yield f"{address(listening)}/oai"
    server.should_exit = True
    thread.join()
