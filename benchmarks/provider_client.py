"""A load generator that costs little: raw sockets, kept open, and no XML parser."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import psutil

TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)</resumptionToken>")
TAIL = 2000  # bytes at the end of a page, in which the token stands
LENGTH = re.compile(rb"\ncontent-length: *(\d+)")  # in small letters


class Client:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.got = bytearray(1 << 20)  # head and body; used again and again
        self.begin = self.end = 0  # of the body in it

    def get(self, query: str) -> memoryview:
        """Get the answer to a query; it must be of status 200.

        It is good until the next.
        """
        return self.send(self.request(query))

    def request(self, query: str) -> bytes:
        """Write the request of a query, for who sends many and takes the time."""
        host = f"127.0.0.1:{self.port}"
        return f"GET /oai?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

    def send(self, request: bytes) -> memoryview:
        """Send a request and get the answer, as :meth:`get` does."""
        kept = self.socket is not None
        try:
            return self._send(request)
        except ConnectionError:
            self.socket = None
            if not kept:  # else it was closed because it was idle
                raise
            return self._send(request)

    def _send(self, request: bytes) -> memoryview:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        have, end = 0, -1
        while end < 0:
            have += self._receive(have)
            end = self.got.find(b"\r\n\r\n", 0, have)
        head = self.got[:end].lower()
        found = LENGTH.search(head)
        if head[9:12] != b"200" or found is None:
            raise RuntimeError(f"{request!r}: {head[:200]!r}")
        self.begin, self.end = end + 4, end + 4 + int(found[1])
        if self.end > len(self.got):
            self.got = self.got.ljust(2 * self.end, b"\0")
        while have < self.end:
            have += self._receive(have)
        if b"connection: close" in head:
            self.socket.close()
            self.socket = None
        return memoryview(self.got)[self.begin : self.end]

    def _receive(self, have: int) -> int:
        assert self.socket is not None
        many = self.socket.recv_into(memoryview(self.got)[have:])
        if not many:
            raise ConnectionError("the server closed the connection")
        return many

    def records(self) -> int:
        """Count the records of the answer that was got last."""
        return self.got.count(b"<record>", self.begin, self.end)


@dataclass(slots=True)
class Load:
    """What a server did: records and seconds, of the clock and of its processor."""

    records: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    tokens: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of the server's processor a record."""
        return 1e6 * self.cpu / self.records


def cpu_of(process: psutil.Process) -> float:
    """Give the processor time of a process and its children, in seconds."""
    family = [process, *process.children(recursive=True)]
    return float(sum(sum(one.cpu_times()[:2]) for one in family))


def first_page(prefix: str) -> str:
    """Give the query of the first page of a list."""
    return f"verb=ListRecords&metadataPrefix={prefix}"


def next_page(token: str) -> str:
    """Give the query that a token asks for."""
    return f"verb=ListRecords&resumptionToken={quote(token, safe='')}"


def get_record(prefix: str, identifier: str) -> str:
    """Give the query of one record."""
    name = quote(identifier, safe="")
    return f"verb=GetRecord&metadataPrefix={prefix}&identifier={name}"


def harvest(
    client: Client,
    process: psutil.Process,
    prefix: str,
    pages: int,
    *,
    full: int | None = None,
) -> Load:
    """Read a list from its beginning, as many pages as there are, or as wanted.

    To count the records takes a tenth of the time; who has done it once may say how
    many a full page has.
    """
    load = Load()
    query = first_page(prefix)
    before, begin = cpu_of(process), time.perf_counter()
    for _ in range(pages):
        body = client.get(query)
        found = TOKEN.search(body, max(0, len(body) - TAIL))
        counted = full is None or found is None
        load.records += client.records() if counted else full or 0
        if found is None:
            break
        load.tokens.append(found[1].decode())
        query = next_page(load.tokens[-1])
    load.seconds = time.perf_counter() - begin
    load.cpu = cpu_of(process) - before
    return load


def get_all(
    client: Client, process: psutil.Process, prefix: str, identifiers: list[str]
) -> Load:
    """Get records one by one."""
    load = Load()
    requests = [client.request(get_record(prefix, one)) for one in identifiers]
    before, begin = cpu_of(process), time.perf_counter()
    for request in requests:
        client.send(request)
        load.records += client.records()
    load.seconds = time.perf_counter() - begin
    load.cpu = cpu_of(process) - before
    return load


def times(client: Client, queries: list[str]) -> list[float]:
    """Give how long each query takes, in ms."""
    taken = []
    for query in queries:
        begin = time.perf_counter()
        client.get(query)
        taken.append(1000 * (time.perf_counter() - begin))
    return taken
