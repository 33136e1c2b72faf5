"""Sessions of an ICAT: our own, and beside it the one that everybody may have.

What a person or service is shown proves nothing of what is public. Where the ICAT lets
anonymous visitors in, a second session asks what they are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from panharvest.errors import RetryError, StopError
from panharvest.sources.catalogues.http import RefusalError, compact
from panharvest.transport import StoppedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from panharvest.catalogued import Access
    from panharvest.sources.catalogues.http import Client

ANONYMOUS = "anon"


class Sessions:
    """Asks an ICAT, logging in when that is needed."""

    def __init__(self, client: Client, access: Access, name: str) -> None:
        self._client = client
        self._access = access
        self._name = name
        self._own: str | None = None
        self._anonymous: str | None = None
        self._refused = False
        self.visitors = ANONYMOUS  # what the authenticator of visitors is called

    @property
    def is_anonymous(self) -> bool:
        """Whether our own session is what everybody has."""
        return self._plugin() == self.visitors

    @property
    def begun(self) -> bool:
        """Whether we have logged in."""
        return self._own is not None

    def heed(self, properties: object) -> None:
        """Read what authenticators there are, where the ICAT tells."""
        known = properties.get("authenticators") if isinstance(properties, dict) else []
        names = [
            str(one.get("mnemonic"))
            for one in (known if isinstance(known, list) else [])
            if isinstance(one, dict)
        ]
        called = [one for one in names if one.casefold().startswith(ANONYMOUS)]
        self.visitors = called[0] if called else ANONYMOUS

    def begin(self) -> None:
        """Log in."""
        self._own = self._log_in(self._plugin(), self._access)

    def has_anonymous(self) -> bool:
        """Tell whether anonymous visitors are let in, trying it once."""
        if self._anonymous is None and not self._refused:
            try:
                self._anonymous = self._log_in(self.visitors, None)
            except StoppedError:
                raise
            except StopError:
                self._refused = True
        return self._anonymous is not None

    def ask(self, query: str, *, anonymous: bool = False) -> list[Any]:
        """Ask a query; a session that has ended is begun anew once."""
        for attempt in (1, 2):
            session = self._anonymous if anonymous else self._own
            parameters = [("sessionId", session or ""), ("query", query)]
            try:
                answer = self._client.get("/icat/entityManager", parameters)
            except RefusalError as error:
                expired = "403" in str(error) or "session" in error.said.casefold()
                if attempt == 1 and expired:  # sessions last two hours
                    self._again(anonymous=anonymous)
                    continue
                raise
            if not isinstance(answer, list):
                raise RetryError(f"{self._name}: the answer is not a list")
            return answer
        return []

    def _again(self, *, anonymous: bool) -> None:
        if anonymous:
            self._anonymous = self._log_in(self.visitors, None)
        else:
            self._own = self._log_in(self._plugin(), self._access)

    def _plugin(self) -> str:
        access = self._access
        return access.plugin or ("db" if access.user else self.visitors)

    def _log_in(self, plugin: str, access: Access | None) -> str:
        credentials: list[Mapping[str, str]] = []
        if access is not None and access.user:
            credentials = [
                {"username": access.user},
                {"password": access.password or ""},
            ]
        given = compact({"plugin": plugin, "credentials": credentials})
        held = self._client.post(
            "/icat/session",
            f"json={quote_plus(given)}".encode(),
            "application/x-www-form-urlencoded",
        )
        session = held.get("sessionId") if isinstance(held, dict) else None
        if not isinstance(session, str) or not session:
            raise StopError(f"{self._name}: logging in gave no session")
        self._client.secrets.add(session)
        return session
