"""A connection of the server without a socket: bytes in, and all that came of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.server import ServerState

from panharvest.serving import configure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp

    Piece = bytes | bytearray | memoryview

DATE = (b"date", b"Thu, 26 Nov 2026 01:40:46 GMT")


class Wire(asyncio.Transport):
    """A transport that remembers what was sent, and in how many pieces."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.ended = self.paused = False

    def write(self, data: Piece) -> None:
        self.sent.append(bytes(data))

    def writelines(self, list_of_data: Iterable[Piece]) -> None:
        self.sent.append(b"".join(list_of_data))

    def close(self) -> None:
        self.ended = True

    abort = close

    def is_closing(self) -> bool:
        return self.ended

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        places = {"peername": ("192.0.2.7", 50_000), "sockname": ("192.0.2.1", 80)}
        return places.get(name, default)

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Connection:
    """A connection to an application; inside a running loop."""

    def __init__(self, app: ASGIApp, **settings: Any) -> None:
        config = configure(app)
        for name, value in settings.items():
            setattr(config, name, value)
        config.load()
        self.state = ServerState()
        self.state.default_headers = [DATE]
        self.wire = Wire()
        made: Any = config.http_protocol_class
        self.protocol = made(config=config, server_state=self.state, app_state={})
        self.protocol.connection_made(self.wire)

    def go_ordinary(self) -> None:
        """Have every request go through ASGI from now on."""
        self.protocol._direct = None

    def feed(self, *pieces: bytes) -> None:
        """Receive pieces, as far as the connection is open."""
        for piece in pieces:
            if piece and not self.wire.ended:
                self.protocol.data_received(piece)

    async def settle(self) -> bytes:
        """Wait until nothing is under way; gives all that was sent."""
        await asyncio.sleep(0)
        while self.state.tasks:
            await asyncio.wait(set(self.state.tasks))
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        return b"".join(self.wire.sent)

    def lose(self) -> None:
        """End it, as the other side does."""
        self.protocol.connection_lost(None)
