"""How documents and lists of sets are put in a column."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from panharvest.errors import StoreError
from panharvest.protocols import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable

PLAIN, DEFLATE = 0, 1
# Stands in stored documents for the base URL: neither XML nor JSON can hold it, and it
# is found ten times as fast as a longer one.
MARK = b"\x01"


def pack(document: bytes) -> tuple[int, bytes]:
    """Give the code of the packing and the packed bytes (never longer)."""
    packed = zlib.compress(document, 6)
    return (DEFLATE, packed) if len(packed) < len(document) else (PLAIN, document)


def unpack(code: int, packed: bytes) -> bytes:
    """Undo :func:`pack`.

    Raises
    ------
    StoreError
        When the bytes are damaged or packed in a way that this version does not know.
    """
    if code == DEFLATE:
        try:
            return zlib.decompress(packed)
        except zlib.error as error:
            raise StoreError(f"a stored document is damaged: {error}") from None
    if code == PLAIN:
        return packed
    raise StoreError(f"a stored document is packed in an unknown way ({code})")


def mark(document: bytes) -> bytes:
    """Put the mark in the place of our base URL."""
    return document.replace(ADDRESS, MARK)


def unmark(document: bytes) -> bytes:
    """Undo :func:`mark`, in what holds no such byte of its own."""
    return document.replace(MARK, ADDRESS)


def with_about(body: bytes, about: bytes) -> bytes:
    """Put what is said about a document behind it; no document holds a NUL.

    Raises
    ------
    ValueError
        When one does, or holds our mark: it is neither XML nor JSON.
    """
    for byte in (b"\0", MARK):
        if byte in body:
            name = "NUL" if byte == b"\0" else "U+0001"
            raise ValueError(f"a document holds a {name} byte")
    return body + b"\0" + about if about else body


def without_about(document: bytes) -> tuple[bytes, bytes]:
    """Undo :func:`with_about`."""
    body, _, about = document.partition(b"\0")
    return body, about


def join(sets: tuple[str, ...]) -> str:
    """Write set specs in a column; they hold no line breaks."""
    return "\n".join(sets)


def join_numbers(numbers: Iterable[int]) -> str:
    """Write the numbers of sets in a column."""
    return " ".join(map(str, numbers))


def split_numbers(column: str) -> list[int]:
    """Undo :func:`join_numbers`."""
    return [int(number) for number in column.split()]


def split(column: str) -> tuple[str, ...]:
    """Undo :func:`join`."""
    return tuple(column.split("\n")) if column else ()
