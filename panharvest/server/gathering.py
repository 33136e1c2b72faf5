"""One packet for one answer: head and body of a response are sent together.

A server writes them one after the other, and a client on the way wakes up twice: for a
record that is a tenth of the time it waits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Piece = bytes | bytearray | memoryview


class Gathered(asyncio.Transport):
    """A transport that sends a piece with the next, when that comes in the same turn.

    The second piece of a turn of the loop sends both, so the client reads while the
    server puts things away; a single one is sent before the loop waits again.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._soon = asyncio.get_running_loop().call_soon
        self._held: Piece | None = None

    def write(self, data: Piece) -> None:
        """Send a piece after those written before."""
        if self._held is None:
            self._held = data
            self._soon(self._flush)
        else:
            self._send((self._held, data))

    def writelines(self, list_of_data: Iterable[Piece]) -> None:
        """Send some pieces."""
        held = () if self._held is None else (self._held,)
        self._send((*held, *list_of_data))

    def send(self, pieces: Sequence[Piece]) -> None:
        """Send pieces at once, after those written before."""
        if self._held is not None or len(pieces) > 1:
            self.writelines(pieces)
        elif not self._transport.is_closing():
            self._transport.write(pieces[0])

    def _flush(self) -> None:
        if self._held is not None:
            self._send((self._held,))

    def _send(self, pieces: Sequence[Piece]) -> None:
        self._held = None
        if not self._transport.is_closing():
            self._transport.writelines(pieces)

    def write_eof(self) -> None:
        """Say that nothing more is written."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Close the connection when all is sent."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close the connection now."""
        self._held = None
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        """Give how many bytes wait to be sent."""
        return self._transport.get_write_buffer_size() + len(self._held or b"")

    # all else is as the transport has it

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  (theirs)
        """See :meth:`asyncio.BaseTransport.get_extra_info`."""
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """See :meth:`asyncio.BaseTransport.is_closing`."""
        return self._transport.is_closing()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """See :meth:`asyncio.BaseTransport.set_protocol`."""
        self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """See :meth:`asyncio.BaseTransport.get_protocol`."""
        return self._transport.get_protocol()

    def is_reading(self) -> bool:
        """See :meth:`asyncio.ReadTransport.is_reading`."""
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        """See :meth:`asyncio.ReadTransport.pause_reading`."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """See :meth:`asyncio.ReadTransport.resume_reading`."""
        self._transport.resume_reading()

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """See :meth:`asyncio.WriteTransport.set_write_buffer_limits`."""
        self._transport.set_write_buffer_limits(high, low)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """See :meth:`asyncio.WriteTransport.get_write_buffer_limits`."""
        return self._transport.get_write_buffer_limits()

    def can_write_eof(self) -> bool:
        """See :meth:`asyncio.WriteTransport.can_write_eof`."""
        return self._transport.can_write_eof()
