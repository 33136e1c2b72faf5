"""Documents packed with a dictionary of what the documents of their format share.

Records of one format differ little in their bytes: with a dictionary trained on some
hundred of them the rest take an eighth of their size, and come back several times
faster than by deflate, which is most of what a page costs. Dictionaries are rows of the
database. The codec of a document names its dictionary, which never changes and stays.

In the documents stands a mark for our public address. Those that were written before
the mark was one byte have codecs from 0 up, others from -1 down.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import zstandard
from zstandard import ZstdError

from panharvest.errors import StoreError
from panharvest.stores import codec

if TYPE_CHECKING:
    from collections.abc import Callable

    from panharvest.stores.reading import Database

TRAINED = codec.DEFLATE  # codec of a document: this, and the number of its dictionary
SAMPLES = 400  # documents that one is trained on
LEVEL = 9  # for which the tables of a dictionary are made
# Between the levels of zstandard, none of which is for a large dictionary and a short
# document: an eighth smaller than level 9, for a fifth of the time of level 19, which
# gives hardly less. As fast to read as any.
_HOW = {
    "strategy": zstandard.STRATEGY_BTOPT,
    "window_log": 19,
    "hash_log": 18,
    "chain_log": 19,
    "search_log": 6,
    "min_match": 3,
    "target_length": 128,
    "write_dict_id": 0,  # the codec says it, in fewer bytes
}
# A format is given a dictionary when it has so many rows, made of every so-manieth and
# of so many bytes: the first as soon as it can be of use, the second when the store has
# become what it is, and larger, which pays when there are some thousand more.
DUE = ((200, 1, 65_536), (10_000, 23, 262_144))

COMBINATIONS = 10_000  # of sets that are kept in memory, at most
REPACKED = 2000  # documents that are packed anew then, at most

_NEWEST = "SELECT num, content FROM dictionary WHERE prefix = ? ORDER BY num DESC"


class Unpacker:
    """Unpacks what one connection reads; not for several threads at once.

    ``codecs`` and ``combinations`` are what it knows by now, for who reads many rows.
    """

    def __init__(self) -> None:
        self.codecs: dict[int, Callable[[bytes], bytes]] = {}
        self.combinations: dict[int, tuple[str, ...]] = {}
        self._prefixes: dict[str, int] = {}
        self._specs: dict[int, str] = {}

    def prefix(self, db: Database, name: str) -> int | None:
        """Give the number of a format; it never changes. None: there is none yet."""
        known = self._prefixes.get(name)
        if known is None:
            sql = "SELECT num FROM prefix WHERE name = ?"
            found = db.execute(sql, (name,)).fetchone()
            if found is not None:
                known = self._prefixes[name] = int(found[0])
        return known

    def sets(self, db: Database, combination: int) -> tuple[str, ...]:
        """Give the sets of a row; a combination of sets never changes."""
        known = self.combinations.get(combination)
        if known is None:
            if len(self.combinations) >= COMBINATIONS:
                self.combinations.clear()
            sql = "SELECT setspecs FROM combination WHERE num = ?"
            (nums,) = db.execute(sql, (combination,)).fetchone()
            known = tuple(self._spec(db, num) for num in codec.split_numbers(nums))
            self.combinations[combination] = known
        return known

    def _spec(self, db: Database, num: int) -> str:
        known = self._specs.get(num)
        if known is None:
            sql = "SELECT spec FROM setspec WHERE num = ?"
            (known,) = db.execute(sql, (num,)).fetchone()
            self._specs[num] = known = str(known)
        return known

    def codec(self, db: Database, code: int) -> Callable[[bytes], bytes]:
        """Give what unpacks the documents of a codec; damaged ones are a ZstdError."""
        known = self.codecs.get(code)
        if known is None:
            known = self.codecs[code] = _unpacking(db, code)
        return known

    def unpack(self, db: Database, code: int, packed: bytes) -> bytes:
        """Give a document of a row.

        Raises
        ------
        StoreError
            When the bytes are damaged or packed in a way that is not known.
        """
        try:
            return self.codec(db, code)(packed)
        except ZstdError as error:
            raise damaged(error) from None


def damaged(error: ZstdError) -> StoreError:
    """Tell of damage in our way."""
    return StoreError(f"a stored document is damaged: {error}")


def _unpacking(db: Database, code: int) -> Callable[[bytes], bytes]:
    """Give what undoes a codec."""
    if code >= 0:  # its mark is long
        unmarked = _unpacking(db, ~code)
        return lambda packed: codec.mark(unmarked(packed))
    if ~code <= codec.DEFLATE:
        return partial(codec.unpack, ~code)
    return _decompressor(db, ~code)


def _decompressor(db: Database, code: int) -> Callable[[bytes], bytes]:
    found = db.execute(
        "SELECT content FROM dictionary WHERE num = ?", (code - TRAINED,)
    ).fetchone()
    if found is None:
        raise StoreError(f"a stored document is packed in an unknown way ({code})")
    dictionary = zstandard.ZstdCompressionDict(bytes(found[0]))
    return zstandard.ZstdDecompressor(dict_data=dictionary).decompress


class Packer:
    """Packs what one write transaction writes.

    It lasts no longer than that: a dictionary made by a transaction that is rolled back
    never was.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[int, tuple[int, Callable[[bytes], bytes]] | None] = {}

    def pack(self, prefix: int, document: bytes) -> tuple[int, bytes]:
        """Give codec and packed bytes (never longer) of a document of a format."""
        if prefix not in self._known:
            self._known[prefix] = self._compressor(prefix)
        known = self._known[prefix]
        document = codec.mark(document)
        if known is None:
            code, packed = codec.pack(document)
        else:
            code, packed = known[0], known[1](document)
            if len(packed) >= len(document):
                code, packed = codec.PLAIN, document
        return ~code, packed

    def _compressor(self, prefix: int) -> tuple[int, Callable[[bytes], bytes]] | None:
        found = self._db.execute(f"{_NEWEST} LIMIT 1", (prefix,)).fetchone()
        if found is None or not found[1]:
            return None
        dictionary = zstandard.ZstdCompressionDict(bytes(found[1]))
        packing = zstandard.ZstdCompressor(
            dict_data=dictionary,
            compression_params=zstandard.ZstdCompressionParameters(**_HOW),
        )
        return TRAINED + found[0], packing.compress


