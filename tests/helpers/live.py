"""The web service on a real socket of this machine."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from panharvest.server import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from panharvest.protocols import Clock, Store
    from panharvest.repository import Repository


@contextmanager
def serving(
    store: Store, repository: Repository, clock: Clock, **options: Any
) -> Iterator[str]:
    """Serve on a free port; gives the address of the OAI-PMH endpoint."""
    config = uvicorn.Config(
        create_app(store, repository, clock, **options),
        host="127.0.0.1",
        port=0,
        lifespan="off",
        log_level="warning",
        access_log=False,
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/oai"
    server.should_exit = True
    thread.join()
