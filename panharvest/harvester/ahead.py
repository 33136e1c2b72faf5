"""The next page is on its way while the last one is being kept.

Some repositories forget a token after a minute, and all make a harvester wait: so the
next page is asked for as soon as its token is known, in a thread beside.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panharvest.sources.oaipmh.answers import Answer
    from panharvest.sources.oaipmh.client import Client
    from panharvest.transport import Reply

LARGE = 8 * 2**20  # bytes; of larger pages there is only one at a time in memory

Arguments = list[tuple[str, str]]
Result = tuple["Reply", "Answer"]


class Ahead:
    """Asks for the pages of a list, one ahead of what is being kept."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._next: tuple[Arguments, Future[Result]] | None = None

    def close(self) -> None:
        """End; a page that nobody asked for is thrown away."""
        self._beside.shutdown(wait=False, cancel_futures=True)

    def begin(self, answer: Answer) -> None:
        """Ask for the page after an answer."""
        if answer.token and len(answer.document) <= LARGE:
            arguments = [("resumptionToken", answer.token.value)]
            task = self._beside.submit(self._client.ask, "ListRecords", *arguments)
            self._next = arguments, task

    def ask(self, arguments: Arguments) -> Result:
        """Give the answer to a request: the one that is on its way, if it is that.

        Raises
        ------
        OaiError, RetryError, StopError
            See :meth:`panharvest.sources.oaipmh.client.Client.ask`.
        """
        begun, self._next = self._next, None
        if begun is not None:
            if begun[0] == arguments:
                return begun[1].result()
            with suppress(Exception):
                begun[1].result()  # one request at a time
        return self._client.ask("ListRecords", *arguments)
