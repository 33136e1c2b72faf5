from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from panharvest.server.gathering import Gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Wire(asyncio.Transport):
    """A transport that remembers what it was asked to send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.events: list[str] = []
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def writelines(
        self, list_of_data: Iterable[bytes | bytearray | memoryview]
    ) -> None:
        self.sent.append(b"".join(list_of_data))

    def write_eof(self) -> None:
        self.events.append(f"eof after {len(self.sent)}")

    def close(self) -> None:
        self.events.append(f"close after {len(self.sent)}")
        self.ended = True

    def abort(self) -> None:
        self.events.append(f"abort after {len(self.sent)}")
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended

    def get_write_buffer_size(self) -> int:
        return 10


def run(*steps: Callable[[Gathered], object]) -> Wire:
    """Take steps, each in a turn of the loop."""
    wire = Wire()

    async def turns() -> None:
        gathered = Gathered(wire)
        for step in steps:
            step(gathered)
            await asyncio.sleep(0)

    asyncio.run(turns())
    return wire


def head_and_body(gathered: Gathered) -> None:
    gathered.write(b"HTTP/1.1 200 OK\r\n\r\n")
    gathered.write(b"body")


def test_what_is_written_in_one_turn_is_sent_at_once() -> None:
    assert run(head_and_body).sent == [b"HTTP/1.1 200 OK\r\n\r\nbody"]


def test_nothing_waits_for_a_later_turn() -> None:
    wire = run(lambda g: g.write(b"1"), lambda g: g.writelines([b"2", b"3"]))
    assert wire.sent == [b"1", b"23"]


def test_a_connection_closes_after_what_was_written() -> None:
    wire = run(lambda g: (g.write(b"bye"), g.close()))
    assert (wire.sent, wire.events) == ([b"bye"], ["close after 1"])
    wire = run(lambda g: (g.write(b"bye"), g.write_eof()))
    assert (wire.sent, wire.events) == ([b"bye"], ["eof after 1"])


def test_an_aborted_connection_sends_nothing_more() -> None:
    wire = run(lambda g: (g.write(b"bye"), g.abort()))
    assert (wire.sent, wire.events) == ([], ["abort after 0"])


def test_nothing_is_sent_to_who_has_gone() -> None:
    def lose(gathered: Gathered) -> None:
        gathered.write(b"lost")
        gathered._transport.close()

    assert run(lose).sent == []


def test_what_waits_counts_as_waiting() -> None:
    seen: list[int] = []
    run(lambda g: (g.write(b"1234"), seen.append(g.get_write_buffer_size())))
    assert seen == [14]


def test_what_is_whole_is_sent_before_the_turn_ends() -> None:
    seen: list[list[bytes]] = []

    def whole(gathered: Gathered) -> None:
        gathered.send((b"head and body",))
        gathered.send((b"head", b"body"))
        seen.append(list(gathered._transport.sent))  # type: ignore[attr-defined]  # of Wire

    wire = run(whole)
    assert seen == [[b"head and body", b"headbody"]]
    assert wire.sent == seen[0]


def test_what_was_written_before_is_sent_before() -> None:
    wire = run(lambda g: (g.write(b"first "), g.send((b"then",))))
    assert wire.sent == [b"first then"]


def test_nothing_whole_is_sent_to_who_has_gone() -> None:
    def lose(gathered: Gathered) -> None:
        gathered._transport.close()
        gathered.send((b"lost",))
        gathered.send((b"head", b"body"))

    assert run(lose).sent == []
