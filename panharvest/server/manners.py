"""What every answer has: security headers, a line in the log, a place in the count."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from panharvest.server.clients import Limiter, client_of
from panharvest.server.messages import broken, come_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from panharvest.server.messages import Answer
    from panharvest.server.metrics import Metrics
    from panharvest.server.settings import WebSettings

log = logging.getLogger("panharvest.access")

HARVESTED = frozenset({"/oai", "/oai.xml"})
WATCHED = frozenset({"/healthz", "/metrics"})  # asked for by machines of the operator
_PAGES = {"": "home", "records": "records"}
_HEADERS = ((b"x-content-type-options", b"nosniff"),)


class Manners:
    """Let a request in or have it wait; dress, log and count the answer.

    The log holds neither query strings (tokens are in them) nor addresses of clients.
    """

    def __init__(
        self,
        app: ASGIApp,
        quickly: Callable[[Scope], Answer | None],
        web: WebSettings,
        metrics: Metrics,
        timer: Callable[[], float],
    ) -> None:
        self.app, self.quickly, self.metrics, self.timer = app, quickly, metrics, timer
        self.trusted = web.trusted
        self.limiter = Limiter(web.rate, web.burst, timer) if web.rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (or the start or stop of the application)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, answer = self.timer(), None
        wait = 0
        if self.limiter is not None and scope["path"] not in WATCHED:
            wait = self.limiter.wait(client_of(scope, self.trusted))
        if not wait:
            # what fails here fails again on the long way, where that is told
            with suppress(Exception):
                answer = self.quickly(scope)
        if answer is None:
            await self._long_way(scope, receive, send, began, wait)
            return
        start = answer.start(_HEADERS)
        self._note(scope, start, began)
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})

    async def _long_way(
        self, scope: Scope, receive: Receive, send: Send, began: float, wait: int
    ) -> None:
        started = False

        async def with_manners(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_HEADERS]
                self._note(scope, message, began)
            await send(message)

        if wait:
            scope["panharvest.limited"] = True
            refuse = come_back(wait, "This client asks too fast.")
            await refuse(scope, receive, with_manners)
            return
        try:
            await self.app(scope, receive, with_manners)
        except Exception:
            if not started:  # the client learns that it failed, and nothing of why
                await broken(scope, receive, with_manners)
            raise

    def _note(self, scope: Scope, message: Message, began: float) -> None:
        """Write the line of the log and count the answer."""
        path, status = scope["path"], message["status"]
        if log.isEnabledFor(logging.INFO):
            size = dict(message["headers"]).get(b"content-length", b"-").decode()
            shown = quote(path, safe="/:~!'()*,;@&=+$")
            log.info("%s %s %s %s", scope["method"], shown, status, size)
        if path not in HARVESTED:
            page = _PAGES.get(path.split("/")[1], "other")
            self.metrics.shown(page, status)
            return
        reply = scope.get("panharvest.reply")
        verb = (reply and reply.verb) or "none"
        if scope.get("panharvest.limited"):
            outcome = "limited"
        elif reply is None:
            outcome = "unavailable" if status >= 500 else "refused"
        else:
            outcome = reply.outcome
        records = reply.records if reply and status == 200 else 0
        self.metrics.answered(verb, outcome, self.timer() - began, records)