def train(db: Database) -> None:
    """Make the dictionaries that are due.

    Where documents give none (they are empty) an empty one says so, and is not used.
    """
    for prefix, made in db.execute(
        "SELECT p.num, (SELECT COUNT(*) FROM dictionary d WHERE d.prefix = p.num) "
        "FROM prefix p ORDER BY p.num"
    ).fetchall():
        if made == len(DUE):
            continue
        rows, step, size = DUE[made]
        enough = db.execute(
            "SELECT 1 FROM version WHERE prefix = ? LIMIT 1 OFFSET ?",
            (prefix, rows - 1),
        ).fetchone()
        if enough is not None:
            db.execute(
                "INSERT INTO dictionary (prefix, content) VALUES (?, ?)",
                (prefix, _trained(_samples(db, prefix, step), size)),
            )
            _repack(db, prefix)


def _samples(
    db: Database, prefix: int, step: int
) -> list[bytes | bytearray | memoryview]:
    """Give some of the newest documents of a format."""
    unpacker = Unpacker()
    rows = db.execute(
        "SELECT codec, body FROM version WHERE prefix = ? AND deleted = 0 "
        "AND seq % ? = 0 ORDER BY visible_at DESC, seq DESC LIMIT ?",
        (prefix, step, SAMPLES),
    ).fetchall()
    return [unpacker.unpack(db, code, body) for code, body in rows]


def _repack(db: Database, prefix: int) -> None:
    """Pack anew what was written before there was a dictionary: it is read slowly."""
    packer, unpacker = Packer(db), Unpacker()
    for seq, code, body in db.execute(
        "SELECT seq, codec, body FROM version WHERE prefix = ? AND codec IN (?, ?) "
        "ORDER BY visible_at, seq LIMIT ?",
        (prefix, codec.DEFLATE, ~codec.DEFLATE, REPACKED),
    ).fetchall():
        code, packed = packer.pack(prefix, unpacker.unpack(db, code, body))
        db.execute(
            "UPDATE version SET codec = ?, body = ? WHERE seq = ?", (code, packed, seq)
        )


def _trained(samples: list[bytes | bytearray | memoryview], size: int) -> bytes:
    try:
        made = zstandard.train_dictionary(size, samples, level=LEVEL)
    except (ZstdError, ValueError):  # they give none
        return b""
    return made.as_bytes()
