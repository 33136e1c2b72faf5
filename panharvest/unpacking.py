"""Bodies of HTTP unpacked by what they are, piece by piece."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 2**20
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"  # how such bodies begin


def unpacked(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Unpack a body by what it is, not by what is said of it.

    What begins like gzip or zstd is unpacked although nothing was said; what is said to
    be packed and is not stays as it is.

    Raises
    ------
    zlib.error, zstandard.ZstdError, EOFError
        When it is damaged or cut.
    """
    first = b""
    for piece in pieces:
        first += piece
        if len(first) >= len(ZSTD):
            break
    if not first:
        return
    if first.startswith(GZIP):
        yield from _inflated(first, pieces, 16 + zlib.MAX_WBITS)
    elif first.startswith(ZSTD):
        yield from _unzstd(first, pieces)
    elif encoding.strip().lower() == "deflate" and not first.lstrip().startswith(b"<"):
        # RFC 9110 means zlib; some servers send it without its header
        zlib_header = first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
        yield from _inflated(
            first, pieces, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS
        )
    else:
        yield first
        yield from pieces


def _inflated(first: bytes, pieces: Iterator[bytes], bits: int) -> Iterator[bytes]:
    machine = zlib.decompressobj(bits)
    rest = first
    while True:
        while rest:
            if machine.eof:  # a gzip file may have several members
                while len(rest) < len(GZIP) and (more := next(pieces, None)):
                    rest += more
                if not rest.startswith(GZIP):
                    return
                machine = zlib.decompressobj(bits)
            # never more at once than is looked at
            yield machine.decompress(rest, 4 * MIB)
            rest = machine.unconsumed_tail or machine.unused_data
        piece = next(pieces, None)
        if piece is None:
            break
        rest = piece
    if not machine.eof:
        raise EOFError("it ends too early")


class _Source(io.RawIOBase):
    """Pieces as what zstandard reads from."""

    def __init__(self, first: bytes, pieces: Iterator[bytes]) -> None:
        self._rest, self._pieces = first, pieces

    def read(self, size: int = -1, /) -> bytes:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _unzstd(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    # a cut end is not told here; what was packed ends too early then
    machine = zstandard.ZstdDecompressor(max_window_size=8 * MIB)
    source: Any = _Source(first, pieces)  # it only reads
    with machine.stream_reader(source, read_across_frames=True) as reader:
        while piece := reader.read(MIB):
            yield piece
