"""A repository that costs next to nothing: pages made beforehand, over plain sockets.

    python benchmarks/harvest_server.py PORT RECORDS [--gzip]

It answers Identify and ListRecords in pages of 100. Fifty pages of records as in
``made_records.py`` are written once and come again and again, with identifiers of their
own in each round, so that a million records need no gigabytes here.
"""

from __future__ import annotations

import argparse
import gzip
import re
import socket
import threading

from made_records import made

PAGE = 100
TEMPLATES = 50
HOST = "bench.example.org"
ROUND = b"@round@"
TOKEN = re.compile(rb"resumptionToken=(\d+)")
_OAI = "http://www.openarchives.org/OAI/2.0/"
_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{_OAI}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation='
    f'"{_OAI} {_OAI}OAI-PMH.xsd">\n<responseDate>2026-01-01T00:00:00Z</responseDate>\n'
).encode()
_IDENTIFY = (
    _HEAD + b'<request verb="Identify">http://bench.example.org/oai</request><Identify>'
    b"<repositoryName>Bench</repositoryName>"
    b"<baseURL>http://bench.example.org/oai</baseURL>"
    b"<protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>"
    b"<earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp>"
    b"<deletedRecord>persistent</deletedRecord>"
    b"<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>"
)


def template(number: int) -> bytes:
    """Write the records of a page."""
    parts = []
    for place in range(number * PAGE, (number + 1) * PAGE):
        one = made(place)
        sets = "".join(f"<setSpec>{spec}</setSpec>" for spec in one.sets)
        stamp = f"2020-01-01T{place // 3600 % 24:02}:{place // 60 % 60:02}"
        parts.append(
            b"<record><header><identifier>oai:%b:%b/%b</identifier>"
            b"<datestamp>%b:%02dZ</datestamp>%b</header><metadata>%b</metadata>"
            b"</record>\n"
            % (
                *(HOST.encode(), ROUND, one.id.encode(), stamp.encode()),
                *(place % 60, sets.encode(), one.xml),
            )
        )
    return b"".join(parts)


class Repository:
    """Pages by number."""

    def __init__(self, records: int, *, packed: bool) -> None:
        self.records, self.packed = records, packed
        # in pieces, to be joined with the number of the round between them
        self.templates = [template(n).split(ROUND) for n in range(TEMPLATES)]

    def answer(self, target: bytes) -> bytes:
        """Give the response to a request line."""
        body = _IDENTIFY if b"verb=Identify" in target else self.page(target)
        extra = b""
        if self.packed:
            body = gzip.compress(body, 1)
            extra = b"Content-Encoding: gzip\r\n"
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"
            b"%bContent-Length: %d\r\n\r\n" % (extra, len(body))
        ) + body

    def page(self, target: bytes) -> bytes:
        """Write a page of the list."""
        found = TOKEN.search(target)
        number = int(found[1]) if found else 0
        round_, place = divmod(number, TEMPLATES)
        onward = b"%d" % (number + 1) if (number + 1) * PAGE < self.records else b""
        return b"".join(
            (
                _HEAD,
                b'<request verb="ListRecords">http://bench.example.org/oai</request>'
                b"<ListRecords>\n",
                (b"%05d" % round_).join(self.templates[place]),
                b'<resumptionToken completeListSize="%d" cursor="%d">%b'
                b"</resumptionToken>\n</ListRecords>\n</OAI-PMH>\n"
                % (self.records, number * PAGE, onward),
            )
        )


def converse(connection: socket.socket, repository: Repository) -> None:
    """Answer requests until the client goes."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in rest:
                got = connection.recv(65536)
                if not got:
                    return
                rest += got
            head, _, rest = rest.partition(b"\r\n\r\n")
            connection.sendall(repository.answer(head.split(b" ", 2)[1]))


def main() -> None:
    """Listen until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("records", type=int)
    parser.add_argument("--gzip", action="store_true")
    given = parser.parse_args()
    repository = Repository(given.records, packed=given.gzip)
    with socket.create_server(("127.0.0.1", given.port)) as listening:
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(
                target=converse, args=(connection, repository), daemon=True
            ).start()


if __name__ == "__main__":
    main()
