"""Running the web service on a socket, until it is told to stop."""

from __future__ import annotations

import ctypes
import logging
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from panharvest.errors import ConfigError
from panharvest.faults import WITHOUT_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import uvicorn
    from starlette.types import ASGIApp

    from panharvest.protocols import Clock, Store
    from panharvest.provider import Repository
    from panharvest.server import WebSettings

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3), in bytes
BACKLOG = 2048  # connections that may wait
GRACE = 5  # seconds that answers under way are given when the service stops


def listen(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """Open a listening socket.

    Parameters
    ----------
    or_any
        Take any free port when this one is taken.

    Raises
    ------
    ConfigError
        When the address cannot be listened on.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"host '{host}': {error}") from None
    family, kind, _, _, place = found[0]
    opened = socket.socket(family, kind)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(place)
        opened.listen(BACKLOG)  # who comes before the service runs waits for it
    except OSError as error:
        opened.close()
        if or_any and port:
            return listen(host, 0)
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            "choose another with --port"
        ) from None
    return opened


def address(listening: socket.socket) -> str:
    """Give the URL of a listening socket, as seen from this machine."""
    host, port = listening.getsockname()[:2]
    if listening.family == socket.AF_INET6:
        host = "[::1]" if host == "::" else f"[{host}]"
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared, not bound


def serve_app(
    store: Store,
    repository: Repository,
    clock: Clock,
    listening: socket.socket,
    *,
    web: WebSettings | None = None,
    verbose: bool = False,
) -> None:
    """Serve until the process is interrupted (Ctrl-C) or told to end (SIGTERM).

    Answers under way are finished then, for :data:`GRACE` seconds at most.
    """
    import uvicorn

    from panharvest.server import create_app

    keep_memory()
    app = create_app(store, repository, clock, web)
    server = uvicorn.Server(
        configure(app, logging.INFO if verbose else logging.WARNING)
    )
    # Once all is closed uvicorn raises the signal again that ended it.
    with suppress(KeyboardInterrupt), terminable():
        server.run(sockets=[listening])


def configure(app: ASGIApp, level: int = logging.WARNING) -> uvicorn.Config:
    """Give the settings with which uvicorn serves our application."""
    import uvicorn

    from panharvest.server.wire import protocol

    # it logs what goes wrong in us, which may quote a record
    logging.getLogger("uvicorn.error").addFilter(WITHOUT_WORDS)
    return uvicorn.Config(
        app,
        log_level=level,
        access_log=False,  # ours holds no query: there are tokens in it
        proxy_headers=False,  # the public address is configured, never taken from them
        server_header=False,
        lifespan="off",
        http=protocol(),
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )


def keep_memory() -> None:
    """Let the C library keep the memory of a page for the next one.

    GNU's gives blocks of this size back to the system as soon as they are free, and the
    system clears them anew: a fifth of the time of a page. Others have no such switch.
    """
    with suppress(OSError, AttributeError, TypeError):
        change = ctypes.CDLL(None).mallopt
        change(_MMAP_THRESHOLD, 1 << 25)
        change(_TRIM_THRESHOLD, 1 << 26)


@contextmanager
def terminable() -> Iterator[Callable[[], None]]:
    """Let SIGTERM end a block like Ctrl-C does: what is to be cleaned up is.

    Gives a function to call now and then: Python drops what a signal raises while it is
    clearing up an object, and the function raises it again.
    """
    asked: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    def report(dropped: sys.UnraisableHookArgs) -> None:
        if not (asked and isinstance(dropped.exc_value, KeyboardInterrupt)):
            reported(dropped)

    if threading.current_thread() is not threading.main_thread():
        yield check  # signals are for the main thread
        return
    before = {
        number: signal.signal(number, interrupt)
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    reported, sys.unraisablehook = sys.unraisablehook, report
    try:
        yield check
    finally:
        sys.unraisablehook = reported
        for number, handler in before.items():
            signal.signal(number, handler)
