"""Resumption tokens: stateless, signed, and good on every server that has the key.

A token is base64url of a MAC and of what it signs: the whole state of a list. Nobody
but a holder of the key can write one, none can be used for another repository, and all
servers that share the key continue each other's lists, also after a restart.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_TOKEN = 512  # characters: what every client, proxy and log can carry
MIN_KEY = 16  # bytes
UNKNOWN = 0  # the size of a list that is too long to count, and so not told

_VERSION = 1
_MAC = 12  # bytes of HMAC-SHA256 that are kept: 96 bits
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list, and the list that it is in.

    Instants are whole seconds since the epoch. ``snapshot`` pins what is in the list,
    ``after`` is the key of the last record given, ``cursor`` how many were given,
    ``size`` how many there are (None until it was asked for).
    """

    verb: str
    prefix: str
    set: str | None
    first: int | None
    last: int | None
    snapshot: int
    after: tuple[int, int] | None = None
    cursor: int = 0
    size: int | None = None
    expires: int = 0


_Payload = tuple[
    int,
    str,
    str,
    str | None,
    int | None,
    int | None,
    int,
    tuple[int, int] | None,
    int,
    int | None,
    int,
]


def seal(position: Position, repository: str, keys: Sequence[bytes]) -> str:
    """Write a position as a token, signed with the first key.

    Raises
    ------
    ValueError
        When the token would be longer than :data:`MAX_TOKEN`: the set or the prefix is
        longer than configuration should have let through.
    """
    payload = msgspec.json.encode(
        (
            _VERSION,
            position.verb,
            position.prefix,
            position.set,
            position.first,
            position.last,
            position.snapshot,
            position.after,
            position.cursor,
            position.size,
            position.expires,
        )
    )
    sealed = _mac(payload, repository, keys[0]) + payload
    token = urlsafe_b64encode(sealed).rstrip(b"=").decode()
    if len(token) > MAX_TOKEN:
        raise ValueError(
            f"a resumption token for set {position.set} would be too long: shorten it"
        )
    return token


def unseal(
    token: str, repository: str, keys: Sequence[bytes], now: int
) -> Position | None:
    """Read a token that any of the keys signed for this repository.

    Returns
    -------
    Position or None
        None for everything else, without telling which: not a token, altered, cut,
        of another repository or version, or expired at ``now``.
    """
    if len(token) > MAX_TOKEN or not _ALPHABET.fullmatch(token) or len(token) % 4 == 1:
        return None
    sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    # the unused bits of the last character must be zero: one position, one spelling
    if urlsafe_b64encode(sealed).rstrip(b"=").decode() != token:
        return None
    mac, payload = sealed[:_MAC], sealed[_MAC:]
    genuine = [hmac.compare_digest(mac, _mac(payload, repository, key)) for key in keys]
    if not any(genuine):
        return None
    try:
        version, *fields = msgspec.json.decode(payload, type=_Payload)
    except msgspec.MsgspecError:
        return None  # signed by us in a form that this version does not know
    position = Position(*fields)
    return position if version == _VERSION and now < position.expires else None


def _mac(payload: bytes, repository: str, key: bytes) -> bytes:
    """Sign a payload for one repository."""
    message = repository.encode() + b"\0" + payload
    return hmac.digest(key, message, hashlib.sha256)[:_MAC]
