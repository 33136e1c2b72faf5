"""Asking a catalogue over HTTP: JSON in, JSON out, and who we are."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

import requests

from panharvest.documents import parse_json
from panharvest.errors import ConfigError, RetryError, SkipError, StopError
from panharvest.faults import WITHOUT_WORDS, fault
from panharvest.sources.catalogues.files import parse_large
from panharvest.transport import Sending, Transport, Wait, judge_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from panharvest.sources.catalogues.options import SourceOptions
    from panharvest.transport import Reply

LARGEST = 128 * 2**20
GONE = frozenset({401, 403, 404, 410})
SHUT = frozenset({401, 403})
SHUT_SAID = "(it does not let us in: are name, password or token right?)"
# Codes of errors that say nothing of what was asked for: ICAT's.
CODES = frozenset(
    {"BAD_PARAMETER", "INTERNAL", "INSUFFICIENT_PRIVILEGES", "NO_SUCH_OBJECT_FOUND"}
    | {"OBJECT_ALREADY_EXISTS", "SESSION", "VALIDATION", "NOT_IMPLEMENTED"}
)
# What stands behind an address: filters that nobody can read, and sessions.
_QUERY = re.compile(r"\?[\w.%-]+=\S*?(?=[:,)]*(?:\s|$))")
_ADDRESS = re.compile(r"https?://\S+?(?=[:;,)]*(?:\s|$))")
_LOG = logging.getLogger("urllib3.connectionpool")  # says every address, parameters too


def base_url(place: str) -> str:
    """Give the address of a service without slash at its end, and without credentials.

    Raises
    ------
    ConfigError
        When it is none, or has credentials in it.
    """
    parts = urlsplit(place)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"'{shown(place)}' is not an address like https://host/path")
    if parts.username or parts.password:
        raise ConfigError(
            f"'{shown(place)}': leave name and password out of the address: they would "
            "be seen; give a file (--token-file, --password-file) or the environment"
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def shown(place: str) -> str:
    """Give an address without credentials and parameters."""
    parts = urlsplit(place)
    return urlunsplit(
        (parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")
    )


def compact(value: object) -> str:
    """Write JSON as a parameter."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclass(slots=True)
class Client:
    """Asks one service.

    ``secrets`` are sessions and tokens, which some services want in the address: what
    is told of a request has neither them nor its parameters.
    """

    base: str
    options: SourceOptions
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: set[str] = field(default_factory=set, repr=False)
    transport: Transport = field(init=False)
    _filter: _Discreet = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.transport = Transport(
            self.options.manners, self.options.timing, self.options.stop
        )
        if self.options.access.token:
            self.secrets.add(self.options.access.token)
        self._filter = _Discreet()
        _LOG.addFilter(self._filter)

    def told(self, wait: Wait) -> None:
        """Pass on why nothing happens."""
        if self.options.told is not None:
            self.options.told(wait)

    def get(
        self,
        path: str,
        parameters: Sequence[tuple[str, str]] = (),
        *,
        absent: bool = False,
        attempts: int | None = None,
        names: Sequence[str] = (),
    ) -> Any:  # noqa: ANN401 - JSON
        """Ask for JSON; with ``absent``, None where there is nothing, or not for us.

        Parameters
        ----------
        names
            What of the path names a thing in the catalogue: it may not be public, and
            is left out of what is told.

        Raises
        ------
        RetryError
            When no attempt gave JSON.
        StopError
            When asking again is of no use.
        """
        return self._ask(
            path, parameters, None, absent=absent, attempts=attempts, names=names
        )

    def post(self, path: str, body: bytes, media_type: str) -> Any:  # noqa: ANN401 - JSON
        """Send something; gives the JSON of the answer."""
        headers = {**self.headers, "Content-Type": media_type}
        return self._ask(path, (), Sending({**_ACCEPT, **headers}, body), absent=False)

    def _ask(
        self,
        path: str,
        parameters: Sequence[tuple[str, str]],
        send: Sending | None,
        *,
        absent: bool,
        attempts: int | None = None,
        names: Sequence[str] = (),
    ) -> Any:  # noqa: ANN401 - JSON
        asked = f"{self.base}{path}"
        unsaid = {*self.secrets, *filter(None, names)}

        def told(wait: Wait) -> None:
            reason = discreet(wait.reason, unsaid, asked)
            self.told(Wait(wait.seconds, wait.attempt, reason))

        try:
            return self.transport.fetch(
                asked,
                parameters,
                lambda reply: judged(reply, absent=absent),
                told=told,
                send=send or Sending({**_ACCEPT, **self.headers}),
                attempts=attempts,
            )
        except (RetryError, StopError) as error:
            reason = discreet(str(error), unsaid, asked)
            if isinstance(error, RefusalError):
                raise RefusalError(reason, error.said) from None
            raise type(error)(reason) from None

    def close(self) -> None:
        """Close the connections."""
        _LOG.removeFilter(self._filter)
        self.transport.close()


