"""One host: its session, its connection, and whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping  # noqa: TC003  (types of fields)
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.cookies import extract_cookies_to_jar
from requests.utils import requote_uri, select_proxy

from panharvest.transport.deadlines import Deadline, DeadlineAdapter

if TYPE_CHECKING:
    from panharvest.transport.manners import Manners, Sending, Timing

_take_cookies: Callable[..., None] = extract_cookies_to_jar
BASES = 32  # of addresses that are kept as they are asked


@dataclass(frozen=True, slots=True)
class Coming:
    """An answer whose head has come; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    raw: urllib3.BaseHTTPResponse


@dataclass(slots=True)
class _Line:
    """The connection under a session, for requests that differ in nothing but target.

    What a session does for every request costs more than all of a small answer.
    """

    pool: urllib3.HTTPConnectionPool
    made: requests.PreparedRequest
    paths: dict[str, str] = field(default_factory=dict)

    def target(self, url: str) -> str:
        """Give path and query of an address, as a session writes them."""
        base, mark, query = url.partition("?")
        path = self.paths.get(base)
        if path is None:
            if len(self.paths) >= BASES:
                self.paths.clear()
            path = requests.Request("GET", base).prepare().path_url
            self.paths[base] = path
        return path + mark + requote_uri(query)


class Host:
    """One host: one connection, paced.

    Parameters
    ----------
    url
        Any address there.
    heed
        Is called before every read of an answer, and may raise.
    """

    def __init__(
        self,
        url: str,
        manners: Manners,
        timing: Timing,
        heed: Callable[[], None] = lambda: None,
    ) -> None:
        self.turn = threading.Lock()
        self.free_at = 0.0
        self.pace: float | None = None
        self._manners = manners
        self._deadline = Deadline(timing.monotonic, manners.read_timeout, heed)
        self._adapter = DeadlineAdapter(self._deadline)
        self._session = _session(url, manners, self._adapter)
        self._line: _Line | None = None  # once the session has had an answer

    @property
    def session(self) -> requests.Session:
        """What knows of proxies, certificates and cookies."""
        return self._session

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    @contextmanager
    def ask(self, url: str, sent: Sending) -> Iterator[Coming]:
        """Ask; the connection is free again when what came is left.

        Raises
        ------
        requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError
            When there is no answer.
        """
        self._deadline.begin(self._manners.deadline)
        plain = not (sent.headers or sent.body is not None or urlsplit(url).username)
        if plain and self._line is not None:
            with closing(self._by_line(self._line, url)) as raw:
                yield Coming(raw.status, _lower(raw.headers), raw)
        else:
            with closing(self._by_session(url, sent, plain=plain)) as response:
                headers = _lower(response.headers)
                yield Coming(response.status_code, headers, response.raw)

    def _by_session(self, url: str, sent: Sending, *, plain: bool) -> requests.Response:
        session, manners = self._session, self._manners
        method = "GET" if sent.body is None else "POST"
        request = session.prepare_request(
            requests.Request(method, url, headers=dict(sent.headers), data=sent.body)
        )
        response = session.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=(manners.connect_timeout, manners.read_timeout),
            proxies=session.proxies,
            verify=session.verify,
        )
        if plain and not session.cookies and not select_proxy(url, session.proxies):
            pool = self._adapter.get_connection_with_tls_context(
                request, session.verify
            )
            self._line = _Line(cast("urllib3.HTTPConnectionPool", pool), request)
        return response

    def _by_line(self, line: _Line, url: str) -> urllib3.BaseHTTPResponse:
        manners = self._manners
        raw = line.pool.urlopen(
            "GET",
            line.target(url),
            headers=line.made.headers,
            redirect=False,
            retries=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(manners.connect_timeout, manners.read_timeout),
        )
        if "set-cookie" in raw.headers:  # only the session knows what to do with it
            _take_cookies(self._session.cookies, line.made, raw)
            self._line = None
        return raw


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): headers[name] for name in headers}


def _session(url: str, manners: Manners, adapter: DeadlineAdapter) -> requests.Session:
    session = requests.Session()
    # what the environment says of a host is looked up once, not for every page
    said = session.merge_environment_settings(url, {}, None, manners.verify, None)
    session.proxies, session.verify = said["proxies"], said["verify"]
    session.trust_env = False
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    agent, contact = manners.agent, manners.contact
    session.headers["User-Agent"] = f"{agent} (mailto:{contact})" if contact else agent
    if contact:
        session.headers["From"] = contact
    session.headers["Accept"] = "text/xml, application/xml;q=0.9, */*;q=0.1"
    session.headers["Accept-Encoding"] = "gzip, deflate"
    return session
