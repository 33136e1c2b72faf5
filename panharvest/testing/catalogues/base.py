"""What the servers share: sockets on loopback, a log of requests, faults on demand."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its path as it came, decoded parameters, and what was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def json(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Read a parameter as JSON; what is none is answered with 400."""
        text = self.query.get(name)
        if text is None:
            return {}
        try:
            return json.loads(text)
        except ValueError:
            raise Answer(400, {"message": f"{name} is not JSON"}) from None

    def parts(self) -> list[str]:
        """Give the decoded parts of the path."""
        return [unquote(one) for one in self.path.strip("/").split("/")]


class Answer(Exception):  # noqa: N818  (raised to end an answer early)
    """What is answered instead of a document."""

    def __init__(
        self,
        status: int,
        document: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.document = document
        self.headers = dict(headers or {})
        self.raw = raw


@dataclass(slots=True)
class CatalogueServer:
    """A server; use it as a context manager. ``log`` has every request.

    ``faults`` are answered, one a request, before anything else; None lets one pass.
    """

    log: list[Asked] = field(default_factory=list, init=False)
    faults: list[Answer | None] = field(default_factory=list, init=False)
    _server: ThreadingHTTPServer | None = field(default=None, init=False, repr=False)
    _thread: threading.Thread | None = field(default=None, init=False, repr=False)
    _guard: threading.Lock = field(
        default_factory=threading.Lock, init=False, repr=False
    )

    def answer(self, asked: Asked) -> object:
        """Give the document for a request, or raise an :class:`Answer`."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The address of the host."""
        assert self._server is not None, "the server is not running"
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"catalogue": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        """Answer a request, in bytes."""
        with self._guard:
            self.log.append(asked)
            fault = self.faults.pop(0) if self.faults else None
        try:
            if fault is not None:
                raise fault
            status, document, headers = 200, self.answer(asked), {}
        except Answer as other:
            status, document, headers = other.status, other.document, other.headers
            if other.raw is not None:
                return status, headers, other.raw
        body = b"" if document is None else json.dumps(document).encode()
        return status, {"Content-Type": "application/json", **headers}, body


class _Handler(BaseHTTPRequestHandler):
    catalogue: CatalogueServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent one after the other

    def do_GET(self) -> None:
        """Answer a GET."""
        self._do(b"")

    def do_POST(self) -> None:
        """Answer a POST."""
        length = int(self.headers.get("Content-Length") or 0)
        self._do(self.rfile.read(length))

    def _do(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        asked = Asked(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.casefold(): value for name, value in self.headers.items()},
            body,
        )
        status, headers, content = self.catalogue.take(asked)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:  # it is in the log of the catalogue
        pass