class RefusalError(StopError):
    """A service said no; ``said`` is how, for us to understand, and never told.

    What a catalogue says of its error may quote what it is not to show.
    """

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(reason)
        self.said = said


class _Discreet(logging.Filter):
    """Takes addresses and errors out of what the library below logs, at every level.

    There are filters and names of what is not public in them, and sessions.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change a message, and let it pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_bare_argument, record.args))
        if record.exc_info:
            WITHOUT_WORDS.filter(record)
        return True


def _bare_argument(one: object) -> object:
    if isinstance(one, BaseException):
        return fault(one)
    if not isinstance(one, str):
        return one
    return _ADDRESS.sub("...", "/..." if one.startswith("/") else one)


def without(text: str, secrets: Iterable[str]) -> str:
    """Take secrets out of a text, as they are and as an address has them."""
    for secret in secrets:
        for written in {secret, quote(secret, safe=""), quote(secret)}:
            text = text.replace(written, "...")
    return text


def discreet(text: str, unsaid: Iterable[str], asked: str) -> str:
    """Take out of what is told what is not to be: secrets, and parts of addresses.

    Parameters of addresses are left out, and of addresses other than the one that was
    ``asked`` all but the host: a service may have led us there.
    """
    known = without(asked, unsaid)

    def place(found: re.Match[str]) -> str:
        if found[0] == known:
            return known
        parts = urlsplit(found[0])
        return f"{parts.scheme}://{parts.netloc}/..."

    return _ADDRESS.sub(place, without(_QUERY.sub("", text), unsaid))


_ACCEPT = {"Accept": "application/json"}


def judged(reply: Reply, *, absent: bool) -> Any:  # noqa: ANN401 - JSON
    """Make JSON of an answer.

    Raises
    ------
    RetryError, StopError
        See :meth:`Client.get`; of what the server says of its error a code is passed
        on when it is one that is known.
    """
    place = shown(reply.url)
    if absent and reply.status in GONE:
        return None
    if absent and reply.status == requests.codes.ok and not bytes(reply.body).strip():
        return None  # NestJS answers a GET of nothing with nothing
    if reply.status not in (200, 201):
        said, code = _said(reply)
        if reply.status in SHUT:
            raise RefusalError(f"{place}: HTTP {reply.status} {SHUT_SAID}{code}", said)
        try:
            judge_status(reply)
        except RetryError as error:
            raise RetryError(f"{place}: {_bare(error)}{code}") from None
        except StopError as error:
            raise RefusalError(f"{place}: {_bare(error)}{code}", said) from None
        raise RefusalError(f"{place}: HTTP {reply.status}{code}", said)
    body = bytes(reply.body)
    try:
        return parse_large(body, LARGEST)
    except SkipError as error:
        what = "a web page" if body.lstrip()[:1] == b"<" else "not JSON"
        raise RetryError(f"{place}: the answer is {what} ({error})") from None


def _bare(error: Exception) -> str:
    """Take the address, with all its parameters, out of an error."""
    return "HTTP" + str(error).rpartition(": HTTP")[2]


def _said(reply: Reply) -> tuple[str, str]:
    """Give what an error document says, and its code when it is a known one."""
    try:
        held = parse_json(bytes(reply.body[:4096]))
    except SkipError:
        return "", ""
    if not isinstance(held, dict):
        return "", ""
    code = held.get("code")
    inner = held.get("error")
    for one in (held.get("message"), inner, code):
        if isinstance(one, dict):
            one = one.get("message")
        if isinstance(one, list):
            one = ", ".join(map(str, one))
        if isinstance(one, str) and one.strip():
            known = f" ({code})" if isinstance(code, str) and code in CODES else ""
            return " ".join(one.split()), known
    return "", ""


def rows(
    answer: object, where: str, check: Callable[[object], bool] | None = None
) -> list[Mapping[str, Any]]:
    """Give the objects of a list that a service answered.

    Raises
    ------
    RetryError
        When the answer is no list: half a service answered.
    """
    if not isinstance(answer, list):
        raise RetryError(f"{where}: the answer is not a list")
    return [
        one for one in answer if isinstance(one, dict) and (not check or check(one))
    ]
