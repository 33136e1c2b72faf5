"""What every answer has: security headers, a line in the log, a place in the count."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

from panharvest.server.clients import Limiter, client_of
from panharvest.server.messages import broken, come_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from panharvest.server.messages import Answer, Header
    from panharvest.server.metrics import Metrics
    from panharvest.server.settings import WebSettings

log = logging.getLogger("panharvest.access")

HARVESTED = frozenset({"/oai", "/oai.xml"})
WATCHED = frozenset({"/healthz", "/metrics"})  # asked for by machines of the operator
_PAGES = {"": "home", "records": "records"}
_ASKED = "panharvest.asked"  # of a scope: when it came, and seconds that it has to wait
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

    def at_once(self, scope: Scope) -> Answer | None:
        """Answer a request without waiting for anything; None: that is not possible.

        It is asked once for a request, and remembered in its scope. Who sends the
        answer says so with :meth:`answered`.
        """
        path = scope["path"]
        began, wait = self.timer(), 0
        if self.limiter is not None and path not in WATCHED:
            wait = self.limiter.wait(client_of(scope, self.trusted))
        scope[_ASKED] = (began, wait)
        if wait or path not in HARVESTED:
            return None
        try:
            answer = self.quickly(scope)
        except Exception:
            return None
        if answer is not None:
            answer.headers += _HEADERS
        return answer

    def answered(self, scope: Scope, answer: Answer) -> None:
        """Take note of an answer that was made at once."""
        self._note(scope, answer.status, answer.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request (or the start or stop of the application)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = None if _ASKED in scope else self.at_once(scope)
        if answer is None:
            await self._long_way(scope, receive, send)
            return
        self.answered(scope, answer)
        await answer(scope, receive, send)

    async def _long_way(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def with_manners(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_HEADERS]
                self._note(scope, message["status"], message["headers"])
            await send(message)

        _, wait = scope[_ASKED]
        if wait:
            refuse = come_back(wait, "This client asks too fast.")
            await refuse(scope, receive, with_manners)
            return
        try:
            await self.app(scope, receive, with_manners)
        except Exception:
            if not started:  # the client learns that it failed, and nothing of why
                await broken(scope, receive, with_manners)
            raise

    def _note(self, scope: Scope, status: int, headers: Iterable[Header]) -> None:
        """Write the line of the log and count the answer."""
        path = scope["path"]
        if log.isEnabledFor(logging.INFO):
            size = dict(headers).get(b"content-length", b"-").decode()
            shown = quote(path, safe="/:~!'()*,;@&=+$")
            log.info("%s %s %s %s", scope["method"], shown, status, size)
        if path not in HARVESTED:
            page = _PAGES.get(path.removeprefix("/").partition("/")[0], "other")
            self.metrics.shown(page, status)
            return
        reply = scope.get("panharvest.reply")
        began, wait = scope[_ASKED]
        verb = (reply and reply.verb) or "none"
        if wait:
            outcome = "limited"
        elif reply is None:
            outcome = "unavailable" if status >= 500 else "refused"
        else:
            outcome = reply.outcome
        records = reply.records if reply and status == 200 else 0
        self.metrics.answered(verb, outcome, self.timer() - began, records)
